//! A plain table of text cells that knows where each cell stands, from CSV or Parquet.

mod csv;
mod parquet;
#[cfg(test)]
mod tests;

use crate::diagnostic::{Diagnostic, Diagnostics, name_list};
pub(crate) use parquet::{is_readable, texts};
use std::ops::Range;
use std::path::Path;

/// Columns by name, rows by position, every cell as trimmed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// File as the user knows it.
    name: String,
    /// The text that was read, without a byte order mark; empty for Parquet.
    text: String,
    headers: Vec<Cell>,
    /// Row by row.
    cells: Vec<Cell>,
}

/// A cell's text and where it stands in the table's text, quotes and blanks around it excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    text: String,
    range: Range<usize>,
}

/// Reads a table by the ending of its file: `.csv` or `.parquet`.
///
/// `name` is how messages call the file.
///
/// # Errors
/// All mistakes of the file's form: unreadable, not UTF-8, no header, duplicate or empty headers, ragged
/// rows, quotes left open, column types without text.
pub fn read(path: &Path, name: &str) -> Result<Table, Diagnostics> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "csv" => match std::fs::read(path) {
            Ok(bytes) => from_csv(name, bytes),
            Err(error) => Err(unreadable(name, &error).into()),
        },
        "parquet" => match std::fs::File::open(path) {
            Ok(file) => parquet::read(name, file),
            Err(error) => Err(unreadable(name, &error).into()),
        },
        _ => Err(
            Diagnostic::about_file(name, format!("a table that ends in `.{ending}`"))
                .expected("`.csv` or `.parquet`")
                .into(),
        ),
    }
}

/// Reads CSV with a header, separated by commas, quoted by `"` where needed.
///
/// # Errors
/// As [`read`].
pub fn from_csv(name: &str, bytes: Vec<u8>) -> Result<Table, Diagnostics> {
    csv::read(name, bytes)
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::about_file(name, format!("cannot read this file: {error}"))
        .expected("a file inside the scenario's folder")
}

impl Table {
    /// File as the user knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text that was read, to which ranges refer; empty for Parquet.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of the columns, in order.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = &str> {
        self.headers.iter().map(|header| header.text.as_str())
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers().position(|header| header == name)
    }

    /// Positions of columns that must be there.
    ///
    /// # Errors
    /// One for each missing column, with the nearest one that is there.
    pub fn require(&self, names: &[&str]) -> Result<Vec<usize>, Diagnostics> {
        let found: Vec<Option<usize>> = names.iter().map(|name| self.column(name)).collect();
        let missing = names
            .iter()
            .zip(&found)
            .filter(|(_, position)| position.is_none());
        let list: Vec<Diagnostic> = missing
            .map(|(name, _)| {
                let mut mistake = self
                    .header_mistake(0, format!("no column `{name}`"))
                    .expected(format!("the columns {}", name_list(names)))
                    .help(format!("the file has {}", name_list(self.headers())));
                mistake.width = self
                    .text
                    .lines()
                    .next()
                    .map_or(0, |line| line.chars().count());
                let others = self.headers().filter(|header| !names.contains(header));
                mistake.nearest(name, others)
            })
            .collect();
        if list.is_empty() {
            Ok(found.into_iter().flatten().collect())
        } else {
            Err(Diagnostics { list })
        }
    }

    /// Number of rows below the header.
    pub fn rows(&self) -> usize {
        self.cells
            .len()
            .checked_div(self.headers.len())
            .unwrap_or(0)
    }

    /// A cell's text; empty where nothing is given.
    pub fn text_at(&self, row: usize, column: usize) -> &str {
        &self.cell(row, column).text
    }

    /// A cell's text, `None` where nothing is given.
    pub fn given(&self, row: usize, column: usize) -> Option<&str> {
        Some(self.text_at(row, column)).filter(|text| !text.is_empty())
    }

    /// Bytes of a cell in [`Table::text`]; empty for Parquet.
    pub fn range(&self, row: usize, column: usize) -> Range<usize> {
        self.cell(row, column).range.clone()
    }

    /// Bytes of a header in [`Table::text`]; empty for Parquet.
    pub fn header_range(&self, column: usize) -> Range<usize> {
        self.headers[column].range.clone()
    }

    /// `file:line` of a row (for Parquet the row's number, from 1).
    pub fn location(&self, row: usize) -> String {
        format!("{}:{}", self.name, self.line(row))
    }

    /// Text that must be there.
    ///
    /// # Errors
    /// An empty cell.
    pub fn required_text(&self, row: usize, column: usize) -> Result<&str, Box<Diagnostic>> {
        self.given(row, column)
            .ok_or_else(|| self.empty_cell(row, column, "a text"))
    }

    /// A number, `None` where nothing is given.
    ///
    /// # Errors
    /// What is not a finite number.
    pub fn number(&self, row: usize, column: usize) -> Result<Option<f64>, Box<Diagnostic>> {
        let Some(text) = self.given(row, column) else {
            return Ok(None);
        };
        let expected = match text.parse::<f64>() {
            Ok(value) if value.is_finite() => return Ok(Some(value)),
            Ok(_) => "a finite number, or an empty cell where none is known",
            Err(_) => "a number such as `449` or `4.5`, without a unit or separators of thousands",
        };
        let found = format!("`{text}` in column `{}`", self.headers[column].text);
        Err(Box::new(
            self.mistake(row, column, found).expected(expected),
        ))
    }

    /// A number that must be there.
    ///
    /// # Errors
    /// An empty cell, or what is not a finite number.
    pub fn required_number(&self, row: usize, column: usize) -> Result<f64, Box<Diagnostic>> {
        self.number(row, column)?
            .ok_or_else(|| self.empty_cell(row, column, "a number"))
    }

    /// A mistake at a cell.
    pub fn mistake(&self, row: usize, column: usize, found: impl Into<String>) -> Diagnostic {
        let mut mistake = self.at(self.range(row, column), found.into());
        if self.text.is_empty() {
            mistake.line = row + 1;
        }
        mistake
    }

    /// A mistake at the head of a column.
    pub fn header_mistake(&self, column: usize, found: impl Into<String>) -> Diagnostic {
        let range = self
            .headers
            .get(column)
            .map_or(0..0, |header| header.range.clone());
        self.at(range, found.into())
    }

    fn empty_cell(&self, row: usize, column: usize, expected: &str) -> Box<Diagnostic> {
        let header = &self.headers[column].text;
        let mistake = self
            .mistake(row, column, format!("an empty cell in column `{header}`"))
            .expected(format!("{expected}: this column is required"));
        Box::new(mistake)
    }

    fn at(&self, range: Range<usize>, found: String) -> Diagnostic {
        let mut mistake = Diagnostic::about_file(&self.name, found);
        if !self.text.is_empty() {
            place(&mut mistake, &self.text, range);
        }
        mistake
    }

    fn line(&self, row: usize) -> usize {
        if self.text.is_empty() {
            return row + 1;
        }
        line_of(&self.text, self.cell(row, 0).range.start)
    }

    fn cell(&self, row: usize, column: usize) -> &Cell {
        &self.cells[row * self.headers.len() + column]
    }
}

/// Line, column, width and source line of a range of bytes.
fn place(mistake: &mut Diagnostic, text: &str, range: Range<usize>) {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.start..]
        .find('\n')
        .map_or(text.len(), |at| range.start + at);
    mistake.line = line_of(text, range.start);
    mistake.column = text[start..range.start].chars().count() + 1;
    mistake.width = text[range.start..range.end.min(end)].chars().count();
    mistake.source_line = text[start..end].trim_end_matches('\r').to_owned();
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}
