//! One plan through its months.

use super::World;
use super::firm::{Firm, OnSale};
use super::observe::Snapshot;
use super::record::{EntrantRecord, PlanRecord, VolumeMonth};
use super::surplus::{self, Reference};
use crate::dynamics::awareness::Exposure;
use crate::dynamics::economy::Economy;
use crate::finance::{self, FinanceError};
use crate::numerics::solve::{Solve, Status};
use crate::scenario::{Category, Plan, calendar};

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
    plan: &'a Plan,
    firm: Firm,
    pub(super) economy: Economy,
    record: PlanRecord,
    on_sale: OnSale,
    /// Complement units per user of the month, by entrant and category, in the order of offers.
    complement_units: Vec<Vec<Vec<f64>>>,
}

impl<'a> Path<'a> {
    pub(super) fn new(world: &World, plan: &'a Plan) -> Self {
        let scenario = world.scenario;
        let mut trust = vec![0.0; world.market.brands];
        for (e, law) in world.laws.iter().enumerate() {
            trust[world.market.incumbents + e] = law.initial_trust;
        }
        let firm = Firm::new(scenario, world.values, plan);
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

    /// Gates, conditions, actions, prices; then what is bought. Masses have not moved yet.
    pub(super) fn open(&mut self, world: &World, month: usize) {
        self.firm.pass_time(world, month);
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
        let snapshot = Snapshot {
            world,
            firm: &self.firm,
            record: &self.record,
            month,
        };
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
                    self.firm.pull_out(world.scenario.channels.len(), e, month);
                }
            }
            return;
        }
        for s in firing {
            self.firm.fired[s].get_or_insert(month);
            for action in &self.plan.steps[s].actions {
                self.firm.act(world, action, month);
            }
        }
    }

    /// Surplus against staying out and source of volume, at this month's states.
    pub(super) fn measure(&mut self, world: &World, stay_out: &Reference) {
        if World::is_idle(self.plan) {
            self.record.surplus.push(super::SurplusMonth::default());
        } else {
            self.record
                .surplus
                .push(surplus::against(world, self, stay_out));
        }
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

    /// Receipts, costs and payments of the month as they accrue.
    fn record_money(&mut self, world: &World, e: usize) {
        let (scenario, values, users) = (world.scenario, world.values, world.market.users);
        let entrant = &scenario.entrants[e];
        let mut money = Money::default();
        let durable = &self.on_sale.durable;
        for o in 0..durable.len() {
            let product = &world.market.products[durable.product[o]];
            if product.brand == entrant.brand {
                let units = users * self.economy.flows.units[o];
                let at = (product.scenario_index, durable.channel[o], durable.price[o]);
                money.add(world, at, units, true);
            }
        }
        for (offers, units) in self.on_sale.complements[e]
            .iter()
            .zip(&self.complement_units[e])
        {
            for (offer, &units) in offers.iter().zip(units) {
                let at = (offer.product, offer.channel, offer.price);
                money.add(world, at, users * units, false);
            }
        }
        let payments = self.firm.payments[e];
        let acting = self.firm.active[e] && self.firm.exited[e].is_none();
        let record = &mut self.record.entrants[e];
        let base = record.installed_base.last().copied().unwrap_or(0.0);
        let services = &entrant.services;
        let per_user =
            values[&services.revenue] * values[&services.margin] * values[&services.attach];
        record.revenue.push(money.receipts);
        record.hardware_profit.push(money.hardware_profit);
        record.channel_costs.push(money.channel_costs);
        record.services.push(if self.firm.active[e] {
            per_user * base
        } else {
            0.0
        });
        record
            .marketing
            .push(payments.advertising + payments.other_spending);
        record.gates.push(payments.gates);
        record.settlements.push(payments.single);
        record.fixed.push(if acting {
            values[&scenario.finance.fixed_cost]
        } else {
            0.0
        });
    }

    /// Cash so far: the books over the months up to this one, of which the last is new.
    fn keep_books(&mut self, world: &World, e: usize) -> Result<(), PathError> {
        let accounts =
            books(world, &self.record.entrants[e], &AfterTheEnd::default()).map_err(|problem| {
                PathError::Finance {
                    plan: self.plan.id.clone(),
                    problem,
                }
            })?;
        let record = &mut self.record.entrants[e];
        record
            .cash
            .push(accounts.cash.net.last().copied().unwrap_or(0.0));
        record
            .cash_cumulative
            .push(accounts.cash.cumulative.last().copied().unwrap_or(0.0));
        Ok(())
    }

    fn record_own_outcomes(&mut self, world: &World, month: usize) {
        // At the end of a month a condition reads what it would read at the start of the next.
        let snapshot = Snapshot {
            world,
            firm: &self.firm,
            record: &self.record,
            month: month + 1,
        };
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

    /// Closes the books with what stands at the end.
    pub(super) fn finish(mut self, world: &World) -> Result<PlanRecord, PathError> {
        self.record.steps_fired.clone_from(&self.firm.fired);
        for e in 0..world.laws.len() {
            let after = self.after_the_end(world, e);
            let accounts = books(world, &self.record.entrants[e], &after).map_err(|problem| {
                PathError::Finance {
                    plan: self.plan.id.clone(),
                    problem,
                }
            })?;
            self.record.entrants[e].exited = self.firm.exited[e];
            self.record.entrants[e].accounts = Some(accounts);
        }
        Ok(self.record)
    }

    fn after_the_end(&self, world: &World, e: usize) -> AfterTheEnd {
        let (values, terms) = (world.values, &world.scenario.finance);
        let record = &self.record.entrants[e];
        let in_market = record.in_market.last().copied().unwrap_or(false);
        let last_year = &record.hardware_profit[record.hardware_profit.len().saturating_sub(12)..];
        let mean = last_year.iter().sum::<f64>() / last_year.len().max(1) as f64;
        let services = &world.scenario.entrants[e].services;
        let per_user =
            values[&services.revenue] * values[&services.margin] * values[&services.attach];
        AfterTheEnd {
            services_of_base: if self.firm.active[e] {
                per_user * world.market.users * self.remaining_user_months(world, e)
            } else {
                0.0
            },
            hardware_continuation: if in_market {
                mean * values[&terms.hardware_continuation]
            } else {
                0.0
            },
            exit_cost: if in_market {
                values[&terms.exit_cost]
            } else {
                0.0
            },
        }
    }

    /// Discounted months that today's owners of the entrant keep this device, per user of the
    /// market: keep probabilities of the last month held fixed.
    fn remaining_user_months(&self, world: &World, e: usize) -> f64 {
        let layout = &world.layout;
        let owned = layout.owned_of_brand(world.scenario.entrants[e].brand);
        let yearly = world.values[&world.scenario.finance.discount_rate];
        let discount = libm::pow(1.0 + yearly, -1.0 / 12.0);
        let mut sum = 0.0;
        for i in 0..layout.types {
            for known in 0..layout.known_sets {
                for c in 0..layout.networks {
                    let start =
                        i * layout.type_cells() + layout.block(known, owned, c) * layout.stride();
                    let cells = start..start + layout.stride();
                    let mass = &self.economy.consumers.mass[cells.clone()];
                    let probability = &self.economy.buying.probability[cells];
                    let months = remaining_months(
                        layout.ages,
                        probability,
                        discount * (1.0 - world.market.lapse),
                    );
                    let by_age = |a: usize| {
                        let balance = mass.get(layout.age_cells + a).copied().unwrap_or(0.0);
                        mass[a]
                            + if a < layout.balance_cells {
                                balance
                            } else {
                                0.0
                            }
                    };
                    let owners: f64 = (0..layout.ages).map(|a| by_age(a) * months[a]).sum();
                    sum += world.market.tastes.weight[i] * owners;
                }
            }
        }
        sum
    }
}

/// Discounted expected months until the purchase of another device, by age, (A,): the months after
/// this one, `m_a = d·(1 − P_a)·(1 + m_{a+1})`, the last age absorbing. A balance changes the odds
/// of an early replacement little and is left out.
fn remaining_months(ages: usize, probability: &[f64], discount: f64) -> Vec<f64> {
    let mut months = vec![0.0; ages];
    let keep = discount * (1.0 - probability[ages - 1]);
    // The longest horizon: a device that is never replaced at a zero rate would last for ever.
    months[ages - 1] = (keep / (1.0 - keep).max(1e-3)).min(1000.0);
    for a in (0..ages - 1).rev() {
        months[a] = discount * (1.0 - probability[a]) * (1.0 + months[a + 1]);
    }
    months
}

/// What an entrant still gets or pays after the last month, money of that month.
#[derive(Clone, Copy, Debug, Default)]
struct AfterTheEnd {
    services_of_base: f64,
    hardware_continuation: f64,
    exit_cost: f64,
}

/// Receipts and costs of a month.
#[derive(Default)]
struct Money {
    receipts: f64,
    hardware_profit: f64,
    channel_costs: f64,
}

impl Money {
    /// Units of a product through a channel at a price. Imports pay the firm nothing.
    fn add(
        &mut self,
        world: &World,
        (product, channel, price): (usize, usize, f64),
        units: f64,
        durable: bool,
    ) {
        let terms = &world.terms;
        if !terms.pays_brand[channel] {
            return;
        }
        let receipt = terms.receipt(channel, price);
        let cost = unit_cost(world, product);
        self.receipts += receipt * units;
        self.channel_costs += (terms.cost[channel] + terms.subsidy_by_brand[channel]) * units;
        if durable {
            self.hardware_profit += (receipt - cost) * units;
        }
    }
}

fn unit_cost(world: &World, product: usize) -> f64 {
    let cost = world.scenario.products[product].unit_cost.as_ref();
    cost.map_or(0.0, |handle| world.values[handle])
}

/// The books of an entrant over the months recorded so far.
fn books(
    world: &World,
    record: &EntrantRecord,
    after: &AfterTheEnd,
) -> Result<finance::Accounts, FinanceError> {
    let (scenario, values) = (world.scenario, world.values);
    let own: Vec<usize> = (0..scenario.products.len())
        .filter(|&p| {
            let complement = matches!(scenario.products[p].category, Category::Complement(_));
            scenario.is_entrant(scenario.products[p].brand) || complement
        })
        .collect();
    let months = record.revenue.len();
    let units: Vec<f64> = own
        .iter()
        .flat_map(|&p| record.paid_units[p].iter().copied())
        .collect();
    let unit_costs: Vec<f64> = own
        .iter()
        .flat_map(|&p| std::iter::repeat_n(unit_cost(world, p), months))
        .collect();
    let terms = &scenario.finance;
    finance::account(
        &finance::Flows {
            goods_receipts: &record.revenue,
            services: &record.services,
            units: &units,
            unit_costs: &unit_costs,
            channel_costs: &record.channel_costs,
            marketing: &record.marketing,
            gates: &record.gates,
            fixed: &record.fixed,
            settlements: &record.settlements,
            services_of_base: after.services_of_base,
            hardware_continuation: after.hardware_continuation,
            exit_cost: after.exit_cost,
        },
        &finance::Terms {
            discount_rate: values[&terms.discount_rate],
            tax_rate: values[&terms.tax_rate],
            receivable_lag: values[&terms.receivable],
            payable_lag: values[&terms.payable],
            stock_cover: values[&terms.stock_cover],
            terminal: finance::TerminalSwitches {
                services_of_base: terms.count_services_of_base,
                hardware_continuation: terms.count_hardware_continuation,
                exit_cost: terms.count_exit_costs,
            },
        },
    )
}
