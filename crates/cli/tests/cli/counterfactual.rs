//! `counterfactual` from outside: documents, tables, exit codes.

use super::{code, output, text};
use std::fs;
use std::path::Path;

const TABLE: &str = "product,firm,price,share,margin\na,f,2,0.2,0.4\nb,g,2.2,0.3,\n";
const MERGER: &str = "[[edit]]\nmerge = [\"f\", \"g\"]\n";

fn files(folder: &Path, table: &str, edits: &str) {
    fs::write(folder.join("market.csv"), table).unwrap();
    fs::write(folder.join("edits.toml"), edits).unwrap();
}

#[test]
fn a_merger_as_a_table_as_json_and_as_csv() {
    let here = tempfile::tempdir().unwrap();
    files(here.path(), TABLE, MERGER);
    let shown = output(here.path(), &["counterfactual", "market.csv", "edits.toml"]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let page = text(&shown.stdout);
    assert!(page.contains("to f") && page.contains("HHI"), "{page}");
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
    let json = output(
        here.path(),
        &["counterfactual", "market.csv", "edits.toml", "--json"],
    );
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["format"], 1);
    assert_eq!(document["steps"][0]["certificate"]["status"], "converged");
    let prices =
        |state: &serde_json::Value, n: usize| state["products"][n]["price"].as_f64().unwrap();
    for n in 0..2 {
        assert!(prices(&document["steps"][0], n) > prices(&document["baseline"], n));
    }
    let csv = output(
        here.path(),
        &["counterfactual", "market.csv", "edits.toml", "--csv"],
    );
    assert_eq!(text(&csv.stdout).lines().count(), 1 + 2 * 2);
    // Without edits the table stands alone.
    assert_eq!(
        code(&output(here.path(), &["counterfactual", "market.csv"])),
        0
    );
}

#[test]
fn mistakes_are_exit_1_and_say_where() {
    let here = tempfile::tempdir().unwrap();
    files(here.path(), TABLE, "[[edit]]\nmerge = [\"f\", \"h\"]\n");
    let wrong = output(here.path(), &["counterfactual", "market.csv", "edits.toml"]);
    assert_eq!(code(&wrong), 1);
    assert!(wrong.stdout.is_empty());
    let said = text(&wrong.stderr);
    assert!(
        said.contains("edits.toml:2:") && said.contains("no firm `h`"),
        "{said}"
    );
    let both = output(
        here.path(),
        &["counterfactual", "market.csv", "--csv", "--json"],
    );
    assert_eq!(code(&both), 1);
    assert_eq!(
        code(&output(here.path(), &["counterfactual", "none.csv"])),
        1
    );
    assert_eq!(code(&output(here.path(), &["counterfactual", "."])), 1);
}

#[test]
fn prices_that_were_not_found_are_a_status_and_exit_0() {
    let here = tempfile::tempdir().unwrap();
    // Profit without bound: a promise of almost nothing about costs that cannot be earned back at any price.
    files(
        here.path(),
        TABLE,
        "[[edit]]\ncap = \"f\"\nvalue = 0\n[[edit]]\ncost = \"a\"\namount = -3\n",
    );
    let shown = output(
        here.path(),
        &["counterfactual", "market.csv", "edits.toml", "--json"],
    );
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let document: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let status = document["steps"][1]["certificate"]["status"]
        .as_str()
        .unwrap();
    let said = text(&shown.stderr);
    assert!(
        status == "converged" || said.contains("note"),
        "{status}: {said}"
    );
    assert_ne!(status, "converged", "a cost below 0 earns at every price");
}
