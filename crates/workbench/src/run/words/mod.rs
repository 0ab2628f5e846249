//! Numbers and results in plain words, for the terminal and the report alike.

mod answer;
mod caveats;
mod leaving;
mod promise;
mod spread;
mod standing;

pub use super::about::{Footing, may_be_best, plan_of, sentence as about};
pub use answer::{IDLE, best_plan, paragraphs, stays_idle, story};
pub use caveats::{caveat, computed_draws, consumers};
pub use leaving::{Leaving, leaving, left_before_the_last_year};
pub use spread::{Told, chance, chance_band};
pub use standing::{choice, probability, standing};

use super::output::Named;
use serde_json::Value;

/// A minus sign as wide as a plus.
const MINUS: char = '\u{2212}';

/// Money below half a hundredth of the currency reads 0: less is rounding.
pub const LEAST_MONEY: f64 = 0.005;

/// What leaving means, in the same words everywhere.
pub const LEAVING: &str =
    "A plan leaves by its own rule, by one of its steps, or because an event forces it out.";

/// What the chance that a plan's rule comes true counts of that.
pub const BY_RULE: &str = "\u{201c}Rule for leaving comes true\u{201d} counts the first alone.";

/// Why gain and drift are not added up, and of what those who gain most have a part.
pub const OF_THE_TOTAL: &str = "Consumers: gain and drift are not added up, because the sum takes the sign of the drift, and that changes with the sample of consumers that stands for the market. The part of the 1 % who gain most is the median over draws, and left out where that sum is no gain in more than one draw in twenty.";

/// Letters of a title within a sentence or a table before it is cut.
const LONGEST_TITLE: usize = 80;

/// A number with at most three significant digits and k, m, bn or tn: `1.2 m`, `−84`, `0.05`.
pub fn human(value: f64) -> String {
    if !value.is_finite() {
        return "none".to_owned();
    }
    let size = value.abs();
    // Thresholds lie below the powers so that 999 999 reads 1 m, not 1000 k.
    let (scaled, suffix) = match size {
        _ if size >= 999.5e9 => (size / 1e12, " tn"),
        _ if size >= 999.5e6 => (size / 1e9, " bn"),
        _ if size >= 999.5e3 => (size / 1e6, " m"),
        _ if size >= 999.5 => (size / 1e3, " k"),
        _ => (size, ""),
    };
    let text = format!("{}{suffix}", digits(scaled));
    if value < 0.0 && text != "0" {
        format!("{MINUS}{text}")
    } else {
        text
    }
}

/// Four significant digits, for facts: `0.4098`, `−2.800`, `1.2e9`.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = if (1e-4..1e7).contains(&size) {
        let places = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{size:.places$}")
    } else {
        format!("{size:.3e}")
    };
    if value < 0.0 {
        format!("{MINUS}{text}")
    } else {
        text
    }
}

/// A number without the zeros behind its last digit: `0.047` for `0.04700`.
pub fn trimmed(figure: &str) -> String {
    if figure.contains('.') && !figure.contains('e') {
        let text = figure.trim_end_matches('0').trim_end_matches('.');
        return text.to_owned();
    }
    figure.to_owned()
}

/// Money with its currency: `USD −84 m`.
pub fn money(currency: &str, value: f64) -> String {
    let shown = if value.abs() < LEAST_MONEY {
        0.0
    } else {
        value
    };
    format!("{currency} {}", human(shown))
}

/// What stands behind a difference of shares.
pub const POINTS: &str = " points";

/// What lies between two shares, in percentage points: `8.6 points`.
pub fn points(difference: f64) -> String {
    percent(difference).replace(" %", POINTS)
}

/// A share as per cent: `31 %`, `3.1 %`, `0.03 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "none".to_owned();
    }
    let text = digits((share * 100.0).abs());
    let sign = if share < 0.0 && text != "0" {
        MINUS.to_string()
    } else {
        String::new()
    };
    format!("{sign}{text} %")
}

/// Two significant digits, three where the first is a 1 above ten; no needless zeros.
fn digits(size: f64) -> String {
    if size == 0.0 {
        return "0".to_owned();
    }
    let places = match size {
        _ if size >= 9.95 => 0,
        _ if size >= 0.095 => 1 + usize::from(size < 0.95),
        _ => (1.0 - size.log10().floor()).clamp(0.0, 6.0) as usize,
    };
    let text = format!("{size:.places$}");
    if text.contains('.') {
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return text.to_owned();
    }
    text
}

/// A value in the words of its unit: a share as per cent, money with its currency, else the number and
/// the unit.
pub fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "share" => percent(value),
        "month" => format!("month {value:.0}"),
        "" => human(value),
        _ if is_currency(unit) => money(unit, value),
        _ => format!("{} {unit}", human(value)),
    }
}

/// Whether a unit is a currency code, such as `USD`.
pub fn is_currency(unit: &str) -> bool {
    unit.len() == 3 && unit.chars().all(|letter| letter.is_ascii_uppercase())
}

