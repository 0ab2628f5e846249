//! A made-up run with hostile names, on which the tests of this module stand.

mod answers;
mod documents;
mod folders;

use super::draws::chunk::{InMemory, encode};
use super::draws::draw::{DrawRecord, Status};
use super::draws::shape::{OutcomeColumn, PlanShape};
use super::output::*;
use super::*;
use beachhead_engine::scenario::Handle;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// The made-up draw of the one uncertain quantity.
const CHURN: f64 = 0.0111;

const HOSTILE: &str = "<script>alert(\"x\")</script> & 'co'";

fn outcome(id: &str, unit: &str, kind: OutcomeKind, value: Option<f64>) -> Outcome {
    Outcome {
        id: id.to_owned(),
        unit: unit.to_owned(),
        kind,
        value,
        spread: None,
    }
}

fn happened(month: u32, kind: HappenedKind, name: &str) -> Happened {
    Happened {
        month,
        share: 1.0,
        by_month: vec![(month, 1.0)],
        kind,
        name: name.to_owned(),
    }
}

fn plan(id: &str, title: &str, scale: f64, months: usize) -> PlanOutput {
    use OutcomeKind::{Month, Probability, Value};
    let series = |id: &str, unit: &str, slope: f64| Series {
        id: id.to_owned(),
        unit: unit.to_owned(),
        values: (0..months)
            .map(|month| slope * scale * month as f64)
            .collect(),
        bands: None,
    };
    PlanOutput {
        id: id.to_owned(),
        title: title.to_owned(),
        outcomes: vec![
            outcome("units", "units", Value, Some(1.24e6 * scale)),
            outcome(
                "share_of_sales_final_year",
                "share",
                Value,
                Some(0.031 * scale),
            ),
            outcome("installed_base", "users", Value, Some(0.9e6 * scale)),
            outcome("npv", "USD", Value, Some(-84.2e6 * scale)),
            outcome("peak_funding", "USD", Value, Some(120e6 * scale)),
            outcome(
                "payback_month",
                "month",
                Month,
                (scale < 1.0).then_some(41.0),
            ),
            outcome(
                "p_loss",
                "",
                Probability,
                Some(if scale > 0.0 { 1.0 } else { 0.0 }),
            ),
        ],
        series: vec![
            series("share_of_sales", "share", 0.001),
            series("installed_base", "users", 1_000.0),
            series("cash_cumulative", "USD", -2.5e6),
            series("awareness", "share", 0.01),
            series("share_of_sales.pear", "share", 0.002),
        ],
        books: vec![Books {
            entrant: HOSTILE.to_owned(),
            lines: vec![CashLine {
                label: HOSTILE.to_owned(),
                values: vec![-1e6; months],
            }],
            net: vec![-1e6; months],
            terminal: vec![
                ("Stock".to_owned(), 2.5e6),
                ("Cost of leaving".to_owned(), 0.0),
            ],
            discounted_cash: -25e6,
            discounted_terminal: 2e6,
            npv: -23e6,
        }],
        first_months: vec![None, Some(7)],
        happened: vec![
            happened(1, HappenedKind::Step, "store"),
            happened(4, HappenedKind::Step, "push"),
            happened(5, HappenedKind::Step, "push"),
            happened(5, HappenedKind::Gate, "Certificate"),
            happened(24, HappenedKind::Exit, HOSTILE),
        ],
    }
}

