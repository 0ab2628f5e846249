//! A market in which the truth about the entrant is given: its appeal and its complements' own, as standard normals.

use crate::zoo::{self, runs};
use beachhead_engine::calibrate::{Calibrated, Ground};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::{Plan, Scenario, Values};
use beachhead_engine::simulate::{PlanRecord, World};
use std::sync::atomic::AtomicBool;

/// Calibrated once: what a draw changes here is the entrant alone, which calibration does not see.
pub(crate) fn calibrated(scenario: &Scenario) -> Calibrated {
    let values = scenario.central_values();
    runs::calibrated(&Ground::new(scenario, &values, scenario.simulation.types).unwrap())
}

/// The record of the plan where the two standard normals of the truth are these.
pub(crate) fn at(
    scenario: &Scenario,
    central: &Calibrated,
    (z, own): (f64, f64),
    address: Option<Address>,
) -> PlanRecord {
    let mut values = scenario.central_values();
    if let Some(address) = &address {
        // Complements' own numbers, where they are uncertain.
        let complement = &scenario.complements[0];
        for handle in [&complement.appeal, &complement.rate] {
            let quantity = &scenario.quantities[handle.index()];
            values.set(handle, quantity.value(address.uniform(&quantity.name)));
        }
    }
    set(scenario, &mut values, (z, own));
    let ground = Ground::new(scenario, &values, scenario.simulation.types).unwrap();
    let mut calibrated = central.clone();
    let appeal = &mut calibrated.appeal[0];
    appeal.drawn = appeal.mean + appeal.sd * z;
    calibrated.parameters.brand_intercept[zoo::ENTRANT] = appeal.drawn;
    let mut world = World::new(&ground, &calibrated, Dispatch::detect());
    if let Some(address) = address {
        world = world.at(address);
    }
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    let records = world.run(&plans, &AtomicBool::new(false), &|_| {});
    records.unwrap().remove(0)
}

pub(crate) fn set(scenario: &Scenario, values: &mut Values, (z, own): (f64, f64)) {
    let entrant = &scenario.entrants[0];
    values.set(entrant.appeal_z.as_ref().unwrap(), z);
    if let Some(signal) = entrant
        .learning
        .as_ref()
        .and_then(|l| l.complements.as_ref())
    {
        values.set(&signal.appeal_z, own);
    }
}
