//! Laws that an estimation must keep whatever its data.

use super::data::{
    automobiles, automobiles_nests, automobiles_start, cereal, cereal_logit, cereal_products,
    cereal_start,
};
use super::oracle::{all_close, automobile_options, none, one_step, run};
use beachhead_engine::estimate::{
    Acceleration, Column, Covariance, Entry, EstimateError, FixedPoint, Method, Options,
    Parameters, Problem, check_problem,
};

/// Two ways to the same number.
const SAME_MATHEMATICS: f64 = 1e-9;
/// Central differences of an objective, relative to its largest derivative.
const FINITE_DIFFERENCE: f64 = 1e-5;

/// The gradient by central differences of the objective.
fn differences(problem: &Problem, start: &Parameters, options: &Options) {
    /// Step as a part of the parameter.
    const STEP: f64 = 1e-4;
    let fit = run(problem, start, options);
    let largest = fit.gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
    for (p, (place, entry)) in start.free().into_iter().enumerate() {
        let at = |factor: f64| {
            let mut moved = start.clone();
            let value = Entry {
                start: entry.start * factor,
                ..entry
            };
            use beachhead_engine::estimate::Kind;
            match place.kind {
                Kind::Sigma => moved.sigma[place.row][place.column] = value,
                Kind::Pi => moved.pi[place.row][place.column] = value,
                Kind::Rho => moved.rho[place.row] = value,
                Kind::Beta => moved.beta[place.row] = Some(value),
                Kind::Gamma => moved.gamma[place.row] = Some(value),
            }
            run(problem, &moved, options).objective
        };
        let width = 2.0 * STEP * entry.start;
        let slope = (at(1.0 + STEP) - at(1.0 - STEP)) / width;
        let size = largest.max(fit.objective / entry.start.abs());
        assert!(
            (slope - fit.gradient[p]).abs() <= FINITE_DIFFERENCE * size,
            "{place:?}: {slope} by differences, {}",
            fit.gradient[p]
        );
    }
}

#[test]
fn gradients_are_differences_of_the_objective() {
    differences(&cereal(), &cereal_start(), &one_step());
    let options = automobile_options(false);
    differences(&automobiles(), &automobiles_start(), &options);
    let (problem, start) = automobiles_nests();
    differences(&problem, &start, &options);
}

#[test]
fn concentrated_out_equals_searched_over_at_the_same_values() {
    let (problem, mut start, options) = (cereal(), cereal_start(), one_step());
    let fit = run(&problem, &start, &options);
    start.beta = vec![Some(Entry::free(fit.beta[0]))];
    let given = run(&problem, &start, &options);
    all_close(
        "objective",
        &[given.objective],
        &[fit.objective],
        SAME_MATHEMATICS,
    );
    all_close(
        "delta",
        &given.mean_utility,
        &fit.mean_utility,
        SAME_MATHEMATICS,
    );
    // At the concentrated value the objective is flat in it.
    let slope = given.gradient.last().copied().unwrap();
    assert!(
        slope.abs() <= SAME_MATHEMATICS * fit.objective.max(1.0),
        "{slope}"
    );
    let error = |fit: &beachhead_engine::estimate::Fit| {
        let found = fit.estimates.iter().find(|e| e.name == "prices");
        found.unwrap().standard_error
    };
    all_close(
        "standard error",
        &[error(&given)],
        &[error(&fit)],
        SAME_MATHEMATICS,
    );
}

#[test]
fn absorbed_effects_equal_dummies() {
    let absorbed = cereal_logit(&["prices"], &["product_ids"]);
    let levels = absorbed.absorbed[0].clone();
    let mut dummies = Problem {
        absorbed: Vec::new(),
        ..absorbed.clone()
    };
    for level in 0..=levels.iter().copied().max().unwrap() {
        let column = levels.iter().map(|&l| f64::from(u8::from(l == level)));
        let column = Column::exogenous(format!("product {level}"), column.collect());
        dummies.linear.push(column);
    }
    // Weights of a second step differ: dummies bring moments of their own.
    let options = Options {
        method: Method::OneStep,
        standard_errors: Covariance::Unadjusted,
        ..Options::default()
    };
    let (one, other) = (
        run(&absorbed, &none(), &options),
        run(&dummies, &none(), &options),
    );
    all_close(
        "objective",
        &[one.objective],
        &[other.objective],
        SAME_MATHEMATICS,
    );
    all_close("beta", &one.beta[..1], &other.beta[..1], SAME_MATHEMATICS);
    let errors = [&one, &other].map(|fit| {
        let found = fit.estimates.iter().find(|e| e.name == "prices");
        found.unwrap().standard_error
    });
    all_close(
        "standard error",
        &errors[..1],
        &errors[1..],
        SAME_MATHEMATICS,
    );
}

