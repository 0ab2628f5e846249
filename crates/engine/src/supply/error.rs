//! What can be wrong with the numbers of a pricing game.

use thiserror::Error;

/// A mistake in the input of a pricing game.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SupplyError {
    /// An array of the wrong length.
    #[error("{what} has {found} numbers; expected {expected}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// A number out of range.
    #[error("{what} number {} is {value}; expected {expected}", at + 1)]
    Range {
        /// Which array.
        what: &'static str,
        /// Position in it.
        at: usize,
        /// The number.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// Margins that are the same for many pairs of parameters.
    #[error(
        "the margins given do not tell the price coefficient and the dissimilarity of nests apart"
    )]
    Unidentified,
}

/// Fails unless an array has this length.
pub(super) fn length(what: &'static str, found: usize, expected: usize) -> Result<(), SupplyError> {
    if found == expected {
        Ok(())
    } else {
        Err(SupplyError::Shape {
            what,
            found,
            expected,
        })
    }
}

/// Fails at the first number that a test rejects.
pub(super) fn every(
    what: &'static str,
    values: &[f64],
    expected: &'static str,
    test: impl Fn(f64) -> bool,
) -> Result<(), SupplyError> {
    match values.iter().position(|&value| !test(value)) {
        None => Ok(()),
        Some(at) => Err(SupplyError::Range {
            what,
            at,
            value: values[at],
            expected,
        }),
    }
}
