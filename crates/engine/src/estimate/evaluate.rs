//! The objective of the method of moments at one point: markets in parallel, their sums in order.

use super::economy::Economy;
use super::kernel::{add_scaled, dot};
use super::linear::{column, inverse};
use super::market::{Market, Outcome, Room, logit_delta};
use super::micro::{Found, Sums};
use super::options::ErrorPolicy;
use super::parameters::Kind;
use super::result::MarketTrouble;
use super::space::Values;
use faer::Mat;
use rayon::prelude::*;

/// Moments with their weights.
#[derive(Clone, Debug)]
pub(super) struct Weighted {
    /// W, (M, M).
    pub(super) weights: Mat<f64>,
    /// `(X'Z W Z'X)⁻¹ X'Z W`, (K, M): from `Z'y` to linear parameters.
    estimator: Mat<f64>,
}

impl Weighted {
    pub(super) fn new(economy: &Economy<'_>, weights: Mat<f64>) -> Option<Self> {
        let zx = &economy.instruments_by_design;
        let m = economy.moments();
        let aggregate = Mat::from_fn(m, m, |r, c| weights[(r, c)]);
        let left = zx.transpose() * &aggregate;
        let estimator = inverse(&(&left * zx))? * &left;
        Some(Self { weights, estimator })
    }
}

/// What an evaluation starts from: the last one, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Before {
    /// δ, (N,).
    pub(super) delta: Vec<f64>,
    /// Costs, or their logarithms, (N,); empty without supply.
    pub(super) transformed: Vec<f64>,
}

impl Before {
    /// Plain logit, and prices as costs.
    pub(super) fn logit(economy: &Economy<'_>, values: &Values) -> Self {
        let problem = economy.problem;
        let markets = 0..problem.markets.len();
        let supply = problem.supply.as_ref();
        let transformed = supply.map_or_else(Vec::new, |supply| match supply.form {
            super::problem::CostForm::Linear => problem.prices.clone(),
            super::problem::CostForm::Log => problem.prices.iter().map(|p| libm::log(*p)).collect(),
        });
        Self {
            delta: markets
                .flat_map(|t| logit_delta(economy, values, t))
                .collect(),
            transformed,
        }
    }
}

/// One evaluation.
#[derive(Clone, Debug)]
pub(super) struct Evaluation {
    pub(super) theta: Vec<f64>,
    pub(super) values: Values,
    pub(super) objective: f64,
    /// (P,); zeros where it was not asked for.
    pub(super) gradient: Vec<f64>,
    pub(super) after: Before,
    /// ξ and ω without absorbed effects, (N,); the second empty without supply.
    pub(super) errors: [Vec<f64>; 2],
    /// Marginal costs, (N,); empty without supply.
    pub(super) costs: Vec<f64>,
    /// Mean moments, (M, 1).
    pub(super) moments: Mat<f64>,
    /// `Z'∂(ξ, ω)/∂θ`, (M, P).
    pub(super) moments_by_theta: Mat<f64>,
    /// Micro moments, if there are any.
    pub(super) micro: Option<Found>,
    /// ∂ξ/∂θ and ∂ω/∂θ by market, (P, J) each, if they were to be kept.
    pub(super) kept: Vec<[Vec<f64>; 2]>,
    pub(super) clipped_shares: Vec<usize>,
    pub(super) clipped_costs: Vec<usize>,
    pub(super) troubles: Vec<MarketTrouble>,
    pub(super) fixed_point_iterations: u64,
    pub(super) contraction_evaluations: u64,
}

/// What is wanted of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    Objective,
    Gradient,
    /// The gradient, and derivatives of all rows kept.
    Slopes,
}

/// One market and what it adds to `Z'∂(ξ, ω)/∂θ`.
struct Part {
    outcome: Outcome,
    by_theta: Vec<f64>,
    micro: Option<Sums>,
}

