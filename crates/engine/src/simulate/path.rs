//! One plan through its months.

use super::World;
use super::firm::{Firm, OnSale};
use super::place::{Place, Shared, season};
use super::pricing::Due;
use super::record::{PlanRecord, SurplusMonth, VolumeMonth};
use super::surplus::Reference;
use crate::dynamics::awareness::Exposure;
use crate::dynamics::volume::VolumeSum;
use crate::dynamics::watch::{SurplusSum, Watch};
use crate::finance::FinanceError;
use crate::numerics::solve::{Solve, Status};
use crate::plan::belief::Belief;
use crate::scenario::Plan;
use std::sync::Arc;

/// Why a path ended early.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The books cannot be kept.
    #[error("plan {plan}: {problem}")]
    Finance {
        /// Plan id.
        plan: String,
        /// What is wrong with which number.
        problem: FinanceError,
    },
}

/// A plan on its way.
pub(super) struct Path<'a> {
    pub(super) plan: &'a Plan,
    pub(super) firm: Firm,
    pub(super) place: Place,
    /// Sources of volume of the month.
    volumes: Vec<VolumeSum>,
    pub(super) record: PlanRecord,
    pub(super) on_sale: OnSale,
    /// Complement units per user of the month, by entrant and category, in the order of offers.
    pub(super) complement_units: Vec<Vec<Vec<f64>>>,
    /// What the month did to awareness and trust, (E,).
    pub(super) exposures: Vec<Exposure>,
    /// What each entrant believes about its appeal, (E,); none where it does not learn.
    pub(super) beliefs: Vec<Option<Belief>>,
}

impl<'a> Path<'a> {
    /// At the start, with the consumers of the first month.
    pub(super) fn new(world: &World, plan: &'a Plan, place: Place) -> Self {
        let scenario = world.scenario;
        let firm = Firm::new(world, plan);
        let mut record = PlanRecord::new(
            &plan.id,
            scenario.entrants.len(),
            scenario.brands.len(),
            scenario.products.len(),
            scenario.complements.len(),
            plan.steps.len(),
            scenario.outcomes.len(),
        );
        record.negative_costs = world.negative_costs();
        Self {
            on_sale: firm.offers(world, 1),
            firm,
            place,
            volumes: Vec::new(),
            record,
            complement_units: Vec::new(),
            exposures: Vec::new(),
            beliefs: world.first_beliefs(),
            plan,
        }
    }

    /// Whether its consumers are still those of staying out.
    pub(super) fn is_outside(&self) -> bool {
        matches!(self.place, Place::Outside(_))
    }

    /// Gates, events, conditions, actions, prices.
    pub(super) fn decide(&mut self, world: &World, month: usize) {
        self.firm.pass_time(world, month);
        self.occur(world, month);
        let all_price = self.is_set_month(world, month);
        self.fire_steps(world, month);
        self.firm.spend(month);
        self.on_sale = self.firm.offers(world, month);
        self.look_who_prices(world, all_price);
        for (product, solve) in &self.on_sale.statuses {
            if solve.status != Status::Converged {
                let solve = Solve {
                    value: (),
                    ..solve.clone()
                };
                self.record.unsolved_prices.push((*product, month, solve));
            }
        }
    }

    /// Whether it leaves the consumers of staying out this month: it offers something else, or prices are still to be found for it.
    pub(super) fn enters(&self, shared: &Shared) -> bool {
        let is_alike = self.on_sale.durable == shared.offers && self.firm.play.due == Due::Nobody;
        self.is_outside() && !is_alike
    }

    /// Prices that are due this month and that staying out has not found for it.
    pub(super) fn price(&mut self, world: &World, month: usize, shared: &Shared) {
        if self.firm.play.due != Due::Nobody {
            self.reprice(world, month, shared);
        }
    }

