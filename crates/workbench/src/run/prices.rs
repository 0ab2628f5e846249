//! Prices that earn less than they should: receipts below unit cost or below zero, under a plan.

use super::draws::tally::DrawIssue;
use super::output::Issue;
use super::words::enumerate;
use beachhead_engine::scenario::{Action, ChannelKind, Held, Plan, PriceRule, Scenario, Values};
use beachhead_engine::simulate::PlanRecord;
use beachhead_engine::supply::rule::{Rule, set_prices};
use beachhead_engine::supply::terms::Terms;

/// A receipt this much below unit cost, as a share of it, is rounding.
const ROUNDING: f64 = 1e-9;

/// What the plan has on offer in a month, by replaying the steps that fired.
struct Offered {
    /// Channels of a launched product, (P,).
    launched: Vec<Option<Vec<usize>>>,
    /// (E, K).
    open: Vec<Vec<bool>>,
    /// (P,).
    rules: Vec<Rule>,
}

/// What is wrong with a price.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// The channel is paid for taking the good.
    NegativeReceipt,
    /// The receipt does not cover the unit.
    BelowCost,
    /// The rule asks for a price below zero; the good is given away.
    GivenAway,
}

/// One wrong price of a product, with the channels that have it.
struct Finding {
    wrong: Wrong,
    product: usize,
    cost: f64,
    /// Channel and receipt in it, as first seen.
    receipts: Vec<(usize, f64)>,
    first: usize,
    last: usize,
    /// Months in which any channel has it.
    months: usize,
}

/// One issue for each product and kind of fault, counted over months.
pub(super) fn issues(
    scenario: &Scenario,
    values: &Values,
    plan: usize,
    record: &PlanRecord,
) -> Vec<DrawIssue> {
    let plan = &scenario.plans[plan];
    let terms = Terms::new(scenario, values);
    let mut offered = Offered::new(scenario, values);
    let mut findings: Vec<Finding> = Vec::new();
    for month in 1..=scenario.months {
        offered.pass(scenario, values, plan, record, month);
        for product in 0..scenario.products.len() {
            for channel in offered.channels(scenario, record, product, month) {
                let looked = offered.look(scenario, values, &terms, product, channel);
                if let Some(found) = looked {
                    count(&mut findings, product, channel, month, found);
                }
            }
        }
    }
    findings
        .iter()
        .map(|finding| {
            let product = &scenario.products[finding.product].id;
            DrawIssue::new(product, issue(scenario, &plan.id, finding))
        })
        .collect()
}

fn count(
    findings: &mut Vec<Finding>,
    product: usize,
    channel: usize,
    month: usize,
    (wrong, receipt, cost): (Wrong, f64, f64),
) {
    let same = |old: &&mut Finding| (old.wrong, old.product) == (wrong, product);
    let Some(old) = findings.iter_mut().find(same) else {
        findings.push(Finding {
            wrong,
            product,
            cost,
            receipts: vec![(channel, receipt)],
            first: month,
            last: month,
            months: 1,
        });
        return;
    };
    if !old.receipts.iter().any(|(known, _)| *known == channel) {
        old.receipts.push((channel, receipt));
    }
    old.months += usize::from(old.last != month);
    old.last = month;
}

fn issue(scenario: &Scenario, plan: &str, finding: &Finding) -> Issue {
    let product = &scenario.products[finding.product].id;
    let amount = |value: f64| {
        let sign = if value < 0.0 { "\u{2212}" } else { "" };
        format!("{} {sign}{:.2}", scenario.currency, value.abs())
    };
    let cost = amount(finding.cost);
    let by_channel = |(channel, receipt): &(usize, f64)| {
        format!(
            "{} through {}",
            amount(*receipt),
            scenario.channels[*channel].id
        )
    };
    let receipts: Vec<String> = finding.receipts.iter().map(by_channel).collect();
    let receipts = enumerate(&receipts);
    let (code, what) = match finding.wrong {
        Wrong::NegativeReceipt => (
            "negative_receipt",
            "the brand pays to be sold: the price does not cover tax and the channel\u{2019}s margin",
        ),
        Wrong::BelowCost => ("price_below_cost", "every unit loses money"),
        Wrong::GivenAway => (
            "price_at_zero",
            "cost plus margin less the subsidy is a price below zero, so it is given away",
        ),
    };
    let text = format!("{product} (unit cost {cost}) earns {receipts}; {what}");
    let months = match finding.months {
        1 => format!("in month {}", finding.first),
        count => format!("in {count} months from month {}", finding.first),
    };
    Issue {
        code: code.into(),
        place: format!("plans.{plan}"),
        count: finding.months,
        text: format!("{text}; {months}"),
    }
}

