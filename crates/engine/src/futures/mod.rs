//! What may be: assumptions as distributions, addressed randomness, and chunks of draws.
//!
//! Everything uncertain is sampled through its quantile function from one uniform, and that uniform has an address (seed, draw,
//! name), so that a draw is the same under every plan and on any number of threads (model §6).

pub mod address;
mod beta_shapes;
pub mod chunk;
pub mod correlation;
pub mod distribution;
mod family;
mod fit_error;
pub mod fitting;
pub mod slip;
pub mod survival;

pub use address::Address;
pub use chunk::{CHUNK, chunks, reduce_in_order};
pub use correlation::{Correlation, Factor};
pub use distribution::{Conversion, Distribution};
pub use fitting::{Description, Family, FitError, fit};
