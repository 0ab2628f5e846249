//! After an estimation: tables of elasticities, diversion, costs, markups, concentration, surplus, market by market.

use super::compute::FitError;
use super::document::finite;
use super::read::Loaded;
use crate::run::job::Progress;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use beachhead_engine::estimate::{Fit, Fitted, under_drawn_parameters};
use beachhead_engine::futures::Address;
use beachhead_engine::supply::costs::implied_markups;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::measures::{concentration, diversion, elasticities, pass_through};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rise of all prices behind the aggregate elasticity.
pub(super) const FACTOR: f64 = 0.1;

/// Tables with their names in the folder of a fit.
#[derive(Clone, Debug)]
pub struct Post {
    /// Name and table.
    pub tables: Vec<(&'static str, RecordBatch)>,
}

/// What is computed of one market.
struct OfMarket {
    label: String,
    products: Vec<String>,
    firms: Vec<String>,
    prices: Vec<f64>,
    shares: Vec<f64>,
    /// (J, J) row by row.
    elasticity: Vec<f64>,
    /// (J, J + 1), the last column is the outside good.
    diversion: Vec<f64>,
    /// (J, J + 1), where a product is taken away.
    long_run: Vec<f64>,
    /// Costs, and pass-through (J, J), where firms are known.
    supply: Option<(Vec<f64>, Option<Vec<f64>>)>,
    aggregate: f64,
    surplus: f64,
    concentration: Option<f64>,
}

/// A table in the making: ids, what the data say, what the fit says.
struct Table {
    name: &'static str,
    texts: Vec<(&'static str, Vec<String>)>,
    given: Vec<(&'static str, Vec<f64>)>,
    estimated: Vec<(&'static str, Vec<f64>)>,
}

/// Where standard errors of tables come from.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    /// Draws of the parameters, at least 2.
    pub count: usize,
    /// Seed.
    pub seed: u64,
}

/// Computes all tables, markets in the pool of the caller; with draws, what is estimated has its standard deviation over fits at parameters drawn around the
/// estimates in a column `…_se`.
///
/// # Errors
/// A fit that gives no demand, or whose covariance is not finite where draws are asked for; an interruption.
pub fn after(
    loaded: &Loaded,
    fit: &Fit,
    draws: Option<Draws>,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Post, FitError> {
    let steps = draws.map_or(0, |draws| draws.count as u64);
    progress.stage("after the fit", 1 + steps);
    let tables = tables(loaded, fit, cancel)?;
    progress.advance(1);
    let errors = match draws {
        Some(draws) => errors(loaded, fit, draws, cancel, progress)?,
        None => vec![Vec::new(); tables.len()],
    };
    let batches: Result<Vec<_>, FitError> = tables
        .into_iter()
        .zip(errors)
        .map(|(table, errors)| {
            let name = table.name;
            let batch = batch(table, &errors);
            Ok((
                name,
                batch.map_err(|error| FitError::Fault(error.to_string()))?,
            ))
        })
        .collect();
    Ok(Post { tables: batches? })
}

fn tables(loaded: &Loaded, fit: &Fit, cancel: &AtomicBool) -> Result<Vec<Table>, FitError> {
    let fault = |error: &dyn std::fmt::Display| FitError::Fault(error.to_string());
    let fitted = Fitted::new(&loaded.problem, &loaded.parameters, &loaded.options, fit)
        .map_err(|error| fault(&error))?;
    let markets: Result<Vec<OfMarket>, FitError> = (0..fitted.markets())
        .into_par_iter()
        .map(|t| {
            if cancel.load(Ordering::Relaxed) {
                return Err(FitError::Cancelled);
            }
            of_market(loaded, &fitted, t).map_err(|error| {
                fault(&format!(
                    "market {}: {error}",
                    loaded.problem.market_name(t)
                ))
            })
        })
        .collect();
    let markets = markets?;
    Ok(vec![products(&markets), pairs(&markets), summary(&markets)])
}

/// Standard deviations over draws of the parameters, of each table column by column.
fn errors(
    loaded: &Loaded,
    fit: &Fit,
    draws: Draws,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Vec<Vec<Vec<f64>>>, FitError> {
    let (problem, parameters, options) = (&loaded.problem, &loaded.parameters, &loaded.options);
    // Running means and sums of squares (Welford 1962), so that draws need not be kept.
    let mut means: Vec<Vec<Vec<f64>>> = Vec::new();
    let mut squares: Vec<Vec<Vec<f64>>> = Vec::new();
    for draw in 0..draws.count {
        let address = Address::new(draws.seed, draw as u64);
        let drawn = under_drawn_parameters(problem, parameters, options, fit, address)
            .map_err(|error| FitError::Fault(error.to_string()))?;
        let tables = tables(loaded, &drawn, cancel)?;
        if draw == 0 {
            let zeros = |table: &Table| {
                let columns = table.estimated.iter();
                columns.map(|(_, values)| vec![0.0; values.len()]).collect()
            };
            means = tables.iter().map(zeros).collect();
            squares.clone_from(&means);
        }
        let values = tables.iter().flat_map(|table| &table.estimated);
        let sums = means.iter_mut().flatten().zip(squares.iter_mut().flatten());
        for ((_, values), (means, squares)) in values.zip(sums) {
            for ((value, mean), square) in values.iter().zip(means).zip(squares) {
                let gap = value - *mean;
                *mean += gap / (draw + 1) as f64;
                *square += gap * (value - *mean);
            }
        }
        progress.advance(1);
    }
    let freedom = draws.count.saturating_sub(1) as f64;
    for value in squares.iter_mut().flatten().flatten() {
        *value = (*value / freedom).sqrt();
    }
    Ok(squares)
}

fn of_market(
    loaded: &Loaded,
    fitted: &Fitted<'_>,
    t: usize,
) -> Result<OfMarket, beachhead_engine::supply::error::SupplyError> {
    let problem = &loaded.problem;
    let rows = problem.markets[t].clone();
    let prices = problem.prices[rows.clone()].to_vec();
    let demand = fitted.demand(t)?;
    let choice = demand.choose(&prices);
    let conduct = fitted.conduct(t)?;
    let firm_of = conduct.as_ref().map(|conduct| conduct.firm().to_vec());
    let supply = match conduct {
        None => None,
        Some(conduct) => {
            let mut game = Game::new(demand.clone(), conduct, vec![0.0; prices.len()])?;
            implied_markups(&game, &prices).map(|markup| {
                game.cost = prices.iter().zip(&markup).map(|(p, m)| p - m).collect();
                let through = pass_through(&game, &prices);
                (game.cost.clone(), through)
            })
        }
    };
    Ok(OfMarket {
        label: problem.market_name(t),
        products: rows
            .clone()
            .map(|row| loaded.rows.product_or_row(row))
            .collect(),
        firms: rows.map(|row| loaded.rows.firm(problem, row)).collect(),
        elasticity: elasticities(&demand, &choice, &prices),
        diversion: diversion(&demand, &choice),
        long_run: fitted.long_run_diversion(t)?,
        aggregate: fitted.aggregate_elasticity(t, FACTOR)?,
        surplus: demand.consumer_surplus(&choice),
        concentration: firm_of.map(|firms| concentration(&choice.shares, &firms)),
        shares: choice.shares.clone(),
        supply,
        prices,
    })
}

/// The table with a column of standard errors beside what is estimated, if there are any.
fn batch(table: Table, errors: &[Vec<f64>]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let numbers = |values: &[f64]| -> ArrayRef {
        let values: Vec<Option<f64>> = values.iter().map(|value| finite(*value)).collect();
        Arc::new(Float64Array::from(values))
    };
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (name, texts) in table.texts {
        columns.push((name.to_owned(), Arc::new(StringArray::from(texts))));
    }
    for (name, values) in &table.given {
        columns.push(((*name).to_owned(), numbers(values)));
    }
    for (position, (name, values)) in table.estimated.iter().enumerate() {
        columns.push(((*name).to_owned(), numbers(values)));
        if let Some(errors) = errors.get(position) {
            columns.push((format!("{name}_se"), numbers(errors)));
        }
    }
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns)
}

/// A row for each product in a market.
fn products(markets: &[OfMarket]) -> Table {
    let each = || {
        markets
            .iter()
            .flat_map(|market| (0..market.products.len()).map(move |j| (market, j)))
    };
    let texts =
        |of: fn(&OfMarket, usize) -> &String| each().map(|(m, j)| of(m, j).clone()).collect();
    let numbers = |of: fn(&OfMarket, usize) -> f64| each().map(|(m, j)| of(m, j)).collect();
    Table {
        name: "post_products.parquet",
        texts: vec![
            ("market_ids", texts(|m, _| &m.label)),
            ("product_ids", texts(|m, j| &m.products[j])),
            ("firm_ids", texts(|m, j| &m.firms[j])),
        ],
        given: vec![
            ("prices", numbers(|m, j| m.prices[j])),
            ("shares", numbers(|m, j| m.shares[j])),
        ],
        estimated: vec![
            (
                "own_elasticity",
                numbers(|m, j| m.elasticity[m.square(j, j)]),
            ),
            (
                "diversion_outside",
                numbers(|m, j| m.diversion[m.wide(j, m.prices.len())]),
            ),
            ("costs", numbers(OfMarket::cost)),
            (
                "markups",
                numbers(|m, j| (m.prices[j] - m.cost(j)) / m.prices[j]),
            ),
            (
                "profits",
                numbers(|m, j| (m.prices[j] - m.cost(j)) * m.shares[j]),
            ),
        ],
    }
}

/// A row for each pair of products in a market; a product does not divert to itself.
fn pairs(markets: &[OfMarket]) -> Table {
    let each = || {
        markets.iter().flat_map(|market| {
            let count = market.products.len();
            (0..count * count).map(move |n| (market, n / count, n % count))
        })
    };
    let texts = |of: fn(&OfMarket, usize, usize) -> &String| {
        each().map(|(m, j, l)| of(m, j, l).clone()).collect()
    };
    let numbers =
        |of: fn(&OfMarket, usize, usize) -> f64| each().map(|(m, j, l)| of(m, j, l)).collect();
    Table {
        name: "post_pairs.parquet",
        texts: vec![
            ("market_ids", texts(|m, _, _| &m.label)),
            ("product_ids", texts(|m, j, _| &m.products[j])),
            ("other_ids", texts(|m, _, l| &m.products[l])),
        ],
        given: Vec::new(),
        estimated: vec![
            (
                "elasticity",
                numbers(|m, j, l| m.elasticity[m.square(j, l)]),
            ),
            ("diversion", numbers(|m, j, l| m.away(&m.diversion, j, l))),
            (
                "long_run_diversion",
                numbers(|m, j, l| m.away(&m.long_run, j, l)),
            ),
            ("pass_through", numbers(OfMarket::through)),
        ],
    }
}

/// A row for each market.
fn summary(markets: &[OfMarket]) -> Table {
    let numbers = |of: fn(&OfMarket) -> f64| markets.iter().map(of).collect();
    Table {
        name: "post_markets.parquet",
        texts: vec![(
            "market_ids",
            markets.iter().map(|m| m.label.clone()).collect(),
        )],
        given: vec![
            ("products", numbers(|m| m.products.len() as f64)),
            (
                "outside_share",
                numbers(|m| 1.0 - m.shares.iter().sum::<f64>()),
            ),
            ("hhi", numbers(|m| m.concentration.unwrap_or(f64::NAN))),
        ],
        estimated: vec![
            (
                "mean_own_elasticity",
                numbers(OfMarket::mean_own_elasticity),
            ),
            ("aggregate_elasticity", numbers(|m| m.aggregate)),
            ("profits", numbers(OfMarket::profit)),
            ("consumer_surplus", numbers(|m| m.surplus)),
        ],
    }
}

impl OfMarket {
    fn square(&self, j: usize, l: usize) -> usize {
        j * self.products.len() + l
    }

    fn wide(&self, j: usize, l: usize) -> usize {
        j * (self.products.len() + 1) + l
    }

    fn away(&self, ratios: &[f64], j: usize, l: usize) -> f64 {
        if j == l {
            f64::NAN
        } else {
            ratios[self.wide(j, l)]
        }
    }

    fn cost(&self, j: usize) -> f64 {
        self.supply.as_ref().map_or(f64::NAN, |(cost, _)| cost[j])
    }

    fn through(&self, j: usize, l: usize) -> f64 {
        let matrix = self
            .supply
            .as_ref()
            .and_then(|(_, through)| through.as_ref());
        matrix.map_or(f64::NAN, |matrix| matrix[self.square(j, l)])
    }

    fn mean_own_elasticity(&self) -> f64 {
        let count = self.products.len();
        let sum: f64 = (0..count).map(|j| self.elasticity[self.square(j, j)]).sum();
        sum / count.max(1) as f64
    }

    fn profit(&self) -> f64 {
        let of = |j: usize| (self.prices[j] - self.cost(j)) * self.shares[j];
        (0..self.products.len()).map(of).sum()
    }
}
