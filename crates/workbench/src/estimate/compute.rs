//! A problem through the engine, in a pool of threads, with mistakes in words.

use super::read::Loaded;
use crate::diagnostic::{Diagnostic, Diagnostics};
use beachhead_engine::estimate::{EstimateError, Fit, check_problem, estimate};
use std::sync::atomic::AtomicBool;

/// Why there is no fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// What the problem asks for cannot be.
    #[error(transparent)]
    Input(#[from] Diagnostics),
    /// The user stopped it.
    #[error("interrupted")]
    Cancelled,
    /// The machine refused.
    #[error("{0}")]
    Fault(String),
}

/// Estimates, markets in the pool of the caller; results do not depend on its size.
///
/// # Errors
/// Data that the model cannot take, all at once; an interruption.
pub fn fit(loaded: &Loaded, cancel: &AtomicBool) -> Result<Fit, FitError> {
    let found = check_problem(&loaded.problem, &loaded.parameters, &loaded.options);
    if !found.is_empty() {
        let list = found.iter().map(|error| mistake(loaded, error)).collect();
        return Err(Diagnostics { list }.into());
    }
    let fit = estimate(&loaded.problem, &loaded.parameters, &loaded.options, cancel);
    fit.map_err(|error| match error {
        EstimateError::Cancelled => FitError::Cancelled,
        other => Diagnostics::from(mistake(loaded, &other)).into(),
    })
}

/// What the engine found, said of the table.
fn mistake(loaded: &Loaded, error: &EstimateError) -> Diagnostic {
    let about = |expected: &str| {
        Diagnostic::about_file(&loaded.products_table, error.to_string()).expected(expected)
    };
    match error {
        EstimateError::Collinear { .. } => {
            about("columns none of which is a combination of the others")
        }
        EstimateError::TooFewMoments { .. } => about("at least as many moments as parameters"),
        EstimateError::Markets { .. } => {
            about("markets that can be computed at all parameters tried")
                .help("start nearer, set bounds, or write `errors = \"revert\"` in [estimation]")
        }
        EstimateError::Missing { .. } => Diagnostic::about_file(&loaded.file, error.to_string())
            .expected("what the settings ask for"),
        _ => about("data that the model can be computed from"),
    }
}
