//! Conditions and steps: what they see, how often they fire, what leaving stops.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::plan::expression::{Binary, Expression, Observable};
use beachhead_engine::scenario::{Action, NamedCondition, Plan, Scenario};
use beachhead_engine::simulate::PlanRecord;

fn pay(scenario: &mut Scenario, name: &str, amount: f64) -> Action {
    Action::Pay {
        amount: zoo::quantity(scenario, name, amount),
        on: name.into(),
        entrant: 0,
    }
}

fn run(scenario: &mut Scenario, plan: Plan) -> PlanRecord {
    scenario.plans = vec![plan];
    runs::run(scenario).remove(0)
}

fn entry() -> Vec<Action> {
    vec![
        runs::launch(&[6, 7]),
        runs::open(&[zoo::ONE, zoo::RETAIL, zoo::STORE]),
    ]
}

#[test]
fn a_step_fires_once_unless_it_repeats() {
    let mut scenario = scenario();
    let once = pay(&mut scenario, "once", 1.0);
    let often = pay(&mut scenario, "often", 10.0);
    let mut plan = zoo::plan("pay", 4.0, vec![once]);
    let mut step = runs::step(
        "often",
        runs::at_least(Observable::Month, 20.0),
        vec![often],
    );
    step.repeats = true;
    plan.steps.push(step);
    let record = run(&mut scenario, plan);
    let mut wanted = vec![0.0; 24];
    wanted[3] = 1.0;
    wanted[19..].fill(10.0);
    assert_eq!(record.entrants[0].settlements, wanted);
    assert_eq!(record.steps_fired, [Some(4), Some(20)]);
}

#[test]
fn conditions_see_the_end_of_the_last_month_and_all_the_same_snapshot() {
    let mut scenario = scenario();
    let mut plan = zoo::plan("go", 5.0, entry());
    let mut also = |when: Expression| plan.steps.push(runs::step("see", when, vec![]));
    also(runs::at_least(Observable::ChannelOpen(zoo::STORE, 0), 1.0));
    also(runs::compare(
        Binary::Greater,
        Observable::SalesUnits(0),
        0.0,
    ));
    also(runs::at_least(Observable::StepFired(0), 1.0));
    also(runs::at_least(Observable::MonthsInMarket(0), 3.0));
    also(runs::at_least(Observable::InMarket(0), 1.0));
    also(runs::at_least(Observable::ProductLaunched(6), 1.0));
    let record = run(&mut scenario, plan);
    assert!(
        record.entrants[0].units[4] > 0.0,
        "it sells in the month it enters"
    );
    // Entered in month 5; seen at the start of month 6; three months in the market at the end of 7.
    let seen = [5, 6, 6, 6, 8, 6, 6].map(Some);
    assert_eq!(record.steps_fired, seen);
}

#[test]
fn observables_read_what_the_record_says() {
    let mut scenario = scenario();
    let mut plan = zoo::plan("go", 1.0, entry());
    plan.steps[0]
        .actions
        .push(runs::advertise(&mut scenario, 3e6, 12.0));
    let first = run(&mut scenario, plan.clone());
    let e = &first.entrants[0];
    let month = 9;
    let sum = |series: &[f64]| series[..month].iter().sum::<f64>();
    let wanted = [
        (Observable::SalesUnits(0), e.units[month - 1]),
        (Observable::SalesShare(0), e.share[month - 1]),
        (Observable::SalesRevenue(0), e.revenue[month - 1]),
        (Observable::SalesCumulative(0), sum(&e.units)),
        (Observable::InstalledBase(0), e.installed_base[month - 1]),
        (
            Observable::InstalledBaseShare(0),
            e.installed_base[month - 1] / 1e6,
        ),
        (Observable::Awareness(0), e.awareness[month - 1]),
        (Observable::Trust(0), e.trust[month - 1]),
        (Observable::Cash(0), e.cash[month - 1]),
        (Observable::CashCumulative(0), e.cash_cumulative[month - 1]),
        (Observable::MarketingCumulative(0), sum(&e.marketing)),
        (
            Observable::ProductUnits(7),
            first.product_units[7][month - 1],
        ),
        (Observable::BrandShare(1), first.brand_share[1][month - 1]),
        (Observable::BrandBase(2), first.brand_base[2][month - 1]),
        (Observable::EventFired(0), 0.0),
    ];
    // In month 10 each observable must equal the record of month 9, to the last bit.
    for (observable, value) in wanted {
        let month_is = runs::compare(Binary::Equal, Observable::Month, 10.0);
        let is_equal = runs::compare(Binary::Equal, observable, value);
        let both = Expression::Binary(Binary::And, Box::new(month_is), Box::new(is_equal));
        plan.steps
            .push(runs::step(&format!("{observable:?}"), both, vec![]));
    }
    let again = run(&mut scenario, plan.clone());
    for (step, fired) in plan.steps.iter().zip(&again.steps_fired).skip(1) {
        assert_eq!(*fired, Some(10), "{}", step.id);
    }
}

