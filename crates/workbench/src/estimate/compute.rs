//! A problem through the engine, in a pool of threads, with mistakes in words.

use super::read::Loaded;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::run::job::Progress;
use beachhead_engine::estimate::{
    EstimateError, Evaluated, Fit, Parameters, Problem, check_problem, estimate_watched,
    optimal_instruments, started_from,
};
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

/// A fit, and the model it is of where optimal instruments have taken the place of the problem's.
#[derive(Clone, Debug)]
pub struct Estimated {
    /// The fit.
    pub fit: Fit,
    replaced: Option<(Problem, Parameters)>,
}

impl Estimated {
    /// The problem and the parameters that the fit is of.
    pub fn model<'a>(&'a self, loaded: &'a Loaded) -> (&'a Problem, &'a Parameters) {
        match &self.replaced {
            Some((problem, parameters)) => (problem, parameters),
            None => (&loaded.problem, &loaded.parameters),
        }
    }
}

/// Estimates, markets in the pool of the caller; results do not depend on its size.
///
/// # Errors
/// Data that the model cannot take, all at once; an interruption.
pub fn fit(loaded: &Loaded, cancel: &AtomicBool, progress: &dyn Progress) -> Result<Fit, FitError> {
    estimated(loaded, cancel, progress).map(|estimated| estimated.fit)
}

/// The same with the model that it is of.
///
/// # Errors
/// As for [`fit`].
pub fn estimated(
    loaded: &Loaded,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Estimated, FitError> {
    let (problem, parameters) = (&loaded.problem, &loaded.parameters);
    let found = check_problem(problem, parameters, &loaded.options);
    if !found.is_empty() {
        let list = found.iter().map(|error| mistake(loaded, error)).collect();
        return Err(Diagnostics { list }.into());
    }
    let watched = |problem: &Problem, parameters: &Parameters, of: &str| {
        // How many evaluations a search takes cannot be known.
        let watch = |at: Evaluated| progress.tell(&format!("{of}{}", standing(&at)));
        estimate_watched(problem, parameters, &loaded.options, cancel, &watch)
            .map_err(|error| failed(loaded, error))
    };
    let first = watched(problem, parameters, "")?;
    let Some(errors) = loaded.optimal else {
        return Ok(Estimated {
            fit: first,
            replaced: None,
        });
    };
    progress.stage("optimal instruments", 1);
    let optimal = optimal_instruments(problem, parameters, &loaded.options, &first, errors);
    let optimal = optimal.map_err(|error| failed(loaded, error))?;
    let replaced = optimal.replace(problem);
    progress.advance(1);
    let started = started_from(parameters, &first);
    Ok(Estimated {
        fit: watched(&replaced, &started, "optimal instruments, ")?,
        replaced: Some((replaced, started)),
    })
}

/// What the engine refused, in words.
pub(super) fn failed(loaded: &Loaded, error: EstimateError) -> FitError {
    match error {
        EstimateError::Cancelled => FitError::Cancelled,
        other => Diagnostics::from(mistake(loaded, &other)).into(),
    }
}

/// Where a search stands: what is known, and no share of a whole that nobody knows.
pub(super) fn standing(at: &Evaluated) -> String {
    let mut text = format!(
        "step {}, evaluation {}: objective {:.6e}",
        at.steps + 1,
        at.evaluations,
        at.objective
    );
    if at.gradient_norm.is_finite() {
        text += &format!(", gradient {:.1e}", at.gradient_norm);
    }
    text
}

/// What the engine found, said of the table.
fn mistake(loaded: &Loaded, error: &EstimateError) -> Diagnostic {
    let about = |expected: &str| {
        Diagnostic::about_file(&loaded.products_table, error.to_string()).expected(expected)
    };
    let of_file = |expected: &str, help: &str| {
        Diagnostic::about_file(&loaded.file, error.to_string())
            .expected(expected)
            .help(help)
    };
    match error {
        EstimateError::Collinear { .. } => {
            about("columns none of which is a combination of the others")
        }
        EstimateError::Zero { .. } => about("columns that say something"),
        EstimateError::Absorbed { block, .. } => {
            let [utility, costs] = &loaded.absorbed;
            let is_supply = matches!(*block, "cost columns" | "supply instruments");
            let (key, written) = match is_supply {
                true => ("absorb_costs", costs),
                false => ("absorb", utility),
            };
            about("columns that vary within the levels of what is absorbed").help(format!(
                "`{key} = \"{}\"` explains them already",
                written.as_deref().unwrap_or_default()
            ))
        }
        EstimateError::NoWeights { .. } if loaded.problem.clusters.len() > 1 => of_file(
            "weights from a covariance",
            "write `weighting = \"robust\"` and keep `standard_errors = \"clustered\"`, or cluster in one way: clustered in two it may be no covariance at all (Cameron, Gelbach & Miller 2011, section 2.3)",
        ),
        EstimateError::NoWeights { .. } | EstimateError::TooFewClusters { .. } => of_file(
            "more clusters than moments",
            "write `weighting = \"robust\"` and keep `standard_errors = \"clustered\"`, or cluster more finely",
        ),
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
