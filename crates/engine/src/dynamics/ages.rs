//! Owners and buyers of a month by the age of what they own.

use super::buying::Buying;
use super::economy::Ground;
use super::layout::Layout;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{divided, lanes, lanes_mut};

/// Owners at the start of a month and buyers among them by age, share of users, (age cells,).
#[derive(Clone, Debug, Default)]
pub struct AgeProfile {
    owners: Vec<f64>,
    buyers: Vec<f64>,
}

impl AgeProfile {
    /// Nothing added yet.
    pub fn new(layout: &Layout) -> Self {
        Self {
            owners: vec![0.0; layout.age_cells],
            buyers: vec![0.0; layout.age_cells],
        }
    }

    /// Share of new owners who still keep after so many months: the survival of a period life table,
    /// `Π_{a<n} (1 − buyers of age a ÷ owners of age a)`; the last age stands for all beyond.
    pub fn kept(&self, months: usize, oldest_age: usize) -> f64 {
        let mut kept = 1.0;
        for month in 0..months {
            let a = month.min(oldest_age);
            if self.owners[a] > 0.0 {
                kept *= 1.0 - self.buyers[a] / self.owners[a];
            }
        }
        kept
    }

    /// Adds type `i`.
    pub(super) fn add_type(&mut self, ground: Ground, i: usize, mass: &[f64], buying: &Buying) {
        let weight = ground.market.tastes.weight[i];
        add_type(
            ground.dispatch,
            self,
            ground.layout,
            (i, weight),
            mass,
            buying,
        );
    }
}

dispatched_lanes! {
    /// Owners and buyers of one type.
    fn add_type(
        profile: &mut AgeProfile,
        layout: &Layout,
        of: (usize, f64),
        mass: &[f64],
        buying: &Buying,
    ) = add_type_body
}

#[inline(always)]
fn add_type_body<V: Lanes>(
    profile: &mut AgeProfile,
    layout: &Layout,
    (i, weight): (usize, f64),
    mass: &[f64],
    buying: &Buying,
) {
    let weight = V::splat(weight);
    for (in_type, mass) in mass.chunks_exact(layout.stride()).enumerate() {
        let (owned, c) = (
            in_type / layout.networks % layout.owned,
            in_type % layout.networks,
        );
        if layout.none == Some(owned) {
            continue;
        }
        let at = [i * layout.blocks() + in_type, layout.pair(i, owned, c), c];
        let tables = buying.of_block(layout, at);
        let (season, once) = (V::splat(tables.season), V::splat(tables.odds_once));
        let (young, owing) = mass.split_at(layout.age_cells);
        let (young, owing) = (lanes(young), lanes(owing));
        let owners = lanes_mut(&mut profile.owners);
        let buyers = lanes_mut(&mut profile.buyers);
        for n in 0..young.len() {
            let mass = V::load(&young[n]).mul(weight);
            let all = once.mul_add(V::load(&tables.ageing[n]), season);
            let mut sum = V::load(&owners[n]).add(mass);
            let mut bought = V::load(&buyers[n]);
            if n < tables.balance_odds.len() {
                let owing = V::load(&owing[n]).mul(weight);
                let all_owing = V::load(&tables.balance_odds[n]).add(season);
                let [free, paying] = divided(season, [all, all_owing]);
                sum = sum.add(owing);
                bought = mass.mul_add(free, owing.mul_add(paying, bought));
            } else {
                bought = mass.mul_add(season.div(all), bought);
            }
            sum.store(&mut owners[n]);
            bought.store(&mut buyers[n]);
        }
    }
}
