//! The sums of first-order conditions over types, eight types at a time, each in one pass.

mod one_nest;

use super::conduct::Conduct;
use super::demand::Demand;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes, eight};
use crate::numerics::vector::{exp_lanes, ln_lanes, total};

/// What the sums are taken at.
pub(super) struct Margins<'a> {
    pub(super) demand: &'a Demand,
    pub(super) conduct: &'a Conduct,
    /// (J,), currency per unit.
    pub(super) price: &'a [f64],
    /// What a unit earns, (J,), currency per unit.
    pub(super) margin: &'a [f64],
    /// By eights, or empty.
    pub(super) services: &'a [f64],
    /// What they count by, (J,).
    pub(super) factor: &'a [f64],
}

/// Sums over types, with the room that they need.
pub(super) struct Sums {
    /// `Σ w P`, `Σ w α P/λ`, `Σ w α P ℓ/λ`, and the sum over a firm's products, (J,) each, eight accumulators apart.
    share: Vec<[f64; LANES]>,
    slope: Vec<[f64; LANES]>,
    later: Vec<[f64; LANES]>,
    rivals: Vec<[f64; LANES]>,
    /// Choice probabilities and those within the nest of eight types, (J,).
    probability: Vec<[f64; LANES]>,
    within: Vec<[f64; LANES]>,
    /// By nest, (G,).
    largest: Vec<[f64; LANES]>,
    sum: Vec<[f64; LANES]>,
    inverse: Vec<[f64; LANES]>,
    /// `1/λ_g`, (G,), and of each product's nest, (J,).
    steepness: Vec<f64>,
    steepness_of: Vec<f64>,
    /// Margins times probabilities by firm, and by firm and nest, (F,) and (F, G); the same as conduct counts them.
    by_firm: Vec<[f64; LANES]>,
    counted: Vec<[f64; LANES]>,
    by_firm_and_nest: Vec<[f64; LANES]>,
    counted_by_nest: Vec<[f64; LANES]>,
    /// Whether all products are in one nest and firms count their own profits alone.
    is_one_nest: bool,
    /// `λ` of the first nest.
    dissimilarity: f64,
    /// Owner of each product, (J,).
    firm: Vec<usize>,
    /// Choices within the one nest for [`one_nest::MOST`] eights of types, (MOST, J), and what firms earn from them, (F, MOST).
    chosen: Vec<[f64; LANES]>,
    earned: Vec<[f64; LANES]>,
}

impl Sums {
    pub(super) fn new(demand: &Demand, conduct: &Conduct) -> Self {
        let zeros = |length: usize| vec![[0.0; LANES]; length];
        let (products, firms) = (demand.products, conduct.firms());
        let groups = if demand.nests.is_some() {
            demand.groups()
        } else {
            0
        };
        let is_one_nest = groups == 1 && conduct.is_plain();
        let at_once = if is_one_nest { one_nest::MOST } else { 0 };
        Self {
            is_one_nest,
            dissimilarity: nests_of(demand).next().unwrap_or(1.0),
            firm: conduct.firm().to_vec(),
            chosen: zeros(at_once * products),
            earned: zeros(at_once * firms),
            share: zeros(products),
            slope: zeros(products),
            later: zeros(products),
            rivals: zeros(products),
            probability: zeros(products),
            within: zeros(if groups > 0 { products } else { 0 }),
            largest: zeros(groups),
            sum: zeros(groups),
            inverse: zeros(groups),
            steepness: nests_of(demand).map(|lambda| 1.0 / lambda).collect(),
            steepness_of: (0..products).map(|j| 1.0 / demand.lambda(j)).collect(),
            by_firm: zeros(firms),
            counted: zeros(firms),
            by_firm_and_nest: zeros(firms * groups),
            counted_by_nest: zeros(firms * groups),
        }
    }

    pub(super) fn share(&self, j: usize) -> f64 {
        total(self.share[j])
    }

    pub(super) fn slope(&self, j: usize) -> f64 {
        total(self.slope[j])
    }

