//! Every kind of target in the model's table is met from a flat start, moves its parameter, and is
//! reported.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod zoo;

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate, check};
use beachhead_engine::choice::parameters::Parameters;
use beachhead_engine::numerics::solve::Solve;
use beachhead_engine::scenario::{Measure, PriceBasis, ProductGroup, Scenario};
use std::sync::atomic::AtomicBool;

/// What a user is promised for every target, relative.
const PROMISED: f64 = 0.005;

/// What calibration is asked for here: well inside the promise.
const SURELY_MET: f64 = 1e-5;

/// A parameter that moved by less has not been solved for.
const MOVED: f64 = 1e-3;

const TYPES: usize = 16;

fn solve(scenario: &Scenario) -> Solve<Calibrated> {
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, TYPES).unwrap();
    assert_eq!(check(&ground), []);
    let settings = Settings {
        tolerance: SURELY_MET,
        ..Settings::default()
    };
    calibrate(&ground, &settings, &AtomicBool::new(false))
}

/// Shares by brand and units per user, which every market has.
fn with_basics() -> Scenario {
    let mut scenario = zoo::scenario();
    for (name, measure, wanted, is_base) in [
        ("share.pear", Measure::SalesShareOfBrand(0), 0.41, false),
        ("share.nova", Measure::SalesShareOfBrand(1), 0.27, false),
        ("share.rest", Measure::SalesShareOfBrand(2), 0.32, true),
        ("units", Measure::UnitsPerUser(None), 0.046, false),
    ] {
        zoo::target(&mut scenario, name, measure, wanted, is_base);
    }
    scenario
}

/// All targets met and reported in the order written.
#[track_caller]
fn met(scenario: &Scenario) -> Parameters {
    let solve = solve(scenario);
    let values = scenario.central_values();
    let report = &solve.value.report;
    for (target, row) in scenario.targets.iter().zip(report) {
        assert_eq!(row.target, target.name);
        assert_eq!(row.wanted, values[&target.wanted]);
        assert!(row.error.abs() <= PROMISED * row.wanted.abs(), "{row:?}");
    }
    assert!(solve.converged(), "{:?}: {}", solve.status, solve.residual);
    assert!(
        solve.value.stationarity <= PROMISED,
        "{}",
        solve.value.stationarity
    );
    solve.value.parameters
}

/// One more target beside the basics is met, and moves the parameter that `read` gives.
#[track_caller]
fn one_more(name: &str, measure: Measure, wanted: f64, read: impl Fn(&Parameters) -> f64) {
    one_more_in(with_basics(), name, measure, wanted, read);
}

#[track_caller]
fn one_more_in(
    mut scenario: Scenario,
    name: &str,
    measure: Measure,
    wanted: f64,
    read: impl Fn(&Parameters) -> f64,
) {
    let before = read(&met(&scenario));
    zoo::target(&mut scenario, name, measure, wanted, false);
    let after = read(&met(&scenario));
    assert!(
        (after - before).abs() > MOVED,
        "{name} moved its parameter from {before} to {after}"
    );
}

#[test]
fn share_by_tier_solves_the_hedonic_scale() {
    let tier = |tier: &str| Measure::SalesShareOfTier {
        brand: 0,
        tier: tier.into(),
    };
    one_more("tier.high", tier("high"), 0.7, |p| p.hedonic_scale);
    one_more("tier.low", tier("low"), 0.55, |p| p.hedonic_scale);
}

#[test]
fn share_by_group_solves_an_intercept_of_the_group() {
    let mut scenario = with_basics();
    scenario.groups.push(ProductGroup {
        id: "small".into(),
        products: vec![1, 3],
    });
    one_more_in(scenario, "small", Measure::SalesShareOfGroup(0), 0.3, |p| {
        p.product_intercept[1]
    });
}

#[test]
fn share_by_network_solves_the_taste_for_its_shops() {
    let mut scenario = with_basics();
    zoo::target(
        &mut scenario,
        "shops.one",
        Measure::SalesShareOfNetwork(0),
        0.5,
        false,
    );
    let read = |p: &Parameters| p.channel_intercept[zoo::TWO];
    one_more_in(
        scenario,
        "shops.two",
        Measure::SalesShareOfNetwork(1),
        0.3,
        read,
    );
}

