//! Plans of `scenario.toml` as written.

use super::file::Margin;
use super::pricing_file::{CapBaseWord, CapRemedyWord, CapScopeWord};
use super::special::{Action, AllOr};
use crate::quantity::{
    Measured, Money, MoneyPerMonth, MoneyPerMonthEitherWay, MoneyPerUnit, NotNegative, Share,
    SomeMonths,
};
use crate::reader::{Id, Later, Map, OneOrMany, Text, choice, record};

record! {
    /// What the entrants may do: conditions and actions.
    PlanRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// Why its numbers are what they are: said of each that has neither a source nor a note of its own.
        note: Option<Text>,
        /// Everything stops at the start of a month in which this holds.
        exit_when: Option<Text>,
        /// In the order written.
        steps: Vec<StepRow>,
    }
}

record! {
    /// A condition with actions.
    StepRow {
        /// Id, unique in the plan.
        id: Id,
        /// When it fires.
        when: Text,
        /// Fires in every month in which the condition holds, not only the first.
        repeat: bool = "false",
        /// What it does, in order.
        r#do: Vec<Action>,
    }
}

record! {
    /// Opens channels to the entrant.
    OpenAction {
        /// Channels, or "all".
        open: AllOr,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Closes channels to the entrant.
    CloseAction {
        /// Channels, or "all".
        close: AllOr,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Puts products on sale.
    LaunchAction {
        /// Products, or { products, channels } to sell them in some channels only.
        launch: super::special::Launch,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Products with the only channels that they are sold in.
    LaunchTable {
        /// Products.
        products: OneOrMany<Text>,
        /// Channels.
        channels: OneOrMany<Text>,
    }
}

record! {
    /// Takes products off sale.
    WithdrawAction {
        /// Products.
        withdraw: OneOrMany<Text>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Starts gates.
    StartAction {
        /// Gates.
        start: OneOrMany<Text>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Talks to a partner: starts the event that is an attempt with it.
    NegotiateAction {
        /// A channel or a network.
        negotiate: Text,
        /// What is offered.
        terms: Option<Map<Later>>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

choice! {
    /// How prices are set.
    PriceRuleWord {
        /// The table's prices, or `values`.
        Fixed = "fixed",
        /// Receipt = unit cost × (1 + margin).
        CostPlus = "cost_plus",
        /// What earns most, given what others charge.
        Bertrand = "bertrand",
        /// The same under a promise about the margin.
        MarginCap = "margin_cap",
    }
}

record! {
    /// Sets the price rule of products.
    PriceAction {
        /// The rule.
        price: PriceRuleWord,
        /// Share of cost, of `cost_plus`.
        margin: Option<Margin>,
        /// Products; all of the brand's if not given.
        products: Option<OneOrMany<Text>>,
        /// Consumers' prices by product, of `fixed`.
        values: Option<Map<Measured<MoneyPerUnit>>>,
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
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Spends money a month for some months.
    SpendAction {
        /// How much.
        spend: Measured<MoneyPerMonth>,
        /// `advertising` makes the brand known; every other word only costs.
        on: Text,
        /// For how long.
        r#for: Measured<SomeMonths>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Pays once.
    PayAction {
        /// How much.
        pay: Measured<Money>,
        /// On what.
        on: Text,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Studies the market: paid when it begins; when it ends it says what `[learning.<brand>.studies]` lets it say.
    StudyAction {
        /// How much.
        study: Measured<Money>,
        /// How long it takes.
        r#for: Measured<SomeMonths>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Sets how large an organisation is kept: fixed costs from now on, as a multiple of `finance.fixed_cost`.
    OverheadAction {
        /// The multiple; 1 until it is set.
        overhead: Measured<NotNegative>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Leaves the market: all channels close, spending ends.
    PullOutAction {
        /// Must be true.
        pull_out: bool,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}
