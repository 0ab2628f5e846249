//! One draw: its values, its market, what every plan does in it, as numbers in columns.

use super::shape::Shape;
use super::tally::DrawIssue;
use crate::run::job::ComputeError;
use crate::run::market::{self, Solved};
use crate::run::output::{Books, PlanOutput};
use crate::run::plan::{self, plan_output};
use crate::run::{central, fit, hazards, output::Issue, prices};
use beachhead_engine::calibrate::Calibrated;
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::solve::Solve;
use beachhead_engine::scenario::{Scenario, Values};
use std::sync::atomic::AtomicBool;

/// A target missed by more than this share in a draw is an issue of it.
pub(super) const MET: f64 = 1e-3;

/// What all draws of a run share.
#[derive(Clone, Copy)]
pub(in crate::run) struct Study<'a> {
    /// The scenario.
    pub(in crate::run) scenario: &'a Scenario,
    /// Positions of the plans.
    pub(in crate::run) plans: &'a [usize],
    /// Seed of the addresses.
    pub(in crate::run) seed: u64,
    /// Draws of the run; 1 is the central one.
    pub(in crate::run) draws: usize,
    /// The market at central values.
    pub(in crate::run) central: &'a Solved,
    /// Columns.
    pub(in crate::run) shape: &'a Shape,
    /// Becomes true when the user wants to stop.
    pub(in crate::run) cancel: &'a AtomicBool,
}

/// How a draw ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Status {
    /// All targets within 0.1 %.
    Met,
    /// Some target missed; its outcomes count.
    Missed,
    /// Its values break something; it has no outcomes.
    Failed,
}

impl Status {
    /// As a number in a column.
    pub(in crate::run) fn number(self) -> f64 {
        match self {
            Self::Met => 0.0,
            Self::Missed => 1.0,
            Self::Failed => 2.0,
        }
    }
}

/// One draw, computed.
#[derive(Clone, Debug)]
pub(in crate::run) struct DrawRecord {
    /// How it ended.
    pub(in crate::run) status: Status,
    /// In the order of the shape; NaN where there is no value.
    pub(in crate::run) columns: Vec<f64>,
    /// By plan and entrant; empty for a draw that failed.
    pub(in crate::run) books: Vec<Vec<Books>>,
    /// What people should know.
    pub(in crate::run) issues: Vec<DrawIssue>,
}

/// Computes a draw. One whose values break something is a record with the status that says so.
///
/// # Errors
/// Only an interruption, or a central run that cannot be computed.
pub(in crate::run) fn compute(
    study: &Study,
    draw: usize,
    month: &(dyn Fn() + Sync),
) -> Result<DrawRecord, ComputeError> {
    if study.draws == 1 {
        // The central run is the central solution; what breaks it is a mistake of the scenario.
        let (values, solve) = (&study.central.values, &study.central.solve);
        let plans = plans(study, None, values, solve, month)?;
        let mut issues = market::issues(solve);
        issues.extend(fit::issues(study.scenario, values));
        let left_out = central::issue(study.scenario);
        issues.extend(left_out.map(|issue| DrawIssue::new("", issue)));
        return record(study, values, Some(solve), Ok(plans), issues);
    }
    let address = Address::new(study.seed, draw as u64);
    let values = study.scenario.drawn_values(&address);
    let solve = match market::under_draw(study.scenario, &values, study.central, study.cancel) {
        Ok(solve) => solve,
        Err(ComputeError::Input(why)) => {
            return record(study, &values, None, Err(why.join("; ")), Vec::new());
        }
        Err(other) => return Err(other),
    };
    let mut issues = misses(&solve.value);
    issues.extend(market::excluded(&solve.value));
    issues.extend(fit::issues(study.scenario, &values));
    match plans(study, Some(address), &values, &solve, month) {
        Ok(plans) => record(study, &values, Some(&solve), Ok(plans), issues),
        Err(ComputeError::Input(why)) => {
            record(study, &values, Some(&solve), Err(why.join("; ")), issues)
        }
        Err(other) => Err(other),
    }
}

/// A plan in a draw.
struct Played {
    output: PlanOutput,
    /// Months of its slots.
    slots: Vec<Option<u32>>,
    issues: Vec<DrawIssue>,
}

