//! Counterfactuals on a fit: characteristics that are set, and standard errors from draws of its parameters.

use super::after::{market, stored};
use super::oracle::{EVALUATE, close, fitted};
use arrow_array::{Array, Float64Array};
use beachhead_workbench::counterfactual::{
    Document, SpreadError, compute_all, open_fit, read_fit, spread,
};
use beachhead_workbench::estimate::{Draws, after};
use beachhead_workbench::run::job::Silent;
use std::fs;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// The same equilibrium by two ways.
const SAME: f64 = 1e-9;
/// Standard deviations over the same draws by two ways.
const SPREAD: f64 = 1e-6;

fn of(folder: &TempDir, edits: &str) -> Document {
    market(folder, "C01Q1", edits).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn prices(document: &Document) -> Vec<f64> {
    let products = &document.steps.last().unwrap().products;
    products.iter().map(|product| product.price).collect()
}

fn same(found: &Document, wanted: &Document) {
    for (found, wanted) in prices(found).iter().zip(prices(wanted)) {
        close(*found, wanted, SAME, "price");
    }
}

/// Without tastes a characteristic is worth its coefficient.
#[test]
fn a_characteristic_is_worth_its_coefficient() {
    let (folder, loaded) = stored("logit_characteristics.toml", &[]);
    let (fit, _) = fitted(&loaded);
    let sugar = loaded.problem.linear[2].values[0];
    let product = loaded.rows.product(0).unwrap();
    let set = format!(
        "[[edit]]\nchange = \"{product}\"\ncharacteristics = {{ sugar = {} }}\n",
        sugar + 3.0
    );
    let worth = format!(
        "[[edit]]\nchange = \"{product}\"\nutility = {:?}\n",
        3.0 * fit.beta[2]
    );
    same(&of(&folder, &set), &of(&folder, &worth));
    let is_note = |code: &str| code == "mean_in_fixed_effects";
    assert!(
        !of(&folder, &set)
            .issues
            .iter()
            .any(|issue| is_note(issue.code))
    );
}

/// What is set to what it is changes nothing; set and set back neither; what is like another keeps that one's.
#[test]
fn what_is_set_back_changes_nothing() {
    let (folder, loaded) = stored("problem.toml", &[EVALUATE]);
    let sugar = loaded.problem.nonlinear[2].values[0];
    let product = loaded.rows.product(0).unwrap();
    let set = |value: f64| {
        format!(
            "[[edit]]\nchange = \"{product}\"\ncharacteristics = {{ sugar = {value}, mushy = 1 }}\n"
        )
    };
    let mushy = loaded.problem.nonlinear[3].values[0];
    let back = format!(
        "[[edit]]\nchange = \"{product}\"\ncharacteristics = {{ mushy = {mushy}, sugar = {sugar} }}\n"
    );
    let nothing = of(&folder, &back);
    for (after, before) in prices(&nothing).iter().zip(&nothing.baseline.products) {
        close(*after, before.price, SAME, &before.product);
    }
    let moved = of(&folder, &set(sugar + 5.0));
    assert_ne!(prices(&moved), prices(&nothing));
    same(&of(&folder, &(set(sugar + 5.0) + &back)), &nothing);
    // A new product like the first, with its characteristics changed in one go or after the first has been changed.
    let add = format!("[[edit]]\nadd = \"NEW\"\nfirm = \"9\"\nlike = \"{product}\"\n");
    let of_new = |text: &str| text.replacen(product, "NEW", 1);
    let before = of(&folder, &(add.clone() + &of_new(&set(2.0))));
    let after = of(&folder, &(set(2.0) + &add + &back));
    same(&before, &after);
    assert!(
        moved
            .issues
            .iter()
            .any(|issue| issue.code == "mean_in_fixed_effects" && issue.place == "sugar")
    );
}

#[test]
fn mistakes_of_characteristics() {
    let (folder, loaded) = stored("problem.toml", &[EVALUATE]);
    let product = loaded.rows.product(0).unwrap();
    let set =
        |what: &str| format!("[[edit]]\nchange = \"{product}\"\ncharacteristics = {{ {what} }}\n");
    for (what, place, words) in [
        (
            "suger = 3",
            "edits.toml:3:21",
            ["no characteristic `suger`", "`sugar`"],
        ),
        (
            "prices = 3",
            "edits.toml:3:21",
            ["`prices` among characteristics", "freeze"],
        ),
        ("sugar = \"much\"", "edits.toml:3:29", ["text", "number"]),
    ] {
        let found = market(&folder, "C01Q1", &set(what)).unwrap_err();
        assert_eq!(found.list.len(), 1, "{found}");
        assert!(found.list[0].location().ends_with(place), "{found}");
        let text = found.render(false);
        for word in words {
            assert!(text.contains(word), "no {word:?} in\n{text}");
        }
    }
    let both = set("sugar = 3") + "utility = 1\n";
    let found = market(&folder, "C01Q1", &both).unwrap_err();
    assert!(
        found.render(false).contains("more than one of `utility`"),
        "{found}"
    );
}

/// Without edits standard errors of a market's profits are those of the tables after the fit: the same draws.
#[test]
fn standard_errors_are_those_of_the_tables() {
    /// Draws, and their seed.
    const DRAWS: (usize, u64) = (6, 11);
    let (folder, loaded) = stored("logit.toml", &[]);
    let (fit, _) = fitted(&loaded);
    let cancel = AtomicBool::new(false);
    let draws = Draws {
        count: DRAWS.0,
        seed: DRAWS.1,
    };
    let tables = after(&loaded, &fit, Some(draws), &cancel, &Silent).unwrap();
    let markets = &tables
        .tables
        .iter()
        .find(|(name, _)| *name == "post_markets.parquet")
        .unwrap()
        .1;
    let errors = markets.column_by_name("profits_se").unwrap();
    let errors = errors.as_any().downcast_ref::<Float64Array>().unwrap();
    let path = folder.path().join("fit");
    let source = open_fit(&path, None, None).unwrap();
    let all = compute_all("fit", &source.studies().unwrap()).unwrap();
    let found = spread(&source, &all, DRAWS.0, DRAWS.1, &cancel, &Silent).unwrap();
    assert_eq!(
        (found.draws, found.failed, found.markets.len()),
        (6, 0, errors.len())
    );
    for (market, wanted) in found.markets.iter().zip(errors.iter()) {
        let wanted = wanted.unwrap();
        assert!(wanted > 0.0);
        close(market.profit / wanted, 1.0, SPREAD, &market.source);
    }
    // An edit has standard errors too, and products that were not there.
    let edits = folder.path().join("edits.toml");
    fs::write(
        &edits,
        "[[edit]]\nadd = \"NEW\"\nfirm = \"9\"\nlike = \"F1B04\"\n",
    )
    .unwrap();
    let source = open_fit(&path, Some("C01Q1"), Some(&edits)).unwrap();
    let all = compute_all("fit", &source.studies().unwrap()).unwrap();
    let found = spread(&source, &all, 3, 0, &cancel, &Silent).unwrap();
    let new = found.markets[0].products.last().unwrap();
    assert_eq!(new.product, "NEW");
    assert!(new.price > 0.0 && new.share > 0.0);
    assert!(found.summary.unwrap().consumer_surplus_change > 0.0);
    assert_eq!(
        read_fit(&path, Some("C01Q1"), Some(&edits)).unwrap().len(),
        1
    );
    cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = spread(&source, &all, 3, 0, &cancel, &Silent);
    assert!(matches!(stopped, Err(SpreadError::Cancelled)));
}
