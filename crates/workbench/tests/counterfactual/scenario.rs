//! A scenario as the source: its incumbents in a month of the steady state.

use super::*;
use beachhead_workbench::counterfactual::{ReadError, read_scenario};
use beachhead_workbench::run::job::{ComputeOptions, Silent};
use beachhead_workbench::scenario::{LoadOptions, load, write_new};
use std::sync::atomic::AtomicBool;

/// Shares of sales as the scenario's calibration meets them.
const CALIBRATED: f64 = 1e-4;

fn of_new_scenario(edits: &str) -> Result<Document, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    write_new(folder.path()).unwrap();
    let path = folder.path().join("edits.toml");
    fs::write(&path, edits).unwrap();
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    let options = ComputeOptions {
        threads: 1,
        plans: &loaded.plans,
        cancel: &AtomicBool::new(false),
    };
    let study = read_scenario(&loaded, Some(&path), &options, &Silent)?;
    Ok(compute(&study).unwrap())
}

#[test]
fn the_baseline_is_the_calibrated_month_and_a_merger_raises_prices() {
    let base = of_new_scenario("").unwrap();
    assert!(base.issues.iter().any(|issue| issue.code == "one_month"));
    let sold: f64 = base.baseline.firms.iter().map(|firm| firm.share).sum();
    assert!(sold > 0.0 && base.baseline.firms.len() >= 2);
    for entry in &base.baseline.products {
        assert!(entry.price > 0.0 && entry.cost < entry.price);
    }
    let firms: Vec<&str> = base
        .baseline
        .firms
        .iter()
        .map(|firm| firm.firm.as_str())
        .collect();
    let merger = format!("[[edit]]\nmerge = [{:?}, {:?}]\n", firms[0], firms[1]);
    let merged = of_new_scenario(&merger).unwrap();
    assert!(last(&merged).certificate.first_order < CALIBRATED);
    for entry in &last(&merged).products {
        assert!(entry.price_change.unwrap() > 0.0, "{entry:?}");
    }
}

#[test]
fn mistakes_of_edits_show_before_anything_is_computed() {
    let error = of_new_scenario("[demand]\nmodel = \"logit\"\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("[demand] with a scenario"), "{error}");
    let error = of_new_scenario("[[edit]]\ndrop = \"nothing_of_that_name\"\n").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no product `nothing_of_that_name`"),
        "{error}"
    );
}
