//! Consumer surplus of a month, `[eq:surplus]` (Small & Rosen 1981, with a nest between buying and
//! keeping).

use super::buying::Buying;
use super::economy::Ground;
use super::layout::Layout;
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, lanes_mut, ln, ln_of_normal, prefetch};

/// Odds of keeping below this count as this: their inverse is finite.
const SMALLEST_ODDS: f64 = 1e-290;

/// Masses of the reference that a month's values are weighed with too: one type.
#[derive(Clone, Copy, Debug)]
pub enum ReferenceMass<'a> {
    /// Over the same states, (N,).
    Same(&'a [f64]),
    /// Over the states of a market without entrants.
    WithoutEntrants(WithoutEntrants<'a>),
}

/// A type in a market without entrants that is open in the same month.
#[derive(Clone, Copy, Debug)]
pub struct WithoutEntrants<'a> {
    /// Its states.
    pub layout: &'a Layout,
    /// Masses, (N',).
    pub mass: &'a [f64],
    /// Masses of the next type, which will be asked about next; none after the last.
    pub ahead: &'a [f64],
    /// Share of consumers in each known set, (sets,).
    pub shares: &'a [f64],
    /// What buying and keeping are worth there, all types.
    pub values: &'a Values,
    /// What that was computed from.
    pub buying: &'a Buying,
}

impl<'a> ReferenceMass<'a> {
    /// Share of those who stay out that a known set stands for: of all sets, where a type is not spread over them.
    #[inline(always)]
    fn share(self, known: usize, sets: usize) -> f64 {
        match self {
            Self::WithoutEntrants(other) if sets < other.shares.len() => other.shares.iter().sum(),
            Self::WithoutEntrants(other) => other.shares[known],
            Self::Same(_) => 1.0,
        }
    }

    /// Asks for what the next type's block will be weighed with.
    #[inline(always)]
    fn prefetch(self, layout: &Layout, [i, owned, c]: [usize; 3]) {
        let Self::WithoutEntrants(other) = self else {
            return;
        };
        if owned >= other.layout.owned || other.ahead.is_empty() {
            return;
        }
        let (stride, block) = (layout.stride(), other.layout.block(0, owned, c));
        let next = (i + 1) * other.layout.blocks() + block;
        prefetch(lanes(&other.ahead[block * stride..(block + 1) * stride]));
        prefetch(lanes(
            &other.values.rows[next * stride..(next + 1) * stride],
        ));
    }

    /// Masses of a block's cells; none where the reference has nobody.
    #[inline(always)]
    fn block(self, layout: &Layout, known: usize, owned: usize, c: usize) -> Option<&'a [f64]> {
        let stride = layout.stride();
        match self {
            Self::Same(mass) => {
                let block = layout.block(known, owned, c);
                Some(&mass[block * stride..(block + 1) * stride])
            }
            Self::WithoutEntrants(other) => (owned < other.layout.owned).then(|| {
                let block = other.layout.block(0, owned, c);
                &other.mass[block * stride..(block + 1) * stride]
            }),
        }
    }

    /// Values of a block and their sum over the reference's masses, if they are known already: who does not know
    /// an entrant, or can buy nothing of it, has those of staying out.
    #[inline(always)]
    fn kept(
        self,
        layout: &Layout,
        buying: &Buying,
        [i, known, owned, c]: [usize; 4],
    ) -> Option<(&'a [f64], f64)> {
        let Self::WithoutEntrants(other) = self else {
            return None;
        };
        if owned >= other.layout.owned {
            return None;
        }
        let at = |layout: &Layout, known: usize| {
            let block = i * layout.blocks() + layout.block(known, owned, c);
            [block, layout.pair(i, owned, c)]
        };
        let [block, pair] = at(other.layout, 0);
        buying
            .agrees_with(at(layout, known), other.buying, [block, pair])
            .then(|| {
                let stride = layout.stride();
                let row = &other.values.rows[block * stride..(block + 1) * stride];
                (row, other.values.weighed[block])
            })
    }
}

