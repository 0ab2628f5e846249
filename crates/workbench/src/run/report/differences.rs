//! Plans against each other, draw by draw, with ties called ties.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::summary::Difference;
use crate::run::words::{self, between, quoted, suffixed, with_unit};

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let summary = subject.summary;
    let any = summary
        .differences
        .iter()
        .any(|row| row.outcome.starts_with("npv"));
    if !any {
        return;
    }
    page.section("differences", "Plans against each other", |page| {
        for entrant in 0..subject.output.entrants.len() {
            if let Some(standing) = words::standing(summary, &subject.output.entrants, entrant) {
                page.paragraph(&standing);
            }
            if let Some(table) = to_best(subject, entrant) {
                page.key(&[
                    ("dot", "mean difference"),
                    ("line", "interval"),
                    ("zone", "counts as no difference"),
                ]);
                page.table(&table);
            }
        }
        page.note(
            "Both plans of a pair meet the same draws, so that what moves both alike cancels out. A pair is tied where its interval reaches into the zone in which differences count as none: the draws do not tell which is ahead by more than that.",
        );
        page.folded("Every pair of plans", |page| page.table(&every_pair(subject)));
    });
}

fn title<'s>(subject: &Subject<'s>, id: &'s str) -> &'s str {
    let mut plans = subject.summary.plans.iter();
    plans
        .find(|plan| plan.id == id)
        .map_or(id, |plan| &plan.title)
}

/// How far every other plan is behind the best one.
fn to_best(subject: &Subject<'_>, entrant: usize) -> Option<Table> {
    let summary = subject.summary;
    let id = suffixed("npv", entrant, &subject.output.entrants);
    let best = words::best_plan(summary, &subject.output.entrants, entrant)?;
    let unit = match best.outcome(&id)? {
        crate::run::summary::OutcomeEntry::Distribution(entry) => entry.unit.as_str(),
        crate::run::summary::OutcomeEntry::Probability(_) => "",
    };
    // Always other less best, so that all stand on one side.
    let turned = |row: &Difference| -> Option<(String, f64, f64, f64, bool)> {
        if row.against == best.id {
            Some((row.plan.clone(), row.mean, row.low, row.high, row.tied))
        } else if row.plan == best.id {
            Some((
                row.against.clone(),
                -row.mean,
                -row.high,
                -row.low,
                row.tied,
            ))
        } else {
            None
        }
    };
    let of = summary.differences.iter().filter(|row| row.outcome == id);
    let mut rows: Vec<_> = of.filter_map(turned).collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    if rows.is_empty() {
        return None;
    }
    let zone = summary.may_be_best.iter().find(|row| row.outcome == id);
    let zone = zone.map_or(0.0, |row| row.indifference);
    let ends = rows.iter().flat_map(|(_, _, low, high, _)| [*low, *high]);
    let scale = Scale::over(ends.chain([0.0, zone, -zone]));
    let mut table = Table::new(
        &format!("Net present value less that of {}", quoted(&best.title)),
        vec![
            Column::text("Plan"),
            Column::picture(unit, &scale.axis(unit)),
            Column::number("Mean"),
            Column::number("Interval"),
        ],
    )
    .stacking();
    for (plan, mean, low, high, tied) in rows {
        let mut strip = Strip::new(&scale);
        if zone > 0.0 {
            strip = strip.zone(-zone, zone);
        }
        let colour = if tied { 5 } else { 0 };
        let verdict = match tied {
            true => "tied: cannot be told apart",
            false if high < 0.0 => "behind",
            false => "ahead",
        };
        table.row(vec![
            Cell::name_and(title(subject, &plan), verdict),
            Cell::picture(strip.interval(low, high, colour).dot(mean, colour).html()),
            Cell::number(&with_unit(mean, unit), ""),
            Cell::number(&between(low, high, unit), ""),
        ]);
    }
    Some(table)
}

/// All pairs by net present value.
fn every_pair(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "Net present value of one plan less that of the other",
        vec![
            Column::text("Plan"),
            Column::text("Against"),
            Column::number("Mean difference"),
            Column::number("Interval"),
            Column::text("Tied"),
        ],
    );
    let unit = &subject.output.currency;
    let rows = subject.summary.differences.iter();
    for row in rows.filter(|row| row.outcome.split('.').next() == Some("npv")) {
        table.row(vec![
            Cell::name(title(subject, &row.plan)),
            Cell::name(title(subject, &row.against)),
            Cell::number(&with_unit(row.mean, unit), ""),
            Cell::number(&between(row.low, row.high, unit), ""),
            Cell::text(if row.tied { "tied" } else { "no" }),
        ]);
    }
    table
}