    /// What is bought under the plan, its sources of volume and its surplus against staying out.
    pub(super) fn buy(&mut self, world: &World, month: usize, stay_out: &Reference) {
        self.volumes.clear();
        let mut surplus = SurplusMonth::default();
        if let Place::Inside(economy) = &mut self.place {
            let economy = Arc::make_mut(economy);
            let offers = &self.on_sale.durable;
            let products = &world.market.products;
            let sells = |brand| offers.product.iter().any(|&j| products[j].brand == brand);
            let entrants = (0..world.laws.len()).filter(|e| sells(world.market.incumbents + e));
            let mut watch = if world.for_money {
                Watch::default()
            } else {
                Watch {
                    volumes: entrants
                        .map(|e| VolumeSum::new(e, &world.market, &world.layout))
                        .collect(),
                    surplus: Some(SurplusSum::new(Box::new(|i| stay_out.of_type(world, i)))),
                    ages: None,
                    start: None,
                }
            };
            economy.pass_month(world.ground(), offers, season(world, month), &mut watch);
            if let Some(sum) = &watch.surplus {
                surplus = stay_out.against(world, &sum.by_type);
            }
            self.volumes = watch.volumes;
        }
        self.record.surplus.push(surplus);
    }

    /// The same where it was computed for another plan, whose consumers it shares and which offers the same.
    pub(super) fn buy_as(&mut self, other: &Self) {
        self.place = other.place.clone();
        self.volumes.clone_from(&other.volumes);
        self.record
            .surplus
            .extend(other.record.surplus.last().cloned());
        self.record.shared_months += 1;
    }

    /// The same for staying out, whose masses of the start of the month are the measure of others'.
    pub(super) fn buy_as_reference(&mut self, world: &World, month: usize, shared: &mut Shared) {
        self.volumes.clear();
        shared.play = None;
        if self.firm.play.due != Due::Nobody {
            match self.place {
                Place::Outside(_) => self.reprice_shared(world, month, shared),
                Place::Inside(_) => self.reprice(world, month, shared),
            }
        }
        let offers = &self.on_sale.durable;
        match &mut self.place {
            Place::Outside(_) => shared.open(world, month, offers),
            Place::Inside(economy) => {
                let (ground, economy) = (world.ground(), Arc::make_mut(economy));
                economy.open_month(ground, offers, season(world, month));
                let asked = if world.for_money { 0 } else { world.laws.len() };
                for e in 0..asked {
                    let mut sum = VolumeSum::new(e, &world.market, &world.layout);
                    sum.volume = economy.volume(ground, e);
                    self.volumes.push(sum);
                }
            }
        }
        // Staying out gains nothing against itself.
        self.record.surplus.push(SurplusMonth::default());
        self.buy_complements(world);
    }

    pub(super) fn buy_complements(&mut self, world: &World) {
        let (knows, entrants) = (self.place.knows(), world.laws.len());
        let of = |e: usize, category: usize| {
            let offers = &self.on_sale.complements[e][category];
            world.complement_units(knows, e, category, offers)
        };
        self.complement_units = (0..entrants)
            .map(|e| (0..world.complements.len()).map(|c| of(e, c)).collect())
            .collect();
    }

    /// All conditions see the same snapshot; actions apply in the order written.
    fn fire_steps(&mut self, world: &World, month: usize) {
        if self.firm.standing.are_all_forced_out() {
            return;
        }
        let snapshot = self.snapshot(world, month);
        // Who has left already cannot leave once more.
        let all_left = self.firm.exited.iter().all(Option::is_some);
        let exit = !all_left
            && self
                .plan
                .exit_when
                .as_ref()
                .is_some_and(|when| when.holds(&|o| snapshot.read(o)));
        let firing: Vec<usize> = (0..self.plan.steps.len())
            .filter(|&s| {
                let step = &self.plan.steps[s];
                let again = step.repeats || self.firm.fired[s].is_none();
                again && step.when.holds(&|observable| snapshot.read(observable))
            })
            .collect();
        let entrants = world.scenario.entrants.len();
        if exit || self.record.exit_month.is_some() {
            if self.record.exit_month.is_none() {
                self.record.exit_month = Some(month);
                for e in 0..entrants {
                    self.firm.pull_out(world, e, month);
                }
            }
            return;
        }
        for s in firing {
            self.firm.fired[s].get_or_insert(month);
            for action in &self.plan.steps[s].actions {
                let mut whose = world.entrants_of(action);
                if !whose.any(|e| self.firm.standing.is_forced_out(e)) {
                    self.firm.act(world, action, month);
                }
            }
        }
    }

