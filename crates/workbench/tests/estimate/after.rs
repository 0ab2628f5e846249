//! A fit in its folder, and counterfactuals on it: what the reference computes after `cereal_at_start`, and laws of entry and exit.

use super::oracle::{EVALUATE, ORACLE, close, fitted, numbers, problem, problem_in, reference};
use arrow_array::{Array, Float64Array, StringArray};
use beachhead_workbench::counterfactual::{Document, compute, read_fit};
use beachhead_workbench::diagnostic::Diagnostics;
use beachhead_workbench::estimate::export::{FIT, write};
use beachhead_workbench::estimate::{Draws, Loaded, Stored, after};
use beachhead_workbench::run::job::Silent;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// Prices in equilibrium by two programs, each to its own tolerance.
const EQUILIBRIUM: f64 = 1e-9;
/// The same equilibrium by two ways.
const SAME: f64 = 1e-9;
/// Shares that a fit's own mean utilities give back.
const SHARES: f64 = 1e-12;

/// A folder with a fit of an example's problem, and the problem.
pub(crate) fn stored(file: &str, edits: &[(&str, &str)]) -> (TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    let loaded = problem_in(folder.path(), "cereal", file, edits);
    let (fit, document) = fitted(&loaded);
    write(&folder.path().join("fit"), &loaded, &fit, &document, None).unwrap();
    (folder, loaded)
}

fn cereal() -> TempDir {
    stored("problem.toml", &[EVALUATE]).0
}

pub(crate) fn market(folder: &TempDir, market: &str, edits: &str) -> Result<Document, Diagnostics> {
    let file = folder.path().join("edits.toml");
    fs::write(&file, edits).unwrap();
    let studies = read_fit(&folder.path().join("fit"), Some(market), Some(&file))?;
    Ok(compute(&studies[0]).unwrap())
}

