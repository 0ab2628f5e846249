//! What is checked of people, clusters, firms and names, and how a fit says where it stands.

use super::after::stored;
use super::oracle::{EVALUATE, fitted, problem, problem_in};
use super::{AGENTS, PROBLEM, PRODUCTS, one};
use beachhead_engine::estimate::{Ending, Ownership};
use beachhead_workbench::counterfactual::{compute_all, read_fit, told};
use beachhead_workbench::estimate::export::write;
use beachhead_workbench::estimate::{Document, FitError, Loaded, fit};
use beachhead_workbench::run::job::Silent;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const BY_PRODUCT: &str = "clusters = [\"product_ids\"]";

fn refused(loaded: &Loaded) -> String {
    match fit(loaded, &AtomicBool::new(false), &Silent) {
        Err(FitError::Input(mistakes)) => mistakes.render(false),
        other => panic!("{other:?}"),
    }
}

fn codes(document: &Document) -> Vec<&str> {
    document.issues.iter().map(|issue| issue.code).collect()
}

#[test]
fn clusters_that_cannot_weight() {
    let two = (BY_PRODUCT, "clusters = [\"city_ids\", \"product_ids\"]");
    let text = refused(&problem("cereal", "logit_clustered.toml", &[two]));
    for words in [
        "no inverse to weight moments by",
        "write `weighting = \"robust\"` and keep `standard_errors = \"clustered\"`, or cluster in one way",
        "Cameron, Gelbach & Miller 2011",
    ] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
    let quarters = (BY_PRODUCT, "clusters = [\"quarter\"]");
    let text = refused(&problem("cereal", "logit_clustered.toml", &[quarters]));
    for words in [
        "2 clusters cannot weight 20 moments",
        "more clusters than moments",
        "or cluster more finely",
    ] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
}

#[test]
fn standard_errors_that_rest_on_little_are_told() {
    let robust = ("weighting = \"clustered\"", "weighting = \"robust\"");
    let with = |clusters: &str| {
        let loaded = problem(
            "cereal",
            "logit_clustered.toml",
            &[(BY_PRODUCT, clusters), robust],
        );
        fitted(&loaded).1
    };
    let two = with("clusters = [\"city_ids\", \"product_ids\"]");
    assert_eq!(codes(&two), ["errors_indefinite"]);
    assert_eq!(two.status, Ending::Converged);
    let few = with("clusters = [\"quarter\"]");
    assert_eq!(codes(&few), ["few_clusters"]);
    assert!(few.issues[0].text.starts_with("2 clusters for 20 moments"));
    assert!(codes(&with(BY_PRODUCT)).is_empty());
}

#[test]
fn a_fit_says_where_it_stands() {
    let (_, document) = fitted(&problem("cereal", "problem.toml", &[EVALUATE]));
    assert_eq!(serde_json::to_value(document.status).unwrap(), "evaluated");
    assert!(document.parameters.iter().all(|p| p.se.is_some()));
    let short = ("[estimation]", "[estimation]\ncontraction_evaluations = 3");
    let (_, document) = fitted(&problem("cereal", "problem.toml", &[EVALUATE, short]));
    assert_eq!(
        serde_json::to_value(document.status).unwrap(),
        "markets_failed"
    );
    assert!(document.parameters.iter().all(|p| p.se.is_none()));
    assert!(codes(&document).contains(&"no_standard_errors"));
    assert!(document.overidentification.is_none());
}

#[test]
fn availability_that_cannot_be() {
    let columns = [
        (
            AGENTS,
            "income\n",
            "income,availability0,availability1,availability2\n",
        ),
        (AGENTS, "-0.3,10\n", "-0.3,10,1,1,1\n"),
        (AGENTS, "0.3,12\n", "0.3,12,1,1,1\n"),
        (AGENTS, "-0.2,9\n", "-0.2,9,0,1,1\n"),
        (AGENTS, "0.2,15\n", "0.2,15,1,1,0.5\n"),
    ];
    super::loaded(&columns);
    let mut nobody = columns;
    nobody[4].2 = "0.2,15,0,1,1\n";
    one(
        &nobody,
        "agents.csv:4:21",
        &[
            "`availability0` is 0 for everybody in market `west`",
            "somebody who can buy what is bought",
            "in the order of their rows",
        ],
    );
    let mut more = columns;
    more[2].2 = "0.3,12,1,1.5,1\n";
    one(
        &more,
        "agents.csv:3:24",
        &["`availability1` of 1.5 in market `east`", "a share from 0"],
    );
}

