//! Consumer surplus of a month, `[eq:surplus]` (Small & Rosen 1981, with a nest between buying and
//! keeping).

use super::buying::Buying;
use super::economy::Ground;
use super::layout::Layout;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, ln, ln_of_normal};

/// Odds of keeping below this count as this: their inverse is finite.
const SMALLEST_ODDS: f64 = 1e-290;

/// Masses of the reference that a month's values are weighed with too: one type.
#[derive(Clone, Copy, Debug)]
pub enum ReferenceMass<'a> {
    /// Over the same states, (N,).
    Same(&'a [f64]),
    /// Over the states of a market without entrants, (N',), with the share of consumers in each known
    /// set, (sets,).
    WithoutEntrants(&'a Layout, &'a [f64], &'a [f64]),
}

impl<'a> ReferenceMass<'a> {
    /// Masses of a block's cells and a factor.
    #[inline(always)]
    fn block(
        self,
        layout: &Layout,
        known: usize,
        owned: usize,
        c: usize,
    ) -> Option<(&'a [f64], f64)> {
        let stride = layout.stride();
        match self {
            Self::Same(mass) => {
                let block = layout.block(known, owned, c);
                Some((&mass[block * stride..(block + 1) * stride], 1.0))
            }
            Self::WithoutEntrants(small, mass, shares) => (owned < small.owned).then(|| {
                let block = small.block(0, owned, c);
                (&mass[block * stride..(block + 1) * stride], shares[known])
            }),
        }
    }
}

/// Surplus of type `i` in money per user, `w_i/(ϑ α_i)·Σ_s m_i(s)·ln(σ_t B^ϑ + e^{V0})`, at its masses,
/// (N,), and at the reference's: what a consumer gains is computed once for both.
///
/// Only differences between two months of the same market have a meaning.
pub fn of_type(
    ground: Ground,
    i: usize,
    mass: &[f64],
    reference: ReferenceMass<'_>,
    buying: &Buying,
) -> [f64; 2] {
    let (tastes, parameters) = (&ground.market.tastes, ground.parameters);
    let values = expected_maximum(ground.dispatch, ground.layout, i, mass, reference, buying);
    let alpha = parameters.price_coefficient * tastes.price_factor[i];
    values.map(|value| tastes.weight[i] * value / (parameters.nest * alpha))
}

/// The same of all types at masses (I, N), (I,).
pub fn by_type(ground: Ground, mass: &[f64], buying: &Buying) -> Vec<f64> {
    let types = mass.chunks_exact(ground.layout.type_cells()).enumerate();
    types
        .map(|(i, mass)| of_type(ground, i, mass, ReferenceMass::Same(mass), buying)[0])
        .collect()
}

dispatched_lanes! {
    /// `Σ_s m(s)·ln(σ B^ϑ + e^{V0})` of one type.
    fn expected_maximum(
        layout: &Layout,
        i: usize,
        mass: &[f64],
        reference: ReferenceMass<'_>,
        buying: &Buying,
    ) -> [f64; 2] = expected_maximum_body
}

#[inline(always)]
fn expected_maximum_body<V: Lanes>(
    layout: &Layout,
    i: usize,
    mass: &[f64],
    reference: ReferenceMass<'_>,
    buying: &Buying,
) -> [f64; 2] {
    let mut sums = [V::splat(0.0); 2];
    let stride = layout.stride();
    for known in 0..layout.known_sets {
        for owned in (0..layout.owned).filter(|&owned| layout.is_possible(known, owned)) {
            for c in 0..layout.networks {
                // Who can never buy gains and loses nothing.
                let keep = buying.keep_value(layout, i, owned, c);
                if keep == f64::INFINITY {
                    continue;
                }
                let block = layout.block(known, owned, c);
                let own = &mass[block * stride..(block + 1) * stride];
                // Where the reference has nobody, its factor is 0.
                let (other, factor) = reference
                    .block(layout, known, owned, c)
                    .unwrap_or((own, 0.0));
                let at = [i * layout.blocks() + block, layout.pair(i, owned, c), c];
                let [x, y] = block_values::<V>(layout, at, [own, other], buying, keep);
                sums[0] = sums[0].add(x);
                sums[1] = y.mul_add(V::splat(factor), sums[1]);
            }
        }
    }
    [sums[0].total(), sums[1].total()]
}

/// `ln(σ B^ϑ + e^{V0}) = V0 + ln((σ + odds)/odds)`, one logarithm a state; without a balance
/// `V0 − ln odds = ϑ ln B` is the same at all ages.
#[inline(always)]
fn block_values<V: Lanes>(
    layout: &Layout,
    at: [usize; 3],
    [own, other]: [&[f64]; 2],
    buying: &Buying,
    keep: f64,
) -> [V; 2] {
    let ages = layout.age_vectors();
    let mass = [lanes(own), lanes(other)];
    let mut sums = [V::splat(0.0); 2];
    let tables = buying.of_block(layout, at);
    let log_ageing = lanes(buying.log_ageing());
    let log_keep = ln(keep.max(f64::MIN_POSITIVE));
    if tables.season == 0.0 {
        // Who has nothing to buy can only keep.
        let log_keep = V::splat(log_keep);
        for n in 0..log_ageing.len() {
            weigh(&mut sums, mass, n, log_keep.add(V::load(&log_ageing[n])));
        }
        for n in 0..tables.balance_odds.len() {
            let value = log_keep.add(V::load(&log_ageing[n]));
            weigh(&mut sums, mass, ages + n, value);
        }
        return sums;
    }
    let season = V::splat(tables.season);
    let (odds, log_value) = (
        V::splat(tables.odds_once),
        V::splat(log_keep - ln(tables.odds_once.max(f64::MIN_POSITIVE))),
    );
    // σ is positive and odds are at most `NEVER`.
    for n in 0..tables.ageing.len() {
        let all = odds.mul_add(V::load(&tables.ageing[n]), season);
        weigh(&mut sums, mass, n, log_value.add(ln_of_normal(all)));
    }
    let log_keep = V::splat(log_keep);
    for n in 0..tables.balance_odds.len() {
        let odds = V::load(&tables.balance_odds[n]).at_least(V::splat(SMALLEST_ODDS));
        let rise = ln_of_normal(season.add(odds).div(odds));
        let value = log_keep.add(V::load(&log_ageing[n])).add(rise);
        weigh(&mut sums, mass, ages + n, value);
    }
    sums
}

/// Adds a vector of values times masses.
#[inline(always)]
fn weigh<V: Lanes>(sums: &mut [V; 2], mass: [&[[f64; LANES]]; 2], n: usize, value: V) {
    sums[0] = V::load(&mass[0][n]).mul_add(value, sums[0]);
    sums[1] = V::load(&mass[1][n]).mul_add(value, sums[1]);
}
