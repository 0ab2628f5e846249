//! Consumer surplus against staying out.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::scenario::{Action, PriceRule, Scenario};
use beachhead_engine::simulate::PlanRecord;

/// The same sums in another order.
const SAME_MATHEMATICS: f64 = 1e-12;

/// A one-per-cent step in price is followed by its derivative up to its square.
const SECOND_ORDER: f64 = 1e-3;

fn entry() -> Vec<Action> {
    vec![
        runs::launch(&[6, 7]),
        runs::open(&[zoo::ONE, zoo::TWO, zoo::RETAIL, zoo::STORE]),
    ]
}

fn at_price(scenario: &mut Scenario, factor: f64) -> Vec<Action> {
    let prices = [(6, 450.0), (7, 200.0)]
        .map(|(p, price)| zoo::quantity(scenario, &format!("plan.{factor}.{p}"), factor * price));
    let rule = PriceRule::Fixed {
        prices: prices.to_vec(),
    };
    let mut actions = vec![Action::Price {
        products: vec![6, 7],
        rule,
    }];
    actions.extend(entry());
    actions
}

#[test]
fn an_entry_at_unchanged_prices_takes_nothing_from_choice() {
    let mut scenario = scenario();
    scenario.plans = vec![zoo::plan("go", 4.0, entry())];
    let record = &runs::run(&scenario)[0];
    for (t, month) in record.surplus.iter().enumerate() {
        if t < 3 {
            assert_eq!(
                (month.choice_and_price, month.drift),
                (0.0, 0.0),
                "before the entry"
            );
        } else {
            assert!(month.choice_and_price > 0.0, "month {}", t + 1);
        }
    }
    let (choice, drift) = (
        outcome(&scenario, record, "_choice"),
        outcome(&scenario, record, "_drift"),
    );
    let whole = outcome(&scenario, record, "");
    assert!(choice > 0.0 && drift != 0.0);
    assert!((choice + drift - whole).abs() <= SAME_MATHEMATICS * whole.abs());
    let by_hand: f64 = record
        .surplus
        .iter()
        .enumerate()
        .map(|(t, m)| (m.choice_and_price + m.drift) * libm::pow(1.1, -(t as f64 + 1.0) / 12.0))
        .sum();
    assert!((whole - by_hand).abs() <= SAME_MATHEMATICS * whole.abs());
    let top = outcome(&scenario, record, "_top_percent");
    assert!(
        top > 0.01 && top < 1.0,
        "who gains most gains more than the average: {top}"
    );
}

fn outcome(scenario: &Scenario, record: &PlanRecord, part: &str) -> f64 {
    runs::outcome(scenario, record, &format!("consumer_surplus{part}"))
}

#[test]
fn dearer_entrants_leave_less_surplus() {
    let mut scenario = scenario();
    let factors = [0.8, 1.0, 1.2, 1.5];
    scenario.plans = factors
        .iter()
        .map(|&factor| {
            let actions = at_price(&mut scenario, factor);
            zoo::plan(&format!("at {factor}"), 1.0, actions)
        })
        .collect();
    let records = runs::run(&scenario);
    for pair in records.windows(2) {
        for (cheap, dear) in pair[0].surplus.iter().zip(&pair[1].surplus) {
            assert!(cheap.choice_and_price > dear.choice_and_price && dear.choice_and_price > 0.0);
        }
    }
}

#[test]
fn what_a_dearer_price_takes_is_what_buyers_pay_more() {
    // Roy's identity, in the first month, where states do not differ: −∂surplus/∂p = units.
    let mut scenario = scenario();
    scenario.months = 1;
    // Instalments bring a balance only later; discount rates are zero, so every unit costs its price.
    let (cheap, dear) = (
        at_price(&mut scenario, 0.999),
        at_price(&mut scenario, 1.001),
    );
    scenario.plans = vec![
        zoo::plan("cheap", 1.0, cheap),
        zoo::plan("dear", 1.0, dear),
        zoo::plan("as written", 1.0, entry()),
    ];
    let records = runs::run(&scenario);
    let lost = records[0].surplus[0].choice_and_price - records[1].surplus[0].choice_and_price;
    let bill = 450.0 * records[2].product_units[6][0] + 200.0 * records[2].product_units[7][0];
    assert!(
        (lost / (0.002 * bill) - 1.0).abs() < SECOND_ORDER,
        "{lost} of {bill}"
    );
}
