//! Input text as a tree in which every key and value knows its place.

use crate::diagnostic::{Diagnostic, Severity};
use std::ops::Range;
use toml::de::{DeArray, DeTable, DeValue};

/// A range of characters in one of the files of [`Files`], or nowhere (a default).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    file: u32,
    start: u32,
    end: u32,
}

impl Place {
    /// Of what is written nowhere.
    pub const NOWHERE: Self = Self {
        file: u32::MAX,
        start: 0,
        end: 0,
    };

    /// Bytes `range` of file number `file`.
    pub fn new(file: usize, range: Range<usize>) -> Self {
        let position = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            file: position(file),
            start: position(range.start),
            end: position(range.end),
        }
    }

    /// Whether it is nowhere.
    pub fn is_nowhere(self) -> bool {
        self.file == u32::MAX
    }

    /// Bytes `range` of what stands here.
    #[must_use]
    pub fn part(self, range: Range<usize>) -> Self {
        let position = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let at = |offset: usize| self.start.saturating_add(position(offset)).min(self.end);
        Self {
            start: at(range.start),
            end: at(range.end),
            ..self
        }
    }

    /// From the start of this to the end of the other, in the same file.
    #[must_use]
    pub fn to(self, other: Place) -> Self {
        if self.file == other.file {
            Self {
                end: other.end.max(self.end),
                ..self
            }
        } else {
            self
        }
    }
}

/// The texts that were read, for messages.
#[derive(Clone, Debug, Default)]
pub struct Files {
    list: Vec<SourceFile>,
}

#[derive(Clone, Debug)]
struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Files {
    /// Keeps a text under the name that users know and gives its number.
    pub fn add(&mut self, name: &str, text: String) -> usize {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        self.list.push(SourceFile {
            name: name.to_owned(),
            text,
            line_starts,
        });
        self.list.len() - 1
    }

    /// The number of the file of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|file| file.name == name)
    }

    /// The text of a file.
    pub fn text(&self, file: usize) -> &str {
        self.list.get(file).map_or("", |file| &file.text)
    }

    /// What is written at a place.
    pub fn text_at(&self, place: Place) -> &str {
        self.list
            .get(place.file as usize)
            .and_then(|file| file.text.get(place.start as usize..place.end as usize))
            .unwrap_or("")
    }

    /// The name of the file of a place, empty if nowhere.
    pub fn name(&self, place: Place) -> &str {
        self.list
            .get(place.file as usize)
            .map_or("", |file| &file.name)
    }

    /// `file:line` of a place, empty if nowhere.
    pub fn location(&self, place: Place) -> String {
        match self.list.get(place.file as usize) {
            Some(file) => format!("{}:{}", file.name, file.line(place.start as usize)),
            None => String::new(),
        }
    }

    /// The place of a whole line (from 1) without its end.
    pub fn line_place(&self, file: usize, line: usize) -> Place {
        let Some(source) = self.list.get(file) else {
            return Place::NOWHERE;
        };
        let (start, text) = source.line_text(line);
        Place::new(file, start..start + text.len())
    }

    /// An error at a place.
    pub fn error(&self, place: Place, found: impl Into<String>) -> Diagnostic {
        self.diagnostic(Severity::Error, place, found)
    }

    /// A warning at a place.
    pub fn warning(&self, place: Place, found: impl Into<String>) -> Diagnostic {
        self.diagnostic(Severity::Warning, place, found)
    }

    fn diagnostic(&self, severity: Severity, place: Place, found: impl Into<String>) -> Diagnostic {
        let Some(file) = self.list.get(place.file as usize) else {
            return Diagnostic {
                severity,
                ..Diagnostic::about_file("defaults", found)
            };
        };
        let start = file.floor(place.start as usize);
        let line = file.line(start);
        let (line_start, line_text) = file.line_text(line);
        let count = |range: Range<usize>| file.text.get(range).map_or(0, |t| t.chars().count());
        let line_end = line_start + line_text.len();
        let end = file
            .floor(place.end as usize)
            .clamp(start.min(line_end), line_end);
        Diagnostic {
            severity,
            line,
            column: count(line_start..start) + 1,
            width: count(start.min(end)..end).max(1),
            source_line: line_text.to_owned(),
            ..Diagnostic::about_file(&file.name, found)
        }
    }
}

impl SourceFile {
    /// Line number from 1 of a byte.
    fn line(&self, offset: usize) -> usize {
        self.line_starts
            .partition_point(|start| *start <= offset)
            .max(1)
    }

    /// Start and text of a line (from 1), without its end.
    fn line_text(&self, line: usize) -> (usize, &str) {
        let start = self
            .line_starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or("");
        (
            start,
            rest.split('\n').next().unwrap_or("").trim_end_matches('\r'),
        )
    }

