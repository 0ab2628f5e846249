//! Plans that sell nothing: staying out, and doing everything behind closed doors.

use crate::zoo::{self, runs};
use beachhead_engine::outcomes::outcome_definitions;
use beachhead_engine::scenario::{Action, ChannelKind, PriceRule, Scenario, Spending};
use beachhead_engine::simulate::PlanRecord;

/// Awareness that nobody can act on moves mass between cells that behave alike: rounding only.
const SAME_MATHEMATICS: f64 = 1e-12;

fn scenario() -> Scenario {
    let mut scenario = zoo::scenario();
    zoo::add_usual_targets(&mut scenario);
    scenario
}

/// Everything but an open channel and advertising.
fn behind_closed_doors(scenario: &mut Scenario) -> Vec<Action> {
    let money = zoo::quantity(scenario, "plan.money", 2e6);
    let months = zoo::quantity(scenario, "plan.months", 9.0);
    let margin = zoo::quantity(scenario, "plan.margin", 0.05);
    vec![
        runs::launch(&[6, 7, 8]),
        Action::Price {
            products: vec![6, 7],
            rule: PriceRule::CostPlus { margin },
        },
        Action::Spend {
            amount: money.clone(),
            on: Spending::Other("study".into()),
            months,
            entrant: 0,
        },
        Action::Pay {
            amount: money,
            on: "lawyers".into(),
            entrant: 0,
        },
        Action::Negotiate {
            channel: zoo::ONE,
            entrant: 0,
        },
        runs::open(&[zoo::STORE]),
        Action::Close {
            channels: vec![zoo::STORE],
            entrant: 0,
        },
    ]
}

/// What consumers did, month by month.
fn consumers(record: &PlanRecord) -> Vec<&[f64]> {
    let brands = record
        .brand_units
        .iter()
        .chain(&record.brand_share)
        .chain(&record.brand_base);
    let products = record.product_units.iter();
    let entrant = &record.entrants[0];
    let own = [
        &record.category_units,
        &entrant.awareness,
        &entrant.trust,
        &entrant.share,
    ];
    brands
        .chain(products)
        .chain(own)
        .map(Vec::as_slice)
        .collect()
}

fn bits(series: &[f64]) -> Vec<u64> {
    series.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn a_plan_without_an_open_channel_leaves_consumers_as_they_are_bit_for_bit() {
    let mut scenario = scenario();
    let actions = behind_closed_doors(&mut scenario);
    let mut loud = actions.clone();
    loud.push(runs::advertise(&mut scenario, 5e6, 12.0));
    scenario.plans = vec![
        runs::stay_out(),
        zoo::plan("quiet", 3.0, actions),
        zoo::plan("loud", 3.0, loud),
    ];
    let records = runs::run(&scenario);
    assert!(
        records[1].entrants[0].cash[2] < -1e6,
        "the plan must have acted"
    );
    for (out, quiet) in consumers(&records[0]).iter().zip(consumers(&records[1])) {
        assert_eq!(out.len(), scenario.months);
        assert_eq!(bits(out), bits(quiet));
    }
    // Advertising makes the brand known, and changes what is bought by rounding only.
    assert!(records[2].entrants[0].awareness[20] > 1.5 * records[0].entrants[0].awareness[20]);
    for (out, loud) in records[0].brand_units.iter().zip(&records[2].brand_units) {
        for (x, y) in out.iter().zip(loud) {
            assert!((x - y).abs() <= SAME_MATHEMATICS * x.max(1.0), "{x} {y}");
        }
    }
    for month in &records[1].surplus {
        assert_eq!(
            (month.choice_and_price, month.drift),
            (0.0, 0.0),
            "nobody gains or loses"
        );
    }
}

#[test]
fn staying_out_is_exactly_zero_in_every_amount() {
    let mut scenario = scenario();
    scenario.plans = vec![
        runs::stay_out(),
        zoo::plan("go", 1.0, vec![runs::launch(&[6]), runs::open(&[0, 1, 2])]),
    ];
    let records = runs::run(&scenario);
    let values = scenario.central_values();
    let mut amounts = 0;
    for definition in outcome_definitions(&scenario) {
        if ["units", "users", "USD"].contains(&definition.unit.as_str()) {
            let got = definition.evaluate(&scenario, &values, &records[0]);
            assert_eq!(got, Some(0.0), "{}", definition.id);
            assert!(
                got.is_some_and(f64::is_sign_positive),
                "{} is −0",
                definition.id
            );
            let active = definition
                .evaluate(&scenario, &values, &records[1])
                .unwrap();
            amounts += usize::from(active != 0.0);
        }
    }
    assert!(
        amounts >= 8,
        "the same outcomes of a plan that acts are not zero: {amounts}"
    );
    let accounts = records[0].entrants[0].accounts.as_ref().unwrap();
    assert!(
        accounts
            .cash
            .net
            .iter()
            .chain(&accounts.profit)
            .all(|&x| x == 0.0)
    );
    assert_eq!(accounts.terminal.total, 0.0);
}

#[test]
fn staying_out_twice_is_the_same_twice() {
    let mut scenario = scenario();
    let go = zoo::plan("go", 1.0, vec![runs::launch(&[6]), runs::open(&[0, 1, 2])]);
    scenario.plans = vec![runs::stay_out(), go, runs::stay_out()];
    let records = runs::run(&scenario);
    let text = |n: usize| serde_json::to_string(&records[n]).unwrap();
    assert_eq!(text(0), text(2));
    assert_ne!(text(0), text(1));
}

#[test]
fn imports_before_any_entry_sell_units_but_earn_nothing() {
    let mut scenario = scenario();
    assert_eq!(scenario.channels[zoo::IMPORT].kind, ChannelKind::Import);
    scenario.channels[zoo::IMPORT].open_before_entry = vec![6];
    scenario.plans = vec![runs::stay_out()];
    let record = &runs::run(&scenario)[0];
    let entrant = &record.entrants[0];
    assert!(entrant.units.iter().all(|&units| units > 0.0));
    let (base, units) = (entrant.installed_base[0], entrant.units[0]);
    assert!(
        (base - units).abs() <= SAME_MATHEMATICS * units,
        "first owners are first buyers"
    );
    assert!(entrant.cash.iter().all(|&cash| cash == 0.0));
    assert_eq!(runs::outcome(&scenario, record, "npv"), 0.0);
    assert_eq!(runs::outcome(&scenario, record, "consumer_surplus"), 0.0);
    assert!(
        entrant.in_market.iter().all(|&entered| !entered),
        "imports are not an entry"
    );
}
