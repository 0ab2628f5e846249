//! `draws.parquet`, `assumptions.parquet` and `series.parquet`. The first two are written chunk by chunk.

use super::RunError;
use super::draws::chunk::Chunks;
use super::draws::shape::Shape;
use super::output::RunOutput;
use super::summary::finite;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use beachhead_engine::scenario::Handle;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Rows of a group in a file: what a writer holds in memory at most.
const GROUP: usize = 65_536;

/// A row per plan and draw: `plan, draw`, every outcome, `event.<id>` with the event's first month. Empty in draws that failed.
pub(super) fn draws(
    shape: &Shape,
    chunks: Chunks<'_>,
    to: &mut (dyn Write + Send),
) -> Result<(), RunError> {
    let mut file: Option<ArrowWriter<_>> = None;
    let mut to = Some(to);
    let mut buffer = Vec::new();
    for (position, plan) in shape.plans.iter().enumerate() {
        for chunk in 0..chunks.count() {
            let numbers = chunks.draws_of(chunk);
            let values = chunks.read(chunk, shape.row_columns(position), &mut buffer)?;
            let mut columns = Columns::default();
            let ids = vec![plan.id.as_str(); numbers.len()];
            columns.add("plan", false, Arc::new(StringArray::from(ids)));
            columns.add("draw", false, draw_numbers(numbers.clone()));
            let mut each = values.chunks(numbers.len().max(1));
            for outcome in &shape.outcomes {
                let at = || format!("outcome {} of plan {}", outcome.id, plan.id);
                let values = each.next().unwrap_or_default().iter();
                let values: Result<Vec<_>, RunError> =
                    values.map(|value| or_none(*value, &at)).collect();
                columns.add(&outcome.id, true, Arc::new(Float64Array::from(values?)));
            }
            for event in &shape.events {
                let months = each.next().unwrap_or_default().iter();
                let months = months.map(|month| (!month.is_nan()).then_some(*month as u32));
                let months: UInt32Array = months.collect();
                columns.add(&format!("event.{event}"), true, Arc::new(months));
            }
            columns.append(&mut file, &mut to)?;
        }
    }
    close(file)
}

/// A row per draw: `draw` and every uncertain quantity, in its base unit.
pub(super) fn assumptions(
    shape: &Shape,
    chunks: Chunks<'_>,
    to: &mut (dyn Write + Send),
) -> Result<(), RunError> {
    let mut file: Option<ArrowWriter<_>> = None;
    let mut to = Some(to);
    let mut buffer = Vec::new();
    for chunk in 0..chunks.count() {
        let numbers = chunks.draws_of(chunk);
        let values = chunks.read(chunk, shape.assumption_columns(), &mut buffer)?;
        let mut columns = Columns::default();
        columns.add("draw", false, draw_numbers(numbers.clone()));
        let each = values.chunks(numbers.len().max(1));
        for (name, values) in shape.assumptions.iter().map(Handle::name).zip(each) {
            let at = || format!("assumption {name}");
            let values: Result<Vec<f64>, RunError> =
                values.iter().map(|value| finite(*value, &at)).collect();
            columns.add(name, false, Arc::new(Float64Array::from(values?)));
        }
        columns.append(&mut file, &mut to)?;
    }
    close(file)
}

fn draw_numbers(draws: Range<usize>) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(draws.map(|draw| draw as u32)))
}

/// The number, or nothing where a draw has none.
fn or_none(value: f64, what: &dyn Fn() -> String) -> Result<Option<f64>, RunError> {
    (!value.is_nan()).then(|| finite(value, what)).transpose()
}

fn close<W: Write + Send>(file: Option<ArrowWriter<W>>) -> Result<(), RunError> {
    match file {
        Some(file) => file.close().map(|_| ()).map_err(parquet_error),
        None => Err(RunError::Fault("a table without rows".to_owned())),
    }
}

fn parquet_error(error: ParquetError) -> RunError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => RunError::Environment {
                action: "write",
                path: "a table".into(),
                source: *source,
            },
            Err(inner) => RunError::Fault(format!("Parquet: {inner}")),
        },
        other => RunError::Fault(format!("Parquet: {other}")),
    }
}

/// `plan, month, series, unit, mean, p05, p25, p50, p75, p95`; in a central run all are the value.
///
/// # Errors
/// A number that is not finite.
pub fn series(output: &RunOutput) -> Result<Vec<u8>, RunError> {
    let (mut plans, mut months, mut ids, mut units) = (vec![], vec![], vec![], vec![]);
    let mut values = vec![];
    let mut bands: [Vec<f64>; 5] = Default::default();
    for plan in &output.plans {
        for series in &plan.series {
            for (position, value) in series.values.iter().enumerate() {
                let month = position as u32 + 1;
                let at = || format!("series {} of plan {} in month {month}", series.id, plan.id);
                values.push(finite(*value, &at)?);
                for (quantile, to) in bands.iter_mut().enumerate() {
                    let band = series.bands.as_ref().map(|bands| &bands[quantile]);
                    let at_month = band.map_or(Some(value), |band| band.get(position));
                    to.push(finite(at_month.copied().unwrap_or(f64::NAN), &at)?);
                }
                plans.push(plan.id.as_str());
                months.push(month);
                ids.push(series.id.as_str());
                units.push(series.unit.as_str());
            }
        }
    }
    let mut columns = Columns::default();
    columns.add("plan", false, Arc::new(StringArray::from(plans)));
    columns.add("month", false, Arc::new(UInt32Array::from(months)));
    columns.add("series", false, Arc::new(StringArray::from(ids)));
    columns.add("unit", false, Arc::new(StringArray::from(units)));
    let [p05, p25, p50, p75, p95] = bands;
    for (name, values) in [
        ("mean", values),
        ("p05", p05),
        ("p25", p25),
        ("p50", p50),
        ("p75", p75),
        ("p95", p95),
    ] {
        columns.add(name, false, Arc::new(Float64Array::from(values)));
    }
    let mut bytes = Vec::new();
    let mut file = None;
    columns.append(&mut file, &mut Some(&mut bytes))?;
    close(file)?;
    Ok(bytes)
}

#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn add(&mut self, name: &str, nullable: bool, array: ArrayRef) {
        let kind: DataType = array.data_type().clone();
        self.fields.push(Field::new(name, kind, nullable));
        self.arrays.push(array);
    }

    /// Adds the columns to a file, which their first batch opens.
    fn append<W: Write + Send>(
        self,
        file: &mut Option<ArrowWriter<W>>,
        to: &mut Option<W>,
    ) -> Result<(), RunError> {
        let schema = Arc::new(Schema::new(self.fields));
        let batch = RecordBatch::try_new(schema.clone(), self.arrays)
            .map_err(|error| RunError::Fault(format!("Parquet: {error}")))?;
        if let Some(to) = to.take() {
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_max_row_group_row_count(Some(GROUP))
                .build();
            let opened = ArrowWriter::try_new(to, schema, Some(properties));
            *file = Some(opened.map_err(parquet_error)?);
        }
        match file {
            Some(file) => file.write(&batch).map_err(parquet_error),
            None => Err(RunError::Fault("a table that is not open".to_owned())),
        }
    }
}
