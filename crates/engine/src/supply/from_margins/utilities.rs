//! Utilities at which a market has the shares that it has.

use super::super::demand::{Demand, Nests};
use super::super::error::SupplyError;
use super::super::game::Game;
use super::super::linear;
use super::{Facts, Form, Point};
use crate::numerics::normal::quantile;

/// Most rounds of Newton's method, most of its steps in each, and steps of the contraction after each.
const ROUNDS: usize = 40;
const NEWTON_STEPS: usize = 50;
const CONTRACTIONS: usize = 50;
/// Most halvings of a step of Newton's method.
const HALVINGS: usize = 20;
/// Logarithms this close are met where no step comes closer: utilities of people who mind prices very much are large numbers, and differ by their rounding.
const ROUNDED: f64 = 1e-8;
/// Logarithms of shares this close to those wanted are met.
const SHARES_MET: f64 = 1e-14;

/// Demand that has the facts' shares at their prices, costs 0.
pub(super) fn plain_game(facts: &Facts, form: &Form, point: Point) -> Result<Game, SupplyError> {
    let products = facts.price.len();
    let (alpha, lambda) = (libm::exp(point.log_alpha), point.dissimilarity(form));
    let spread = form.price_spread;
    let types = if spread > 0.0 { form.types.max(1) } else { 1 };
    let normal = |i: usize| quantile((i as f64 + 0.5) / types as f64);
    let raw: Vec<f64> = (0..types).map(|i| libm::exp(spread * normal(i))).collect();
    let mean = raw.iter().sum::<f64>() / types as f64;
    let coefficient: Vec<f64> = raw.iter().map(|a| alpha * a / mean).collect();
    let nests = form.nest.as_ref().map(|of| Nests {
        of: of.clone(),
        dissimilarity: vec![lambda; of.iter().max().map_or(0, |g| g + 1)],
    });
    let outside = 1.0 - facts.share.iter().sum::<f64>();
    let nest_share = |j: usize| -> f64 {
        let Some(of) = &form.nest else {
            return facts.share[j];
        };
        let same = (0..products).filter(|&l| of[l] == of[j]);
        same.map(|l| facts.share[l]).sum()
    };
    // Berry (1994): exact for one type, the start of the contraction otherwise.
    let start: Vec<f64> = (0..products)
        .map(|j| {
            let within = facts.share[j] / nest_share(j);
            let of_nest = if form.nest.is_some() {
                lambda * libm::log(within)
            } else {
                0.0
            };
            libm::log(nest_share(j) / outside) + of_nest + alpha * facts.price[j]
        })
        .collect();
    let weight = vec![1.0 / types as f64; types];
    let quality: Vec<f64> = start.iter().flat_map(|x| vec![*x; types]).collect();
    let mut demand = Demand::new(&weight, &coefficient, &quality, nests)?;
    if types > 1 {
        demand = contracted(demand, facts, lambda);
    }
    let mut game = Game::new(demand, facts.conduct.clone(), vec![0.0; products])?;
    game.kept.clone_from(&facts.kept);
    Ok(game)
}

/// Utilities at which shares are the facts': by Newton's method in logarithms of shares while its steps come closer, and by some steps of the contraction (Berry,
/// Levinsohn & Pakes 1995; with nests, Grigolon & Verboven 2014) where they do not. Where people differ so much that shares are steps in utilities, neither arrives:
/// see [`are_met`].
fn contracted(mut demand: Demand, facts: &Facts, lambda: f64) -> Demand {
    let met = SHARES_MET * demand.types() as f64;
    for _ in 0..ROUNDS {
        for _ in 0..NEWTON_STEPS {
            let missed = missed_shares(&demand, facts);
            let far = largest(&missed);
            if far <= met || far.is_nan() {
                return demand;
            }
            match newton_step(&demand, facts, &missed) {
                Some(closer) => demand = closer,
                None if far <= ROUNDED => return demand,
                None => break,
            }
        }
        for _ in 0..CONTRACTIONS {
            let missed = missed_shares(&demand, facts);
            let change: Vec<f64> = missed.iter().map(|miss| lambda * miss).collect();
            demand = demand.shifted(&change);
        }
    }
    demand
}

/// Whether demand has the facts' shares at their prices.
pub(super) fn are_met(demand: &Demand, facts: &Facts) -> bool {
    largest(&missed_shares(demand, facts)) <= ROUNDED
}

/// Logarithms of shares wanted less those that are, (J,).
fn missed_shares(demand: &Demand, facts: &Facts) -> Vec<f64> {
    let shares = demand.shares(&facts.price);
    let pairs = facts.share.iter().zip(&shares);
    pairs.map(|(wanted, s)| libm::log(wanted / s)).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0_f64, |most, value| {
        if value.is_nan() {
            f64::NAN
        } else {
            most.max(value.abs())
        }
    })
}

/// Demand after a step of Newton's method on missed logarithms of shares, halved until it comes closer; none where it does not.
fn newton_step(demand: &Demand, facts: &Facts, missed: &[f64]) -> Option<Demand> {
    let products = demand.products();
    let choice = demand.choose(&facts.price);
    // Derivatives by utilities are those by prices at a coefficient of −1.
    let by_utility = demand
        .clone()
        .with_price_coefficients(&vec![-1.0; products * demand.types()])
        .ok()?;
    let mut matrix = by_utility.shares_by_prices(&choice);
    for (row, share) in matrix.chunks_mut(products).zip(&choice.shares) {
        row.iter_mut().for_each(|slope| *slope /= share);
    }
    let step = linear::solve(&matrix, missed)?;
    let far = largest(missed);
    let mut length = 1.0;
    for _ in 0..HALVINGS {
        let change: Vec<f64> = step.iter().map(|by| length * by).collect();
        let next = demand.shifted(&change);
        if largest(&missed_shares(&next, facts)) < far {
            return Some(next);
        }
        length /= 2.0;
    }
    None
}
