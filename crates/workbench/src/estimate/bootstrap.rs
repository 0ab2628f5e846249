//! The block bootstrap: the same estimation over markets drawn with replacement (Horowitz 2001).

use super::averages::{NAMES, averages};
use super::compute::{Estimated, FitError, failed};
use super::document::block;
use super::post::{Draws, FACTOR};
use super::read::Loaded;
use crate::run::job::Progress;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use beachhead_engine::estimate::{EstimateError, Fit, Options, estimate, resampled, started_from};
use beachhead_engine::futures::Address;
use beachhead_engine::outcomes::statistics::quantile;
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Table of the draws in the folder of a fit.
pub const BOOTSTRAP: &str = "bootstrap.parquet";
/// Block of what follows from parameters.
const AFTER: &str = "after";
/// What an interval covers.
const LEVEL: f64 = 0.95;

/// What the draws say.
#[derive(Clone, Debug, Serialize)]
pub struct BootstrapEntry {
    /// Draws.
    pub draws: usize,
    /// Their seed.
    pub seed: u64,
    /// Draws that could not be estimated; they are left out.
    pub failed: usize,
    /// Why the first of them could not; null if none failed.
    pub first_failure: Option<String>,
    /// Draws whose search ended before its gradient was small; they count.
    pub unconverged: usize,
    /// What the intervals cover.
    pub level: f64,
    /// Each parameter that is not held.
    pub parameters: Vec<BootstrapParameter>,
    /// Numbers that follow from them: mean own and aggregate elasticity, mean markup; `block` is `after`. Empty where a draw does not give them.
    pub after: Vec<BootstrapParameter>,
}

/// A parameter over the draws.
#[derive(Clone, Debug, Serialize)]
pub struct BootstrapParameter {
    /// As in `parameters`.
    pub name: String,
    /// Likewise.
    pub block: &'static str,
    /// Standard deviation over the draws; null with fewer than two.
    pub se: Option<f64>,
    /// Lower end of the interval: a quantile of the draws.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// Draws with what they say.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// What they say.
    pub entry: BootstrapEntry,
    /// A row for each draw that could be estimated.
    pub table: RecordBatch,
}

/// Estimates markets drawn with replacement, from the estimates on; draws in the pool of the caller, results do not depend on its size.
///
/// # Errors
/// An interruption.
pub fn bootstrap(
    loaded: &Loaded,
    estimated: &Estimated,
    draws: Draws,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Bootstrap, FitError> {
    progress.stage("bootstrap of markets", draws.count as u64);
    let (problem, parameters) = estimated.model(loaded);
    let start = started_from(parameters, &estimated.fit);
    let options = Options {
        starts: 1,
        hessian: false,
        ..loaded.options.clone()
    };
    let one = |draw: usize| -> Result<(Fit, [f64; 3]), EstimateError> {
        let drawn = resampled(problem, Address::new(draws.seed, draw as u64));
        let fit = estimate(&drawn, &start, &options, cancel);
        progress.advance(1);
        let fit = fit?;
        match fit.diagnosis.troubles.first() {
            None => {
                let after = averages(&drawn, &start, &options, &fit, FACTOR);
                Ok((fit, after))
            }
            Some(first) => Err(EstimateError::Markets {
                count: fit.diagnosis.troubles.len(),
                market: drawn.market_name(first.market),
                trouble: first.trouble.in_words(),
            }),
        }
    };
    let fits: Vec<Result<(Fit, [f64; 3]), EstimateError>> =
        (0..draws.count).into_par_iter().map(one).collect();
    if fits
        .iter()
        .any(|fit| matches!(fit, Err(EstimateError::Cancelled)))
    {
        return Err(failed(loaded, EstimateError::Cancelled));
    }
    let first_failure = fits.iter().find_map(|fit| fit.as_ref().err());
    let done = fits.iter().enumerate();
    let done: Vec<(usize, &(Fit, [f64; 3]))> = done
        .filter_map(|(draw, fit)| Some((draw, fit.as_ref().ok()?)))
        .collect();
    let free = estimated.fit.estimates.iter().enumerate();
    let free = free.filter(|(_, estimate)| !estimate.fixed);
    let mut entries = Vec::new();
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    let numbers: Vec<f64> = done.iter().map(|(draw, _)| *draw as f64).collect();
    columns.push(("draw".to_owned(), Arc::new(Float64Array::from(numbers))));
    let status = done.iter().map(|(_, (fit, _))| match fit.status {
        ending if ending.is_settled() => "converged",
        _ => "not_converged",
    });
    let status: Vec<&str> = status.collect();
    columns.push(("status".to_owned(), Arc::new(StringArray::from(status))));
    for (at, estimate) in free {
        let values: Vec<f64> = done
            .iter()
            .map(|(_, (fit, _))| fit.estimates[at].estimate)
            .collect();
        let block = block(estimate.place.kind);
        entries.push(parameter(estimate.name.clone(), block, &values));
        let name = format!("{block}: {}", estimate.name);
        columns.push((name, Arc::new(Float64Array::from(values))));
    }
    let mut follow = Vec::new();
    for (at, name) in NAMES.into_iter().enumerate() {
        let values: Vec<f64> = done.iter().map(|(_, (_, after))| after[at]).collect();
        if values.iter().all(|value| value.is_finite()) {
            follow.push(parameter(name.to_owned(), AFTER, &values));
            let column: ArrayRef = Arc::new(Float64Array::from(values));
            columns.push((format!("{AFTER}: {name}"), column));
        }
    }
    let table = RecordBatch::try_from_iter(columns);
    Ok(Bootstrap {
        entry: BootstrapEntry {
            draws: draws.count,
            seed: draws.seed,
            failed: draws.count - done.len(),
            first_failure: first_failure.map(ToString::to_string),
            unconverged: done
                .iter()
                .filter(|(_, (fit, _))| !fit.status.is_settled())
                .count(),
            level: LEVEL,
            parameters: entries,
            after: follow,
        },
        table: table.map_err(|error| FitError::Fault(error.to_string()))?,
    })
}

fn parameter(name: String, block: &'static str, values: &[f64]) -> BootstrapParameter {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
    let is_enough = sorted.len() >= 2;
    let at = |level: f64| quantile(&sorted, level).filter(|_| is_enough);
    BootstrapParameter {
        name,
        block,
        se: is_enough.then(|| (squares / (n - 1.0)).sqrt()),
        lower: at((1.0 - LEVEL) / 2.0),
        upper: at((1.0 + LEVEL) / 2.0),
    }
}
