//! What a plan is worth to the firm: monthly cash by line, tax, terminal rows, net present value.
//!
//! Knows only amounts by month, nothing of consumers or plans. All money is nominal, in the scenario's currency; element `t` of
//! a monthly array is month `t + 1`; a month's cash stands at its end (model §7).

pub mod ledger;
pub mod tax;
pub mod value;

pub use ledger::{Cash, Terminal};

use ledger::Goods;
use serde::Serialize;

/// The money terms of one draw.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Terms {
    /// Discount rate, effective per year, > −1; without a premium for events that are drawn.
    pub discount_rate: f64,
    /// Tax on profit, a share in [0, 1].
    pub tax_rate: f64,
    /// Lag of receipts for goods, months (45 days are 1.5), ≥ 0.
    pub receivable_lag: f64,
    /// Lag of payments for goods bought, months, ≥ 0.
    pub payable_lag: f64,
    /// Stock held at the end of a month, in months of that month's sales, ≥ 0.
    pub stock_cover: f64,
    /// Which terminal rows count.
    pub terminal: TerminalSwitches,
}

/// The terminal rows that can be switched; receivables, payables and stock always count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TerminalSwitches {
    /// Services of the installed base over the remaining life of its devices.
    pub services_of_base: bool,
    /// Continuation of hardware sales.
    pub hardware_continuation: bool,
    /// Cost of leaving.
    pub exit_cost: bool,
}

/// What happened, before any lag: T months, P products (complements included). Amounts are money per month.
#[derive(Debug, Clone, Copy)]
pub struct Flows<'a> {
    /// What the firm earns from the goods sold in a month, `Σ r q`, complements included; shape (T,).
    pub goods_receipts: &'a [f64],
    /// Margin from services of the month's installed base, received at once; shape (T,).
    pub services: &'a [f64],
    /// Units sold, shape (P, T) by rows: all months of the first product, then of the next.
    pub units: &'a [f64],
    /// Cost of buying a unit in the month, money per unit; shape (P, T) as `units`.
    pub unit_costs: &'a [f64],
    /// Costs of channels (listing, staff); shape (T,). A cost is a positive amount, here and below.
    pub channel_costs: &'a [f64],
    /// Marketing; shape (T,).
    pub marketing: &'a [f64],
    /// Costs of gates; shape (T,).
    pub gates: &'a [f64],
    /// Fixed costs; shape (T,).
    pub fixed: &'a [f64],
    /// Settlements and other single payments; shape (T,).
    pub settlements: &'a [f64],
    /// Worth, at the end of the last month, of services of the base over its devices' remaining life; money.
    pub services_of_base: f64,
    /// Worth, at the end of the last month, of hardware sales after it; money.
    pub hardware_continuation: f64,
    /// Cost of leaving at the end of the last month; money, positive.
    pub exit_cost: f64,
}

/// Cash, profit and value of a plan in one draw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accounts {
    /// Cash by line and month.
    pub cash: Cash,
    /// Accrual profit before tax, which is taxed; shape (T,).
    pub profit: Vec<f64>,
    /// What stands at the end of the last month.
    pub terminal: Terminal,
    /// Net present value at the scenario's start, terminal rows included; money.
    pub npv: f64,
    /// First month (from 1) from which cumulative undiscounted cash stays ≥ 0 until the last; `None`: never.
    pub payback_month: Option<usize>,
    /// The most money that had to be put in: `max(0, −minimum of cumulative undiscounted cash)`.
    pub peak_funding: f64,
}

