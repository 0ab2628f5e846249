//! Changeable of a fit's products, to be changed in counterfactuals: columns of utility as formulas of the table's columns.

use super::export::problem_of;
use super::file::ProblemFile;
use super::frame::{Frame, open};
use super::wanted::{Formulas, Placed, Wanted, at_characters};
use crate::diagnostic::{Diagnostic, Diagnostics, name_list};
use crate::document::{Files, parse_toml};
use crate::formula::{Column, Columns, Expression};
use crate::reader::{Reader, Shape};
use std::collections::HashMap;
use std::path::Path;

/// The table of products as far as utility depends on it, and how.
#[derive(Debug)]
pub struct Changeable {
    frame: Frame,
    linear: Vec<Column>,
    nonlinear: Vec<Column>,
    absorbs: bool,
}

impl Changeable {
    /// Reads them from the folder of a fit.
    ///
    /// # Errors
    /// Files that are not what they were.
    pub fn read(folder: &Path) -> Result<Self, Diagnostics> {
        let path = problem_of(folder);
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Diagnostic::about_file(&name, format!("cannot read this file: {error}"))
                .expected("the problem that the fit was made from")
        })?;
        let mut files = Files::default();
        let at = files.add(&name, text);
        let tree = parse_toml(&files, at)?;
        let mut reader = Reader::new(&files, "the table's currency");
        let file = ProblemFile::read(&tree, &mut reader);
        let mut mistakes = reader.report;
        let formulas = Formulas::read(&file, &files, &mut mistakes);
        let mut wanted = Wanted::default();
        for placed in [&formulas.linear, &formulas.nonlinear] {
            wanted.add_formula(placed.as_ref());
        }
        let table = &file.products.table.text;
        let beside = path.parent().unwrap_or(Path::new(""));
        let frame = open(&beside.join(table), table)?.read(&wanted.columns)?;
        let absorbs = formulas.absorb.is_some();
        let mut design = |placed: Option<&Placed>, absorbs: bool| {
            let placed = placed?;
            match placed.formula.design(&frame, absorbs) {
                Ok(columns) => Some(columns),
                Err(slips) => {
                    let slips = slips.into_iter();
                    mistakes.extend(slips.map(|slip| at_characters(&files, &placed.text, slip)));
                    None
                }
            }
        };
        let linear = design(formulas.linear.as_ref(), absorbs);
        let nonlinear = design(formulas.nonlinear.as_ref(), false);
        if !mistakes.is_empty() {
            return Err(Diagnostics { list: mistakes });
        }
        Ok(Self {
            frame,
            linear: linear.unwrap_or_default(),
            nonlinear: nonlinear.unwrap_or_default(),
            absorbs,
        })
    }

    fn columns(&self) -> impl Iterator<Item = &Column> {
        self.linear.iter().chain(&self.nonlinear)
    }

    /// Columns that may be changed, unless they enter together with the price.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.frame.names();
        names.retain(|name| name != "prices" && self.frame.numbers(name).is_some());
        names
    }

    /// Why a column cannot be changed: what was found and what was expected; `None` if it can.
    pub fn refusal(&self, name: &str) -> Option<(String, String)> {
        if name == "prices" {
            let expected = "a characteristic: prices answer by themselves, and `freeze` holds them";
            return Some(("`prices` among characteristics".into(), expected.into()));
        }
        let of = |column: &&Column| column.expression.depends_on(name);
        if self.columns().find(of).is_none() || self.frame.numbers(name).is_none() {
            let known = self.names();
            let expected = format!(
                "a column of numbers in a formula of utility: {}",
                name_list(&known)
            );
            return Some((format!("no characteristic `{name}`"), expected));
        }
        let mut priced = self.columns().filter(of);
        let priced = priced.find(|column| column.expression.depends_on("prices"))?;
        Some((
            format!(
                "`{name}` enters utility together with the price, in `{}`",
                priced.label
            ),
            "a characteristic that does not change what the price is worth".into(),
        ))
    }

    /// Whether the mean taste for a column is inside absorbed fixed effects, which stay as they are.
    pub fn is_absorbed(&self, name: &str) -> bool {
        self.absorbs
            && !self
                .linear
                .iter()
                .any(|column| column.expression.depends_on(name))
    }

    /// Columns of utility, linear and with random coefficients, of a row of the table with some cells changed.
    pub fn at(&self, row: usize, changed: &[(String, f64)]) -> (Vec<f64>, Vec<f64>) {
        let mut numbers = HashMap::new();
        for name in self.frame.names() {
            if let Some(values) = self.frame.numbers(&name) {
                numbers.insert(name, vec![values[row]]);
            }
        }
        for (name, value) in changed {
            numbers.insert(name.clone(), vec![*value]);
        }
        let one = OneRow {
            frame: &self.frame,
            row,
            numbers,
        };
        let of = |columns: &[Column]| -> Vec<f64> {
            let values = columns.iter().map(|column| one.value(&column.expression));
            values.collect()
        };
        (of(&self.linear), of(&self.nonlinear))
    }
}

/// A row of a table with some cells changed.
struct OneRow<'a> {
    frame: &'a Frame,
    row: usize,
    numbers: HashMap<String, Vec<f64>>,
}

impl OneRow<'_> {
    fn value(&self, expression: &Expression) -> f64 {
        expression
            .evaluate(self)
            .first()
            .copied()
            .unwrap_or(f64::NAN)
    }
}

impl Columns for OneRow<'_> {
    fn rows(&self) -> usize {
        1
    }

    fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.numbers.get(name).map(Vec::as_slice)
    }

    fn levels(&self, name: &str) -> Option<(&[u32], &[String])> {
        let (codes, levels) = self.frame.levels(name)?;
        Some((&codes[self.row..=self.row], levels))
    }

    fn names(&self) -> Vec<String> {
        self.frame.names()
    }
}
