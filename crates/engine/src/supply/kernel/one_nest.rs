//! The same sums where all products are in one nest and every firm counts its own profits alone: nothing is kept by nest, and
//! the sums over types, which lie in memory, are taken up once for `K` eights of types. The bits are those of the general way.

use super::{Margins, Sums};
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, eight};
use crate::numerics::vector::{exp_lanes, lanes, ln_lanes};

/// Most eights at a time.
pub(super) const MOST: usize = 2;

/// `K` eights of types from the `chunk`th on.
#[inline(always)]
pub(super) fn types<V: Lanes, const K: usize>(
    sums: &mut Sums,
    margins: &Margins<'_>,
    chunk: usize,
) {
    let mut inside = [V::splat(0.0); K];
    for k in 0..K {
        inside[k] = within_nest::<V>(sums, margins, chunk + k, k);
    }
    earned::<V, K>(sums, margins, chunk, &inside);
    add_up::<V, K>(sums, margins, chunk, &inside);
}

/// Choices within the nest of one eight, the `k`th in hand; what is left to do is to multiply them by the chance of the nest, which is returned.
#[inline(always)]
fn within_nest<V: Lanes>(sums: &mut Sums, margins: &Margins<'_>, chunk: usize, k: usize) -> V {
    let demand = margins.demand;
    let rows = demand.products;
    let alpha = &lanes(&demand.alpha)[chunk * rows..(chunk + 1) * rows];
    let quality = &lanes(&demand.quality)[chunk * rows..(chunk + 1) * rows];
    let (price, steepness) = (&margins.price[..rows], V::splat(sums.steepness[0]));
    let chosen = &mut sums.chosen[k * rows..(k + 1) * rows];
    let mut largest = V::splat(f64::NEG_INFINITY);
    for j in 0..rows {
        let v = V::load(&alpha[j]).neg_mul_add(V::splat(price[j]), V::load(&quality[j]));
        let v = v.mul(steepness);
        largest = largest.at_least(v);
        v.store(&mut chosen[j]);
    }
    let mut sum = V::splat(0.0);
    for j in 0..rows {
        let e = exp_lanes(V::load(&chosen[j]).sub(largest));
        sum = sum.add(e);
        e.store(&mut chosen[j]);
    }
    let inverse = V::splat(1.0).div(sum);
    for j in 0..rows {
        V::load(&chosen[j]).mul(inverse).store(&mut chosen[j]);
    }
    let value = V::splat(sums.dissimilarity).mul(largest.add(ln_lanes(sum)));
    let top = V::splat(0.0).at_least(value);
    let inside = exp_lanes(value.sub(top));
    let all = exp_lanes(V::splat(0.0).sub(top)).add(inside);
    inside.mul(V::splat(1.0).div(all))
}

/// What firms earn from the eights in hand.
#[inline(always)]
fn earned<V: Lanes, const K: usize>(
    sums: &mut Sums,
    margins: &Margins<'_>,
    chunk: usize,
    inside: &[V; K],
) {
    let rows = margins.demand.products;
    let has_services = !margins.services.is_empty();
    let services = lanes(margins.services);
    let (firm, chosen) = (&sums.firm[..rows], &sums.chosen[..K * rows]);
    let (margin, factor) = (margins.margin, margins.factor);
    let earned = &mut sums.earned;
    earned.fill([0.0; LANES]);
    let (mut sum, mut of) = ([V::splat(0.0); K], 0);
    for j in 0..rows {
        if firm[j] != of {
            for k in 0..K {
                sum[k].store(&mut earned[of * MOST + k]);
            }
            of = firm[j];
            for k in 0..K {
                sum[k] = V::load(&earned[of * MOST + k]);
            }
        }
        for k in 0..K {
            let mut benefit = V::splat(margin[j]);
            if has_services {
                let later = V::load(&services[(chunk + k) * rows + j]);
                benefit = later.mul_add(V::splat(factor[j]), benefit);
            }
            let p = V::load(&chosen[k * rows + j]).mul(inside[k]);
            sum[k] = p.mul_add(benefit, sum[k]);
        }
    }
    for k in 0..K {
        sum[k].store(&mut earned[of * MOST + k]);
    }
}

/// Adds the eights in hand to the sums.
#[inline(always)]
fn add_up<V: Lanes, const K: usize>(
    sums: &mut Sums,
    margins: &Margins<'_>,
    chunk: usize,
    inside: &[V; K],
) {
    let demand = margins.demand;
    let rows = demand.products;
    let has_services = !margins.services.is_empty();
    let (alpha, services) = (lanes(&demand.alpha), lanes(margins.services));
    let (firm, chosen) = (&sums.firm[..rows], &sums.chosen[..K * rows]);
    let inverse = V::splat(sums.steepness[0]);
    let more = inverse.sub(V::splat(1.0));
    let mut weight = [V::splat(0.0); K];
    for k in 0..K {
        weight[k] = eight::<V>(&demand.weight, (chunk + k) * LANES);
    }
    let earned = &sums.earned;
    let (shares, slopes) = (&mut sums.share[..rows], &mut sums.slope[..rows]);
    let (laters, rivals_of) = (&mut sums.later[..rows], &mut sums.rivals[..rows]);
    for j in 0..rows {
        let (mut share, mut slope) = (V::load(&shares[j]), V::load(&slopes[j]));
        let (mut later, mut rivals) = (V::load(&laters[j]), V::load(&rivals_of[j]));
        for k in 0..K {
            let at = (chunk + k) * rows + j;
            let within = V::load(&chosen[k * rows + j]);
            let p = within.mul(inside[k]);
            let wa = weight[k].mul(V::load(&alpha[at]));
            let wap = wa.mul(p);
            let own = wap.mul(inverse);
            let of_firm = V::load(&earned[firm[j] * MOST + k]);
            share = weight[k].mul_add(p, share);
            slope = own.add(slope);
            rivals = wap.mul_add(of_firm, rivals);
            rivals = wa.mul(more.mul(within)).mul_add(of_firm, rivals);
            if has_services {
                later = own.mul_add(V::load(&services[at]), later);
            }
        }
        share.store(&mut shares[j]);
        slope.store(&mut slopes[j]);
        later.store(&mut laters[j]);
        rivals.store(&mut rivals_of[j]);
    }
}
