//! Formulas against the reference's, from `crates/dev/oracle/estimate_formulas.py`.

use super::example;
use beachhead_workbench::estimate::frame::{self, Want};
use beachhead_workbench::formula::{Columns, Formula};
use serde_json::Value;

/// Sums of the same numbers in another order.
const SUMS: f64 = 1e-12;

/// Labels of ours that are not the reference's, each with its own.
const DEPARTURES: [(&str, &str); 3] = [
    // It prints the first column of levels bare where only the second is coded.
    ("mushy*quarter[2]", "quarter[2]"),
    ("(prices - 1*1)**2/(hpwt + 1)", "(prices - 1)**2/(1 + hpwt)"),
    ("2**prices/1000000.0", "2**prices/1000000"),
];

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|number| number.as_f64().unwrap()).collect()
}

fn close(ours: f64, theirs: f64, what: &str) {
    assert!(
        (ours - theirs).abs() <= SUMS * (1.0 + theirs.abs()),
        "{what}: {ours} and {theirs}"
    );
}

#[test]
fn formulas_are_designed_as_the_reference_does() {
    let document: Value = serde_json::from_str(include_str!("formulas.json")).unwrap();
    let cases = document["cases"].as_array().unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let text = case["formula"].as_str().unwrap();
        let formula = Formula::parse(text).unwrap();
        let path = example(case["table"].as_str().unwrap()).join("products.csv");
        let wanted: Vec<(String, Want)> = formula
            .names()
            .iter()
            .map(|(name, _)| {
                let both = formula.has_levels_of(name) && formula.has_numbers_of(name);
                let want = match (both, formula.has_levels_of(name)) {
                    (true, _) => Want::Both,
                    (false, true) => Want::Levels,
                    (false, false) => Want::Either,
                };
                (name.clone(), want)
            })
            .collect();
        let mut unique: Vec<(String, Want)> = Vec::new();
        for each in wanted {
            if !unique.contains(&each) {
                unique.push(each);
            }
        }
        // Text columns are levels without being marked.
        let data = frame::open(&path, "products.csv")
            .unwrap()
            .read(&unique)
            .unwrap();
        let columns = formula
            .design(&data, case["absorbs"].as_bool().unwrap())
            .unwrap();
        let labels: Vec<String> = columns.iter().map(|column| column.label.clone()).collect();
        let theirs: Vec<String> = case["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|label| {
                let label = label
                    .as_str()
                    .unwrap()
                    .replace("np.int64(", "")
                    .replace(")]", "]");
                let departure = DEPARTURES.iter().find(|(reference, _)| *reference == label);
                departure.map_or(label, |(_, ours)| (*ours).to_owned())
            })
            .collect();
        assert_eq!(labels, theirs, "{text}");
        let (sums, last) = (numbers(&case["sums"]), numbers(&case["last"]));
        let derivatives = numbers(&case["derivatives"]);
        for (k, column) in columns.iter().enumerate() {
            let values = column.expression.evaluate(&data);
            let what = format!("{text}: {}", column.label);
            close(values.iter().sum(), sums[k], &what);
            close(values[data.rows() - 1], last[k], &what);
            let slopes = column.expression.derivative("prices").evaluate(&data);
            close(
                slopes.iter().sum(),
                derivatives[k],
                &format!("{what} by the price"),
            );
        }
    }
}
