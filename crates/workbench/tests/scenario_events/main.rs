//! One scenario with every kind of event that the format is meant for: read, and run over some draws.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::{Plan, Scenario};
use beachhead_engine::simulate::{PlanRecord, World};
use beachhead_workbench::scenario::{LoadOptions, Loaded, load, write_new};
use std::fs;
use std::sync::atomic::AtomicBool;

/// Draws that are run.
const DRAWS: u64 = 40;
/// The events of the test, in the format.
const EVENTS: &str = include_str!("events.toml");
/// A plan that gives them something to happen to.
const PLAN: &str = include_str!("plan.toml");

/// A new scenario with these events, a plan, and a rival's product that waits.
fn loaded() -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    write_new(folder.path()).unwrap();
    let path = folder.path().join("scenario.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("[[events]]\nid = \"recall\"").unwrap();
    let (_, plans) = rest.split_once("# ---- plans").unwrap();
    let (plans, outcomes) = plans.split_once("[outcomes]").unwrap();
    let text = format!("{head}{EVENTS}\n# ---- plans{plans}{PLAN}\n[outcomes]{outcomes}");
    fs::write(&path, text).unwrap();
    let path = folder.path().join("products.csv");
    let table = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        table + "glide_fighter,glide,scooters,2190,price_lists,,,70,45,event,\n",
    )
    .unwrap();
    let options = LoadOptions {
        sets: vec!["simulation.types=8".to_owned()],
        ..LoadOptions::default()
    };
    load(folder.path(), &options).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn calibrated(ground: &Ground) -> Calibrated {
    let settings = Settings {
        budget: 200,
        tolerance: 1e-2,
        sensitivity_months: 0,
        ..Settings::default()
    };
    calibrate(ground, &settings, &AtomicBool::new(false)).value
}

fn runs(scenario: &Scenario) -> Vec<Vec<PlanRecord>> {
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, scenario.simulation.types).unwrap();
    let calibrated = calibrated(&ground);
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    let never = AtomicBool::new(false);
    let world = World::new(&ground, &calibrated, Dispatch::detect());
    (0..DRAWS)
        .map(|draw| {
            let world = world.clone().at(Address::new(1, draw));
            world.run(&plans, &never, &|_| {}).unwrap()
        })
        .collect()
}

#[test]
fn every_kind_of_event_is_read_and_occurs() {
    let loaded = loaded();
    let scenario = &loaded.scenario;
    assert!(
        loaded.not_simulated.is_empty(),
        "{:?}",
        loaded.not_simulated
    );
    let draws = runs(scenario);
    let plan_of = |id: &str| {
        scenario
            .plans
            .iter()
            .position(|plan| plan.id == id)
            .unwrap()
    };
    let (out, broad) = (plan_of("stay_out"), plan_of("broad"));
    for (at, event) in scenario.events.iter().enumerate() {
        let occurs = |plan: usize| {
            draws
                .iter()
                .filter(|r| r[plan].event_counts[at] > 0)
                .count()
        };
        assert!(occurs(broad) > 0, "{} never occurs", event.id);
        // What the world does, it does to everybody; what the entrant brings about needs the entrant.
        let is_world = ["fighting_brand", "tariff", "exchange_rate"].contains(&event.id.as_str());
        assert_eq!(occurs(out) > 0, is_world, "{} while staying out", event.id);
    }
    for records in &draws {
        assert!(
            records[out].entrants[0]
                .cash
                .iter()
                .all(|cash| *cash == 0.0)
        );
        let accounts = records[broad].entrants[0].accounts.as_ref().unwrap();
        assert!(accounts.npv.is_finite());
    }
}

#[test]
fn draws_differ_in_what_happens_and_the_same_draw_does_not() {
    let loaded = loaded();
    let first = runs(&loaded.scenario);
    let again = runs(&loaded.scenario);
    let npv = |records: &[PlanRecord]| -> Vec<u64> {
        let accounts = records
            .iter()
            .map(|r| r.entrants[0].accounts.as_ref().unwrap());
        accounts.map(|accounts| accounts.npv.to_bits()).collect()
    };
    assert!(first.iter().zip(&again).all(|(x, y)| npv(x) == npv(y)));
    let mut values: Vec<u64> = first.iter().map(|records| npv(records)[2]).collect();
    values.sort_unstable();
    values.dedup();
    assert!(values.len() as u64 > DRAWS / 2, "events make paths differ");
}

/// Events of the case are not decoration: each occurs under some plan, and plans turn out well and badly.
#[test]
fn the_events_of_the_case_occur() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/xiaomi-us");
    let options = LoadOptions {
        sets: vec!["simulation.types=6".to_owned()],
        ..LoadOptions::default()
    };
    let loaded = load(&folder, &options).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let scenario = &loaded.scenario;
    let draws = runs(scenario);
    for (at, event) in scenario.events.iter().enumerate() {
        let occurs = |records: &Vec<PlanRecord>| records.iter().any(|r| r.event_counts[at] > 0);
        assert!(draws.iter().any(occurs), "{} never occurs", event.id);
    }
    let of = |plan: &str| scenario.plans.iter().position(|p| p.id == plan).unwrap();
    let deal = |event: &str| scenario.events.iter().position(|e| e.id == event).unwrap();
    let one = of("one_carrier");
    let second = scenario.plans[one]
        .steps
        .iter()
        .position(|step| step.id == "second")
        .unwrap();
    let without = scenario.plans[one]
        .steps
        .iter()
        .position(|step| step.id == "without")
        .unwrap();
    let fired = |step: usize| {
        draws
            .iter()
            .filter(|r| r[one].steps_fired[step].is_some())
            .count()
    };
    // A policy that always goes one way is none.
    assert!(fired(without) > 0 && fired(without) < draws.len());
    assert!(fired(second) > 0 && fired(second) < draws.len());
    for records in &draws {
        // The second network is talked to only after the first has said yes.
        let att = records[one].events_fired[deal("att_deal")];
        let first = records[one].events_fired[deal("tmobile_deal")];
        assert!(att.is_none_or(|att| first.is_some_and(|first| first < att)));
    }
}
