//! Means and probabilities with their standard errors.

use serde::Serialize;

/// A mean over draws and how far it may be from that of infinitely many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error; none where the draws are too few to tell.
    pub se: Option<f64>,
}

/// The mean of a column, shape (n,), with its standard error, `[eq:standard_error]`; none of no draws.
#[must_use]
pub fn mean(column: &[f64]) -> Option<Estimate> {
    let count = column.len() as f64;
    let first = *column.first()?;
    // Sums of differences to one of the values lose no digits where all are large and alike.
    let mean = first + column.iter().map(|x| x - first).sum::<f64>() / count;
    let squares: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
    let se = (column.len() > 1).then(|| libm::sqrt(squares / (count - 1.0) / count));
    Some(Estimate { mean, se })
}

/// The share of draws in which something held, with its standard error; none of no draws.
///
/// The same as [`mean`] of zeros and ones: `√(p(1 − p)/(n − 1))`, `[eq:standard_error]`. What held always or never has a
/// standard error of 0, which does not mean that it cannot be otherwise.
#[must_use]
pub fn probability(held: impl ExactSizeIterator<Item = bool>) -> Option<Estimate> {
    let draws = held.len();
    if draws == 0 {
        return None;
    }
    let share = held.filter(|held| *held).count() as f64 / draws as f64;
    let se = (draws > 1).then(|| libm::sqrt(share * (1.0 - share) / (draws as f64 - 1.0)));
    Some(Estimate { mean: share, se })
}
