//! Starts that nobody gave, optimal instruments, tests of fits.

use super::oracle::{fitted, problem};
use beachhead_engine::estimate::Ending;

/// What a search from computed starts may miss of the reference's objective, relative.
const NEAR: f64 = 1e-4;

/// The `[sigma]` and `[pi]` of the cereal problem.
fn without_starts() -> (String, String) {
    let path = super::example("cereal").join("problem.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let from = text.find("# The Cholesky factor").unwrap();
    let to = text.find("[estimation]").unwrap();
    (text[from..to].to_owned(), String::new())
}

#[test]
fn starts_come_from_a_regression_where_none_are_given() {
    let (starts, none) = without_starts();
    let edits = [
        (starts.as_str(), none.as_str()),
        (
            "demographics = \"0 + income + income_squared + age + child\"\n",
            "",
        ),
        (
            "nonlinear = \"1 + prices + sugar + mushy\"",
            "nonlinear = \"0 + sugar + mushy\"",
        ),
    ];
    let loaded = problem("cereal", "problem.toml", &edits);
    let warning = &loaded.warnings[0];
    assert!(
        warning.found.contains("start from a regression"),
        "{warning}"
    );
    assert!(warning.help.contains("`sugar x sugar`"), "{warning}");
    let free = loaded.parameters.free();
    assert_eq!(free.len(), 2);
    assert!(free.iter().all(|(_, entry)| entry.start > 0.0));
    let (fit, document) = fitted(&loaded);
    // The same minimum from another start.
    let given = [
        (starts.as_str(), "[sigma]\nsugar = 0.2\nmushy = 0.5\n\n"),
        edits[1],
        edits[2],
    ];
    let (other, _) = fitted(&problem("cereal", "problem.toml", &given));
    assert_eq!(fit.status, Ending::Converged);
    let gap = (fit.objective - other.objective).abs();
    assert!(
        gap <= NEAR * other.objective,
        "{} and {}",
        fit.objective,
        other.objective
    );
    assert!(document.overidentification.is_none(), "one step has no J");
}

#[test]
fn hansens_test_stands_beside_two_steps() {
    let (fit, document) = fitted(&problem("cereal", "logit.toml", &[]));
    let test = document.overidentification.unwrap();
    assert_eq!(test.degrees, 19);
    let gap = (test.statistic - fit.objective).abs();
    assert!(
        gap <= NEAR * fit.objective,
        "{} and {}",
        test.statistic,
        fit.objective
    );
    assert!(test.p_value < 0.01);
}

#[test]
fn optimal_instruments_take_the_place_of_the_others() {
    let linear = (
        "linear = \"0 + prices\"\nabsorb = \"C(product_ids)\"",
        "linear = \"1 + prices + sugar + mushy\"",
    );
    let (starts, _) = without_starts();
    let fewer = (starts.as_str(), "[sigma]\nsugar = 0.1\n\n");
    let demographics = (
        "demographics = \"0 + income + income_squared + age + child\"\n",
        "",
    );
    let optimal = (
        "optimiser = \"bfgs\"",
        "optimiser = \"bfgs\"\noptimal_instruments = \"approximate\"",
    );
    let all = [linear, fewer, demographics, optimal];
    let (_, document) = fitted(&problem("cereal", "problem.toml", &all));
    assert!(document.settings.optimal_instruments);
    // One for Σ, one for the price, and the exogenous columns: as many moments as parameters.
    assert_eq!(document.dimensions.moments, 5);
    assert!(document.objective.abs() < NEAR, "{}", document.objective);
}
