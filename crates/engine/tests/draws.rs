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
use beachhead_engine::scenario::{Scenario, Values};
use std::sync::atomic::AtomicBool;

const TYPES: usize = 16;

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

fn solved(calibrated: &Calibrated) -> &[(String, f64)] {
    &calibrated.solved
}

#[test]
fn the_map_meets_the_targets_of_draws_and_finds_the_markets_of_full_solves() {
    let scenario = uncertain();
    let (settings, cancel) = (Settings::default(), AtomicBool::new(false));
    let values = scenario.central_values();
    let at = ground(&scenario, &values);
    let central = Central::new(&at, calibrate(&at, &settings, &cancel), &settings, TYPES);
    // Misses within a tolerance, all together, leave parameters open by that times the condition number.
    let conditioning = central.solve.value.sensitivity.as_ref().unwrap();
    let rows = conditioning.outcomes_by_knobs.len() as f64;
    let same_market = DRAW_TOLERANCE * rows.sqrt() * conditioning.condition_number;
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
        for ((name, x), (_, y)) in solved(&warm.value).iter().zip(solved(&full.value)) {
            assert!(
                (x - y).abs() <= same_market,
                "draw {draw}: {name} {x} {y} {same_market}"
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
fn a_draw_at_central_values_is_the_central_market() {
    let scenario = uncertain();
    let (settings, cancel) = (Settings::default(), AtomicBool::new(false));
    let values = scenario.central_values();
    let at = ground(&scenario, &values);
    let central = Central::new(&at, calibrate(&at, &settings, &cancel), &settings, TYPES);
    let again = under_draw(&at, &central, &settings, &cancel);
    for ((name, x), (_, y)) in solved(&again.value)
        .iter()
        .zip(solved(&central.solve.value))
    {
        assert!((x - y).abs() <= settings.tolerance.sqrt(), "{name} {x} {y}");
    }
}
