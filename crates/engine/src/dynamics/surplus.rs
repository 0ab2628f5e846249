//! Consumer surplus of a month, `[eq:surplus]` (Small & Rosen 1981, with a nest between buying and
//! keeping).

use super::buying::Buying;
use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::parameters::Parameters;
use crate::numerics::dispatch::Dispatch;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, ln, ln_lanes};

/// Above this probability to buy, `1 − P` has lost too many digits to take its logarithm.
const CERTAIN: f64 = 0.999;

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
    let of_both = by_type_at_both(market, parameters, layout, [mass, mass], buying, dispatch);
    of_both.into_iter().map(|[value, _]| value).collect()
}

/// The same at two sets of masses, (I,): what a consumer gains is computed once for both.
pub fn by_type_at_both(
    market: &Market,
    parameters: &Parameters,
    layout: &Layout,
    mass: [&[f64]; 2],
    buying: &Buying,
    dispatch: Dispatch,
) -> Vec<[f64; 2]> {
    (0..layout.types)
        .map(|i| {
            let values = expected_maximum(dispatch, layout, i, mass, buying, parameters.nest);
            let alpha = parameters.price_coefficient * market.tastes.price_factor[i];
            values.map(|value| market.tastes.weight[i] * value / (parameters.nest * alpha))
        })
        .collect()
}

dispatched_lanes! {
    /// `Σ_s m(s)·ln(σ B^ϑ + e^{V0})` of one type.
    fn expected_maximum(
        layout: &Layout,
        i: usize,
        mass: [&[f64]; 2],
        buying: &Buying,
        nest: f64,
    ) -> [f64; 2] = expected_maximum_body
}

#[inline(always)]
fn expected_maximum_body<V: Lanes>(
    layout: &Layout,
    i: usize,
    mass: [&[f64]; 2],
    buying: &Buying,
    nest: f64,
) -> [f64; 2] {
    let mut sums = [V::splat(0.0); 2];
    for known in 0..layout.known_sets {
        for owned in (0..layout.owned).filter(|&owned| layout.is_possible(known, owned)) {
            for c in 0..layout.networks {
                // Who can never buy gains and loses nothing.
                let keep = buying.keep_value(layout, i, owned, c);
                if keep < f64::INFINITY {
                    let block = i * layout.blocks() + layout.block(known, owned, c);
                    add_block(&mut sums, layout, [block, c], mass, buying, [nest, keep]);
                }
            }
        }
    }
    [sums[0].total(), sums[1].total()]
}

/// `ln(σ B^ϑ + e^{V0}) = V0 − ln(1 − P(buy))`, one logarithm a state; where hardly anybody keeps,
/// `ln σ + ϑ ln B − ln P(buy)`, which is as exact there.
#[inline(always)]
fn add_block<V: Lanes>(
    sums: &mut [V; 2],
    layout: &Layout,
    [block, c]: [usize; 2],
    mass: [&[f64]; 2],
    buying: &Buying,
    [nest, keep]: [f64; 2],
) {
    let (stride, ages, width) = (layout.stride(), layout.age_vectors(), layout.balance_cells);
    let cells = block * stride..(block + 1) * stride;
    let mass = mass.map(|mass| lanes(&mass[cells.clone()]));
    let probability = &buying.probability[cells];
    let oldest = probability[layout.ages - 1].max(probability[0]);
    let probability = lanes(probability);
    let ageing = lanes(buying.log_ageing());
    let keep = V::splat(ln(keep.max(f64::MIN_POSITIVE)));
    let once = V::splat(-ln(buying.inverse_value_once[block]));
    let season = V::splat(ln(buying.season()));
    let inverse = lanes(&buying.inverse_value[block * width..(block + 1) * width]);
    let (one, nest, smallest) = (V::splat(1.0), V::splat(nest), V::splat(f64::MIN_POSITIVE));
    for n in 0..ages + layout.balance_vectors(c) {
        let masses = [V::load(&mass[0][n]), V::load(&mass[1][n])];
        let buy = V::load(&probability[n]);
        let age = if n < ages { n } else { n - ages };
        let keeping = one.sub(buy).at_least(smallest);
        let mut value = keep.add(V::load(&ageing[age])).sub(ln_lanes(keeping));
        if oldest >= CERTAIN {
            let log_value = if n < ages {
                once
            } else {
                V::splat(0.0).sub(ln_lanes(V::load(&inverse[age]).at_least(smallest)))
            };
            let buying = nest
                .mul_add(log_value, season)
                .sub(ln_lanes(buy.at_least(smallest)));
            // Who has nothing to buy can only keep.
            value = buy.where_less(V::splat(0.5), value, buying);
        }
        for (sum, mass) in sums.iter_mut().zip(masses) {
            *sum = mass.mul_add(value, *sum);
        }
    }
}
