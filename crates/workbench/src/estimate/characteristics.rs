//! What products are made of in a fit's formulas, so that one that no market has can be put in.

use super::frame::Frame;
use super::wanted::{Formulas, Placed};
use crate::formula::{Column, Columns};
use beachhead_engine::estimate::NewProduct;

/// Columns of utility, as expressions of columns of the table of products.
#[derive(Clone, Debug, Default)]
pub struct Characteristics {
    linear: Vec<Column>,
    nonlinear: Vec<Column>,
    /// Columns of numbers that they name, but the price.
    pub numbers: Vec<String>,
    /// Columns of levels that they name, with the levels of the fit.
    pub levels: Vec<(String, Vec<String>)>,
}

/// A product's characteristics: a number for each column of [`Characteristics::numbers`], a level for each of
/// [`Characteristics::levels`], in their order.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// Numbers.
    pub numbers: Vec<f64>,
    /// Positions of levels.
    pub levels: Vec<u32>,
}

impl Characteristics {
    pub(super) fn of(formulas: &Formulas, frame: &Frame) -> Self {
        let absorbs = formulas.absorb.is_some();
        let design = |placed: &Option<Placed>, absorbs: bool| {
            let columns = placed
                .as_ref()
                .map(|placed| placed.formula.design(frame, absorbs));
            columns.and_then(Result::ok).unwrap_or_default()
        };
        let mut found = Self {
            linear: design(&formulas.linear, absorbs),
            nonlinear: design(&formulas.nonlinear, false),
            ..Self::default()
        };
        let utility = [&formulas.linear, &formulas.nonlinear];
        for placed in utility.into_iter().flatten() {
            for (name, _) in placed.formula.names() {
                found.add(name, placed, frame);
            }
        }
        found
    }

    fn add(&mut self, name: &str, placed: &Placed, frame: &Frame) {
        let is_number = placed.formula.has_numbers_of(name) && frame.numbers(name).is_some();
        if is_number && name != PRICES && !self.numbers.iter().any(|known| known == name) {
            self.numbers.push(name.to_owned());
        }
        let is_levels = placed.formula.has_levels_of(name) || frame.numbers(name).is_none();
        let is_known = self.levels.iter().any(|(known, _)| known == name);
        if let (true, false, Some((_, levels))) = (is_levels, is_known, frame.levels(name)) {
            self.levels.push((name.to_owned(), levels.to_vec()));
        }
    }

    /// All columns that they name, but the price.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let levels = self.levels.iter().map(|(name, _)| name.as_str());
        self.numbers.iter().map(String::as_str).chain(levels)
    }

    /// The columns' values of a product at a price of 0.
    pub fn evaluate(&self, product: &Described) -> NewProduct {
        let row = Row {
            of: self,
            codes: product.levels.iter().map(|code| [*code]).collect(),
            numbers: product.numbers.iter().map(|number| [*number]).collect(),
        };
        let values = |columns: &[Column]| -> Vec<f64> {
            let columns = columns.iter();
            columns
                .flat_map(|column| column.expression.evaluate(&row))
                .collect()
        };
        NewProduct {
            linear: values(&self.linear),
            nonlinear: values(&self.nonlinear),
        }
    }
}

/// The column of prices.
const PRICES: &str = "prices";
/// A price of 0.
const NO_PRICE: [f64; 1] = [0.0];

/// A table of one row.
struct Row<'a> {
    of: &'a Characteristics,
    numbers: Vec<[f64; 1]>,
    codes: Vec<[u32; 1]>,
}

impl Columns for Row<'_> {
    fn rows(&self) -> usize {
        1
    }

    fn numbers(&self, name: &str) -> Option<&[f64]> {
        if name == PRICES {
            return Some(&NO_PRICE);
        }
        let at = self.of.numbers.iter().position(|known| known == name)?;
        self.numbers.get(at).map(|one| &one[..])
    }

    fn levels(&self, name: &str) -> Option<(&[u32], &[String])> {
        let mut known = self.of.levels.iter();
        let at = known.position(|(known, _)| known == name)?;
        Some((self.codes.get(at)?, &self.of.levels[at].1))
    }

    fn names(&self) -> Vec<String> {
        let numbers = self.of.numbers.iter().cloned();
        let levels = self.of.levels.iter().map(|(name, _)| name.clone());
        numbers.chain(levels).collect()
    }
}
