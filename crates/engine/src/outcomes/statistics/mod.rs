//! What many draws say together: means with their doubt, quantiles, tails, waiting times, plans against each other.
//!
//! Everything works on plain columns of numbers, one number a draw, and knows neither files nor names.

mod differences;
mod joint;
mod payback;
mod quantile;
mod summary;
mod tail;

pub use differences::{Comparison, Differences, PairDifference};
pub use payback::{Payback, payback};
pub use quantile::{quantile, quantiles, sorted};
pub use summary::{Estimate, mean, probability};
pub use tail::worst_tenth;
