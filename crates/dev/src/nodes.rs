//! The bundled case with several sets of points for tastes: how much of an answer is chance of the points.

use crate::draws::{ground, told};
use beachhead_engine::calibrate::{self, Settings};
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::simulate::World;
use beachhead_workbench::scenario::{LoadOptions, load};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Prints units of every plan in the central run for sets `0..sets` of points, with mean and spread, for each number of types.
pub(crate) fn run(root: &Path, sets: usize, types: &[usize]) -> Result<(), String> {
    let folder = root.join("examples/xiaomi-us");
    for &types in types {
        let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
        for nodes in 0..sets {
            let options = LoadOptions {
                sets: vec![
                    format!("simulation.types={types}"),
                    format!("simulation.nodes={nodes}"),
                ],
                ..LoadOptions::default()
            };
            let loaded = load(&folder, &options).map_err(|mistakes| {
                format!("examples/xiaomi-us: {} mistakes", mistakes.list.len())
            })?;
            let scenario = &loaded.scenario;
            let values = scenario.central_values();
            let ground = ground(scenario, &values)?;
            let cancel = AtomicBool::new(false);
            let solve = calibrate::calibrate(&ground, &Settings::default(), &cancel);
            let world = World::new(&ground, &solve.value, Dispatch::detect());
            let units = told(&world, &ground, &["units"])?.remove(0);
            rows.resize(units.len(), (String::new(), Vec::new()));
            for ((row, plan), units) in rows.iter_mut().zip(&scenario.plans).zip(units) {
                row.0.clone_from(&plan.id);
                row.1.push(units / 1e6);
            }
        }
        println!("{types} types, units in millions, {sets} sets of points");
        for (plan, units) in rows.iter().filter(|row| row.1.iter().any(|&u| u > 0.0)) {
            let n = units.len() as f64;
            let mean = units.iter().sum::<f64>() / n;
            let variance = units.iter().map(|u| (u - mean) * (u - mean)).sum::<f64>() / (n - 1.0);
            let each: Vec<String> = units.iter().map(|u| format!("{u:.1}")).collect();
            println!(
                "  {plan:<16} mean {mean:>6.2}  standard deviation {:>5.1} %  {}",
                100.0 * variance.sqrt() / mean,
                each.join(" ")
            );
        }
    }
    Ok(())
}
