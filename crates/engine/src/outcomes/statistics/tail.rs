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

/// How much further up the worst tenth of `second` lies than that of `first`; both hold the same draws in the same order, shape
/// (n,). None of no draws, or of columns of unlike length.
///
/// The standard error is that of the differences of both influence functions draw by draw (Manistre & Hancock 2005), so that what
/// the draws have in common does not count; it needs two draws in the tail, `[eq:worst_tenth]`.
#[must_use]
pub fn worst_tenth_difference(first: &[f64], second: &[f64]) -> Option<Estimate> {
    if first.len() != second.len() {
        return None;
    }
    let (of_first, of_second) = (influence(first)?, influence(second)?);
    let draws = first.len() as f64;
    let mean = of_second.mean - of_first.mean;
    let se = (first.len() > ONE_IN).then(|| {
        let pairs = of_first.by_draw.iter().zip(&of_second.by_draw);
        let squares: f64 = pairs.map(|(a, b)| (b - a) * (b - a)).sum();
        libm::sqrt(squares / (draws - 1.0) / draws)
    });
    Some(Estimate { mean, se })
}

/// The mean of a worst tenth, and what each draw does to it.
struct Influence {
    mean: f64,
    by_draw: Vec<f64>,
}

fn influence(column: &[f64]) -> Option<Influence> {
    let sorted = super::sorted(column);
    let mean = worst_tenth(&sorted)?.mean;
    let worst = sorted.len().div_ceil(ONE_IN);
    let edge = *sorted.get(worst - 1)?;
    let share = worst as f64 / sorted.len() as f64;
    let of_draw = |x: &f64| edge - mean + (x - edge).min(0.0) / share;
    Some(Influence {
        mean,
        by_draw: column.iter().map(of_draw).collect(),
    })
}
