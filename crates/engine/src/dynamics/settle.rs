//! The end of a month: purchases and ageing, lapse, churn, awareness — in this order.

mod room;

use super::flows::Flows;
use super::layout::Layout;
use super::together::Together;
use crate::choice::market::Market;
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, lanes_mut, prefetch};
use room::{AgeLimits, NEWBORN, Room};

/// Most networks that a market may have.
pub const MOST_NETWORKS: usize = 32;

/// Up to so many networks have code of their own.
pub(super) const EXACT: usize = 4;

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
    /// New owners of a type that is not spread over known sets.
    births: Vec<f64>,
    dispatch: Dispatch,
}

impl SettleRoom {
    pub(super) fn new(layout: &Layout, dispatch: Dispatch) -> Self {
        Self {
            ages: AgeLimits::new(layout),
            room: Room::new(layout),
            births: Vec::new(),
            dispatch,
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
        together: &Together,
        rates: &Rates,
        flows: &Flows,
        work: &mut SettleRoom,
    ) {
        let cells = layout.type_cells();
        let brands = flows.brand_units.len();
        let births = layout.known_sets * brands * layout.networks * 2;
        let entrants = layout.entrants();
        let of_type = TypeMonth {
            rates,
            births: together.births(
                layout,
                i,
                &flows.births[i * births..(i + 1) * births],
                &mut work.births,
            ),
            sets: together.sets(layout, i),
            brands,
            learn: &rates.learn[i * entrants..(i + 1) * entrants],
        };
        let (mass, ahead) = self.mass[i * cells..].split_at_mut(cells);
        let masses = [mass, ahead];
        settle_type(
            work.dispatch,
            layout,
            &work.ages,
            masses,
            of_type,
            &mut work.room,
        );
    }
}

/// One type's month.
#[derive(Clone, Copy)]
struct TypeMonth<'a> {
    rates: &'a Rates,
    births: &'a [f64],
    /// Known sets that there are masses of: all, or the first alone.
    sets: usize,
    brands: usize,
    learn: &'a [f64],
}

dispatched_lanes! {
    /// All states of one type; those of the types after it come next.
    fn settle_type(
        layout: &Layout,
        ages: &AgeLimits,
        masses: [&mut [f64]; 2],
        month: TypeMonth<'_>,
        room: &mut Room,
    ) = settle_type_body
}

