//! A made-up run with hostile names, on which the tests of this module stand.

mod answers;
mod asked;
mod books;
mod documents;
mod folders;
mod pages;
pub(in crate::run) mod small;
mod told;

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
        calibration_of_draws: None,
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
        preference: None,
        analysis: None,
    }
}

/// A paired difference in net present value.
fn difference(plan: &str, against: &str, low: f64) -> Difference {
    Difference {
        plan: plan.into(),
        against: against.into(),
        outcome: "npv".into(),
        mean: 1.5 * low,
        low,
        high: 2.0 * low,
        tied: false,
    }
}

/// The made-up run as if over 200 draws, with names that mean no harm.
pub(super) fn over_draws() -> RunOutput {
    let mut output = made_up();
    output.draws = 200;
    output.title = "Acme enters".to_owned();
    output.entrants[0].title = "Acme".to_owned();
    output.plans[1].title = "Online".to_owned();
    output.issues[0].text = "not read".to_owned();
    output.register[0].note = "an estimate".to_owned();
    output.register[0].spread = "triangular, 90 % between 0.01 and 0.02".to_owned();
    let source = &mut output.sources[0];
    (source.publisher, source.title) = ("Tracker".to_owned(), "Shares".to_owned());
    source.url = "https://example.org/shares?a=1&b=2".to_owned();
    for plan in &mut output.plans {
        for books in &mut plan.books {
            books.entrant = "Acme".to_owned();
            books.lines[0].label = "Marketing".to_owned();
        }
        for outcome in &mut plan.outcomes {
            let value = outcome.value;
            outcome.spread = Some(Spread {
                se: value.map(|_| 1.0),
                quantiles: [value.map(|v| 0.5 * v), value, value, value, value],
                median: None,
            });
        }
        for series in &mut plan.series {
            let scaled = |by: f64| series.values.iter().map(|value| by * value).collect();
            series.bands = Some([0.4, 0.8, 1.0, 1.2, 1.6].map(scaled));
        }
        for one in &mut plan.happened {
            one.share = 0.6;
            one.by_month = vec![(one.month, 0.3), (one.month + 2, 0.6)];
            if one.kind == HappenedKind::Exit {
                one.name = "Acme".to_owned();
            }
        }
        let event = happened(7, HappenedKind::Event, "Restriction");
        plan.happened.push(Happened {
            share: 0.25,
            by_month: vec![(7, 0.25)],
            ..event
        });
        for (id, share) in [
            ("volume_from_rivals", 0.7),
            ("volume_from_earlier_replacement", 0.3),
        ] {
            let units = plan.outcomes[0].value.unwrap() * share;
            let mut part = outcome(id, "units", OutcomeKind::Value, Some(units));
            part.spread = Some(Spread {
                se: Some(1.0),
                quantiles: [Some(units); 5],
                median: None,
            });
            plan.outcomes.push(part);
        }
        let mut exits = outcome("p_exit", "", OutcomeKind::Probability, Some(0.6));
        exits.spread = Some(Spread {
            se: Some(0.03),
            quantiles: [None; 5],
            median: None,
        });
        plan.outcomes.push(exits);
    }
    output.differences = vec![difference("stay_out", "online", 40e6)];
    output.may_be_best = vec![MayBeBest {
        outcome: "npv".into(),
        level: 0.95,
        indifference: 0.0,
        plans: vec!["stay_out".into()],
    }];
    output
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
    folder::write(&folder, &hash, &artefacts, &folder::Known::default(), false).unwrap();
    (root, folder, hash, artefacts)
}
