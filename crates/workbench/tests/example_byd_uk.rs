//! The electric-car case: it loads, meets its facts, and its plans come out in the order that reach demands.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::panic, reason = "helpers of tests stop the test")]

use beachhead_engine::scenario::ChannelKind;
use beachhead_workbench::run::compute;
use beachhead_workbench::run::job::{ComputeOptions, Silent};
use beachhead_workbench::run::output::{PlanOutput, RunOutput};
use beachhead_workbench::run::prepare::prepare;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load, register};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Relative miss of a target that counts as met.
const MET: f64 = 1e-5;
/// The same offers in another order of sums.
const SAME: f64 = 1e-9;

fn loaded(sets: &[&str], months: Option<usize>) -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/byd-uk");
    let options = LoadOptions {
        sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        months,
        ..LoadOptions::default()
    };
    load(&folder, &options).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn central(loaded: &Loaded) -> RunOutput {
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions {
        threads: 2,
        plans: &loaded.plans,
        cancel: &cancel,
    };
    compute::compute(loaded, &prepare(loaded).unwrap(), &options, &Silent).unwrap()
}

fn plan<'r>(run: &'r RunOutput, id: &str) -> &'r PlanOutput {
    run.plans.iter().find(|plan| plan.id == id).unwrap()
}

fn outcome(run: &RunOutput, id: &str, name: &str) -> f64 {
    let outcomes = &plan(run, id).outcomes;
    let found = outcomes.iter().find(|outcome| outcome.id == name);
    found.unwrap().value.unwrap()
}

#[test]
fn it_has_dealers_and_no_networks_and_says_where_numbers_come_from() {
    let loaded = loaded(&[], None);
    let scenario = &loaded.scenario;
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert!(
        loaded.not_simulated.is_empty(),
        "{:?}",
        loaded.not_simulated
    );
    assert!(scenario.networks.is_empty());
    let kinds = scenario.channels.iter().map(|channel| channel.kind);
    assert!(
        kinds
            .clone()
            .all(|kind| !matches!(kind, ChannelKind::Network(_)))
    );
    let ids: Vec<&str> = scenario.plans.iter().map(|plan| plan.id.as_str()).collect();
    for wanted in ["stay_out", "few_dealers", "roll_out", "direct_online"] {
        assert!(ids.contains(&wanted), "{wanted} among {ids:?}");
    }
    let register = register(&loaded);
    let silent: Vec<&str> = register
        .without_source_or_note
        .iter()
        .map(|&row| register.rows[row].name.as_str())
        // What a plan spends and asks for is the firm's choice.
        .filter(|name| !name.starts_with("plans."))
        // Rows of events say what they assume in the comment or note of the event.
        .filter(|name| !name.starts_with("events."))
        .collect();
    assert!(silent.is_empty(), "without source or note: {silent:?}");
}

#[test]
fn it_meets_its_facts_and_more_places_to_buy_sell_more() {
    let run = central(&loaded(&[], None));
    for row in &run.calibration {
        let beachhead_workbench::run::output::Wanted::Value(wanted) = row.wanted else {
            panic!("{} is a band", row.target);
        };
        assert!(
            (row.got - wanted).abs() <= MET * wanted.abs(),
            "{}: {} for {wanted}",
            row.target,
            row.got
        );
    }
    for name in ["units", "npv", "peak_funding", "installed_base", "revenue"] {
        let value = outcome(&run, "stay_out", name);
        assert!(
            value.to_bits() == 0.0_f64.to_bits(),
            "{name} of staying out is {value}"
        );
    }
    let units = |id: &str| outcome(&run, id, "units");
    assert!(units("few_dealers") > 0.0);
    assert!(units("roll_out") > units("companies_first"));
    assert!(units("companies_first") > units("few_dealers"));
    assert!(units("roll_out") > units("direct_online"));
}

/// A second wave sells more, but never more than sites everywhere; one that reaches nobody new sells nothing.
#[test]
fn reach_is_what_dealers_add() {
    let units = |channels: &str, sets: &[&str]| {
        let edit = format!(
            "plans.few_dealers.steps.sell.do=[{{ open = {channels} }}, {{ launch = [\"atto_3\"] }}, {{ price = \"fixed\" }}, {{ spend = \"GBP 2 million/month\", on = \"advertising\", for = \"24 months\" }}]"
        );
        let mut all = vec![edit.as_str()];
        all.extend(sets);
        outcome(&central(&loaded(&all, Some(24))), "few_dealers", "units")
    };
    let both = "[\"byd_sites_1\", \"byd_sites_2\"]";
    let one = units("\"byd_sites_1\"", &[]);
    let two = units(both, &[]);
    let everywhere = [
        "segments.private.channels.byd_sites_1=1",
        "segments.company.channels.byd_sites_1=1",
    ];
    let all = units("\"byd_sites_1\"", &everywhere);
    assert!(0.0 < one && one < two && two < all, "{one}, {two}, {all}");
    let nowhere = [
        "segments.private.channels.byd_sites_2=0",
        "segments.company.channels.byd_sites_2=0",
    ];
    let useless = units(both, &nowhere);
    assert!((useless - one).abs() <= SAME * one, "{useless}, not {one}");
}
