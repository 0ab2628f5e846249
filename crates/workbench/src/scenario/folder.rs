//! The folder of a scenario: its files, which never lead out of it, as trees.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{Entry, Files, Node, Place, Table as Tree, Value, parse_toml};
use crate::table;
use std::path::{Component, Path, PathBuf};

/// The file that makes a folder a scenario.
pub const SCENARIO_FILE: &str = "scenario.toml";

/// The format that this release reads.
pub const FORMAT: i64 = 1;

/// A scenario's folder, found.
#[derive(Debug)]
pub(super) struct Folder {
    /// Without links.
    root: PathBuf,
}

impl Folder {
    /// Opens a scenario's folder, or the folder of a `scenario.toml`.
    ///
    /// # Errors
    /// A path that is no scenario.
    pub(super) fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let is_file = path.file_name().is_some_and(|name| name == SCENARIO_FILE) && path.is_file();
        let folder = if is_file {
            path.parent().unwrap_or(path)
        } else {
            path
        };
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let name = path.display().to_string();
        let root = folder.canonicalize().map_err(|error| {
            Diagnostic::about_file(&name, format!("cannot open this folder: {error}"))
                .expected("the folder of a scenario")
                .help("`beachhead new DIR` makes one that runs as it is")
        })?;
        if !root.join(SCENARIO_FILE).is_file() {
            let found = Diagnostic::about_file(&name, format!("no {SCENARIO_FILE} here"))
                .expected(format!("a folder with {SCENARIO_FILE}"))
                .help("`beachhead new DIR` makes one that runs as it is");
            return Err(Box::new(found));
        }
        Ok(Self { root })
    }

    /// Reads `scenario.toml`.
    ///
    /// # Errors
    /// Unreadable, not UTF-8, not TOML, or another format.
    pub(super) fn read_scenario(&self, files: &mut Files) -> Result<Node, Box<Diagnostic>> {
        let bytes = std::fs::read(self.root.join(SCENARIO_FILE)).map_err(|error| {
            Diagnostic::about_file(SCENARIO_FILE, format!("cannot read this file: {error}"))
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            not_utf8(SCENARIO_FILE, error.as_bytes(), valid)
        })?;
        let file = files.add(SCENARIO_FILE, text);
        let tree = parse_toml(files, file)?;
        check_format(&tree, files)?;
        Ok(tree)
    }

    /// The path of a file that the scenario names.
    ///
    /// # Errors
    /// A path that leaves the folder, by `..`, from the root, or by a link.
    pub(super) fn path_of(&self, name: &str) -> Result<PathBuf, String> {
        let written = Path::new(name);
        let stays = written
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !stays || name.contains('\\') {
            return Err(format!("the path \"{name}\" leaves the scenario's folder"));
        }
        let path = self.root.join(written);
        match path.canonicalize() {
            Ok(real) if real.starts_with(&self.root) => Ok(real),
            Ok(_) => Err(format!(
                "the path \"{name}\" leaves the scenario's folder by a link"
            )),
            Err(error) => Err(format!("cannot open \"{name}\": {error}")),
        }
    }

    /// Whether the folder has a file of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }
}

fn not_utf8(name: &str, bytes: &[u8], valid: usize) -> Diagnostic {
    let before = String::from_utf8_lossy(&bytes[..valid]).into_owned();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let mut diagnostic = Diagnostic::about_file(name, "a byte that is not UTF-8 text")
        .expected("text in UTF-8")
        .help("save the file as UTF-8");
    diagnostic.line = before.matches('\n').count() + 1;
    diagnostic.column = before[line_start..].chars().count() + 1;
    diagnostic.width = 1;
    let rest = String::from_utf8_lossy(&bytes[valid..]).into_owned();
    let line_end = rest.lines().next().unwrap_or("").to_owned();
    diagnostic.source_line = format!("{}{line_end}", &before[line_start..]);
    diagnostic
}

fn check_format(tree: &Node, files: &Files) -> Result<(), Box<Diagnostic>> {
    let format = tree.as_table().and_then(|table| table.get("format"));
    match format.map(|node| (&node.value, node.place)) {
        Some((Value::Integer(number), place)) if *number != FORMAT => {
            let help = "this scenario was written for another release of beachhead; use that one, \
                        or change the scenario to this format";
            let found = files.error(place, format!("format = {number}"));
            Err(Box::new(
                found.expected(format!("format = {FORMAT}")).help(help),
            ))
        }
        _ => Ok(()),
    }
}

/// A table as a list of rows, each a table of texts by column; empty cells are empty texts.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The rows.
    pub list: Node,
    /// Names of the columns with their places.
    pub columns: Vec<(String, Place)>,
}

impl Rows {
    /// The rows as tables.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Tree> {
        let list: &[Node] = match &self.list.value {
            Value::List(list) => list,
            _ => &[],
        };
        list.iter().filter_map(Node::as_table)
    }
}

/// Reads a table inside the folder and checks its columns; its text is kept for messages.
///
/// # Errors
/// All mistakes of the file's form, and missing columns.
pub(super) fn read_rows(
    folder: &Folder,
    files: &mut Files,
    (name, named_at): (&str, Place),
    required: &[&str],
) -> Result<Rows, Diagnostics> {
    let path = folder.path_of(name).map_err(|found| {
        files
            .error(named_at, found)
            .expected("a file inside the scenario's folder")
    })?;
    let table = table::read(&path, name)?;
    table.require(required)?;
    Ok(rows_of(&table, files))
}

fn rows_of(table: &table::Table, files: &mut Files) -> Rows {
    let headers: Vec<String> = table.headers().map(str::to_owned).collect();
    // A Parquet file has no text; one is made up, so that messages have something to show.
    let is_text = !table.text().is_empty();
    let mut text = table.text().to_owned();
    let mut ranges = Vec::new();
    for row in 0..table.rows() {
        for column in 0..headers.len() {
            let cell = table.text_at(row, column);
            if is_text {
                ranges.push(table.range(row, column));
            } else {
                let start = text.len();
                text += cell;
                ranges.push(start..text.len());
                text.push(if column + 1 == headers.len() {
                    '\n'
                } else {
                    ','
                });
            }
        }
    }
    let file = files.add(table.name(), text);
    let place_of_header = |column: usize| {
        let range = if is_text {
            table.header_range(column)
        } else {
            0..0
        };
        Place::new(file, range)
    };
    let columns: Vec<(String, Place)> = headers
        .iter()
        .enumerate()
        .map(|(column, header)| (header.clone(), place_of_header(column)))
        .collect();
    let row_node = |row: usize| {
        let entries = columns.iter().enumerate().map(|(column, (key, place))| {
            let at = Place::new(file, ranges[row * columns.len() + column].clone());
            let value = Value::Text(table.text_at(row, column).to_owned());
            Entry {
                key: key.clone(),
                place: *place,
                node: Node { place: at, value },
            }
        });
        let entries: Vec<Entry> = entries.collect();
        let place = entries
            .first()
            .map_or(Place::NOWHERE, |entry| entry.node.place);
        Node {
            place,
            value: Value::Table(Tree { entries }),
        }
    };
    let list: Vec<Node> = (0..table.rows()).map(row_node).collect();
    Rows {
        list: Node {
            place: Place::new(file, 0..0),
            value: Value::List(list),
        },
        columns,
    }
}