/// `ln(σ B^ϑ + e^{V0})` of every state of a market, and what it adds up to.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// (I, N); 0 for who can never buy, who gains and loses nothing.
    rows: Aligned,
    /// Sums over masses by block, (I, blocks).
    weighed: Vec<f64>,
    /// What rows were computed for: the tables of a type, as [`Buying::tables`] counts them, (I,), and the season.
    tables: Vec<u64>,
    season: f64,
}

impl Values {
    /// Computes all anew for masses (I, N).
    pub fn update(&mut self, ground: Ground, mass: &[f64], buying: &Buying) {
        let layout = ground.layout;
        if self.rows.len() != mass.len() {
            self.rows = Aligned::filled(0.0, mass.len());
            self.weighed = vec![0.0; layout.types * layout.blocks()];
            self.tables = vec![0; layout.types];
        }
        if self.season.to_bits() != buying.season().to_bits() {
            self.tables.fill(0);
            self.season = buying.season();
        }
        values_of_market(ground.dispatch, self, layout, mass, buying);
    }

    /// Surplus of all types in money per user, (I,), as [`of_type`].
    pub fn by_type(&self, ground: Ground) -> Vec<f64> {
        let types = self.weighed.chunks_exact(ground.layout.blocks());
        let value = |(i, weighed): (usize, &[f64])| in_money(ground, i, weighed.iter().sum());
        types.enumerate().map(value).collect()
    }
}

/// The same of those who know no entrant along a plan, kept from month to month: what they can buy changes seldom.
#[derive(Clone, Debug, Default)]
pub struct UnawareValues {
    /// (I, N') of the first known set.
    rows: Aligned,
    /// What a block's row was computed for, as [`Buying::unaware_tables`] counts it; 0 for nothing, (I, blocks').
    tables: Vec<u64>,
    season: f64,
}

impl UnawareValues {
    /// Forgets what another season's values were.
    fn begin(&mut self, layout: &Layout, buying: &Buying) {
        let blocks = layout.types * layout.owned * layout.networks;
        if self.tables.len() != blocks {
            self.rows = Aligned::filled(0.0, blocks * layout.stride());
            self.tables = vec![0; blocks];
        } else if self.season.to_bits() != buying.season().to_bits() {
            self.tables.fill(0);
        }
        self.season = buying.season();
    }
}

/// Surplus of type `i`, whose masses are spread over so many known sets, in money per user, `w_i/(ϑ α_i)·Σ_s m_i(s)·ln(σ_t B^ϑ + e^{V0})`, at its masses,
/// (N,), and at the reference's: what a consumer gains is computed once for both.
///
/// Only differences between two months of the same market have a meaning.
pub fn of_type(
    ground: Ground,
    (i, sets): (usize, usize),
    mass: &[f64],
    reference: ReferenceMass<'_>,
    buying: &Buying,
    unaware: &mut UnawareValues,
) -> [f64; 2] {
    let (layout, of) = (ground.layout, (i, sets));
    unaware.begin(layout, buying);
    let values = expected_maximum(
        ground.dispatch,
        layout,
        of,
        mass,
        reference,
        buying,
        unaware,
    );
    values.map(|value| in_money(ground, i, value))
}

/// `w_i/(ϑ α_i)` times a value of type `i`.
fn in_money(ground: Ground, i: usize, value: f64) -> f64 {
    let (tastes, parameters) = (&ground.market.tastes, ground.parameters);
    let alpha = parameters.price_coefficient * tastes.price_factor[i];
    tastes.weight[i] * value / (parameters.nest * alpha)
}

/// The same of all types at masses (I, N), (I,).
pub fn by_type(ground: Ground, mass: &[f64], buying: &Buying) -> Vec<f64> {
    let types = mass.chunks_exact(ground.layout.type_cells()).enumerate();
    let sets = ground.layout.known_sets;
    let mut unaware = UnawareValues::default();
    let mut of = |(i, mass)| {
        let reference = ReferenceMass::Same(mass);
        of_type(ground, (i, sets), mass, reference, buying, &mut unaware)[0]
    };
    types.map(&mut of).collect()
}

