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
    // A promise of almost nothing about costs that cannot be earned back at any price.
    files(
        here.path(),
        TABLE,
        "[[edit]]\ncap = \"f\"\nvalue = 0\n[[edit]]\ncost = \"a\"\namount = -3\n",
    );
    let asked = |more: &[&str]| {
        let words = [&["counterfactual", "market.csv", "edits.toml"], more].concat();
        let shown = output(here.path(), &words);
        assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
        shown
    };
    let json = asked(&["--json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let step = &document["steps"][1];
    assert_eq!(step["certificate"]["status"], "cap_not_met");
    // Nothing that would follow from prices, and never the prices before.
    for name in [
        "hhi",
        "outside_share",
        "mean_price",
        "consumer_surplus_change",
        "profit",
    ] {
        assert!(step[name].is_null(), "{name}: {step}");
        assert!(document["steps"][0][name].is_number(), "{name}");
    }
    for product in step["products"].as_array().unwrap() {
        for name in ["price", "price_change", "share", "margin", "profit"] {
            assert!(product[name].is_null(), "{name}: {product}");
        }
        assert!(product["cost"].is_number());
    }
    assert!(text(&json.stderr).contains("keeps its promise"));
    // Standard output says it, whatever standard error says.
    let quiet = asked(&["--quiet"]);
    let page = text(&quiet.stdout);
    assert!(quiet.stderr.is_empty());
    assert!(page.contains("NOT FOUND after edit 2"), "{page}");
    assert!(page.matches("not found").count() >= 2 + 5, "{page}");
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
    let csv = text(&asked(&["--csv"]).stdout);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|head| *head == name).unwrap();
    let last: Vec<&Vec<&str>> = rows.iter().filter(|row| row[0] == "2").collect();
    assert_eq!(last.len(), 2);
    for row in last {
        assert_eq!(row[column("status")], "cap_not_met");
        for name in ["price", "price_change", "share", "margin", "profit"] {
            assert_eq!(row[column(name)], "", "{name}: {row:?}");
        }
    }
}

const BEER: &str = "product,firm,price,share,margin\nBUD,BUD,0.0441,0.066,0.3830\nOLD STYLE,OLD STYLE,0.0328,0.172,0.5515\n\
    MILLER,MILLER,0.0409,0.253,0.5421\nMILLER-LITE,MILLER,0.0396,0.187,0.5557\nOTHER-LITE,OTHER-LITE,0.0387,0.099,0.4453\n\
    OTHER-REG,OTHER-REG,0.0497,0.223,0.3769\n";

/// Costs and tastes far from those before have prices too: the ones at which each first-order condition holds, by hand.
#[test]
fn prices_far_away_are_found() {
    let here = tempfile::tempdir().unwrap();
    for edit in [
        "cost = \"BUD\"\namount = 1000\n",
        "cost = \"BUD\"\namount = -1\n",
        "tax = \"all\"\nrate = 100000\n",
        "change = \"BUD\"\nutility = 50\n",
    ] {
        let edits = format!("[demand]\noutside_share = 0.2\n[[edit]]\n{edit}");
        files(here.path(), BEER, &edits);
        let json = output(
            here.path(),
            &["counterfactual", "market.csv", "edits.toml", "--json"],
        );
        let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        let step = &document["steps"][0];
        assert_eq!(step["certificate"]["status"], "converged", "{edit}");
        assert_eq!(step["certificate"]["equilibria"], 1, "{edit}");
        let alpha = document["price_coefficient"].as_f64().unwrap();
        let bud = &step["products"][0];
        let number = |name: &str| bud[name].as_f64().unwrap();
        let kept = if edit.starts_with("tax") {
            100_001.0
        } else {
            1.0
        };
        let by_hand = number("cost") * kept + 1.0 / (alpha * (1.0 - number("share")));
        let gap = (number("price") - by_hand).abs() / number("price").abs();
        assert!(gap < SAME, "{edit}: {bud}");
    }
}

/// The same price by two formulas.
const SAME: f64 = 1e-9;

#[test]
fn measures_as_rows() {
    let here = tempfile::tempdir().unwrap();
    files(here.path(), TABLE, MERGER);
    let words = ["counterfactual", "market.csv", "edits.toml", "--csv"];
    let plain = output(here.path(), &words);
    let asked = [&words[..], &["--csv-measures", "measures.csv"]].concat();
    assert_eq!(output(here.path(), &asked).stdout, plain.stdout);
    assert!(
        !text(&plain.stdout).contains("-0,"),
        "{}",
        text(&plain.stdout)
    );
    let written = fs::read_to_string(here.path().join("measures.csv")).unwrap();
    let rows: Vec<Vec<&str>> = written
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(
        rows[0],
        ["step", "title", "measure", "product", "with", "value"]
    );
    let value = |step: &str, measure: &str, product: &str, with: &str| -> f64 {
        let quoted = |text: &str| format!("\"{text}\"");
        let is = |row: &&Vec<&str>| {
            row[0] == step
                && row[2] == measure
                && row[3] == quoted(product)
                && row[4] == quoted(with)
        };
        rows.iter().find(is).unwrap()[5].parse().unwrap()
    };
    let json = output(
        here.path(),
        &["counterfactual", "market.csv", "edits.toml", "--json"],
    );
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let same = |found: f64, wanted: &serde_json::Value| assert_eq!(Some(found), wanted.as_f64());
    let step = &document["steps"][0];
    same(value("1", "hhi", "", ""), &step["hhi"]);
    same(
        value("1", "consumer_surplus_change", "", ""),
        &step["consumer_surplus_change"],
    );
    same(value("1", "diversion", "a", "b"), &step["diversion"][0][1]);
    same(value("1", "diversion", "a", ""), &step["diversion"][0][2]);
    same(
        value("1", "elasticity", "b", "a"),
        &step["elasticities"][1][0],
    );
    same(
        value("1", "pass_through", "b", "b"),
        &step["pass_through"][1][1],
    );
    same(value("0", "upp", "a", ""), &document["pressure"][0]["upp"]);
    same(
        value("0", "cmcr_amount", "b", ""),
        &document["pressure"][1]["cmcr_amount"],
    );
    let nowhere = [&words[..], &["--csv-measures", "no/such/folder.csv"]].concat();
    assert_eq!(code(&output(here.path(), &nowhere)), 2);
}

#[test]
fn what_means_nothing_for_a_table_is_refused_at_once() {
    let here = tempfile::tempdir().unwrap();
    files(here.path(), TABLE, MERGER);
    let asked = ["counterfactual", "market.csv", "edits.toml"];
    let more = [
        "--draws", "7", "--plan", "x", "--set", "a=b", "--months", "3", "--seed", "1",
    ];
    let wrong = output(here.path(), &[&asked[..], &more].concat());
    assert_eq!(code(&wrong), 1);
    assert!(wrong.stdout.is_empty());
    let said = text(&wrong.stderr);
    assert!(
        said.contains("--draws, --seed, --months, --plan, --set") && said.contains("a table"),
        "{said}"
    );
}
