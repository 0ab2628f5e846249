//! The collecting reader: goes on after a mistake, so that all of them show at once.
//!
//! A record is declared once, by [`record!`]: the declaration is the Rust type, the reader, the list of
//! valid keys, the defaults, the JSON schema and the generated reference.

use crate::diagnostic::{Diagnostic, name_list};
use crate::document::{Files, Node, Place, Table, Value, parse_nowhere};
use serde_json::json;

/// What is being read, and what was found wrong so far.
#[derive(Debug)]
pub struct Reader<'f> {
    /// The texts, for messages.
    pub files: &'f Files,
    /// The scenario's currency; all money must be in it.
    pub currency: String,
    /// Mistakes and warnings so far.
    pub report: Vec<Diagnostic>,
    /// Defaults that were taken.
    pub defaults: Vec<DefaultUsed>,
    path: Vec<String>,
    in_default: bool,
}

/// A default that was taken because nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultUsed {
    /// Path in the scenario.
    pub name: String,
    /// The default as it would be written.
    pub value: String,
}

/// One key of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What stands if nothing is written, as TOML.
    pub default: Option<&'static str>,
    /// Its JSON schema.
    pub schema: fn() -> serde_json::Value,
    /// What it is, in words.
    pub describe: fn(&str) -> String,
    /// The fields inside, if it is a record, and how their path goes on (`.<id>` in lists and maps).
    pub inner: fn() -> Option<(&'static str, Vec<Field>)>,
}

/// What can stand in a scenario.
pub trait Shape: Sized {
    /// Reads a value; mistakes are reported and give [`Shape::poison`].
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self;
    /// A value that stands for one that could not be read, so that reading goes on.
    fn poison() -> Self;
    /// The value where nothing is written, if that is allowed.
    fn absent() -> Option<Self> {
        None
    }
    /// What is expected, in words.
    fn describe(currency: &str) -> String;
    /// JSON schema of what may be written.
    fn schema() -> serde_json::Value;
    /// The fields inside, for the reference.
    fn inner() -> Option<(&'static str, Vec<Field>)> {
        None
    }
}

/// A table with a fixed list of keys.
pub trait Record: Shape {
    /// What it is.
    const DOC: &'static str;
    /// Its keys.
    fn fields() -> Vec<Field>;
}

impl<'f> Reader<'f> {
    /// A reader of these texts.
    pub fn new(files: &'f Files, currency: &str) -> Self {
        Self {
            files,
            currency: currency.to_owned(),
            report: Vec::new(),
            defaults: Vec::new(),
            path: Vec::new(),
            in_default: false,
        }
    }

    /// Where we are, e.g. `networks.tel_one.churn`.
    pub fn path(&self) -> String {
        self.path.join(".")
    }

    /// Whether what is read now is a default.
    pub fn is_default(&self) -> bool {
        self.in_default
    }

    /// Reads with a longer path.
    pub fn within<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.to_owned());
        let value = read(self);
        self.path.pop();
        value
    }

    /// Keeps a mistake or a warning.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// An error at a place, to be completed and pushed.
    pub fn error(&self, place: Place, found: impl Into<String>) -> Diagnostic {
        self.files.error(place, found)
    }

    /// Reports a value of the wrong shape.
    pub fn wrong<T: Shape>(&mut self, node: &Node) -> T {
        let found = format!("{} in `{}`", node.describe(), self.path());
        let expected = T::describe(&self.currency);
        let diagnostic = self.error(node.place, found).expected(expected);
        self.push(diagnostic);
        T::poison()
    }

    /// The table of a record; keys that it does not know are reported.
    pub fn table<'n, T: Record>(&mut self, node: &'n Node) -> Option<&'n Table> {
        let Some(table) = node.as_table() else {
            let _: T = self.wrong(node);
            return None;
        };
        let keys: Vec<&str> = T::fields().iter().map(|field| field.key).collect();
        self.check_keys(table, &keys);
        Some(table)
    }

    /// Reports keys that are not in the list.
    pub fn check_keys(&mut self, table: &Table, keys: &[&str]) {
        for entry in table
            .entries
            .iter()
            .filter(|entry| !keys.contains(&entry.key.as_str()))
        {
            let path = self.path();
            let within = if path.is_empty() {
                String::new()
            } else {
                format!(" in `{path}`")
            };
            let diagnostic = self
                .error(entry.place, format!("unknown key `{}`{within}", entry.key))
                .expected(format!("one of {}", name_list(keys)))
                .nearest(&entry.key, keys);
            self.push(diagnostic);
        }
    }

    /// Reads one key of a record, or takes its default, or reports that it is missing.
    pub fn field<T: Shape>(
        &mut self,
        parent: &Node,
        table: &Table,
        key: &str,
        default: Option<&str>,
    ) -> T {
        self.within(key, |reader| match (table.get(key), default) {
            (Some(node), _) => T::read(node, reader),
            (None, Some(text)) => reader.default(text),
            (None, None) => T::absent().unwrap_or_else(|| {
                reader.missing::<T>(parent, key);
                T::poison()
            }),
        })
    }

    /// Reads a default at the path where we are, and notes that it was taken.
    pub fn default<T: Shape>(&mut self, text: &str) -> T {
        let Some(node) = parse_nowhere(text) else {
            return T::poison();
        };
        if !text.starts_with('{') {
            self.defaults.push(DefaultUsed {
                name: self.path(),
                value: text.to_owned(),
            });
        }
        let before = std::mem::replace(&mut self.in_default, true);
        let value = T::read(&node, self);
        self.in_default = before;
        value
    }

    fn missing<T: Shape>(&mut self, parent: &Node, key: &str) {
        let above = self.path[..self.path.len().saturating_sub(1)].join(".");
        let expected = T::describe(&self.currency);
        let diagnostic = if above.is_empty() {
            let file = self.files.name(parent.place).to_owned();
            Diagnostic::about_file(&file, format!("`{key}` is missing"))
        } else {
            self.error(parent.place, format!("`{key}` is missing in `{above}`"))
        };
        self.push(diagnostic.expected(expected).help(format!("add `{key}`")));
    }
}

