//! Parameter recovery: a market simulated at known parameters, its outcomes fed as targets, gives the
//! parameters back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod zoo;

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate};
use beachhead_engine::choice::parameters::Parameters;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{self, Economy};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::settle::Consumers;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::{Measure, PriceBasis, Scenario};
use std::sync::atomic::AtomicBool;

/// What recovery is promised to.
const RECOVERED: f64 = 1e-6;

/// Months after which nothing moves any more.
const TO_REST: usize = 3000;

/// A motion below this is rest.
const AT_REST: f64 = 1e-13;

const TYPES: usize = 8;

/// The price step by which the elasticity target is defined.
const PRICE_STEP: f64 = 0.01;

/// The elasticity target's horizon, months.
const HORIZON: usize = 12;

/// A market without targets that comes to rest at known parameters.
struct Truth<'a> {
    ground: &'a Ground<'a>,
    parameters: Parameters,
    baseline: Baseline,
    layout: Layout,
    economy: Economy,
}

impl<'a> Truth<'a> {
    fn new(ground: &'a Ground<'a>, parameters: Parameters) -> Self {
        let (market, layout) = (&ground.market, Layout::new(&ground.market, 0));
        let dispatch = Dispatch::detect();
        let trust = vec![0.0; market.brands];
        let base = Attraction::new(market, &parameters, &ground.offers, &trust, dispatch);
        let baseline = Baseline::new(market, &parameters, &base, &layout);
        let mut mass = vec![0.0; layout.types * layout.type_cells()];
        let blocks = (layout.owned * layout.networks) as f64;
        for block in mass.chunks_exact_mut(layout.stride()) {
            block[0] = 1.0 / blocks;
        }
        let economy = Economy::default();
        let mut truth = Self {
            ground,
            parameters,
            baseline,
            layout,
            economy,
        };
        truth.economy = Economy::new(truth.at(), Consumers { mass: mass.into() }, trust);
        for _ in 0..TO_REST {
            truth.pass_month();
        }
        let before = truth.masses();
        truth.pass_month();
        let after = truth.masses();
        let moved = after.iter().zip(&before).map(|(x, y)| (x - y).abs());
        assert!(
            moved.fold(0.0, f64::max) < AT_REST,
            "the market must have come to rest"
        );
        truth.open(1.0);
        truth
    }

    fn at(&self) -> economy::Ground<'_> {
        economy::Ground {
            market: &self.ground.market,
            parameters: &self.parameters,
            baseline: &self.baseline,
            layout: &self.layout,
            dispatch: Dispatch::detect(),
        }
    }

    /// Opens a month with the first product's price times `factor`.
    fn open(&mut self, factor: f64) {
        let mut economy = std::mem::take(&mut self.economy);
        let offers = self
            .ground
            .offers
            .repriced(|j, _, p| if j == 0 { p * factor } else { p });
        economy.open_month(self.at(), &offers, 1.0);
        self.economy = economy;
    }

    fn close(&mut self) {
        let mut economy = std::mem::take(&mut self.economy);
        economy.close_month(self.at(), &[], &[]);
        self.economy = economy;
    }

    fn masses(&mut self) -> Vec<f64> {
        let mut economy = std::mem::take(&mut self.economy);
        let masses = economy.consumers(self.at()).mass.to_vec();
        self.economy = economy;
        masses
    }

    fn pass_month(&mut self) {
        self.open(1.0);
        self.close();
    }

    fn units_of(&self, choose: impl Fn(usize, usize) -> bool) -> f64 {
        let (offers, units) = (&self.ground.offers, &self.economy.flows.units);
        let chosen = (0..offers.len()).filter(|&o| choose(offers.product[o], offers.channel[o]));
        chosen.map(|o| units[o]).sum()
    }

    fn elasticity(&mut self) -> f64 {
        let rest = self.economy.clone();
        let mut total = |factor: f64| {
            self.economy = rest.clone();
            // Debts of the past stay at the prices they were made at.
            self.economy.buying.owed_is_frozen = true;
            let mut units = 0.0;
            for _ in 0..HORIZON {
                self.open(factor);
                units += self.units_of(|j, _| j == 0);
                self.close();
            }
            units
        };
        let step = 1.0 + PRICE_STEP;
        let elasticity = libm::log(total(step) / total(1.0 / step)) / (2.0 * libm::log(step));
        self.economy = rest;
        elasticity
    }

    /// Every outcome that the targets of this file ask for: name, measure, value, whether it is a base.
    fn outcomes(&mut self) -> Vec<(String, Measure, f64, bool)> {
        let elasticity = self.elasticity();
        let flows = &self.economy.flows;
        let total: f64 = flows.units.iter().sum();
        let brand =
            |f: usize| self.units_of(|j, _| self.ground.market.products[j].brand == f) / total;
        let channel = |k: usize| self.units_of(|_, channel| channel == k) / total;
        let mut rows = Vec::new();
        for f in 0..3 {
            let base = f == 2;
            rows.push((
                format!("share.{f}"),
                Measure::SalesShareOfBrand(f),
                brand(f),
                base,
            ));
            let owners = self.economy.stock.owners[f];
            rows.push((format!("base.{f}"), Measure::InstalledBase(f), owners, base));
            let repeat = flows.repeat[f] / flows.bought_from[f];
            rows.push((
                format!("repeat.{f}"),
                Measure::RepeatPurchase(f),
                repeat,
                false,
            ));
        }
        for k in [zoo::ONE, zoo::TWO, zoo::RETAIL] {
            let base = k == zoo::ONE;
            rows.push((
                format!("channel.{k}"),
                Measure::SalesShareOfChannel(k),
                channel(k),
                base,
            ));
        }
        let switched: f64 = flows.switched_units.iter().sum();
        let shops: f64 = channel(zoo::ONE) + channel(zoo::TWO);
        rows.push(("units".into(), Measure::UnitsPerUser(None), total, false));
        let switching = switched / (shops * total);
        rows.push((
            "switching".into(),
            Measure::NetworkSwitching,
            switching,
            false,
        ));
        let measure = Measure::OwnPriceElasticity {
            product: 0,
            horizon: HORIZON,
            price: PriceBasis::Consumer,
        };
        rows.push(("elasticity".into(), measure, elasticity, false));
        rows
    }
}

