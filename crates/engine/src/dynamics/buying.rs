//! Probabilities to buy, `[eq:lockin]` to `[eq:keep]`, kept from month to month where nothing changed.

mod alike;
mod debts;

use super::baseline::{Baseline, SMALLEST_VALUE};
use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::numerics::aligned::Aligned;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{exp_lanes, exponentials, lanes, lanes_mut, ln_lanes, logarithms};
use debts::{update_balance, update_reliefs};

/// Odds of keeping above this count as this, and where nothing is on offer they are this: products of
/// four stay finite, and nobody buys.
pub(super) const NEVER: f64 = 1e75;

/// Tables over all states. `N` cells as in [`Layout`], `M` = blocks × balance cells.
#[derive(Clone, Debug, Default)]
pub struct Buying {
    /// `e^{V0}/B^ϑ`, the odds of keeping before the season, at age 0 without a balance, (I, blocks);
    /// [`NEVER`] where nothing is on offer.
    odds_once: Vec<f64>,
    /// The same with a balance, by age, (I, M).
    balance_odds: Aligned,
    /// What remains of financed attraction on the own network, (I, owned, C, balance cells).
    upgrade_relief: Aligned,
    /// What remains of attraction elsewhere, without κ, (I, owned, C, balance cells).
    leaving_relief: Aligned,
    /// `1/B` without a balance, (I, blocks).
    inverse_value_once: Vec<f64>,
    /// `e^{V0}` at age 0, (I, owned, C).
    keep_value: Vec<f64>,
    /// Mean price owed on, `p̄_ibc`, (I, owned, C); 0 if there never was one.
    pub owed_price: Vec<f64>,
    /// Holds `owed_price` as it is: price derivatives leave debts of the past alone.
    pub owed_is_frozen: bool,
    /// Group values of each block when it was computed, (I, blocks): at once, financed, elsewhere.
    computed_for: Vec<[f64; 3]>,
    /// α·p̄ for which the reliefs were computed, (I, owned, C).
    relief_for: Vec<f64>,
    /// `e^{−ψ1 a}`, (age cells,).
    ageing: Aligned,
    /// `−ψ1 a`, (age cells,).
    log_ageing: Vec<f64>,
    /// Months 0, 1, 2 …, (balance cells,).
    months: Aligned,
    /// `e^{λ_b} − 1`, (F,).
    pub(crate) loyalty_excess: Vec<f64>,
    /// `e^{−κ}`.
    pub(crate) kappa: f64,
    room: Room,
    season: f64,
    /// How often the tables of a type have changed, and one more, (I,); the same of those who know no entrant.
    tables: Vec<u64>,
    unaware_tables: Vec<u64>,
}

/// What buyers of one block are computed from.
#[derive(Clone, Copy)]
pub(crate) struct BlockTables<'a> {
    /// σ_t; 0 where nothing is on offer.
    pub(crate) season: f64,
    /// Odds of keeping at age 0 without a balance.
    pub(crate) odds_once: f64,
    /// `e^{−ψ1 a}`.
    pub(crate) ageing: &'a [[f64; LANES]],
    /// Odds of keeping with a balance.
    pub(crate) balance_odds: &'a [[f64; LANES]],
    /// What remains of financed attraction on the own network.
    pub(crate) upgrade: &'a [[f64; LANES]],
    /// What remains of attraction elsewhere, without κ.
    pub(crate) leaving: &'a [[f64; LANES]],
    /// Shares of group values in B without a balance: at once, financed, elsewhere.
    pub(crate) shares: [f64; 3],
}

/// Room for one type.
#[derive(Clone, Debug, Default)]
struct Room {
    /// Group values before loyalty, (sets, C).
    sums: Vec<[f64; 3]>,
    /// Group values by block.
    groups: Vec<[f64; 3]>,
    /// Blocks whose group values changed.
    changed: Vec<bool>,
    /// Buying value without a balance by block, padded to whole vectors; then its power.
    value: Vec<f64>,
    /// Whether the reliefs of (owned, network) changed.
    relieved: Vec<bool>,
}

/// Where the numbers of a month come from.
#[derive(Clone, Copy)]
pub struct BuyingInput<'a> {
    /// The market.
    pub market: &'a Market,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// Attractions of this month's offers.
    pub attraction: &'a Attraction,
}

