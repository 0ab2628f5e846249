//! Parquet to a table: every column of text, number, truth or date as text.

use super::{Cell, Table};
use crate::diagnostic::{Diagnostic, Diagnostics};
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::DataType;
use std::fmt::Display;
use std::fs::File;

pub(super) fn read(name: &str, file: File) -> Result<Table, Diagnostics> {
    let unreadable = |error: &dyn Display| {
        Diagnostic::about_file(name, format!("cannot read this Parquet file: {error}"))
            .expected("a Parquet file without compression or with Snappy")
            .help("write it again with compression=\"snappy\", or as CSV")
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| unreadable(&e))?;
    let schema = builder.schema().clone();
    let reader = builder.build().map_err(|e| unreadable(&e))?;
    let mut mistakes = Vec::new();
    let mut headers: Vec<Cell> = Vec::new();
    for field in schema.fields() {
        if headers.iter().any(|header| header.text == *field.name()) {
            let found = format!("a second column `{}`", field.name());
            mistakes.push(Diagnostic::about_file(name, found).expected("each column once"));
        }
        if !is_readable(field.data_type()) {
            let found = format!("column `{}` of type {}", field.name(), field.data_type());
            mistakes.push(
                Diagnostic::about_file(name, found)
                    .expected("text, numbers, true and false, or days")
                    .help("store the column as text"),
            );
        }
        headers.push(Cell {
            text: field.name().clone(),
            range: 0..0,
        });
    }
    if !mistakes.is_empty() {
        return Err(Diagnostics { list: mistakes });
    }
    let mut cells = Vec::new();
    for batch in reader {
        append(&batch.map_err(|e| unreadable(&e))?, &mut cells);
    }
    Ok(Table {
        name: name.to_owned(),
        text: String::new(),
        headers,
        cells,
    })
}

fn append(batch: &RecordBatch, cells: &mut Vec<Cell>) {
    let columns: Vec<Vec<String>> = batch.columns().iter().map(|column| texts(column)).collect();
    for row in 0..batch.num_rows() {
        for column in &columns {
            cells.push(Cell {
                text: column[row].trim().to_owned(),
                range: 0..0,
            });
        }
    }
}

pub(crate) fn is_readable(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_readable(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Boolean => true,
        DataType::Null | DataType::Date32 | DataType::Float32 | DataType::Float64 => true,
        other => other.is_integer(),
    }
}

/// Each value as text, empty where none is given.
pub(crate) fn texts(column: &dyn Array) -> Vec<String> {
    let of_strings = |values: &mut dyn Iterator<Item = Option<&str>>| {
        values
            .map(|value| value.unwrap_or_default().to_owned())
            .collect()
    };
    match column.data_type() {
        DataType::Utf8 => of_strings(&mut column.as_string::<i32>().iter()),
        DataType::LargeUtf8 => of_strings(&mut column.as_string::<i64>().iter()),
        DataType::Utf8View => of_strings(&mut column.as_string_view().iter()),
        DataType::Boolean => {
            let values = column.as_boolean().iter();
            values
                .map(|value| value.map_or(String::new(), |truth| truth.to_string()))
                .collect()
        }
        DataType::Float64 => numbers::<Float64Type>(column),
        DataType::Float32 => numbers::<Float32Type>(column),
        DataType::Int64 => numbers::<Int64Type>(column),
        DataType::Int32 => numbers::<Int32Type>(column),
        DataType::Int16 => numbers::<Int16Type>(column),
        DataType::Int8 => numbers::<Int8Type>(column),
        DataType::UInt64 => numbers::<UInt64Type>(column),
        DataType::UInt32 => numbers::<UInt32Type>(column),
        DataType::UInt16 => numbers::<UInt16Type>(column),
        DataType::UInt8 => numbers::<UInt8Type>(column),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().iter();
            days.map(|day| day.map_or(String::new(), date)).collect()
        }
        DataType::Dictionary(_, _) => {
            let dictionary = column.as_any_dictionary();
            let values = texts(dictionary.values().as_ref());
            let keys = dictionary.normalized_keys().into_iter().enumerate();
            keys.map(|(row, key)| {
                if column.is_valid(row) {
                    values[key].clone()
                } else {
                    String::new()
                }
            })
            .collect()
        }
        // Only `Null` is left among the readable types.
        _ => vec![String::new(); column.len()],
    }
}

/// Shortest text that reads back as the same number.
fn numbers<T: ArrowPrimitiveType>(column: &dyn Array) -> Vec<String>
where
    T::Native: Display,
{
    let values = column.as_primitive::<T>().iter();
    values
        .map(|value| value.map_or(String::new(), |number| number.to_string()))
        .collect()
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01 (proleptic Gregorian; Hinnant's `civil_from_days`).
fn date(days: i32) -> String {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(17_713), "2018-07-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(-1), "1969-12-31");
    }
}
