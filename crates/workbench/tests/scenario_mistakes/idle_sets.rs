//! Edits of the command line that a plan makes idle are said.

use super::{SCENARIO, changed};
use beachhead_workbench::scenario::{LoadOptions, load};

/// Warnings of the template, changed, with edits for some plans.
fn warnings(edits: &[(&str, &str, &str)], sets: &[&str], plans: &[&str]) -> Vec<String> {
    let folder = changed(edits);
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let options = LoadOptions {
        sets: owned(sets),
        plans: owned(plans),
        ..LoadOptions::default()
    };
    let loaded = load(folder.path(), &options).unwrap();
    loaded.warnings.iter().map(|w| w.render(false)).collect()
}

const RULE: &str = "{ price = \"cost_plus\", margin = \"12 %\", products = [\"brisk_city\"] }";

#[test]
fn a_price_that_a_plan_replaces_is_said_with_plan_and_step() {
    let set = "products.brisk_city.price=9";
    for path in [set, "products.6.price=9", "products.brisk_city.price = 9"] {
        let found = warnings(&[], &["simulation.draws=10", path], &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        for word in [
            "--set:2:1",
            "`brisk_city`",
            "`online_first`",
            "`scooters`",
            "cost_plus",
            "products.brisk_city.unit_cost",
        ] {
            assert!(found[0].contains(word), "no {word} in {}", found[0]);
        }
        assert!(!found[0].contains("stay_out"), "{}", found[0]);
    }
    let values = "{ price = \"fixed\", values = { brisk_city = 2500 } }";
    let found = warnings(&[(SCENARIO, RULE, values)], &[set], &[]);
    assert!(found.len() == 1 && found[0].contains("fixed"), "{found:?}");
}

#[test]
fn a_price_that_counts_is_not() {
    let none: [String; 0] = [];
    // Other products, another column, no plan that replaces it among those run, the table's price by name.
    assert_eq!(warnings(&[], &["products.brisk_helmet.price=9"], &[]), none);
    assert_eq!(
        warnings(&[], &["products.brisk_city.unit_cost=9"], &[]),
        none
    );
    assert_eq!(
        warnings(&[], &["products.brisk_city.price=9"], &["stay_out"]),
        none
    );
    let fixed = (
        SCENARIO,
        RULE,
        "{ price = \"fixed\", products = [\"brisk_city\"] }",
    );
    assert_eq!(
        warnings(&[fixed], &["products.brisk_city.price=9"], &[]),
        none
    );
}
