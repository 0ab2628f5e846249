//! `draws.parquet` and `series.parquet`, written in memory.

use super::folder::RunError;
use super::output::RunOutput;
use super::summary::finite;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

/// A row per plan and draw: `plan, draw`, every outcome, `event.<id>` with the event's first month.
///
/// # Errors
/// A number that is not finite, or outcomes that differ between plans: faults of the program.
pub fn draws(output: &RunOutput) -> Result<Vec<u8>, RunError> {
    let plans = &output.plans;
    let ids: Vec<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
    let mut columns = Columns::default();
    columns.add("plan", false, Arc::new(StringArray::from(ids)));
    columns.add(
        "draw",
        false,
        Arc::new(UInt32Array::from(vec![0; plans.len()])),
    );
    let outcomes = plans
        .first()
        .map_or(&[][..], |plan| plan.outcomes.as_slice());
    for (position, outcome) in outcomes.iter().enumerate() {
        let mut values = Vec::with_capacity(plans.len());
        for plan in plans {
            let same = plan
                .outcomes
                .get(position)
                .filter(|other| other.id == outcome.id);
            let value = same.ok_or_else(|| {
                RunError::Fault(format!("plan {} lacks outcome {}", plan.id, outcome.id))
            })?;
            let at = || format!("outcome {} of plan {}", outcome.id, plan.id);
            values.push(value.value.map(|value| finite(value, &at)).transpose()?);
        }
        columns.add(&outcome.id, true, Arc::new(Float64Array::from(values)));
    }
    for (position, event) in output.events.iter().enumerate() {
        let months = plans
            .iter()
            .map(|plan| plan.first_months.get(position).copied().flatten());
        columns.add(
            &format!("event.{event}"),
            true,
            Arc::new(months.collect::<UInt32Array>()),
        );
    }
    columns.write()
}

/// `plan, month, series, unit, mean, p05, p25, p50, p75, p95`; in a central run all are the value.
///
/// # Errors
/// A number that is not finite.
pub fn series(output: &RunOutput) -> Result<Vec<u8>, RunError> {
    let (mut plans, mut months, mut ids, mut units) = (vec![], vec![], vec![], vec![]);
    let mut values = vec![];
    for plan in &output.plans {
        for series in &plan.series {
            for (position, value) in series.values.iter().enumerate() {
                let month = position as u32 + 1;
                let at = || format!("series {} of plan {} in month {month}", series.id, plan.id);
                values.push(finite(*value, &at)?);
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
    let values: ArrayRef = Arc::new(Float64Array::from(values));
    for name in ["mean", "p05", "p25", "p50", "p75", "p95"] {
        columns.add(name, false, values.clone());
    }
    columns.write()
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

    fn write(self) -> Result<Vec<u8>, RunError> {
        let fault = |error: &dyn std::fmt::Display| RunError::Fault(format!("Parquet: {error}"));
        let schema = Arc::new(Schema::new(self.fields));
        let batch = RecordBatch::try_new(schema.clone(), self.arrays).map_err(|e| fault(&e))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties))
            .map_err(|error| fault(&error))?;
        writer.write(&batch).map_err(|error| fault(&error))?;
        writer.close().map_err(|error| fault(&error))?;
        Ok(bytes)
    }
}
