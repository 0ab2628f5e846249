//! What a balance does to the tables of buying, by the age of what it was taken for.

use super::{Buying, BuyingInput, NEVER, Room};
use crate::dynamics::demand::SMALLEST_SHARE;
use crate::dynamics::layout::Layout;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::Lanes;
use crate::numerics::vector::{exp_in_range, exp_lanes, lanes, lanes_mut, ln_of_normal, prefetch};

/// `exp(−α p̄ max(0, 1 − a/n)·φ)` by age, where what is owed changed.
#[inline(always)]
pub(super) fn update_reliefs<V: Lanes>(
    buying: &mut Buying,
    room: &mut Room,
    input: BuyingInput<'_>,
    layout: &Layout,
    i: usize,
) {
    let market = input.market;
    let alpha = input.parameters.price_coefficient * market.tastes.price_factor[i];
    for (n, relieved) in room.relieved.iter_mut().enumerate() {
        let pair = i * layout.owned * layout.networks + n;
        let network = &market.networks[n % layout.networks];
        let owed = alpha * buying.owed_price[pair];
        *relieved = network.instalments > 0 && owed.to_bits() != buying.relief_for[pair].to_bits();
        if !*relieved {
            continue;
        }
        buying.relief_for[pair] = owed;
        let cells = pair * layout.balance_cells..(pair + 1) * layout.balance_cells;
        let vectors = layout.balance_vectors(n % layout.networks);
        let last = network.instalments as f64;
        let zero = V::splat(0.0);
        let upgrade_factor = V::splat(-network.upgrade_cost * (owed / last));
        let leaving_factor = V::splat(-network.leaving_cost * (owed / last));
        let upgrade = &mut lanes_mut(&mut buying.upgrade_relief[cells.clone()])[..vectors];
        let leaving = &mut lanes_mut(&mut buying.leaving_relief[cells])[..vectors];
        let months = lanes(&buying.months);
        for n in 0..vectors {
            let left = V::splat(last).sub(V::load(&months[n])).at_least(zero);
            exp_lanes(upgrade_factor.mul(left)).store(&mut upgrade[n]);
            exp_lanes(leaving_factor.mul(left)).store(&mut leaving[n]);
        }
    }
}

/// `e^{V0}/B^ϑ` of a block's states with a balance: the odds without one, by the share of B that remains.
#[inline(always)]
pub(super) fn update_balance<V: Lanes>(
    buying: &mut Buying,
    layout: &Layout,
    [block, pair, c]: [usize; 3],
    nest: f64,
) {
    let [once, financed, elsewhere] = buying.shares(block);
    let (width, vectors) = (layout.balance_cells, layout.balance_vectors(c));
    let of_block = block * width..(block + 1) * width;
    let of_pair = pair * width..(pair + 1) * width;
    let upgrade = &lanes(&buying.upgrade_relief[of_pair.clone()])[..vectors];
    let leaving = &lanes(&buying.leaving_relief[of_pair])[..vectors];
    let odds = &mut lanes_mut(&mut buying.balance_odds[of_block])[..vectors];
    let ageing = &lanes(&buying.ageing)[..vectors];
    let least = V::splat(SMALLEST_SHARE);
    let (once, financed) = (V::splat(once), V::splat(financed));
    let elsewhere = V::splat(elsewhere);
    let (unburdened, never) = (V::splat(buying.odds_once[block]), V::splat(NEVER));
    for n in 0..vectors {
        let share = V::load(&upgrade[n]).mul_add(financed, once);
        let share = V::load(&leaving[n]).mul_add(elsewhere, share);
        // The logarithm is between −139 and 1.
        let power = exp_in_range(ln_of_normal(share.at_least(least)).mul(V::splat(-nest)));
        let kept = unburdened
            .mul(power)
            .mul(V::load(&ageing[n]))
            .at_most(never);
        share.where_less(least, never, kept).store(&mut odds[n]);
    }
}

impl Buying {
    /// Asks for the tables of a block that will be needed soon, and for those of its pair, which known sets share. Both count
    /// over all types; beyond the last nothing happens.
    #[inline(always)]
    pub(in crate::dynamics) fn prefetch(&self, [block, pair]: [usize; 2], with_pair: bool) {
        let vectors = self.months.len() / LANES;
        let odds = lanes(&self.balance_odds);
        if (block + 1) * vectors <= odds.len() {
            prefetch(&odds[block * vectors..(block + 1) * vectors]);
        }
        let upgrade = lanes(&self.upgrade_relief);
        if with_pair && (pair + 1) * vectors <= upgrade.len() {
            let of_pair = pair * vectors..(pair + 1) * vectors;
            prefetch(&upgrade[of_pair.clone()]);
            prefetch(&lanes(&self.leaving_relief)[of_pair]);
        }
    }

    /// What remains of financed attraction on the own network, and of attraction elsewhere without κ, of a cell with a
    /// balance, counted over all (owned, network) of all types.
    #[inline(always)]
    pub(in crate::dynamics) fn reliefs(&self, cell: usize) -> [f64; 2] {
        [self.upgrade_relief[cell], self.leaving_relief[cell]]
    }
}