impl Buying {
    /// Tables with nothing computed yet.
    pub fn new(
        market: &Market,
        parameters: &Parameters,
        layout: &Layout,
        baseline: &Baseline,
        dispatch: Dispatch,
    ) -> Self {
        let pairs = layout.types * layout.owned * layout.networks;
        let blocks = layout.types * layout.blocks();
        let mut buying = Self {
            odds_once: vec![NEVER; blocks],
            balance_odds: Aligned::filled(NEVER, blocks * layout.balance_cells),
            upgrade_relief: Aligned::filled(1.0, pairs * layout.balance_cells),
            leaving_relief: Aligned::filled(1.0, pairs * layout.balance_cells),
            inverse_value_once: vec![0.0; blocks],
            keep_value: vec![0.0; pairs],
            owed_price: vec![0.0; pairs],
            owed_is_frozen: false,
            computed_for: vec![[f64::NAN; 3]; blocks],
            relief_for: vec![f64::NAN; pairs],
            ageing: Aligned::filled(0.0, layout.age_cells),
            log_ageing: vec![0.0; layout.age_cells],
            months: (0..layout.balance_cells)
                .map(|a| a as f64)
                .collect::<Vec<f64>>()
                .into(),
            loyalty_excess: Vec::new(),
            kappa: 1.0,
            room: Room {
                sums: vec![[0.0; 3]; layout.known_sets * layout.networks],
                groups: vec![[0.0; 3]; layout.blocks()],
                changed: vec![false; layout.blocks()],
                value: vec![1.0; layout.blocks().next_multiple_of(LANES)],
                relieved: vec![false; layout.owned * layout.networks],
            },
            season: f64::NAN,
            tables: vec![1; layout.types],
            unaware_tables: vec![1; layout.types],
        };
        buying.restart(market, parameters, layout, baseline, dispatch);
        buying
    }

    /// Forgets what was computed, after parameters changed; what is owed stays.
    pub fn restart(
        &mut self,
        market: &Market,
        parameters: &Parameters,
        layout: &Layout,
        baseline: &Baseline,
        dispatch: Dispatch,
    ) {
        self.computed_for.fill([f64::NAN; 3]);
        self.relief_for.fill(f64::NAN);
        for (a, factor) in self.ageing.iter_mut().enumerate() {
            self.log_ageing[a] = -parameters.ageing * a as f64;
            *factor = libm::exp(self.log_ageing[a]);
        }
        self.kappa = libm::exp(-parameters.switching_cost);
        self.loyalty_excess = parameters.loyalty.iter().map(|l| libm::expm1(*l)).collect();
        let exponent = parameters.timing * parameters.nest;
        // (B⁰)^{υϑ}; a value of 0 gives 0, which is not looked at.
        let mut powers = baseline.value.clone();
        logarithms(dispatch, &mut powers);
        for power in &mut powers {
            *power *= exponent;
        }
        exponentials(dispatch, &mut powers);
        let mut pair = 0;
        for i in 0..layout.types {
            let segment = market.tastes.segment[i];
            for owned in 0..layout.owned {
                let offset = layout
                    .brand_of(owned)
                    .map_or(parameters.keep_offset_none, |brand| {
                        parameters.keep_offset[brand]
                    });
                let keep = libm::exp(parameters.keep[segment] + offset);
                for _ in 0..layout.networks {
                    // A baseline of 0 marks a consumer who can never buy.
                    let base = baseline.value[pair];
                    self.keep_value[pair] = if base > 0.0 {
                        keep * powers[pair]
                    } else {
                        f64::INFINITY
                    };
                    pair += 1;
                }
            }
        }
    }

    /// Takes the month's season.
    pub(crate) fn set_season(&mut self, season: f64) {
        self.season = season;
    }

    /// Brings the tables of type `i` to this month's attractions.
    pub(crate) fn update_type(
        &mut self,
        input: BuyingInput,
        layout: &Layout,
        i: usize,
        dispatch: Dispatch,
    ) {
        self.update_owed(input.market, input.attraction, layout, i);
        let mut room = std::mem::take(&mut self.room);
        sum_groups(&mut room.sums, input, layout, i);
        update_type(dispatch, self, &mut room, input, layout, i);
        self.room = room;
    }

