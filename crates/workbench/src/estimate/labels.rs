//! Starting values by label to parameters by place.

use super::file::{Distribution, ProblemFile, Rho, Searcher, Start};
use crate::diagnostic::{Diagnostic, name_list};
use crate::document::Files;
use crate::reader::{Map, Text};
use beachhead_engine::estimate::{Coefficient, Entry, Parameters};

/// Lower bound of a standard deviation, unless its start is below it.
const LOWEST_SIGMA: f64 = 0.0;
/// Start of what is computed afterwards: anything but 0, which would hold it.
const UNKNOWN: f64 = 0.1;
/// Bounds of a nesting parameter, unless its start is outside them: plain logit, and short of the limit of utility maximisation.
const RHO_BOUNDS: (f64, f64) = (0.0, 0.99);

/// Labels of the columns that parameters belong to.
pub(super) struct Labels<'a> {
    pub(super) linear: &'a [String],
    pub(super) nonlinear: &'a [String],
    pub(super) demographics: &'a [String],
    pub(super) costs: &'a [String],
    pub(super) nests: Option<&'a [String]>,
    /// Linear columns that move with the price.
    pub(super) priced: &'a [bool],
}

/// All parameters.
pub(super) fn parameters(
    file: &ProblemFile,
    labels: &Labels<'_>,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Parameters {
    let mut reading = Reading { files, mistakes };
    let takes_bounds = matches!(
        file.estimation.optimiser,
        Searcher::Lbfgsb | Searcher::None | Searcher::Unread
    );
    if !takes_bounds {
        reading.no_bounds(file);
    }
    let size = labels.nonlinear.len();
    let mut sigma: Vec<Vec<Entry>> = (0..size)
        .map(|row| vec![Entry::fixed(0.0); row + 1])
        .collect();
    for (key, start) in &file.sigma.entries {
        let place = reading.pair(key, labels.nonlinear, labels.nonlinear, "sigma", true);
        let Some((row, column)) = place else { continue };
        if column > row {
            let swapped = format!(
                "\"{} x {}\"",
                labels.nonlinear[column], labels.nonlinear[row]
            );
            let mistake = files
                .error(
                    key.place,
                    format!("`{}` lies above the diagonal of Σ", key.text),
                )
                .expected("the lower triangle: the later column of `formulas.nonlinear` first")
                .help(format!("write {swapped}"));
            reading.mistakes.push(mistake);
            continue;
        }
        let lower = (row == column && takes_bounds).then(|| start.value.min(LOWEST_SIGMA));
        sigma[row][column] = entry(start, lower, None);
    }
    let mut pi = vec![vec![Entry::fixed(0.0); labels.demographics.len()]; size];
    for (key, start) in &file.pi.entries {
        if let Some((row, column)) =
            reading.pair(key, labels.nonlinear, labels.demographics, "pi", false)
        {
            pi[row][column] = entry(start, None, None);
        }
    }
    if file.sigma.entries.is_empty() && file.pi.entries.is_empty() {
        // Nothing is given: these are searched over, from starts that are computed.
        for (row, line) in sigma.iter_mut().enumerate() {
            let lower = if takes_bounds {
                LOWEST_SIGMA
            } else {
                f64::NEG_INFINITY
            };
            line[row] = Entry::free(UNKNOWN).between(lower, f64::INFINITY);
        }
        for entry in pi.iter_mut().flatten() {
            *entry = Entry::free(UNKNOWN);
        }
    }
    let beta = reading.vector(&file.beta, labels.linear, "beta");
    for (k, priced) in labels.priced.iter().enumerate() {
        let held = beta.get(k).is_some_and(Option::is_some);
        if *priced && !held && file.formulas.costs.is_some() {
            let label = &labels.linear[k];
            let found =
                format!("`{label}` in `formulas.linear` beside `formulas.costs`, without a start");
            let mistake = files.error(file.formulas.linear.place, found);
            reading.mistakes.push(
                mistake
                    .expected("a starting value: with a supply side what moves with the price is searched over")
                    .help(format!("write [beta] with \"{label}\" = -1, near what a first fit without costs gives")),
            );
        }
    }
    let gamma = reading.vector(&file.gamma, labels.costs, "gamma");
    let coefficients = reading.coefficients(&file.coefficients, labels.nonlinear);
    Parameters {
        sigma,
        pi,
        rho: reading.rho(file, labels.nests, takes_bounds),
        beta,
        gamma,
        coefficients,
    }
}

/// A start as an entry, with the usual bounds where none are written.
fn entry(start: &Start, lower: Option<f64>, upper: Option<f64>) -> Entry {
    if start.fixed {
        return Entry::fixed(start.value);
    }
    let lower = start.lower.or(lower).unwrap_or(f64::NEG_INFINITY);
    let upper = start.upper.or(upper).unwrap_or(f64::INFINITY);
    Entry::free(start.value).between(lower, upper)
}

struct Reading<'a, 'm> {
    files: &'a Files,
    mistakes: &'m mut Vec<Diagnostic>,
}

