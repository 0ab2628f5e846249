//! Numbers of pyblp 1.3.0 on its two public data sets; `crates/dev/oracle/estimate.py` makes the fixture.

use super::data::{
    automobiles, automobiles_by_product, automobiles_linear, automobiles_nests, automobiles_start,
    cereal, cereal_logit, cereal_products, cereal_start, design, diagonal, with_nests,
};
use beachhead_engine::estimate::{
    Coefficient, Covariance, Demographic, Entry, Fit, Kind, Method, Micro, MicroDataset,
    MicroMoment, MicroPart, MicroStatistic, MicroValue, Optimiser, Options, Parameters, Problem,
    estimate,
};
use serde_json::Value;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

/// Evaluations at given parameters: both iterate to 1e-14 and differ by what roundings add up to.
const EVALUATED: f64 = 1e-8;
/// Objectives at the end of a search.
const SOLVED: f64 = 1e-6;

static ORACLE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../fixtures/estimate/oracle.json")).unwrap()
});

pub(crate) fn case(name: &str) -> &'static Value {
    let case = &ORACLE["cases"][name];
    assert!(case.is_object(), "no case {name}");
    case
}

pub(crate) fn numbers(case: &Value, name: &str) -> Vec<f64> {
    let values = case[name].as_array().unwrap();
    values
        .iter()
        .map(|v| v.as_f64().unwrap_or(f64::NAN))
        .collect()
}

/// What a number may be off beside its own size, as a part of the largest of its list: what cancels to nearly 0 keeps the rounding of what it came from.
const FLOOR: f64 = 1e-11;

pub(crate) fn all_close(what: &str, got: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let largest = wanted.iter().filter(|w| w.is_finite());
    let largest = largest.fold(0.0_f64, |most, w| most.max(w.abs()));
    for (n, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let allowed = tolerance * wanted.abs() + FLOOR * largest;
        assert!(
            (got - wanted).abs() <= allowed || (got.is_nan() && wanted.is_nan()),
            "{what} {n}: {got} against {wanted}, {:.1e} apart, {:.1e} of the largest",
            (got - wanted).abs() / wanted.abs(),
            (got - wanted).abs() / largest
        );
    }
}

pub(crate) fn run(problem: &Problem, parameters: &Parameters, options: &Options) -> Fit {
    estimate(problem, parameters, options, &AtomicBool::new(false)).unwrap()
}

/// Everything that the fixture has of an evaluation.
pub(crate) fn compare(fit: &Fit, name: &str) {
    let case = case(name);
    let of = |kinds: &[Kind]| -> (Vec<f64>, Vec<f64>) {
        let found = fit.estimates.iter();
        let found = found.filter(|e| kinds.contains(&e.place.kind) && !e.fixed);
        found.map(|e| (e.estimate, e.standard_error)).unzip()
    };
    let wanted = |field: &str| numbers(case, field);
    let objective = case["objective"].as_f64().unwrap();
    all_close("objective", &[fit.objective], &[objective], EVALUATED);
    all_close(
        "gradient",
        &fit.gradient,
        &wanted("gradient"),
        10.0 * EVALUATED,
    );
    all_close("beta", &of(&[Kind::Beta]).0, &wanted("beta"), EVALUATED);
    all_close(
        "beta_se",
        &of(&[Kind::Beta]).1,
        &wanted("beta_se"),
        EVALUATED,
    );
    all_close("gamma", &of(&[Kind::Gamma]).0, &wanted("gamma"), EVALUATED);
    all_close(
        "gamma_se",
        &of(&[Kind::Gamma]).1,
        &wanted("gamma_se"),
        EVALUATED,
    );
    let (theta, errors) = of(&[Kind::Sigma, Kind::Pi, Kind::Rho]);
    all_close(
        "theta_se",
        &errors,
        &wanted("theta_se")[..theta.len()],
        EVALUATED,
    );
    let rows = numbers(case, "rows");
    let at = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&r| values[r as usize]).collect() };
    all_close("delta", &at(&fit.mean_utility), &wanted("delta"), EVALUATED);
    all_close("xi", &at(&fit.xi), &wanted("xi"), EVALUATED);
    if !fit.omega.is_empty() {
        all_close("omega", &at(&fit.omega), &wanted("omega"), EVALUATED);
    }
}

