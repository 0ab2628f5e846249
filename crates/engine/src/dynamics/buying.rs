//! Probabilities to buy, `[eq:lockin]` to `[eq:keep]`, kept from month to month where nothing changed.

use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::numerics::dispatch::{Dispatch, dispatched};
use crate::numerics::vector::{exp, ln};

/// A buying value below this is nothing on offer: its inverse and its powers stay finite above.
const SMALLEST_VALUE: f64 = 1e-300;

/// Baseline buying values `B⁰_i(b, c)`, `[eq:baseline]`, (I, owned, C): 0 where a consumer could never buy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Values.
    pub value: Vec<f64>,
}

impl Baseline {
    /// From incumbents' attractions at the calibrated baseline: own network, no balance, no trust.
    /// Entrants' owners and non-owners have no loyalty term. Where the own network offers nothing,
    /// the value of switching stands in.
    pub fn new(
        market: &Market,
        parameters: &Parameters,
        base: &Attraction,
        layout: &Layout,
    ) -> Self {
        let networks = layout.networks;
        let switching = libm::exp(-parameters.switching_cost);
        let mut value = Vec::with_capacity(layout.types * layout.owned * networks);
        for i in 0..layout.types {
            for owned in 0..layout.owned {
                for c in 0..networks {
                    let weighted = |sums: &[f64], network: usize| -> f64 {
                        (0..layout.incumbents)
                            .map(|f| {
                                let sum = sums[(i * market.brands + f) * networks + network];
                                if f == owned {
                                    sum * libm::exp(parameters.loyalty[f])
                                } else {
                                    sum
                                }
                            })
                            .sum()
                    };
                    let own = weighted(&base.own_at_once, c) + weighted(&base.own_financed, c);
                    let elsewhere: f64 = (0..networks)
                        .filter(|&other| other != c)
                        .map(|other| weighted(&base.by_switching, other))
                        .sum();
                    let best = if own > SMALLEST_VALUE {
                        own
                    } else {
                        switching * elsewhere
                    };
                    value.push(if best > SMALLEST_VALUE { best } else { 0.0 });
                }
            }
        }
        Self { value }
    }
}

/// Tables over all states. `N` cells as in [`Layout`], `M` = blocks × balance cells.
#[derive(Clone, Debug, Default)]
pub struct Buying {
    /// P(buy | s), `[eq:buy]`, (I, N).
    pub probability: Vec<f64>,
    /// `e^{V0}/B^ϑ`, the odds of keeping before the season, (I, N); infinite where nothing is on offer.
    keep_odds: Vec<f64>,
    /// `1/B` with a balance, (I, M).
    pub inverse_value: Vec<f64>,
    /// What remains of financed attraction on the own network, (I, owned, C, balance cells).
    pub upgrade_relief: Vec<f64>,
    /// What remains of attraction elsewhere, without κ, (I, owned, C, balance cells).
    pub leaving_relief: Vec<f64>,
    /// `1/B` without a balance, (I, blocks).
    pub inverse_value_once: Vec<f64>,
    /// `e^{V0}` at age 0, (I, owned, C).
    keep_value: Vec<f64>,
    /// Mean price owed on, `p̄_ibc`, (I, owned, C); 0 if there never was one.
    pub owed_price: Vec<f64>,
    /// Group values of each block when it was computed, (I, blocks): at once, financed, elsewhere.
    computed_for: Vec<[f64; 3]>,
    /// α·p̄ for which the reliefs were computed, (I, owned, C).
    relief_for: Vec<f64>,
    /// `e^{−ψ1 a}`, (age cells,).
    ageing: Vec<f64>,
    /// Room for the group values of one type, (sets, C).
    sums: Vec<[f64; 3]>,
    season: f64,
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
    /// σ_t.
    pub season: f64,
}

impl Buying {
    /// Tables with nothing computed yet.
    pub fn new(
        market: &Market,
        parameters: &Parameters,
        layout: &Layout,
        baseline: &Baseline,
    ) -> Self {
        let cells = layout.types * layout.type_cells();
        let pairs = layout.types * layout.owned * layout.networks;
        let blocks = layout.types * layout.blocks();
        let mut buying = Self {
            probability: vec![0.0; cells],
            keep_odds: vec![f64::INFINITY; cells],
            inverse_value: vec![0.0; blocks * layout.balance_cells],
            upgrade_relief: vec![1.0; pairs * layout.balance_cells],
            leaving_relief: vec![1.0; pairs * layout.balance_cells],
            inverse_value_once: vec![0.0; blocks],
            keep_value: vec![0.0; pairs],
            owed_price: vec![0.0; pairs],
            computed_for: vec![[f64::NAN; 3]; blocks],
            relief_for: vec![f64::NAN; pairs],
            ageing: vec![0.0; layout.age_cells],
            sums: vec![[0.0; 3]; layout.known_sets * layout.networks],
            season: f64::NAN,
        };
        buying.restart(market, parameters, layout, baseline);
        buying
    }

