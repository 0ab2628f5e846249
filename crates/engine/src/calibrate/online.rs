//! The online log-ratio method: run the months, and after each move every parameter towards its
//! target by a damped log-ratio.

use super::entrant;
use super::knob::{Drive, drive};
use super::measure::{needs_probe, of_month};
use super::report::{Calibrated, TargetReport};
use super::sensitivity;
use super::Ground;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::dynamics::buying::Baseline;
use crate::dynamics::economy::{self, Economy};
use crate::dynamics::layout::Layout;
use crate::dynamics::settle::Consumers;
use crate::numerics::dispatch::Dispatch;
use crate::numerics::solve::{Solve, Status};
use crate::scenario::{Measure, Target};
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
            tolerance: 1e-5,
            budget: 1500,
            probe_every: 20,
            sensitivity_months: 180,
            dispatch: Dispatch::detect(),
        }
    }
}

/// A market on its way to the targets.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) parameters: Parameters,
    pub(super) baseline: Baseline,
    pub(super) layout: Layout,
    pub(super) economy: Economy,
    pub(super) dispatch: Dispatch,
}

impl State {
    /// What a month is computed from.
    pub(super) fn ground<'a>(&'a self, ground: &'a Ground) -> economy::Ground<'a> {
        economy::Ground {
            market: &ground.market,
            parameters: &self.parameters,
            baseline: &self.baseline,
            layout: &self.layout,
            dispatch: self.dispatch,
        }
    }

    fn start(ground: &Ground, dispatch: Dispatch) -> Self {
        let layout = Layout::new(&ground.market, 0);
        let parameters = first_guess(ground);
        let baseline = baseline(ground, &parameters, &layout, dispatch);
        let consumers = first_consumers(ground, &layout);
        let trust = vec![0.0; ground.market.brands];
        let at = economy::Ground {
            market: &ground.market,
            parameters: &parameters,
            baseline: &baseline,
            layout: &layout,
            dispatch,
        };
        let economy = Economy::new(at, consumers, trust);
        Self { parameters, baseline, layout, economy, dispatch }
    }

    /// Takes changed parameters into the tables.
    pub(super) fn refresh(&mut self, ground: &Ground) {
        self.baseline = baseline(ground, &self.parameters, &self.layout, self.dispatch);
        let mut economy = std::mem::take(&mut self.economy);
        economy.recalibrate(self.ground(ground));
        self.economy = economy;
    }

    pub(super) fn open(&mut self, ground: &Ground) {
        let mut economy = std::mem::take(&mut self.economy);
        economy.open_month(self.ground(ground), &ground.offers, 1.0);
        self.economy = economy;
    }

    pub(super) fn close(&mut self, ground: &Ground) {
        let mut economy = std::mem::take(&mut self.economy);
        economy.close_month(self.ground(ground), &[], &[]);
        self.economy = economy;
    }
}

fn baseline(
    ground: &Ground,
    parameters: &Parameters,
    layout: &Layout,
    dispatch: Dispatch,
) -> Baseline {
    let no_trust = vec![0.0; ground.market.brands];
    let base = Attraction::new(&ground.market, parameters, &ground.offers, &no_trust, dispatch);
    Baseline::new(&ground.market, parameters, &base, layout)
}

/// Solves for the parameters. `cancel` stops after the month in hand.
///
/// Not converging is a status of the result; targets that clash in closed form are the caller's to
/// refuse before, with [`super::check`].
pub fn calibrate(ground: &Ground, settings: &Settings, cancel: &AtomicBool) -> Solve<Calibrated> {
    let targets = targets(ground);
    let drives: Vec<Option<Drive>> = targets
        .iter()
        .map(|target| (!target.is_base).then(|| drive_of(ground, target)))
        .collect();
    let mut state = State::start(ground, settings.dispatch);
    let mut got = vec![f64::NAN; targets.len()];
    let mut status = Status::BudgetSpent;
    let mut month = 0;
    while month < settings.budget {
        if cancel.load(Ordering::Relaxed) {
            status = Status::Cancelled;
            break;
        }
        month += 1;
        state.open(ground);
        let probing = month % settings.probe_every == 0;
        measure(ground, &state, &targets, probing, &mut got);
        let residual = residual(&targets, &got);
        if residual.is_nan() && month > settings.probe_every {
            status = Status::BrokeDown;
            break;
        }
        let met = residual <= settings.tolerance && drift(&state) <= settings.tolerance;
        if met {
            // Probes are the last to be looked at: measure them now, at this very state.
            measure(ground, &state, &targets, true, &mut got);
            if self::residual(&targets, &got) <= settings.tolerance {
                status = Status::Converged;
                break;
            }
        }
        turn(ground, &mut state, &targets, &drives, &got, probing || met);
        fill_loyalty(ground, &mut state, &targets);
        state.close(ground);
        state.refresh(ground);
    }
    finish(ground, settings, state, &targets, &drives, got, status, month)
}

