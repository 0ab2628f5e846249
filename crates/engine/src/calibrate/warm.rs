//! Calibration under draws: from the central solution by a first-order map (implicit function theorem),
//! then Newton steps, each with the market at rest where it leads, `[eq:draws]`, `[eq:cohorts]`.

use super::Ground;
use super::far;
use super::knob::Knob;
use super::online::{Search, Settings};
use super::report::Calibrated;
use super::sensitivity::{self, STEP, solve};
use super::state::{State, warm_parameters};
use crate::numerics::solve::{Solve, Status};
use crate::scenario::Values;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Largest relative miss of a draw that counts as met.
pub const DRAW_TOLERANCE: f64 = 1e-3;

/// Largest miss of what needs no probe after which elasticities are asked for: the next step leaves less than a third of it.
const NEARLY_MET: f64 = 3.0 * DRAW_TOLERANCE;

/// Quantiles between which the response to an assumption is measured.
const AROUND: (f64, f64) = (0.4, 0.6);

/// Newton steps before the whole search takes over.
const STEPS: usize = 60;

/// Steps of a knob below this do not correct slopes: what they do drowns in what the step before does to churn.
const TELLING: f64 = 0.01;

/// Steps that do not halve the largest miss before slopes are measured anew, where the steps have led.
const PATIENCE: usize = 3;

/// Step before which probes are asked first; later ones wait until all else is met, and so many steps.
const FIRST_PROBE: usize = 2;
const BETWEEN_PROBES: usize = 2;

/// What all draws start from: the central solution, and how the outcomes of a market at rest answer to its
/// assumptions.
#[derive(Clone, Debug)]
pub struct Central {
    /// The central solution.
    pub solve: Solve<Calibrated>,
    /// Central values.
    pub values: Values,
    /// Scaled outcomes (rows) by knobs (columns) at rest; empty where a draw has nothing to be mapped with.
    by_knobs: Vec<Vec<f64>>,
    /// Position of an assumption and scaled outcomes at rest by its value.
    responses: Vec<(usize, Vec<f64>)>,
}

impl Central {
    /// Measures how outcomes answer to every uncertain number that the market before an entry depends on. Without
    /// sensitivities of the central solution there is nothing to map with, and every draw is a search of its own. None if
    /// `cancel` came before the end.
    pub fn new(
        ground: &Ground,
        solve: Solve<Calibrated>,
        settings: &Settings,
        types: usize,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        let scenario = ground.scenario;
        let uncertain = scenario.quantities.iter().enumerate();
        let uncertain: Vec<usize> = uncertain
            .filter(|(_, quantity)| quantity.is_uncertain())
            .map(|(q, _)| q)
            .collect();
        let by_knobs = far::by_knobs(ground, &solve.value, settings.dispatch, cancel);
        let responses = if by_knobs.is_empty() {
            Vec::new()
        } else {
            let response = |&q: &usize| {
                response(ground, &solve.value, (settings, types, cancel), q)
                    .map(|slopes| (q, slopes))
            };
            uncertain.par_iter().filter_map(response).collect()
        };
        // What was cut short is not what it seems.
        let is_whole = !cancel.load(Ordering::Relaxed);
        is_whole.then(|| Self {
            solve,
            values: ground.values.clone(),
            by_knobs,
            responses,
        })
    }

    /// Scaled outcomes that the draw's assumptions add at central parameters, first order.
    fn shift(&self, values: &Values, rows: usize) -> Vec<f64> {
        let mut shift = vec![0.0; rows];
        for (q, slopes) in &self.responses {
            let change = values.at(*q) - self.values.at(*q);
            for (sum, slope) in shift.iter_mut().zip(slopes) {
                *sum += slope * change;
            }
        }
        shift
    }
}

