//! What a study computes: prices, shares, profits and measures before and after each step, each with its certificate.

use super::document::{Document, Found, Pressure, PromiseEntry};
use super::issues::{about_baseline, about_solution};
use super::market::Market;
use super::read::Study;
use super::state::state;
use crate::run::{FORMAT, VERSION};
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::supply::certificate::{Certificate, certify, certify_here};
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::equilibrium::Search;
use beachhead_engine::supply::error::SupplyError;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::margin_cap::{self, Remedy, certify_all, solve_capped};
use beachhead_engine::supply::measures::{compensating_reductions, upward_pressure};
use beachhead_engine::supply::responses::find;

/// A margin above what is promised by less than this is rounding.
const KEPT: f64 = 1e-9;

/// How far certificates look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// Again from other starts.
    Everywhere,
    /// At the prices found, and from other starts where these are no equilibrium: of many draws, each.
    Here,
}

/// Solves for prices after every step.
///
/// # Errors
/// None for a study that was read: sizes fit by construction.
pub fn compute(study: &Study) -> Result<Document, SupplyError> {
    compute_looking(study, Looks::Everywhere)
}

pub(super) fn compute_looking(study: &Study, looks: Looks) -> Result<Document, SupplyError> {
    let search = Search::default();
    let calibrated = &study.calibrated.value;
    let mut issues = study.notes.clone();
    let baseline_game = study.baseline.game()?;
    let at_baseline = Solved {
        is_other: false,
        promises: Vec::new(),
        certificate: match looks {
            Looks::Everywhere => certify(&baseline_game, &study.prices, &search),
            Looks::Here => certify_here(&baseline_game, &study.prices),
        },
        found: Solve {
            value: study.prices.clone(),
            status: Status::Converged,
            iterations: 0,
            residual: baseline_game
                .distance(&study.prices, &baseline_game.conditions(&study.prices)),
        },
    };
    let mut baseline = state(
        study,
        "baseline",
        &study.baseline,
        &baseline_game,
        &at_baseline,
    );
    for (entry, row) in baseline.products.iter_mut().zip(&study.table.rows) {
        entry.margin_given = row.margin;
    }
    about_baseline(study, &baseline, &mut issues);
    about_solution(&study.baseline, &at_baseline, "baseline", &mut issues);
    let mut steps = Vec::new();
    let mut before = (&study.baseline, study.prices.clone());
    for step in &study.steps {
        let game = step.market.game()?;
        let start = carried(&step.market, before.0, &before.1, &game);
        let solved = solve_step(&step.market, &game, &start, (&search, looks))?;
        about_solution(&step.market, &solved, &step.title, &mut issues);
        steps.push(state(study, &step.title, &step.market, &game, &solved));
        // A step that failed is no place to go on from.
        let next = if solved.found.converged() {
            solved.found.value
        } else {
            start
        };
        before = (&step.market, next);
    }
    Ok(Document {
        format: FORMAT,
        beachhead: VERSION,
        source: study.source.clone(),
        model: study.model,
        price_coefficient: calibrated.price_coefficient,
        dissimilarity: study
            .form
            .nest
            .is_some()
            .then_some(calibrated.dissimilarity),
        price_spread: (study.form.price_spread > 0.0).then_some(study.form.price_spread),
        market_size: study.market_size,
        margin_error: study.calibrated.residual,
        calibration: study.calibrated.status,
        pressure: pressure(study, &baseline_game)?,
        baseline,
        steps,
        issues,
    })
}

/// Prices of a step with what certifies them.
pub(super) struct Solved {
    pub(super) found: Solve<Vec<f64>>,
    pub(super) certificate: Certificate,
    pub(super) promises: Vec<PromiseEntry>,
    /// Whether these prices come from another start, because the one before led to none or to prices from which a firm gains by moving.
    pub(super) is_other: bool,
}

impl Solved {
    pub(super) fn status(&self) -> Found {
        let is_broken = |promise: &PromiseEntry| {
            promise.stationary.is_some() && promise.margin - promise.value > KEPT
        };
        match self.found.converged() {
            true => Found::Converged,
            false if self.promises.iter().any(is_broken) => Found::CapNotMet,
            false => Found::NoEquilibrium,
        }
    }
}

