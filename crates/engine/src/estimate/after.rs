//! After an estimation: the demand and the game of one market, from which elasticities, costs and counterfactuals follow.

use super::economy::Economy;
use super::error::EstimateError;
use super::market::Market;
use super::markups::utility_by_price;
use super::nested::Nesting;
use super::options::Options;
use super::owners::numbered;
use super::parameters::Parameters;
use super::problem::{Ownership, Problem};
use super::result::Fit;
use super::space::Values;
use crate::supply::conduct::Conduct;
use crate::supply::demand::{Demand, Nests};
use crate::supply::error::SupplyError;

/// Utility of a product that is not there for somebody: none is bought.
const ABSENT: f64 = -1e5;

/// A fit with its problem, ready for questions about markets.
pub struct Fitted<'a> {
    economy: Economy<'a>,
    values: Values,
    delta: &'a [f64],
}

/// What an estimation found, as far as questions about markets need it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// θ, (P,).
    pub theta: &'a [f64],
    /// β, (K1,).
    pub beta: &'a [f64],
    /// γ, (K3,).
    pub gamma: &'a [f64],
    /// δ, (N,).
    pub mean_utility: &'a [f64],
}

impl<'a> Fitted<'a> {
    /// A fit beside the problem and parameters that it was estimated from.
    ///
    /// # Errors
    /// A fit of another problem.
    pub fn new(
        problem: &'a Problem,
        parameters: &Parameters,
        options: &'a Options,
        fit: &'a Fit,
    ) -> Result<Self, EstimateError> {
        let found = Found {
            theta: &fit.theta,
            beta: &fit.beta,
            gamma: &fit.gamma,
            mean_utility: &fit.mean_utility,
        };
        Self::at(problem, parameters, options, &found)
    }

    /// The same from what was found alone, as it is kept in files.
    ///
    /// # Errors
    /// Numbers of another problem.
    pub fn at(
        problem: &'a Problem,
        parameters: &Parameters,
        options: &'a Options,
        found: &Found<'a>,
    ) -> Result<Self, EstimateError> {
        let economy = Economy::new(problem, parameters, options);
        let shape = |what: &str, found: usize, expected: usize| {
            if found == expected {
                return Ok(());
            }
            Err(EstimateError::Shape {
                what: format!("{what} of the fit"),
                found,
                expected,
            })
        };
        shape("mean utilities", found.mean_utility.len(), problem.rows())?;
        shape("θ", found.theta.len(), economy.space.dimension())?;
        shape("β", found.beta.len(), problem.linear.len())?;
        let mut values = economy.space.values(found.theta);
        values.beta = found.beta.to_vec();
        values.gamma = found.gamma.to_vec();
        Ok(Self {
            economy,
            values,
            delta: found.mean_utility,
        })
    }

