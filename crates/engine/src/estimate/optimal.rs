//! Optimal instruments of a first fit: what its errors would do along parameters, expected given what is exogenous, `[eq:optimal]`.

use super::after::Fitted;
use super::economy::Economy;
use super::error::EstimateError;
use super::linear::{inverse, solve_symmetric};
use super::market::{Market, Room};
use super::markups::implied;
use super::options::Options;
use super::parameters::{Kind, Parameters};
use super::problem::{Column, CostForm, Problem};
use super::result::Fit;
use crate::futures::Address;
use crate::numerics::normal;
use crate::supply::equilibrium::{Search, solve};
use crate::supply::game::Game;
use faer::Mat;
use rayon::prelude::*;

/// Over which errors the expectation is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errors {
    /// None: both errors at 0. The usual choice.
    Approximate,
    /// Normal ones with the covariance that the fit's have.
    Normal {
        /// How many draws of all errors.
        draws: usize,
        /// Seed.
        seed: u64,
    },
    /// The fit's own, drawn with replacement.
    Empirical {
        /// How many draws of all errors.
        draws: usize,
        /// Seed.
        seed: u64,
    },
}

/// Optimal instruments.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimal {
    /// Instruments of demand, one a parameter in θ, (P, N).
    pub demand: Vec<Vec<f64>>,
    /// Instruments of supply, likewise; empty without supply.
    pub supply: Vec<Vec<f64>>,
    /// Expected prices, (N,), currency per unit: the instrument for the price in the linear part.
    pub prices: Vec<f64>,
}

impl Optimal {
    /// The problem with these in place of its excluded instruments. Expected prices serve where the price stands in the linear part.
    pub fn replace(&self, problem: &Problem) -> Problem {
        let named = |kind: &str, columns: &[Vec<f64>]| -> Vec<Column> {
            let numbered = columns.iter().enumerate();
            // What a parameter does not move cannot be an instrument for it.
            let moving = numbered.filter(|(_, column)| column.iter().any(|v| *v != 0.0));
            moving
                .map(|(p, column)| Column::exogenous(format!("{kind}{p}"), column.clone()))
                .collect()
        };
        let mut replaced = problem.clone();
        replaced.instruments = named("optimal_demand", &self.demand);
        if problem
            .linear
            .iter()
            .any(|column| column.by_price.is_some())
        {
            let expected = Column::exogenous("expected_prices", self.prices.clone());
            replaced.instruments.push(expected);
        }
        if let Some(supply) = &mut replaced.supply {
            supply.instruments = named("optimal_supply", &self.supply);
        }
        replaced
    }
}

/// Optimal instruments at a fit. Prices are those in equilibrium where there is a supply side, otherwise those that all instruments foretell. Designs must be
/// straight lines in the price.
///
/// # Errors
/// A fit of another problem; a covariance of errors that cannot be inverted.
pub fn optimal_instruments(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    fit: &Fit,
    errors: Errors,
) -> Result<Optimal, EstimateError> {
    let fitted = Fitted::new(problem, parameters, options, fit)?;
    let economy = Economy::new(problem, parameters, options);
    let (rows, dimension) = (problem.rows(), economy.space.dimension());
    let weights = error_weights(&fit.xi, &fit.omega)?;
    let foretold = match problem.supply {
        None => Some(foretold_prices(&economy)?),
        Some(_) => None,
    };
    let draws = match errors {
        Errors::Approximate => 1,
        Errors::Normal { draws, .. } | Errors::Empirical { draws, .. } => draws.max(1),
    };
    let mut mean = [vec![0.0; dimension * rows], vec![0.0; dimension * rows]];
    let mut prices = vec![0.0; rows];
    for draw in 0..draws {
        let drawn = drawn_errors(fit, errors, draw);
        let here = realised_prices(&fitted, fit, &drawn, foretold.as_deref())?;
        let found = slopes_at(problem, parameters, options, fit, &drawn, &here);
        for (mean, found) in mean.iter_mut().zip(&found) {
            for (mean, value) in mean.iter_mut().zip(found) {
                *mean += value / draws as f64;
            }
        }
        for (mean, price) in prices.iter_mut().zip(&here) {
            *mean += price / draws as f64;
        }
    }
    let combined = |a: f64, b: f64| -> Vec<Vec<f64>> {
        (0..dimension)
            .map(|p| {
                let at = p * rows..(p + 1) * rows;
                let pairs = mean[0][at.clone()].iter().zip(&mean[1][at]);
                pairs.map(|(xi, omega)| a * xi + b * omega).collect()
            })
            .collect()
    };
    Ok(Optimal {
        demand: combined(weights[0], weights[1]),
        supply: match problem.supply {
            Some(_) => combined(weights[1], weights[2]),
            None => Vec::new(),
        },
        prices,
    })
}

