//! Who buys in each block of states, and who stays.

use super::buying::{BlockTables, Buying};
use super::layout::Layout;
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{divided, lanes_mut};

/// Buyers of a block divided by their buying value, so that a group's flow is its attraction times
/// this: own network at once, own network financed, elsewhere (with κ); and the buyers themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Demand {
    /// Own network, paid at once.
    pub at_once: f64,
    /// Own network, financed.
    pub financed: f64,
    /// Another network.
    pub switching: f64,
    /// Σ mass × P(buy).
    pub buyers: f64,
}

impl Demand {
    /// `self + factor·other`.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self, factor: f64) -> Self {
        Self {
            at_once: factor.mul_add(other.at_once, self.at_once),
            financed: factor.mul_add(other.financed, self.financed),
            switching: factor.mul_add(other.switching, self.switching),
            buyers: factor.mul_add(other.buyers, self.buyers),
        }
    }
}

/// Sums of one block, each over eight lanes: masses; buyers without a balance; buyers with one divided by
/// B, for the groups at once, financed and elsewhere.
const SUMS: usize = 5;

/// Shares of the block's buying value below this count as this: products of four stay above 0.
pub(super) const SMALLEST_SHARE: f64 = 1e-60;

/// Room for the sums of one type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DemandRoom {
    /// By block, see [`SUMS`].
    sums: Aligned,
    totals: Vec<f64>,
    /// Σ mass × P(buy)² by block, over eight lanes, where it is asked for; its totals.
    squares: Aligned,
    square_totals: Vec<f64>,
    /// Masses by block, (blocks,), of the blocks asked last.
    pub(crate) masses: Vec<f64>,
}

impl DemandRoom {
    pub(crate) fn new(layout: &Layout) -> Self {
        let rows = (SUMS * layout.blocks()).next_multiple_of(LANES);
        Self {
            sums: Aligned::filled(0.0, rows * LANES),
            totals: vec![0.0; rows],
            squares: Aligned::filled(0.0, layout.blocks().next_multiple_of(LANES) * LANES),
            square_totals: vec![0.0; layout.blocks().next_multiple_of(LANES)],
            masses: vec![0.0; layout.blocks()],
        }
    }

    /// Σ mass × P(buy)² of a block, asked last with [`Question::squares`].
    pub(crate) fn square(&self, block: usize) -> f64 {
        self.square_totals[block]
    }
}

/// Which mass is asked under which tables.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    /// Type.
    pub(crate) i: usize,
    /// Answer as if these entrants were unknown; 0 for what happens.
    pub(crate) unknown: usize,
    /// Ask only those who know one of them.
    pub(crate) only_knowing: usize,
    /// Leave in the masses only those who do not buy.
    pub(crate) leave: bool,
    /// Known sets that there are masses of: all, or the first alone.
    pub(crate) sets: usize,
    /// Add up squares of P(buy) too.
    pub(crate) squares: bool,
}

/// What happens on the way.
#[derive(Clone, Copy)]
struct Way {
    leave: bool,
    squares: bool,
}

dispatched_lanes! {
    /// Demand of the blocks of one type, (blocks,).
    pub(crate) fn demand_of_type(
        buying: &Buying,
        layout: &Layout,
        mass: &mut [f64],
        question: Question,
        room: &mut DemandRoom,
        demand: &mut [Demand],
    ) = demand_of_type_body
}

