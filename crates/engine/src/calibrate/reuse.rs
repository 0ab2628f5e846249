//! What one calibration serves: other values that do not enter the market before an entry.

use super::Ground;
use super::aim::targets;
use super::entrant;
use super::report::Calibrated;
use super::state::first_guess;
use crate::choice::market::Market;
use crate::scenario::{Measure, PriceBasis};

/// Whether calibration does the same on both grounds: the same incumbents' market and offers, the same given parameters and
/// wanted targets, and the same terms of trade where a target is about receipts. Both are of one scenario.
///
/// This compares what calibration reads, not names of quantities: what only entrants' goods, plans, events or money depend on
/// leaves it alone, and its result can be [taken over](Calibrated::taken_to).
pub fn is_same_task(one: &Ground, other: &Ground) -> bool {
    let wanted =
        |ground: &Ground| -> Vec<f64> { targets(ground).iter().map(|aim| aim.wanted).collect() };
    is_same_market(&one.market, &other.market)
        && one.offers == other.offers
        && first_guess(one) == first_guess(other)
        && wanted(one) == wanted(other)
        && (!asks_for_receipts(one) || one.terms == other.terms)
}

/// Entrants' products are no part of the market before an entry.
fn is_same_market(one: &Market, other: &Market) -> bool {
    let incumbents = |market: &Market| {
        let mut market = market.clone();
        let known = market.incumbents;
        market.products.retain(|product| product.brand < known);
        market
    };
    incumbents(one) == incumbents(other)
}

fn asks_for_receipts(ground: &Ground) -> bool {
    ground.scenario.targets.iter().any(|target| {
        matches!(
            target.measure,
            Measure::Margin(_)
                | Measure::OwnPriceElasticity {
                    price: PriceBasis::Receipt,
                    ..
                }
        )
    })
}

impl Calibrated {
    /// This market at other values of the same task ([`is_same_task`]): solved parameters and the steady state stay, what
    /// entrants take from their reference class is read anew, `[eq:appeal]`.
    #[must_use]
    pub fn taken_to(&self, ground: &Ground) -> Self {
        let mut taken = self.clone();
        taken.appeal = entrant::complete(ground, &self.brand_units, &mut taken.parameters);
        taken
    }
}
