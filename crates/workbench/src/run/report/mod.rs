//! `report.html`: one file without scripts or network, in light and dark, on a phone and in print.

mod chart;

use super::output::{CashLine, Issue, PlanOutput, RunOutput};
use super::summary::{OutcomeEntry, Summary, WantedEntry};
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
    plans(&mut page, summary);
    pictures(&mut page, output);
    issues(&mut page, &output.issues);
    for plan in &output.plans {
        details_of(&mut page, plan, output);
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
            "published_later" => {
                "Sources published after the date of knowledge, about a time before it"
            }
            "target_missed" => "Facts that calibration missed",
            "excluded_users" => "People whom nothing on offer can serve",
            "price_not_solved" => "Prices that were not solved",
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
fn plans(page: &mut String, summary: &Summary) {
    page.push_str(
        "<section>\n<h2>Plans</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>Outcome</th>",
    );
    for plan in &summary.plans {
        let _ = write!(page, "<th class=\"number\">{}</th>", escape(&plan.title));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let rows = summary
        .plans
        .first()
        .map_or(&[][..], |plan| plan.outcomes.0.as_slice());
    for (id, _) in rows {
        let _ = write!(page, "<tr><th>{}</th>", escape(&words::outcome_label(id)));
        for plan in &summary.plans {
            let text = match plan.outcome(id) {
                Some(OutcomeEntry::Distribution(entry)) => match entry.mean {
                    Some(mean) => words::with_unit(mean, &entry.unit),
                    None if entry.unit == "month" => "never".to_owned(),
                    None => "none".to_owned(),
                },
                Some(OutcomeEntry::Probability(entry)) => entry
                    .mean
                    .map_or_else(|| "none".to_owned(), |mean| truth(mean, summary.draws)),
                None => String::new(),
            };
            let _ = write!(page, "<td class=\"number\">{}</td>", escape(&text));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</section>\n");
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
            let title = if output.entrants.len() > 1 {
                format!("{title}, {}", named.title)
            } else {
                title.to_owned()
            };
            let mut unit = "";
            let mut lines = Vec::new();
            for plan in &output.plans {
                if let Some(series) = plan.series.iter().find(|series| series.id == id) {
                    unit = &series.unit;
                    lines.push(Line {
                        label: &plan.title,
                        values: &series.values,
                    });
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

/// The market by brand, cash by line and the steps of one plan.
fn details_of(page: &mut String, plan: &PlanOutput, output: &RunOutput) {
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
            Some(Line {
                label,
                values: &series.values,
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
    page.push_str("<figure><figcaption>What happened when</figcaption>");
    if plan.steps.is_empty() {
        page.push_str("<p class=\"soft\">No step fired.</p>");
    } else {
        page.push_str("<div class=\"scroll\"><table><thead><tr><th>Month</th><th>Step</th></tr></thead><tbody>");
        for (step, month) in first_and_count(&plan.steps) {
            let _ = write!(
                page,
                "<tr><td>{}</td><td>{}</td></tr>",
                escape(&month),
                escape(&step)
            );
        }
        page.push_str("</tbody></table></div>");
    }
    page.push_str("</figure>\n");
    cash(page, &plan.cash_lines, output);
    page.push_str("</div>\n</section>\n");
}

/// Steps in order of first firing; one that repeats stands once, with its number of times.
fn first_and_count(steps: &[(String, u32)]) -> Vec<(String, String)> {
    let mut rows: Vec<(&str, u32, usize)> = Vec::new();
    for (step, month) in steps {
        match rows.iter_mut().find(|row| row.0 == step) {
            Some(row) => row.2 += 1,
            None => rows.push((step, *month, 1)),
        }
    }
    let row = |(step, month, count): (&str, u32, usize)| {
        let times = if count > 1 {
            format!(" ({count} times)")
        } else {
            String::new()
        };
        (format!("{step}{times}"), month.to_string())
    };
    rows.into_iter().map(row).collect()
}

fn cash(page: &mut String, lines: &[CashLine], output: &RunOutput) {
    let moves = |line: &&CashLine| line.values.iter().any(|value| *value != 0.0);
    let lines: Vec<&CashLine> = lines.iter().filter(moves).collect();
    if lines.is_empty() {
        return;
    }
    page.push_str("<figure><figcaption>Cash by line, by year of the plan</figcaption><div class=\"scroll\"><table><thead><tr><th>Line</th>");
    let years = output.months.div_ceil(12);
    for year in 1..=years {
        let _ = write!(page, "<th class=\"number\">Year {year}</th>");
    }
    page.push_str("<th class=\"number\">All</th></tr></thead><tbody>");
    for line in lines {
        let label = if output.entrants.len() > 1 {
            format!("{} ({})", line.label, line.entrant)
        } else {
            line.label.clone()
        };
        let _ = write!(page, "<tr><th>{}</th>", escape(&label));
        for year in line.values.chunks(12) {
            let _ = write!(
                page,
                "<td class=\"number\">{}</td>",
                words::human(year.iter().sum())
            );
        }
        let all: f64 = line.values.iter().sum();
        let _ = write!(page, "<td class=\"number\">{}</td></tr>", words::human(all));
    }
    let _ = writeln!(
        page,
        "</tbody></table></div><p class=\"soft\">In {}.</p></figure>",
        escape(&output.currency)
    );
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
        let source = if row.source.is_empty() {
            "<span class=\"flag\">none</span>".to_owned()
        } else {
            escape(&row.source)
        };
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
        "<section>\n<h2>How to reproduce</h2>\n<p>Beachhead {} (results version {RESULTS_VERSION}), seed {}, {} {}, run <code>{}-{}</code>. The same release, scenario, seed and draws give the same bytes.</p>\n<pre>beachhead run SCENARIO --seed {} --months {}{}</pre>\n<p class=\"soft\">The whole scenario as it was read is in <code>scenario.json</code> beside this file; monthly numbers are in <code>series.parquet</code>, outcomes in <code>draws.parquet</code> and <code>summary.json</code>.</p>\n</section>\n",
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
        output.seed,
        output.months,
        escape(&plans)
    );
}
