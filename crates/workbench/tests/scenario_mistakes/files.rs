//! Syntax, all mistakes at once, edits of the command line, no scenario at all.

use super::{PRODUCTS, SCENARIO, changed, check, location, mistakes};
use beachhead_workbench::scenario::{LoadOptions, load};
use std::fs;

#[test]
fn syntax_stands_alone() {
    let folder = changed(&[
        (SCENARIO, "months = 48", "months = = 48"),
        (SCENARIO, "volta = 0.45", "vota = 0.45"),
    ]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    assert!(found.list[0].found.contains("not valid TOML"), "{found}");
    let line = location(folder.path(), SCENARIO, "months = = 48");
    assert!(
        line.starts_with(&format!("scenario.toml:{}:", found.list[0].line)),
        "{found}"
    );
}

#[test]
fn all_mistakes_at_once() {
    let folder = changed(&[
        (SCENARIO, "hedonic = \"9*range_km", "hedonic = \"9*range_mk"),
        (
            SCENARIO,
            "margin = \"EUR 120/unit\"",
            "margin = \"USD 120/unit\"",
        ),
        (SCENARIO, "gate.approval.open", "gate.aproval.open"),
        (
            SCENARIO,
            "awareness > 0.2 && sales.share > 0.005",
            "month > 70",
        ),
    ]);
    let rows = fs::read_to_string(folder.path().join(PRODUCTS)).unwrap();
    fs::write(
        folder.path().join(PRODUCTS),
        rows.replace("glide_s,", "Glide S,"),
    )
    .unwrap();
    let options = LoadOptions {
        sets: vec!["networks.swap_noth.churn=1".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(folder.path(), &options);
    let files: Vec<&str> = found
        .list
        .iter()
        .map(|mistake| mistake.file.as_str())
        .collect();
    assert_eq!(
        files,
        [SCENARIO, SCENARIO, SCENARIO, SCENARIO, PRODUCTS, "--set"],
        "{found}"
    );
    let lines: Vec<usize> = found.list[..4].iter().map(|mistake| mistake.line).collect();
    assert!(lines.is_sorted(), "{found}");
    assert!(
        found.render(false).ends_with("6 mistakes found\n"),
        "{found}"
    );
}

#[test]
fn edits_are_checked_as_if_written() {
    let folder = changed(&[]);
    let one = |set: &str, words: &[&str]| {
        let options = LoadOptions {
            sets: vec![set.to_owned()],
            ..LoadOptions::default()
        };
        let found = mistakes(folder.path(), &options);
        let text = found.render(false);
        assert_eq!(found.list.len(), 1, "{text}");
        assert!(found.list[0].location().starts_with("--set:1"), "{text}");
        for word in words {
            assert!(text.contains(word), "no {word:?} in\n{text}");
        }
    };
    one(
        "networks.swap_north.chrun=0.1",
        &["unknown key `chrun`", "did you mean `churn`?"],
    );
    one(
        "networks.swap_north.churn=EUR 3",
        &["money (EUR) in a field that is not money"],
    );
    one(
        "products.brisk_ctiy.price=1",
        &["unknown `brisk_ctiy`", "did you mean `brisk_city`?"],
    );
    one(
        "products.brisk_city.prise=1",
        &["unknown column `prise`", "did you mean `price`?"],
    );
    one(
        "plans.online_first.steps.club.when=mnth > 3",
        &["mnth", "did you mean `month`?"],
    );
    one(
        "networks.swap_north.instalments=60",
        &[
            "60 months of instalments",
            "at most `simulation.oldest_age`, 48 months",
        ],
    );
    one(
        "demand.brand_spread.mean=1",
        &["`mean` does not describe a triangular distribution"],
    );
}

#[test]
fn unknown_plan() {
    let folder = changed(&[]);
    let options = LoadOptions {
        plans: vec!["online_frist".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(folder.path(), &options);
    check(
        &found.list[0],
        "--plan",
        &[
            "unknown plan `online_frist`",
            "did you mean `online_first`?",
        ],
    );
}

#[test]
fn a_shorter_horizon_from_the_command_line_only_warns() {
    let folder = changed(&[(
        SCENARIO,
        "when = \"awareness > 0.2 && sales.share > 0.005\"",
        "when = \"month >= 30\"",
    )]);
    let options = LoadOptions {
        months: Some(24),
        ..LoadOptions::default()
    };
    let loaded = load(folder.path(), &options).unwrap();
    assert_eq!(loaded.scenario.months, 24);
    assert!(
        loaded
            .warnings
            .iter()
            .any(|warning| warning.found.contains("month 30"))
    );
}

#[test]
fn no_scenario_here() {
    let folder = tempfile::tempdir().unwrap();
    let found = mistakes(folder.path(), &LoadOptions::default()).render(false);
    assert!(
        found.contains("no scenario.toml here") && found.contains("beachhead new"),
        "{found}"
    );
    let found = mistakes(&folder.path().join("nothing"), &LoadOptions::default()).render(false);
    assert!(found.contains("cannot open this folder"), "{found}");
}
