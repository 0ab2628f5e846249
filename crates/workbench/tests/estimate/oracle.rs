//! From files to a fit: what the reference finds on the same tables, from `crates/dev/oracle/estimate.py`.

use super::example;
use beachhead_engine::estimate::{Fit, Kind};
use beachhead_workbench::estimate::{Document, Loaded, document, fit, read};
use beachhead_workbench::run::job::Silent;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The same evaluation by another program, relative.
pub(crate) const ORACLE: f64 = 1e-8;
/// Objectives of searches that end at the same minimum, relative.
const SOLVED: f64 = 1e-6;
/// Estimates along a nearly flat valley, in standard errors.
const FLAT: f64 = 0.05;

/// Cases of the reference.
pub(crate) fn reference(case: &str) -> Value {
    let text = include_str!("../../../engine/tests/fixtures/estimate/oracle.json");
    let all: Value = serde_json::from_str(text).unwrap();
    all["cases"][case].clone()
}

/// A problem of an example, with texts replaced, beside that example's tables.
pub(crate) fn problem(folder: &str, file: &str, edits: &[(&str, &str)]) -> Loaded {
    let made = tempfile::tempdir().unwrap();
    problem_in(made.path(), folder, file, edits)
}

/// The same in a folder that stays.
pub(crate) fn problem_in(made: &Path, folder: &str, file: &str, edits: &[(&str, &str)]) -> Loaded {
    let from = example(folder);
    let mut text = fs::read_to_string(from.join(file)).unwrap();
    for (old, new) in edits {
        assert!(text.contains(old), "{file} has no {old:?}");
        text = text.replacen(old, new, 1);
    }
    fs::write(made.join("problem.toml"), text).unwrap();
    for entry in fs::read_dir(&from).unwrap() {
        let table = entry.unwrap().path();
        let ending = table.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("csv" | "parquet")) {
            fs::copy(&table, made.join(table.file_name().unwrap())).unwrap();
        }
    }
    read(made).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

pub(crate) fn fitted(loaded: &Loaded) -> (Fit, Document) {
    let fit =
        fit(loaded, &AtomicBool::new(false), &Silent).unwrap_or_else(|error| panic!("{error}"));
    let document = document(loaded, &fit);
    (fit, document)
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter()
        .map(|number| number.as_f64().unwrap_or(f64::NAN))
        .collect()
}

/// What two numbers may be apart beside the tolerance of their size: what cancels to nearly 0 keeps the rounding of what it came from.
const FLOOR: f64 = 1e-12;

/// The same for estimates that are nearly 0 beside their standard errors, as a part of these.
const OF_ERRORS: f64 = 1e-9;

pub(crate) fn close(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    near(ours, theirs, tolerance, FLOOR, what);
}

fn near(ours: f64, theirs: f64, tolerance: f64, floor: f64, what: &str) {
    let gap = (ours - theirs).abs();
    assert!(
        gap <= tolerance * theirs.abs() + floor,
        "{what}: {ours} and {theirs}, {:.1e} apart",
        gap / theirs.abs()
    );
}

/// Objective, gradient, all parameters and standard errors, mean utilities.
pub(crate) fn same(loaded: &Loaded, case: &str) {
    same_within(loaded, case, ORACLE);
}

