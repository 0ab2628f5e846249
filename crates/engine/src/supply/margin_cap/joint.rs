//! Prices and multipliers of promises in one search: a step of the fixed point moves both.
//!
//! At given prices the cost of `[eq:cap]`, and with it the step's prices, are straight lines in `ν`. So each step takes the `ν` at which its prices would keep
//! the promise if as many were sold as before; the steps are mixed as those of plain pricing are.

use super::super::equilibrium::{Memory, PATIENCE, PROGRESS, bound, ran_away};
use super::super::game::Conditions;
use super::super::kernel::Sums;
use super::{LARGEST, Promises};

/// Most steps before multipliers are looked for one by one.
const STEPS: usize = 200;
/// A step lets a multiplier grow by this factor at most.
const GROWTH: f64 = 30.0;

/// Looks for prices and multipliers together; false, and nothing changed but the count of steps, where they are not found so.
pub(super) fn find(promises: &mut Promises<'_>, priced: &[usize]) -> bool {
    let (price, multiplier) = (promises.price.clone(), promises.multiplier.clone());
    let found = search(promises, priced);
    if !found {
        (promises.price, promises.multiplier) = (price, multiplier);
    }
    found
}

fn search(promises: &mut Promises<'_>, priced: &[usize]) -> bool {
    let products = promises.game.products();
    let mut room = Sums::new(&promises.game.demand, &promises.game.conduct);
    let mut conditions = Conditions::empty(products);
    let mut margin = vec![0.0; products];
    let mut memory = Memory::default();
    let mut looked_at = f64::INFINITY;
    let bound = bound(&promises.game, &promises.price);
    for step in 0..STEPS {
        promises.tune();
        let (game, price) = (&promises.game, &promises.price);
        for j in 0..products {
            margin[j] = game.kept[j] * (price[j] - game.cost[j]);
        }
        game.fill_conditions(price, &margin, &mut room, &mut conditions);
        promises.iterations += 1;
        let distance = game.distance(price, &conditions);
        let broken = broken(promises, priced, &conditions);
        let residual = distance.max(broken);
        if !distance.is_finite() || !broken.is_finite() || ran_away(price, bound) {
            return false;
        }
        if distance <= promises.search.tolerance && broken <= promises.met() {
            return true;
        }
        if step % PATIENCE == PATIENCE - 1 {
            if residual > PROGRESS * looked_at {
                return false;
            }
            looked_at = residual;
        }
        let Some(plain) = plain_step(promises, priced, &conditions) else {
            return false;
        };
        let now: Vec<f64> = price.iter().chain(&promises.multiplier).copied().collect();
        let scale = |at: usize| match conditions.markup.get(at) {
            Some(markup) => 1.0 / (now[at].abs() + markup.abs()),
            None => 1.0 / now[at],
        };
        let next = memory.next(&now, plain, scale, residual);
        for j in (0..products).filter(|&j| !promises.game.frozen[j]) {
            promises.price[j] = next[j].max(promises.game.lowest[j]);
        }
        for &n in priced {
            promises.multiplier[n] = next[products + n].max(1.0);
        }
    }
    false
}

/// How far promises are from being kept, or from binding where their multiplier says that they do; the largest, as a share of revenue.
fn broken(promises: &Promises<'_>, priced: &[usize], conditions: &Conditions) -> f64 {
    let mut largest: f64 = 0.0;
    for &n in priced {
        let cap = &promises.caps[n];
        let counted = cap.counted(&promises.game, &promises.price, &conditions.shares);
        let excess = cap.excess_of(counted);
        let miss = if promises.multiplier[n] > 1.0 {
            excess.abs()
        } else {
            excess.max(0.0)
        };
        if miss.is_nan() {
            return f64::NAN;
        }
        largest = largest.max(miss);
    }
    largest
}

/// Prices (J,) and then multipliers to which the conditions and promises lead from here; none where no multiplier keeps a promise.
fn plain_step(
    promises: &Promises<'_>,
    priced: &[usize],
    conditions: &Conditions,
) -> Option<Vec<f64>> {
    let (game, price) = (&promises.game, &promises.price);
    let target = |j: usize| {
        if game.frozen[j] {
            price[j]
        } else {
            (game.cost[j] + conditions.markup[j]).max(game.lowest[j])
        }
    };
    let mut next: Vec<f64> = (0..price.len()).map(target).collect();
    next.extend(&promises.multiplier);
    for &n in priced {
        let cap = &promises.caps[n];
        let own = |&j: &usize| game.conduct.firm()[j] == cap.firm && !game.frozen[j];
        let own: Vec<usize> = (0..price.len()).filter(own).collect();
        let value = cap.effective();
        // What a unit of the multiplier adds to a price.
        let slope = |j: usize| {
            let counted = cap.counted_cost[j];
            promises.cost[j] - counted - counted * value / (1.0 - value) - conditions.later[j]
        };
        let (revenue, profit) = cap.counted(game, price, &conditions.shares);
        let (mut excess, mut by_multiplier) = (profit - value * revenue, 0.0);
        for &j in &own {
            let by_price = game.kept[j] * (1.0 - value) * conditions.shares[j];
            excess += by_price * (next[j] - price[j]);
            by_multiplier += by_price * slope(j);
        }
        let now = promises.multiplier[n];
        let wanted = now - excess / by_multiplier;
        let found = if excess <= 0.0 && now == 1.0 {
            1.0
        } else {
            wanted.clamp(1.0, GROWTH * now)
        };
        if found.is_nan() || found > LARGEST || (by_multiplier >= 0.0 && found > 1.0) {
            return None;
        }
        for &j in &own {
            next[j] = (next[j] + (found - now) * slope(j)).max(game.lowest[j]);
        }
        next[price.len() + n] = found;
    }
    Some(next)
}
