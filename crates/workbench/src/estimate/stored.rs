//! A fit read back from its folder: the problem, the estimates, mean utilities.

use super::document::block;
use super::export::{FIT, ROWS, problem_of};
use super::frame::{self, Want};
use super::read::{Loaded, read};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formula::Columns;
use crate::run::FORMAT;
use beachhead_engine::estimate::{Coefficient, Demographic, Kind, Parameters, Place};
use serde_json::Value;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a fit cannot be read back.
pub type StoredError = Diagnostics;

/// A fit.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its problem.
    pub loaded: Loaded,
    /// Σ, (K2, K2) row by row.
    pub sigma: Vec<f64>,
    /// Π, (K2, D) row by row.
    pub pi: Vec<f64>,
    /// ρ of each nest, (H,).
    pub rho: Vec<f64>,
    /// β, (K1,).
    pub beta: Vec<f64>,
    /// δ, (N,), in the order of the problem's rows.
    pub mean_utility: Vec<f64>,
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
        let k = loaded.problem.nonlinear.len();
        let d = loaded
            .problem
            .agents
            .as_ref()
            .map_or(0, |agents| agents.labels.len());
        let (mut sigma, mut pi, mut rho) = (vec![0.0; k * k], vec![0.0; k * d], Vec::new());
        let mut beta = vec![f64::NAN; loaded.problem.linear.len()];
        for (place, entry) in loaded.parameters.entries() {
            let held = (entry.is_fixed() && entry.start == 0.0).then_some(0.0);
            let label = Parameters::name(&loaded.problem, place);
            let value = held
                .or_else(|| values.of(place.kind, &label))
                .ok_or_else(|| missing(label))?;
            match place.kind {
                Kind::Sigma => sigma[place.row * k + place.column] = value,
                Kind::Pi => pi[place.row * d + place.column] = value,
                Kind::Rho => rho.push(value),
                Kind::Beta => beta[place.row] = value,
                Kind::Gamma => {}
            }
        }
        for (row, value) in beta
            .iter_mut()
            .enumerate()
            .filter(|(_, value)| value.is_nan())
        {
            let place = Place {
                kind: Kind::Beta,
                row,
                column: 0,
            };
            let label = Parameters::name(&loaded.problem, place);
            *value = values
                .of(Kind::Beta, &label)
                .ok_or_else(|| missing(label))?;
        }
        let nests = loaded
            .problem
            .nests
            .as_ref()
            .map_or(0, |nests| nests.labels.len());
        if rho.len() == 1 {
            rho = vec![rho[0]; nests];
        }
        let mean_utility = mean_utility(&folder, &loaded)?;
        Ok(Self {
            loaded,
            sigma,
            pi,
            rho,
            beta,
            mean_utility,
        })
    }

    /// People of a market, if coefficients are random: else one.
    pub fn people(&self, market: usize) -> Range<usize> {
        let agents = self.loaded.problem.agents.as_ref();
        agents.map_or(0..1, |agents| agents.markets[market].clone())
    }

    /// Random coefficients of a product's columns for each person of a market, (K2, I) column by column; `product` counts within the market.
    pub fn coefficients(&self, market: usize, product: usize) -> Vec<Vec<f64>> {
        let problem = &self.loaded.problem;
        let Some(agents) = &problem.agents else {
            return Vec::new();
        };
        let (k2, d) = (problem.nonlinear.len(), agents.labels.len());
        let people = agents.markets[market].clone();
        let demographic = |d: usize, i: usize| match &agents.demographics[d] {
            Demographic::OfAgent(values) => values[i],
            Demographic::OfProduct(markets) => {
                markets[market][product * people.len() + i - people.start]
            }
        };
        let of_column = |k: usize| {
            let index = |i: usize| {
                let tastes = (0..k2).map(|l| self.sigma[k * k2 + l] * agents.nodes[l][i]);
                let moved = (0..d).map(|e| self.pi[k * d + e] * demographic(e, i));
                tastes.chain(moved).sum::<f64>()
            };
            let shaped = |index: f64| match self.loaded.parameters.coefficient(k) {
                Coefficient::Normal => index,
                Coefficient::Lognormal => libm::exp(index),
                Coefficient::Logit => 1.0 / (1.0 + libm::exp(-index)),
            };
            people.clone().map(|i| shaped(index(i))).collect()
        };
        (0..k2).map(of_column).collect()
    }
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
