//! Clusters in one and two ways: what they can weight and what they cannot, and where a fit says that it stands.

use super::data::{cereal, cereal_logit, cereal_products, cereal_start};
use super::oracle::{all_close, none, one_step, run};
use beachhead_engine::estimate::{
    Covariance, Ending, EstimateError, FixedPoint, Method, Options, Problem, check_problem,
    estimate,
};
use std::sync::atomic::AtomicBool;

/// Two ways to the same number.
const SAME_MATHEMATICS: f64 = 1e-9;

fn clustered(columns: &[&str]) -> Problem {
    let table = cereal_products();
    Problem {
        clusters: columns.iter().map(|name| table.ids(name)).collect(),
        ..cereal_logit(&["prices"], &["product_ids"])
    }
}

fn options(method: Method, weighting: Covariance) -> Options {
    Options {
        method,
        weighting,
        standard_errors: Covariance::Clustered,
        ..Options::default()
    }
}

/// Cities and products cut across each other: the covariance of 20 moments has negative eigenvalues and weights nothing.
#[test]
fn two_ways_whose_covariance_is_none_do_not_weight() {
    let problem = clustered(&["city_ids", "product_ids"]);
    let two = options(Method::TwoStep, Covariance::Clustered);
    let refused = estimate(&problem, &none(), &two, &AtomicBool::new(false)).unwrap_err();
    let EstimateError::NoWeights { smallest, largest } = refused else {
        panic!("{refused}")
    };
    assert!(smallest < 0.0 && largest > 1.0, "{smallest} {largest}");
    // Robust weights in the second step, standard errors in two ways: said of them, not refused.
    let fit = run(
        &problem,
        &none(),
        &options(Method::TwoStep, Covariance::Robust),
    );
    assert_eq!(fit.status, Ending::Converged);
    assert!(fit.estimates[0].standard_error > 0.0);
    assert!(fit.diagnosis.moments_eigenvalues.unwrap().0 < 0.0);
}

/// In two steps as in one the covariance is that of each way, less that of both at once.
#[test]
fn two_ways_add_up() {
    let robust = options(Method::TwoStep, Covariance::Robust);
    let covariance =
        |columns: &[&str]| run(&clustered(columns), &none(), &robust).moments_covariance;
    let table = cereal_products();
    let (cities, products) = (table.ids("city_ids"), table.ids("product_ids"));
    let most = products.iter().max().unwrap() + 1;
    let mut together = clustered(&["city_ids"]);
    together.clusters[0] = cities
        .iter()
        .zip(&products)
        .map(|(c, p)| c * most + p)
        .collect();
    let both = run(&together, &none(), &robust);
    let one = covariance(&["city_ids"]);
    let other = covariance(&["product_ids"]);
    let wanted: Vec<f64> = one
        .iter()
        .zip(&other)
        .zip(&both.moments_covariance)
        .map(|((a, b), c)| a + b - c)
        .collect();
    let found = covariance(&["city_ids", "product_ids"]);
    all_close("two ways", &found, &wanted, SAME_MATHEMATICS);
}

/// Two quarters cannot weight 20 moments; it is told before anything is computed.
#[test]
fn few_clusters_do_not_weight() {
    let problem = clustered(&["quarter"]);
    let two = options(Method::TwoStep, Covariance::Clustered);
    let found = check_problem(&problem, &none(), &two);
    let [EstimateError::TooFewClusters { clusters, moments }] = found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((clusters, moments), (2, 20));
    let one = options(Method::OneStep, Covariance::Clustered);
    assert!(check_problem(&problem, &none(), &one).is_empty());
    let products = clustered(&["product_ids"]);
    assert!(check_problem(&products, &none(), &two).is_empty());
}

#[test]
fn without_a_search_a_fit_is_evaluated_and_not_converged() {
    let fit = run(&cereal(), &cereal_start(), &one_step());
    assert_eq!(fit.status, Ending::Evaluated);
    let logit = run(&clustered(&["city_ids"]), &none(), &one_step());
    assert_eq!(logit.status, Ending::Converged);
}

#[test]
fn with_markets_that_fail_there_are_no_standard_errors() {
    let short = Options {
        fixed_point: FixedPoint {
            evaluations: 3,
            ..FixedPoint::default()
        },
        ..one_step()
    };
    let fit = run(&cereal(), &cereal_start(), &short);
    assert_eq!(fit.status, Ending::MarketsFailed);
    assert!(!fit.diagnosis.troubles.is_empty());
    assert!(fit.estimates.iter().all(|e| e.standard_error.is_nan()));
    assert!(fit.covariance.iter().all(|c| c.is_nan()));
}
