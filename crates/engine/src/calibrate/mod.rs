//! Calibrated demand: parameters that make the market without the entrant reproduce public facts.

mod aim;
mod entrant;
mod far;
mod feasibility;
mod knob;
mod measure;
mod online;
mod probe;
mod report;
mod reuse;
mod sensitivity;
mod state;
mod warm;

pub use entrant::EntrantAppeal;
pub use feasibility::{Clash, check};
pub use knob::Knob;
pub use online::{Settings, calibrate};
pub use report::{Calibrated, Sensitivity, TargetReport};
pub use reuse::is_same_task;
pub use warm::{Central, DRAW_TOLERANCE, under_draw};

use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::numerics::sobol::DimensionError;
use crate::scenario::{Category, Scenario, Values};
use crate::supply::terms::Terms;

/// What calibration works on: the market before any entry.
#[derive(Clone, Debug)]
pub struct Ground<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its values.
    pub values: &'a Values,
    /// The market.
    pub market: Market,
    /// Terms of its channels.
    pub terms: Terms,
    /// Incumbents' offers in month 1.
    pub offers: Offers,
}

impl<'a> Ground<'a> {
    /// The ground of a scenario with this many types.
    ///
    /// # Errors
    /// More brands than the quasi-random sequence has dimensions.
    pub fn new(
        scenario: &'a Scenario,
        values: &'a Values,
        types: usize,
    ) -> Result<Self, DimensionError> {
        let market = Market::new(scenario, values, types)?;
        let offers = incumbent_offers(scenario, &market, 1);
        Ok(Self {
            scenario,
            values,
            terms: Terms::new(scenario, values),
            market,
            offers,
        })
    }

    /// The durable product at a scenario's product.
    pub(crate) fn durable(&self, scenario_product: usize) -> Option<usize> {
        self.market
            .products
            .iter()
            .position(|product| product.scenario_index == scenario_product)
    }
}

/// Incumbents' offers in a month of the scenario: what is available by then, in its channels.
pub fn incumbent_offers(scenario: &Scenario, market: &Market, month: i32) -> Offers {
    let mut offers = Vec::new();
    for (j, product) in market.products.iter().enumerate() {
        let written = &scenario.products[product.scenario_index];
        debug_assert!(written.category == Category::Durable);
        if product.brand < market.incumbents && written.available_from <= month {
            offers.extend(written.channels.iter().map(|&k| (j, k, product.price)));
        }
    }
    Offers::new(offers)
}
