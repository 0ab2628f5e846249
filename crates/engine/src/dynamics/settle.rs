//! The end of a month: purchases and ageing, lapse, churn, awareness — in this order.

use super::buying::Buying;
use super::flows::Flows;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::numerics::dispatch::{Dispatch, LANES, dispatched};
use crate::numerics::vector::total;

/// Masses over states: Σ over the states of a type is 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consumers {
    /// (I, N), see [`Layout`].
    pub mass: Vec<f64>,
}

/// Rates of a month that move consumers without a purchase.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Share of consumers on `c` who are on `c'` after churn, (C, C) row by row; `[eq:churn]`.
    pub churn: Vec<f64>,
    /// Owners → nothing.
    pub lapse: f64,
    /// Probability to learn of an entrant, (I, entrants); `[eq:awareness]`.
    pub learn: Vec<f64>,
    /// Probability to forget one, (entrants,).
    pub forget: Vec<f64>,
}

/// What the masses add up to after a month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stock {
    /// Share of users in an owned state, (owned,).
    pub owners: Vec<f64>,
    /// Share of users who know an entrant, (entrants,).
    pub awareness: Vec<f64>,
    /// Share of a type that knows an entrant, (I, entrants).
    pub knows: Vec<f64>,
    /// Share of users on a network, (C,).
    pub on_network: Vec<f64>,
}

/// Churn shares, `[eq:churn]`: leavers of `c` go to others in proportion to this month's purchases in
/// their shops, equally if there were none.
pub fn churn_shares(market: &Market, shop_units: &[f64]) -> Vec<f64> {
    let networks = market.networks.len();
    let mut shares = vec![0.0; networks * networks];
    for c in 0..networks {
        let rate = if networks > 1 { market.networks[c].churn } else { 0.0 };
        let elsewhere: f64 = (0..networks).filter(|&d| d != c).map(|d| shop_units[d]).sum();
        for d in 0..networks {
            shares[c * networks + d] = if d == c {
                1.0 - rate
            } else if elsewhere > 0.0 {
                rate * shop_units[d] / elsewhere
            } else {
                rate / (networks - 1) as f64
            };
        }
    }
    shares
}

impl Consumers {
    /// Moves all consumers to the start of the next month.
    pub fn settle(
        &mut self,
        layout: &Layout,
        buying: &Buying,
        flows: &Flows,
        rates: &Rates,
        dispatch: Dispatch,
    ) {
        let cells = layout.type_cells();
        let brands = flows.brand_units.len();
        let births = layout.known_sets * brands * layout.networks * 2;
        let mut room = Room::new(layout);
        for (i, mass) in self.mass.chunks_exact_mut(cells).enumerate() {
            let month = TypeMonth {
                probability: &buying.probability[i * cells..(i + 1) * cells],
                births: &flows.births[i * births..(i + 1) * births],
                brands,
                rates,
                learn: &rates.learn[i * layout.entrants()..(i + 1) * layout.entrants()],
            };
            settle_type(dispatch, layout, mass, month, &mut room);
        }
    }

    /// What the masses add up to.
    pub fn stock(&self, layout: &Layout, weight: &[f64], dispatch: Dispatch) -> Stock {
        let entrants = layout.entrants();
        let mut stock = Stock {
            owners: vec![0.0; layout.owned],
            awareness: vec![0.0; entrants],
            knows: vec![0.0; layout.types * entrants],
            on_network: vec![0.0; layout.networks],
        };
        let mut sums = vec![0.0; layout.blocks()];
        for (i, mass) in self.mass.chunks_exact(layout.type_cells()).enumerate() {
            block_sums(dispatch, mass, layout.stride(), &mut sums);
            for known in 0..layout.known_sets {
                for owned in 0..layout.owned {
                    for c in 0..layout.networks {
                        let sum = sums[layout.block(known, owned, c)];
                        stock.owners[owned] += weight[i] * sum;
                        stock.on_network[c] += weight[i] * sum;
                        for e in (0..entrants).filter(|e| known >> e & 1 == 1) {
                            stock.knows[i * entrants + e] += sum;
                        }
                    }
                }
            }
            for e in 0..entrants {
                stock.awareness[e] += weight[i] * stock.knows[i * entrants + e];
            }
        }
        stock
    }
}

