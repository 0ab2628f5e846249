//! What must be true for the plan that the report is about: where it breaks even in appeal, success of attempts and cost of awareness.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::analysis::document::{BreakEven, Level, MustBeTrue, Verdict};
use crate::run::analysis::must_be_true;
use crate::run::words::{self, capital, percent, quoted};

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let analysis = subject.output.analysis.as_ref();
    let Some(surface) = analysis.and_then(|analysis| analysis.must_be_true.as_ref()) else {
        return;
    };
    page.section("must-be-true", "What must be true", |page| {
        match must_be_true(surface) {
            Some(sentence) => page.paragraph(&sentence),
            None => page.paragraph("The scenario leaves no doubt about the appeal, so that there is no break-even appeal to look for."),
        }
        if !surface.break_even.is_empty() {
            page.table(&break_even(surface));
            page.table(&members(surface));
        }
        let chances = chances(surface);
        if !chances.is_empty() {
            page.table(&chances);
        }
        page.folded("Net present value, cell by cell", |page| {
            page.table(&cells(surface, &subject.output.currency));
        });
        page.note(&format!(
            "The mean over all draws of the run, moved by what {} common draws, the first of the run, say that appeal, odds of success and money for the same reach do while all else stays as drawn. \u{201c}As assumed\u{201d} leaves odds and money as the scenario has them, doubt included, so that this row has the mean of the plan as its own, and agrees with the bar of the appeal under \u{201c}What decides it\u{201d}. The band holds with a probability of 95 %: it is of the common draws, from leaving out one at a time, and of the run\u{2019}s mean.",
            surface.draws
        ));
    });
}

fn level(axis: &crate::run::analysis::document::Axis, at: usize) -> &str {
    axis.levels.get(at).map_or("", |level| level.words.as_str())
}

/// A row for every pair of levels, grouped by the cost of awareness.
fn break_even(surface: &MustBeTrue) -> Table {
    let scale = Scale::shares();
    let mut table = Table::new(
        &format!(
            "Appeal at which {} breaks even: quantile (dot) and band among what the reference class says; less is easier",
            quoted(&surface.title)
        ),
        vec![
            Column::text(&surface.attempts.label),
            Column::picture("Quantile of appeal", &scale.axis("share")),
            Column::number("Break-even"),
            Column::text("Earns money"),
        ],
    )
    .stacking();
    let mut group = None;
    for row in &surface.break_even {
        if group.replace(row.awareness) != Some(row.awareness) {
            let text = format!(
                "{}: {}",
                surface.awareness.label,
                level(&surface.awareness, row.awareness)
            );
            table.row_of("group", vec![Cell::text(&text)]);
        }
        let strip = Strip::new(&scale);
        let strip = match (row.quantile_low, row.quantile_high) {
            (Some(low), Some(high)) => strip.interval(low, high, 0),
            _ => strip,
        };
        let strip = match row.quantile {
            Some(quantile) => strip.dot(quantile, 0),
            None => strip,
        };
        let (figure, range) = figures(surface, row);
        table.row(vec![
            Cell::text(&capital(level(&surface.attempts, row.attempts))),
            Cell::picture(strip.html()),
            Cell::number(&figure, &range),
            Cell::text(if row.is_open(of_appeal(surface)) {
                "cannot be told"
            } else {
                &row.alike
            }),
        ]);
    }
    table
}

/// What the levels of the odds mean for each attempt; no rows where there is none.
fn chances(surface: &MustBeTrue) -> Table {
    let levels = &surface.attempts.levels;
    let mut columns = vec![Column::text("Attempt")];
    let heads = levels
        .iter()
        .map(|level| Column::number(&capital(&level.words)));
    columns.extend(heads);
    let mut table = Table::new("Chance that an attempt succeeds, by level", columns);
    let labels = levels.first().map_or(&[][..], |level| &level.parts);
    for (at, part) in labels.iter().enumerate() {
        let mut row = vec![Cell::name(&part.label)];
        let chance = |level: &Level| level.parts.get(at).map_or(f64::NAN, |part| part.value);
        row.extend(
            levels
                .iter()
                .map(|level| Cell::number(&percent(chance(level)), "")),
        );
        table.row(row);
    }
    table
}

/// The range of appeal that was looked at, quantiles.
fn of_appeal(surface: &MustBeTrue) -> (f64, f64) {
    let levels = &surface.appeal.levels;
    let quantile = |level: Option<&Level>| level.and_then(|level| level.quantile);
    (
        quantile(levels.first()).unwrap_or(0.0),
        quantile(levels.last()).unwrap_or(1.0),
    )
}

fn figures(surface: &MustBeTrue, row: &BreakEven) -> (String, String) {
    let band = match (row.quantile_low, row.quantile_high) {
        (Some(low), Some(high)) => words::between(low, high, "share"),
        _ => String::new(),
    };
    match (row.verdict, row.quantile) {
        _ if row.is_open(of_appeal(surface)) => ("\u{2013}".to_owned(), band),
        (Verdict::At, Some(quantile)) => (percent(quantile), band),
        (Verdict::Always, _) => ("always".to_owned(), band),
        _ => ("nowhere".to_owned(), band),
    }
}

/// Where the members of the reference class stand on the same scale.
fn members(surface: &MustBeTrue) -> Table {
    let scale = Scale::shares();
    let mut table = Table::new(
        "The brands or products that the appeal is drawn from, on the same scale",
        vec![
            Column::text("Member"),
            Column::picture("Quantile of appeal", &scale.axis("share")),
            Column::number("Quantile"),
        ],
    )
    .stacking();
    for member in &surface.members {
        table.row(vec![
            Cell::name(&member.title),
            Cell::picture(Strip::new(&scale).ring(member.quantile).html()),
            Cell::number(&percent(member.quantile), ""),
        ]);
    }
    table
}

fn cells(surface: &MustBeTrue, currency: &str) -> Table {
    let mut columns = vec![Column::text(&surface.attempts.label)];
    for level in &surface.appeal.levels {
        columns.push(Column::number(&match level.quantile {
            Some(quantile) => format!("Appeal at {}", percent(quantile)),
            None => "Appeal as assumed".to_owned(),
        }));
    }
    let mut table = Table::new(
        &format!(
            "Mean net present value of {}, {currency}, and its standard error",
            quoted(&surface.title)
        ),
        columns,
    );
    let (attempts, width) = (
        surface.attempts.levels.len().max(1),
        surface.appeal.levels.len(),
    );
    for (at, row) in surface.cells.chunks(width.max(1)).enumerate() {
        if at % attempts == 0 {
            let text = level(&surface.awareness, at / attempts);
            let text = format!("{}: {text}", surface.awareness.label);
            table.row_of("group", vec![Cell::text(&text)]);
        }
        let mut line = vec![Cell::text(&capital(level(
            &surface.attempts,
            at % attempts,
        )))];
        line.extend(row.iter().map(|cell| {
            let se = cell
                .se
                .map_or_else(String::new, |se| format!("\u{b1} {}", words::human(se)));
            Cell::number(&words::human(cell.npv), &se)
        }));
        table.row(line);
    }
    table
}
