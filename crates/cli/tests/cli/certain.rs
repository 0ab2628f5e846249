//! Runs whose answer is known beforehand: a plan and its copy, a scenario in which nothing is left to chance.

use super::storing::{run, with_scenario};
use super::{code, output, text};
use serde_json::Value;
use std::fs;

#[test]
fn a_plan_that_is_copied_is_tied_with_its_original() {
    let here = with_scenario();
    let file = here.path().join("market/scenario.toml");
    let scenario = fs::read_to_string(&file).unwrap();
    let start = scenario.find("[[plans]]\nid = \"online_first\"").unwrap();
    let end = scenario.find("[outcomes]").unwrap();
    let copy = scenario[start..end].replacen("\"online_first\"", "\"copy\"", 1);
    fs::write(&file, [&scenario[..end], &copy, &scenario[end..]].concat()).unwrap();
    let ran = run(here.path(), &["--draws", "70", "--no-analysis", "--json"]);
    assert_eq!(code(&ran), 0, "{}", text(&ran.stderr));
    let summary: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let rows = summary["differences"].as_array().unwrap();
    let is_of = |row: &&Value, a: &str, b: &str| row["plan"] == a && row["against"] == b;
    let own: Vec<&Value> = rows
        .iter()
        .filter(|row| is_of(row, "online_first", "copy"))
        .collect();
    assert!(own.len() > 10, "{}", own.len());
    for row in own {
        assert_eq!(row["tied"], true, "{row}");
        for end in ["mean", "low", "high"] {
            assert_eq!(row[end].as_f64(), Some(0.0), "{row}");
        }
    }
    // With another plan neither is.
    let mut others = rows.iter().filter(|row| is_of(row, "stay_out", "copy"));
    assert!(others.any(|row| row["tied"] == false));
    let plans = summary["plans"].as_array().unwrap();
    let of = |id: &str| {
        let plan = plans.iter().find(|plan| plan["id"] == id);
        plan.unwrap()["outcomes"].clone()
    };
    assert_eq!(of("online_first"), of("copy"));
}

/// Edits that leave nothing uncertain: each assumption that is written at its central value in the base unit, and a class of which
/// the entrant's appeal is the mean, whatever is drawn for its place in it.
fn points(listing: &[u8]) -> Vec<String> {
    let listing: Value = serde_json::from_slice(listing).unwrap();
    let rows = listing["rows"].as_array().unwrap();
    let is_uncertain = |row: &&Value| row["distribution"] != "point" && row["origin"] == "written";
    let edits = rows.iter().filter(is_uncertain);
    let edits = edits.map(|row| format!("{}={}", row["name"].as_str().unwrap(), row["value"]));
    let appeal = ["sd", "transport_sd"].map(|key| format!("demand.entrant.brisk.{key}=0"));
    edits.chain(appeal).collect()
}

#[test]
fn points_and_chances_of_0_or_1_leave_no_variance() {
    let here = with_scenario();
    let listing = output(here.path(), &["check", "market", "--json"]);
    let mut sets = points(&listing.stdout);
    assert!(sets.len() > 5, "{sets:?}");
    sets.push(String::new());
    for hazard in ["0", "1"] {
        *sets.last_mut().unwrap() = format!("events.recall.hazard={hazard}");
        let edits: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let arguments = ["--draws", "70", "--no-analysis", "--json"];
        let ran = run(here.path(), &[&arguments[..], &edits].concat());
        assert_eq!(code(&ran), 0, "{}", text(&ran.stderr));
        let summary: Value = serde_json::from_slice(&ran.stdout).unwrap();
        for plan in summary["plans"].as_array().unwrap() {
            for (id, entry) in plan["outcomes"].as_object().unwrap() {
                // What never comes has no mean, and no error either.
                let wanted = entry["mean"].as_f64().map(|_| 0.0);
                assert_eq!(entry["se"].as_f64(), wanted, "{id}: {entry}");
                let ends = ["p05", "p25", "p50", "p75", "p95"].map(|end| &entry[end]);
                assert!(ends.iter().all(|end| *end == ends[0]), "{id}: {entry}");
            }
        }
        let recalls = summary["plans"][1]["outcomes"]["p_loss"]["mean"].as_f64();
        assert!(matches!(recalls, Some(0.0 | 1.0)), "{recalls:?}");
    }
}
