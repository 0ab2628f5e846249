//! Consumer surplus of a month, `[eq:surplus]` (Small & Rosen 1981, with a nest between buying and
//! keeping).

use super::buying::Buying;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::parameters::Parameters;
use crate::numerics::dispatch::{Dispatch, LANES, dispatched};
use crate::numerics::vector::{lanes, ln, total};

/// Surplus by type in money per user, (I,): `w_i/(ϑ α_i)·Σ_s m_i(s)·ln(σ_t B^ϑ + e^{V0})`.
///
/// Only differences between two months of the same market have a meaning.
pub fn by_type(
    market: &Market,
    parameters: &Parameters,
    layout: &Layout,
    mass: &[f64],
    buying: &Buying,
    dispatch: Dispatch,
) -> Vec<f64> {
    (0..layout.types)
        .map(|i| {
            let value = expected_maximum(dispatch, layout, i, mass, buying, parameters.nest);
            let alpha = parameters.price_coefficient * market.tastes.price_factor[i];
            market.tastes.weight[i] * value / (parameters.nest * alpha)
        })
        .collect()
}

dispatched! {
    /// `Σ_s m(s)·ln(σ B^ϑ + e^{V0})` of one type.
    fn expected_maximum(
        layout: &Layout,
        i: usize,
        mass: &[f64],
        buying: &Buying,
        nest: f64,
    ) -> f64 = expected_maximum_body
}

#[inline(always)]
fn expected_maximum_body(
    layout: &Layout,
    i: usize,
    mass: &[f64],
    buying: &Buying,
    nest: f64,
) -> f64 {
    let mut sum = 0.0;
    for known in 0..layout.known_sets {
        for owned in (0..layout.owned).filter(|&owned| layout.is_possible(known, owned)) {
            for c in 0..layout.networks {
                // Who can never buy gains and loses nothing.
                let keep = buying.keep_value(layout, i, owned, c);
                if keep < f64::INFINITY {
                    sum += block_value(
                        layout,
                        i,
                        layout.block(known, owned, c),
                        mass,
                        buying,
                        nest,
                        keep,
                    );
                }
            }
        }
    }
    sum
}

/// `ln(σ B^ϑ + e^{V0}) = ln σ + ϑ ln B − ln P(buy)` wherever something is on offer.
#[inline(always)]
fn block_value(
    layout: &Layout,
    i: usize,
    block: usize,
    mass: &[f64],
    buying: &Buying,
    nest: f64,
    keep: f64,
) -> f64 {
    let (stride, ages, width) = (layout.stride(), layout.age_cells, layout.balance_cells);
    let block = i * layout.blocks() + block;
    let cells = block * stride..(block + 1) * stride;
    let (mass, probability) = (&mass[cells.clone()], &buying.probability[cells]);
    let inverse = buying.inverse_value_once[block];
    if inverse == 0.0 {
        let ageing = buying.ageing();
        return kept(&mass[..ages], ageing, keep) + kept(&mass[ages..], ageing, keep);
    }
    let season = ln(buying.season());
    let once = season - nest * ln(inverse);
    let mut sums = [0.0; LANES];
    let (mass, probability) = (lanes(mass), lanes(probability));
    let free = ages / LANES;
    for n in 0..free {
        for l in 0..LANES {
            let value = once - ln(probability[n][l].max(f64::MIN_POSITIVE));
            sums[l] = mass[n][l].mul_add(value, sums[l]);
        }
    }
    let inverse = lanes(&buying.inverse_value[block * width..(block + 1) * width]);
    for n in 0..inverse.len() {
        for l in 0..LANES {
            // ln(1/P) + ϑ ln B in two logarithms.
            let p = probability[free + n][l].max(f64::MIN_POSITIVE);
            let value = season - nest * ln(inverse[n][l].max(f64::MIN_POSITIVE)) - ln(p);
            let value = if inverse[n][l] > 0.0 { value } else { 0.0 };
            sums[l] = mass[free + n][l].mul_add(value, sums[l]);
        }
    }
    total(sums) + stuck(mass, inverse, free, buying.ageing(), keep)
}

/// `ln e^{V0}` of those who can only keep.
#[inline(always)]
fn kept(mass: &[f64], ageing: &[f64], keep: f64) -> f64 {
    let people = mass.iter().zip(ageing).filter(|(m, _)| **m > 0.0);
    people.map(|(m, q)| m * ln(keep * q)).sum()
}

/// The same for those who owe so much that nothing on offer is worth anything to them.
#[inline(always)]
fn stuck(
    mass: &[[f64; LANES]],
    inverse: &[[f64; LANES]],
    free: usize,
    ageing: &[f64],
    keep: f64,
) -> f64 {
    let mut sum = 0.0;
    for n in 0..inverse.len() {
        for l in 0..LANES {
            if inverse[n][l] == 0.0 && mass[free + n][l] > 0.0 {
                sum += mass[free + n][l] * ln(keep * ageing[n * LANES + l]);
            }
        }
    }
    sum
}
