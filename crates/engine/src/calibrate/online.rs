//! The search: the online log-ratio method (run the months, and after each move every parameter
//! towards its target by a damped log-ratio), then chord steps.

use super::Ground;
use super::aim::{Aim, drives, measure, targets};
use super::entrant;
use super::knob::{Drive, Knob};
use super::measure::needs_probe;
use super::report::{Calibrated, Sensitivity};
use super::sensitivity;
use super::state::{State, excluded};
use crate::numerics::dispatch::Dispatch;
use crate::numerics::solve::{Solve, Status};
use crate::scenario::Measure;
use std::sync::atomic::{AtomicBool, Ordering};

/// How calibration runs.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Largest relative miss of any target that counts as met.
    pub tolerance: f64,
    /// Months after which to stop.
    pub budget: usize,
    /// Months between two probes of elasticities and the like.
    pub probe_every: usize,
    /// Months that a turned knob is followed for the condition number; 0 leaves it out.
    pub sensitivity_months: usize,
    /// Instruction set.
    pub dispatch: Dispatch,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            budget: 3000,
            probe_every: 20,
            sensitivity_months: 60,
            dispatch: Dispatch::detect(),
        }
    }
}

/// Solves for the parameters. `cancel` stops after the month in hand.
///
/// First the online method, from a flat start; once every target is near, quasi-Newton steps
/// (with long-run derivatives, the same that give the condition number, corrected after each step by
/// what it did) take over: slow
/// outcomes, such as installed bases, then need no small damping.
///
/// Not converging is a status of the result; targets that clash in closed form are the caller's to
/// refuse before, with [`super::check`].
pub fn calibrate(ground: &Ground, settings: &Settings, cancel: &AtomicBool) -> Solve<Calibrated> {
    let mut search = Search::new(ground, settings, cancel);
    let mut status = search.online(NEAR);
    if status == Status::Converged && settings.sensitivity_months > 0 {
        status = search.chords();
    }
    if status == Status::Converged || status == Status::BudgetSpent {
        // Without derivatives, or where they led nowhere, the online method has the rest.
        status = search.online(settings.tolerance);
    }
    search.finish(status)
}

/// Largest miss at which derivatives are trusted.
const NEAR: f64 = 0.1;

/// Months that a chord step is given to settle.
const SETTLING: usize = 80;

/// Chord steps without progress before giving up on the matrix.
const PATIENCE: usize = 3;

/// Calibration on its way.
pub(super) struct Search<'a> {
    pub(super) ground: &'a Ground<'a>,
    settings: &'a Settings,
    cancel: &'a AtomicBool,
    aims: Vec<Aim>,
    drives: Vec<Option<Drive>>,
    pub(super) state: State,
    got: Vec<f64>,
    months: usize,
    sensitivity: Option<Sensitivity>,
}

impl<'a> Search<'a> {
    fn new(ground: &'a Ground<'a>, settings: &'a Settings, cancel: &'a AtomicBool) -> Self {
        let state = State::start(ground, settings.dispatch);
        Self::from(ground, settings, cancel, state)
    }

    /// From a market that is already on its way.
    pub(super) fn from(
        ground: &'a Ground<'a>,
        settings: &'a Settings,
        cancel: &'a AtomicBool,
        state: State,
    ) -> Self {
        let aims = targets(ground);
        let drives = drives(ground, &aims);
        let got = vec![f64::NAN; aims.len()];
        Self {
            ground,
            settings,
            cancel,
            aims,
            drives,
            state,
            got,
            months: 0,
            sensitivity: None,
        }
    }

    pub(super) fn stopped(&self) -> Option<Status> {
        if self.cancel.load(Ordering::Relaxed) {
            Some(Status::Cancelled)
        } else if self.months >= self.settings.budget {
            Some(Status::BudgetSpent)
        } else {
            None
        }
    }

    fn measure(&mut self, probing: bool) -> f64 {
        measure(self.ground, &self.state, &self.aims, probing, &mut self.got);
        residual(&self.aims, &self.got)
    }

    /// Runs months and moves parameters until all targets are within `tolerance`.
    pub(super) fn online(&mut self, tolerance: f64) -> Status {
        let mut due = false;
        loop {
            if let Some(status) = self.stopped() {
                return status;
            }
            let probing = due || self.months.is_multiple_of(self.settings.probe_every);
            if probing {
                self.state.open(self.ground);
            } else {
                self.state.pass(self.ground);
            }
            let residual = self.measure(probing);
            if residual.is_nan() {
                return Status::BrokeDown;
            }
            let met = residual <= tolerance && drift(self.ground, &self.state) <= tolerance;
            if met && probing {
                return Status::Converged;
            }
            // Probes are the last to be looked at: measured next month, when all else is met.
            due = met;
            turn(
                self.ground,
                &mut self.state,
                &self.aims,
                &self.drives,
                &self.got,
                probing,
            );
            fill_loyalty(self.ground, &mut self.state, &self.aims);
            self.step();
        }
    }

