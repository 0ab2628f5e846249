//! What certifies prices under promises: the conditions of Karush, Kuhn and Tucker, deviations that keep the promise, and searches from other starts.

use super::super::certificate::{Certificate, PAYS, Points, inside_bounds, second_order, starts};
use super::super::deviation::best_deviation;
use super::super::equilibrium::Search;
use super::super::error::SupplyError;
use super::super::game::Game;
use super::super::linear;
use super::{Cap, Capped, MET, Promises, Remedy, solve_capped};
use crate::numerics::solve::Solve;

/// What says that a capped firm does what is best for it at some prices, rivals' prices held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// The largest derivative of the Lagrangian by a price, per unit sold, divided by `ν`.
    pub stationary: f64,
    /// By how much the promise is broken, as a share of revenue.
    pub broken: f64,
    /// Multiplier times slack, as a share of revenue.
    pub slack: f64,
    /// The most that a deviation to the prices of a grid that keeps the promise would add to the firm's objective, as a share of it; 0 or less where none pays.
    pub best_deviation: f64,
}

/// Sizes of deviations, as factors of prices.
const DEVIATIONS: [f64; 10] = [0.7, 0.9, 0.97, 0.99, 0.999, 1.001, 1.01, 1.03, 1.1, 1.3];

/// Certifies one firm's part of a capped solution: its Karush–Kuhn–Tucker conditions, and deviations of each of its prices, each pair, and all together.
pub fn certify(game: &Game, caps: &[Cap], capped: &Capped, which: usize) -> Conditions {
    let (cap, kept) = (&caps[which], &capped.kept[which]);
    let mut own = tuned(game, caps, capped);
    for j in 0..own.products() {
        own.frozen[j] |= own.conduct.firm()[j] != cap.firm;
        own.lowest[j] = own.lowest[j].max(0.0);
    }
    let objective = |price: &[f64]| game.objectives(price)[cap.firm];
    let now = objective(&capped.price);
    let mine: Vec<usize> = (0..own.products()).filter(|&j| !own.frozen[j]).collect();
    let mut best = f64::NEG_INFINITY;
    let mut look = |changes: &[(usize, f64)]| {
        let mut price = capped.price.clone();
        for &(j, factor) in changes {
            price[j] *= factor;
        }
        if cap.remedy == Remedy::Rebate || cap.excess(game, &price) <= MET {
            best = best.max((objective(&price) - now) / now.abs().max(f64::MIN_POSITIVE));
        }
    };
    for &factor in &DEVIATIONS {
        let all: Vec<(usize, f64)> = mine.iter().map(|&j| (j, factor)).collect();
        look(&all);
        for &j in &mine {
            look(&[(j, factor)]);
            for &other in &DEVIATIONS {
                mine.iter()
                    .filter(|&&l| l > j)
                    .for_each(|&l| look(&[(j, factor), (l, other)]));
            }
        }
    }
    Conditions {
        stationary: own.first_order(&capped.price) / kept.multiplier,
        broken: kept.excess.max(0.0),
        slack: ((kept.multiplier - 1.0) * kept.excess).abs(),
        best_deviation: best,
    }
}

/// The game with the costs that the promises' multipliers stand for.
fn tuned(game: &Game, caps: &[Cap], capped: &Capped) -> Game {
    let search = Search::default();
    let mut promises = Promises {
        game: game.clone(),
        cost: game.cost.clone(),
        caps,
        multiplier: capped.kept.iter().map(|kept| kept.multiplier).collect(),
        price: capped.price.clone(),
        iterations: 0,
        search: &search,
    };
    promises.tune();
    promises.game
}

/// Certifies all firms' part of a capped solution, and searches again from other starts: firms that promise under their promise, the others as in
/// [`certify`](super::super::certificate::certify).
///
/// # Errors
/// As [`solve_capped`].
pub fn certify_all(
    game: &Game,
    caps: &[Cap],
    capped: &Solve<Capped>,
    search: &Search,
) -> Result<Certificate, SupplyError> {
    let price = &capped.value.price;
    let mut points = Points::default();
    if capped.converged() {
        points.add(price, |_| holds(game, caps, &capped.value));
    }
    let starts = starts(game, price);
    let mut converged = 0;
    for start in &starts {
        let found = solve_capped(game, caps, start, search)?;
        if found.converged() {
            converged += 1;
            points.add(&found.value.price, |_| holds(game, caps, &found.value));
        }
    }
    let mut others = game.clone();
    for (j, firm) in game.conduct.firm().iter().enumerate() {
        others.frozen[j] |= binding(caps, &capped.value).any(|cap| cap.firm == *firm);
    }
    Ok(Certificate {
        first_order: others.first_order(price),
        second_order: second_order_under(game, caps, &capped.value),
        best_deviation: best_deviation(game, price, &promising(caps)),
        starts: starts.len(),
        converged,
        equilibria: points.equilibria,
        rejected: points.rejected.len(),
    })
}

