//! The plans side by side: what decides first, everything else below.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::summary::{Distribution, OutcomeEntry, Plan, Summary};
use crate::run::words::{self, Told, suffixed};

/// What stands where an outcome says nothing about a plan.
const NOTHING_TO_SAY: &str = "\u{2013}";

/// Outcomes of the short table: id, head of the column.
const HEADLINES: [(&str, &str); 8] = [
    ("npv", "Net present value"),
    ("p_loss", "Loses money"),
    ("units", "Units sold"),
    ("share_of_sales_final_year", "Share of sales, last year"),
    ("installed_base", "Users at the end"),
    ("peak_funding", "Peak funding"),
    ("payback_month", "Money back for good"),
    ("p_exit", "Rule for leaving comes true"),
];

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    page.section("plans", "The plans side by side", |page| {
        if subject.summary.draws > 1 {
            let told = Told::of(words::computed_draws(subject.summary));
            page.note(&format!("{}. {} {}", told.note(), words::LEAVING, words::BY_RULE));
        }
        for entrant in 0..subject.output.entrants.len().max(1) {
            page.table(&short(subject, entrant));
            if let Some(worth) = worth(subject, entrant) {
                page.heading("Net present value over draws");
                let mut signs = vec![
                    ("wide", "90 % of draws"),
                    ("narrow", "50 % of draws"),
                    ("mark", "median"),
                    ("dot c1", "mean"),
                ];
                if Told::of(words::computed_draws(subject.summary)) != Told::Ninety {
                    signs.remove(0);
                }
                page.key(&signs);
                page.table(&worth);
            }
        }
        if words::consumers(subject.summary).is_some() {
            page.heading("Consumers");
            page.note(
                "The gain from choice and prices is taken at the states of staying out. Drift of states is no gain from entry alone: people come to own and to know other things than they would have; it counts the taste for what is owned and the awareness that the plan builds.",
            );
            page.table(&consumers(subject));
        }
        page.folded("All outcomes of all plans", |page| {
            page.table(&all(subject));
            if words::consumers(subject.summary).is_some() {
                page.note(words::OF_THE_TOTAL);
            }
        });
    });
}

/// A row a plan, the most valuable first marked.
fn short(subject: &Subject<'_>, entrant: usize) -> Table {
    let (summary, entrants) = (subject.summary, &subject.output.entrants);
    let whose = match entrants.get(entrant) {
        Some(named) if entrants.len() > 1 => format!(" for {}", named.title),
        _ => String::new(),
    };
    let unit = |stem: &str| {
        let id = suffixed(stem, entrant, entrants);
        let entry = summary.plans.iter().find_map(|plan| plan.outcome(&id))?;
        Some(unit_of(entry))
    };
    let shown: Vec<(&str, &str, &str)> = HEADLINES
        .into_iter()
        .filter_map(|(stem, head)| Some((stem, head, unit(stem)?)))
        .collect();
    let mut columns = vec![Column::text("Plan")];
    let heads = shown.iter();
    columns.extend(heads.map(|(_, head, unit)| Column::number(&with_currency(head, unit))));
    let mut table = Table::new(&format!("What each plan leads to{whose}"), columns).quiet();
    let best = words::best_plan(summary, entrants, entrant).map(|plan| &plan.id);
    for plan in &summary.plans {
        let mut cells = vec![Cell::name_and(&plan.title, &below(subject, plan, entrant))];
        cells.extend(
            shown
                .iter()
                .map(|(stem, _, _)| cell(plan, &suffixed(stem, entrant, entrants), subject)),
        );
        let class = if best == Some(&plan.id) && summary.plans.len() > 1 {
            "best"
        } else {
            ""
        };
        table.row_of(class, cells);
    }
    table
}

/// What stands below a plan's name: whether it may be the best, and when it leaves.
fn below(subject: &Subject<'_>, plan: &Plan, entrant: usize) -> String {
    let (summary, entrants) = (subject.summary, &subject.output.entrants);
    let npv = suffixed("npv", entrant, entrants);
    let is_compared = summary.may_be_best.iter().any(|row| row.outcome == npv);
    let standing = match words::may_be_best(summary, plan, &npv) {
        _ if !is_compared => None,
        true => Some("may be best".to_owned()),
        false => Some("ruled out as the best".to_owned()),
    };
    let left = words::leaving(plan, entrant, entrants).map(|left| format!("leaves {left}"));
    let parts: Vec<String> = standing.into_iter().chain(left).collect();
    parts.join("; ")
}

