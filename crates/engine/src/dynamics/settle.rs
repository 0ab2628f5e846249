//! The end of a month: purchases and ageing, lapse, churn, awareness — in this order.

use super::buying::Buying;
use super::flows::Flows;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, lanes_mut};

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
        let rate = if networks > 1 {
            market.networks[c].churn
        } else {
            0.0
        };
        let elsewhere: f64 = (0..networks)
            .filter(|&d| d != c)
            .map(|d| shop_units[d])
            .sum();
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
    /// Moves all consumers to the start of the next month; what they add up to then.
    pub fn settle(
        &mut self,
        layout: &Layout,
        weight: &[f64],
        buying: &Buying,
        flows: &Flows,
        rates: &Rates,
        dispatch: Dispatch,
    ) -> Stock {
        let cells = layout.type_cells();
        let brands = flows.brand_units.len();
        let births = layout.known_sets * brands * layout.networks * 2;
        let mut room = Room::new(layout);
        let mut stock = Stock::new(layout);
        let mut sums = vec![0.0; layout.blocks()];
        for (i, mass) in self.mass.chunks_exact_mut(cells).enumerate() {
            let month = TypeMonth {
                probability: &buying.probability[i * cells..(i + 1) * cells],
                births: &flows.births[i * births..(i + 1) * births],
                brands,
                rates,
                learn: &rates.learn[i * layout.entrants()..(i + 1) * layout.entrants()],
            };
            settle_type(dispatch, layout, mass, month, &mut room);
            // While the type is still near the processor.
            block_sums(dispatch, mass, layout.stride(), &mut sums);
            stock.add(layout, weight[i], i, &sums);
        }
        stock
    }

    /// What the masses add up to.
    pub fn stock(&self, layout: &Layout, weight: &[f64], dispatch: Dispatch) -> Stock {
        let mut stock = Stock::new(layout);
        let mut sums = vec![0.0; layout.blocks()];
        for (i, mass) in self.mass.chunks_exact(layout.type_cells()).enumerate() {
            block_sums(dispatch, mass, layout.stride(), &mut sums);
            stock.add(layout, weight[i], i, &sums);
        }
        stock
    }
}

impl Stock {
    fn new(layout: &Layout) -> Self {
        let entrants = layout.entrants();
        Self {
            owners: vec![0.0; layout.owned],
            awareness: vec![0.0; entrants],
            knows: vec![0.0; layout.types * entrants],
            on_network: vec![0.0; layout.networks],
        }
    }

