//! Equilibrium prices where a search from the prices before leads nowhere: other starts, and firms that answer each other one price at a time.

use super::equilibrium::{Method, Search, bound, solve};
use super::game::{Conditions, Game};
use super::kernel::Sums;
use crate::numerics::solve::{Solve, Status};

/// Rounds over all free prices.
const ROUNDS: usize = 60;
/// Most halvings or steps for one price.
const STEPS: usize = 200;
/// Prices that answer each other this closely, as a share of price and markup, are a start.
const NEAR: f64 = 1e-7;

/// As [`solve`], and where that finds nothing, from cost plus markup, and then from where firms end that answer each other, one price at a time
/// (Cournot 1838). What is given back where all of that fails is what came closest.
pub fn find(game: &Game, start: &[f64], search: &Search) -> Solve<Vec<f64>> {
    let mut best = solve(game, start, search);
    let is_over = |found: &Solve<Vec<f64>>| found.converged() || found.status == Status::Cancelled;
    if is_over(&best) || search.method != Method::Both {
        return best;
    }
    let above_cost = at_cost_plus_markup(game, start);
    let mut keep = |found: Solve<Vec<f64>>| {
        let iterations = best.iterations + found.iterations;
        if found.converged() || found.residual < best.residual || best.residual.is_nan() {
            best = found;
        }
        best.iterations = iterations;
        is_over(&best)
    };
    if keep(solve(game, &above_cost, search)) {
        return best;
    }
    let answered = answers(game, &above_cost, search);
    keep(solve(game, &answered, search));
    best
}

/// Every free price at its cost plus the markup that it would have if nothing were earned yet.
fn at_cost_plus_markup(game: &Game, start: &[f64]) -> Vec<f64> {
    let free = |j: usize, value: f64| if game.frozen[j] { start[j] } else { value };
    let at_cost: Vec<f64> = (0..start.len()).map(|j| free(j, game.cost[j])).collect();
    let conditions = game.conditions(&at_cost);
    let value = |j: usize| (game.cost[j] + conditions.markup[j].max(0.0)).max(game.lowest[j]);
    let above: Vec<f64> = (0..start.len()).map(|j| free(j, value(j))).collect();
    match above.iter().all(|price| price.is_finite()) {
        true => above,
        false => start.to_vec(),
    }
}

/// Prices after rounds in which each moves to where its own condition holds, the others held.
fn answers(game: &Game, start: &[f64], search: &Search) -> Vec<f64> {
    let bound = bound(game, start);
    let mut one = OnePrice::new(game, start);
    for _ in 0..ROUNDS {
        let mut moved: f64 = 0.0;
        for j in (0..start.len()).filter(|&j| !game.frozen[j]) {
            if search.is_cancelled() {
                return one.price;
            }
            let before = one.price[j];
            let Some(price) = one.answer(j, bound) else {
                one.price[j] = before;
                return one.price;
            };
            one.price[j] = price;
            let scale = price.abs() + (price - game.cost[j]).abs();
            moved = moved.max((price - before).abs() / scale.max(f64::MIN_POSITIVE));
        }
        if moved <= NEAR {
            break;
        }
    }
    one.price
}

/// One price's condition as a function of that price.
struct OnePrice<'a> {
    game: &'a Game,
    price: Vec<f64>,
    margin: Vec<f64>,
    room: Sums,
    conditions: Conditions,
}

impl<'a> OnePrice<'a> {
    fn new(game: &'a Game, start: &[f64]) -> Self {
        let margin = |j: usize| game.kept[j] * (start[j] - game.cost[j]);
        Self {
            game,
            price: start.to_vec(),
            margin: (0..start.len()).map(margin).collect(),
            room: Sums::new(&game.demand, &game.conduct),
            conditions: Conditions::empty(start.len()),
        }
    }

    /// By how much the price is above what its condition asks for there, and the markup asked for.
    fn above(&mut self, j: usize, price: f64) -> (f64, f64) {
        self.price[j] = price;
        self.margin[j] = self.game.kept[j] * (price - self.game.cost[j]);
        let (room, into) = (&mut self.room, &mut self.conditions);
        self.game
            .fill_conditions(&self.price, &self.margin, room, into);
        let markup = self.conditions.markup[j];
        (price - self.game.cost[j] - markup, markup)
    }

    /// The price nearest to where it is at which its condition holds; none where no price does.
    fn answer(&mut self, j: usize, bound: f64) -> Option<f64> {
        let lowest = self.game.lowest[j];
        let here = self.price[j];
        let (gap, markup) = self.above(j, here);
        if gap.is_nan() {
            return None;
        }
        let mut width = markup.abs().max(NEAR * here.abs()).max(f64::MIN_POSITIVE);
        let (mut last, up) = (here, gap < 0.0);
        for _ in 0..STEPS {
            let next = if up {
                last + width
            } else {
                (last - width).max(lowest)
            };
            let (gap, _) = self.above(j, next);
            if gap.is_nan() || next.abs() > bound {
                return None;
            }
            if (gap >= 0.0) == up {
                let (low, high) = if up { (last, next) } else { (next, last) };
                return self.between(j, low, high);
            }
            if next == lowest {
                self.settle(j, lowest);
                return Some(lowest);
            }
            last = next;
            width *= 2.0;
        }
        None
    }

    /// Halves between a price below and one above what is asked for.
    fn between(&mut self, j: usize, mut low: f64, mut high: f64) -> Option<f64> {
        for _ in 0..STEPS {
            let middle = low + (high - low) / 2.0;
            let (gap, markup) = self.above(j, middle);
            if gap.is_nan() {
                return None;
            }
            if gap < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
            if high - low <= NEAR / 2.0 * (middle.abs() + markup.abs()) {
                break;
            }
        }
        let price = low + (high - low) / 2.0;
        self.settle(j, price);
        Some(price)
    }

    fn settle(&mut self, j: usize, price: f64) {
        self.price[j] = price;
        self.margin[j] = self.game.kept[j] * (price - self.game.cost[j]);
    }
}
