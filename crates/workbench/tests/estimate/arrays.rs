//! The problems of the examples have the reference's dimensions, labels and starts.

use super::{example, loaded};
use beachhead_engine::estimate::{
    CostForm, Covariance, Demographic, Method, Optimiser, Ownership, Parameters,
};
use beachhead_workbench::estimate::{Loaded, read};

fn problem(folder: &str, file: &str) -> Loaded {
    read(&example(folder).join(file)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// What pyblp 1.3.0 prints of a problem: T, N, F, I, K1, K2, K3, D, MD, MS, ED, H.
fn dimensions(of: &Loaded) -> [usize; 12] {
    let problem = &of.problem;
    let exogenous = |columns: &[beachhead_engine::estimate::Column]| {
        columns
            .iter()
            .filter(|column| column.is_exogenous())
            .count()
    };
    let supply = problem.supply.as_ref();
    [
        problem.markets.len(),
        problem.rows(),
        of.rows.firms.len(),
        problem
            .agents
            .as_ref()
            .map_or(0, |agents| agents.weight.len()),
        problem.linear.len(),
        problem.nonlinear.len(),
        supply.map_or(0, |supply| supply.design.len()),
        problem
            .agents
            .as_ref()
            .map_or(0, |agents| agents.labels.len()),
        problem.instruments.len() + exogenous(&problem.linear),
        supply.map_or(0, |supply| {
            supply.instruments.len() + exogenous(&supply.design)
        }),
        problem.absorbed.len(),
        problem.nests.as_ref().map_or(0, |nests| nests.labels.len()),
    ]
}

fn names(of: &Loaded) -> Vec<String> {
    let free = of.parameters.free();
    free.iter()
        .map(|(place, _)| Parameters::name(&of.problem, *place))
        .collect()
}

#[test]
fn cereal() {
    let cereal = problem("cereal", "problem.toml");
    assert_eq!(
        dimensions(&cereal),
        [94, 2256, 5, 1880, 1, 4, 0, 4, 20, 0, 1, 0]
    );
    assert_eq!(
        names(&cereal),
        [
            "1 x 1",
            "prices x prices",
            "sugar x sugar",
            "mushy x mushy",
            "1 x income",
            "1 x age",
            "prices x income",
            "prices x income_squared",
            "prices x child",
            "sugar x income",
            "sugar x age",
            "mushy x income",
            "mushy x age"
        ]
    );
    assert_eq!(cereal.options.method, Method::OneStep);
    assert_eq!(cereal.options.search.optimiser, Optimiser::Bfgs);
    assert_eq!(cereal.problem.absorbed[0].iter().max(), Some(&23));
    assert_eq!(cereal.rows.product(0), Some("F1B04"));
    assert!(cereal.rows.order.is_none() && cereal.warnings.is_empty());
    let first = &cereal.problem.instruments[0];
    assert_eq!(
        (first.label.as_str(), first.values[0]),
        ("demand_instruments0", -0.21597281)
    );
    let restricted = problem("cereal", "restricted.toml");
    let mut fewer = names(&cereal);
    fewer.retain(|name| name != "prices x income_squared");
    assert_eq!(names(&restricted), fewer);
}

#[test]
fn cereal_without_random_coefficients() {
    let logit = problem("cereal", "logit.toml");
    assert_eq!(
        dimensions(&logit),
        [94, 2256, 5, 0, 1, 0, 0, 0, 20, 0, 1, 0]
    );
    assert_eq!(logit.options.method, Method::TwoStep);
    let plain = problem("cereal", "logit_characteristics.toml");
    assert_eq!(
        dimensions(&plain),
        [94, 2256, 5, 0, 4, 0, 0, 0, 23, 0, 0, 0]
    );
    let clustered = problem("cereal", "logit_clustered.toml");
    assert_eq!(clustered.problem.clusters.len(), 1);
    assert_eq!(clustered.options.standard_errors, Covariance::Clustered);
    let unadjusted = problem("cereal", "logit_unadjusted.toml");
    assert_eq!(unadjusted.options.weighting, Covariance::Unadjusted);
    assert_eq!(
        problem("cereal", "logit_one_step.toml").options.method,
        Method::OneStep
    );
}

#[test]
fn nested_cereal() {
    let one = problem("cereal", "nested.toml");
    assert_eq!(dimensions(&one), [94, 2256, 5, 0, 1, 0, 0, 0, 21, 0, 0, 1]);
    assert!(
        one.problem.instruments[20]
            .values
            .iter()
            .all(|size| *size == 24.0)
    );
    let two = problem("cereal", "nested_mushy.toml");
    assert_eq!(dimensions(&two), [94, 2256, 5, 0, 1, 0, 0, 0, 21, 0, 0, 2]);
    assert_eq!(two.problem.nests.as_ref().unwrap().labels, ["0", "1"]);
    let (own, other) = (
        &two.problem.instruments[20].values,
        two.problem.markets[0].len(),
    );
    assert!(
        own[..other]
            .iter()
            .all(|size| *size == 8.0 || *size == 16.0)
    );
}

#[test]
fn automobiles() {
    let cars = problem("automobiles", "problem.toml");
    assert_eq!(
        dimensions(&cars),
        [20, 2217, 26, 4000, 5, 6, 6, 1, 13, 18, 0, 0]
    );
    assert_eq!(
        names(&cars),
        [
            "1 x 1",
            "hpwt x hpwt",
            "air x air",
            "mpd x mpd",
            "space x space",
            "prices x 1/income"
        ]
    );
    let supply = cars.problem.supply.as_ref().unwrap();
    let labels: Vec<&str> = supply
        .design
        .iter()
        .map(|column| column.label.as_str())
        .collect();
    assert_eq!(
        labels,
        ["1", "log(hpwt)", "air", "log(mpg)", "log(space)", "trend"]
    );
    assert_eq!(supply.form, CostForm::Log);
    assert_eq!(cars.options.cost_bounds, (0.001, f64::INFINITY));
    assert_eq!(cars.problem.clusters.len(), 1);
    // Five columns of nodes for six of Σ: the price has no entry, and no node.
    let agents = cars.problem.agents.as_ref().unwrap();
    assert!(agents.nodes[1].iter().all(|node| *node == 0.0));
    assert_eq!(
        (agents.nodes[0][0], agents.nodes[2][0]),
        (1.192188436602, 0.47877697238)
    );
    let Demographic::OfAgent(income) = &agents.demographics[0] else {
        panic!("by product")
    };
    assert_eq!(income[0], 1.0 / 109.56036932050232);
}

#[test]
fn markets_may_be_scattered_and_numbered() {
    let plain = loaded(&[]);
    assert_eq!(plain.problem.markets, [0..3, 3..6]);
    let scattered = loaded(&[
        ("products.csv", "east,a,1,0.2,1.5,2,0.1,0.9,3.5,1,0.3\n", ""),
        (
            "products.csv",
            "west,c,2,0.05,1.9,4,0.3,0.2,0.7,1,0.4\n",
            "west,c,2,0.05,1.9,4,0.3,0.2,0.7,1,0.4\neast,a,1,0.2,1.5,2,0.1,0.9,3.5,1,0.3\n",
        ),
    ]);
    assert_eq!(scattered.problem.market_labels, ["east", "west"]);
    assert_eq!(
        scattered.rows.order.as_deref(),
        Some(&[0, 1, 5, 2, 3, 4][..])
    );
    assert_eq!(scattered.problem.shares[2], 0.2);
    assert_eq!(scattered.rows.product(2), Some("a"));
    // As numbers, and as a spreadsheet writes them: `1.0` is `1`, and 9 comes before 10.
    let text =
        |edits: &mut Vec<(&'static str, &'static str, &'static str)>, file, east, west, times| {
            for _ in 0..times {
                edits.push((file, "\neast", east));
                edits.push((file, "\nwest", west));
            }
        };
    let mut edits = Vec::new();
    text(&mut edits, "products.csv", "\n9", "\n10", 3);
    text(&mut edits, "agents.csv", "\n9.0", "\n10.0", 2);
    let numbered = loaded(&edits);
    assert_eq!(numbered.problem.market_labels, ["9", "10"]);
    assert_eq!(
        numbered.problem.agents.as_ref().unwrap().markets,
        [0..2, 2..4]
    );
}

#[test]
fn ownership_and_bounds() {
    let plain = loaded(&[]);
    let Some(Ownership::Firms(firms)) = &plain.problem.ownership else {
        panic!("no firms")
    };
    assert_eq!(firms[..], [0, 0, 1, 0, 1, 1]);
    let sigma = plain.parameters.sigma[1][1];
    assert_eq!((sigma.start, sigma.lower), (0.2, 0.0));
    assert!(plain.parameters.sigma[1][0].is_fixed());
    let bounded = loaded(&[(
        "problem.toml",
        "sugar = 0.2",
        "sugar = { start = 0.2, lower = 0.1, upper = 3 }\n\"sugar x 1\" = 0.05",
    )]);
    let sigma = &bounded.parameters.sigma[1];
    assert_eq!(
        (sigma[1].lower, sigma[1].upper, sigma[0].start),
        (0.1, 3.0, 0.05)
    );
}
