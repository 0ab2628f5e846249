//! One market of a fit at parameters that may move: what its people make of products, known ones and new ones, `[eq:fit_utility]`.

use super::bootstrap::of_markets;
use super::economy::Economy;
use super::error::EstimateError;
use super::market::{Market, Room};
use super::markups::utility_by_price;
use super::options::Options;
use super::parameters::{Kind, Parameters, Place};
use super::problem::{Demographic, Problem};
use super::result::Trouble;
use super::space::Values;
use crate::numerics::solve::Status;
use crate::supply::demand::{Demand, Nests};
use crate::supply::error::SupplyError;

/// Rise and fall of all prices behind an aggregate elasticity, relative.
const PRICE_STEP: f64 = 0.01;

/// A fit as it is taken from: what was estimated of it all.
#[derive(Clone, Copy, Debug)]
pub struct FitParts<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// Which parameters there are.
    pub parameters: &'a Parameters,
    /// Settings of the fixed point.
    pub options: &'a Options,
    /// δ, (N,).
    pub mean_utility: &'a [f64],
}

/// A product that the market does not have: a value for each linear column and each column with random coefficients, at a price of 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewProduct {
    /// (K1,)
    pub linear: Vec<f64>,
    /// (K2,)
    pub nonlinear: Vec<f64>,
}

/// One market of a fit. `J` known products, `N` new ones, `I` people.
#[derive(Clone, Debug)]
pub struct OneMarket {
    /// The market alone.
    known: Problem,
    /// The same with the new products behind the known ones, at a price of 0.
    all: Problem,
    parameters: Parameters,
    options: Options,
    /// δ at the estimates, (J,): where the fixed point starts.
    start: Vec<f64>,
}

/// What people make of the products of a market.
#[derive(Clone, Debug, PartialEq)]
pub struct Utilities {
    /// Weights of people, (I,), sum to 1.
    pub weight: Vec<f64>,
    /// `α_i`, (I,), utility per unit of the fit's price; below 0 for somebody who likes to pay.
    pub price: Vec<f64>,
    /// `x_j β + μ_ij` without what the price adds, (I, J + N).
    pub worth: Vec<f64>,
    /// `ξ_j = δ_j − x_j β`, absorbed fixed effects with it, (J,).
    pub unobserved: Vec<f64>,
    /// `1 − ρ`; 1 without nests.
    pub dissimilarity: f64,
    /// How the fixed point ended; where it broke down ξ is that of the estimates.
    pub status: Status,
}

impl OneMarket {
    /// Market `t` of a fit with new products.
    ///
    /// # Errors
    /// What the months cannot carry: availabilities and demographics that differ by product, products in more than one nest;
    /// new products with another number of columns.
    pub fn new(fit: &FitParts<'_>, t: usize, new: &[NewProduct]) -> Result<Self, EstimateError> {
        let rows = fit.problem.markets[t].clone();
        let mut known = of_markets(fit.problem, &[t]);
        // Moments and costs play no part in what people make of products.
        known.instruments.clear();
        known.absorbed.clear();
        known.clusters.clear();
        known.supply = None;
        known.micro = None;
        known.ownership = None;
        check(&known)?;
        let all = with_new(&known, new)?;
        let parameters = Parameters {
            gamma: Vec::new(),
            ..fit.parameters.clone()
        };
        Ok(Self {
            known,
            all,
            parameters,
            options: fit.options.clone(),
            start: fit.mean_utility[rows].to_vec(),
        })
    }

    /// Known products.
    pub fn known(&self) -> usize {
        self.known.rows()
    }

    /// Shares of the known products, (J,).
    pub fn shares(&self) -> &[f64] {
        &self.known.shares
    }

    /// Prices of the known products, (J,), in the fit's unit.
    pub fn prices(&self) -> &[f64] {
        &self.known.prices
    }

    /// Weights of people as the fit has them, (I,).
    pub fn people(&self) -> Vec<f64> {
        match &self.known.agents {
            Some(agents) => agents.weight.clone(),
            None => vec![1.0],
        }
    }