/// Net present value of every plan on one scale; nothing in a central run.
fn worth(subject: &Subject<'_>, entrant: usize) -> Option<Table> {
    let id = suffixed("npv", entrant, &subject.output.entrants);
    let npv = |plan: &Plan| match plan.outcome(&id) {
        Some(OutcomeEntry::Distribution(entry)) => Some(entry.clone()),
        _ => None,
    };
    let rows: Vec<(&Plan, Distribution)> = subject
        .summary
        .plans
        .iter()
        .filter_map(|plan| Some((plan, npv(plan)?)))
        .filter(|(_, entry)| entry.se.is_some())
        .collect();
    let is_wide = Told::of(words::computed_draws(subject.summary)) == Told::Ninety;
    let ends = rows.iter().flat_map(|(_, entry)| match is_wide {
        true => [entry.p05, entry.p95, entry.mean],
        false => [entry.p25, entry.p75, entry.mean],
    });
    let scale = Scale::over(ends.flatten().chain([0.0]));
    let heads = match is_wide {
        true => ["Worst 5 %", "Best 5 %"],
        false => ["Worst quarter", "Best quarter"],
    };
    let unit = &rows.first()?.1.unit;
    let mut table = Table::new(
        "Net present value of each plan over draws",
        vec![
            Column::text("Plan"),
            Column::picture(unit, &scale.axis(unit)),
            Column::number(heads[0]),
            Column::number("Median"),
            Column::number(heads[1]),
            Column::number("Loses money"),
        ],
    )
    .quiet()
    .stacking();
    for (plan, entry) in &rows {
        let (Some(p05), Some(p25), Some(p50), Some(p75), Some(p95)) =
            (entry.p05, entry.p25, entry.p50, entry.p75, entry.p95)
        else {
            continue;
        };
        let (low, high) = if is_wide { (p05, p95) } else { (p25, p75) };
        let mut strip = Strip::new(&scale);
        if is_wide {
            strip = strip.range(p05, p95, 0);
        }
        strip = strip.core(p25, p75, 0).mark(p50);
        if let Some(mean) = entry.mean {
            strip = strip.dot(mean, 1);
        }
        let loses = suffixed("p_loss", entrant, &subject.output.entrants);
        let loses = plan.mean(&loses);
        let draws = words::computed_draws(subject.summary);
        let open = loses.and_then(|share| words::chance_band(share, draws));
        let open = open.map_or_else(String::new, |(low, high)| {
            words::between(low, high, "share")
        });
        let loses = loses.map_or_else(String::new, words::percent);
        let human = |value: f64| Cell::number(&words::human(value), "");
        table.row(vec![
            Cell::name(&plan.title),
            Cell::picture(strip.html()),
            human(low),
            human(p50),
            human(high),
            Cell::number(&loses, &open),
        ]);
    }
    Some(table)
}

/// What consumers gain under each plan.
fn consumers(subject: &Subject<'_>) -> Table {
    const PARTS: [(&str, &str); 2] = [
        ("consumer_surplus_choice", "Gain from choice and prices"),
        ("consumer_surplus_drift", "Drift of states"),
    ];
    let currency = &subject.output.currency;
    let mut columns = vec![Column::text("Plan")];
    columns.extend(PARTS.map(|(_, head)| Column::number(&with_currency(head, currency))));
    let mut table = Table::new("What consumers gain under each plan", columns).quiet();
    for plan in &subject.summary.plans {
        let mut cells = vec![Cell::name(&plan.title)];
        cells.extend(PARTS.map(|(id, _)| cell(plan, id, subject)));
        table.row(cells);
    }
    table
}

/// Outcomes down, plans across.
fn all(subject: &Subject<'_>) -> Table {
    let summary = subject.summary;
    let mut columns = vec![Column::text("Outcome")];
    columns.extend(summary.plans.iter().map(|plan| Column::number(&plan.title)));
    let mut table = Table::new("All outcomes of all plans", columns).quiet();
    let rows = summary
        .plans
        .first()
        .map_or(&[][..], |plan| plan.outcomes.0.as_slice());
    let conditions = words::conditions(&subject.output.resolved);
    // The sum of gain and drift is no headline: its parts mean different things.
    for (id, entry) in rows.iter().filter(|(id, _)| id != "consumer_surplus") {
        let label = words::outcome_label(id, &conditions);
        let mut cells = vec![Cell::name(&with_currency(&label, unit_of(entry)))];
        cells.extend(summary.plans.iter().map(|plan| cell(plan, id, subject)));
        table.row(cells);
    }
    table
}

fn unit_of(entry: &OutcomeEntry) -> &str {
    match entry {
        OutcomeEntry::Distribution(entry) => &entry.unit,
        OutcomeEntry::Probability(_) => "",
    }
}

