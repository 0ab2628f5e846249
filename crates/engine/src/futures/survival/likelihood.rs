//! Masses on intervals that make records, each a run of intervals, as likely as can be.

use crate::numerics::solve::{Solve, Status};
use core::ops::Range;

/// Rounds of self-consistency that come first: they work from anywhere, but may be slow to end.
const ROUNDS: usize = 200;
/// Newton steps before giving up.
const STEPS: usize = 200;
/// Largest gain of the mean log likelihood by mass that an interval may still promise.
const TOLERANCE: f64 = 1e-11;
/// A mass below this is rounding.
const NOTHING: f64 = 1e-12;
/// What a step may lose to rounding.
const ROUNDING: f64 = 1e-14;

/// The masses, shape (cells,), which sum to 1.
///
/// Self-consistency (Turnbull 1976) first, `p_j ← (1/n) Σ_i α_ij p_j / Σ_k α_ik p_k`; then Newton steps on the mean log likelihood
/// less Σp, masses at 0 left out while they promise nothing. The second is strictly concave, as every cell is the last of some record.
pub(super) fn maximise(ranges: &[Range<usize>], cells: usize) -> Solve<Vec<f64>> {
    let mut masses = vec![1.0 / cells as f64; cells];
    for _ in 0..ROUNDS {
        let slopes = slopes(ranges, &masses);
        for (mass, slope) in masses.iter_mut().zip(slopes) {
            *mass *= slope; // [eq:turnbull]
        }
    }
    let mut residual = f64::INFINITY;
    for iteration in 0..STEPS {
        let slopes = slopes(ranges, &masses);
        residual = unmet(&masses, &slopes);
        if residual <= TOLERANCE {
            return ended(masses, Status::Converged, iteration, residual);
        }
        step(ranges, &mut masses, &slopes);
    }
    ended(masses, Status::BudgetSpent, STEPS, residual)
}

fn ended(mut masses: Vec<f64>, status: Status, steps: usize, residual: f64) -> Solve<Vec<f64>> {
    for mass in &mut masses {
        if *mass <= NOTHING {
            *mass = 0.0;
        }
    }
    let total: f64 = masses.iter().sum();
    masses.iter_mut().for_each(|mass| *mass /= total);
    Solve {
        value: masses,
        status,
        iterations: ROUNDS + steps,
        residual,
    }
}

/// Likelihood of each record, shape (records,).
pub(super) fn likelihoods(ranges: &[Range<usize>], masses: &[f64]) -> Vec<f64> {
    ranges
        .iter()
        .map(|range| masses[range.clone()].iter().sum())
        .collect()
}

/// Slope of the mean log likelihood by each mass: at the maximum 1 where there is mass, and at most 1 elsewhere.
fn slopes(ranges: &[Range<usize>], masses: &[f64]) -> Vec<f64> {
    let mut slopes = vec![0.0; masses.len()];
    for (range, likelihood) in ranges.iter().zip(likelihoods(ranges, masses)) {
        for slope in &mut slopes[range.clone()] {
            *slope += 1.0 / likelihood;
        }
    }
    let records = ranges.len() as f64;
    slopes.iter_mut().for_each(|slope| *slope /= records);
    slopes
}

fn unmet(masses: &[f64], slopes: &[f64]) -> f64 {
    let pairs = masses.iter().zip(slopes);
    pairs
        .map(|(mass, slope)| {
            let gain = slope - 1.0;
            if *mass > NOTHING {
                libm::fabs(gain)
            } else {
                gain.max(0.0)
            }
        })
        .fold(0.0, f64::max)
}

fn objective(ranges: &[Range<usize>], masses: &[f64]) -> f64 {
    let logs: f64 = likelihoods(ranges, masses).into_iter().map(libm::log).sum();
    logs / ranges.len() as f64 - masses.iter().sum::<f64>()
}