#[test]
fn weights_below_nothing() {
    one(
        &[
            (AGENTS, "west,0.5,0.2", "west,1.5,0.2"),
            (AGENTS, "west,0.5,-0.2", "west,-0.5,-0.2"),
        ],
        "agents.csv:5:6",
        &[
            "a weight of -0.5, in market `west`",
            "weights of at least 0",
            "weights = \"as_given\"",
        ],
    );
}

#[test]
fn a_table_with_a_heading_alone() {
    let folder = super::changed(&[]);
    let path = folder.path().join(PRODUCTS);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().next().unwrap()).unwrap();
    let mistakes = beachhead_workbench::estimate::read(folder.path()).unwrap_err();
    assert_eq!(mistakes.list.len(), 1, "{mistakes}");
    super::check(
        &mistakes.list[0],
        "products.csv",
        &["a table without a row", "a row for each product"],
    );
}

#[test]
fn too_few_moments_say_what_is_searched_over() {
    let made = tempfile::tempdir().unwrap();
    problem_in(made.path(), "cereal", "problem.toml", &[]);
    let path = made.path().join(PROBLEM);
    let text = fs::read_to_string(&path).unwrap();
    let from = text.find("# The Cholesky factor").unwrap();
    let to = text.find("[estimation]").unwrap();
    fs::write(&path, format!("{}{}", &text[..from], &text[to..])).unwrap();
    let found = beachhead_workbench::estimate::read(made.path()).unwrap_err();
    let text = found.render(false);
    for words in [
        "20 moments for 21 parameters",
        "without [sigma] and [pi] the diagonal of Σ and all of Π are searched over, 20 of these parameters",
        "add 1 columns `demand_instruments20`…",
    ] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
}

#[test]
fn what_is_absorbed_is_named() {
    let sugar = ("linear = \"0 + prices\"", "linear = \"0 + prices + sugar\"");
    let text = refused(&problem("cereal", "logit.toml", &[sugar]));
    for words in [
        "linear columns: sugar does not vary within absorbed fixed effects",
        "`absorb = \"C(product_ids)\"` explains them already",
    ] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
}

#[test]
fn firms_that_count_each_others_profits() {
    let conduct = |text: &str| format!("[agents]\ntable = \"agents.csv\"\n\n[[conduct]]\n{text}");
    let head = "[agents]\ntable = \"agents.csv\"\n";
    let with = |text: &str| super::loaded(&[(PROBLEM, head, &conduct(text))]);
    let Some(Ownership::Conduct(firms, weights)) = with("firms = [\"1\", \"2\"]\nweight = 0.5\n")
        .problem
        .ownership
    else {
        panic!("no conduct")
    };
    assert_eq!(firms, [0, 0, 1, 0, 1, 1]);
    assert_eq!(weights, [1.0, 0.5, 0.5, 1.0]);
    let matrix = "firms = [\"2\", \"1\"]\nmatrix = [[1, 0.2], [0, 1]]\n";
    let Some(Ownership::Conduct(_, weights)) = with(matrix).problem.ownership else {
        panic!("no conduct")
    };
    assert_eq!(weights, [1.0, 0.0, 0.2, 1.0]);
    for (text, location, words) in [
        (
            "firms = [\"1\", \"3\"]\nweight = 0.5\n",
            "problem.toml:11:15",
            "no firm `3` in `firm_ids`",
        ),
        (
            "firms = [\"1\", \"1\"]\nweight = 0.5\n",
            "problem.toml:11:15",
            "the firm `1` twice",
        ),
        (
            "firms = [\"1\", \"2\"]\n",
            "problem.toml:10:1",
            "neither or both of `weight` and `matrix`",
        ),
        (
            "firms = [\"1\", \"2\"]\nmatrix = [[0.5, 0.2], [0, 1]]\n",
            "problem.toml:12:12",
            "0.5 on the diagonal",
        ),
        (
            "firms = [\"1\", \"2\"]\nweight = 1.5\n",
            "problem.toml:12:10",
            "a share from 0 to 1",
        ),
    ] {
        one(&[(PROBLEM, head, &conduct(text))], location, &[words]);
    }
}