dispatched_lanes! {
    /// `Σ_s m(s)·ln(σ B^ϑ + e^{V0})` of one type.
    fn expected_maximum(
        layout: &Layout,
        of: (usize, usize),
        mass: &[f64],
        reference: ReferenceMass<'_>,
        buying: &Buying,
        unaware: &mut UnawareValues,
    ) -> [f64; 2] = expected_maximum_body
}

#[inline(always)]
fn expected_maximum_body<V: Lanes>(
    layout: &Layout,
    (i, sets): (usize, usize),
    mass: &[f64],
    reference: ReferenceMass<'_>,
    buying: &Buying,
    unaware: &mut UnawareValues,
) -> [f64; 2] {
    let (mut sums, mut kept_sum) = ([V::splat(0.0); 2], 0.0);
    let stride = layout.stride();
    for known in 0..sets {
        let share = reference.share(known, sets);
        for owned in (0..layout.owned).filter(|&owned| layout.is_possible(known, owned)) {
            for c in 0..layout.networks {
                // Who can never buy gains and loses nothing.
                let keep = buying.keep_value(layout, i, owned, c);
                if keep == f64::INFINITY {
                    continue;
                }
                let block = layout.block(known, owned, c);
                let own = &mass[block * stride..(block + 1) * stride];
                if known == 0 {
                    reference.prefetch(layout, [i, owned, c]);
                }
                if let Some((row, weighed)) = reference.kept(layout, buying, [i, known, owned, c]) {
                    sums[0] = weigh_row(lanes(own), lanes(row), sums[0]);
                    kept_sum += share * weighed;
                    continue;
                }
                // Where the reference has nobody, its factor is 0.
                let (other, factor) = match reference.block(layout, known, owned, c) {
                    Some(other) => (other, share),
                    None => (own, 0.0),
                };
                let at = [i * layout.blocks() + block, layout.pair(i, owned, c), c];
                let mut weigh = Weigh {
                    mass: [lanes(own), lanes(other)],
                    sums: [V::splat(0.0); 2],
                };
                // Who can buy nothing of an entrant values the market as if it were unknown.
                let first = i * layout.blocks() + layout.block(0, owned, c);
                if known == 0 || buying.offers_alike(at[0], first) {
                    let (at, row) = ([first, at[1], c], layout.pair(i, owned, c));
                    let row = unaware_row::<V>(unaware, layout, (at, row), buying, keep);
                    for n in 0..row.len() {
                        weigh.take(n, V::load(&row[n]));
                    }
                } else {
                    block_values::<V, Weigh<V>>(layout, at, buying, keep, &mut weigh);
                }
                sums[0] = sums[0].add(weigh.sums[0]);
                sums[1] = weigh.sums[1].mul_add(V::splat(factor), sums[1]);
            }
        }
    }
    [sums[0].total(), sums[1].total() + kept_sum]
}

/// Values of a block of those who know no entrant, computed only where they changed; 0 in cells of a balance that nobody can owe.
#[inline(always)]
fn unaware_row<'a, V: Lanes>(
    unaware: &'a mut UnawareValues,
    layout: &Layout,
    (at, pair): ([usize; 3], usize),
    buying: &Buying,
    keep: f64,
) -> &'a [[f64; LANES]] {
    let vectors = layout.stride() / LANES;
    let tables = buying.unaware_tables(pair / (layout.owned * layout.networks));
    let row = &mut lanes_mut(&mut unaware.rows)[pair * vectors..(pair + 1) * vectors];
    if unaware.tables[pair] != tables {
        unaware.tables[pair] = tables;
        block_values::<V, Write<'_>>(layout, at, buying, keep, &mut Write { row });
    }
    row
}

dispatched_lanes! {
    /// Values of a whole market.
    fn values_of_market(
        values: &mut Values,
        layout: &Layout,
        mass: &[f64],
        buying: &Buying,
    ) = values_of_market_body
}

