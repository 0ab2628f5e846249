//! What the consumers of a month buy: by offer, brand, network and state.

use super::buying::Buying;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{exp, lanes};

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

/// Purchases of a month per user (Σ over everything is units per user).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows {
    /// Demand by block, unweighted, (I, blocks).
    pub demand: Vec<Demand>,
    /// Units by offer, (O,).
    pub units: Vec<f64>,
    /// Units by brand bought, (F,).
    pub brand_units: Vec<f64>,
    /// Buyers by what they owned, (owned,).
    pub bought_from: Vec<f64>,
    /// Of them, buyers of the same brand again, (F,).
    pub repeat: Vec<f64>,
    /// Units per user by segment, unweighted by its share, (segments,).
    pub segment_units: Vec<f64>,
    /// Units in the shops of a network, (C,).
    pub shop_units: Vec<f64>,
    /// Of them, by customers of other networks, (C,).
    pub switched_units: Vec<f64>,
    /// New owners by type, known set before, brand, network and balance, (I, sets, F, C, 2), unweighted.
    pub births: Vec<f64>,
}

/// What flows are computed from.
#[derive(Clone, Copy)]
pub struct FlowInput<'a> {
    /// The market.
    pub market: &'a Market,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// This month's offers.
    pub offers: &'a Offers,
    /// Their attractions.
    pub attraction: &'a Attraction,
    /// Probabilities.
    pub buying: &'a Buying,
    /// Masses, (I, N).
    pub mass: &'a [f64],
}

impl Flows {
    /// Purchases of the month.
    pub fn update(&mut self, input: FlowInput, layout: &Layout, dispatch: Dispatch) {
        let market = input.market;
        let segments = market
            .tastes
            .segment
            .iter()
            .max()
            .map_or(0, |&last| last + 1);
        clear(&mut self.units, input.offers.len());
        clear(&mut self.brand_units, market.brands);
        clear(&mut self.bought_from, layout.owned);
        clear(&mut self.repeat, market.brands);
        clear(&mut self.segment_units, segments);
        clear(&mut self.shop_units, layout.networks);
        clear(&mut self.switched_units, layout.networks);
        clear(
            &mut self.births,
            layout.types * layout.known_sets * market.brands * layout.networks * 2,
        );
        self.demand.clear();
        self.demand
            .resize(layout.types * layout.blocks(), Demand::default());
        let excess: Vec<f64> = input
            .parameters
            .loyalty
            .iter()
            .map(|l| exp(*l) - 1.0)
            .collect();
        let mut segment_weight = vec![0.0; segments];
        let mut reduced = Reduced::new(market, layout);
        for i in 0..layout.types {
            demand_of_type(dispatch, input, layout, i, &mut self.demand);
            let before = self.bought_from.iter().sum::<f64>();
            self.add_type(input, layout, i, &excess, &mut reduced);
            let bought = self.bought_from.iter().sum::<f64>() - before;
            let segment = market.tastes.segment[i];
            self.segment_units[segment] += bought;
            segment_weight[segment] += market.tastes.weight[i];
        }
        for (units, weight) in self.segment_units.iter_mut().zip(segment_weight) {
            *units /= weight;
        }
        for (o, &units) in self.units.iter().enumerate() {
            self.brand_units[market.products[input.offers.product[o]].brand] += units;
        }
    }

    /// Units per user of the month.
    pub fn total(&self) -> f64 {
        self.bought_from.iter().sum()
    }