    /// The latest month that had a financed offer decides what is owed.
    fn update_owed(&mut self, market: &Market, attraction: &Attraction, layout: &Layout, i: usize) {
        if self.owed_is_frozen {
            return;
        }
        let networks = layout.networks;
        for owned in 0..layout.owned {
            let Some(brand) = layout.brand_of(owned) else {
                continue;
            };
            let from = (i * market.brands + brand) * networks;
            let to = (i * layout.owned + owned) * networks;
            for c in 0..networks {
                let price = attraction.financed_price[from + c];
                if !price.is_nan() {
                    self.owed_price[to + c] = price;
                }
            }
        }
    }

    /// What buyers of a block are computed from; `block` and `pair`, an (owned, network), count over all
    /// types.
    #[inline(always)]
    pub(crate) fn of_block(
        &self,
        layout: &Layout,
        [block, pair, c]: [usize; 3],
    ) -> BlockTables<'_> {
        let (width, vectors) = (layout.balance_cells, layout.balance_vectors(c));
        let of_pair = pair * width..(pair + 1) * width;
        let once = self.odds_once[block];
        BlockTables {
            season: if once < NEVER { self.season } else { 0.0 },
            odds_once: once,
            ageing: lanes(&self.ageing),
            balance_odds: &lanes(&self.balance_odds[block * width..(block + 1) * width])[..vectors],
            upgrade: &lanes(&self.upgrade_relief[of_pair.clone()])[..vectors],
            leaving: &lanes(&self.leaving_relief[of_pair])[..vectors],
            shares: self.shares(block),
        }
    }

    /// Shares of group values in B without a balance: at once, financed, elsewhere; 0 where nothing is on
    /// offer. `block` counts over all types.
    #[inline(always)]
    pub(crate) fn shares(&self, block: usize) -> [f64; 3] {
        let ([once, financed, elsewhere], inverse) =
            (self.computed_for[block], self.inverse_value_once[block]);
        [
            once * inverse,
            financed * inverse,
            self.kappa * elsewhere * inverse,
        ]
    }

    /// `1/B` without a balance of a block, counted over all types.
    #[inline(always)]
    pub(crate) fn inverse_value_once(&self, block: usize) -> f64 {
        self.inverse_value_once[block]
    }

    /// Whether anything of an entrant attracts type `i`: those who know it then have other group values, in some block,
    /// than those who do not.
    pub(super) fn is_offered(&self, layout: &Layout, i: usize, entrant: usize) -> bool {
        let per_set = layout.owned * layout.networks;
        let of_type = &self.computed_for[i * layout.blocks()..(i + 1) * layout.blocks()];
        (0..layout.known_sets)
            .filter(|known| known >> entrant & 1 == 1)
            .any(|known| {
                let unknown = known & !(1 << entrant);
                let without = &of_type[unknown * per_set..(unknown + 1) * per_set];
                of_type[known * per_set..(known + 1) * per_set] != *without
            })
    }

    /// P(buy | s) of a block's cells, `[eq:buy]`: ages without a balance, then with one, (stride,). `block`
    /// counts over all types.
    pub fn probabilities(&self, layout: &Layout, block: usize, into: &mut Vec<f64>) {
        let (i, c) = (block / layout.blocks(), block % layout.networks);
        let owned = block / layout.networks % layout.owned;
        let tables = self.of_block(layout, [block, layout.pair(i, owned, c), c]);
        let odds = tables
            .ageing
            .as_flattened()
            .iter()
            .map(|g| tables.odds_once * g);
        let owing = tables.balance_odds.as_flattened().iter().copied();
        into.clear();
        into.extend(
            odds.chain(owing)
                .map(|odds| tables.season / (tables.season + odds)),
        );
        into.resize(layout.stride(), 0.0);
    }

    /// σ_t of the latest update.
    #[inline(always)]
    pub fn season(&self) -> f64 {
        self.season
    }

    /// `e^{V0}` at age 0 of a type's (owned, network); infinite where a consumer can never buy.
    #[inline(always)]
    pub fn keep_value(&self, layout: &Layout, i: usize, owned: usize, network: usize) -> f64 {
        self.keep_value[(i * layout.owned + owned) * layout.networks + network]
    }

    /// `−ψ1 a`, (age cells,).
    #[inline(always)]
    pub fn log_ageing(&self) -> &[f64] {
        &self.log_ageing
    }
}

dispatched_lanes! {
    /// Tables of one type.
    fn update_type(
        buying: &mut Buying,
        room: &mut Room,
        input: BuyingInput<'_>,
        layout: &Layout,
        i: usize,
    ) = update_type_body
}