/// A key as written in TOML: `r#for` is `for`.
pub const fn plain_key(name: &'static str) -> &'static str {
    let bytes = name.as_bytes();
    if bytes.len() > 2 && bytes[0] == b'r' && bytes[1] == b'#' {
        name.split_at(2).1
    } else {
        name
    }
}

/// The JSON schema of a record.
pub fn record_schema<T: Record>() -> serde_json::Value {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for field in T::fields() {
        let mut schema = (field.schema)();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), json!(field.doc.trim()));
            if let Some(default) = field.default {
                object.insert("x-default".to_owned(), json!(default));
            }
        }
        properties.insert(field.key.to_owned(), schema);
        if field.required {
            required.push(field.key);
        }
    }
    json!({
        "type": "object",
        "description": T::DOC.trim(),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Declares a record: its type, reader, keys, defaults and schema at once.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $(= $default:literal)? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            /// Where it stands.
            pub place: $crate::document::Place,
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }

        impl $crate::reader::Shape for $name {
            fn read(
                node: &$crate::document::Node,
                reader: &mut $crate::reader::Reader<'_>,
            ) -> Self {
                let Some(table) = reader.table::<Self>(node) else { return Self::poison() };
                Self {
                    place: node.place,
                    $( $field: reader.field(
                        node,
                        table,
                        const { $crate::reader::plain_key(stringify!($field)) },
                        $crate::reader::record!(@default $($default)?),
                    ), )*
                }
            }

            fn poison() -> Self {
                Self {
                    place: $crate::document::Place::NOWHERE,
                    $( $field: <$type as $crate::reader::Shape>::poison(), )*
                }
            }

            fn describe(_: &str) -> String {
                let keys: Vec<&str> = <Self as $crate::reader::Record>::fields()
                    .iter()
                    .filter(|field| field.required)
                    .map(|field| field.key)
                    .collect();
                if keys.is_empty() {
                    "a table".to_owned()
                } else {
                    format!("a table with {}", $crate::diagnostic::name_list(keys))
                }
            }

            fn schema() -> serde_json::Value {
                $crate::reader::record_schema::<Self>()
            }

            fn inner() -> Option<(&'static str, Vec<$crate::reader::Field>)> {
                Some(("", <Self as $crate::reader::Record>::fields()))
            }
        }

        impl $crate::reader::Record for $name {
            const DOC: &'static str = concat!($($doc),*);

            fn fields() -> Vec<$crate::reader::Field> {
                vec![ $( {
                    let default: Option<&'static str> =
                        $crate::reader::record!(@default $($default)?);
                    $crate::reader::Field {
                        key: const { $crate::reader::plain_key(stringify!($field)) },
                        doc: concat!($($field_doc),*),
                        required: default.is_none()
                            && <$type as $crate::reader::Shape>::absent().is_none(),
                        default,
                        schema: <$type as $crate::reader::Shape>::schema,
                        describe: <$type as $crate::reader::Shape>::describe,
                        inner: <$type as $crate::reader::Shape>::inner,
                    }
                } ),* ]
            }
        }
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
}

/// Declares a closed list of words.
macro_rules! choice {
    ($(#[doc = $doc:literal])* $name:ident { $( $(#[doc = $option_doc:literal])* $option:ident = $word:literal ),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[doc = $option_doc])* $option, )*
            /// Could not be read; reported already.
            Unread,
        }

        impl $crate::reader::Shape for $name {
            fn read(
                node: &$crate::document::Node,
                reader: &mut $crate::reader::Reader<'_>,
            ) -> Self {
                match node.as_text() {
                    $( Some($word) => Self::$option, )*
                    Some(found) => {
                        let words = [$($word),*];
                        let diagnostic = reader
                            .error(node.place, format!("\"{found}\" in `{}`", reader.path()))
                            .expected(format!("one of {}", $crate::diagnostic::name_list(words)))
                            .nearest(found, words);
                        reader.push(diagnostic);
                        Self::Unread
                    }
                    None => reader.wrong(node),
                }
            }

            fn poison() -> Self {
                Self::Unread
            }

            fn describe(_: &str) -> String {
                format!("one of {}", $crate::diagnostic::name_list([$($word),*]))
            }

            fn schema() -> serde_json::Value {
                serde_json::json!({ "enum": [$($word),*] })
            }
        }
    };
}

pub(crate) use {choice, record};

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
            let id = item
                .as_table()
                .and_then(|table| table.get("id"))
                .and_then(Node::as_text);
            id.map_or_else(|| (position + 1).to_string(), str::to_owned)
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
