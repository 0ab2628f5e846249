//! Calibration as a user meets it: usual targets, clashes named, cancelling, the same bits always.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod zoo;

use beachhead_engine::calibrate::{Calibrated, Clash, Ground, Settings, calibrate, check};
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::scenario::{Measure, Scenario};
use std::sync::atomic::AtomicBool;

/// What a user is promised for every target.
const PROMISED: f64 = 0.005;

const TYPES: usize = 16;

fn usual() -> Scenario {
    let mut scenario = zoo::scenario();
    zoo::add_usual_targets(&mut scenario);
    scenario
}

fn solve(scenario: &Scenario, settings: &Settings) -> Solve<Calibrated> {
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, TYPES).unwrap();
    calibrate(&ground, settings, &AtomicBool::new(false))
}

fn clashes(scenario: &Scenario) -> Vec<Clash> {
    let values = scenario.central_values();
    check(&Ground::new(scenario, &values, TYPES).unwrap())
}

/// Changes what a target wants.
fn want(scenario: &mut Scenario, name: &str, value: f64) {
    let target = scenario
        .targets
        .iter()
        .find(|target| target.name == name)
        .unwrap();
    let handle = target.wanted.clone();
    zoo::set(scenario, &handle, value);
}

#[test]
fn the_usual_targets_are_met_from_a_flat_start() {
    let scenario = usual();
    assert_eq!(clashes(&scenario), []);
    let solve = solve(&scenario, &Settings::default());
    for row in &solve.value.report {
        assert!(row.error.abs() <= PROMISED * row.wanted.abs(), "{row:?}");
    }
    assert!(solve.converged());
}

/// Parameters, consumers and report as text with all digits.
fn text(solve: &Solve<Calibrated>) -> String {
    let value = &solve.value;
    let parts = (
        &value.parameters,
        &value.consumers.mass,
        &value.report,
        &value.sensitivity,
    );
    let bits: Vec<u64> = value.consumers.mass.iter().map(|m| m.to_bits()).collect();
    format!(
        "{:?} {:?} {:?} {:?} {bits:?}",
        parts.0, parts.2, parts.3, solve.iterations
    )
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let scenario = usual();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| text(&solve(&scenario, &Settings::default())))
    };
    assert!(on(1) == on(2));
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let scenario = usual();
    let on = |dispatch: Dispatch| {
        text(&solve(
            &scenario,
            &Settings {
                dispatch,
                budget: 300,
                ..Settings::default()
            },
        ))
    };
    let portable = on(Dispatch::Portable);
    for dispatch in Dispatch::available() {
        assert!(on(dispatch) == portable, "{dispatch:?}");
    }
}

#[test]
fn a_cancelled_calibration_says_so_and_stops() {
    let scenario = usual();
    let values = scenario.central_values();
    let ground = Ground::new(&scenario, &values, TYPES).unwrap();
    let solve = calibrate(&ground, &Settings::default(), &AtomicBool::new(true));
    assert_eq!(solve.status, Status::Cancelled);
    assert_eq!(solve.iterations, 0);
}

#[test]
fn a_spent_budget_is_a_result_with_a_status() {
    let solve = solve(
        &usual(),
        &Settings {
            budget: 15,
            ..Settings::default()
        },
    );
    assert_eq!(solve.status, Status::BudgetSpent);
    assert!(solve.iterations <= 16, "{}", solve.iterations);
    assert!(
        solve.residual > PROMISED,
        "so soon not all can be met: {}",
        solve.residual
    );
    assert_eq!(solve.value.report.len(), usual().targets.len());
    assert!(solve.value.report.iter().all(|row| row.got.is_finite()));
}

/// The only clash, about these targets.
#[track_caller]
fn names(scenario: &Scenario, targets: &[&str], word: &str) {
    let clashes = clashes(scenario);
    let found = clashes.iter().find(|clash| clash.text.contains(word));
    let clash = found.unwrap_or_else(|| panic!("{word:?} not in {clashes:?}"));
    for target in targets {
        assert!(
            clash.targets.iter().any(|name| name == target),
            "{target} not in {clash:?}"
        );
        assert!(
            clash.locations.contains(&format!("zoo:{target}")),
            "{clash:?}"
        );
    }
}

