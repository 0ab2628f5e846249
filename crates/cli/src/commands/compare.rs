//! `beachhead compare`: two runs side by side.

use super::found::found;
use super::report::written;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::compare::{Comparison, OutcomeRow, compare};
use beachhead_workbench::run::folder;
use beachhead_workbench::run::report::comparison;
use beachhead_workbench::run::summary::{OutcomeEntry, Summary};
use beachhead_workbench::run::{stored, words, workbook};
use comfy_table::{Cell, ColumnConstraint};
use serde::Serialize;
use std::path::Path;

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    beachhead: &'static str,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// What to write besides.
pub(super) struct Wanted<'a> {
    /// A page.
    pub(super) html: Option<&'a Path>,
    /// A workbook.
    pub(super) xlsx: Option<&'a Path>,
}

pub(super) fn run(
    runs: [&Path; 2],
    wanted: &Wanted<'_>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let [first, second] = [found(runs[0])?, found(runs[1])?];
    let comparison = compare(&first, &second)?;
    let summaries = [stored::summary(&first)?, stored::summary(&second)?];
    if let Some(path) = wanted.html {
        let page = comparison::html(&comparison, summaries.each_ref());
        folder::write_named(path, page.as_bytes())?;
    }
    if let Some(path) = wanted.xlsx {
        folder::write_named(path, &workbook::of_comparison(&comparison)?)?;
    }
    if settings.json {
        let document = Document {
            format: beachhead_workbench::run::FORMAT,
            beachhead: beachhead_workbench::run::VERSION,
            comparison: &comparison,
        };
        return talk.result(&shown::json(&document)?);
    }
    let text = text(&comparison, &summaries) + &written(wanted.html, wanted.xlsx);
    talk.tell(&text)
}

/// Title of a plan in either run, as far as a head has room.
fn title(summaries: &[Summary; 2], id: &str) -> String {
    let mut plans = summaries.iter().flat_map(|summary| &summary.plans);
    let plan = plans.find(|plan| plan.id == id);
    words::title(plan.map_or("", |plan| &plan.title), id)
}

/// The median of an outcome over the draws of a run; none of a single path, nor of what has none.
fn median(summary: &Summary, row: &OutcomeRow) -> Option<f64> {
    let plan = summary.plans.iter().find(|plan| plan.id == row.plan)?;
    match plan.outcome(&row.outcome)? {
        OutcomeEntry::Distribution(entry) if row.unit != "month" => {
            entry.p50.filter(|_| entry.se.is_some())
        }
        _ => None,
    }
}

fn text(comparison: &Comparison, summaries: &[Summary; 2]) -> String {
    let [first, second] = &comparison.runs;
    let mut text = String::new();
    for (label, side) in [("First: ", first), ("Second:", second)] {
        text += &format!(
            "{label} {} (seed {}, {} draws, {} months)\n",
            side.folder, side.seed, side.draws, side.months
        );
    }
    text.push('\n');
    text += &differing(comparison, summaries);
    text.push('\n');
    text += &shown::wrapped(&comparison.how());
    if first.draws.max(second.draws) > 1 {
        text += &shown::wrapped(
            "Values are means, of months medians; in brackets the median, where it reads another number.",
        );
    }
    text.push('\n');
    let mut plan = "";
    let mut table = None;
    // What is nothing in both is left to --json.
    let says = |row: &&OutcomeRow| {
        row.means
            .iter()
            .chain(&row.medians)
            .any(|value| value.is_some_and(|v| v != 0.0))
            && idle(row, comparison) != [true; 2]
    };
    for row in comparison.outcomes.iter().filter(says) {
        if row.plan != plan {
            text += &table.map_or_else(String::new, |table| shown::printed(&table));
            plan = &row.plan;
            let title = title(summaries, plan);
            let mut new = shown::table([&title, "First", "Second", "Difference", "from … to"]);
            // Numbers stay whole; names get what is left and break.
            for column in new.column_iter_mut().skip(1) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            table = Some(new);
        }
        if let Some(table) = &mut table {
            table.add_row(cells(row, comparison, summaries));
        }
    }
    text += &table.map_or_else(String::new, |table| shown::printed(&table));
    text
}