fn solve_step(
    market: &Market,
    game: &Game,
    start: &[f64],
    (search, looks): (&Search<'_>, Looks),
) -> Result<Solved, SupplyError> {
    if !market.caps(game).is_empty() {
        return solve_promised(market, game, start, search);
    }
    let mut found = find(game, start, search);
    let mut certificate = match looks {
        Looks::Everywhere => certify(game, &found.value, search),
        Looks::Here => certify_here(game, &found.value),
    };
    if looks == Looks::Here && certificate.equilibria.is_empty() {
        certificate = certify(game, &found.value, search);
    }
    let other = other(&found.value, &certificate).cloned();
    let is_other = other.is_some();
    if let Some(price) = other {
        let iterations = found.iterations;
        found = find(game, &price, search);
        found.iterations += iterations;
        certificate = certify(game, &found.value, search);
    }
    Ok(Solved {
        found,
        certificate,
        promises: Vec::new(),
        is_other,
    })
}

/// An equilibrium from another start, where these prices are none: they stand first if they are one.
fn other<'a>(price: &[f64], certificate: &'a Certificate) -> Option<&'a Vec<f64>> {
    let first = certificate.equilibria.first();
    first.filter(|first| first.as_slice() != price)
}

fn solve_promised(
    market: &Market,
    game: &Game,
    start: &[f64],
    search: &Search,
) -> Result<Solved, SupplyError> {
    let caps = market.caps(game);
    let mut capped = solve_capped(game, &caps, start, search)?;
    let mut certificate = certify_all(game, &caps, &capped, search)?;
    let other = other(&capped.value.price, &certificate).cloned();
    let is_other = other.is_some();
    if let Some(price) = other {
        let iterations = capped.iterations;
        capped = solve_capped(game, &caps, &price, search)?;
        capped.iterations += iterations;
        certificate = certify_all(game, &caps, &capped, search)?;
    }
    let promises = caps
        .iter()
        .zip(&capped.value.kept)
        .enumerate()
        .map(|(n, (cap, kept))| {
            let keeps = cap.remedy == Remedy::Price;
            let conditions = keeps.then(|| margin_cap::certify(game, &caps, &capped.value, n));
            PromiseEntry {
                firm: market.firms[cap.firm].clone(),
                value: cap.value,
                binds: kept.binds,
                margin: kept.margin,
                rebate: kept.rebate,
                stationary: conditions.map(|c| finite(c.stationary)),
                best_deviation: conditions.map(|c| finite(c.best_deviation)),
            }
        })
        .collect();
    Ok(Solved {
        found: Solve {
            value: capped.value.price,
            status: capped.status,
            iterations: capped.iterations,
            residual: capped.residual,
        },
        certificate,
        promises,
        is_other,
    })
}

/// Prices to start from: those of the step before, by name; cost for a new product; held prices as asked.
fn carried(market: &Market, before: &Market, prices: &[f64], game: &Game) -> Vec<f64> {
    market
        .products
        .iter()
        .zip(&game.cost)
        .map(|(product, cost)| {
            let last = before.product(&product.name).map(|at| prices[at]);
            product.held_at.or(last).unwrap_or(*cost)
        })
        .collect()
}

/// Documents hold no infinities.
pub(super) fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::MAX }
}

/// Pressure from the baseline to the owners and conduct of the last step; products that are gone keep their owner.
fn pressure(study: &Study, game: &Game) -> Result<Vec<Pressure>, SupplyError> {
    let mut last = study
        .steps
        .last()
        .map_or(&study.baseline, |step| &step.market)
        .clone();
    let firm = study
        .baseline
        .products
        .iter()
        .map(|product| match last.product(&product.name) {
            Some(at) => last.products[at].firm,
            None => last.firm_or_new(&study.baseline.firms[product.firm]),
        })
        .collect();
    let after = Conduct::new(firm, last.conduct)?;
    let upp = upward_pressure(game, &study.prices, &after);
    let cmcr = compensating_reductions(game, &study.prices, &after);
    let entries = study.baseline.products.iter().zip(upp).enumerate();
    Ok(entries
        .map(|(j, (product, upp))| {
            // Costs of the game are at the consumer's price.
            let amount = cmcr.as_ref().map(|all| all[j] * product.kept);
            Pressure {
                product: product.name.clone(),
                upp,
                gross_upward_pricing_pressure_index: upp / study.prices[j],
                cmcr: amount
                    .filter(|_| product.cost > 0.0)
                    .map(|amount| amount / product.cost),
                cmcr_amount: amount,
            }
        })
        .collect())
}
