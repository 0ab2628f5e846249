//! The table of rows in the case's README, between marks.

use super::CASE;
use super::file::Switches;
use super::measure::Moved;
use std::fmt::Write;

/// Where it stands.
pub const README: &str = "examples/xiaomi-us/README.md";
const BEGIN: &str = "<!-- rows:begin -->";
const END: &str = "<!-- rows:end -->";

/// Outcomes that are money.
const MONEY: [&str; 9] = [
    "npv",
    "revenue",
    "hardware_profit",
    "services_profit",
    "marketing",
    "peak_funding",
    "consumer_surplus",
    "consumer_surplus_choice",
    "consumer_surplus_drift",
];
/// Outcomes that are numbers of things.
const COUNTS: [&str; 5] = [
    "units",
    "installed_base",
    "volume_from_rivals",
    "volume_from_earlier_replacement",
    "volume_from_new_owners",
];

/// The table, with the marks' insides.
#[must_use]
pub fn block(switches: &Switches, moved: &[Moved]) -> String {
    let mut text = format!(
        "<!-- Written by `cargo run --release -p beachhead-dev -- rows` from `{CASE}/switches.toml`; do not edit. -->\n\n\
         Rows marked * are means over the first {} draws of the case, with what the difference, draw by draw, may be off by either way with a\n\
         probability of 95 % (Student\u{2019}s t). Where that band holds no change, the row says so: the draws do not tell it from nothing.\n\
         The others are the central run, one path without that noise.\n\n\
         | row | what it says | where | switched off | plan: outcome | as it is | off | changes by |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        switches.draws
    );
    for moved in moved {
        let row = &moved.row;
        let lines: Vec<String> = row.lines.iter().map(|line| format!("`{line}`")).collect();
        let mark = if row.over_draws { " *" } else { "" };
        let _ = writeln!(
            text,
            "| {}{mark} | {} | {} | {} | `{}`: `{}` | {} | {} | {} |",
            row.number,
            row.says,
            lines.join(", "),
            row.off,
            row.plan,
            row.moves,
            shown(&row.moves, moved.as_it_is),
            shown(&row.moves, moved.off),
            changed(moved),
        );
    }
    text.trim_end().to_owned()
}

/// The difference with its band.
fn changed(moved: &Moved) -> String {
    let by = shown(&moved.row.moves, moved.off - moved.as_it_is);
    match moved.half {
        None => by,
        Some(half) => {
            let band = shown(&moved.row.moves, half);
            let band = band.strip_prefix("USD ").unwrap_or(&band);
            let (more, less) = moved.more_and_less;
            let within = if moved.is_mean_told() {
                String::new()
            } else if moved.is_way_told() {
                let way = if more > less { "up" } else { "down" };
                let draws = more.max(less);
                format!(
                    ": {way} in {draws} of the {} draws that it moves",
                    more + less
                )
            } else {
                ": not told from no change".to_owned()
            };
            format!("{by} \u{b1} {band}{within}")
        }
    }
}

/// A number as people write it: three figures, and its unit where it has one.
fn shown(outcome: &str, value: f64) -> String {
    let is_money = MONEY.contains(&outcome);
    if !is_money && !COUNTS.contains(&outcome) {
        return format!("{} %", figures(100.0 * value));
    }
    let (scaled, word) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, " bn"),
        size if size >= 1e6 => (value / 1e6, " m"),
        size if size >= 1e3 => (value / 1e3, " k"),
        _ => (value, ""),
    };
    let unit = if is_money { "USD " } else { "" };
    format!("{unit}{}{word}", figures(scaled))
}

/// Two or three figures, with a true minus.
fn figures(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.' | '-'));
    if is_zero {
        return "0".to_owned();
    }
    text.replace('-', "\u{2212}")
}

/// What stands between the marks.
///
/// # Errors
/// A page without them.
pub fn written(page: &str) -> Result<&str, String> {
    let problem = || format!("{README} has no table between {BEGIN} and {END}");
    let (_, rest) = page.split_once(BEGIN).ok_or_else(problem)?;
    let (inside, _) = rest.split_once(END).ok_or_else(problem)?;
    Ok(inside.trim())
}

/// The page with another block between the marks.
///
/// # Errors
/// A page without them.
pub fn replaced(page: &str, block: &str) -> Result<String, String> {
    written(page)?;
    let (before, rest) = page.split_once(BEGIN).unwrap_or((page, ""));
    let (_, after) = rest.split_once(END).unwrap_or(("", rest));
    Ok(format!("{before}{BEGIN}\n{block}\n{END}{after}"))
}
