//! The one reader of quantities: a number, a text with a unit, or a table with a distribution.

mod distribution;
mod kinds;
mod slip;

pub use kinds::*;
pub use slip::{SLIP, SLIP_KEYS};

use self::distribution::read_distribution;
use self::slip::read_slip;
use crate::document::{Node, Place, Value};
use crate::reader::{Reader, Shape, Text};
use crate::set::SET_FILE;
use crate::units::{Kind, parse_measure};
use beachhead_engine::futures::distribution::{Conversion, Distribution};
use beachhead_engine::futures::fitting::Family;
use beachhead_engine::scenario::Origin;
use serde_json::json;

/// Keys of a quantity that is a table.
pub const QUANTITY_KEYS: [&str; 19] = [
    "value",
    "distribution",
    "mean",
    "sd",
    "low",
    "mode",
    "high",
    "p05",
    "p10",
    "p25",
    "p50",
    "p75",
    "p90",
    "p95",
    "values",
    "weights",
    "unit",
    "source",
    "note",
];

/// Said of quantities that the command line replaced.
pub const SET_NOTE: &str = "set on the command line";

/// A quantity as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its path in the scenario.
    pub name: String,
    /// What it measures.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
    /// In the written unit.
    pub distribution: Distribution,
    /// From the written unit to the base unit.
    pub conversion: Conversion,
    /// As written, on one line.
    pub text: String,
    /// Id of its source.
    pub source: Option<Text>,
    /// Why it is so.
    pub note: Option<String>,
    /// Written, or a default.
    pub origin: Origin,
    /// It could not be read, which has been reported already.
    pub is_poison: bool,
}

/// Which values a field may take, in its base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Domain {
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
    /// Whether the lowest itself is not allowed.
    pub is_open_below: bool,
}

impl Domain {
    /// All finite numbers.
    pub const ANY: Self = Self::between(f64::NEG_INFINITY, f64::INFINITY);
    /// 0 to 1.
    pub const UNIT: Self = Self::between(0.0, 1.0);
    /// 0 or more.
    pub const NOT_NEGATIVE: Self = Self::between(0.0, f64::INFINITY);
    /// 0 or less.
    pub const NOT_POSITIVE: Self = Self::between(f64::NEG_INFINITY, 0.0);
    /// Above 0.
    pub const POSITIVE: Self = Self::above(0.0, f64::INFINITY);

    /// Both ends allowed.
    pub const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            is_open_below: false,
        }
    }

    /// The upper end allowed, the lower not.
    pub const fn above(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            is_open_below: true,
        }
    }

    fn is_below(self, value: f64) -> bool {
        value < self.low || (self.is_open_below && value == self.low)
    }

    /// Both bounds in words; nothing where an end is open to infinity.
    pub fn bounds(self) -> Option<String> {
        let is_bounded = self.low.is_finite() && self.high.is_finite();
        is_bounded.then(|| {
            if self.is_open_below {
                format!("above {} and up to {}", self.low, self.high)
            } else {
                format!("from {} to {}", self.low, self.high)
            }
        })
    }

    fn words(self) -> String {
        if let Some(bounds) = self.bounds() {
            return format!("a value {bounds}");
        }
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, _) if self.is_open_below => format!("a value above {}", self.low),
            (true, _) => format!("a value of at least {}", self.low),
            (false, true) => format!("a value of at most {}", self.high),
            (false, false) => "a finite value".to_owned(),
        }
    }
}

/// How far into the tails of an unbounded distribution a field's domain must hold: a run of any length
/// in sight does not go further.
const TAIL: f64 = 1e-9;

impl Written {
    /// A quantity that could not be read.
    pub fn poison(kind: Kind) -> Self {
        Self {
            name: String::new(),
            kind,
            place: Place::NOWHERE,
            distribution: Distribution::Point(0.0),
            conversion: Conversion::NONE,
            text: String::new(),
            source: None,
            note: None,
            origin: Origin::Written,
            is_poison: true,
        }
    }

    /// The value of a central run, in the base unit.
    pub fn centre(&self) -> f64 {
        self.conversion.apply(self.distribution.centre())
    }

