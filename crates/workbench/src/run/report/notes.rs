//! What people should know about the results.

use super::Subject;
use super::page::{Page, escape, long};
use crate::run::summary::IssueEntry;
use crate::run::words::{quoted, shortened};
use std::fmt::Write;

/// Letters of what an issue is about before they are cut.
const LONGEST_PLACE: usize = 160;

/// Notes of a kind that are shown at once; the rest is folded.
const SHOWN: usize = 6;

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let issues = &subject.summary.issues;
    if issues.is_empty() {
        return;
    }
    let mut codes: Vec<&str> = Vec::new();
    for issue in issues {
        if !codes.contains(&issue.code.as_str()) {
            codes.push(&issue.code);
        }
    }
    page.section("notes", "To know about these results", |page| {
        for code in codes {
            let of: Vec<&IssueEntry> = issues.iter().filter(|issue| issue.code == code).collect();
            page.heading(title(code));
            let (first, rest) = of.split_at(of.len().min(SHOWN));
            page.markup(&list(first, subject));
            if !rest.is_empty() {
                page.folded(&format!("{} more", rest.len()), |page| {
                    page.markup(&list(rest, subject));
                });
            }
        }
    });
}

fn title(code: &str) -> &str {
    match code {
        "not_simulated" => "Read, but not simulated yet",
        "study_only_costs" => "Studies that only cost",
        "published_later" => {
            "Sources published after the date of knowledge, about a time before it"
        }
        "central_run" => "What a central run leaves out",
        "draw_failed" => "Draws without a result: they are left out of means and quantiles",
        "target_missed" => "Facts that calibration missed",
        "excluded_users" => "People whom nothing on offer can serve",
        "fit_not_inverted" => "Mean utilities that could not be inverted",
        "fit_likes_prices" => "People who like high prices",
        "price_not_solved" => "Prices that were not solved",
        "negative_cost" => "Prices of rivals that imply a cost below zero",
        "no_equilibrium" => "Prices in which no equilibrium was found",
        "price_below_cost" => "Prices that do not cover the unit\u{2019}s cost",
        "negative_receipt" => "Prices at which the brand pays to be sold",
        "price_at_zero" => "Goods given away",
        "chance_from_gain" => "Chances that follow from what a deal gains the network",
        "hazard_capped" => "Hazards that no probability can have",
        "odds_capped" => "Odds of events that no probability can have",
        other => other,
    }
}

/// A text in which what stands between back-quotes is code; a back-quote alone is text.
fn quoted_code(text: &str) -> String {
    let text = long(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text;
    }
    let mut html = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 {
            let _ = write!(html, "<code>{part}</code>");
        } else {
            html.push_str(part);
        }
    }
    html
}

/// What an issue is about: a plan or a source by its name, else the place in the scenario.
fn place(place: &str, subject: &Subject<'_>) -> String {
    let plan = place.strip_prefix("plans.").and_then(|id| {
        let mut plans = subject.summary.plans.iter();
        Some(quoted(&plans.find(|plan| plan.id == id)?.title))
    });
    let source = place.strip_prefix("sources.").and_then(|id| {
        let mut sources = subject.output.sources.iter();
        let source = sources.find(|source| source.id == id)?;
        let parts = [source.publisher.as_str(), source.title.as_str()];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        Some(parts.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
    });
    match plan.or(source) {
        Some(text) => format!("<bdi>{}</bdi>:", long(&shortened(&text, LONGEST_PLACE))),
        None if place == "plans" => String::new(),
        None => format!("<code>{}</code>", long(place)),
    }
}

fn list(issues: &[&IssueEntry], subject: &Subject<'_>) -> String {
    let mut html = String::from("<ul class=\"notes\">\n");
    for issue in issues {
        // Over draws the text itself says in how many.
        let times = if issue.count > 1 && subject.summary.draws == 1 {
            format!(" ({} times)", issue.count)
        } else {
            String::new()
        };
        let _ = writeln!(
            html,
            "<li>{} {}{}</li>",
            place(&issue.place, subject),
            quoted_code(&issue.text),
            escape(&times)
        );
    }
    html.push_str("</ul>\n");
    html
}