#[test]
fn targets_that_clash_in_closed_form_are_named() {
    let mut loyal_others = usual();
    // Pear would lose 0.41 · 0.9 = 0.369 of sales; the others lose only 0.27·0.1 + 0.32·0.1 = 0.059.
    want(&mut loyal_others, "repeat_purchase.pear", 0.1);
    want(&mut loyal_others, "repeat_purchase.nova", 0.9);
    want(&mut loyal_others, "repeat_purchase.rest", 0.9);
    let about = ["share_of_sales.pear", "repeat_purchase.pear"];
    names(&loyal_others, &about, "at least 0.856"); // 1 − 0.059/0.41

    let mut too_many = usual();
    want(&mut too_many, "share_of_sales.pear", 0.51);
    names(
        &too_many,
        &["share_of_sales.pear", "share_of_sales.rest"],
        "sum to 1.1",
    );

    let mut bases = usual();
    want(&mut bases, "installed_base.pear", 0.35);
    names(
        &bases,
        &["installed_base.pear", "installed_base.nova"],
        "sum to 0.9",
    );

    let mut channels = usual();
    want(&mut channels, "share_of_sales.two", 0.76);
    names(
        &channels,
        &["share_of_sales.two", "share_of_sales.retail"],
        "sum to 1.4",
    );
}

#[test]
fn a_share_for_a_channel_out_of_reach_or_without_offers_is_named() {
    let mut unreached = usual();
    for s in 0..unreached.segments.len() {
        let reach = unreached.segments[s].reach[zoo::RETAIL].clone();
        zoo::set(&mut unreached, &reach, 0.0);
    }
    names(
        &unreached,
        &["share_of_sales.retail"],
        "no segment reaches it",
    );

    let mut empty = usual();
    let measure = Measure::SalesShareOfChannel(zoo::STORE);
    zoo::target(&mut empty, "share_of_sales.store", measure, 0.0001, false);
    names(
        &empty,
        &["share_of_sales.store"],
        "no incumbent's product is offered there",
    );

    let mut silent = usual();
    silent
        .products
        .iter_mut()
        .filter(|p| p.brand == 1)
        .for_each(|p| p.available_from = 5);
    names(
        &silent,
        &["share_of_sales.nova"],
        "no product on sale in month 1",
    );
}

#[test]
fn sensitivity_is_reported_with_its_weak_direction_in_words() {
    let scenario = usual();
    let sensitivity = solve(&scenario, &Settings::default())
        .value
        .sensitivity
        .unwrap();
    assert!(sensitivity.condition_number >= 1.0 && sensitivity.condition_number.is_finite());
    let length: f64 = sensitivity
        .weak_direction
        .iter()
        .map(|part| part.1 * part.1)
        .sum();
    assert!(
        (length - 1.0).abs() < PROMISED,
        "a direction has unit length: {length}"
    );
    // The weak direction is the one along which outcomes change least, against every single knob.
    let change = |direction: &[f64]| -> f64 {
        let rows = sensitivity.outcomes_by_knobs.iter();
        rows.map(|row| {
            row.iter()
                .zip(direction)
                .map(|(x, y)| x * y)
                .sum::<f64>()
                .powi(2)
        })
        .sum()
    };
    let weak: Vec<f64> = sensitivity
        .weak_direction
        .iter()
        .map(|part| part.1)
        .collect();
    for knob in 0..weak.len() {
        let mut single = vec![0.0; weak.len()];
        single[knob] = 1.0;
        assert!(change(&weak) <= change(&single) * (1.0 + PROMISED));
    }
    let loudest = sensitivity
        .weak_direction
        .iter()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        .unwrap();
    let words = &sensitivity.weak_direction_in_words;
    assert!(words.contains(&loudest.0.describe(&scenario)), "{words}");
}

#[test]
fn a_draw_moves_uncertain_quantities_only_and_each_by_its_own_name() {
    use beachhead_engine::futures::Address;
    use beachhead_engine::futures::distribution::Distribution;
    let mut scenario = zoo::scenario();
    let spread = scenario.demand.brand_spread.clone();
    scenario.quantities[spread.index()].distribution = Distribution::Uniform {
        low: 0.5,
        high: 1.5,
    };
    let central = scenario.central_values();
    let drawn = scenario.drawn_values(&Address::new(1, 17));
    let moved: Vec<&str> = (0..scenario.quantities.len())
        .map(|n| (n, scenario.quantities[n].name.as_str()))
        .filter(|(n, name)| {
            let handle = beachhead_engine::scenario::Handle::new(*n, name);
            central[&handle].to_bits() != drawn[&handle].to_bits()
        })
        .map(|(_, name)| name)
        .collect();
    assert_eq!(moved, [spread.name()]);
    // Another uncertain quantity changes nothing about the first.
    let nest = scenario.demand.buy_keep_nest.clone();
    scenario.quantities[nest.index()].distribution = Distribution::Uniform {
        low: 0.2,
        high: 0.6,
    };
    let again = scenario.drawn_values(&Address::new(1, 17));
    assert_eq!(drawn[&spread].to_bits(), again[&spread].to_bits());
}
