//! Recovery: what calibration reaches, and that it finds the parameters that made the outcomes.

mod zoo;

use beachhead_engine::calibrate::{Ground, Settings, calibrate};
use std::sync::atomic::AtomicBool;

/// What a user is promised for every target.
const PROMISED: f64 = 0.005;

#[test]
fn the_usual_targets_are_met_from_a_flat_start() {
    let mut scenario = zoo::scenario();
    zoo::add_usual_targets(&mut scenario);
    let values = scenario.central_values();
    let ground = Ground::new(&scenario, &values, 16).unwrap();
    assert!(beachhead_engine::calibrate::check(&ground).is_empty());
    let solve = calibrate(&ground, &Settings::default(), &AtomicBool::new(false));
    for row in &solve.value.report {
        assert!(row.error.abs() <= PROMISED * row.wanted.abs(), "{row:?}");
    }
    assert!(solve.converged());
}
