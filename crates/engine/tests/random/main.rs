//! Random valid scenarios, extremes included: never a panic, never a NaN, mass conserved,
//! probabilities between 0 and 1.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod recipe;
#[path = "../zoo/mod.rs"]
mod zoo;

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::{AwarenessLaw, Exposure};
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{self, Economy};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::settle::Consumers;
use beachhead_engine::dynamics::surplus;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::*;
use beachhead_engine::simulate::{PlanRecord, World};
use proptest::prelude::*;
use recipe::{Builder, Recipe, add_targets, recipe};
use std::sync::atomic::AtomicBool;

/// Rounding of sums over all states and months.
const CONSERVED: f64 = 1e-11;

const MONTHS: usize = 14;

fn solve(ground: &Ground) -> Calibrated {
    let settings = Settings {
        budget: 60,
        sensitivity_months: 0,
        ..Settings::default()
    };
    calibrate(ground, &settings, &AtomicBool::new(false)).value
}

/// The market by itself, months of entry included, cell by cell.
fn check_masses(ground: &Ground, calibrated: &Calibrated) -> Result<(), TestCaseError> {
    let (scenario, market) = (ground.scenario, &ground.market);
    let (parameters, dispatch) = (&calibrated.parameters, Dispatch::detect());
    let layout = Layout::new(market, scenario.entrants.len());
    let trust = vec![0.0; market.brands];
    let base = Attraction::new(market, parameters, &ground.offers, &trust, dispatch);
    let baseline = Baseline::new(market, parameters, &base, &layout);
    let at = economy::Ground {
        market,
        parameters,
        baseline: &baseline,
        layout: &layout,
        dispatch,
    };
    let laws: Vec<AwarenessLaw> = (0..scenario.entrants.len())
        .map(|e| AwarenessLaw::new(scenario, ground.values, e))
        .collect();
    let mut economy = Economy::new(
        at,
        Consumers {
            mass: widened(market, &layout, calibrated).into(),
        },
        trust,
    );
    let all = (0..market.products.len()).flat_map(|j| {
        let product = &market.products[j];
        let channels = &scenario.products[product.scenario_index].channels;
        channels.iter().map(move |&k| (j, k, product.price))
    });
    let offers = Offers::new(all.collect());
    for month in 0..MONTHS {
        economy.open_month(at, &offers, ground.values[&scenario.season[month % 12]]);
        let mut probabilities = Vec::new();
        for block in 0..layout.types * layout.blocks() {
            let buying = &economy.buying;
            buying.probabilities(&layout, block, &mut probabilities);
            for p in &probabilities {
                prop_assert!((0.0..=1.0).contains(p), "P(buy) = {p} in month {month}");
            }
        }
        let mass = &economy.opened().mass;
        for value in surplus::by_type(at, mass, &economy.buying) {
            prop_assert!(value.is_finite(), "surplus {value}");
        }
        let exposure = |e: usize| Exposure {
            spend: 1e6,
            owners: economy.owners_after(at, e),
            satisfaction: 1.5,
            social: 0.5,
            ..Exposure::default()
        };
        let exposures: Vec<Exposure> = (0..laws.len()).map(exposure).collect();
        economy.close_month(at, &laws, &exposures);
        for mass in economy.consumers(at).mass.chunks_exact(layout.type_cells()) {
            prop_assert!(mass.iter().all(|m| *m >= 0.0), "a mass below zero or NaN");
            let sum: f64 = mass.iter().sum();
            prop_assert!(
                (sum - 1.0).abs() <= CONSERVED,
                "mass {sum} in month {month}"
            );
        }
        let on_network: f64 = economy.stock.on_network.iter().sum();
        prop_assert!(
            (on_network - 1.0).abs() <= CONSERVED,
            "{on_network} on networks"
        );
    }
    Ok(())
}

/// Calibrated masses with half of everybody knowing every entrant.
fn widened(
    market: &beachhead_engine::choice::market::Market,
    layout: &Layout,
    calibrated: &Calibrated,
) -> Vec<f64> {
    let small = Layout::new(market, 0);
    let run = layout.networks * layout.stride();
    let mut mass = vec![0.0; layout.types * layout.type_cells()];
    for i in 0..layout.types {
        for owned in 0..small.owned {
            for known in 0..layout.known_sets {
                let from = i * small.type_cells() + owned * run;
                let to = i * layout.type_cells() + layout.block(known, owned, 0) * layout.stride();
                for n in 0..run {
                    mass[to + n] = calibrated.consumers.mass[from + n] / layout.known_sets as f64;
                }
            }
        }
    }
    mass
}

/// What a run reports.
fn check_record(scenario: &Scenario, record: &PlanRecord) -> Result<(), TestCaseError> {
    let users = 1e6;
    for t in 0..scenario.months {
        let units: f64 = record.brand_units.iter().map(|units| units[t]).sum();
        prop_assert!(
            (units - record.category_units[t]).abs() <= CONSERVED * users,
            "{units}"
        );
        prop_assert!(
            units <= users * (1.0 + CONSERVED),
            "nobody buys twice a month"
        );
        let bases: f64 = record.brand_base.iter().map(|base| base[t]).sum();
        prop_assert!(bases <= users * (1.0 + CONSERVED), "{bases} owners");
        for e in &record.entrants {
            prop_assert!(
                (0.0..=1.0 + CONSERVED).contains(&e.awareness[t]),
                "{}",
                e.awareness[t]
            );
            prop_assert!((0.0..=1.0).contains(&e.share[t]), "{}", e.share[t]);
            let volume = &e.volume[t];
            let from: f64 = volume.from_brand.iter().sum();
            let sum = from + volume.earlier_replacement + volume.new_owners;
            prop_assert!(
                (sum - e.units[t]).abs() <= CONSERVED * users,
                "{sum} of {}",
                e.units[t]
            );
        }
    }
    let values = scenario.central_values();
    for definition in beachhead_engine::outcomes::outcome_definitions(scenario) {
        if let Some(value) = definition.evaluate(scenario, &values, record) {
            prop_assert!(value.is_finite(), "{} is {value}", definition.id);
        }
    }
    for definition in beachhead_engine::outcomes::series_definitions(scenario) {
        let series = definition.read(record);
        prop_assert_eq!(series.len(), scenario.months);
        prop_assert!(
            series.iter().all(|x| x.is_finite()),
            "{}: {series:?}",
            definition.id
        );
    }
    Ok(())
}

fn check_scenario(recipe: &Recipe, targets: bool) -> Result<(), TestCaseError> {
    let mut scenario = Builder::build(recipe);
    if targets {
        add_targets(&mut scenario, recipe);
    }
    let values = scenario.central_values();
    let ground = Ground::new(&scenario, &values, scenario.simulation.types).unwrap();
    beachhead_engine::calibrate::check(&ground);
    let calibrated = solve(&ground);
    check_masses(&ground, &calibrated)?;
    let world = World::new(&ground, &calibrated, Dispatch::detect());
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    let records = world.run(&plans, &AtomicBool::new(false), &|_| {});
    let records = records.map_err(|error| TestCaseError::fail(error.to_string()))?;
    records
        .iter()
        .try_for_each(|record| check_record(&scenario, record))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20),
        ..ProptestConfig::default()
    })]

    #[test]
    fn markets_without_targets(recipe in recipe()) {
        check_scenario(&recipe, false)?;
    }

    #[test]
    fn markets_with_targets(recipe in recipe()) {
        check_scenario(&recipe, true)?;
    }
}
