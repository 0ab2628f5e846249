//! Events as data: what sets one off, how often it may occur, and what it does.

use super::Handle;
use crate::plan::expression::Expression;
use serde::Serialize;

/// What may happen, `[eq:hazard]`.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// What sets it off.
    pub trigger: Trigger,
    /// Occurrences (attempts, of an attempt) on one path; none: any number.
    pub most: Option<usize>,
    /// What may come of it. Chances sum to 1; an attempt has success and failure.
    pub outcomes: Vec<EventOutcome>,
}

/// What sets an event off.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A hazard a month while a condition holds.
    Hazard {
        /// Probability a month.
        hazard: Handle,
        /// While this holds.
        while_holds: Expression,
        /// What raises or lowers it.
        factors: Factors,
    },
    /// An attempt that a plan starts.
    Attempt {
        /// With whom, a channel.
        partner: usize,
        /// Months.
        lasts: Handle,
        /// Chance of success.
        chance: Handle,
        /// What raises or lowers the odds of success.
        factors: Factors,
    },
    /// Comes with another event, in the same month.
    Follows {
        /// The other, by position.
        event: usize,
        /// Chance that it does.
        chance: Handle,
        /// Only where this holds.
        while_holds: Expression,
        /// What raises or lowers the odds.
        factors: Factors,
    },
}

impl Trigger {
    /// What raises or lowers its hazard or its odds.
    pub fn factors(&self) -> &Factors {
        match self {
            Self::Hazard { factors, .. }
            | Self::Attempt { factors, .. }
            | Self::Follows { factors, .. } => factors,
        }
    }
}

/// Factors of a hazard or of odds; all that apply are multiplied.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Factors {
    /// A factor where a condition holds.
    pub where_holds: Vec<(Expression, Handle)>,
    /// A factor that is computed; below 0 or undefined counts as 0.
    pub times: Option<Expression>,
}

/// One outcome of an event.
#[derive(Clone, Debug, Serialize)]
pub struct EventOutcome {
    /// Its chance; none for those of an attempt, whose trigger has it.
    pub chance: Option<Handle>,
    /// What happens.
    pub effects: Vec<Effect>,
}

/// What an event can do: a closed list. `entrant` is a position in the scenario's entrants; none: whose attempt it was,
/// otherwise all of them. `months` of none: for good.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Opens channels, also those that an event had closed.
    Open {
        /// Channels by position.
        channels: Vec<usize>,
        /// To whom.
        entrant: Option<usize>,
    },
    /// Closes channels and bars them: a plan cannot open them.
    Close {
        /// Channels by position.
        channels: Vec<usize>,
        /// To whom.
        entrant: Option<usize>,
        /// For how long; afterwards they are as they were.
        months: Option<Handle>,
    },
    /// Takes products off sale for some months.
    Block {
        /// Products by position.
        products: Vec<usize>,
        /// Months.
        months: Handle,
    },
    /// Adds to trust (utility), or moves a share of users into or out of awareness, `[eq:awareness_shock]`.
    Shock {
        /// What.
        what: Shocked,
        /// By how much.
        by: Handle,
        /// Whose.
        entrant: Option<usize>,
    },
    /// Multiplies, or adds to, the unit cost or the consumer's price of products.
    Change {
        /// What.
        what: Changed,
        /// Products by position, rivals' too.
        products: Vec<usize>,
        /// Factor.
        factor: Option<Handle>,
        /// Money per unit, added after all factors.
        amount: Option<Handle>,
        /// For how long.
        months: Option<Handle>,
    },
    /// Multiplies the revenue of services.
    Services {
        /// Factor.
        factor: Handle,
        /// Whose.
        entrant: Option<usize>,
        /// For how long.
        months: Option<Handle>,
    },
    /// A share of receipts of products that goes to others.
    Royalty {
        /// Products by position.
        products: Vec<usize>,
        /// Share of receipts, added to what is paid already.
        share: Handle,
        /// For how long.
        months: Option<Handle>,
    },
    /// Money out, of an entrant that has acted.
    Pay {
        /// Money.
        amount: Handle,
        /// Who pays.
        entrant: Option<usize>,
    },
    /// Holds gates up that are not open yet.
    Delay {
        /// Gates by position.
        gates: Vec<usize>,
        /// Months added to their lead time.
        months: Handle,
    },
    /// Leaves the market and does not come back.
    Exit {
        /// Who.
        entrant: Option<usize>,
    },
    /// Rivals' products come on sale.
    LaunchRival(Vec<usize>),
}

/// What a shock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shocked {
    /// Trust.
    Trust,
    /// Awareness.
    Awareness,
}

/// What a change moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// Unit cost.
    Cost,
    /// Consumer's price.
    Price,
}