    /// The problem of the fit.
    pub fn problem(&self) -> &'a Problem {
        self.economy.problem
    }

    /// Number of markets.
    pub fn markets(&self) -> usize {
        self.economy.problem.markets.len()
    }

    /// Demand of market `t` with utilities straight lines in the price through the prices seen: exact where the price enters designs
    /// linearly, alone or times something else.
    ///
    /// # Errors
    /// Negative weights of agents; coefficients that are not finite.
    pub fn demand(&self, t: usize) -> Result<Demand, SupplyError> {
        let problem = self.economy.problem;
        let rows = problem.markets[t].clone();
        let price = &problem.prices[rows.clone()];
        let market = Market::new(&self.economy, &self.values, t);
        let layout = market.crowd.layout;
        let (products, people) = (layout.products, layout.people);
        let mut slope = vec![0.0; layout.padded()];
        let (mut alpha, mut quality) = (Vec::new(), Vec::new());
        for j in 0..products {
            utility_by_price(&market, j, &mut slope);
            for i in 0..people {
                let mut value = self.delta[rows.start + j] + market.taste(j, i);
                if let Some(&there) = market.crowd.availability.get(layout.at(j, i)) {
                    let scale = market.nesting.as_ref().map_or(1.0, |n| 1.0 - n.rho[j]);
                    value = if there > 0.0 {
                        value + scale * libm::log(there)
                    } else {
                        ABSENT
                    };
                }
                alpha.push(-slope[i]);
                quality.push(value - slope[i] * price[j]);
            }
        }
        let nests = market.nesting.as_ref().map(nests_of);
        // The first product's coefficient stands for what money is worth to a person, as consumer surplus needs it.
        let weight = &market.crowd.weight[..people];
        let money = &alpha[..people.min(alpha.len())];
        Demand::new(weight, money, &quality, nests)?.with_price_coefficients(&alpha)
    }

    /// What the people of market `t` think of product `j` changes by, (I,), where its columns of utility change by `linear` (K1,) and its columns with random coefficients
    /// by `nonlinear` (K2,). Fixed effects and the unobservable stay.
    pub fn moved_utility(&self, t: usize, j: usize, linear: &[f64], nonlinear: &[f64]) -> Vec<f64> {
        let mean: f64 = linear
            .iter()
            .zip(&self.values.beta)
            .map(|(x, b)| x * b)
            .sum();
        let market = Market::new(&self.economy, &self.values, t);
        let (crowd, layout) = (&market.crowd, market.crowd.layout);
        let mut moved = vec![mean; layout.people];
        for (k, active) in self.economy.space.active.iter().enumerate() {
            let change = nonlinear.get(active.column).copied().unwrap_or(0.0);
            if change == 0.0 {
                continue;
            }
            for (i, moved) in moved.iter_mut().enumerate() {
                *moved += change
                    * match crowd.by_cell[k].get(layout.at(j, i)) {
                        Some(coefficient) => *coefficient,
                        None => crowd.coefficient[k * layout.padded() + i],
                    };
            }
        }
        moved
    }

    /// Who sets prices in market `t`; `None` where the problem does not say. Firms are counted within the market, in the order of their numbers.
    ///
    /// # Errors
    /// Ownership that is no conduct: other than 1 on the diagonal, or outside [0, 1].
    pub fn conduct(&self, t: usize) -> Result<Option<Conduct>, SupplyError> {
        let problem = self.economy.problem;
        let rows = problem.markets[t].clone();
        Ok(match &problem.ownership {
            None => None,
            Some(Ownership::Firms(firms)) => Some(Conduct::nash(numbered(&firms[rows]).1)),
            Some(Ownership::Conduct(firms, weights)) => {
                let (named, within) = numbered(&firms[rows]);
                let count = weights.len().isqrt();
                let pairs = named
                    .iter()
                    .flat_map(|f| named.iter().map(move |g| f * count + g));
                Some(Conduct::new(within, pairs.map(|at| weights[at]).collect())?)
            }
            Some(Ownership::Matrices(markets)) => {
                Some(Conduct::new((0..rows.len()).collect(), markets[t].clone())?)
            }
        })
    }

    /// Diversion when a product is taken away, (J, J + 1) row by row: of the sales of product `j`, the part that goes to each other product; the last column is the
    /// outside good.
    ///
    /// # Errors
    /// As for [`Fitted::demand`].
    pub fn long_run_diversion(&self, t: usize) -> Result<Vec<f64>, SupplyError> {
        let rows = self.economy.problem.markets[t].clone();
        let price = &self.economy.problem.prices[rows];
        let demand = self.demand(t)?;
        let before = demand.shares(price);
        let products = before.len();
        let mut ratio = vec![0.0; products * (products + 1)];
        for j in 0..products {
            let kept: Vec<usize> = (0..products).filter(|&l| l != j).collect();
            let prices: Vec<f64> = kept.iter().map(|&l| price[l]).collect();
            let after = demand.of_products(&kept).shares(&prices);
            let mut rest = 1.0;
            for (n, &l) in kept.iter().enumerate() {
                let part = (after[n] - before[l]) / before[j];
                ratio[j * (products + 1) + l] = part;
                rest -= part;
            }
            ratio[j * (products + 1) + products] = rest;
        }
        Ok(ratio)
    }

    /// Change of all sales when all prices rise by `factor`, divided by `factor`: the aggregate elasticity as the reference has it, per head.
    ///
    /// # Errors
    /// As for [`Fitted::demand`].
    pub fn aggregate_elasticity(&self, t: usize, factor: f64) -> Result<f64, SupplyError> {
        let rows = self.economy.problem.markets[t].clone();
        let price = &self.economy.problem.prices[rows];
        let demand = self.demand(t)?;
        let dearer: Vec<f64> = price.iter().map(|p| p * (1.0 + factor)).collect();
        let all = |prices: &[f64]| demand.shares(prices).iter().sum::<f64>();
        Ok((all(&dearer) - all(price)) / factor)
    }
}

fn nests_of(nesting: &Nesting) -> Nests {
    Nests {
        of: nesting.of.clone(),
        dissimilarity: nesting.rho_of_nest.iter().map(|rho| 1.0 - rho).collect(),
    }
}
