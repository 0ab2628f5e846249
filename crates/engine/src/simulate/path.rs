//! One plan through its months.

use super::World;
use super::firm::{Firm, OnSale};
use super::record::{PlanRecord, VolumeMonth};
use super::surplus::{self, Reference};
use crate::dynamics::awareness::Exposure;
use crate::dynamics::economy::Economy;
use crate::finance::FinanceError;
use crate::numerics::solve::{Solve, Status};
use crate::scenario::{Plan, calendar};

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
    pub(super) economy: Economy,
    pub(super) record: PlanRecord,
    pub(super) on_sale: OnSale,
    /// Complement units per user of the month, by entrant and category, in the order of offers.
    pub(super) complement_units: Vec<Vec<Vec<f64>>>,
}

impl<'a> Path<'a> {
    pub(super) fn new(world: &World, plan: &'a Plan) -> Self {
        let scenario = world.scenario;
        let mut trust = vec![0.0; world.market.brands];
        for (e, law) in world.laws.iter().enumerate() {
            trust[world.market.incumbents + e] = law.initial_trust;
        }
        let firm = Firm::new(world, plan);
        let record = PlanRecord::new(
            &plan.id,
            scenario.entrants.len(),
            scenario.brands.len(),
            scenario.products.len(),
            scenario.complements.len(),
            plan.steps.len(),
            scenario.outcomes.len(),
        );
        Self {
            on_sale: firm.offers(world, 1),
            firm,
            economy: Economy::new(world.ground(), world.first_consumers(), trust),
            record,
            complement_units: Vec::new(),
            plan,
        }
    }

    /// Gates, events, conditions, actions, prices; then what is bought. Masses have not moved yet.
    pub(super) fn open(&mut self, world: &World, month: usize) {
        self.firm.pass_time(world, month);
        self.occur(world, month);
        self.decide(world, month);
        self.firm.spend(month);
        self.on_sale = self.firm.offers(world, month);
        for (product, solve) in &self.on_sale.statuses {
            if solve.status != Status::Converged {
                let solve = Solve {
                    value: (),
                    ..solve.clone()
                };
                self.record.unsolved_prices.push((*product, month, solve));
            }
        }
        let calendar = calendar(world.scenario.start, month);
        let season = world.values[&world.scenario.season[calendar.month as usize - 1]];
        self.economy
            .open_month(world.ground(), &self.on_sale.durable, season);
        self.complement_units = (0..world.laws.len())
            .map(|e| {
                (0..world.complements.len())
                    .map(|category| {
                        let offers = &self.on_sale.complements[e][category];
                        let stock = &self.economy.stock;
                        world
                            .complements
                            .units(&world.market, stock, e, category, offers)
                    })
                    .collect()
            })
            .collect();
    }

    /// All conditions see the same snapshot; actions apply in the order written.
    fn decide(&mut self, world: &World, month: usize) {
        if self.firm.standing.are_all_forced_out() {
            return;
        }
        let snapshot = self.snapshot(world, month);
        let exit = self
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

    /// Surplus against staying out, at this month's states.
    pub(super) fn measure(&mut self, world: &World, stay_out: &Reference) {
        self.record
            .surplus
            .push(surplus::against(world, self, stay_out));
    }

    /// Staying out gains nothing against itself.
    pub(super) fn stay_out(&mut self) {
        self.record.surplus.push(super::SurplusMonth::default());
    }

    /// Books the month and moves consumers to the next.
    pub(super) fn close(&mut self, world: &World, month: usize) -> Result<(), PathError> {
        self.record_sales(world);
        let mut exposures = Vec::new();
        for e in 0..world.laws.len() {
            self.record_volume(world, e);
            exposures.push(self.exposure(world, e, month));
        }
        self.economy
            .close_month(world.ground(), &world.laws, &exposures);
        self.record_stocks(world);
        for e in 0..world.laws.len() {
            self.record_money(world, e);
            self.keep_books(world, e)?;
        }
        self.record_own_outcomes(world, month);
        Ok(())
    }

    fn record_sales(&mut self, world: &World) {
        let users = world.market.users;
        let flows = &self.economy.flows;
        let total = flows.total();
        self.record.category_units.push(users * total);
        for (f, &units) in flows.brand_units.iter().enumerate() {
            self.record.brand_units[f].push(users * units);
            self.record.brand_share[f].push(if total > 0.0 { units / total } else { 0.0 });
        }
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

    fn record_volume(&mut self, world: &World, e: usize) {
        let users = world.market.users;
        let brand = world.scenario.entrants[e].brand;
        let sold = self.economy.flows.brand_units[brand];
        let volume = if sold > 0.0 {
            let volume = self.economy.volume(world.ground(), e);
            VolumeMonth {
                from_brand: volume
                    .from_brand
                    .iter()
                    .map(|units| users * units)
                    .collect(),
                earlier_replacement: users * volume.earlier_replacement,
                new_owners: users * volume.new_owners,
            }
        } else {
            VolumeMonth {
                from_brand: vec![0.0; world.market.brands],
                ..VolumeMonth::default()
            }
        };
        self.record.entrants[e].volume.push(volume);
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
            owners: self.economy.owners_after(world.ground(), e),
            satisfaction,
            social: social.map_or(0.0, |(_, index)| values[index]),
            complements,
            complements_on_trust,
            trust_shocks: self.firm.standing.trust_shocks[e],
        }
    }

    fn record_stocks(&mut self, world: &World) {
        let users = world.market.users;
        let stock = &self.economy.stock;
        for f in 0..world.market.brands {
            let owners = stock.owners[world.layout.owned_of_brand(f)];
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
            record.awareness.push(stock.awareness[e]);
            record.trust.push(self.economy.trust[brand]);
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
