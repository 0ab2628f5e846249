//! Prices that firms set against each other, as written.

use super::file::Margin;
use super::plan_file::PriceRuleWord;
use crate::quantity::{Measured, MoneyPerMonth, MoneyPerMonthEitherWay, Share, SomeMonths};
use crate::reader::{Map, Text, Whole, choice, record};

record! {
    /// When prices are set anew, and by which rule firms set theirs. Who is not named holds the table's prices.
    PricingSection {
        /// The months in which all firms set prices anew, from 1.
        months: Vec<Whole<1, 600>>,
        /// The same, every so many months after the first.
        every: Option<Measured<SomeMonths>>,
        /// Also where this holds at the start of a month, once the window of the last time is over.
        when: Option<Text>,
        /// How long prices are set for; until the next of `months`, or the end, if not given.
        window: Option<Measured<SomeMonths>>,
        /// Rules by brand, incumbents or entrants.
        firms: Map<FirmRuleTable>,
    }
}

record! {
    /// How a firm sets the prices of all its durables.
    FirmRuleTable {
        /// The rule.
        price: PriceRuleWord,
        /// Share of cost, of `cost_plus`.
        margin: Option<Margin>,
        /// Of `margin_cap`: largest share of receipts that profit may be.
        cap: Option<Measured<Share>>,
        /// Of `margin_cap`: what counts as profit; gross if not given.
        base: Option<CapBaseWord>,
        /// Of `margin_cap`: what counts at all; this market if not given.
        scope: Option<CapScopeWord>,
        /// Of `margin_cap` with scope = "company": receipts elsewhere.
        other_revenue: Option<Measured<MoneyPerMonth>>,
        /// Of `margin_cap` with scope = "company": profit elsewhere, as the base counts it.
        other_profit: Option<Measured<MoneyPerMonthEitherWay>>,
        /// Of `margin_cap`: months over which it is measured, in blocks from month 1 on; each month alone if not given.
        cap_window: Option<Measured<SomeMonths>>,
        /// Of `margin_cap`: how it is kept; by lower prices if not given.
        remedy: Option<CapRemedyWord>,
    }
}

choice! {
    /// What a promise about margins counts as profit.
    CapBaseWord {
        /// Receipts less unit costs.
        Gross = "gross",
        /// The same less channel costs, fixed costs, marketing and tax.
        Net = "net",
    }
}

choice! {
    /// What a promise about margins is about.
    CapScopeWord {
        /// This market alone.
        Market = "market",
        /// The company, with what it sells elsewhere.
        Company = "company",
    }
}

choice! {
    /// How a promise about margins is kept.
    CapRemedyWord {
        /// By lower prices.
        Price = "price",
        /// By paying back what is too much.
        Rebate = "rebate",
    }
}
