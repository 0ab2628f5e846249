//! A deal with a network: what it opens and closes, whose terms hold, and what it is worth by hand.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::outcomes::deal::network_value;
use beachhead_engine::scenario::*;
use beachhead_engine::simulate::PlanRecord;

/// The same sums in another order.
const SAME_MATHEMATICS: f64 = 1e-12;

/// The first month with the deal, and the first after it.
const START: usize = 3;
const END: usize = 7;

/// A plan that sells in three channels at fixed prices, and a deal with network one that excludes the other.
fn with_deal() -> Scenario {
    let mut scenario = scenario();
    scenario.months = 10;
    let sell = vec![
        runs::launch(&[6]),
        runs::open(&[zoo::ONE, zoo::TWO, zoo::RETAIL]),
    ];
    scenario.plans = vec![zoo::plan("sell", 1.0, sell)];
    let margin = zoo::quantity(&mut scenario, "deal.margin", 25.0);
    let subsidy = zoo::quantity(&mut scenario, "deal.subsidy", 60.0);
    scenario.deals = vec![Deal {
        id: "one".into(),
        title: "One".into(),
        partner: zoo::ONE,
        network: 0,
        entrant: 0,
        plan: 0,
        fallback: 0,
        start: START,
        months: Some(END - START),
        exclusive: true,
        margin: Some(margin),
        subsidy: Some(subsidy),
        subsidy_paid_by: Payer::Network,
        instalments: true,
        service_margin: zoo::quantity(&mut scenario, "deal.service", 10.0),
        lifetime: zoo::quantity(&mut scenario, "deal.lifetime", 20.0),
        brand_share: zoo::quantity(&mut scenario, "deal.share", 0.5),
        chance: None,
        event: None,
    }];
    scenario
}

fn runs_of(scenario: &Scenario) -> Vec<PlanRecord> {
    let deal = &scenario.deals[0];
    let mut run = scenario.clone();
    run.plans = vec![
        deal.with(scenario, None),
        deal.without(scenario),
        deal.with(scenario, Some(2)),
    ];
    runs::run(&run)
}

fn sells(record: &PlanRecord, channel: usize) -> Vec<bool> {
    let units = &record.entrants[0].channel_units[channel];
    units.iter().map(|units| *units > 0.0).collect()
}

#[test]
fn a_deal_opens_one_shop_and_keeps_the_others_closed_while_it_holds() {
    let scenario = with_deal();
    let records = runs_of(&scenario);
    let months = 1..=scenario.months;
    let while_held =
        |end: usize| -> Vec<bool> { months.clone().map(|t| (START..end).contains(&t)).collect() };
    assert_eq!(sells(&records[0], zoo::ONE), while_held(END));
    assert_eq!(sells(&records[1], zoo::ONE), vec![false; 10]);
    assert_eq!(sells(&records[2], zoo::ONE), while_held(START + 2));
    // What was closed to keep the deal stays closed; retail is no network.
    let before: Vec<bool> = months.clone().map(|t| t < START).collect();
    assert_eq!(sells(&records[0], zoo::TWO), before);
    assert_eq!(sells(&records[1], zoo::TWO), vec![true; 10]);
    assert_eq!(sells(&records[0], zoo::RETAIL), vec![true; 10]);
}

#[test]
fn the_brand_is_paid_on_the_deals_terms_there_and_on_the_usual_ones_elsewhere() {
    let scenario = with_deal();
    let record = &runs_of(&scenario)[0];
    let e = &record.entrants[0];
    for t in 0..scenario.months {
        // 450 less 25 and with 60 there; less 55 in retail, less 40 at the other network.
        let paid = 485.0 * e.channel_units[zoo::ONE][t]
            + 410.0 * e.channel_units[zoo::TWO][t]
            + 395.0 * e.channel_units[zoo::RETAIL][t];
        let off = (e.revenue[t] - paid).abs();
        assert!(off <= SAME_MATHEMATICS * paid.max(1.0), "{off} in {t}");
    }
}

#[test]
fn the_networks_profit_is_phones_and_users() {
    let scenario = with_deal();
    let values = scenario.central_values();
    let records = runs_of(&scenario);
    let deal = &scenario.deals[0];
    for (record, with) in [(&records[0], true), (&records[1], false)] {
        let found = network_value(&scenario, &values, deal, record, with);
        // A year at 10 %: a month's factor.
        let d = libm::pow(1.1, -1.0 / 12.0);
        let mut wanted = 0.0;
        let mut factor = 1.0;
        for t in 0..scenario.months {
            factor *= d;
            let all = record.channel_units[zoo::ONE][t];
            let own = record.entrants[0].channel_units[zoo::ONE][t];
            // Rivals' phones leave 40; the brand's 25 less the subsidy of 60.
            let phones = 40.0 * (all - own) - 35.0 * own;
            wanted += factor * (phones + 10.0 * record.network_users[0][t]);
        }
        let last = record.network_users[0][scenario.months - 1];
        let stay: f64 = (1..4000).map(|h| libm::pow(0.95 * d, f64::from(h))).sum();
        wanted += factor * 10.0 * last * stay;
        wanted *= 1.0 - 0.21;
        let off = (found / wanted - 1.0).abs();
        assert!(off < SAME_MATHEMATICS, "{found}, wanted {wanted}");
    }
}
