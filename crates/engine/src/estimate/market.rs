//! One market at given parameters: mean utilities, their derivatives, and what costs the prices imply.

use super::contraction::{End, solve};
use super::crowd::{Crowd, crowd};
use super::economy::Economy;
use super::kernel::{
    Pair, People, Tastes, exponentials, pair_sums, probabilities, shares, sums, weighted_row,
};
use super::markups::{Implied, implied};
use super::nested::Nesting;
use super::result::Trouble;
use super::space::Values;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::vector;

/// Mean utilities that moved by more than this since exponentials were taken have them taken anew.
const FAR: f64 = 100.0;

/// Room that a thread reuses from market to market.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    pub(super) cells: Vec<f64>,
    pub(super) conditional: Vec<f64>,
    pub(super) sums: Vec<[f64; LANES]>,
}

/// At which mean utilities exponentials were taken, (J,), and what the outside good is worth in them, (I,) with padding.
struct Taken {
    base: Vec<f64>,
    outside: Vec<f64>,
}

/// What a market gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// δ, (J,).
    pub(super) delta: Vec<f64>,
    /// ∂ξ/∂θ, (P, J).
    pub(super) xi_by_theta: Vec<f64>,
    /// What supply implies, if there is one.
    pub(super) implied: Option<Implied>,
    /// Products whose computed share was raised.
    pub(super) clipped: Vec<usize>,
    pub(super) iterations: u64,
    pub(super) evaluations: u64,
    pub(super) troubles: Vec<Trouble>,
}

/// Closed form without tastes, `[eq:logit_delta]`.
pub(super) fn logit_delta(economy: &Economy<'_>, values: &Values, t: usize) -> Vec<f64> {
    let problem = economy.problem;
    let rows = problem.markets[t].clone();
    let share = &problem.shares[rows.clone()];
    let outside = libm::log(1.0 - share.iter().sum::<f64>());
    let mut delta: Vec<f64> = share.iter().map(|s| libm::log(*s) - outside).collect();
    if let Some(nesting) = Nesting::of(problem, values, t) {
        let mut group = vec![0.0; nesting.groups()];
        for (j, s) in share.iter().enumerate() {
            group[nesting.of[j]] += s;
        }
        for (j, s) in share.iter().enumerate() {
            let within = libm::log(*s) - libm::log(group[nesting.of[j]]);
            delta[j] -= nesting.rho[j] * within;
        }
    }
    delta
}

/// A market with its utilities and probabilities.
pub(super) struct Market<'a> {
    pub(super) economy: &'a Economy<'a>,
    pub(super) values: &'a Values,
    pub(super) t: usize,
    pub(super) crowd: Crowd,
    pub(super) nesting: Option<Nesting>,
}

impl<'a> Market<'a> {
    pub(super) fn new(economy: &'a Economy<'a>, values: &'a Values, t: usize) -> Self {
        Self {
            economy,
            values,
            t,
            crowd: crowd(economy, values, t),
            nesting: Nesting::of(economy.problem, values, t),
        }
    }

    pub(super) fn dispatch(&self) -> Dispatch {
        self.economy.dispatch
    }

    /// `μ_ij`.
    pub(super) fn taste(&self, j: usize, i: usize) -> f64 {
        let crowd = &self.crowd;
        let (products, padded) = (crowd.layout.products, crowd.layout.padded());
        let columns = 0..crowd.by_cell.len();
        let plain: f64 = columns
            .map(|k| crowd.x[k * products + j] * crowd.coefficient[k * padded + i])
            .sum();
        plain
            + crowd
                .extra
                .get(crowd.layout.at(j, i))
                .copied()
                .unwrap_or(0.0)
    }

