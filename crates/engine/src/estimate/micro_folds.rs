//! Sums over the choices of each person of a market: what surveys of choices are made of, one column of products at a time.

use super::kernel::Layout;
use super::micro::{MicroDataset, MicroPart, MicroValue};
use crate::numerics::dispatch::LANES;
use std::ops::Range;

/// A number of each choice: `constant + Σ_j P_ij change_j` is its mean for a person.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    /// (J,)
    change: Vec<f64>,
    /// Of buying nothing, where the survey asks for it.
    constant: f64,
    /// Of the products themselves, (J,).
    value: Vec<f64>,
}

/// Columns of all parts about choices in a market, each once.
#[derive(Debug)]
pub(super) struct Folds {
    columns: Vec<Column>,
    /// Column of each part; `None` of second choices.
    of: Vec<Option<usize>>,
    /// Column that is 1 for whom each part counts.
    counted: Vec<usize>,
}

impl Folds {
    /// Of the parts in the market of these rows.
    pub(super) fn new(parts: &[MicroPart], datasets: &[MicroDataset], rows: &Range<usize>) -> Self {
        let mut folds = Self {
            columns: Vec::new(),
            of: Vec::new(),
            counted: Vec::new(),
        };
        for part in parts {
            let outside = datasets[part.dataset].outside;
            let everyone = folds.column(&vec![1.0; rows.len()], 1.0, outside);
            folds.counted.push(everyone);
            let of = match &part.value {
                MicroValue::Choice {
                    product,
                    outside: nothing,
                    ..
                } => Some(folds.column(&product[rows.clone()], *nothing, outside)),
                MicroValue::Second { .. } => None,
            };
            folds.of.push(of);
        }
        folds
    }

    /// The position of a column, made if there is none like it.
    fn column(&mut self, value: &[f64], nothing: f64, outside: bool) -> usize {
        let constant = if outside { nothing } else { 0.0 };
        let column = Column {
            change: value.iter().map(|x| x - constant).collect(),
            constant,
            value: value.to_vec(),
        };
        if let Some(known) = self.columns.iter().position(|known| *known == column) {
            return known;
        }
        self.columns.push(column);
        self.columns.len() - 1
    }

    /// Means of all columns by person, (I,) each with padding.
    pub(super) fn means(&self, layout: Layout, cells: &[f64]) -> Vec<Vec<f64>> {
        let columns = self.columns.iter();
        columns
            .map(|column| folded(layout, cells, &column.change, column.constant))
            .collect()
    }

    /// What they move by where probabilities move by `moved`.
    pub(super) fn slopes(&self, layout: Layout, moved: &[f64]) -> Vec<Vec<f64>> {
        let columns = self.columns.iter();
        columns
            .map(|column| folded(layout, moved, &column.change, 0.0))
            .collect()
    }

    /// The mean of the product of two parts' numbers of choices by person, (I,) with padding.
    pub(super) fn product(
        &self,
        layout: Layout,
        cells: &[f64],
        p: usize,
        q: usize,
    ) -> Option<Vec<f64>> {
        let (a, b) = (&self.columns[self.of[p]?], &self.columns[self.of[q]?]);
        let constant = a.constant * b.constant;
        let values = a.value.iter().zip(&b.value);
        let change: Vec<f64> = values.map(|(a, b)| a * b - constant).collect();
        Some(folded(layout, cells, &change, constant))
    }

    /// The columns of two parts, in an order that is the same both ways.
    pub(super) fn pair(&self, p: usize, q: usize) -> Option<(usize, usize)> {
        let (a, b) = (self.of[p]?, self.of[q]?);
        Some((a.min(b), a.max(b)))
    }

    /// A part's column and the one of whom it counts.
    pub(super) fn of_part(&self, p: usize) -> Option<(usize, usize)> {
        Some((self.of[p]?, self.counted[p]))
    }
}

/// `constant + Σ_j cells_ij change_j` for each person.
fn folded(layout: Layout, cells: &[f64], change: &[f64], constant: f64) -> Vec<f64> {
    let many = layout.width * LANES;
    let mut sums = vec![constant; layout.padded()];
    for block in 0..layout.blocks {
        let into = &mut sums[block * many..(block + 1) * many];
        for (j, change) in change.iter().enumerate() {
            if *change == 0.0 {
                continue;
            }
            let at = (block * layout.products + j) * many;
            for (sum, cell) in into.iter_mut().zip(&cells[at..at + many]) {
                *sum += change * cell;
            }
        }
    }
    sums
}

/// `Σ_i w_i a_i m_i`.
pub(super) fn weighted(weight: &[f64], agent: &[f64], mean: &[f64]) -> f64 {
    let pairs = weight.iter().zip(agent).zip(mean);
    pairs.map(|((w, a), m)| w * a * m).sum()
}
