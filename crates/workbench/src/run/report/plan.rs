//! The section of one plan: the market by brand, what happened when, the money and its value.

use super::chart::{Chart, Line};
use super::escape;
use crate::run::output::{Books, Happened, HappenedKind, PlanOutput, RunOutput};
use crate::run::words;
use std::fmt::Write;

/// The market by brand, what happened when, and the books of each entrant.
pub(super) fn details(page: &mut String, plan: &PlanOutput, output: &RunOutput) {
    let _ = write!(
        page,
        "<section>\n<h2>{}</h2>\n<div class=\"pictures\">\n",
        escape(&plan.title)
    );
    let brands: Vec<Line> = plan
        .series
        .iter()
        .filter_map(|series| {
            let label = series.id.strip_prefix("share_of_sales.")?;
            // Bands of many brands would hide each other.
            Some(Line {
                bands: Vec::new(),
                ..Line::new(label, series)
            })
        })
        .collect();
    if !brands.is_empty() {
        let chart = Chart {
            id: &format!("market-{}", plan.id),
            title: "Share of sales by brand",
            unit: "share",
            start: output.start,
            lines: brands,
        };
        page.push_str(&chart.html());
    }
    timeline(page, &plan.happened);
    for books in &plan.books {
        money(page, books, output);
    }
    page.push_str("</div>\n</section>\n");
}

fn timeline(page: &mut String, happened: &[Happened]) {
    page.push_str("<figure><figcaption>What happened when</figcaption>");
    if happened.is_empty() {
        page.push_str("<p class=\"soft\">No step fired.</p>");
    } else {
        page.push_str("<div class=\"scroll\"><table><thead><tr><th>Month</th><th>What</th></tr></thead><tbody>");
        for (what, month) in first_and_count(happened) {
            let _ = write!(page, "<tr><td>{month}</td><td>{}</td></tr>", escape(&what));
        }
        page.push_str("</tbody></table></div>");
    }
    page.push_str("</figure>\n");
}

/// In order of first coming; a step that repeats stands once, with its number of times.
fn first_and_count(happened: &[Happened]) -> Vec<(String, u32)> {
    let mut rows: Vec<(&Happened, usize)> = Vec::new();
    for new in happened {
        let same = |row: &&mut (&Happened, usize)| row.0.kind == new.kind && row.0.name == new.name;
        match rows.iter_mut().find(same) {
            Some(row) => row.1 += 1,
            None => rows.push((new, 1)),
        }
    }
    rows.sort_by_key(|(first, _)| (first.month, first.kind));
    let row = |(first, count): (&Happened, usize)| {
        let often = if first.share < 1.0 {
            format!(
                " (in {} of draws; median month)",
                words::percent(first.share)
            )
        } else {
            String::new()
        };
        let times = if count > 1 {
            format!(" ({count} times)")
        } else {
            String::new()
        };
        let what = match first.kind {
            HappenedKind::Step => format!("Step {}{times}", first.name),
            HappenedKind::Gate => format!("Gate opens: {}", first.name),
            HappenedKind::Event => format!("Event: {}", first.name),
            HappenedKind::Exit => format!("{} leaves the market", first.name),
        };
        (what + &often, first.month)
    };
    rows.into_iter().map(row).collect()
}

/// Cash by line and year with its sum, and how the net present value comes about.
fn money(page: &mut String, books: &Books, output: &RunOutput) {
    let moves = |values: &[f64]| values.iter().any(|value| *value != 0.0);
    let standing = books.terminal.iter().any(|(_, value)| *value != 0.0);
    if !moves(&books.net) && !standing && !books.lines.iter().any(|line| moves(&line.values)) {
        return;
    }
    let whose = if output.entrants.len() > 1 {
        format!(", {}", books.entrant)
    } else {
        String::new()
    };
    let _ = write!(
        page,
        "<figure class=\"wide\"><figcaption>Cash by line, by year of the plan{}</figcaption><div class=\"scroll\"><table><thead><tr><th>Line</th>",
        escape(&whose)
    );
    for year in 1..=output.months.div_ceil(12) {
        let _ = write!(page, "<th class=\"number\">Year {year}</th>");
    }
    page.push_str("<th class=\"number\">All</th></tr></thead><tbody>");
    for line in books.lines.iter().filter(|line| moves(&line.values)) {
        cash_row(page, "", &line.label, &line.values);
    }
    cash_row(page, " class=\"sum\"", "Net cash", &books.net);
    let _ = writeln!(
        page,
        "</tbody></table></div><p class=\"soft\">In {}, not discounted{}.</p>",
        escape(&output.currency),
        if output.draws > 1 {
            "; means over draws"
        } else {
            ""
        }
    );
    value(page, books, output);
    page.push_str("</figure>\n");
}

fn cash_row(page: &mut String, class: &str, label: &str, values: &[f64]) {
    let _ = write!(page, "<tr{class}><th>{}</th>", escape(label));
    let cell = |page: &mut String, values: &[f64]| {
        let sum: f64 = values.iter().sum();
        let _ = write!(page, "<td class=\"number\">{}</td>", words::human(sum));
    };
    for year in values.chunks(12) {
        cell(page, year);
    }
    cell(page, values);
    page.push_str("</tr>");
}

/// Discounted cash and what stands at the end add up to the net present value.
fn value(page: &mut String, books: &Books, output: &RunOutput) {
    let _ = write!(
        page,
        "<div class=\"scroll\"><table><caption>How the net present value comes about, in {}</caption><thead><tr><th></th><th class=\"number\">At the end of month {}</th><th class=\"number\">In today\u{2019}s money</th></tr></thead><tbody>",
        escape(&output.currency),
        output.months
    );
    let mut row = |class: &str, label: &str, then: Option<f64>, today: Option<f64>| {
        let text = |value: Option<f64>| value.map_or_else(String::new, words::human);
        let _ = write!(
            page,
            "<tr{class}><th>{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escape(label),
            text(then),
            text(today)
        );
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
    row(" class=\"sum\"", "Net present value", None, Some(books.npv));
    page.push_str("</tbody></table></div>\n");
}
