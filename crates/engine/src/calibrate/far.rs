//! How a market at rest answers to its parameters and to its assumptions, `[eq:draws]`.

use super::Ground;
use super::aim::{drives, targets};
use super::knob::Knob;
use super::online::fill_loyalty;
use super::report::Calibrated;
use super::sensitivity::{self, STEP};
use super::state::State;
use crate::numerics::dispatch::Dispatch;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Times that the market is put to rest, each time with the churn that follows from the sales of the time before: churn is a
/// small part of what moves people, and answers to sales by network alone.
const ROUNDS: usize = 5;

/// Scaled outcomes, in the rows of the sensitivity, of the central parameters in a market that may have other assumptions,
/// with one knob turned. None if the market has other states, or if `cancel` came before the end.
pub(super) fn at_rest(
    ground: &Ground,
    central: &Calibrated,
    dispatch: Dispatch,
    knob: Option<Knob>,
    cancel: &AtomicBool,
) -> Option<Vec<f64>> {
    let mut state = State::warm(ground, central, dispatch)?;
    let aims = targets(ground);
    let drives = drives(ground, &aims);
    // What brands sell decides whose loyalty those without a target follow.
    state.pass(ground);
    state.close(ground);
    if let Some(knob) = knob {
        knob.turn(ground, &mut state.parameters, STEP);
        fill_loyalty(ground, &mut state, &aims);
        state.refresh(ground);
    }
    for _ in 1..ROUNDS {
        if cancel.load(Ordering::Relaxed) {
            return None;
        }
        state.rest(ground);
        state.pass(ground);
        state.close(ground);
    }
    state.rest(ground);
    let months = (0, cancel);
    Some(sensitivity::outcomes(
        ground, &mut state, &aims, &drives, months,
    ))
}

/// Scaled outcomes (rows) by knobs (columns) at the central solution; empty where there are none to be had, or if `cancel`
/// came before the end.
pub(super) fn by_knobs(
    ground: &Ground,
    central: &Calibrated,
    dispatch: Dispatch,
    cancel: &AtomicBool,
) -> Vec<Vec<f64>> {
    let Some(sensitivity) = &central.sensitivity else {
        return Vec::new();
    };
    let Some(base) = at_rest(ground, central, dispatch, None, cancel) else {
        return Vec::new();
    };
    let slopes = |&knob: &Knob| {
        let turned = at_rest(ground, central, dispatch, Some(knob), cancel)?;
        slopes(&base, &turned, STEP)
    };
    let all: Option<Vec<Vec<f64>>> = sensitivity.knobs.par_iter().map(slopes).collect();
    let columns = all.unwrap_or_default();
    if columns.is_empty() {
        return Vec::new();
    }
    let row = |row: usize| columns.iter().map(|column| column[row]).collect();
    (0..base.len()).map(row).collect()
}

/// Slopes between outcomes that are `width` apart; none if one of them is no number.
pub(super) fn slopes(from: &[f64], to: &[f64], width: f64) -> Option<Vec<f64>> {
    let slopes = from.iter().zip(to).map(|(x, y)| (y - x) / width);
    let slopes: Vec<f64> = slopes.collect();
    slopes
        .iter()
        .all(|slope| slope.is_finite())
        .then_some(slopes)
}
