//! Two runs side by side as a page: what moved, and which assumptions differ.

use super::page::{Page, escape};
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use super::{Document, document};
use crate::run::compare::{Comparison, OutcomeRow};
use crate::run::summary::{OutcomeEntry, Plan, Summary};
use crate::run::words::{self, between, quoted, with_unit};
use serde_json::json;

/// Outcomes that are compared in a picture, by their stem.
const PICTURED: &str = "npv";

/// The page of a comparison; the summaries are those of its runs.
pub fn html(comparison: &Comparison, summaries: [&Summary; 2]) -> String {
    let subject = Pair {
        comparison,
        summaries,
    };
    let mut page = Page::default();
    page.section("answer", "What moved", |page| {
        for text in subject.moved() {
            page.paragraph(&text);
        }
        page.note(&comparison.how());
    });
    page.section("why", "What differs in their scenarios", |page| {
        subject.why(page)
    });
    if let Some(table) = subject.worth() {
        page.section("npv", "Net present value", |page| page.table(&table));
    }
    page.section("outcomes", "All outcomes", |page| {
        for plan in subject.plans() {
            let table = subject.outcomes(plan);
            page.folded(&plan.title, |page| page.table(&table));
        }
    });
    page.section("runs", "The two runs", |page| page.table(&subject.runs()));
    let [first, second] = summaries;
    let title = if first.scenario == second.scenario {
        format!("Two runs of {}", first.scenario)
    } else {
        format!("{} and {}", first.scenario, second.scenario)
    };
    let lead = format!(
        "First: {}-{}; second: {}-{}. Differences are second less first.",
        escape(&first.scenario),
        escape(&first.hash),
        escape(&second.scenario),
        escape(&second.hash)
    );
    document(&Document {
        title: &title,
        lead: &lead,
        months: json!([]),
        page: &page,
    })
}

struct Pair<'a> {
    comparison: &'a Comparison,
    summaries: [&'a Summary; 2],
}

