//! Plans through the months: one draw of the world, all plans beside staying out.
//!
//! Order within a month: gates → events → conditions → actions → prices → consumers → finance.

mod complements;
mod events;
mod firm;
mod money;
mod observe;
mod path;
mod record;
mod surplus;

pub use path::PathError;
pub use record::{EntrantRecord, PlanRecord, PoorPrice, SurplusMonth, VolumeMonth};

use crate::calibrate::{self, Calibrated};
use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::choice::utility::Attraction;
use crate::dynamics::awareness::AwarenessLaw;
use crate::dynamics::buying::Baseline;
use crate::dynamics::economy::Ground;
use crate::dynamics::layout::Layout;
use crate::dynamics::settle::Consumers;
use crate::futures::address::Address;
use crate::numerics::dispatch::Dispatch;
use crate::scenario::{Action, Plan, Scenario, Values};
use crate::supply::terms::Terms;
use complements::Complements;
use path::Path;
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
    laws: Vec<AwarenessLaw>,
    complements: Complements,
    /// Incumbents' offers by month, (T,).
    incumbent_offers: Vec<Offers>,
    dispatch: Dispatch,
    /// Where the draw's randomness lies; none in a central run.
    address: Option<Address>,
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
        let laws = (0..scenario.entrants.len())
            .map(|entrant| AwarenessLaw::new(scenario, values, entrant))
            .collect();
        let incumbent_offers = (1..=scenario.months)
            .map(|month| calibrate::incumbent_offers(scenario, &market, month as i32))
            .collect();
        let complements = Complements::new(scenario, values, parameters.price_coefficient);
        Self {
            scenario,
            values,
            terms: ground.terms.clone(),
            market,
            calibrated,
            layout,
            baseline,
            laws,
            complements,
            incumbent_offers,
            dispatch,
            address: None,
        }
    }

    /// The same world as a draw: events occur. Without an address the run is central, in which hazards below 1 never
    /// occur and attempts succeed if they are at least as likely to as not.
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

    /// The calibrated steady state with entrants' states beside it: `initial` moves that share of
    /// every cell whose owner does not own the brand into the sets that know it.
    fn first_consumers(&self) -> Consumers {
        let small = Layout::new(&self.market, 0);
        let layout = &self.layout;
        let mut mass = vec![0.0; layout.types * layout.type_cells()];
        let run = layout.networks * layout.stride();
        for (old, new) in self
            .calibrated
            .consumers
            .mass
            .chunks_exact(small.type_cells())
            .zip(mass.chunks_exact_mut(layout.type_cells()))
        {
            for owned in 0..small.owned {
                let source = &old[owned * run..(owned + 1) * run];
                for known in 0..layout.known_sets {
                    let mut share = 1.0;
                    for (e, law) in self.laws.iter().enumerate() {
                        let knows = known >> e & 1 == 1;
                        share *= if knows {
                            law.initial
                        } else {
                            1.0 - law.initial
                        };
                    }
                    let at = layout.block(known, owned, 0) * layout.stride();
                    for (x, y) in new[at..at + run].iter_mut().zip(source) {
                        *x = share * y;
                    }
                }
            }
        }
        Consumers { mass }
    }

    /// Runs plans through all months beside staying out. `progress` is called after each month.
    ///
    /// Plans run in parallel within a month, in the pool that the caller is in; results do not
    /// depend on it.
    ///
    /// # Errors
    /// [`PathError`] when the books cannot be kept or the caller cancels.
    pub fn run(
        &self,
        plans: &[&Plan],
        cancel: &AtomicBool,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<PlanRecord>, PathError> {
        let nothing = Plan {
            id: "stay_out".into(),
            title: "Stay out".into(),
            exit_when: None,
            exit_when_text: String::new(),
            steps: Vec::new(),
        };
        let mut reference = Path::new(self, &nothing);
        let acting = plans.iter().filter(|plan| !Self::is_idle(plan));
        let mut paths: Vec<Path> = acting.map(|plan| Path::new(self, plan)).collect();
        for month in 1..=self.scenario.months {
            if cancel.load(Ordering::Relaxed) {
                return Err(PathError::Cancelled);
            }
            reference.open(self, month);
            reference.stay_out();
            let stay_out = surplus::Reference::new(self, &reference);
            paths.par_iter_mut().try_for_each(|path| {
                path.open(self, month);
                path.measure(self, &stay_out);
                path.close(self, month)
            })?;
            reference.close(self, month)?;
            progress(month);
        }
        let reference = reference.finish(self)?;
        let mut paths = paths.into_iter();
        let mut records = Vec::with_capacity(plans.len());
        for plan in plans {
            let path = if Self::is_idle(plan) {
                None
            } else {
                paths.next()
            };
            records.push(match path {
                Some(path) => path.finish(self)?,
                None => PlanRecord {
                    plan: plan.id.clone(),
                    ..reference.clone()
                },
            });
        }
        Ok(records)
    }

    /// Whether a plan does nothing at all: its record is that of staying out.
    fn is_idle(plan: &Plan) -> bool {
        plan.steps.is_empty() && plan.exit_when.is_none()
    }
}
