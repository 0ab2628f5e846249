//! Events on paths: when they occur, how often, and what they do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

#[path = "../zoo/mod.rs"]
mod zoo;

mod attempts;
mod effects;
mod followers;
mod hazards;

use beachhead_engine::calibrate::{Ground, Settings, calibrate};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::plan::expression::{Expression, Observable, Unary};
use beachhead_engine::scenario::*;
use beachhead_engine::simulate::{PlanRecord, World};
use std::sync::atomic::AtomicBool;

/// Seed of all draws here.
const SEED: u64 = 11;
/// Standard errors that a Monte Carlo mean may be off.
const STANDARD_ERRORS: f64 = 4.5;

/// Two types, no targets: months cost little, so that many draws can be looked at.
fn tiny(months: usize) -> Scenario {
    let mut scenario = zoo::scenario();
    scenario.simulation.types = 2;
    scenario.months = months;
    scenario
}

/// The records of all plans, draw by draw; `None` stands for the central run.
fn runs_of(scenario: &Scenario, draws: impl Iterator<Item = Option<u64>>) -> Vec<Vec<PlanRecord>> {
    runs_with(scenario, draws, Dispatch::detect())
}

fn runs_with(
    scenario: &Scenario,
    draws: impl Iterator<Item = Option<u64>>,
    dispatch: Dispatch,
) -> Vec<Vec<PlanRecord>> {
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, scenario.simulation.types).unwrap();
    let settings = Settings {
        dispatch,
        budget: 20,
        sensitivity_months: 0,
        ..Settings::default()
    };
    let never = AtomicBool::new(false);
    let calibrated = calibrate(&ground, &settings, &never).value;
    let world = World::new(&ground, &calibrated, dispatch);
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    draws
        .map(|draw| {
            let world = match draw {
                Some(draw) => world.clone().at(Address::new(SEED, draw)),
                None => world.clone(),
            };
            world.run(&plans, &never, &|_| {}).unwrap()
        })
        .collect()
}

fn draws(scenario: &Scenario, count: u64) -> Vec<Vec<PlanRecord>> {
    runs_of(scenario, (0..count).map(Some))
}

fn central(scenario: &Scenario) -> Vec<PlanRecord> {
    runs_of(scenario, std::iter::once(None)).remove(0)
}

/// Always.
fn always() -> Expression {
    Expression::Number(1.0)
}

fn not_fired(event: usize) -> Expression {
    let fired = Expression::Observable(Observable::EventFired(event));
    Expression::Unary(Unary::Not, Box::new(fired))
}

/// A certain outcome.
fn only(scenario: &mut Scenario, id: &str, effects: Vec<Effect>) -> Vec<EventOutcome> {
    let chance = zoo::quantity(scenario, &format!("events.{id}.outcomes.0.chance"), 1.0);
    vec![EventOutcome {
        chance: Some(chance),
        effects,
    }]
}

/// Adds a hazard that occurs once; its position.
fn hazard(
    scenario: &mut Scenario,
    id: &str,
    p: f64,
    while_holds: Expression,
    effects: Vec<Effect>,
) -> usize {
    let hazard = zoo::quantity(scenario, &format!("events.{id}.hazard"), p);
    let outcomes = only(scenario, id, effects);
    scenario.events.push(Event {
        id: id.into(),
        title: id.into(),
        trigger: Trigger::Hazard {
            hazard,
            while_holds,
            factors: Factors::default(),
        },
        most: Some(1),
        outcomes,
    });
    scenario.events.len() - 1
}

/// Adds an attempt with a partner; its position.
fn attempt(
    scenario: &mut Scenario,
    id: &str,
    partner: usize,
    (lasts, chance): (f64, f64),
    on_success: Vec<Effect>,
    on_failure: Vec<Effect>,
) -> usize {
    let lasts = zoo::quantity(scenario, &format!("events.{id}.attempt.lasts"), lasts);
    let chance = zoo::quantity(scenario, &format!("events.{id}.chance"), chance);
    let outcome = |effects| EventOutcome {
        chance: None,
        effects,
    };
    scenario.events.push(Event {
        id: id.into(),
        title: id.into(),
        trigger: Trigger::Attempt {
            partner,
            lasts,
            chance,
            factors: Factors::default(),
        },
        most: None,
        outcomes: vec![outcome(on_success), outcome(on_failure)],
    });
    scenario.events.len() - 1
}

/// Multiplies a hazard, or odds, everywhere.
fn multiply(scenario: &mut Scenario, event: usize, by: f64) {
    let name = format!("events.{event}.multiply");
    let factor = zoo::quantity(scenario, &name, by);
    match &mut scenario.events[event].trigger {
        Trigger::Hazard { factors, .. }
        | Trigger::Attempt { factors, .. }
        | Trigger::Follows { factors, .. } => factors.where_holds.push((always(), factor)),
    }
}

fn negotiate(channel: usize) -> Action {
    Action::Negotiate {
        channel,
        entrant: 0,
    }
}

/// The share of draws for which something holds must be `wanted`, within its Monte Carlo error.
fn assert_share(found: usize, of: usize, wanted: f64, what: &str) {
    let (found, of) = (found as f64, of as f64);
    let error = (wanted * (1.0 - wanted) / of).sqrt().max(1.0 / of);
    let off = (found / of - wanted) / error;
    assert!(
        off.abs() <= STANDARD_ERRORS,
        "{what}: {} instead of {wanted}, {off:.1} standard errors off",
        found / of
    );
}
