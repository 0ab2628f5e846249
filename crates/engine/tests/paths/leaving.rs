//! Leaving a market, and coming back to it.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::plan::expression::{Binary, Expression, Observable};
use beachhead_engine::scenario::{Action, Plan, Scenario, Step};

/// Sums of the same few numbers in another order.
const SAME_MATHEMATICS: f64 = 1e-9;

fn at(month: f64, id: &str, actions: Vec<Action>) -> Step {
    let when = Expression::Binary(
        Binary::Equal,
        Box::new(Expression::Observable(Observable::Month)),
        Box::new(Expression::Number(month)),
    );
    Step {
        id: id.into(),
        when,
        when_text: String::new(),
        repeats: false,
        actions,
    }
}

fn with_exit_cost(scenario: &mut Scenario, amount: f64) {
    let cost = scenario.finance.exit_cost.clone();
    zoo::set(scenario, &cost, amount);
    scenario.finance.count_exit_costs = true;
}

fn plan(steps: Vec<Step>) -> Plan {
    let mut plan = zoo::plan("in_and_out", 1.0, Vec::new());
    plan.steps = steps;
    plan
}

#[test]
fn leaving_costs_in_the_month_of_leaving_what_staying_costs_at_the_end() {
    let enter = || {
        at(
            1.0,
            "enter",
            vec![runs::launch(&[6]), runs::open(&[zoo::STORE])],
        )
    };
    let leave = at(10.0, "leave", vec![Action::PullOut { entrant: 0 }]);
    let mut scenario = scenario();
    with_exit_cost(&mut scenario, 1e6);
    scenario.plans = vec![plan(vec![enter(), leave]), plan(vec![enter()])];
    let records = runs::run(&scenario);
    let (left, stayed) = (&records[0].entrants[0], &records[1].entrants[0]);
    assert_eq!(left.exited, Some(10));
    assert!((left.settlements[9] - 1e6).abs() <= SAME_MATHEMATICS);
    let other_months = left.settlements.iter().enumerate().filter(|(t, _)| *t != 9);
    assert_eq!(other_months.map(|(_, paid)| paid).sum::<f64>(), 0.0);
    let terminal = |e: usize| records[e].entrants[0].accounts.as_ref().unwrap().terminal;
    assert_eq!(terminal(0).exit_cost, 0.0);
    assert!((terminal(1).exit_cost - 1e6).abs() <= SAME_MATHEMATICS);
    assert_eq!(stayed.exited, None);
}

#[test]
fn who_opens_again_is_in_the_market_again() {
    let mut scenario = scenario();
    let fixed = scenario.finance.fixed_cost.clone();
    zoo::set(&mut scenario, &fixed, 1000.0);
    scenario.plans = vec![plan(vec![
        at(
            1.0,
            "enter",
            vec![runs::launch(&[6]), runs::open(&[zoo::STORE])],
        ),
        at(5.0, "leave", vec![Action::PullOut { entrant: 0 }]),
        at(9.0, "return", vec![runs::open(&[zoo::STORE])]),
    ])];
    let record = runs::run(&scenario).remove(0);
    let e = &record.entrants[0];
    let months_with_fixed_cost: Vec<usize> = (0..scenario.months)
        .filter(|&t| e.fixed[t] > 0.0)
        .map(|t| t + 1)
        .collect();
    let wanted: Vec<usize> = (1..=scenario.months)
        .filter(|m| !(5..9).contains(m))
        .collect();
    assert_eq!(months_with_fixed_cost, wanted);
    assert_eq!(e.exited, None);
    assert!(e.units[4] == 0.0 && e.units[8] > 0.0);
}

#[test]
fn the_rule_for_leaving_is_not_asked_of_who_has_left() {
    let mut scenario = scenario();
    let enter = at(
        1.0,
        "enter",
        vec![runs::launch(&[6]), runs::open(&[zoo::STORE])],
    );
    let leave = at(5.0, "leave", vec![Action::PullOut { entrant: 0 }]);
    let back = at(12.0, "return", vec![runs::open(&[zoo::STORE])]);
    let after = |month: f64| Some(runs::at_least(Observable::Month, month));
    let mut gone = plan(vec![enter.clone(), leave.clone()]);
    gone.exit_when = after(8.0);
    let mut returned = plan(vec![enter, leave, back]);
    returned.exit_when = after(8.0);
    scenario.plans = vec![gone, returned];
    let records = runs::run(&scenario);
    assert_eq!(records[0].exit_month, None);
    assert_eq!(records[0].entrants[0].exited, Some(5));
    assert_eq!(runs::outcome(&scenario, &records[0], "p_exit"), 0.0);
    assert_eq!(runs::outcome(&scenario, &records[0], "exit_month"), 5.0);
    // Who comes back can leave again, by the rule.
    assert_eq!(records[1].exit_month, Some(13));
    assert_eq!(records[1].entrants[0].exited, Some(13));
}