#[test]
fn accelerated_and_plain_contractions_end_at_the_same_point() {
    let (problem, start) = (cereal(), cereal_start());
    let plain = Options {
        fixed_point: FixedPoint {
            acceleration: Acceleration::Plain,
            ..FixedPoint::default()
        },
        ..one_step()
    };
    let (fast, slow) = (
        run(&problem, &start, &one_step()),
        run(&problem, &start, &plain),
    );
    all_close(
        "delta",
        &fast.mean_utility,
        &slow.mean_utility,
        SAME_MATHEMATICS,
    );
    let evaluations = |fit: &beachhead_engine::estimate::Fit| fit.steps[0].contraction_evaluations;
    assert!(evaluations(&fast) < evaluations(&slow));
}

#[test]
fn threads_change_nothing() {
    let (problem, start) = (automobiles(), automobiles_start());
    let fits = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| run(&problem, &start, &automobile_options(true)))
    });
    assert_eq!(fits[0].objective.to_bits(), fits[1].objective.to_bits());
    assert_eq!(fits[0].gradient, fits[1].gradient);
    assert_eq!(fits[0].mean_utility, fits[1].mean_utility);
    assert_eq!(fits[0].costs, fits[1].costs);
}

fn first_mistake(change: impl Fn(&mut Problem)) -> EstimateError {
    let mut problem = cereal();
    change(&mut problem);
    let found = check_problem(&problem, &cereal_start(), &one_step());
    found.into_iter().next().unwrap()
}

#[test]
fn mistakes_say_where_and_what_to_do() {
    let text = |change: &dyn Fn(&mut Problem)| first_mistake(change).to_string();
    assert_eq!(
        text(&|p| p.shares[30] = 0.0),
        "shares in row 31 (market C03Q1) is 0; expected more than 0 and less than 1"
    );
    let outside = text(&|p| p.shares[2] = 0.9);
    assert!(
        outside.starts_with("shares of market C01Q1 sum to 1."),
        "{outside}"
    );
    assert!(
        outside.ends_with(
            "; expected less than 1: what is left is the outside good's, so divide sales by the size of the market"
        ),
        "{outside}"
    );
    assert_eq!(
        text(&|p| p.instruments[4].values = p.instruments[3].values.clone()),
        "demand instruments: demand_instruments4 is a combination of demand_instruments3; leave one of them out"
    );
    assert_eq!(
        text(&|p| p.instruments.truncate(5)),
        "5 moments for 14 parameters; add instruments or hold parameters"
    );
    let sum = text(&|p| {
        let pairs = p.instruments[2].values.iter().zip(&p.instruments[7].values);
        p.instruments[9].values = pairs.map(|(a, b)| 2.0 * a - 0.5 * b).collect();
    });
    assert_eq!(
        sum,
        "demand instruments: demand_instruments9 is a combination of demand_instruments2, demand_instruments7; leave one of them out"
    );
    let sugar = text(&|p| {
        p.linear.push(Column::exogenous(
            "sugar",
            cereal_products().numbers("sugar"),
        ))
    });
    assert_eq!(
        sugar,
        "linear columns: sugar does not vary within absorbed fixed effects; leave it out, or absorb others"
    );
    let nobody = text(&|p| p.agents = None);
    assert!(nobody.contains("Π"), "{nobody}");
    let weights = text(&|p| p.agents.as_mut().unwrap().weight[3] = 0.5);
    assert!(
        weights.starts_with("weights of the agents of market C01Q1 sum to 1.4"),
        "{weights}"
    );
}