    fn add_type(
        &mut self,
        input: FlowInput,
        layout: &Layout,
        i: usize,
        excess: &[f64],
        reduced: &mut Reduced,
    ) {
        let (market, networks) = (input.market, layout.networks);
        let weight = market.tastes.weight[i];
        reduced.clear();
        for known in 0..layout.known_sets {
            for c in 0..networks {
                let mut sum = Demand::default();
                for owned in 0..layout.owned {
                    let block = i * layout.blocks() + layout.block(known, owned, c);
                    let demand = self.demand[block];
                    sum.at_once += demand.at_once;
                    sum.financed += demand.financed;
                    sum.switching += demand.switching;
                    self.bought_from[owned] += weight * demand.buyers;
                }
                for f in 0..market.brands {
                    if !layout.can_buy(known, f) {
                        continue;
                    }
                    let own_block =
                        i * layout.blocks() + layout.block(known, layout.owned_of_brand(f), c);
                    let own = self.demand[own_block];
                    let with_loyalty = Demand {
                        at_once: excess[f].mul_add(own.at_once, sum.at_once),
                        financed: excess[f].mul_add(own.financed, sum.financed),
                        switching: excess[f].mul_add(own.switching, sum.switching),
                        buyers: 0.0,
                    };
                    self.add_group(input, layout, [i, known, f, c], with_loyalty, reduced);
                    self.repeat[f] +=
                        weight * (1.0 + excess[f]) * group_flow(input, layout, i, f, c, own);
                }
            }
        }
        self.add_offers(input, layout, i, weight, reduced);
    }

    /// New owners of brand `f` from network `c`, and demand summed over known sets.
    fn add_group(
        &mut self,
        input: FlowInput,
        layout: &Layout,
        [i, known, f, c]: [usize; 4],
        demand: Demand,
        reduced: &mut Reduced,
    ) {
        let (market, networks) = (input.market, layout.networks);
        let at = (i * market.brands + f) * networks;
        let to = ((i * layout.known_sets + known) * market.brands + f) * networks;
        self.births[(to + c) * 2] += input.attraction.own_at_once[at + c] * demand.at_once;
        self.births[(to + c) * 2 + 1] += input.attraction.own_financed[at + c] * demand.financed;
        for other in (0..networks).filter(|&other| other != c) {
            let balance = usize::from(market.is_financed(other));
            self.births[(to + other) * 2 + balance] +=
                input.attraction.by_switching[at + other] * demand.switching;
            reduced.switching[f * networks + other] += demand.switching;
        }
        reduced.at_once[f * networks + c] += demand.at_once;
        reduced.financed[f * networks + c] += demand.financed;
    }

    fn add_offers(
        &mut self,
        input: FlowInput,
        layout: &Layout,
        i: usize,
        weight: f64,
        reduced: &Reduced,
    ) {
        let (market, networks, count) = (input.market, layout.networks, input.offers.len());
        for o in 0..count {
            let f = market.products[input.offers.product[o]].brand;
            let own = &input.attraction.own[(i * count + o) * networks..][..networks];
            let mut units = 0.0;
            match market.shop_of[input.offers.channel[o]] {
                None => {
                    for c in 0..networks {
                        units += own[c] * reduced.at_once[f * networks + c];
                    }
                }
                Some(c) => {
                    let by_own = if market.is_financed(c) {
                        &reduced.financed
                    } else {
                        &reduced.at_once
                    };
                    let switched =
                        input.attraction.other[i * count + o] * reduced.switching[f * networks + c];
                    units += own[c] * by_own[f * networks + c] + switched;
                    self.shop_units[c] += weight * units;
                    self.switched_units[c] += weight * switched;
                }
            }
            self.units[o] += weight * units;
        }
    }
}

/// Flow of one demand into all groups of brand `f` for consumers on `c`.
pub(crate) fn group_flow(
    input: FlowInput,
    layout: &Layout,
    i: usize,
    f: usize,
    c: usize,
    demand: Demand,
) -> f64 {
    let at = (i * input.market.brands + f) * layout.networks;
    let mut switching = 0.0;
    for other in (0..layout.networks).filter(|&other| other != c) {
        switching += input.attraction.by_switching[at + other];
    }
    input.attraction.own_at_once[at + c] * demand.at_once
        + input.attraction.own_financed[at + c] * demand.financed
        + switching * demand.switching
}

/// Demand summed over known sets, with loyalty, by brand and network.
struct Reduced {
    at_once: Vec<f64>,
    financed: Vec<f64>,
    switching: Vec<f64>,
}

