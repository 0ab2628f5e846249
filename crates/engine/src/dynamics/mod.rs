//! Consumers over time: masses over (known entrants, brand, network, balance, age), month by month.

pub mod awareness;
pub mod buying;
pub mod economy;
pub mod flows;
pub mod layout;
pub mod settle;
pub mod surplus;
pub mod volume;
