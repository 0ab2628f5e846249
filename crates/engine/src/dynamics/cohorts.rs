//! Those who buy in a month, followed through all ages until they buy again or lapse, `[eq:cohorts]`.

use super::buying::Buying;
use super::demand::SMALLEST_SHARE;
use super::layout::Layout;
use super::settle::{Churn, EXACT, MOST_NETWORKS};
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, lanes_mut};

/// What a cohort adds up to on each network: buyers without a balance; those with one divided by the share of B that
/// remains, for the groups at once, financed and elsewhere; those who lapsed.
pub(super) const SUMS: usize = 5;

/// Cohorts of one type and brand. A *column* is where a purchase leads: network `c` paid at once (`2c`) or financed (`2c + 1`).
#[derive(Clone, Debug)]
pub(super) struct Cohorts {
    /// P(buy) by network and age, (C, age cells).
    free: Aligned,
    /// P(buy) with a balance divided by the share of B that remains, and that share, (C, balance cells) each.
    scaled: Aligned,
    share: Aligned,
    /// Vectors of eight columns.
    chunks: usize,
    /// Masses over cells by column, (C, stride, columns).
    pub(super) lived: Aligned,
    /// By network and sum, then masses added up, (C × [`SUMS`] + 1, columns).
    pub(super) sums: Aligned,
}

impl Cohorts {
    pub(super) fn new(layout: &Layout) -> Self {
        let networks = layout.networks;
        let columns = (2 * networks).next_multiple_of(LANES);
        Self {
            free: Aligned::filled(0.0, networks * layout.age_cells),
            scaled: Aligned::filled(0.0, networks * layout.balance_cells),
            share: Aligned::filled(0.0, networks * layout.balance_cells),
            chunks: columns / LANES,
            lived: Aligned::filled(0.0, networks * layout.stride() * columns),
            sums: Aligned::filled(0.0, (networks * SUMS + 1) * columns),
        }
    }

    /// Columns, padded to whole vectors.
    pub(super) fn columns(&self) -> usize {
        self.chunks * LANES
    }

    /// P(buy) at the last age on a network.
    pub(super) fn oldest_chance(&self, layout: &Layout, c: usize) -> f64 {
        self.free[c * layout.age_cells + layout.ages - 1]
    }
}

dispatched_lanes! {
    /// Chances to buy of type `i`'s owners of one thing.
    pub(super) fn ask_chances(
        cohorts: &mut Cohorts,
        buying: &Buying,
        layout: &Layout,
        of: (usize, usize),
    ) = ask_chances_body
}

#[inline(always)]
fn ask_chances_body<V: Lanes>(
    cohorts: &mut Cohorts,
    buying: &Buying,
    layout: &Layout,
    (i, owned): (usize, usize),
) {
    let (ages, width) = (layout.age_vectors(), layout.balance_cells / LANES);
    let least = V::splat(SMALLEST_SHARE);
    for c in 0..layout.networks {
        let block = i * layout.blocks() + layout.block(0, owned, c);
        let tables = buying.of_block(layout, [block, layout.pair(i, owned, c), c]);
        let (season, odds) = (V::splat(tables.season), V::splat(tables.odds_once));
        let free = &mut lanes_mut(&mut cohorts.free)[c * ages..(c + 1) * ages];
        for n in 0..ages {
            let all = odds.mul_add(V::load(&tables.ageing[n]), season);
            season.div(all).store(&mut free[n]);
        }
        let [once, financed, elsewhere] = tables.shares;
        let (once, financed, elsewhere) = (V::splat(once), V::splat(financed), V::splat(elsewhere));
        let scaled = &mut lanes_mut(&mut cohorts.scaled)[c * width..(c + 1) * width];
        let shares = &mut lanes_mut(&mut cohorts.share)[c * width..(c + 1) * width];
        for n in 0..tables.balance_odds.len() {
            let share = V::load(&tables.upgrade[n]).mul_add(financed, once);
            let share = V::load(&tables.leaving[n]).mul_add(elsewhere, share);
            let share = share.at_least(least);
            let all = season.add(V::load(&tables.balance_odds[n])).mul(share);
            season.div(all).store(&mut scaled[n]);
            share.store(&mut shares[n]);
        }
    }
}

