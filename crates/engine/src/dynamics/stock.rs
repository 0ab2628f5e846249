//! What masses add up to: owners, awareness, users of networks.

use super::flows::Flows;
use super::layout::Layout;
use super::settle::{Consumers, Rates};
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::lanes;

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

impl Stock {
    /// What masses add up to, given the sums of their blocks, (I, blocks).
    pub(super) fn new(layout: &Layout, weight: &[f64], sums: &[f64]) -> Self {
        let entrants = layout.entrants();
        let mut stock = Self {
            owners: vec![0.0; layout.owned],
            awareness: vec![0.0; entrants],
            knows: vec![0.0; layout.types * entrants],
            on_network: vec![0.0; layout.networks],
        };
        for (i, sums) in sums.chunks_exact(layout.blocks()).enumerate() {
            stock.add(layout, weight[i], i, sums);
        }
        stock
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

/// Sums of the blocks of all types, (I, blocks).
pub(super) fn block_sums(consumers: &Consumers, layout: &Layout, dispatch: Dispatch) -> Vec<f64> {
    let mut sums = vec![0.0; layout.types * layout.blocks()];
    let types = consumers.mass.chunks_exact(layout.type_cells());
    for (mass, sums) in types.zip(sums.chunks_exact_mut(layout.blocks())) {
        type_sums(dispatch, mass, layout.stride(), sums);
    }
    sums
}

dispatched_lanes! {
    /// Sum of each block of one type.
    pub(super) fn type_sums(mass: &[f64], stride: usize, sums: &mut [f64]) = type_sums_body
}

#[inline(always)]
fn type_sums_body<V: Lanes>(mass: &[f64], stride: usize, sums: &mut [f64]) {
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

/// Sums of the blocks at the end of a month from those at its start: what `settle` does to masses, done
/// to their sums, for everything in it is linear and alike for all ages of a block.
pub(super) fn settled_sums(
    layout: &Layout,
    sums: &[f64],
    flows: &Flows,
    rates: &Rates,
) -> Vec<f64> {
    let mut after = sums.to_vec();
    let brands = flows.brand_units.len();
    let births = layout.known_sets * brands * layout.networks * 2;
    let mut room = vec![0.0; layout.networks];
    for (i, sums) in after.chunks_exact_mut(layout.blocks()).enumerate() {
        let demand = &flows.demand[i * layout.blocks()..(i + 1) * layout.blocks()];
        for (sum, demand) in sums.iter_mut().zip(demand) {
            *sum = (*sum - demand.buyers).max(0.0);
        }
        let births = &flows.births[i * births..(i + 1) * births];
        add_births(layout, sums, births, brands);
        lapse(layout, sums, rates.lapse);
        churn(sums, &rates.churn, &mut room);
        let learn = &rates.learn[i * layout.entrants()..(i + 1) * layout.entrants()];
        learn_and_forget(layout, sums, learn, &rates.forget);
    }
    after
}

fn add_births(layout: &Layout, sums: &mut [f64], births: &[f64], brands: usize) {
    for before in 0..layout.known_sets {
        for f in (0..brands).filter(|&f| layout.can_buy(before, f)) {
            let (known, owned) = (layout.known_after(before, f), layout.owned_of_brand(f));
            for c in 0..layout.networks {
                let at = ((before * brands + f) * layout.networks + c) * 2;
                sums[layout.block(known, owned, c)] += births[at] + births[at + 1];
            }
        }
    }
}

fn lapse(layout: &Layout, sums: &mut [f64], lapse: f64) {
    let Some(none) = layout.none else { return };
    for known in 0..layout.known_sets {
        for c in 0..layout.networks {
            for owned in (0..layout.owned).filter(|&owned| owned != none) {
                let gone = lapse * sums[layout.block(known, owned, c)];
                sums[layout.block(known, owned, c)] -= gone;
                sums[layout.block(known, none, c)] += gone;
            }
        }
    }
}

fn churn(sums: &mut [f64], shares: &[f64], room: &mut [f64]) {
    let networks = room.len();
    for group in sums.chunks_exact_mut(networks) {
        room.copy_from_slice(group);
        for (to, sum) in group.iter_mut().enumerate() {
            *sum = (0..networks)
                .map(|from| room[from] * shares[from * networks + to])
                .sum();
        }
    }
}

fn learn_and_forget(layout: &Layout, sums: &mut [f64], learn: &[f64], forget: &[f64]) {
    for owned in 0..layout.owned {
        for e in (0..layout.entrants()).filter(|&e| layout.entrant_of(owned) != Some(e)) {
            for known in (0..layout.known_sets).filter(|known| known >> e & 1 == 0) {
                if !layout.is_possible(known, owned) {
                    continue;
                }
                for c in 0..layout.networks {
                    let (low, high) = (
                        layout.block(known, owned, c),
                        layout.block(known | 1 << e, owned, c),
                    );
                    let (learned, forgot) = (sums[low] * learn[e], sums[high] * forget[e]);
                    sums[low] += forgot - learned;
                    sums[high] += learned - forgot;
                }
            }
        }
    }
}
