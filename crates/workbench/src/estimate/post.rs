//! After an estimation: tables of elasticities, diversion, costs, markups, concentration, surplus, market by market.

use super::compute::FitError;
use super::read::Loaded;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use beachhead_engine::estimate::{Fit, Fitted};
use beachhead_engine::supply::costs::implied_markups;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::measures::{concentration, diversion, elasticities, pass_through};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rise of all prices behind the aggregate elasticity.
const FACTOR: f64 = 0.1;

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

/// Computes all tables, markets in the pool of the caller.
///
/// # Errors
/// A fit that gives no demand; an interruption.
pub fn after(loaded: &Loaded, fit: &Fit, cancel: &AtomicBool) -> Result<Post, FitError> {
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
    let tables = [
        ("post_products.parquet", products(&markets)),
        ("post_pairs.parquet", pairs(&markets)),
        ("post_markets.parquet", summary(&markets)),
    ];
    let tables: Result<Vec<_>, _> = tables
        .into_iter()
        .map(|(name, table)| table.map(|table| (name, table)))
        .collect();
    Ok(Post {
        tables: tables.map_err(|error| fault(&error))?,
    })
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
            .enumerate()
            .map(|(j, row)| {
                loaded
                    .rows
                    .product(row)
                    .map_or_else(|| (j + 1).to_string(), str::to_owned)
            })
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

type Table = Result<RecordBatch, arrow_schema::ArrowError>;

fn batch(columns: Vec<(&str, ArrayRef)>) -> Table {
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns)
}

fn texts(list: Vec<String>) -> ArrayRef {
    Arc::new(StringArray::from(list))
}

fn numbers(list: impl IntoIterator<Item = f64>) -> ArrayRef {
    let list: Vec<Option<f64>> = list.into_iter().map(super::document::finite).collect();
    Arc::new(Float64Array::from(list))
}

/// A row for each product in a market.
fn products(markets: &[OfMarket]) -> Table {
    let each = || {
        markets
            .iter()
            .flat_map(|market| (0..market.products.len()).map(move |j| (market, j)))
    };
    let cost =
        |market: &OfMarket, j: usize| market.supply.as_ref().map_or(f64::NAN, |(cost, _)| cost[j]);
    batch(vec![
        (
            "market_ids",
            texts(each().map(|(m, _)| m.label.clone()).collect()),
        ),
        (
            "product_ids",
            texts(each().map(|(m, j)| m.products[j].clone()).collect()),
        ),
        (
            "firm_ids",
            texts(each().map(|(m, j)| m.firms[j].clone()).collect()),
        ),
        ("prices", numbers(each().map(|(m, j)| m.prices[j]))),
        ("shares", numbers(each().map(|(m, j)| m.shares[j]))),
        (
            "own_elasticity",
            numbers(each().map(|(m, j)| m.elasticity[j * m.products.len() + j])),
        ),
        (
            "diversion_outside",
            numbers(
                each().map(|(m, j)| m.diversion[j * (m.products.len() + 1) + m.products.len()]),
            ),
        ),
        ("costs", numbers(each().map(|(m, j)| cost(m, j)))),
        (
            "markups",
            numbers(each().map(|(m, j)| (m.prices[j] - cost(m, j)) / m.prices[j])),
        ),
        (
            "profits",
            numbers(each().map(|(m, j)| (m.prices[j] - cost(m, j)) * m.shares[j])),
        ),
    ])
}

/// A row for each pair of products in a market.
fn pairs(markets: &[OfMarket]) -> Table {
    let each = || {
        markets.iter().flat_map(|market| {
            let count = market.products.len();
            (0..count * count).map(move |n| (market, n / count, n % count))
        })
    };
    let square = |market: &OfMarket, j: usize, l: usize| j * market.products.len() + l;
    let wide = |market: &OfMarket, j: usize, l: usize| j * (market.products.len() + 1) + l;
    let through = |market: &OfMarket, j: usize, l: usize| {
        let matrix = market
            .supply
            .as_ref()
            .and_then(|(_, through)| through.as_ref());
        matrix.map_or(f64::NAN, |matrix| matrix[square(market, j, l)])
    };
    // A product does not divert to itself.
    let away = |j: usize, l: usize, value: f64| if j == l { f64::NAN } else { value };
    batch(vec![
        (
            "market_ids",
            texts(each().map(|(m, ..)| m.label.clone()).collect()),
        ),
        (
            "product_ids",
            texts(each().map(|(m, j, _)| m.products[j].clone()).collect()),
        ),
        (
            "other_ids",
            texts(each().map(|(m, _, l)| m.products[l].clone()).collect()),
        ),
        (
            "elasticity",
            numbers(each().map(|(m, j, l)| m.elasticity[square(m, j, l)])),
        ),
        (
            "diversion",
            numbers(each().map(|(m, j, l)| away(j, l, m.diversion[wide(m, j, l)]))),
        ),
        (
            "long_run_diversion",
            numbers(each().map(|(m, j, l)| away(j, l, m.long_run[wide(m, j, l)]))),
        ),
        (
            "pass_through",
            numbers(each().map(|(m, j, l)| through(m, j, l))),
        ),
    ])
}

/// A row for each market.
fn summary(markets: &[OfMarket]) -> Table {
    let own = |market: &OfMarket| {
        let count = market.products.len();
        (0..count)
            .map(|j| market.elasticity[j * count + j])
            .sum::<f64>()
            / count.max(1) as f64
    };
    let profit = |market: &OfMarket| {
        let (costs, _) = market.supply.as_ref()?;
        let each = market.prices.iter().zip(costs).zip(&market.shares);
        Some(
            each.map(|((price, cost), share)| (price - cost) * share)
                .sum::<f64>(),
        )
    };
    batch(vec![
        (
            "market_ids",
            texts(markets.iter().map(|m| m.label.clone()).collect()),
        ),
        (
            "products",
            numbers(markets.iter().map(|m| m.products.len() as f64)),
        ),
        (
            "outside_share",
            numbers(markets.iter().map(|m| 1.0 - m.shares.iter().sum::<f64>())),
        ),
        ("mean_own_elasticity", numbers(markets.iter().map(own))),
        (
            "aggregate_elasticity",
            numbers(markets.iter().map(|m| m.aggregate)),
        ),
        (
            "hhi",
            numbers(markets.iter().map(|m| m.concentration.unwrap_or(f64::NAN))),
        ),
        (
            "profits",
            numbers(markets.iter().map(|m| profit(m).unwrap_or(f64::NAN))),
        ),
        (
            "consumer_surplus",
            numbers(markets.iter().map(|m| m.surplus)),
        ),
    ])
}
