//! Columns that say nothing that others have not said.

use super::absorb::Absorption;
use super::error::EstimateError;
use super::kernel::{add_scaled, dot};
use super::problem::{Column, Problem};
use crate::numerics::dispatch::Dispatch;

/// What is left of a column beside those before it, as a part of its size, below which it adds nothing.
const COLLINEAR: f64 = 1e-10;
/// Part of a column's size from which another column counts as what it is made of: below lies what rounding leaves.
const NAMED: f64 = 1e-6;

/// Columns of a design or of instruments that add nothing to those before them, fixed effects absorbed.
pub(super) fn collinear(problem: &Problem, mistakes: &mut Vec<EstimateError>) {
    let mut look = |block: &'static str, columns: Vec<&Column>, absorbed: &[Vec<usize>]| {
        let values: Vec<&[f64]> = columns.iter().map(|c| c.values.as_slice()).collect();
        let added = Absorption::new(absorbed).residuals(&values);
        let label = |k: &usize| columns[*k].label.clone();
        let (mut nothing, mut explained) = (Vec::new(), Vec::new());
        for (k, of) in dependent(&values, added) {
            match of.is_empty() {
                false => explained.push(EstimateError::Collinear {
                    block,
                    column: label(&k),
                    of: of.iter().map(label).collect(),
                }),
                true => nothing.push(label(&k)),
            }
        }
        if !nothing.is_empty() {
            mistakes.push(match absorbed.is_empty() {
                true => EstimateError::Zero {
                    block,
                    columns: nothing,
                },
                false => EstimateError::Absorbed {
                    block,
                    columns: nothing,
                },
            });
        }
        mistakes.extend(explained);
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

/// Modified Gram–Schmidt, twice: columns of which nothing is left beside those before, each with those that it is made of; with none where nothing of it was there
/// at all.
fn dependent(values: &[&[f64]], columns: Vec<Vec<f64>>) -> Vec<(usize, Vec<usize>)> {
    let dispatch = Dispatch::detect();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    // The columns of the basis, with what each has along the directions up to its own.
    let mut kept: Vec<(usize, Vec<f64>)> = Vec::new();
    let mut found = Vec::new();
    for (k, mut column) in columns.into_iter().enumerate() {
        let size = dot(dispatch, values[k], values[k]).sqrt();
        let there = dot(dispatch, &column, &column).sqrt();
        let mut parts = vec![0.0; basis.len()];
        for _ in 0..2 {
            for (other, part) in basis.iter().zip(&mut parts) {
                let along = dot(dispatch, &column, other);
                *part += along;
                add_scaled(dispatch, &mut column, -along, other);
            }
        }
        let left = dot(dispatch, &column, &column).sqrt();
        if there <= COLLINEAR * size {
            found.push((k, Vec::new()));
        } else if left <= COLLINEAR * size {
            found.push((k, made_of(&kept, parts, there)));
        } else {
            parts.push(left);
            kept.push((k, parts));
            for x in &mut column {
                *x /= left;
            }
            basis.push(column);
        }
    }
    found
}

/// Columns whose coefficients are not 0 where a column with these parts along the directions of a basis is written by the columns that the basis is made from.
fn made_of(kept: &[(usize, Vec<f64>)], mut parts: Vec<f64>, size: f64) -> Vec<usize> {
    let mut of = Vec::new();
    for (n, (k, along)) in kept.iter().enumerate().rev() {
        let coefficient = parts[n] / along[n];
        let length = along.iter().map(|a| a * a).sum::<f64>().sqrt();
        if (coefficient * length).abs() > NAMED * size {
            of.push(*k);
        }
        for (part, along) in parts.iter_mut().zip(along) {
            *part -= coefficient * along;
        }
    }
    of.reverse();
    of
}
