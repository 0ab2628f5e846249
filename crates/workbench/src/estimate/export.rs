//! The folder of a fit: `fit.json`, the rows with what was found of them, and the files it was made from.

use super::document::Document;
use super::post::Post;
use super::read::{Loaded, PROBLEM_FILE};
use crate::run::RunError;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use beachhead_engine::estimate::{Fit, Ownership};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The fit; its presence makes a folder ours.
pub const FIT: &str = "fit.json";
/// A row for each product in a market.
pub const ROWS: &str = "rows.parquet";
/// The problem and its tables as they were.
pub const INPUTS: &str = "inputs";

/// Why a folder was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is something else at its place.
    #[error("{} is there already and is no folder of a fit; choose another --out", .0.display())]
    NotOurs(PathBuf),
    /// The machine refused.
    #[error("cannot write {}: {error}", path.display())]
    Io {
        /// What was written.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// The program is wrong.
    #[error("a fault in this program: {0}")]
    Fault(String),
}

/// Where a fit goes if nothing else is asked for.
///
/// # Errors
/// A name that is more than a name.
pub fn place(root: &Path, loaded: &Loaded) -> Result<PathBuf, RunError> {
    crate::run::folder::place(root, &loaded.name, &loaded.hash())
}

/// Writes a fit's folder: beside its place first, then renamed, so that it is never half there.
///
/// # Errors
/// Something else at that place; a machine that refuses.
pub fn write(
    folder: &Path,
    loaded: &Loaded,
    fit: &Fit,
    document: &Document,
    post: Option<&Post>,
) -> Result<(), ExportError> {
    let is_empty = |path: &Path| fs::read_dir(path).is_ok_and(|mut list| list.next().is_none());
    if folder.exists() && !folder.join(FIT).is_file() && !is_empty(folder) {
        return Err(ExportError::NotOurs(folder.to_owned()));
    }
    let mut partial = folder.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| ExportError::Io { path, error }
    };
    let remove = |path: &Path| match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    };
    remove(&partial)?;
    fs::create_dir_all(&partial).map_err(failed(&partial))?;
    let mut bytes = serde_json::to_vec_pretty(document)
        .map_err(|error| ExportError::Fault(error.to_string()))?;
    bytes.push(b'\n');
    fs::write(partial.join(FIT), bytes).map_err(failed(&partial))?;
    let mut tables = vec![(ROWS, table(loaded, fit)?)];
    tables.extend(
        post.into_iter()
            .flat_map(|post| post.tables.iter().cloned()),
    );
    for (name, batch) in tables {
        let path = partial.join(name);
        let file = File::create(&path).map_err(failed(&path))?;
        parquet(&batch, file)?;
    }
    for input in &loaded.inputs {
        let to = partial.join(INPUTS).join(&input.name);
        if let Some(above) = to.parent() {
            fs::create_dir_all(above).map_err(failed(above))?;
        }
        fs::copy(&input.path, &to).map_err(failed(&to))?;
    }
    remove(folder)?;
    fs::rename(&partial, folder).map_err(failed(folder))
}

/// The problem's file among the inputs of a fit's folder.
pub fn problem_of(folder: &Path) -> PathBuf {
    folder.join(INPUTS).join(PROBLEM_FILE)
}

/// A row for each product in a market, in the order of the table: ids, shares, prices, mean utilities, what is left of them.
fn table(loaded: &Loaded, fit: &Fit) -> Result<RecordBatch, ExportError> {
    let problem = &loaded.problem;
    let rows = problem.rows();
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_key(|row| loaded.rows.table_row(*row));
    let mut market = vec![0; rows];
    for (t, range) in problem.markets.iter().enumerate() {
        market[range.clone()].fill(t);
    }
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    let texts = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        let list: Vec<String> = order.iter().map(|row| of(*row)).collect();
        Arc::new(StringArray::from(list))
    };
    columns.push(("market_ids", texts(&|row| problem.market_name(market[row]))));
    if loaded.rows.products.is_some() {
        let product = |row| loaded.rows.product(row).unwrap_or_default().to_owned();
        columns.push(("product_ids", texts(&product)));
    }
    if let Some(firms) = problem.ownership.as_ref().and_then(Ownership::firms) {
        columns.push((
            "firm_ids",
            texts(&|row| loaded.rows.firms[firms[row]].clone()),
        ));
    }
    let numbers = [
        ("shares", &problem.shares),
        ("prices", &problem.prices),
        ("mean_utility", &fit.mean_utility),
        ("xi", &fit.xi),
        ("costs", &fit.costs),
        ("omega", &fit.omega),
    ];
    for (name, values) in numbers
        .into_iter()
        .filter(|(_, values)| values.len() == rows)
    {
        let list: Vec<Option<f64>> = order
            .iter()
            .map(|row| super::document::finite(values[*row]))
            .collect();
        columns.push((name, Arc::new(Float64Array::from(list))));
    }
    RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .map_err(|error| ExportError::Fault(error.to_string()))
}

fn parquet(batch: &RecordBatch, file: File) -> Result<(), ExportError> {
    let fault = |error: &dyn std::fmt::Display| ExportError::Fault(error.to_string());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))
        .map_err(|error| fault(&error))?;
    writer.write(batch).map_err(|error| fault(&error))?;
    writer.close().map_err(|error| fault(&error))?;
    Ok(())
}