    /// Everything about it, from mean utilities `start` on.
    pub(super) fn solve(&self, start: &[f64], wants_slopes: bool, room: &mut Room) -> Outcome {
        let (mut outcome, taken) = self.mean_utilities(start, room);
        let supplied = self.economy.supply.is_some();
        let surveyed = self.economy.problem.micro.is_some();
        if !(wants_slopes || supplied || surveyed) || outcome.delta.iter().any(|d| !d.is_finite()) {
            return outcome;
        }
        match taken {
            Some(taken) => self.reuse_exponentials(taken, &outcome.delta, room),
            None => self.fill_probabilities(&outcome.delta, room),
        }
        if wants_slopes {
            match self.xi_by_theta(room) {
                Some(slopes) => outcome.xi_by_theta = slopes,
                None => outcome.troubles.push(Trouble::SingularShares),
            }
        }
        if supplied {
            let slopes = wants_slopes.then_some(outcome.xi_by_theta.as_slice());
            let (found, trouble) = implied(self, room, slopes.filter(|s| !s.is_empty()));
            outcome.troubles.extend(trouble);
            outcome.implied = found;
        }
        outcome
    }

    /// Exponentials of utilities at mean utilities `base`, into `room.cells`; gives what the outside good is worth, (I,).
    fn exponentials(&self, base: &[f64], room: &mut Room) -> Vec<f64> {
        let layout = self.crowd.layout;
        room.cells.resize(layout.cells(), 0.0);
        let mut top = vec![0.0; layout.padded()];
        let tastes = Tastes {
            layout,
            base,
            scale: self.nesting.as_ref().map_or(&[], |nesting| &nesting.scale),
            x: &self.crowd.x,
            coefficient: &self.crowd.coefficient,
            extra: &self.crowd.extra,
            availability: &self.crowd.availability,
        };
        exponentials(self.dispatch(), &tastes, &mut room.cells, &mut top);
        if self.nesting.is_none() {
            for top in &mut top {
                *top = -*top;
            }
            vector::exponentials(self.dispatch(), &mut top);
        }
        top
    }

    /// δ, and at which mean utilities the exponentials in `room.cells` were taken, if they were.
    fn mean_utilities(&self, start: &[f64], room: &mut Room) -> (Outcome, Option<Taken>) {
        let economy = self.economy;
        if economy.space.active.is_empty() {
            let delta = logit_delta(economy, self.values, self.t);
            let outcome = Outcome {
                delta,
                ..Outcome::default()
            };
            return (outcome, None);
        }
        let rows = economy.problem.markets[self.t].clone();
        let products = rows.len();
        let mut observed = economy.problem.shares[rows].to_vec();
        vector::logarithms(economy.dispatch, &mut observed);
        let mut base = start.to_vec();
        let mut outside = self.exponentials(&base, room);
        room.sums.resize(products, [0.0; LANES]);
        let (mut e, mut computed) = (vec![0.0; products], vec![0.0; products]);
        let mut clipped = Vec::new();
        let solved = solve(start, &economy.options.fixed_point, |delta, into| {
            let scale = |j: usize| self.nesting.as_ref().map_or(1.0, |n| n.scale[j]);
            let far = |j: usize| (delta[j] - base[j]).abs() * scale(j) > FAR;
            if (0..products).any(far) && delta.iter().all(|d| d.is_finite()) {
                base.copy_from_slice(delta);
                outside = self.exponentials(&base, room);
            }
            for j in 0..products {
                e[j] = delta[j] - base[j];
            }
            self.computed_shares(&outside, &mut e, room, &mut computed);
            clipped.clear();
            for j in 0..products {
                if computed[j] < economy.options.lowest_share {
                    computed[j] = economy.options.lowest_share;
                    clipped.push(j);
                }
            }
            vector::logarithms(economy.dispatch, &mut computed);
            for j in 0..products {
                let damping = self.nesting.as_ref().map_or(1.0, |n| 1.0 - n.rho[j]);
                into[j] = delta[j] + damping * (observed[j] - computed[j]);
            }
        });
        let outcome = Outcome {
            delta: solved.delta,
            clipped,
            iterations: solved.iterations,
            evaluations: solved.evaluations,
            troubles: match solved.end {
                End::Converged => Vec::new(),
                End::BudgetSpent => vec![Trouble::NotConverged],
                End::NotFinite => vec![Trouble::NotFinite],
            },
            ..Outcome::default()
        };
        (outcome, Some(Taken { base, outside }))
    }

