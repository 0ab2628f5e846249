//! Prices that no firm wants to change: the ζ-markup fixed point, and Newton's method where it fails.

use super::game::{Conditions, Game};
use super::kernel::Sums;
use super::linear;
use crate::numerics::solve::{Solve, Status};
use std::sync::atomic::{AtomicBool, Ordering};

/// How to look for an equilibrium.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Largest distance between prices and what the conditions ask for, as a share of price and markup. The default, 1e-12, is some thousand roundings.
    pub tolerance: f64,
    /// Most steps of the fixed point before Newton's method takes over.
    pub steps: usize,
    /// Most steps of Newton's method.
    pub newton_steps: usize,
    /// Which methods may be used.
    pub method: Method,
    /// Ends the search where it becomes true; nothing does by default.
    pub cancel: Option<&'a AtomicBool>,
}

impl Search<'_> {
    /// Whether the caller wants no more.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Methods of [`solve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The fixed point, and Newton's method where it stalls.
    Both,
    /// The fixed point alone.
    FixedPoint,
    /// Newton's method alone.
    Newton,
}

impl Default for Search<'_> {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            steps: 1_000,
            newton_steps: 100,
            method: Method::Both,
            cancel: None,
        }
    }
}

/// Steps of the fixed point between looks at its progress.
pub(super) const PATIENCE: usize = 40;
/// It goes on while it gets this much closer in as many steps.
pub(super) const PROGRESS: f64 = 0.2;
/// Two changes of misses count as independent where the square of the sine between them is above this.
const INDEPENDENT: f64 = 1e-8;
/// Most halvings of a step of Newton's method.
const HALVINGS: usize = 30;
/// A step that makes the distance this much smaller for its length is taken (Armijo 1966).
const DESCENT: f64 = 1e-4;

/// A price this many times as far from 0 as all costs and starts has run away: nothing bounds it.
const RUNAWAY: f64 = 1e6;

/// The largest price that is still taken for one.
pub(super) fn bound(game: &Game, start: &[f64]) -> f64 {
    let all = game.cost.iter().chain(start);
    RUNAWAY
        * all
            .map(|value| value.abs())
            .fold(f64::MIN_POSITIVE, f64::max)
}

pub(super) fn ran_away(price: &[f64], bound: f64) -> bool {
    price.iter().any(|p| p.is_nan() || p.abs() > bound)
}

/// Equilibrium prices (J,) from a start; [`Status::BrokeDown`] where a price runs away. By `p ← c + ζ(p)` (Morrow & Skerlos 2011), `[eq:markup]`; frozen prices stay as they start.
pub fn solve(game: &Game, start: &[f64], search: &Search) -> Solve<Vec<f64>> {
    let first = match search.method {
        Method::Newton => None,
        Method::FixedPoint | Method::Both => Some(fixed_point(game, start, search)),
    };
    match first {
        Some(found)
            if found.converged()
                || found.status == Status::Cancelled
                || search.method == Method::FixedPoint =>
        {
            found
        }
        Some(found) => {
            let from = if found.status == Status::BrokeDown {
                start
            } else {
                &found.value
            };
            let mut second = newton(game, from, search);
            second.iterations += found.iterations;
            if second.converged() || second.residual < found.residual {
                second
            } else {
                Solve {
                    iterations: second.iterations,
                    ..found
                }
            }
        }
        None => newton(game, start, search),
    }
}

fn fixed_point(game: &Game, start: &[f64], search: &Search) -> Solve<Vec<f64>> {
    let products = game.products();
    let mut room = Sums::new(&game.demand, &game.conduct);
    let mut conditions = Conditions::empty(products);
    let mut margin = vec![0.0; products];
    let mut price = start.to_vec();
    let mut looked_at = f64::INFINITY;
    let mut memory = Memory::default();
    let mut residual = f64::INFINITY;
    let bound = bound(game, start);
    let result = |price: Vec<f64>, status, iterations, residual| Solve {
        value: price,
        status,
        iterations,
        residual,
    };
    for step in 0..search.steps {
        for j in 0..products {
            margin[j] = game.kept[j] * (price[j] - game.cost[j]);
        }
        game.fill_conditions(&price, &margin, &mut room, &mut conditions);
        residual = game.distance(&price, &conditions);
        if !residual.is_finite() || ran_away(&price, bound) {
            return result(price, Status::BrokeDown, step, residual);
        }
        if residual <= search.tolerance {
            return result(price, Status::Converged, step, residual);
        }
        if search.is_cancelled() {
            return result(price, Status::Cancelled, step, residual);
        }
        if search.method == Method::Both && step % PATIENCE == PATIENCE - 1 {
            if residual > PROGRESS * looked_at {
                return result(price, Status::BudgetSpent, step, residual);
            }
            looked_at = residual;
        }
        let target = |j: usize| {
            if game.frozen[j] {
                price[j]
            } else {
                (game.cost[j] + conditions.markup[j]).max(game.lowest[j])
            }
        };
        let plain: Vec<f64> = (0..products).map(target).collect();
        let scale = |j: usize| 1.0 / (price[j].abs() + conditions.markup[j].abs());
        price = memory.next(&price, plain, scale, residual);
        for j in (0..products).filter(|&j| !game.frozen[j]) {
            price[j] = price[j].max(game.lowest[j]);
        }
    }
    result(price, Status::BudgetSpent, search.steps, residual)
}

