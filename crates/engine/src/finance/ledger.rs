//! The books of a plan: goods bought and held, accrual profit, cash by line, what is owed at the end.

use super::{Flows, TerminalSwitches, Terms};
use serde::Serialize;

/// Cash by line and month, each of shape (T,), money. Costs are positive amounts that `net` subtracts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cash {
    /// Received for goods, lagged.
    pub receipts: Vec<f64>,
    /// Received for services.
    pub services: Vec<f64>,
    /// Paid for goods bought, lagged; negative where stock went back.
    pub purchases: Vec<f64>,
    /// Paid for channels.
    pub channel_costs: Vec<f64>,
    /// Paid for marketing.
    pub marketing: Vec<f64>,
    /// Paid for gates.
    pub gates: Vec<f64>,
    /// Paid as fixed costs.
    pub fixed: Vec<f64>,
    /// Paid as settlements and other single payments.
    pub settlements: Vec<f64>,
    /// Tax paid.
    pub tax: Vec<f64>,
    /// Receipts and services less everything paid, `[eq:cash]`.
    pub net: Vec<f64>,
    /// Sum of `net` up to and including the month, undiscounted.
    pub cumulative: Vec<f64>,
}

/// What stands at the end of the last month, `[eq:terminal]`, in money of that month; a row that is switched off is 0. Not taxed: the profit
/// behind the first three was, the others are given as they count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Terminal {
    /// Earned, not yet received.
    pub receivables: f64,
    /// Bought, not yet paid; positive.
    pub payables: f64,
    /// Stock at the last month's unit cost.
    pub stock: f64,
    /// Services of the base over the remaining life of its devices.
    pub services_of_base: f64,
    /// Hardware sales after the last month.
    pub hardware_continuation: f64,
    /// Cost of leaving; positive.
    pub exit_cost: f64,
    /// `receivables − payables + stock + services_of_base + hardware_continuation − exit_cost`.
    pub total: f64,
}

/// Amounts still owed at the end of the last month, money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Owed {
    /// To the firm, for goods sold.
    receivables: f64,
    /// By the firm, for goods bought.
    payables: f64,
}

impl Terminal {
    pub(super) fn new(flows: &Flows, owed: &Owed, stock: f64, switches: TerminalSwitches) -> Self {
        let counted = |switch: bool, amount: f64| if switch { amount } else { 0.0 };
        let services_of_base = counted(switches.services_of_base, flows.services_of_base);
        let hardware_continuation =
            counted(switches.hardware_continuation, flows.hardware_continuation);
        let exit_cost = counted(switches.exit_cost, flows.exit_cost);
        let Owed {
            receivables,
            payables,
        } = *owed;
        let total =
            receivables - payables + stock + services_of_base + hardware_continuation - exit_cost;
        Self {
            receivables,
            payables,
            stock,
            services_of_base,
            hardware_continuation,
            exit_cost,
            total,
        }
    }
}

/// Goods bought and used up, summed over products.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Goods {
    /// `Σ_j c_jt·(units_jt + change in stock_jt)`, shape (T,); what suppliers charge in the month.
    bought: Vec<f64>,
    /// Purchases less the rise of the stock's value, shape (T,): the cost of the goods sold.
    used: Vec<f64>,
    /// Stock at the end of the last month at its unit cost, money.
    pub(super) closing_value: f64,
}

impl Goods {
    /// `stock_t = stock_cover·units_t`, none before month 1. When sales fall, stock goes back at the month's unit cost.
    ///
    /// Stock is valued at the month's unit cost, so a change of that cost is a gain or loss on the stock held and is part of
    /// `used`; with a constant unit cost, `used` is units sold times unit cost. Either way profit adds up to cash plus what
    /// stands at the end.
    pub(super) fn new(units: &[f64], unit_costs: &[f64], months: usize, stock_cover: f64) -> Self {
        let mut goods = Self {
            bought: vec![0.0; months],
            used: vec![0.0; months],
            closing_value: 0.0,
        };
        for (units, costs) in units
            .chunks_exact(months)
            .zip(unit_costs.chunks_exact(months))
        {
            let (mut stock, mut last_cost) = (0.0, 0.0);
            for t in 0..months {
                let target = stock_cover * units[t];
                goods.bought[t] += costs[t] * (units[t] + (target - stock));
                goods.used[t] += costs[t] * units[t] - (costs[t] - last_cost) * stock;
                (stock, last_cost) = (target, costs[t]);
            }
            goods.closing_value += last_cost * stock;
        }
        goods
    }
}

/// Accrual profit before tax: what was earned less what was used up, whenever the money moves; shape (T,).
pub(super) fn profit(flows: &Flows, goods: &Goods) -> Vec<f64> {
    let month =
        |t: usize| flows.goods_receipts[t] + flows.services[t] - goods.used[t] - expenses(flows, t);
    (0..flows.goods_receipts.len()).map(month).collect()
}

/// Costs of a month that are paid at once.
fn expenses(flows: &Flows, t: usize) -> f64 {
    flows.channel_costs[t]
        + flows.marketing[t]
        + flows.gates[t]
        + flows.fixed[t]
        + flows.settlements[t]
}

/// Cash by line and month, and what is still owed at the end.
pub(super) fn cash(flows: &Flows, goods: &Goods, tax: Vec<f64>, terms: &Terms) -> (Cash, Owed) {
    let (receipts, receivables) = delayed(flows.goods_receipts, terms.receivable_lag);
    let (purchases, payables) = delayed(&goods.bought, terms.payable_lag);
    let net: Vec<f64> = (0..receipts.len())
        .map(|t| receipts[t] + flows.services[t] - purchases[t] - expenses(flows, t) - tax[t])
        .collect();
    let cumulative = running_sum(&net);
    let cash = Cash {
        receipts,
        services: flows.services.to_vec(),
        purchases,
        channel_costs: flows.channel_costs.to_vec(),
        marketing: flows.marketing.to_vec(),
        gates: flows.gates.to_vec(),
        fixed: flows.fixed.to_vec(),
        settlements: flows.settlements.to_vec(),
        tax,
        net,
        cumulative,
    };
    (
        cash,
        Owed {
            receivables,
            payables,
        },
    )
}

/// `[eq:lag]`: amounts moved `lag` months later, and the sum of those that fall after the last month.
///
/// A fraction of a month is split between the two neighbouring months: with a lag of 1.5, half comes after one month and half
/// after two.
fn delayed(amounts: &[f64], lag: f64) -> (Vec<f64>, f64) {
    let months = amounts.len();
    let fraction = lag - libm::floor(lag);
    // A lag beyond the horizon may be any number; the cast saturates.
    let whole = (libm::floor(lag) as usize).min(months);
    let mut moved = vec![0.0; months];
    let mut outstanding = 0.0;
    for (t, amount) in amounts.iter().enumerate() {
        for (arrival, part) in [
            (t + whole, (1.0 - fraction) * amount),
            (t + whole + 1, fraction * amount),
        ] {
            match moved.get_mut(arrival) {
                Some(month) => *month += part,
                None => outstanding += part,
            }
        }
    }
    (moved, outstanding)
}

fn running_sum(amounts: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |amount: &f64| {
        sum += amount;
        sum
    };
    amounts.iter().map(add).collect()
}