fn first(folder: &TempDir, edits: &str) -> Document {
    market(folder, "C01Q1", edits).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn elasticities_diversion_costs_and_a_merger() {
    let folder = cereal();
    let after = reference("after");
    let of = |key: &str| numbers(&after[key]);
    let document = first(&folder, "[[edit]]\nmerge = [\"1\", \"2\"]\n");
    let products = document.baseline.products.len();
    let shares = problem("cereal", "problem.toml", &[EVALUATE])
        .problem
        .shares;
    for (product, share) in document.baseline.products.iter().zip(shares) {
        close(product.share, share, SHARES, &product.product);
    }
    for (j, product) in document.baseline.products.iter().enumerate() {
        close(
            product.cost,
            of("costs")[j],
            ORACLE,
            &format!("cost of {}", product.product),
        );
        for l in 0..products {
            let what = format!("{j} by {l}");
            let elasticity = document.baseline.elasticities[j][l];
            close(
                elasticity,
                of("elasticities")[j * products + l],
                ORACLE,
                &format!("elasticity {what}"),
            );
            // The reference keeps diversion to the outside good on the diagonal.
            let column = if l == j { products } else { l };
            let diversion = document.baseline.diversion[j][column];
            close(
                diversion,
                of("diversion")[j * products + l],
                ORACLE,
                &format!("diversion {what}"),
            );
        }
    }
    for (product, price) in document.steps[0].products.iter().zip(of("merged_prices")) {
        close(
            product.price,
            price,
            EQUILIBRIUM,
            &format!("merged price of {}", product.product),
        );
    }
}

#[test]
fn entry_then_exit_changes_nothing_and_neither_does_a_product_that_nobody_wants() {
    let folder = cereal();
    let entry = "[[edit]]\nadd = \"new\"\nfirm = \"1\"\nlike = \"F1B04\"\n";
    let both = format!("{entry}\n[[edit]]\ndrop = [\"new\"]\n");
    let document = first(&folder, &both);
    assert_eq!(
        document.steps[0].products.len(),
        document.baseline.products.len() + 1
    );
    for (before, after) in document
        .baseline
        .products
        .iter()
        .zip(&document.steps[1].products)
    {
        close(after.price, before.price, SAME, &before.product);
        close(after.share, before.share, SAME, &before.product);
    }
    let unwanted = first(&folder, &format!("{entry}utility = -50\n"));
    for (before, after) in unwanted
        .baseline
        .products
        .iter()
        .zip(&unwanted.steps[0].products)
    {
        close(after.price, before.price, SAME, &before.product);
    }
}

/// A product that is dropped at held prices loses its sales to where diversion says that they go when it is taken away.
#[test]
fn eliminated_is_dropped() {
    let folder = cereal();
    let text = "[[edit]]\nfreeze = \"all\"\n\n[[edit]]\ndrop = [\"F1B06\"]\n";
    let document = first(&folder, text);
    let (before, after) = (&document.baseline.products, &document.steps[1].products);
    let lost = before.iter().position(|p| p.product == "F1B06").unwrap();
    let long_run = numbers(&reference("after")["long_run"]);
    for product in after {
        let l = before.iter().position(|p| p.product == product.product);
        let l = l.unwrap();
        let part = (product.share - before[l].share) / before[lost].share;
        close(
            part,
            long_run[lost * before.len() + l],
            ORACLE,
            &product.product,
        );
        assert_eq!(product.price, before[l].price);
    }
}

#[test]
fn names_that_other_markets_have_are_no_mistake() {
    let text = "[[edit]]\ndrop = [\"F1B04\"]\n";
    let folder = cereal();
    let file = folder.path().join("edits.toml");
    fs::write(&file, text).unwrap();
    let fit = folder.path().join("fit");
    let studies = read_fit(&fit, None, Some(&file)).unwrap();
    assert_eq!(studies.len(), 94);
    fs::write(&file, "[[edit]]\ndrop = [\"F1B05\"]\n").unwrap();
    let mistakes = read_fit(&fit, None, Some(&file)).unwrap_err();
    assert!(
        mistakes.list[0].found.contains("no product `F1B05`"),
        "{mistakes}"
    );
    let wrong = market(&folder, "C01Q9", text).unwrap_err();
    assert!(wrong.list[0].found.contains("no market `C01Q9`"), "{wrong}");
    assert!(wrong.list[0].help.contains("did you mean"), "{wrong}");
}

#[test]
fn a_folder_that_is_damaged_or_not_a_fit_is_refused() {
    let folder = cereal();
    let fit = folder.path().join("fit");
    assert!(Stored::is_at(&fit) && Stored::is_at(&fit.join(FIT)));
    let text = fs::read_to_string(fit.join(FIT)).unwrap();
    let found = |text: &str| {
        fs::write(fit.join(FIT), text).unwrap();
        Stored::read(&fit).unwrap_err().list[0].found.clone()
    };
    assert!(found(&text[..200]).contains("not valid JSON"));
    assert!(
        found(&text.replacen("\"format\": 1", "\"format\": 9", 1)).contains("a fit of format 9")
    );
    assert!(
        found(&text.replacen("\"sugar x age\"", "\"sugar x old\"", 1))
            .contains("no parameter `sugar x age`")
    );
}

#[test]
fn a_folder_is_replaced_only_if_it_is_a_fit() {
    let (_kept, loaded) = stored("logit.toml", &[]);
    let (fit, document) = fitted(&loaded);
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("fit");
    for _ in 0..2 {
        write(&folder, &loaded, &fit, &document, None).unwrap();
    }
    let list = |path: &Path| {
        let mut names: Vec<String> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(list(&folder), ["fit.json", "inputs", "rows.parquet"]);
    assert_eq!(list(here.path()), ["fit"]);
    assert_eq!(
        list(&folder.join("inputs")),
        ["problem.toml", "products.csv"]
    );
    let other = here.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.txt"), "mine").unwrap();
    assert!(write(&other, &loaded, &fit, &document, None).is_err());
    assert_eq!(list(&other), ["thesis.txt"]);
}

#[test]
fn logit_and_nests_give_their_shares_back() {
    for file in ["logit.toml", "nested_mushy.toml"] {
        let (folder, loaded) = stored(file, &[]);
        let document = first(&folder, "");
        for (row, product) in document.baseline.products.iter().enumerate() {
            close(
                product.share,
                loaded.problem.shares[row],
                SHARES,
                &product.product,
            );
        }
    }
}

#[test]
fn tables_after_an_estimation() {
    let (_folder, loaded) = stored("problem.toml", &[EVALUATE]);
    let (fit, _) = fitted(&loaded);
    let post = after(&loaded, &fit, None, &AtomicBool::new(false), &Silent).unwrap();
    let names: Vec<&str> = post.tables.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "post_products.parquet",
            "post_pairs.parquet",
            "post_markets.parquet"
        ]
    );
    let column = |table: usize, name: &str| -> Vec<Option<f64>> {
        let column = post.tables[table].1.column_by_name(name).unwrap();
        let values = column.as_any().downcast_ref::<Float64Array>().unwrap();
        values.iter().collect()
    };
    let reference = reference("after");
    let of = |key: &str| numbers(&reference[key]);
    for (name, key) in [
        ("elasticity", "elasticities"),
        ("long_run_diversion", "long_run"),
    ] {
        for (n, (ours, theirs)) in column(1, name).into_iter().zip(of(key)).enumerate() {
            // The diagonal is the outside good's there.
            if let Some(ours) = ours {
                close(ours, theirs, ORACLE, &format!("{name} {n}"));
            }
        }
    }
    // The reference's markets are in the order of their ids.
    let labels = post.tables[2].1.column_by_name("market_ids").unwrap();
    let labels = labels.as_any().downcast_ref::<StringArray>().unwrap();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|t| labels.value(*t));
    for (name, key) in [
        ("aggregate_elasticity", "aggregate"),
        ("consumer_surplus", "surplus"),
    ] {
        let ours = column(2, name);
        for (t, theirs) in order.iter().zip(of(key)) {
            let what = format!("{name} of market {}", labels.value(*t));
            close(ours[*t].unwrap(), theirs, ORACLE, &what);
        }
    }
    let total = |name: &str| column(0, name).into_iter().flatten().sum::<f64>();
    close(
        total("costs"),
        reference["all_costs"].as_f64().unwrap(),
        ORACLE,
        "costs",
    );
    close(
        total("profits"),
        reference["profits"].as_f64().unwrap(),
        ORACLE,
        "profits",
    );
    let diversion = column(1, "diversion");
    let outside = column(0, "diversion_outside");
    let first = loaded.problem.markets[0].len();
    for j in 0..first {
        let row = diversion[j * first..(j + 1) * first].iter().flatten();
        close(
            row.sum::<f64>() + outside[j].unwrap(),
            1.0,
            ORACLE,
            "diversion sums to 1",
        );
    }
}