#[test]
fn leaving_closes_channels_stops_spending_and_steps() {
    let mut scenario = scenario();
    let mut plan = zoo::plan("go", 1.0, entry());
    plan.steps[0]
        .actions
        .push(runs::advertise(&mut scenario, 3e6, 24.0));
    let late = pay(&mut scenario, "late", 1e6);
    plan.steps.push(runs::step(
        "late",
        runs::at_least(Observable::Month, 12.0),
        vec![late],
    ));
    let mut leaving = plan.clone();
    leaving.exit_when = Some(runs::at_least(Observable::Month, 8.0));
    scenario.plans = vec![plan, leaving];
    let records = runs::run(&scenario);
    let (stays, leaves) = (&records[0], &records[1]);
    assert_eq!((stays.exit_month, leaves.exit_month), (None, Some(8)));
    let (e, whole) = (&leaves.entrants[0], &stays.entrants[0]);
    assert_eq!(e.exited, Some(8));
    assert_eq!(e.units[..7], whole.units[..7]);
    assert!(e.units[..7].iter().all(|&units| units > 0.0));
    for series in [&e.units, &e.marketing, &e.fixed, &e.revenue, &e.settlements] {
        assert!(series[7..].iter().all(|&x| x == 0.0), "{series:?}");
    }
    assert_eq!(leaves.steps_fired, [Some(1), None]);
    assert_eq!(stays.steps_fired, [Some(1), Some(12)]);
    // Owners stay owners, and are still served; the money already earned still comes in.
    assert!(e.installed_base[10] > 0.0 && e.services[10] > 0.0);
    assert!(e.accounts.as_ref().unwrap().cash.receipts[8] > 0.0);
    assert_eq!(runs::outcome(&scenario, leaves, "p_exit"), 1.0);
    assert_eq!(runs::outcome(&scenario, stays, "p_exit"), 0.0);
}

#[test]
fn exit_reads_the_same_snapshot_as_steps() {
    let mut scenario = scenario();
    let mut plan = zoo::plan("go", 3.0, entry());
    plan.exit_when = Some(runs::compare(
        Binary::Greater,
        Observable::SalesUnits(0),
        0.0,
    ));
    let record = run(&mut scenario, plan);
    // Sales of month 3 are seen in month 4.
    assert_eq!(record.exit_month, Some(4));
    assert!(record.entrants[0].units[2] > 0.0 && record.entrants[0].units[3] == 0.0);
}

#[test]
fn withdrawn_products_and_closed_channels_sell_no_more() {
    let mut scenario = scenario();
    let mut plan = zoo::plan("go", 1.0, entry());
    let later = |month: f64| runs::at_least(Observable::Month, month);
    plan.steps.push(runs::step(
        "w",
        later(6.0),
        vec![Action::Withdraw { products: vec![7] }],
    ));
    let close = Action::Close {
        channels: vec![zoo::ONE, zoo::RETAIL, zoo::STORE],
        entrant: 0,
    };
    plan.steps.push(runs::step("c", later(9.0), vec![close]));
    plan.steps.push(runs::step(
        "o",
        later(12.0),
        vec![runs::open(&[zoo::STORE])],
    ));
    plan.steps.push(runs::step(
        "p",
        later(15.0),
        vec![Action::PullOut { entrant: 0 }],
    ));
    let record = run(&mut scenario, plan);
    let sells = |p: usize| -> Vec<usize> {
        let months = record.product_units[p].iter().enumerate();
        months
            .filter(|(_, units)| **units > 0.0)
            .map(|(month, _)| month + 1)
            .collect()
    };
    let months = |ranges: &[std::ops::RangeInclusive<usize>]| -> Vec<usize> {
        ranges.iter().cloned().flatten().collect()
    };
    assert_eq!(sells(6), months(&[1..=8, 12..=14]));
    assert_eq!(sells(7), months(&[1..=5]));
    assert_eq!(record.entrants[0].exited, Some(15));
}

#[test]
fn a_launch_may_name_channels() {
    let mut scenario = scenario();
    let only = Action::Launch {
        products: vec![6],
        channels: vec![zoo::STORE],
    };
    let everywhere = vec![runs::launch(&[6]), runs::open(&[0, 1, 2, 3])];
    scenario.plans = vec![
        zoo::plan("store", 1.0, vec![only, runs::open(&[0, 1, 2, 3])]),
        zoo::plan(
            "store too",
            1.0,
            vec![runs::launch(&[6]), runs::open(&[zoo::STORE])],
        ),
        zoo::plan("all", 1.0, everywhere),
    ];
    let records = runs::run(&scenario);
    assert_eq!(records[0].entrants[0].units, records[1].entrants[0].units);
    assert!(records[2].entrants[0].units[0] > records[0].entrants[0].units[0]);
}

#[test]
fn spending_ends_after_its_months_the_last_part_in_proportion() {
    let mut scenario = scenario();
    let spend = runs::advertise(&mut scenario, 100.0, 2.25);
    let record = run(&mut scenario, zoo::plan("spend", 3.0, vec![spend]));
    let mut wanted = vec![0.0; 24];
    wanted[2..5].copy_from_slice(&[100.0, 100.0, 25.0]);
    assert_eq!(record.entrants[0].marketing, wanted);
}

#[test]
fn own_outcomes_hold_if_they_held_in_any_month() {
    let mut scenario = scenario();
    for (id, observable, value) in [
        ("sold", Observable::SalesCumulative(0), 1.0),
        ("late", Observable::Month, 24.0),
        ("too_late", Observable::Month, 25.0),
    ] {
        let condition = runs::at_least(observable, value);
        scenario.outcomes.push(NamedCondition {
            id: id.into(),
            text: id.into(),
            condition,
        });
    }
    let record = run(&mut scenario, zoo::plan("go", 24.0, entry()));
    assert_eq!(record.held, [true, true, false]);
    assert_eq!(runs::outcome(&scenario, &record, "p_sold"), 1.0);
    assert_eq!(runs::outcome(&scenario, &record, "p_too_late"), 0.0);
}