#[inline(always)]
fn values_of_market_body<V: Lanes>(
    values: &mut Values,
    layout: &Layout,
    mass: &[f64],
    buying: &Buying,
) {
    let vectors = layout.stride() / LANES;
    let (mass, rows) = (lanes(mass), lanes_mut(&mut values.rows));
    for i in 0..layout.types {
        let is_known = values.tables[i] == buying.tables(i);
        values.tables[i] = buying.tables(i);
        for in_type in 0..layout.blocks() {
            let (owned, c) = (
                in_type / layout.networks % layout.owned,
                in_type % layout.networks,
            );
            let block = i * layout.blocks() + in_type;
            let row = &mut rows[block * vectors..(block + 1) * vectors];
            let keep = buying.keep_value(layout, i, owned, c);
            if keep == f64::INFINITY {
                row.fill([0.0; LANES]);
                values.weighed[block] = 0.0;
                continue;
            }
            if !is_known {
                let at = [block, layout.pair(i, owned, c), c];
                block_values::<V, Write<'_>>(layout, at, buying, keep, &mut Write { row });
            }
            let mass = &mass[block * vectors..(block + 1) * vectors];
            values.weighed[block] = weigh_row(mass, row, V::splat(0.0)).total();
        }
    }
}

/// What happens to a vector of values.
trait Sink<V> {
    fn take(&mut self, n: usize, value: V);
}

/// They are weighed with the masses of two markets.
struct Weigh<'a, V> {
    mass: [&'a [[f64; LANES]]; 2],
    sums: [V; 2],
}

impl<V: Lanes> Sink<V> for Weigh<'_, V> {
    #[inline(always)]
    fn take(&mut self, n: usize, value: V) {
        self.sums[0] = V::load(&self.mass[0][n]).mul_add(value, self.sums[0]);
        self.sums[1] = V::load(&self.mass[1][n]).mul_add(value, self.sums[1]);
    }
}

/// They are kept; cells of a balance that nobody can owe stay as they are.
struct Write<'a> {
    row: &'a mut [[f64; LANES]],
}

impl<V: Lanes> Sink<V> for Write<'_> {
    #[inline(always)]
    fn take(&mut self, n: usize, value: V) {
        value.store(&mut self.row[n]);
    }
}

/// Adds masses times values.
#[inline(always)]
fn weigh_row<V: Lanes>(mass: &[[f64; LANES]], row: &[[f64; LANES]], sum: V) -> V {
    let mut sum = sum;
    for n in 0..row.len().min(mass.len()) {
        sum = V::load(&mass[n]).mul_add(V::load(&row[n]), sum);
    }
    sum
}

/// `ln(σ B^ϑ + e^{V0}) = V0 + ln((σ + odds)/odds)`, one logarithm a state; without a balance
/// `V0 − ln odds = ϑ ln B` is the same at all ages.
#[inline(always)]
fn block_values<V: Lanes, S: Sink<V>>(
    layout: &Layout,
    at: [usize; 3],
    buying: &Buying,
    keep: f64,
    sink: &mut S,
) {
    let ages = layout.age_vectors();
    let tables = buying.of_block(layout, at);
    let log_ageing = lanes(buying.log_ageing());
    let log_keep = ln(keep.max(f64::MIN_POSITIVE));
    if tables.season == 0.0 {
        // Who has nothing to buy can only keep.
        let log_keep = V::splat(log_keep);
        for n in 0..log_ageing.len() {
            sink.take(n, log_keep.add(V::load(&log_ageing[n])));
        }
        for n in 0..tables.balance_odds.len() {
            sink.take(ages + n, log_keep.add(V::load(&log_ageing[n])));
        }
        return;
    }
    let season = V::splat(tables.season);
    let (odds, log_value) = (
        V::splat(tables.odds_once),
        V::splat(log_keep - ln(tables.odds_once.max(f64::MIN_POSITIVE))),
    );
    // σ is positive and odds are at most `NEVER`.
    for n in 0..tables.ageing.len() {
        let all = odds.mul_add(V::load(&tables.ageing[n]), season);
        sink.take(n, log_value.add(ln_of_normal(all)));
    }
    let log_keep = V::splat(log_keep);
    for n in 0..tables.balance_odds.len() {
        let odds = V::load(&tables.balance_odds[n]).at_least(V::splat(SMALLEST_ODDS));
        let rise = ln_of_normal(season.add(odds).div(odds));
        let value = log_keep.add(V::load(&log_ageing[n])).add(rise);
        sink.take(ages + n, value);
    }
}