/// One Newton step, as long as masses stay non-negative and the objective does not fall.
fn step(ranges: &[Range<usize>], masses: &mut [f64], slopes: &[f64]) {
    let (free, direction) = direction(ranges, masses, slopes);
    let mut length = 1.0_f64;
    let mut blocking = None;
    for (at, change) in free.iter().zip(&direction) {
        if masses[*at] + length * change < 0.0 {
            length = -masses[*at] / change;
            blocking = Some(*at);
        }
    }
    let before = objective(ranges, masses);
    let start = masses.to_vec();
    for _ in 0..f64::MANTISSA_DIGITS {
        for (at, change) in free.iter().zip(&direction) {
            masses[*at] = (start[*at] + length * change).max(0.0);
        }
        if let Some(at) = blocking {
            masses[at] = 0.0;
        }
        if objective(ranges, masses) >= before - ROUNDING {
            return;
        }
        length /= 2.0;
        blocking = None;
    }
    masses.copy_from_slice(&start);
}

/// The cells that move, and by how much: those with mass, and those that promise more and would gain by it.
fn direction(ranges: &[Range<usize>], masses: &[f64], slopes: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let mut free: Vec<usize> = (0..masses.len())
        .filter(|at| masses[*at] > 0.0 || slopes[*at] > 1.0)
        .collect();
    loop {
        let factor = cholesky(information(ranges, masses, &free, |_| 0.0));
        let records = ranges.len() as f64;
        let wanted: Vec<f64> = free
            .iter()
            .map(|at| records * (slopes[*at] - 1.0))
            .collect();
        let direction = backward(&factor, &forward(&factor, &wanted));
        let moving: Vec<usize> = free
            .iter()
            .zip(&direction)
            .filter(|(at, change)| masses[**at] > 0.0 || **change > 0.0)
            .map(|(at, _)| *at)
            .collect();
        if moving.len() == free.len() {
            return (free, direction);
        }
        free = moving;
    }
}

/// Observed information of the masses of some cells, shape (free, free): sums of products of slopes of ln likelihood, each less what
/// `less` says of the record (0, or the part of a cell that takes what the others leave).
pub(super) fn information(
    ranges: &[Range<usize>],
    masses: &[f64],
    free: &[usize],
    less: impl Fn(&Range<usize>) -> f64,
) -> Vec<Vec<f64>> {
    let n = free.len();
    let mut information = vec![vec![0.0; n]; n];
    for (range, likelihood) in ranges.iter().zip(likelihoods(ranges, masses)) {
        let slope: Vec<f64> = free
            .iter()
            .map(|at| (f64::from(u8::from(range.contains(at))) - less(range)) / likelihood)
            .collect();
        for (row, x) in information.iter_mut().zip(&slope) {
            for (entry, y) in row.iter_mut().zip(&slope) {
                *entry += x * y;
            }
        }
    }
    information
}

/// The lower factor L of a positive definite matrix L Lᵀ.
pub(super) fn cholesky(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for row in 0..matrix.len() {
        for column in 0..=row {
            let sum: f64 = (0..column)
                .map(|k| matrix[row][k] * matrix[column][k])
                .sum();
            let rest = matrix[row][column] - sum;
            matrix[row][column] = if row == column {
                libm::sqrt(rest.max(f64::MIN_POSITIVE))
            } else {
                rest / matrix[column][column]
            };
        }
    }
    matrix
}

/// Solves `L x = wanted`.
pub(super) fn forward(factor: &[Vec<f64>], wanted: &[f64]) -> Vec<f64> {
    let mut solved = wanted.to_vec();
    for row in 0..solved.len() {
        let sum: f64 = (0..row).map(|k| factor[row][k] * solved[k]).sum();
        solved[row] = (solved[row] - sum) / factor[row][row];
    }
    solved
}

/// Solves `Lᵀ x = wanted`.
fn backward(factor: &[Vec<f64>], wanted: &[f64]) -> Vec<f64> {
    let mut solved = wanted.to_vec();
    for row in (0..solved.len()).rev() {
        let sum: f64 = (row + 1..solved.len())
            .map(|k| factor[k][row] * solved[k])
            .sum();
        solved[row] = (solved[row] - sum) / factor[row][row];
    }
    solved
}