    /// The lowest value that a run can draw, in the base unit.
    pub fn lowest(&self) -> f64 {
        if self.distribution.is_certain() {
            self.centre()
        } else {
            self.quantile(TAIL)
        }
    }

    /// The highest value that a run can draw, in the base unit.
    pub fn highest(&self) -> f64 {
        if self.distribution.is_certain() {
            self.centre()
        } else {
            self.quantile(1.0 - TAIL)
        }
    }

    /// The quantile at `u`, in the base unit.
    pub fn quantile(&self, u: f64) -> f64 {
        self.conversion.apply(self.distribution.quantile(u))
    }
}

/// Reads a quantity of a kind; `more_keys` are keys of the same table that others read.
pub fn read_quantity(
    node: &Node,
    kind: Kind,
    domain: Domain,
    more_keys: &[&str],
    reader: &mut Reader<'_>,
) -> Written {
    let written = match &node.value {
        Value::Table(_) => read_table(node, kind, more_keys, reader),
        _ => read_number(node, kind, None, reader).map(|number| Written {
            distribution: Distribution::Point(number.value),
            conversion: number.conversion,
            text: number.text,
            ..Written::poison(kind)
        }),
    };
    let Some(mut written) = written else {
        return Written::poison(kind);
    };
    written.name = reader.path();
    written.place = node.place;
    if reader.files.name(node.place) == SET_FILE {
        written.note = Some(SET_NOTE.to_owned());
    }
    written.origin = if reader.is_default() {
        Origin::Default
    } else {
        Origin::Written
    };
    written.is_poison = !in_domain(&written, domain, reader);
    written
}

/// One number with its unit.
struct Number {
    value: f64,
    conversion: Conversion,
    text: String,
}

fn read_number(
    node: &Node,
    kind: Kind,
    unit: Option<&str>,
    reader: &mut Reader<'_>,
) -> Option<Number> {
    let path = reader.path();
    match (&node.value, node.as_number()) {
        (_, Some(value)) if !value.is_finite() => {
            let diagnostic = reader
                .error(node.place, format!("{value} in `{path}`"))
                .expected("a finite number");
            reader.push(diagnostic);
            None
        }
        (_, Some(value)) => match unit {
            Some(unit) => read_text(node, &format!("{value} {unit}"), kind, reader),
            None => {
                let conversion = kind.base_conversion();
                Some(Number {
                    value,
                    conversion,
                    text: value.to_string(),
                })
            }
        },
        (Value::Text(text), _) => read_text(node, text, kind, reader),
        _ => {
            let diagnostic = reader
                .error(node.place, format!("{} in `{path}`", node.describe()))
                .expected(kind.expectation(&reader.currency));
            reader.push(diagnostic);
            None
        }
    }
}

fn read_text(node: &Node, text: &str, kind: Kind, reader: &mut Reader<'_>) -> Option<Number> {
    match parse_measure(text, kind, &reader.currency) {
        Ok(measure) => Some(Number {
            value: measure.value,
            conversion: measure.conversion,
            text: text.to_owned(),
        }),
        Err(problem) => {
            let diagnostic = reader
                .error(
                    node.place,
                    format!("{} in `{}`", problem.found, reader.path()),
                )
                .expected(kind.expectation(&reader.currency))
                .help(problem.help);
            reader.push(diagnostic);
            None
        }
    }
}

