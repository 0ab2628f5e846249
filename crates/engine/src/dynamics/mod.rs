//! Consumers over time: masses over (known entrants, brand, network, balance, age), month by month.

pub mod ages;
pub mod awareness;
pub mod baseline;
pub mod buying;
mod cohorts;
pub mod demand;
pub mod economy;
pub mod flows;
pub mod layout;
pub mod reduced;
mod rest;
pub mod settle;
pub mod stock;
pub mod surplus;
mod together;
pub mod volume;
pub mod watch;
