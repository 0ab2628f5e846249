//! Who buys in each block of states, and who stays.

use super::baseline::SMALLEST_VALUE;
use super::buying::{BlockTables, Buying};
use super::layout::Layout;
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::lanes_mut;

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

/// Sums of one block, each over eight lanes.
const SUMS: usize = 5;

/// Room for the sums of one type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DemandRoom {
    /// By block: buyers without a balance; with one: buyers, and those divided by B for the three groups.
    sums: Aligned,
    totals: Vec<f64>,
}

impl DemandRoom {
    pub(crate) fn new(layout: &Layout) -> Self {
        let rows = (SUMS * layout.blocks()).next_multiple_of(LANES);
        Self {
            sums: Aligned::filled(0.0, rows * LANES),
            totals: vec![0.0; rows],
        }
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
    let asked = |known: usize| question.only_knowing == 0 || known & question.only_knowing != 0;
    for known in (0..layout.known_sets).filter(|&known| asked(known)) {
        for owned in 0..layout.owned {
            for c in 0..layout.networks {
                let block = layout.block(known, owned, c);
                let sums = &mut rows[SUMS * block..SUMS * (block + 1)];
                if !layout.is_possible(known, owned) {
                    sums.fill([0.0; LANES]);
                    continue;
                }
                let table = layout.block(known & !question.unknown, owned, c);
                let tables = buying.of_block(
                    layout,
                    [first + table, layout.pair(question.i, owned, c), c],
                );
                let mass = &mut mass[block * stride..(block + 1) * stride];
                let (young, owing) = mass.split_at_mut(layout.age_cells);
                let young = match layout.none {
                    // Those who own nothing have no age.
                    Some(none) if none == owned => &mut young[..LANES],
                    _ => young,
                };
                let [free, rest @ ..] = sums else { continue };
                buy_free::<V>(lanes_mut(young), tables, question.leave).store(free);
                buy_owing::<V>(lanes_mut(owing), tables, buying.kappa, question.leave, rest);
            }
        }
    }
    let totals = room.totals.as_chunks_mut().0;
    for (rows, totals) in rows.as_chunks().0.iter().zip(totals) {
        *totals = V::totals(rows);
    }
    let kappa = buying.kappa;
    for known in (0..layout.known_sets).filter(|&known| asked(known)) {
        for at in 0..layout.owned * layout.networks {
            let block = known * layout.owned * layout.networks + at;
            let table = (known & !question.unknown) * layout.owned * layout.networks + at;
            let sums = &room.totals[SUMS * block..SUMS * (block + 1)];
            let once = sums[0] * buying.inverse_value_once(first + table);
            demand[block] = Demand {
                at_once: once + sums[2],
                financed: once + sums[3],
                switching: kappa * (once + sums[4]),
                buyers: sums[0] + sums[1],
            };
        }
    }
}

/// Buyers among ages without a balance, by lane. Four ages share a division.
#[inline(always)]
fn buy_free<V: Lanes>(mass: &mut [[f64; LANES]], tables: BlockTables<'_>, leave: bool) -> V {
    let (season, odds) = (V::splat(tables.season), V::splat(tables.odds_once));
    let mut sums = [V::splat(0.0); 2];
    let ages = &tables.ageing[..mass.len()];
    let (fours, four_ages) = (mass.as_chunks_mut::<4>(), ages.as_chunks::<4>());
    for (mass, ages) in fours.0.iter_mut().zip(four_ages.0) {
        let [a, b, c, d] = [
            odds.mul_add(V::load(&ages[0]), season),
            odds.mul_add(V::load(&ages[1]), season),
            odds.mul_add(V::load(&ages[2]), season),
            odds.mul_add(V::load(&ages[3]), season),
        ];
        let (ab, cd) = (a.mul(b), c.mul(d));
        let inverse = season.div(ab.mul(cd));
        let (of_ab, of_cd) = (inverse.mul(cd), inverse.mul(ab));
        let [m0, m1, m2, m3] = mass;
        sums[0] = take(m0, b.mul(of_ab), sums[0], leave);
        sums[1] = take(m1, a.mul(of_ab), sums[1], leave);
        sums[0] = take(m2, d.mul(of_cd), sums[0], leave);
        sums[1] = take(m3, c.mul(of_cd), sums[1], leave);
    }
    for (mass, age) in fours.1.iter_mut().zip(four_ages.1) {
        let all = odds.mul_add(V::load(age), season);
        sums[0] = take(mass, season.div(all), sums[0], leave);
    }
    sums[0].add(sums[1])
}

/// Adds who buys with this probability; they leave the masses if asked.
#[inline(always)]
fn take<V: Lanes>(mass: &mut [f64; LANES], probability: V, sum: V, leave: bool) -> V {
    let all = V::load(mass);
    let bought = all.mul(probability);
    if leave {
        // A certain purchase may round to more than all.
        all.sub(bought).at_least(V::splat(0.0)).store(mass);
    }
    sum.add(bought)
}

/// Buyers among ages with a balance: themselves, and divided by B for the groups at once, financed and
/// elsewhere, by lane.
#[inline(always)]
fn buy_owing<V: Lanes>(
    mass: &mut [[f64; LANES]],
    tables: BlockTables<'_>,
    kappa: f64,
    leave: bool,
    sums: &mut [[f64; LANES]],
) {
    let zero = V::splat(0.0);
    let (season, least) = (V::splat(tables.season), V::splat(SMALLEST_VALUE));
    let (group_once, group_financed) = (V::splat(tables.groups[0]), V::splat(tables.groups[1]));
    let group_elsewhere = V::splat(kappa * tables.groups[2]);
    let [mut once, mut financed, mut switching, mut buyers] = [zero; 4];
    let cells = mass.iter_mut().zip(tables.balance_odds);
    for ((mass, odds), (upgrade, leaving)) in cells.zip(tables.upgrade.iter().zip(tables.leaving)) {
        let (upgrade, leaving) = (V::load(upgrade), V::load(leaving));
        let value = upgrade.mul_add(group_financed, group_once);
        let value = leaving.mul_add(group_elsewhere, value);
        let all = V::load(mass);
        // P(buy) and P(buy)/B by one division.
        let scaled = season.mul(all).div(season.add(V::load(odds)).mul(value));
        let scaled = value.where_less(least, zero, scaled);
        let bought = scaled.mul(value);
        if leave {
            all.sub(bought).at_least(zero).store(mass);
        }
        buyers = buyers.add(bought);
        once = once.add(scaled);
        financed = scaled.mul_add(upgrade, financed);
        switching = scaled.mul_add(leaving, switching);
    }
    if let [b, o, f, s] = sums {
        buyers.store(b);
        once.store(o);
        financed.store(f);
        switching.store(s);
    }
}