/// `Ω⁻¹`: of ξ with ξ, with ω, of ω with ω.
fn error_weights(xi: &[f64], omega: &[f64]) -> Result<[f64; 3], EstimateError> {
    let covariance = |a: &[f64], b: &[f64], less: f64| -> f64 {
        let n = a.len() as f64;
        let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / (n - less)
    };
    if omega.is_empty() {
        return Ok([1.0 / covariance(xi, xi, 0.0), 0.0, 0.0]);
    }
    let cross = covariance(xi, omega, 1.0);
    let matrix = [
        covariance(xi, xi, 1.0),
        cross,
        cross,
        covariance(omega, omega, 1.0),
    ];
    let inverted = inverse(&Mat::from_fn(2, 2, |r, c| matrix[2 * r + c]));
    let inverted = inverted.ok_or_else(|| EstimateError::Missing {
        what: "the covariance of ξ and ω is not finite; look at the troubles of markets of the first fit".into(),
    })?;
    Ok([inverted[(0, 0)], inverted[(0, 1)], inverted[(1, 1)]])
}

/// Prices fitted by all instruments of demand, fixed effects included.
fn foretold_prices(economy: &Economy<'_>) -> Result<Vec<f64>, EstimateError> {
    let side = &economy.demand;
    let price = &economy.problem.prices;
    let left = side.absorption.residual(price);
    let columns: Vec<&[f64]> = side.instruments.iter().map(Vec::as_slice).collect();
    let square = side.by_instruments(economy.dispatch, &columns);
    let right = side.by_instruments(economy.dispatch, &[&left]);
    let b = solve_symmetric(&square, &right).ok_or(EstimateError::Singular {
        block: "demand instruments",
    })?;
    let mut fitted: Vec<f64> = price.iter().zip(&left).map(|(p, r)| p - r).collect();
    for (m, z) in columns.iter().enumerate() {
        for (fitted, z) in fitted.iter_mut().zip(*z) {
            *fitted += b[(m, 0)] * z;
        }
    }
    Ok(fitted)
}

