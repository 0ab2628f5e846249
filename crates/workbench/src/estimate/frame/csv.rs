//! Columns from CSV, record by record; a place is looked up again only where there is a mistake.

use super::{Filled, MARKET_IDS, MOST_MISTAKES, Sink, and_more, in_market, remedied};
use crate::diagnostic::{Diagnostic, Diagnostics};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes read at a time.
const BUFFER: usize = 1 << 18;
/// Longest part of a file that is read to show one record.
const LONGEST_RECORD: u64 = 1 << 16;

type Reader = ::csv::Reader<BufReader<File>>;

/// Where a record stands in its file.
#[derive(Clone, Copy, Debug)]
struct Spot {
    byte: u64,
    line: u64,
}

/// A cell's line, for a message.
pub(super) struct Located {
    name: String,
    line: usize,
    text: String,
    cell: Range<usize>,
}

impl Located {
    pub(super) fn error(&self, found: impl Into<String>) -> Diagnostic {
        let mut mistake = Diagnostic::about_file(&self.name, found);
        mistake.line = self.line;
        let before = self.text.get(..self.cell.start).unwrap_or("");
        let inside = self.text.get(self.cell.clone()).unwrap_or("");
        mistake.column = before.chars().count() + 1;
        mistake.width = inside.chars().count().max(1);
        mistake.source_line = self.text.clone();
        mistake
    }
}

fn unreadable(name: &str, error: &dyn Display) -> Diagnostics {
    Diagnostic::about_file(name, format!("cannot read this CSV: {error}"))
        .expected("a table: a first line with the names of the columns, then a row a line")
        .into()
}

/// The reader and the bytes of a mark that it skipped.
fn reader(path: &Path, name: &str) -> Result<(Reader, u64), Diagnostics> {
    let open = || -> io::Result<(BufReader<File>, u64)> {
        let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
        let marked = file.fill_buf()?.starts_with(BYTE_ORDER_MARK);
        let skipped = if marked { BYTE_ORDER_MARK.len() } else { 0 };
        file.consume(skipped);
        Ok((file, skipped as u64))
    };
    let (file, skipped) = open().map_err(|error| unreadable(name, &error))?;
    let reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(file);
    Ok((reader, skipped))
}

pub(super) fn headers(path: &Path, name: &str) -> Result<Vec<String>, Diagnostics> {
    let (mut reader, _) = reader(path, name)?;
    let mut record = ::csv::ByteRecord::new();
    let any = reader
        .read_byte_record(&mut record)
        .map_err(|error| unreadable(name, &error))?;
    if !any {
        return Err(Diagnostic::about_file(name, "an empty file")
            .expected("a first line with the names of the columns")
            .into());
    }
    let mut headers: Vec<String> = Vec::with_capacity(record.len());
    let mut mistakes = Vec::new();
    for field in &record {
        let header = String::from_utf8_lossy(field).trim().to_owned();
        let mut head = |found: String, expected: &str| {
            let mut mistake = Diagnostic::about_file(name, found).expected(expected);
            mistake.line = 1;
            mistakes.push(mistake);
        };
        if header.is_empty() {
            let found = format!("column {} without a name", headers.len() + 1);
            head(found, "a name in the first line for every column");
        } else if headers.contains(&header) {
            head(format!("a second column `{header}`"), "each column once");
        }
        headers.push(header);
    }
    if let [only] = &headers[..]
        && only.contains(';')
    {
        let mut mistake = Diagnostic::about_file(name, "the separator is `;`")
            .expected("a comma between columns")
            .help("save the file with commas (in a spreadsheet: \"CSV, comma delimited\")");
        mistake.line = 1;
        return Err(mistake.into());
    }
    if mistakes.is_empty() {
        Ok(headers)
    } else {
        Err(Diagnostics { list: mistakes })
    }
}