/// Evaluates at θ.
pub(super) fn evaluate(
    economy: &Economy<'_>,
    weighted: &Weighted,
    theta: &[f64],
    before: &Before,
    want: Want,
) -> Evaluation {
    let values = economy.space.values(theta);
    let start = match economy.options.fixed_point.from_logit {
        true => Some(Before::logit(economy, &values)),
        false => None,
    };
    let start = start.as_ref().unwrap_or(before);
    let markets = economy.problem.markets.len();
    let parts: Vec<Part> = (0..markets)
        .into_par_iter()
        .map_init(Room::default, |room, t| {
            let rows = economy.problem.markets[t].clone();
            let market = Market::new(economy, &values, t);
            let slopes = want != Want::Objective && economy.space.dimension() > 0;
            let mut outcome = market.solve(&start.delta[rows], slopes, room);
            let surveys = economy.problem.micro.as_ref();
            let micro = surveys
                .filter(|_| outcome.delta.iter().all(|d| d.is_finite()))
                .map(|micro| {
                    let xi = Some(outcome.xi_by_theta.as_slice()).filter(|xi| !xi.is_empty());
                    micro.sums(&market, room, xi)
                });
            let by_theta = if slopes {
                moments_by_theta(economy, t, &outcome)
            } else {
                Vec::new()
            };
            if want != Want::Slopes {
                outcome.xi_by_theta = Vec::new();
                if let Some(implied) = &mut outcome.implied {
                    implied.omega_by_theta = Vec::new();
                }
            }
            Part {
                outcome,
                by_theta,
                micro,
            }
        })
        .collect();
    let mut evaluation = assemble(economy, theta, values, before, parts);
    finish(economy, weighted, &mut evaluation, want);
    evaluation
}

/// `Z_t'∂(ξ, ω)/∂θ`, (M, P) row by row.
fn moments_by_theta(economy: &Economy<'_>, t: usize, outcome: &Outcome) -> Vec<f64> {
    let rows = economy.problem.markets[t].clone();
    let (products, parameters) = (rows.len(), economy.space.dimension());
    let omega = outcome
        .implied
        .as_ref()
        .map(|implied| &implied.omega_by_theta);
    let slopes = [Some(&outcome.xi_by_theta), omega];
    let mut found = Vec::with_capacity(economy.moments() * parameters);
    for (side, slopes) in economy.sides().zip(slopes) {
        for z in &side.instruments {
            for p in 0..parameters {
                let row = slopes.and_then(|s| s.get(p * products..(p + 1) * products));
                let sum = row.map(|row| dot(economy.dispatch, &z[rows.clone()], row));
                found.push(sum.unwrap_or(0.0));
            }
        }
    }
    found
}

/// Puts markets together in their order; numbers that are not finite stay what they were.
fn assemble(
    economy: &Economy<'_>,
    theta: &[f64],
    values: Values,
    before: &Before,
    parts: Vec<Part>,
) -> Evaluation {
    let (moments, parameters) = (economy.moments(), economy.space.dimension());
    let mut surveys = Vec::new();
    let mut evaluation = Evaluation {
        theta: theta.to_vec(),
        values,
        objective: f64::NAN,
        gradient: vec![0.0; parameters],
        after: before.clone(),
        errors: [Vec::new(), Vec::new()],
        costs: Vec::new(),
        moments: Mat::zeros(moments, 1),
        moments_by_theta: Mat::zeros(moments, parameters),
        micro: None,
        kept: Vec::new(),
        clipped_shares: Vec::new(),
        clipped_costs: Vec::new(),
        troubles: Vec::new(),
        fixed_point_iterations: 0,
        contraction_evaluations: 0,
    };
    if economy.supply.is_some() {
        evaluation.costs = economy.problem.prices.clone();
    }
    for (t, part) in parts.into_iter().enumerate() {
        surveys.extend(part.micro);
        let first = economy.problem.markets[t].start;
        let outcome = part.outcome;
        for (j, delta) in outcome.delta.iter().enumerate() {
            if delta.is_finite() {
                evaluation.after.delta[first + j] = *delta;
            }
        }
        let mut kept = [outcome.xi_by_theta, Vec::new()];
        if let Some(implied) = outcome.implied {
            for (j, transformed) in implied.transformed.iter().enumerate() {
                evaluation.costs[first + j] = implied.costs[j];
                if transformed.is_finite() {
                    evaluation.after.transformed[first + j] = *transformed;
                }
            }
            let clipped = implied.clipped.iter();
            evaluation.clipped_costs.extend(clipped.map(|j| first + j));
            kept[1] = implied.omega_by_theta;
        }
        evaluation.kept.push(kept);
        if part.by_theta.iter().all(|slope| slope.is_finite()) {
            for (at, slope) in part.by_theta.iter().enumerate() {
                evaluation.moments_by_theta[(at / parameters, at % parameters)] += slope;
            }
        }
        let clipped = outcome.clipped.iter();
        evaluation.clipped_shares.extend(clipped.map(|j| first + j));
        let troubles = outcome.troubles.iter();
        let named = troubles.map(|&trouble| MarketTrouble { market: t, trouble });
        evaluation.troubles.extend(named);
        evaluation.fixed_point_iterations += outcome.iterations;
        evaluation.contraction_evaluations += outcome.evaluations;
    }
    let micro = economy.problem.micro.as_ref();
    evaluation.micro = micro.map(|micro| micro.moments(&surveys, parameters));
    evaluation
}

