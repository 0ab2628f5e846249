//! Counterfactuals of a static market: a table of prices, shares and margins, or a month of a scenario; edits in order, prices in equilibrium after each.

mod document;
pub mod edits;
mod market;
pub mod numbers;
mod read;
mod result;
mod scenario;
pub mod table;

pub use document::{
    Certified, Document, FirmEntry, IssueEntry, Pressure, ProductEntry, PromiseEntry, StateEntry,
};
pub use read::{ReadError, Study, read, read_scenario};
pub use result::{compute, csv};
