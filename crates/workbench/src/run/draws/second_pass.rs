//! Columns over all draws, read back from chunks in batches.

use super::chunk::Chunks;
use super::draw::Status;
use super::shape::Shape;
use crate::run::RunError;
use std::ops::Range;

/// The stored draws, those that failed left out of everything that is counted.
pub(in crate::run) struct Pass<'a> {
    chunks: Chunks<'a>,
    /// Whether a draw has outcomes.
    kept: Vec<bool>,
    /// How many have.
    count: usize,
}

impl<'a> Pass<'a> {
    /// Reads which draws have outcomes.
    pub(in crate::run) fn new(chunks: Chunks<'a>) -> Result<Self, RunError> {
        let mut kept = Vec::with_capacity(chunks.draws);
        let mut buffer = Vec::new();
        for chunk in 0..chunks.count() {
            let status = chunks.read(chunk, Shape::STATUS..Shape::STATUS + 1, &mut buffer)?;
            let failed = Status::Failed.number();
            kept.extend(status.iter().map(|status| *status != failed));
        }
        let count = kept.iter().filter(|kept| **kept).count();
        Ok(Self {
            chunks,
            kept,
            count,
        })
    }

    /// Numbers of the draws that have outcomes, in order.
    pub(in crate::run) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.kept.len()).filter(|draw| self.kept[*draw])
    }

    /// Draws that have outcomes.
    pub(in crate::run) fn count(&self) -> usize {
        self.count
    }

    /// Numbers of the first draws that have outcomes, at most so many.
    pub(in crate::run) fn first(&self, count: usize) -> Vec<usize> {
        let draws = self.kept.iter().enumerate();
        let kept = draws.filter(|(_, kept)| **kept).map(|(draw, _)| draw);
        kept.take(count).collect()
    }

    /// Columns of the draws that have outcomes, (columns, draws).
    pub(in crate::run) fn columns(&self, columns: Range<usize>) -> Result<Vec<f64>, RunError> {
        let width = columns.len();
        let mut gathered = vec![0.0; width * self.count];
        let mut buffer = Vec::new();
        let mut at = 0;
        for chunk in 0..self.chunks.count() {
            let draws = self.chunks.draws_of(chunk);
            let part = self.chunks.read(chunk, columns.clone(), &mut buffer)?;
            let kept = &self.kept[draws.clone()];
            for column in 0..width {
                let values = &part[column * draws.len()..(column + 1) * draws.len()];
                let place = &mut gathered[column * self.count + at..];
                let values = values.iter().zip(kept).filter(|(_, kept)| **kept);
                for (place, (value, _)) in place.iter_mut().zip(values) {
                    *place = *value;
                }
            }
            at += kept.iter().filter(|kept| **kept).count();
        }
        Ok(gathered)
    }

    /// One column of the draws that have outcomes.
    pub(in crate::run) fn column(&self, column: usize) -> Result<Vec<f64>, RunError> {
        self.columns(column..column + 1)
    }
}
