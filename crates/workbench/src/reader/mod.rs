//! The collecting reader: goes on after a mistake, so that all of them show at once.
//!
//! A record is declared once, by `record!`: the declaration is the Rust type, the reader, the list of
//! valid keys, the defaults, the JSON schema and the generated reference.

mod controls;
mod macros;
mod shapes;

pub(crate) use controls::without_controls;
pub(crate) use macros::{choice, record};
pub use shapes::{Id, Later, Map, Name, OneOrMany, Text, Whole, is_id, is_name, suggested_id};

use crate::diagnostic::{Diagnostic, name_list};
use crate::document::{Files, Node, Place, Table, parse_nowhere};
use crate::scenario::Announcements;
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
    /// Records of announcements, which lengths of time may be read from.
    pub announcements: Announcements,
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
            announcements: Announcements::default(),
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