#[inline(always)]
fn settle_type_body<V: Lanes>(
    layout: &Layout,
    ages: &AgeLimits,
    [mass, ahead]: [&mut [f64]; 2],
    month: TypeMonth<'_>,
    room: &mut Room,
) {
    room.lapsed.fill(0.0);
    match layout.networks {
        1 => move_all_owners::<V, 1>(layout, ages, [mass, ahead], month, room),
        2 => move_all_owners::<V, 2>(layout, ages, [mass, ahead], month, room),
        3 => move_all_owners::<V, 3>(layout, ages, [mass, ahead], month, room),
        EXACT => move_all_owners::<V, EXACT>(layout, ages, [mass, ahead], month, room),
        5..=8 => move_all_owners::<V, 8>(layout, ages, [mass, ahead], month, room),
        _ => move_all_owners::<V, MOST_NETWORKS>(layout, ages, [mass, ahead], month, room),
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
    for before in 0..month.sets {
        let known = layout.known_after(before, brand);
        let at = (before * month.brands + brand) * networks * 2;
        let born = &mut room.born[known * networks..(known + 1) * networks];
        for c in 0..networks {
            born[c][0] += month.births[at + 2 * c];
            born[c][1] += month.births[at + 2 * c + 1];
        }
    }
}

/// How owners churn, by network. The first networks of `N` count.
pub(super) struct Churn<V, const N: usize> {
    /// Those who stay with their network, a share.
    pub(super) stay: [V; N],
    /// Shares that leave, (to, from).
    pub(super) leave: [[V; N]; N],
}

impl<V: Lanes, const N: usize> Churn<V, N> {
    #[inline(always)]
    pub(super) fn new(networks: usize, churn: &[f64]) -> Self {
        let zero = V::splat(0.0);
        let mut shares = Self {
            stay: [zero; N],
            leave: [[zero; N]; N],
        };
        for c in 0..networks {
            shares.stay[c] = V::splat(churn[c * networks + c]);
            for from in 0..networks {
                shares.leave[c][from] = V::splat(churn[from * networks + c]);
            }
        }
        shares
    }
}

/// Owners of everything, in all known sets. `N` is the number of networks, or room for more than 4.
#[inline(always)]
fn move_all_owners<V: Lanes, const N: usize>(
    layout: &Layout,
    ages: &AgeLimits,
    [mass, ahead]: [&mut [f64]; 2],
    month: TypeMonth<'_>,
    room: &mut Room,
) {
    let churn = Churn::<V, N>::new(layout.networks, &month.rates.churn);
    let run = layout.networks * layout.stride() / LANES;
    for owned in 0..layout.owned {
        if layout.none == Some(owned) {
            continue;
        }
        sum_births(layout, month, owned, room);
        // With one entrant, awareness moves people while the second known set is in registers.
        let one_pass = month.sets == 2 && layout.is_possible(0, owned);
        for known in 0..month.sets {
            if !layout.is_possible(known, owned) {
                continue;
            }
            let first = layout.block(known, owned, 0) * layout.stride() / LANES;
            // The same states of the next type: a type is near the processor when its time comes.
            if !ahead.is_empty() {
                prefetch(&lanes(ahead)[first..first + run]);
            }
            let (before, cells) = lanes_mut(mass).split_at_mut(first);
            let unaware = if one_pass && known == 1 {
                let first = layout.block(0, owned, 0) * layout.stride() / LANES;
                &mut before[first..first + run]
            } else {
                &mut []
            };
            let cells = &mut cells[..run];
            move_owners::<V, N>(layout, ages, &churn, [cells, unaware], month, room, known);
        }
        if !one_pass {
            learn_and_forget::<V>(layout, mass, month, owned);
        }
    }
}

/// Owners of one state and known set on all networks: ageing, births, paid-off balances, lapse and
/// churn in one pass over memory; then what they learn and forget, if those who do not know the
/// entrant, already moved, are given too.
#[inline(always)]
fn move_owners<V: Lanes, const N: usize>(
    layout: &Layout,
    ages: &AgeLimits,
    churn: &Churn<V, N>,
    [cells, unaware]: [&mut [[f64; LANES]]; 2],
    month: TypeMonth<'_>,
    room: &mut Room,
    known: usize,
) {
    // A number that the compiler knows lets it unroll the loops over networks.
    let networks = if N <= EXACT { N } else { layout.networks };
    let (vectors, free_vectors) = (layout.stride() / LANES, layout.age_vectors());
    let born = &room.born[known * networks..(known + 1) * networks];
    let lapse = month.rates.lapse;
    let awareness = Awareness::<V>::new(month, !unaware.is_empty());
    let (zero, gone) = (V::splat(0.0), V::splat(lapse));
    let [mut free_before, mut paying_before, mut lapsed] = [[zero; N]; 3];
    for n in 0..free_vectors {
        let (mut free, mut paying) = ([zero; N], [zero; N]);
        for c in 0..networks {
            let stayed = V::load(&cells[c * vectors + n]);
            free[c] = stayed.shift_in(free_before[c]);
            free_before[c] = stayed;
        }
        if n == ages.last {
            for c in 0..networks {
                // The last age absorbs.
                let counted = free[c].mul(V::load(&ages.counted));
                free[c] = free_before[c].mul_add(V::load(&ages.oldest), counted);
                free_before[c] = zero;
            }
        }
        if n <= ages.most_paying {
            for c in 0..networks {
                let mut stayed = zero;
                if n < ages.balance[c] {
                    stayed = V::load(&cells[c * vectors + free_vectors + n]);
                }
                paying[c] = stayed.shift_in(paying_before[c]);
                paying_before[c] = stayed;
                if ages.paid_vector[c] == n {
                    // Whoever has paid the last instalment owes nothing at the same age.
                    let done = paying[c].mul(V::load(&ages.paid[c]));
                    free[c] = free[c].add(done);
                    paying[c] = paying[c].sub(done);
                }
            }
        }
        if n == 0 {
            let newborn = V::load(&NEWBORN);
            for c in 0..networks {
                free[c] = newborn.mul_add(V::splat(born[c][0]), free[c]);
                paying[c] = newborn.mul_add(V::splat(born[c][1]), paying[c]);
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
            let mut sum = churn.stay[to].mul(free[to]);
            for from in 0..networks {
                if from != to {
                    sum = all[from].mul_add(churn.leave[to][from], sum);
                }
            }
            let at = to * vectors + n;
            awareness.put(sum, cells, unaware, at);
            if n < ages.balance[to] {
                let owing = paying[to].mul(churn.stay[to]);
                awareness.put(owing, cells, unaware, at + free_vectors);
            }
        }
    }
    if lapse > 0.0 {
        let total = &mut room.lapsed[known * networks..(known + 1) * networks];
        for c in 0..networks {
            total[c] += lapsed[c].total();
        }
    }
}

/// Shares that learn of the one entrant and forget it.
struct Awareness<V> {
    moves: bool,
    learn: V,
    unaware: V,
    forget: V,
    aware: V,
}

impl<V: Lanes> Awareness<V> {
    #[inline(always)]
    fn new(month: TypeMonth<'_>, moves: bool) -> Self {
        let (learn, forget) = if moves {
            (month.learn[0], month.rates.forget[0])
        } else {
            (0.0, 0.0)
        };
        Self {
            moves,
            learn: V::splat(learn),
            unaware: V::splat(1.0 - learn),
            forget: V::splat(forget),
            aware: V::splat(1.0 - forget),
        }
    }

    /// Those of one vector of cells, after awareness has moved them if it does.
    #[inline(always)]
    fn put(&self, sum: V, cells: &mut [[f64; LANES]], unaware: &mut [[f64; LANES]], at: usize) {
        if self.moves {
            let without = V::load(&unaware[at]);
            let learned = without.mul(self.learn);
            sum.mul_add(self.aware, learned).store(&mut cells[at]);
            let stayed = without.mul(self.unaware);
            sum.mul_add(self.forget, stayed).store(&mut unaware[at]);
        } else {
            sum.store(&mut cells[at]);
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
    for known in 0..month.sets {
        let first = layout.block(known, none, 0) * stride;
        let staying = &mut room.lapsed[known * networks..(known + 1) * networks];
        for c in 0..networks {
            staying[c] += mass[first + c * stride];
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
    if month.sets < layout.known_sets {
        return;
    }
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
