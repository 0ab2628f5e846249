//! Data made by the model itself, for studies of recovery: estimate what is known, and count how often intervals hold it.

use super::error::EstimateError;
use super::instruments::{Differentiation, differentiation};
use super::integration::{Rule, points};
use super::parameters::{Entry, Kind, Parameters};
use super::problem::{Agents, Column, Ownership, Problem, Supply};
use super::result::Fit;
use crate::futures::Address;
use crate::numerics::normal;
use crate::supply::conduct::Conduct;
use crate::supply::demand::Demand;
use crate::supply::equilibrium::{Search, solve};
use crate::supply::error::SupplyError;
use crate::supply::game::Game;

/// A market economy with known parameters: one characteristic with a random coefficient, prices in equilibrium, a cost shifter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Markets.
    pub markets: usize,
    /// Products a market.
    pub products: usize,
    /// Firms, which own products in turn.
    pub firms: usize,
    /// Nodes of the Gauss–Hermite rule, in the data and in the estimation alike: no error of integration.
    pub nodes: usize,
    /// Constant of utility.
    pub constant: f64,
    /// Utility per unit of currency, negative.
    pub price: f64,
    /// Mean taste for the characteristic.
    pub taste: f64,
    /// Its standard deviation.
    pub spread: f64,
    /// Marginal cost: constant, by the characteristic, by the shifter, currency per unit.
    pub cost: [f64; 3],
    /// Standard deviations of ξ and ω.
    pub errors: [f64; 2],
}

impl Default for Truth {
    fn default() -> Self {
        Self {
            markets: 50,
            products: 10,
            firms: 4,
            nodes: 7,
            constant: -3.0,
            price: -1.0,
            taste: 2.0,
            spread: 2.0,
            cost: [2.0, 1.0, 1.0],
            errors: [0.5, 0.3],
        }
    }
}

/// Parameters of a study: what a fit calls them, and where they stand.
const STUDIED: [(&str, Kind, usize); 6] = [
    ("spread of tastes", Kind::Sigma, 0),
    ("price", Kind::Beta, 1),
    ("mean taste", Kind::Beta, 2),
    ("constant of costs", Kind::Gamma, 0),
    ("cost of the characteristic", Kind::Gamma, 1),
    ("cost of the shifter", Kind::Gamma, 2),
];

impl Truth {
    /// The data of a seed, and starts that are off the truth by a third.
    ///
    /// # Errors
    /// Sizes that no market can have.
    pub fn data(&self, seed: u64) -> Result<(Problem, Parameters), EstimateError> {
        let address = Address::new(seed, 0);
        let rows = self.markets * self.products;
        let uniform = |name: &str| -> Vec<f64> {
            (0..rows as u32)
                .map(|n| address.uniform_at(name, n + 1))
                .collect()
        };
        let errors = |name: &str, spread: f64| -> Vec<f64> {
            uniform(name)
                .into_iter()
                .map(|u| spread * normal::quantile(u))
                .collect()
        };
        let (x, w) = (uniform("study.characteristic"), uniform("study.shifter"));
        let xi = errors("study.xi", self.errors[0]);
        let omega = errors("study.omega", self.errors[1]);
        let rule = points(Rule::Product, 1, self.nodes, 0, 0)?;
        let firms: Vec<usize> = (0..rows).map(|n| n % self.products % self.firms).collect();
        let (mut prices, mut shares) = (Vec::new(), Vec::new());
        for t in 0..self.markets {
            let at = t * self.products..(t + 1) * self.products;
            let quality: Vec<f64> = at
                .clone()
                .flat_map(|n| {
                    let (mean, x) = (self.constant + self.taste * x[n] + xi[n], x[n]);
                    rule.nodes[0]
                        .iter()
                        .map(move |node| mean + self.spread * node * x)
                })
                .collect();
            let cost = at
                .clone()
                .map(|n| self.cost[0] + self.cost[1] * x[n] + self.cost[2] * w[n] + omega[n]);
            let market = self.equilibrium(&rule.weight, &quality, cost.collect(), &firms[at]);
            let (price, share) = market.map_err(|error| EstimateError::Missing {
                what: format!("a market of the study cannot be made: {error}"),
            })?;
            prices.extend(price);
            shares.extend(share);
        }
        let columns = [x.as_slice(), w.as_slice()];
        Ok((
            self.problem(&columns, prices, shares, firms, &rule.nodes, &rule.weight),
            self.start(),
        ))
    }

