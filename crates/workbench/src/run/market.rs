//! The market of one draw through the engine: calibrated, then under every plan.

use super::draws::tally::DrawIssue;
use super::job::ComputeError;
use super::output::{CalibrationRow, Issue, Wanted};
use super::words;
use beachhead_engine::calibrate::{self, Calibrated, Central, Clash, Ground, Settings};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::scenario::{Plan, Scenario, Values};
use beachhead_engine::simulate::{KeptPromise, PathError, PlanRecord, Repricing, World};
use std::sync::atomic::{AtomicBool, Ordering};

/// A target missed by more than this share in the central run is an issue of the result.
const MET: f64 = 0.005;

/// A calibrated market with the values it was calibrated at.
#[derive(Clone, Debug)]
pub(super) struct Solved {
    /// Values of the quantities.
    pub(super) values: Values,
    /// The market.
    pub(super) solve: Solve<Calibrated>,
    /// What draws start from; none in a central run.
    pub(super) start: Option<Central>,
}

/// The market of a draw. The one place that decides how a draw is calibrated.
///
/// # Errors
/// Values that break the calibration, or an interruption.
pub(super) fn under_draw(
    scenario: &Scenario,
    values: &Values,
    central: &Solved,
    cancel: &AtomicBool,
) -> Result<Solve<Calibrated>, ComputeError> {
    let (ground, clashes) = with_clashes(scenario, values, scenario.simulation.types)?;
    if !clashes.is_empty() {
        // Without the place where they are written: a comment above it must not change what a run says.
        return Err(ComputeError::Input(
            clashes.iter().map(clash_text).collect(),
        ));
    }
    let settings = Settings::default();
    let solve = match &central.start {
        Some(start) => calibrate::under_draw(&ground, start, &settings, cancel),
        None => calibrate::calibrate(&ground, &settings, cancel),
    };
    checked(solve, cancel)
}

/// The ground of a calibration, refused where its targets clash.
pub(super) fn ground<'a>(
    scenario: &'a Scenario,
    values: &'a Values,
    types: usize,
) -> Result<Ground<'a>, ComputeError> {
    let (ground, clashes) = with_clashes(scenario, values, types)?;
    if clashes.is_empty() {
        return Ok(ground);
    }
    let messages = clashes.iter().map(|clash| {
        let first = clash.locations.first().map_or("", String::as_str);
        format!("{first}: {}", clash_text(clash))
    });
    Err(ComputeError::Input(messages.collect()))
}

fn with_clashes<'a>(
    scenario: &'a Scenario,
    values: &'a Values,
    types: usize,
) -> Result<(Ground<'a>, Vec<Clash>), ComputeError> {
    let ground = Ground::new(scenario, values, types)
        .map_err(|error| ComputeError::Input(vec![error.to_string()]))?;
    let clashes = calibrate::check(&ground);
    Ok((ground, clashes))
}

fn clash_text(clash: &Clash) -> String {
    format!(
        "targets clash ({}): {}",
        clash.targets.join(", "),
        clash.text
    )
}

pub(super) fn solved(
    ground: &Ground,
    cancel: &AtomicBool,
) -> Result<Solve<Calibrated>, ComputeError> {
    checked(
        calibrate::calibrate(ground, &Settings::default(), cancel),
        cancel,
    )
}

