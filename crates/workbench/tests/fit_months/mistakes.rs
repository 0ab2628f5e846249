//! What is wrong with a fit in a scenario is said once, where it stands.

use super::{FIT, SCENARIO, changed, example, loaded};
use beachhead_workbench::scenario::{LoadOptions, load};
use serde_json::Value;
use std::fs;
use std::path::Path;

const PRODUCTS: &str = "products.csv";
const PROBLEM: &str = "fit/inputs/problem.toml";

/// One mistake with all the words, at a file and line.
fn mistake(folder: &Path, at: &str, words: &[&str]) {
    let mistakes = match load(folder, &LoadOptions::default()) {
        Ok(_) => panic!("loaded without a mistake: {words:?}"),
        Err(mistakes) => mistakes,
    };
    assert_eq!(mistakes.list.len(), 1, "{mistakes}");
    let text = mistakes.to_string();
    assert!(text.contains(at), "{at} in\n{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} in\n{text}");
    }
}

fn line_of(text: &str) -> String {
    let scenario = fs::read_to_string(example().join(SCENARIO)).unwrap();
    let line = scenario.lines().position(|line| line.contains(text));
    format!("{SCENARIO}:{}", line.unwrap() + 1)
}

fn with(edits: &[(&str, &str, &str)], at: &str, words: &[&str]) {
    mistake(changed(edits).path(), at, words);
}

#[test]
fn a_folder_that_is_no_fit() {
    let at = line_of("folder = \"fit\"");
    with(
        &[(SCENARIO, "folder = \"fit\"", "folder = \"fti\"")],
        &at,
        &["cannot open \"fti\"", "beachhead estimate"],
    );
    with(
        &[(SCENARIO, "folder = \"fit\"", "folder = \"../fit\"")],
        &at,
        &["leaves the scenario's folder"],
    );
    with(
        &[(SCENARIO, "folder = \"fit\"", "folder = \"fit/inputs\"")],
        &at,
        &["no fit.json in \"fit/inputs\""],
    );
    with(
        &[(FIT, "\"format\": 1", "\"format\": 2")],
        &at,
        &["a fit of format 2", "whole and unchanged"],
    );
    with(
        &[(FIT, "\"block\": \"pi\"", "\"block\": \"phi\"")],
        &at,
        &["no parameter `1 x income`"],
    );
    with(
        &[(PROBLEM, "1 + prices + sugar", "1 + prices + suger")],
        "fit/inputs/problem.toml:",
        &["suger", "did you mean `sugar`"],
    );
}

#[test]
fn markets_and_products_that_are_not_there() {
    let at = line_of("market = \"C65Q2\"");
    with(
        &[(SCENARIO, "C65Q2", "C65Q3")],
        &at,
        &["no market `C65Q3`", "did you mean"],
    );
    with(
        &[(PRODUCTS, ",F1B07,", ",F1B08,")],
        "products.csv:4",
        &["no product `F1B08`", "column `fit_product`"],
    );
    with(
        &[(PRODUCTS, ",F1B07,", ",F1B06,")],
        "products.csv:4",
        &["`F1B06` of the fit is there already"],
    );
    let scenario = fs::read_to_string(example().join(PRODUCTS)).unwrap();
    let row = scenario
        .lines()
        .find(|line| line.starts_with("f1b07"))
        .unwrap();
    with(
        &[(PRODUCTS, &format!("{row}\n"), "")],
        &at,
        &["1 products of the market `C65Q2`", "`F1B07`"],
    );
    with(
        &[(PRODUCTS, "oat_plain,,", "oat_plain,F1B07,")],
        "products.csv:26",
        &["`fit_product` = `F1B07` of an entrant"],
    );
}

#[test]
fn characteristics_that_the_fit_needs() {
    with(
        &[(PRODUCTS, "sugar,mushy", "sweet,mushy")],
        "products.csv:26",
        &["no column `sugar`", "`oat_plain`"],
    );
    with(
        &[(PRODUCTS, "made up,2,0", "made up,,0")],
        "products.csv:26",
        &["an empty cell in column `sugar`"],
    );
}

#[test]
fn prices_in_another_unit() {
    let at = line_of("price_unit");
    with(
        &[(SCENARIO, "USD 30/unit", "USD 1/unit")],
        &at,
        &["30.00 times those of the fit", "in the same unit"],
    );
    with(&[(SCENARIO, "USD 30/unit", "EUR 30/unit")], &at, &["EUR"]);
    with(
        &[(SCENARIO, "\"1 months\"", "\"1.5 months\"")],
        &line_of("period"),
        &["a whole number of months"],
    );
    let folder = changed(&[(SCENARIO, "USD 30/unit", "USD 31/unit")]);
    let warnings = loaded(folder.path()).warnings;
    assert!(
        warnings
            .iter()
            .any(|w| w.found.contains("24 prices of the table")),
        "{warnings:?}"
    );
}

#[test]
fn a_fit_without_a_covariance() {
    let folder = changed(&[]);
    let path = folder.path().join(FIT);
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    document["covariance"]["values"][0] = Value::Null;
    fs::write(&path, serde_json::to_string(&document).unwrap()).unwrap();
    mistake(
        folder.path(),
        &line_of("folder = \"fit\""),
        &["without a covariance", "parameters = \"fixed\""],
    );
    let scenario = folder.path().join(SCENARIO);
    let text = fs::read_to_string(&scenario).unwrap();
    fs::write(
        &scenario,
        text.replace("parameters = \"drawn\"", "parameters = \"fixed\""),
    )
    .unwrap();
    loaded(folder.path());
}

#[test]
fn what_has_no_place_beside_a_fit() {
    let rows = [
        (
            "timing = 0",
            "timing = 0\nhedonic = \"0\"",
            "`hedonic` beside `demand.fit`",
        ),
        (
            "timing = 0",
            "timing = 0\nprice_coefficient = 0.01",
            "`price_coefficient` beside `demand.fit`",
        ),
        (
            "timing = 0",
            "timing = 0\nbrand_spread = 1",
            "`brand_spread` beside `demand.fit`",
        ),
        (
            "timing = 0",
            "timing = 0\nquality_spread = 0.1",
            "`quality_spread` beside `demand.fit`",
        ),
        (
            "price_spread = 0",
            "price_spread = 0.5",
            "`price_spread` above 0 beside `demand.fit`",
        ),
        (
            "price_spread = 0",
            "price_spread = 0\nprice_sensitivity = 2",
            "`price_sensitivity` other than 1",
        ),
        (
            "[awareness.oat]",
            "[[calibration]]\ntarget = \"share_of_sales\"\nby = \"brand\"\nvalues = { firm_1 = 0.5 }\n\n[awareness.oat]",
            "a target `share_of_sales` of products or brands",
        ),
        (
            "target = \"units_per_user\"",
            "target = \"kept_beyond\"\nmonths = 6",
            "without a target `units_per_user`",
        ),
    ];
    for (from, to, words) in rows {
        with(&[(SCENARIO, from, to)], "scenario.toml:", &[words]);
    }
}

#[test]
fn a_fit_that_months_cannot_carry() {
    with(
        &[(
            PROBLEM,
            "linear = \"0 + prices\"",
            "linear = \"0 + prices + log(prices)\"",
        )],
        &line_of("folder = \"fit\""),
        &["no parameter `log(prices)`"],
    );
}
