//! Where an entrant's units come from, `[eq:volume]`: the month with and without its offers, at the
//! plan's own states.

use super::flows::{Demand, FlowInput, Flows, block_demand, group_flow};
use super::layout::Layout;
use crate::numerics::dispatch::Dispatch;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::exp;

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

    /// Sources of `entrant`'s units, given the month's `flows`.
    pub fn of_entrant(
        entrant: usize,
        input: FlowInput,
        flows: &Flows,
        layout: &Layout,
        dispatch: Dispatch,
    ) -> Self {
        let market = input.market;
        let mut volume = Self {
            from_brand: vec![0.0; market.brands],
            ..Self::default()
        };
        let mut without = vec![Demand::default(); layout.blocks()];
        let excess: Vec<f64> = input
            .parameters
            .loyalty
            .iter()
            .map(|l| exp(*l) - 1.0)
            .collect();
        let bit = 1 << entrant;
        for i in 0..layout.types {
            demand_without(dispatch, input, layout, i, bit, &mut without);
            let weight = market.tastes.weight[i];
            for known in (0..layout.known_sets).filter(|known| known & bit != 0) {
                for c in 0..layout.networks {
                    let mut sum = Demand::default();
                    let change = |owned: usize| {
                        let block = layout.block(known, owned, c);
                        let with = flows.demand[i * layout.blocks() + block];
                        difference(without[block], with)
                    };
                    for owned in 0..layout.owned {
                        let change = change(owned);
                        sum = plus(sum, change, 1.0);
                        if layout.none == Some(owned) {
                            volume.new_owners -= weight * change.buyers;
                        } else {
                            volume.earlier_replacement -= weight * change.buyers;
                        }
                    }
                    for f in (0..market.brands).filter(|&f| layout.can_buy(known & !bit, f)) {
                        let own = change(layout.owned_of_brand(f));
                        let demand = plus(sum, own, excess[f]);
                        volume.from_brand[f] += weight * group_flow(input, layout, i, f, c, demand);
                    }
                }
            }
        }
        volume
    }
}

fn difference(a: Demand, b: Demand) -> Demand {
    plus(a, b, -1.0)
}

fn plus(a: Demand, b: Demand, factor: f64) -> Demand {
    Demand {
        at_once: factor.mul_add(b.at_once, a.at_once),
        financed: factor.mul_add(b.financed, a.financed),
        switching: factor.mul_add(b.switching, a.switching),
        buyers: factor.mul_add(b.buyers, a.buyers),
    }
}

dispatched_lanes! {
    /// Demand of those who know the entrant, as if they did not.
    fn demand_without(
        input: FlowInput<'_>,
        layout: &Layout,
        i: usize,
        bit: usize,
        demand: &mut [Demand],
    ) = demand_without_body
}

#[inline(always)]
fn demand_without_body<V: Lanes>(
    input: FlowInput<'_>,
    layout: &Layout,
    i: usize,
    bit: usize,
    demand: &mut [Demand],
) {
    let kappa = exp(-input.parameters.switching_cost);
    let first = i * layout.blocks();
    for known in (0..layout.known_sets).filter(|known| known & bit != 0) {
        for owned in 0..layout.owned {
            for c in 0..layout.networks {
                let block = layout.block(known, owned, c);
                let table = layout.block(known & !bit, owned, c);
                let pair = (i * layout.owned + owned) * layout.networks + c;
                demand[block] = if layout.is_possible(known, owned) {
                    block_demand::<V>(input, layout, first + block, first + table, pair, kappa)
                } else {
                    Demand::default()
                };
            }
        }
    }
}
