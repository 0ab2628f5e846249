//! The end of a month: purchases and ageing, lapse, churn, awareness — in this order.

use super::flows::Flows;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::lanes_mut;
use std::array::from_fn;

/// Most networks that a market may have.
pub const MOST_NETWORKS: usize = 32;

/// Up to so many networks have code of their own.
const EXACT: usize = 4;

/// Masses over states: Σ over the states of a type is 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consumers {
    /// (I, N), see [`Layout`].
    pub mass: Aligned,
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

/// Room that moving one type after another needs.
pub(super) struct SettleRoom {
    ages: AgeLimits,
    room: Room,
}

impl SettleRoom {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            ages: AgeLimits::new(layout),
            room: Room::new(layout),
        }
    }
}

impl Consumers {
    /// Masses of type `i`, (N,).
    pub fn of_type(&self, layout: &Layout, i: usize) -> &[f64] {
        &self.mass[i * layout.type_cells()..(i + 1) * layout.type_cells()]
    }

    /// The same, to change.
    pub(super) fn of_type_mut(&mut self, layout: &Layout, i: usize) -> &mut [f64] {
        &mut self.mass[i * layout.type_cells()..(i + 1) * layout.type_cells()]
    }

    /// Moves those of type `i` who stayed, and new owners, to the start of the next month.
    pub(super) fn settle_type(
        &mut self,
        layout: &Layout,
        i: usize,
        rates: &Rates,
        flows: &Flows,
        work: &mut SettleRoom,
        dispatch: Dispatch,
    ) {
        let cells = layout.type_cells();
        let brands = flows.brand_units.len();
        let births = layout.known_sets * brands * layout.networks * 2;
        let entrants = layout.entrants();
        let of_type = TypeMonth {
            rates,
            births: &flows.births[i * births..(i + 1) * births],
            brands,
            learn: &rates.learn[i * entrants..(i + 1) * entrants],
        };
        let mass = &mut self.mass[i * cells..(i + 1) * cells];
        settle_type(dispatch, layout, &work.ages, mass, of_type, &mut work.room);
    }
}

/// One type's month.
#[derive(Clone, Copy)]
struct TypeMonth<'a> {
    rates: &'a Rates,
    births: &'a [f64],
    brands: usize,
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
    /// Last vector that a balance can reach into.
    most_paying: usize,
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
            most_paying: layout.balance_cells / LANES,
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

