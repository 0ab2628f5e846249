//! Columns from Parquet, batch by batch, only those that are wanted.

use super::{Filled, MARKET_IDS, MOST_MISTAKES, Sink, and_more, in_market, in_row, remedied};
use crate::diagnostic::{Diagnostic, Diagnostics};
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use std::fmt::Display;
use std::fs::File;
use std::path::Path;

fn unreadable(name: &str, error: &dyn Display) -> Diagnostics {
    Diagnostic::about_file(name, format!("cannot read this Parquet file: {error}"))
        .expected("a Parquet file without compression or with Snappy")
        .help("write it again with compression=\"snappy\", or as CSV")
        .into()
}

fn builder(path: &Path, name: &str) -> Result<ParquetRecordBatchReaderBuilder<File>, Diagnostics> {
    let file = File::open(path).map_err(|error| unreadable(name, &error))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(name, &error))
}

pub(super) fn headers(path: &Path, name: &str) -> Result<Vec<String>, Diagnostics> {
    let builder = builder(path, name)?;
    let mut headers: Vec<String> = Vec::new();
    for field in builder.schema().fields() {
        if headers.contains(field.name()) {
            let found = format!("a second column `{}`", field.name());
            return Err(Diagnostic::about_file(name, found)
                .expected("each column once")
                .into());
        }
        headers.push(field.name().clone());
    }
    Ok(headers)
}

pub(super) fn fill(
    path: &Path,
    name: &str,
    positions: &[usize],
    sinks: &mut [Sink],
) -> Result<Filled, Diagnostics> {
    let builder = builder(path, name)?;
    let schema = builder.schema().clone();
    let mut mistakes = Vec::new();
    for position in positions {
        let field = schema.field(*position);
        if !crate::table::is_readable(field.data_type()) {
            let found = format!("column `{}` of type {}", field.name(), field.data_type());
            mistakes.push(
                Diagnostic::about_file(name, found)
                    .expected("text, numbers, true and false, or days"),
            );
        }
    }
    if !mistakes.is_empty() {
        return Err(Diagnostics { list: mistakes });
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), positions.iter().copied());
    let reader = builder
        .with_projection(mask)
        .build()
        .map_err(|error| unreadable(name, &error))?;
    let (mut rows, mut more) = (0, 0);
    for batch in reader {
        let batch = batch.map_err(|error| unreadable(name, &error))?;
        for (at, sink) in sinks.iter_mut().enumerate() {
            let Some(column) = batch.column_by_name(&sink.name) else {
                continue;
            };
            if take_numbers(column.as_ref(), sink) {
                continue;
            }
            for (row, text) in crate::table::texts(column.as_ref()).iter().enumerate() {
                let text = text.trim();
                let Err(expected) = sink.take(text) else {
                    continue;
                };
                if sink.may_be_text() && !text.is_empty() && text.parse::<f64>().is_err() {
                    return Ok(Filled::NotNumbers(at));
                }
                let found = match text {
                    "" => format!("nothing in column `{}`", sink.name),
                    text => format!("`{text}` in column `{}`", sink.name),
                };
                if mistakes.len() < MOST_MISTAKES {
                    let markets = batch.column_by_name(MARKET_IDS);
                    let market = markets.map(|column| crate::table::texts(&column.slice(row, 1)));
                    let market = market.as_ref().and_then(|list| list.first());
                    let found = found + &in_market(market.map(|text| text.as_ref()));
                    let mistake = in_row(name, rows + row, found).expected(expected);
                    mistakes.push(remedied(mistake, name));
                } else {
                    more += 1;
                }
            }
        }
        rows += batch.num_rows();
    }
    if mistakes.is_empty() {
        return Ok(Filled::Rows(rows));
    }
    if more > 0 {
        mistakes.push(and_more(name, more));
    }
    Err(Diagnostics { list: mistakes })
}

/// Takes a whole column of finite numbers without making texts of it; false if that will not do.
fn take_numbers(column: &dyn Array, sink: &mut Sink) -> bool {
    if sink.wants_levels() || column.null_count() > 0 {
        return false;
    }
    let before = sink.numbers.len();
    if let Some(values) = column.as_primitive_opt::<Float64Type>() {
        sink.numbers.extend_from_slice(values.values());
    } else if let Some(values) = column.as_primitive_opt::<Float32Type>() {
        let widened = values.values().iter().map(|value| f64::from(*value));
        sink.numbers.extend(widened);
    } else if let Some(values) = column.as_primitive_opt::<Int64Type>() {
        let widened = values.values().iter().map(|value| *value as f64);
        sink.numbers.extend(widened);
    } else if let Some(values) = column.as_primitive_opt::<Int32Type>() {
        let widened = values.values().iter().map(|value| f64::from(*value));
        sink.numbers.extend(widened);
    } else {
        return false;
    }
    if sink.numbers[before..].iter().all(|value| value.is_finite()) {
        return true;
    }
    sink.numbers.truncate(before);
    false
}