impl Reduced {
    fn new(market: &Market, layout: &Layout) -> Self {
        let length = market.brands * layout.networks;
        Self {
            at_once: vec![0.0; length],
            financed: vec![0.0; length],
            switching: vec![0.0; length],
        }
    }

    fn clear(&mut self) {
        self.at_once.fill(0.0);
        self.financed.fill(0.0);
        self.switching.fill(0.0);
    }
}

fn clear(values: &mut Vec<f64>, length: usize) {
    values.clear();
    values.resize(length, 0.0);
}

dispatched_lanes! {
    /// Demand of all blocks of one type.
    fn demand_of_type(
        input: FlowInput<'_>,
        layout: &Layout,
        i: usize,
        demand: &mut [Demand],
    ) = demand_of_type_body
}

#[inline(always)]
fn demand_of_type_body<V: Lanes>(
    input: FlowInput<'_>,
    layout: &Layout,
    i: usize,
    demand: &mut [Demand],
) {
    let kappa = exp(-input.parameters.switching_cost);
    for known in 0..layout.known_sets {
        for owned in 0..layout.owned {
            if !layout.is_possible(known, owned) {
                continue;
            }
            for c in 0..layout.networks {
                let block = i * layout.blocks() + layout.block(known, owned, c);
                let pair = (i * layout.owned + owned) * layout.networks + c;
                demand[block] = block_demand::<V>(input, layout, block, block, pair, kappa);
            }
        }
    }
}

/// Demand of the mass in one block under the probabilities of another (the same, but for the
/// question what these consumers would buy if they knew fewer brands).
#[inline(always)]
pub(crate) fn block_demand<V: Lanes>(
    input: FlowInput<'_>,
    layout: &Layout,
    mass_block: usize,
    table_block: usize,
    pair: usize,
    kappa: f64,
) -> Demand {
    let buying = input.buying;
    let (stride, ages, width) = (layout.stride(), layout.age_cells, layout.balance_cells);
    let mass = &input.mass[mass_block * stride..(mass_block + 1) * stride];
    let probability = &buying.probability[table_block * stride..(table_block + 1) * stride];
    let free = dot::<V>(&mass[..ages], &probability[..ages]);
    let once = free * buying.inverse_value_once[table_block];
    let mut demand = Demand {
        at_once: once,
        financed: once,
        switching: kappa * once,
        buyers: free,
    };
    if width == 0 {
        return demand;
    }
    let inverse = &buying.inverse_value[table_block * width..(table_block + 1) * width];
    let upgrade = &buying.upgrade_relief[pair * width..(pair + 1) * width];
    let leaving = &buying.leaving_relief[pair * width..(pair + 1) * width];
    let (mass, probability) = (&mass[ages..], &probability[ages..]);
    let (mass, probability) = (lanes(mass), lanes(probability));
    let (inverse, upgrade, leaving) = (lanes(inverse), lanes(upgrade), lanes(leaving));
    let vectors = width / LANES;
    let zero = V::splat(0.0);
    let (mut once, mut financed, mut switching, mut buyers) = (zero, zero, zero, zero);
    for n in 0..vectors {
        let bought = V::load(&mass[n]).mul(V::load(&probability[n]));
        let scaled = bought.mul(V::load(&inverse[n]));
        buyers = buyers.add(bought);
        once = once.add(scaled);
        financed = scaled.mul_add(V::load(&upgrade[n]), financed);
        switching = scaled.mul_add(V::load(&leaving[n]), switching);
    }
    demand.at_once += once.total();
    demand.financed += financed.total();
    demand.switching += kappa * switching.total();
    demand.buyers += buyers.total();
    demand
}

#[inline(always)]
fn dot<V: Lanes>(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (lanes(x), lanes(y));
    let mut sum = V::splat(0.0);
    for n in 0..x.len().min(y.len()) {
        sum = V::load(&x[n]).mul_add(V::load(&y[n]), sum);
    }
    sum.total()
}
