//! What can be wrong with the numbers of an estimation.

use thiserror::Error;

/// A mistake in the input of an estimation. Markets and rows are named as the caller called them.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EstimateError {
    /// An array of the wrong length.
    #[error("{what} has {found} entries; expected {expected}")]
    Shape {
        /// Which array.
        what: String,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// A number out of range.
    #[error("{what} in row {} (market {market}) is {value}; expected {expected}", row + 1)]
    Range {
        /// Which column.
        what: String,
        /// Row, from 0.
        row: usize,
        /// Market.
        market: String,
        /// The number.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// Shares of a market that leave nothing outside.
    #[error(
        "shares of market {market} sum to {sum}; expected less than 1: what is left is the outside good's, so divide sales by the size of the market"
    )]
    NoOutsideGood {
        /// Market.
        market: String,
        /// Sum of its shares.
        sum: f64,
    },
    /// Weights of a market's agents that are not a distribution.
    #[error("weights of the agents of market {market} sum to {sum}; expected 1")]
    Weights {
        /// Market.
        market: String,
        /// Their sum.
        sum: f64,
    },
    /// A market without people.
    #[error("market {market} has no agents; add rows for it, or integrate by rule")]
    NoAgents {
        /// Market.
        market: String,
    },
    /// Columns that others of the same block already contain.
    #[error(
        "{block}: {} {} a combination of the columns before; leave {} out{hint}",
        .columns.join(", "),
        if .columns.len() == 1 { "is" } else { "are" },
        if .columns.len() == 1 { "it" } else { "them" }
    )]
    Collinear {
        /// Which block.
        block: &'static str,
        /// Labels of the columns that add nothing.
        columns: Vec<String>,
        /// What may be behind it.
        hint: &'static str,
    },
    /// Fewer moments than parameters.
    #[error("{moments} moments for {parameters} parameters; add instruments or hold parameters")]
    TooFewMoments {
        /// Moments.
        moments: usize,
        /// Parameters.
        parameters: usize,
    },
    /// A piece that the settings ask for is not there.
    #[error("{what}")]
    Missing {
        /// What is missing, and what to do.
        what: String,
    },
    /// Markets that cannot be computed, under the policy that this ends the estimation.
    #[error("{count} markets cannot be computed, the first is {market}: {trouble}")]
    Markets {
        /// How many.
        count: usize,
        /// The first of them.
        market: String,
        /// What happened there.
        trouble: &'static str,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
