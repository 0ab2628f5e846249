//! Plans as data: steps with conditions and actions.

use super::{Handle, Payer, PriceRule};
use crate::plan::expression::Expression;
use serde::Serialize;

/// A policy of the entrants: what to do when.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Everything stops at the start of a month in which this holds.
    pub exit_when: Option<Expression>,
    /// As written, for reports.
    pub exit_when_text: String,
    /// In the order written.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Staying out.
    pub fn nothing() -> Self {
        Self {
            id: "stay_out".into(),
            title: "Stay out".into(),
            exit_when: None,
            exit_when_text: String::new(),
            steps: Vec::new(),
        }
    }
}

/// A condition with actions.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Id, unique in the plan.
    pub id: String,
    /// When it fires.
    pub when: Expression,
    /// As written.
    pub when_text: String,
    /// Fires in every month in which the condition holds, not only the first.
    pub repeats: bool,
    /// In the order written.
    pub actions: Vec<Action>,
}

/// What a step can do: a closed list. `entrant` is a position in the scenario's entrants.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Opens channels to the entrant.
    Open {
        /// Channels by position.
        channels: Vec<usize>,
        /// Whose.
        entrant: usize,
    },
    /// Closes channels to the entrant.
    Close {
        /// Channels by position.
        channels: Vec<usize>,
        /// Whose.
        entrant: usize,
    },
    /// Puts products on sale, in the given channels only unless that list is empty.
    Launch {
        /// Products by position.
        products: Vec<usize>,
        /// Channels by position.
        channels: Vec<usize>,
    },
    /// Takes products off sale.
    Withdraw {
        /// Products by position.
        products: Vec<usize>,
    },
    /// Starts gates.
    Start {
        /// Gates by position.
        gates: Vec<usize>,
        /// Whose.
        entrant: usize,
    },
    /// Talks to a partner: starts the attempt that an event describes.
    Negotiate {
        /// With whom.
        channel: usize,
        /// Whose.
        entrant: usize,
    },
    /// Sets the price rule of products.
    Price {
        /// Products by position.
        products: Vec<usize>,
        /// The rule.
        rule: PriceRule,
    },
    /// Spends money a month for some months.
    Spend {
        /// Money (a month, or once).
        amount: Handle,
        /// On what.
        on: Spending,
        /// For how long.
        months: Handle,
        /// Whose.
        entrant: usize,
    },
    /// Pays once.
    Pay {
        /// Money (a month, or once).
        amount: Handle,
        /// On what.
        on: String,
        /// Whose.
        entrant: usize,
    },
    /// Studies the market: paid when it begins; its result comes at its end.
    Study {
        /// Money, once.
        amount: Handle,
        /// How long it takes.
        months: Handle,
        /// Whose.
        entrant: usize,
    },
    /// Sets how many times `finance.fixed_cost` it costs from now on.
    Overhead {
        /// The multiple.
        factor: Handle,
        /// Whose.
        entrant: usize,
    },
    /// Agrees on other terms in a channel; part of a deal.
    Agree {
        /// Which.
        channel: usize,
        /// What the channel keeps, money per unit; as before if not given.
        margin: Option<Handle>,
        /// Taken off the consumer's price, money per unit; as before if not given.
        subsidy: Option<Handle>,
        /// Who pays the subsidy.
        payer: Payer,
        /// Whether units are paid at once there, whatever instalments the network gives.
        at_once: bool,
    },
    /// Leaves the market: all channels close, spending ends.
    PullOut {
        /// Whose.
        entrant: usize,
    },
}

impl Action {
    /// Whose action it is; none where it concerns products only.
    pub fn entrant(&self) -> Option<usize> {
        match self {
            Self::Open { entrant, .. }
            | Self::Close { entrant, .. }
            | Self::Start { entrant, .. }
            | Self::Negotiate { entrant, .. }
            | Self::Spend { entrant, .. }
            | Self::Pay { entrant, .. }
            | Self::Study { entrant, .. }
            | Self::Overhead { entrant, .. }
            | Self::PullOut { entrant } => Some(*entrant),
            Self::Launch { .. }
            | Self::Withdraw { .. }
            | Self::Price { .. }
            | Self::Agree { .. } => None,
        }
    }
}

/// What money is spent on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spending {
    /// Feeds awareness.
    Advertising,
    /// A cost with a label.
    Other(String),
}