pub(super) fn fill(
    path: &Path,
    name: &str,
    headers: &[String],
    positions: &[usize],
    sinks: &mut [Sink],
) -> Result<Filled, Diagnostics> {
    let (mut reader, skipped) = reader(path, name)?;
    let mut record = ::csv::ByteRecord::new();
    let mut bad: Vec<(Spot, usize, String, &'static str)> = Vec::new();
    let (mut rows, mut more, mut is_header) = (0, 0, true);
    let width = headers.len();
    let market = headers.iter().position(|header| header == MARKET_IDS);
    while reader
        .read_byte_record(&mut record)
        .map_err(|error| unreadable(name, &error))?
    {
        if std::mem::take(&mut is_header) {
            continue;
        }
        let spot = |record: &::csv::ByteRecord| Spot {
            byte: record.position().map_or(0, ::csv::Position::byte) + skipped,
            line: record.position().map_or(0, ::csv::Position::line),
        };
        let mut wrong = |column: usize, found: String, expected: &'static str| {
            if bad.len() < MOST_MISTAKES {
                bad.push((spot(&record), column, found, expected));
            } else {
                more += 1;
            }
        };
        if record.len() != width {
            let found = format!(
                "a row with {} cells; the first line has {width}",
                record.len()
            );
            wrong(
                record.len().min(width) - 1,
                found,
                "as many cells as columns",
            );
            continue;
        }
        for (at, (sink, position)) in sinks.iter_mut().zip(positions).enumerate() {
            let field = record.get(*position).unwrap_or_default();
            let Ok(text) = std::str::from_utf8(field) else {
                let found = format!("text that is not UTF-8 in column `{}`", sink.name);
                wrong(*position, found, "UTF-8: save the file as such");
                continue;
            };
            if let Err(expected) = sink.take(text.trim()) {
                if sink.may_be_text() && !looks_numeric(text.trim()) {
                    return Ok(Filled::NotNumbers(at));
                }
                let found = match text.trim() {
                    "" => format!("an empty cell in column `{}`", sink.name),
                    text => format!("`{text}` in column `{}`", sink.name),
                };
                let of = market.filter(|market| market != position);
                let of = of.and_then(|market| std::str::from_utf8(record.get(market)?).ok());
                wrong(*position, found + &in_market(of), expected);
            }
        }
        rows += 1;
    }
    if bad.is_empty() {
        return Ok(Filled::Rows(rows));
    }
    let mut list: Vec<Diagnostic> = bad
        .into_iter()
        .map(|(spot, column, found, expected)| {
            let place = place(path, name, spot, column);
            let mistake = match place {
                Ok(place) => place.error(found),
                Err(_) => Diagnostic::about_file(name, found),
            };
            remedied(mistake.expected(expected), name)
        })
        .collect();
    if more > 0 {
        list.push(and_more(name, more));
    }
    Err(Diagnostics { list })
}

/// Whether a cell that is no finite number was meant as one: empty, NaN, infinite.
fn looks_numeric(text: &str) -> bool {
    text.is_empty() || text.parse::<f64>().is_ok()
}

/// A cell of a row, found by reading the file again.
pub(super) fn located(path: &Path, name: &str, row: usize, column: usize) -> Option<Located> {
    let (reader, skipped) = reader(path, name).ok()?;
    let record = reader.into_byte_records().nth(row + 1)?.ok()?;
    let position = record.position()?;
    let spot = Spot {
        byte: position.byte() + skipped,
        line: position.line(),
    };
    place(path, name, spot, column).ok()
}

fn place(path: &Path, name: &str, spot: Spot, column: usize) -> io::Result<Located> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(spot.byte))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_RECORD).read_to_end(&mut bytes)?;
    // The reader puts a record's position before line breaks that it skips.
    let breaks = bytes.iter().take_while(|byte| b"\r\n".contains(byte));
    let breaks: Vec<u8> = breaks.copied().collect();
    let skipped_lines = breaks.iter().filter(|byte| **byte == b'\n').count();
    let text = String::from_utf8_lossy(&bytes[breaks.len()..]).into_owned();
    let cell = field(&text, column);
    let line_start = text[..cell.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[line_start..]
        .find(['\r', '\n'])
        .map_or(text.len(), |at| line_start + at);
    let lines_before = text[..line_start].matches('\n').count();
    let line = usize::try_from(spot.line).unwrap_or(0) + skipped_lines + lines_before;
    Ok(Located {
        name: name.to_owned(),
        line,
        text: text[line_start..line_end].to_owned(),
        cell: cell.start - line_start..cell.end.min(line_end).max(cell.start) - line_start,
    })
}

/// Bytes of a field of the record at the start of a text, blanks around it excluded.
fn field(text: &str, wanted: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let (mut start, mut number, mut quoted, mut at) = (0, 0, false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                if number == wanted {
                    break;
                }
                number += 1;
                start = at + 1;
            }
            b'\r' | b'\n' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    let cell = &text[start..at];
    let lead = cell.len() - cell.trim_start().len();
    start + lead..start + lead + cell.trim().len()
}