pub(super) fn made_up() -> RunOutput {
    let text = |text: &str| text.to_owned();
    RunOutput {
        results_version: RESULTS_VERSION,
        scenario: text("demo"),
        title: HOSTILE.to_owned(),
        as_of: text("2018-07-01"),
        currency: text("USD"),
        start: (2018, 7),
        months: 30,
        seed: 1,
        draws: 1,
        entrants: vec![Named {
            id: text("acme"),
            title: HOSTILE.to_owned(),
        }],
        events: vec![text("deal"), text("restriction")],
        calibration: vec![
            CalibrationRow {
                target: text("share_of_sales.pear"),
                wanted: Wanted::Value(0.41),
                got: 0.4098,
                source: text("tracker"),
            },
            CalibrationRow {
                target: text("own_price_elasticity.pear_8"),
                wanted: Wanted::Band(-4.0, -2.0),
                got: -4.5,
                source: String::new(),
            },
        ],
        calibration_notes: vec![text("Condition number 12.")],
        plans: vec![
            plan("stay_out", "Stay out", 0.0, 30),
            plan("online", HOSTILE, 1.0, 30),
        ],
        differences: Vec::new(),
        may_be_best: Vec::new(),
        issues: vec![Issue {
            code: text("not_simulated"),
            place: text("events.deal"),
            count: 1,
            text: HOSTILE.to_owned(),
        }],
        register: vec![Assumption {
            name: text("networks.tel.churn"),
            value: 0.0111,
            unit: text("1/month"),
            spread: String::new(),
            origin: text("written"),
            source: String::new(),
            note: HOSTILE.to_owned(),
        }],
        sources: vec![Source {
            id: text("tracker"),
            publisher: HOSTILE.to_owned(),
            title: HOSTILE.to_owned(),
            published: text("2018-05-02"),
            period_end: text("2018-03-31"),
            url: text("javascript:alert(1)"),
            kind: text("hard fact"),
        }],
        resolved: json!({"name": "demo", "quantities": [{"value": 0.1}]}),
        analysis: None,
    }
}

fn identity() -> Identity {
    let plans = vec!["stay_out".to_owned(), "online".to_owned()];
    Identity {
        seed: 1,
        draws: 1,
        months: 30,
        plans,
    }
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The columns of the made-up run's draw, as a run keeps them.
fn columns_of(output: &RunOutput) -> (Shape, InMemory) {
    let first = &output.plans[0];
    let column = |outcome: &Outcome| OutcomeColumn {
        id: outcome.id.clone(),
        unit: outcome.unit.clone(),
        kind: outcome.kind,
        comparison: None,
    };
    let shape = Shape {
        months: output.months,
        assumptions: vec![Handle::new(0, "networks.tel.churn")],
        targets: Vec::new(),
        outcomes: first.outcomes.iter().map(column).collect(),
        events: output.events.clone(),
        series: Vec::new(),
        plans: output
            .plans
            .iter()
            .map(|plan| PlanShape {
                id: plan.id.clone(),
                title: plan.title.clone(),
                slots: Vec::new(),
            })
            .collect(),
    };
    let mut columns = vec![Status::Met.number(), CHURN];
    for plan in &output.plans {
        let outcomes = plan.outcomes.iter();
        columns.extend(outcomes.map(|outcome| outcome.value.unwrap_or(f64::NAN)));
        let months = plan.first_months.iter();
        columns.extend(months.map(|month| month.map_or(f64::NAN, f64::from)));
    }
    let record = DrawRecord {
        status: Status::Met,
        columns,
        books: Vec::new(),
        issues: Vec::new(),
    };
    let chunk = encode(&shape, 0, vec![record]);
    (shape, InMemory(vec![chunk]))
}

/// The made-up draw in its chunk.
fn chunks_of<'a>(shape: &Shape, source: &'a InMemory) -> Chunks<'a> {
    Chunks {
        draws: 1,
        columns: shape.columns(),
        source,
    }
}

/// The files of a run, all in memory.
fn files(output: &RunOutput, hash: &str) -> Result<Vec<Artefact<'static>>, RunError> {
    let (shape, source) = columns_of(output);
    let list = artefacts(output, hash, &shape, chunks_of(&shape, &source))?;
    list.iter()
        .map(|artefact| Ok(Artefact::new(artefact.name, artefact.bytes()?)))
        .collect()
}

/// A folder written from the made-up run, below a fresh root.
fn written() -> (tempfile::TempDir, PathBuf, String, Vec<Artefact<'static>>) {
    let root = tempfile::tempdir().unwrap();
    let output = made_up();
    let hash = hash(&output.resolved, &identity());
    let folder = folder::place(&root.path().join("runs"), &output.scenario, &hash).unwrap();
    let artefacts = files(&output, &hash).unwrap();
    folder::write(&folder, &hash, &artefacts, false).unwrap();
    (root, folder, hash, artefacts)
}
