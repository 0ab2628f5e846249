//! What many draws say together: means with their doubt, quantiles, tails, waiting times, plans against each other.
//!
//! Everything works on plain columns of numbers, one number a draw, and knows neither files nor names.

mod crossing;
mod differences;
mod joint;
mod order_band;
mod payback;
mod quantile;
mod rank;
mod small_samples;
mod summary;
mod tail;

pub use crossing::{Crossing, rises_above_zero};
pub use differences::{Comparison, Differences, PairDifference};
pub use order_band::{OrderBand, order_band};
pub use payback::{Payback, payback};
pub use quantile::{quantile, quantiles, sorted};
pub use rank::rank_correlation;
pub use small_samples::{critical_value, share_band};
pub use summary::{Estimate, mean, probability};
pub use tail::{worst_tenth, worst_tenth_difference};
