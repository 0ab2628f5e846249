//! Markets of draws: the first-order map with Newton steps at rest against full solves.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod zoo;

use beachhead_engine::calibrate::{
    Calibrated, Central, DRAW_TOLERANCE, Ground, Settings, calibrate, under_draw,
};
use beachhead_engine::futures::distribution::Distribution;
use beachhead_engine::futures::{Address, fitting};
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::{Plan, Scenario, Values};
use beachhead_engine::simulate::World;
use std::sync::atomic::AtomicBool;
use zoo::runs;

const TYPES: usize = 16;

/// By how much the steps between two markets that meet the same targets may seem to move them: their states differ, since the one
/// of few months is still on its way to where the full solve ends.
const SAME_TARGETS: f64 = 0.03;

/// Draws compared with full solves.
const DRAWS: u64 = 20;

/// Usual targets, of which some are uncertain, and an uncertain assumption.
fn uncertain() -> Scenario {
    let mut scenario = zoo::scenario();
    zoo::add_usual_targets(&mut scenario);
    let spread = |name: &str| -> Option<Distribution> {
        let distribution = match name {
            "units_per_user" => fitting::normal(0.046, 0.004),
            "repeat_purchase.nova" => fitting::beta(0.68, 0.03, 0.0, 1.0),
            "network_switching" => fitting::beta(0.12, 0.02, 0.0, 1.0),
            "own_price_elasticity.pear_8" => fitting::triangular(-3.4, -2.8, -2.2),
            "installed_base.nova" => fitting::normal(0.26, 0.005),
            _ => return None,
        };
        Some(distribution.unwrap())
    };
    for target in scenario.targets.clone() {
        if let Some(distribution) = spread(&target.name) {
            scenario.quantities[target.wanted.index()].distribution = distribution;
        }
    }
    // The other base takes what the uncertain one leaves, so that bases sum to all users in every draw.
    scenario
        .targets
        .retain(|target| target.name != "installed_base.rest");
    let nest = scenario.demand.buy_keep_nest.index();
    let at = scenario.quantities[nest].centre();
    scenario.quantities[nest].distribution =
        fitting::triangular(0.7 * at, at, (1.3 * at).min(1.0)).unwrap();
    scenario
}

fn ground<'a>(scenario: &'a Scenario, values: &'a Values) -> Ground<'a> {
    Ground::new(scenario, values, TYPES).unwrap()
}

fn central(at: &Ground, settings: &Settings, cancel: &AtomicBool) -> Central {
    Central::new(at, calibrate(at, settings, cancel), settings, TYPES, cancel).unwrap()
}

fn solved(calibrated: &Calibrated) -> &[(String, f64)] {
    &calibrated.solved
}

#[test]
fn the_map_meets_the_targets_of_draws_and_finds_the_markets_of_full_solves() {
    let scenario = uncertain();
    let (settings, cancel) = (Settings::default(), AtomicBool::new(false));
    let values = scenario.central_values();
    let at = ground(&scenario, &values);
    let central = central(&at, &settings, &cancel);
    // Two markets that meet the same targets differ, to first order, by steps that move no target far.
    let moves = &central
        .solve
        .value
        .sensitivity
        .as_ref()
        .unwrap()
        .outcomes_by_knobs;
    let (mut warm_months, mut full_months) = (0, 0);
    for draw in 0..DRAWS {
        let values = scenario.drawn_values(&Address::new(3, draw));
        let at = ground(&scenario, &values);
        let warm = under_draw(&at, &central, &settings, &cancel);
        let full = calibrate(&at, &settings, &cancel);
        assert!(warm.converged(), "draw {draw}: {:?}", warm.status);
        for row in &warm.value.report {
            let miss = row.error.abs() / row.wanted.abs();
            assert!(miss <= DRAW_TOLERANCE, "draw {draw}: {row:?}");
        }
        let pairs = solved(&warm.value).iter().zip(solved(&full.value));
        let steps: Vec<f64> = pairs.map(|((_, x), (_, y))| x - y).collect();
        for row in moves {
            assert_eq!(row.len(), steps.len());
            let moved: f64 = row
                .iter()
                .zip(&steps)
                .map(|(slope, step)| slope * step)
                .sum();
            assert!(
                moved.abs() <= SAME_TARGETS,
                "draw {draw}: {moved} {steps:?}"
            );
        }
        warm_months += warm.iterations;
        full_months += full.iterations;
    }
    assert!(
        3 * warm_months < full_months,
        "warm {warm_months} months, full solves {full_months}"
    );
}

#[test]
fn what_was_cut_short_is_no_start_for_draws() {
    let scenario = uncertain();
    let (settings, cancel) = (Settings::default(), AtomicBool::new(false));
    let values = scenario.central_values();
    let at = ground(&scenario, &values);
    let solve = calibrate(&at, &settings, &cancel);
    let start = |stop| {
        let stop = AtomicBool::new(stop);
        Central::new(&at, solve.clone(), &settings, TYPES, &stop)
    };
    assert!(start(false).is_some());
    assert!(start(true).is_none());
}

#[test]
fn a_draw_at_central_values_is_the_central_market() {
    let scenario = uncertain();
    let (settings, cancel) = (Settings::default(), AtomicBool::new(false));
    let values = scenario.central_values();
    let at = ground(&scenario, &values);
    let central = central(&at, &settings, &cancel);
    let again = under_draw(&at, &central, &settings, &cancel);
    for ((name, x), (_, y)) in solved(&again.value)
        .iter()
        .zip(solved(&central.solve.value))
    {
        assert!((x - y).abs() <= settings.tolerance.sqrt(), "{name} {x} {y}");
    }
}

/// The whole way of a draw, from the first-order map to months with slips of luck, has the same bits on every instruction set.
#[test]
fn draws_have_the_same_bits_on_every_instruction_set() {
    let mut scenario = uncertain();
    scenario.months = 12;
    let enter = vec![runs::launch(&[6, 7, 8]), runs::open(&[0, 1, 2, 3])];
    scenario.plans = vec![runs::stay_out(), zoo::plan("all", 2.0, enter)];
    let cancel = AtomicBool::new(false);
    let of = |dispatch: Dispatch| {
        let settings = Settings {
            dispatch,
            ..Settings::default()
        };
        let values = scenario.central_values();
        let at = ground(&scenario, &values);
        let central = central(&at, &settings, &cancel);
        let mut text = String::new();
        for draw in 0..3 {
            let address = Address::new(3, draw);
            let values = scenario.drawn_values(&address);
            let at = ground(&scenario, &values);
            let market = under_draw(&at, &central, &settings, &cancel).value;
            let world = World::new(&at, &market, dispatch).at(address);
            let plans: Vec<&Plan> = scenario.plans.iter().collect();
            let records = world.run(&plans, &cancel, &|_| {}).unwrap();
            text += &serde_json::to_string(&(market.solved, records)).unwrap();
        }
        text
    };
    let portable = of(Dispatch::Portable);
    for dispatch in Dispatch::available() {
        assert!(of(dispatch) == portable, "{dispatch:?}");
    }
}
