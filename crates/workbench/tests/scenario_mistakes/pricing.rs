//! Price rules and when prices are set anew.

use super::{PRODUCTS, SCENARIO, changed, check, location, mistakes, one};
use beachhead_workbench::scenario::{LoadOptions, load};

/// The rule in the template's plan.
const RULE: &str = "price = \"cost_plus\", margin = \"12 %\", products = [\"brisk_city\"]";

/// A rule in its place, one mistake at its table.
fn rule(text: &str, words: &[&str]) {
    let to = format!("{text}, products = [\"brisk_city\"]");
    let at = format!("{{ {to}");
    one(SCENARIO, RULE, &to, &at, words);
}

/// A section in front of the plans, one mistake at a text of it.
fn section(text: &str, at: &str, words: &[&str]) {
    let to = format!("{text}\n\n[[plans]]\nid = \"stay_out\"");
    one(SCENARIO, "[[plans]]\nid = \"stay_out\"", &to, at, words);
}

#[test]
fn rules_that_are_played_for_load() {
    let to = "price = \"margin_cap\", cap = \"5 %\", base = \"net\", scope = \"company\", other_revenue = \"EUR 10 million/month\", other_profit = \"EUR -1 million/month\", remedy = \"rebate\"";
    let pricing = "[pricing]\nmonths = [13, 25]\nwhen = \"sales.share > 0.1\"\nwindow = \"6 months\"\n[pricing.firms]\nvolta = { price = \"bertrand\" }\nglide = { price = \"fixed\" }\n\n[[plans]]\nid = \"stay_out\"";
    let folder = changed(&[
        (SCENARIO, RULE, to),
        (SCENARIO, "[[plans]]\nid = \"stay_out\"", pricing),
    ]);
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    let pricing = loaded.scenario.pricing.unwrap();
    assert_eq!((pricing.months, pricing.window), (vec![13, 25], Some(6)));
    assert_eq!(pricing.firms.len(), 2);
}

#[test]
fn a_cap_without_its_number() {
    let words = ["price = \"margin_cap\" without `cap`", "such as \"5 %\""];
    rule("price = \"margin_cap\"", &words);
}

#[test]
fn a_cap_of_everything() {
    let words = ["a cap of 100 %", "less than 100 %"];
    let to = "price = \"margin_cap\", cap = \"100 %\"";
    one(SCENARIO, RULE, to, "\"100 %\"", &words);
}

#[test]
fn keys_of_a_promise_with_another_rule() {
    let words = [
        "`cap`, `base` with price = \"bertrand\"",
        "price = \"margin_cap\" alone",
    ];
    rule(
        "price = \"bertrand\", cap = \"5 %\", base = \"net\"",
        &words,
    );
    let words = ["`margin` with price = \"bertrand\"", "it is what is found"];
    rule("price = \"bertrand\", margin = \"5 %\"", &words);
}

#[test]
fn words_of_a_promise_are_closed_lists() {
    let to = "price = \"margin_cap\", cap = \"5 %\", base = \"grss\"";
    let words = ["\"grss\"", "did you mean `gross`?"];
    one(SCENARIO, RULE, to, "\"grss\"", &words);
}

#[test]
fn a_company_without_its_other_business() {
    let words = [
        "scope = \"company\" without `other_revenue` and `other_profit`",
        "such as \"USD 16 billion/year\"",
    ];
    rule(
        "price = \"margin_cap\", cap = \"5 %\", scope = \"company\"",
        &words,
    );
    let words = ["without scope = \"company\"", "with both, or neither"];
    rule(
        "price = \"margin_cap\", cap = \"5 %\", other_revenue = \"EUR 1 million/month\"",
        &words,
    );
}

#[test]
fn complements_are_not_played_for() {
    let to = "price = \"bertrand\", products = [\"brisk_city\", \"brisk_helmet\"]";
    let words = ["of `brisk_helmet`, sold beside the durable"];
    one(
        SCENARIO,
        RULE,
        to,
        "[\"brisk_city\", \"brisk_helmet\"]",
        &words,
    );
}

#[test]
fn values_with_a_rule_that_finds_prices() {
    let to = "price = \"bertrand\", values = { brisk_city = 100 }";
    let words = ["`values` with price = \"bertrand\""];
    one(SCENARIO, RULE, to, "{ price = \"bertrand\"", &words);
}

#[test]
fn firms_that_are_not_there() {
    let text = "[pricing]\nevery = \"12 months\"\n[pricing.firms]\nvolt = { price = \"bertrand\" }";
    let words = ["`volt`", "did you mean `volta`?"];
    section(text, "volt = ", &words);
}

#[test]
fn pricing_that_never_happens_or_concerns_nobody() {
    let text = "[pricing]\n[pricing.firms]\nvolta = { price = \"bertrand\" }";
    let words = [
        "`pricing` that never happens",
        "`every`, `months` or `when`",
    ];
    section(text, "[pricing]", &words);
    let words = ["`pricing` without `firms`"];
    section("[pricing]\nevery = \"12 months\"", "[pricing]", &words);
}

#[test]
fn months_that_are_not_there() {
    let firms = "[pricing.firms]\nvolta = { price = \"bertrand\" }";
    let text = format!("[pricing]\nmonths = [13, 49]\n{firms}");
    let words = ["prices set in month 49, after the last one, 48"];
    section(&text, "49]", &words);
    let text = format!("[pricing]\nmonths = [13]\nevery = \"11 months\"\n{firms}");
    let words = ["`every` beside `months`"];
    section(&text, "\"11 months\"", &words);
    let text = format!("[pricing]\nevery = \"2.5 months\"\n{firms}");
    let words = ["a whole number of months"];
    section(&text, "\"2.5 months\"", &words);
}

#[test]
fn a_later_product_without_a_cost() {
    let pricing = "[pricing]\nevery = \"12 months\"\n[pricing.firms]\nvolta = { price = \"bertrand\" }\n\n[[plans]]\nid = \"stay_out\"";
    let later = "volta_max,volta,scooters,4490,price_lists,,,130,80,2025-04,";
    let folder = changed(&[
        (
            PRODUCTS,
            "volta_max,volta,scooters,4490,price_lists,,,130,80,2023-04,",
            later,
        ),
        (SCENARIO, "[[plans]]\nid = \"stay_out\"", pricing),
    ]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let words = ["`volta_max` of `volta` without `unit_cost`"];
    let at = location(folder.path(), SCENARIO, "{ price = \"bertrand\"");
    check(&found.list[0], &at, &words);
}

#[test]
fn cost_plus_of_a_rival_without_costs() {
    let text = "[pricing]\nevery = \"12 months\"\n[pricing.firms]\nvolta = { price = \"cost_plus\", margin = \"10 %\" }";
    let words = ["cost_plus of `volta`, whose `volta_one`, `volta_max` have no `unit_cost`"];
    section(text, "{ price = \"cost_plus\", margin = \"10 %\" }", &words);
}
