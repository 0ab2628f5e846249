//! A stored run read back from its folder, with all that its report shows.

use super::analysis::Analysis;
use super::folder::{self, ANALYSIS, DRAWS, MATERIAL, SCENARIO, SERIES, SUMMARY};
use super::output::{RunOutput, Series};
use super::summary::Summary;
use super::{FORMAT, RunError};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;

/// Columns of the quantiles in `series.parquet`.
const QUANTILES: [&str; 5] = ["p05", "p25", "p50", "p75", "p95"];

/// `report.json`.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    format: u32,
    #[serde(flatten)]
    run: T,
}

/// The bytes of `report.json`.
///
/// # Errors
/// A number that is not finite, which is a fault of the program.
pub(super) fn material(output: &RunOutput) -> Result<Vec<u8>, RunError> {
    for plan in &output.plans {
        for books in &plan.books {
            let at = || format!("the books of {} under plan {}", books.entrant, plan.id);
            let lines = books.lines.iter().flat_map(|line| &line.values);
            let ends = books.terminal.iter().map(|(_, value)| value);
            let sums = [books.discounted_cash, books.discounted_terminal, books.npv];
            for number in lines.chain(&books.net).chain(ends).chain(&sums) {
                super::summary::finite(*number, &at)?;
            }
        }
    }
    let document = Document {
        format: FORMAT,
        run: output,
    };
    let mut bytes = serde_json::to_vec(&document)
        .map_err(|error| RunError::Fault(format!("{MATERIAL} cannot be written: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A run as its folder keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredOutput {
    /// What the run found, but for what the summary says: outcomes, differences, calibration and issues are empty.
    pub output: RunOutput,
    /// The summary.
    pub summary: Summary,
}

/// Reads the summary in a run's folder.
///
/// # Errors
/// A folder that is no run of this format, or that cannot be read.
pub fn summary(run: &Path) -> Result<Summary, RunError> {
    Summary::parse(&folder::read(run, SUMMARY)?).map_err(|why| RunError::NoRun {
        path: run.to_owned(),
        reason: format!("its {SUMMARY} is damaged: {why}"),
    })
}

/// Reads a run's folder.
///
/// # Errors
/// A folder that is no complete run of this format, or that cannot be read.
pub fn read(run: &Path) -> Result<StoredOutput, RunError> {
    let no_run = |reason: String| RunError::NoRun {
        path: run.to_owned(),
        reason,
    };
    for name in [SUMMARY, DRAWS, SERIES, SCENARIO, MATERIAL] {
        if !run.join(name).is_file() {
            let remedy = if name == MATERIAL && run.join(SUMMARY).is_file() {
                "; an earlier release wrote it: `beachhead run` with its scenario completes it without computing again"
            } else {
                ""
            };
            return Err(no_run(format!("there is no {name} in it{remedy}")));
        }
    }
    let damaged = |name: &str, why: String| no_run(format!("its {name} is damaged: {why}"));
    let summary = summary(run)?;
    let document: Document<RunOutput> = serde_json::from_slice(&folder::read(run, MATERIAL)?)
        .map_err(|why| damaged(MATERIAL, why.to_string()))?;
    if document.format != FORMAT {
        let why = format!("format {} instead of {FORMAT}", document.format);
        return Err(damaged(MATERIAL, why));
    }
    let mut output = document.run;
    output.resolved = serde_json::from_slice(&folder::read(run, SCENARIO)?)
        .map_err(|why| damaged(SCENARIO, why.to_string()))?;
    series(run, &mut output).map_err(|why| damaged(SERIES, why))?;
    if run.join(ANALYSIS).is_file() {
        let analysis = Analysis::parse(&folder::read(run, ANALYSIS)?);
        let analysis = analysis.map_err(|why| damaged(ANALYSIS, why))?;
        if analysis.hash != summary.hash {
            let why = format!("it is of run {}, not of {}", analysis.hash, summary.hash);
            return Err(damaged(ANALYSIS, why));
        }
        output.analysis = Some(analysis);
    }
    Ok(StoredOutput { output, summary })
}

/// Fills in the series of every plan.
fn series(run: &Path, output: &mut RunOutput) -> Result<(), String> {
    let file = File::open(run.join(SERIES)).map_err(|error| error.to_string())?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| error.to_string())?;
    let over_draws = output.draws > 1;
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        add(&batch, output, over_draws).ok_or(
            "it has other columns than this release writes, or plans that the run has not",
        )?;
    }
    let months = output.months;
    let mut all = output.plans.iter().flat_map(|plan| &plan.series);
    match all.find(|series| series.values.len() != months) {
        Some(series) => Err(format!(
            "{} has {} months instead of {months}",
            series.id,
            series.values.len()
        )),
        None => Ok(()),
    }
}

/// Adds rows, which come plan by plan and series by series in the order of months.
fn add(batch: &RecordBatch, output: &mut RunOutput, over_draws: bool) -> Option<()> {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let numbers = |name: &str| {
        let column = batch.column_by_name(name)?;
        column.as_primitive_opt::<Float64Type>()
    };
    let (plans, ids, units) = (text("plan")?, text("series")?, text("unit")?);
    let mean = numbers("mean")?;
    let mut bands = Vec::new();
    for name in QUANTILES {
        bands.push(numbers(name)?);
    }
    for row in 0..batch.num_rows() {
        let plan = output
            .plans
            .iter_mut()
            .find(|plan| plan.id == plans.value(row))?;
        if plan
            .series
            .last()
            .is_none_or(|last| last.id != ids.value(row))
        {
            plan.series.push(Series {
                id: ids.value(row).to_owned(),
                unit: units.value(row).to_owned(),
                values: Vec::new(),
                bands: over_draws.then(Default::default),
            });
        }
        let series = plan.series.last_mut()?;
        series.values.push(mean.value(row));
        for (band, column) in series.bands.iter_mut().flatten().zip(&bands) {
            band.push(column.value(row));
        }
    }
    Some(())
}
