//! The one reader of quantities: a number, a text with a unit, or a table with a distribution.

use crate::document::{Node, Place, Value};
use crate::reader::{Reader, Shape, Text};
use crate::set::SET_FILE;
use crate::units::{Kind, parse_measure};
use beachhead_engine::futures::distribution::{Conversion, Distribution};
use beachhead_engine::futures::fitting::{Description, Family, fit};
use beachhead_engine::scenario::Origin;
use serde_json::json;
use std::marker::PhantomData;
use std::ops::Deref;

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

    fn words(self) -> String {
        match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) if self.is_open_below => {
                format!("a value above {} and up to {}", self.low, self.high)
            }
            (true, true) => format!("a value from {} to {}", self.low, self.high),
            (true, false) if self.is_open_below => format!("a value above {}", self.low),
            (true, false) => format!("a value of at least {}", self.low),
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
    let keys: Vec<&str> = QUANTITY_KEYS.iter().chain(more_keys).copied().collect();
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

fn read_distribution(
    node: &Node,
    family_node: &Node,
    kind: Kind,
    unit: Option<&str>,
    reader: &mut Reader<'_>,
) -> Option<(Distribution, Conversion, String)> {
    let names: Vec<&str> = Family::ALL.iter().map(|family| family.name()).collect();
    let Some(family) = family_node.as_text().and_then(Family::from_name) else {
        let diagnostic = reader
            .error(
                family_node.place,
                format!("{} as a distribution", family_node.describe()),
            )
            .expected(format!("one of {}", crate::diagnostic::name_list(&names)))
            .nearest(family_node.as_text().unwrap_or(""), &names);
        reader.push(diagnostic);
        return None;
    };
    let parameters = read_parameters(node, kind, unit, reader)?;
    let conversion = common_conversion(node, &parameters, reader)?;
    let mut description = Description::default();
    let mut words = Vec::new();
    for parameter in &parameters {
        let value = |number: &Number| match conversion {
            Conversion::Scale(scale) => match number.conversion {
                Conversion::Scale(own) if own != scale => number.value * own / scale,
                _ => number.value,
            },
            _ => number.value,
        };
        let values: Vec<f64> = parameter.numbers.iter().map(value).collect();
        let texts: Vec<&str> = parameter
            .numbers
            .iter()
            .map(|number| number.text.as_str())
            .collect();
        words.push(format!("{} {}", parameter.key, texts.join(" / ")));
        match (parameter.key, values.first()) {
            ("values", _) => description.values = Some(values),
            ("weights", _) => description.weights = Some(values),
            (key, Some(value)) => drop(description.set(key, *value)),
            (_, None) => {}
        }
    }
    match fit(family, &description) {
        Ok(distribution) => Some((
            distribution,
            conversion,
            format!("{}: {}", family.name(), words.join(", ")),
        )),
        Err(problem) => {
            let message = problem.to_string();
            let key = message.split('`').nth(1).unwrap_or("");
            let at = node
                .as_table()
                .and_then(|table| table.get(key))
                .unwrap_or(family_node);
            let diagnostic = reader
                .error(at.place, format!("{message} (in `{}`)", reader.path()))
                .expected(format!(
                    "a {} distribution: {}",
                    family.name(),
                    family.takes()
                ));
            reader.push(diagnostic);
            None
        }
    }
}

/// One parameter of a distribution.
struct Parameter {
    key: &'static str,
    place: Place,
    numbers: Vec<Number>,
}

