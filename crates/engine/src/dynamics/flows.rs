//! What the consumers of a month buy: by offer, brand, network and state.

use super::buying::Buying;
use super::demand::Demand;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::numerics::dispatch::Dispatch;
use crate::numerics::lanes::{Lanes, dispatched_lanes};

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
    room: Room,
}

/// Where an offer's units come from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Source {
    brand: usize,
    /// Network of the shop.
    shop: Option<usize>,
    /// Whether it is paid in instalments.
    financed: bool,
}

/// Demand of one type summed over known sets, with loyalty, by brand and network.
#[derive(Clone, Debug, Default, PartialEq)]
struct Room {
    /// By offer.
    sources: Vec<Source>,
    /// Whether a brand's units in a network's shops are paid in instalments, 1 or 0, (F, C).
    on_balance: Vec<usize>,
    at_once: Vec<f64>,
    financed: Vec<f64>,
    /// By the network come to.
    switching: Vec<f64>,
    /// Buyers by what they owned.
    bought: Vec<f64>,
    /// Demand of one known set, with loyalty.
    of_set: Vec<Demand>,
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
}

impl Flows {
    /// Starts a month: nothing is bought yet.
    pub(crate) fn start(&mut self, market: &Market, offers: &Offers, layout: &Layout) {
        clear(&mut self.units, offers.len());
        self.room.sources.clear();
        self.room.sources.extend((0..offers.len()).map(|o| Source {
            brand: market.products[offers.product[o]].brand,
            shop: market.shop_of[offers.channel[o]],
            financed: market.gives_instalments(offers, o),
        }));
        self.room.on_balance.clear();
        self.room
            .on_balance
            .resize(market.brands * layout.networks, 0);
        for source in &self.room.sources {
            if let (Some(c), true) = (source.shop, source.financed) {
                self.room.on_balance[source.brand * layout.networks + c] = 1;
            }
        }
        clear(&mut self.brand_units, market.brands);
        clear(&mut self.bought_from, layout.owned);
        clear(&mut self.repeat, market.brands);
        let segments = market
            .tastes
            .segment
            .iter()
            .max()
            .map_or(0, |&last| last + 1);
        clear(&mut self.segment_units, segments);
        clear(&mut self.shop_units, layout.networks);
        clear(&mut self.switched_units, layout.networks);
        // What cannot be bought stays 0 for good; all else is written every month.
        let births = layout.types * layout.known_sets * market.brands * layout.networks * 2;
        self.births.resize(births, 0.0);
        self.demand
            .resize(layout.types * layout.blocks(), Demand::default());
        let length = market.brands * layout.networks;
        self.room.at_once.resize(length, 0.0);
        self.room.financed.resize(length, 0.0);
        self.room.switching.resize(length, 0.0);
        self.room.bought.resize(layout.owned, 0.0);
        self.room.of_set.resize(length, Demand::default());
    }

    /// Adds the purchases of type `i`, whose demand is known.
    pub(crate) fn add_type(
        &mut self,
        input: FlowInput,
        layout: &Layout,
        i: usize,
        dispatch: Dispatch,
    ) {
        let mut room = std::mem::take(&mut self.room);
        add_groups(dispatch, self, &mut room, input, layout, i);
        let weight = input.market.tastes.weight[i];
        let mut bought = 0.0;
        for (sum, &units) in self.bought_from.iter_mut().zip(&room.bought) {
            *sum += weight * units;
            bought += weight * units;
        }
        self.segment_units[input.market.tastes.segment[i]] += bought;
        add_offers(dispatch, self, input, layout, i, &room);
        self.room = room;
    }

    /// Completes what follows from all types' purchases.
    pub(crate) fn finish(&mut self, market: &Market, offers: &Offers) {
        let tastes = &market.tastes;
        let mut segment_weight = vec![0.0; self.segment_units.len()];
        for (&segment, &weight) in tastes.segment.iter().zip(&tastes.weight) {
            segment_weight[segment] += weight;
        }
        for (units, weight) in self.segment_units.iter_mut().zip(segment_weight) {
            *units /= weight;
        }
        for (o, &units) in self.units.iter().enumerate() {
            self.brand_units[market.products[offers.product[o]].brand] += units;
            if let Some(shop) = market.shop_of[offers.channel[o]] {
                self.shop_units[shop] += units;
            }
        }
    }

    /// Units per user of the month.
    pub fn total(&self) -> f64 {
        self.bought_from.iter().sum()
    }
}

/// Flow of one demand into all groups of brand `f` for consumers on `c`.
#[inline(always)]
pub(crate) fn group_flow(
    input: FlowInput,
    layout: &Layout,
    i: usize,
    f: usize,
    c: usize,
    demand: Demand,
) -> f64 {
    let at = (i * input.market.brands + f) * layout.networks + c;
    input.attraction.own_at_once[at] * demand.at_once
        + input.attraction.own_financed[at] * demand.financed
        + input.attraction.elsewhere[at] * demand.switching
}

