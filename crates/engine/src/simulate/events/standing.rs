//! What events have done that lasts: bars, blocks, delays, changed costs and prices, rivals' new products.

use super::state::whole_months;
use crate::choice::offers::Offers;
use crate::scenario::{Changed, Scenario};
use crate::simulate::World;

/// No month is beyond it.
const FOR_GOOD: usize = usize::MAX;

/// Lasting effects along one path. `E` entrants, `K` channels, `P` products of the scenario.
#[derive(Clone, Debug, Default)]
pub(in crate::simulate) struct Standing {
    channels: usize,
    /// First month in which a channel is no longer barred, (E, K).
    barred_until: Vec<usize>,
    /// First month in which a product is no longer blocked, (P,).
    blocked_until: Vec<usize>,
    /// Months added to a gate's lead time, (gates,).
    delays: Vec<f64>,
    changes: Vec<Change>,
    services: Vec<(usize, f64, usize)>,
    royalties: Vec<(Vec<usize>, f64, usize)>,
    /// Rivals' products that an event has brought, (P,).
    launched: Vec<bool>,
    /// Whether rivals' offers are no longer those of the world.
    rivals_changed: bool,
    /// Entrants that may not come back, (E,).
    forced_out: Vec<bool>,
    /// Shocks of this month, utility, (E,).
    pub(in crate::simulate) trust_shocks: Vec<f64>,
}

/// A changed cost or price.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) what: Changed,
    pub(super) products: Vec<usize>,
    pub(super) factor: f64,
    pub(super) amount: f64,
    /// First month in which it no longer holds.
    pub(super) until: usize,
}

impl Standing {
    pub(in crate::simulate) fn new(scenario: &Scenario) -> Self {
        let entrants = scenario.entrants.len();
        Self {
            channels: scenario.channels.len(),
            barred_until: vec![0; entrants * scenario.channels.len()],
            blocked_until: vec![0; scenario.products.len()],
            delays: vec![0.0; scenario.gates.len()],
            launched: vec![false; scenario.products.len()],
            forced_out: vec![false; entrants],
            trust_shocks: vec![0.0; entrants],
            ..Self::default()
        }
    }

    /// A month begins: what has run out is forgotten.
    pub(in crate::simulate) fn begin_month(&mut self, month: usize) {
        self.trust_shocks.fill(0.0);
        self.changes.retain(|change| month < change.until);
        self.services.retain(|(_, _, until)| month < *until);
        self.royalties.retain(|(_, _, until)| month < *until);
    }

    /// Whether a channel is barred to an entrant: no plan can open it.
    pub(in crate::simulate) fn is_barred(
        &self,
        entrant: usize,
        channel: usize,
        month: usize,
    ) -> bool {
        month < self.barred_until[entrant * self.channels + channel]
    }

    /// Whether a product is off sale.
    pub(in crate::simulate) fn is_blocked(&self, product: usize, month: usize) -> bool {
        month < self.blocked_until[product]
    }

    /// Months added to a gate's lead time.
    pub(in crate::simulate) fn delay(&self, gate: usize) -> f64 {
        self.delays[gate]
    }

    /// Whether an entrant was forced out.
    pub(in crate::simulate) fn is_forced_out(&self, entrant: usize) -> bool {
        self.forced_out[entrant]
    }

    /// Whether all entrants were.
    pub(in crate::simulate) fn are_all_forced_out(&self) -> bool {
        !self.forced_out.is_empty() && self.forced_out.iter().all(|&out| out)
    }

    /// Whether an event has brought a rival's product.
    pub(in crate::simulate) fn is_launched(&self, product: usize) -> bool {
        self.launched[product]
    }

    /// What has become of a cost or a price of a product, money per unit: all factors, then all amounts, `[eq:change]`.
    pub(in crate::simulate) fn changed(&self, what: Changed, product: usize, value: f64) -> f64 {
        let (factor, amount) = self.change_of(what, product);
        (value * factor + amount).max(0.0)
    }

    /// The same of a cost that may be below 0, because what is earned later has been taken off it: a factor above 1 raises it too.
    pub(in crate::simulate) fn changed_net_cost(&self, product: usize, cost: f64) -> f64 {
        let (factor, amount) = self.change_of(Changed::Cost, product);
        cost + cost.abs() * (factor - 1.0) + amount
    }

