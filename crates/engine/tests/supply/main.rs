//! Prices in equilibrium: closed forms, laws, promises about margins, and the reference implementation's merger.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod cap;
mod cereal;
mod certified;
mod closed_forms;
mod laws;
mod margins;
mod published;
mod unsold;

use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::demand::{Demand, Nests};
use beachhead_engine::supply::equilibrium::{Search, solve};
use beachhead_engine::supply::game::Game;

/// Rounding of a few dozen operations.
const IDENTITY: f64 = 1e-12;
/// The same mathematics by two ways, each iterated to its end.
const SAME_MATHEMATICS: f64 = 1e-10;
/// Central differences with a step of 1e-5.
const FINITE_DIFFERENCE: f64 = 1e-6;

/// Numbers that look arbitrary and are always the same, in (0, 1).
fn arbitrary(n: usize) -> f64 {
    ((n as f64 + 1.0) * 0.618_033_988_749_894_9).fract()
}

/// A mixed logit of many types, firms with several products, all numbers different.
fn mixed(products: usize, types: usize, nests: Option<Nests>) -> Game {
    let weight: Vec<f64> = (0..types).map(|i| 0.5 + arbitrary(i)).collect();
    let total: f64 = weight.iter().sum();
    let weight: Vec<f64> = weight.iter().map(|w| w / total).collect();
    let alpha: Vec<f64> = (0..types).map(|i| 0.8 + arbitrary(7 * i + 3)).collect();
    let quality: Vec<f64> = (0..products * types)
        .map(|n| 2.0 + 1.5 * arbitrary(n / types) + arbitrary(3 * n + 1))
        .collect();
    let demand = Demand::new(&weight, &alpha, &quality, nests).unwrap();
    let firm = (0..products).map(|j| j % 3.min(products)).collect();
    let cost = (0..products).map(|j| 1.0 + arbitrary(5 * j)).collect();
    Game::new(demand, Conduct::nash(firm), cost).unwrap()
}

/// Nests of two, with different dissimilarities.
fn pairs(products: usize) -> Nests {
    let groups = products.div_ceil(2);
    Nests {
        of: (0..products).map(|j| j / 2).collect(),
        dissimilarity: (0..groups).map(|g| 0.5 + 0.4 * arbitrary(g)).collect(),
    }
}

/// Equilibrium from costs.
fn equilibrium(game: &Game) -> Vec<f64> {
    let found = solve(game, &game.cost, &Search::default());
    assert!(found.converged(), "{found:?}");
    found.value
}

/// Numbers of the market are of this size: of what is smaller, such as a 0, digits are counted from here on.
const SMALL: f64 = 1e-3;

fn close(found: f64, wanted: f64, tolerance: f64) {
    let scale = wanted.abs().max(SMALL);
    assert!(
        (found - wanted).abs() <= tolerance * scale,
        "{found}, wanted {wanted}"
    );
}

fn all_close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        close(*found, *wanted, tolerance);
    }
}
