//! Beyond one fit: optimal instruments, tests, starting values, draws.

use super::data::{
    automobiles, automobiles_start, cereal, cereal_logit, cereal_products, cereal_start,
};
use super::oracle::{all_close, automobile_options, case, none, numbers, one_step, run};
use beachhead_engine::estimate::{
    Covariance, Errors, Kind, Method, Optimiser, Options, Place, Problem, Restriction, Truth,
    optimal_instruments, overidentification, resampled, restricted, score, started_from,
    starting_values, under_drawn_parameters, wald, wald_of,
};
use beachhead_engine::futures::Address;
use std::sync::atomic::AtomicBool;

/// The same formulas at the same parameters; prices in equilibrium are iterated by both.
const ORACLE: f64 = 1e-7;
/// Two ways to the same number.
const SAME_MATHEMATICS: f64 = 1e-9;

#[test]
fn optimal_instruments_are_the_references() {
    let case = case("optimal");
    let by_row = |columns: &[Vec<f64>], rows: &[f64]| -> Vec<f64> {
        let rows = rows.iter().map(|&row| row as usize);
        rows.flat_map(|row| columns.iter().map(move |column| column[row]))
            .collect()
    };
    for (name, problem, start, options) in [
        ("cereal", cereal(), cereal_start(), one_step()),
        (
            "automobiles",
            automobiles(),
            automobiles_start(),
            automobile_options(false),
        ),
    ] {
        let fit = run(&problem, &start, &options);
        let found =
            optimal_instruments(&problem, &start, &options, &fit, Errors::Approximate).unwrap();
        let rows = numbers(&case[name], "rows");
        let prices = by_row(std::slice::from_ref(&found.prices), &rows);
        all_close("prices", &prices, &numbers(&case[name], "prices"), ORACLE);
        let demand = by_row(&found.demand, &rows);
        all_close("demand", &demand, &numbers(&case[name], "demand"), ORACLE);
        let supply = by_row(&found.supply, &rows);
        all_close("supply", &supply, &numbers(&case[name], "supply"), ORACLE);
    }
}

#[test]
fn statistics_are_the_references() {
    let fit = run(
        &cereal_logit(&["prices"], &["product_ids"]),
        &none(),
        &Options::default(),
    );
    let wanted = &case("optimal")["tests"];
    let close = |name: &str, found: f64| {
        all_close(name, &[found], &[wanted[name].as_f64().unwrap()], ORACLE);
    };
    let hansen = overidentification(&fit);
    close("hansen", hansen.statistic);
    assert_eq!(hansen.degrees, 19);
    close(
        "wald",
        wald(&fit, &[fit.beta[0] + 30.0], &[1.0]).unwrap().statistic,
    );
    // At a minimum the score is rounding.
    assert!(score(&fit).statistic <= SAME_MATHEMATICS);
    assert!(hansen.p_value < SAME_MATHEMATICS);
}

/// At parameters that are no minimum, so that every statistic is far from 0.
#[test]
fn tests_of_hypotheses_are_the_references() {
    let wanted = case("hypotheses");
    let close = |name: &str, found: f64| {
        all_close(name, &[found], &[wanted[name].as_f64().unwrap()], ORACLE);
    };
    let two = Options {
        method: Method::TwoStep,
        ..one_step()
    };
    let (problem, start) = (cereal(), cereal_start());
    let fit = run(&problem, &start, &two);
    close("hansen", overidentification(&fit).statistic);
    close("lm", score(&fit).statistic);
    let place = |kind: Kind, row: usize, column: usize| Place { kind, row, column };
    let says = |place: Place, value: f64| Restriction { place, value };
    let both = [
        says(place(Kind::Pi, 1, 1), 0.0),
        says(place(Kind::Beta, 0, 0), -30.0),
    ];
    let wald = wald_of(&problem, &start, &fit, &both).unwrap();
    close("wald", wald.statistic);
    assert_eq!(wald.degrees, 2);
    let none = AtomicBool::new(false);
    let imposed = restricted(&problem, &start, &two, &fit, &both[..1], &none, &|_| {}).unwrap();
    close("distance", imposed.distance.statistic);
    assert_eq!(imposed.distance.degrees, 1);
    let held = says(place(Kind::Pi, 0, 1), 0.0);
    let error = wald_of(&problem, &start, &fit, &[held]).unwrap_err();
    assert!(error.to_string().contains("1 x income_squared is held"));
}

#[test]
fn two_ways_of_clusters_are_the_references() {
    let wanted = case("two_ways");
    let table = cereal_products();
    let ids = [table.ids("city_ids"), table.ids("product_ids")];
    let options = Options {
        method: Method::OneStep,
        standard_errors: Covariance::Clustered,
        ..Options::default()
    };
    let error = |clusters: &[Vec<usize>]| {
        let problem = Problem {
            clusters: clusters.to_vec(),
            ..cereal_logit(&["prices"], &["product_ids"])
        };
        run(&problem, &none(), &options).estimates[0].standard_error
    };
    let one_way = [error(&ids[..1]), error(&ids[1..])];
    all_close("one way", &one_way, &numbers(wanted, "one_way_se"), ORACLE);
    all_close("two ways", &[error(&ids)], &numbers(wanted, "se"), ORACLE);
}

