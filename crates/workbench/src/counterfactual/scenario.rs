//! A calibrated scenario as a market: incumbents' products in a month of the steady state.

use super::market::{Market, Product};
use crate::run::compute;
use crate::run::job::{ComputeError, ComputeOptions, Progress};
use crate::scenario::Loaded;
use beachhead_engine::calibrate::Ground;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{self, Economy};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::reduced::reduced;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::Solve;
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::costs::implied_markups;
use beachhead_engine::supply::from_margins::Calibrated;
use beachhead_engine::supply::game::Game;

/// A month of a scenario's market before any entry.
pub(super) struct Month {
    pub(super) market: Market,
    pub(super) prices: Vec<f64>,
    pub(super) calibrated: Solve<Calibrated>,
    /// People.
    pub(super) users: f64,
}

/// Calibrates a scenario and takes a month of its steady state.
///
/// # Errors
/// Targets that clash, an interruption, a market in which nobody buys.
pub(super) fn month(
    loaded: &Loaded,
    options: &ComputeOptions<'_>,
    progress: &dyn Progress,
) -> Result<Month, ComputeError> {
    let (values, solved) = compute::calibrated(loaded, options, progress)?;
    let scenario = &loaded.scenario;
    let input = |text: String| ComputeError::Input(vec![text]);
    let ground = Ground::new(scenario, &values, scenario.simulation.types)
        .map_err(|error| input(error.to_string()))?;
    let dispatch = Dispatch::detect();
    let (market, parameters) = (&ground.market, &solved.value.parameters);
    let no_trust = vec![0.0; market.brands];
    let base = Attraction::new(market, parameters, &ground.offers, &no_trust, dispatch);
    let layout = Layout::new(market, 0);
    let baseline = Baseline::new(market, parameters, &base, &layout);
    let months = economy::Ground {
        market,
        parameters,
        baseline: &baseline,
        layout: &layout,
        dispatch,
    };
    let mut economy = Economy::new(months, solved.value.consumers.clone(), no_trust);
    economy.open_month(months, &ground.offers, 1.0);
    let found =
        reduced(months, &economy, &ground.offers).map_err(|error| input(error.to_string()))?;
    let brand = |j: usize| market.products[found.products[j]].brand;
    let mut firms: Vec<String> = Vec::new();
    let firm_of: Vec<usize> = (0..found.products.len())
        .map(|j| {
            let id = &scenario.brands[brand(j)].id;
            firms.iter().position(|firm| firm == id).unwrap_or_else(|| {
                firms.push(id.clone());
                firms.len() - 1
            })
        })
        .collect();
    let kept = 1.0 / (1.0 + ground.terms.sales_tax);
    let costs = vec![0.0; found.products.len()];
    let fault = |error: beachhead_engine::supply::error::SupplyError| input(error.to_string());
    let mut game =
        Game::new(found.demand.clone(), Conduct::nash(firm_of.clone()), costs).map_err(fault)?;
    game.kept = vec![kept; found.products.len()];
    let Some(markup) = implied_markups(&game, &found.price) else {
        return Err(input(
            "demand does not answer to prices: no costs can be backed out".to_owned(),
        ));
    };
    game.cost = found
        .price
        .iter()
        .zip(&markup)
        .map(|(p, m)| p - m)
        .collect();
    let product = |j: usize| Product {
        name: scenario.products[market.products[found.products[j]].scenario_index]
            .id
            .clone(),
        firm: firm_of[j],
        cost: game.cost[j] * kept,
        unit_tax: 0.0,
        kept,
        frozen: false,
        held_at: None,
        services: 0.0,
        like: 0,
        changed: Vec::new(),
    };
    let mut conduct = vec![0.0; firms.len() * firms.len()];
    for f in 0..firms.len() {
        conduct[f * firms.len() + f] = 1.0;
    }
    let mean = parameters.price_coefficient * market.tastes.mean_price_factor();
    let price_coefficient = parameters.nest * mean;
    Ok(Month {
        market: Market {
            products: (0..found.products.len()).map(product).collect(),
            firms,
            conduct,
            demand: found.demand,
            price_coefficient,
            promises: Vec::new(),
        },
        calibrated: Solve {
            value: Calibrated {
                margin: markup
                    .iter()
                    .zip(&found.price)
                    .map(|(m, p)| m / p)
                    .collect(),
                game,
                price_coefficient,
                dissimilarity: parameters.nest,
            },
            status: solved.status,
            iterations: solved.iterations,
            residual: 0.0,
        },
        prices: found.price,
        users: market.users,
    })
}
