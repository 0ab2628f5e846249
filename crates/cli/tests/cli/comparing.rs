//! Runs side by side.

use super::storing::{run, with_scenario};
use super::{beachhead, code, output, text};
use std::fs;
use std::path::Path;

#[test]
fn runs_are_compared() {
    let here = with_scenario();
    let folder = |more: &[&str]| -> String {
        let json = run(here.path(), &[&["--json"], more].concat());
        assert_eq!(code(&json), 0, "{}", text(&json.stderr));
        let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        document["hash"].as_str().unwrap().to_owned()
    };
    let plain = folder(&["--draws", "20"]);
    let dear = folder(&["--draws", "20", "--set", "products.volta_one.price=2000"]);
    let central = folder(&["--draws", "1"]);
    let compared = output(here.path(), &["compare", &plain, &dear[..8], "--json"]);
    assert_eq!(code(&compared), 0, "{}", text(&compared.stderr));
    let document: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    assert_eq!(document["paired"], true);
    let names: Vec<&str> = document["assumptions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert!(names.contains(&"products.volta_one.price"), "{names:?}");
    let rows = document["outcomes"].as_array().unwrap();
    let npv = rows
        .iter()
        .find(|row| row["plan"] == "online_first" && row["outcome"] == "npv");
    let npv = npv.unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    assert!(number(&npv["low"]) < number(&npv["difference"]));
    assert!(number(&npv["se"]) > 0.0);
    assert_eq!(
        (&npv["pairs"], &document["common_draws"]),
        (&20.into(), &20.into())
    );
    assert!(document["unpaired"].is_null());
    let plain_text = output(here.path(), &["compare", &plain, &dear]);
    let shown = text(&plain_text.stdout);
    assert!(
        shown.contains("draw by draw") && shown.contains("products.volta_one.price"),
        "{shown}"
    );
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    let is_hyphened = |word: &str| {
        let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        word.strip_prefix('-').is_some_and(digit)
    };
    assert!(!shown.split_whitespace().any(is_hyphened), "{shown}");
    // Months are told as medians: a draw in which they never come has none, and a mean would leave it out.
    let months = rows.iter().filter(|row| row["unit"] == "month");
    let mut both = 0;
    for row in months {
        let [first, second] = [0, 1].map(|run| row["medians"][run].as_f64());
        let difference = first.zip(second).map(|(first, second)| second - first);
        assert_eq!(row["difference"].as_f64(), difference, "{row}");
        assert!(row["low"].is_null(), "{row}");
        both += usize::from(difference.is_some());
    }
    assert!(both > 0 && shown.contains("good, median"), "{shown}");
    let same = text(&output(here.path(), &["compare", &plain, &plain]).stdout);
    assert!(same.contains("do not differ"), "{same}");
    let mixed = text(&output(here.path(), &["compare", &plain, &central]).stdout);
    assert!(mixed.contains("of single values"), "{mixed}");
    let missing = beachhead(here.path())
        .args(["compare", &plain, "nothing"])
        .output()
        .unwrap();
    assert_eq!(code(&missing), 1);
    assert!(text(&missing.stderr).contains("nothing is no complete run"));
}

/// Hash of a run of `market`, or of another folder with its own arguments.
fn hash(here: &Path, arguments: &[&str]) -> String {
    let json = output(here, arguments);
    assert_eq!(code(&json), 0, "{}", text(&json.stderr));
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    document["hash"].as_str().unwrap().to_owned()
}

/// Another name, currency, plan and outcome; one price differs, the rest is the same.
#[test]
fn runs_of_two_scenarios_are_compared_in_what_both_have() {
    let here = with_scenario();
    assert_eq!(code(&output(here.path(), &["new", "other"])), 0);
    let file = here.path().join("other/scenario.toml");
    let mut text_of = fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("name = \"scooters\"", "name = \"wheels\""),
        (
            "five_percent = \"sales.share >= 0.05\"",
            "ten_percent = \"sales.share >= 0.1\"",
        ),
        ("id = \"online_first\"", "id = \"online\""),
    ] {
        assert!(text_of.contains(from), "{from}");
        text_of = text_of.replace(from, to);
    }
    fs::write(&file, text_of).unwrap();
    let few = [
        "--json",
        "--draws",
        "5",
        "--months",
        "4",
        "--set",
        "simulation.types=4",
    ];
    let first = hash(here.path(), &[&["run", "market"], &few[..]].concat());
    let dear = ["--set", "products.volta_one.price=2000"];
    let second = hash(here.path(), &[&["run", "other"], &few[..], &dear].concat());
    let shown = output(here.path(), &["compare", &first, &second]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let shown = text(&shown.stdout);
    for part in [
        "Outcomes that only the first has: p_five_percent",
        "Outcomes that only the second has: p_ten_percent",
        "products.volta_one.price: 2990 EUR/unit → 2000 EUR/unit",
        "Plan \u{201c}Online first, then the northern club\u{201d}: first only",
        "Plan \u{201c}Online first, then the northern club\u{201d}: second only",
        "Other inputs that differ: name",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = output(here.path(), &["compare", &first, &second, "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["only"][1][0], "p_ten_percent");
    let rows = document["outcomes"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["plan"] == "stay_out"));
}

#[test]
fn money_in_two_currencies_has_no_difference() {
    let here = with_scenario();
    let few = [
        "--json",
        "--draws",
        "1",
        "--months",
        "2",
        "--set",
        "simulation.types=4",
    ];
    let first = hash(here.path(), &[&["run", "market"], &few[..]].concat());
    let file = here.path().join("market/scenario.toml");
    let in_euro = fs::read_to_string(&file).unwrap();
    fs::write(&file, in_euro.replace("EUR", "USD")).unwrap();
    let second = hash(here.path(), &[&["run", "market"], &few[..]].concat());
    let shown = output(here.path(), &["compare", &first, &second]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let shown = text(&shown.stdout).replace('\n', " ");
    assert!(
        shown.contains("npv in EUR") && shown.contains("npv in USD"),
        "{shown}"
    );
    assert!(!shown.contains("Net present value"), "{shown}");
}

#[test]
fn runs_of_fewer_plans_or_other_draws_are_compared() {
    let here = with_scenario();
    let few = [
        "run",
        "market",
        "--json",
        "--months",
        "4",
        "--set",
        "simulation.types=4",
    ];
    let all = hash(here.path(), &[&few[..], &["--draws", "5"]].concat());
    let one = hash(
        here.path(),
        &[&few[..], &["--draws", "5", "--plan", "stay_out"]].concat(),
    );
    let seed = hash(
        here.path(),
        &[&few[..], &["--draws", "5", "--seed", "4"]].concat(),
    );
    let more = hash(here.path(), &[&few[..], &["--draws", "7"]].concat());
    let shown = |second: &str| {
        let shown = output(here.path(), &["compare", &all, second]);
        assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
        text(&shown.stdout).replace('\n', " ")
    };
    let plans = shown(&one);
    assert!(
        plans.contains(
            "Plan \u{201c}Online first, then the northern club\u{201d}: run in the first only"
        ),
        "{plans}"
    );
    // Staying out has no money to get back, whatever its month says.
    assert!(!plans.contains("Money back"), "{plans}");
    for (second, what, how) in [
        (
            &seed,
            "simulation.seed",
            "draws are not paired, as their seeds differ (1 and 4)",
        ),
        (&more, "simulation.draws", "paired over 5 common draws"),
    ] {
        let shown = shown(second);
        assert!(shown.contains(how), "{shown}");
        let wanted = format!("What differs in their scenarios: Other inputs that differ: {what} ");
        assert!(shown.contains(&wanted), "{shown}");
    }
}

#[test]
fn a_damaged_run_is_not_compared() {
    let here = with_scenario();
    let few = ["run", "market", "--json", "--months", "2", "--draws", "1"];
    let first = hash(here.path(), &few);
    let second = hash(here.path(), &[&few[..], &["--seed", "4"]].concat());
    let folder = here.path().join(format!("runs/scooters-{second}"));
    let scenario = fs::read_to_string(folder.join("scenario.json")).unwrap();
    fs::write(
        folder.join("scenario.json"),
        scenario.replacen("2990", "2991", 1),
    )
    .unwrap();
    let refused = output(here.path(), &["compare", &first, &second]);
    assert_eq!((code(&refused), refused.stdout.len()), (1, 0));
    let said = text(&refused.stderr);
    for part in [
        "scenario.json is not what was written",
        "writes it again from its store",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Which it does.
    assert_eq!(
        hash(here.path(), &[&few[..], &["--seed", "4"]].concat()),
        second
    );
    let compared = output(here.path(), &["compare", &first, &second]);
    assert_eq!(code(&compared), 0, "{}", text(&compared.stderr));
}
