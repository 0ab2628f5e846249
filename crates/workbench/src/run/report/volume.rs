//! Where the units come from: rivals, earlier replacement, first owners.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::summary::Plan;
use crate::run::words::{self, percent, quoted, suffixed};

/// Outcome, head of its column.
const PARTS: [(&str, &str); 3] = [
    ("volume_from_rivals", "Taken from rivals"),
    ("volume_from_earlier_replacement", "Earlier replacement"),
    ("volume_from_new_owners", "First owners"),
];

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let entrants = &subject.output.entrants;
    let rows = |entrant: usize| -> Vec<(&Plan, [f64; 3])> {
        let parts = |plan: &Plan| {
            PARTS.map(|(stem, _)| {
                plan.mean(&suffixed(stem, entrant, entrants))
                    .unwrap_or(0.0)
                    .max(0.0)
            })
        };
        let plans = subject.summary.plans.iter();
        let rows = plans.map(|plan| (plan, parts(plan)));
        rows.filter(|(_, parts)| parts.iter().sum::<f64>() > 0.0)
            .collect()
    };
    let all: Vec<_> = (0..entrants.len()).map(rows).collect();
    if all.iter().all(Vec::is_empty) {
        return;
    }
    page.section("volume", "Where the units come from", |page| {
        for (entrant, rows) in all.iter().enumerate() {
            if rows.is_empty() {
                continue;
            }
            if let Some(named) = entrants.get(entrant).filter(|_| entrants.len() > 1) {
                page.heading(&named.title);
            }
            if let Some(says) = says(rows) {
                page.paragraph(&says);
            }
            page.key(&[("c0", PARTS[0].1), ("c1", PARTS[1].1), ("c2", PARTS[2].1)]);
            page.table(&table(rows));
        }
        page.note(
            "Against the same draw of staying out. Earlier replacement: people who would have kept what they own for longer; it is borrowed from later months.",
        );
    });
}

fn shares(parts: &[f64; 3]) -> [f64; 3] {
    let total: f64 = parts.iter().sum();
    parts.map(|part| part / total)
}

/// The largest plan's parts in a sentence.
fn says(rows: &[(&Plan, [f64; 3])]) -> Option<String> {
    let total = |parts: &[f64; 3]| parts.iter().sum::<f64>();
    let (plan, parts) = rows
        .iter()
        .max_by(|a, b| total(&a.1).total_cmp(&total(&b.1)))?;
    let [rivals, earlier, first] = shares(parts);
    let firsts = if first > 0.0 {
        format!(" and {} to first owners", percent(first))
    } else {
        String::new()
    };
    Some(format!(
        "Under {}, which sells most, {} of units are taken from rivals, {} go to people who replace earlier{firsts}.",
        quoted(&plan.title),
        percent(rivals),
        percent(earlier)
    ))
}

fn table(rows: &[(&Plan, [f64; 3])]) -> Table {
    let scale = Scale::shares();
    let mut columns = vec![
        Column::text("Plan"),
        Column::picture("", &scale.axis("share")),
    ];
    columns.extend(PARTS.map(|(_, head)| Column::number(head)));
    columns.push(Column::number("Units"));
    let mut table = Table::new("Source of units, by plan", columns)
        .quiet()
        .stacking();
    for (plan, parts) in rows {
        let shares = shares(parts);
        let mut from = 0.0;
        let mut strip = Strip::new(&scale);
        for (colour, share) in shares.iter().enumerate() {
            if *share > 0.0 {
                strip = strip.bar(from, from + share, colour);
            }
            from += share;
        }
        let mut cells = vec![Cell::name(&plan.title), Cell::picture(strip.html())];
        cells.extend(
            shares
                .iter()
                .zip(parts)
                .map(|(share, part)| Cell::number(&percent(*share), &words::human(*part))),
        );
        cells.push(Cell::number(&words::human(parts.iter().sum()), ""));
        table.row(cells);
    }
    table
}
