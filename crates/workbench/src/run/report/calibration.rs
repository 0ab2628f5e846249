//! How well the market before the entry reproduces public facts, and how well these determine it.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::summary::{Calibration, WantedEntry};
use crate::run::words;

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let summary = subject.summary;
    if summary.calibration.is_empty() {
        return;
    }
    page.section("calibration", "Calibration: facts wanted and got", |page| {
        if let Some(text) = worst(&summary.calibration) {
            page.paragraph(&text);
        }
        page.key(&[("ring", "wanted"), ("dot", "got")]);
        page.table(&table(&summary.calibration));
        let notes = &subject.output.calibration_notes;
        if !notes.is_empty() {
            page.folded(
                "How the search ended, and what the facts tell least about",
                |page| {
                    for note in notes {
                        page.note(note);
                    }
                },
            );
        }
    });
}

fn ends(wanted: &WantedEntry) -> (f64, f64) {
    match wanted {
        WantedEntry::Value(value) => (*value, *value),
        WantedEntry::Band([low, high]) => (*low, *high),
    }
}

/// The error in relation to what is wanted.
fn relative(row: &Calibration) -> f64 {
    let (low, high) = ends(&row.wanted);
    let size = low.abs().max(high.abs());
    if size > 0.0 {
        (row.error / size).abs()
    } else {
        row.error.abs()
    }
}

fn worst(rows: &[Calibration]) -> Option<String> {
    let worst = rows
        .iter()
        .max_by(|a, b| relative(a).total_cmp(&relative(b)))?;
    let unsourced = rows.iter().filter(|row| row.source.is_none()).count();
    let unsourced = match unsourced {
        0 => "each has a source".to_owned(),
        1 => "one has no source".to_owned(),
        some => format!("{some} have no source"),
    };
    Some(format!(
        "Before the entry the market must reproduce {} public facts; {unsourced}. The largest relative error is {} ({}).",
        rows.len(),
        words::percent(relative(worst)),
        words::shortened(&worst.target, 80)
    ))
}

fn table(rows: &[Calibration]) -> Table {
    let is_share = |row: &&Calibration| {
        let (low, high) = ends(&row.wanted);
        low >= 0.0 && high <= 1.0 && (0.0..=1.0).contains(&row.got)
    };
    let shares = rows.iter().filter(is_share);
    let scale = Scale::over(
        shares
            .flat_map(|row| {
                let (low, high) = ends(&row.wanted);
                [low, high, row.got]
            })
            .chain([0.0]),
    );
    let mut table = Table::new(
        "Facts wanted and got; shares also as a picture, bands as bars",
        vec![
            Column::text("Fact"),
            Column::picture("", &scale.axis("share")),
            Column::number("Wanted"),
            Column::number("Got"),
            Column::number("Error"),
            Column::text("Source"),
        ],
    )
    .stacking();
    for row in rows {
        let (low, high) = ends(&row.wanted);
        let picture = if is_share(&row) {
            let strip = Strip::new(&scale);
            let strip = if low < high {
                strip.bar(low, high, 5)
            } else {
                strip.ring(low)
            };
            strip.dot(row.got, 0).html()
        } else {
            String::new()
        };
        let wanted = if low == high {
            fact(row, low)
        } else {
            format!("{} to {}", fact(row, low), fact(row, high))
        };
        let source = match &row.source {
            Some(source) => Cell::code(source),
            None => Cell::flag("none"),
        };
        table.row(vec![
            Cell::code(&row.target),
            Cell::picture(picture),
            Cell::number(&wanted, ""),
            Cell::number(&fact(row, row.got), ""),
            Cell::number(&small(row), ""),
            source,
        ]);
    }
    table
}

/// A fact with as many digits as people write down: shares as per cent.
fn fact(row: &Calibration, value: f64) -> String {
    const SHARES: [&str; 7] = [
        "share_of_sales",
        "repeat_purchase",
        "replaced_within",
        "network_switching",
        "kept_beyond",
        "from_rivals",
        "second_choice",
    ];
    let stem = row.target.split('.').next().unwrap_or_default();
    if SHARES.contains(&stem) {
        format!("{} %", words::trimmed(&words::figure(100.0 * value)))
    } else {
        words::trimmed(&words::figure(value))
    }
}

/// An error, or that it is nothing beside what is wanted.
fn small(row: &Calibration) -> String {
    const NOTHING: f64 = 5e-5;
    if relative(row) < NOTHING {
        "0".to_owned()
    } else {
        fact(row, row.error)
    }
}
