//! Counterfactuals of a static market: a table of prices, shares and margins, a month of a scenario, or the markets of a fit; edits in order, prices in equilibrium after each.

mod document;
pub mod edits;
mod fit;
mod many;
mod market;
pub mod numbers;
mod read;
mod result;
mod scenario;
mod spread;
pub mod table;
mod tastes;
mod told;

pub use document::{
    Certified, Document, FirmEntry, IssueEntry, Pressure, ProductEntry, PromiseEntry, StateEntry,
};
pub use fit::{FitSource, open_fit, read_fit};
pub use many::{Markets, Summary, compute_all, csv_of_all};
pub use read::{ReadError, Study, read, read_scenario};
pub use result::{compute, csv};
pub use spread::{MarketSpread, ProductSpread, Spread, SpreadError, SummarySpread, spread};
pub use told::told;