    /// Adds type `i` by the sums of its blocks.
    fn add(&mut self, layout: &Layout, weight: f64, i: usize, sums: &[f64]) {
        let entrants = layout.entrants();
        for known in 0..layout.known_sets {
            for owned in 0..layout.owned {
                for c in 0..layout.networks {
                    let sum = sums[layout.block(known, owned, c)];
                    self.owners[owned] += weight * sum;
                    self.on_network[c] += weight * sum;
                    for e in (0..entrants).filter(|e| known >> e & 1 == 1) {
                        self.knows[i * entrants + e] += sum;
                    }
                }
            }
        }
        for e in 0..entrants {
            self.awareness[e] += weight * self.knows[i * entrants + e];
        }
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

dispatched_lanes! {
    /// All states of one type.
    fn settle_type(
        layout: &Layout,
        mass: &mut [f64],
        month: TypeMonth<'_>,
        room: &mut Room,
    ) = settle_type_body
}

dispatched_lanes! {
    /// Sum of each block.
    fn block_sums(mass: &[f64], stride: usize, sums: &mut [f64]) = block_sums_body
}

#[inline(always)]
fn block_sums_body<V: Lanes>(mass: &[f64], stride: usize, sums: &mut [f64]) {
    let vectors = stride / LANES;
    let mass = lanes(mass);
    for (block, sum) in sums.iter_mut().enumerate() {
        let mut total = V::splat(0.0);
        for cells in &mass[block * vectors..(block + 1) * vectors] {
            total = total.add(V::load(cells));
        }
        *sum = total.total();
    }
}

#[inline(always)]
fn settle_type_body<V: Lanes>(
    layout: &Layout,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
) {
    room.lapsed.fill(0.0);
    for owned in (0..layout.owned).filter(|&owned| layout.none != Some(owned)) {
        age::<V>(layout, mass, month, room, owned);
        if month.rates.lapse > 0.0 {
            lapse::<V>(layout, month.rates.lapse, room);
        }
        churn::<V>(layout, &month.rates.churn, room);
        learn_and_forget::<V>(layout, mass, month, room, owned);
    }
    if let Some(none) = layout.none {
        stay_without(layout, mass, month, room, none);
        churn::<V>(layout, &month.rates.churn, room);
        learn_and_forget::<V>(layout, mass, month, room, none);
    }
}

/// Those who did not buy grow older, those who bought come in at age 0.
#[inline(always)]
fn age<V: Lanes>(
    layout: &Layout,
    mass: &[f64],
    month: TypeMonth<'_>,
    room: &mut Room,
    owned: usize,
) {
    let (stride, ages, cells) = (layout.stride(), layout.ages, layout.age_cells);
    for known in 0..layout.known_sets {
        if !layout.is_possible(known, owned) {
            // Nobody is there, and nobody comes: the rows stay empty.
            let group = known * layout.networks * stride;
            room.aged[group..group + layout.networks * stride].fill(0.0);
            continue;
        }
        for c in 0..layout.networks {
            let block = layout.block(known, owned, c) * stride;
            let group = (known * layout.networks + c) * stride;
            let old = &mass[block..block + stride];
            let probability = &month.probability[block..block + stride];
            let new = &mut room.aged[group..group + stride];
            let [at_once, financed] = births(layout, month, known, owned, c);
            let (free, paying) = new.split_at_mut(cells);
            survivors::<V>(
                &mut free[1..ages],
                &old[..ages - 1],
                &probability[..ages - 1],
            );
            let oldest = old[ages - 1];
            free[ages - 1] += (-oldest).mul_add(probability[ages - 1], oldest);
            free[0] = at_once;
            let width = paying.len();
            if width > 0 {
                survivors::<V>(
                    &mut paying[1..],
                    &old[cells..stride - 1],
                    &probability[cells..stride - 1],
                );
                paying[0] = financed;
                let last = old[stride - 1];
                let last = (-last).mul_add(probability[stride - 1], last);
                settle_balance(layout.instalments[c], ages, free, paying, last);
            }
        }
    }
}

#[inline(always)]
fn survivors<V: Lanes>(new: &mut [f64], old: &[f64], probability: &[f64]) {
    let cells = new.len().min(old.len()).min(probability.len());
    let (new, old, probability) = (&mut new[..cells], &old[..cells], &probability[..cells]);
    let whole = cells / LANES;
    for (n, new) in lanes_mut(new).iter_mut().enumerate() {
        let old = V::load(&lanes(old)[n]);
        old.neg_mul_add(V::load(&lanes(probability)[n]), old)
            .store(new);
    }
    for n in whole * LANES..cells {
        new[n] = (-old[n]).mul_add(probability[n], old[n]);
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
fn births(layout: &Layout, month: TypeMonth<'_>, known: usize, owned: usize, c: usize) -> [f64; 2] {
    let Some(brand) = layout.brand_of(owned) else {
        return [0.0; 2];
    };
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
fn lapse<V: Lanes>(layout: &Layout, rate: f64, room: &mut Room) {
    for (group, cells) in room.aged.chunks_exact_mut(layout.stride()).enumerate() {
        let mut gone = V::splat(0.0);
        for chunk in lanes_mut(cells) {
            let before = V::load(chunk);
            let leaving = before.mul(V::splat(rate));
            gone = gone.add(leaving);
            before.sub(leaving).store(chunk);
        }
        room.lapsed[group] += gone.total();
    }
}

/// Those who own nothing stay at age 0; those who lapsed join them.
#[inline(always)]
fn stay_without(layout: &Layout, mass: &[f64], month: TypeMonth<'_>, room: &mut Room, none: usize) {
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
fn churn<V: Lanes>(layout: &Layout, shares: &[f64], room: &mut Room) {
    let (stride, cells, networks) = (layout.stride(), layout.age_cells, layout.networks);
    if networks == 1 {
        std::mem::swap(&mut room.aged, &mut room.churned);
        return;
    }
    let vectors = stride / LANES;
    let (free, balance) = (cells / LANES, layout.balance_cells.min(cells) / LANES);
    let source = lanes(&room.aged);
    let target = lanes_mut(&mut room.churned);
    for known in 0..layout.known_sets {
        let first = known * networks * vectors;
        let group = &source[first..first + networks * vectors];
        for to in 0..networks {
            let target = &mut target[first + to * vectors..][..vectors];
            for n in 0..vectors {
                let share = V::splat(shares[to * networks + to]);
                let mut sum = share.mul(V::load(&group[to * vectors + n]));
                if n < free {
                    for from in 0..networks {
                        if from == to {
                            continue;
                        }
                        let share = V::splat(shares[from * networks + to]);
                        sum = V::load(&group[from * vectors + n]).mul_add(share, sum);
                        if n < balance {
                            // What was owed stays behind.
                            let paying = V::load(&group[from * vectors + free + n]);
                            sum = paying.mul_add(share, sum);
                        }
                    }
                }
                sum.store(&mut target[n]);
            }
        }
    }
}

/// Awareness moves mass between known sets; an owner never forgets the brand owned.
#[inline(always)]
fn learn_and_forget<V: Lanes>(
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
            let with = &mut high[..run];
            let (without, with) = (lanes_mut(without), lanes_mut(with));
            for n in 0..without.len().min(with.len()) {
                let (x, y) = (V::load(&without[n]), V::load(&with[n]));
                let (learned, forgot) = (x.mul(V::splat(learn)), y.mul(V::splat(forget)));
                x.sub(learned).add(forgot).store(&mut without[n]);
                y.sub(forgot).add(learned).store(&mut with[n]);
            }
        }
    }
    for known in 0..layout.known_sets {
        let block = layout.block(known, owned, 0) * layout.stride();
        mass[block..block + run].copy_from_slice(&room.churned[known * run..(known + 1) * run]);
    }
}
