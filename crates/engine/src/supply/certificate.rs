//! What certifies prices as an equilibrium: conditions of both orders, firms that try other prices, and searches from other starts.

use super::deviation::{Deviation, best_deviation};
use super::equilibrium::{Search, solve};
use super::game::Game;
use super::linear;

/// What certifies prices as an equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// The largest first-order residual, see [`Game::first_order`].
    pub first_order: f64,
    /// By firm, the largest eigenvalue of the second derivatives of its objective by its own free prices, each scaled by its own: below 0 where no small
    /// change of several prices pays. `None` for a firm without a free price.
    pub second_order: Vec<Option<f64>>,
    /// The best that a firm could do by other prices of a grid, the others' held; `None` where no price is free.
    pub best_deviation: Option<Deviation>,
    /// Starts that were tried, and those from which prices were found that satisfy the first-order conditions.
    pub starts: usize,
    /// See `starts`.
    pub converged: usize,
    /// Price vectors from which no firm wants to move, by conditions of both orders and on the grid of deviations, that differ by more than 1e-6 from each other: the
    /// given one first, if it is one.
    pub equilibria: Vec<Vec<f64>>,
    /// Other price vectors that satisfy the first-order conditions alone, the given one included.
    pub rejected: usize,
}

impl Certificate {
    /// Whether every firm is at a local maximum.
    pub fn is_maximum(&self) -> bool {
        self.second_order
            .iter()
            .flatten()
            .all(|largest| *largest < 0.0)
    }

    /// The deviation, where it pays.
    pub fn gains(&self) -> Option<&Deviation> {
        self.best_deviation.as_ref().filter(|best| best.gain > PAYS)
    }
}

/// Prices that differ less than this share are the same equilibrium.
const SAME: f64 = 1e-6;
/// Prices whose distance from what conditions ask for is above this were not found.
const MET: f64 = 1e-6;
/// Starts as multiples of the prices found, the same for all products; see also [`starts`].
const MULTIPLES: [f64; 4] = [0.5, 0.9, 1.5, 3.0];
/// A gain above this share is one.
pub(super) const PAYS: f64 = 1e-8;
/// Looks at the conditions of both orders at `price`, lets every firm try other prices, and searches again from other starts, the best deviation among them.
pub fn certify(game: &Game, price: &[f64], search: &Search) -> Certificate {
    let mut certificate = certify_here(game, price);
    let mut starts = starts(game, price);
    starts.extend(certificate.gains().map(|best| {
        let mut start = price.to_vec();
        best.prices.iter().for_each(|&(j, price)| start[j] = price);
        start
    }));
    let here = |_: &[f64]| !certificate.equilibria.is_empty();
    let mut points = Points::default();
    if is_met(game, price) {
        points.add(price, here);
    }
    let mut converged = 0;
    for start in &starts {
        let found = solve(game, start, search);
        if found.converged() {
            converged += 1;
            points.add(&found.value, |price| {
                let there = certify_here(game, price);
                !there.equilibria.is_empty()
            });
        }
    }
    certificate.starts = starts.len();
    certificate.converged = converged;
    certificate.equilibria = points.equilibria;
    certificate.rejected = points.rejected.len();
    certificate
}

/// The same without other starts.
pub fn certify_here(game: &Game, price: &[f64]) -> Certificate {
    let mut certificate = Certificate {
        first_order: game.first_order(price),
        second_order: second_order(game, price),
        best_deviation: best_deviation(game, price, &[]),
        starts: 0,
        converged: 0,
        equilibria: Vec::new(),
        rejected: 0,
    };
    if is_met(game, price) {
        if certificate.is_maximum() && certificate.gains().is_none() {
            certificate.equilibria.push(price.to_vec());
        } else {
            certificate.rejected = 1;
        }
    }
    certificate
}

fn is_met(game: &Game, price: &[f64]) -> bool {
    game.distance(price, &game.conditions(price)) <= MET
}

/// Different points, sorted by whether they are equilibria.
#[derive(Default)]
pub(super) struct Points {
    pub(super) equilibria: Vec<Vec<f64>>,
    pub(super) rejected: Vec<Vec<f64>>,
}

impl Points {
    pub(super) fn add(&mut self, price: &[f64], holds: impl Fn(&[f64]) -> bool) {
        let mut known = self.equilibria.iter().chain(&self.rejected);
        if known.any(|known| !differ(known, price)) {
            return;
        }
        if holds(price) {
            self.equilibria.push(price.to_vec());
        } else {
            self.rejected.push(price.to_vec());
        }
    }
}

/// Other prices to start from: at cost, multiples of what was found, and every other product cheap.
pub(super) fn starts(game: &Game, price: &[f64]) -> Vec<Vec<f64>> {
    let free = |j: usize, value: f64| if game.frozen[j] { price[j] } else { value };
    let made = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..price.len()).map(|j| free(j, value(j))).collect()
    };
    let mut starts = vec![made(&|j| game.cost[j])];
    for multiple in MULTIPLES {
        starts.push(made(&|j| multiple * price[j]));
    }
    for parity in 0..2 {
        starts.push(made(&|j| {
            let cheap = j % 2 == parity;
            if cheap { game.cost[j] } else { 2.0 * price[j] }
        }));
    }
    starts
}

fn differ(one: &[f64], other: &[f64]) -> bool {
    one.iter()
        .zip(other)
        .any(|(a, b)| (a - b).abs() > SAME * (a.abs() + b.abs()))
}

/// By firm, see [`Certificate::second_order`].
pub fn second_order(game: &Game, price: &[f64]) -> Vec<Option<f64>> {
    let game = game.seen_at(price);
    let products = price.len();
    let choice = game.demand.choose(price);
    let (_, jacobian) = game.gradient(price, &choice);
    (0..game.conduct.firms())
        .map(|f| {
            let own = inside_bounds(&game, price, f);
            let at = |j: usize, k: usize| jacobian[j * products + k];
            let scale = |j: usize| at(j, j).abs().sqrt().max(f64::MIN_POSITIVE);
            let scaled = |j: usize, k: usize| (at(j, k) + at(k, j)) / 2.0 / (scale(j) * scale(k));
            if own.is_empty() {
                return None;
            }
            linear::largest_eigenvalue(own.len(), |row, column| scaled(own[row], own[column]))
        })
        .collect()
}

/// Free products of a firm that are not held by their lowest price.
pub(super) fn inside_bounds(game: &Game, price: &[f64], firm: usize) -> Vec<usize> {
    (0..price.len())
        .filter(|&j| game.conduct.firm()[j] == firm && !game.frozen[j])
        .filter(|&j| price[j] > game.lowest[j])
        .collect()
}