    /// Parameters that say something about utility: those that are searched over, then β that was concentrated out.
    pub fn places(&self) -> Vec<Place> {
        let free = self.parameters.free().into_iter().map(|(place, _)| place);
        let beta = (0..self.known.linear.len()).filter(|&k| self.parameters.beta(k).is_none());
        let beta = beta.map(|row| Place {
            kind: Kind::Beta,
            row,
            column: 0,
        });
        free.chain(beta).collect()
    }

    /// What a parameter is called.
    pub fn name(&self, place: Place) -> String {
        Parameters::name(&self.known, place)
    }

    /// Bounds of these parameters, in the order of [`OneMarket::places`].
    pub fn bounds(&self) -> Vec<(f64, f64)> {
        let mut bounds: Vec<(f64, f64)> = self
            .parameters
            .free()
            .iter()
            .map(|(_, entry)| (entry.lower, entry.upper))
            .collect();
        bounds.resize(self.places().len(), (f64::NEG_INFINITY, f64::INFINITY));
        bounds
    }

    /// Parameters in the order of [`OneMarket::places`], brought within their bounds, as the kernels know them.
    fn values(&self, economy: &Economy<'_>, at: &[f64]) -> Values {
        let theta: Vec<f64> = at
            .iter()
            .zip(&economy.space.free)
            .map(|(value, (_, entry))| value.clamp(entry.lower, entry.upper))
            .collect();
        let mut values = economy.space.values(&theta);
        let concentrated = self.places().into_iter().zip(at).skip(theta.len());
        for (place, value) in concentrated {
            values.beta[place.row] = *value;
        }
        values
    }

    /// What people make of all products at these parameters, mean utilities inverted anew, `[eq:fit_utility]`.
    pub fn at(&self, parameters: &[f64]) -> Utilities {
        let economy = Economy::new(&self.known, &self.parameters, &self.options);
        let values = self.values(&economy, parameters);
        let market = Market::new(&economy, &values, 0);
        let outcome = market.solve(&self.start, false, &mut Room::default());
        let is_finite = outcome.delta.iter().all(|delta| delta.is_finite());
        let status = match outcome.troubles.first() {
            None if is_finite => Status::Converged,
            Some(Trouble::NotConverged) if is_finite => Status::BudgetSpent,
            _ => Status::BrokeDown,
        };
        let delta = if is_finite {
            &outcome.delta
        } else {
            &self.start
        };
        let unobserved = delta
            .iter()
            .enumerate()
            .map(|(row, delta)| delta - mean_worth(&self.known, &values, row, true))
            .collect();
        let (price, worth) = self.worths(&values);
        let dissimilarity = market.nesting.as_ref();
        let weight = self.people();
        let total: f64 = weight.iter().sum();
        Utilities {
            weight: weight.iter().map(|w| w / total).collect(),
            price,
            worth,
            unobserved,
            dissimilarity: dissimilarity.map_or(1.0, |nesting| 1.0 - nesting.rho_of_nest[0]),
            status,
        }
    }

    /// `α_i`, (I,), and worths of all products without their price, (I, J + N).
    fn worths(&self, values: &Values) -> (Vec<f64>, Vec<f64>) {
        let economy = Economy::new(&self.all, &self.parameters, &self.options);
        let market = Market::new(&economy, values, 0);
        let layout = market.crowd.layout;
        let (products, people) = (layout.products, layout.people);
        // The price enters with one coefficient for all products of a person.
        let mut slope = vec![0.0; layout.padded()];
        utility_by_price(&market, 0, &mut slope);
        let mut worth = vec![0.0; people * products];
        for j in 0..products {
            let mean = mean_worth(&self.all, values, j, false);
            let price = self.all.prices[j];
            for i in 0..people {
                let taste = market.taste(j, i) - tasted_price(&market, i) * price;
                worth[i * products + j] = mean + taste;
            }
        }
        (slope[..people].iter().map(|s| -s).collect(), worth)
    }

