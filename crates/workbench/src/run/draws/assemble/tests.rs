//! Results over draws from columns with known answers.

use super::fill;
use crate::run::draws::chunk::{Chunks, InMemory, encode};
use crate::run::draws::draw::{DrawRecord, Status};
use crate::run::draws::shape::{OutcomeColumn, PlanShape, Shape};
use crate::run::output::{Difference, Outcome, OutcomeKind, RunOutput};
use crate::run::tests::made_up;
use beachhead_engine::futures::chunks;
use beachhead_engine::outcomes::statistics::Comparison;

/// More than a chunk.
const DRAWS: usize = 101;
/// A draw without a result.
const FAILED: usize = 13;
/// Draws that miss the second fact, of which half is wanted, by as much on both sides.
const MISSED: [(usize, f64); 2] = [(20, 0.5625), (40, 0.4375)];
/// Sums of a few numbers in another order.
const ROUNDING: f64 = 1e-12;
/// What plan `better` has over the first in every draw.
const BETTER: f64 = 5.0;
const PLANS: [&str; 4] = ["first", "same", "better", "rough"];
const OUTCOMES: [(&str, OutcomeKind); 4] = [
    ("npv", OutcomeKind::Value),
    ("cvar10", OutcomeKind::Value),
    ("p_loss", OutcomeKind::Probability),
    ("payback_month", OutcomeKind::Month),
];

/// Net present value of a plan in a draw.
fn npv(plan: usize, draw: usize) -> f64 {
    let world = 0.1 + draw as f64;
    match plan {
        0 | 1 => world,
        2 => world + BETTER,
        _ => world + if draw.is_multiple_of(2) { -40.0 } else { 42.0 },
    }
}

/// The month of payback: of the first plan in half of the draws that count, of the third never, of others always the same.
fn payback(plan: usize, draw: usize) -> f64 {
    match plan {
        0 if draw < FAILED => draw as f64 + 1.0,
        0 if draw <= DRAWS / 2 => draw as f64,
        0 | 2 => f64::NAN,
        _ => 24.0,
    }
}

fn shape(indifference: f64) -> Shape {
    let comparison = Comparison {
        level: 0.95,
        indifference,
    };
    let outcome = |&(id, kind): &(&str, OutcomeKind)| OutcomeColumn {
        id: id.into(),
        unit: String::new(),
        kind,
        comparison: matches!(id, "npv" | "p_loss").then_some(comparison),
    };
    let plan = |id: &&str| PlanShape {
        id: (*id).into(),
        title: (*id).into(),
        slots: Vec::new(),
    };
    Shape {
        months: 0,
        assumptions: Vec::new(),
        targets: vec!["easy".into(), "hard".into()],
        outcomes: OUTCOMES.iter().map(outcome).collect(),
        events: Vec::new(),
        series: Vec::new(),
        plans: PLANS.iter().map(plan).collect(),
    }
}

fn record(draw: usize) -> DrawRecord {
    let missed = MISSED.iter().find(|(missed, _)| *missed == draw);
    let status = match missed {
        _ if draw == FAILED => Status::Failed,
        Some(_) => Status::Missed,
        None => Status::Met,
    };
    let got = missed.map_or(0.5, |(_, got)| *got);
    let mut columns = vec![status.number(), 2.0, 0.5, 2.0, got];
    for plan in 0..PLANS.len() {
        let npv = npv(plan, draw);
        let loss = f64::from(u8::from(npv < 0.0));
        columns.extend([npv, npv, loss, payback(plan, draw)]);
    }
    DrawRecord {
        status,
        columns,
        books: Vec::new(),
        issues: Vec::new(),
    }
}

fn result(indifference: f64) -> RunOutput {
    let shape = shape(indifference);
    let chunk = |range: std::ops::Range<usize>| {
        let first = range.start;
        encode(&shape, first, range.map(record).collect())
    };
    let source = InMemory(chunks(DRAWS).map(chunk).collect());
    let mut output = made_up();
    let chunks = Chunks {
        draws: DRAWS,
        columns: shape.columns(),
        source: &source,
    };
    assert_eq!(fill(&mut output, &shape, chunks).unwrap(), DRAWS - 1);
    output
}

