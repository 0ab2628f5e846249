//! The end of a month: purchases and ageing, lapse, churn, awareness — in this order.

use super::buying::Buying;
use super::flows::Flows;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, lanes_mut};
use std::array::from_fn;

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
        let ages = AgeLimits::new(layout);
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
            settle_type(dispatch, layout, &ages, mass, month, &mut room);
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

/// New owners and lapsed ones of one owned state, by (known set, network).
struct Room {
    /// Bought now: paid at once, financed.
    born: Vec<[f64; 2]>,
    /// Owners who come to own nothing, all owned states.
    lapsed: Vec<f64>,
}

impl Room {
    fn new(layout: &Layout) -> Self {
        let groups = layout.known_sets * layout.networks;
        Self {
            born: vec![[0.0; 2]; groups],
            lapsed: vec![0.0; groups],
        }
    }
}

/// Where ages end, as lanes of the vector that holds the end.
struct AgeLimits {
    /// Vector of the last age.
    last: usize,
    /// 1 in the lanes up to the last age.
    counted: [f64; LANES],
    /// 1 in the lane of the last age.
    oldest: [f64; LANES],
    /// Vector of the first month without a balance, by network; none without instalments.
    paid_vector: Vec<Option<usize>>,
    /// 1 in its lane.
    paid: Vec<[f64; LANES]>,
}

/// 1 in one lane.
fn unit(lane: usize) -> [f64; LANES] {
    from_fn(|l| if l == lane { 1.0 } else { 0.0 })
}

impl AgeLimits {
    fn new(layout: &Layout) -> Self {
        let oldest = layout.ages - 1;
        let months = &layout.instalments;
        Self {
            last: oldest / LANES,
            counted: from_fn(|l| if l <= oldest % LANES { 1.0 } else { 0.0 }),
            oldest: unit(oldest % LANES),
            paid_vector: months
                .iter()
                .map(|&n| (n > 0).then_some(n / LANES))
                .collect(),
            paid: months.iter().map(|&n| unit(n % LANES)).collect(),
        }
    }
}

