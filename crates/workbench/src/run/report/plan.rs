//! Each plan by itself: the market by brand, what happens when, the money and its value.

use super::Subject;
use super::events::timeline;
use super::figure::{self, Count, Figure, MONTHS, Panel};
use super::over_time::{Extent, middle};
use super::page::Page;
use super::table::{Cell, Column, Table};
use crate::run::output::{Books, PlanOutput, Series};
use crate::run::words::{self, brand_title, enumerate, percent};
use serde_json::{Value, json};

/// Colours of the style sheet; more brands than these take them again, dashed.
const COLOURS: usize = 8;
/// Signs of the colours in a key, and of the same ones dashed.
const SIGNS: [&str; COLOURS] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];
const DASHED: [&str; COLOURS] = [
    "dashed c0",
    "dashed c1",
    "dashed c2",
    "dashed c3",
    "dashed c4",
    "dashed c5",
    "dashed c6",
    "dashed c7",
];

pub(super) fn sections(page: &mut Page, subject: &Subject<'_>) {
    if subject.output.plans.is_empty() {
        return;
    }
    page.section("plan-by-plan", "Plan by plan", |page| {
        page.note("The market by brand, what happens when, and the money of each plan.");
        for plan in &subject.output.plans {
            page.folded(&plan.title, |page| details(page, subject, plan));
        }
    });
}

fn details(page: &mut Page, subject: &Subject<'_>, plan: &PlanOutput) {
    if let Some(figure) = market(subject, plan) {
        page.figure(&figure);
    }
    let timeline = timeline(subject, plan);
    if timeline.is_empty() {
        page.note("No step fires and nothing happens.");
    } else {
        page.table(&timeline);
    }
    for books in &plan.books {
        money(page, books, subject);
    }
}

/// Shares of sales of all brands in one picture.
fn market(subject: &Subject<'_>, plan: &PlanOutput) -> Option<Figure> {
    let mut brands: Vec<(bool, String, &Series)> = plan
        .series
        .iter()
        .filter_map(|series| {
            let id = series.id.strip_prefix("share_of_sales.")?;
            let entrants = &subject.output.entrants;
            let named = entrants.iter().find(|named| named.id == id);
            let title = named.map_or_else(|| title_of(subject, id), |named| named.title.clone());
            Some((named.is_none(), title, series))
        })
        .collect();
    // The entrants first: their colours are theirs alone.
    brands.sort_by_key(|(is_rival, _, _)| *is_rival);
    let brands: Vec<(String, &Series)> = brands
        .into_iter()
        .map(|(_, title, series)| (title, series))
        .collect();
    let count = Count::of(1.0, "share");
    let extent = Extent::over_middles(brands.iter().map(|(_, series)| *series));
    let line = |(position, (title, series)): (usize, &(String, &Series))| {
        let colour = format!("@s{}", position % COLOURS);
        let mut line = figure::line(
            &json!(MONTHS),
            count.values(middle(series)),
            title,
            &colour,
            2.0,
        );
        if position >= COLOURS {
            line["line"]["dash"] = json!("dash");
        }
        line
    };
    let last = |series: &Series| middle(series).last().copied().unwrap_or(0.0);
    let mut ends: Vec<(&str, f64)> = brands
        .iter()
        .map(|(title, series)| (title.as_str(), last(series)))
        .collect();
    ends.sort_by(|a, b| b.1.total_cmp(&a.1));
    let said: Vec<String> = ends
        .iter()
        .take(4)
        .map(|(title, share)| format!("{} {}", words::shortened(title, 40), percent(*share)))
        .collect();
    let what = if subject.output.draws > 1 {
        "Share of sales by brand, medians"
    } else {
        "Share of sales by brand"
    };
    (!brands.is_empty()).then(|| Figure {
        id: format!("market-{}", plan.id),
        title: what.to_owned(),
        says: format!("In the last month: {}.", enumerate(&said)),
        panels: vec![Panel {
            title: String::new(),
            says: format!("In the last month: {}.", enumerate(&said)),
            traces: brands.iter().enumerate().map(line).collect(),
            layout: extent.layout(count),
            height: 320,
        }],
        numbers: Some(by_month(subject, &brands)),
        key: brands
            .iter()
            .enumerate()
            .map(|(position, (title, _))| {
                let signs = if position < COLOURS { SIGNS } else { DASHED };
                (signs[position % COLOURS], title.clone())
            })
            .collect(),
    })
}