#[inline(always)]
fn update_type_body<V: Lanes>(
    buying: &mut Buying,
    room: &mut Room,
    input: BuyingInput<'_>,
    layout: &Layout,
    i: usize,
) {
    let nest = input.parameters.nest;
    update_reliefs::<V>(buying, room, input, layout, i);
    let any = group_values(buying, room, input, layout, i);
    if !any {
        return;
    }
    buying.tables[i] += 1;
    let mut unaware = false;
    for block in 0..layout.owned * layout.networks {
        unaware |= room.changed[block];
    }
    buying.unaware_tables[i] += u64::from(unaware);
    // B^{−ϑ} of all blocks at once.
    for value in lanes_mut(&mut room.value) {
        exp_lanes(ln_lanes(V::load(value)).mul(V::splat(-nest))).store(value);
    }
    for owned in 0..layout.owned {
        for c in 0..layout.networks {
            let pair = (i * layout.owned + owned) * layout.networks + c;
            for known in 0..layout.known_sets {
                // States that nobody can be in are computed too: what an owner would do without
                // knowing the brand is asked for the source of volume.
                let in_type = layout.block(known, owned, c);
                let block = i * layout.blocks() + in_type;
                if !room.changed[in_type] {
                    continue;
                }
                let groups = room.groups[in_type];
                let value = block_value(groups, buying.kappa);
                let positive = value > SMALLEST_VALUE;
                buying.inverse_value_once[block] = if positive { 1.0 / value } else { 0.0 };
                buying.odds_once[block] = if positive {
                    (buying.keep_value[pair] * room.value[in_type]).min(NEVER)
                } else {
                    NEVER
                };
                update_balance::<V>(buying, layout, [block, pair, c], nest);
            }
        }
    }
}

/// `B` without a balance.
#[inline(always)]
fn block_value(groups: [f64; 3], kappa: f64) -> f64 {
    groups[0] + groups[1] + kappa * groups[2]
}

/// Group values and buying value of every block, and which of them changed; whether any did.
#[inline(always)]
fn group_values(
    buying: &mut Buying,
    room: &mut Room,
    input: BuyingInput<'_>,
    layout: &Layout,
    i: usize,
) -> bool {
    let mut any = false;
    let attraction = input.attraction;
    for known in 0..layout.known_sets {
        for owned in 0..layout.owned {
            let loyal = layout
                .brand_of(owned)
                .filter(|&brand| layout.can_buy(known, brand));
            for c in 0..layout.networks {
                let mut groups = room.sums[known * layout.networks + c];
                if let Some(brand) = loyal {
                    let at = (i * input.market.brands + brand) * layout.networks + c;
                    add_groups(&mut groups, attraction, at, buying.loyalty_excess[brand]);
                }
                let block = layout.block(known, owned, c);
                let old = buying.computed_for[i * layout.blocks() + block];
                let mut same = true;
                for n in 0..3 {
                    same &= old[n].to_bits() == groups[n].to_bits();
                }
                let changed = !same || room.relieved[owned * layout.networks + c];
                buying.computed_for[i * layout.blocks() + block] = groups;
                room.groups[block] = groups;
                room.changed[block] = changed;
                // Any positive number will do where there is nothing to buy.
                room.value[block] = block_value(groups, buying.kappa).max(f64::MIN_POSITIVE);
                any |= changed;
            }
        }
    }
    any
}

/// Group values of all brands on offer before lock-in and loyalty, by (known set, network),
/// `[eq:buyvalue]`: own network at once, own network financed, elsewhere.
fn sum_groups(sums: &mut [[f64; 3]], input: BuyingInput<'_>, layout: &Layout, i: usize) {
    let networks = layout.networks;
    sums.fill([0.0; 3]);
    for known in 0..layout.known_sets {
        for f in (0..input.market.brands).filter(|&f| layout.can_buy(known, f)) {
            let at = (i * input.market.brands + f) * networks;
            for c in 0..networks {
                add_groups(
                    &mut sums[known * networks + c],
                    input.attraction,
                    at + c,
                    1.0,
                );
            }
        }
    }
}

/// Adds `factor` × the three group sums at `at`, a (type, brand, network).
#[inline(always)]
fn add_groups(groups: &mut [f64; 3], attraction: &Attraction, at: usize, factor: f64) {
    groups[0] += factor * attraction.own_at_once[at];
    groups[1] += factor * attraction.own_financed[at];
    groups[2] += factor * attraction.elsewhere[at];
}