/// A calibration that was neither interrupted nor broken.
fn checked(
    solve: Solve<Calibrated>,
    cancel: &AtomicBool,
) -> Result<Solve<Calibrated>, ComputeError> {
    if cancel.load(Ordering::Relaxed) {
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

/// Every plan through its months in the draw at an address, or in the central run; `month` is called after each.
pub(super) fn simulated(
    ground: &Ground,
    calibrated: &Calibrated,
    plans: &[usize],
    address: Option<Address>,
    cancel: &AtomicBool,
    month: &(dyn Fn() + Sync),
) -> Result<Vec<PlanRecord>, ComputeError> {
    let all = &ground.scenario.plans;
    let plans: Vec<&Plan> = plans.iter().filter_map(|&plan| all.get(plan)).collect();
    let mut world = World::new(ground, calibrated, Dispatch::detect()).until(cancel);
    if let Some(address) = address {
        world = world.at(address);
    }
    world
        .run(&plans, cancel, &|_| month())
        .map_err(|error| match error {
            PathError::Cancelled => ComputeError::Cancelled,
            other => ComputeError::Input(vec![other.to_string()]),
        })
}

pub(super) fn rows(calibrated: &Calibrated) -> Vec<CalibrationRow> {
    let row = |report: &calibrate::TargetReport| CalibrationRow {
        target: report.target.clone(),
        wanted: Wanted::Value(report.wanted),
        got: report.got,
        source: report.source.clone().unwrap_or_default(),
    };
    calibrated.report.iter().map(row).collect()
}

pub(super) fn parameters(scenario: &Scenario, calibrated: &Calibrated) -> Vec<(String, f64)> {
    let mut list = calibrated.solved.clone();
    let price = match (&scenario.part_worths, &scenario.fit) {
        (Some(_), _) => Some("exponent of the part-worths"),
        // A fit's people have price coefficients of their own.
        (None, Some(_)) => None,
        (None, None) => Some("price coefficient"),
    };
    list.extend(price.map(|name| (name.to_owned(), calibrated.parameters.price_coefficient)));
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
pub(super) fn notes(solve: &Solve<Calibrated>) -> Vec<String> {
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
pub(super) fn issues(solve: &Solve<Calibrated>) -> Vec<DrawIssue> {
    let mut issues = missed(&solve.value, MET);
    issues.extend(excluded(&solve.value));
    issues
}

/// Targets missed by more than a share of what is wanted.
pub(super) fn missed(calibrated: &Calibrated, by: f64) -> Vec<DrawIssue> {
    let rows = calibrated.report.iter().filter(|row| {
        let scale = if row.wanted == 0.0 {
            1.0
        } else {
            row.wanted.abs()
        };
        row.error.is_nan() || row.error.abs() > by * scale
    });
    let issue = |row: &calibrate::TargetReport| Issue {
        code: "target_missed".into(),
        place: format!("calibration.{}", row.target),
        count: 1,
        text: format!("{}: wanted {}, got {}", row.target, row.wanted, row.got),
    };
    rows.map(|row| DrawIssue::new("", issue(row))).collect()
}

/// Users whom nothing on offer can serve.
pub(super) fn excluded(calibrated: &Calibrated) -> Option<DrawIssue> {
    let share = calibrated.excluded_users;
    (share > 0.0).then(|| {
        let issue = Issue {
            code: "excluded_users".into(),
            place: "segments".into(),
            count: 1,
            text: format!(
                "{:.2} % of users reach no offer at all and never buy; raise the reach of a channel that sells something",
                100.0 * share
            ),
        };
        DrawIssue::new("", issue)
    })
}

/// Price rules that did not converge.
pub(super) fn price_issues(scenario: &Scenario, record: &PlanRecord) -> Vec<DrawIssue> {
    let issue = |(product, month, solve): &(usize, usize, Solve<()>)| {
        let product = &scenario.products[*product].id;
        let issue = Issue {
            code: "price_not_solved".into(),
            place: format!("plans.{}", record.plan),
            count: 1,
            text: format!(
                "price of {} in month {month}: residual {:.1e} after {} iterations",
                words::brand_title("", product),
                solve.residual,
                solve.iterations
            ),
        };
        DrawIssue::new(product, issue)
    };
    let unsolved = record.unsolved_prices.iter().map(issue);
    unsolved.chain(repricing_issues(scenario, record)).collect()
}

/// Costs that incumbents' prices imply and that cannot be: demand answers to prices less than it must for them.
pub(super) fn cost_issue(scenario: &Scenario, record: &PlanRecord) -> Option<DrawIssue> {
    let costs = &record.negative_costs;
    let lowest = costs
        .iter()
        .copied()
        .reduce(|a, b| if b.1 < a.1 { b } else { a });
    let (p, cost) = lowest?;
    let text = format!(
        "the prices of {} of rivals\u{2019} products imply a unit cost below 0, lowest that of {}: {} \u{2212}{:.0}, less what it earns later; give `unit_cost`, or a price elasticity further from 0",
        costs.len(),
        words::brand_title("", &scenario.products[p].id),
        scenario.currency,
        cost.abs()
    );
    let issue = Issue {
        code: "negative_cost".into(),
        place: "pricing".into(),
        count: costs.len(),
        text,
    };
    Some(DrawIssue::new("", issue))
}

/// Prices that firms set against each other without an equilibrium.
fn repricing_issues<'a>(
    scenario: &'a Scenario,
    record: &'a PlanRecord,
) -> impl Iterator<Item = DrawIssue> + 'a {
    let failed = record.repricings.iter();
    let failed = failed.filter(|repricing| repricing.status != Status::Converged);
    failed.map(|repricing| {
        let first = repricing.prices.first();
        let product = first.map_or("", |(p, _, _)| scenario.products[*p].id.as_str());
        let what = if repricing.kept_old {
            "the search broke down, and prices are those from before".to_owned()
        } else {
            format!(
                "prices are the last ones tried; after {} reductions of demand they still moved by {:.1e} of themselves",
                repricing.rounds, repricing.residual
            )
        };
        let broken = repricing.promises.iter().find(|promise| is_broken(promise));
        let (code, text) = match broken {
            Some(promise) => ("cap_not_met", unmet(scenario, repricing, promise)),
            None => (
                "no_equilibrium",
                format!(
                    "no equilibrium of prices found in month {}: {what}",
                    repricing.month
                ),
            ),
        };
        let issue = Issue {
            code: code.into(),
            place: format!("plans.{}", record.plan),
            count: 1,
            text,
        };
        DrawIssue::new(product, issue)
    })
}

/// A promise is broken by more than this share of receipts before it is said.
const BROKEN: f64 = 1e-6;

/// Whether prices were moved for a promise and do not keep it.
fn is_broken(promise: &KeptPromise) -> bool {
    promise.multiplier > 1.0 && promise.excess > BROKEN
}

fn unmet(scenario: &Scenario, repricing: &Repricing, promise: &KeptPromise) -> String {
    let brand = &scenario.brands[promise.brand];
    format!(
        "no price was found in month {} at which {} keeps its promise: its margin is {} at the last prices tried, {} is promised; those prices are no equilibrium",
        repricing.month,
        words::brand_title(&brand.title, &brand.id),
        words::percent(promise.margin),
        words::percent(promise.margin - promise.excess)
    )
}