    /// Without the factor by which they count.
    pub(super) fn services(&self, j: usize) -> f64 {
        total(self.later[j])
    }

    pub(super) fn rivals(&self, j: usize) -> f64 {
        total(self.rivals[j])
    }

    pub(super) fn fill(&mut self, margins: &Margins<'_>) {
        for sums in [
            &mut self.share,
            &mut self.slope,
            &mut self.later,
            &mut self.rivals,
        ] {
            sums.fill([0.0; LANES]);
        }
        sums_over_types(margins.demand.dispatch, self, margins);
    }
}

/// `λ` of each nest.
fn nests_of(demand: &Demand) -> impl Iterator<Item = f64> + '_ {
    let nests = demand.nests.iter();
    nests.flat_map(|nests| nests.dissimilarity.iter().copied())
}

dispatched_lanes! {
    fn sums_over_types(sums: &mut Sums, margins: &Margins<'_>) = all_types
}

#[inline(always)]
fn all_types<V: Lanes>(sums: &mut Sums, margins: &Margins<'_>) {
    let chunks = margins.demand.stride / LANES;
    if sums.is_one_nest {
        let whole = chunks / one_nest::MOST * one_nest::MOST;
        let mut chunk = 0;
        while chunk < whole {
            one_nest::types::<V, { one_nest::MOST }>(sums, margins, chunk);
            chunk += one_nest::MOST;
        }
        while chunk < chunks {
            one_nest::types::<V, 1>(sums, margins, chunk);
            chunk += 1;
        }
        return;
    }
    for chunk in 0..chunks {
        if margins.demand.nests.is_some() {
            nested::<V>(sums, margins, chunk);
        } else {
            plain::<V>(sums, margins, chunk);
        }
        earned::<V>(sums, margins, chunk);
        add_up::<V>(sums, margins, chunk);
    }
}

/// Probabilities of eight types without nests.
#[inline(always)]
fn plain<V: Lanes>(sums: &mut Sums, margins: &Margins<'_>, chunk: usize) {
    let demand = margins.demand;
    let first = chunk * demand.products * LANES;
    let mut top = V::splat(0.0);
    for j in 0..demand.products {
        let alpha = eight::<V>(&demand.alpha, first + j * LANES);
        let x = eight::<V>(&demand.quality, first + j * LANES);
        let v = alpha.neg_mul_add(V::splat(margins.price[j]), x);
        top = top.at_least(v);
        v.store(&mut sums.probability[j]);
    }
    let mut all = exp_lanes(V::splat(0.0).sub(top));
    for j in 0..demand.products {
        let e = exp_lanes(V::load(&sums.probability[j]).sub(top));
        all = all.add(e);
        e.store(&mut sums.probability[j]);
    }
    let inverse = V::splat(1.0).div(all);
    for j in 0..demand.products {
        let p = V::load(&sums.probability[j]).mul(inverse);
        p.store(&mut sums.probability[j]);
    }
}

/// Probabilities of eight types with nests, and those within nests.
#[inline(always)]
fn nested<V: Lanes>(sums: &mut Sums, margins: &Margins<'_>, chunk: usize) {
    let demand = margins.demand;
    let Some(nests) = &demand.nests else { return };
    let first = chunk * demand.products * LANES;
    sums.largest.fill([f64::NEG_INFINITY; LANES]);
    sums.sum.fill([0.0; LANES]);
    for j in 0..demand.products {
        let g = nests.of[j];
        let alpha = eight::<V>(&demand.alpha, first + j * LANES);
        let x = eight::<V>(&demand.quality, first + j * LANES);
        let v = alpha.neg_mul_add(V::splat(margins.price[j]), x);
        let v = v.mul(V::splat(sums.steepness[g]));
        V::load(&sums.largest[g])
            .at_least(v)
            .store(&mut sums.largest[g]);
        v.store(&mut sums.within[j]);
    }
    for j in 0..demand.products {
        let g = nests.of[j];
        let e = exp_lanes(V::load(&sums.within[j]).sub(V::load(&sums.largest[g])));
        V::load(&sums.sum[g]).add(e).store(&mut sums.sum[g]);
        e.store(&mut sums.within[j]);
    }
    let mut top = V::splat(0.0);
    for g in 0..nests.dissimilarity.len() {
        let sum = V::load(&sums.sum[g]);
        V::splat(1.0).div(sum).store(&mut sums.inverse[g]);
        let inclusive = V::load(&sums.largest[g]).add(ln_lanes(sum));
        let value = V::splat(nests.dissimilarity[g]).mul(inclusive);
        top = top.at_least(value);
        value.store(&mut sums.sum[g]);
    }
    let mut all = exp_lanes(V::splat(0.0).sub(top));
    for g in 0..nests.dissimilarity.len() {
        let e = exp_lanes(V::load(&sums.sum[g]).sub(top));
        all = all.add(e);
        e.store(&mut sums.sum[g]);
    }
    let inverse = V::splat(1.0).div(all);
    for g in 0..nests.dissimilarity.len() {
        V::load(&sums.sum[g]).mul(inverse).store(&mut sums.sum[g]);
    }
    for j in 0..demand.products {
        let g = nests.of[j];
        let within = V::load(&sums.within[j]).mul(V::load(&sums.inverse[g]));
        within.store(&mut sums.within[j]);
        within
            .mul(V::load(&sums.sum[g]))
            .store(&mut sums.probability[j]);
    }
}

/// What firms earn from eight types, as each firm counts it.
#[inline(always)]
fn earned<V: Lanes>(sums: &mut Sums, margins: &Margins<'_>, chunk: usize) {
    let (demand, conduct) = (margins.demand, margins.conduct);
    let groups = sums.largest.len();
    let firms = conduct.firms();
    let first = chunk * demand.products * LANES;
    sums.by_firm.fill([0.0; LANES]);
    sums.by_firm_and_nest.fill([0.0; LANES]);
    for j in 0..demand.products {
        let mut benefit = V::splat(margins.margin[j]);
        if !margins.services.is_empty() {
            let later = eight::<V>(margins.services, first + j * LANES);
            benefit = later.mul_add(V::splat(margins.factor[j]), benefit);
        }
        let p = V::load(&sums.probability[j]);
        let f = conduct.firm()[j];
        p.mul_add(benefit, V::load(&sums.by_firm[f]))
            .store(&mut sums.by_firm[f]);
        if groups > 0 {
            let at = f * groups + demand.nest(j);
            let before = V::load(&sums.by_firm_and_nest[at]);
            p.mul_add(benefit, before)
                .store(&mut sums.by_firm_and_nest[at]);
        }
    }
    if conduct.is_plain() {
        std::mem::swap(&mut sums.by_firm, &mut sums.counted);
        std::mem::swap(&mut sums.by_firm_and_nest, &mut sums.counted_by_nest);
        return;
    }
    for f in 0..firms {
        let mut counted = V::splat(0.0);
        for other in 0..firms {
            let weight = V::splat(conduct.of_firms(f, other));
            counted = V::load(&sums.by_firm[other]).mul_add(weight, counted);
        }
        counted.store(&mut sums.counted[f]);
        for g in 0..groups {
            let mut counted = V::splat(0.0);
            for other in 0..firms {
                let weight = V::splat(conduct.of_firms(f, other));
                let part = V::load(&sums.by_firm_and_nest[other * groups + g]);
                counted = part.mul_add(weight, counted);
            }
            counted.store(&mut sums.counted_by_nest[f * groups + g]);
        }
    }
}

/// Adds eight types to the sums.
#[inline(always)]
fn add_up<V: Lanes>(sums: &mut Sums, margins: &Margins<'_>, chunk: usize) {
    let (demand, conduct) = (margins.demand, margins.conduct);
    let groups = sums.largest.len();
    let first = chunk * demand.products * LANES;
    let w = eight::<V>(&demand.weight, chunk * LANES);
    for j in 0..demand.products {
        let wa = w.mul(eight::<V>(&demand.alpha, first + j * LANES));
        let p = V::load(&sums.probability[j]);
        let f = conduct.firm()[j];
        let inverse = V::splat(sums.steepness_of[j]);
        let wap = wa.mul(p);
        let own = wap.mul(inverse);
        w.mul_add(p, V::load(&sums.share[j]))
            .store(&mut sums.share[j]);
        own.add(V::load(&sums.slope[j])).store(&mut sums.slope[j]);
        let mut rivals = wap.mul_add(V::load(&sums.counted[f]), V::load(&sums.rivals[j]));
        if groups > 0 {
            let excess = inverse.sub(V::splat(1.0)).mul(V::load(&sums.within[j]));
            let earned = V::load(&sums.counted_by_nest[f * groups + demand.nest(j)]);
            rivals = wa.mul(excess).mul_add(earned, rivals);
        }
        rivals.store(&mut sums.rivals[j]);
        if !margins.services.is_empty() {
            let later = eight::<V>(margins.services, first + j * LANES);
            own.mul_add(later, V::load(&sums.later[j]))
                .store(&mut sums.later[j]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::demand::Nests;
    use super::*;
    use crate::numerics::dispatch::Dispatch;

    const PRODUCTS: usize = 5;
    const OWNERS: [usize; PRODUCTS] = [0, 0, 1, 0, 2];

    /// A number that looks like any other.
    fn any(n: usize) -> f64 {
        (n * 37 % 101) as f64 / 101.0
    }

    fn demand(types: usize, dispatch: Dispatch) -> Demand {
        let weight: Vec<f64> = (0..types).map(|i| 0.1 + any(i)).collect();
        let alpha: Vec<f64> = (0..types).map(|i| 0.5 + any(i + 7)).collect();
        let quality = (0..PRODUCTS * types).map(|n| 4.0 * any(n) - 1.0);
        let quality: Vec<f64> = quality.collect();
        let nests = Nests {
            of: vec![0; PRODUCTS],
            dissimilarity: vec![0.6],
        };
        let demand = Demand::new(&weight, &alpha, &quality, Some(nests)).unwrap();
        demand.with_dispatch(dispatch)
    }

    /// All sums at some prices, with services or without.
    fn sums_of(demand: &Demand, general: bool, services: &[f64]) -> Vec<f64> {
        let conduct = Conduct::nash(OWNERS.to_vec());
        let price: Vec<f64> = (0..PRODUCTS).map(|j| 1.0 + any(3 * j)).collect();
        let margin: Vec<f64> = (0..PRODUCTS).map(|j| 0.2 + any(5 * j)).collect();
        let mut sums = Sums::new(demand, &conduct);
        assert!(sums.is_one_nest);
        sums.is_one_nest = !general;
        sums.fill(&Margins {
            demand,
            conduct: &conduct,
            price: &price,
            margin: &margin,
            services,
            factor: &[1.5; PRODUCTS],
        });
        let of = |j| {
            [
                sums.share(j),
                sums.slope(j),
                sums.services(j),
                sums.rivals(j),
            ]
        };
        (0..PRODUCTS).flat_map(of).collect()
    }

    #[test]
    fn one_nest_has_the_bits_of_the_general_way() {
        // Less than an eight, whole pairs of eights, one more, and a part of one more.
        for types in [3, 32, 40, 61] {
            let plain = demand(types, Dispatch::Portable);
            let length = types.next_multiple_of(LANES) * PRODUCTS;
            let services: Vec<f64> = (0..length).map(|n| any(n + 11)).collect();
            for services in [&[][..], &services] {
                let general = sums_of(&plain, true, services);
                assert!(general.iter().all(|sum| sum.is_finite()));
                for dispatch in Dispatch::available() {
                    let demand = demand(types, dispatch);
                    assert_eq!(sums_of(&demand, false, services), general, "{dispatch:?}");
                }
            }
        }
    }
}
