//! Months that plans share are computed once, and nothing else changes by it.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::futures::Address;
use beachhead_engine::scenario::{Action, Plan, PriceRule, Scenario};
use beachhead_engine::simulate::PlanRecord;

/// Month from which two plans differ, and the last one.
const DIFFERS: f64 = 10.0;
const MONTHS: usize = 18;
/// Month in which all enter.
const ENTERS: f64 = 4.0;

fn then(mut plan: Plan, id: &str, month: f64, actions: Vec<Action>) -> Plan {
    plan.steps.extend(zoo::plan(id, month, actions).steps);
    plan.id = id.into();
    plan
}

/// An entry; the same with another price later, with advertising later, with advertising from the start, under another name.
fn alike() -> Scenario {
    let mut scenario = scenario();
    scenario.months = MONTHS;
    let later = runs::advertise(&mut scenario, 2e6, 5.0);
    let early = runs::advertise(&mut scenario, 3e6, 2.0);
    let margin = zoo::quantity(&mut scenario, "plan.margin", 0.3);
    let entry = zoo::plan(
        "entry",
        ENTERS,
        vec![runs::launch(&[6, 7]), runs::open(&[0, 3])],
    );
    let price = Action::Price {
        products: vec![6],
        rule: PriceRule::CostPlus { margin },
    };
    scenario.plans = vec![
        runs::stay_out(),
        entry.clone(),
        then(entry.clone(), "dearer", DIFFERS, vec![price]),
        then(entry.clone(), "louder", DIFFERS, vec![later]),
        then(entry.clone(), "loud", 1.0, vec![early]),
        then(entry, "late", MONTHS as f64 + 9.0, vec![runs::open(&[1])]),
    ];
    scenario
}

fn text(record: &PlanRecord) -> String {
    serde_json::to_string(record).unwrap()
}

fn alone(scenario: &Scenario, plan: &Plan, run: &dyn Fn(&Scenario) -> Vec<PlanRecord>) -> String {
    let mut scenario = scenario.clone();
    scenario.plans = vec![plan.clone()];
    text(&run(&scenario)[0])
}

fn compare(run: &dyn Fn(&Scenario) -> Vec<PlanRecord>) {
    let scenario = alike();
    let records = run(&scenario);
    for (plan, record) in scenario.plans.iter().zip(&records) {
        assert!(
            text(record) == alone(&scenario, plan, run),
            "{} is not what it is alone",
            plan.id
        );
    }
    let shared: Vec<usize> = records.iter().map(|record| record.shared_months).collect();
    let until = (DIFFERS - ENTERS) as usize;
    // A price is felt in the month in which it changes, advertising after it.
    assert_eq!(
        shared,
        [0, 0, until, until + 1, 0, MONTHS + 1 - ENTERS as usize]
    );
}

#[test]
fn in_the_central_run() {
    compare(&runs::run);
}

#[test]
fn in_a_draw() {
    compare(&|scenario| runs::run_at(scenario, Address::new(5, 2)));
}
