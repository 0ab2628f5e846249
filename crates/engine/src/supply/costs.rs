//! Marginal costs backed out of prices: what they must be for the firms to want the prices seen.

use super::game::Game;
use super::linear;

/// `c_j` at which prices (J,) satisfy the first-order conditions of the game, (J,), `[eq:backed_out]`; its own costs and
/// frozen prices are not looked at. `None` where demand does not answer to prices enough to tell.
pub fn backed_out(game: &Game, price: &[f64]) -> Option<Vec<f64>> {
    let markup = implied_markups(game, price)?;
    Some(price.iter().zip(markup).map(|(p, m)| p - m).collect())
}

/// `p_j − c_j` of the same, (J,).
pub fn implied_markups(game: &Game, price: &[f64]) -> Option<Vec<f64>> {
    let game = game.seen_at(price);
    let products = game.products();
    let choice = game.demand.choose(price);
    let slopes = game.demand.shares_by_prices(&choice);
    let mut matrix = vec![0.0; products * products];
    for j in 0..products {
        for l in 0..products {
            let counted = game.conduct.between(j, l) * game.kept[l];
            matrix[j * products + l] = counted * slopes[l * products + j];
        }
    }
    // What services add to a condition stands in the markup that the conditions ask for, less what margins add: at margin 0.
    let mut without = game.clone().into_owned();
    without.cost = price.to_vec();
    let conditions = without.conditions(price);
    let right: Vec<f64> = (0..products)
        .map(|j| -conditions.markup[j] * game.kept[j] * conditions.slope[j])
        .collect();
    linear::solve(&matrix, &right)
}