/// The last steps, from which the next one is mixed (Anderson 1965, two steps back): what two misses and their differences say about the rest.
#[derive(Default)]
pub(crate) struct Memory {
    /// Scaled misses and targets of earlier steps, the latest last.
    steps: Vec<(Vec<f64>, Vec<f64>)>,
    residual: f64,
}

impl Memory {
    /// Where to go from `price`, whose plain step leads to `plain`.
    pub(crate) fn next(
        &mut self,
        price: &[f64],
        plain: Vec<f64>,
        scale: impl Fn(usize) -> f64,
        residual: f64,
    ) -> Vec<f64> {
        let scaled = (0..price.len()).map(|j| (plain[j] - price[j]) * scale(j));
        let miss: Vec<f64> = scaled.collect();
        if residual > self.residual {
            // Mixing led astray: forget, and take a plain step.
            self.steps.clear();
        }
        self.residual = residual;
        let mut mixed = plain.clone();
        let changes: Vec<Vec<f64>> = self
            .steps
            .iter()
            .map(|(before, _)| miss.iter().zip(before).map(|(m, b)| m - b).collect())
            .collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let weights = match &changes[..] {
            [] => [0.0; 2],
            [one] => [dot(one, &miss) / dot(one, one), 0.0],
            [one, two, ..] => {
                let (a, b, d) = (dot(one, one), dot(one, two), dot(two, two));
                let (x, y) = (dot(one, &miss), dot(two, &miss));
                let determinant = a * d - b * b;
                if determinant > INDEPENDENT * a * d {
                    [(x * d - y * b) / determinant, (y * a - x * b) / determinant]
                } else {
                    [0.0, y / d]
                }
            }
        };
        for (weight, (_, target)) in weights.iter().zip(&self.steps) {
            if weight.is_finite() {
                for j in 0..mixed.len() {
                    mixed[j] -= weight * (plain[j] - target[j]);
                }
            }
        }
        if self.steps.len() == 2 {
            self.steps.remove(0);
        }
        self.steps.push((miss, plain));
        mixed
    }
}

/// Newton's method on `p − c − ζ(p) = 0` with derivatives in closed form, halving steps that do not come closer.
fn newton(game: &Game, start: &[f64], search: &Search) -> Solve<Vec<f64>> {
    let mut price = start.to_vec();
    let mut conditions = game.conditions(&price);
    let mut residual = game.distance(&price, &conditions);
    let bound = bound(game, start);
    for step in 0..search.newton_steps {
        if !residual.is_finite() || ran_away(&price, bound) {
            return ended(price, Status::BrokeDown, step, residual);
        }
        if residual <= search.tolerance {
            return ended(price, Status::Converged, step, residual);
        }
        if search.is_cancelled() {
            return ended(price, Status::Cancelled, step, residual);
        }
        let Some(direction) = direction(game, &price, &conditions) else {
            return ended(price, Status::BrokeDown, step, residual);
        };
        let mut length = 1.0;
        let mut found = false;
        for _ in 0..HALVINGS {
            let mut next = price.clone();
            for j in 0..price.len() {
                next[j] = (price[j] + length * direction[j]).max(game.lowest[j].min(price[j]));
            }
            let there = game.conditions(&next);
            let distance = game.distance(&next, &there);
            if distance < (1.0 - DESCENT * length) * residual {
                (price, conditions, residual) = (next, there, distance);
                found = true;
                break;
            }
            length /= 2.0;
        }
        if !found {
            return ended(price, Status::BudgetSpent, step, residual);
        }
    }
    let status = if residual <= search.tolerance {
        Status::Converged
    } else {
        Status::BudgetSpent
    };
    ended(price, status, search.newton_steps, residual)
}

fn ended(value: Vec<f64>, status: Status, iterations: usize, residual: f64) -> Solve<Vec<f64>> {
    Solve {
        value,
        status,
        iterations,
        residual,
    }
}

/// The full step, 0 for prices that are held or stay at their lowest.
fn direction(game: &Game, price: &[f64], conditions: &Conditions) -> Option<Vec<f64>> {
    let game = game.seen_at(price);
    let products = price.len();
    let choice = game.demand.choose(price);
    let (gradient, jacobian) = game.gradient(price, &choice);
    let wants = |j: usize| game.cost[j] + conditions.markup[j];
    let moves: Vec<usize> = (0..products)
        .filter(|&j| !game.frozen[j])
        .filter(|&j| !(price[j] <= game.lowest[j] && wants(j) < price[j]))
        .collect();
    let scale = |j: usize| game.kept[j] * conditions.slope[j];
    let matrix: Vec<f64> = moves
        .iter()
        .flat_map(|&j| moves.iter().map(move |&k| (j, k)))
        .map(|(j, k)| jacobian[j * products + k] / scale(j))
        .collect();
    let right: Vec<f64> = moves.iter().map(|&j| -gradient[j] / scale(j)).collect();
    let solved = linear::solve(&matrix, &right)?;
    let mut direction = vec![0.0; products];
    for (&j, step) in moves.iter().zip(solved) {
        direction[j] = step;
    }
    Some(direction)
}
