//! A fit under other draws of its parameters, or of its markets: what standard errors of anything that follows from it are made of.

use super::after::Found;
use super::economy::Economy;
use super::error::EstimateError;
use super::evaluate::{Before, Want, Weighted, evaluate};
use super::kernel::add_scaled;
use super::linear::{eigen, from_rows};
use super::micro::{Micro, MicroValue};
use super::options::Options;
use super::parameters::{Kind, Parameters};
use super::problem::{Agents, Column, Demographic, Nests, Ownership, Problem};
use super::restricted::order_of_covariance;
use super::result::{Fit, MarketTrouble};
use crate::futures::Address;
use crate::numerics::normal;
use faer::Mat;
use std::ops::Range;

/// The fit at parameters drawn from the normal distribution around its own, `[eq:parameter_draws]`: mean utilities inverted anew, costs implied anew. Bounds hold; the
/// objective is not a number. Market troubles stand in the diagnosis.
///
/// # Errors
/// A fit of another problem, or one whose covariance is not finite.
pub fn under_drawn_parameters(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    fit: &Fit,
    address: Address,
) -> Result<Fit, EstimateError> {
    let economy = Economy::new(problem, parameters, options);
    let dimension = economy.space.dimension();
    let moved = deviation(&fit.covariance, address)?;
    let bounds = economy.space.free.iter().map(|(_, entry)| entry);
    let theta: Vec<f64> = fit
        .theta
        .iter()
        .zip(&moved)
        .zip(bounds)
        .map(|((value, moved), entry)| (value + moved).clamp(entry.lower, entry.upper))
        .collect();
    // Weights play no part in mean utilities and costs; those of the fit do for the rest.
    let m = economy.moments() + economy.micro_moments();
    let weighted = Weighted::new(&economy, from_rows(&fit.weights, m, m));
    let weighted = weighted.ok_or_else(|| EstimateError::Missing {
        what: "the weights of the fit cannot be used with this problem".into(),
    })?;
    let before = Before {
        delta: fit.mean_utility.clone(),
        ..Before::logit(&economy, &economy.space.values(&theta))
    };
    let evaluation = evaluate(&economy, &weighted, &theta, &before, Want::Objective);
    let mut drawn = fit.clone();
    drawn.objective = f64::NAN;
    drawn.gradient = vec![f64::NAN; dimension];
    drawn.sigma.clone_from(&evaluation.values.sigma);
    drawn.pi.clone_from(&evaluation.values.pi);
    if let (Some(nests), rho) = (&problem.nests, &evaluation.values.rho) {
        drawn.rho = match rho.as_slice() {
            [one] => vec![*one; nests.labels.len()],
            _ => rho.clone(),
        };
    }
    let mut at = dimension;
    for (s, side) in economy.sides().enumerate() {
        for &k in &side.concentrated {
            let value = if s == 0 {
                &mut drawn.beta[k]
            } else {
                &mut drawn.gamma[k]
            };
            *value += moved[at];
            at += 1;
        }
    }
    for ((place, _), value) in economy.space.free.iter().zip(&theta) {
        match place.kind {
            Kind::Beta => drawn.beta[place.row] = *value,
            Kind::Gamma => drawn.gamma[place.row] = *value,
            _ => {}
        }
    }
    drawn.theta = theta;
    drawn.xi = left_over(&economy, &evaluation.after.delta, &drawn.beta, true);
    if economy.supply.is_some() {
        drawn.omega = left_over(&economy, &evaluation.after.transformed, &drawn.gamma, false);
    }
    drawn.mean_utility = evaluation.after.delta;
    drawn.costs = evaluation.costs;
    drawn.diagnosis.troubles = evaluation.troubles;
    drawn.diagnosis.clipped_shares = evaluation.clipped_shares;
    drawn.diagnosis.clipped_costs = evaluation.clipped_costs;
    for estimate in &mut drawn.estimates {
        let place = estimate.place;
        let [columns, demographics, ..] = economy.space.sizes;
        estimate.estimate = match place.kind {
            Kind::Sigma => drawn.sigma[place.row * columns + place.column],
            Kind::Pi => drawn.pi[place.row * demographics + place.column],
            Kind::Rho => evaluation.values.rho[place.row],
            Kind::Beta => drawn.beta[place.row],
            Kind::Gamma => drawn.gamma[place.row],
        };
    }
    Ok(drawn)
}