#[inline(always)]
fn demand_of_type_body<V: Lanes>(
    buying: &Buying,
    layout: &Layout,
    mass: &mut [f64],
    question: Question,
    room: &mut DemandRoom,
    demand: &mut [Demand],
) {
    let (stride, first) = (layout.stride(), question.i * layout.blocks());
    let rows = lanes_mut(&mut room.sums);
    let squares = lanes_mut(&mut room.squares);
    let way = Way {
        leave: question.leave,
        squares: question.squares,
    };
    let asked = |known: usize| question.only_knowing == 0 || known & question.only_knowing != 0;
    for known in (0..question.sets).filter(|&known| asked(known)) {
        for owned in 0..layout.owned {
            for c in 0..layout.networks {
                let block = layout.block(known, owned, c);
                let sums = &mut rows[SUMS * block..SUMS * (block + 1)];
                let square = &mut squares[block];
                if !layout.is_possible(known, owned) {
                    sums.fill([0.0; LANES]);
                    *square = [0.0; LANES];
                    continue;
                }
                let table = layout.block(known & !question.unknown, owned, c);
                let tables = buying.of_block(
                    layout,
                    [first + table, layout.pair(question.i, owned, c), c],
                );
                if question.leave {
                    // The same tables of the next type.
                    let pair = layout.pair(question.i + 1, owned, c);
                    buying.prefetch([first + layout.blocks() + block, pair], known == 0);
                }
                let mass = lanes_mut(&mut mass[block * stride..(block + 1) * stride]);
                let (young, owing) = mass.split_at_mut(layout.age_vectors());
                let young = match layout.none {
                    // Those who own nothing have no age.
                    Some(none) if none == owned => &mut young[..1],
                    _ => young,
                };
                buy_free::<V>(young, tables, way, sums, square);
                buy_owing::<V>(owing, tables, way, sums, square);
            }
        }
    }
    let totals = room.totals.as_chunks_mut().0;
    for n in 0..totals.len() {
        totals[n] = V::totals(&rows.as_chunks().0[n]);
    }
    if question.squares {
        let totals = room.square_totals.as_chunks_mut().0;
        for n in 0..totals.len() {
            totals[n] = V::totals(&squares.as_chunks().0[n]);
        }
    }
    for known in (0..question.sets).filter(|&known| asked(known)) {
        for at in 0..layout.owned * layout.networks {
            let block = known * layout.owned * layout.networks + at;
            let table = (known & !question.unknown) * layout.owned * layout.networks + at;
            let sums = &room.totals[SUMS * block..SUMS * (block + 1)];
            let (inverse, shares) = (
                buying.inverse_value_once(first + table),
                buying.shares(first + table),
            );
            room.masses[block] = sums[0];
            demand[block] = Demand {
                at_once: inverse * (sums[1] + sums[2]),
                financed: inverse * (sums[1] + sums[3]),
                switching: buying.kappa * inverse * (sums[1] + sums[4]),
                // What each group attracts adds up to all buyers.
                buyers: sums[1] + shares[0] * sums[2] + shares[1] * sums[3] + shares[2] * sums[4],
            };
        }
    }
}

/// Masses and buyers among ages without a balance, by lane.
#[inline(always)]
fn buy_free<V: Lanes>(
    mass: &mut [[f64; LANES]],
    tables: BlockTables<'_>,
    way: Way,
    rows: &mut [[f64; LANES]],
    square: &mut [f64; LANES],
) {
    let (mut sums, whole) = ([V::splat(0.0); 3], mass.len() / 4 * 4);
    let mut n = 0;
    while n < whole {
        free_ages::<V, 4>(mass, tables, way, &mut sums, n);
        n += 4;
    }
    match mass.len() - whole {
        1 => free_ages::<V, 1>(mass, tables, way, &mut sums, whole),
        2 => free_ages::<V, 2>(mass, tables, way, &mut sums, whole),
        3 => free_ages::<V, 3>(mass, tables, way, &mut sums, whole),
        _ => {}
    }
    sums[0].store(&mut rows[0]);
    sums[1].store(&mut rows[1]);
    sums[2].store(square);
}

