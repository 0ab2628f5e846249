//! Numbers and results in plain words, for the terminal and the report alike.

use super::output::Named;
use super::summary::{OutcomeEntry, Plan, Summary};
use serde_json::Value;

/// A minus sign as wide as a plus.
const MINUS: char = '\u{2212}';

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

/// Money with its currency: `USD −84 m`.
pub fn money(currency: &str, value: f64) -> String {
    format!("{currency} {}", human(value))
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

/// What an outcome is called, with its suffix where there are two entrants.
pub fn outcome_label(id: &str) -> String {
    let (stem, suffix) = id.split_once('.').unwrap_or((id, ""));
    let label = match stem {
        "units" => "Units sold",
        "share_of_sales_final_year" => "Share of sales, last year",
        "peak_share_of_sales" => "Share of sales, best month",
        "installed_base" => "Users at the end",
        "awareness" => "Know the brand at the end",
        "npv" => "Net present value",
        "peak_funding" => "Peak funding",
        "payback_month" => "Money back for good",
        "consumer_surplus" => "Consumer surplus against stay-out",
        "volume_from_rivals" => "Units taken from rivals",
        "volume_from_earlier_replacement" => "Units from earlier replacement",
        "volume_from_new_owners" => "Units to first owners",
        "cvar10" => "Mean of the worst tenth of draws (CVaR)",
        "p_loss" => "Loses money",
        "p_exit" => "Leaves the market early",
        "p_payback" => "Gets its money back",
        _ => "",
    };
    let label = match (label, stem.strip_prefix("p_")) {
        ("", Some(condition)) => format!("Condition {condition}"),
        ("", None) => brand_title("", stem),
        (label, _) => label.to_owned(),
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
    let spaced = id.replace('_', " ");
    let mut letters = spaced.chars();
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

/// The answer in sentences that a board can read, one paragraph an entrant.
pub fn paragraphs(summary: &Summary, entrants: &[Named]) -> Vec<String> {
    let count = entrants.len().max(1);
    let mut paragraphs: Vec<String> = (0..count)
        .filter_map(|entrant| entrant_paragraph(summary, entrants, entrant))
        .collect();
    paragraphs.push(caveat(summary));
    paragraphs
}

fn entrant_paragraph(summary: &Summary, entrants: &[Named], entrant: usize) -> Option<String> {
    let name = entrants
        .get(entrant)
        .map_or("The brand", |named| named.title.as_str());
    let outcome = |plan: &Plan, id: &str| plan.mean(&suffixed(id, entrant, entrants));
    let npv = |plan: &Plan| outcome(plan, "npv");
    let enters = |plan: &&Plan| outcome(plan, "units").is_some_and(|units| units > 0.0);
    let mut entering: Vec<&Plan> = summary.plans.iter().filter(enters).collect();
    entering.sort_by(|a, b| {
        npv(b)
            .unwrap_or(f64::NEG_INFINITY)
            .total_cmp(&npv(a).unwrap_or(f64::NEG_INFINITY))
    });
    let Some(best) = entering.first().copied() else {
        let plans = if summary.plans.len() == 1 {
            "this plan"
        } else {
            "these plans"
        };
        return Some(format!("{name} sells nothing under {plans}."));
    };
    let mut text = sales_sentence(summary, best, name, &|id| outcome(best, id));
    text += &money_sentence(summary, best, &|id| suffixed(id, entrant, entrants));
    text += &comparison(summary, best, &entering, &npv);
    Some(text)
}

fn sales_sentence(
    summary: &Summary,
    plan: &Plan,
    name: &str,
    outcome: &dyn Fn(&str) -> Option<f64>,
) -> String {
    let mut text = format!("Under \u{201c}{}\u{201d} {name} sells", plan.title);
    if let Some(units) = outcome("units") {
        text += &format!(" {} units in {} months", human(units), summary.months);
    }
    let ends: Vec<String> = [
        outcome("share_of_sales_final_year")
            .map(|share| format!("{} of sales in the last year", percent(share))),
        outcome("installed_base").map(|users| format!("{} users at the end", human(users))),
        outcome("awareness").map(|share| format!("{} of people knowing the brand", percent(share))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !ends.is_empty() {
        text += &format!(", with {}", enumerate(&ends));
    }
    text + ". "
}

fn money_sentence(summary: &Summary, plan: &Plan, id: &dyn Fn(&str) -> String) -> String {
    let amount = |name: &str| match plan.outcome(&id(name)) {
        Some(OutcomeEntry::Distribution(entry)) => {
            entry.mean.map(|mean| (mean, entry.unit.as_str()))
        }
        _ => None,
    };
    let mut parts = Vec::new();
    if let Some((value, unit)) = amount("npv") {
        let verb = if value < 0.0 { "loses" } else { "is worth" };
        let size = with_unit(value.abs(), unit);
        parts.push(format!(
            "{verb} {size} in today\u{2019}s money (net present value)"
        ));
    }
    if let Some((value, unit)) = amount("peak_funding").filter(|(value, _)| *value > 0.0) {
        parts.push(format!(
            "needs {} at the deepest point",
            with_unit(value, unit)
        ));
    }
    if plan.outcome(&id("payback_month")).is_some() {
        parts.push(match amount("payback_month") {
            Some((month, _)) => format!("has its money back for good from month {month:.0}"),
            None => format!(
                "does not get its money back within {} months",
                summary.months
            ),
        });
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("It {}. ", enumerate(&parts))
    }
}

fn comparison(
    summary: &Summary,
    best: &Plan,
    entering: &[&Plan],
    npv: &dyn Fn(&Plan) -> Option<f64>,
) -> String {
    let Some(value) = npv(best) else {
        return String::new();
    };
    let unit = summary.plans.iter().find_map(|plan| {
        match plan
            .outcomes
            .0
            .iter()
            .find(|(id, _)| id.starts_with("npv"))?
        {
            (_, OutcomeEntry::Distribution(distribution)) => Some(distribution.unit.as_str()),
            _ => None,
        }
    });
    let unit = unit.unwrap_or_default();
    let idle = summary
        .plans
        .iter()
        .any(|plan| !entering.iter().any(|other| other.id == plan.id));
    let others: Vec<String> = entering
        .iter()
        .skip(1)
        .filter_map(|plan| {
            Some(format!(
                "\u{201c}{}\u{201d} ({})",
                plan.title,
                with_unit(npv(plan)?, unit)
            ))
        })
        .collect();
    let mut text = String::new();
    if !others.is_empty() {
        text += &format!(
            "Of the plans that enter it comes first, before {}. ",
            enumerate(&others)
        );
    }
    if idle {
        text += if value < 0.0 {
            "No plan that enters beats staying out. "
        } else {
            "It beats staying out. "
        };
    }
    text
}

fn caveat(summary: &Summary) -> String {
    if summary.draws == 1 {
        "These are central values: one path with every assumption at its middle value and without events. \
         They do not say how sure the answer is."
            .to_owned()
    } else {
        format!("Means over {} draws.", summary.draws)
    }
}
