//! Plans through the months: one draw of the world, all plans beside staying out.
//!
//! Order within a month: gates → events → conditions → actions → prices → consumers → finance.

mod complements;
mod events;
mod family;
mod firm;
mod learning;
mod money;
mod observe;
mod path;
mod place;
mod pricing;
mod record;
mod studies;
mod surplus;

pub use events::with_odds;
pub use path::PathError;
pub use record::{
    Capped, EntrantRecord, KeptPromise, PlanRecord, PoorPrice, Repricing, SurplusMonth, VolumeMonth,
};

use crate::calibrate::{self, Calibrated};
use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::choice::utility::Attraction;
use crate::dynamics::awareness::AwarenessLaw;
use crate::dynamics::baseline::Baseline;
use crate::dynamics::economy::Ground;
use crate::dynamics::layout::Layout;
use crate::futures::address::Address;
use crate::numerics::dispatch::Dispatch;
use crate::scenario::{Action, Plan, Scenario, Values};
use crate::supply::terms::Terms;
use complements::Complements;
use family::Family;
use path::Path;
use place::{Place, Shared};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// One draw of the world, calibrated: what all plans share.
#[derive(Clone, Debug)]
pub struct World<'a> {
    scenario: &'a Scenario,
    values: &'a Values,
    market: Market,
    terms: Terms,
    calibrated: &'a Calibrated,
    layout: Layout,
    baseline: Baseline,
    /// The same before an entrant sells anything.
    shared_layout: Layout,
    shared_baseline: Baseline,
    laws: Vec<AwarenessLaw>,
    complements: Complements,
    /// What entrants can learn, (E,).
    signals: Vec<Option<learning::Signals>>,
    /// Where the draw's randomness by month lies; none in a central run, which has no luck.
    address: Option<Address>,
    /// Incumbents' unit costs where they play for prices and none are given, (P,), money per unit.
    backed_out: Vec<Option<f64>>,
    /// Incumbents' offers by month, (T,).
    incumbent_offers: Vec<Offers>,
    dispatch: Dispatch,
    /// Whether only money counts: sources of volume and consumers' surplus are left out.
    for_money: bool,
    /// Ends a search for prices within a month.
    cancel: Option<&'a AtomicBool>,
    /// How exactly prices are looked for.
    precision: pricing::Precision,
}

impl<'a> World<'a> {
    /// The world in which `ground` was calibrated.
    pub fn new(
        ground: &calibrate::Ground<'a>,
        calibrated: &'a Calibrated,
        dispatch: Dispatch,
    ) -> Self {
        let (scenario, values) = (ground.scenario, ground.values);
        let market = ground.market.clone();
        let layout = Layout::new(&market, scenario.entrants.len());
        let no_trust = vec![0.0; market.brands];
        let parameters = &calibrated.parameters;
        let base = Attraction::new(&market, parameters, &ground.offers, &no_trust, dispatch);
        let baseline = Baseline::new(&market, parameters, &base, &layout);
        let shared_layout = Layout::new(&market, 0);
        let shared_baseline = Baseline::new(&market, parameters, &base, &shared_layout);
        let laws = (0..scenario.entrants.len())
            .map(|entrant| AwarenessLaw::new(scenario, values, entrant))
            .collect();
        let incumbent_offers = (1..=scenario.months)
            .map(|month| calibrate::incumbent_offers(scenario, &market, month as i32))
            .collect();
        let complements = Complements::new(scenario, values, parameters.price_coefficient);
        let mut world = Self {
            scenario,
            values,
            terms: ground.terms.clone(),
            market,
            calibrated,
            layout,
            baseline,
            shared_layout,
            shared_baseline,
            laws,
            complements,
            signals: learning::signals(scenario, values, &calibrated.appeal),
            address: None,
            backed_out: Vec::new(),
            incumbent_offers,
            dispatch,
            for_money: false,
            cancel: None,
            precision: pricing::USUAL,
        };
        world.backed_out = pricing::baseline_costs(&world, ground);
        world
    }

    /// Incumbents' unit costs as backed out of the baseline, (P,), money per unit; none where they are given or not asked for.
    pub fn backed_out_costs(&self) -> &[Option<f64>] {
        &self.backed_out
    }

    fn negative_costs(&self) -> Vec<(usize, f64)> {
        let costs = self.backed_out.iter().enumerate();
        let known = costs.filter_map(|(p, cost)| cost.map(|cost| (p, cost)));
        known.filter(|(_, cost)| *cost < 0.0).collect()
    }

    /// The same world where only sales and money are asked for: sources of volume and consumers' surplus, which nothing
    /// else depends on and which take half of the time, are recorded as 0.
    #[must_use]
    pub fn for_money(mut self) -> Self {
        self.for_money = true;
        self
    }