/// What is estimated at drawn parameters, for a fit of which its estimates and their covariance are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// θ, (P,).
    pub theta: Vec<f64>,
    /// β, (K1,).
    pub beta: Vec<f64>,
    /// γ, (K3,).
    pub gamma: Vec<f64>,
    /// δ, (N,).
    pub mean_utility: Vec<f64>,
    /// Markets that could not be computed; their δ is what it was.
    pub troubles: Vec<MarketTrouble>,
}

/// The same draw as [`under_drawn_parameters`] where no more is known than what was found and the covariance of it, (P + K, P + K) row by row.
///
/// # Errors
/// Numbers of another problem; a covariance that is not finite.
pub fn drawn(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    found: &Found<'_>,
    covariance: &[f64],
    address: Address,
) -> Result<Drawn, EstimateError> {
    let economy = Economy::new(problem, parameters, options);
    let moved = deviation(covariance, address)?;
    let places = order_of_covariance(problem, parameters);
    if moved.len() != places.len() || found.theta.len() != economy.space.dimension() {
        return Err(EstimateError::Shape {
            what: "the covariance of the fit".into(),
            found: moved.len(),
            expected: places.len(),
        });
    }
    let (mut theta, mut beta, mut gamma) = (
        found.theta.to_vec(),
        found.beta.to_vec(),
        found.gamma.to_vec(),
    );
    for (n, (place, moved)) in places.iter().zip(&moved).enumerate() {
        if let Some((_, entry)) = economy.space.free.get(n) {
            theta[n] = (theta[n] + moved).clamp(entry.lower, entry.upper);
        }
        match (place.kind, theta.get(n)) {
            (Kind::Beta, Some(value)) => beta[place.row] = *value,
            (Kind::Gamma, Some(value)) => gamma[place.row] = *value,
            (Kind::Beta, None) => beta[place.row] += moved,
            (Kind::Gamma, None) => gamma[place.row] += moved,
            _ => {}
        }
    }
    // Weights play no part in mean utilities.
    let weighted = economy
        .first_weights()
        .and_then(|weights| Weighted::new(&economy, weights));
    let weighted = weighted.ok_or_else(|| EstimateError::Missing {
        what: "instruments of which some are combinations of others".into(),
    })?;
    let before = Before {
        delta: found.mean_utility.to_vec(),
        ..Before::logit(&economy, &economy.space.values(&theta))
    };
    let evaluation = evaluate(&economy, &weighted, &theta, &before, Want::Objective);
    Ok(Drawn {
        theta,
        beta,
        gamma,
        mean_utility: evaluation.after.delta,
        troubles: evaluation.troubles,
    })
}

/// A draw of all estimates less the estimates, (P + K,).
fn deviation(covariance: &[f64], address: Address) -> Result<Vec<f64>, EstimateError> {
    let n = covariance.len().isqrt();
    if n == 0 {
        return Ok(Vec::new());
    }
    let covariance = from_rows(covariance, n, n);
    let (values, vectors) = eigen(&covariance).ok_or_else(|| EstimateError::Missing {
        what: "the covariance of estimates is not finite, so parameters cannot be drawn; hold the parameters without a standard error".into(),
    })?;
    let z = Mat::from_fn(n, 1, |k, _| {
        let u = address.uniform_at("estimate.parameters", k as u32 + 1);
        values[k].max(0.0).sqrt() * normal::quantile(u)
    });
    let moved = vectors * z;
    Ok((0..n).map(|k| moved[(k, 0)]).collect())
}

/// `y − x b`, fixed effects absorbed.
fn left_over(economy: &Economy<'_>, y: &[f64], b: &[f64], is_demand: bool) -> Vec<f64> {
    let supply = economy.problem.supply.as_ref();
    let (design, side) = match (is_demand, supply, &economy.supply) {
        (false, Some(supply), Some(side)) => (&supply.design, side),
        _ => (&economy.problem.linear, &economy.demand),
    };
    let mut left = y.to_vec();
    for (column, b) in design.iter().zip(b) {
        add_scaled(economy.dispatch, &mut left, -b, &column.values);
    }
    side.absorption.residual(&left)
}

/// A problem of markets drawn with replacement, as many as there were: the block bootstrap, for fits that are estimated again (Horowitz 2001). A market
/// that comes twice is two markets; fixed effects and clusters stay what they are called.
pub fn resampled(problem: &Problem, address: Address) -> Problem {
    let count = problem.markets.len();
    let pick = |n: usize| {
        let u = address.uniform_at("estimate.markets", n as u32 + 1);
        ((u * count as f64) as usize).min(count - 1)
    };
    let picked: Vec<usize> = (0..count).map(pick).collect();
    of_markets(problem, &picked)
}