/// One type's month.
#[derive(Clone, Copy)]
struct TypeMonth<'a> {
    probability: &'a [f64],
    births: &'a [f64],
    brands: usize,
    rates: &'a Rates,
    learn: &'a [f64],
}

/// Room for one owned state of one type: all known sets and networks.
struct Room {
    aged: Vec<f64>,
    churned: Vec<f64>,
    lapsed: Vec<f64>,
}

impl Room {
    fn new(layout: &Layout) -> Self {
        let groups = layout.known_sets * layout.networks;
        Self {
            aged: vec![0.0; groups * layout.stride()],
            churned: vec![0.0; groups * layout.stride()],
            lapsed: vec![0.0; groups],
        }
    }
}

dispatched! {
    /// All states of one type.
    fn settle_type(
        layout: &Layout,
        mass: &mut [f64],
        month: TypeMonth<'_>,
        room: &mut Room,
    ) = settle_type_body
}

dispatched! {
    /// Sum of each block.
    fn block_sums(mass: &[f64], stride: usize, sums: &mut [f64]) = block_sums_body
}

#[inline(always)]
fn block_sums_body(mass: &[f64], stride: usize, sums: &mut [f64]) {
    for (sum, block) in sums.iter_mut().zip(mass.chunks_exact(stride)) {
        let mut lanes = [0.0; LANES];
        for cells in block.chunks_exact(LANES) {
            for l in 0..LANES {
                lanes[l] += cells[l];
            }
        }
        *sum = total(lanes);
    }
}

#[inline(always)]
fn settle_type_body(layout: &Layout, mass: &mut [f64], month: TypeMonth<'_>, room: &mut Room) {
    room.lapsed.fill(0.0);
    for owned in (0..layout.owned).filter(|&owned| layout.none != Some(owned)) {
        age(layout, mass, month, room, owned);
        if month.rates.lapse > 0.0 {
            lapse(layout, month.rates.lapse, room);
        }
        churn(layout, &month.rates.churn, room);
        learn_and_forget(layout, mass, month, room, owned);
    }
    if let Some(none) = layout.none {
        stay_without(layout, mass, month, room, none);
        churn(layout, &month.rates.churn, room);
        learn_and_forget(layout, mass, month, room, none);
    }
}

/// Those who did not buy grow older, those who bought come in at age 0.
#[inline(always)]
fn age(layout: &Layout, mass: &[f64], month: TypeMonth<'_>, room: &mut Room, owned: usize) {
    let (stride, ages, cells) = (layout.stride(), layout.ages, layout.age_cells);
    for known in 0..layout.known_sets {
        for c in 0..layout.networks {
            let block = layout.block(known, owned, c) * stride;
            let group = (known * layout.networks + c) * stride;
            let old = &mass[block..block + stride];
            let probability = &month.probability[block..block + stride];
            let new = &mut room.aged[group..group + stride];
            let [at_once, financed] = births(layout, month, known, owned, c);
            let (free, paying) = new.split_at_mut(cells);
            survivors(&mut free[1..ages], &old[..ages - 1], &probability[..ages - 1]);
            let oldest = old[ages - 1];
            free[ages - 1] += (-oldest).mul_add(probability[ages - 1], oldest);
            free[0] = at_once;
            let width = paying.len();
            if width > 0 {
                survivors(&mut paying[1..], &old[cells..stride - 1], &probability[cells..stride - 1]);
                paying[0] = financed;
                let last = old[stride - 1];
                let last = (-last).mul_add(probability[stride - 1], last);
                settle_balance(layout.instalments[c], ages, free, paying, last);
            }
        }
    }
}

#[inline(always)]
fn survivors(new: &mut [f64], old: &[f64], probability: &[f64]) {
    for ((cell, &m), &p) in new.iter_mut().zip(old).zip(probability) {
        *cell = (-m).mul_add(p, m);
    }
}

/// Whoever has paid the last instalment joins those without a balance at the same age; `last` are
/// survivors that the row of paying cells has no room for.
#[inline(always)]
fn settle_balance(months: usize, ages: usize, free: &mut [f64], paying: &mut [f64], last: f64) {
    let done = match paying.get_mut(months) {
        _ if months == 0 => return,
        Some(cell) => std::mem::take(cell),
        None => last,
    };
    free[months.min(ages - 1)] += done;
}

