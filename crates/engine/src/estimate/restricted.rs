//! Written hypotheses: a fit with parameters held at values, beside the fit where they are free, `[eq:tests]`.

use super::error::EstimateError;
use super::hypotheses::{ChiSquareTest, distance, score, wald};
use super::optimal::started_from;
use super::options::{Method, Optimiser, Options};
use super::parameters::{Entry, Kind, Parameters, Place};
use super::problem::Problem;
use super::result::{Ending, Fit};
use super::solve::{Evaluated, estimate_watched};
use std::sync::atomic::AtomicBool;

/// A parameter and what it is said to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Restriction {
    /// Which one.
    pub place: Place,
    /// What it is said to be.
    pub value: f64,
}

/// What is known of the restricted fit, and the tests that need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Restricted {
    /// How its search ended.
    pub status: Ending,
    /// Its objective, with the weights of the free fit.
    pub objective: f64,
    /// How much worse it fits.
    pub distance: ChiSquareTest,
    /// Whether the held parameters would move if they were free.
    pub lagrange: ChiSquareTest,
}

/// The parameters that the covariance of a fit is of, in its order: what is searched over, then what is concentrated out of β and of γ.
pub fn order_of_covariance(problem: &Problem, parameters: &Parameters) -> Vec<Place> {
    let free = parameters.free().into_iter().map(|(place, _)| place);
    let mut order: Vec<Place> = free.collect();
    let mut concentrated = |kind: Kind, count: usize, is_held: &dyn Fn(usize) -> bool| {
        order.extend((0..count).filter(|k| !is_held(*k)).map(|row| Place {
            kind,
            row,
            column: 0,
        }));
    };
    let costs = problem
        .supply
        .as_ref()
        .map_or(0, |supply| supply.design.len());
    concentrated(Kind::Beta, problem.linear.len(), &|k| {
        parameters.beta(k).is_some()
    });
    concentrated(Kind::Gamma, costs, &|k| parameters.gamma(k).is_some());
    order
}

/// Wald's test of restrictions, from the free fit alone.
///
/// # Errors
/// A parameter that the fit holds; restrictions whose covariance is singular.
pub fn wald_of(
    problem: &Problem,
    parameters: &Parameters,
    fit: &Fit,
    restrictions: &[Restriction],
) -> Result<ChiSquareTest, EstimateError> {
    let order = order_of_covariance(problem, parameters);
    let mut slopes = vec![0.0; restrictions.len() * order.len()];
    let mut values = Vec::with_capacity(restrictions.len());
    for (r, restriction) in restrictions.iter().enumerate() {
        let at = order.iter().position(|place| *place == restriction.place);
        let found = fit.estimates.iter().find(|e| e.place == restriction.place);
        let (Some(at), Some(found)) = (at, found) else {
            return Err(EstimateError::Missing {
                what: format!(
                    "{} is held in the fit, so nothing can be tested of it",
                    Parameters::name(problem, restriction.place)
                ),
            });
        };
        slopes[r * order.len() + at] = 1.0;
        values.push(found.estimate - restriction.value);
    }
    wald(fit, &values, &slopes)
}

/// Estimates again with the parameters held, from the free fit on and with its weights, and tests what that costs.
///
/// # Errors
/// As for an estimation.
pub fn restricted(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    free: &Fit,
    restrictions: &[Restriction],
    cancel: &AtomicBool,
    watch: &dyn Fn(Evaluated),
) -> Result<Restricted, EstimateError> {
    let again = Options {
        method: Method::OneStep,
        weights: Some(free.weights.clone()),
        initial_update: false,
        starts: 1,
        hessian: false,
        ..options.clone()
    };
    let mut held = started_from(parameters, free);
    for restriction in restrictions {
        set(
            &mut held,
            problem,
            restriction.place,
            Entry::fixed(restriction.value),
        );
    }
    let found = estimate_watched(problem, &held, &again, cancel, watch)?;
    // The restricted estimates in the free model: one evaluation.
    let mut freed = started_from(&held, &found);
    for restriction in restrictions {
        set(
            &mut freed,
            problem,
            restriction.place,
            Entry::free(restriction.value),
        );
    }
    let there = Options {
        search: Optimiser::Evaluate.into(),
        ..again
    };
    let there = estimate_watched(problem, &freed, &there, cancel, watch)?;
    Ok(Restricted {
        status: found.status,
        objective: found.objective,
        distance: distance(&found, free),
        lagrange: score(&there),
    })
}

/// Puts an entry at a place; linear parameters are then no longer concentrated out.
fn set(parameters: &mut Parameters, problem: &Problem, place: Place, entry: Entry) {
    let costs = problem
        .supply
        .as_ref()
        .map_or(0, |supply| supply.design.len());
    let linear = |block: &mut Vec<Option<Entry>>, count: usize| {
        block.resize(count.max(block.len()), None);
        block[place.row] = Some(entry);
    };
    match place.kind {
        Kind::Sigma => parameters.sigma[place.row][place.column] = entry,
        Kind::Pi => parameters.pi[place.row][place.column] = entry,
        Kind::Rho => parameters.rho[place.row] = entry,
        Kind::Beta => linear(&mut parameters.beta, problem.linear.len()),
        Kind::Gamma => linear(&mut parameters.gamma, costs),
    }
}
