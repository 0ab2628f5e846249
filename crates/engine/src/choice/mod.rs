//! Who chooses what: consumer types, utilities of offers, crowding of channels, static shares, shares of preference.

pub mod market;
mod nodes;
pub mod offers;
pub mod parameters;
pub mod preference;
pub mod static_logit;
pub mod tastes;
pub mod utility;
