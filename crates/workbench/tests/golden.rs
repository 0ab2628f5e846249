//! Frozen results: the same release gives the same numbers for the same scenario.
//!
//! A change of results is allowed, but never unnoticed. To freeze the new numbers:
//! `BEACHHEAD_FREEZE=1 cargo test --release -p beachhead-workbench --test golden`, then raise
//! `RESULTS_VERSION` and tell it in the changelog under *Results change*.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::panic, reason = "helpers of tests stop the test")]

use beachhead_workbench::run::compute;
use beachhead_workbench::run::job::{ComputeOptions, Silent};
use beachhead_workbench::run::prepare::prepare;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load, write_new};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Set (to anything) to write the numbers of this build as the frozen ones.
const FREEZE: &str = "BEACHHEAD_FREEZE";
/// Another order of the same operations; more is another result.
const SAME_RESULT: f64 = 1e-9;
/// Outcomes of every plan that are frozen.
const OUTCOMES: [&str; 6] = [
    "units",
    "installed_base",
    "npv",
    "consumer_surplus_choice",
    "consumer_surplus_drift",
    "volume_from_earlier_replacement",
];
const CHANGED: &str = "results changed: raise RESULTS_VERSION, tell it in CHANGELOG under Results change, and freeze the \
                       new numbers (BEACHHEAD_FREEZE=1)";

/// Numbers by `<plan>.<outcome>` and `calibration.<parameter>`.
type Numbers = BTreeMap<String, f64>;

fn loaded(folder: &Path, months: usize, sets: &[&str]) -> Loaded {
    let options = LoadOptions {
        sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        months: Some(months),
        ..LoadOptions::default()
    };
    match load(folder, &options) {
        Ok(loaded) => loaded,
        Err(mistakes) => panic!("{}\n{mistakes}", folder.display()),
    }
}

fn numbers(loaded: &Loaded) -> Numbers {
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions {
        threads: 2,
        plans: &loaded.plans,
        cancel: &cancel,
    };
    let calibrated = compute::calibrate(loaded, &options, &Silent).unwrap();
    let mut numbers: Numbers = calibrated
        .parameters
        .into_iter()
        .map(|(name, value)| (format!("calibration.{name}"), value))
        .filter(|(name, _)| name == "calibration.price coefficient" || name.contains("appeal of"))
        .collect();
    let run = compute::compute(loaded, &prepare(loaded).unwrap(), &options, &Silent).unwrap();
    for plan in run.plans {
        for outcome in plan.outcomes {
            if OUTCOMES.contains(&outcome.id.as_str()) {
                let name = format!("{}.{}", plan.id, outcome.id);
                numbers.insert(name, outcome.value.unwrap());
            }
        }
    }
    numbers
}

fn compare(name: &str, found: &Numbers) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.json"));
    assert!(found.contains_key("calibration.price coefficient"));
    if std::env::var_os(FREEZE).is_some() {
        let text = serde_json::to_string_pretty(found).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
        return;
    }
    let frozen: Numbers = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(
        frozen.keys().eq(found.keys()),
        "other outcomes than the frozen ones; {CHANGED}"
    );
    let differ: Vec<String> = frozen
        .iter()
        .zip(found.values())
        .filter(|((_, frozen), found)| {
            (*found - *frozen).abs() > SAME_RESULT * frozen.abs() || found.is_nan()
        })
        .map(|((name, frozen), found)| format!("{name}: {found}, frozen {frozen}"))
        .collect();
    assert!(differ.is_empty(), "{}\n{CHANGED}", differ.join("\n"));
}

/// The durable goes on sale when its gate opens: in a central run its talks with a network fail.
#[test]
fn the_demo_gives_the_frozen_numbers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/demo");
    let sets = [
        "simulation.types=48",
        "plans.one_network.steps.phones.when=\"gate.certification.open\"",
    ];
    let found = numbers(&loaded(&folder, 24, &sets));
    assert!(found["one_network.units"] > 0.0, "the entrant sells");
    compare("demo", &found);
}

#[test]
fn a_new_scenario_gives_the_frozen_numbers() {
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("market");
    write_new(&folder).unwrap();
    compare("new", &numbers(&loaded(&folder, 24, &[])));
}