    fn equilibrium(
        &self,
        weight: &[f64],
        quality: &[f64],
        cost: Vec<f64>,
        firms: &[usize],
    ) -> Result<(Vec<f64>, Vec<f64>), SupplyError> {
        let alpha = vec![-self.price; weight.len()];
        let demand = Demand::new(weight, &alpha, quality, None)?;
        let start = cost.clone();
        let game = Game::new(demand, Conduct::nash(firms.to_vec()), cost)?;
        let price = solve(&game, &start, &Search::default()).value;
        let share = game.demand.shares(&price);
        Ok((price, share))
    }

    fn problem(
        &self,
        [x, w]: &[&[f64]; 2],
        prices: Vec<f64>,
        shares: Vec<f64>,
        firms: Vec<usize>,
        nodes: &[Vec<f64>],
        weight: &[f64],
    ) -> Problem {
        let rows = prices.len();
        let ones = vec![1.0; rows];
        let markets: Vec<_> = (0..self.markets)
            .map(|t| t * self.products..(t + 1) * self.products)
            .collect();
        let kind = Differentiation::Quadratic;
        let made = differentiation(&markets, &firms, &[x, w], kind, false);
        let named = |name: &str| -> Vec<Column> {
            let numbered = made.iter().enumerate();
            numbered
                .map(|(n, column)| Column::exogenous(format!("{name}{n}"), column.clone()))
                .collect()
        };
        let constant = Column::exogenous("1", ones.clone());
        let characteristic = Column::exogenous("x", x.to_vec());
        let shifter = Column::exogenous("w", w.to_vec());
        let mut demand = named("rivals");
        demand.push(shifter.clone());
        let people = self.nodes;
        Problem {
            shares,
            ownership: Some(Ownership::Firms(firms)),
            linear: vec![
                constant.clone(),
                Column::with_price("prices", prices.clone(), ones),
                characteristic.clone(),
            ],
            prices,
            nonlinear: vec![characteristic.clone()],
            instruments: demand,
            agents: Some(Agents {
                markets: (0..self.markets)
                    .map(|t| t * people..(t + 1) * people)
                    .collect(),
                weight: weight.repeat(self.markets),
                nodes: nodes
                    .iter()
                    .map(|column| column.repeat(self.markets))
                    .collect(),
                ..Agents::default()
            }),
            supply: Some(Supply {
                design: vec![constant, characteristic, shifter],
                instruments: named("rivals"),
                ..Supply::default()
            }),
            markets,
            ..Problem::default()
        }
    }

    fn start(&self) -> Parameters {
        let off = 2.0 / 3.0;
        Parameters {
            sigma: vec![vec![
                Entry::free(off * self.spread).between(0.0, f64::INFINITY),
            ]],
            beta: vec![None, Some(Entry::free(off * self.price)), None],
            ..Parameters::default()
        }
    }

    /// Name, truth, estimate and standard error of every parameter of the study.
    pub fn beside(&self, fit: &Fit) -> Vec<(&'static str, f64, f64, f64)> {
        let truth = [
            self.spread,
            self.price,
            self.taste,
            self.cost[0],
            self.cost[1],
            self.cost[2],
        ];
        let found = STUDIED
            .iter()
            .zip(truth)
            .filter_map(|((name, kind, row), truth)| {
                let mut estimates = fit.estimates.iter();
                let found = estimates.find(|e| e.place.kind == *kind && e.place.row == *row)?;
                Some((*name, truth, found.estimate, found.standard_error))
            });
        found.collect()
    }
}
