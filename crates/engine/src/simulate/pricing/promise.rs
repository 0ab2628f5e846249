//! A promise about margins month by month: whether it binds, and what is paid back, `[eq:cap_window]`.

use super::lines::{LARGEST_CAP, other};
use super::{Counted, Play};
use crate::scenario::{CapBase, CapRemedy, CapTerms};
use crate::simulate::World;
use crate::simulate::money::Money;
use crate::simulate::path::Path;

impl Play {
    /// What a promise with a window has counted in it before the month that prices are set in, and for how many of its months
    /// they are set.
    pub(super) fn before(&self, world: &World, brand: usize, terms: &CapTerms) -> (Counted, f64) {
        let end = terms.block_end(self.month, world.scenario.months);
        let until = match self.free_from > self.month {
            true => end.min(self.free_from - 1),
            false => end,
        };
        let months = (until + 1).saturating_sub(self.month).max(1);
        (self.counted[brand], months as f64)
    }
}

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
        let month = self.record.entrants[e].promise_bound.len() + 1;
        let sells = money.durable_receipts > 0.0;
        let (bound, rebate) = match promise {
            Some(terms) if terms.window.is_some() => {
                self.keep_over_window(world, e, (&terms, month), money)
            }
            Some(terms) if sells && terms.remedy == CapRemedy::Price => {
                (Some(self.firm.play.bound[brand]), 0.0)
            }
            Some(terms) if sells => {
                let counted = self.counted(world, e, &terms, money);
                let rebate = paid_back(world, &terms, counted);
                (Some(rebate > 0.0), rebate)
            }
            _ => (None, 0.0),
        };
        let record = &mut self.record.entrants[e];
        record.promise_bound.push(bound);
        record.rebates.push(rebate);
        rebate
    }

    /// The same for a promise that is measured over a window: what is too much is paid back in its last month.
    fn keep_over_window(
        &mut self,
        world: &World,
        e: usize,
        (terms, month): (&CapTerms, usize),
        money: &Money,
    ) -> (Option<bool>, f64) {
        let brand = world.scenario.entrants[e].brand;
        let sells = money.durable_receipts > 0.0;
        let so_far = self.firm.play.counted[brand];
        // Who sells nothing here has nothing to count, elsewhere either.
        let now = match sells {
            true => self.counted(world, e, terms, money),
            false => Counted::default(),
        };
        let counted = Counted {
            profit: so_far.profit + now.profit,
            receipts: so_far.receipts + now.receipts,
        };
        let is_last = month == terms.block_end(month, world.scenario.months);
        self.firm.play.counted[brand] = if is_last { Counted::default() } else { counted };
        if terms.remedy == CapRemedy::Price {
            return (sells.then_some(self.firm.play.bound[brand]), 0.0);
        }
        let due = paid_back(world, terms, counted);
        let rebate = if is_last { due } else { 0.0 };
        (sells.then_some(due > 0.0), rebate)
    }

    /// What a promise counts of a month.
    fn counted(&self, world: &World, e: usize, terms: &CapTerms, money: &Money) -> Counted {
        let (other_revenue, other_profit) = other(world, terms);
        let mut profit = money.hardware_profit + other_profit;
        if terms.base == CapBase::Net {
            let brand = world.scenario.entrants[e].brand;
            profit -= money.durable_selling + self.firm.allocated(world, brand);
        }
        Counted {
            profit,
            receipts: money.durable_receipts + other_revenue,
        }
    }
}

/// What is paid back of what was counted, `[eq:cap]`: it comes off receipts too.
fn paid_back(world: &World, terms: &CapTerms, counted: Counted) -> f64 {
    let mut cap = world.values[&terms.cap];
    if terms.base == CapBase::Net {
        cap /= 1.0 - world.values[&world.scenario.finance.tax_rate];
    }
    let cap = cap.min(LARGEST_CAP);
    ((counted.profit - cap * counted.receipts) / (1.0 - cap)).max(0.0)
}