/// A target as calibration sees it.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    pub(super) name: String,
    pub(super) measure: Option<Measure>,
    pub(super) wanted: f64,
    pub(super) is_base: bool,
    pub(super) source: Option<String>,
    pub(super) note: Option<String>,
}

/// The scenario's targets, and the share of non-owners where there are any.
fn targets(ground: &Ground) -> Vec<Aim> {
    let scenario = ground.scenario;
    let written = scenario.targets.iter().map(|target: &Target| {
        let quantity = &scenario.quantities[target.wanted.index()];
        Aim {
            name: target.name.clone(),
            measure: Some(target.measure.clone()),
            wanted: ground.values[&target.wanted],
            is_base: target.is_base,
            source: quantity.source.clone(),
            note: quantity.note.clone(),
        }
    });
    let non_owners = (ground.market.non_owners > 0.0).then(|| {
        let quantity = &scenario.quantities[scenario.demand.non_owners.index()];
        Aim {
            name: "non_owners".into(),
            measure: None,
            wanted: ground.market.non_owners,
            is_base: false,
            source: quantity.source.clone(),
            note: quantity.note.clone(),
        }
    });
    written.chain(non_owners).collect()
}

fn drive_of(ground: &Ground, aim: &Aim) -> Drive {
    match &aim.measure {
        Some(measure) => drive(ground, measure),
        None => super::knob::non_owners_drive(),
    }
}

pub(super) fn measure(
    ground: &Ground,
    state: &State,
    targets: &[Aim],
    probing: bool,
    got: &mut [f64],
) {
    for (target, got) in targets.iter().zip(got) {
        match &target.measure {
            Some(measure) if !probing && needs_probe(measure) => {}
            Some(measure) => *got = of_month(ground, state, measure),
            None => {
                *got = state.layout.none.map_or(0.0, |none| state.economy.stock.owners[none]);
            }
        }
    }
}

/// Largest relative miss.
fn residual(targets: &[Aim], got: &[f64]) -> f64 {
    targets.iter().zip(got).map(|(target, got)| miss(target.wanted, *got).abs()).fold(0.0, |a, b| {
        if b.is_nan() || a.is_nan() { f64::NAN } else { a.max(b) }
    })
}

/// Relative difference, absolute where nothing is wanted.
pub(super) fn miss(wanted: f64, got: f64) -> f64 {
    if wanted == 0.0 { got } else { (got - wanted) / wanted.abs() }
}

/// Largest change of an installed base this month, relative to all users.
fn drift(state: &State) -> f64 {
    let flows = &state.economy.flows;
    let layout = &state.layout;
    (0..layout.incumbents)
        .map(|f| (flows.brand_units[f] - flows.bought_from[layout.owned_of_brand(f)]).abs())
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
        let fresh = target.measure.as_ref().is_none_or(|m| probing || !needs_probe(m));
        if !fresh || got.is_nan() {
            continue;
        }
        let step = drive.gain * (drive.scale.of(target.wanted) - drive.scale.of(got));
        let step = step.clamp(-LARGEST_STEP, LARGEST_STEP);
        drive.knob.turn(ground, &mut state.parameters, step);
    }
}

