//! Counterfactuals of a static market: a table of prices, shares and margins, a month of a scenario, or the markets of a fit; edits in order, prices in equilibrium after each.

pub mod edits;
mod fit;
mod many;
mod market;
pub mod numbers;
mod read;
mod result;
mod scenario;
pub mod table;

pub use fit::read_fit;
pub use many::{Markets, Summary, compute_all, csv_of_all};
pub use read::{ReadError, Study, read, read_scenario};
pub use result::{
    Certified, Document, FirmEntry, IssueEntry, Pressure, ProductEntry, PromiseEntry, StateEntry,
    compute, csv,
};
