//! A quantity of a resolved scenario in one line, in its base unit.

use crate::run::words::figure;
use beachhead_engine::futures::{Conversion, Distribution};
use beachhead_engine::scenario::{Origin, Quantity};
use serde_json::Value;

/// Ends of the range that is shown of an uncertain one.
const RANGE: (f64, f64) = (0.05, 0.95);

/// `2990 EUR/unit`, or `0.5 share, 90 % between 0.3 and 0.7 (beta)`.
pub(super) fn in_words(value: &Value) -> String {
    let unit = value.get("unit").and_then(Value::as_str).unwrap_or("");
    let Some(quantity) = quantity(value, unit) else {
        let distribution = value.get("distribution").unwrap_or(&Value::Null);
        return format!("{} {unit}", line(distribution))
            .trim_end()
            .to_owned();
    };
    let with_unit = |value: f64| format!("{} {unit}", plain(value)).trim_end().to_owned();
    let mut text = with_unit(quantity.centre());
    if quantity.is_uncertain() {
        let (low, high) = RANGE;
        text += &format!(
            ", 90 % between {} and {} ({})",
            plain(quantity.value(low)),
            plain(quantity.value(high)),
            quantity.distribution.family()
        );
    }
    if value.get("origin").and_then(Value::as_str) == Some("derived") {
        text += " (derived)";
    }
    text
}

/// Four digits, without zeros at the end.
fn plain(value: f64) -> String {
    let text = figure(value);
    if !text.contains('.') || text.contains('e') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The quantity, if its distribution can be written in a line; one read from a curve of slips cannot.
fn quantity(value: &Value, unit: &str) -> Option<Quantity> {
    Some(Quantity {
        name: value.get("name")?.as_str()?.to_owned(),
        unit: unit.to_owned(),
        distribution: distribution(value.get("distribution")?)?,
        conversion: conversion(value.get("conversion")?)?,
        origin: Origin::Written,
        source: None,
        note: None,
        location: String::new(),
    })
}

fn distribution(value: &Value) -> Option<Distribution> {
    let number = |key: &str| value.get(key)?.as_f64();
    let numbers = |key: &str| -> Option<Vec<f64>> {
        let list = value.get(key)?.as_array()?.iter();
        list.map(Value::as_f64).collect()
    };
    Some(match value.get("distribution")?.as_str()? {
        "point" => Distribution::Point(number("value")?),
        "normal" => Distribution::Normal {
            mean: number("mean")?,
            sd: number("sd")?,
        },
        "lognormal" => Distribution::Lognormal {
            mu: number("mu")?,
            sigma: number("sigma")?,
        },
        "beta" => Distribution::Beta {
            a: number("a")?,
            b: number("b")?,
            low: number("low")?,
            high: number("high")?,
        },
        "triangular" => Distribution::Triangular {
            low: number("low")?,
            mode: number("mode")?,
            high: number("high")?,
        },
        "pert" => Distribution::Pert {
            low: number("low")?,
            mode: number("mode")?,
            high: number("high")?,
        },
        "uniform" => Distribution::Uniform {
            low: number("low")?,
            high: number("high")?,
        },
        "discrete" => Distribution::Discrete {
            values: numbers("values")?,
            weights: numbers("weights")?,
        },
        _ => return None,
    })
}

fn conversion(value: &Value) -> Option<Conversion> {
    let (kind, inner) = value.as_object()?.iter().next()?;
    let periods = || inner.get("periods")?.as_f64();
    Some(match kind.as_str() {
        "scale" => Conversion::Scale(inner.as_f64()?),
        "probability" => Conversion::Probability {
            periods: periods()?,
        },
        "retention" => Conversion::Retention {
            periods: periods()?,
        },
        "compound" => Conversion::Compound {
            periods: periods()?,
        },
        _ => return None,
    })
}

/// Any value in one line: numbers with four digits, members with their names.
fn line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let parts = members
                .iter()
                .map(|(key, value)| format!("{key} {}", line(value)));
            parts.collect::<Vec<_>>().join(", ")
        }
        Value::Array(list) => list.iter().map(line).collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.as_f64().map_or_else(String::new, figure),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