    /// Records what was sold, and what it does to awareness and trust.
    pub(super) fn sell(&mut self, world: &World, month: usize, shared: &Shared) {
        self.record_sales(world, shared);
        self.exposures.clear();
        for e in 0..world.laws.len() {
            self.record_volume(world, e);
            let exposure = self.exposure(world, e, month);
            self.exposures.push(exposure);
        }
    }

    /// Awareness and trust move on.
    pub(super) fn close(&mut self, world: &World) {
        self.place.close(world, &self.exposures);
    }

    /// Books the month when all consumers have moved on.
    pub(super) fn book(
        &mut self,
        world: &World,
        month: usize,
        shared: &Shared,
    ) -> Result<(), PathError> {
        self.record_stocks(world, shared);
        for e in 0..world.laws.len() {
            self.record_money(world, e, shared);
            self.keep_books(world, e)?;
        }
        self.learn(world, month);
        self.record_own_outcomes(world, month);
        Ok(())
    }

    fn record_sales(&mut self, world: &World, shared: &Shared) {
        let users = world.market.users;
        let flows = &self.place.economy(shared).flows;
        let total = flows.total();
        self.record.category_units.push(users * total);
        for (f, &units) in flows.brand_units.iter().enumerate() {
            self.record.brand_units[f].push(users * units);
            self.record.brand_share[f].push(if total > 0.0 { units / total } else { 0.0 });
        }
        self.record_channels(world, shared);
        let flows = &self.place.economy(shared).flows;
        let mut by_product = vec![0.0; world.scenario.products.len()];
        let mut paid = by_product.clone();
        let offers = &self.on_sale.durable;
        for o in 0..offers.len() {
            let product = world.market.products[offers.product[o]].scenario_index;
            by_product[product] += users * flows.units[o];
            if world.terms.pays_brand[offers.channel[o]] {
                paid[product] += users * flows.units[o];
            }
        }
        for e in 0..world.laws.len() {
            let mut by_category = vec![0.0; world.complements.len()];
            for (category, sum) in by_category.iter_mut().enumerate() {
                let offers = &self.on_sale.complements[e][category];
                for (offer, units) in offers.iter().zip(&self.complement_units[e][category]) {
                    *sum += users * units;
                    by_product[offer.product] += users * units;
                    if world.terms.pays_brand[offer.channel] {
                        paid[offer.product] += users * units;
                    }
                }
                self.record.entrants[e].complement_units[category].push(*sum);
            }
        }
        for (p, &units) in by_product.iter().enumerate() {
            self.record.product_units[p].push(units);
            for (e, entrant) in world.scenario.entrants.iter().enumerate() {
                let own = world.scenario.products[p].brand == entrant.brand;
                self.record.entrants[e].paid_units[p].push(if own { paid[p] } else { 0.0 });
            }
        }
    }

    fn record_channels(&mut self, world: &World, shared: &Shared) {
        let (users, channels) = (world.market.users, world.scenario.channels.len());
        let units = &self.place.economy(shared).flows.units;
        let offers = &self.on_sale.durable;
        let mut all = vec![0.0; channels];
        let mut own = vec![vec![0.0; channels]; world.laws.len()];
        for o in 0..offers.len() {
            let (k, sold) = (offers.channel[o], users * units[o]);
            all[k] += sold;
            let brand = world.market.products[offers.product[o]].brand;
            if let Some(own) = own.get_mut(brand.wrapping_sub(world.market.incumbents)) {
                own[k] += sold;
            }
        }
        let push = |series: &mut Vec<Vec<f64>>, month: Vec<f64>| {
            series.resize(month.len(), Vec::new());
            series
                .iter_mut()
                .zip(month)
                .for_each(|(series, units)| series.push(units));
        };
        push(&mut self.record.channel_units, all);
        for (record, own) in self.record.entrants.iter_mut().zip(own) {
            push(&mut record.channel_units, own);
        }
    }

