//! Texts, ids, whole numbers, lists and maps.

use super::{Field, Reader, Shape};
use crate::document::{Node, Place, Table, Value};
use serde_json::json;

/// A text with its place. Empty if it could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Text {
    /// Whether it could not be read, which has been reported already.
    pub fn is_poison(&self) -> bool {
        self.text.is_empty()
    }
}

impl Shape for Text {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.as_text() {
            Some(text) if !text.trim().is_empty() => Self {
                text: text.to_owned(),
                place: node.place,
            },
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self {
            text: String::new(),
            place: Place::NOWHERE,
        }
    }

    fn describe(_: &str) -> String {
        "a text in quotes".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// A name given to something: `[a-z][a-z0-9_]*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Id(pub Text);

/// Whether a text can be an id.
pub fn is_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A valid id made from a text that is not one.
pub fn suggested_id(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if plain.starts_with(|first: char| first.is_ascii_lowercase()) {
        plain
    } else {
        format!("x_{}", plain.trim_start_matches('_'))
    }
}

impl Shape for Id {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.as_text() {
            Some(text) if is_id(text) => Self(Text {
                text: text.to_owned(),
                place: node.place,
            }),
            Some(text) if !text.trim().is_empty() => {
                let diagnostic = reader
                    .error(node.place, format!("\"{text}\" is not an id"))
                    .expected(Self::describe(""))
                    .help(format!("write \"{}\"", suggested_id(text)));
                reader.push(diagnostic);
                Self::poison()
            }
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self(Text::poison())
    }

    fn describe(_: &str) -> String {
        "an id: small letters, digits and _, beginning with a letter".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[a-z][a-z0-9_]*$" })
    }
}

/// A name that files are called by: no path, no blank, nothing hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct Name(pub Text);

/// Longest name.
const LONGEST_NAME: usize = 64;

/// Whether a text can be a name of files: `[A-Za-z0-9][A-Za-z0-9_-]{0,63}`.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= LONGEST_NAME
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-')
}

impl Shape for Name {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.as_text() {
            Some(text) if is_name(text) => Self(Text {
                text: text.to_owned(),
                place: node.place,
            }),
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self(Text::poison())
    }

    fn describe(_: &str) -> String {
        format!(
            "a name: letters, digits, `_` and `-`, at most {LONGEST_NAME}, beginning with a letter or digit"
        )
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" })
    }
}

/// True or false.
impl Shape for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.value {
            Value::Bool(truth) => truth,
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        false
    }

    fn describe(_: &str) -> String {
        "true or false".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "boolean" })
    }
}

/// A whole number between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const MIN: i64, const MAX: i64> {
    /// The number.
    pub value: i64,
    /// Where it stands.
    pub place: Place,
}

impl<const MIN: i64, const MAX: i64> Shape for Whole<MIN, MAX> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.value {
            Value::Integer(value) if (MIN..=MAX).contains(&value) => Self {
                value,
                place: node.place,
            },
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self {
            value: MIN,
            place: Place::NOWHERE,
        }
    }

    fn describe(_: &str) -> String {
        if MAX == i64::MAX {
            format!("a whole number of at least {MIN}")
        } else {
            format!("a whole number from {MIN} to {MAX}")
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

impl<T: Shape> Shape for Option<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        Some(T::read(node, reader))
    }

    fn poison() -> Self {
        None
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn describe(currency: &str) -> String {
        T::describe(currency)
    }

    fn schema() -> serde_json::Value {
        T::schema()
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        T::inner()
    }
}

/// A list; nothing written is an empty one.
impl<T: Shape> Shape for Vec<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let Value::List(list) = &node.value else {
            return reader.wrong(node);
        };
        let step = |position: usize, item: &Node| {
            let text = |key: &str| item.as_table()?.get(key)?.as_text();
            let target = || {
                let of = ["product", "brand", "segment"].into_iter().find_map(text);
                let target = text("target")?;
                Some(of.map_or_else(|| target.to_owned(), |of| format!("{target}.{of}")))
            };
            let id = text("id").map(str::to_owned).or_else(target);
            id.unwrap_or_else(|| (position + 1).to_string())
        };
        list.iter()
            .enumerate()
            .map(|(position, item)| {
                reader.within(&step(position, item), |reader| T::read(item, reader))
            })
            .collect()
    }

    fn poison() -> Self {
        Vec::new()
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }

    fn describe(currency: &str) -> String {
        format!("a list, each {}", T::describe(currency))
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "array", "items": T::schema() })
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        T::inner().map(|(_, fields)| (".<id>", fields))
    }
}

/// One value or a list of them.
#[derive(Clone, Debug)]
pub struct OneOrMany<T> {
    /// The values.
    pub list: Vec<T>,
    /// Where they stand.
    pub place: Place,
}

impl<T: Shape> Shape for OneOrMany<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let list = match &node.value {
            Value::List(list) => list.iter().map(|item| T::read(item, reader)).collect(),
            _ => vec![T::read(node, reader)],
        };
        Self {
            list,
            place: node.place,
        }
    }

    fn poison() -> Self {
        Self {
            list: Vec::new(),
            place: Place::NOWHERE,
        }
    }

    fn describe(currency: &str) -> String {
        format!("{}, or a list of them", T::describe(currency))
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [T::schema(), { "type": "array", "items": T::schema() }] })
    }
}

/// Values by name, in the order written.
#[derive(Clone, Debug)]
pub struct Map<T> {
    /// Names and values.
    pub entries: Vec<(Text, T)>,
    /// Where it stands.
    pub place: Place,
}

impl<T> Map<T> {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map(|(_, value)| value)
    }
}

impl<T: Shape> Shape for Map<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let Some(table) = node.as_table() else {
            return reader.wrong(node);
        };
        let entries = table
            .entries
            .iter()
            .enumerate()
            .map(|(position, entry)| {
                // A key that is a condition would not do as a step of a path.
                let is_step = !entry.key.contains(['.', ' ', '=']);
                let step = if is_step {
                    entry.key.clone()
                } else {
                    (position + 1).to_string()
                };
                let value = reader.within(&step, |reader| T::read(&entry.node, reader));
                (
                    Text {
                        text: entry.key.clone(),
                        place: entry.place,
                    },
                    value,
                )
            })
            .collect();
        Self {
            entries,
            place: node.place,
        }
    }

    fn poison() -> Self {
        Self {
            entries: Vec::new(),
            place: Place::NOWHERE,
        }
    }

    fn absent() -> Option<Self> {
        Some(Self::poison())
    }

    fn describe(currency: &str) -> String {
        format!("a table, for each name {}", T::describe(currency))
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        T::inner().map(|(_, fields)| (".<id>", fields))
    }
}

/// A value that is read later, when what it must be is known.
#[derive(Clone, Debug)]
pub struct Later {
    /// The value as a tree.
    pub node: Node,
}

impl Shape for Later {
    fn read(node: &Node, _: &mut Reader<'_>) -> Self {
        Self { node: node.clone() }
    }

    fn poison() -> Self {
        Self {
            node: Node {
                place: Place::NOWHERE,
                value: Value::Table(Table::default()),
            },
        }
    }

    fn describe(_: &str) -> String {
        "a quantity".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "$ref": "#/$defs/quantity" })
    }
}
