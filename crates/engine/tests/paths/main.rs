//! Plans through the months: gates, conditions, prices, seasons, money, surplus.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

#[path = "../zoo/mod.rs"]
mod zoo;

mod deals;
mod family;
mod gates;
mod learning;
mod leaving;
mod money;
mod prices;
mod same_bits;
mod steps;
mod studies;
mod surplus;
mod tastes;
mod truth;
mod two_entrants;
mod window;

use beachhead_engine::scenario::Scenario;

/// The zoo with its usual targets and no plans.
fn scenario() -> Scenario {
    let mut scenario = zoo::scenario();
    zoo::add_usual_targets(&mut scenario);
    scenario.months = 24;
    scenario
}
