//! A common draw, asked what it would have been with some values changed.

use super::Inquiry;
use crate::run::job::ComputeError;
use crate::run::market::{self, Solved};
use beachhead_engine::calibrate::{Calibrated, is_same_task};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::outcomes::outcome_definitions;
use beachhead_engine::scenario::{Plan, Values};
use beachhead_engine::simulate::{PathError, PlanRecord, World};

/// A common draw with its market.
pub(super) struct Settled {
    pub(super) address: Address,
    pub(super) values: Values,
    pub(super) calibrated: Calibrated,
}

/// What a change leads to.
pub(super) struct Asked {
    /// Net present value by plan; NaN where the changed values break something.
    pub(super) npv: Vec<f64>,
    /// Whether the market before an entry had to be calibrated anew.
    pub(super) recalibrated: bool,
}

impl Inquiry<'_> {
    /// Calibrates a draw of the run; none if its values break something.
    pub(super) fn settle(
        &self,
        draw: usize,
        central: &Solved,
    ) -> Result<Option<Settled>, ComputeError> {
        let address = Address::new(self.identity.seed, draw as u64);
        let values = self.scenario.drawn_values(&address);
        match market::under_draw(self.scenario, &values, central, self.cancel) {
            Ok(solve) => Ok(Some(Settled {
                address,
                values,
                calibrated: solve.value,
            })),
            Err(ComputeError::Input(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Net present values of plans (places in the run) in a common draw with some quantities at given values.
    ///
    /// What the values do not change of the market before an entry is not calibrated again: the question is whether
    /// calibration would read anything else, not what a quantity is called.
    pub(super) fn ask(
        &self,
        settled: &Settled,
        given: &[(usize, f64)],
        plans: &[usize],
        central: &Solved,
    ) -> Result<Asked, ComputeError> {
        let scenario = self.scenario;
        let types = scenario.simulation.types;
        let values = scenario.drawn_values_with(&settled.address, given);
        let broken = |recalibrated| Asked {
            npv: vec![f64::NAN; plans.len()],
            recalibrated,
        };
        let ground = match market::ground(scenario, &values, types) {
            Ok(ground) => ground,
            Err(ComputeError::Input(_)) => return Ok(broken(true)),
            Err(other) => return Err(other),
        };
        let before = market::ground(scenario, &settled.values, types)?;
        let recalibrated = !is_same_task(&before, &ground);
        let calibrated = if recalibrated {
            match market::under_draw(scenario, &values, central, self.cancel) {
                Ok(solve) => solve.value,
                Err(ComputeError::Input(_)) => return Ok(broken(true)),
                Err(other) => return Err(other),
            }
        } else {
            settled.calibrated.taken_to(&ground)
        };
        let chosen: Vec<&Plan> = plans
            .iter()
            .map(|&plan| &scenario.plans[self.plans[plan]])
            .collect();
        let world = World::new(&ground, &calibrated, Dispatch::detect());
        let world = world.at(settled.address).for_money().until(self.cancel);
        match world.run(&chosen, self.cancel, &|_| ()) {
            Ok(records) => Ok(Asked {
                npv: self.values_of(&values, &records),
                recalibrated,
            }),
            Err(PathError::Cancelled) => Err(ComputeError::Cancelled),
            Err(_) => Ok(broken(recalibrated)),
        }
    }

    fn values_of(&self, values: &Values, records: &[PlanRecord]) -> Vec<f64> {
        let id = self.outcome("npv");
        let definitions = outcome_definitions(self.scenario);
        let npv = definitions.iter().find(|definition| definition.id == id);
        let of = |record: &PlanRecord| {
            let value = npv.and_then(|npv| npv.evaluate(self.scenario, values, record));
            value.filter(|value| value.is_finite()).unwrap_or(f64::NAN)
        };
        records.iter().map(of).collect()
    }
}