fn read_table(
    node: &Node,
    kind: Kind,
    more_keys: &[&str],
    reader: &mut Reader<'_>,
) -> Option<Written> {
    let table = node.as_table()?;
    let is_slip = table.get("distribution").and_then(Node::as_text) == Some(SLIP);
    let usual: &[&str] = if is_slip {
        &["distribution", "of", "kind", "after", "source", "note"]
    } else {
        &QUANTITY_KEYS
    };
    let keys: Vec<&str> = usual.iter().chain(more_keys).copied().collect();
    if !is_slip && distribution::has_other_quantiles(table, &keys, reader) {
        return None;
    }
    reader.check_keys(table, &keys);
    let text_of = |key: &str, reader: &mut Reader<'_>| {
        table
            .get(key)
            .map(|node| reader.within(key, |reader| Text::read(node, reader)))
    };
    let source = text_of("source", reader);
    let note = text_of("note", reader);
    let unit = text_of("unit", reader).map(|unit| unit.text);
    let (distribution, conversion, text) = match (table.get("distribution"), table.get("value")) {
        (Some(_), _) if is_slip => read_slip(node, kind, reader)?,
        (Some(family), None) => read_distribution(node, family, kind, unit.as_deref(), reader)?,
        (None, Some(value)) => {
            let number = read_number(value, kind, unit.as_deref(), reader)?;
            reject_shape_keys(node, reader);
            (
                Distribution::Point(number.value),
                number.conversion,
                number.text,
            )
        }
        (both, _) => {
            let found = if both.is_some() {
                "both `value` and `distribution`"
            } else {
                "neither `value` nor `distribution`"
            };
            let diagnostic = reader
                .error(node.place, format!("{found} in `{}`", reader.path()))
                .expected(format!(
                    "`value` ({}) or `distribution`",
                    kind.expectation(&reader.currency)
                ));
            reader.push(diagnostic);
            return None;
        }
    };
    let note = note.map(|note| note.text).filter(|note| !note.is_empty());
    let source = source.filter(|source| !source.is_poison());
    Some(Written {
        distribution,
        conversion,
        text,
        source,
        note,
        ..Written::poison(kind)
    })
}

/// Keys that describe a distribution mean nothing beside a plain value.
fn reject_shape_keys(node: &Node, reader: &mut Reader<'_>) {
    let Some(table) = node.as_table() else { return };
    for entry in table
        .entries
        .iter()
        .filter(|entry| QUANTITY_KEYS[2..16].contains(&entry.key.as_str()))
    {
        let diagnostic = reader
            .error(
                entry.place,
                format!("`{}` beside `value` in `{}`", entry.key, reader.path()),
            )
            .expected("either a certain `value` or a `distribution` with its parameters")
            .help("name the distribution instead of `value`, or leave this key out");
        reader.push(diagnostic);
    }
}

/// Whether all values that can be drawn are allowed; reports it if not.
fn in_domain(written: &Written, domain: Domain, reader: &mut Reader<'_>) -> bool {
    let (lowest, highest) = (written.lowest(), written.highest());
    let beyond = if lowest.is_nan() || domain.is_below(lowest) {
        Some(lowest)
    } else if highest.is_nan() || highest > domain.high {
        Some(highest)
    } else {
        None
    };
    let Some(value) = beyond else { return true };
    let path = reader.path();
    let mut diagnostic = if written.distribution.is_certain() {
        reader.error(
            written.place,
            format!("{} is out of range in `{path}`", written.text),
        )
    } else {
        let family = written.distribution.family();
        reader
            .error(
                written.place,
                format!("the {family} distribution of `{path}` reaches {value}"),
            )
            .help("bound it: `beta`, `triangular`, `pert` and `uniform` take `low` and `high`")
    };
    diagnostic.expected = domain.words();
    reader.push(diagnostic);
    false
}

/// What `distribution` may name.
fn family_names() -> Vec<&'static str> {
    let families = Family::ALL.iter().map(|family| family.name());
    families.chain([SLIP]).collect()
}

/// The JSON schema of a quantity.
pub fn quantity_schema() -> serde_json::Value {
    let one = json!({ "anyOf": [{ "type": "number" }, { "type": "string" }] });
    let mut properties = serde_json::Map::new();
    for key in QUANTITY_KEYS.iter().chain(&SLIP_KEYS) {
        let schema = match *key {
            "distribution" => {
                let names: Vec<&str> = family_names();
                json!({ "enum": names })
            }
            "values" | "weights" => json!({ "type": "array", "items": one }),
            "of" | "kind" | "unit" | "source" | "note" => json!({ "type": "string" }),
            _ => one.clone(),
        };
        properties.insert((*key).to_owned(), schema);
    }
    json!({
        "description": "A number in the field's base unit, a text with a unit, or a table with a value or a distribution.",
        "anyOf": [
            { "type": "number" },
            { "type": "string" },
            { "type": "object", "properties": properties },
        ],
    })
}
