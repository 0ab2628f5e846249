//! The market that calibration works on: where it starts, how it takes changed parameters in.

use super::Ground;
use super::aim::{Aim, drive_of, targets};
use super::measure::needs_ages;
use super::report::Calibrated;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::dynamics::ages::AgeProfile;
use crate::dynamics::baseline::Baseline;
use crate::dynamics::economy::{self, Economy};
use crate::dynamics::layout::Layout;
use crate::dynamics::settle::Consumers;
use crate::dynamics::watch::Watch;
use crate::numerics::dispatch::Dispatch;
use crate::scenario::Measure;

/// Months that pass where states at rest cannot be computed.
const WAIT: usize = 8;

/// A market on its way to the targets.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) parameters: Parameters,
    pub(super) baseline: Baseline,
    pub(super) layout: Layout,
    pub(super) economy: Economy,
    pub(super) dispatch: Dispatch,
    ages: AgeProfile,
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

    pub(super) fn start(ground: &Ground, dispatch: Dispatch) -> Self {
        let layout = Layout::new(&ground.market, 0);
        let consumers = first_consumers(ground, &layout);
        Self::at(ground, first_guess(ground), layout, consumers, dispatch)
    }

    /// These consumers at these parameters.
    fn at(
        ground: &Ground,
        parameters: Parameters,
        layout: Layout,
        consumers: Consumers,
        dispatch: Dispatch,
    ) -> Self {
        let baseline = baseline(ground, &parameters, &layout, dispatch);
        let trust = vec![0.0; ground.market.brands];
        let at = economy::Ground {
            market: &ground.market,
            parameters: &parameters,
            baseline: &baseline,
            layout: &layout,
            dispatch,
        };
        let economy = Economy::new(at, consumers, trust);
        Self {
            parameters,
            baseline,
            layout,
            economy,
            dispatch,
            ages: AgeProfile::default(),
        }
    }

    /// The central market taken into a draw: its consumers, its solved parameters, the draw's given ones. None if
    /// the draw has other states.
    pub(super) fn warm(ground: &Ground, central: &Calibrated, dispatch: Dispatch) -> Option<Self> {
        let layout = Layout::new(&ground.market, 0);
        if layout != central.layout {
            return None;
        }
        let parameters = warm_parameters(ground, central);
        let consumers = central.consumers.clone();
        Some(Self::at(ground, parameters, layout, consumers, dispatch))
    }

    /// Takes changed parameters into the tables.
    pub(super) fn refresh(&mut self, ground: &Ground) {
        let mut economy = std::mem::take(&mut self.economy);
        // Nobody is trusted more or less here, so that the month's offers attract as the baseline's.
        economy.attract_anew(self.ground(ground), &ground.offers);
        let (market, parameters) = (&ground.market, &self.parameters);
        self.baseline = Baseline::new(market, parameters, &economy.attraction, &self.layout);
        economy.recalibrate(self.ground(ground));
        self.economy = economy;
    }

    /// Lets the market come to rest at its parameters, while those who churn go where the latest month's shops have sold.
    /// Where that cannot be computed, months pass. No month may be open.
    pub(super) fn rest(&mut self, ground: &Ground) {
        let mut economy = std::mem::take(&mut self.economy);
        let rests = economy.come_to_rest(self.ground(ground), &ground.offers, 1.0);
        self.economy = economy;
        if !rests {
            for _ in 0..WAIT {
                self.pass(ground);
                self.close(ground);
            }
        }
    }

    /// Opens a month so that probes can open it again with other offers.
    pub(super) fn open(&mut self, ground: &Ground) {
        self.open_and_measure(ground, false);
    }

    /// Opens a month for good, which is faster.
    pub(super) fn pass(&mut self, ground: &Ground) {
        self.open_and_measure(ground, true);
    }

    fn open_and_measure(&mut self, ground: &Ground, leave: bool) {
        let targets = &ground.scenario.targets;
        let needs_ages = targets.iter().any(|target| needs_ages(&target.measure));
        let mut watch = Watch {
            ages: needs_ages.then(|| AgeProfile::new(&self.layout)),
            ..Watch::default()
        };
        let mut economy = std::mem::take(&mut self.economy);
        let at = self.ground(ground);
        economy.open_watched(at, &ground.offers, 1.0, leave, &mut watch);
        self.economy = economy;
        self.ages = watch.ages.unwrap_or_default();
    }

    /// Share of new owners who still keep after so many months.
    pub(super) fn kept(&self, ground: &Ground, months: usize) -> f64 {
        self.ages.kept(months, ground.market.oldest_age)
    }

    pub(super) fn close(&mut self, ground: &Ground) {
        let mut economy = std::mem::take(&mut self.economy);
        economy.close_month(self.ground(ground), &[], &[]);
        self.economy = economy;
    }
}