/// The title of a brand as the scenario gives it.
fn title_of(subject: &Subject<'_>, id: &str) -> String {
    let brands = subject.output.resolved.get("brands");
    let mut brands = brands.and_then(Value::as_array).into_iter().flatten();
    let brand = brands.find(|brand| brand.get("id").and_then(Value::as_str) == Some(id));
    let title = brand.and_then(|brand| brand.get("title")?.as_str());
    brand_title(title.unwrap_or_default(), id)
}

fn by_month(subject: &Subject<'_>, brands: &[(String, &Series)]) -> Table {
    let mut columns = vec![Column::text("Month")];
    columns.extend(brands.iter().map(|(title, _)| Column::number(title)));
    let mut table = Table::new("Share of sales by brand", columns).quiet();
    for month in 1..=subject.output.months {
        let mut cells = vec![Cell::text(&format!(
            "{month} \u{b7} {}",
            super::calendar(subject.output.start, month)
        ))];
        cells.extend(brands.iter().map(|(_, series)| {
            let value = middle(series).get(month - 1).copied().unwrap_or(0.0);
            Cell::number(&percent(value), "")
        }));
        table.row(cells);
    }
    table
}

/// Cash by line and year with its sum, and how the net present value comes about.
fn money(page: &mut Page, books: &Books, subject: &Subject<'_>) {
    let moves = |values: &[f64]| values.iter().any(|value| *value != 0.0);
    let standing = books.terminal.iter().any(|(_, value)| *value != 0.0);
    if !moves(&books.net) && !standing && !books.lines.iter().any(|line| moves(&line.values)) {
        return;
    }
    let output = subject.output;
    let whose = if output.entrants.len() > 1 {
        format!(" of {}", books.entrant)
    } else {
        String::new()
    };
    let means = if output.draws > 1 {
        "; means over draws"
    } else {
        ""
    };
    let mut columns = vec![Column::text("Line")];
    let years = output.months.div_ceil(12);
    columns.extend((1..=years).map(|year| Column::number(&format!("Year {year}"))));
    columns.push(Column::number("All"));
    let caption = format!(
        "Cash{whose} by line and year of the plan, {}, not discounted{means}",
        output.currency
    );
    let mut table = Table::new(&caption, columns);
    for line in books.lines.iter().filter(|line| moves(&line.values)) {
        table.row(cash_row(&line.label, &line.values));
    }
    table.row_of("sum", cash_row("Net cash", &books.net));
    page.table(&table);
    page.table(&value(books, subject, &whose));
}

fn cash_row(label: &str, values: &[f64]) -> Vec<Cell> {
    let sum = |values: &[f64]| Cell::number(&words::human(values.iter().sum()), "");
    let mut cells = vec![Cell::name(label)];
    cells.extend(values.chunks(12).map(sum));
    cells.push(sum(values));
    cells
}

/// Discounted cash and what stands at the end add up to the net present value.
fn value(books: &Books, subject: &Subject<'_>, whose: &str) -> Table {
    let mut table = Table::new(
        &format!(
            "How the net present value{whose} comes about, {}",
            subject.output.currency
        ),
        vec![
            Column::text("Part"),
            Column::number(&format!("At the end of month {}", subject.output.months)),
            Column::number("In today\u{2019}s money"),
        ],
    );
    let text = |value: Option<f64>| Cell::number(&value.map_or_else(String::new, words::human), "");
    let mut row = |class: &str, label: &str, then: Option<f64>, today: Option<f64>| {
        table.row_of(class, vec![Cell::name(label), text(then), text(today)]);
    };
    row(
        "",
        "Net cash of all months, discounted",
        None,
        Some(books.discounted_cash),
    );
    let standing = books.terminal.iter().filter(|(_, value)| *value != 0.0);
    let total: f64 = books.terminal.iter().map(|(_, value)| value).sum();
    // All rows share the discount of the last month.
    let discount = if total == 0.0 {
        None
    } else {
        Some(books.discounted_terminal / total)
    };
    for (label, value) in standing {
        row("", label, Some(*value), discount.map(|by| by * value));
    }
    row(
        "",
        "What stands at the end, together",
        Some(total),
        Some(books.discounted_terminal),
    );
    row("sum", "Net present value", None, Some(books.npv));
    table
}