#[test]
fn units_per_user_by_segment_solve_the_keep_intercepts() {
    let mut scenario = zoo::scenario();
    for (s, wanted) in [(0, 0.03), (1, 0.07)] {
        zoo::target(
            &mut scenario,
            &format!("units.{s}"),
            Measure::UnitsPerUser(Some(s)),
            wanted,
            false,
        );
    }
    let p = met(&scenario);
    assert!(
        p.keep[0] > p.keep[1] + MOVED,
        "who buys less keeps more: {:?}",
        p.keep
    );
}

#[test]
fn replacement_by_age_solves_ageing_both_ways() {
    one_more("replaced", Measure::ReplacedWithin(12), 0.3, |p| p.ageing);
    one_more("replaced", Measure::ReplacedWithin(12), 0.45, |p| p.ageing);
    one_more("kept", Measure::KeptBeyond(36), 0.06, |p| p.ageing);
}

#[test]
fn a_margin_solves_the_price_coefficient() {
    one_more("margin", Measure::Margin(0), 0.35, |p| {
        libm::log(p.price_coefficient)
    });
    one_more("margin", Measure::Margin(4), 0.5, |p| {
        libm::log(p.price_coefficient)
    });
}

#[test]
fn an_own_price_elasticity_solves_the_price_coefficient_on_either_price() {
    for price in [PriceBasis::Consumer, PriceBasis::Receipt] {
        let measure = Measure::OwnPriceElasticity {
            product: 2,
            horizon: 6,
            price,
        };
        one_more("elasticity", measure, -3.1, |p| {
            libm::log(p.price_coefficient)
        });
    }
}

#[test]
fn a_category_price_elasticity_solves_the_nest() {
    one_more(
        "category",
        Measure::CategoryPriceElasticity { horizon: 3 },
        -0.6,
        |p| p.nest,
    );
}

#[test]
fn a_share_from_rivals_solves_the_nest() {
    for wanted in [0.55, 0.9] {
        one_more("from_rivals", Measure::FromRivals(1), wanted, |p| p.nest);
    }
}

#[test]
fn a_second_choice_solves_the_spread_of_brand_image() {
    let second = |to: usize| Measure::SecondChoice { product: 0, to };
    one_more("same brand", second(0), 0.5, |p| p.brand_spread);
    one_more("another brand", second(1), 0.2, |p| p.brand_spread);
}

#[test]
fn non_owners_are_a_target_of_their_own() {
    let mut scenario = with_basics();
    let (share, lapse) = (
        scenario.demand.non_owners.clone(),
        scenario.demand.lapse.clone(),
    );
    zoo::set(&mut scenario, &share, 0.08);
    zoo::set(&mut scenario, &lapse, 0.004);
    let solve = solve(&scenario);
    let row = solve.value.report.last().unwrap();
    assert_eq!((row.target.as_str(), row.wanted), ("non_owners", 0.08));
    assert!(row.error.abs() <= PROMISED * row.wanted, "{row:?}");
    assert!(solve.value.parameters.keep_offset_none.abs() > MOVED);
    met_all(&solve);
}

#[track_caller]
fn met_all(solve: &Solve<Calibrated>) {
    for row in &solve.value.report {
        assert!(row.error.abs() <= PROMISED * row.wanted.abs(), "{row:?}");
    }
    assert!(solve.converged());
}

#[test]
fn all_kinds_together_are_met() {
    let mut scenario = zoo::scenario();
    zoo::add_usual_targets(&mut scenario);
    let tier = Measure::SalesShareOfTier {
        brand: 0,
        tier: "high".into(),
    };
    for (name, measure, wanted) in [
        ("tier", tier, 0.62),
        ("replaced", Measure::ReplacedWithin(12), 0.36),
        ("from_rivals", Measure::FromRivals(1), 0.7),
        (
            "second_choice",
            Measure::SecondChoice { product: 2, to: 1 },
            0.4,
        ),
    ] {
        zoo::target(&mut scenario, name, measure, wanted, false);
    }
    met(&scenario);
}