/// Promises that change prices.
fn binding<'a>(caps: &'a [Cap], capped: &'a Capped) -> impl Iterator<Item = &'a Cap> {
    let kept = caps.iter().zip(&capped.kept);
    kept.filter(|(_, kept)| kept.multiplier > 1.0)
        .map(|(cap, _)| cap)
}

/// Firms whose prices a promise bounds.
fn promising(caps: &[Cap]) -> Vec<usize> {
    let by_price = caps.iter().filter(|cap| cap.remedy == Remedy::Price);
    by_price.map(|cap| cap.firm).collect()
}

/// Whether no firm wants other prices that its promise allows.
fn holds(game: &Game, caps: &[Cap], capped: &Capped) -> bool {
    let second = second_order_under(game, caps, capped);
    let promised = (0..caps.len()).filter(|&n| caps[n].remedy == Remedy::Price);
    second.iter().flatten().all(|largest| *largest < 0.0)
        && best_deviation(game, &capped.price, &promising(caps))
            .is_none_or(|best| best.gain <= PAYS)
        && promised
            .map(|n| certify(game, caps, capped, n))
            .all(|conditions| conditions.best_deviation <= PAYS)
}

/// As [`second_order`]; of a firm whose promise binds, that of the Lagrangian along changes that keep the promise, `None` where there is no such change.
fn second_order_under(game: &Game, caps: &[Cap], capped: &Capped) -> Vec<Option<f64>> {
    let tuned = tuned(game, caps, capped);
    let price = &capped.price;
    let mut largest = second_order(&tuned, price);
    for cap in binding(caps, capped) {
        largest[cap.firm] = along(&tuned, cap, price);
    }
    largest
}

/// Largest eigenvalue of a firm's second derivatives on the plane on which its promise stays as it is.
fn along(tuned: &Game, cap: &Cap, price: &[f64]) -> Option<f64> {
    let game = tuned.seen_at(price);
    let products = price.len();
    let own = inside_bounds(&game, price, cap.firm);
    if own.len() < 2 {
        return None;
    }
    let choice = game.demand.choose(price);
    let (_, jacobian) = game.gradient(price, &choice);
    let slopes = game.demand.shares_by_prices(&choice);
    let at = |j: usize, k: usize| (jacobian[j * products + k] + jacobian[k * products + j]) / 2.0;
    let scale = |j: usize| at(j, j).abs().sqrt().max(f64::MIN_POSITIVE);
    let value = cap.effective();
    let counted = |l: usize| game.kept[l] * (price[l] * (1.0 - value) - cap.counted_cost[l]);
    let by_price = |j: usize| {
        let mine = (0..products).filter(|&l| game.conduct.firm()[l] == cap.firm);
        let moved: f64 = mine.map(|l| counted(l) * slopes[l * products + j]).sum();
        (game.kept[j] * choice.shares[j] * (1.0 - value) + moved) / scale(j)
    };
    let normal: Vec<f64> = own.iter().map(|&j| by_price(j)).collect();
    let length = normal.iter().map(|x| x * x).sum::<f64>().sqrt();
    let n = own.len();
    let unit: Vec<f64> = normal.iter().map(|x| x / length).collect();
    let scaled = |row: usize, column: usize| {
        at(own[row], own[column]) / (scale(own[row]) * scale(own[column]))
    };
    let times: Vec<f64> = (0..n)
        .map(|row| {
            (0..n)
                .map(|column| scaled(row, column) * unit[column])
                .sum()
        })
        .collect();
    let through: f64 = times.iter().zip(&unit).map(|(a, b)| a * b).sum();
    // Below all others: the direction that changes the promise, which is no direction to go in.
    let below = 1.0
        + (0..n * n)
            .map(|at| scaled(at / n, at % n).abs())
            .sum::<f64>();
    linear::largest_eigenvalue(n, |row, column| {
        scaled(row, column) - unit[row] * times[column] - times[row] * unit[column]
            + unit[row] * unit[column] * (through - below)
    })
}