    /// One month passes with the parameters as they are now.
    fn step(&mut self) {
        self.state.close(self.ground);
        self.state.refresh(self.ground);
        self.months += 1;
    }

    /// Chord steps until all targets are within the tolerance.
    fn chords(&mut self) -> Status {
        let months = self.settings.sensitivity_months;
        let months = (months, self.cancel);
        let found = sensitivity::of(self.ground, &self.state, &self.aims, &self.drives, months);
        let Some(sensitivity) = found else {
            return Status::Cancelled;
        };
        let mut matrix = sensitivity.outcomes_by_knobs.clone();
        let mut last: Option<(Vec<f64>, Vec<f64>)> = None;
        let mut best = f64::INFINITY;
        let mut idle = 0;
        let status = loop {
            self.settle();
            if let Some(status) = self.stopped() {
                break status;
            }
            let residual = self.measure(true);
            if residual.is_nan() {
                break Status::BrokeDown;
            }
            if residual <= self.settings.tolerance
                && drift(self.ground, &self.state) <= self.settings.tolerance
            {
                break Status::Converged;
            }
            idle = if residual < 0.5 * best { 0 } else { idle + 1 };
            best = best.min(residual);
            if idle >= PATIENCE {
                break Status::BudgetSpent;
            }
            let missing = self.missing(&self.got);
            if let Some((steps, before)) = &last {
                let change: Vec<f64> = before.iter().zip(&missing).map(|(x, y)| x - y).collect();
                sensitivity::learn(&mut matrix, steps, &change);
            }
            let steps = self.turn_knobs(&sensitivity.knobs, sensitivity::solve(&matrix, &missing));
            last = Some((steps, missing));
        };
        self.sensitivity = Some(sensitivity);
        status
    }

    /// Scaled outcomes that are missing where these were got, by row of the sensitivity.
    pub(super) fn missing(&self, got: &[f64]) -> Vec<f64> {
        let rows = self.aims.iter().zip(got).zip(&self.drives);
        rows.filter_map(|((aim, &got), drive)| {
            drive.map(|drive| drive.scale.of(aim.wanted) - drive.scale.of(got))
        })
        .collect()
    }

    /// Targets that move a knob, by row of the sensitivity.
    pub(super) fn driven(&self) -> impl Iterator<Item = &Aim> {
        let all = self.aims.iter().zip(&self.drives);
        all.filter_map(|(aim, drive)| drive.as_ref().map(|_| aim))
    }

    /// The same for what was got last; rows whose measure needs a probe, if there was none, are `otherwise`.
    pub(super) fn missing_or(&self, otherwise: &[f64], probed: bool) -> Vec<f64> {
        let mut missing = self.missing(&self.got);
        if !probed {
            for ((missing, otherwise), aim) in missing.iter_mut().zip(otherwise).zip(self.driven())
            {
                if aim.needs_probe() {
                    *missing = *otherwise;
                }
            }
        }
        missing
    }

    /// Moves knobs, none too far, and takes the new parameters in; the steps made.
    pub(super) fn turn_knobs(&mut self, knobs: &[Knob], mut steps: Vec<f64>) -> Vec<f64> {
        for (knob, step) in knobs.iter().zip(&mut steps) {
            *step = step.clamp(-LARGEST_STEP, LARGEST_STEP);
            knob.turn(self.ground, &mut self.state.parameters, *step);
        }
        fill_loyalty(self.ground, &mut self.state, &self.aims);
        self.state.refresh(self.ground);
        steps
    }

    /// Scaled outcomes that move a knob, of the market at rest at the parameters of now with one knob turned; without those
    /// that need a probe, which are not numbers.
    pub(super) fn at_rest(&self, knob: Option<Knob>) -> Vec<f64> {
        let mut state = self.state.clone();
        if let Some(knob) = knob {
            knob.turn(self.ground, &mut state.parameters, sensitivity::STEP);
            fill_loyalty(self.ground, &mut state, &self.aims);
            state.refresh(self.ground);
        }
        state.rest(self.ground);
        state.pass(self.ground);
        let mut got = vec![f64::NAN; self.aims.len()];
        measure(self.ground, &state, &self.aims, false, &mut got);
        let scaled = got.iter().zip(&self.drives);
        scaled
            .filter_map(|(&got, drive)| drive.map(|drive| drive.scale.of(got)))
            .collect()
    }

    /// Opens a month and measures it, with probes or without; the largest relative miss of what was measured.
    pub(super) fn measure_month(&mut self, probing: bool) -> f64 {
        if probing {
            self.state.open(self.ground);
        } else {
            self.state.pass(self.ground);
        }
        self.measure(probing);
        let fresh = |aim: &&Aim| probing || !aim.needs_probe();
        let rows = self.aims.iter().zip(&self.got);
        let misses = rows
            .filter(|(aim, _)| fresh(aim))
            .map(|(aim, &got)| miss(aim.wanted, got).abs());
        misses.fold(0.0, largest)
    }

