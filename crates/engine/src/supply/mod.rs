//! Supply: what a channel keeps, what a brand receives, and the rules that set prices.

pub mod rule;
pub mod terms;
