//! Why a description is not a distribution.

use super::beta_shapes::{FEWEST, MOST};
use super::family::Family;

/// Why a description is not a distribution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A number is NaN or infinite.
    #[error("`{key}` is {value}; write a finite number")]
    NotFinite {
        /// Key in the description.
        key: &'static str,
        /// What was found.
        value: f64,
    },
    /// A number that the family needs is not given.
    #[error("`{key}` is missing; a {family} distribution takes {}", family.takes())]
    Missing {
        /// The family.
        family: Family,
        /// The key that is missing.
        key: &'static str,
    },
    /// A number that the family does not know.
    #[error("`{key}` does not describe a {family} distribution; it takes {}", family.takes())]
    NotUsed {
        /// The family.
        family: Family,
        /// The key that is too much.
        key: &'static str,
    },
    /// Both moments and quantiles are given.
    #[error(
        "both moments and quantiles are given; give either mean and sd, or quantiles, not both"
    )]
    MomentsAndQuantiles,
    /// Only one quantile is given.
    #[error("only the quantile `{key}` is given; give at least two, such as p10 and p90")]
    OneQuantile {
        /// The only quantile.
        key: &'static str,
    },
    /// A number must be above zero.
    #[error("`{key}` is {value} and must be above 0; {}", above_zero(key))]
    NotPositive {
        /// Key in the description.
        key: &'static str,
        /// What was found.
        value: f64,
    },
    /// Two numbers in the wrong order.
    #[error(
        "`{lower}` is {lower_value} and `{upper}` is {upper_value}; `{lower}` must be below `{upper}`: exchange or correct them"
    )]
    Order {
        /// Key that must be lower.
        lower: &'static str,
        /// Its value.
        lower_value: f64,
        /// Key that must be higher.
        upper: &'static str,
        /// Its value.
        upper_value: f64,
    },
    /// A number outside the distribution's limits.
    #[error(
        "`{key}` is {value}, outside {low} to {high}; move it inside, or change `low` or `high`"
    )]
    Outside {
        /// Key in the description.
        key: &'static str,
        /// What was found.
        value: f64,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
    },
    /// No beta has this spread.
    #[error(
        "`sd` is {sd}, but with mean {mean} between {low} and {high} it must be below {limit}; lower `sd` or widen `low` and `high`"
    )]
    ImpossibleSpread {
        /// What was found.
        sd: f64,
        /// Mean.
        mean: f64,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// The standard deviation of all mass at the two ends.
        limit: f64,
    },
    /// A further quantile contradicts the shape that the outermost two determine.
    #[error(
        "`{key}` is {value}, but a {family} distribution through the outermost quantiles has {fitted} there; drop `{key}` or take \
         another family"
    )]
    Contradiction {
        /// The family.
        family: Family,
        /// Key of the quantile.
        key: &'static str,
        /// What was found.
        value: f64,
        /// What the fitted shape has.
        fitted: f64,
    },
    /// No beta within reach passes through the quantiles.
    #[error(
        "no beta distribution between {low} and {high} with shapes adding up to {FEWEST} to {MOST} has {lower_value} and \
         {upper_value} as the two quantiles; take a normal, lognormal or triangular distribution, or change `low` or `high`"
    )]
    NoBeta {
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// The lower quantile.
        lower_value: f64,
        /// The upper quantile.
        upper_value: f64,
    },
    /// `values` is empty.
    #[error("`values` is empty; give at least one value")]
    NoValues,
    /// `weights` and `values` differ in length.
    #[error("there are {values} values and {weights} weights; give one weight for each value")]
    Lengths {
        /// Number of values.
        values: usize,
        /// Number of weights.
        weights: usize,
    },
    /// A negative weight.
    #[error("weight {position} is {value}; weights must be 0 or more")]
    NegativeWeight {
        /// Position from 1.
        position: usize,
        /// What was found.
        value: f64,
    },
    /// All weights are zero.
    #[error("all weights are 0; at least one must be above 0")]
    NoWeight,
}

/// What to do about a number that is not above 0.
fn above_zero(key: &str) -> &'static str {
    if key == "sd" {
        "for a certain value write the plain number"
    } else {
        "what may be 0 or less is not lognormal: raise it, or take a normal distribution"
    }
}
