//! The same bits on any number of threads and on every instruction set.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::plan::expression::Observable;
use beachhead_engine::scenario::{Action, FirmRule, PriceRule, Pricing, Scenario};
use beachhead_engine::simulate::PlanRecord;

/// Four plans that differ, with advertising, an exit and a change of prices.
fn busy() -> Scenario {
    let mut scenario = scenario();
    scenario.months = 18;
    let advertise = runs::advertise(&mut scenario, 2e6, 9.0);
    // Rivals answer, and one plan plays.
    scenario.pricing = Some(Pricing {
        months: vec![4, 9],
        when: None,
        when_text: String::new(),
        window: None,
        firms: vec![FirmRule {
            brand: 0,
            rule: PriceRule::Bertrand,
        }],
    });
    let play = Action::Price {
        products: vec![6],
        rule: PriceRule::Bertrand,
    };
    let mut exit = zoo::plan(
        "exit",
        2.0,
        vec![runs::launch(&[6]), runs::open(&[0, 3]), play],
    );
    exit.exit_when = Some(runs::at_least(Observable::Month, 11.0));
    let all = vec![
        runs::launch(&[6, 7, 8]),
        runs::open(&[0, 1, 2, 3]),
        advertise,
    ];
    scenario.plans = vec![
        runs::stay_out(),
        zoo::plan("band", 1.0, vec![runs::launch(&[8]), runs::open(&[3])]),
        zoo::plan("all", 5.0, all),
        exit,
    ];
    scenario
}

/// Every number of a record with all its digits: JSON writes the shortest text that reads back.
fn text(records: &[PlanRecord]) -> String {
    serde_json::to_string(records).unwrap()
}

#[test]
fn on_one_and_two_threads() {
    let scenario = busy();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| text(&runs::run(&scenario)))
    };
    assert!(on(1) == on(2));
}

#[test]
fn on_every_instruction_set() {
    let scenario = busy();
    let portable = text(&runs::run_with(&scenario, Dispatch::Portable));
    for dispatch in Dispatch::available() {
        assert!(
            text(&runs::run_with(&scenario, dispatch)) == portable,
            "{dispatch:?}"
        );
    }
}

#[test]
fn a_plan_does_not_depend_on_the_plans_beside_it() {
    let scenario = busy();
    let together = runs::run(&scenario);
    for (plan, record) in scenario.plans.iter().zip(&together) {
        let mut alone = scenario.clone();
        alone.plans = vec![plan.clone()];
        assert!(
            text(&runs::run(&alone)) == text(std::slice::from_ref(record)),
            "{}",
            plan.id
        );
    }
}