fn clear(values: &mut Vec<f64>, length: usize) {
    values.clear();
    values.resize(length, 0.0);
}

dispatched_lanes! {
    /// New owners of one type, and its demand summed over known sets.
    fn add_groups(
        flows: &mut Flows,
        room: &mut Room,
        input: FlowInput<'_>,
        layout: &Layout,
        i: usize,
    ) = add_groups_body
}

#[inline(always)]
fn add_groups_body<V: Lanes>(
    flows: &mut Flows,
    room: &mut Room,
    input: FlowInput<'_>,
    layout: &Layout,
    i: usize,
) {
    let (market, networks, first) = (input.market, layout.networks, i * layout.blocks());
    let weight = market.tastes.weight[i];
    for sums in [
        &mut room.at_once,
        &mut room.financed,
        &mut room.switching,
        &mut room.bought,
    ] {
        sums.fill(0.0);
    }
    for known in 0..layout.known_sets {
        for c in 0..networks {
            let mut sum = Demand::default();
            for owned in 0..layout.owned {
                let own = flows.demand[first + layout.block(known, owned, c)];
                sum = sum.plus(own, 1.0);
                room.bought[owned] += own.buyers;
            }
            for f in (0..market.brands).filter(|&f| layout.can_buy(known, f)) {
                let excess = input.buying.loyalty_excess[f];
                let own = flows.demand[first + layout.block(known, layout.owned_of_brand(f), c)];
                let with_loyalty = sum.plus(own, excess);
                flows.repeat[f] +=
                    weight * (1.0 + excess) * group_flow(input, layout, i, f, c, own);
                let at = f * networks + c;
                room.of_set[at] = with_loyalty;
                room.at_once[at] += with_loyalty.at_once;
                room.financed[at] += with_loyalty.financed;
            }
        }
        for f in 0..market.brands {
            if layout.can_buy(known, f) {
                add_births(flows, room, input, layout, [i, known, f]);
            }
        }
    }
}

/// New owners of brand `f` among those of a type with one known set, and who of them switched network.
#[inline(always)]
fn add_births(
    flows: &mut Flows,
    room: &mut Room,
    input: FlowInput<'_>,
    layout: &Layout,
    [i, known, f]: [usize; 3],
) {
    let (attraction, networks) = (input.attraction, layout.networks);
    let (weight, brands) = (input.market.tastes.weight[i], input.market.brands);
    let at = (i * brands + f) * networks;
    let to = ((i * layout.known_sets + known) * brands + f) * networks * 2;
    let births = &mut flows.births[to..to + networks * 2];
    let own = &room.of_set[f * networks..(f + 1) * networks];
    for c in 0..networks {
        let mut coming = 0.0;
        for from in 0..networks {
            if from != c {
                coming += own[from].switching;
            }
        }
        room.switching[f * networks + c] += coming;
        let come = attraction.by_switching[at + c] * coming;
        flows.switched_units[c] += weight * come;
        let balance = room.on_balance[f * networks + c];
        births[2 * c] = attraction.own_at_once[at + c] * own[c].at_once;
        births[2 * c + 1] = attraction.own_financed[at + c] * own[c].financed;
        births[2 * c + balance] += come;
    }
}

dispatched_lanes! {
    /// Units of one type by offer.
    fn add_offers(
        flows: &mut Flows,
        input: FlowInput<'_>,
        layout: &Layout,
        i: usize,
        room: &Room,
    ) = add_offers_body
}

#[inline(always)]
fn add_offers_body<V: Lanes>(
    flows: &mut Flows,
    input: FlowInput<'_>,
    layout: &Layout,
    i: usize,
    room: &Room,
) {
    let (networks, count) = (layout.networks, room.sources.len());
    let weight = input.market.tastes.weight[i];
    let own = &input.attraction.own[i * count * networks..(i + 1) * count * networks];
    let other = &input.attraction.other[i * count..(i + 1) * count];
    for o in 0..count {
        let Source {
            brand,
            shop,
            financed,
        } = room.sources[o];
        let own = &own[o * networks..(o + 1) * networks];
        let at = brand * networks;
        let mut units = 0.0;
        match shop {
            None => {
                for c in 0..networks {
                    units += own[c] * room.at_once[at + c];
                }
            }
            Some(c) => {
                let by_own = if financed {
                    room.financed[at + c]
                } else {
                    room.at_once[at + c]
                };
                units = own[c] * by_own + other[o] * room.switching[at + c];
            }
        }
        flows.units[o] += weight * units;
    }
}
