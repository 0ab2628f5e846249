//! The maximum-likelihood curve where some times are only known to lie in an interval, by self-consistency.
//!
//! Turnbull (1976): mass can only lie in the innermost intervals, each from a left end of some record to the next end if that is a
//! right one. Every innermost interval is the last one of some record (the one whose right end closes it), so the matrix of records
//! by intervals has full column rank and the masses are unique.

use super::likelihood::{cholesky, forward, information, likelihoods, maximise};
use super::{Curve, Observation, Step, end};
use crate::numerics::solve::Solve;
use core::ops::Range;

/// An end of a record's interval in the order of the line: at one time `[x`, then `x]`, then `(x`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct End {
    time: f64,
    rank: u8,
}

const CLOSED_LEFT: u8 = 0;
const RIGHT: u8 = 1;
const OPEN_LEFT: u8 = 2;

impl End {
    fn order(&self, other: &Self) -> core::cmp::Ordering {
        self.time
            .total_cmp(&other.time)
            .then(self.rank.cmp(&other.rank))
    }
}

fn ends(record: &Observation) -> (End, End) {
    let (left, rank, right) = match *record {
        Observation::At(time) => (time, CLOSED_LEFT, time),
        Observation::After(time) => (time, OPEN_LEFT, f64::INFINITY),
        Observation::Between(from, to) => (from, OPEN_LEFT, to),
    };
    let right = End {
        time: right,
        rank: RIGHT,
    };
    (End { time: left, rank }, right)
}

/// The innermost intervals in order.
fn innermost(records: &[Observation]) -> Vec<(End, End)> {
    let mut all: Vec<End> = records
        .iter()
        .map(ends)
        .flat_map(|(left, right)| [left, right])
        .collect();
    all.sort_by(End::order);
    all.windows(2)
        .filter(|pair| pair[0].rank != RIGHT && pair[1].rank == RIGHT)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}

/// For each record, the innermost intervals inside it.
fn inside(records: &[Observation], cells: &[(End, End)]) -> Vec<Range<usize>> {
    records
        .iter()
        .map(|record| {
            let (left, right) = ends(record);
            let first = cells.partition_point(|cell| cell.0.order(&left).is_lt());
            let last = cells.partition_point(|cell| cell.1.order(&right).is_le());
            first..last
        })
        .collect()
}

/// The most likely masses, then the doubt about them.
pub(super) fn fit(records: &[Observation]) -> Solve<Curve> {
    let cells = innermost(records);
    let ranges = inside(records, &cells);
    let masses = maximise(&ranges, cells.len());
    let steps = steps(records, &cells, &ranges, &masses.value);
    Solve {
        value: Curve {
            records: records.len(),
            steps,
            end: end(records),
        },
        status: masses.status,
        iterations: masses.iterations,
        residual: masses.residual,
    }
}

fn steps(
    records: &[Observation],
    cells: &[(End, End)],
    ranges: &[Range<usize>],
    masses: &[f64],
) -> Vec<Step> {
    let deviations = deviations(ranges, masses);
    let likelihoods = likelihoods(ranges, masses);
    let mut survival = 1.0;
    let mut steps = Vec::new();
    for (at, (left, right)) in cells.iter().enumerate() {
        if masses[at] == 0.0 || right.time.is_infinite() {
            continue;
        }
        let is_last = masses[at + 1..].iter().all(|mass| *mass == 0.0);
        survival = if is_last { 0.0 } else { survival - masses[at] };
        let (at_risk, events) = expected(
            records,
            cells[at].1.time,
            ranges,
            (masses, &likelihoods),
            at,
        );
        steps.push(Step {
            from: left.time,
            to: right.time,
            at_risk,
            events,
            survival,
            deviation: if is_last { 0.0 } else { deviations[at] },
        });
    }
    steps
}

/// Expected records still open before a cell, and expected to end in it. Who is censored counts until then.
fn expected(
    records: &[Observation],
    until: f64,
    ranges: &[Range<usize>],
    (masses, likelihoods): (&[f64], &[f64]),
    at: usize,
) -> (f64, f64) {
    let (mut at_risk, mut events) = (0.0, 0.0);
    for ((record, range), likelihood) in records.iter().zip(ranges).zip(likelihoods) {
        if let Observation::After(time) = *record {
            at_risk += f64::from(u8::from(time >= until));
            continue;
        }
        let later = range.start.max(at)..range.end.max(at);
        at_risk += masses[later].iter().sum::<f64>() / likelihood;
        if range.contains(&at) {
            events += masses[at] / likelihood;
        }
    }
    (at_risk, events)
}

/// Standard deviation of the share left after each cell: from the inverse of the observed information of the masses, the last of
/// which is what the others leave. It is Greenwood's where there are no intervals.
fn deviations(ranges: &[Range<usize>], masses: &[f64]) -> Vec<f64> {
    let carrying: Vec<usize> = (0..masses.len()).filter(|at| masses[*at] > 0.0).collect();
    let mut deviations = vec![0.0; masses.len()];
    let Some((last, free)) = carrying.split_last() else {
        return deviations;
    };
    let of_last = |range: &Range<usize>| f64::from(u8::from(range.contains(last)));
    let factor = cholesky(information(ranges, masses, free, of_last));
    for (count, at) in free.iter().enumerate() {
        // Var Σ_{j ≤ count} p_j = |L⁻¹ 1_{j ≤ count}|², [eq:greenwood].
        let ones: Vec<f64> = (0..free.len())
            .map(|row| f64::from(u8::from(row <= count)))
            .collect();
        let solved = forward(&factor, &ones);
        deviations[*at] = libm::sqrt(solved.iter().map(|x| x * x).sum::<f64>());
    }
    deviations
}