/// The problem of these markets in this order.
pub fn of_markets(problem: &Problem, picked: &[usize]) -> Problem {
    let rows: Vec<usize> = picked
        .iter()
        .flat_map(|&t| problem.markets[t].clone())
        .collect();
    let numbers = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&n| values[n]).collect() };
    let ids = |values: &Vec<usize>| -> Vec<usize> { rows.iter().map(|&n| values[n]).collect() };
    let columns = |columns: &[Column]| -> Vec<Column> {
        let picked = columns.iter().map(|column| Column {
            values: numbers(&column.values),
            by_price: column.by_price.as_deref().map(numbers),
            ..column.clone()
        });
        picked.collect()
    };
    let by_market = |markets: &Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        picked.iter().map(|&t| markets[t].clone()).collect()
    };
    Problem {
        markets: ranges(picked.iter().map(|&t| problem.markets[t].len())),
        market_labels: picked.iter().map(|&t| problem.market_name(t)).collect(),
        shares: numbers(&problem.shares),
        prices: numbers(&problem.prices),
        ownership: problem.ownership.as_ref().map(|ownership| match ownership {
            Ownership::Firms(firms) => Ownership::Firms(ids(firms)),
            Ownership::Conduct(firms, weights) => Ownership::Conduct(ids(firms), weights.clone()),
            Ownership::Matrices(markets) => Ownership::Matrices(by_market(markets)),
        }),
        nests: problem.nests.as_ref().map(|nests| Nests {
            of: ids(&nests.of),
            labels: nests.labels.clone(),
        }),
        linear: columns(&problem.linear),
        nonlinear: columns(&problem.nonlinear),
        instruments: columns(&problem.instruments),
        absorbed: problem.absorbed.iter().map(ids).collect(),
        clusters: problem.clusters.iter().map(ids).collect(),
        agents: problem.agents.as_ref().map(|agents| {
            let people: Vec<usize> = picked
                .iter()
                .flat_map(|&t| agents.markets[t].clone())
                .collect();
            let of =
                |values: &Vec<f64>| -> Vec<f64> { people.iter().map(|&i| values[i]).collect() };
            Agents {
                markets: ranges(picked.iter().map(|&t| agents.markets[t].len())),
                weight: of(&agents.weight),
                nodes: agents.nodes.iter().map(of).collect(),
                labels: agents.labels.clone(),
                demographics: agents
                    .demographics
                    .iter()
                    .map(|demographic| match demographic {
                        Demographic::OfAgent(values) => Demographic::OfAgent(of(values)),
                        Demographic::OfProduct(markets) => {
                            Demographic::OfProduct(by_market(markets))
                        }
                    })
                    .collect(),
                availability: agents.availability.as_ref().map(by_market),
            }
        }),
        supply: problem
            .supply
            .as_ref()
            .map(|supply| super::problem::Supply {
                design: columns(&supply.design),
                instruments: columns(&supply.instruments),
                absorbed: supply.absorbed.iter().map(ids).collect(),
                form: supply.form,
            }),
        micro: problem
            .micro
            .as_ref()
            .map(|micro| of_surveys(problem, micro, picked)),
    }
}

/// Surveys over these markets.
fn of_surveys(problem: &Problem, micro: &Micro, picked: &[usize]) -> Micro {
    let rows = picked.iter().flat_map(|&t| problem.markets[t].clone());
    let rows: Vec<usize> = rows.collect();
    let agents = problem.agents.iter();
    let people: Vec<usize> = agents
        .flat_map(|agents| picked.iter().flat_map(|&t| agents.markets[t].clone()))
        .collect();
    let of = |values: &[f64], at: &[usize]| -> Vec<f64> { at.iter().map(|&n| values[n]).collect() };
    let mut moved = micro.clone();
    for dataset in &mut moved.datasets {
        if !dataset.markets.is_empty() {
            let places = picked.iter().enumerate();
            let kept = places.filter(|(_, t)| dataset.markets.contains(t));
            dataset.markets = kept.map(|(at, _)| at).collect();
        }
    }
    for part in &mut moved.parts {
        match &mut part.value {
            MicroValue::Choice { agent, product, .. } => {
                *agent = of(agent, &people);
                *product = of(product, &rows);
            }
            MicroValue::Second { first, second } => {
                *first = of(first, &rows);
                *second = of(second, &rows);
            }
        }
    }
    moved
}

/// Ranges of these lengths, one after the other.
fn ranges(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut end = 0;
    lengths
        .map(|length| {
            let start = end;
            end += length;
            start..end
        })
        .collect()
}