    /// Forgets what was computed, after parameters changed; what is owed stays.
    pub fn restart(
        &mut self,
        market: &Market,
        parameters: &Parameters,
        layout: &Layout,
        baseline: &Baseline,
    ) {
        self.computed_for.fill([f64::NAN; 3]);
        self.relief_for.fill(f64::NAN);
        for (a, factor) in self.ageing.iter_mut().enumerate() {
            *factor = libm::exp(-parameters.ageing * a as f64);
        }
        let exponent = parameters.timing * parameters.nest;
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
                        keep * libm::pow(base, exponent)
                    } else {
                        f64::INFINITY
                    };
                    pair += 1;
                }
            }
        }
    }

    /// Brings the tables of all types to this month's attractions and season.
    pub fn update(&mut self, input: BuyingInput, layout: &Layout, dispatch: Dispatch) {
        let new_season = input.season.to_bits() != self.season.to_bits();
        self.season = input.season;
        for i in 0..layout.types {
            self.update_owed(input.market, input.attraction, layout, i);
            update_type(dispatch, self, input, layout, i, new_season);
        }
    }

    /// The latest month that had a financed offer decides what is owed.
    fn update_owed(&mut self, market: &Market, attraction: &Attraction, layout: &Layout, i: usize) {
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

    /// σ_t of the latest update.
    pub fn season(&self) -> f64 {
        self.season
    }

    /// `e^{V0}` at age 0 of a type's (owned, network); infinite where a consumer can never buy.
    pub fn keep_value(&self, layout: &Layout, i: usize, owned: usize, network: usize) -> f64 {
        self.keep_value[(i * layout.owned + owned) * layout.networks + network]
    }

    /// `e^{−ψ1 a}`, (age cells,).
    pub fn ageing(&self) -> &[f64] {
        &self.ageing
    }
}

dispatched! {
    /// Tables of one type.
    fn update_type(
        buying: &mut Buying,
        input: BuyingInput<'_>,
        layout: &Layout,
        i: usize,
        new_season: bool,
    ) = update_type_body
}

#[inline(always)]
fn update_type_body(
    buying: &mut Buying,
    input: BuyingInput<'_>,
    layout: &Layout,
    i: usize,
    new_season: bool,
) {
    let (market, parameters) = (input.market, input.parameters);
    let alpha = parameters.price_coefficient * market.tastes.price_factor[i];
    let kappa = exp(-parameters.switching_cost);
    let mut sums = std::mem::take(&mut buying.sums);
    sum_groups(&mut sums, input, layout, i);
    buying.sums = sums;
    for owned in 0..layout.owned {
        let loyalty = loyalty_excess(parameters, layout, owned);
        for c in 0..layout.networks {
            let pair = (i * layout.owned + owned) * layout.networks + c;
            let new_relief = update_relief(buying, market, layout, alpha, pair, c);
            for known in 0..layout.known_sets {
                let mut groups = buying.sums[known * layout.networks + c];
                if let Some((brand, excess)) = loyalty
                    && layout.can_buy(known, brand)
                {
                    let at = (i * market.brands + brand) * layout.networks;
                    add_groups(
                        &mut groups,
                        input.attraction,
                        at,
                        c,
                        layout.networks,
                        excess,
                    );
                }
                let block = i * layout.blocks() + layout.block(known, owned, c);
                let old = buying.computed_for[block];
                let same = old
                    .iter()
                    .zip(&groups)
                    .all(|(x, y)| x.to_bits() == y.to_bits());
                if !same || new_relief {
                    buying.computed_for[block] = groups;
                    update_odds(buying, layout, block, pair, groups, kappa, parameters.nest);
                } else if !new_season {
                    continue;
                }
                let cells = block * layout.stride()..(block + 1) * layout.stride();
                let season = buying.season;
                let odds = &buying.keep_odds[cells.clone()];
                let probability = &mut buying.probability[cells];
                for n in 0..odds.len().min(probability.len()) {
                    probability[n] = season / (season + odds[n]);
                }
            }
        }
    }
}

/// `e^{λ_b} − 1` with the brand it applies to.
#[inline(always)]
fn loyalty_excess(parameters: &Parameters, layout: &Layout, owned: usize) -> Option<(usize, f64)> {
    layout
        .brand_of(owned)
        .map(|brand| (brand, exp(parameters.loyalty[brand]) - 1.0))
}

