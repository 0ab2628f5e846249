//! What a firm observes: the state at the end of the last month.

use super::World;
use super::firm::Firm;
use super::record::PlanRecord;
use crate::plan::expression::Observable;

/// The snapshot that all conditions of a month read.
pub(super) struct Snapshot<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) firm: &'a Firm,
    pub(super) record: &'a PlanRecord,
    /// This month, from 1.
    pub(super) month: usize,
}

impl Snapshot<'_> {
    /// The value of an observable; truth is 1 and 0.
    pub(super) fn read(&self, observable: Observable) -> f64 {
        let record = self.record;
        let last = |series: &[f64]| series.last().copied().unwrap_or(0.0);
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        let users = self.world.market.users;
        match observable {
            Observable::Month => self.month as f64,
            Observable::Cash(e) => last(&record.entrants[e].cash),
            Observable::CashCumulative(e) => last(&record.entrants[e].cash_cumulative),
            Observable::SalesUnits(e) => last(&record.entrants[e].units),
            Observable::SalesShare(e) => last(&record.entrants[e].share),
            Observable::SalesRevenue(e) => last(&record.entrants[e].revenue),
            Observable::SalesCumulative(e) => record.entrants[e].units.iter().sum(),
            Observable::InstalledBase(e) => last(&record.entrants[e].installed_base),
            Observable::InstalledBaseShare(e) => last(&record.entrants[e].installed_base) / users,
            Observable::Awareness(e) => self.awareness(e),
            Observable::Trust(e) => self.trust(e),
            Observable::MarketingCumulative(e) => record.entrants[e].marketing.iter().sum(),
            Observable::InMarket(e) => truth(
                record.entrants[e]
                    .in_market
                    .last()
                    .copied()
                    .unwrap_or(false),
            ),
            Observable::MonthsInMarket(e) => {
                let first = record.entrants[e]
                    .in_market
                    .iter()
                    .position(|&entered| entered);
                first.map_or(0.0, |first| {
                    (record.entrants[e].in_market.len() - first) as f64
                })
            }
            Observable::ComplementUnits(k, e) => last(&record.entrants[e].complement_units[k]),
            Observable::ChannelOpen(k, e) => truth(self.firm.is_open(self.world, e, k, self.month)),
            Observable::GateOpen(g) => truth(self.firm.gates[g].open),
            Observable::GateStarted(g) => truth(self.firm.gates[g].started),
            Observable::StepFired(s) => truth(self.firm.fired.get(s).is_some_and(Option::is_some)),
            Observable::ProductLaunched(p) => truth(self.firm.is_launched(p)),
            Observable::ProductUnits(p) => last(&record.product_units[p]),
            Observable::BrandShare(f) => last(&record.brand_share[f]),
            Observable::BrandBase(f) => last(&record.brand_base[f]),
            Observable::EventFired(n) => truth(self.firm.events.count(n) > 0),
            Observable::EventCount(n) => self.firm.events.count(n) as f64,
            Observable::EventAge(n) => self.firm.events.age(n, self.month) as f64,
            Observable::AttemptSucceeded(n, e) => truth(self.firm.events.has_succeeded(n, e)),
            Observable::AttemptRunning(n, e) => truth(self.firm.events.is_running(n, e)),
            Observable::BeliefMean(e) => {
                let posterior = record.entrants[e].belief_mean.last();
                posterior.map_or(self.world.calibrated.appeal[e].mean, |mean| *mean)
            }
            Observable::BeliefChange(e) => {
                let prior = self.world.calibrated.appeal[e].mean;
                let posterior = record.entrants[e].belief_mean.last();
                posterior.map_or(0.0, |mean| mean - prior)
            }
            Observable::StudiesDone(e) => self.firm.studies.done(e, self.month) as f64,
            Observable::BeliefSd(e) => {
                let posterior = record.entrants[e].belief_sd.last();
                posterior.map_or(self.world.calibrated.appeal[e].sd, |sd| *sd)
            }
        }
    }

    fn awareness(&self, entrant: usize) -> f64 {
        let initial = self.world.laws[entrant].initial;
        self.record.entrants[entrant]
            .awareness
            .last()
            .copied()
            .unwrap_or(initial)
    }

    fn trust(&self, entrant: usize) -> f64 {
        let initial = self.world.laws[entrant].initial_trust;
        self.record.entrants[entrant]
            .trust
            .last()
            .copied()
            .unwrap_or(initial)
    }
}
