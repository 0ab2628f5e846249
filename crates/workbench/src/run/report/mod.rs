//! `report.html`: one file without scripts or network, in light and dark, on a phone and in print.

mod chart;
mod plan;

use super::output::{Issue, RunOutput};
use super::summary::{Distribution, OutcomeEntry, Plan, Summary, WantedEntry};
use super::words::{self, suffixed};
use super::{RESULTS_VERSION, VERSION};
use chart::{Chart, Line};
use std::fmt::Write;

/// A picture of every plan: series, title.
const PICTURES: [(&str, &str); 4] = [
    ("share_of_sales", "Share of sales"),
    ("installed_base", "Installed base"),
    ("cash_cumulative", "Cash, cumulative"),
    ("awareness", "Awareness"),
];

/// The whole page.
pub fn html(output: &RunOutput, summary: &Summary) -> String {
    let mut page = String::new();
    let title = if output.title.is_empty() {
        &output.scenario
    } else {
        &output.title
    };
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{0}</h1>\n<p>{2} months from {3}-{4:02}, nothing known on or after {5} is used. Money in {6}.</p>\n</header>\n",
        escape(title),
        include_str!("style.css"),
        output.months,
        output.start.0,
        output.start.1,
        escape(&output.as_of),
        escape(&output.currency)
    );
    page.push_str("<section class=\"answer\" aria-label=\"The answer\">\n");
    for paragraph in words::paragraphs(summary, &output.entrants) {
        let _ = writeln!(page, "<p>{}</p>", escape(&paragraph));
    }
    page.push_str("</section>\n");
    plans(&mut page, output, summary);
    pictures(&mut page, output);
    issues(&mut page, &output.issues);
    for plan in &output.plans {
        plan::details(&mut page, plan, output);
    }
    calibration(&mut page, output, summary);
    register(&mut page, output);
    sources(&mut page, output);
    reproduce(&mut page, output, summary);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Text for HTML content and attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Control characters are no HTML text; marks that turn the direction of text could disguise it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            other if other.is_control() && other != '\n' && other != '\t' => {
                escaped.push('\u{fffd}')
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// Issues by kind, in the order of their first appearance.
fn issues(page: &mut String, issues: &[Issue]) {
    if issues.is_empty() {
        return;
    }
    let mut codes: Vec<&str> = Vec::new();
    for issue in issues {
        if !codes.contains(&issue.code.as_str()) {
            codes.push(&issue.code);
        }
    }
    page.push_str("<section>\n<h2>To know about these results</h2>\n");
    for code in codes {
        let title = match code {
            "not_simulated" => "Read, but not simulated yet",
            "study_only_costs" => "Studies that only cost",
            "published_later" => {
                "Sources published after the date of knowledge, about a time before it"
            }
            "central_run" => "What a central run leaves out",
            "draw_failed" => "Draws without a result: they are left out of means and quantiles",
            "target_missed" => "Facts that calibration missed",
            "excluded_users" => "People whom nothing on offer can serve",
            "price_not_solved" => "Prices that were not solved",
            "price_below_cost" => "Prices that do not cover the unit\u{2019}s cost",
            "negative_receipt" => "Prices at which the brand pays to be sold",
            "price_at_zero" => "Goods given away",
            "hazard_capped" => "Hazards that no probability can have",
            "odds_capped" => "Odds of events that no probability can have",
            other => other,
        };
        let _ = writeln!(page, "<h3>{}</h3>\n<ul class=\"issues\">", escape(title));
        for issue in issues.iter().filter(|issue| issue.code == code) {
            let times = if issue.count > 1 {
                format!(" ({} times)", issue.count)
            } else {
                String::new()
            };
            let _ = writeln!(
                page,
                "<li><code>{}</code> {}{times}</li>",
                escape(&issue.place),
                escape(&issue.text)
            );
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</section>\n");
}

/// Outcomes down, plans across.
fn plans(page: &mut String, output: &RunOutput, summary: &Summary) {
    page.push_str("<section>\n<h2>Plans</h2>\n<div class=\"scroll\"><table>\n");
    if summary.draws > 1 {
        page.push_str("<caption>Means, and below them what 90 % of draws lie between.</caption>\n");
    }
    page.push_str("<thead><tr><th>Outcome</th>");
    for plan in &summary.plans {
        let _ = write!(page, "<th class=\"number\">{}</th>", escape(&plan.title));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let rows = summary
        .plans
        .first()
        .map_or(&[][..], |plan| plan.outcomes.0.as_slice());
    let conditions = words::conditions(&output.resolved);
    // The sum of gain and drift is no headline: its parts mean different things.
    for (id, _) in rows.iter().filter(|(id, _)| id != "consumer_surplus") {
        let label = words::outcome_label(id, &conditions);
        let _ = write!(page, "<tr><th>{}</th>", escape(&label));
        for plan in &summary.plans {
            let text = cell(plan, id, output, summary);
            let _ = write!(page, "<td class=\"number\">{}</td>", escape(&text));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</section>\n");
}

/// One outcome of one plan in words.
fn cell(plan: &Plan, id: &str, output: &RunOutput, summary: &Summary) -> String {
    const NOTHING_TO_SAY: &str = "\u{2013}";
    let entrant = |stem: &str| {
        let entrants = 0..output.entrants.len();
        entrants
            .into_iter()
            .find(|&e| suffixed(stem, e, &output.entrants) == id)
    };
    let idle = |e| words::stays_idle(plan, e, &output.entrants);
    let pays_back = entrant("payback_month").or_else(|| entrant("p_payback"));
    if pays_back.is_some_and(idle) {
        return NOTHING_TO_SAY.to_owned();
    }
    // A share of a total that is a loss, or nothing, has no meaning.
    let total = plan.mean("consumer_surplus");
    if id == "consumer_surplus_top_percent" && total.is_some_and(|total| total < words::LEAST_MONEY)
    {
        return NOTHING_TO_SAY.to_owned();
    }
    let left = entrant("share_of_sales_final_year").is_some_and(|e| {
        words::left_before_the_last_year(plan, e, output.months, &output.entrants)
    });
    if left {
        return "left".to_owned();
    }
    match plan.outcome(id) {
        Some(OutcomeEntry::Distribution(entry)) if entry.unit == "month" && summary.draws > 1 => {
            entry.median.map_or_else(
                || "in less than half of draws".to_owned(),
                |month| format!("median month {month:.0}"),
            )
        }
        Some(OutcomeEntry::Distribution(entry)) => match entry.mean {
            Some(mean) => words::with_unit(mean, &entry.unit) + &range(entry),
            None if entry.unit == "month" => "never".to_owned(),
            None => "none".to_owned(),
        },
        Some(OutcomeEntry::Probability(entry)) => entry
            .mean
            .map_or_else(|| "none".to_owned(), |mean| truth(mean, summary.draws)),
        None => String::new(),
    }
}

/// What 90 % of draws lie between, on a line of its own; nothing for a single draw.
fn range(entry: &Distribution) -> String {
    match (entry.se, entry.p05, entry.p95) {
        (Some(_), Some(low), Some(high)) if low < high => format!(
            "\n{} to {}",
            words::with_unit(low, &entry.unit),
            words::with_unit(high, &entry.unit)
        ),
        _ => String::new(),
    }
}

/// A probability; over one draw it is a plain yes or no.
fn truth(mean: f64, draws: usize) -> String {
    match draws {
        1 if mean > 0.0 => "yes".to_owned(),
        1 => "no".to_owned(),
        _ => words::percent(mean),
    }
}

fn pictures(page: &mut String, output: &RunOutput) {
    page.push_str("<section>\n<h2>Over time</h2>\n<div class=\"pictures\">\n");
    for (entrant, named) in output.entrants.iter().enumerate() {
        for (stem, title) in PICTURES {
            let id = suffixed(stem, entrant, &output.entrants);
            let mut title = title.to_owned();
            if output.entrants.len() > 1 {
                title += &format!(", {}", named.title);
            }
            if output.draws > 1 {
                title += ": median, and what 50 % and 90 % of draws lie between";
            }
            let mut unit = "";
            let mut lines = Vec::new();
            for plan in &output.plans {
                if let Some(series) = plan.series.iter().find(|series| series.id == id) {
                    unit = &series.unit;
                    lines.push(Line::new(&plan.title, series));
                }
            }
            if !lines.is_empty() {
                let chart = Chart {
                    id: &id.replace('.', "-"),
                    title: &title,
                    unit,
                    start: output.start,
                    lines,
                };
                page.push_str(&chart.html());
            }
        }
    }
    page.push_str("</div>\n</section>\n");
}

fn calibration(page: &mut String, output: &RunOutput, summary: &Summary) {
    if summary.calibration.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>Calibration: facts wanted and got</h2>\n<p>Before the entry the market must reproduce these public facts.</p>\n");
    for note in &output.calibration_notes {
        let _ = writeln!(page, "<p class=\"soft\">{}</p>", escape(note));
    }
    let band = |wanted: &WantedEntry| match wanted {
        WantedEntry::Value(value) => (*value, *value),
        WantedEntry::Band([low, high]) => (*low, *high),
    };
    let shares: Vec<(&str, (f64, f64), f64)> = summary
        .calibration
        .iter()
        .map(|row| (row.target.as_str(), band(&row.wanted), row.got))
        .filter(|(_, (low, high), got)| *low >= 0.0 && *high <= 1.0 && (0.0..=1.0).contains(got))
        .collect();
    page.push_str("<div class=\"pictures\">\n");
    if !shares.is_empty() {
        let _ = writeln!(
            page,
            "<figure><figcaption>Shares wanted (ring) and got (dot)</figcaption>{}</figure>",
            chart::wanted_and_got(&shares)
        );
    }
    page.push_str("<figure><div class=\"scroll\"><table><thead><tr><th>Target</th><th class=\"number\">Wanted</th><th class=\"number\">Got</th><th class=\"number\">Error</th><th>Source</th></tr></thead><tbody>");
    for row in &summary.calibration {
        let wanted = match band(&row.wanted) {
            (low, high) if low == high => words::figure(low),
            (low, high) => format!("{} to {}", words::figure(low), words::figure(high)),
        };
        let source = row
            .source
            .as_deref()
            .map_or_else(|| "<span class=\"flag\">none</span>".to_owned(), escape);
        let _ = write!(
            page,
            "<tr><th>{}</th><td class=\"number\">{wanted}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{source}</td></tr>",
            escape(&row.target),
            words::figure(row.got),
            words::figure(row.error)
        );
    }
    page.push_str("</tbody></table></div></figure>\n</div>\n</section>\n");
}

fn register(page: &mut String, output: &RunOutput) {
    if output.register.is_empty() {
        return;
    }
    let unsourced =
        |row: &&super::output::Assumption| row.source.is_empty() && row.origin == "written";
    let bare = output
        .register
        .iter()
        .filter(|row| unsourced(row) && row.note.is_empty())
        .count();
    let _ = write!(
        page,
        "<section>\n<h2>Register of assumptions</h2>\n<p>{} numbers; {} written without a source, {bare} of these without a stated reason.</p>\n<details><summary>All assumptions</summary><div class=\"scroll\"><table><thead><tr><th>Name</th><th class=\"number\">Value</th><th>Unit</th><th>Spread</th><th>Source</th><th>Note</th></tr></thead><tbody>\n",
        output.register.len(),
        output.register.iter().filter(unsourced).count()
    );
    for row in &output.register {
        let (class, source) = match (row.origin.as_str(), row.source.as_str()) {
            ("written", "") => (
                " class=\"unsourced\"",
                "<span class=\"flag\">none</span>".to_owned(),
            ),
            (origin, "") => (
                "",
                format!("<span class=\"soft\">{}</span>", escape(origin)),
            ),
            (_, source) => ("", escape(source)),
        };
        let _ = writeln!(
            page,
            "<tr{class}><td><code>{}</code></td><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{source}</td><td>{}</td></tr>",
            escape(&row.name),
            words::figure(row.value),
            escape(&row.unit),
            escape(&row.spread),
            escape(&row.note)
        );
    }
    page.push_str("</tbody></table></div></details>\n</section>\n");
}

fn sources(page: &mut String, output: &RunOutput) {
    if output.sources.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>Sources</h2>\n<details><summary>All sources</summary><div class=\"scroll\"><table><thead><tr><th>Id</th><th>Publisher</th><th>Title</th><th>Published</th><th>Speaks of, until</th><th>Kind</th></tr></thead><tbody>\n");
    for source in &output.sources {
        // Only web addresses become links: a scheme such as `javascript:` must not.
        let web = source.url.starts_with("https://") || source.url.starts_with("http://");
        let title = escape(&source.title);
        let title = if web {
            format!(
                "<a href=\"{}\" rel=\"noreferrer\">{title}</a>",
                escape(&source.url)
            )
        } else {
            title
        };
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{title}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&source.id),
            escape(&source.publisher),
            escape(&source.published),
            escape(&source.period_end),
            escape(&source.kind)
        );
    }
    page.push_str("</tbody></table></div></details>\n</section>\n");
}

fn reproduce(page: &mut String, output: &RunOutput, summary: &Summary) {
    let plans: String = output
        .plans
        .iter()
        .map(|plan| format!(" --plan {}", plan.id))
        .collect();
    let _ = write!(
        page,
        "<section>\n<h2>How to reproduce</h2>\n<p>Beachhead {} (results version {RESULTS_VERSION}), seed {}, {} {}, run <code>{}-{}</code>. The same release, scenario, seed and draws give the same bytes.</p>\n<pre>beachhead run SCENARIO --draws {} --seed {} --months {}{}</pre>\n<p class=\"soft\">The whole scenario as it was read is in <code>scenario.json</code> beside this file; monthly numbers are in <code>series.parquet</code>, outcomes in <code>draws.parquet</code> and <code>summary.json</code>.</p>\n</section>\n",
        escape(VERSION),
        output.seed,
        output.draws,
        if output.draws == 1 {
            "draw (central values)"
        } else {
            "draws"
        },
        escape(&output.scenario),
        escape(&summary.hash),
        output.draws,
        output.seed,
        output.months,
        escape(&plans)
    );
}