/// The central market's solved parameters, the given ones of the ground.
pub(super) fn warm_parameters(ground: &Ground, central: &Calibrated) -> Parameters {
    let mut parameters = first_guess(ground);
    let aims = targets(ground);
    for aim in aims.iter().filter(|aim| !aim.is_base) {
        let knob = drive_of(ground, aim).knob;
        let (from, to) = (
            knob.read(ground, &parameters),
            knob.read(ground, &central.parameters),
        );
        knob.turn(ground, &mut parameters, to - from);
    }
    let follows = |aim: &Aim| matches!(aim.measure, Some(Measure::RepeatPurchase(_)));
    if aims.iter().any(follows) {
        // Those without a target follow those with one.
        parameters.loyalty.clone_from(&central.parameters.loyalty);
    }
    parameters
}

fn baseline(
    ground: &Ground,
    parameters: &Parameters,
    layout: &Layout,
    dispatch: Dispatch,
) -> Baseline {
    let no_trust = vec![0.0; ground.market.brands];
    let base = Attraction::new(
        &ground.market,
        parameters,
        &ground.offers,
        &no_trust,
        dispatch,
    );
    Baseline::new(&ground.market, parameters, &base, layout)
}

/// Share of users whom nothing on offer can serve.
pub(super) fn excluded(ground: &Ground, state: &State) -> f64 {
    let layout = &state.layout;
    let mut share = 0.0;
    for i in 0..layout.types {
        for block in 0..layout.blocks() {
            let (owned, c) = (
                block / layout.networks % layout.owned,
                block % layout.networks,
            );
            if state.baseline.value[(i * layout.owned + owned) * layout.networks + c] == 0.0 {
                let start = i * layout.type_cells() + block * layout.stride();
                let mass = &state.economy.opened().mass[start..start + layout.stride()];
                share += ground.market.tastes.weight[i] * mass.iter().sum::<f64>();
            }
        }
    }
    share
}

/// A flat start: given numbers where the scenario gives them, zero intercepts elsewhere.
pub(super) fn first_guess(ground: &Ground) -> Parameters {
    let (scenario, values, market) = (ground.scenario, ground.values, &ground.market);
    let demand = &scenario.demand;
    let wanted = |choose: &dyn Fn(&Measure) -> bool| {
        let found = scenario
            .targets
            .iter()
            .find(|target| choose(&target.measure));
        found.map(|target| values[&target.wanted])
    };
    let rate = wanted(&|m| matches!(m, Measure::UnitsPerUser(_)))
        .unwrap_or(0.03)
        .clamp(1e-4, 0.9);
    let ageing = values[&demand.ageing];
    let keep = libm::log((1.0 - rate) / rate) + ageing * (1.0 / rate).min(market.oldest_age as f64);
    let price_coefficient = scenario
        .targets
        .iter()
        .find_map(|target| match target.measure {
            Measure::OwnPriceElasticity { product, .. } => {
                // α is the coefficient times the types' factor.
                let factor = market.tastes.mean_price_factor();
                let price = values[&scenario.products[product].price];
                Some(values[&target.wanted].abs() / price / factor)
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
    Consumers { mass: mass.into() }
}