    /// The nearest character boundary at or before a byte.
    fn floor(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it is written.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a value can be.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number that is exactly an integer of 64 bits.
    Integer(i64),
    /// Any other number, also infinities and not-a-number.
    Float(f64),
    /// Truth.
    Bool(bool),
    /// A date or time as written.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// Keys and values in the order written.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub place: Place,
    /// Its value.
    pub node: Node,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.node)
    }

    /// Sets a key, keeping its position if it is there already.
    pub fn set(&mut self, key: &str, place: Place, node: Node) {
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => {
                entry.place = place;
                entry.node = node;
            }
            None => self.entries.push(Entry {
                key: key.to_owned(),
                place,
                node,
            }),
        }
    }

    /// The keys in the order written.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }
}

impl Node {
    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value {
            Some(table)
        } else {
            None
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value {
            Some(text)
        } else {
            None
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// What it is, in words, for messages.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text \"{text}\""),
            Value::Integer(number) => format!("the number {number}"),
            Value::Float(number) => format!("the number {number}"),
            Value::Bool(truth) => format!("`{truth}`"),
            Value::Date(date) => format!("the date {date}"),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }
}

/// Reads file number `file` as TOML.
///
/// # Errors
/// The first mistake of syntax, with its place.
pub fn parse_toml(files: &Files, file: usize) -> Result<Node, Box<Diagnostic>> {
    let text = files.text(file);
    let parsed = DeTable::parse(text).map_err(|error| syntax_error(files, file, 0, &error))?;
    let place = Place::new(file, parsed.span());
    Ok(Node {
        place,
        value: Value::Table(table(parsed.get_ref(), file, 0)),
    })
}

/// Reads a part of file number `file` as one TOML value.
///
/// # Errors
/// The first mistake of syntax, with its place.
pub fn parse_toml_value(
    files: &Files,
    file: usize,
    range: Range<usize>,
) -> Result<Node, Box<Diagnostic>> {
    let start = range.start;
    let text = files.text(file).get(range).unwrap_or("");
    let parsed = DeValue::parse(text).map_err(|error| syntax_error(files, file, start, &error))?;
    Ok(node(parsed.get_ref(), parsed.span(), file, start))
}

/// Reads a text that stands in no file, such as a default.
pub fn parse_nowhere(text: &str) -> Option<Node> {
    let parsed = DeValue::parse(text).ok()?;
    let mut tree = node(parsed.get_ref(), parsed.span(), 0, 0);
    forget_places(&mut tree);
    Some(tree)
}

fn forget_places(node: &mut Node) {
    node.place = Place::NOWHERE;
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(forget_places),
        Value::Table(table) => table.entries.iter_mut().for_each(|entry| {
            entry.place = Place::NOWHERE;
            forget_places(&mut entry.node);
        }),
        _ => {}
    }
}

fn syntax_error(
    files: &Files,
    file: usize,
    offset: usize,
    error: &toml::de::Error,
) -> Box<Diagnostic> {
    let span = error.span().unwrap_or(0..0);
    let place = Place::new(file, span.start + offset..span.end + offset);
    let mut lines = error.message().lines();
    let found = format!("not valid TOML: {}", lines.next().unwrap_or("syntax error"));
    Box::new(
        files
            .error(place, found)
            .help(lines.collect::<Vec<_>>().join("; ")),
    )
}

fn table(table: &DeTable<'_>, file: usize, offset: usize) -> Table {
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|(key, value)| {
            let span = key.span();
            let entry = Entry {
                key: key.get_ref().to_string(),
                place: Place::new(file, span.start + offset..span.end + offset),
                node: node(value.get_ref(), value.span(), file, offset),
            };
            (span.start, entry)
        })
        .collect();
    entries.sort_by_key(|(start, _)| *start);
    Table {
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
    }
}

fn list(list: &DeArray<'_>, file: usize, offset: usize) -> Vec<Node> {
    list.iter()
        .map(|value| node(value.get_ref(), value.span(), file, offset))
        .collect()
}

fn node(value: &DeValue<'_>, span: Range<usize>, file: usize, offset: usize) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        },
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(values) => Value::List(list(values, file, offset)),
        DeValue::Table(entries) => Value::Table(table(entries, file, offset)),
    };
    Node {
        place: Place::new(file, span.start + offset..span.end + offset),
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Files, Result<Node, Box<Diagnostic>>) {
        let mut files = Files::default();
        let file = files.add("scenario.toml", text.to_owned());
        let tree = parse_toml(&files, file);
        (files, tree)
    }

    #[test]
    fn places_are_lines_and_columns() {
        let (files, tree) = read("# é\n[a]\nb = \"ü\"\nc = 2018-07-01\n");
        let tree = tree.unwrap();
        let inner = tree
            .as_table()
            .unwrap()
            .get("a")
            .unwrap()
            .as_table()
            .unwrap();
        assert_eq!(inner.keys().collect::<Vec<_>>(), ["b", "c"]);
        let found = files.error(inner.get("c").unwrap().place, "x");
        assert_eq!((found.line, found.column, found.width), (4, 5, 10));
        assert_eq!(found.source_line, "c = 2018-07-01");
    }

    #[test]
    fn a_mistake_of_syntax_has_its_place() {
        let (_, tree) = read("a = 1\nb = = 2\n");
        let mistake = tree.unwrap_err();
        assert_eq!(mistake.line, 2);
        assert!(mistake.found.contains("TOML"), "{mistake}");
    }
}
