//! Calibration under draws: from the central solution by a first-order map (implicit function theorem),
//! then warm months with chord steps, `[eq:draws]`.

use super::Ground;
use super::aim::{drive_of, targets};
use super::online::{Search, Settings};
use super::report::Calibrated;
use super::sensitivity::{self, solve};
use super::state::State;
use crate::numerics::solve::{Solve, Status};
use crate::scenario::Values;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// Largest relative miss of a draw that counts as met.
pub const DRAW_TOLERANCE: f64 = 1e-3;

/// Quantiles between which the response to an assumption is measured.
const AROUND: (f64, f64) = (0.4, 0.6);

/// Months that a chord step of a draw is given to settle.
const SETTLING: usize = 15;

/// Chord steps of a draw before the online method has the rest.
const STEPS: usize = 12;

/// Largest miss at which probes are worth their months.
const NEAR: f64 = 0.01;

/// What all draws start from: the central solution, and how the outcomes of a market at rest answer to its
/// assumptions.
#[derive(Clone, Debug)]
pub struct Central {
    /// The central solution.
    pub solve: Solve<Calibrated>,
    /// Central values.
    pub values: Values,
    /// Position of an assumption and scaled outcomes by its value, in the rows of the sensitivity.
    responses: Vec<(usize, Vec<f64>)>,
}

impl Central {
    /// Measures how outcomes answer to every uncertain number that the market before an entry depends on. Without
    /// sensitivities of the central solution there is nothing to map with, and draws start where it ended.
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
        let responses = if solve.value.sensitivity.is_some() {
            let response = |&q: &usize| {
                response(ground, &solve.value, settings, types, q).map(|slopes| (q, slopes))
            };
            uncertain.par_iter().filter_map(response).collect()
        } else {
            Vec::new()
        };
        Self {
            solve,
            values: ground.values.clone(),
            responses,
        }
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

/// Scaled outcomes by the value of one assumption, at the central parameters in the long run; none if the
/// market before an entry does not depend on it.
fn response(
    ground: &Ground,
    central: &Calibrated,
    settings: &Settings,
    types: usize,
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
    let (x, y) = (
        State::warm(&before, central, settings.dispatch)?,
        State::warm(&after, central, settings.dispatch)?,
    );
    let same = before.market == after.market
        && before.offers == after.offers
        && x.parameters == y.parameters;
    // Terms bear on elasticities of receipts alone; a draw's own steps see to those.
    if same || width == 0.0 {
        return None;
    }
    let months = settings.sensitivity_months;
    let of = |ground: &Ground, state: State| {
        let aims = targets(ground);
        let drives: Vec<_> = aims
            .iter()
            .map(|aim| (!aim.is_base).then(|| drive_of(ground, aim)))
            .collect();
        sensitivity::outcomes(ground, state, &aims, &drives, months)
    };
    let (x, y) = (of(&before, x), of(&after, y));
    let slopes: Vec<f64> = x.iter().zip(&y).map(|(x, y)| (y - x) / width).collect();
    slopes
        .iter()
        .all(|slope| slope.is_finite())
        .then_some(slopes)
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
    let mut status = search.mapped(central);
    if status == Status::BudgetSpent && search.stopped().is_none() {
        status = search.online(settings.tolerance);
    }
    search.finish(status)
}

impl Search<'_> {
    /// The first-order map, then chord steps with the central derivatives, corrected on the way.
    fn mapped(&mut self, central: &Central) -> Status {
        let Some(sensitivity) = &central.solve.value.sensitivity else {
            return Status::BudgetSpent;
        };
        let knobs = sensitivity.knobs.clone();
        let mut matrix = sensitivity.outcomes_by_knobs.clone();
        // What the map expects is missing at the central parameters.
        let report = central.solve.value.report.iter();
        let before: Vec<f64> = report.map(|row| row.got).collect();
        let mut missing = self.missing(&before);
        let shift = central.shift(self.ground.values, missing.len());
        for (missing, shift) in missing.iter_mut().zip(shift) {
            *missing -= shift;
        }
        let mut worst = f64::INFINITY;
        for step in 0..STEPS {
            let steps = self.turn_knobs(&knobs, solve(&matrix, &missing));
            for _ in 0..SETTLING {
                if let Some(status) = self.stopped() {
                    return status;
                }
                self.pass_month();
            }
            let probing = worst <= NEAR || step + 1 == STEPS;
            let residual = self.measure_month(probing);
            if residual.is_nan() {
                return Status::BrokeDown;
            }
            if probing && residual <= DRAW_TOLERANCE && self.drift() <= DRAW_TOLERANCE {
                return Status::Converged;
            }
            worst = residual;
            // Rows that were not probed keep what the map expects of them.
            let done = sensitivity::expected(&matrix, &steps);
            let left: Vec<f64> = missing.iter().zip(done).map(|(x, y)| x - y).collect();
            let now = self.missing_or(&left, probing);
            let change: Vec<f64> = missing.iter().zip(&now).map(|(x, y)| x - y).collect();
            sensitivity::learn(&mut matrix, &steps, &change);
            missing = now;
        }
        Status::BudgetSpent
    }
}