/// `y` of a side: δ or costs without what parameters in θ explain, fixed effects absorbed, (N,).
fn explained(economy: &Economy<'_>, evaluation: &Evaluation, is_demand: bool) -> Vec<f64> {
    let problem = economy.problem;
    let (mut y, design, kind) = match (is_demand, &problem.supply) {
        (false, Some(supply)) => {
            let costs = evaluation.after.transformed.clone();
            (costs, &supply.design, Kind::Gamma)
        }
        _ => (evaluation.after.delta.clone(), &problem.linear, Kind::Beta),
    };
    let parameters = match kind {
        Kind::Gamma => &evaluation.values.gamma,
        _ => &evaluation.values.beta,
    };
    for (k, column) in design.iter().enumerate() {
        if economy.space.has(kind, k) {
            add_scaled(economy.dispatch, &mut y, -parameters[k], &column.values);
        }
    }
    let side = match (is_demand, &economy.supply) {
        (false, Some(supply)) => supply,
        _ => &economy.demand,
    };
    match side.absorption.is_empty() {
        true => y,
        false => side.absorption.residual(&y),
    }
}

/// Linear parameters, errors, moments, objective, gradient, `[eq:gmm]`.
fn finish(economy: &Economy<'_>, weighted: &Weighted, evaluation: &mut Evaluation, want: Want) {
    let n = economy.problem.rows() as f64;
    let mut ys = vec![explained(economy, evaluation, true)];
    if economy.supply.is_some() {
        ys.push(explained(economy, evaluation, false));
    }
    let mut by_instruments = Vec::with_capacity(economy.moments());
    for (side, y) in economy.sides().zip(&ys) {
        let found = side.by_instruments(economy.dispatch, &[y]);
        by_instruments.extend((0..found.nrows()).map(|m| found[(m, 0)]));
    }
    let by_instruments = column(&by_instruments);
    let linear = &weighted.estimator * &by_instruments;
    let mut at = 0;
    for (s, (side, mut y)) in economy.sides().zip(ys).enumerate() {
        for (&k, x) in side.concentrated.iter().zip(&side.design) {
            let value = linear[(at, 0)];
            add_scaled(economy.dispatch, &mut y, -value, x);
            match s {
                0 => evaluation.values.beta[k] = value,
                _ => evaluation.values.gamma[k] = value,
            }
            at += 1;
        }
        evaluation.errors[s] = y;
    }
    let residual = by_instruments - &economy.instruments_by_design * &linear;
    let aggregate = residual.nrows();
    let surveyed = evaluation.micro.as_ref();
    let moments = Mat::from_fn(aggregate + economy.micro_moments(), 1, |m, _| {
        match m.checked_sub(aggregate) {
            None => residual[(m, 0)] / n,
            Some(m) => surveyed.map_or(0.0, |micro| micro.moments[m]),
        }
    });
    if let Some(micro) = surveyed {
        let parameters = evaluation.gradient.len();
        // Rows of sums, as the others: N times derivatives of means.
        let sums = Mat::from_fn(micro.moments.len(), parameters, |m, p| {
            n * micro.by_theta[m * parameters + p]
        });
        let all = &evaluation.moments_by_theta;
        evaluation.moments_by_theta = Mat::from_fn(moments.nrows(), parameters, |m, p| {
            match m.checked_sub(aggregate) {
                None => all[(m, p)],
                Some(m) => sums[(m, p)],
            }
        });
    }
    let weighted_moments = &weighted.weights * &moments;
    let scale = if economy.options.scale_objective {
        n
    } else {
        1.0
    };
    evaluation.objective = scale * (moments.transpose() * &weighted_moments)[(0, 0)];
    if want != Want::Objective {
        let gradient = evaluation.moments_by_theta.transpose() * &weighted_moments;
        for p in 0..evaluation.gradient.len() {
            evaluation.gradient[p] = 2.0 * scale / n * gradient[(p, 0)];
        }
    }
    evaluation.moments = moments;
    if let ErrorPolicy::Punish(value) = economy.options.errors
        && !evaluation.troubles.is_empty()
    {
        evaluation.objective = value;
        evaluation.gradient.fill(0.0);
    }
}
