//! Plans and events of `scenario.toml` as written.

use super::file::Margin;
use super::special::{Action, AllOr, Effect};
use crate::quantity::{
    AnyNumber, Measured, Money, MoneyPerMonth, MoneyPerUnit, Months, NotNegative, Positive,
    Probability, Share, SomeMonths,
};
use crate::reader::{Id, Later, Map, OneOrMany, Text, choice, record};

record! {
    /// What the entrants may do: conditions and actions.
    PlanRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
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
    /// Talks to a partner (not simulated yet).
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
        /// Best reply to rivals (not built yet).
        Bertrand = "bertrand",
        /// The same under a cap on the margin (not built yet).
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
        /// Of `margin_cap`.
        cap: Option<Later>,
        /// Of `margin_cap`.
        base: Option<Text>,
        /// Of `margin_cap`.
        scope: Option<Text>,
        /// Of `margin_cap`.
        window: Option<Later>,
        /// Of `margin_cap`.
        other_revenue: Option<Later>,
        /// Of `margin_cap`.
        other_profit: Option<Later>,
        /// Of `margin_cap`.
        remedy: Option<Text>,
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
    /// Studies the market: paid once; what it teaches is not simulated yet.
    StudyAction {
        /// How much.
        study: Measured<Money>,
        /// For how long.
        r#for: Option<Measured<Months>>,
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

record! {
    /// What may happen (read and checked; not simulated yet).
    EventRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// An attempt that a plan starts.
        attempt: Option<AttemptTable>,
        /// Chance that the attempt succeeds.
        chance: Option<Measured<Share>>,
        /// What follows success.
        on_success: Vec<Effect>,
        /// What follows failure.
        on_failure: Vec<Effect>,
        /// Probability a month that it happens by itself.
        hazard: Option<Measured<Probability>>,
        /// Only while this holds.
        r#while: Option<Text>,
        /// Multipliers of the hazard, by condition.
        multiply: Map<Measured<NotNegative>>,
        /// What may follow; chances sum to 1.
        outcomes: Vec<OutcomeTable>,
    }
}

choice! {
    /// What starts an attempt.
    StarterWord {
        /// The action `negotiate`.
        Negotiate = "negotiate",
    }
}

record! {
    /// An attempt that a plan starts.
    AttemptTable {
        /// What starts it.
        starts_by: StarterWord,
        /// With whom: a channel or a network.
        partner: Text,
        /// How long it takes.
        lasts: Measured<Months>,
    }
}

record! {
    /// One outcome of an event.
    OutcomeTable {
        /// Its chance.
        chance: Measured<Share>,
        /// What happens.
        effects: Vec<Effect>,
    }
}

record! {
    /// Opens channels.
    OpenEffect {
        /// Channels, or "all".
        open: AllOr,
    }
}

record! {
    /// Closes channels.
    CloseEffect {
        /// Channels, or "all".
        close: AllOr,
    }
}

record! {
    /// Takes products off sale for some months.
    BlockEffect {
        /// Products, or "all".
        block: AllOr,
        /// For how long.
        r#for: Measured<SomeMonths>,
    }
}

choice! {
    /// What a shock moves.
    ShockWord {
        /// Trust, in utility.
        Trust = "trust",
        /// Awareness, in shares.
        Awareness = "awareness",
    }
}

record! {
    /// Adds to trust or awareness.
    ShockEffect {
        /// What.
        shock: ShockWord,
        /// By how much.
        by: Measured<AnyNumber>,
    }
}

choice! {
    /// What a change moves.
    ChangeWord {
        /// Unit cost.
        Cost = "cost",
        /// Price.
        Price = "price",
    }
}

record! {
    /// Multiplies a cost or a price of products.
    ChangeEffect {
        /// What.
        change: ChangeWord,
        /// Factor: 1.1 makes it ten per cent higher.
        by: Measured<Positive>,
        /// Products; all of the entrants' if not given.
        products: Option<AllOr>,
    }
}

record! {
    /// Money out.
    PayEffect {
        /// How much.
        pay: Measured<Money>,
        /// On what.
        on: Option<Text>,
        /// Who pays, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// Holds gates up.
    DelayEffect {
        /// Gates.
        delay: OneOrMany<Text>,
        /// By how long.
        by: Measured<SomeMonths>,
    }
}

record! {
    /// The firm leaves.
    ExitEffect {
        /// Must be true.
        exit: bool,
    }
}

record! {
    /// A rival's product comes on sale.
    LaunchRivalEffect {
        /// Products.
        launch_rival: OneOrMany<Text>,
    }
}
