//! Events of `scenario.toml` as written.

use super::special::{AllOr, Effect};
use crate::document::{Node, Value};
use crate::quantity::{
    AnyNumber, Measured, Money, MoneyPerUnitEitherWay, Months, NotNegative, Positive, Probability,
    Share, SomeMonths,
};
use crate::reader::{Id, Map, OneOrMany, Reader, Shape, Text, choice, record};
use serde_json::json;

/// How often an event may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Any number of times.
    Always,
    /// So many times.
    Times(usize),
}

impl Shape for Repeats {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.value {
            Value::Bool(true) => Self::Always,
            Value::Bool(false) => Self::Times(1),
            Value::Integer(times @ 1..=1_000_000) => Self::Times(times as usize),
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self::Always
    }

    fn describe(_: &str) -> String {
        "true, or how often it may occur: 1, 2, …".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "type": "boolean" }, { "type": "integer", "minimum": 1, "maximum": 1_000_000 }] })
    }
}

record! {
    /// What may happen: an attempt that a plan starts, a hazard, or what follows another event.
    EventRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// Why its numbers are what they are: said of each that has neither a source nor a note of its own.
        note: Option<Text>,
        /// An attempt that a plan starts.
        attempt: Option<AttemptTable>,
        /// Chance that the attempt succeeds, or that it follows.
        chance: Option<Measured<Share>>,
        /// What follows success.
        on_success: Vec<Effect>,
        /// What follows failure.
        on_failure: Vec<Effect>,
        /// Probability a month that it happens by itself.
        hazard: Option<Measured<Probability>>,
        /// The event that this one comes with, in the same month.
        follows: Option<Text>,
        /// Only while this holds.
        r#while: Option<Text>,
        /// Multipliers of the hazard, or of the odds of an attempt or of following, by condition; those that hold are
        /// multiplied.
        multiply: Map<Measured<NotNegative>>,
        /// One more multiplier, computed from what is observed, such as "min(3, sales.units/1e5)".
        times: Option<Text>,
        /// How often it may occur: a number, or true for any. Once if not given; an attempt any number of times.
        repeats: Option<Repeats>,
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
    /// Opens channels, also those that an event had closed.
    OpenEffect {
        /// Channels, or "all".
        open: AllOr,
        /// To whom, with two entrants; who negotiated, or both, if not given.
        brand: Option<Text>,
    }
}

record! {
    /// Closes channels and bars them to plans.
    CloseEffect {
        /// Channels, or "all".
        close: AllOr,
        /// For how long, after which they are as before; for good if not given.
        r#for: Option<Measured<SomeMonths>>,
        /// To whom, with two entrants; who negotiated, or both, if not given.
        brand: Option<Text>,
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
    /// Adds to trust; or makes a share of those who don't know the brand learn of it (below 0: of those who know, forget).
    ShockEffect {
        /// What.
        shock: ShockWord,
        /// By how much.
        by: Measured<AnyNumber>,
        /// Whose, with two entrants; who negotiated, or both, if not given.
        brand: Option<Text>,
    }
}

choice! {
    /// What a change moves.
    ChangeWord {
        /// Unit cost.
        Cost = "cost",
        /// Consumer's price.
        Price = "price",
        /// Revenue of services.
        Services = "services",
    }
}

record! {
    /// Changes a cost or a price of products, or what services earn.
    ChangeEffect {
        /// What.
        change: ChangeWord,
        /// Factor: 1.1 makes it ten per cent higher.
        by: Option<Measured<Positive>>,
        /// Money per unit added to a cost or a price, after all factors.
        add: Option<Measured<MoneyPerUnitEitherWay>>,
        /// Products, rivals' too; all of the entrants' if not given.
        products: Option<AllOr>,
        /// For how long; for good if not given.
        r#for: Option<Measured<SomeMonths>>,
        /// Whose services, with two entrants; both if not given.
        brand: Option<Text>,
    }
}

record! {
    /// A share of receipts that goes to others from now on.
    RoyaltyEffect {
        /// Share of receipts.
        royalty: Measured<Share>,
        /// Products; all of the entrants' if not given.
        products: Option<AllOr>,
        /// For how long; for good if not given.
        r#for: Option<Measured<SomeMonths>>,
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
    /// Holds gates up that are not open yet.
    DelayEffect {
        /// Gates.
        delay: OneOrMany<Text>,
        /// By how long.
        by: Measured<SomeMonths>,
    }
}

record! {
    /// The firm leaves and does not come back.
    ExitEffect {
        /// Must be true.
        exit: bool,
        /// Who, with two entrants; who negotiated, or both, if not given.
        brand: Option<Text>,
    }
}

record! {
    /// Rivals' products come on sale that wait for it (`launch` of "event" in their table), or come early.
    LaunchRivalEffect {
        /// Products.
        launch_rival: OneOrMany<Text>,
    }
}