/// One outcome of one plan in words.
fn cell(plan: &Plan, id: &str, subject: &Subject<'_>) -> Cell {
    let (value, below) = words_of(plan, id, subject);
    Cell::number(&value, &below)
}

fn words_of(plan: &Plan, id: &str, subject: &Subject<'_>) -> (String, String) {
    let (output, summary) = (subject.output, subject.summary);
    let alone = |text: &str| (text.to_owned(), String::new());
    let entrant = |stem: &str| {
        let mut entrants = 0..output.entrants.len();
        entrants.find(|&e| suffixed(stem, e, &output.entrants) == id)
    };
    let idle = |e| words::stays_idle(plan, e, &output.entrants);
    let pays_back = entrant("payback_month").or_else(|| entrant("p_payback"));
    if pays_back.is_some_and(idle) {
        return alone(NOTHING_TO_SAY);
    }
    if id == "consumer_surplus_top_percent" {
        return alone(&top_percent(plan));
    }
    let left = entrant("share_of_sales_final_year").is_some_and(|e| {
        words::left_before_the_last_year(plan, e, output.months, &output.entrants)
    });
    if left {
        return alone("left");
    }
    match plan.outcome(id) {
        Some(OutcomeEntry::Distribution(entry)) if entry.unit == "month" && summary.draws > 1 => {
            month(plan, entrant("payback_month"), entry, subject)
        }
        Some(OutcomeEntry::Distribution(entry)) => match entry.mean {
            Some(mean) => (bare(mean, &entry.unit), range(entry, summary)),
            None if entry.unit == "month" => alone("never"),
            None => alone("none"),
        },
        Some(OutcomeEntry::Probability(entry)) => {
            let mean = entry.mean;
            (
                mean.map_or_else(|| "none".to_owned(), |mean| truth(mean, summary)),
                String::new(),
            )
        }
        None => alone(""),
    }
}

/// The part of those who gain most: the median over draws, as a mean of shares is carried by draws whose total is nearly nothing. Where the
/// total is nothing or a loss in more than a few draws, no share of it has a meaning.
fn top_percent(plan: &Plan) -> String {
    let distribution = |id: &str| match plan.outcome(id) {
        Some(OutcomeEntry::Distribution(entry)) => Some(entry),
        _ => None,
    };
    let total = distribution("consumer_surplus").and_then(|total| total.p05.or(total.mean));
    let part = distribution("consumer_surplus_top_percent");
    match (total, part.and_then(|part| part.p50.or(part.mean))) {
        (Some(total), Some(part)) if total >= words::LEAST_MONEY => words::percent(part),
        _ => NOTHING_TO_SAY.to_owned(),
    }
}

/// A month over draws: the median, and for payback in how many draws it comes.
fn month(
    plan: &Plan,
    payback_of: Option<usize>,
    entry: &Distribution,
    subject: &Subject<'_>,
) -> (String, String) {
    let chance = payback_of
        .and_then(|e| plan.mean(&suffixed("p_payback", e, &subject.output.entrants)))
        .map_or_else(String::new, |p| {
            format!("in {} of draws", words::percent(p))
        });
    match entry.median {
        Some(month) => (format!("median month {month:.0}"), chance),
        None if chance.is_empty() => ("in less than half of draws".to_owned(), chance),
        None => (chance, String::new()),
    }
}

/// A value without its unit, which the head of its row or column names.
fn bare(value: f64, unit: &str) -> String {
    match unit {
        "share" | "month" => words::with_unit(value, unit),
        _ => words::human(value),
    }
}

/// A label with its unit where the label does not say it: money.
fn with_currency(label: &str, unit: &str) -> String {
    if words::is_currency(unit) {
        format!("{label}, {unit}")
    } else {
        label.to_owned()
    }
}

/// What most draws lie between; nothing for a single draw.
fn range(entry: &Distribution, summary: &Summary) -> String {
    let told = Told::of(words::computed_draws(summary));
    let ends = told.range(entry).filter(|(low, high)| low < high);
    let range = ends.map(|(low, high)| match entry.unit.as_str() {
        "share" | "month" => words::between(low, high, &entry.unit),
        _ => words::between(low, high, ""),
    });
    let median = told.median_beside(entry);
    let median = median.map(|median| format!("median {}", bare(median, &entry.unit)));
    let both: Vec<String> = range.into_iter().chain(median).collect();
    both.join("; ")
}

/// A probability; over one draw it is a plain yes or no.
fn truth(mean: f64, summary: &Summary) -> String {
    match summary.draws {
        1 if mean > 0.0 => "yes".to_owned(),
        1 => "no".to_owned(),
        _ => words::percent(mean),
    }
}
