//! Prices and money of small plans, by hand.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::scenario::{Action, Payer, PriceRule, Scenario};
use beachhead_engine::simulate::{EntrantRecord, PlanRecord};

/// The same sums in another order.
const SAME_MATHEMATICS: f64 = 1e-12;

#[track_caller]
fn close(got: f64, wanted: f64, what: &str) {
    let scale = wanted.abs().max(1.0);
    assert!(
        (got - wanted).abs() <= SAME_MATHEMATICS * scale,
        "{what}: got {got}, wanted {wanted}"
    );
}

fn run_one(scenario: &mut Scenario, actions: Vec<Action>) -> PlanRecord {
    scenario.plans = vec![zoo::plan("go", 1.0, actions)];
    runs::run(scenario).remove(0)
}

fn set_tax_and_subsidy(scenario: &mut Scenario) {
    let (tax, subsidy) = (
        scenario.sales_tax.clone(),
        scenario.channels[zoo::ONE].subsidy.clone(),
    );
    zoo::set(scenario, &tax, 0.07);
    zoo::set(scenario, &subsidy, 60.0);
    scenario.channels[zoo::ONE].subsidy_paid_by = Payer::Brand;
}

#[test]
fn cost_plus_earns_its_margin_in_every_channel() {
    for channel in [zoo::ONE, zoo::TWO, zoo::RETAIL, zoo::STORE] {
        let mut scenario = scenario();
        set_tax_and_subsidy(&mut scenario);
        let margin = zoo::quantity(&mut scenario, "plan.margin", 0.05);
        let rule = Action::Price {
            products: vec![6],
            rule: PriceRule::CostPlus { margin },
        };
        let record = run_one(
            &mut scenario,
            vec![rule, runs::launch(&[6]), runs::open(&[channel])],
        );
        let e = &record.entrants[0];
        assert!(e.units[0] > 0.0 && record.unsolved_prices.is_empty());
        // Unit cost 0.75 · 450 = 337.5; receipt 354.375.
        for t in 0..scenario.months {
            close(e.revenue[t], 354.375 * e.units[t], "receipts");
            close(e.hardware_profit[t], 16.875 * e.units[t], "margin");
            let per_unit = match channel {
                zoo::ONE => 60.0, // The brand pays the subsidy.
                zoo::STORE => 9.0,
                _ => 0.0,
            };
            close(e.channel_costs[t], per_unit * e.units[t], "channel costs");
        }
    }
}

#[test]
fn a_fixed_price_gives_the_receipt_that_tax_margin_and_subsidy_leave() {
    for (channel, receipt) in [
        (zoo::ONE, 428.0 / 1.07 - 40.0 + 60.0),
        (zoo::RETAIL, 428.0 / 1.07 - 55.0),
        (zoo::STORE, 428.0 / 1.07),
    ] {
        let mut scenario = scenario();
        set_tax_and_subsidy(&mut scenario);
        let price = zoo::quantity(&mut scenario, "plan.price", 428.0);
        let rule = PriceRule::Fixed {
            prices: vec![price],
        };
        let actions = vec![
            Action::Price {
                products: vec![6],
                rule,
            },
            runs::launch(&[6]),
            runs::open(&[channel]),
        ];
        let e = &run_one(&mut scenario, actions).entrants[0];
        for t in 0..scenario.months {
            close(e.revenue[t], receipt * e.units[t], "receipts");
        }
    }
}

/// Four months of one phone in the store, advertising, a payment; 45 and 60 days, tax 21 %.
fn tiny() -> (Scenario, PlanRecord) {
    let mut scenario = scenario();
    scenario.months = 4;
    scenario.finance.count_services_of_base = false;
    let spend = runs::advertise(&mut scenario, 30_000.0, 2.0);
    let amount = zoo::quantity(&mut scenario, "plan.pay", 7_000.0);
    let pay = Action::Pay {
        amount,
        on: "listing".into(),
        entrant: 0,
    };
    let actions = vec![runs::launch(&[6]), runs::open(&[zoo::STORE]), spend, pay];
    let record = run_one(&mut scenario, actions);
    (scenario, record)
}

