//! The shapes of the beta that passes through two quantiles.

use crate::numerics::incomplete_beta;

/// Smallest sum of the shapes that is looked for.
pub(super) const FEWEST: f64 = 1e-3;
/// Largest sum of the shapes that is looked for.
pub(super) const MOST: f64 = 1e7;

/// Shapes (a, b) of the beta on [0, 1] with probability `u` below `x` for both `(x, u)`, the lower first; `None` if their sum
/// would lie outside [`FEWEST`] to [`MOST`].
///
/// For a given sum the share `a/(a + b)` is set so that the first quantile is met; the probability below the second then rises
/// with the sum, as the mass gathers, so that bisection finds it.
pub(super) fn through(first: (f64, f64), last: (f64, f64)) -> Option<(f64, f64)> {
    let shapes = |sum: f64| {
        let share = share_through(first, sum);
        (share * sum, (1.0 - share) * sum)
    };
    let excess = |log_sum: f64| {
        let (a, b) = shapes(libm::exp(log_sum));
        incomplete_beta::cdf(last.0, a, b) - last.1
    };
    // Grows a bracket from a moderate sum, because large sums take long.
    let (mut below, mut above) = (libm::log(2.0), libm::log(2.0));
    while excess(below) > 0.0 {
        below -= 1.0;
        if below < libm::log(FEWEST) {
            return None;
        }
    }
    while excess(above) < 0.0 {
        above += 1.0;
        if above > libm::log(MOST) {
            return None;
        }
    }
    Some(shapes(libm::exp(bisect(below, above, excess))))
}

/// The share `a/(a + b)` at which a beta with `a + b = sum` has probability `u` below `x`.
fn share_through((x, u): (f64, f64), sum: f64) -> f64 {
    let logistic = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
    // The probability falls as the share rises.
    logistic(bisect(-WIDEST_LOGIT, WIDEST_LOGIT, |logit| {
        let share = logistic(logit);
        u - incomplete_beta::cdf(x, share * sum, (1.0 - share) * sum)
    }))
}

/// Shares nearer to 0 or 1 than this log-odds are not looked for.
const WIDEST_LOGIT: f64 = 30.0;

/// Root of a rising function between two bounds, to the last place.
fn bisect(mut below: f64, mut above: f64, rising: impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = below + (above - below) / 2.0;
        if middle <= below || middle >= above {
            return middle;
        }
        if rising(middle) < 0.0 {
            below = middle;
        } else {
            above = middle;
        }
    }
}
