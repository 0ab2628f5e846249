//! Counterfactuals of a static market: a table of prices, shares and margins, a month of a scenario, or the markets of a fit; edits in order, prices in equilibrium after each.

mod csv;
mod document;
pub mod edits;
mod fit;
mod issues;
mod many;
mod market;
pub mod numbers;
mod read;
mod result;
mod scenario;
mod spread;
mod state;
pub mod table;
mod tastes;
mod told;

pub use csv::{csv, measures_csv};
pub use document::{
    Certified, DeviationEntry, Document, FirmEntry, Found, IssueEntry, Pressure, ProductEntry,
    PromiseEntry, StateEntry,
};
pub use fit::{FitSource, open_fit, read_fit};
pub use many::{Markets, Summary, compute_all, csv_of_all, measures_csv_of_all};
pub use read::{ReadError, Study, read, read_scenario};
pub use result::compute;
pub use spread::{MarketSpread, ProductSpread, Spread, SpreadError, SummarySpread, spread};
pub use told::told;
