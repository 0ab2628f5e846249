//! The answer first: which plan, what it sells and risks, how sure that is; and its key figures.

use super::Subject;
use super::page::{Page, escape, name, tied};
use crate::run::analysis;
use crate::run::output::Named;
use crate::run::summary::{OutcomeEntry, Plan};
use crate::run::words::{self, Told, between, suffixed, with_unit};
use std::fmt::Write;

/// Key figures of the plan that the report is about: outcome, and what it is called here.
const FACTS: [(&str, &str); 6] = [
    ("npv", "Net present value"),
    ("p_loss", "Chance of losing money"),
    ("units", "Units sold"),
    ("share_of_sales_final_year", "Share of sales, last year"),
    ("peak_funding", "Peak funding, not discounted"),
    ("p_payback", "Has its money back"),
];

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let (summary, entrants) = (subject.summary, &subject.output.entrants);
    page.section("answer", "The answer", |page| {
        for entrant in 0..entrants.len().max(1) {
            if let Some(choice) = words::choice(summary, entrants, entrant) {
                page.paragraph(&choice);
            }
            if let Some(story) = words::story(summary, entrants, entrant) {
                page.paragraph(&story);
            }
            if let Some((plan, _)) = words::plan_of(summary, entrants, entrant) {
                facts(page, subject, plan, entrant);
            }
        }
        for sentence in subject.output.analysis.iter().flat_map(analysis::opening) {
            page.paragraph(&sentence);
        }
        if let Some(study) = &subject.output.preference {
            page.note(&format!(
                "Demand comes from the part-worths of {} respondents; what they would choose, each once and knowing everything, stands under \u{201c}Shares of preference\u{201d}.",
                study.respondents
            ));
        }
        page.note(&words::caveat(summary));
    });
}

/// Key figures of a plan in large type.
fn facts(page: &mut Page, subject: &Subject<'_>, plan: &Plan, entrant: usize) {
    let entrants: &[Named] = &subject.output.entrants;
    let draws = words::computed_draws(subject.summary);
    let is_central = subject.summary.draws == 1;
    let mut html = format!(
        "<p class=\"soft\">{}:</p>\n<dl class=\"facts\">",
        name(&plan.title)
    );
    for (stem, label) in FACTS {
        let left = stem == "share_of_sales_final_year"
            && words::left_before_the_last_year(plan, entrant, subject.summary.months, entrants);
        let Some((value, below)) = plan
            .outcome(&suffixed(stem, entrant, entrants))
            .filter(|_| !left)
            .and_then(|entry| fact(entry, (!is_central).then_some(draws)))
        else {
            continue;
        };
        let _ = write!(
            html,
            "<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>",
            escape(label),
            escape(&tied(&value)),
            escape(&tied(&below))
        );
    }
    html.push_str("</dl>\n");
    page.markup(&html);
}

/// A figure and what stands below it.
fn fact(entry: &OutcomeEntry, draws: Option<usize>) -> Option<(String, String)> {
    match entry {
        OutcomeEntry::Distribution(entry) => {
            let value = with_unit(entry.mean?, &entry.unit);
            let told = draws.map(Told::of);
            let range = told.and_then(|told| Some((told.range(entry)?, told.words())));
            let below = range.map_or_else(
                || draws.map_or_else(String::new, |_| "mean".to_owned()),
                |((low, high), what)| format!("mean; {what}: {}", between(low, high, &entry.unit)),
            );
            let median = told.and_then(|told| told.median_beside(entry));
            let median = median.map_or_else(String::new, |median| {
                format!("; median: {}", with_unit(median, &entry.unit))
            });
            let below = below + &median;
            Some((value, below))
        }
        // One draw has no chances.
        OutcomeEntry::Probability(entry) => {
            let (share, draws) = (entry.mean?, draws?);
            let band = words::chance_band(share, draws).map_or_else(String::new, |(low, high)| {
                format!(", which leave {}", between(low, high, "share"))
            });
            Some((words::percent(share), format!("of {draws} draws{band}")))
        }
    }
}
