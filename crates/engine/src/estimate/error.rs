//! What can be wrong with the numbers of an estimation.

use thiserror::Error;

fn plural(list: &[String], one: &'static str, many: &'static str) -> &'static str {
    if list.len() == 1 { one } else { many }
}

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
    /// A column that others of the same block already contain.
    #[error("{block}: {column} is a combination of {}; leave one of them out", of.join(", "))]
    Collinear {
        /// Which block.
        block: &'static str,
        /// Label of the column.
        column: String,
        /// Labels of the columns that it is made of.
        of: Vec<String>,
    },
    /// Columns that do not vary.
    #[error("{block}: {} {} 0 everywhere; leave {} out", .columns.join(", "), plural(.columns, "is", "are"), plural(.columns, "it", "them"))]
    Zero {
        /// Which block.
        block: &'static str,
        /// Labels of the columns.
        columns: Vec<String>,
    },
    /// Columns that absorbed fixed effects already contain.
    #[error(
        "{block}: {} {} not vary within absorbed fixed effects; leave {} out, or absorb others",
        .columns.join(", "),
        plural(.columns, "does", "do"),
        plural(.columns, "it", "them")
    )]
    Absorbed {
        /// Which block.
        block: &'static str,
        /// Labels of the columns.
        columns: Vec<String>,
    },
    /// Columns that cannot be told apart at the parameters of the start.
    #[error("{block} cannot be told apart at the starting values")]
    Singular {
        /// Which block.
        block: &'static str,
    },
    /// Fewer moments than parameters.
    #[error("{moments} moments for {parameters} parameters; add instruments or hold parameters")]
    TooFewMoments {
        /// Moments.
        moments: usize,
        /// Parameters.
        parameters: usize,
    },
    /// A clustered covariance of moments that no weights follow from.
    #[error(
        "the covariance of moments, clustered, has eigenvalues from {smallest:.1e} to {largest:.1e} (variances scaled to 1): it has no inverse to weight moments by"
    )]
    NoWeights {
        /// Smallest eigenvalue.
        smallest: f64,
        /// Largest eigenvalue.
        largest: f64,
    },
    /// Fewer clusters than weights of moments need.
    #[error("{clusters} clusters cannot weight {moments} moments")]
    TooFewClusters {
        /// Clusters.
        clusters: usize,
        /// Moments.
        moments: usize,
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
