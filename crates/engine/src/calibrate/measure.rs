//! What the calibrated market shows for each target, read off a month or off a probe.

use super::Ground;
use super::probe;
use super::state::State;
use crate::scenario::Measure;

/// Whether a measure needs a run of its own.
pub(super) fn needs_probe(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::OwnPriceElasticity { .. }
            | Measure::CategoryPriceElasticity { .. }
            | Measure::Margin(_)
            | Measure::FromRivals(_)
            | Measure::SecondChoice { .. }
    )
}

/// Measures that this month's flows show. Not a number where nothing was sold to measure.
pub(super) fn of_month(ground: &Ground, state: &State, measure: &Measure) -> f64 {
    let economy = &state.economy;
    let flows = &economy.flows;
    let total = flows.total();
    let units_where = |choose: &dyn Fn(usize, usize) -> bool| -> f64 {
        let offers = 0..ground.offers.len();
        offers
            .filter(|&o| choose(ground.offers.product[o], ground.offers.channel[o]))
            .map(|o| flows.units[o])
            .sum()
    };
    let products = &ground.market.products;
    match *measure {
        Measure::SalesShareOfBrand(f) => flows.brand_units[f] / total,
        Measure::SalesShareOfGroup(g) => {
            let members = &ground.scenario.groups[g].products;
            units_where(&|j, _| members.contains(&products[j].scenario_index)) / total
        }
        Measure::SalesShareOfTier { brand, ref tier } => {
            let in_tier = units_where(&|j, _| {
                let product = &ground.scenario.products[products[j].scenario_index];
                product.brand == brand && product.tier == *tier
            });
            in_tier / flows.brand_units[brand]
        }
        Measure::SalesShareOfChannel(k) => units_where(&|_, channel| channel == k) / total,
        Measure::SalesShareOfNetwork(c) => flows.shop_units[c] / total,
        Measure::UnitsPerUser(None) => total,
        Measure::UnitsPerUser(Some(s)) => flows.segment_units[s],
        Measure::ReplacedWithin(months) => 1.0 - state.kept(ground, months),
        Measure::KeptBeyond(months) => state.kept(ground, months),
        Measure::InstalledBase(f) => economy.stock.owners[state.layout.owned_of_brand(f)],
        Measure::RepeatPurchase(f) => {
            flows.repeat[f] / flows.bought_from[state.layout.owned_of_brand(f)]
        }
        Measure::NetworkSwitching => {
            let switched: f64 = flows.switched_units.iter().sum();
            switched / flows.shop_units.iter().sum::<f64>()
        }
        Measure::OwnPriceElasticity {
            product,
            horizon,
            price,
        } => probe::own_price_elasticity(ground, state, product, horizon, price),
        Measure::CategoryPriceElasticity { horizon } => {
            probe::category_price_elasticity(ground, state, horizon)
        }
        Measure::Margin(product) => probe::margin(ground, state, product),
        Measure::FromRivals(brand) => probe::from_rivals(ground, state, brand),
        Measure::SecondChoice { product, to } => probe::second_choice(ground, state, product, to),
    }
}

/// Whether a measure looks at the ages of what people own.
pub(super) fn needs_ages(measure: &Measure) -> bool {
    matches!(measure, Measure::ReplacedWithin(_) | Measure::KeptBeyond(_))
}
