//! What happens to the plans over draws: how often, when, and how often they leave.

use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use super::{Subject, calendar};
use crate::run::output::{Happened, HappenedKind, PlanOutput};
use crate::run::words::{self, enumerate, percent, quoted, suffixed};

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let output = subject.output;
    let occurs = |plan: &PlanOutput| {
        let mut all = plan.happened.iter();
        all.any(|one| matches!(one.kind, HappenedKind::Event | HappenedKind::Exit))
    };
    if output.draws == 1 || !output.plans.iter().any(occurs) {
        return;
    }
    page.section("events", "What happens on the way", |page| {
        for entrant in 0..output.entrants.len() {
            if let Some(text) = leaving(subject, entrant) {
                page.paragraph(&text);
            }
        }
        page.table(&often(subject));
        page.note(
            "Share of draws in which it occurs within the horizon, and below it the median of the months in which it first does. When it occurs, month by month, stands with each plan below.",
        );
    });
}

/// How often and when the rule for leaving fired, in a sentence.
fn leaving(subject: &Subject<'_>, entrant: usize) -> Option<String> {
    let (output, summary) = (subject.output, subject.summary);
    let id = suffixed("p_exit", entrant, &output.entrants);
    let whose = &output.entrants.get(entrant)?.title;
    let mut parts = Vec::new();
    for plan in &summary.plans {
        let Some(share) = plan.mean(&id).filter(|share| *share > 0.0) else {
            continue;
        };
        let happened = output.plans.iter().find(|other| other.id == plan.id)?;
        let mut left = happened.happened.iter();
        let left = left.find(|one| one.kind == HappenedKind::Exit && one.name == *whose);
        let when = left.map_or_else(String::new, |left| {
            format!(
                " (median month {}, {})",
                left.month,
                calendar(output.start, left.month as usize)
            )
        });
        parts.push(format!(
            "in {} of draws under {}{when}",
            percent(share),
            quoted(&plan.title)
        ));
    }
    if parts.is_empty() {
        let entering = words::best_entering(summary, &output.entrants, entrant).is_some();
        return entering.then(|| "The rule for leaving the market never comes true.".to_owned());
    }
    Some(format!(
        "The rule for leaving the market comes true {}.",
        enumerate(&parts)
    ))
}

/// Events down, plans across: share of draws and median month.
fn often(subject: &Subject<'_>) -> Table {
    let plans = &subject.output.plans;
    let mut columns = vec![Column::text("Event")];
    columns.extend(plans.iter().map(|plan| Column::number(&plan.title)));
    let mut table = Table::new("How often events occur under each plan", columns).quiet();
    for (kind, leaves) in [
        (HappenedKind::Event, ""),
        (HappenedKind::Exit, " leaves the market"),
    ] {
        let mut names: Vec<&str> = Vec::new();
        for one in plans.iter().flat_map(|plan| &plan.happened) {
            if one.kind == kind && !names.contains(&one.name.as_str()) {
                names.push(&one.name);
            }
        }
        for name in names {
            let mut cells = vec![Cell::name(&format!("{name}{leaves}"))];
            cells.extend(plans.iter().map(|plan| {
                let mut all = plan.happened.iter();
                match all.find(|one| one.kind == kind && one.name == name) {
                    Some(one) => Cell::share(
                        &percent(one.share),
                        one.share,
                        &format!("month {}", one.month),
                    ),
                    None => Cell::number("\u{2013}", ""),
                }
            }));
            table.row(cells);
        }
    }
    table
}

/// What happens under one plan and when: over draws the share of draws in which it has come by each month.
pub(super) fn timeline(subject: &Subject<'_>, plan: &PlanOutput) -> Table {
    let output = subject.output;
    let scale = Scale::over([0.0, output.months as f64]);
    let mut columns = vec![Column::text("What")];
    if output.draws > 1 {
        columns.push(Column::picture("Month", &scale.axis("")));
        columns.push(Column::number("Draws"));
        columns.push(Column::text("Median month"));
    } else {
        columns.push(Column::text("Month"));
    }
    let caption = if output.draws > 1 {
        "What happens, and in what share of draws it has come by each month (full height: all draws; upright: the median of those in which it comes)"
    } else {
        "What happens when"
    };
    let mut table = Table::new(caption, columns);
    for (one, times) in first_and_count(&plan.happened) {
        let month = format!(
            "{} \u{b7} {}",
            one.month,
            calendar(output.start, one.month as usize)
        );
        let mut cells = vec![Cell::name_and(&what(one), &times)];
        if output.draws > 1 {
            let points: Vec<(f64, f64)> = one
                .by_month
                .iter()
                .map(|(month, share)| (f64::from(*month), *share))
                .collect();
            let colour = match one.kind {
                HappenedKind::Gate => 2,
                HappenedKind::Event => 1,
                HappenedKind::Step => 0,
                HappenedKind::Exit => 7,
            };
            let strip = Strip::new(&scale).steps(&points, colour);
            cells.push(Cell::picture(strip.mark(f64::from(one.month)).html()));
            cells.push(Cell::number(&percent(one.share), ""));
        }
        cells.push(Cell::text(&month));
        table.row(cells);
    }
    table
}

fn what(one: &Happened) -> String {
    match one.kind {
        HappenedKind::Step => format!("Step {}", one.name),
        HappenedKind::Gate => format!("Gate opens: {}", one.name),
        HappenedKind::Event => format!("Event: {}", one.name),
        HappenedKind::Exit => format!("{} leaves the market", one.name),
    }
}

/// In order of first coming; what repeats stands once, with its number of times.
fn first_and_count(happened: &[Happened]) -> Vec<(&Happened, String)> {
    let mut rows: Vec<(&Happened, usize)> = Vec::new();
    for new in happened {
        let same = |row: &&mut (&Happened, usize)| row.0.kind == new.kind && row.0.name == new.name;
        match rows.iter_mut().find(same) {
            Some(row) => row.1 += 1,
            None => rows.push((new, 1)),
        }
    }
    rows.sort_by_key(|(first, _)| (first.month, first.kind));
    let times = |count: usize| match count {
        1 => String::new(),
        _ => format!("{count} times"),
    };
    rows.into_iter()
        .map(|(first, count)| (first, times(count)))
        .collect()
}