/// The regression starts within a factor of what made the data; the search does the rest.
#[test]
fn starting_values_are_near_what_made_the_data() {
    /// The expansion is of second order, and its variances are noisy: what it may be off here.
    const FACTOR: f64 = 3.0;
    let truth = Truth {
        markets: 200,
        spread: 1.0,
        ..Truth::default()
    };
    for seed in 1..=5 {
        let (problem, start) = truth.data(seed).unwrap();
        let found = starting_values(&problem, &start).unwrap().sigma[0][0].start;
        let ratio = found / truth.spread;
        assert!(
            (1.0 / FACTOR..FACTOR).contains(&ratio),
            "seed {seed}: {found}"
        );
    }
}

#[test]
fn a_second_estimation_with_optimal_instruments_is_more_precise() {
    let truth = Truth::default();
    let (problem, start) = truth.data(11).unwrap();
    let options = Options {
        hessian: false,
        ..Options::default()
    };
    let first = run(&problem, &start, &options);
    let found = optimal_instruments(&problem, &start, &options, &first, Errors::Approximate);
    let second_problem = found.unwrap().replace(&problem);
    let second = run(&second_problem, &started_from(&start, &first), &options);
    let errors = [&first, &second].map(|fit| truth.beside(fit)[0].3);
    assert!(errors[1] < errors[0], "{errors:?}");
}

#[test]
fn draws_of_a_fit_invert_again() {
    let (problem, start, options) = (cereal(), cereal_start(), one_step());
    let fit = run(&problem, &start, &options);
    let drawn =
        under_drawn_parameters(&problem, &start, &options, &fit, Address::new(3, 1)).unwrap();
    assert_ne!(drawn.theta, fit.theta);
    // An evaluation at the drawn parameters has the same mean utilities.
    let there = run(&problem, &started_from(&start, &drawn), &options);
    all_close(
        "delta",
        &drawn.mean_utility,
        &there.mean_utility,
        SAME_MATHEMATICS,
    );
    let again = under_drawn_parameters(&problem, &start, &options, &fit, Address::new(3, 1));
    assert_eq!(again.unwrap().mean_utility, drawn.mean_utility);
}

#[test]
fn resampled_markets_are_whole_and_estimated() {
    let problem = cereal();
    let other = resampled(&problem, Address::new(5, 2));
    assert_eq!(other.rows(), problem.rows());
    assert_ne!(other.market_labels, problem.market_labels);
    let first = problem.market_labels.iter();
    let source = first
        .clone()
        .position(|label| *label == other.market_labels[0])
        .unwrap();
    let rows = other.markets[0].clone();
    assert_eq!(
        other.shares[rows],
        problem.shares[problem.markets[source].clone()]
    );
    let fit = run(&other, &cereal_start(), &one_step());
    assert!(fit.objective.is_finite());
}

/// With the same clusters twice two ways are one; with rows as the second way they are the first with what rows add and take.
#[test]
fn two_ways_of_clusters_contain_one() {
    let mut problem = cereal_logit(&["prices"], &["product_ids"]);
    let cities = cereal_products().ids("city_ids");
    let options = Options {
        weighting: Covariance::Clustered,
        standard_errors: Covariance::Clustered,
        search: Optimiser::Evaluate.into(),
        ..Options::default()
    };
    problem.clusters = vec![cities.clone()];
    let one = run(&problem, &none(), &options);
    problem.clusters = vec![cities.clone(), cities.clone()];
    let twice = run(&problem, &none(), &options);
    assert_eq!(one.moments_covariance, twice.moments_covariance);
    // Rows lie within cities: what both share is the rows themselves.
    problem.clusters = vec![cities, (0..problem.rows()).collect()];
    let nested = run(&problem, &none(), &options);
    all_close(
        "nested",
        &nested.moments_covariance,
        &one.moments_covariance,
        SAME_MATHEMATICS,
    );
}

/// Where a search ends does not depend on what searches.
#[test]
fn every_optimiser_reaches_the_same_minimum() {
    /// Objectives at the ends of searches, the coarsest of which stops at a simplex of 1e-8.
    const REACHED: f64 = 1e-6;
    let truth = Truth::default();
    let (problem, start) = truth.data(21).unwrap();
    let objectives = [
        Optimiser::Lbfgsb,
        Optimiser::Bfgs,
        Optimiser::TrustRegion,
        Optimiser::NelderMead,
    ]
    .map(|optimiser| {
        let options = Options {
            method: Method::OneStep,
            search: optimiser.into(),
            hessian: false,
            ..Options::default()
        };
        let fit = run(&problem, &start, &options);
        fit.objective
    });
    for objective in &objectives[1..] {
        all_close("objective", &[*objective], &objectives[..1], REACHED);
    }
}

#[test]
fn more_starts_are_no_worse_and_more_steps_settle() {
    let truth = Truth::default();
    let (problem, start) = truth.data(22).unwrap();
    let with = |starts: usize, method: Method| {
        let options = Options {
            method,
            starts,
            hessian: false,
            ..Options::default()
        };
        run(&problem, &start, &options)
    };
    let one = with(1, Method::OneStep);
    let three = with(3, Method::OneStep);
    assert!(three.objective <= one.objective * (1.0 + SAME_MATHEMATICS));
    assert_eq!(with(3, Method::OneStep).theta, three.theta);
    let two = with(1, Method::TwoStep);
    assert_eq!(with(1, Method::Iterated { steps: 2 }).theta, two.theta);
    let many = with(1, Method::Iterated { steps: 50 });
    assert!(
        (3..50).contains(&many.steps.len()),
        "{} steps",
        many.steps.len()
    );
}