fn outcome<'a>(output: &'a RunOutput, plan: &str, id: &str) -> &'a Outcome {
    let plan = output.plans.iter().find(|found| found.id == plan).unwrap();
    let found = plan.outcomes.iter().find(|outcome| outcome.id == id);
    found.unwrap()
}

fn pair<'a>(output: &'a RunOutput, plan: &str, against: &str, id: &str) -> &'a Difference {
    let mut rows = output.differences.iter();
    let wanted = |row: &&Difference| row.plan == plan && row.against == against;
    rows.find(|row| wanted(row) && row.outcome == id).unwrap()
}

#[test]
fn every_pair_is_compared_where_a_difference_has_a_mean() {
    let output = result(0.0);
    // Six pairs of four plans in two outcomes.
    assert_eq!(output.differences.len(), 12);
    let compared = |row: &Difference| matches!(row.outcome.as_str(), "npv" | "p_loss");
    assert!(output.differences.iter().all(compared));
    let same = pair(&output, "first", "same", "npv");
    assert!(same.tied);
    assert_eq!((same.mean, same.low, same.high), (0.0, 0.0, 0.0));
    let better = pair(&output, "first", "better", "npv");
    assert!(!better.tied && (better.mean + BETTER).abs() < ROUNDING * BETTER);
    assert_eq!((better.low, better.high), (better.mean, better.mean));
    let rough = pair(&output, "first", "rough", "npv");
    assert!(rough.tied && rough.low < rough.mean && rough.mean < rough.high);
}

#[test]
fn plans_that_may_be_best_and_what_counts_as_nothing() {
    let best = |output: &RunOutput| {
        assert_eq!(output.may_be_best.len(), 1);
        let row = output.may_be_best[0].clone();
        assert_eq!(row.outcome, "npv");
        row.plans
    };
    assert_eq!(best(&result(0.0)), ["better", "rough"]);
    let wide = result(BETTER + 1.0);
    assert!(pair(&wide, "first", "better", "npv").tied);
    assert_eq!(best(&wide), PLANS);
    assert_eq!(wide.may_be_best[0].indifference, BETTER + 1.0);
}

#[test]
fn months_that_never_come_stand_last() {
    let output = result(0.0);
    let half = outcome(&output, "first", "payback_month");
    let spread = half.spread.unwrap();
    assert_eq!((half.value, spread.se), (None, None));
    // Fifty of a hundred draws, in months 1 to 50.
    assert_eq!(spread.median, Some(50.0));
    let [p05, p25, p50, p75, p95] = spread.quantiles;
    assert!((p05.unwrap() - 5.95).abs() < ROUNDING * 5.95);
    assert!((p25.unwrap() - 25.75).abs() < ROUNDING * 25.75);
    assert_eq!((p50, p75, p95), (None, None, None));
    let never = outcome(&output, "better", "payback_month").spread.unwrap();
    assert_eq!((never.median, never.quantiles), (None, [None; 5]));
    let always = outcome(&output, "rough", "payback_month");
    assert_eq!(always.value, Some(24.0));
    assert_eq!(always.spread.unwrap().se, Some(0.0));
    assert_eq!(always.spread.unwrap().median, Some(24.0));
    assert_eq!(
        outcome(&output, "first", "npv").spread.unwrap().median,
        None
    );
}

#[test]
fn equal_draws_have_no_variance_and_the_worst_tenth_no_quantiles() {
    let output = result(0.0);
    let loss = outcome(&output, "first", "p_loss");
    assert_eq!(
        (loss.value, loss.spread.unwrap().se),
        (Some(0.0), Some(0.0))
    );
    let tail = outcome(&output, "first", "cvar10");
    // The ten lowest of 0.1, 1.1, …
    assert!((tail.value.unwrap() - 4.6).abs() < ROUNDING * 4.6);
    assert!(tail.spread.unwrap().se > Some(0.0));
    assert_eq!(tail.spread.unwrap().quantiles, [None; 5]);
}

#[test]
fn draws_that_met_their_facts_are_counted_and_the_worst_named() {
    let output = result(0.0);
    let found = output.calibration_of_draws.unwrap();
    assert_eq!((found.met, found.missed, found.failed), (DRAWS - 3, 2, 1));
    let worst = found.worst.unwrap();
    assert_eq!((&*worst.target, worst.draw), ("hard", 20));
    assert_eq!((worst.wanted, worst.got), (0.5, 0.5625));
    assert_eq!(worst.relative, 0.125);
}
