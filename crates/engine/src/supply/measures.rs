//! What economists read off an equilibrium: concentration, diversion, pressure on prices, pass-through.

use super::conduct::Conduct;
use super::costs::implied_markups;
use super::demand::{Choice, Demand};
use super::game::Game;
use super::linear;

/// Herfindahl–Hirschman index of firms' shares of what is bought, 0 to 10,000 (Rhoades 1993).
pub fn concentration(shares: &[f64], firm: &[usize]) -> f64 {
    let firms = firm.iter().max().map_or(0, |last| last + 1);
    let mut by_firm = vec![0.0; firms];
    for (&f, share) in firm.iter().zip(shares) {
        by_firm[f] += share;
    }
    let all: f64 = by_firm.iter().sum();
    by_firm
        .iter()
        .map(|s| (100.0 * s / all) * (100.0 * s / all))
        .sum()
}

/// Diversion ratios by prices, (J, J + 1) row by row: of the sales that product `j` loses when its price rises, the part that goes to `l`; the last
/// column is the outside good, the diagonal 0, `[eq:diversion]`.
pub fn diversion(demand: &Demand, choice: &Choice) -> Vec<f64> {
    let products = demand.products();
    let slopes = demand.shares_by_prices(choice);
    let mut ratio = vec![0.0; products * (products + 1)];
    for j in 0..products {
        let own = slopes[j * products + j];
        let mut rest = 1.0;
        for l in (0..products).filter(|&l| l != j) {
            let part = -slopes[l * products + j] / own;
            ratio[j * (products + 1) + l] = part;
            rest -= part;
        }
        ratio[j * (products + 1) + products] = rest;
    }
    ratio
}

/// Elasticities of shares by prices, (J, J) row by row: row `j`, column `l` is `∂ ln s_j/∂ ln p_l`.
pub fn elasticities(demand: &Demand, choice: &Choice, price: &[f64]) -> Vec<f64> {
    let products = demand.products();
    let mut slopes = demand.shares_by_prices(choice);
    for j in 0..products {
        for l in 0..products {
            slopes[j * products + l] *= price[l] / choice.shares[j];
        }
    }
    slopes
}

/// Upward pricing pressure of a merger, (J,), currency per unit: what the sales that a product loses to those that join its owner earn there, `[eq:upp]`; 0 where nothing
/// joins. `after` are the owners after, margins are those before.
pub fn upward_pressure(game: &Game, price: &[f64], after: &Conduct) -> Vec<f64> {
    let game = game.seen_at(price);
    let products = game.products();
    let choice = game.demand.choose(price);
    let ratio = diversion(&game.demand, &choice);
    (0..products)
        .map(|j| {
            let joins = |l: &usize| {
                let l = *l;
                l != j && after.between(j, l) > game.conduct.between(j, l)
            };
            (0..products)
                .filter(joins)
                .map(|l| {
                    let more = after.between(j, l) - game.conduct.between(j, l);
                    more * ratio[j * (products + 1) + l] * (price[l] - game.cost[l])
                })
                // An empty sum is −0.
                .fold(0.0, |all, part| all + part)
        })
        .collect()
}

/// Compensating marginal cost reductions, (J,), currency per unit at the consumer's price: how much lower costs must be after a merger for no price to move,
/// `[eq:cmcr]`; as a share of cost they mean something only where that is above 0. `None` where demand does not answer to prices enough to tell.
pub fn compensating_reductions(game: &Game, price: &[f64], after: &Conduct) -> Option<Vec<f64>> {
    let mut merged = game.clone();
    merged.conduct = after.clone();
    let markup = implied_markups(&merged, price)?;
    let parts = price.iter().zip(markup).zip(&game.cost);
    Some(parts.map(|((p, m), c)| c - (p - m)).collect())
}

/// Pass-through, (J, J) row by row: row `j`, column `l` is what the price of `j` rises by when the cost of `l` rises by one unit of currency, all free prices
/// answering, `[eq:pass_through]`. `None` where the conditions are singular.
pub fn pass_through(game: &Game, price: &[f64]) -> Option<Vec<f64>> {
    let game = game.seen_at(price);
    let products = game.products();
    let choice = game.demand.choose(price);
    let (_, jacobian) = game.gradient(price, &choice);
    let slopes = game.demand.shares_by_prices(&choice);
    let moves: Vec<usize> = (0..products)
        .filter(|&j| !game.frozen[j] && price[j] > game.lowest[j])
        .collect();
    let n = moves.len();
    let mut passed = vec![0.0; products * products];
    if n == 0 {
        return Some(passed);
    }
    let mut matrix = vec![0.0; n * n];
    let mut right = vec![0.0; n * products];
    for (row, &j) in moves.iter().enumerate() {
        let scale = slopes[j * products + j];
        for (column, &k) in moves.iter().enumerate() {
            matrix[row * n + column] = jacobian[j * products + k] / scale;
        }
        for l in 0..products {
            let by_cost = game.conduct.between(j, l) * game.kept[l] * slopes[l * products + j];
            right[row * products + l] = by_cost / scale;
        }
    }
    let solved = linear::solve_many(&matrix, &right, n)?;
    for (row, &j) in moves.iter().enumerate() {
        passed[j * products..(j + 1) * products]
            .copy_from_slice(&solved[row * products..(row + 1) * products]);
    }
    Some(passed)
}
