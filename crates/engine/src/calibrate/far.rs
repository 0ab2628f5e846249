//! How a market at rest answers to its parameters and to its assumptions: what targets speak of, and the states themselves,
//! `[eq:draws]`.

use super::Ground;
use super::aim::{drives, targets};
use super::knob::Knob;
use super::online::fill_loyalty;
use super::report::Calibrated;
use super::sensitivity::{self, STEP};
use super::state::State;
use crate::numerics::dispatch::Dispatch;
use rayon::prelude::*;

/// A market after some months, or how it changes by one number.
#[derive(Clone, Debug)]
pub(super) struct Far {
    /// Scaled outcomes, in the rows of the sensitivity.
    pub(super) outcomes: Vec<f64>,
    /// Masses, (I, N).
    pub(super) masses: Vec<f64>,
}

impl Far {
    /// The central parameters in a market that may have other assumptions, after so many months, with one knob turned.
    /// None if the market has other states.
    pub(super) fn of(
        ground: &Ground,
        central: &Calibrated,
        dispatch: Dispatch,
        knob: Option<Knob>,
        months: usize,
    ) -> Option<Self> {
        let mut state = State::warm(ground, central, dispatch)?;
        let aims = targets(ground);
        let drives = drives(ground, &aims);
        if let Some(knob) = knob {
            // What brands sell decides whose loyalty those without a target follow.
            state.open(ground);
            knob.turn(ground, &mut state.parameters, STEP);
            fill_loyalty(ground, &mut state, &aims);
            state.refresh(ground);
        }
        let outcomes = sensitivity::outcomes(ground, &mut state, &aims, &drives, months);
        Some(Self {
            outcomes,
            masses: state.economy.opened().mass.to_vec(),
        })
    }

    /// Slopes from here to `other`, `width` away; none if one of them has no number.
    pub(super) fn slopes(&self, other: &Self, width: f64) -> Option<Self> {
        let slopes = |from: &[f64], to: &[f64]| -> Vec<f64> {
            from.iter().zip(to).map(|(x, y)| (y - x) / width).collect()
        };
        let slopes = Self {
            outcomes: slopes(&self.outcomes, &other.outcomes),
            masses: slopes(&self.masses, &other.masses),
        };
        let mut all = slopes.outcomes.iter().chain(&slopes.masses);
        all.all(|slope| slope.is_finite()).then_some(slopes)
    }
}

/// Slopes by every knob at the central solution; empty where there are none to be had.
pub(super) fn by_knob(
    ground: &Ground,
    central: &Calibrated,
    dispatch: Dispatch,
    months: usize,
) -> Vec<Far> {
    let Some(sensitivity) = &central.sensitivity else {
        return Vec::new();
    };
    let Some(base) = Far::of(ground, central, dispatch, None, months) else {
        return Vec::new();
    };
    let slopes = |&knob: &Knob| {
        let turned = Far::of(ground, central, dispatch, Some(knob), months)?;
        base.slopes(&turned, STEP)
    };
    let all: Option<Vec<Far>> = sensitivity.knobs.par_iter().map(slopes).collect();
    all.unwrap_or_default()
}

/// Moves masses (I, N) by slopes times steps. What would be less than nobody is nobody; types stay whole.
pub(super) fn move_masses(mass: &mut [f64], moves: &[(f64, &[f64])], cells: usize) {
    for (i, mass) in mass.chunks_exact_mut(cells).enumerate() {
        let before: f64 = mass.iter().sum();
        for (step, slopes) in moves {
            let slopes = &slopes[i * cells..(i + 1) * cells];
            for (mass, slope) in mass.iter_mut().zip(slopes) {
                *mass += step * slope;
            }
        }
        for mass in mass.iter_mut() {
            *mass = mass.max(0.0);
        }
        let after: f64 = mass.iter().sum();
        if after > 0.0 {
            let whole = before / after;
            for mass in mass.iter_mut() {
                *mass *= whole;
            }
        }
    }
}
