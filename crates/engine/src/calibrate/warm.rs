//! Calibration under draws: from the central solution by a first-order map (implicit function theorem),
//! then warm months with Newton steps, `[eq:draws]`.

use super::Ground;
use super::aim::{Aim, drives, targets};
use super::far::{self, Far};
use super::online::{Search, Settings};
use super::report::Calibrated;
use super::sensitivity::{self, solve};
use super::state::{State, warm_parameters};
use crate::numerics::solve::{Solve, Status};
use crate::scenario::Values;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// Largest relative miss of a draw that counts as met.
pub const DRAW_TOLERANCE: f64 = 1e-3;

/// Largest miss of what needs no probe at which a draw's market is taken to be at rest: a market on its way
/// misses a little every month, and what it misses adds up.
const AT_REST: f64 = 3e-4;

/// Quantiles between which the response to an assumption is measured.
const AROUND: (f64, f64) = (0.4, 0.6);

/// Months of Newton steps before the whole search takes over.
const MONTHS: usize = 150;

/// Part of what a stock misses that a month's step sets out to mend: stocks answer over some twenty months.
const STOCK_GAIN: f64 = 0.04;

/// Month of the first probe; the others wait until all else is met, and so many months.
const FIRST_PROBE: usize = 3;
const BETWEEN_PROBES: usize = 4;

/// What all draws start from: the central solution, and how the outcomes of a market at rest answer to its
/// assumptions.
#[derive(Clone, Debug)]
pub struct Central {
    /// The central solution.
    pub solve: Solve<Calibrated>,
    /// Central values.
    pub values: Values,
    /// Scaled outcomes (rows) by knobs (columns) in the month in which they are turned.
    at_once: Vec<Vec<f64>>,
    /// The market at rest by every knob, in their order; empty where a draw has nothing to be mapped with.
    by_knob: Vec<Far>,
    /// Position of an assumption and the market at rest by its value.
    responses: Vec<(usize, Far)>,
}

impl Central {
    /// Measures how outcomes answer to every uncertain number that the market before an entry depends on. Without
    /// sensitivities of the central solution there is nothing to map with, and every draw is a search of its own.
    pub fn new(
        ground: &Ground,
        solve: Solve<Calibrated>,
        settings: &Settings,
        types: usize,
    ) -> Self {
        let scenario = ground.scenario;
        let uncertain = scenario.quantities.iter().enumerate();
        let uncertain: Vec<usize> = uncertain
            .filter(|(_, quantity)| quantity.is_uncertain())
            .map(|(q, _)| q)
            .collect();
        let (dispatch, months) = (settings.dispatch, settings.sensitivity_months);
        let by_knob = far::by_knob(ground, &solve.value, dispatch, months);
        let responses = if by_knob.is_empty() {
            Vec::new()
        } else {
            let response = |&q: &usize| {
                response(ground, &solve.value, settings, types, q).map(|slopes| (q, slopes))
            };
            uncertain.par_iter().filter_map(response).collect()
        };
        Self {
            at_once: at_once(ground, &solve.value, settings),
            solve,
            values: ground.values.clone(),
            by_knob,
            responses,
        }
    }

    /// Scaled outcomes that the draw's assumptions add at central parameters, first order.
    fn shift(&self, values: &Values, rows: usize) -> Vec<f64> {
        let mut shift = vec![0.0; rows];
        for (q, slopes) in &self.responses {
            let change = values.at(*q) - self.values.at(*q);
            for (sum, slope) in shift.iter_mut().zip(&slopes.outcomes) {
                *sum += slope * change;
            }
        }
        shift
    }

    /// Scaled outcomes (rows) by knobs (columns) in the long run.
    fn outcomes_by_knobs(&self) -> Vec<Vec<f64>> {
        let rows = self.by_knob.first().map_or(0, |far| far.outcomes.len());
        let row = |row: usize| self.by_knob.iter().map(|far| far.outcomes[row]).collect();
        (0..rows).map(row).collect()
    }

    /// What these steps of knobs and a draw's assumptions make of the states, first order: factors of slopes.
    fn moves<'c>(&'c self, values: &Values, steps: &[f64]) -> Vec<(f64, &'c [f64])> {
        let knobs = steps.iter().zip(&self.by_knob);
        let knobs = knobs.map(|(step, far)| (*step, far.masses.as_slice()));
        let assumptions = self.responses.iter().map(|(q, far)| {
            let change = values.at(*q) - self.values.at(*q);
            (change, far.masses.as_slice())
        });
        knobs.chain(assumptions).collect()
    }
}

/// Derivatives of what people do in a month by parameters, states as they are.
fn at_once(ground: &Ground, central: &Calibrated, settings: &Settings) -> Vec<Vec<f64>> {
    let Some(mut state) = State::warm(ground, central, settings.dispatch) else {
        return Vec::new();
    };
    state.open(ground);
    let aims = targets(ground);
    let drives = drives(ground, &aims);
    let mut rows = sensitivity::of(ground, &state, &aims, &drives, 0).outcomes_by_knobs;
    // Stocks do not answer at once: their rows say where they are going.
    let far = central
        .sensitivity
        .iter()
        .flat_map(|s| &s.outcomes_by_knobs);
    let driven = aims
        .iter()
        .zip(&drives)
        .filter(|(_, drive)| drive.is_some());
    for ((row, far), (aim, _)) in rows.iter_mut().zip(far).zip(driven) {
        if aim.is_stock() {
            row.clone_from(far);
        }
    }
    rows
}