    fn change_of(&self, what: Changed, product: usize) -> (f64, f64) {
        let (mut factor, mut amount) = (1.0, 0.0);
        for change in &self.changes {
            if change.what == what && change.products.contains(&product) {
                factor *= change.factor;
                amount += change.amount;
            }
        }
        (factor, amount)
    }

    /// Share of a product's receipts that goes to others.
    pub(in crate::simulate) fn royalty(&self, product: usize) -> f64 {
        let owed = self.royalties.iter();
        owed.filter(|(products, _, _)| products.contains(&product))
            .map(|(_, share, _)| share)
            .sum()
    }

    /// What multiplies an entrant's revenue of services.
    pub(in crate::simulate) fn services(&self, entrant: usize) -> f64 {
        let factors = self
            .services
            .iter()
            .filter(|(whose, _, _)| *whose == entrant);
        factors.map(|(_, factor, _)| factor).product()
    }

    /// Whether an event has a say in a product's price now.
    pub(in crate::simulate) fn is_price_changed(&self, product: usize) -> bool {
        let mut prices = self.changes.iter().filter(|c| c.what == Changed::Price);
        prices.any(|change| change.products.contains(&product))
    }

    /// Incumbents' offers of a month: the world's, unless events have touched them on this path, or they have set prices anew: `anew` gives those of
    /// a product by channel.
    pub(in crate::simulate) fn incumbent_offers(
        &self,
        world: &World,
        month: usize,
        anew: Option<&dyn Fn(usize) -> Vec<f64>>,
    ) -> Offers {
        if !self.rivals_changed && anew.is_none() {
            return world.incumbent_offers[month - 1].clone();
        }
        let mut offers = Vec::new();
        for (j, product) in world.market.products.iter().enumerate() {
            let p = product.scenario_index;
            let written = &world.scenario.products[p];
            let available = written.available_from <= month as i32 || self.launched[p];
            if product.brand < world.market.incumbents && available && !self.is_blocked(p, month) {
                let base = anew.map(|anew| anew(p));
                let at = |k: usize| base.as_ref().map_or(product.price, |prices| prices[k]);
                let price = |k: usize| self.changed(Changed::Price, p, at(k));
                offers.extend(written.channels.iter().map(|&k| (j, k, price(k))));
            }
        }
        Offers::new(offers)
    }

    pub(super) fn unbar(&mut self, entrant: usize, channel: usize) {
        self.barred_until[entrant * self.channels + channel] = 0;
    }

    pub(super) fn bar(&mut self, entrant: usize, channel: usize, until: usize) {
        let slot = &mut self.barred_until[entrant * self.channels + channel];
        *slot = until.max(*slot);
    }

    pub(super) fn block(&mut self, scenario: &Scenario, products: &[usize], until: usize) {
        for &product in products {
            self.blocked_until[product] = until.max(self.blocked_until[product]);
        }
        self.touch(scenario, products);
    }

    pub(super) fn change(&mut self, scenario: &Scenario, change: Change) {
        self.touch(scenario, &change.products);
        self.changes.push(change);
    }

    pub(super) fn change_services(&mut self, entrant: usize, factor: f64, until: usize) {
        self.services.push((entrant, factor, until));
    }

    pub(super) fn owe(&mut self, products: &[usize], share: f64, until: usize) {
        self.royalties.push((products.to_vec(), share, until));
    }

    pub(super) fn hold_up(&mut self, gate: usize, months: f64) {
        self.delays[gate] += months.max(0.0);
    }

    pub(super) fn launch(&mut self, products: &[usize]) {
        products.iter().for_each(|&p| self.launched[p] = true);
        self.rivals_changed |= !products.is_empty();
    }

    pub(super) fn force_out(&mut self, entrant: usize) {
        self.forced_out[entrant] = true;
        let own = entrant * self.channels..(entrant + 1) * self.channels;
        self.barred_until[own].fill(FOR_GOOD);
    }

    fn touch(&mut self, scenario: &Scenario, products: &[usize]) {
        let mut brands = products.iter().map(|&p| scenario.products[p].brand);
        self.rivals_changed |= brands.any(|brand| !scenario.is_entrant(brand));
    }
}

/// The first month after a time that begins in `month`; for good where no length is given.
pub(super) fn until(month: usize, length: Option<f64>) -> usize {
    length.map_or(FOR_GOOD, |length| {
        month.saturating_add(whole_months(length))
    })
}
