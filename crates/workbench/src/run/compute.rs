//! From a loaded scenario through the engine to a result: calibrate, run the plans, read outcomes.

use super::central;
use super::job::{CalibrationOutput, ComputeError, ComputeOptions, Progress, QuadratureOutput};
use super::output::{CalibrationRow, Issue, RunOutput, Wanted};
use super::plan::plan_output;
use super::prepare::{self, Prepared};
use super::prices;
use crate::scenario::Loaded;
use beachhead_engine::calibrate::{self, Calibrated, Ground, Settings};
use beachhead_engine::futures::chunk;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::scenario::{Scenario, Values};
use beachhead_engine::simulate::{PathError, PlanRecord, World};
use std::sync::atomic::Ordering;

/// A target missed by more than this share is an issue of the result.
const MET: f64 = 0.005;

/// Runs the chosen plans of a scenario, draw by draw in chunks; a central run is one draw in which
/// every quantity is at its quantile 0.5.
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
        let draws = prepared.identity.draws;
        let mut parts = Vec::new();
        for (index, range) in chunk::chunks(draws).enumerate() {
            let part = range.map(|_| central_draw(scenario, options, progress));
            parts.push((index, part.collect::<Result<Vec<Draw>, ComputeError>>()?));
        }
        let join = |mut all: Vec<Draw>, part| {
            all.extend::<Vec<Draw>>(part);
            all
        };
        let fault = |error: chunk::ChunkError| ComputeError::Fault(error.to_string());
        let results = chunk::reduce_in_order(draws, parts, Vec::new(), join).map_err(fault)?;
        let [draw] = results.as_slice() else {
            return Err(ComputeError::Fault(format!(
                "{} draws in a central run",
                results.len()
            )));
        };
        let mut output = prepare::frame(loaded, prepared);
        output.calibration = rows(&draw.calibration.value);
        output.calibration_notes = notes(&draw.calibration);
        output.issues.extend(issues(&draw.calibration));
        output.issues.extend(central::issue(scenario));
        for (&plan, record) in options.plans.iter().zip(&draw.plans) {
            output.issues.extend(price_issues(scenario, record));
            let below = prices::issues(scenario, plan, record);
            output.issues.extend(below);
        }
        output.plans = options
            .plans
            .iter()
            .zip(&draw.plans)
            .map(|(&plan, record)| plan_output(scenario, &draw.values, plan, record))
            .collect();
        Ok(output)
    })
}

/// One draw: its values, its calibrated market, what each plan did in it.
struct Draw {
    values: Values,
    calibration: Solve<Calibrated>,
    plans: Vec<PlanRecord>,
}

fn central_draw(
    scenario: &Scenario,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<Draw, ComputeError> {
    let values = scenario.central_values();
    progress.stage("calibrating", 1);
    let ground = ground(scenario, &values, scenario.simulation.types)?;
    let calibration = solved(&ground, options)?;
    progress.advance(1);
    let plans = simulated(&ground, &calibration.value, scenario, options, progress)?;
    Ok(Draw {
        values,
        calibration,
        plans,
    })
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
        let scenario = &loaded.scenario;
        let values = scenario.central_values();
        progress.stage("calibrating", 1);
        let ground = ground(scenario, &values, scenario.simulation.types)?;
        let solve = solved(&ground, options)?;
        progress.advance(1);
        let mut issues_found = prepare::issues(loaded);
        issues_found.extend(issues(&solve));
        Ok(CalibrationOutput {
            rows: rows(&solve.value),
            parameters: parameters(scenario, &solve.value),
            notes: notes(&solve),
            issues: issues_found,
        })
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
        let scenario = &loaded.scenario;
        let values = scenario.central_values();
        let types = scenario.simulation.types;
        let mut results = Vec::new();
        for count in [types, 2 * types] {
            progress.stage("calibrating", 1);
            let ground = ground(scenario, &values, count)?;
            let solve = solved(&ground, options)?;
            progress.advance(1);
            let records = simulated(&ground, &solve.value, scenario, options, progress)?;
            let mut rows: Vec<(String, String, Option<f64>)> = parameters(scenario, &solve.value)
                .into_iter()
                .map(|(name, value)| (name, String::new(), Some(value)))
                .collect();
            for (&plan, record) in options.plans.iter().zip(&records) {
                let output = plan_output(scenario, &values, plan, record);
                for outcome in output.outcomes {
                    let name = format!("{}: {}", output.id, outcome.id);
                    rows.push((name, outcome.unit, outcome.value));
                }
            }
            results.push(rows);
        }
        let doubled = results.pop().unwrap_or_default();
        let single = results.pop().unwrap_or_default();
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

fn in_pool<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T, ComputeError> + Send,
) -> Result<T, ComputeError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| ComputeError::Fault(format!("no threads to compute with: {error}")))?;
    pool.install(work)
}

/// The ground of a calibration, refused where its targets clash.
fn ground<'a>(
    scenario: &'a Scenario,
    values: &'a Values,
    types: usize,
) -> Result<Ground<'a>, ComputeError> {
    let ground = Ground::new(scenario, values, types)
        .map_err(|error| ComputeError::Input(vec![error.to_string()]))?;
    let clashes = calibrate::check(&ground);
    if clashes.is_empty() {
        return Ok(ground);
    }
    let messages = clashes.iter().map(|clash| {
        let first = clash.locations.first().map_or("", String::as_str);
        format!(
            "{first}: targets clash ({}): {}",
            clash.targets.join(", "),
            clash.text
        )
    });
    Err(ComputeError::Input(messages.collect()))
}

