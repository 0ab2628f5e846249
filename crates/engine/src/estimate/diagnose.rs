//! What to know about a fit before it is believed: weak instruments, flat directions, clipped numbers, markets in trouble.

use super::covariance::extremes;
use super::economy::{Economy, Side};
use super::evaluate::Evaluation;
use super::kernel::dot;
use super::linear::{condition, eigen, from_rows, solve_symmetric};
use super::problem::Column;
use super::result::Diagnosis;
use faer::Mat;

/// A Hessian, and which parameters it is over.
pub(super) type Curvature = (Vec<usize>, Mat<f64>);

/// The diagnosis of an evaluation. `hessian`: which parameters it is over, and the matrix.
pub(super) fn diagnose(
    economy: &Economy<'_>,
    evaluation: &Evaluation,
    hessian: Option<Curvature>,
    moments: &Mat<f64>,
) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        clipped_shares: evaluation.clipped_shares.clone(),
        clipped_costs: evaluation.clipped_costs.clone(),
        troubles: evaluation.troubles.clone(),
        moments_condition: condition(moments),
        moments_eigenvalues: extremes(moments),
        first_stage: first_stage(economy, &economy.demand, &economy.problem.linear),
        ..Diagnosis::default()
    };
    if let Some((kept, hessian)) = hessian
        && let Some((values, vectors)) = eigen(&hessian)
    {
        diagnosis.hessian_eigenvalues = values;
        diagnosis.flattest_direction = vec![0.0; evaluation.theta.len()];
        for (r, &p) in kept.iter().enumerate() {
            diagnosis.flattest_direction[p] = vectors[(r, 0)];
        }
    }
    diagnosis
}

/// F of the excluded instruments in the regression of each endogenous column on all instruments, `[eq:first_stage]`.
fn first_stage(economy: &Economy<'_>, side: &Side, design: &[Column]) -> Vec<(String, f64)> {
    let rows = economy.problem.rows() as f64;
    let exogenous = design.iter().filter(|c| c.is_exogenous()).count();
    let all = side.instruments.len();
    let excluded = all - exogenous;
    if excluded == 0 {
        return Vec::new();
    }
    let absorbed: usize = economy
        .problem
        .absorbed
        .iter()
        .map(|levels| levels.iter().max().map_or(0, |most| most + 1))
        .sum();
    let endogenous = design.iter().filter(|c| !c.is_exogenous());
    endogenous
        .map(|column| {
            let x = side.absorption.residual(&column.values);
            let left =
                |from: usize, to: usize| residual_sum(economy, &side.instruments[from..to], &x);
            let (full, without) = (left(0, all), left(excluded, all));
            let freedom = rows - (all + absorbed) as f64;
            let f = (without - full) / excluded as f64 / (full / freedom);
            (column.label.clone(), f)
        })
        .collect()
}

/// Sum of squares that a regression on columns leaves.
fn residual_sum(economy: &Economy<'_>, columns: &[Vec<f64>], x: &[f64]) -> f64 {
    let all = dot(economy.dispatch, x, x);
    let k = columns.len();
    let cells: Vec<f64> = (0..k * k)
        .map(|at| dot(economy.dispatch, &columns[at / k], &columns[at % k]))
        .collect();
    let right = Mat::from_fn(k, 1, |r, _| dot(economy.dispatch, &columns[r], x));
    match solve_symmetric(&from_rows(&cells, k, k), &right) {
        None => f64::NAN,
        Some(b) => all - (0..k).map(|r| b[(r, 0)] * right[(r, 0)]).sum::<f64>(),
    }
}
