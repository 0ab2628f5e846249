//! Quantiles of draws, type 7 of Hyndman & Fan (1996): the one of R, NumPy and spreadsheets.

/// The column in rising order, as [`quantile`] wants it.
#[must_use]
pub fn sorted(column: &[f64]) -> Vec<f64> {
    let mut sorted = column.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The `p`-quantile of numbers in rising order, shape (n,), `[eq:quantile]`; none of no numbers.
///
/// `p` is taken as 0 below 0 and as 1 above 1. Equal neighbours are returned as they are.
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let h = last as f64 * p.clamp(0.0, 1.0);
    let below = (h as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let share = h - below as f64;
    // Not `low + share·(high − low)` alone: the difference of two finite numbers may be infinite.
    Some(if low == high || share == 0.0 {
        low
    } else {
        low * (1.0 - share) + high * share
    })
}

/// Several quantiles of numbers in rising order, in the order asked for; empty of no numbers.
#[must_use]
pub fn quantiles(sorted: &[f64], probabilities: &[f64]) -> Vec<f64> {
    let found = probabilities.iter().map(|&p| quantile(sorted, p));
    found.collect::<Option<_>>().unwrap_or_default()
}
