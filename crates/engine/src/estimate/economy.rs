//! The problem made ready: instruments and designs with fixed effects absorbed, and what every step needs of them.

use super::absorb::Absorption;
use super::kernel::dot;
use super::linear::{block_diagonal, inverse, symmetric};
use super::micro::beside;
use super::options::Options;
use super::parameters::{Kind, Parameters};
use super::problem::{Column, Problem};
use super::space::Space;
use crate::numerics::dispatch::Dispatch;
use faer::Mat;
use rayon::prelude::*;

/// One side of the economy: demand or supply.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// Fixed effects.
    pub(super) absorption: Absorption,
    /// Instruments, excluded ones first, absorbed, (M, N).
    pub(super) instruments: Vec<Vec<f64>>,
    /// Columns of the design whose parameters are concentrated out: their numbers in the design.
    pub(super) concentrated: Vec<usize>,
    /// Those columns, absorbed, (K, N).
    pub(super) design: Vec<Vec<f64>>,
}

/// Everything that stays the same during an estimation.
#[derive(Clone, Debug)]
pub(super) struct Economy<'a> {
    pub(super) problem: &'a Problem,
    pub(super) space: Space,
    pub(super) options: &'a Options,
    pub(super) demand: Side,
    pub(super) supply: Option<Side>,
    /// `Z'X` of both sides, (M, K).
    pub(super) instruments_by_design: Mat<f64>,
    pub(super) dispatch: Dispatch,
}

impl<'a> Economy<'a> {
    pub(super) fn new(problem: &'a Problem, parameters: &Parameters, options: &'a Options) -> Self {
        let cost = problem
            .supply
            .as_ref()
            .map_or(0, |supply| supply.design.len());
        let space = Space::new(parameters, problem.linear.len(), cost);
        let dispatch = Dispatch::detect();
        let concentrated = |kind: Kind, count: usize| -> Vec<usize> {
            (0..count).filter(|&k| !space.has(kind, k)).collect()
        };
        let demand = Side::new(
            &problem.absorbed,
            &problem.instruments,
            &problem.linear,
            concentrated(Kind::Beta, problem.linear.len()),
        );
        let supply = problem.supply.as_ref().map(|supply| {
            Side::new(
                &supply.absorbed,
                &supply.instruments,
                &supply.design,
                concentrated(Kind::Gamma, cost),
            )
        });
        let mut economy = Self {
            problem,
            space,
            options,
            demand,
            supply,
            instruments_by_design: Mat::zeros(0, 0),
            dispatch,
        };
        economy.instruments_by_design = economy.by_sides(|side| {
            let design: Vec<&[f64]> = side.design.iter().map(Vec::as_slice).collect();
            side.by_instruments(dispatch, &design)
        });
        economy
    }

    /// Both sides, demand first.
    pub(super) fn sides(&self) -> impl Iterator<Item = &Side> {
        std::iter::once(&self.demand).chain(&self.supply)
    }

    /// Blocks of both sides down the diagonal.
    fn by_sides(&self, block: impl Fn(&Side) -> Mat<f64>) -> Mat<f64> {
        block_diagonal(&self.sides().map(block).collect::<Vec<_>>())
    }

    /// Number of moments, M.
    pub(super) fn moments(&self) -> usize {
        self.sides().map(|side| side.instruments.len()).sum()
    }

    /// Number of micro moments.
    pub(super) fn micro_moments(&self) -> usize {
        self.problem
            .micro
            .as_ref()
            .map_or(0, |micro| micro.moments.len())
    }

    /// Weights of two-stage least squares, `(Z'Z/N)⁻¹` by sides, (M, M).
    pub(super) fn first_weights(&self) -> Option<Mat<f64>> {
        let n = self.problem.rows() as f64;
        let dispatch = self.dispatch;
        let products = self.by_sides(|side| {
            let z: Vec<&[f64]> = side.instruments.iter().map(Vec::as_slice).collect();
            let mut square = side.by_instruments(dispatch, &z);
            for c in 0..square.ncols() {
                for r in 0..square.nrows() {
                    square[(r, c)] /= n;
                }
            }
            square
        });
        // Micro moments have no weights before their covariance is known.
        let micro = self.micro_moments();
        let micro = (micro > 0).then(|| Mat::zeros(micro, micro));
        inverse(&products).map(|weights| beside(symmetric(&weights), micro))
    }
}

impl Side {
    fn new(
        absorbed: &[Vec<usize>],
        excluded: &[Column],
        design: &[Column],
        concentrated: Vec<usize>,
    ) -> Self {
        let absorption = Absorption::new(absorbed);
        let exogenous = design.iter().filter(|column| column.is_exogenous());
        let instruments: Vec<&Column> = excluded.iter().chain(exogenous).collect();
        let values: Vec<&[f64]> = instruments.iter().map(|c| c.values.as_slice()).collect();
        let columns: Vec<&[f64]> = concentrated
            .iter()
            .map(|&k| design[k].values.as_slice())
            .collect();
        Self {
            instruments: absorption.residuals(&values),
            design: absorption.residuals(&columns),
            concentrated,
            absorption,
        }
    }

    /// `Z'A` for columns A, (M, columns).
    pub(super) fn by_instruments(&self, dispatch: Dispatch, columns: &[&[f64]]) -> Mat<f64> {
        let (m, k) = (self.instruments.len(), columns.len());
        let cells: Vec<f64> = (0..m * k)
            .into_par_iter()
            .map(|at| dot(dispatch, &self.instruments[at / k], columns[at % k]))
            .collect();
        Mat::from_fn(m, k, |r, c| cells[r * k + c])
    }
}