    /// Choice probabilities at δ from the exponentials that the fixed point used.
    fn reuse_exponentials(&self, taken: Taken, delta: &[f64], room: &mut Room) {
        let scale = |j: usize| self.nesting.as_ref().map_or(1.0, |n| n.scale[j]);
        let gaps = delta.iter().zip(&taken.base).enumerate();
        let mut e: Vec<f64> = gaps.map(|(j, (d, base))| (d - base) * scale(j)).collect();
        if e.iter().any(|gap| gap.abs() > FAR) {
            return self.fill_probabilities(delta, room);
        }
        vector::exponentials(self.dispatch(), &mut e);
        let people = People {
            layout: self.crowd.layout,
            weight: &self.crowd.weight,
            outside: &taken.outside,
        };
        match &self.nesting {
            None => probabilities(self.dispatch(), &people, &mut room.cells, &e),
            Some(nesting) => nesting.probabilities(self.dispatch(), &people, &e, room),
        }
    }

    /// Shares at `δ − δ⁰`, which turns into its exponential.
    fn computed_shares(&self, outside: &[f64], e: &mut [f64], room: &mut Room, into: &mut [f64]) {
        if let Some(nesting) = &self.nesting {
            for (e, scale) in e.iter_mut().zip(&nesting.scale) {
                *e *= scale;
            }
        }
        vector::exponentials(self.dispatch(), e);
        let people = People {
            layout: self.crowd.layout,
            weight: &self.crowd.weight,
            outside,
        };
        match &self.nesting {
            None => shares(
                self.dispatch(),
                &people,
                &room.cells,
                e,
                &mut room.sums,
                into,
            ),
            Some(nesting) => nesting.shares(self.dispatch(), &people, room, e, into),
        }
    }

    /// Choice probabilities at δ into `room.cells`, with nests those within them into `room.conditional`.
    pub(super) fn fill_probabilities(&self, delta: &[f64], room: &mut Room) {
        let outside = self.exponentials(delta, room);
        let people = People {
            layout: self.crowd.layout,
            weight: &self.crowd.weight,
            outside: &outside,
        };
        match &self.nesting {
            None => {
                let e = vec![1.0; delta.len()];
                probabilities(self.dispatch(), &people, &mut room.cells, &e);
            }
            Some(nesting) => {
                let e = vec![1.0; delta.len()];
                nesting.probabilities(self.dispatch(), &people, &e, room);
            }
        }
    }

    /// Shares at the probabilities in `room`, (J,).
    pub(super) fn shares(&self, room: &Room) -> Vec<f64> {
        let layout = self.crowd.layout;
        let all: Vec<usize> = (0..layout.products).collect();
        let mut shares = vec![0.0; layout.products];
        let weight = &self.crowd.weight;
        sums(
            self.dispatch(),
            layout,
            &room.cells,
            weight,
            &all,
            &mut shares,
        );
        shares
    }

    /// `Σ_i w_i P_ij P_ik`, (J, J), or with the second of each pair within its nest.
    pub(super) fn gram(&self, left: &[f64], right: &[f64]) -> Vec<f64> {
        let layout = self.crowd.layout;
        let (products, padded) = (layout.products, layout.padded());
        let all: Vec<usize> = (0..products).collect();
        let mut gram = vec![0.0; products * products];
        let mut rows = vec![0.0; 2 * padded];
        let (mut first, mut second) = (vec![0.0; products], vec![0.0; products]);
        for j in (0..products).step_by(2) {
            let other = (j + 1).min(products - 1);
            let (a, b) = rows.split_at_mut(padded);
            weighted_row(self.dispatch(), layout, left, j, &self.crowd.weight, a);
            weighted_row(self.dispatch(), layout, left, other, &self.crowd.weight, b);
            let pair = Pair {
                rows: &rows,
                wanted: &all[j..],
            };
            pair_sums(
                self.dispatch(),
                layout,
                right,
                &pair,
                &mut first,
                &mut second,
            );
            for k in j..products {
                gram[j * products + k] = first[k - j];
                gram[k * products + j] = first[k - j];
                if other > j && k >= other {
                    gram[other * products + k] = second[k - j];
                    gram[k * products + other] = second[k - j];
                }
            }
        }
        gram
    }
}