/// Group values of all brands on offer before lock-in and loyalty, by (known set, network),
/// `[eq:buyvalue]`: own network at once, own network financed, elsewhere.
#[inline(always)]
fn sum_groups(sums: &mut [[f64; 3]], input: BuyingInput<'_>, layout: &Layout, i: usize) {
    let networks = layout.networks;
    sums.fill([0.0; 3]);
    for known in 0..layout.known_sets {
        for f in 0..input.market.brands {
            if !layout.can_buy(known, f) {
                continue;
            }
            let at = (i * input.market.brands + f) * networks;
            for c in 0..networks {
                add_groups(
                    &mut sums[known * networks + c],
                    input.attraction,
                    at,
                    c,
                    networks,
                    1.0,
                );
            }
        }
    }
}

/// Adds `factor` × the three group sums of the brand at `at` for a consumer on `c`.
#[inline(always)]
fn add_groups(
    groups: &mut [f64; 3],
    attraction: &Attraction,
    at: usize,
    c: usize,
    networks: usize,
    factor: f64,
) {
    groups[0] = factor.mul_add(attraction.own_at_once[at + c], groups[0]);
    groups[1] = factor.mul_add(attraction.own_financed[at + c], groups[1]);
    for other in 0..networks {
        if other != c {
            groups[2] = factor.mul_add(attraction.by_switching[at + other], groups[2]);
        }
    }
}

/// `exp(−α p̄ max(0, 1 − a/n)·φ)` by age; whether it changed.
#[inline(always)]
fn update_relief(
    buying: &mut Buying,
    market: &Market,
    layout: &Layout,
    alpha: f64,
    pair: usize,
    c: usize,
) -> bool {
    let network = &market.networks[c];
    if network.instalments == 0 {
        return false;
    }
    let owed = alpha * buying.owed_price[pair];
    if owed.to_bits() == buying.relief_for[pair].to_bits() {
        return false;
    }
    buying.relief_for[pair] = owed;
    let cells = pair * layout.balance_cells..(pair + 1) * layout.balance_cells;
    let per_month = owed / network.instalments as f64;
    let n = network.instalments as f64;
    let upgrade = &mut buying.upgrade_relief[cells.clone()];
    for a in 0..upgrade.len() {
        upgrade[a] = exp(-network.upgrade_cost * per_month * (n - a as f64).max(0.0));
    }
    let leaving = &mut buying.leaving_relief[cells];
    for a in 0..leaving.len() {
        leaving[a] = exp(-network.leaving_cost * per_month * (n - a as f64).max(0.0));
    }
    true
}

/// `e^{V0}/B^ϑ` and `1/B` of a block.
#[inline(always)]
fn update_odds(
    buying: &mut Buying,
    layout: &Layout,
    block: usize,
    pair: usize,
    groups: [f64; 3],
    kappa: f64,
    nest: f64,
) {
    let keep = buying.keep_value[pair];
    let elsewhere = kappa * groups[2];
    let value = groups[0] + groups[1] + elsewhere;
    let positive = value > SMALLEST_VALUE;
    buying.inverse_value_once[block] = if positive { 1.0 / value } else { 0.0 };
    // B = 0 gives a power of 0 and infinite odds of keeping, hence P(buy) = 0.
    let odds = if positive {
        keep * exp(-nest * ln(value))
    } else {
        f64::INFINITY
    };
    let start = block * layout.stride();
    let cells = &mut buying.keep_odds[start..start + layout.age_cells];
    let ageing = &buying.ageing[..layout.age_cells];
    for a in 0..cells.len() {
        cells[a] = odds * ageing[a];
    }
    let width = layout.balance_cells;
    if width == 0 {
        return;
    }
    let upgrade = &buying.upgrade_relief[pair * width..(pair + 1) * width];
    let leaving = &buying.leaving_relief[pair * width..(pair + 1) * width];
    let inverse = &mut buying.inverse_value[block * width..(block + 1) * width];
    let odds = &mut buying.keep_odds[start + layout.age_cells..start + layout.stride()];
    let cells = width.min(layout.age_cells);
    let ageing = &buying.ageing[..cells];
    let (upgrade, leaving) = (&upgrade[..cells], &leaving[..cells]);
    let (inverse, odds) = (&mut inverse[..cells], &mut odds[..cells]);
    for a in 0..cells {
        let value = groups[0] + upgrade[a].mul_add(groups[1], leaving[a] * elsewhere);
        let positive = value > SMALLEST_VALUE;
        inverse[a] = if positive { 1.0 / value } else { 0.0 };
        let power = exp(-nest * ln(value));
        odds[a] = if positive {
            keep * power * ageing[a]
        } else {
            f64::INFINITY
        };
    }
}