/// Cash by month, tax, and what stands at the end, all by hand from units and installed base.
fn by_hand(e: &EntrantRecord) -> (Vec<f64>, f64) {
    let q = &e.units;
    let (receipts, bought): (Vec<f64>, Vec<f64>) = q.iter().map(|q| (450.0 * q, 337.5 * q)).unzip();
    let services: Vec<f64> = e
        .installed_base
        .iter()
        .map(|base| 0.9 * 0.6 * base)
        .collect();
    let other = [30_000.0 + 7_000.0 + 50_000.0, 80_000.0, 50_000.0, 50_000.0];
    let profit: Vec<f64> = (0..4)
        .map(|t| receipts[t] - bought[t] + services[t] - 9.0 * q[t] - other[t])
        .collect();
    let mut tax = [0.0; 4];
    let mut carried = 0.0;
    for t in 0..4 {
        carried += profit[t];
        if carried > 0.0 {
            tax[t] = 0.21 * carried;
            carried = 0.0;
        }
    }
    // 45 days: half after one month, half after two. 60 days: all after two.
    let received = [
        0.0,
        0.5 * receipts[0],
        0.5 * receipts[0] + 0.5 * receipts[1],
        0.5 * receipts[1] + 0.5 * receipts[2],
    ];
    let paid = [0.0, 0.0, bought[0], bought[1]];
    let cash = (0..4)
        .map(|t| received[t] - paid[t] + services[t] - 9.0 * q[t] - other[t] - tax[t])
        .collect();
    let receivables = 0.5 * receipts[2] + receipts[3];
    let payables = bought[2] + bought[3];
    (cash, receivables - payables)
}

#[test]
fn the_cash_of_a_tiny_plan_is_what_a_person_would_compute() {
    let (scenario, record) = tiny();
    let e = &record.entrants[0];
    assert!(e.units.iter().all(|&units| units > 100.0));
    let (cash, terminal) = by_hand(e);
    let mut sum = 0.0;
    for t in 0..4 {
        sum += cash[t];
        close(e.cash[t], cash[t], "cash");
        close(e.cash_cumulative[t], sum, "cumulative cash");
    }
    let present = |t: usize| libm::pow(1.1, -(t as f64) / 12.0);
    let npv = (0..4).map(|t| cash[t] * present(t + 1)).sum::<f64>() + terminal * present(4);
    close(
        runs::outcome(&scenario, &record, "npv"),
        npv,
        "net present value",
    );
    let lowest = e.cash_cumulative.iter().copied().fold(0.0, f64::min);
    close(
        runs::outcome(&scenario, &record, "peak_funding"),
        -lowest,
        "peak funding",
    );
    assert!(
        lowest < 0.0,
        "a plan that begins with spending needs funding"
    );
}

#[test]
fn services_of_the_base_count_its_remaining_device_life() {
    let (mut scenario, without) = tiny();
    scenario.finance.count_services_of_base = true;
    let with = runs::run(&scenario).remove(0);
    let accounts = |record: &PlanRecord| record.entrants[0].accounts.clone().unwrap();
    let (with, without) = (accounts(&with), accounts(&without));
    assert_eq!(with.cash, without.cash, "a terminal row moves no cash");
    let worth = with.terminal.services_of_base;
    let discount = libm::pow(1.1, -4.0 / 12.0);
    close(
        with.npv - without.npv,
        worth * discount,
        "what the row adds",
    );
    // Between one month and five years of services to each owner.
    let month = 0.9 * 0.6 * scenario_base(&scenario);
    assert!(
        worth > month && worth < 60.0 * month,
        "{worth} against {month} a month"
    );
}

fn scenario_base(scenario: &Scenario) -> f64 {
    *runs::run(scenario)[0].entrants[0]
        .installed_base
        .last()
        .unwrap()
}

#[test]
fn seasons_multiply_the_pull_of_buying() {
    let mut scenario = scenario();
    scenario.plans = vec![runs::stay_out()];
    let flat = runs::run(&scenario).remove(0);
    let december = scenario.season[11].clone();
    zoo::set(&mut scenario, &december, 1.6);
    let seasonal = runs::run(&scenario).remove(0);
    assert_eq!(flat.category_units[..11], seasonal.category_units[..11]);
    // σ multiplies the odds of buying: units rise, by less than σ, more than by its root.
    let ratio = seasonal.category_units[11] / flat.category_units[11];
    assert!(ratio > 1.6_f64.sqrt() && ratio < 1.6, "{ratio}");
    assert!(
        seasonal.category_units[12] < flat.category_units[12],
        "who bought waits afterwards"
    );
}

#[test]
fn the_season_follows_the_calendar_of_the_start() {
    let mut scenario = scenario();
    scenario.start.month = 10;
    scenario.plans = vec![runs::stay_out()];
    let december = scenario.season[11].clone();
    let flat = runs::run(&scenario).remove(0);
    zoo::set(&mut scenario, &december, 1.6);
    let seasonal = runs::run(&scenario).remove(0);
    let differs =
        |t: usize| flat.category_units[t].to_bits() != seasonal.category_units[t].to_bits();
    // October, November are months 1 and 2; December is month 3.
    assert_eq!([differs(0), differs(1), differs(2)], [false, false, true]);
}

#[test]
fn incumbents_products_appear_when_they_are_launched() {
    let mut scenario = scenario();
    scenario.products[2].available_from = 7;
    scenario.plans = vec![runs::stay_out()];
    let record = &runs::run(&scenario)[0];
    let units = &record.product_units[2];
    assert!(units[..6].iter().all(|&x| x == 0.0) && units[6..].iter().all(|&x| x > 0.0));
}
