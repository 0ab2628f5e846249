//! Gates hold offers back until their time has passed.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::plan::expression::Observable;
use beachhead_engine::scenario::{Action, Category, Gate, Held, Plan, Scenario};
use beachhead_engine::simulate::PlanRecord;

fn gate(scenario: &mut Scenario, id: &str, lead: f64, holds: Vec<Held>, needs: Vec<usize>) -> Gate {
    Gate {
        id: id.into(),
        title: id.into(),
        holds,
        lead_time: zoo::quantity(scenario, &format!("gates.{id}.lead_time"), lead),
        cost: zoo::quantity(
            scenario,
            &format!("gates.{id}.cost"),
            1e5 * (1.0 + needs.len() as f64),
        ),
        needs,
    }
}

fn start(gates: &[usize]) -> Action {
    Action::Start {
        gates: gates.to_vec(),
        entrant: 0,
    }
}

/// In month 3 everything is launched everywhere; in month 2 these gates are started.
fn plan(gates: &[usize]) -> Plan {
    let mut plan = zoo::plan(
        "go",
        3.0,
        vec![runs::launch(&[6, 7, 8]), runs::open(&[0, 1, 2, 3])],
    );
    plan.steps.push(runs::step(
        "gates",
        runs::at_least(Observable::Month, 2.0),
        vec![start(gates)],
    ));
    plan
}

/// First month in which a series is above zero.
fn first(series: &[f64]) -> Option<usize> {
    series.iter().position(|&x| x > 0.0).map(|month| month + 1)
}

fn run(scenario: &mut Scenario, gates: &[usize]) -> PlanRecord {
    scenario.plans = vec![plan(gates)];
    runs::run(scenario).remove(0)
}

#[test]
fn what_a_gate_holds_waits_for_it_and_nothing_else_does() {
    let held_by_gate = [
        vec![Held::Product(6)],
        vec![Held::Category(Category::Durable)],
        vec![Held::Category(Category::Complement(0))],
        vec![Held::Channel(zoo::STORE)],
    ];
    for (n, holds) in held_by_gate.into_iter().enumerate() {
        let mut scenario = scenario();
        // Started in month 2 with 5.2 months: open from month 2 + 6 on.
        let gate = gate(&mut scenario, "paper", 5.2, holds, vec![]);
        scenario.gates = vec![gate];
        let record = run(&mut scenario, &[0]);
        let begins = |p: usize| first(&record.product_units[p]);
        let wanted = match n {
            0 => [Some(8), Some(3), Some(3)],
            1 => [Some(8), Some(8), Some(3)],
            // The band is sold in the store only; phones are sold elsewhere too.
            _ => [Some(3), Some(3), Some(8)],
        };
        assert_eq!([begins(6), begins(7), begins(8)], wanted, "case {n}");
    }
}

#[test]
fn a_gate_that_is_never_started_never_opens() {
    let mut scenario = scenario();
    let gate = gate(&mut scenario, "paper", 0.0, vec![Held::Product(6)], vec![]);
    scenario.gates = vec![gate];
    let record = run(&mut scenario, &[]);
    assert_eq!(first(&record.product_units[6]), None);
    assert_eq!(first(&record.product_units[7]), Some(3));
    assert!(record.entrants[0].gates.iter().all(|&cost| cost == 0.0));
}

#[test]
fn a_gate_without_lead_time_is_open_at_once() {
    let mut scenario = scenario();
    let gate = gate(&mut scenario, "paper", 0.0, vec![Held::Product(6)], vec![]);
    scenario.gates = vec![gate];
    assert_eq!(first(&run(&mut scenario, &[0]).product_units[6]), Some(3));
}

#[test]
fn costs_are_paid_at_the_start_and_clocks_of_a_chain_run_one_after_the_other() {
    let mut scenario = scenario();
    let last = gate(&mut scenario, "last", 3.0, vec![Held::Product(6)], vec![1]);
    let first_gate = gate(&mut scenario, "first", 4.0, vec![], vec![]);
    scenario.gates = vec![last, first_gate];
    // Both are started in month 2: the first opens in month 6, the last three months later.
    let record = run(&mut scenario, &[0, 1]);
    assert_eq!(first(&record.product_units[6]), Some(9));
    let mut paid = vec![0.0; scenario.months];
    paid[1] = 2e5 + 1e5;
    assert_eq!(record.entrants[0].gates, paid);
    let cash = &record.entrants[0].accounts.as_ref().unwrap().cash;
    assert_eq!(cash.gates, paid, "a gate's cost has no lag");
}

#[test]
fn a_condition_sees_a_gate_open_a_month_later() {
    let mut scenario = scenario();
    let gate = gate(&mut scenario, "paper", 4.0, vec![], vec![]);
    scenario.gates = vec![gate];
    let mut plan = plan(&[0]);
    plan.steps.push(runs::step(
        "then",
        runs::at_least(Observable::GateOpen(0), 1.0),
        vec![],
    ));
    plan.steps.push(runs::step(
        "begun",
        runs::at_least(Observable::GateStarted(0), 1.0),
        vec![],
    ));
    scenario.plans = vec![plan];
    let record = runs::run(&scenario).remove(0);
    // Started in month 2, open from the start of month 6.
    assert_eq!(record.steps_fired, [Some(3), Some(2), Some(6), Some(3)]);
}

#[test]
fn after_sales_behind_a_gate_slow_word_of_mouth_until_it_opens() {
    let mut scenario = scenario();
    let gate = gate(&mut scenario, "repair", 6.0, vec![], vec![]);
    scenario.gates = vec![gate];
    let poor = zoo::quantity(&mut scenario, "acme.without_repair", 0.1);
    let q = scenario.entrants[0].awareness.word_of_mouth.clone();
    zoo::set(&mut scenario, &q, 5.0);
    let plain = run(&mut scenario, &[0]);
    scenario.entrants[0].awareness.after_sales = Some((0, poor));
    let slowed = run(&mut scenario, &[0]);
    let known = |record: &PlanRecord, month: usize| record.entrants[0].awareness[month - 1];
    assert_eq!(known(&plain, 2), known(&slowed, 2), "no owners yet");
    assert!(known(&plain, 7) > known(&slowed, 7));
    // From month 8 on the gate is open: growth is the same law again.
    let growth = |r: &PlanRecord| (known(r, 9) - known(r, 8)) / (1.0 - known(r, 8));
    let before = |r: &PlanRecord| (known(r, 7) - known(r, 6)) / (1.0 - known(r, 6));
    assert!(growth(&slowed) > 2.0 * before(&slowed));
}
