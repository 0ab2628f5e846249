//! Counterfactuals of a static market: a table of prices, shares and margins, edits in order, prices in equilibrium after each.

pub mod edits;
mod market;
pub mod numbers;
mod read;
mod result;
pub mod table;

pub use read::{Study, read};
pub use result::{
    Certified, Document, FirmEntry, IssueEntry, Pressure, ProductEntry, PromiseEntry, StateEntry,
    compute, csv,
};