/// Whether an outcome is about getting money back under a plan that neither spends nor earns any, in each run.
fn idle(row: &OutcomeRow, comparison: &Comparison) -> [bool; 2] {
    let (stem, suffix) = row.outcome.split_once('.').unwrap_or((&row.outcome, ""));
    if !["payback_month", "p_payback"].contains(&stem) {
        return [false; 2];
    }
    let of_plan = comparison
        .outcomes
        .iter()
        .filter(|other| other.plan == row.plan);
    let money: Vec<&OutcomeRow> = of_plan
        .filter(|other| {
            let (stem, of) = other
                .outcome
                .split_once('.')
                .unwrap_or((&other.outcome, ""));
            of == suffix && words::IDLE.contains(&stem)
        })
        .collect();
    [0, 1].map(|run| !money.is_empty() && money.iter().all(|row| row.means[run] == Some(0.0)))
}

fn cells(row: &OutcomeRow, comparison: &Comparison, summaries: &[Summary; 2]) -> Vec<Cell> {
    // Units stand in the name, where they say something.
    let value = |value: Option<f64>| match (value, row.unit.as_str()) {
        (None, _) => String::new(),
        (Some(value), "" | "share") => words::percent(value),
        (Some(value), unit) if words::is_currency(unit) && value.abs() < words::LEAST_MONEY => {
            words::human(0.0)
        }
        (Some(value), _) => words::human(value),
    };
    let idle = idle(row, comparison);
    let months = row.unit == "month";
    let shown = row.shown();
    let of_run = |run: usize| match (shown[run], row.unit.as_str()) {
        _ if idle[run] => "\u{2013}".to_owned(),
        (None, "month") if comparison.runs[run].draws > 1 => "not in half".to_owned(),
        (None, "month") => "never".to_owned(),
        (mean, _) => {
            let (mean, median) = (value(mean), value(median(&summaries[run], row)));
            if median.is_empty() || median == mean {
                mean
            } else {
                format!("{mean}\n({median})")
            }
        }
    };
    let mut name = words::outcome_label(&row.outcome, &[]);
    if months {
        name += ", median month";
    } else if words::is_currency(&row.unit) {
        name += &format!(", {}", row.unit);
    }
    let says = idle == [false; 2];
    let difference = row.difference.filter(|_| says);
    // Between shares lie points: a tenth of a share of 20 % is 2 points and 10 %.
    let moved = |by: f64| match row.unit.as_str() {
        "" | "share" => words::points(by),
        _ => value(Some(by)),
    };
    let difference = difference.map_or_else(String::new, moved);
    let interval = row.low.zip(row.high).filter(|_| says);
    let interval = interval.map_or_else(String::new, |(low, high)| {
        format!(
            "{} … {}",
            moved(low).trim_end_matches(words::POINTS),
            moved(high)
        )
    });
    vec![
        name.into(),
        shown::number(of_run(0)),
        shown::number(of_run(1)),
        shown::number(difference),
        shown::number(interval),
    ]
}

/// Changes of each kind that are shown; the others are counted, --json has all.
const SHOWN: usize = 20;

/// What of the scenarios differs.
fn differing(comparison: &Comparison, summaries: &[Summary; 2]) -> String {
    let mut text = String::new();
    for (which, only) in ["first", "second"].iter().zip(&comparison.only) {
        if !only.is_empty() {
            let only = only.join(", ");
            text += &shown::wrapped(&format!("Outcomes that only the {which} has: {only}"));
        }
    }
    let changed: Vec<String> = of_both(comparison)
        .map(|(name, first, second)| format!("{name}: {first} → {second}"))
        .collect();
    text += &lines(&changed, "assumptions that both have");
    for (run, which) in ["first", "second"].iter().enumerate() {
        let own = comparison.assumptions.iter().filter_map(|change| {
            let value = change.values[run].as_ref()?;
            change.values[1 - run]
                .is_none()
                .then(|| format!("{}, only in the {which}: {value}", change.name))
        });
        let own: Vec<String> = own.collect();
        text += &lines(&own, &format!("assumptions only in the {which}"));
    }
    for change in &comparison.plans {
        let title = words::quoted(&title(summaries, &change.plan));
        text += &shown::wrapped(&format!("Plan {title}: {}", change.what));
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

/// Assumptions that both runs have, with both values.
fn of_both(comparison: &Comparison) -> impl Iterator<Item = (&str, &str, &str)> {
    comparison.assumptions.iter().filter_map(|change| {
        let [first, second] = &change.values;
        Some((change.name.as_str(), first.as_deref()?, second.as_deref()?))
    })
}

/// The first of some lines, and how many there are besides.
fn lines(all: &[String], what: &str) -> String {
    let shown = all.iter().take(SHOWN).map(|line| shown::wrapped(line));
    let mut text: String = shown.collect();
    if all.len() > SHOWN {
        let more = all.len() - SHOWN;
        text += &format!("… and {more} more {what}; --json has all\n");
    }
    text
}