fn of_kind(kind: Covariance, method: Method) -> Options {
    Options {
        method,
        weighting: kind,
        standard_errors: kind,
        ..Options::default()
    }
}

fn at_start(options: Options) -> Options {
    Options {
        search: Optimiser::Evaluate.into(),
        ..options
    }
}

pub(crate) fn one_step() -> Options {
    at_start(of_kind(Covariance::Robust, Method::OneStep))
}

pub(crate) fn none() -> Parameters {
    Parameters::default()
}

#[test]
fn logit_with_absorbed_effects() {
    let problem = cereal_logit(&["prices"], &["product_ids"]);
    let two = Method::TwoStep;
    compare(
        &run(&problem, &none(), &of_kind(Covariance::Robust, two)),
        "logit_two_step",
    );
    compare(
        &run(&problem, &none(), &of_kind(Covariance::Unadjusted, two)),
        "logit_unadjusted",
    );
    let one = of_kind(Covariance::Robust, Method::OneStep);
    compare(&run(&problem, &none(), &one), "logit_one_step");
    let plain = Options {
        standard_errors: Covariance::Unadjusted,
        ..one
    };
    compare(&run(&problem, &none(), &plain), "logit_one_step_unadjusted");
    let clustered = Problem {
        clusters: vec![cereal_products().ids("product_ids")],
        ..problem
    };
    let options = of_kind(Covariance::Clustered, two);
    compare(&run(&clustered, &none(), &options), "logit_clustered");
}

#[test]
fn logit_with_characteristics_and_with_two_dimensions() {
    let options = of_kind(Covariance::Robust, Method::TwoStep);
    let problem = cereal_logit(&["1", "prices", "sugar", "mushy"], &[]);
    compare(&run(&problem, &none(), &options), "logit_characteristics");
    let problem = cereal_logit(&["prices"], &["product_ids", "market_ids"]);
    compare(&run(&problem, &none(), &options), "logit_two_dimensions");
}

#[test]
fn tastes_at_the_starting_values() {
    let problem = cereal();
    let start = cereal_start();
    compare(&run(&problem, &start, &one_step()), "cereal_at_start");
    let two = |kind| at_start(of_kind(kind, Method::TwoStep));
    compare(
        &run(&problem, &start, &two(Covariance::Robust)),
        "cereal_two_step_at_start",
    );
    let plain = at_start(of_kind(Covariance::Unadjusted, Method::OneStep));
    compare(&run(&problem, &start, &plain), "cereal_unadjusted_at_start");
    let clustered = Problem {
        clusters: vec![cereal_products().ids("city_ids")],
        ..problem
    };
    let fit = run(&clustered, &start, &two(Covariance::Clustered));
    compare(&fit, "cereal_clustered_at_start");
}

#[test]
fn coefficients_that_are_not_normal_or_depend_on_each_other() {
    let problem = cereal();
    let mut start = cereal_start();
    start.sigma[1][0] = Entry::free(0.4);
    start.sigma[3][2] = Entry::free(-0.05);
    compare(
        &run(&problem, &start, &one_step()),
        "cereal_lower_triangle_at_start",
    );
    let mut start = cereal_start();
    start.sigma = diagonal(&[0.3302, 0.5, 0.0163, 0.2441]);
    start.pi[1] = [0.3, -0.02, 0.0, 0.1].map(Entry::start).into();
    start.coefficients = vec![
        Coefficient::Normal,
        Coefficient::Lognormal,
        Coefficient::Normal,
        Coefficient::Logit,
    ];
    compare(
        &run(&problem, &start, &one_step()),
        "cereal_lognormal_at_start",
    );
}

#[test]
fn nests_with_tastes() {
    let table = cereal_products();
    let problem = Problem {
        linear: design(&table, &["1", "prices", "sugar"]),
        absorbed: Vec::new(),
        ..with_nests(cereal(), |table| table.ids("mushy"))
    };
    let mut start = cereal_start();
    start.rho = vec![Entry::free(0.2), Entry::free(0.4)];
    compare(&run(&problem, &start, &one_step()), "cereal_nests_at_start");
    start.rho = vec![Entry::free(0.3)];
    compare(
        &run(&problem, &start, &one_step()),
        "cereal_one_nesting_at_start",
    );
}