/// A fit of automobiles at their start, in a folder.
fn automobiles(made: &Path, edits: &[(&str, &str)]) {
    let evaluate = (
        "initial_update = true",
        "method = \"one_step\"\noptimiser = \"none\"",
    );
    let all: Vec<(&str, &str)> = edits.iter().copied().chain([evaluate]).collect();
    let loaded = problem_in(made, "automobiles", "problem.toml", &all);
    let (fit, document) = fitted(&loaded);
    write(&made.join("fit"), &loaded, &fit, &document, None).unwrap();
}

/// `129` is a car of 1971 by `car_ids`, the 129th row of another year by position.
#[test]
fn edits_speak_of_ids_and_not_of_positions() {
    let folder = tempfile::tempdir().unwrap();
    let edits = folder.path().join("edits.toml");
    fs::write(&edits, "[[edit]]\ndrop = [\"129\"]\n").unwrap();
    automobiles(folder.path(), &[]);
    let studies = read_fit(&folder.path().join("fit"), None, Some(&edits)).unwrap();
    let all = compute_all("fit", &studies).unwrap();
    let touched: Vec<&str> = all
        .markets
        .iter()
        .filter(|market| market.steps[0].products.len() < market.baseline.products.len())
        .map(|market| market.source.as_str())
        .collect();
    assert_eq!(touched, ["1971"]);
    let without = tempfile::tempdir().unwrap();
    let ids = "ids = \"car_ids\"                 # what edits of counterfactuals call a car\n";
    automobiles(without.path(), &[(ids, "")]);
    let fit = without.path().join("fit");
    let refused = read_fit(&fit, None, Some(&edits)).unwrap_err();
    assert!(
        refused.list[0].found.contains("no product `129`"),
        "{refused}"
    );
    assert!(
        refused.list[0]
            .expected
            .contains("`ids = \"…\"` in [products]"),
        "{refused}"
    );
    fs::write(&edits, "[[edit]]\ndrop = [\"row 2\"]\n").unwrap();
    let studies = read_fit(&fit, Some("1971"), Some(&edits)).unwrap();
    let document = beachhead_workbench::counterfactual::compute(&studies[0]).unwrap();
    let names = |products: &[beachhead_workbench::counterfactual::ProductEntry]| -> Vec<String> {
        let names = products.iter().take(2);
        names.map(|product| product.product.clone()).collect()
    };
    assert_eq!(names(&document.baseline.products), ["row 1", "row 2"]);
    assert_eq!(names(&document.steps[0].products), ["row 1", "row 3"]);
}

/// What many markets say is said once, with how many and the worst.
#[test]
fn notes_of_many_markets_are_counted() {
    let (folder, _) = stored("logit.toml", &[]);
    let studies = read_fit(&folder.path().join("fit"), None, None).unwrap();
    let mut all = compute_all("fit", &studies).unwrap();
    for market in &mut all.markets {
        market.issues.clear();
    }
    assert!(told(&all.markets).is_empty());
    let issue = |code: &'static str, place: &str, text: &str| {
        beachhead_workbench::counterfactual::IssueEntry {
            code,
            place: place.to_owned(),
            text: text.to_owned(),
        }
    };
    for (t, value) in [(3, 0.5), (8, 2.0)] {
        all.markets[t].issues.push(issue(
            "no_maximum",
            "baseline",
            "its second-order condition fails",
        ));
        all.markets[t].baseline.certificate.second_order = Some(value);
    }
    let long = "x".repeat(2_000);
    for market in &mut all.markets {
        market
            .issues
            .push(issue("several_equilibria", "baseline", &long));
        market.baseline.certificate.equilibria = 2;
    }
    let lines = told(&all.markets);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let worst = &all.markets[8].source;
    assert!(
        lines[0].starts_with("in 2 of 94 markets the prices before are no maximum: "),
        "{}",
        lines[0]
    );
    assert!(
        lines[0].contains(&format!("worst in market {worst}")),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("in 94 of 94 markets several equilibria were found"),
        "{}",
        lines[1]
    );
    let length: usize = lines.iter().map(String::len).sum();
    assert!(length < long.len(), "{length} characters");
}