/// ξ and ω of a draw, (N,) each; the second empty without supply.
fn drawn_errors(fit: &Fit, errors: Errors, draw: usize) -> [Vec<f64>; 2] {
    let rows = fit.xi.len();
    let own = |n: usize, values: &[f64]| values.get(n).copied();
    match errors {
        Errors::Approximate => [vec![0.0; rows], vec![0.0; fit.omega.len()]],
        Errors::Empirical { seed, .. } => {
            let address = Address::new(seed, draw as u64);
            let pick = |n: usize| {
                let u = address.uniform_at("estimate.errors", n as u32 + 1);
                ((u * rows as f64) as usize).min(rows - 1)
            };
            let picked: Vec<usize> = (0..rows).map(pick).collect();
            let of = |values: &[f64]| picked.iter().filter_map(|&n| own(n, values)).collect();
            [of(&fit.xi), of(&fit.omega)]
        }
        Errors::Normal { seed, .. } => {
            let address = Address::new(seed, draw as u64);
            let spread = |values: &[f64]| -> (f64, f64) {
                let n = values.len().max(1) as f64;
                let mean = values.iter().sum::<f64>() / n;
                (
                    mean,
                    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt(),
                )
            };
            let ((mean_xi, xi), (mean_omega, omega)) = (spread(&fit.xi), spread(&fit.omega));
            let pairs = fit.xi.iter().zip(&fit.omega);
            let cross = pairs
                .map(|(a, b)| (a - mean_xi) * (b - mean_omega))
                .sum::<f64>();
            let together = cross / (rows as f64 * xi * omega);
            let z = |name: &str, n: usize| normal::quantile(address.uniform_at(name, n as u32 + 1));
            let first: Vec<f64> = (0..rows).map(|n| z("estimate.xi", n)).collect();
            let second = (0..fit.omega.len()).map(|n| {
                let own = z("estimate.omega", n);
                omega * (together * first[n] + (1.0 - together * together).sqrt() * own)
            });
            let second = second.collect();
            [first.iter().map(|z| xi * z).collect(), second]
        }
    }
}

/// Prices at drawn errors, (N,).
fn realised_prices(
    fitted: &Fitted<'_>,
    fit: &Fit,
    drawn: &[Vec<f64>; 2],
    foretold: Option<&[f64]>,
) -> Result<Vec<f64>, EstimateError> {
    if let Some(prices) = foretold {
        return Ok(prices.to_vec());
    }
    let problem = fitted.problem();
    let form = problem
        .supply
        .as_ref()
        .map_or(CostForm::Linear, |supply| supply.form);
    let refused = |error: crate::supply::error::SupplyError| EstimateError::Missing {
        what: format!("prices in equilibrium: {error}"),
    };
    let markets: Vec<Result<Vec<f64>, EstimateError>> = (0..fitted.markets())
        .into_par_iter()
        .map(|t| {
            let rows = problem.markets[t].clone();
            let change: Vec<f64> = rows.clone().map(|n| drawn[0][n] - fit.xi[n]).collect();
            let demand = fitted.demand(t).map_err(refused)?.shifted(&change);
            let costs = rows.clone().map(|n| {
                let moved = drawn[1][n] - fit.omega[n];
                match form {
                    CostForm::Linear => fit.costs[n] + moved,
                    CostForm::Log => fit.costs[n] * libm::exp(moved),
                }
            });
            let conduct = fitted.conduct(t).map_err(refused)?;
            let conduct = conduct.ok_or_else(|| EstimateError::Missing {
                what: "prices in equilibrium need firms, or ownership matrices".into(),
            })?;
            let game = Game::new(demand, conduct, costs.collect()).map_err(refused)?;
            Ok(solve(&game, &problem.prices[rows], &Search::default()).value)
        })
        .collect();
    let prices: Result<Vec<Vec<f64>>, EstimateError> = markets.into_iter().collect();
    Ok(prices?.concat())
}