#[test]
fn nests_without_tastes_at_given_parameters() {
    let problem = with_nests(cereal_logit(&["prices"], &[]), |table| table.ids("mushy"));
    let rho = |values: &[f64]| Parameters {
        rho: values.iter().map(|&v| Entry::free(v)).collect(),
        ..Parameters::default()
    };
    compare(
        &run(&problem, &rho(&[0.7]), &one_step()),
        "nested_mushy_at_start",
    );
    compare(
        &run(&problem, &rho(&[0.7, 0.6]), &one_step()),
        "nested_two_at_start",
    );
}

pub(crate) fn automobile_options(initial_update: bool) -> Options {
    Options {
        cost_bounds: (0.001, f64::INFINITY),
        initial_update,
        any_weights: true,
        ..at_start(of_kind(Covariance::Clustered, Method::OneStep))
    }
}

#[test]
fn supply_at_the_starting_values() {
    let (problem, start) = (automobiles(), automobiles_start());
    let fit = run(&problem, &start, &automobile_options(false));
    compare(&fit, "automobiles_at_start");
    let fit = run(&problem, &start, &automobile_options(true));
    compare(&fit, "automobiles_updated_at_start");
}

#[test]
fn supply_with_a_linear_price_coefficient_and_with_nests() {
    let (problem, start) = automobiles_linear();
    let fit = run(&problem, &start, &automobile_options(false));
    compare(&fit, "automobiles_linear_at_start");
    let (problem, start) = automobiles_nests();
    let fit = run(&problem, &start, &automobile_options(false));
    compare(&fit, "automobiles_nests_at_start");
}

#[test]
fn supply_with_demographics_that_differ_by_product() {
    let (problem, start) = automobiles_by_product();
    let fit = run(&problem, &start, &automobile_options(false));
    compare(&fit, "automobiles_by_product_at_start");
}

#[test]
fn nested_logit_is_solved() {
    for (name, of) in [("nested_one", 0), ("nested_mushy", 1)] {
        let nest = |table: &super::data::Table| match of {
            0 => vec![0; table.text("shares").len()],
            _ => table.ids("mushy"),
        };
        let problem = with_nests(cereal_logit(&["prices"], &[]), nest);
        let start = Parameters {
            rho: vec![Entry::free(0.7).between(0.0, 0.99)],
            ..Parameters::default()
        };
        let fit = run(
            &problem,
            &start,
            &of_kind(Covariance::Robust, Method::TwoStep),
        );
        let wanted = case(name)["objective"].as_f64().unwrap();
        all_close("objective", &[fit.objective], &[wanted], SOLVED);
        all_close("rho", &fit.theta, &numbers(case(name), "theta"), SOLVED);
        all_close("beta", &fit.beta, &numbers(case(name), "beta"), SOLVED);
    }
}

/// Both searches start where the reference starts, and are compared by what they reach: the minimum is nearly flat.
#[test]
fn cereal_is_solved() {
    for (name, hold) in [("cereal", false), ("cereal_restricted", true)] {
        let mut start = cereal_start();
        if hold {
            start.pi[1][1] = Entry::fixed(0.0);
        }
        for optimiser in [Optimiser::Bfgs, Optimiser::Lbfgsb] {
            let options = Options {
                search: optimiser.into(),
                ..of_kind(Covariance::Robust, Method::OneStep)
            };
            let fit = run(&cereal(), &start, &options);
            let wanted = case(name)["objective"].as_f64().unwrap();
            all_close("objective", &[fit.objective], &[wanted], SOLVED);
        }
    }
}

#[test]
fn automobiles_are_solved() {
    let options = Options {
        method: Method::TwoStep,
        search: Optimiser::Lbfgsb.into(),
        ..automobile_options(true)
    };
    let fit = run(&automobiles(), &automobiles_start(), &options);
    let wanted = case("automobiles")["objective"].as_f64().unwrap();
    all_close("objective", &[fit.objective], &[wanted], SOLVED);
}

