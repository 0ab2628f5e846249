//! A fit read back from its folder: the problem, the estimates, mean utilities.

use super::document::block;
use super::export::{FIT, ROWS, problem_of};
use super::frame::{self, Want};
use super::read::{Loaded, read};
use super::stored_covariance::StoredCovariance;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formula::Columns;
use crate::run::FORMAT;
use beachhead_engine::estimate::{EstimateError, Fitted, Found, Kind, Parameters, Place, drawn};
use beachhead_engine::futures::Address;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Why a fit cannot be read back.
pub type StoredError = Diagnostics;

/// A fit.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its problem.
    pub loaded: Loaded,
    /// θ, (P,).
    pub theta: Vec<f64>,
    /// β, (K1,).
    pub beta: Vec<f64>,
    /// γ, (K3,).
    pub gamma: Vec<f64>,
    /// δ, (N,), in the order of the problem's rows.
    pub mean_utility: Vec<f64>,
    /// Covariance of the estimates.
    pub covariance: StoredCovariance,
    /// Digest of the fit and of all that it was made from, hexadecimal.
    pub digest: String,
}

impl Stored {
    /// Whether a path is a fit: a `fit.json`, or a folder with one.
    pub fn is_at(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == FIT) || path.join(FIT).is_file()
    }

    /// Reads a fit's folder.
    ///
    /// # Errors
    /// Files that are missing, of another format, or that do not belong together.
    pub fn read(path: &Path) -> Result<Self, StoredError> {
        let folder = if path.is_dir() {
            path.to_owned()
        } else {
            path.parent().map_or_else(PathBuf::new, Path::to_owned)
        };
        let name = folder.join(FIT).display().to_string();
        let wrong = |found: String| {
            Diagnostics::from(
                Diagnostic::about_file(&name, found)
                    .expected("a folder that `beachhead estimate` wrote, whole and unchanged"),
            )
        };
        let text = std::fs::read_to_string(folder.join(FIT))
            .map_err(|error| wrong(format!("cannot read this file: {error}")))?;
        let document: Value = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("not valid JSON: {error}")))?;
        if document["format"] != FORMAT {
            return Err(wrong(format!("a fit of format {}", document["format"])));
        }
        let loaded = read(&problem_of(&folder))?;
        let values = Values {
            document: &document,
        };
        let missing = |what: String| wrong(format!("no parameter `{what}`"));
        let problem = &loaded.problem;
        let value = |place: Place| {
            let label = Parameters::name(problem, place);
            values.of(place.kind, &label).ok_or_else(|| missing(label))
        };
        let free = loaded.parameters.free().into_iter();
        let theta: Result<Vec<f64>, Diagnostics> = free.map(|(place, _)| value(place)).collect();
        let vector = |kind: Kind, count: usize| -> Result<Vec<f64>, Diagnostics> {
            let place = |row| Place {
                kind,
                row,
                column: 0,
            };
            // What is held at 0 is not written.
            let held = |row| {
                let entry = match kind {
                    Kind::Beta => loaded.parameters.beta(row),
                    _ => loaded.parameters.gamma(row),
                };
                entry.is_some_and(|entry| entry.is_fixed() && entry.start == 0.0)
            };
            (0..count)
                .map(|row| {
                    if held(row) {
                        Ok(0.0)
                    } else {
                        value(place(row))
                    }
                })
                .collect()
        };
        let costs = problem
            .supply
            .as_ref()
            .map_or(0, |supply| supply.design.len());
        let (theta, beta) = (theta?, vector(Kind::Beta, problem.linear.len())?);
        let gamma = vector(Kind::Gamma, costs)?;
        let mean_utility = mean_utility(&folder, &loaded)?;
        Ok(Self {
            theta,
            beta,
            gamma,
            covariance: StoredCovariance::of(&document),
            digest: digest(&text, &mean_utility, &loaded),
            mean_utility,
            loaded,
        })
    }

    /// An estimate.
    pub fn estimate(&self, place: Place) -> f64 {
        let free = self.loaded.parameters.free();
        let at = free.iter().position(|(known, _)| *known == place);
        let values = match place.kind {
            Kind::Gamma => &self.gamma,
            _ => &self.beta,
        };
        match at {
            Some(at) => self.theta[at],
            None => values.get(place.row).copied().unwrap_or(0.0),
        }
    }

    /// What was found.
    fn found(&self) -> Found<'_> {
        Found {
            theta: &self.theta,
            beta: &self.beta,
            gamma: &self.gamma,
            mean_utility: &self.mean_utility,
        }
    }

    /// The fit at parameters drawn around the estimates, mean utilities inverted anew, `[eq:parameter_draws]`.
    ///
    /// # Errors
    /// A fit without a whole covariance, or of another problem.
    pub fn drawn(&self, address: Address) -> Result<Self, StoredError> {
        let wrong = |found: String| {
            Diagnostics::from(
                Diagnostic::about_file(FIT, found)
                    .expected("a covariance of all estimates, to draw parameters from"),
            )
        };
        let Some(covariance) = self.covariance.whole() else {
            return Err(wrong("a covariance with gaps".to_owned()));
        };
        let Loaded {
            problem,
            parameters,
            options,
            ..
        } = &self.loaded;
        let drawn = drawn(
            problem,
            parameters,
            options,
            &self.found(),
            &covariance,
            address,
        )
        .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            loaded: self.loaded.clone(),
            theta: drawn.theta,
            beta: drawn.beta,
            gamma: drawn.gamma,
            mean_utility: drawn.mean_utility,
            covariance: self.covariance.clone(),
            digest: self.digest.clone(),
        })
    }

    /// The fit, ready for questions about its markets.
    ///
    /// # Errors
    /// Numbers that do not belong to the problem.
    pub fn fitted(&self) -> Result<Fitted<'_>, EstimateError> {
        Fitted::at(
            &self.loaded.problem,
            &self.loaded.parameters,
            &self.loaded.options,
            &self.found(),
        )
    }
}

/// What a fit is, whatever its folder is called.
fn digest(text: &str, mean_utility: &[f64], loaded: &Loaded) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(mean_utility.iter().flat_map(|delta| delta.to_le_bytes()));
    for input in &loaded.inputs {
        bytes.extend(input.digest.bytes());
    }
    crate::run::canonical::digest(&bytes)
}

/// Estimates by block and name.
struct Values<'a> {
    document: &'a Value,
}

impl Values<'_> {
    fn of(&self, kind: Kind, name: &str) -> Option<f64> {
        let list = self.document["parameters"].as_array()?;
        let found = list
            .iter()
            .find(|entry| entry["block"] == block(kind) && entry["name"] == name);
        found?["estimate"].as_f64()
    }
}

/// δ from the rows, put into the order of the problem.
fn mean_utility(folder: &Path, loaded: &Loaded) -> Result<Vec<f64>, Diagnostics> {
    let path = folder.join(ROWS);
    let frame = frame::open(&path, ROWS)?.read(&[("mean_utility".to_owned(), Want::Numbers)])?;
    let values = frame.numbers("mean_utility").unwrap_or_default();
    let rows = loaded.problem.rows();
    if values.len() != rows {
        return Err(
            Diagnostic::about_file(ROWS, format!("{} rows", values.len()))
                .expected(format!("{rows}, as the problem has"))
                .into(),
        );
    }
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_key(|row| loaded.rows.table_row(*row));
    let mut ordered = vec![0.0; rows];
    for (value, row) in values.iter().zip(order) {
        ordered[row] = *value;
    }
    Ok(ordered)
}
