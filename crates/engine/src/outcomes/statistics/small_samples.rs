//! How much a mean or a share of few draws leaves open.

use crate::numerics::incomplete_beta;

/// How many standard errors an interval around a mean of so many draws must extend to hold it with probability `level`,
/// `[eq:half_width]`: Student's, two-sided. None of fewer than two draws, or a level outside (0, 1).
#[must_use]
pub fn critical_value(draws: usize, level: f64) -> Option<f64> {
    if draws < 2 || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let freedom = (draws - 1) as f64;
    // t²/(ν + t²) is Beta(1/2, ν/2).
    let share = incomplete_beta::quantile(level, 0.5, 0.5 * freedom);
    Some(libm::sqrt(freedom * share / (1.0 - share)))
}

/// The probabilities that are not at odds with so many of so many independent draws, `[eq:share_band]`: low and high, which hold the
/// truth with at least `level`. None of no draws, of more than there are, or a level outside (0, 1).
#[must_use]
pub fn share_band(held: usize, draws: usize, level: f64) -> Option<(f64, f64)> {
    if draws == 0 || held > draws || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let tail = 0.5 * (1.0 - level);
    let (with, without) = (held as f64, (draws - held) as f64);
    let low = match held {
        0 => 0.0,
        _ => incomplete_beta::quantile(tail, with, without + 1.0),
    };
    let high = match draws - held {
        0 => 1.0,
        _ => incomplete_beta::quantile(1.0 - tail, with + 1.0, without),
    };
    Some((low, high))
}
