//! Standard errors of what edits change in the markets of a fit: the same study at parameters drawn around the estimates (Krinsky & Robb 1986).

use super::document::{Found, StateEntry};
use super::fit::FitSource;
use super::many::{Markets, compute_all_looking};
use super::result::Looks;
use crate::diagnostic::Diagnostics;
use crate::run::job::Progress;
use beachhead_engine::futures::Address;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};

/// Standard deviations over draws, of the last step.
#[derive(Clone, Debug, Serialize)]
pub struct Spread {
    /// Draws that count.
    pub draws: usize,
    /// Draws in which some market had no demand that falls with prices; they are left out.
    pub failed: usize,
    /// Draws in which prices of some market were not found; they are left out.
    pub unsolved: usize,
    /// Seed.
    pub seed: u64,
    /// Of the means over markets; null where nothing is changed.
    pub summary: Option<SummarySpread>,
    /// Of each market.
    pub markets: Vec<MarketSpread>,
}

/// Standard deviations of means over markets.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SummarySpread {
    /// Of the mean change of price.
    pub mean_price_change: f64,
    /// Of the index of concentration afterwards.
    pub hhi_after: f64,
    /// Of the share that buys nothing afterwards.
    pub outside_share_after: f64,
    /// Of profits before.
    pub profit_before: f64,
    /// And after.
    pub profit_after: f64,
    /// Of the change of consumer surplus.
    pub consumer_surplus_change: f64,
}

/// Standard deviations of a market.
#[derive(Clone, Debug, Serialize)]
pub struct MarketSpread {
    /// The market.
    pub source: String,
    /// Of profits.
    pub profit: f64,
    /// Of the index of concentration.
    pub hhi: f64,
    /// Of the change of consumer surplus.
    pub consumer_surplus_change: f64,
    /// Of each product.
    pub products: Vec<ProductSpread>,
}

/// Standard deviations of a product.
#[derive(Clone, Debug, Serialize)]
pub struct ProductSpread {
    /// The product.
    pub product: String,
    /// Of its price, currency.
    pub price: f64,
    /// Of its share.
    pub share: f64,
    /// Of its unit cost.
    pub cost: f64,
    /// Of its margin.
    pub margin: f64,
    /// Of its profit.
    pub profit: f64,
}

/// Why there are no standard errors.
#[derive(Debug, thiserror::Error)]
pub enum SpreadError {
    /// The fit does not give them.
    #[error(transparent)]
    Input(#[from] Diagnostics),
    /// Fewer than two draws could be computed.
    #[error(
        "in {failed} of {draws} draws of the parameters demand does not fall with prices or prices were not found; standard errors need two in which they were"
    )]
    TooFew {
        /// Draws that could not be computed.
        failed: usize,
        /// Draws.
        draws: usize,
    },
    /// The user stopped it.
    #[error("interrupted")]
    Cancelled,
}

/// Numbers of the last step of a market, with room for running means.
const OF_MARKET: usize = 3;
/// Numbers of a product.
const OF_PRODUCT: usize = 5;

/// The last state of each market.
fn last(markets: &Markets) -> impl Iterator<Item = (&str, &StateEntry)> {
    let each = markets.markets.iter();
    each.map(|market| {
        let state = market.steps.last().unwrap_or(&market.baseline);
        (market.source.as_str(), state)
    })
}

/// All numbers in one row: the summary's six, then market by market.
fn numbers(markets: &Markets) -> Vec<f64> {
    let mut row = markets.summary.as_ref().map_or_else(
        || vec![0.0; 6],
        |s| {
            vec![
                s.mean_price_change,
                s.hhi_after,
                s.outside_share_after,
                s.profit_before,
                s.profit_after,
                s.consumer_surplus_change,
            ]
        },
    );
    for (_, state) in last(markets) {
        row.extend([state.profit, state.hhi, state.consumer_surplus_change]);
        for product in &state.products {
            row.extend([
                product.price,
                product.share,
                product.cost,
                product.margin,
                product.profit,
            ]);
        }
    }
    row
}

/// Computes the markets again at so many draws of the parameters, markets in the pool of the caller.
///
/// # Errors
/// A fit without the covariance of its estimates; draws of which fewer than two can be computed; an interruption.
pub fn spread(
    source: &FitSource,
    markets: &Markets,
    draws: usize,
    seed: u64,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Spread, SpreadError> {
    progress.stage("draws of the parameters", draws as u64);
    let size = numbers(markets).len();
    let (mut mean, mut square) = (vec![0.0; size], vec![0.0; size]);
    let (mut count, mut failed, mut unsolved) = (0_usize, 0, 0);
    for draw in 0..draws {
        if cancel.load(Ordering::Relaxed) {
            return Err(SpreadError::Cancelled);
        }
        let found = source.drawn(Address::new(seed, draw as u64));
        let found = match found {
            Ok(studies) => compute_all_looking(&markets.source, &studies, Looks::Here).ok(),
            // Without a covariance no draw can be made; other draws fail by themselves.
            Err(why) if draw == 0 && !source.has_covariance() => return Err(why.into()),
            Err(_) => None,
        };
        let mut statuses = found.iter().flat_map(last);
        let is_unsolved = statuses.any(|(_, s)| s.certificate.status != Found::Converged);
        let row = found.as_ref().map(numbers);
        let row = row.filter(|row| row.len() == size && row.iter().all(|x| x.is_finite()));
        match row {
            _ if is_unsolved => unsolved += 1,
            None => failed += 1,
            Some(row) => {
                count += 1;
                // Running means and sums of squares (Welford 1962).
                for ((value, mean), square) in row.iter().zip(&mut mean).zip(&mut square) {
                    let gap = value - *mean;
                    *mean += gap / count as f64;
                    *square += gap * (value - *mean);
                }
            }
        }
        progress.advance(1);
    }
    if count < 2 {
        let failed = failed + unsolved;
        return Err(SpreadError::TooFew { failed, draws });
    }
    let error: Vec<f64> = square
        .iter()
        .map(|square| (square / (count - 1) as f64).sqrt())
        .collect();
    Ok(Spread {
        draws: count,
        failed,
        unsolved,
        seed,
        summary: markets.summary.as_ref().map(|_| SummarySpread {
            mean_price_change: error[0],
            hhi_after: error[1],
            outside_share_after: error[2],
            profit_before: error[3],
            profit_after: error[4],
            consumer_surplus_change: error[5],
        }),
        markets: by_market(markets, &error[6..]),
    })
}

fn by_market(markets: &Markets, error: &[f64]) -> Vec<MarketSpread> {
    let mut at = 0;
    let mut list = Vec::with_capacity(markets.markets.len());
    for (source, state) in last(markets) {
        let of = &error[at..at + OF_MARKET];
        at += OF_MARKET;
        let products = state.products.iter().enumerate().map(|(j, product)| {
            let of = &error[at + j * OF_PRODUCT..at + (j + 1) * OF_PRODUCT];
            ProductSpread {
                product: product.product.clone(),
                price: of[0],
                share: of[1],
                cost: of[2],
                margin: of[3],
                profit: of[4],
            }
        });
        list.push(MarketSpread {
            source: source.to_owned(),
            profit: of[0],
            hhi: of[1],
            consumer_surplus_change: of[2],
            products: products.collect(),
        });
        at += state.products.len() * OF_PRODUCT;
    }
    list
}
