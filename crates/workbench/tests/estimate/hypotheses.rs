//! Hypotheses in `problem.toml`: the reference's statistics, laws, mistakes; the bootstrap of markets.

use super::oracle::{close, problem, reference};
use super::{PROBLEM, one};
use beachhead_workbench::estimate::bootstrap::{BootstrapParameter, bootstrap};
use beachhead_workbench::estimate::hypotheses::{HypothesisEntry, tested};
use beachhead_workbench::estimate::{Draws, FitError, Loaded, document, estimated};
use beachhead_workbench::run::job::Silent;
use std::sync::atomic::AtomicBool;

/// The same statistic by another program.
const ORACLE: f64 = 1e-8;
/// A statistic of what is true of the estimates themselves.
const NOTHING: f64 = 1e-6;
/// Three tests of one thing agree where it is nearly true, in standard deviations of the statistic.
const SAME: f64 = 0.5;

fn entries(loaded: &Loaded) -> Vec<HypothesisEntry> {
    let cancel = AtomicBool::new(false);
    let found = estimated(loaded, &cancel, &Silent).unwrap_or_else(|error| panic!("{error}"));
    tested(loaded, &found, &cancel, &Silent).unwrap_or_else(|error| panic!("{error}"))
}

/// Tests of a logit are those of one linear restriction: distance and Lagrange multiplier are the same number, as the objective is a parabola.
#[test]
fn in_a_linear_model_distance_and_lagrange_are_one_number() {
    let written = (
        "absorb = \"C(product_ids)\"",
        "absorb = \"C(product_ids)\"\n\n[[hypotheses]]\nname = \"thirty\"\nbeta = { prices = -30 }",
    );
    let found = entries(&problem("cereal", "logit.toml", &[written]));
    let [entry] = &found[..] else { panic!("one") };
    assert_eq!(entry.says, ["prices = -30"]);
    let wald = entry.wald.unwrap();
    close(
        wald.statistic,
        reference("optimal")["tests"]["wald"].as_f64().unwrap(),
        ORACLE,
        "wald",
    );
    let (distance, lagrange) = (entry.distance.unwrap(), entry.lagrange.unwrap());
    assert_eq!([wald.degrees, distance.degrees], [1, 1]);
    assert!(distance.statistic > 0.0);
    let gap = (distance.statistic.sqrt() - wald.statistic.sqrt()).abs();
    assert!(gap < SAME, "{distance:?} {wald:?}");
    let gap = (lagrange.statistic.sqrt() - wald.statistic.sqrt()).abs();
    assert!(gap < SAME, "{lagrange:?} {wald:?}");
}

/// What is true of the estimates themselves is rejected by nothing.
#[test]
fn the_estimate_itself_is_not_rejected() {
    let plain = problem("cereal", "logit.toml", &[]);
    let fit = estimated(&plain, &AtomicBool::new(false), &Silent)
        .unwrap()
        .fit;
    let text = format!(
        "absorb = \"C(product_ids)\"\n\n[[hypotheses]]\nname = \"itself\"\nbeta = {{ prices = {:?} }}",
        fit.beta[0]
    );
    let found = entries(&problem(
        "cereal",
        "logit.toml",
        &[("absorb = \"C(product_ids)\"", &text)],
    ));
    for test in [found[0].wald, found[0].distance, found[0].lagrange] {
        let statistic = test.unwrap().statistic;
        assert!(statistic.abs() < NOTHING, "{statistic}");
    }
}

const NO_INCOME: &str =
    "[[hypotheses]]\nname = \"no income\"\npi = { \"sugar x income\" = 0 }\n\n[pi]";

#[test]
fn mistakes_of_hypotheses() {
    let mistake = |from: &str, to: &str, place: &str, words: &[&str]| {
        assert!(NO_INCOME.contains(from), "{from}");
        one(
            &[(PROBLEM, "[pi]", &NO_INCOME.replacen(from, to, 1))],
            place,
            words,
        );
    };
    mistake(
        "sugar x income",
        "suger x income",
        "problem.toml:21:8",
        &[
            "`suger x income` in `pi` of a hypothesis",
            "did you mean `sugar x income`?",
        ],
    );
    mistake(
        "pi = { \"sugar x income\" = 0 }",
        "rho = 0",
        "problem.toml:21:7",
        &["`rho` in a hypothesis", "nests"],
    );
    mistake(
        "pi = { \"sugar x income\" = 0 }",
        "",
        "problem.toml:19:1",
        &["a hypothesis that says nothing"],
    );
    mistake(
        "= 0 }",
        "= 0 }\ntests = [\"lm\"]",
        "problem.toml:22:10",
        &["\"lm\"", "`wald`, `distance`, `lagrange`"],
    );
    mistake(
        "[pi]",
        "[[hypotheses]]\nname = \"no income\"\nbeta = { sugar = 0 }\n\n[pi]",
        "problem.toml:24:8",
        &["a second hypothesis `no income`"],
    );
    mistake(
        "[pi]",
        "[estimation]\nmethod = \"one_step\"\n\n[[hypotheses]]\nname = \"d\"\nbeta = { sugar = 0 }\ntests = [\"distance\"]\n\n[pi]",
        "problem.toml:26:1",
        &["after one step", "two_step"],
    );
}

#[test]
fn a_bootstrap_of_markets_spreads_about_as_standard_errors_say() {
    /// Standard errors by formula and by forty draws of markets, whose own spread is a ninth.
    const FACTOR: f64 = 2.0;
    let loaded = problem("cereal", "logit.toml", &[]);
    let cancel = AtomicBool::new(false);
    let found = estimated(&loaded, &cancel, &Silent).unwrap();
    let draws = Draws { count: 40, seed: 3 };
    let drawn = bootstrap(&loaded, &found, draws, &cancel, &Silent).unwrap();
    assert_eq!(drawn.entry.failed, 0);
    assert_eq!(drawn.table.num_rows(), 40);
    let [price] = &drawn.entry.parameters[..] else {
        panic!("one parameter")
    };
    let document = document(&loaded, &found.fit);
    let ratio = price.se.unwrap() / document.parameters[0].se.unwrap();
    assert!((1.0 / FACTOR..FACTOR).contains(&ratio), "{ratio}");
    let (lower, upper) = (price.lower.unwrap(), price.upper.unwrap());
    assert!(lower < found.fit.beta[0] && found.fit.beta[0] < upper);
    // A logit's elasticities are proportional to its price coefficient, its markups inversely.
    let [own, aggregate, markup] = &drawn.entry.after[..] else {
        panic!("{:?}", drawn.entry.after)
    };
    let relative = |entry: &BootstrapParameter| {
        let middle = 0.5 * (entry.lower.unwrap() + entry.upper.unwrap());
        (middle, entry.se.unwrap() / middle.abs())
    };
    for (entry, is_positive) in [(own, false), (aggregate, false), (markup, true)] {
        let (middle, spread) = relative(entry);
        assert_eq!(middle > 0.0, is_positive, "{}", entry.name);
        let ratio = spread / relative(price).1;
        assert!(
            (1.0 / FACTOR..FACTOR).contains(&ratio),
            "{}: {ratio}",
            entry.name
        );
    }
    let again = bootstrap(&loaded, &found, draws, &cancel, &Silent).unwrap();
    assert_eq!(again.table, drawn.table);
    cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = bootstrap(&loaded, &found, draws, &cancel, &Silent);
    assert!(matches!(stopped, Err(FitError::Cancelled)));
}
