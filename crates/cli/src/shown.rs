//! Results as people see them on a terminal: tables and sentences within 80 columns, and JSON.

use crate::failure::Failure;
use beachhead_workbench::run::output::Named;
use beachhead_workbench::run::summary::{Distribution, OutcomeEntry, Plan, Summary, WantedEntry};
use beachhead_workbench::run::words::{self, Told, suffixed};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};
use serde::Serialize;

/// Columns of every table and sentence.
const WIDTH: u16 = 80;

/// Letters of a plan's title in a table before it is cut.
const LONGEST_TITLE: usize = 80;

/// Outcomes of the short table: id, head of the column.
const SHORT: [(&str, &str); 6] = [
    ("units", "Units"),
    ("share_of_sales_final_year", "Sales,\nlast year"),
    ("installed_base", "Users"),
    ("npv", "NPV"),
    ("peak_funding", "Peak\nfunding"),
    ("payback_month", "Paid\nback"),
];

/// Outcomes of the short table over several draws, each with its range: fewer, so that titles keep their room.
const SHORT_OVER_DRAWS: [(&str, &str); 5] = [
    ("units", "Units"),
    ("share_of_sales_final_year", "Sales,\nlast year"),
    ("npv", "NPV"),
    ("p_loss", "Loses\nmoney"),
    ("payback_month", "Paid\nback"),
];