/// New owners of an owned state by (known set after, network): at once and financed.
#[inline(always)]
fn births(
    layout: &Layout,
    month: TypeMonth<'_>,
    known: usize,
    owned: usize,
    c: usize,
) -> [f64; 2] {
    let Some(brand) = layout.brand_of(owned) else { return [0.0; 2] };
    let mut sum = [0.0; 2];
    for before in 0..layout.known_sets {
        if layout.known_after(before, brand) == known {
            let at = ((before * month.brands + brand) * layout.networks + c) * 2;
            sum[0] += month.births[at];
            sum[1] += month.births[at + 1];
        }
    }
    sum
}

#[inline(always)]
fn lapse(layout: &Layout, rate: f64, room: &mut Room) {
    for (group, cells) in room.aged.chunks_exact_mut(layout.stride()).enumerate() {
        let mut lanes = [0.0; LANES];
        for chunk in cells.chunks_exact_mut(LANES) {
            for l in 0..LANES {
                let gone = rate * chunk[l];
                lanes[l] += gone;
                chunk[l] -= gone;
            }
        }
        room.lapsed[group] += total(lanes);
    }
}

/// Those who own nothing stay at age 0; those who lapsed join them.
#[inline(always)]
fn stay_without(
    layout: &Layout,
    mass: &[f64],
    month: TypeMonth<'_>,
    room: &mut Room,
    none: usize,
) {
    room.aged.fill(0.0);
    for known in 0..layout.known_sets {
        for c in 0..layout.networks {
            let block = layout.block(known, none, c) * layout.stride();
            let group = known * layout.networks + c;
            let old = mass[block];
            room.aged[group * layout.stride()] =
                (-old).mul_add(month.probability[block], old) + room.lapsed[group];
        }
    }
}

/// Leavers change network and leave what they owe behind.
#[inline(always)]
fn churn(layout: &Layout, shares: &[f64], room: &mut Room) {
    let (stride, cells, networks) = (layout.stride(), layout.age_cells, layout.networks);
    if networks == 1 {
        std::mem::swap(&mut room.aged, &mut room.churned);
        return;
    }
    let width = layout.balance_cells.min(cells);
    for known in 0..layout.known_sets {
        for to in 0..networks {
            let at = (known * networks + to) * stride;
            let target = &mut room.churned[at..at + stride];
            let stay = shares[to * networks + to];
            for (x, y) in target.iter_mut().zip(&room.aged[at..at + stride]) {
                *x = stay * y;
            }
            for from in (0..networks).filter(|&from| from != to) {
                let share = shares[from * networks + to];
                let source = &room.aged[(known * networks + from) * stride..][..stride];
                let (free, paying) = source.split_at(cells);
                for (x, y) in target[..cells].iter_mut().zip(free) {
                    *x = share.mul_add(*y, *x);
                }
                for (x, y) in target[..width].iter_mut().zip(paying) {
                    *x = share.mul_add(*y, *x);
                }
            }
        }
    }
}

/// Awareness moves mass between known sets; an owner never forgets the brand owned.
#[inline(always)]
fn learn_and_forget(
    layout: &Layout,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
    owned: usize,
) {
    let run = layout.networks * layout.stride();
    for e in 0..layout.entrants() {
        if layout.entrant_of(owned) == Some(e) {
            continue;
        }
        let (learn, forget) = (month.learn[e], month.rates.forget[e]);
        for known in (0..layout.known_sets).filter(|known| known >> e & 1 == 0) {
            let (low, high) = room.churned.split_at_mut((known | 1 << e) * run);
            let without = &mut low[known * run..(known + 1) * run];
            for (x, y) in without.iter_mut().zip(&mut high[..run]) {
                let (learned, forgot) = (learn * *x, forget * *y);
                *x = (*x - learned) + forgot;
                *y = (*y - forgot) + learned;
            }
        }
    }
    for known in 0..layout.known_sets {
        let block = layout.block(known, owned, 0) * layout.stride();
        mass[block..block + run].copy_from_slice(&room.churned[known * run..(known + 1) * run]);
    }
}