#[test]
fn availability_and_demographics_by_product() {
    let mut problem = cereal();
    let mut cells = Vec::new();
    for (t, rows) in problem.markets.iter().enumerate() {
        let people = problem.agents.as_ref().unwrap().markets[t].len();
        let there = |j: usize, i: usize| {
            if i.is_multiple_of(3) && j < 2 {
                0.0
            } else {
                1.0
            }
        };
        let pairs = (0..rows.len()).flat_map(|j| (0..people).map(move |i| (j, i)));
        cells.push(pairs.map(|(j, i)| there(j, i)).collect::<Vec<f64>>());
    }
    problem.agents.as_mut().unwrap().availability = Some(cells);
    let start = cereal_start();
    compare(
        &run(&problem, &start, &one_step()),
        "cereal_availability_at_start",
    );
    let mut problem = cereal();
    let sugar = cereal_products().numbers("sugar");
    let markets = problem.markets.clone();
    let agents = problem.agents.as_mut().unwrap();
    let Demographic::OfAgent(age) = agents.demographics[2].clone() else {
        panic!("age is a number an agent");
    };
    let by_product = markets.iter().zip(&agents.markets).map(|(rows, people)| {
        let sugar = &sugar[rows.clone()];
        let age = &age[people.clone()];
        sugar
            .iter()
            .flat_map(|s| age.iter().map(move |a| a * s / 10.0))
            .collect()
    });
    agents.demographics[2] = Demographic::OfProduct(by_product.collect());
    compare(
        &run(&problem, &start, &one_step()),
        "cereal_by_product_at_start",
    );
}

/// The surveys of the script: buyers, everybody in three markets, second choices.
fn surveys(problem: &Problem) -> Micro {
    let table = cereal_products();
    let agents = problem.agents.as_ref().unwrap();
    let demographic = |d: usize| match &agents.demographics[d] {
        Demographic::OfAgent(values) => values.clone(),
        Demographic::OfProduct(_) => panic!("a number an agent"),
    };
    let (income, age, one) = (
        demographic(0),
        demographic(2),
        vec![1.0; agents.weight.len()],
    );
    let (mushy, sugar) = (table.numbers("mushy"), table.numbers("sugar"));
    let any = vec![1.0; problem.rows()];
    let choice = |dataset: usize, agent: &Vec<f64>, product: &Vec<f64>| MicroPart {
        dataset,
        value: MicroValue::Choice {
            agent: agent.clone(),
            product: product.clone(),
            outside: 0.0,
        },
    };
    let dataset =
        |name: &str, observations: f64, markets: Vec<usize>, outside: bool| MicroDataset {
            name: name.into(),
            observations,
            markets,
            outside,
        };
    let market = |name: &str| {
        problem
            .market_labels
            .iter()
            .position(|l| l == name)
            .unwrap()
    };
    let three = ["C01Q1", "C01Q2", "C03Q1"].map(market).to_vec();
    let moment = |name: &str, observed: f64, statistic: MicroStatistic| MicroMoment {
        name: name.into(),
        observed,
        statistic,
    };
    Micro {
        datasets: vec![
            dataset("buyers", 1000.0, Vec::new(), false),
            dataset("everybody", 2500.0, three, true),
            dataset("second", 500.0, Vec::new(), false),
        ],
        parts: vec![
            choice(0, &income, &mushy),
            choice(0, &one, &mushy),
            choice(0, &age, &sugar),
            choice(0, &age, &any),
            choice(0, &one, &sugar),
            choice(1, &income, &any),
            MicroPart {
                dataset: 2,
                value: MicroValue::Second {
                    first: sugar.clone(),
                    second: sugar.clone(),
                },
            },
        ],
        moments: vec![
            moment("income of mushy", 0.3, MicroStatistic::Ratio(0, 1)),
            moment("age with sugar", 0.1, MicroStatistic::Covariance(2, 3, 4)),
            moment("income of buyers", 0.05, MicroStatistic::Mean(5)),
            moment("sugar of both", 80.0, MicroStatistic::Mean(6)),
        ],
        covariance: Vec::new(),
    }
}

#[test]
fn micro_moments_at_the_starting_values() {
    let problem = cereal();
    let problem = Problem {
        micro: Some(surveys(&problem)),
        ..problem
    };
    compare(
        &run(&problem, &cereal_start(), &one_step()),
        "cereal_micro_at_start",
    );
}