/// Why accounts cannot be drawn up.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FinanceError {
    /// No month at all.
    #[error("there are no months to account for; a horizon of at least one month is needed")]
    NoMonths,
    /// An array of the wrong length.
    #[error(
        "`{name}` has {found} entries, expected {expected}; give one for each month (and product)"
    )]
    Length {
        /// Name of the array.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The length that the horizon needs.
        expected: usize,
    },
    /// An amount that is NaN or infinite.
    #[error(
        "`{name}` is {value} at position {position}; amounts must be finite, look at the prices and units behind it"
    )]
    NotFinite {
        /// Name of the array or number.
        name: &'static str,
        /// Position from 1.
        position: usize,
        /// What was found.
        value: f64,
    },
    /// A term outside its range.
    #[error("`{name}` is {value}; it must be {range}")]
    Term {
        /// Name of the term.
        name: &'static str,
        /// What was found.
        value: f64,
        /// What is allowed, in words.
        range: &'static str,
    },
}

/// Draws up the accounts of a plan.
///
/// # Errors
/// [`FinanceError`] if lengths disagree, an amount is not finite, or a term is out of range.
pub fn account(flows: &Flows, terms: &Terms) -> Result<Accounts, FinanceError> {
    check_terms(terms)?;
    check_flows(flows)?;
    let goods = Goods::new(
        flows.units,
        flows.unit_costs,
        flows.goods_receipts.len(),
        terms.stock_cover,
    );
    let profit = ledger::profit(flows, &goods);
    let tax = tax::with_losses_carried_forward(&profit, terms.tax_rate);
    let (cash, owed) = ledger::cash(flows, &goods, tax, terms);
    let terminal = Terminal::new(flows, &owed, goods.closing_value, terms.terminal);
    let npv = value::present_value(&cash.net, terminal.total, terms.discount_rate);
    let payback_month = value::payback_month(&cash.cumulative);
    let peak_funding = value::peak_funding(&cash.cumulative);
    Ok(Accounts {
        cash,
        profit,
        terminal,
        npv,
        payback_month,
        peak_funding,
    })
}

fn check_terms(terms: &Terms) -> Result<(), FinanceError> {
    let check = |name, value: f64, allowed: bool, range| {
        if allowed && value.is_finite() {
            Ok(())
        } else {
            Err(FinanceError::Term { name, value, range })
        }
    };
    check(
        "discount_rate",
        terms.discount_rate,
        terms.discount_rate > -1.0,
        "above −100 % a year",
    )?;
    check(
        "tax_rate",
        terms.tax_rate,
        (0.0..=1.0).contains(&terms.tax_rate),
        "a share between 0 and 1",
    )?;
    let at_least_zero = "0 months or more, and finite";
    check(
        "receivable",
        terms.receivable_lag,
        terms.receivable_lag >= 0.0,
        at_least_zero,
    )?;
    check(
        "payable",
        terms.payable_lag,
        terms.payable_lag >= 0.0,
        at_least_zero,
    )?;
    check(
        "stock_cover",
        terms.stock_cover,
        terms.stock_cover >= 0.0,
        at_least_zero,
    )
}

fn check_flows(flows: &Flows) -> Result<(), FinanceError> {
    let months = flows.goods_receipts.len();
    if months == 0 {
        return Err(FinanceError::NoMonths);
    }
    let by_product = flows.units.len().div_ceil(months) * months;
    let arrays = [
        ("goods_receipts", flows.goods_receipts, months),
        ("services", flows.services, months),
        ("units", flows.units, by_product),
        ("unit_costs", flows.unit_costs, by_product),
        ("channel_costs", flows.channel_costs, months),
        ("marketing", flows.marketing, months),
        ("gates", flows.gates, months),
        ("fixed", flows.fixed, months),
        ("settlements", flows.settlements, months),
        ("services_of_base", &[flows.services_of_base], 1),
        ("hardware_continuation", &[flows.hardware_continuation], 1),
        ("exit_cost", &[flows.exit_cost], 1),
    ];
    for (name, amounts, expected) in arrays {
        if amounts.len() != expected {
            return Err(FinanceError::Length {
                name,
                found: amounts.len(),
                expected,
            });
        }
        if let Some(index) = amounts.iter().position(|amount| !amount.is_finite()) {
            return Err(FinanceError::NotFinite {
                name,
                position: index + 1,
                value: amounts[index],
            });
        }
    }
    Ok(())
}
