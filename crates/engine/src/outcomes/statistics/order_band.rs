//! What a few records say about a quantile: the interval between two of them, with the probability that it holds.

/// An interval between two order statistics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderBand {
    /// Lower end, one of the records.
    pub low: f64,
    /// Upper end, one of the records.
    pub high: f64,
    /// Probability with which records of this kind put the quantile between their ends.
    pub coverage: f64,
}

/// The narrowest interval around the `p`-quantile, symmetric in ranks, that covers it with at least `level`, whatever the
/// distribution, `[eq:order_band]`; the widest there is where the records are too few for that. `sorted` rises, shape (n,).
/// None of fewer than two records, or `p` outside (0, 1).
#[must_use]
pub fn order_band(sorted: &[f64], p: f64, level: f64) -> Option<OrderBand> {
    let n = sorted.len();
    if n < 2 || !(p > 0.0 && p < 1.0) {
        return None;
    }
    // P(at most k of n records lie below the quantile), k = 0..n.
    let mut cumulative = Vec::with_capacity(n + 1);
    let mut sum = 0.0;
    for k in 0..=n {
        sum += binomial(n, k, p);
        cumulative.push(sum);
    }
    let middle = ((n - 1) as f64 * p).round() as usize;
    for reach in 0..n {
        let (low, high) = (middle.saturating_sub(reach), (middle + reach).min(n - 1));
        // Between record `low` and record `high` (from 0): at least low + 1 and at most `high` lie below it.
        let coverage = cumulative[high] - cumulative[low];
        if (coverage >= level || (low == 0 && high == n - 1)) && low < high {
            return Some(OrderBand {
                low: sorted[low],
                high: sorted[high],
                coverage: coverage.clamp(0.0, 1.0),
            });
        }
    }
    None
}

/// Probability of `k` successes in `n`.
fn binomial(n: usize, k: usize, p: f64) -> f64 {
    let choose = libm::lgamma(n as f64 + 1.0)
        - libm::lgamma(k as f64 + 1.0)
        - libm::lgamma((n - k) as f64 + 1.0);
    libm::exp(choose + k as f64 * libm::log(p) + (n - k) as f64 * libm::log1p(-p))
}
