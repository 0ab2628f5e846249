//! `report.html`: one file that asks for nothing, in light and dark, on a phone and on paper.
//!
//! Pictures over months are drawn by plotly.js, which the file carries; sentences, tables and the pictures in tables need no
//! script. The order is that of a reader who decides: the answer, the plans, how sure it is, why, and what it stands on.

mod calibration;
pub mod comparison;
mod deals;
mod differences;
mod events;
pub(in crate::run) mod figure;
mod must_be_true;
mod notes;
mod opening;
mod over_time;
pub(in crate::run) mod page;
mod plan;
mod plans;
mod preference;
mod reference_class;
mod register;
mod reproduce;
mod script;
mod sensitivity;
pub(in crate::run) mod strip;
pub(in crate::run) mod table;
mod volume;

use super::output::RunOutput;
use super::summary::Summary;
use page::{Page, escape, name};
use serde_json::{Value, json};
use std::fmt::Write;

/// What a report is about: all that its sections read.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What the run found.
    pub output: &'a RunOutput,
    /// The same as `summary.json` says it; numbers in sentences come from here.
    pub summary: &'a Summary,
}

/// The whole page.
pub fn html(subject: &Subject<'_>) -> String {
    let mut page = Page::default();
    opening::section(&mut page, subject);
    must_be_true::section(&mut page, subject);
    plans::section(&mut page, subject);
    preference::section(&mut page, subject);
    over_time::section(&mut page, subject);
    differences::section(&mut page, subject);
    sensitivity::section(&mut page, subject);
    deals::section(&mut page, subject);
    reference_class::section(&mut page, subject);
    volume::section(&mut page, subject);
    events::section(&mut page, subject);
    plan::sections(&mut page, subject);
    calibration::section(&mut page, subject);
    notes::section(&mut page, subject);
    register::section(&mut page, subject);
    register::sources(&mut page, subject);
    reproduce::section(&mut page, subject);
    whole(&page, subject)
}

/// The body between its head and its scripts.
fn whole(page: &Page, subject: &Subject<'_>) -> String {
    let output = subject.output;
    let title = if output.title.is_empty() {
        &output.scenario
    } else {
        &output.title
    };
    let lead = format!(
        "{} months from {}; nothing known on or after {} is used. Money in {}, values of several draws are means unless they say otherwise.",
        output.months,
        calendar(output.start, 1),
        escape(&output.as_of),
        escape(&output.currency),
    );
    document(&Document {
        title,
        lead: &lead,
        months: months(output),
        page,
    })
}

/// What goes around a body.
pub(in crate::run) struct Document<'a> {
    /// Title of the page.
    pub(in crate::run) title: &'a str,
    /// Markup below it.
    pub(in crate::run) lead: &'a str,
    /// First days of the months on horizontal axes.
    pub(in crate::run) months: Value,
    /// The sections.
    pub(in crate::run) page: &'a Page,
}

/// A page with head, contents and scripts. plotly.js comes only with pages that have something for it to draw.
pub(in crate::run) fn document(document: &Document<'_>) -> String {
    let body = document.page.body();
    let draws = body.contains("<div class=\"plot\"");
    let plotly = if draws {
        script::plotly()
    } else {
        String::new()
    };
    let scripts = if draws {
        vec![plotly.as_str(), script::PAGE]
    } else {
        vec![script::PAGE]
    };
    let policy = script::policy(&scripts);
    let mut html = String::with_capacity(plotly.len() + body.len() + 40_000);
    let title = name(document.title);
    let plain_title = escape(&super::words::shortened(document.title, 120));
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>{plain_title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n<div class=\"frame\">\n<header>\n<h1>{title}</h1>\n<p>{}</p>\n</header>\n<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n{}</nav>\n<main id=\"main\" tabindex=\"-1\">\n",
        include_str!("style.css"),
        document.lead,
        document.page.contents(),
    );
    html.push_str(body);
    html.push_str("</main>\n</div>\n");
    let _ = writeln!(
        html,
        "<script type=\"application/json\" id=\"months\">{}</script>",
        figure::safe(&document.months)
    );
    for script in scripts {
        let _ = writeln!(html, "<script>{script}</script>");
    }
    html.push_str("</body>\n</html>\n");
    html
}

/// The first day of every month, as plotly.js reads dates.
fn months(output: &RunOutput) -> Value {
    let day = |month: usize| {
        let (year, month) = year_and_month(output.start, month);
        json!(format!("{year}-{month:02}-01"))
    };
    (1..=output.months).map(day).collect()
}

/// Calendar year and month (1 to 12) of a month of the run, from 1.
fn year_and_month(start: (i32, u32), month: usize) -> (i32, usize) {
    let index = (start.1 as usize).saturating_sub(1) + month.saturating_sub(1);
    (start.0 + (index / 12) as i32, index % 12 + 1)
}

/// A month of the run in words: `Jul 2018`.
pub(in crate::run) fn calendar(start: (i32, u32), month: usize) -> String {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (year, month) = year_and_month(start, month);
    format!("{} {year}", NAMES[(month - 1) % 12])
}
