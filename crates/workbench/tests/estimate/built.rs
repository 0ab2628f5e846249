//! Instruments and points of integration that a problem asks to build.

use super::{PROBLEM, loaded, one};

/// The same arithmetic.
const SAME: f64 = 1e-12;

const BEFORE: &str = "[sigma]";

fn instruments(built: &str) -> Vec<Vec<f64>> {
    let text = format!("[[instruments]]\n{built}\n\n[sigma]");
    let loaded = loaded(&[(PROBLEM, BEFORE, &text)]);
    let all = loaded.problem.instruments.into_iter().skip(5);
    all.map(|column| column.values).collect()
}

#[test]
fn sums_over_other_products() {
    let made = instruments("build = \"characteristics_of_others\"\nof = \"1 + sugar\"");
    // East: a and b are firm 1's, c firm 2's; west: a is firm 1's, b and c firm 2's.
    assert_eq!(made[0], [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(made[1], [5.0, 2.0, 0.0, 0.0, 4.0, 6.0]);
    assert_eq!(made[2], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]);
    assert_eq!(made[3], [4.0, 4.0, 7.0, 10.0, 2.0, 2.0]);
}

#[test]
fn differentiation() {
    let made = instruments("build = \"differentiation_quadratic\"\nof = \"0 + sugar\"");
    let wanted = [
        [9.0, 9.0, 0.0, 0.0, 4.0, 4.0],
        [4.0, 1.0, 5.0, 20.0, 16.0, 4.0],
    ];
    for (ours, wanted) in made.iter().zip(wanted) {
        for (a, b) in ours.iter().zip(wanted) {
            assert!((a - b).abs() < SAME, "{made:?}");
        }
    }
    assert_eq!(made.len(), 2);
    let local = instruments("build = \"differentiation_local\"\nof = \"0 + sugar\"");
    assert_eq!(local.len(), 2);
    assert!(local.iter().flatten().all(|count| count.fract() == 0.0));
}

#[test]
fn instruments_that_cannot_be_built() {
    let with = |built: &str| format!("[[instruments]]\n{built}\n\n[sigma]");
    one(
        &[(PROBLEM, BEFORE, &with("build = \"nest_size\""))],
        "problem.toml:15:1",
        &["`nest_size` without nests"],
    );
    one(
        &[(PROBLEM, BEFORE, &with("build = \"differentiation_local\""))],
        "problem.toml:15:1",
        &["instruments without `of`", "write `of = "],
    );
    one(
        &[(
            PROBLEM,
            BEFORE,
            &with("build = \"differentiation_local\"\nof = \"0 + prices\""),
        )],
        "problem.toml:17:11",
        &[
            "`prices` in this formula",
            "characteristics that prices and shares do not move",
        ],
    );
    one(
        &[(
            PROBLEM,
            BEFORE,
            &with("build = \"differentiation\"\nof = \"0 + sugar\""),
        )],
        "problem.toml:16:9",
        &["`differentiation_local`", "`nest_size`"],
    );
}

#[test]
fn points_of_integration() {
    let people = "[agents]\ntable = \"agents.csv\"\n";
    let drawn = |rule: &str| {
        let text = format!("[integration]\n{rule}\n");
        let edits = [
            (PROBLEM, people, text.as_str()),
            (PROBLEM, "demographics = \"0 + income\"\n", ""),
            (PROBLEM, "\n[pi]\n\"sugar x income\" = 0.1\n", ""),
        ];
        loaded(&edits).problem.agents.unwrap()
    };
    let product = drawn("rule = \"product\"\npoints = 3");
    assert_eq!(product.markets, [0..9, 9..18]);
    for rows in &product.markets {
        let weights: f64 = product.weight[rows.clone()].iter().sum();
        assert!((weights - 1.0).abs() < SAME);
        for nodes in &product.nodes {
            let mean: f64 = rows.clone().map(|i| product.weight[i] * nodes[i]).sum();
            let variance: f64 = rows
                .clone()
                .map(|i| product.weight[i] * nodes[i] * nodes[i])
                .sum();
            assert!(mean.abs() < SAME && (variance - 1.0).abs() < SAME);
        }
    }
    for rule in ["halton", "sobol", "mlhs", "monte_carlo"] {
        let agents = drawn(&format!("rule = \"{rule}\"\npoints = 50\nseed = 7"));
        assert_eq!((agents.markets.len(), agents.weight.len()), (2, 100));
        let again = drawn(&format!("rule = \"{rule}\"\npoints = 50\nseed = 7"));
        assert_eq!(agents.nodes, again.nodes);
    }
}

#[test]
fn points_beside_demographics() {
    let with = |points: usize| {
        format!("table = \"agents.csv\"\n\n[integration]\nrule = \"halton\"\npoints = {points}\n")
    };
    let agents = loaded(&[(PROBLEM, "table = \"agents.csv\"\n", &with(2))])
        .problem
        .agents
        .unwrap();
    assert_eq!((agents.labels.len(), agents.weight.len()), (1, 4));
    assert!(
        agents
            .weight
            .iter()
            .all(|weight| (weight - 0.5).abs() < SAME)
    );
    one(
        &[(PROBLEM, "table = \"agents.csv\"\n", &with(3))],
        "agents.csv",
        &[
            "2 people in market `east` for 3 points",
            "a row of demographics for each point",
        ],
    );
    one(
        &[
            (
                PROBLEM,
                "nonlinear = \"1 + sugar\"\ndemographics = \"0 + income\"\n",
                "",
            ),
            (
                PROBLEM,
                "[agents]\ntable = \"agents.csv\"\n",
                "[integration]\nrule = \"halton\"\npoints = 3\n",
            ),
            (
                PROBLEM,
                "\n[sigma]\n1 = 0.5\nsugar = 0.2\n\n[pi]\n\"sugar x income\" = 0.1\n",
                "",
            ),
        ],
        "problem.toml:7:1",
        &["[integration] without random coefficients"],
    );
}
