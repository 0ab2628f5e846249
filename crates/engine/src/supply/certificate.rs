//! What certifies prices as an equilibrium: conditions of both orders, firms that try other prices, and searches from other starts.

use super::equilibrium::{Search, solve};
use super::game::Game;
use super::kernel::Sums;
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

/// Other prices of one firm.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The firm.
    pub firm: usize,
    /// Products with the prices that they would have, currency.
    pub prices: Vec<(usize, f64)>,
    /// What that adds to the firm's objective, as a share of it; 0 or less where it does not pay.
    pub gain: f64,
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
/// Deviations as multiples of prices.
const OF_PRICES: [f64; 12] = [
    0.3, 0.5, 0.7, 0.85, 0.97, 1.03, 1.15, 1.4, 2.0, 3.0, 5.0, 10.0,
];
/// Deviations as multiples of margins.
const OF_MARGINS: [f64; 12] = [
    0.1, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0, 4.0, 10.0, 30.0,
];
/// Profit of this share of a markup or of all profits, per head, is none.
const NOTHING: f64 = 1e-9;

/// Looks at the conditions of both orders at `price`, lets every firm try other prices, and searches again from other starts, the best deviation among them.
pub fn certify(game: &Game, price: &[f64], search: &Search) -> Certificate {
    let best_deviation = best_deviation(game, price, &[]);
    let mut starts = starts(game, price);
    starts.extend(
        best_deviation
            .iter()
            .filter(|best| best.gain > PAYS)
            .map(|best| {
                let mut start = price.to_vec();
                best.prices.iter().for_each(|&(j, price)| start[j] = price);
                start
            }),
    );
    let mut points = Points::default();
    if game.distance(price, &game.conditions(price)) <= MET {
        points.add(price, |price| holds(game, price));
    }
    let mut converged = 0;
    for start in &starts {
        let found = solve(game, start, search);
        if found.converged() {
            converged += 1;
            points.add(&found.value, |price| holds(game, price));
        }
    }
    Certificate {
        first_order: game.first_order(price),
        second_order: second_order(game, price),
        best_deviation,
        starts: starts.len(),
        converged,
        equilibria: points.equilibria,
        rejected: points.rejected.len(),
    }
}

/// Whether no firm wants to move, by the second-order conditions and on the grid of deviations.
fn holds(game: &Game, price: &[f64]) -> bool {
    second_order(game, price)
        .iter()
        .flatten()
        .all(|largest| *largest < 0.0)
        && best_deviation(game, price, &[]).is_none_or(|best| best.gain <= PAYS)
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

/// The deviation to prices of a grid that adds most to a firm's objective, the others' prices held: each price of a firm alone, and all of them together, as multiples
/// of prices and of margins. Firms in `but` are left out.
pub fn best_deviation(game: &Game, price: &[f64], but: &[usize]) -> Option<Deviation> {
    let mut room = Sums::new(&game.demand, &game.conduct);
    let now = game.objectives_in(price, &mut room);
    let conditions = game.conditions(price);
    let markups = conditions.markup.iter().filter(|markup| markup.is_finite());
    let all: f64 = now.iter().map(|profit| profit.abs()).sum();
    let least = NOTHING * markups.fold(all, |most, markup| most.max(markup.abs()));
    let mut best: Option<Deviation> = None;
    for firm in (0..game.conduct.firms()).filter(|firm| !but.contains(firm)) {
        let own: Vec<usize> = (0..price.len())
            .filter(|&j| game.conduct.firm()[j] == firm && !game.frozen[j])
            .collect();
        let scale = now[firm].abs().max(least).max(f64::MIN_POSITIVE);
        for prices in deviations(game, price, &own) {
            let mut there = price.to_vec();
            prices.iter().for_each(|&(j, price)| there[j] = price);
            let gain = (game.objectives_in(&there, &mut room)[firm] - now[firm]) / scale;
            if best.as_ref().is_none_or(|best| gain > best.gain) {
                best = Some(Deviation { firm, prices, gain });
            }
        }
    }
    best
}

/// Other prices of some products.
fn deviations(game: &Game, price: &[f64], own: &[usize]) -> Vec<Vec<(usize, f64)>> {
    let margin = |j: usize| price[j] - game.cost[j];
    let by_price = |j: usize, factor: f64| (j, (factor * price[j]).max(game.lowest[j]));
    let by_margin =
        |j: usize, factor: f64| (j, (game.cost[j] + factor * margin(j)).max(game.lowest[j]));
    let mut all = Vec::new();
    let mut add = |products: &[usize]| {
        for factor in OF_PRICES {
            all.push(products.iter().map(|&j| by_price(j, factor)).collect());
        }
        for factor in OF_MARGINS {
            all.push(products.iter().map(|&j| by_margin(j, factor)).collect());
        }
    };
    own.iter().for_each(|&j| add(&[j]));
    if own.len() > 1 {
        add(own);
    }
    all
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