impl Reading<'_, '_> {
    /// Reports bounds where the search takes none.
    fn no_bounds(&mut self, file: &ProblemFile) {
        let of_nests = match &file.rho {
            Some(Rho::One(start)) => vec![start],
            Some(Rho::Many(map)) => map.entries.iter().map(|(_, start)| start).collect(),
            None => Vec::new(),
        };
        let maps = [&file.sigma, &file.pi, &file.beta, &file.gamma];
        let all = maps.into_iter().flat_map(|map| &map.entries);
        for start in all.map(|(_, start)| start).chain(of_nests) {
            if !start.fixed && (start.lower.is_some() || start.upper.is_some()) {
                let found = "bounds beside an `optimiser` that takes none";
                let mistake = self.files.error(start.place, found);
                self.mistakes.push(
                    mistake
                        .expected("`optimiser = \"l_bfgs_b\"` in [estimation], or no bounds")
                        .help("to hold a parameter write `{ start = …, fixed = true }`"),
                );
            }
        }
    }

    /// Row and column of `row x column`; a row alone is on the diagonal where that is a thing.
    fn pair(
        &mut self,
        key: &Text,
        rows: &[String],
        columns: &[String],
        section: &str,
        diagonal: bool,
    ) -> Option<(usize, usize)> {
        let position = |list: &[String], name: &str| list.iter().position(|label| label == name);
        let split = key.text.split_once(" x ");
        let found = match split {
            Some((row, column)) => (position(rows, row.trim()), position(columns, column.trim())),
            None if diagonal => (position(rows, &key.text), position(rows, &key.text)),
            None => (None, None),
        };
        if let (Some(row), Some(column)) = found {
            return Some((row, column));
        }
        let valid: Vec<String> = if diagonal {
            rows.iter().map(|row| format!("{row} x {row}")).collect()
        } else {
            let all = rows
                .iter()
                .flat_map(|row| columns.iter().map(move |c| format!("{row} x {c}")));
            all.collect()
        };
        let mistake = self
            .files
            .error(key.place, format!("`{}` in [{section}]", key.text))
            .expected(match valid.is_empty() {
                true => "no such section: the formulas give no such parameters".to_owned(),
                false => format!("such as {}", name_list(valid.iter().take(16))),
            })
            .nearest(&key.text, rows.iter().chain(&valid));
        self.mistakes.push(mistake);
        None
    }

    fn vector(&mut self, map: &Map<Start>, labels: &[String], section: &str) -> Vec<Option<Entry>> {
        let mut entries = vec![None; labels.len()];
        for (key, start) in &map.entries {
            match labels.iter().position(|label| *label == key.text) {
                Some(position) => entries[position] = Some(entry(start, None, None)),
                None => self.unknown(key, labels, section),
            }
        }
        entries
    }

    fn coefficients(&mut self, map: &Map<Distribution>, labels: &[String]) -> Vec<Coefficient> {
        let mut kinds = vec![Coefficient::Normal; labels.len()];
        for (key, kind) in &map.entries {
            match labels.iter().position(|label| *label == key.text) {
                Some(position) => {
                    kinds[position] = match kind {
                        Distribution::Lognormal => Coefficient::Lognormal,
                        Distribution::Logit => Coefficient::Logit,
                        Distribution::Normal | Distribution::Unread => Coefficient::Normal,
                    }
                }
                None => self.unknown(key, labels, "coefficients"),
            }
        }
        kinds
    }

    fn rho(
        &mut self,
        file: &ProblemFile,
        nests: Option<&[String]>,
        takes_bounds: bool,
    ) -> Vec<Entry> {
        let of = |start: &Start| {
            let (lower, upper) = (start.value.min(RHO_BOUNDS.0), start.value.max(RHO_BOUNDS.1));
            match takes_bounds {
                true => entry(start, Some(lower), Some(upper)),
                false => entry(start, None, None),
            }
        };
        match (&file.rho, nests) {
            (None, None) => Vec::new(),
            (None, Some(_)) => {
                let mistake = Diagnostic::about_file("problem.toml", "nests without `rho`")
                    .expected("a starting value of how much closer substitutes the products of a nest are")
                    .help("write `rho = 0.5` above the first section");
                self.mistakes.push(mistake);
                Vec::new()
            }
            (Some(rho), None) => {
                let place = match rho {
                    Rho::One(start) => start.place,
                    Rho::Many(map) => map.place,
                };
                let mistake = self.files.error(place, "`rho` without nests").expected(
                    "a column `nesting_ids` in the table of products, or `nests` in [products]",
                );
                self.mistakes.push(mistake);
                Vec::new()
            }
            (Some(Rho::One(start)), Some(_)) => vec![of(start)],
            (Some(Rho::Many(map)), Some(nests)) => {
                for (key, _) in &map.entries {
                    if !nests.contains(&key.text) {
                        self.unknown(key, nests, "rho");
                    }
                }
                let missing: Vec<&String> = nests
                    .iter()
                    .filter(|nest| map.get(nest).is_none())
                    .collect();
                if !missing.is_empty() {
                    let found = format!("[rho] without {}", name_list(&missing));
                    let mistake = self.files.error(map.place, found);
                    self.mistakes.push(
                        mistake.expected("a starting value for each nest, or one number for all"),
                    );
                }
                nests
                    .iter()
                    .filter_map(|nest| map.get(nest))
                    .map(of)
                    .collect()
            }
        }
    }

    fn unknown(&mut self, key: &Text, labels: &[String], section: &str) {
        let mistake = self
            .files
            .error(key.place, format!("`{}` in [{section}]", key.text))
            .expected(match labels.is_empty() {
                true => "no such section: the formulas give no such parameters".to_owned(),
                false => format!("one of {}", name_list(labels)),
            })
            .nearest(&key.text, labels);
        self.mistakes.push(mistake);
    }
}
