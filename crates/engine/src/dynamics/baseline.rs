//! What buying was worth before any entry, frozen: the baseline value of waiting, `[eq:baseline]`.

use super::layout::Layout;
use crate::choice::market::Market;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;

/// A buying value below this is nothing on offer: its inverse and its powers stay finite above.
pub(super) const SMALLEST_VALUE: f64 = 1e-300;

/// Baseline buying values `B⁰_i(b, c)`, `[eq:baseline]`, (I, owned, C): 0 where a consumer could never buy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Values.
    pub value: Vec<f64>,
}

impl Baseline {
    /// From incumbents' attractions at the calibrated baseline: own network, no balance, no trust.
    /// Entrants' owners and non-owners have no loyalty term. Where the own network offers nothing,
    /// the value of switching stands in.
    pub fn new(
        market: &Market,
        parameters: &Parameters,
        base: &Attraction,
        layout: &Layout,
    ) -> Self {
        let networks = layout.networks;
        let switching = libm::exp(-parameters.switching_cost);
        let loyal: Vec<f64> = parameters.loyalty.iter().map(|l| libm::exp(*l)).collect();
        let mut value = Vec::with_capacity(layout.types * layout.owned * networks);
        for i in 0..layout.types {
            for owned in 0..layout.owned {
                for c in 0..networks {
                    let weighted = |sums: &[f64], network: usize| -> f64 {
                        let mut weighted = 0.0;
                        for f in 0..layout.incumbents {
                            let sum = sums[(i * market.brands + f) * networks + network];
                            weighted += if f == owned { sum * loyal[f] } else { sum };
                        }
                        weighted
                    };
                    let own = weighted(&base.own_at_once, c) + weighted(&base.own_financed, c);
                    let best = if own > SMALLEST_VALUE {
                        own
                    } else {
                        let others = (0..networks).filter(|&other| other != c);
                        let elsewhere: f64 = others
                            .map(|other| weighted(&base.by_switching, other))
                            .sum();
                        switching * elsewhere
                    };
                    value.push(if best > SMALLEST_VALUE { best } else { 0.0 });
                }
            }
        }
        Self { value }
    }
}
