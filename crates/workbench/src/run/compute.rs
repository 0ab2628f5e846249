//! From a loaded scenario through the engine to a result: calibrate, run the plans, read outcomes.

use super::RunError;
use super::draws::assemble;
use super::draws::chunk::{Chunks, InMemory, encode};
use super::draws::draw::{self, Study};
use super::draws::shape::Shape;
use super::job::{CalibrationOutput, ComputeError, ComputeOptions, Progress, QuadratureOutput};
use super::market::{self, Solved};
use super::output::RunOutput;
use super::plan::plan_output;
use super::prepare::{self, Prepared};
use crate::scenario::Loaded;
use beachhead_engine::calibrate::{self, Calibrated};
use beachhead_engine::numerics::solve::Solve;
use beachhead_engine::scenario::{Scenario, Values};

/// Computes the central run of a scenario in memory: one draw in which every quantity is at its quantile 0.5.
///
/// # Errors
/// Targets that clash, an interruption, or a fault.
pub fn compute(
    loaded: &Loaded,
    prepared: &Prepared,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<RunOutput, ComputeError> {
    in_pool(options.threads, || {
        let scenario = &loaded.scenario;
        let central = central(scenario, 1, options, progress)?;
        let shape = Shape::new(scenario, options.plans, targets(&central));
        let study = Study {
            scenario,
            plans: options.plans,
            seed: prepared.identity.seed,
            draws: 1,
            central: &central,
            shape: &shape,
            cancel: options.cancel,
        };
        progress.stage("running plans", scenario.months as u64);
        let record = draw::compute(&study, 0, &|| progress.advance(1))?;
        let chunks = InMemory(vec![encode(&shape, 0, vec![record])]);
        let chunks = Chunks {
            draws: 1,
            columns: shape.columns(),
            source: &chunks,
        };
        let mut output = prepare::frame(loaded, prepared);
        output.draws = 1;
        output.calibration = market::rows(&central.solve.value);
        output.calibration_notes = market::notes(&central.solve);
        let fault = |error: RunError| ComputeError::Fault(error.to_string());
        assemble::fill(&mut output, &shape, chunks).map_err(fault)?;
        Ok(output)
    })
}

/// The market at central values, calibrated.
pub(super) fn central(
    scenario: &Scenario,
    draws: usize,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<Solved, ComputeError> {
    progress.stage("calibrating", 1);
    let values = scenario.central_values();
    let ground = market::ground(scenario, &values, scenario.simulation.types)?;
    let solve = market::solved(&ground, options.cancel)?;
    let start = match draws {
        0 | 1 => None,
        _ => {
            let (settings, types) = (calibrate::Settings::default(), scenario.simulation.types);
            let cancel = options.cancel;
            let start = calibrate::Central::new(&ground, solve.clone(), &settings, types, cancel);
            Some(start.ok_or(ComputeError::Cancelled)?)
        }
    };
    drop(ground);
    progress.advance(1);
    Ok(Solved {
        values,
        solve,
        start,
    })
}

/// Names of the targets of a calibrated market.
pub(super) fn targets(solved: &Solved) -> Vec<String> {
    let report = solved.solve.value.report.iter();
    report.map(|row| row.target.clone()).collect()
}

/// Calibrates the market before any entry.
///
/// # Errors
/// Targets that clash, an interruption, or a fault.
pub fn calibrate(
    loaded: &Loaded,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<CalibrationOutput, ComputeError> {
    in_pool(options.threads, || {
        let solve = central(&loaded.scenario, 1, options, progress)?.solve;
        let mut issues = prepare::issues(loaded);
        issues.extend(market::issues(&solve).into_iter().map(|found| found.issue));
        Ok(CalibrationOutput {
            rows: market::rows(&solve.value),
            parameters: market::parameters(&loaded.scenario, &solve.value),
            notes: market::notes(&solve),
            issues,
        })
    })
}

/// The market before any entry, calibrated at central values, and those.
///
/// # Errors
/// As [`calibrate`].
pub(crate) fn calibrated(
    loaded: &Loaded,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<(Values, Solve<Calibrated>), ComputeError> {
    in_pool(options.threads, || {
        let solved = central(&loaded.scenario, 1, options, progress)?;
        Ok((solved.values, solved.solve))
    })
}

/// What doubling the consumer types changes in targets and in outcomes of the plans.
///
/// # Errors
/// As [`compute`].
pub fn check_quadrature(
    loaded: &Loaded,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<QuadratureOutput, ComputeError> {
    in_pool(options.threads, || {
        let types = loaded.scenario.simulation.types;
        let single = rows_with(&loaded.scenario, types, options, progress)?;
        let doubled = rows_with(&loaded.scenario, 2 * types, options, progress)?;
        let rows = single
            .into_iter()
            .zip(doubled)
            .filter_map(|((name, unit, a), (_, _, b))| Some((name, unit, a?, b?)))
            .collect();
        Ok(QuadratureOutput {
            types,
            doubled: 2 * types,
            rows,
        })
    })
}

/// Name, unit and value of every parameter and outcome with so many types.
fn rows_with(
    scenario: &Scenario,
    types: usize,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<Vec<(String, String, Option<f64>)>, ComputeError> {
    let values = scenario.central_values();
    progress.stage("calibrating", 1);
    let ground = market::ground(scenario, &values, types)?;
    let solve = market::solved(&ground, options.cancel)?;
    progress.advance(1);
    progress.stage("running plans", scenario.months as u64);
    let month = || progress.advance(1);
    let (calibrated, cancel) = (&solve.value, options.cancel);
    let records = market::simulated(&ground, calibrated, options.plans, None, cancel, &month)?;
    let parameters = market::parameters(scenario, calibrated).into_iter();
    let mut rows: Vec<_> = parameters
        .map(|(name, value)| (name, String::new(), Some(value)))
        .collect();
    for (&plan, record) in options.plans.iter().zip(&records) {
        let output = plan_output(scenario, &values, plan, record);
        for outcome in output.outcomes {
            let name = format!("{}: {}", output.id, outcome.id);
            rows.push((name, outcome.unit, outcome.value));
        }
    }
    Ok(rows)
}

/// Does work with so many threads at hand.
pub(super) fn in_pool<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T, ComputeError> + Send,
) -> Result<T, ComputeError> {
    pool(threads)?.install(work)
}

/// So many threads.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, ComputeError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| ComputeError::Fault(format!("no threads to compute with: {error}")))
}