/// What cohorts of a brand's new owners go through.
#[derive(Clone, Copy)]
pub(super) struct Life<'a> {
    /// Churn, (C, C).
    pub(super) churn: &'a [f64],
    /// Owners → nothing, a month.
    pub(super) lapse: f64,
    /// Everybody of the last age for each who comes to it, (to, from).
    pub(super) tail: &'a [f64],
}

dispatched_lanes! {
    /// One of each column through all ages of type `i`'s owners of one thing; chances are known.
    pub(super) fn follow(
        cohorts: &mut Cohorts,
        buying: &Buying,
        layout: &Layout,
        of: (usize, usize),
        life: Life<'_>,
    ) = follow_body
}

#[inline(always)]
fn follow_body<V: Lanes>(
    cohorts: &mut Cohorts,
    buying: &Buying,
    layout: &Layout,
    of: (usize, usize),
    life: Life<'_>,
) {
    for chunk in 0..cohorts.chunks {
        match layout.networks {
            1 => follow_chunk::<V, 1>(cohorts, buying, layout, of, life, chunk),
            2 => follow_chunk::<V, 2>(cohorts, buying, layout, of, life, chunk),
            3 => follow_chunk::<V, 3>(cohorts, buying, layout, of, life, chunk),
            EXACT => follow_chunk::<V, EXACT>(cohorts, buying, layout, of, life, chunk),
            5..=8 => follow_chunk::<V, 8>(cohorts, buying, layout, of, life, chunk),
            _ => follow_chunk::<V, MOST_NETWORKS>(cohorts, buying, layout, of, life, chunk),
        }
    }
}

/// A cohort at one age: without a balance and with one, by network, columns in lanes; and what it adds up to.
struct Cohort<V, const N: usize> {
    free: [V; N],
    paying: [V; N],
    sums: [[V; SUMS]; N],
}

impl<V: Lanes, const N: usize> Cohort<V, N> {
    /// One who bought, in each column of a chunk.
    #[inline(always)]
    fn new(networks: usize, chunk: usize) -> Self {
        let zero = V::splat(0.0);
        let mut cohort = Self {
            free: [zero; N],
            paying: [zero; N],
            sums: [[zero; SUMS]; N],
        };
        for c in 0..networks {
            cohort.free[c] = V::load(&unit(2 * c, chunk));
            cohort.paying[c] = V::load(&unit(2 * c + 1, chunk));
        }
        cohort
    }

    /// Lapse and churn at the end of a month.
    #[inline(always)]
    fn end_month(&mut self, networks: usize, churn: &Churn<V, N>, lapse: f64) {
        let zero = V::splat(0.0);
        let (gone, kept) = (V::splat(lapse), V::splat(1.0 - lapse));
        let mut all = [zero; N];
        for c in 0..networks {
            let sum = self.free[c].add(self.paying[c]);
            self.sums[c][4] = sum.mul_add(gone, self.sums[c][4]);
            self.free[c] = self.free[c].mul(kept);
            self.paying[c] = self.paying[c].mul(kept);
            all[c] = sum.mul(kept);
        }
        for to in 0..networks {
            let mut sum = churn.stay[to].mul(self.free[to]);
            for from in 0..networks {
                if from != to {
                    sum = all[from].mul_add(churn.leave[to][from], sum);
                }
            }
            self.free[to] = sum;
            self.paying[to] = self.paying[to].mul(churn.stay[to]);
        }
    }

    /// Everybody of the last age.
    #[inline(always)]
    fn stay(&mut self, networks: usize, tail: &[f64]) {
        let mut all = [V::splat(0.0); N];
        for to in 0..networks {
            for from in 0..networks {
                all[to] = self.free[from].mul_add(V::splat(tail[to * networks + from]), all[to]);
            }
        }
        self.free = all;
    }
}

