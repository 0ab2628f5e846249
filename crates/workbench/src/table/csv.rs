//! CSV to a table. The crate `csv` reads the cells; a scan of the same bytes finds where they stand.

use super::{Cell, Table, place};
use crate::diagnostic::{Diagnostic, Diagnostics};
use std::ops::Range;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn read(name: &str, bytes: Vec<u8>) -> Result<Table, Diagnostics> {
    let text = decode(name, bytes)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|error| {
            Diagnostic::about_file(name, format!("cannot read this CSV: {error}"))
        })?;
        let start = record
            .position()
            .map_or(0, |position| position.byte() as usize);
        records.push((start, record));
    }
    let mut mistakes = Vec::new();
    let mut rows = Vec::new();
    for (start, record) in &records {
        match cells(&text, *start, record) {
            Ok(row) => rows.push(row),
            Err(range) => mistakes.push(
                located(name, &text, range, "a quote that is never closed")
                    .expected("a closing `\"`; a quote inside quotes is written twice"),
            ),
        }
    }
    let headers = if rows.is_empty() {
        Vec::new()
    } else {
        rows.remove(0)
    };
    if let [only] = &headers[..]
        && only.text.contains(';')
    {
        // Every cell would be a mistake of its own.
        let separator = only.range.start + only.text.find(';').unwrap_or(0);
        let found = located(
            name,
            &text,
            separator..separator + 1,
            "the separator is `;`",
        )
        .expected("a comma between columns")
        .help("save the file with commas (in a spreadsheet: \"CSV, comma delimited\")");
        return Err(found.into());
    }
    check_headers(name, &text, &headers, &mut mistakes);
    for row in &rows {
        check_width(name, &text, headers.len(), row, &mut mistakes);
    }
    if mistakes.is_empty() {
        Ok(Table {
            name: name.to_owned(),
            text,
            headers,
            cells: rows.into_iter().flatten().collect(),
        })
    } else {
        Err(Diagnostics { list: mistakes })
    }
}

fn decode(name: &str, mut bytes: Vec<u8>) -> Result<String, Diagnostics> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let mut mistake = Diagnostic::about_file(name, "text that is not UTF-8")
            .expected("UTF-8")
            .help("save the file as UTF-8 (in a spreadsheet: \"CSV UTF-8\")");
        mistake.line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        mistake.into()
    })
}

/// The cells of a record that starts at byte `start`, trimmed, with their places.
/// `Err` gives the place of a quote that is never closed.
fn cells(text: &str, start: usize, record: &::csv::ByteRecord) -> Result<Vec<Cell>, Range<usize>> {
    let bytes = text.as_bytes();
    // The reader puts a record's position before the line break that it skips.
    let mut at = start
        + bytes[start..]
            .iter()
            .take_while(|byte| b"\r\n".contains(byte))
            .count();
    let mut row = Vec::with_capacity(record.len());
    for field in record {
        let quoted = bytes.get(at) == Some(&b'"');
        let end = if quoted {
            closing_quote(bytes, at)?
        } else {
            at
        };
        let end = end
            + bytes[end..]
                .iter()
                .take_while(|byte| !b",\r\n".contains(byte))
                .count();
        let inner = if quoted && end - at >= 2 {
            at + 1..end - 1
        } else {
            at..end
        };
        let field = String::from_utf8_lossy(field);
        row.push(Cell {
            text: field.trim().to_owned(),
            range: trimmed(text, inner),
        });
        at = end + 1;
    }
    Ok(row)
}

/// Byte after the quote that closes the one at `open`.
fn closing_quote(bytes: &[u8], open: usize) -> Result<usize, Range<usize>> {
    let mut at = open + 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err(open..open + 1)
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let cell = &text[range.clone()];
    let start = range.start + (cell.len() - cell.trim_start().len());
    start..start + cell.trim().len()
}

fn check_headers(name: &str, text: &str, headers: &[Cell], mistakes: &mut Vec<Diagnostic>) {
    if headers.is_empty() {
        mistakes.push(
            Diagnostic::about_file(name, "an empty file")
                .expected("a first line with the names of the columns"),
        );
    }
    for (position, header) in headers.iter().enumerate() {
        if header.text.is_empty() {
            mistakes.push(
                located(name, text, header.range.clone(), "a column without a name")
                    .expected("a name in the first line for every column"),
            );
        } else if headers[..position]
            .iter()
            .any(|other| other.text == header.text)
        {
            let found = format!("a second column `{}`", header.text);
            mistakes.push(
                located(name, text, header.range.clone(), &found).expected("each column once"),
            );
        }
    }
}

fn check_width(name: &str, text: &str, width: usize, row: &[Cell], mistakes: &mut Vec<Diagnostic>) {
    if row.len() == width {
        return;
    }
    let range = match (row.get(width), row.last()) {
        (Some(extra), Some(last)) => extra.range.start..last.range.end,
        (None, Some(last)) => last.range.clone(),
        _ => 0..0,
    };
    mistakes.push(
        located(
            name,
            text,
            range,
            &format!("a row with {} cells", row.len()),
        )
        .expected(format!("{width}, as in the first line"))
        .help("a cell that contains a comma stands in quotes"),
    );
}

fn located(name: &str, text: &str, range: Range<usize>, found: &str) -> Diagnostic {
    let mut mistake = Diagnostic::about_file(name, found);
    place(&mut mistake, text, range);
    mistake
}
