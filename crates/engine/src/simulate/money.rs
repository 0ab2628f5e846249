//! The money of a path: what accrues in a month, the books, and what stands at the end.

use super::World;
use super::path::{Path, PathError};
use super::record::{EntrantRecord, PlanRecord};
use super::standing::{Shared, Standing};
use crate::finance::{self, FinanceError};
use crate::scenario::Category;

impl Path<'_> {
    /// Receipts, costs and payments of the month as they accrue.
    pub(super) fn record_money(&mut self, world: &World, e: usize, shared: &Shared) {
        let (scenario, values, users) = (world.scenario, world.values, world.market.users);
        let entrant = &scenario.entrants[e];
        let mut money = Money::default();
        let durable = &self.on_sale.durable;
        for o in 0..durable.len() {
            let product = &world.market.products[durable.product[o]];
            if product.brand == entrant.brand {
                let units = users * self.standing.economy(shared).flows.units[o];
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
    pub(super) fn keep_books(&mut self, world: &World, e: usize) -> Result<(), PathError> {
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

    /// Closes the books with what stands at the end.
    pub(super) fn finish(mut self, world: &World) -> Result<PlanRecord, PathError> {
        // Who owns what when the last month is over.
        if let Standing::Inside(economy) = &mut self.standing {
            economy.consumers(world.ground());
        }
        self.record.steps_fired.clone_from(&self.firm.fired);
        self.record.gates_opened = self.firm.gates.iter().map(|gate| gate.opened).collect();
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
        let mut probability = Vec::new();
        let Standing::Inside(economy) = &self.standing else {
            return 0.0;
        };
        let all = &economy.opened().mass;
        for i in 0..layout.types {
            for known in 0..layout.known_sets {
                for c in 0..layout.networks {
                    let block = i * layout.blocks() + layout.block(known, owned, c);
                    let mass = &all[block * layout.stride()..(block + 1) * layout.stride()];
                    let buying = &economy.buying;
                    buying.probabilities(layout, block, &mut probability);
                    let months = remaining_months(
                        layout.ages,
                        &probability,
                        buying.season(),
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
/// this one, `m_a = d·(1 − P_a)·(1 + m_{a+1})`, the last age absorbing. `probability` of the last
/// month is taken back to a season of 1: a horizon that ends in December ends no sooner. A balance
/// changes the odds of an early replacement little and is left out.
fn remaining_months(ages: usize, probability: &[f64], season: f64, discount: f64) -> Vec<f64> {
    let keep = |a: usize| {
        let p = probability[a];
        discount * (1.0 - p / (p + season * (1.0 - p)))
    };
    let mut months = vec![0.0; ages];
    let last = keep(ages - 1);
    // The longest horizon: a device that is never replaced at a zero rate would last for ever.
    months[ages - 1] = (last / (1.0 - last).max(1e-3)).min(1000.0);
    for a in (0..ages - 1).rev() {
        months[a] = keep(a) * (1.0 + months[a + 1]);
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