fn solved(ground: &Ground, options: &ComputeOptions) -> Result<Solve<Calibrated>, ComputeError> {
    let solve = calibrate::calibrate(ground, &Settings::default(), options.cancel);
    if options.cancel.load(Ordering::Relaxed) {
        return Err(ComputeError::Cancelled);
    }
    if solve.status == Status::BrokeDown {
        return Err(ComputeError::Input(vec![broke_down(&solve)]));
    }
    Ok(solve)
}

fn broke_down(solve: &Solve<Calibrated>) -> String {
    let lost: Vec<&str> = solve
        .value
        .report
        .iter()
        .filter(|row| !row.got.is_finite())
        .map(|row| row.target.as_str())
        .collect();
    format!(
        "calibration broke down after {} months: {} cannot be measured, because nothing is bought where it looks; check prices, `hedonic`, `price_spread` and reach for values that leave consumers nothing to choose",
        solve.iterations,
        if lost.is_empty() {
            "a target".to_owned()
        } else {
            lost.join(", ")
        }
    )
}

fn simulated(
    ground: &Ground,
    calibrated: &Calibrated,
    scenario: &Scenario,
    options: &ComputeOptions,
    progress: &dyn Progress,
) -> Result<Vec<PlanRecord>, ComputeError> {
    let plans: Vec<&beachhead_engine::scenario::Plan> = options
        .plans
        .iter()
        .filter_map(|&plan| scenario.plans.get(plan))
        .collect();
    progress.stage("running plans", scenario.months as u64);
    let world = World::new(ground, calibrated, Dispatch::detect());
    world
        .run(&plans, options.cancel, &|_| progress.advance(1))
        .map_err(|error| match error {
            PathError::Cancelled => ComputeError::Cancelled,
            other => ComputeError::Input(vec![other.to_string()]),
        })
}

fn rows(calibrated: &Calibrated) -> Vec<CalibrationRow> {
    let row = |report: &calibrate::TargetReport| CalibrationRow {
        target: report.target.clone(),
        wanted: Wanted::Value(report.wanted),
        got: report.got,
        source: report.source.clone().unwrap_or_default(),
    };
    calibrated.report.iter().map(row).collect()
}

fn parameters(scenario: &Scenario, calibrated: &Calibrated) -> Vec<(String, f64)> {
    let mut list = calibrated.solved.clone();
    list.push((
        "price coefficient".into(),
        calibrated.parameters.price_coefficient,
    ));
    list.push(("buy/keep nest".into(), calibrated.parameters.nest));
    for appeal in &calibrated.appeal {
        list.push((format!("appeal of {}", appeal.brand), appeal.mean));
        list.push((format!("loyalty to {}", appeal.brand), appeal.loyalty));
        list.push((
            format!("keep offset of {}", appeal.brand),
            appeal.keep_offset,
        ));
    }
    debug_assert!(scenario.entrants.len() == calibrated.appeal.len());
    list
}

/// How well the facts determine the parameters, and where the entrant's appeal comes from.
fn notes(solve: &Solve<Calibrated>) -> Vec<String> {
    let calibrated = &solve.value;
    let mut notes = vec![format!(
        "{} after {} months; largest relative miss {:.1e}; net change of installed bases {:.1e} of a month's units",
        match solve.status {
            Status::Converged => "All targets met",
            Status::BudgetSpent => "Stopped at the budget of months",
            Status::BrokeDown => "Broke down",
            Status::Cancelled => "Cancelled",
        },
        solve.iterations,
        solve.residual,
        calibrated.stationarity
    )];
    if let Some(sensitivity) = &calibrated.sensitivity {
        notes.push(format!(
            "Condition number of outcomes by parameters {:.0}; {}",
            sensitivity.condition_number, sensitivity.weak_direction_in_words
        ));
    }
    for appeal in &calibrated.appeal {
        let members: Vec<String> = appeal
            .members
            .iter()
            .map(|(id, b)| format!("{id} {b:.2}"))
            .collect();
        notes.push(format!(
            "Appeal of {}: {:.2} ± {:.2}, from its reference class ({})",
            appeal.brand,
            appeal.mean,
            appeal.sd,
            members.join(", ")
        ));
    }
    notes
}

/// Targets that were missed, users whom nothing can serve.
fn issues(solve: &Solve<Calibrated>) -> Vec<Issue> {
    let mut issues = Vec::new();
    for row in &solve.value.report {
        let scale = if row.wanted == 0.0 {
            1.0
        } else {
            row.wanted.abs()
        };
        if row.error.is_nan() || row.error.abs() > MET * scale {
            issues.push(Issue {
                code: "target_missed".into(),
                place: format!("calibration.{}", row.target),
                count: 1,
                text: format!("{}: wanted {}, got {}", row.target, row.wanted, row.got),
            });
        }
    }
    if solve.value.excluded_users > 0.0 {
        issues.push(Issue {
            code: "excluded_users".into(),
            place: "segments".into(),
            count: 1,
            text: format!(
                "{:.2} % of users reach no offer at all and never buy; raise the reach of a channel that sells something",
                100.0 * solve.value.excluded_users
            ),
        });
    }
    issues
}

/// Price rules that did not converge.
fn price_issues(scenario: &Scenario, record: &PlanRecord) -> Vec<Issue> {
    let issue = |(product, month, solve): &(usize, usize, Solve<()>)| Issue {
        code: "price_not_solved".into(),
        place: format!("plans.{}", record.plan),
        count: 1,
        text: format!(
            "price of {} in month {month}: residual {:.1e} after {} iterations",
            scenario.products[*product].id, solve.residual, solve.iterations
        ),
    };
    record.unsolved_prices.iter().map(issue).collect()
}