    /// Closes the month that was measured.
    pub(super) fn end_month(&mut self) {
        self.state.close(self.ground);
        self.months += 1;
    }

    /// Largest change of an installed base in the open month, relative to all units.
    pub(super) fn drift(&self) -> f64 {
        drift(self.ground, &self.state)
    }

    /// Lets the market come to rest at its parameters.
    fn settle(&mut self) {
        for _ in 0..SETTLING {
            self.state.pass(self.ground);
            self.state.close(self.ground);
            self.months += 1;
            if self.stopped().is_some() {
                break;
            }
        }
        self.state.open(self.ground);
    }

    pub(super) fn finish(mut self, status: Status) -> Solve<Calibrated> {
        let ground = self.ground;
        // A search that converged has just probed the month that is open.
        if status != Status::Converged {
            self.state.open(ground);
            if status != Status::Cancelled {
                self.measure(true);
            }
        }
        let worst = residual(&self.aims, &self.got);
        let mut parameters = self.state.parameters.clone();
        entrant::give_tastes(ground, &mut parameters);
        let appeal = entrant::complete(
            ground,
            &self.state.economy.flows.brand_units,
            &mut parameters,
        );
        let solved = self.drives.iter().flatten().map(|drive| {
            let value = drive.knob.read(ground, &parameters);
            (drive.knob.describe(ground.scenario), value)
        });
        let value = Calibrated {
            solved: solved.collect(),
            report: self
                .aims
                .iter()
                .zip(&self.got)
                .map(|(aim, &got)| aim.report(got))
                .collect(),
            excluded_users: excluded(ground, &self.state),
            stationarity: drift(ground, &self.state),
            units_per_user: self.state.economy.flows.total(),
            brand_units: self.state.economy.flows.brand_units.clone(),
            consumers: self.state.economy.opened().clone(),
            layout: self.state.layout.clone(),
            sensitivity: self.sensitivity,
            parameters,
            appeal,
        };
        Solve {
            value,
            status,
            iterations: self.months,
            residual: worst,
        }
    }
}

/// Largest relative miss.
fn residual(targets: &[Aim], got: &[f64]) -> f64 {
    targets
        .iter()
        .zip(got)
        .map(|(target, got)| miss(target.wanted, *got).abs())
        .fold(0.0, largest)
}

/// The larger; not a number if either is none.
fn largest(a: f64, b: f64) -> f64 {
    if b.is_nan() || a.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

/// Relative difference, absolute where nothing is wanted.
pub(super) fn miss(wanted: f64, got: f64) -> f64 {
    if wanted == 0.0 {
        got
    } else {
        (got - wanted) / wanted.abs()
    }
}

/// Largest change of an installed base this month, relative to all units.
fn drift(ground: &Ground, state: &State) -> f64 {
    let flows = &state.economy.flows;
    let layout = &state.layout;
    (0..layout.incumbents)
        .map(|f| {
            let owned = layout.owned_of_brand(f);
            let gained = flows.brand_units[f] - flows.bought_from[owned];
            // Owners who lapse are made up for by more sales.
            let lapsed = ground.market.lapse * (state.economy.stock.owners[owned] + gained);
            (gained - lapsed).abs()
        })
        .fold(0.0, f64::max)
        / flows.total().max(f64::MIN_POSITIVE)
}

/// Largest step of a knob in one month.
const LARGEST_STEP: f64 = 0.5;

fn turn(
    ground: &Ground,
    state: &mut State,
    targets: &[Aim],
    drives: &[Option<Drive>],
    got: &[f64],
    probing: bool,
) {
    for ((target, drive), &got) in targets.iter().zip(drives).zip(got) {
        let Some(drive) = drive else { continue };
        let fresh = target
            .measure
            .as_ref()
            .is_none_or(|m| probing || !needs_probe(m));
        if !fresh || got.is_nan() {
            continue;
        }
        let step = drive.gain * (drive.scale.of(target.wanted) - drive.scale.of(got));
        let step = step.clamp(-LARGEST_STEP, LARGEST_STEP);
        drive.knob.turn(ground, &mut state.parameters, step);
    }
}

/// Brands without a repeat target are as loyal as those with one, weighted by sales.
pub(super) fn fill_loyalty(ground: &Ground, state: &mut State, targets: &[Aim]) {
    let has_target: Vec<bool> = (0..ground.market.incumbents)
        .map(|f| {
            targets
                .iter()
                .any(|t| t.measure == Some(Measure::RepeatPurchase(f)))
        })
        .collect();
    let units = &state.economy.flows.brand_units;
    let (mut sum, mut weight) = (0.0, 0.0);
    for f in (0..ground.market.incumbents).filter(|&f| has_target[f]) {
        sum += units[f] * state.parameters.loyalty[f];
        weight += units[f];
    }
    if weight > 0.0 {
        for f in (0..ground.market.incumbents).filter(|&f| !has_target[f]) {
            state.parameters.loyalty[f] = sum / weight;
        }
    }
}