dispatched_lanes! {
    /// All states of one type.
    fn settle_type(
        layout: &Layout,
        ages: &AgeLimits,
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
    ages: &AgeLimits,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
) {
    room.lapsed.fill(0.0);
    let zero = V::splat(0.0);
    for owned in (0..layout.owned).filter(|&owned| layout.none != Some(owned)) {
        sum_births(layout, month, owned, room);
        for known in (0..layout.known_sets).filter(|&known| layout.is_possible(known, owned)) {
            let at = (known, owned);
            // Loops over a number of networks that the compiler knows are unrolled.
            match layout.networks {
                1 => move_owners(layout, ages, mass, month, room, at, [zero; 1]),
                2 => move_owners(layout, ages, mass, month, room, at, [zero; 2]),
                3 => move_owners(layout, ages, mass, month, room, at, [zero; 3]),
                4 => move_owners(layout, ages, mass, month, room, at, [zero; 4]),
                n => move_owners(layout, ages, mass, month, room, at, vec![zero; n]),
            }
        }
        learn_and_forget::<V>(layout, mass, month, owned);
    }
    if let Some(none) = layout.none {
        move_non_owners(layout, mass, month, room, none);
        learn_and_forget::<V>(layout, mass, month, none);
    }
    join_oldest(layout, mass);
}

/// New owners of an owned state by known set after the purchase.
#[inline(always)]
fn sum_births(layout: &Layout, month: TypeMonth<'_>, owned: usize, room: &mut Room) {
    room.born.fill([0.0; 2]);
    let Some(brand) = layout.brand_of(owned) else {
        return;
    };
    let networks = layout.networks;
    for before in 0..layout.known_sets {
        let known = layout.known_after(before, brand);
        let at = (before * month.brands + brand) * networks * 2;
        let born = &mut room.born[known * networks..(known + 1) * networks];
        for (born, new) in born.iter_mut().zip(month.births[at..].as_chunks::<2>().0) {
            born[0] += new[0];
            born[1] += new[1];
        }
    }
}

/// Who did not buy (`m − m·P`), eight ages of one block.
#[inline(always)]
fn survivors<V: Lanes>(mass: &[f64; LANES], probability: &[f64; LANES]) -> V {
    let mass = V::load(mass);
    mass.neg_mul_add(V::load(probability), mass)
}

/// Owners of one state and known set on all networks: ageing, births, paid-off balances, lapse and
/// churn in one pass over memory. `empty` holds a zero for each network.
#[inline(always)]
fn move_owners<V: Lanes, S: AsRef<[V]> + AsMut<[V]> + Clone>(
    layout: &Layout,
    ages: &AgeLimits,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
    (known, owned): (usize, usize),
    empty: S,
) {
    let networks = empty.as_ref().len();
    let (vectors, free_vectors) = (layout.stride() / LANES, layout.age_vectors());
    let first = layout.block(known, owned, 0) * vectors;
    let cells = &mut lanes_mut(mass)[first..first + networks * vectors];
    let probability = &lanes(month.probability)[first..first + networks * vectors];
    let born = &room.born[known * networks..(known + 1) * networks];
    let shares = &month.rates.churn[..networks * networks];
    let lapse = month.rates.lapse;
    let [mut free, mut paying, mut free_before, mut paying_before] =
        [empty.clone(), empty.clone(), empty.clone(), empty.clone()];
    let (free, paying) = (free.as_mut(), paying.as_mut());
    let (free_before, paying_before) = (free_before.as_mut(), paying_before.as_mut());
    let mut lapsed = empty;
    let lapsed = lapsed.as_mut();
    let newborn = V::load(&unit(0));
    for n in 0..free_vectors {
        for c in 0..networks {
            let at = c * vectors + n;
            let stayed = survivors::<V>(&cells[at], &probability[at]);
            let mut older = stayed.shift_in(free_before[c]);
            free_before[c] = stayed;
            if n == 0 {
                older = newborn.mul_add(V::splat(born[c][0]), older);
            }
            if n == ages.last {
                // The last age absorbs.
                older = older.mul(V::load(&ages.counted));
                older = stayed.mul_add(V::load(&ages.oldest), older);
                free_before[c] = V::splat(0.0);
            }
            let balance = layout.balance_vectors(c);
            let mut owing = V::splat(0.0);
            if balance > 0 && n <= balance {
                if n < balance {
                    let at = at + free_vectors;
                    let stayed = survivors::<V>(&cells[at], &probability[at]);
                    owing = stayed.shift_in(paying_before[c]);
                    paying_before[c] = stayed;
                } else {
                    owing = owing.shift_in(paying_before[c]);
                }
                if n == 0 {
                    owing = newborn.mul_add(V::splat(born[c][1]), owing);
                }
                if ages.paid_vector[c] == Some(n) {
                    // Whoever has paid the last instalment owes nothing at the same age.
                    let done = owing.mul(V::load(&ages.paid[c]));
                    older = older.add(done);
                    owing = owing.sub(done);
                }
            }
            if lapse > 0.0 {
                let gone = older.mul(V::splat(lapse));
                let gone_owing = owing.mul(V::splat(lapse));
                lapsed[c] = lapsed[c].add(gone).add(gone_owing);
                older = older.sub(gone);
                owing = owing.sub(gone_owing);
            }
            free[c] = older;
            paying[c] = owing;
        }
        for to in 0..networks {
            let stay = V::splat(shares[to * networks + to]);
            if n < layout.balance_vectors(to) {
                paying[to]
                    .mul(stay)
                    .store(&mut cells[to * vectors + free_vectors + n]);
            }
            let mut sum = stay.mul(free[to]);
            for from in (0..networks).filter(|&from| from != to) {
                // Leavers leave what they owe behind.
                let share = V::splat(shares[from * networks + to]);
                sum = free[from].add(paying[from]).mul_add(share, sum);
            }
            sum.store(&mut cells[to * vectors + n]);
        }
    }
    if lapse > 0.0 {
        let total = &mut room.lapsed[known * networks..(known + 1) * networks];
        for (total, lapsed) in total.iter_mut().zip(lapsed) {
            *total += lapsed.total();
        }
    }
}

/// Those who own nothing stay at age 0; those who lapsed join them; then they churn.
#[inline(always)]
fn move_non_owners(
    layout: &Layout,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
    none: usize,
) {
    let (networks, stride, shares) = (layout.networks, layout.stride(), &month.rates.churn);
    for known in 0..layout.known_sets {
        let first = layout.block(known, none, 0) * stride;
        let staying = &mut room.lapsed[known * networks..(known + 1) * networks];
        for (c, staying) in staying.iter_mut().enumerate() {
            let old = mass[first + c * stride];
            *staying += (-old).mul_add(month.probability[first + c * stride], old);
        }
        for to in 0..networks {
            let mut sum = shares[to * networks + to] * staying[to];
            for from in (0..networks).filter(|&from| from != to) {
                sum = staying[from].mul_add(shares[from * networks + to], sum);
            }
            mass[first + to * stride] = sum;
        }
    }
}

/// Awareness moves mass between known sets; an owner never forgets the brand owned.
#[inline(always)]
fn learn_and_forget<V: Lanes>(
    layout: &Layout,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    owned: usize,
) {
    let run = layout.networks * layout.stride();
    for e in (0..layout.entrants()).filter(|&e| layout.entrant_of(owned) != Some(e)) {
        let (learn, forget) = (V::splat(month.learn[e]), V::splat(month.rates.forget[e]));
        for known in (0..layout.known_sets).filter(|known| known >> e & 1 == 0) {
            if !layout.is_possible(known, owned) {
                continue;
            }
            let low = layout.block(known, owned, 0) * layout.stride();
            let high = layout.block(known | 1 << e, owned, 0) * layout.stride();
            let (before, after) = mass.split_at_mut(high);
            let without = lanes_mut(&mut before[low..low + run]);
            let with = lanes_mut(&mut after[..run]);
            for (without, with) in without.iter_mut().zip(with) {
                let (x, y) = (V::load(without), V::load(with));
                let (learned, forgot) = (x.mul(learn), y.mul(forget));
                x.sub(learned).add(forgot).store(without);
                y.sub(forgot).add(learned).store(with);
            }
        }
    }
}

/// Where instalments outlast the ages, whoever paid the last one is of the last age.
#[inline(always)]
fn join_oldest(layout: &Layout, mass: &mut [f64]) {
    if layout
        .instalments
        .iter()
        .all(|&months| months < layout.ages)
    {
        return;
    }
    for block in mass.chunks_exact_mut(layout.stride()) {
        for a in layout.ages..layout.age_cells {
            block[layout.ages - 1] += std::mem::take(&mut block[a]);
        }
    }
}