impl Offered {
    fn new(scenario: &Scenario, values: &Values) -> Self {
        let written = scenario.products.iter().map(|product| Rule::Fixed {
            price: values[&product.price],
        });
        Self {
            launched: vec![None; scenario.products.len()],
            open: vec![vec![false; scenario.channels.len()]; scenario.entrants.len()],
            rules: written.collect(),
        }
    }

    /// The steps of a month, and who leaves in it. A repeated step counts when it first fires: its
    /// actions are the same each time.
    fn pass(
        &mut self,
        scenario: &Scenario,
        values: &Values,
        plan: &Plan,
        record: &PlanRecord,
        month: usize,
    ) {
        for (step, &fired) in plan.steps.iter().zip(&record.steps_fired) {
            if fired == Some(month) {
                for action in &step.actions {
                    self.act(scenario, values, action);
                }
            }
        }
        for (open, entrant) in self.open.iter_mut().zip(&record.entrants) {
            if entrant.exited == Some(month) {
                open.fill(false);
            }
        }
    }

    fn act(&mut self, scenario: &Scenario, values: &Values, action: &Action) {
        match action {
            Action::Open { channels, entrant } => {
                channels.iter().for_each(|&k| self.open[*entrant][k] = true);
            }
            Action::Close { channels, entrant } => {
                channels
                    .iter()
                    .for_each(|&k| self.open[*entrant][k] = false);
            }
            Action::Launch { products, channels } => {
                for &product in products {
                    let all = scenario.products[product].channels.iter().copied();
                    let chosen = all.filter(|k| channels.is_empty() || channels.contains(k));
                    self.launched[product] = Some(chosen.collect());
                }
            }
            Action::Withdraw { products } => {
                products.iter().for_each(|&p| self.launched[p] = None);
            }
            Action::Price { products, rule } => {
                for (n, &product) in products.iter().enumerate() {
                    self.rules[product] = match rule {
                        PriceRule::Fixed { prices } => {
                            let written = &scenario.products[product].price;
                            Rule::Fixed {
                                price: values[prices.get(n).unwrap_or(written)],
                            }
                        }
                        PriceRule::CostPlus { margin } => Rule::CostPlus {
                            margin: values[margin],
                        },
                    };
                }
            }
            Action::PullOut { entrant } => self.open[*entrant].fill(false),
            Action::Start { .. }
            | Action::Negotiate { .. }
            | Action::Spend { .. }
            | Action::Pay { .. } => {}
        }
    }

    /// Open channels that pay the brand and sell a product in a month.
    fn channels(
        &self,
        scenario: &Scenario,
        record: &PlanRecord,
        product: usize,
        month: usize,
    ) -> Vec<usize> {
        let entrant = scenario.entrant_of(scenario.products[product].brand);
        let (Some(entrant), Some(launched)) = (entrant, &self.launched[product]) else {
            return Vec::new();
        };
        // What a gate holds back is launched but sells nothing.
        let units = record.entrants[entrant].paid_units[product].get(month - 1);
        if units.is_none_or(|units| *units <= 0.0) {
            return Vec::new();
        }
        let held = |k: usize| {
            let gates = scenario.gates.iter().zip(&record.gates_opened);
            let closed = |opened: Option<usize>| opened.is_none_or(|opened| opened > month);
            gates
                .filter(|(_, opened)| closed(**opened))
                .any(|(gate, _)| gate.holds.contains(&Held::Channel(k)))
        };
        let sells = |&k: &usize| {
            self.open[entrant][k] && scenario.channels[k].kind != ChannelKind::Import && !held(k)
        };
        launched.iter().copied().filter(sells).collect()
    }

    /// What is wrong with an offer's price, its receipt and its unit cost.
    fn look(
        &self,
        scenario: &Scenario,
        values: &Values,
        terms: &Terms,
        product: usize,
        channel: usize,
    ) -> Option<(Wrong, f64, f64)> {
        let unit_cost = scenario.products[product].unit_cost.as_ref();
        let cost = unit_cost.map_or(0.0, |handle| values[handle]);
        let rule = self.rules[product];
        let price = set_prices(rule, cost, terms).value[channel];
        let receipt = terms.receipt(channel, price);
        let asked_below_zero = match rule {
            Rule::CostPlus { margin } => terms.price(channel, cost * (1.0 + margin)) < 0.0,
            _ => false,
        };
        let wrong = if asked_below_zero {
            Wrong::GivenAway
        } else if receipt < 0.0 {
            Wrong::NegativeReceipt
        } else if receipt < cost * (1.0 - ROUNDING) {
            Wrong::BelowCost
        } else {
            return None;
        };
        Some((wrong, receipt, cost))
    }
}