impl<'a> Pair<'a> {
    /// Plans that both have, as the first names them.
    fn plans(&self) -> Vec<&'a Plan> {
        let [first, second] = self.summaries;
        let in_both = |plan: &&Plan| second.plans.iter().any(|other| other.id == plan.id);
        first.plans.iter().filter(in_both).collect()
    }

    fn title(&self, id: &'a str) -> &'a str {
        let all = self.summaries.iter().flat_map(|summary| &summary.plans);
        let mut of_id = all.filter(|plan| plan.id == id);
        of_id.next().map_or(id, |plan| &plan.title)
    }

    fn rows_of(&self, stem: &str) -> Vec<&'a OutcomeRow> {
        let rows = self.comparison.outcomes.iter();
        rows.filter(|row| row.outcome.split('.').next() == Some(stem))
            .collect()
    }

    /// The plans whose value moved most, and whether the best one is another now.
    fn moved(&self) -> Vec<String> {
        let mut rows = self.rows_of(PICTURED);
        let size = |row: &OutcomeRow| row.difference.map_or(0.0, f64::abs);
        rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let mut texts = Vec::new();
        if let Some(row) = rows.first().filter(|row| size(row) > words::LEAST_MONEY)
            && let ([Some(a), Some(b)], Some(difference)) = (row.means, row.difference)
        {
            let interval = row
                .low
                .zip(row.high)
                .map_or_else(String::new, |(low, high)| {
                    format!(" (95 %: {})", between(low, high, &row.unit))
                });
            texts.push(format!(
                "Net present value moves most under {}: from {} to {}, by {}{interval}.",
                quoted(self.title(&row.plan)),
                with_unit(a, &row.unit),
                with_unit(b, &row.unit),
                with_unit(difference, &row.unit)
            ));
        } else if !rows.is_empty() {
            texts
                .push("Net present value does not move under any plan that both runs have.".into());
        }
        let best = self.summaries.map(|summary| {
            let values = |plan: &&Plan| plan.mean(PICTURED).unwrap_or(f64::NEG_INFINITY);
            let plans = summary.plans.iter();
            plans.max_by(|a, b| values(a).total_cmp(&values(b)))
        });
        if let [Some(a), Some(b)] = best {
            texts.push(if a.id == b.id {
                format!("{} has the highest mean net present value in both.", quoted(&a.title))
            } else {
                format!(
                    "The highest mean net present value is that of {} in the first and of {} in the second.",
                    quoted(&a.title),
                    quoted(&b.title)
                )
            });
        }
        let count = self.comparison.assumptions.len();
        texts.push(match count {
            0 => "Their assumptions are the same.".to_owned(),
            1 => "One assumption differs.".to_owned(),
            _ => format!("{count} assumptions differ."),
        });
        texts
    }

    fn why(&self, page: &mut Page) {
        let comparison = self.comparison;
        let mut table = Table::new(
            "Assumptions that differ",
            vec![
                Column::text("Assumption"),
                Column::text("First"),
                Column::text("Second"),
            ],
        );
        for change in &comparison.assumptions {
            let value = |run: usize| match &change.values[run] {
                Some(value) => Cell::text(value),
                None => Cell::soft("none"),
            };
            table.row(vec![Cell::code(&change.name), value(0), value(1)]);
        }
        if !table.is_empty() {
            page.table(&table);
        }
        let mut table = Table::new(
            "Plans that differ",
            vec![Column::text("Plan"), Column::text("How")],
        );
        for change in &comparison.plans {
            let title = self.title(&change.plan);
            table.row(vec![Cell::name(title), Cell::text(&change.what)]);
        }
        if !table.is_empty() {
            page.table(&table);
        }
        if !comparison.inputs.is_empty() {
            let inputs = comparison.inputs.join(", ");
            page.paragraph(&format!("Other inputs that differ: {inputs}."));
        }
        if comparison.assumptions.is_empty()
            && comparison.plans.is_empty()
            && comparison.inputs.is_empty()
        {
            page.paragraph("Nothing.");
        }
    }

    /// How net present value moves, plan by plan, on one scale.
    fn worth(&self) -> Option<Table> {
        let rows = self.rows_of(PICTURED);
        let ends = rows
            .iter()
            .flat_map(|row| [row.low, row.high, row.difference]);
        let scale = Scale::over(ends.flatten().chain([0.0]));
        let unit = &rows.first()?.unit;
        let mut table = Table::new(
            "Net present value, second less first: mean (dot) and 95 % interval",
            vec![
                Column::text("Plan"),
                Column::picture(unit, &scale.axis(unit)),
                Column::number("First"),
                Column::number("Second"),
                Column::number("Difference"),
                Column::number("Interval"),
            ],
        )
        .stacking();
        for row in rows {
            let mut strip = Strip::new(&scale);
            if let Some((low, high)) = row.low.zip(row.high) {
                strip = strip.interval(low, high, 0);
            }
            if let Some(difference) = row.difference {
                strip = strip.dot(difference, 0);
            }
            let (difference, interval) = moved_by(row);
            table.row(vec![
                Cell::name(self.title(&row.plan)),
                Cell::picture(strip.html()),
                Cell::number(&value(row, row.means[0]), &self.median(0, row)),
                Cell::number(&value(row, row.means[1]), &self.median(1, row)),
                Cell::number(&difference, ""),
                Cell::number(&interval, ""),
            ]);
        }
        Some(table)
    }

    /// The median over the draws of a run, where it reads another number than the mean above it.
    fn median(&self, run: usize, row: &OutcomeRow) -> String {
        let mut plans = self.summaries[run].plans.iter();
        let plan = plans.find(|plan| plan.id == row.plan);
        let median = match plan.and_then(|plan| plan.outcome(&row.outcome)) {
            Some(OutcomeEntry::Distribution(entry)) if row.unit != "month" => {
                entry.p50.filter(|_| entry.se.is_some())
            }
            _ => None,
        };
        let median = median.map(|median| value(row, Some(median)));
        let another = median.filter(|median| *median != value(row, row.means[run]));
        another.map_or_else(String::new, |median| format!("median {median}"))
    }

    fn outcomes(&self, plan: &Plan) -> Table {
        let mut table = Table::new(
            "All outcomes in both runs",
            vec![
                Column::text("Outcome"),
                Column::number("First"),
                Column::number("Second"),
                Column::number("Difference"),
                Column::number("95 % interval"),
            ],
        )
        .quiet();
        let rows = self.comparison.outcomes.iter();
        for row in rows.filter(|row| row.plan == plan.id) {
            let mut label = words::outcome_label(&row.outcome, &[]);
            if words::is_currency(&row.unit) {
                label += &format!(", {}", row.unit);
            }
            let (difference, interval) = moved_by(row);
            if row.unit == "month" {
                label += ", median";
            }
            let shown = row.shown();
            table.row(vec![
                Cell::name(&label),
                Cell::number(&value(row, shown[0]), &self.median(0, row)),
                Cell::number(&value(row, shown[1]), &self.median(1, row)),
                Cell::number(&difference, ""),
                Cell::number(&interval, ""),
            ]);
        }
        table
    }

    fn runs(&self) -> Table {
        let mut table = Table::new(
            "The two runs",
            vec![
                Column::text("Run"),
                Column::text("Scenario"),
                Column::text("Hash"),
                Column::number("Seed"),
                Column::number("Draws"),
                Column::number("Months"),
                Column::text("Beachhead"),
            ],
        )
        .quiet();
        for (label, summary) in ["First", "Second"].iter().zip(self.summaries) {
            table.row(vec![
                Cell::text(label),
                Cell::text(&summary.scenario),
                Cell::code(&summary.hash),
                Cell::number(&summary.seed.to_string(), ""),
                Cell::number(&summary.draws.to_string(), ""),
                Cell::number(&summary.months.to_string(), ""),
                Cell::text(&summary.beachhead),
            ]);
        }
        table
    }
}

/// A value without its unit, which the label names.
fn value(row: &OutcomeRow, value: Option<f64>) -> String {
    match (value, row.unit.as_str()) {
        (None, "month") => "not in half".to_owned(),
        (None, _) => "none".to_owned(),
        (Some(value), "" | "share") => words::percent(value),
        (Some(value), _) => words::human(value),
    }
}

/// A difference without its unit; between shares lie points.
fn moved(row: &OutcomeRow, by: f64) -> String {
    match row.unit.as_str() {
        "" | "share" => words::points(by),
        _ => value(row, Some(by)),
    }
}

/// The difference and its interval in words; both empty where there is none.
fn moved_by(row: &OutcomeRow) -> (String, String) {
    let Some(difference) = row.difference else {
        return (String::new(), String::new());
    };
    let interval = row
        .low
        .zip(row.high)
        .map_or_else(String::new, |(low, high)| {
            format!(
                "{} to {}",
                moved(row, low).trim_end_matches(words::POINTS),
                moved(row, high)
            )
        });
    (moved(row, difference), interval)
}