/// Brands without a repeat target are as loyal as those with one, weighted by sales.
fn fill_loyalty(ground: &Ground, state: &mut State, targets: &[Aim]) {
    let has_target: Vec<bool> = (0..ground.market.incumbents)
        .map(|f| targets.iter().any(|t| t.measure == Some(Measure::RepeatPurchase(f))))
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

#[expect(clippy::too_many_arguments, reason = "the whole outcome of the loop above, used once")]
fn finish(
    ground: &Ground,
    settings: &Settings,
    mut state: State,
    targets: &[Aim],
    drives: &[Option<Drive>],
    mut got: Vec<f64>,
    status: Status,
    months: usize,
) -> Solve<Calibrated> {
    state.open(ground);
    if status != Status::Cancelled {
        measure(ground, &state, targets, true, &mut got);
    }
    let worst = residual(targets, &got);
    let stationarity = drift(&state);
    let sensitivity = (settings.sensitivity_months > 0 && status != Status::Cancelled)
        .then(|| sensitivity::of(ground, &state, targets, drives, settings.sensitivity_months));
    let mut parameters = state.parameters.clone();
    let appeal = entrant::complete(ground, &state, &mut parameters);
    let report = targets
        .iter()
        .zip(&got)
        .map(|(target, &got)| TargetReport {
            target: target.name.clone(),
            wanted: target.wanted,
            got,
            error: got - target.wanted,
            source: target.source.clone(),
            note: target.note.clone(),
        })
        .collect();
    let value = Calibrated {
        excluded_users: excluded(ground, &state),
        consumers: state.economy.consumers,
        units_per_user: state.economy.flows.total(),
        parameters,
        report,
        stationarity,
        sensitivity,
        appeal,
    };
    Solve { value, status, iterations: months, residual: worst }
}

/// Share of users whom nothing on offer can serve.
fn excluded(ground: &Ground, state: &State) -> f64 {
    let layout = &state.layout;
    let mut share = 0.0;
    for i in 0..layout.types {
        for block in 0..layout.blocks() {
            let (owned, c) = (block / layout.networks % layout.owned, block % layout.networks);
            if state.baseline.value[(i * layout.owned + owned) * layout.networks + c] == 0.0 {
                let start = i * layout.type_cells() + block * layout.stride();
                let mass = &state.economy.consumers.mass[start..start + layout.stride()];
                share += ground.market.tastes.weight[i] * mass.iter().sum::<f64>();
            }
        }
    }
    share
}

/// A flat start: given numbers where the scenario gives them, zero intercepts elsewhere.
fn first_guess(ground: &Ground) -> Parameters {
    let (scenario, values, market) = (ground.scenario, ground.values, &ground.market);
    let demand = &scenario.demand;
    let wanted = |choose: &dyn Fn(&Measure) -> bool| {
        let found = scenario.targets.iter().find(|target| choose(&target.measure));
        found.map(|target| values[&target.wanted])
    };
    let rate = wanted(&|m| matches!(m, Measure::UnitsPerUser(_))).unwrap_or(0.03).clamp(1e-4, 0.9);
    let ageing = values[&demand.ageing];
    let keep = libm::log((1.0 - rate) / rate) + ageing * (1.0 / rate).min(market.oldest_age as f64);
    let price_coefficient = scenario
        .targets
        .iter()
        .find_map(|target| match target.measure {
            Measure::OwnPriceElasticity { product, .. } => {
                Some(values[&target.wanted].abs() / values[&scenario.products[product].price])
            }
            Measure::Margin(product) => {
                let price = values[&scenario.products[product].price];
                Some(1.0 / (price * values[&target.wanted].max(0.01)))
            }
            _ => None,
        })
        .unwrap_or(values[&demand.price_coefficient]);
    Parameters {
        price_coefficient,
        hedonic_scale: values[&demand.hedonic_scale],
        brand_spread: values[&demand.brand_spread],
        brand_intercept: vec![0.0; market.brands],
        product_intercept: vec![0.0; market.products.len()],
        channel_intercept: vec![0.0; market.shop_of.len()],
        keep: vec![keep; scenario.segments.len()],
        keep_offset: vec![0.0; market.brands],
        keep_offset_none: 0.0,
        ageing,
        loyalty: vec![values[&demand.loyalty]; market.brands],
        switching_cost: values[&demand.switching_cost],
        nest: values[&demand.buy_keep_nest],
        crowding: values[&demand.channel_crowding],
        timing: values[&demand.timing],
    }
}

/// Owners spread over brands as in the targets, over networks evenly, over ages of one mean life.
fn first_consumers(ground: &Ground, layout: &Layout) -> Consumers {
    let mut share = vec![1.0 / layout.incumbents as f64; layout.incumbents];
    for target in &ground.scenario.targets {
        if let Measure::SalesShareOfBrand(f) | Measure::InstalledBase(f) = target.measure {
            share[f] = ground.values[&target.wanted];
        }
    }
    let sum: f64 = share.iter().sum();
    let owners = 1.0 - ground.market.non_owners;
    let ages = layout.ages.min(30);
    let mut mass = vec![0.0; layout.types * layout.type_cells()];
    for cells in mass.chunks_exact_mut(layout.type_cells()) {
        for c in 0..layout.networks {
            for f in 0..layout.incumbents {
                let start = layout.block(0, f, c) * layout.stride();
                let each = owners * share[f] / (sum * (layout.networks * ages) as f64);
                cells[start..start + ages].fill(each);
            }
            if let Some(none) = layout.none {
                let start = layout.block(0, none, c) * layout.stride();
                cells[start] = ground.market.non_owners / layout.networks as f64;
            }
        }
    }
    Consumers { mass }
}
