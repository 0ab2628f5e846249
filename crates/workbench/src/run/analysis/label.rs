//! Assumptions in words: what a path in the scenario is about, and its value with its unit.

use crate::run::words::{self, capital, title as title_of};
use beachhead_engine::futures::survival::NEVER;
use beachhead_engine::scenario::{Origin, Quantity, Scenario};

/// Unit of a standard normal that says where something lies in its distribution.
pub(super) const DEVIATIONS: &str = "standard deviations";

/// What is behind the last key of a path, where the key alone would not be understood.
const KEYS: [(&str, &str); 34] = [
    ("appeal_z", "appeal"),
    ("theta", "response to advertising"),
    (
        "scale",
        "money at which the response to advertising is measured",
    ),
    ("exponent", "diminishing returns of advertising"),
    ("initial", "at the start"),
    ("forgetting", "forgetting"),
    ("carry_over", "carry-over of advertising"),
    ("word_of_mouth", "word of mouth"),
    ("persistence", "persistence"),
    ("brand_spread", "spread of brand image among people"),
    (
        "buy_keep_nest",
        "how much better offers make people buy sooner",
    ),
    ("hedonic_scale", "worth of features"),
    ("quality_spread", "spread of the taste for quality"),
    (
        "new_product_spread",
        "spread of new products\u{2019} own appeal",
    ),
    ("leaving_cost", "cost of leaving with instalments open"),
    ("upgrade_cost", "cost of an early upgrade"),
    ("lasts", "duration"),
    ("pay", "payment"),
    ("for", "duration"),
    ("by", "size"),
    ("tail", "tail"),
    ("partial", "loss where a product works in part"),
    ("rate", "purchases of a user and month"),
    ("rivals", "value of rivals\u{2019} goods"),
    ("attach", "share of owners who use services"),
    ("margin", "margin"),
    ("revenue", "revenue of a user and month"),
    ("fixed_cost", "fixed cost"),
    ("shift", "distance from its reference class"),
    ("transport_sd", "doubt that the reference class applies"),
    ("sd", "spread of the reference class"),
    ("lead_time", "lead time"),
    ("unit_cost", "unit cost"),
    ("hazard", "hazard"),
];

/// What an assumption is, in words with a capital, from its name in the scenario.
pub(super) fn label(scenario: &Scenario, name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let text = match parts[..] {
        ["demand", "entrant", brand, "appeal_z"] => {
            format!("appeal of {}", title(scenario, "brands", brand))
        }
        ["demand", "entrant", brand, key] => {
            format!("{}: {}", title(scenario, "brands", brand), word(key))
        }
        ["products", product, "appeal_z"] => {
            format!("own appeal of {}", title(scenario, "products", product))
        }
        ["products", product, key] => {
            format!("{} of {}", word(key), title(scenario, "products", product))
        }
        ["learning", brand, "complements", "appeal_z"] => {
            let brand = title(scenario, "brands", brand);
            format!("own appeal of {brand}\u{2019}s complements")
        }
        ["awareness", brand, .., "initial"] => {
            format!(
                "awareness of {} at the start",
                title(scenario, "brands", brand)
            )
        }
        ["trust", brand, key] => {
            format!(
                "trust in {}, {}",
                title(scenario, "brands", brand),
                word(key)
            )
        }
        ["awareness", brand, .., key] => {
            format!("{}, {}", word(key), title(scenario, "brands", brand))
        }
        ["calibration", target, ref rest @ ..] => {
            let about: Vec<String> = rest.iter().map(|id| any_title(scenario, id)).collect();
            let fact = target.replace('_', " ");
            if about.is_empty() {
                format!("fact: {fact}")
            } else {
                format!("fact: {fact}, {}", about.join(", "))
            }
        }
        ["slips", id, ..] => {
            let slip = find(&scenario.slips, id, |slip| (&slip.id, &slip.title));
            let title = title_of(slip.unwrap_or(""), id);
            format!("{title}: what becomes of promises still open")
        }
        [
            "demand" | "finance" | "services" | "scenario" | "compatibility",
            key,
        ] => word(key),
        [group, id, ref rest @ ..] if !rest.is_empty() => {
            format!("{}: {}", title(scenario, group, id), within(rest))
        }
        _ => within(&parts),
    };
    capital(&text)
}