    /// Demand of the known products at these parameters, as counterfactuals know it.
    ///
    /// # Errors
    /// Weights of people that are negative, utilities that are not finite.
    pub fn demand(&self, utilities: &Utilities) -> Result<Demand, SupplyError> {
        let (known, all) = (self.known(), self.all.rows());
        let people = utilities.weight.len();
        let quality: Vec<f64> = (0..known * people)
            .map(|at| {
                let (j, i) = (at / people, at % people);
                utilities.worth[i * all + j] + utilities.unobserved[j]
            })
            .collect();
        let nests = self.known.nests.as_ref().map(|_| Nests {
            of: vec![0; known],
            dissimilarity: vec![utilities.dissimilarity],
        });
        // Weights as the fit has them: those that do not sum to 1 leave the rest outside.
        Demand::new(&self.people(), &utilities.price, &quality, nests)
    }

    /// Elasticity of all sales by all prices at the market's prices; not a number where there is no demand.
    pub fn aggregate_elasticity(&self, utilities: &Utilities) -> f64 {
        let Ok(demand) = self.demand(utilities) else {
            return f64::NAN;
        };
        let at = |factor: f64| -> f64 {
            let prices: Vec<f64> = self.prices().iter().map(|p| p * factor).collect();
            demand.shares(&prices).iter().sum()
        };
        let (up, down) = (at(1.0 + PRICE_STEP), at(1.0 / (1.0 + PRICE_STEP)));
        libm::log(up / down) / (2.0 * libm::log1p(PRICE_STEP))
    }
}

/// `x_j β`, with what the price adds or without.
fn mean_worth(problem: &Problem, values: &Values, row: usize, with_price: bool) -> f64 {
    let mut worth = 0.0;
    for (column, beta) in problem.linear.iter().zip(&values.beta) {
        let mut x = column.values[row];
        if let (Some(by_price), false) = (&column.by_price, with_price) {
            x -= by_price[row] * problem.prices[row];
        }
        worth += beta * x;
    }
    worth
}

/// What a unit of price adds to the tastes of person `i`.
fn tasted_price(market: &Market<'_>, i: usize) -> f64 {
    let crowd = &market.crowd;
    let (products, padded) = (crowd.layout.products, crowd.layout.padded());
    (0..crowd.has_price.len())
        .filter(|&k| crowd.has_price[k])
        .map(|k| crowd.x_by_price[k * products] * crowd.coefficient[k * padded + i])
        .sum()
}

/// What the months cannot carry.
fn check(known: &Problem) -> Result<(), EstimateError> {
    let missing = |what: &str| Err(EstimateError::Missing { what: what.into() });
    if let Some(agents) = &known.agents {
        let by_product = |d: &Demographic| matches!(d, Demographic::OfProduct(_));
        if agents.demographics.iter().any(by_product) {
            return missing(
                "months do not carry demographics that differ by product; estimate with demographics of people alone",
            );
        }
        if agents.availability.is_some() {
            return missing(
                "months do not carry availability by person; say who reaches what by `channels` of segments, and estimate without it",
            );
        }
        if agents.weight.iter().any(|w| !w.is_finite() || *w < 0.0) {
            return missing(
                "months do not carry people with weights below 0; estimate with another rule of integration",
            );
        }
    }
    let nests = known.nests.as_ref();
    if nests.is_some_and(|nests| nests.of.iter().any(|nest| *nest != nests.of[0])) {
        return missing(
            "months do not carry products in more than one nest; estimate with one nest for all, or with random coefficients",
        );
    }
    Ok(())
}

/// The market with new products behind the known ones.
fn with_new(known: &Problem, new: &[NewProduct]) -> Result<Problem, EstimateError> {
    let mut all = known.clone();
    for product in new {
        for (what, columns, found) in [
            ("linear columns", &mut all.linear, &product.linear),
            ("nonlinear columns", &mut all.nonlinear, &product.nonlinear),
        ] {
            if columns.len() != found.len() {
                return Err(EstimateError::Shape {
                    what: format!("{what} of a new product"),
                    found: found.len(),
                    expected: columns.len(),
                });
            }
            for (column, value) in columns.iter_mut().zip(found) {
                column.values.push(*value);
                if let Some(by_price) = &mut column.by_price {
                    by_price.push(by_price[0]);
                }
            }
        }
        all.shares.push(0.0);
        all.prices.push(0.0);
        if let Some(nests) = &mut all.nests {
            nests.of.push(nests.of[0]);
        }
    }
    all.markets.clear();
    all.markets.push(0..all.shares.len());
    Ok(all)
}