fn read_parameters(
    node: &Node,
    kind: Kind,
    unit: Option<&str>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Parameter>> {
    let table = node.as_table()?;
    let mut parameters = Vec::new();
    let mut is_complete = true;
    for key in &QUANTITY_KEYS[2..16] {
        let Some(value) = table.get(key) else {
            continue;
        };
        let items = match (&value.value, *key) {
            (Value::List(list), "values" | "weights") => list.iter().collect(),
            _ => vec![value],
        };
        // Weights are plain numbers whatever the values measure.
        let (kind, unit) = if *key == "weights" {
            (Kind::Number, None)
        } else {
            (kind, unit)
        };
        let numbers: Vec<Number> = reader.within(key, |reader| {
            items
                .iter()
                .filter_map(|item| read_number(item, kind, unit, reader))
                .collect()
        });
        is_complete &= numbers.len() == items.len();
        parameters.push(Parameter {
            key,
            place: value.place,
            numbers,
        });
    }
    is_complete.then_some(parameters)
}

/// The one unit in which all parameters are meant. Linear units mix; others must be the same.
fn common_conversion(
    node: &Node,
    parameters: &[Parameter],
    reader: &mut Reader<'_>,
) -> Option<Conversion> {
    let measured = parameters
        .iter()
        .filter(|parameter| parameter.key != "weights");
    let mut first: Option<Conversion> = None;
    for parameter in measured {
        for number in &parameter.numbers {
            match (first, number.conversion) {
                (None, own) => first = Some(own),
                (Some(Conversion::Scale(_)), Conversion::Scale(_)) => {}
                (Some(before), own) if before == own => {}
                _ => {
                    let diagnostic = reader
                        .error(
                            parameter.place,
                            format!("another period than before in `{}`", reader.path()),
                        )
                        .expected("all parameters of a distribution in the same unit");
                    reader.push(diagnostic);
                    return None;
                }
            }
        }
    }
    if first.is_none() {
        let diagnostic = reader.error(
            node.place,
            format!("a distribution without parameters in `{}`", reader.path()),
        );
        reader.push(diagnostic);
    }
    first
}

/// Whether all values that can be drawn are allowed; reports it if not.
fn in_domain(written: &Written, domain: Domain, reader: &mut Reader<'_>) -> bool {
    let (lowest, highest) = if written.distribution.is_certain() {
        (written.centre(), written.centre())
    } else {
        (written.quantile(TAIL), written.quantile(1.0 - TAIL))
    };
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

/// What a field measures and which values it takes, as a type.
pub trait Quantified {
    /// What it measures.
    const KIND: Kind;
    /// Which values it takes.
    const DOMAIN: Domain;
}

/// A quantity of a field of a known kind.
#[derive(Clone, Debug)]
pub struct Measured<Q> {
    written: Written,
    kind: PhantomData<Q>,
}

impl<Q> Deref for Measured<Q> {
    type Target = Written;

    fn deref(&self) -> &Written {
        &self.written
    }
}

impl<Q: Quantified> Shape for Measured<Q> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let written = read_quantity(node, Q::KIND, Q::DOMAIN, &[], reader);
        Self {
            written,
            kind: PhantomData,
        }
    }

    fn poison() -> Self {
        Self {
            written: Written::poison(Q::KIND),
            kind: PhantomData,
        }
    }

    fn describe(currency: &str) -> String {
        Q::KIND.expectation(currency)
    }

    fn schema() -> serde_json::Value {
        json!({ "$ref": "#/$defs/quantity", "x-unit": Q::KIND.base_unit("money") })
    }
}

macro_rules! quantified {
    ($( $(#[doc = $doc:literal])* $name:ident = $kind:ident, $domain:expr; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub enum $name {}
        impl Quantified for $name {
            const KIND: Kind = Kind::$kind;
            const DOMAIN: Domain = $domain;
        }
    )* };
}

quantified! {
    /// Any number.
    AnyNumber = Number, Domain::ANY;
    /// A number of at least 0.
    NotNegative = Number, Domain::NOT_NEGATIVE;
    /// A number of at most 0.
    NotPositive = Number, Domain::NOT_POSITIVE;
    /// A number above 0.
    Positive = Number, Domain::POSITIVE;
    /// A number from 0 to 2.
    UpToTwo = Number, Domain::between(0.0, 2.0);
    /// A number from 0 to 1 that is no share.
    UpToOne = Number, Domain::UNIT;
    /// A number above 0 and up to 1.
    Nest = Number, Domain::above(0.0, 1.0);
    /// A share.
    Share = Share, Domain::UNIT;
    /// A share of cost, which may exceed 1.
    Markup = Share, Domain::above(-1.0, f64::INFINITY);
    /// A tax on prices.
    TaxShare = Share, Domain::NOT_NEGATIVE;
    /// A probability a month.
    Probability = Probability, Domain::UNIT;
    /// What is kept a month.
    Retention = Retention, Domain::UNIT;
    /// A compound rate a year.
    RateAYear = RateAYear, Domain::above(-1.0, f64::INFINITY);
    /// A compound rate a month.
    RateAMonth = RateAMonth, Domain::above(-1.0, f64::INFINITY);
    /// Something a month.
    Flow = Flow, Domain::NOT_NEGATIVE;
    /// Utility a month.
    UtilityAMonth = Flow, Domain::NOT_NEGATIVE;
    /// Money.
    Money = Money, Domain::NOT_NEGATIVE;
    /// Money that may also come in.
    MoneyEitherWay = Money, Domain::ANY;
    /// Money for a unit.
    MoneyPerUnit = MoneyPerUnit, Domain::NOT_NEGATIVE;
    /// Money a month.
    MoneyPerMonth = MoneyPerMonth, Domain::NOT_NEGATIVE;
    /// Money a user and month.
    MoneyPerUser = MoneyPerUser, Domain::NOT_NEGATIVE;
    /// Utility per unit of money.
    PerMoney = PerMoney, Domain::POSITIVE;
    /// Months.
    Months = Duration, Domain::NOT_NEGATIVE;
    /// Months above 0.
    SomeMonths = Duration, Domain::POSITIVE;
    /// People.
    People = People, Domain::POSITIVE;
}

/// The JSON schema of a quantity.
pub fn quantity_schema() -> serde_json::Value {
    let one = json!({ "anyOf": [{ "type": "number" }, { "type": "string" }] });
    let mut properties = serde_json::Map::new();
    for key in &QUANTITY_KEYS {
        let schema = match *key {
            "distribution" => {
                let names: Vec<&str> = Family::ALL.iter().map(|family| family.name()).collect();
                json!({ "enum": names })
            }
            "values" | "weights" => json!({ "type": "array", "items": one }),
            "unit" | "source" | "note" => json!({ "type": "string" }),
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
