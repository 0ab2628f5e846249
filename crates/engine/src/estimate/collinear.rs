//! Columns that say nothing that others have not said.

use super::absorb::Absorption;
use super::error::EstimateError;
use super::kernel::{add_scaled, dot};
use super::problem::{Column, Problem};
use crate::numerics::dispatch::Dispatch;

/// What is left of a column beside those before it, as a part of its size, below which it adds nothing.
const COLLINEAR: f64 = 1e-10;

/// Columns of a design or of instruments that add nothing to those before them, fixed effects absorbed.
pub(super) fn collinear(problem: &Problem, mistakes: &mut Vec<EstimateError>) {
    let mut look = |block: &'static str, columns: Vec<&Column>, absorbed: &[Vec<usize>]| {
        let values: Vec<&[f64]> = columns.iter().map(|c| c.values.as_slice()).collect();
        let added = Absorption::new(absorbed).residuals(&values);
        let dependent = dependent(&values, added);
        if !dependent.is_empty() {
            mistakes.push(EstimateError::Collinear {
                block,
                columns: dependent
                    .iter()
                    .map(|&k| columns[k].label.clone())
                    .collect(),
                hint: match absorbed.is_empty() {
                    true => "",
                    false => {
                        "; absorbed fixed effects explain what does not vary within their levels"
                    }
                },
            });
        }
    };
    look(
        "linear columns",
        problem.linear.iter().collect(),
        &problem.absorbed,
    );
    let demand = with_own(&problem.instruments, &problem.linear);
    look("demand instruments", demand, &problem.absorbed);
    if let Some(supply) = &problem.supply {
        look(
            "cost columns",
            supply.design.iter().collect(),
            &supply.absorbed,
        );
        let instruments = with_own(&supply.instruments, &supply.design);
        look("supply instruments", instruments, &supply.absorbed);
    }
}

/// Excluded instruments and the exogenous columns of a design.
fn with_own<'a>(excluded: &'a [Column], design: &'a [Column]) -> Vec<&'a Column> {
    let own = design.iter().filter(|c| c.is_exogenous());
    excluded.iter().chain(own).collect()
}

/// Modified Gram–Schmidt, twice: columns of which nothing is left beside those before.
fn dependent(values: &[&[f64]], columns: Vec<Vec<f64>>) -> Vec<usize> {
    let dispatch = Dispatch::detect();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut found = Vec::new();
    for (k, mut column) in columns.into_iter().enumerate() {
        let size = dot(dispatch, values[k], values[k]).sqrt();
        for _ in 0..2 {
            for other in &basis {
                let along = dot(dispatch, &column, other);
                add_scaled(dispatch, &mut column, -along, other);
            }
        }
        let left = dot(dispatch, &column, &column).sqrt();
        if left <= COLLINEAR * size {
            found.push(k);
        } else {
            for x in &mut column {
                *x /= left;
            }
            basis.push(column);
        }
    }
    found
}
