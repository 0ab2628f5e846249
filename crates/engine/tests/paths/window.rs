//! What it costs an entrant that the first month stands for all months of the window that its prices are set for.

use super::prices::{enter_with, receipts, rule};
use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::scenario::*;

/// A year's best receipts lie above those of its first month by at most this share of them: who waits buys in a month that follows, which the first
/// month does not see. For an entrant of some per cent of sales, and for one that sells most of the market.
const NEAR_SMALL: f64 = 0.03;
const NEAR_LARGE: f64 = 0.05;
/// What is lost by that of a year's profit.
const LOST_SMALL: f64 = 3e-3;
const LOST_LARGE: f64 = 5e-3;
/// Steps of all receipts in the search for the best, and how far it goes.
const STEP: f64 = 0.0025;
const STEPS: i32 = 40;
const MONTHS: usize = 12;

/// A market without instalments and services, in which who knows the entrant does not change: `[eq:months_game]` holds awareness.
fn market(knows: f64, appeal: f64) -> Scenario {
    let mut scenario = scenario();
    scenario.months = MONTHS;
    for network in &mut scenario.networks {
        network.instalments = 0;
    }
    let entrant = scenario.entrants[0].clone();
    let awareness = entrant.awareness;
    for (handle, value) in [
        (entrant.services.revenue, 0.0),
        (awareness.initial, knows),
        (awareness.word_of_mouth, 0.0),
        (awareness.forgetting, 0.0),
        (entrant.shift, appeal),
    ] {
        zoo::set(&mut scenario, &handle, value);
    }
    scenario
}

/// A year's profit at these receipts, each month discounted to the first.
fn earned(scenario: &Scenario, receipts: [f64; 2]) -> f64 {
    let mut scenario = scenario.clone();
    let rules = [6, 7].map(|p| {
        let cost = scenario.products[p].unit_cost.clone().unwrap();
        let cost = scenario.central_values()[&cost];
        let margin = zoo::quantity(
            &mut scenario,
            &format!("margin.{p}"),
            receipts[p - 6] / cost - 1.0,
        );
        rule(&[p], PriceRule::CostPlus { margin })
    });
    let record = enter_with(&mut scenario, rules.into());
    let rate = scenario.central_values()[&scenario.finance.discount_rate];
    let e = &record.entrants[0];
    let months = e.hardware_profit.iter().zip(&e.channel_costs).enumerate();
    months.fold(0.0, |sum, (t, (profit, costs))| {
        sum + (profit - costs) * libm::pow(1.0 + rate, -(t as f64) / 12.0)
    })
}

/// The share of sales at the prices found; by what share of them all receipts together would better be other ones over the year, and
/// which share of its profit that would add.
fn best_over_a_year(scenario: &mut Scenario) -> (f64, f64, f64) {
    let record = enter_with(scenario, vec![rule(&[6, 7], PriceRule::Bertrand)]);
    let found = &record.repricings[0];
    assert_eq!(found.status, Status::Converged);
    let receipts = receipts(found);
    let share = runs::outcome(scenario, &record, "share_of_sales_final_year");
    let at = |n: i32| earned(scenario, receipts.map(|r| (1.0 + STEP * f64::from(n)) * r));
    let usual = at(0);
    let all = (-STEPS..=STEPS).map(|n| (n, at(n)));
    let (n, most) = all.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert!(n.abs() < STEPS, "the best lies beyond the search");
    (share, STEP * f64::from(n), most / usual - 1.0)
}

#[test]
fn the_first_month_of_a_small_entrant_stands_for_a_year() {
    let (share, away, lost) = best_over_a_year(&mut market(0.2, 0.0));
    assert!(share < 0.1, "{share}");
    assert!(away > 0.0 && away <= NEAR_SMALL, "{away}");
    assert!(lost < LOST_SMALL, "{lost}");
}

#[test]
fn that_of_a_large_one_does_so_less() {
    let (share, away, lost) = best_over_a_year(&mut market(1.0, 3.0));
    assert!(share > 0.4, "{share}");
    assert!(away > 0.0 && away <= NEAR_LARGE, "{away}");
    assert!(lost < LOST_LARGE, "{lost}");
}