/// The same where less can be asked.
pub(crate) fn same_within(loaded: &Loaded, case: &str, tolerance: f64) {
    let reference = reference(case);
    let (fit, document) = fitted(loaded);
    let of = |key: &str| numbers(&reference[key]);
    close(
        document.objective,
        reference["objective"].as_f64().unwrap(),
        tolerance,
        case,
    );
    let scale = of("gradient")
        .iter()
        .fold(1.0, |most: f64, g| most.max(g.abs()));
    for (k, (ours, theirs)) in document.gradient.iter().zip(of("gradient")).enumerate() {
        close(
            ours / scale,
            theirs / scale,
            tolerance,
            &format!("{case}: gradient {k}"),
        );
    }
    let labels: Vec<&str> = reference["labels"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let names: Vec<&str> = document
        .parameters
        .iter()
        .filter(|p| !p.fixed)
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(names, labels, "{case}");
    let estimates = ["theta", "beta", "gamma"].into_iter().flat_map(of);
    let errors = ["theta_se", "beta_se", "gamma_se"].into_iter().flat_map(of);
    let ours = document.parameters.iter().filter(|p| !p.fixed);
    for ((ours, estimate), error) in ours.zip(estimates).zip(errors) {
        let what = format!("{case}: {}", ours.name);
        near(ours.estimate, estimate, tolerance, OF_ERRORS * error, &what);
        close(
            ours.se.unwrap() / error,
            1.0,
            tolerance,
            &format!("{what}, standard error"),
        );
    }
    let delta = of("delta");
    for (row, theirs) in of("rows").into_iter().zip(delta) {
        close(
            fit.mean_utility[row as usize],
            theirs,
            tolerance,
            &format!("{case}: delta {row}"),
        );
    }
}

pub(crate) const EVALUATE: (&str, &str) = ("optimiser = \"bfgs\"", "optimiser = \"none\"");

#[test]
fn logit() {
    same(&problem("cereal", "logit.toml", &[]), "logit_two_step");
    same(
        &problem("cereal", "logit_one_step.toml", &[]),
        "logit_one_step",
    );
    same(
        &problem("cereal", "logit_unadjusted.toml", &[]),
        "logit_unadjusted",
    );
    same(
        &problem("cereal", "logit_clustered.toml", &[]),
        "logit_clustered",
    );
    same(
        &problem("cereal", "logit_characteristics.toml", &[]),
        "logit_characteristics",
    );
    let both = ("C(product_ids)", "C(product_ids) + C(market_ids)");
    same(
        &problem("cereal", "logit.toml", &[both]),
        "logit_two_dimensions",
    );
}

#[test]
fn cereal_at_its_start() {
    same(
        &problem("cereal", "problem.toml", &[EVALUATE]),
        "cereal_at_start",
    );
    let two = ("method = \"one_step\"", "method = \"two_step\"");
    same(
        &problem("cereal", "problem.toml", &[EVALUATE, two]),
        "cereal_two_step_at_start",
    );
    let lower = (
        "mushy = 0.2441",
        "mushy = 0.2441\n\"prices x 1\" = 0.4\n\"mushy x sugar\" = -0.05",
    );
    same(
        &problem("cereal", "problem.toml", &[EVALUATE, lower]),
        "cereal_lower_triangle_at_start",
    );
}

#[test]
fn coefficients_of_other_shapes() {
    let edits = [
        EVALUATE,
        ("prices = 2.4526", "prices = 0.5"),
        ("\"prices x income\" = 15.8935", "\"prices x income\" = 0.3"),
        (
            "\"prices x income_squared\" = -1.2000",
            "\"prices x income_squared\" = -0.02",
        ),
        ("\"prices x child\" = 2.6342", "\"prices x child\" = 0.1"),
        (
            "[estimation]",
            "[coefficients]\nprices = \"lognormal\"\nmushy = \"logit\"\n\n[estimation]",
        ),
    ];
    same(
        &problem("cereal", "problem.toml", &edits),
        "cereal_lognormal_at_start",
    );
}

#[test]
fn nests_at_their_start() {
    let evaluate = (
        "[[instruments]]",
        "[estimation]\nmethod = \"one_step\"\noptimiser = \"none\"\n\n[[instruments]]",
    );
    same(
        &problem("cereal", "nested_mushy.toml", &[evaluate]),
        "nested_mushy_at_start",
    );
    let two = ("rho = 0.7", "rho = { 0 = 0.7, 1 = 0.6 }");
    same(
        &problem("cereal", "nested_mushy.toml", &[evaluate, two]),
        "nested_two_at_start",
    );
    let random = [
        EVALUATE,
        (
            "linear = \"0 + prices\"\nabsorb = \"C(product_ids)\"",
            "linear = \"1 + prices + sugar\"",
        ),
        ("name = \"cereal\"", "name = \"cereal\"\nrho = 0.3"),
        (
            "table = \"products.csv\"",
            "table = \"products.csv\"\nnests = \"mushy\"",
        ),
        (
            "[estimation]",
            "[[instruments]]\nbuild = \"nest_size\"\n\n[estimation]",
        ),
    ];
    same(
        &problem("cereal", "problem.toml", &random),
        "cereal_one_nesting_at_start",
    );
}

#[test]
fn automobiles_at_their_start() {
    let edits = [(
        "initial_update = true",
        "initial_update = false\nmethod = \"one_step\"\noptimiser = \"none\"",
    )];
    same(
        &problem("automobiles", "problem.toml", &edits),
        "automobiles_at_start",
    );
    let updated = [(
        "initial_update = true",
        "initial_update = true\nmethod = \"one_step\"\noptimiser = \"none\"",
    )];
    same(
        &problem("automobiles", "problem.toml", &updated),
        "automobiles_updated_at_start",
    );
}

/// People of cereals with further columns.
fn with_people(
    column: impl Fn(usize, &[&str], &str, &str) -> String,
    heads: &str,
    drop: &[&str],
) -> Loaded {
    let made = tempfile::tempdir().unwrap();
    let from = example("cereal");
    let text = fs::read_to_string(from.join("problem.toml")).unwrap();
    fs::write(
        made.path().join("problem.toml"),
        text.replace(EVALUATE.0, EVALUATE.1),
    )
    .unwrap();
    let products = fs::read_to_string(from.join("products.csv")).unwrap();
    fs::write(made.path().join("products.csv"), &products).unwrap();
    let people = fs::read_to_string(from.join("agents.csv")).unwrap();
    let names: Vec<&str> = people.lines().next().unwrap().split(',').collect();
    let kept: Vec<usize> = (0..names.len())
        .filter(|k| !drop.contains(&names[*k]))
        .collect();
    let (mut table, mut market, mut number) = (String::new(), "", 0);
    for (row, line) in people.lines().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let shown: Vec<&str> = kept.iter().map(|k| cells[*k]).collect();
        if row == 0 {
            writeln!(table, "{},{heads}", shown.join(",")).unwrap();
            continue;
        }
        number = if cells[0] == market { number + 1 } else { 0 };
        market = cells[0];
        writeln!(
            table,
            "{},{}",
            shown.join(","),
            column(number, &cells, market, &products)
        )
        .unwrap();
    }
    fs::write(made.path().join("agents.csv"), table).unwrap();
    read(made.path()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

const LARGEST: usize = 24;

fn numbered(name: &str) -> String {
    let all: Vec<String> = (0..LARGEST).map(|j| format!("{name}{j}")).collect();
    all.join(",")
}

#[test]
fn availability_by_person() {
    let column = |number: usize, _: &[&str], _: &str, _: &str| {
        let cells = (0..LARGEST).map(|j| {
            if number.is_multiple_of(3) && j < 2 {
                "0"
            } else {
                "1"
            }
        });
        cells.collect::<Vec<_>>().join(",")
    };
    same(
        &with_people(column, &numbered("availability"), &[]),
        "cereal_availability_at_start",
    );
}

#[test]
fn demographics_by_product() {
    let column = |_: usize, cells: &[&str], market: &str, products: &str| {
        let sugar: Vec<f64> = products
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>())
            .filter(|row| row[0] == market)
            .map(|row| row[8].parse().unwrap())
            .collect();
        let age: f64 = cells[10].parse().unwrap();
        let ages = sugar.iter().map(|sugar| (age * (sugar / 10.0)).to_string());
        ages.collect::<Vec<_>>().join(",")
    };
    same(
        &with_people(column, &numbered("age"), &["age"]),
        "cereal_by_product_at_start",
    );
}

fn solved(loaded: &Loaded, case: &str, compare: bool) {
    let reference = reference(case);
    let (_, document) = fitted(loaded);
    close(
        document.objective,
        reference["objective"].as_f64().unwrap(),
        SOLVED,
        case,
    );
    if !compare {
        return;
    }
    let estimates = ["theta", "beta", "gamma"]
        .into_iter()
        .flat_map(|key| numbers(&reference[key]));
    let errors = ["theta_se", "beta_se", "gamma_se"]
        .into_iter()
        .flat_map(|key| numbers(&reference[key]));
    for ((ours, theirs), error) in document.parameters.iter().zip(estimates).zip(errors) {
        let apart = (ours.estimate - theirs).abs() / error;
        assert!(
            apart <= FLAT,
            "{case}: {}: {} and {theirs}",
            ours.name,
            ours.estimate
        );
    }
}

#[test]
fn searches_end_where_the_reference_ends() {
    solved(&problem("cereal", "problem.toml", &[]), "cereal", true);
    solved(
        &problem("cereal", "restricted.toml", &[]),
        "cereal_restricted",
        true,
    );
    solved(&problem("cereal", "nested.toml", &[]), "nested_one", true);
    solved(
        &problem("cereal", "nested_mushy.toml", &[]),
        "nested_mushy",
        true,
    );
    solved(
        &problem("automobiles", "problem.toml", &[]),
        "automobiles",
        true,
    );
}

/// What others have published of the same data, to the figures that they print: Nevo (2000) as solved in the reference's tutorial on random coefficients.
#[test]
fn published_numbers() {
    let (_, full) = fitted(&problem("cereal", "problem.toml", &[]));
    let (_, held) = fitted(&problem("cereal", "restricted.toml", &[]));
    for (document, name, published, figures) in [
        (&full, "prices", -62.7, 0.1),
        (&full, "prices x income", 588.0, 1.0),
        (&full, "prices x income_squared", -30.2, 0.1),
        (&held, "prices", -32.0, 1.0),
    ] {
        let found = document.parameters.iter().find(|p| p.name == name);
        let estimate = found.unwrap().estimate;
        assert!(
            (estimate - published).abs() <= 0.5 * figures,
            "{name}: {estimate} and {published}"
        );
    }
}

#[test]
fn the_covariance_belongs_to_the_standard_errors() {
    let (fit, document) = fitted(&problem("cereal", "problem.toml", &[EVALUATE]));
    let positions = &document.covariance.parameters;
    assert_eq!(positions.len(), 14);
    for (k, position) in positions.iter().enumerate() {
        let variance = document.covariance.values[k * positions.len() + k].unwrap();
        let entry = &document.parameters[*position];
        close(
            variance.sqrt() / entry.se.unwrap(),
            1.0,
            ORACLE,
            &entry.name,
        );
    }
    assert!(
        fit.estimates
            .iter()
            .any(|each| each.place.kind == Kind::Beta)
    );
}