    fn record_volume(&mut self, world: &World, e: usize) {
        let users = world.market.users;
        let sum = self.volumes.iter().find(|sum| sum.entrant() == e);
        let volume = sum.map(|sum| &sum.volume);
        let from_brand = match volume {
            Some(volume) => volume
                .from_brand
                .iter()
                .map(|units| users * units)
                .collect(),
            None => vec![0.0; world.market.brands],
        };
        self.record.entrants[e].volume.push(VolumeMonth {
            from_brand,
            earlier_replacement: users * volume.map_or(0.0, |v| v.earlier_replacement),
            new_owners: users * volume.map_or(0.0, |v| v.new_owners),
        });
    }

    fn exposure(&self, world: &World, e: usize, month: usize) -> Exposure {
        let awareness = &world.scenario.entrants[e].awareness;
        let values = world.values;
        let satisfaction = match &awareness.after_sales {
            Some((gate, without)) if !self.firm.gates[*gate].open => values[without],
            _ => values[&awareness.satisfaction],
        };
        let social = awareness
            .social
            .iter()
            .rev()
            .find(|(from, _)| *from <= month as i32);
        let (mut complements, mut complements_on_trust) = (0.0, 0.0);
        for (category, units) in self.complement_units[e].iter().enumerate() {
            let (on_awareness, on_trust) = world.complements.effects(category, units.iter().sum());
            complements += on_awareness;
            complements_on_trust += on_trust;
        }
        Exposure {
            spend: self.firm.payments[e].advertising,
            owners: self.place.owners_after(world, e),
            satisfaction,
            social: social.map_or(0.0, |(_, index)| values[index]),
            complements,
            complements_on_trust,
            trust_shocks: self.firm.standing.trust_shocks[e],
        }
    }

    fn record_stocks(&mut self, world: &World, shared: &Shared) {
        let users = world.market.users;
        let stock = &self.place.economy(shared).stock;
        let networks = &mut self.record.network_users;
        networks.resize(stock.on_network.len(), Vec::new());
        for (series, share) in networks.iter_mut().zip(&stock.on_network) {
            series.push(users * share);
        }
        for f in 0..world.market.brands {
            // Outside nobody owns an entrant's product.
            let owned = world.layout.owned_of_brand(f);
            let owners = stock.owners.get(owned).copied().unwrap_or(0.0);
            self.record.brand_base[f].push(users * owners);
        }
        for e in 0..world.laws.len() {
            let brand = world.scenario.entrants[e].brand;
            let units = self.record.brand_units[brand]
                .last()
                .copied()
                .unwrap_or(0.0);
            let share = self.record.brand_share[brand]
                .last()
                .copied()
                .unwrap_or(0.0);
            let base = self.record.brand_base[brand].last().copied().unwrap_or(0.0);
            let record = &mut self.record.entrants[e];
            record.units.push(units);
            record.share.push(share);
            record.installed_base.push(base);
            record.awareness.push(self.place.awareness(e));
            record.trust.push(self.place.trust(brand));
            record.in_market.push(self.on_sale.in_market[e]);
        }
    }

    fn record_own_outcomes(&mut self, world: &World, month: usize) {
        // At the end of a month a condition reads what it would read at the start of the next.
        let snapshot = self.snapshot(world, month + 1);
        let now: Vec<bool> = world
            .scenario
            .outcomes
            .iter()
            .map(|outcome| {
                outcome.condition.holds(&|observable| match observable {
                    crate::plan::expression::Observable::Month => month as f64,
                    other => snapshot.read(other),
                })
            })
            .collect();
        for (held, now) in self.record.held.iter_mut().zip(now) {
            *held |= now;
        }
    }
}