#[inline(always)]
fn settle_type_body<V: Lanes>(
    layout: &Layout,
    ages: &AgeLimits,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
) {
    room.lapsed.fill(0.0);
    for owned in (0..layout.owned).filter(|&owned| layout.none != Some(owned)) {
        sum_births(layout, month, owned, room);
        for known in (0..layout.known_sets).filter(|&known| layout.is_possible(known, owned)) {
            let at = (known, owned);
            match layout.networks {
                1 => move_owners::<V, 1>(layout, ages, mass, month, room, at),
                2 => move_owners::<V, 2>(layout, ages, mass, month, room, at),
                3 => move_owners::<V, 3>(layout, ages, mass, month, room, at),
                EXACT => move_owners::<V, EXACT>(layout, ages, mass, month, room, at),
                5..=8 => move_owners::<V, 8>(layout, ages, mass, month, room, at),
                _ => move_owners::<V, MOST_NETWORKS>(layout, ages, mass, month, room, at),
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

/// What the owners of one state and known set are moved by, by network. The first networks of `N` count.
struct Lines<V, const N: usize> {
    /// Whole vectors with a balance.
    balance: [usize; N],
    /// Bought now: paid at once, financed.
    born: [[V; 2]; N],
    /// Those who stay with their network, a share.
    stay: [V; N],
    /// Shares that leave, (to, from); 0 on the diagonal.
    leave: [[V; N]; N],
}

impl<V: Lanes, const N: usize> Lines<V, N> {
    #[inline(always)]
    fn new(layout: &Layout, churn: &[f64], born: &[[f64; 2]]) -> Self {
        let (count, zero) = (layout.networks, V::splat(0.0));
        let newborn = V::load(&unit(0));
        let mut lines = Self {
            balance: [0; N],
            born: [[zero; 2]; N],
            stay: [zero; N],
            leave: [[zero; N]; N],
        };
        for c in 0..count.min(N) {
            lines.balance[c] = layout.balance_vectors(c);
            let [once, financed] = born[c];
            lines.born[c] = [newborn.mul(V::splat(once)), newborn.mul(V::splat(financed))];
            lines.stay[c] = V::splat(churn[c * count + c]);
            for from in (0..count.min(N)).filter(|&from| from != c) {
                lines.leave[c][from] = V::splat(churn[from * count + c]);
            }
        }
        lines
    }
}

/// Owners of one state and known set on all networks: ageing, births, paid-off balances, lapse and
/// churn in one pass over memory. `N` is the number of networks, or room for more than 4.
#[inline(always)]
fn move_owners<V: Lanes, const N: usize>(
    layout: &Layout,
    ages: &AgeLimits,
    mass: &mut [f64],
    month: TypeMonth<'_>,
    room: &mut Room,
    (known, owned): (usize, usize),
) {
    // A number that the compiler knows lets it unroll the loops over networks.
    let networks = if N <= EXACT { N } else { layout.networks };
    let (vectors, free_vectors) = (layout.stride() / LANES, layout.age_vectors());
    let first = layout.block(known, owned, 0) * vectors;
    let cells = &mut lanes_mut(mass)[first..first + networks * vectors];
    let rates = month.rates;
    let born = &room.born[known * networks..(known + 1) * networks];
    let lines = Lines::<V, N>::new(layout, &rates.churn, born);
    let lapse = rates.lapse;
    let (zero, gone) = (V::splat(0.0), V::splat(lapse));
    let [mut free_before, mut paying_before, mut lapsed] = [[zero; N]; 3];
    for n in 0..free_vectors {
        let (mut free, mut paying) = ([zero; N], [zero; N]);
        for c in 0..networks {
            let stayed = V::load(&cells[c * vectors + n]);
            free[c] = stayed.shift_in(free_before[c]);
            free_before[c] = stayed;
            if n == ages.last {
                // The last age absorbs.
                let counted = free[c].mul(V::load(&ages.counted));
                free[c] = stayed.mul_add(V::load(&ages.oldest), counted);
                free_before[c] = zero;
            }
            if n == 0 {
                free[c] = free[c].add(lines.born[c][0]);
            }
        }
        if n <= ages.most_paying {
            for c in 0..networks {
                let mut stayed = zero;
                if n < lines.balance[c] {
                    stayed = V::load(&cells[c * vectors + free_vectors + n]);
                }
                paying[c] = stayed.shift_in(paying_before[c]);
                paying_before[c] = stayed;
                if n == 0 {
                    paying[c] = paying[c].add(lines.born[c][1]);
                }
                if ages.paid_vector[c] == Some(n) {
                    // Whoever has paid the last instalment owes nothing at the same age.
                    let done = paying[c].mul(V::load(&ages.paid[c]));
                    free[c] = free[c].add(done);
                    paying[c] = paying[c].sub(done);
                }
            }
        }
        if lapse > 0.0 {
            for c in 0..networks {
                let (left, left_owing) = (free[c].mul(gone), paying[c].mul(gone));
                lapsed[c] = lapsed[c].add(left).add(left_owing);
                free[c] = free[c].sub(left);
                paying[c] = paying[c].sub(left_owing);
            }
        }
        // Leavers leave what they owe behind.
        let mut all = [zero; N];
        for c in 0..networks {
            all[c] = free[c].add(paying[c]);
        }
        for to in 0..networks {
            let mut sum = lines.stay[to].mul(free[to]);
            for from in 0..networks {
                sum = all[from].mul_add(lines.leave[to][from], sum);
            }
            sum.store(&mut cells[to * vectors + n]);
            if n < lines.balance[to] {
                let owing = &mut cells[to * vectors + free_vectors + n];
                paying[to].mul(lines.stay[to]).store(owing);
            }
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
            *staying += mass[first + c * stride];
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
            for n in 0..without.len() {
                let (x, y) = (V::load(&without[n]), V::load(&with[n]));
                let (learned, forgot) = (x.mul(learn), y.mul(forget));
                x.sub(learned).add(forgot).store(&mut without[n]);
                y.sub(forgot).add(learned).store(&mut with[n]);
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