/// What calibration is to find. Bases are zero: the others are measured against them.
fn known_parameters(scenario: &Scenario) -> Parameters {
    let values = scenario.central_values();
    let demand = &scenario.demand;
    Parameters {
        price_coefficient: 0.0062,
        hedonic_scale: values[&demand.hedonic_scale],
        brand_spread: values[&demand.brand_spread],
        brand_intercept: vec![0.55, -0.35, 0.0, 0.0],
        product_intercept: vec![0.0; 8],
        channel_intercept: vec![0.0, -0.3, -0.7, 0.0, 0.0],
        keep: vec![4.1; 2],
        keep_offset: vec![0.2, -0.15, 0.0, 0.0],
        keep_offset_none: 0.0,
        ageing: values[&demand.ageing],
        loyalty: vec![1.2, 0.7, 0.4, 0.0],
        switching_cost: 1.6,
        nest: values[&demand.buy_keep_nest],
        crowding: values[&demand.channel_crowding],
        timing: values[&demand.timing],
    }
}

/// The parameters that the targets identify.
fn identified(p: &Parameters) -> Vec<(&'static str, f64)> {
    vec![
        ("image of pear", p.brand_intercept[0]),
        ("image of nova", p.brand_intercept[1]),
        ("taste for two", p.channel_intercept[zoo::TWO]),
        ("taste for retail", p.channel_intercept[zoo::RETAIL]),
        ("loyalty to pear", p.loyalty[0]),
        ("loyalty to nova", p.loyalty[1]),
        ("loyalty to rest", p.loyalty[2]),
        ("keep intercept", p.keep[0]),
        ("keep offset of pear", p.keep_offset[0]),
        ("keep offset of nova", p.keep_offset[1]),
        ("switching cost", p.switching_cost),
        ("price coefficient (log)", libm::log(p.price_coefficient)),
    ]
}

fn recovered() -> (Parameters, Calibrated, Parameters) {
    let mut scenario = zoo::scenario();
    let wanted = known_parameters(&scenario);
    let values = scenario.central_values();
    let outcomes = {
        let ground = Ground::new(&scenario, &values, TYPES).unwrap();
        Truth::new(&ground, wanted.clone()).outcomes()
    };
    for (name, measure, value, is_base) in outcomes {
        zoo::target(&mut scenario, &name, measure, value, is_base);
    }
    let values = scenario.central_values();
    let ground = Ground::new(&scenario, &values, TYPES).unwrap();
    assert_eq!(beachhead_engine::calibrate::check(&ground), []);
    let settings = Settings {
        tolerance: 1e-10,
        budget: 20_000,
        ..Settings::default()
    };
    let flat = calibrate(
        &ground,
        &Settings {
            budget: 0,
            ..settings
        },
        &AtomicBool::new(false),
    );
    let solve = calibrate(&ground, &settings, &AtomicBool::new(false));
    assert!(
        solve.converged(),
        "{:?} after {} months: {}",
        solve.status,
        solve.iterations,
        solve.residual
    );
    (wanted, solve.value, flat.value.parameters)
}

#[test]
fn the_parameters_that_made_the_outcomes_are_found_again() {
    let (wanted, got, flat) = recovered();
    let rows = identified(&wanted);
    let found = identified(&got.parameters);
    for (((name, wanted), (_, got)), (_, start)) in rows.iter().zip(found).zip(identified(&flat)) {
        assert!(
            (got - wanted).abs() <= RECOVERED,
            "{name}: got {got}, wanted {wanted}"
        );
        // No row may be met by where the search starts.
        assert!((start - wanted).abs() > 0.02, "{name} starts at its answer");
    }
    assert!(got.stationarity <= RECOVERED);
}
