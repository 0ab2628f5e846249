//! Hazards that are over 1 a month, or 0, in whatever state the market is.

use super::Resolver;
use crate::scenario::event_file::EventRow;
use crate::scenario::file::ScenarioFile;
use crate::scenario::interval::{Interval, evaluate};
use beachhead_engine::plan::expression::Observable;
use beachhead_engine::scenario::{Event, Scenario, Trigger};

/// Between what a hazard surely is in a month.
struct Bounds {
    month: usize,
    low: f64,
    high: f64,
}

impl Resolver<'_, '_> {
    /// Reports hazards that factors lift over 1 in some month, whatever else happens, and warns of those that they hold at 0.
    pub(super) fn check_hazard_bounds(&mut self, file: &ScenarioFile, scenario: &Scenario) {
        for (row, event) in file.events.iter().zip(&scenario.events) {
            let bounds: Vec<Bounds> = (1..=scenario.months)
                .filter_map(|month| bounds(row, event, month))
                .collect();
            let (Some(hazard), Some(first)) = (&row.hazard, bounds.first()) else {
                continue;
            };
            let id = &row.id.0.text;
            if let Some(over) = bounds.iter().find(|bounds| bounds.low > 1.0) {
                let found = format!(
                    "a hazard of {:.4} in month {}, with all factors of `events.{id}` that surely hold there",
                    over.low, over.month
                );
                self.error(
                    hazard.place,
                    found,
                    "a hazard and factors of at most 1 a month together",
                );
            } else if hazard.centre() > 0.0 && bounds.iter().all(|bounds| bounds.high == 0.0) {
                let found = format!(
                    "the event `{id}` never occurs: its factors are 0 from month {} on",
                    first.month
                );
                self.warn(
                    hazard.place,
                    found,
                    "factors above 0 in some month; or leave it, if it is switched off on purpose",
                );
            }
        }
    }
}

/// Bounds of a hazard in a month of which nothing else is known; none where its condition cannot hold, or for other events.
fn bounds(row: &EventRow, event: &Event, month: usize) -> Option<Bounds> {
    let Trigger::Hazard {
        while_holds,
        factors,
        ..
    } = &event.trigger
    else {
        return None;
    };
    let known = |observable: Observable| match observable {
        Observable::Month => Interval::point(month as f64),
        Observable::EventCount(_)
        | Observable::EventAge(_)
        | Observable::MonthsInMarket(_)
        | Observable::StudiesDone(_)
        | Observable::SalesUnits(_)
        | Observable::SalesCumulative(_)
        | Observable::InstalledBase(_) => Interval::NOT_NEGATIVE,
        Observable::EventFired(_)
        | Observable::InMarket(_)
        | Observable::Awareness(_)
        | Observable::SalesShare(_)
        | Observable::InstalledBaseShare(_)
        | Observable::BrandShare(_) => Interval::TRUTH,
        _ => Interval::ANY,
    };
    if !evaluate(while_holds, &known).can_be_true() {
        return None;
    }
    let centre = row.hazard.as_ref()?.centre();
    let (mut low, mut high) = (centre, centre);
    let written = row.multiply.entries.iter().map(|(_, factor)| factor);
    for ((condition, _), factor) in factors.where_holds.iter().zip(written) {
        let (holds, factor) = (evaluate(condition, &known), factor.centre());
        let may_not = if holds.can_be_false() { 1.0 } else { factor };
        let may = if holds.can_be_true() { factor } else { 1.0 };
        low *= may.min(may_not);
        high *= may.max(may_not);
    }
    if let Some(times) = &factors.times {
        let times = evaluate(times, &known);
        low *= times.low.max(0.0);
        // Nothing times without bound is nothing here: a factor of 0 holds whatever another one is.
        high *= if high == 0.0 {
            1.0
        } else {
            times.high.max(0.0)
        };
    }
    Some(Bounds { month, low, high })
}