/// The unit that a value is shown in.
pub(super) fn unit(quantity: &Quantity) -> String {
    if quantity.origin == Origin::Derived && quantity.name.ends_with("appeal_z") {
        DEVIATIONS.to_owned()
    } else {
        quantity.unit.clone()
    }
}

/// A value with its unit, as people write it.
#[must_use]
pub fn shown(value: f64, unit: &str) -> String {
    match unit.split_once('/') {
        None if unit == "months" && value >= NEVER => "never".to_owned(),
        _ if unit == DEVIATIONS => format!("{} {DEVIATIONS}", signed(value)),
        None => words::with_unit(value, unit),
        Some(("1", per)) => format!("{} a {per}", words::percent(value)),
        Some((money, per)) if words::is_currency(money) => {
            format!(
                "{} per {}",
                words::money(money, value),
                per.replace('/', " and ")
            )
        }
        Some(_) => format!("{} {unit}", words::human(value)),
    }
}

/// A factor: `3`, `1/3`, `0.4`.
pub(super) fn plain(factor: f64) -> String {
    let inverse = 1.0 / factor;
    if factor < 1.0 && (inverse - inverse.round()).abs() < 1e-9 {
        format!("1/{}", inverse.round())
    } else {
        words::human(factor)
    }
}

fn signed(value: f64) -> String {
    let text = words::human(value);
    if value > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

fn word(key: &str) -> String {
    let known = KEYS.iter().find(|(known, _)| *known == key);
    known.map_or_else(|| key.replace('_', " "), |(_, words)| (*words).to_owned())
}

/// Keys inside something titled: numbers say which of several.
fn within(keys: &[&str]) -> String {
    let mut text = String::new();
    for (at, key) in keys.iter().enumerate() {
        let is_number = key.chars().all(|letter| letter.is_ascii_digit());
        if is_number {
            text += &format!(" {key}");
            continue;
        }
        let followed_by_number = keys
            .get(at + 1)
            .is_some_and(|next| next.chars().all(|letter| letter.is_ascii_digit()));
        let plain = match *key {
            "attempt" | "multiply" if !followed_by_number => continue,
            "outcomes" => "outcome".to_owned(),
            "effects" => "effect".to_owned(),
            "steps" => "step".to_owned(),
            other => word(other),
        };
        if !text.is_empty() {
            text += ", ";
        }
        text += &plain;
    }
    text
}

/// Title of something by its group and id; the id to read where there is none.
fn title(scenario: &Scenario, group: &str, id: &str) -> String {
    let found = match group {
        "brands" => find(&scenario.brands, id, |brand| (&brand.id, &brand.title)),
        "networks" => find(&scenario.networks, id, |network| {
            (&network.id, &network.title)
        }),
        "channels" => find(&scenario.channels, id, |channel| {
            (&channel.id, &channel.title)
        }),
        "gates" => find(&scenario.gates, id, |gate| (&gate.id, &gate.title)),
        "events" => find(&scenario.events, id, |event| (&event.id, &event.title)),
        "products" => find(&scenario.products, id, |product| {
            (&product.id, &product.title)
        }),
        "plans" => find(&scenario.plans, id, |plan| (&plan.id, &plan.title)),
        _ => None,
    };
    title_of(found.unwrap_or(""), id)
}

fn any_title(scenario: &Scenario, id: &str) -> String {
    let brand = scenario.brands.iter().find(|brand| brand.id == id);
    title_of(brand.map_or("", |brand| &brand.title), id)
}

fn find<'a, T>(
    list: &'a [T],
    id: &str,
    read: impl Fn(&'a T) -> (&'a String, &'a String),
) -> Option<&'a str> {
    let mut rows = list.iter().map(read);
    rows.find(|(known, _)| *known == id)
        .map(|(_, title)| title.as_str())
}
