//! Who chooses what: consumer types, utilities of offers, crowding of channels, static shares.

pub mod market;
mod nodes;
pub mod offers;
pub mod parameters;
pub mod static_logit;
pub mod tastes;
pub mod utility;
