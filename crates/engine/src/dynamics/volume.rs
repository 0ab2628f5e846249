//! Where an entrant's units come from, `[eq:volume]`: the month with and without its offers, at the
//! plan's own states.

use super::buying::Buying;
use super::demand::{Demand, DemandRoom, Question, demand_of_type};
use super::flows::{FlowInput, Flows, group_flow};
use super::layout::Layout;
use crate::choice::market::Market;
use crate::numerics::dispatch::Dispatch;

/// Sources of an entrant's units of a month, per user. Each is computed on its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Volume {
    /// Fall of each other brand's units, (F,); 0 for the entrant.
    pub from_brand: Vec<f64>,
    /// Owners who would not have bought this month.
    pub earlier_replacement: f64,
    /// Non-owners who would not have bought.
    pub new_owners: f64,
}

impl Volume {
    /// Units that rivals lose.
    pub fn from_rivals(&self) -> f64 {
        self.from_brand.iter().sum()
    }
}

/// The source of one entrant's volume while it is added up, type by type.
#[derive(Clone, Debug)]
pub struct VolumeSum {
    entrant: usize,
    /// What the types so far add up to.
    pub volume: Volume,
    without: Vec<Demand>,
    /// Whether the type in hand can buy anything of the entrant.
    is_offered: bool,
    room: DemandRoom,
}

impl VolumeSum {
    /// Nothing added yet.
    pub fn new(entrant: usize, market: &Market, layout: &Layout) -> Self {
        Self {
            entrant,
            volume: Volume {
                from_brand: vec![0.0; market.brands],
                ..Volume::default()
            },
            without: vec![Demand::default(); layout.blocks()],
            is_offered: true,
            room: DemandRoom::new(layout),
        }
    }

    /// The entrant.
    pub fn entrant(&self) -> usize {
        self.entrant
    }

    /// What those of type `i` who know the entrant would buy if they did not. Where it offers them nothing, that is what
    /// they buy.
    pub(super) fn ask(
        &mut self,
        i: usize,
        mass: &mut [f64],
        buying: &Buying,
        layout: &Layout,
        dispatch: Dispatch,
    ) {
        self.is_offered = buying.is_offered(layout, i, self.entrant);
        if !self.is_offered {
            return;
        }
        let question = Question {
            i,
            unknown: 1 << self.entrant,
            only_knowing: 1 << self.entrant,
            leave: false,
            squares: false,
            sets: layout.known_sets,
        };
        let (room, without) = (&mut self.room, &mut self.without);
        demand_of_type(dispatch, buying, layout, mass, question, room, without);
    }

    /// Adds the difference to what they buy.
    pub(super) fn add_type(&mut self, i: usize, input: FlowInput, flows: &Flows, layout: &Layout) {
        if !self.is_offered {
            return;
        }
        let (market, bit) = (input.market, 1 << self.entrant);
        let excess = &input.buying.loyalty_excess;
        let (volume, without) = (&mut self.volume, &self.without);
        let weight = market.tastes.weight[i];
        for known in (0..layout.known_sets).filter(|known| known & bit != 0) {
            for c in 0..layout.networks {
                let mut sum = Demand::default();
                let change = |owned: usize| {
                    let block = layout.block(known, owned, c);
                    let with = flows.demand[i * layout.blocks() + block];
                    without[block].plus(with, -1.0)
                };
                for owned in 0..layout.owned {
                    let change = change(owned);
                    sum = sum.plus(change, 1.0);
                    if layout.none == Some(owned) {
                        volume.new_owners -= weight * change.buyers;
                    } else {
                        volume.earlier_replacement -= weight * change.buyers;
                    }
                }
                for f in (0..market.brands).filter(|&f| layout.can_buy(known & !bit, f)) {
                    let own = change(layout.owned_of_brand(f));
                    let demand = sum.plus(own, excess[f]);
                    volume.from_brand[f] += weight * group_flow(input, layout, i, f, c, demand);
                }
            }
        }
    }
}
