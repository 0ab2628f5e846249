//! A promise about margins month by month: whether it binds, and what is paid back.

use super::lines::{LARGEST_CAP, other};
use crate::scenario::{CapBase, CapRemedy};
use crate::simulate::World;
use crate::simulate::money::Money;
use crate::simulate::path::Path;

impl Path<'_> {
    /// Notes whether an entrant's promise bound in the month; what it pays back under it, money.
    pub(in crate::simulate) fn keep_promise(
        &mut self,
        world: &World,
        e: usize,
        money: &Money,
    ) -> f64 {
        let brand = world.scenario.entrants[e].brand;
        let promise = self.firm.play.promise(brand).cloned();
        let sells = money.durable_receipts > 0.0;
        let (bound, rebate) = match promise.filter(|_| sells) {
            None => (None, 0.0),
            Some(terms) if terms.remedy == CapRemedy::Price => {
                (Some(self.firm.play.bound[brand]), 0.0)
            }
            Some(terms) => {
                let is_net = terms.base == CapBase::Net;
                let (other_revenue, other_profit) = other(world, &terms);
                let mut profit = money.hardware_profit + other_profit;
                let mut cap = world.values[&terms.cap];
                if is_net {
                    profit -= money.durable_selling + self.firm.allocated(world, brand);
                    cap /= 1.0 - world.values[&world.scenario.finance.tax_rate];
                }
                let cap = cap.min(LARGEST_CAP);
                let excess = profit - cap * (money.durable_receipts + other_revenue);
                // [eq:cap]: what is paid back comes off receipts too.
                let rebate = (excess / (1.0 - cap)).max(0.0);
                (Some(rebate > 0.0), rebate)
            }
        };
        let record = &mut self.record.entrants[e];
        record.promise_bound.push(bound);
        record.rebates.push(rebate);
        rebate
    }
}