/// `K` vectors of ages from the `n`th on.
#[inline(always)]
fn free_ages<V: Lanes, const K: usize>(
    mass: &mut [[f64; LANES]],
    tables: BlockTables<'_>,
    way: Way,
    sums: &mut [V; 3],
    n: usize,
) {
    let (season, odds) = (V::splat(tables.season), V::splat(tables.odds_once));
    let (mass, ages) = (&mut mass[n..n + K], &tables.ageing[n..n + K]);
    let mut d = [season; K];
    for k in 0..K {
        d[k] = odds.mul_add(V::load(&ages[k]), season);
    }
    let probability = divided(season, d);
    for k in 0..K {
        let all = V::load(&mass[k]);
        sums[0] = sums[0].add(all);
        sums[1] = all.mul_add(probability[k], sums[1]);
        if way.squares {
            let bought = all.mul(probability[k]);
            sums[2] = bought.mul_add(probability[k], sums[2]);
        }
        if way.leave {
            // A certain purchase may round to more than all.
            let stayed = all.neg_mul_add(probability[k], all);
            stayed.at_least(V::splat(0.0)).store(&mut mass[k]);
        }
    }
}

/// Adds the masses with a balance, and sums their buyers divided by B for the groups at once, financed and
/// elsewhere, by lane.
#[inline(always)]
fn buy_owing<V: Lanes>(
    mass: &mut [[f64; LANES]],
    tables: BlockTables<'_>,
    way: Way,
    rows: &mut [[f64; LANES]],
    square: &mut [f64; LANES],
) {
    let zero = V::splat(0.0);
    let count = tables.balance_odds.len();
    let mut sums = [V::load(&rows[0]), zero, zero, zero, V::load(square)];
    let whole = count / 4 * 4;
    let mut n = 0;
    while n < whole {
        owing_ages::<V, 4>(mass, tables, way, &mut sums, n);
        n += 4;
    }
    match count - whole {
        1 => owing_ages::<V, 1>(mass, tables, way, &mut sums, whole),
        2 => owing_ages::<V, 2>(mass, tables, way, &mut sums, whole),
        3 => owing_ages::<V, 3>(mass, tables, way, &mut sums, whole),
        _ => {}
    }
    sums[0].store(&mut rows[0]);
    sums[1].store(&mut rows[2]);
    sums[2].store(&mut rows[3]);
    sums[3].store(&mut rows[4]);
    sums[4].store(square);
}

/// `K` vectors of ages with a balance from the `n`th on.
#[inline(always)]
fn owing_ages<V: Lanes, const K: usize>(
    mass: &mut [[f64; LANES]],
    tables: BlockTables<'_>,
    way: Way,
    sums: &mut [V; 5],
    n: usize,
) {
    let (season, least) = (V::splat(tables.season), V::splat(SMALLEST_SHARE));
    let [once, financed, elsewhere] = tables.shares;
    let (once, financed, elsewhere) = (V::splat(once), V::splat(financed), V::splat(elsewhere));
    let (mass, odds) = (&mut mass[n..n + K], &tables.balance_odds[n..n + K]);
    let (upgrade, leaving) = (&tables.upgrade[n..n + K], &tables.leaving[n..n + K]);
    let (mut value, mut d) = ([season; K], [season; K]);
    for k in 0..K {
        let share = V::load(&upgrade[k]).mul_add(financed, once);
        let share = V::load(&leaving[k]).mul_add(elsewhere, share);
        value[k] = share.at_least(least);
        d[k] = season.add(V::load(&odds[k])).mul(value[k]);
    }
    // P(buy) divided by the share of B that remains.
    let scaled = divided(season, d);
    for k in 0..K {
        let all = V::load(&mass[k]);
        let bought = all.mul(scaled[k]);
        sums[0] = sums[0].add(all);
        sums[1] = sums[1].add(bought);
        sums[2] = bought.mul_add(V::load(&upgrade[k]), sums[2]);
        sums[3] = bought.mul_add(V::load(&leaving[k]), sums[3]);
        if way.squares {
            let chance = scaled[k].mul(value[k]);
            sums[4] = all.mul(chance).mul_add(chance, sums[4]);
        }
        if way.leave {
            let stayed = bought.neg_mul_add(value[k], all);
            stayed.at_least(V::splat(0.0)).store(&mut mass[k]);
        }
    }
}
