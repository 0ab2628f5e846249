//! The mean of the worst tenth, what is lost when things go badly.

use super::Estimate;

/// One draw in so many belongs to the tail.
const ONE_IN: usize = 10;

/// Mean of the worst ⌈n/10⌉ of numbers in rising order (lower is worse), shape (n,), with a standard error,
/// `[eq:worst_tenth]`; none of no numbers.
///
/// The standard error is that of the influence function (Manistre & Hancock 2005): the spread inside the tail, and the doubt
/// about where the tail begins. It needs two draws in the tail.
#[must_use]
pub fn worst_tenth(sorted: &[f64]) -> Option<Estimate> {
    let draws = sorted.len();
    let worst = draws.div_ceil(ONE_IN);
    let tail = &sorted[..worst];
    let edge = *tail.last()?;
    let (count, share) = (worst as f64, worst as f64 / draws as f64);
    let mean = edge + tail.iter().map(|x| x - edge).sum::<f64>() / count;
    let se = (worst > 1).then(|| {
        let inside = tail.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0);
        let beginning = (1.0 - share) * (edge - mean) * (edge - mean);
        libm::sqrt((inside + beginning) / count)
    });
    Some(Estimate { mean, se })
}