fn plans(
    study: &Study,
    address: Option<Address>,
    values: &Values,
    solve: &Solve<Calibrated>,
    month: &(dyn Fn() + Sync),
) -> Result<Vec<Played>, ComputeError> {
    let scenario = study.scenario;
    let ground = market::ground(scenario, values, scenario.simulation.types)?;
    let records = market::simulated(
        &ground,
        &solve.value,
        study.plans,
        address,
        study.cancel,
        month,
    )?;
    // An event is the same under all plans: what is to be known of it is said once, with the first.
    let mut of_events = hazards::issues(scenario, &records);
    // So is what rivals' prices say about their costs.
    let first = records.first();
    of_events.extend(first.and_then(|record| market::cost_issue(scenario, record)));
    let each = study.plans.iter().zip(&records);
    Ok(each
        .map(|(&plan, record)| {
            let mut issues = std::mem::take(&mut of_events);
            issues.extend(market::price_issues(scenario, record));
            issues.extend(prices::issues(scenario, plan, record));
            Played {
                output: plan_output(scenario, values, plan, record),
                slots: plan::slot_months(record),
                issues,
            }
        })
        .collect())
}

/// The columns of a draw, in the order of the shape.
fn record(
    study: &Study,
    values: &Values,
    solve: Option<&Solve<Calibrated>>,
    plans: Result<Vec<Played>, String>,
    mut issues: Vec<DrawIssue>,
) -> Result<DrawRecord, ComputeError> {
    let shape = study.shape;
    let mut columns = Vec::with_capacity(shape.columns());
    columns.push(f64::NAN);
    columns.extend(shape.assumptions.iter().map(|handle| values[handle]));
    let report = |position: usize| solve?.value.report.get(position);
    let targets = 0..shape.targets.len();
    let wanted = targets
        .clone()
        .map(|k| report(k).map_or(f64::NAN, |row| row.wanted));
    columns.extend(wanted);
    columns.extend(targets.map(|k| report(k).map_or(f64::NAN, |row| row.got)));
    let mut books = Vec::new();
    let failed = match plans {
        Err(why) => Some(why),
        Ok(plans) => {
            let mut broken = None;
            for plan in plans {
                broken = broken.or_else(|| not_finite(&plan.output));
                add_plan(&plan, &mut columns);
                issues.extend(plan.issues);
                books.push(plan.output.books);
            }
            broken
        }
    };
    let start = shape.row_columns(0).start;
    let mut status = match issues
        .iter()
        .any(|found| found.issue.code == "target_missed")
    {
        true => Status::Missed,
        false => Status::Met,
    };
    if let Some(why) = failed {
        if study.draws == 1 {
            return Err(ComputeError::Fault(why));
        }
        status = Status::Failed;
        columns.truncate(start);
        books.clear();
        issues.push(failure(why));
    }
    columns.resize(shape.columns(), f64::NAN);
    columns[Shape::STATUS] = status.number();
    Ok(DrawRecord {
        status,
        columns,
        books,
        issues,
    })
}

fn failure(text: String) -> DrawIssue {
    let issue = Issue {
        code: "draw_failed".into(),
        place: "draws".into(),
        count: 1,
        text,
    };
    DrawIssue::new("", issue)
}

fn add_plan(plan: &Played, columns: &mut Vec<f64>) {
    let month = |month: &Option<u32>| month.map_or(f64::NAN, f64::from);
    let output = &plan.output;
    let outcomes = output.outcomes.iter();
    columns.extend(outcomes.map(|outcome| outcome.value.unwrap_or(f64::NAN)));
    columns.extend(output.first_months.iter().map(month));
    columns.extend(plan.slots.iter().map(month));
    columns.extend(output.series.iter().flat_map(|series| &series.values));
}

/// The first number of a plan that no output could carry.
fn not_finite(plan: &PlanOutput) -> Option<String> {
    let broken = |value: &f64| !value.is_finite();
    for outcome in &plan.outcomes {
        if let Some(value) = outcome.value.filter(broken) {
            return Some(format!(
                "outcome {} of plan {} is {value}",
                outcome.id, plan.id
            ));
        }
    }
    for series in &plan.series {
        if let Some(month) = series.values.iter().position(broken) {
            return Some(format!(
                "series {} of plan {} in month {} is {}",
                series.id,
                plan.id,
                month + 1,
                series.values[month]
            ));
        }
    }
    let money = |books: &Books| books.net.iter().chain([&books.npv]).any(broken);
    let books = plan.books.iter().find(|books| money(books))?;
    Some(format!(
        "the books of {} under plan {} hold a number that is not finite",
        books.entrant, plan.id
    ))
}

/// Targets that a draw missed.
fn misses(calibrated: &Calibrated) -> Vec<DrawIssue> {
    market::missed(calibrated, MET)
}
