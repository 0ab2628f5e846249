//! Types that can buy nothing of any entrant: whoever they know they live alike, so that their masses are kept in the
//! first known set alone, and who knows what is a share.

use super::demand::Demand;
use super::layout::Layout;
use super::settle::Rates;
use crate::choice::market::Market;
use crate::choice::utility::Attraction;

/// Which types are kept together.
#[derive(Clone, Debug, Default)]
pub(super) struct Together {
    /// Whether a type is, (I,).
    is: Vec<bool>,
    /// Share of it in each known set, (I, sets).
    shares: Vec<f64>,
}

impl Together {
    /// No type is.
    pub(super) fn nobody(layout: &Layout) -> Self {
        Self {
            is: vec![false; layout.types],
            shares: Vec::new(),
        }
    }

    /// All types are, with these shares in each known set, (I, sets).
    pub(super) fn all(layout: &Layout, shares: Vec<f64>) -> Self {
        Self {
            is: vec![layout.known_sets > 1; layout.types],
            shares,
        }
    }

    /// Known sets that a type's masses are spread over: the first alone, or all.
    pub(super) fn sets(&self, layout: &Layout, i: usize) -> usize {
        if self.is[i] { 1 } else { layout.known_sets }
    }

    fn of_type(&self, layout: &Layout, i: usize) -> &[f64] {
        &self.shares[i * layout.known_sets..(i + 1) * layout.known_sets]
    }

    /// Awareness of a month, as `settle` moves masses: nobody owns an entrant's product here.
    pub(super) fn learn_and_forget(&mut self, layout: &Layout, i: usize, rates: &Rates) {
        if !self.is[i] {
            return;
        }
        let learn = &rates.learn[i * layout.entrants()..(i + 1) * layout.entrants()];
        let forget = &rates.forget;
        let shares = &mut self.shares[i * layout.known_sets..(i + 1) * layout.known_sets];
        for e in 0..layout.entrants() {
            for known in (0..layout.known_sets).filter(|known| known >> e & 1 == 0) {
                let (learned, forgot) =
                    (shares[known] * learn[e], shares[known | 1 << e] * forget[e]);
                shares[known] += forgot - learned;
                shares[known | 1 << e] += learned - forgot;
            }
        }
    }

    /// Spreads the masses of type `i` over known sets for good, if something of an entrant attracts it.
    pub(super) fn part_if_attracted(
        &mut self,
        market: &Market,
        layout: &Layout,
        attraction: &Attraction,
        i: usize,
        mass: &mut [f64],
    ) {
        if self.is[i] && is_attracted(market, layout, attraction, i) {
            self.part(layout, i, mass);
        }
    }

    /// Spreads the masses of type `i` over known sets for good.
    pub(super) fn part(&mut self, layout: &Layout, i: usize, mass: &mut [f64]) {
        if !self.is[i] {
            return;
        }
        let shares = self.of_type(layout, i);
        let set = layout.owned * layout.networks * layout.stride();
        let (first, others) = mass.split_at_mut(set);
        for (to, share) in others.chunks_exact_mut(set).zip(&shares[1..]) {
            for (to, from) in to.iter_mut().zip(first.iter()) {
                *to = share * from;
            }
        }
        for mass in first {
            *mass *= shares[0];
        }
        self.is[i] = false;
    }

    /// What the first known set asks for and adds up to, (blocks,), spread over all.
    pub(super) fn spread(
        &self,
        layout: &Layout,
        i: usize,
        demand: &mut [Demand],
        masses: &mut [f64],
    ) {
        if !self.is[i] {
            return;
        }
        let per_set = layout.owned * layout.networks;
        for (known, share) in self.of_type(layout, i).iter().enumerate().rev() {
            for at in 0..per_set {
                demand[known * per_set + at] = Demand::default().plus(demand[at], *share);
                masses[known * per_set + at] = share * masses[at];
            }
        }
    }

    /// The same for sums of blocks, (I, blocks).
    pub(super) fn spread_sums(&self, layout: &Layout, sums: &mut [f64]) {
        let mut nobody = vec![Demand::default(); layout.blocks()];
        for (i, sums) in sums.chunks_exact_mut(layout.blocks()).enumerate() {
            self.spread(layout, i, &mut nobody, sums);
        }
    }

    /// New owners of type `i`, by known set, added up over them into `whole` where the type is kept together.
    pub(super) fn births<'a>(
        &self,
        layout: &Layout,
        i: usize,
        births: &'a [f64],
        whole: &'a mut Vec<f64>,
    ) -> &'a [f64] {
        if !self.is[i] {
            return births;
        }
        let per_set = births.len() / layout.known_sets;
        whole.clear();
        whole.resize(per_set, 0.0);
        for of_set in births.chunks_exact(per_set) {
            for (sum, born) in whole.iter_mut().zip(of_set) {
                *sum += born;
            }
        }
        whole
    }
}

/// Whether anything that an entrant offers attracts type `i`.
fn is_attracted(market: &Market, layout: &Layout, attraction: &Attraction, i: usize) -> bool {
    let first = (i * market.brands + layout.incumbents) * layout.networks;
    let of_entrants = first..first + layout.entrants() * layout.networks;
    let any = |sums: &[f64]| sums[of_entrants.clone()].iter().any(|sum| *sum != 0.0);
    any(&attraction.own_at_once) || any(&attraction.own_financed) || any(&attraction.elsewhere)
}