    /// The same world, whose searches for prices end where `cancel` becomes true; [`World::run`] looks at it between months alone.
    #[must_use]
    pub fn until(mut self, cancel: &'a AtomicBool) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// The same world with prices that are found to nearly the last digit, at several times the cost: what the usual ones are measured by.
    #[must_use]
    pub fn with_exact_prices(mut self) -> Self {
        self.precision = pricing::EXACT;
        self
    }

    /// The same world as a draw: events occur, signals have luck. Without an address the run is central: no luck, hazards
    /// below 1 never occur, and attempts succeed if they are at least as likely to as not.
    #[must_use]
    pub fn at(mut self, address: Address) -> Self {
        self.address = Some(address);
        self
    }

    /// The entrants that an action concerns.
    fn entrants_of<'s>(&'s self, action: &'s Action) -> impl Iterator<Item = usize> + 's {
        let products: &[usize] = match action {
            Action::Launch { products, .. }
            | Action::Withdraw { products }
            | Action::Price { products, .. } => products,
            _ => &[],
        };
        let brands = products.iter().map(|&p| self.scenario.products[p].brand);
        let owners = brands.filter_map(|brand| self.scenario.entrant_of(brand));
        action.entrant().into_iter().chain(owners)
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            market: &self.market,
            parameters: &self.calibrated.parameters,
            baseline: &self.baseline,
            layout: &self.layout,
            dispatch: self.dispatch,
        }
    }

    /// What a market that no entrant sells in is computed from.
    fn shared_ground(&self) -> Ground<'_> {
        Ground {
            baseline: &self.shared_baseline,
            layout: &self.shared_layout,
            ..self.ground()
        }
    }

    /// Whether nobody can buy of an entrant before it enters: staying out then needs no states of its
    /// owners and of those who know it, and plans share its consumers until they sell.
    fn is_empty_before_entry(&self) -> bool {
        let channels = &self.scenario.channels;
        channels
            .iter()
            .all(|channel| channel.open_before_entry.is_empty())
    }

    /// Runs plans through all months beside staying out. `progress` is called after each month.
    ///
    /// Plans of a central run go in parallel within a month, in the pool that the caller is in; results do not depend on it. A
    /// draw has many others beside it, and its plans take turns: what they share stays near one processor.
    ///
    /// # Errors
    /// [`PathError`] when the books cannot be kept or the caller cancels.
    pub fn run(
        &self,
        plans: &[&Plan],
        cancel: &AtomicBool,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<PlanRecord>, PathError> {
        let nothing = Plan::nothing();
        let start = Place::new(self);
        let mut reference = Path::new(self, &nothing, start.clone());
        let mut shared = Shared::new(self);
        let acting = plans.iter().filter(|plan| !Self::is_idle(plan));
        let has_idle = plans.iter().any(|plan| Self::is_idle(plan));
        let mut paths: Vec<Path> = acting
            .map(|plan| Path::new(self, plan, start.clone()))
            .collect();
        // Whoever changes consumers that nobody else has need not copy them.
        drop(start);
        for month in 1..=self.scenario.months {
            if cancel.load(Ordering::Relaxed) {
                return Err(PathError::Cancelled);
            }
            // Where only money counts nobody asks what staying out does once every plan has consumers of its own.
            let is_asked_for = has_idle || !self.for_money || paths.iter().any(Path::is_outside);
            if is_asked_for {
                reference.decide(self, month);
                reference.buy_as_reference(self, month, &mut shared);
            }
            let stay_out = surplus::Reference::new(self, &reference, &shared);
            match self.address {
                None => paths
                    .par_iter_mut()
                    .for_each(|path| path.decide(self, month)),
                Some(_) => paths.iter_mut().for_each(|path| path.decide(self, month)),
            }
            family::enter(self, month, &shared, &mut paths);
            match self.address {
                None => paths
                    .par_iter_mut()
                    .for_each(|path| path.price(self, month, &shared)),
                Some(_) => paths
                    .iter_mut()
                    .for_each(|path| path.price(self, month, &shared)),
            }
            let mut families = family::families(&mut paths);
            let pass = |family: &mut Family| {
                family::pass_month(family, self, month, &shared, &stay_out);
            };
            match self.address {
                None => families.par_iter_mut().for_each(pass),
                Some(_) => families.iter_mut().for_each(pass),
            }
            if is_asked_for {
                reference.sell(self, month, &shared);
                reference.close(self);
                shared.close(self);
            }
            let also = is_asked_for.then_some(&mut reference);
            let mut all: Vec<&mut Path> = paths.iter_mut().chain(also).collect();
            let book = |path: &mut &mut Path| path.book(self, month, &shared);
            match self.address {
                None => all.par_iter_mut().try_for_each(book)?,
                Some(_) => all.iter_mut().try_for_each(book)?,
            }
            progress(month);
        }
        let reference = match has_idle {
            true => Some(reference.finish(self)?),
            false => None,
        };
        let mut paths = paths.into_iter();
        let mut records = Vec::with_capacity(plans.len());
        for plan in plans {
            let path = if Self::is_idle(plan) {
                None
            } else {
                paths.next()
            };
            let idle = |record: &PlanRecord| PlanRecord {
                plan: plan.id.clone(),
                ..record.clone()
            };
            records.extend(match path {
                Some(path) => Some(path.finish(self)?),
                None => reference.as_ref().map(idle),
            });
        }
        Ok(records)
    }

    /// Whether a plan does nothing at all: its record is that of staying out.
    fn is_idle(plan: &Plan) -> bool {
        plan.steps.is_empty() && plan.exit_when.is_none()
    }
}
