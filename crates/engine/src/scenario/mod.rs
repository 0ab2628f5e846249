//! The resolved scenario: validated, indices for names, every number a named quantity.
//!
//! A scenario holds no numbers that may be uncertain, only [`Handle`]s into its table of
//! quantities. A draw turns that table into [`Values`]; the kernels read values, never distributions.

mod calibration;
mod comparison;
mod deals;
mod events;
mod fit;
mod forecast;
mod learning;
mod market;
mod part_worths;
mod plans;
mod pricing;
mod quantity;
mod slips;

pub use calibration::{Measure, PriceBasis, Target};
pub use comparison::ComparisonTerms;
pub use deals::Deal;
pub use events::*;
pub use fit::{FitDemand, FitParameter, FitTastes};
pub use forecast::{ClassMember, ReferenceClass};
pub use learning::{ComplementSignal, Learning, ReviewSignal, StudySignal};
pub use market::*;
pub use part_worths::PartWorths;
pub use plans::*;
pub use pricing::*;
pub use quantity::{Handle, Origin, Quantity, Values};
pub use slips::{Slip, SlipCurve, SlipTail};

use crate::futures::address::Address;
use crate::futures::correlation::Correlation;
use crate::plan::expression::Expression;
use serde::Serialize;

/// Everything a run needs, resolved.
#[derive(Clone, Debug, Serialize)]
pub struct Scenario {
    /// Short name, also of the run's folder.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Nothing known on or after this date (YYYY-MM-DD) may be used.
    pub as_of: String,
    /// Month 1.
    pub start: CalendarMonth,
    /// Months simulated.
    pub months: usize,
    /// Currency code of all money.
    pub currency: String,
    /// How types are drawn and draws are addressed.
    pub simulation: Simulation,
    /// Every number of the scenario, by position; [`Handle`]s point here.
    pub quantities: Vec<Quantity>,
    /// How their draws hang together.
    #[serde(skip_serializing_if = "Correlation::is_empty")]
    pub correlation: Correlation,
    /// Records of announcements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slips: Vec<Slip>,
    /// People who use or could use the durable.
    pub users: Handle,
    /// Tax on consumer prices, a share.
    pub sales_tax: Handle,
    /// Who buys.
    pub segments: Vec<Segment>,
    /// Brands of the durable and of complements: incumbents first, entrants last.
    pub brands: Vec<Brand>,
    /// Positions in `brands` of the entrants (one or two).
    pub entrants: Vec<Entrant>,
    /// Products, in the order of the table.
    pub products: Vec<Product>,
    /// Lock-in groups. Empty where a market has none.
    pub networks: Vec<Network>,
    /// Ways to buy.
    pub channels: Vec<Channel>,
    /// Loss in utility where compatibility is partial, `h ≤ 0`.
    pub partial_compatibility: Handle,
    /// Parameters of demand.
    pub demand: Demand,
    /// Respondents of a study, who are then the types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_worths: Option<PartWorths>,
    /// A fit, whose people are then the types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<FitDemand>,
    /// Goods without states, sold beside the durable.
    pub complements: Vec<Complement>,
    /// Twelve factors by calendar month, January first; they average 1.
    pub season: Vec<Handle>,
    /// Facts that the market without the entrant must reproduce.
    pub targets: Vec<Target>,
    /// Named groups of products for targets.
    pub groups: Vec<ProductGroup>,
    /// Money terms of the entrants.
    pub finance: FinanceTerms,
    /// What holds offers back.
    pub gates: Vec<Gate>,
    /// What may happen, in the order written.
    pub events: Vec<Event>,
    /// Plans, in the order written.
    pub plans: Vec<Plan>,
    /// Deals whose worth can be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<Deal>,
    /// Prices that answer to each other; none where nobody but the entrants sets any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// Extra outcomes, reported as `p_<id>`.
    pub outcomes: Vec<NamedCondition>,
    /// What is asked of comparisons between plans.
    pub comparison: ComparisonTerms,
    /// Entries to compare forecasts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ReferenceClass>,
}

/// A named truth about a path: it counts if it held at the end of any month.
#[derive(Clone, Debug, Serialize)]
pub struct NamedCondition {
    /// Id, reported as `p_<id>`.
    pub id: String,
    /// The condition as written.
    pub text: String,
    /// The condition.
    pub condition: Expression,
}

/// A month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CalendarMonth {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
}

impl CalendarMonth {
    /// Months from `self` to `other` (negative if `other` is earlier).
    pub fn months_to(self, other: CalendarMonth) -> i32 {
        (other.year - self.year) * 12 + other.month as i32 - self.month as i32
    }

    /// The month `months` later.
    pub fn plus(self, months: i32) -> CalendarMonth {
        let index = self.year * 12 + self.month as i32 - 1 + months;
        CalendarMonth {
            year: index.div_euclid(12),
            month: index.rem_euclid(12) as u32 + 1,
        }
    }
}

/// How a scenario is computed.
#[derive(Clone, Debug, Serialize)]
pub struct Simulation {
    /// Consumer types over all segments.
    pub types: usize,
    /// Draws asked for.
    pub draws: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// Which set of points the tastes of types are taken from.
    pub nodes: u64,
    /// The last age in months; it absorbs.
    pub oldest_age: usize,
}

impl Scenario {
    /// All quantities at their quantile 0.5.
    pub fn central_values(&self) -> Values {
        self.values(|_| 0.5)
    }

    /// All quantities of one draw, each from the uniform at its own name and its factors.
    pub fn drawn_values(&self, address: &Address) -> Values {
        let mut values = self.values(|name| self.correlation.uniform(address, name));
        self.draw_slips(address, &mut values);
        self.draw_fit(address, &mut values);
        self.draw_respondents(address, &mut values);
        values
    }

    /// The values of a draw with some quantities, by position, at given values instead: what setting them in the scenario
    /// gives in the same draw. What is read from a curve whose tail is set follows.
    pub fn drawn_values_with(&self, address: &Address, given: &[(usize, f64)]) -> Values {
        let mut values = self.values(|name| self.correlation.uniform(address, name));
        let set = |values: &mut Values| {
            for &(index, value) in given {
                values.set_at(index, value);
            }
        };
        set(&mut values);
        self.draw_slips(address, &mut values);
        self.draw_fit(address, &mut values);
        set(&mut values);
        self.draw_respondents(address, &mut values);
        values
    }

    fn draw_respondents(&self, address: &Address, values: &mut Values) {
        if let Some(study) = self.part_worths.as_ref().filter(|study| study.resampled) {
            values.set_respondents(study.resample(address));
        }
    }

    /// All quantities at the quantiles that `uniform` gives to their names.
    fn values(&self, uniform: impl Fn(&str) -> f64) -> Values {
        let value = |quantity: &Quantity| quantity.value(uniform(&quantity.name));
        Values::new(self.quantities.iter().map(value).collect())
    }

    /// Incumbent brands, by position.
    pub fn incumbents(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.brands.len()).filter(|&brand| !self.is_entrant(brand))
    }

    /// Whether a brand is an entrant.
    pub fn is_entrant(&self, brand: usize) -> bool {
        self.entrants.iter().any(|entrant| entrant.brand == brand)
    }

    /// The entrant's position of a brand.
    pub fn entrant_of(&self, brand: usize) -> Option<usize> {
        self.entrants
            .iter()
            .position(|entrant| entrant.brand == brand)
    }
}