/// ∂ξ/∂θ and ∂ω/∂θ at drawn errors and prices, (P, N) each.
fn slopes_at(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    fit: &Fit,
    drawn: &[Vec<f64>; 2],
    prices: &[f64],
) -> [Vec<f64>; 2] {
    let mut moved = at_prices(problem, prices);
    let mut delta: Vec<f64> = (0..problem.rows())
        .map(|n| fit.mean_utility[n] - fit.xi[n] + drawn[0][n])
        .collect();
    for (k, column) in problem.linear.iter().enumerate() {
        for n in 0..problem.rows() {
            delta[n] += fit.beta[k] * (moved.linear[k].values[n] - column.values[n]);
        }
    }
    moved.shares = shares_at(&moved, parameters, options, fit, &delta);
    let economy = Economy::new(&moved, parameters, options);
    let values = values_of(&economy, fit);
    let (rows, dimension) = (problem.rows(), economy.space.dimension());
    let markets: Vec<[Vec<f64>; 2]> = (0..problem.markets.len())
        .into_par_iter()
        .map_init(Room::default, |room, t| {
            let market = Market::new(&economy, &values, t);
            market.fill_probabilities(&delta[problem.markets[t].clone()], room);
            let xi = market.xi_by_theta(room).unwrap_or_default();
            let supplied = economy.supply.is_some() && !xi.is_empty();
            let omega = match supplied {
                true => implied(&market, room, Some(&xi))
                    .0
                    .map(|found| found.omega_by_theta),
                false => None,
            };
            [xi, omega.unwrap_or_default()]
        })
        .collect();
    let mut found = [vec![0.0; dimension * rows], vec![0.0; dimension * rows]];
    for (t, slopes) in markets.iter().enumerate() {
        let at = problem.markets[t].clone();
        for (found, slopes) in found.iter_mut().zip(slopes) {
            for (n, slope) in slopes.iter().enumerate() {
                found[n / at.len() * rows + at.start + n % at.len()] = *slope;
            }
        }
    }
    found
}

/// The problem with other prices, designs moving along.
fn at_prices(problem: &Problem, prices: &[f64]) -> Problem {
    let mut moved = problem.clone();
    for column in moved.linear.iter_mut().chain(&mut moved.nonlinear) {
        if let Some(by_price) = &column.by_price {
            for n in 0..prices.len() {
                column.values[n] += by_price[n] * (prices[n] - problem.prices[n]);
            }
        }
    }
    moved.prices = prices.to_vec();
    moved
}

fn values_of(economy: &Economy<'_>, fit: &Fit) -> super::space::Values {
    let mut values = economy.space.values(&fit.theta);
    values.beta.clone_from(&fit.beta);
    values.gamma.clone_from(&fit.gamma);
    values
}

/// Shares at mean utilities, (N,).
fn shares_at(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    fit: &Fit,
    delta: &[f64],
) -> Vec<f64> {
    let economy = Economy::new(problem, parameters, options);
    let values = values_of(&economy, fit);
    let markets: Vec<Vec<f64>> = (0..problem.markets.len())
        .into_par_iter()
        .map_init(Room::default, |room, t| {
            let market = Market::new(&economy, &values, t);
            market.fill_probabilities(&delta[problem.markets[t].clone()], room);
            market.shares(room)
        })
        .collect();
    markets.concat()
}

/// Starting values in place of what a fit found: what a second estimation with optimal instruments starts from.
pub fn started_from(parameters: &Parameters, fit: &Fit) -> Parameters {
    let mut started = parameters.clone();
    for ((place, entry), value) in parameters.free().into_iter().zip(&fit.theta) {
        let entry = super::parameters::Entry {
            start: *value,
            ..entry
        };
        match place.kind {
            Kind::Sigma => started.sigma[place.row][place.column] = entry,
            Kind::Pi => started.pi[place.row][place.column] = entry,
            Kind::Rho => started.rho[place.row] = entry,
            Kind::Beta => started.beta[place.row] = Some(entry),
            Kind::Gamma => started.gamma[place.row] = Some(entry),
        }
    }
    started
}

#[cfg(test)]
mod checks {
    use super::*;

    /// The same matrix by two ways.
    const SAME_MATHEMATICS: f64 = 1e-12;

    #[test]
    fn weights_of_errors_invert_their_covariance() {
        let found = error_weights(&[1.0, 2.0, 4.0], &[1.0, 0.0, 3.0]).unwrap();
        // By hand: the variance of both is 7/3, their covariance 11/6.
        let (a, b) = (7.0 / 3.0, 11.0 / 6.0);
        let determinant = a * a - b * b;
        let wanted = [a / determinant, -b / determinant, a / determinant];
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(
                (found - wanted).abs() <= SAME_MATHEMATICS,
                "{found} {wanted}"
            );
        }
    }
}