/// Two values with their unit once: `2.4 to 30 %`, `USD −130 m to 5 bn`.
pub fn between(low: f64, high: f64, unit: &str) -> String {
    match unit {
        "share" if percent(low) == percent(high) => percent(low),
        "share" => {
            let low = percent(low);
            format!("{} to {}", low.trim_end_matches(" %"), percent(high))
        }
        "month" => format!("month {low:.0} to {high:.0}"),
        _ if is_currency(unit) => {
            let high = money(unit, high);
            let high = high.strip_prefix(unit).unwrap_or(&high).trim_start();
            format!("{} to {high}", money(unit, low))
        }
        "" => format!("{} to {}", human(low), human(high)),
        _ => format!("{} to {} {unit}", human(low), human(high)),
    }
}

/// A text of at most so many letters; what is longer ends in an ellipsis.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{}\u{2026}", kept.trim_end())
        }
    }
}

/// A title within a sentence, in quotation marks; endless ones are cut.
pub fn quoted(title: &str) -> String {
    format!("\u{201c}{}\u{201d}", shortened(title, LONGEST_TITLE))
}

/// `a, b and c`.
pub fn enumerate(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Titles of the entrants, from a resolved scenario.
pub fn entrants(resolved: &Value) -> Vec<Named> {
    let list = resolved.get("entrants").and_then(Value::as_array);
    let brand = |entrant: &Value| {
        let position = entrant.get("brand")?.as_u64()?;
        let brand = resolved
            .get("brands")?
            .as_array()?
            .get(usize::try_from(position).ok()?)?;
        let id = brand.get("id")?.as_str()?.to_owned();
        let title = brand
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let title = brand_title(title, &id);
        Some(Named { id, title })
    };
    list.map(|list| list.iter().filter_map(brand).collect())
        .unwrap_or_default()
}

/// Ids and texts of the scenario's own conditions, from a resolved scenario.
pub fn conditions(resolved: &Value) -> Vec<(String, String)> {
    let list = resolved.get("outcomes").and_then(Value::as_array);
    let read = |row: &Value| {
        let text = |key: &str| Some(row.get(key)?.as_str()?.to_owned());
        Some((text("id")?, text("text")?))
    };
    list.map(|list| list.iter().filter_map(read).collect())
        .unwrap_or_default()
}

/// What an outcome is called, with its suffix where there are two entrants; conditions of the scenario
/// (ids and texts) are named by what they ask.
pub fn outcome_label(id: &str, conditions: &[(String, String)]) -> String {
    let asked = |own: &str| conditions.iter().find(|(id, _)| id == own);
    if let Some((own, text)) = id.strip_prefix("p_").and_then(asked) {
        return format!("{}, in some month: {text}", brand_title("", own));
    }
    let (stem, suffix) = id.split_once('.').unwrap_or((id, ""));
    let label = match stem {
        "units" => "Units sold",
        "peak_share_of_sales" => "Share of sales, best month",
        "installed_base" => "Users at the end",
        "awareness" => "Know the brand at the end",
        "npv" => "Net present value",
        "peak_funding" => "Peak funding",
        "payback_month" => "Money back for good",
        "exit_month" => "Leaves the market",
        "share_of_sales_final_year" => "Share of sales, last year",
        "consumer_surplus" => "Consumer surplus against stay-out",
        "consumer_surplus_choice" => {
            "Consumers\u{2019} gain from choice and prices, at the states of staying out"
        }
        "consumer_surplus_drift" => {
            "Drift of states: people own and know other things than they would have"
        }
        "consumer_surplus_top_percent" => "Part of gain and drift of the 1 % who gain most",
        "volume_from_rivals" => "Units taken from rivals",
        "volume_from_earlier_replacement" => "Units from earlier replacement",
        "volume_from_new_owners" => "Units to first owners",
        "cvar10" => "Mean of the worst tenth of draws (CVaR)",
        "p_loss" => "Loses money",
        "p_exit" => "Rule for leaving comes true",
        "p_payback" => "Gets its money back",
        _ => "",
    };
    let label = if label.is_empty() {
        brand_title("", stem.strip_prefix("p_").unwrap_or(stem))
    } else {
        label.to_owned()
    };
    if suffix.is_empty() {
        label
    } else {
        format!("{label}, {}", brand_title("", suffix))
    }
}

/// A brand's title; where none is given (or only the id), the id to read: `acme_labs` is Acme labs.
pub fn brand_title(title: &str, id: &str) -> String {
    if !title.is_empty() && title != id {
        return title.to_owned();
    }
    capital(&id.replace('_', " "))
}

/// The same for a place in a sentence or a label: endless ones are cut.
pub fn title(title: &str, id: &str) -> String {
    shortened(&brand_title(title, id), LONGEST_TITLE)
}

/// A text with a capital at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Id of an outcome or series of an entrant: the plain one where there is only one entrant.
pub fn suffixed(id: &str, entrant: usize, entrants: &[Named]) -> String {
    match entrants.get(entrant) {
        Some(named) if entrants.len() > 1 => format!("{id}.{}", named.id),
        _ => id.to_owned(),
    }
}
