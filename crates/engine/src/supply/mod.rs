//! Supply: what a channel keeps, what a brand receives, and the rules and games that set prices.

pub mod certificate;
pub mod conduct;
pub mod costs;
pub mod demand;
pub mod deviation;
pub mod equilibrium;
pub mod error;
pub mod from_margins;
pub mod game;
mod kernel;
mod linear;
mod lost;
pub mod margin_cap;
pub mod measures;
pub mod responses;
pub mod rule;
pub mod terms;