/// 1 in the lane of a column, if the chunk has it.
#[inline(always)]
fn unit(column: usize, chunk: usize) -> [f64; LANES] {
    let mut lanes = [0.0; LANES];
    if column / LANES == chunk {
        lanes[column % LANES] = 1.0;
    }
    lanes
}

#[inline(always)]
fn follow_chunk<V: Lanes, const N: usize>(
    cohorts: &mut Cohorts,
    buying: &Buying,
    layout: &Layout,
    (i, owned): (usize, usize),
    life: Life<'_>,
    chunk: usize,
) {
    // A number that the compiler knows lets it unroll the loops over networks.
    let networks = if N <= EXACT { N } else { layout.networks };
    let (chunks, stride, oldest) = (cohorts.chunks, layout.stride(), layout.ages - 1);
    let (first_pair, width) = (layout.pair(i, owned, 0), layout.balance_cells);
    let churn = Churn::<V, N>::new(networks, life.churn);
    let lived = lanes_mut(&mut cohorts.lived);
    let mut cohort = Cohort::<V, N>::new(networks, chunk);
    let mut total = V::splat(0.0);
    cohort.end_month(networks, &churn, life.lapse);
    for a in 0..=oldest {
        if a == oldest {
            cohort.stay(networks, life.tail);
        }
        for c in 0..networks {
            let free = cohort.free[c];
            free.store(&mut lived[(c * stride + a) * chunks + chunk]);
            total = total.add(free);
            let bought = free.mul(V::splat(cohorts.free[c * layout.age_cells + a]));
            cohort.sums[c][0] = cohort.sums[c][0].add(bought);
            cohort.free[c] = free.sub(bought);
            if a < layout.instalments[c] {
                let (paying, at) = (cohort.paying[c], c * width + a);
                paying.store(&mut lived[(c * stride + layout.age_cells + a) * chunks + chunk]);
                total = total.add(paying);
                let scaled = paying.mul(V::splat(cohorts.scaled[at]));
                let [upgrade, leaving] = buying.reliefs(first_pair * width + at);
                let sums = &mut cohort.sums[c];
                sums[1] = sums[1].add(scaled);
                sums[2] = scaled.mul_add(V::splat(upgrade), sums[2]);
                sums[3] = scaled.mul_add(V::splat(leaving), sums[3]);
                cohort.paying[c] = scaled.neg_mul_add(V::splat(cohorts.share[at]), paying);
                if a + 1 == layout.instalments[c] {
                    // Whoever has paid the last instalment owes nothing.
                    cohort.free[c] = cohort.free[c].add(cohort.paying[c]);
                    cohort.paying[c] = V::splat(0.0);
                }
            }
        }
        cohort.end_month(networks, &churn, life.lapse);
    }
    let sums = lanes_mut(&mut cohorts.sums);
    for c in 0..networks {
        for n in 0..SUMS {
            cohort.sums[c][n].store(&mut sums[(c * SUMS + n) * chunks + chunk]);
        }
    }
    total.store(&mut sums[networks * SUMS * chunks + chunk]);
}

dispatched_lanes! {
    /// Masses of the owners of one thing, (C, stride), from how many bought, (columns,), and cohorts.
    pub(super) fn fill(
        cohorts: &Cohorts,
        births: &[f64],
        mass: &mut [f64],
    ) = fill_body
}

#[inline(always)]
fn fill_body<V: Lanes>(cohorts: &Cohorts, births: &[f64], mass: &mut [f64]) {
    let (zero, chunks) = (V::splat(0.0), cohorts.chunks);
    let (lived, births, mass) = (lanes(&cohorts.lived), lanes(births), lanes_mut(mass));
    for n in 0..mass.len() {
        let mut rows = [[0.0; LANES]; LANES];
        for l in 0..LANES {
            let mut sum = zero;
            for chunk in 0..chunks {
                let lived = V::load(&lived[(n * LANES + l) * chunks + chunk]);
                sum = lived.mul_add(V::load(&births[chunk]), sum);
            }
            sum.store(&mut rows[l]);
        }
        V::load(&V::totals(&rows))
            .at_least(zero)
            .store(&mut mass[n]);
    }
}
