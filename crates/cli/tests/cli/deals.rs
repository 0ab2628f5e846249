//! `value`, and what runs say of promises about margins.

use super::{code, output, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const DEAL: &str = r#"
[[deals]]
id = "one"
partner = "swap_north"
plan = "online_first"
fallback = "stay_out"
start = 6
months = "12 months"
service_margin = 10
lifetime = "30 months"
"#;

/// A new scenario in `market`, with a deal.
fn with_deal(more: &str) -> TempDir {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    let path = here.path().join("market/scenario.toml");
    let written = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{written}\n{DEAL}{more}")).unwrap();
    here
}

const VALUE: [&str; 7] = [
    "value", "market", "--deal", "one", "--draws", "1", "--quiet",
];

fn value(here: &Path, more: &[&str]) -> std::process::Output {
    output(here, &[&VALUE[..], more].concat())
}

/// What the brand and the network gain from the deal.
fn gains(here: &Path, more: &[&str]) -> (f64, f64) {
    let found = value(here, &[more, &["--months", "24", "--json"]].concat());
    assert_eq!(code(&found), 0, "{}", text(&found.stderr));
    let document: Value = serde_json::from_slice(&found.stdout).unwrap();
    let gain = &document["worth"][0]["gain"];
    let part = |side: &str| gain[side]["mean"].as_f64().unwrap();
    (part("brand"), part("network"))
}

#[test]
fn instalments_are_a_term_that_both_sides_feel() {
    let here = with_deal("");
    let usual = gains(here.path(), &[]);
    let at_once = gains(here.path(), &["--set", "deals.one.instalments=false"]);
    assert!(usual.0 != at_once.0 && usual.1 != at_once.1, "{usual:?}");
    // Where the network gives none, the term changes nothing.
    let none = ["--set", "networks.swap_north.instalments=\"0 months\""];
    let without = gains(here.path(), &none);
    let both = [&none[..], &["--set", "deals.one.instalments=false"]].concat();
    assert_eq!(without, gains(here.path(), &both));
}

#[test]
fn a_deal_that_would_never_begin_is_refused() {
    let here = with_deal("");
    let found = value(here.path(), &["--months", "5"]);
    assert_eq!(code(&found), 1);
    assert!(found.stdout.is_empty());
    let message = text(&found.stderr);
    assert!(message.contains("starts in month 6"), "{message}");
    assert!(message.contains("--months 6 or more"), "{message}");
}

#[test]
fn plans_are_the_deals_own() {
    let here = with_deal("");
    let found = value(here.path(), &["--plan", "online_first"]);
    assert_eq!(code(&found), 1);
    let message = text(&found.stderr);
    assert!(
        message.contains("`online_first` and `stay_out`"),
        "{message}"
    );
}

#[test]
fn a_promise_that_no_price_keeps_is_said_with_its_numbers() {
    let here = with_deal("");
    let rule = "plans.online_first.steps.scooters.do.2={ price = \"margin_cap\", cap = \"5 %\", scope = \"company\", other_revenue = \"EUR 1 billion/month\", other_profit = \"EUR 200 million/month\" }";
    let run = [
        "run",
        "market",
        "--draws",
        "1",
        "--months",
        "24",
        "--plan",
        "online_first",
        "--no-analysis",
        "--set",
        rule,
    ];
    let found = output(here.path(), &run);
    assert_eq!(code(&found), 0, "{}", text(&found.stderr));
    let said = text(&found.stderr).replace('\n', " ");
    assert!(said.contains("keeps its promise: its margin is "), "{said}");
    assert!(said.contains("5 % is promised"), "{said}");
    let answer = text(&found.stdout).replace('\n', " ");
    assert!(answer.contains("No equilibrium is found"), "{answer}");
    let document = output(here.path(), &[&run[..], &["--json"]].concat());
    let document: Value = serde_json::from_slice(&document.stdout).unwrap();
    let issues = document["issues"].as_array().unwrap();
    assert!(
        issues.iter().any(|issue| issue["code"] == "cap_not_met"),
        "{issues:?}"
    );
}
