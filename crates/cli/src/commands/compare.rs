//! `beachhead compare`: two runs side by side.

use super::RUNS;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::compare::{Comparison, OutcomeRow, compare};
use beachhead_workbench::run::folder::{self, SUMMARY};
use beachhead_workbench::run::words;
use comfy_table::{Cell, ColumnConstraint};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    beachhead: &'static str,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

pub(super) fn run(
    first: &Path,
    second: &Path,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let comparison = compare(&found(first)?, &found(second)?)?;
    if settings.json {
        let document = Document {
            format: beachhead_workbench::run::FORMAT,
            beachhead: beachhead_workbench::run::VERSION,
            comparison: &comparison,
        };
        return talk.result(&shown::json(&document)?);
    }
    talk.result(text(&comparison).as_bytes())
}

/// The folder that is meant: itself, or the one in the folder of runs with this name or (the beginning of) this hash.
fn found(named: &Path) -> Result<PathBuf, Failure> {
    if named.join(SUMMARY).is_file() {
        return Ok(named.to_owned());
    }
    let asked = named.to_string_lossy();
    let listed = folder::list(Path::new(RUNS))?;
    let meant = |run: &&folder::Listed| {
        let name = run.folder.file_name().unwrap_or_default().to_string_lossy();
        !asked.is_empty() && (run.summary.hash.starts_with(&*asked) || name == asked)
    };
    let mut all = listed.iter().filter(meant);
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one.folder.clone()),
        (Some(one), Some(other)) => Err(Failure::Input(format!(
            "{asked} could be {} or {}\n  give more digits of the hash, or the folder",
            one.folder.display(),
            other.folder.display()
        ))),
        _ => Err(Failure::Input(format!(
            "{asked} is no complete run\n  expected its folder, or its name or hash in {RUNS}; `beachhead runs` lists them"
        ))),
    }
}

fn text(comparison: &Comparison) -> String {
    let [first, second] = &comparison.runs;
    let mut text = String::new();
    for (label, side) in [("First: ", first), ("Second:", second)] {
        text += &format!(
            "{label} {} (seed {}, {} draws, {} months)\n",
            side.folder, side.seed, side.draws, side.months
        );
    }
    text += &shown::wrapped(match (comparison.paired, first.draws.min(second.draws)) {
        (true, _) => "Differences are second less first, draw by draw, with 95 % intervals.",
        (false, 1) => "Differences are second less first, of single values.",
        _ => {
            "Differences are second less first; draws are not paired (other seed or number), so intervals (95 %) are wide."
        }
    });
    let mut plan = "";
    let mut table = None;
    // What is nothing in both is left to --json.
    let says = |row: &&OutcomeRow| row.means.iter().any(|mean| mean.is_some_and(|m| m != 0.0));
    for row in comparison.outcomes.iter().filter(says) {
        if row.plan != plan {
            text += &table.map_or_else(String::new, |table| shown::printed(&table));
            plan = &row.plan;
            let mut new = shown::table([plan, "First", "Second", "Difference", "from … to"]);
            // Numbers stay whole; names get what is left and break.
            for column in new.column_iter_mut().skip(1) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            table = Some(new);
        }
        if let Some(table) = &mut table {
            table.add_row(cells(row, comparison));
        }
    }
    text += &table.map_or_else(String::new, |table| shown::printed(&table));
    text += &differing(comparison);
    text
}

fn cells(row: &OutcomeRow, comparison: &Comparison) -> Vec<Cell> {
    // Units stand in the name, where they say something.
    let value = |value: Option<f64>| match (value, row.unit.as_str()) {
        (None, _) => String::new(),
        (Some(value), "" | "share") => words::percent(value),
        (Some(value), "month") => format!("{value:.1}"),
        (Some(value), unit) if words::is_currency(unit) && value.abs() < words::LEAST_MONEY => {
            words::human(0.0)
        }
        (Some(value), _) => words::human(value),
    };
    let of_run = |run: usize| match (row.means[run], row.unit.as_str()) {
        (None, "month") if comparison.runs[run].draws > 1 => "not always".to_owned(),
        (None, "month") => "never".to_owned(),
        (mean, _) => value(mean),
    };
    let mut name = words::outcome_label(&row.outcome, &[]);
    if words::is_currency(&row.unit) || row.unit == "month" {
        name += &format!(", {}", row.unit);
    }
    let difference = row
        .difference
        .map_or_else(String::new, |_| value(row.difference));
    let interval = row.low.zip(row.high);
    let interval = interval.map_or_else(String::new, |(low, high)| {
        format!("{} … {}", value(Some(low)), value(Some(high)))
    });
    vec![
        name.into(),
        shown::number(of_run(0)),
        shown::number(of_run(1)),
        shown::number(difference),
        shown::number(interval),
    ]
}

/// What of the scenarios differs.
fn differing(comparison: &Comparison) -> String {
    let mut text = String::new();
    let none = "none".to_owned();
    for change in &comparison.assumptions {
        let [first, second] = &change.values;
        let (first, second) = (
            first.as_ref().unwrap_or(&none),
            second.as_ref().unwrap_or(&none),
        );
        text += &shown::wrapped(&format!("{}: {first} → {second}", change.name));
    }
    for change in &comparison.plans {
        text += &format!("plan {}: {}\n", change.plan, change.what);
    }
    if !comparison.inputs.is_empty() {
        text += &shown::wrapped(&format!(
            "Other inputs that differ: {}",
            comparison.inputs.join(", ")
        ));
    }
    if text.is_empty() {
        return "Their scenarios do not differ.\n".to_owned();
    }
    format!("What differs in their scenarios:\n{text}")
}