/// A JSON document with a line break at the end.
pub(crate) fn json<T: Serialize>(document: &T) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(document)
        .map_err(|error| Failure::Environment(format!("a fault in this program: JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// An empty table with plain rules that fits the width.
pub(crate) fn table(header: impl Into<comfy_table::Row>) -> Table {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    table
}

/// The table with a line break and no blanks at the ends of lines.
pub(crate) fn printed(table: &Table) -> String {
    let lines = tamed(&table.to_string());
    let mut text = String::new();
    for line in lines.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Text without marks that turn the direction of what stands beside it: a name could disguise a number.
fn tamed(text: &str) -> String {
    text.replace(
        |letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        "\u{fffd}",
    )
}

/// A number in a column of numbers.
pub(crate) fn number(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// The answer of a run: plans, a paragraph, calibration in a line.
pub(crate) fn run(summary: &Summary, entrants: &[Named]) -> String {
    let mut text = String::new();
    for entrant in 0..entrants.len().max(1) {
        if let Some(named) = entrants.get(entrant).filter(|_| entrants.len() > 1) {
            text += &format!("{}\n", named.title);
        }
        text += &plans(summary, entrants, entrant);
        text.push('\n');
    }
    if summary.draws > 1 {
        let told = Told::of(words::computed_draws(summary)).note();
        text += &wrapped(&format!(
            "{told}; paid back: the median month (never: in fewer than half), and the share of draws.{}",
            leaving_explained(summary, entrants)
        ));
        text.push('\n');
    }
    for paragraph in words::paragraphs(summary, entrants) {
        text += &wrapped(&paragraph);
        text.push('\n');
    }
    if let Some(line) = calibration_line(summary) {
        text += &wrapped(&line);
        text.push('\n');
    }
    text
}

/// What leaving means, where a plan is said to leave.
fn leaving_explained(summary: &Summary, entrants: &[Named]) -> String {
    let leaves = |plan: &Plan| {
        let mut entrants = (0..entrants.len().max(1)).map(|e| words::leaving(plan, e, entrants));
        entrants.any(|left| left.is_some())
    };
    if summary.plans.iter().any(leaves) {
        format!(" {}", words::LEAVING)
    } else {
        String::new()
    }
}

fn plans(summary: &Summary, entrants: &[Named], entrant: usize) -> String {
    let told = Told::of(words::computed_draws(summary));
    let columns = if summary.draws > 1 {
        &SHORT_OVER_DRAWS[..]
    } else {
        &SHORT
    };
    let mut header = vec!["Plan"];
    header.extend(columns.iter().map(|(_, head)| *head));
    let mut table = table(["Plan"]);
    table.set_header(header);
    // Numbers stay whole; titles get what is left and break.
    for column in table.column_iter_mut().skip(1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
        column.set_padding((0, 1));
    }
    for plan in &summary.plans {
        let mut title = words::shortened(&plan.title, LONGEST_TITLE);
        if let Some(left) = words::leaving(plan, entrant, entrants) {
            title += &format!("\nleaves {left}");
        }
        let mut row = vec![Cell::new(title)];
        for &(id, _) in columns {
            row.push(number(match id {
                "share_of_sales_final_year"
                    if words::left_before_the_last_year(
                        plan,
                        entrant,
                        summary.months,
                        entrants,
                    ) =>
                {
                    "left".to_owned()
                }
                "payback_month" if words::stays_idle(plan, entrant, entrants) => {
                    "\u{2013}".to_owned()
                }
                "payback_month" if summary.draws > 1 => {
                    paid_back(plan, &|id| suffixed(id, entrant, entrants))
                }
                _ => short(plan, &suffixed(id, entrant, entrants), told),
            }));
        }
        table.add_row(row);
    }
    printed(&table)
}

fn short(plan: &Plan, id: &str, told: Told) -> String {
    match plan.outcome(id) {
        Some(OutcomeEntry::Distribution(entry)) => match entry.mean {
            Some(mean) if matches!(entry.unit.as_str(), "units" | "users") => {
                words::human(mean) + &range(entry, told)
            }
            Some(mean) => words::with_unit(mean, &entry.unit) + &range(entry, told),
            None => "never".to_owned(),
        },
        Some(OutcomeEntry::Probability(entry)) => {
            entry.mean.map_or_else(String::new, words::percent)
        }
        None => String::new(),
    }
}

/// What most draws lie between in a second line, and the median in a third where the mean lies outside; nothing for a single draw.
fn range(entry: &Distribution, told: Told) -> String {
    let Some((low, high)) = told.range(entry) else {
        return String::new();
    };
    let figure = |value: f64| match entry.unit.as_str() {
        "share" => words::percent(value),
        _ => words::human(value),
    };
    let median = told
        .median_beside(entry)
        .map_or_else(String::new, |median| format!("\nmedian {}", figure(median)));
    if low == high {
        return median;
    }
    format!("\n{}\u{2026}{}{median}", figure(low), figure(high))
}

/// The median month in which money is back for good, and in how many draws it is.
fn paid_back(plan: &Plan, id: &dyn Fn(&str) -> String) -> String {
    let median = match plan.outcome(&id("payback_month")) {
        Some(OutcomeEntry::Distribution(entry)) => entry.median,
        _ => None,
    };
    let median = median.map_or_else(|| "never".to_owned(), |month| format!("month {month:.0}"));
    let chance = plan.mean(&id("p_payback"));
    chance.map_or_else(String::new, |p| format!("{median}\n{}", words::percent(p)))
}

/// How well the facts are met: the largest relative error, and over draws how many met all of them.
fn calibration_line(summary: &Summary) -> Option<String> {
    let relative = |wanted: &WantedEntry, error: f64| {
        let size = match wanted {
            WantedEntry::Value(value) => value.abs(),
            WantedEntry::Band([low, high]) => low.abs().max(high.abs()),
        };
        if size > 0.0 {
            (error / size).abs()
        } else {
            error.abs()
        }
    };
    let rows = summary
        .calibration
        .iter()
        .map(|row| (relative(&row.wanted, row.error), &row.target));
    let (worst, target) = rows.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let at = if summary.draws > 1 {
        " at central values"
    } else {
        ""
    };
    let text = format!(
        "Calibration: {} facts, the largest relative error{at} is {} ({target}).",
        summary.calibration.len(),
        words::percent(worst)
    );
    Some(text + &over_draws(summary))
}

/// How many draws met their facts, in a sentence; nothing in a central run.
fn over_draws(summary: &Summary) -> String {
    let Some(of) = &summary.calibration_of_draws else {
        return String::new();
    };
    let within = words::percent(of.within);
    if of.missed + of.failed == 0 {
        return format!(" All {} draws met all facts within {within}.", of.met);
    }
    let mut parts = vec![format!("{} met all facts within {within}", of.met)];
    if of.missed > 0 {
        let worst = of.worst.as_ref().map_or_else(String::new, |worst| {
            let miss = words::percent(worst.relative);
            format!(
                ", at worst by {miss} ({}, draw {})",
                worst.target, worst.draw
            )
        });
        parts.push(format!("{} missed some{worst}", of.missed));
    }
    if of.failed > 0 {
        parts.push(format!("{} failed", of.failed));
    }
    format!(" Of {} draws {}.", summary.draws, words::enumerate(&parts))
}

/// Sentences in lines of the width; longer words stand alone.
pub(crate) fn wrapped(text: &str) -> String {
    let (mut wrapped, text) = (String::new(), tamed(text));
    let mut column = 0;
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let letters = word.chars().count();
        if column > 0 && column + 1 + letters > usize::from(WIDTH) {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += letters;
    }
    wrapped.push('\n');
    wrapped
}

/// A line in lines of the width, broken between words; those that follow begin with `blank`. Colours take no room, longer words stand
/// alone, and a line that fits stays as it is.
pub(crate) fn hung(line: &str, blank: &str) -> String {
    let width = |text: &str| bare(text).chars().count();
    if width(line) <= usize::from(WIDTH) {
        return line.to_owned();
    }
    let beginning = line.len() - line.trim_start().len();
    let (mut hung, mut column) = (line[..beginning].to_owned(), beginning);
    let mut is_first = true;
    for word in line.split_whitespace() {
        let letters = width(word);
        if !is_first && column + 1 + letters > usize::from(WIDTH) {
            hung.push('\n');
            hung.push_str(blank);
            column = blank.len();
        } else if !is_first {
            hung.push(' ');
            column += 1;
        }
        hung.push_str(word);
        column += letters;
        is_first = false;
    }
    hung
}

/// Text without its colours.
pub(crate) fn bare(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let mut bare = pieces.next().unwrap_or_default().to_owned();
    // A colour ends with its m.
    for piece in pieces {
        bare.push_str(piece.split_once('m').map_or(piece, |(_, rest)| rest));
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words_and_colours_take_no_room() {
        let word = "\u{1b}[1mabcdefg\u{1b}[0m";
        assert_eq!(bare(word), "abcdefg");
        // Ten words of seven and nine blanks are 79 columns, eleven are not.
        let fits = [word; 10].join(" ");
        assert_eq!(hung(&fits, "  "), fits);
        let broken = hung(&[word; 11].join(" "), "  ");
        let lines: Vec<&str> = broken.lines().collect();
        assert_eq!(lines, [fits.as_str(), &format!("  {word}")]);
        let long = "x".repeat(100);
        let broken = hung(&format!(" = {long} end"), "   ");
        assert_eq!(
            broken.lines().collect::<Vec<_>>(),
            [" =", &format!("   {long}"), "   end"]
        );
    }

    #[test]
    fn names_cannot_turn_the_direction_of_text() {
        let mut names = table(["Plan"]);
        names.add_row(["USD \u{202e}987"]);
        for text in [wrapped("USD \u{202e}987"), printed(&names)] {
            assert!(text.contains("USD \u{fffd}987"), "{text}");
        }
    }
}
