//! What happens to the plans over draws: how often, when, and how often they leave.

use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use super::{Subject, calendar};
use crate::run::output::{Happened, HappenedKind, PlanOutput};
use crate::run::words::{self, enumerate, percent, quoted, suffixed};
use serde_json::Value;

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
        page.note(&format!("{} {}", words::LEAVING, words::BY_RULE));
        page.table(&often(subject));
        page.note(
            "Share of draws in which it occurs (an attempt: ends, well or badly) within the horizon, and below it the median of the months in which it first does. When it occurs, month by month, stands with each plan below.",
        );
    });
}

/// How often the rule for leaving fired, in a sentence; when it left, where it leaves by that rule alone.
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
        // Who also leaves by a step or an event has other months than those of the rule.
        let by_rule = left.filter(|left| left.share <= share);
        let when = by_rule.map_or_else(String::new, |left| {
            let month = calendar(output.start, left.month as usize);
            format!(" (where it does, median month {}, {month})", left.month)
        });
        let plan = quoted(&plan.title);
        parts.push(format!("in {} of draws under {plan}{when}", percent(share)));
    }
    if parts.is_empty() {
        let entering = words::plan_of(summary, &output.entrants, entrant).is_some();
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
    let attempts = attempts(subject);
    for group in [Group::Attempts, Group::Events, Group::Leaving] {
        let mut names: Vec<&str> = Vec::new();
        for one in plans.iter().flat_map(|plan| &plan.happened) {
            if Group::of(one, &attempts) == group && !names.contains(&one.name.as_str()) {
                names.push(&one.name);
            }
        }
        if !names.is_empty() {
            table.row_of("group", vec![Cell::text(group.title())]);
        }
        for name in names {
            let mut cells = vec![Cell::name(&group.shown(name))];
            cells.extend(plans.iter().map(|plan| {
                let mut all = plan.happened.iter();
                match all.find(|one| Group::of(one, &attempts) == group && one.name == name) {
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
        "What happens, and in what share of draws it has come by each month (full height: all draws; upright: the median month of those in which it comes)"
    } else {
        "What happens when"
    };
    let mut table = Table::new(caption, columns);
    let attempts = attempts(subject);
    let mut group = None;
    for (one, times) in first_and_count(&plan.happened, &attempts) {
        let of = Group::of(one, &attempts);
        if group.replace(of) != Some(of) {
            table.row_of("group", vec![Cell::text(of.title())]);
        }
        let month = format!(
            "{} \u{b7} {}",
            one.month,
            calendar(output.start, one.month as usize)
        );
        let name = match of {
            Group::Steps => Cell::code_and(&one.name, &times),
            _ => Cell::name_and(&of.shown(&one.name), &times),
        };
        let mut cells = vec![name];
        if output.draws > 1 {
            let points: Vec<(f64, f64)> = one
                .by_month
                .iter()
                .map(|(month, share)| (f64::from(*month), *share))
                .collect();
            let strip = Strip::new(&scale).steps(&points, of.colour());
            cells.push(Cell::picture(strip.mark(f64::from(one.month)).html()));
            cells.push(Cell::number(&percent(one.share), ""));
        }
        cells.push(Cell::text(&month));
        table.row(cells);
    }
    table
}

/// What stands together in a time-line, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Steps,
    Gates,
    Attempts,
    Events,
    Leaving,
}

impl Group {
    fn of(one: &Happened, attempts: &[String]) -> Self {
        match one.kind {
            HappenedKind::Step => Self::Steps,
            HappenedKind::Gate => Self::Gates,
            HappenedKind::Event if attempts.contains(&one.name) => Self::Attempts,
            HappenedKind::Event => Self::Events,
            HappenedKind::Exit => Self::Leaving,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Steps => "Steps of the plan",
            Self::Gates => "Gates that open",
            Self::Attempts => "Attempts that end",
            Self::Events => "Events",
            Self::Leaving => "Leaving",
        }
    }

    fn shown(self, name: &str) -> String {
        match self {
            Self::Leaving => format!("{name} leaves the market"),
            _ => name.to_owned(),
        }
    }

    fn colour(self) -> usize {
        match self {
            Self::Steps => 0,
            Self::Gates => 2,
            Self::Attempts => 3,
            Self::Events => 1,
            Self::Leaving => 7,
        }
    }
}

/// Titles of the events that a plan starts, from the resolved scenario.
fn attempts(subject: &Subject<'_>) -> Vec<String> {
    let events = subject.output.resolved.get("events");
    let events = events.and_then(Value::as_array).into_iter().flatten();
    let text = |event: &Value, key: &str| {
        let text = event.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    events
        .filter(|event| event.pointer("/trigger/attempt").is_some())
        .map(|event| words::brand_title(&text(event, "title"), &text(event, "id")))
        .collect()
}

/// By group and in order of first coming; what repeats stands once, with its number of times.
fn first_and_count<'h>(
    happened: &'h [Happened],
    attempts: &[String],
) -> Vec<(&'h Happened, String)> {
    let mut rows: Vec<(&Happened, usize)> = Vec::new();
    for new in happened {
        let same = |row: &&mut (&Happened, usize)| row.0.kind == new.kind && row.0.name == new.name;
        match rows.iter_mut().find(same) {
            Some(row) => row.1 += 1,
            None => rows.push((new, 1)),
        }
    }
    rows.sort_by_key(|(first, _)| (Group::of(first, attempts), first.month));
    let times = |count: usize| match count {
        1 => String::new(),
        _ => format!("{count} times"),
    };
    rows.into_iter()
        .map(|(first, count)| (first, times(count)))
        .collect()
}
