//! Who sets prices by which rule, and when prices are set anew.

use super::{Action, Handle, Scenario};
use crate::plan::expression::Expression;
use serde::Serialize;

/// How a product's price is set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceRule {
    /// The consumer's price: the table's, or these values by product.
    Fixed {
        /// Prices by position in the action's products; empty: the table's.
        prices: Vec<Handle>,
    },
    /// Receipt = unit cost × (1 + margin).
    CostPlus {
        /// Share of cost.
        margin: Handle,
    },
    /// What earns most, given what others charge, `[eq:months_game]`.
    Bertrand,
    /// The same under a promise about the margin, `[eq:cap]`.
    MarginCap(CapTerms),
}

impl PriceRule {
    /// Whether prices are played for.
    pub fn plays(&self) -> bool {
        matches!(self, Self::Bertrand | Self::MarginCap(_))
    }
}

/// A firm's promise about its margin, as written.
#[derive(Clone, Debug, Serialize)]
pub struct CapTerms {
    /// Largest share of receipts that profit may be.
    pub cap: Handle,
    /// What counts as profit.
    pub base: CapBase,
    /// What counts at all.
    pub scope: CapScope,
    /// Months over which it is measured, in blocks from month 1 on; none: each month alone, by the prices set in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// How it is kept.
    pub remedy: CapRemedy,
}

impl CapTerms {
    /// The last month of the block of the promise's window that a month lies in, of `last` in all.
    pub fn block_end(&self, month: usize, last: usize) -> usize {
        let window = self.window.unwrap_or(1).max(1);
        (month.max(1).div_ceil(window) * window).min(last)
    }
}

/// What a promise counts as profit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CapBase {
    /// Receipts less unit costs.
    Gross,
    /// The same less channel costs, fixed costs, advertising and tax.
    Net,
}

/// What a promise is about.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CapScope {
    /// This market alone.
    Market,
    /// The company: this market and what it sells elsewhere, money a month.
    Company {
        /// Receipts elsewhere.
        other_revenue: Handle,
        /// Profit elsewhere, as the base counts it.
        other_profit: Handle,
    },
}

/// How a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CapRemedy {
    /// By lower prices.
    Price,
    /// By paying back what is too much.
    Rebate,
}

/// When prices are set anew, and by whom.
#[derive(Clone, Debug, Serialize)]
pub struct Pricing {
    /// Set months, from 1, ascending.
    pub months: Vec<usize>,
    /// Also where this holds at the start of a month, once the window of the last time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Expression>,
    /// As written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub when_text: String,
    /// Months that prices are set for; none: until the next set month, or the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
    /// Firms with a rule of their own; others hold their prices.
    pub firms: Vec<FirmRule>,
}

/// The rule of a firm, for all its durables.
#[derive(Clone, Debug, Serialize)]
pub struct FirmRule {
    /// Brand, by position.
    pub brand: usize,
    /// The rule.
    pub rule: PriceRule,
}

impl Scenario {
    /// Whether anybody plays for prices, under any plan.
    pub fn plays_for_prices(&self) -> bool {
        self.rules().any(|(_, rule)| rule.plays())
    }

    /// Whether a brand promises something about its margin, under any plan.
    pub fn promises(&self, brand: usize) -> bool {
        self.rules()
            .any(|(whose, rule)| whose == Some(brand) && matches!(rule, PriceRule::MarginCap(_)))
    }

    /// All price rules, with the brand that has each.
    fn rules(&self) -> impl Iterator<Item = (Option<usize>, &PriceRule)> {
        let firms = self.pricing.iter().flat_map(|pricing| &pricing.firms);
        let steps = self.plans.iter().flat_map(|plan| &plan.steps);
        let actions = steps.flat_map(|step| &step.actions);
        let of_plans = actions.filter_map(|action| match action {
            Action::Price { products, rule } => {
                let first = products.first().map(|&p| self.products[p].brand);
                Some((first, rule))
            }
            _ => None,
        });
        firms
            .map(|firm| (Some(firm.brand), &firm.rule))
            .chain(of_plans)
    }
}

impl Pricing {
    /// Months that prices set in `month` are meant to hold, of `last` in all.
    pub fn window(&self, month: usize, last: usize) -> usize {
        let next = self.months.iter().find(|&&next| next > month);
        let until = next.map_or(last + 1, |&next| next);
        self.window.unwrap_or(until.saturating_sub(month)).max(1)
    }

    /// The rule of a brand, if it has one.
    pub fn rule_of(&self, brand: usize) -> Option<&PriceRule> {
        let firm = self.firms.iter().find(|firm| firm.brand == brand)?;
        Some(&firm.rule)
    }
}
