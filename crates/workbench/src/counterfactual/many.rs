//! A study of every market of a fit, and what it comes to over all of them.

use super::csv::{csv, measures_csv};
use super::document::{Document, Found, StateEntry};
use super::read::Study;
use super::result::{Looks, compute_looking};
use super::spread::Spread;
use crate::run::{FORMAT, VERSION};
use beachhead_engine::supply::error::SupplyError;
use rayon::prelude::*;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Markets {
    /// Format of the document.
    pub format: u32,
    /// Version that wrote it.
    pub beachhead: &'static str,
    /// The fit.
    pub source: String,
    /// What the last step changes, over all markets; absent without a step.
    pub summary: Option<Summary>,
    /// Each market; `source` is its id.
    pub markets: Vec<Document>,
    /// Standard errors of the last step from draws of the parameters; null where none were asked for.
    pub standard_errors: Option<Spread>,
}

/// What edits change over all markets; means are over markets whose prices were found, unless they say otherwise, and not numbers where there is none.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Markets.
    pub markets: usize,
    /// Those that edits change something in.
    pub touched: usize,
    /// Those whose prices were found.
    pub solved: usize,
    /// Mean change of price over products that were there before, a share.
    pub mean_price_change: f64,
    /// Smallest of these changes.
    pub lowest_price_change: f64,
    /// Largest of these changes.
    pub highest_price_change: f64,
    /// Mean Herfindahl–Hirschman index before.
    pub hhi_before: f64,
    /// And after.
    pub hhi_after: f64,
    /// Share that buys nothing, before.
    pub outside_share_before: f64,
    /// And after.
    pub outside_share_after: f64,
    /// Profit of all firms per head, before.
    pub profit_before: f64,
    /// And after.
    pub profit_after: f64,
    /// Change of consumer surplus per head.
    pub consumer_surplus_change: f64,
}

/// Computes every market, in the pool of the caller.
///
/// # Errors
/// As [`compute`](super::compute).
pub fn compute_all(source: &str, studies: &[Study]) -> Result<Markets, SupplyError> {
    compute_all_looking(source, studies, Looks::Everywhere)
}

pub(super) fn compute_all_looking(
    source: &str,
    studies: &[Study],
    looks: Looks,
) -> Result<Markets, SupplyError> {
    let each = studies
        .par_iter()
        .map(|study| compute_looking(study, looks));
    let markets: Result<Vec<Document>, SupplyError> = each.collect();
    let markets = markets?;
    Ok(Markets {
        format: FORMAT,
        beachhead: VERSION,
        source: source.to_owned(),
        summary: summary(&markets),
        markets,
        standard_errors: None,
    })
}

fn summary(markets: &[Document]) -> Option<Summary> {
    let all: Vec<(&StateEntry, &StateEntry)> = markets
        .iter()
        .filter_map(|market| Some((&market.baseline, market.steps.last()?)))
        .collect();
    if all.is_empty() {
        return None;
    }
    let is_solved =
        |(_, after): &(&StateEntry, &StateEntry)| after.certificate.status == Found::Converged;
    let pairs: Vec<(&StateEntry, &StateEntry)> = all.iter().copied().filter(is_solved).collect();
    let changes: Vec<f64> = pairs
        .iter()
        .flat_map(|(_, after)| {
            after
                .products
                .iter()
                .filter_map(|product| product.price_change)
        })
        .collect();
    let mean = |of: &dyn Fn(&(&StateEntry, &StateEntry)) -> f64| {
        pairs.iter().map(of).sum::<f64>() / pairs.len() as f64
    };
    let is_touched = |(before, after): &&(&StateEntry, &StateEntry)| {
        let same = |(a, b): (&super::ProductEntry, &super::ProductEntry)| {
            a.product == b.product && a.price == b.price && a.firm == b.firm
        };
        before.products.len() != after.products.len()
            || !before.products.iter().zip(&after.products).all(same)
    };
    let end = |of: fn(f64, f64) -> f64| changes.iter().copied().reduce(of).unwrap_or(0.0);
    Some(Summary {
        markets: all.len(),
        touched: all.iter().filter(is_touched).count(),
        solved: pairs.len(),
        mean_price_change: changes.iter().sum::<f64>() / changes.len().max(1) as f64,
        lowest_price_change: end(f64::min),
        highest_price_change: end(f64::max),
        hhi_before: mean(&|(before, _)| before.hhi),
        hhi_after: mean(&|(_, after)| after.hhi),
        outside_share_before: mean(&|(before, _)| before.outside_share),
        outside_share_after: mean(&|(_, after)| after.outside_share),
        profit_before: mean(&|(before, _)| before.profit),
        profit_after: mean(&|(_, after)| after.profit),
        consumer_surplus_change: mean(&|(_, after)| after.consumer_surplus_change),
    })
}

/// A row for each market, step and product.
pub fn csv_of_all(markets: &Markets) -> String {
    with_markets(markets, csv)
}

/// The same of [`measures_csv`].
pub fn measures_csv_of_all(markets: &Markets) -> String {
    with_markets(markets, measures_csv)
}

/// Tables of all markets as one, the market in front.
fn with_markets(markets: &Markets, table: fn(&Document) -> String) -> String {
    let mut text = String::new();
    for (number, market) in markets.markets.iter().enumerate() {
        let table = table(market);
        let mut lines = table.lines();
        let head = lines.next().unwrap_or_default();
        if number == 0 {
            text += &format!("market,{head}\n");
        }
        let label = market.source.replace('"', "\"\"");
        for line in lines {
            text += &format!("\"{label}\",{line}\n");
        }
    }
    text
}