/// Scaled outcomes by the value of one assumption, at the central parameters in the long run; none if the
/// market before an entry does not depend on it.
fn response(
    ground: &Ground,
    central: &Calibrated,
    settings: &Settings,
    types: usize,
    q: usize,
) -> Option<Far> {
    let quantity = &ground.scenario.quantities[q];
    let at = |u: f64| {
        let mut values = ground.values.clone();
        values.set_at(q, quantity.value(u));
        values
    };
    let (low, high) = (at(AROUND.0), at(AROUND.1));
    let width = high.at(q) - low.at(q);
    let before = Ground::new(ground.scenario, &low, types).ok()?;
    let after = Ground::new(ground.scenario, &high, types).ok()?;
    let same = before.market == after.market
        && before.offers == after.offers
        && warm_parameters(&before, central) == warm_parameters(&after, central);
    // Terms bear on elasticities of receipts alone; a draw's own steps see to those.
    if same || width == 0.0 {
        return None;
    }
    let months = settings.sensitivity_months;
    let of = |ground: &Ground| Far::of(ground, central, settings.dispatch, None, months);
    of(&before)?.slopes(&of(&after)?, width)
}

/// Calibrates the market of a draw, warm from the central solution.
///
/// A draw that cannot be met within the budget is a status of the result, as in
/// [`super::calibrate`]; targets that clash are the caller's to refuse before.
pub fn under_draw(
    ground: &Ground,
    central: &Central,
    settings: &Settings,
    cancel: &AtomicBool,
) -> Solve<Calibrated> {
    let state = State::warm(ground, &central.solve.value, settings.dispatch);
    let Some(state) = state else {
        // The draw has other states than the central market, other terms of instalments say.
        return super::calibrate(ground, settings, cancel);
    };
    let settings = Settings {
        tolerance: DRAW_TOLERANCE,
        ..*settings
    };
    let mut search = Search::from(ground, &settings, cancel, state);
    search.state.open(ground);
    match search.mapped(central) {
        // Too far for a map: the whole search, which needs no start.
        Status::BudgetSpent | Status::BrokeDown => super::calibrate(ground, &settings, cancel),
        status => search.finish(status),
    }
}

impl Search<'_> {
    /// The first-order map, then a Newton step a month with derivatives at once: what people
    /// do in a month answers to parameters at once, and states drift to where that leads.
    fn mapped(&mut self, central: &Central) -> Status {
        let Some(sensitivity) = &central.solve.value.sensitivity else {
            return Status::BudgetSpent;
        };
        if central.by_knob.is_empty() {
            return Status::BudgetSpent;
        }
        let knobs = &sensitivity.knobs;
        // What the map expects is missing at the central parameters.
        let report = central.solve.value.report.iter();
        let before: Vec<f64> = report.map(|row| row.got).collect();
        let mut missing = self.missing(&before);
        let shift = central.shift(self.ground.values, missing.len());
        for (missing, shift) in missing.iter_mut().zip(shift) {
            *missing -= shift;
        }
        let far = central.outcomes_by_knobs();
        let steps = self.turn_knobs(knobs, solve(&far, &missing));
        missing = left(&missing, &far, &steps);
        let moves = central.moves(self.ground.values, &steps);
        self.state.move_masses(self.ground, &moves);
        let near = &central.at_once;
        let mut probed_in = None;
        let mut is_met = false;
        for month in 0..MONTHS {
            if let Some(status) = self.stopped() {
                return status;
            }
            let due = probed_in.map_or(FIRST_PROBE, |before| before + BETWEEN_PROBES);
            let probing = month == FIRST_PROBE || (is_met && month >= due);
            let residual = self.measure_month(probing);
            if residual.is_nan() {
                return Status::BrokeDown;
            }
            is_met = residual <= AT_REST && self.drift() <= DRAW_TOLERANCE;
            if probing && residual <= DRAW_TOLERANCE && self.drift() <= DRAW_TOLERANCE {
                return Status::Converged;
            }
            if probing {
                probed_in = Some(month);
            }
            self.end_month();
            // Rows that were not probed keep what the steps are expected to leave of them.
            let now = self.missing_or(&missing, probing);
            let steps = self.turn_knobs(knobs, solve(near, &self.gently(&now)));
            missing = left(&now, near, &steps);
        }
        Status::BudgetSpent
    }

    /// What a month's step sets out to mend: all of what answers at once, a part of what is a stock.
    fn gently(&self, missing: &[f64]) -> Vec<f64> {
        let part = |aim: &Aim| if aim.is_stock() { STOCK_GAIN } else { 1.0 };
        let driven = self.driven().zip(missing);
        driven.map(|(aim, missing)| part(aim) * missing).collect()
    }
}

/// What steps are expected to leave of what is missing.
fn left(missing: &[f64], outcomes_by_knobs: &[Vec<f64>], steps: &[f64]) -> Vec<f64> {
    let done = sensitivity::expected(outcomes_by_knobs, steps);
    missing.iter().zip(done).map(|(x, y)| x - y).collect()
}
