//! How well the targets pin the parameters down: outcomes by parameters in the long run, their
//! condition number, and the weakest direction in words.

use super::Ground;
use super::aim::{Aim, measure};
use super::knob::{Drive, Knob};
use super::online::fill_loyalty;
use super::report::Sensitivity;
use super::state::State;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Step of a knob on its unbounded scale.
pub(super) const STEP: f64 = 1e-3;

/// Singular values below this share of the largest are taken as zero.
const UNSEEN: f64 = 1e-9;

/// Parts of the weak direction smaller than this share of its largest are not told.
const TOLD: f64 = 0.25;

/// Turns each knob a little, runs the market for `months`, and compares with the market left alone. None if `cancel` came
/// before the end.
pub(super) fn of(
    ground: &Ground,
    state: &State,
    targets: &[Aim],
    drives: &[Option<Drive>],
    (months, cancel): (usize, &AtomicBool),
) -> Option<Sensitivity> {
    let mut knobs: Vec<Knob> = Vec::new();
    for drive in drives.iter().flatten() {
        if !knobs.contains(&drive.knob) {
            knobs.push(drive.knob);
        }
    }
    let with = |knob: Option<Knob>| {
        let mut state = state.clone();
        if let Some(knob) = knob {
            knob.turn(ground, &mut state.parameters, STEP);
            fill_loyalty(ground, &mut state, targets);
            state.refresh(ground);
        }
        outcomes(ground, &mut state, targets, drives, (months, cancel))
    };
    let runs: Vec<Option<Knob>> = std::iter::once(None)
        .chain(knobs.iter().copied().map(Some))
        .collect();
    let results: Vec<Vec<f64>> = runs.into_par_iter().map(with).collect();
    if cancel.load(Ordering::Relaxed) {
        return None;
    }
    let (base, turned) = results.split_at(1);
    let rows = base[0].len();
    let outcomes_by_knobs: Vec<Vec<f64>> = (0..rows)
        .map(|row| {
            turned
                .iter()
                .map(|after| (after[row] - base[0][row]) / STEP)
                .collect()
        })
        .collect();
    Some(summarise(ground, knobs, outcomes_by_knobs))
}

/// Scaled outcomes of targets that move a knob, after so many months, of which the last is left open; after fewer, and so of
/// no use, if `cancel` comes.
pub(super) fn outcomes(
    ground: &Ground,
    state: &mut State,
    targets: &[Aim],
    drives: &[Option<Drive>],
    (months, cancel): (usize, &AtomicBool),
) -> Vec<f64> {
    for _ in 0..months {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        state.pass(ground);
        state.close(ground);
    }
    state.open(ground);
    let mut got = vec![f64::NAN; targets.len()];
    measure(ground, state, targets, true, &mut got);
    let scaled = got.iter().zip(drives);
    scaled
        .filter_map(|(&got, drive)| drive.map(|d| d.scale.of(got)))
        .collect()
}

/// What these steps are expected to do to the outcomes.
pub(super) fn expected(outcomes_by_knobs: &[Vec<f64>], steps: &[f64]) -> Vec<f64> {
    let of_row = |row: &Vec<f64>| {
        row.iter()
            .zip(steps)
            .map(|(slope, step)| slope * step)
            .sum()
    };
    outcomes_by_knobs.iter().map(of_row).collect()
}

fn summarise(ground: &Ground, knobs: Vec<Knob>, outcomes_by_knobs: Vec<Vec<f64>>) -> Sensitivity {
    let (rows, columns) = (outcomes_by_knobs.len(), knobs.len());
    let matrix = faer::Mat::from_fn(rows, columns, |row, column| outcomes_by_knobs[row][column]);
    let (condition_number, weak) = match matrix.svd() {
        Ok(svd) if rows >= columns && columns > 0 => {
            let values = svd.S().column_vector();
            let last = columns - 1;
            let weak = (0..columns).map(|knob| svd.V()[(knob, last)]).collect();
            (values[0] / values[last], weak)
        }
        _ => (f64::INFINITY, vec![0.0; columns]),
    };
    let weak_direction: Vec<(Knob, f64)> = knobs.iter().copied().zip(weak).collect();
    Sensitivity {
        condition_number,
        weak_direction_in_words: in_words(ground, &weak_direction),
        weak_direction,
        outcomes_by_knobs,
        knobs,
    }
}

/// The steps of all knobs that move scaled outcomes by `missing`, least squares; directions that the
/// outcomes cannot see are left alone.
pub(super) fn solve(outcomes_by_knobs: &[Vec<f64>], missing: &[f64]) -> Vec<f64> {
    let (rows, columns) = (missing.len(), outcomes_by_knobs.first().map_or(0, Vec::len));
    let matrix = faer::Mat::from_fn(rows, columns, |row, column| outcomes_by_knobs[row][column]);
    let Ok(svd) = matrix.thin_svd() else {
        return vec![0.0; columns];
    };
    let values = svd.S().column_vector();
    let mut steps = vec![0.0; columns];
    for n in 0..rows.min(columns) {
        if values[n] > UNSEEN * values[0] {
            let along: f64 = (0..rows).map(|row| svd.U()[(row, n)] * missing[row]).sum();
            for (column, step) in steps.iter_mut().enumerate() {
                *step += svd.V()[(column, n)] * along / values[n];
            }
        }
    }
    steps
}

/// Lets the matrix agree with what the last steps did to the outcomes: the smallest change of it that
/// does (Broyden 1965).
pub(super) fn learn(outcomes_by_knobs: &mut [Vec<f64>], steps: &[f64], change: &[f64]) {
    let length: f64 = steps.iter().map(|step| step * step).sum();
    if length == 0.0 {
        return;
    }
    for (row, change) in outcomes_by_knobs.iter_mut().zip(change) {
        let expected: f64 = row
            .iter()
            .zip(steps)
            .map(|(slope, step)| slope * step)
            .sum();
        let surprise = (change - expected) / length;
        for (slope, step) in row.iter_mut().zip(steps) {
            *slope += surprise * step;
        }
    }
}

/// The largest parts of the weak direction, the largest taken as a rise.
fn in_words(ground: &Ground, direction: &[(Knob, f64)]) -> String {
    let mut parts: Vec<(Knob, f64)> = direction.to_vec();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let Some(&(_, largest)) = parts.first() else {
        return "nothing was calibrated".into();
    };
    let told: Vec<String> = parts
        .iter()
        .take(4)
        .filter(|part| part.1.abs() >= TOLD * largest.abs() && largest != 0.0)
        .map(|(knob, weight)| {
            let way = if weight * largest > 0.0 {
                "more"
            } else {
                "less"
            };
            format!("{way} {}", knob.describe(ground.scenario))
        })
        .collect();
    format!("the targets tell least about: {}", told.join(", "))
}