/// Scaled outcomes by the value of one assumption, at the central parameters and at rest; none if the
/// market before an entry does not depend on it.
fn response(
    ground: &Ground,
    central: &Calibrated,
    (settings, types, cancel): (&Settings, usize, &AtomicBool),
    q: usize,
) -> Option<Vec<f64>> {
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
    let of = |ground: &Ground| far::at_rest(ground, central, settings.dispatch, None, cancel);
    far::slopes(&of(&before)?, &of(&after)?, width)
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
    /// The first-order map, then Newton steps, each followed by the market at rest where it leads. The slopes are those of
    /// the central market, corrected by what steps do (Broyden 1965).
    fn mapped(&mut self, central: &Central) -> Status {
        let Some(sensitivity) = &central.solve.value.sensitivity else {
            return Status::BudgetSpent;
        };
        if central.by_knobs.is_empty() {
            return Status::BudgetSpent;
        }
        let knobs = &sensitivity.knobs;
        let mut slopes = central.by_knobs.clone();
        // What the map expects is missing at the central parameters.
        let report = central.solve.value.report.iter();
        let before: Vec<f64> = report.map(|row| row.got).collect();
        let mut missing = self.missing(&before);
        let shift = central.shift(self.ground.values, missing.len());
        for (missing, shift) in missing.iter_mut().zip(shift) {
            *missing -= shift;
        }
        let mut steps = self.turn_knobs(knobs, solve(&slopes, &missing));
        missing = left(&missing, &slopes, &steps);
        let (mut probed_in, mut is_near) = (None, false);
        let (mut best, mut idle) = (f64::INFINITY, 0);
        for step in 0..STEPS {
            if let Some(status) = self.stopped() {
                return status;
            }
            self.state.rest(self.ground);
            let due = probed_in.map_or(FIRST_PROBE, |before| before + BETWEEN_PROBES);
            let probing = step == FIRST_PROBE || (is_near && step >= due);
            let residual = self.measure_month(probing);
            if residual.is_nan() {
                return Status::BrokeDown;
            }
            is_near = residual <= NEARLY_MET && self.drift() <= DRAW_TOLERANCE;
            if probing && residual <= DRAW_TOLERANCE && self.drift() <= DRAW_TOLERANCE {
                return Status::Converged;
            }
            if probing {
                probed_in = Some(step);
            }
            self.end_month();
            // Rows that were not probed keep what the steps are expected to leave of them.
            let now = self.missing_or(&missing, probing);
            idle = if residual < 0.5 * best { 0 } else { idle + 1 };
            best = best.min(residual);
            if idle == PATIENCE {
                self.measure_slopes(knobs, &mut slopes);
                (best, idle) = (residual, 0);
            } else if step > 0 && steps.iter().any(|step| step.abs() > TELLING) {
                self.learn(&mut slopes, &steps, &missing, &now);
            }
            steps = self.turn_knobs(knobs, solve(&slopes, &now));
            missing = left(&now, &slopes, &steps);
        }
        Status::BudgetSpent
    }

    /// Slopes at the parameters that steps have led to; those of what needs a probe stay as they are.
    fn measure_slopes(&self, knobs: &[Knob], slopes: &mut [Vec<f64>]) {
        let here = self.at_rest(None);
        let is_asked: Vec<bool> = self.driven().map(|aim| !aim.needs_probe()).collect();
        for (column, &knob) in knobs.iter().enumerate() {
            if self.stopped().is_some() {
                // The next step sees it too, and ends the search.
                return;
            }
            let turned = self.at_rest(Some(knob));
            let changes = turned.iter().zip(&here).zip(&is_asked);
            for (row, ((turned, here), _)) in changes.enumerate().filter(|(_, (_, asked))| **asked)
            {
                slopes[row][column] = (turned - here) / STEP;
            }
        }
    }

    /// Corrects slopes by what steps left missing against what they were expected to leave; what is not asked after every
    /// step tells nothing about the last one.
    fn learn(&self, slopes: &mut [Vec<f64>], steps: &[f64], expected: &[f64], now: &[f64]) {
        let done = sensitivity::expected(slopes, steps);
        let rows = self.driven().zip(done).zip(expected.iter().zip(now));
        let change = rows.map(|((aim, done), (expected, now))| match aim.needs_probe() {
            true => done,
            false => done + expected - now,
        });
        let change: Vec<f64> = change.collect();
        sensitivity::learn(slopes, steps, &change);
    }
}

/// What steps are expected to leave of what is missing.
fn left(missing: &[f64], outcomes_by_knobs: &[Vec<f64>], steps: &[f64]) -> Vec<f64> {
    let done = sensitivity::expected(outcomes_by_knobs, steps);
    missing.iter().zip(done).map(|(x, y)| x - y).collect()
}