#[test]
fn standard_errors_after_a_logit_are_those_of_the_delta_method() {
    const DRAWS: usize = 400;
    /// Four standard errors of a standard deviation over so many draws.
    const MONTE_CARLO: f64 = 4.0 / 28.0;
    let (_folder, loaded) = stored("logit.toml", &[]);
    let (fit, document) = fitted(&loaded);
    let draws = Draws {
        count: DRAWS,
        seed: 3,
    };
    let post = after(&loaded, &fit, Some(draws), &AtomicBool::new(false), &Silent).unwrap();
    let column = |name: &str| -> Vec<f64> {
        let column = post.tables[0].1.column_by_name(name).unwrap();
        let values = column.as_any().downcast_ref::<Float64Array>().unwrap();
        values.iter().map(Option::unwrap).collect()
    };
    // A logit's own elasticity is α p (1 − s): it moves with α alone.
    let relative = document.parameters[0].se.unwrap() / document.parameters[0].estimate.abs();
    let (values, errors) = (column("own_elasticity"), column("own_elasticity_se"));
    for (value, error) in values.iter().zip(&errors) {
        let ratio = error / value.abs() / relative;
        assert!((ratio - 1.0).abs() < MONTE_CARLO, "{ratio}");
    }
    assert!(post.tables[0].1.column_by_name("prices_se").is_none());
}
