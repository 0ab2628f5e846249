//! Optimal instruments over drawn errors: what they become where errors vanish, and where there are many draws.

use super::oracle::{all_close, run};
use beachhead_engine::estimate::{
    Errors, Fit, Optimal, Options, Parameters, Problem, Truth, optimal_instruments,
};

/// Size to which errors are brought, as a part of what they were.
const VANISHING: f64 = 1e-7;
/// What instruments may move by where errors are that small, relative.
const MOVED: f64 = 1e-4;
/// Draws of which means are compared: four times as many come twice as near.
const DRAWS: [usize; 2] = [16, 144];
/// The part of the distance between means of few draws that means of many may be apart: a third is expected.
const NEARER: f64 = 0.6;

fn studied() -> (Problem, Parameters, Options, Fit) {
    let truth = Truth {
        markets: 20,
        ..Truth::default()
    };
    let (problem, start) = truth.data(5).unwrap();
    let options = Options {
        hessian: false,
        ..Options::default()
    };
    let fit = run(&problem, &start, &options);
    (problem, start, options, fit)
}

fn instruments(
    (problem, start, options, fit): &(Problem, Parameters, Options, Fit),
    errors: Errors,
) -> Optimal {
    optimal_instruments(problem, start, options, fit, errors).unwrap()
}

/// The same world with errors of nearly nothing.
fn nearly_exact(mut fit: Fit) -> Fit {
    for (delta, xi) in fit.mean_utility.iter_mut().zip(&mut fit.xi) {
        let small = VANISHING * *xi;
        *delta += small - *xi;
        *xi = small;
    }
    for (cost, omega) in fit.costs.iter_mut().zip(&mut fit.omega) {
        let small = VANISHING * *omega;
        *cost += small - *omega;
        *omega = small;
    }
    fit
}

#[test]
fn where_errors_vanish_all_expectations_are_one() {
    let (problem, start, options, fit) = studied();
    let exact = (problem, start, options, nearly_exact(fit));
    let wanted = instruments(&exact, Errors::Approximate);
    let (draws, seed) = (1, 3);
    for errors in [
        Errors::Normal { draws, seed },
        Errors::Empirical { draws, seed },
    ] {
        let found = instruments(&exact, errors);
        all_close("prices", &found.prices, &wanted.prices, MOVED);
        for (found, wanted) in found.demand.iter().zip(&wanted.demand) {
            all_close("demand", found, wanted, MOVED);
        }
        for (found, wanted) in found.supply.iter().zip(&wanted.supply) {
            all_close("supply", found, wanted, MOVED);
        }
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}

#[test]
fn means_over_more_draws_come_nearer_to_each_other() {
    let studied = studied();
    let expected = |draws: usize, seed: u64, normal: bool| match normal {
        true => instruments(&studied, Errors::Normal { draws, seed }).prices,
        false => instruments(&studied, Errors::Empirical { draws, seed }).prices,
    };
    for normal in [true, false] {
        let [few, many] =
            DRAWS.map(|draws| distance(&expected(draws, 1, normal), &expected(draws, 2, normal)));
        assert!(many <= NEARER * few, "{many} of {few}");
    }
    // Both are means over errors of one variance.
    let [_, many] = DRAWS;
    let (normal, empirical) = (expected(many, 1, true), expected(many, 1, false));
    let apart = distance(&expected(many, 2, true), &normal);
    let between = distance(&normal, &empirical);
    assert!(between <= 2.0 * apart, "{between} and {apart}");
}
