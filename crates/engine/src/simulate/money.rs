//! The money of a path: what accrues in a month, the books, and what stands at the end.

use super::World;
use super::path::{Path, PathError};
use super::place::{Place, Shared};
use super::record::{EntrantRecord, PlanRecord, PoorPrice};
use crate::finance::{self, FinanceError};
use crate::scenario::{Category, ChannelKind};
use crate::supply::terms::Terms;
use std::sync::Arc;

impl Path<'_> {
    /// Receipts, costs and payments of the month as they accrue.
    pub(super) fn record_money(&mut self, world: &World, e: usize, shared: &Shared) {
        let (scenario, values) = (world.scenario, world.values);
        let entrant = &scenario.entrants[e];
        let mut money = Money::default();
        for sale in self.sales(world, e, shared) {
            money.add(&self.firm.terms, &sale);
            self.look_at_price(world, e, &sale);
        }
        let rebate = self.keep_promise(world, e, &money);
        money.receipts -= rebate;
        money.hardware_profit -= rebate;
        let payments = self.firm.payments[e];
        let acting = self.firm.active[e] && self.firm.exited[e].is_none();
        let record = &mut self.record.entrants[e];
        let base = record.installed_base.last().copied().unwrap_or(0.0);
        let services = &entrant.services;
        let per_user = self.firm.standing.services(e)
            * (values[&services.revenue] * values[&services.margin] * values[&services.attach]);
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
            values[&scenario.finance.fixed_cost] * self.firm.overhead[e]
        } else {
            0.0
        });
    }

    /// What an entrant sold through channels that pay it, offer by offer, durable first; and its unit costs.
    fn sales(&mut self, world: &World, e: usize, shared: &Shared) -> Vec<Sale> {
        let (scenario, users) = (world.scenario, world.market.users);
        let brand = scenario.entrants[e].brand;
        let costs: Vec<f64> = (0..scenario.products.len())
            .map(|p| self.firm.unit_cost(world, p))
            .collect();
        let mut sales = Vec::new();
        let mut add = |(product, channel, price): (usize, usize, f64), units: f64, durable| {
            // Imports pay the firm nothing.
            if world.terms.pays_brand[channel] {
                let receipt = self.firm.terms.receipt(channel, price);
                sales.push(Sale {
                    product,
                    channel,
                    units,
                    receipt,
                    royalty: receipt.max(0.0) * self.firm.standing.royalty(product),
                    unit_cost: costs[product],
                    durable,
                });
            }
        };
        let durable = &self.on_sale.durable;
        let flows = &self.place.economy(shared).flows;
        for o in 0..durable.len() {
            let product = &world.market.products[durable.product[o]];
            if product.brand == brand {
                let at = (product.scenario_index, durable.channel[o], durable.price[o]);
                add(at, users * flows.units[o], true);
            }
        }
        let complements = self.on_sale.complements[e].iter();
        for (offers, units) in complements.zip(&self.complement_units[e]) {
            for (offer, &units) in offers.iter().zip(units) {
                add(
                    (offer.product, offer.channel, offer.price),
                    users * units,
                    false,
                );
            }
        }
        let by_product = self.record.entrants[e].unit_costs.iter_mut();
        for (p, (series, cost)) in by_product.zip(costs).enumerate() {
            if scenario.products[p].brand == brand {
                series.push(cost);
            }
        }
        sales
    }

    /// Notes an offer that earns less than its unit costs, if the product sells at all.
    fn look_at_price(&mut self, world: &World, e: usize, sale: &Sale) {
        /// A receipt this much below unit cost, as a share of it, is rounding.
        const ROUNDING: f64 = 1e-9;
        let sold = self.record.entrants[e].paid_units[sale.product].last();
        let (kept, cost) = (sale.receipt - sale.royalty, sale.unit_cost);
        let given_away = self.firm.asks_below_zero(world, sale.product, sale.channel);
        if sold.is_none_or(|units| *units <= 0.0)
            || !(given_away || kept < 0.0 || kept < cost * (1.0 - ROUNDING))
        {
            return;
        }
        debug_assert!(world.scenario.channels[sale.channel].kind != ChannelKind::Import);
        self.record.poor_prices.push(PoorPrice {
            month: self.record.entrants[e].revenue.len() + 1,
            product: sale.product,
            channel: sale.channel,
            receipt: kept,
            unit_cost: cost,
            given_away,
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
        if let Place::Inside(economy) = &mut self.place {
            Arc::make_mut(economy).consumers(world.ground());
        }
        self.record.steps_fired.clone_from(&self.firm.fired);
        self.record.events_fired = self.firm.events.first_months();
        self.record.event_counts = self.firm.events.counts();
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
        let per_user = self.firm.standing.services(e)
            * (values[&services.revenue] * values[&services.margin] * values[&services.attach]);
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
        let Place::Inside(economy) = &self.place else {
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
pub(super) fn remaining_months(
    ages: usize,
    probability: &[f64],
    season: f64,
    discount: f64,
) -> Vec<f64> {
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
pub(super) struct Money {
    receipts: f64,
    pub(super) hardware_profit: f64,
    channel_costs: f64,
    /// Of the durable alone: what is kept of receipts after royalties, and what selling it costs.
    pub(super) durable_receipts: f64,
    pub(super) durable_selling: f64,
}

/// What was sold of a product through a channel in a month.
struct Sale {
    product: usize,
    channel: usize,
    units: f64,
    /// Money per unit.
    receipt: f64,
    /// Of it, what goes to others.
    royalty: f64,
    unit_cost: f64,
    durable: bool,
}

impl Money {
    fn add(&mut self, terms: &Terms, sale: &Sale) {
        let (k, units) = (sale.channel, sale.units);
        self.receipts += sale.receipt * units;
        self.channel_costs += (terms.cost[k] + terms.subsidy_by_brand[k] + sale.royalty) * units;
        if sale.durable {
            self.durable_receipts += (sale.receipt - sale.royalty) * units;
            self.durable_selling += (terms.cost[k] + terms.subsidy_by_brand[k]) * units;
            self.hardware_profit += (sale.receipt - sale.royalty - sale.unit_cost) * units;
        }
    }
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
    // Other entrants' products sell nothing here; their costs do not matter.
    let cost = |p: usize, t: usize| record.unit_costs[p].get(t).copied().unwrap_or(0.0);
    let unit_costs: Vec<f64> = own
        .iter()
        .flat_map(|&p| (0..months).map(move |t| cost(p, t)))
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
