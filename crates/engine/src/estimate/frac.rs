//! Starting values where none are given, by one regression without any inversion, `[eq:frac]`.

use super::absorb::Absorption;
use super::error::EstimateError;
use super::linear::inverse;
use super::parameters::{Coefficient, Entry, Kind, Parameters, Place};
use super::problem::{Demographic, Problem};
use faer::Mat;

/// Spread of utility at which a taste starts whose variance comes out negative.
const LEAST_SPREAD: f64 = 0.1;

/// The parameters with other starts for the free variances and demographics of normal coefficients: the second-order expansion of the model around plain logit
/// (Salanié & Wolak 2019), estimated by two-stage least squares. All other entries stay as they are.
///
/// # Errors
/// Numbers that make the regression singular beyond repair.
pub fn starting_values(
    problem: &Problem,
    parameters: &Parameters,
) -> Result<Parameters, EstimateError> {
    let places: Vec<Place> = parameters
        .free()
        .into_iter()
        .map(|(place, _)| place)
        .filter(|place| is_expanded(parameters, *place))
        .collect();
    if places.is_empty() {
        return Ok(parameters.clone());
    }
    let absorption = Absorption::new(&problem.absorbed);
    let added: Vec<Vec<f64>> = places.iter().map(|place| term(problem, *place)).collect();
    let linear = problem.linear.iter().map(|column| column.values.as_slice());
    let regressors: Vec<&[f64]> = linear.chain(added.iter().map(Vec::as_slice)).collect();
    let regressors = absorption.residuals(&regressors);
    let y = absorption.residual(&log_odds(problem));
    let coefficients = two_stage(&y, &regressors, &instruments(problem, &absorption))?;
    let mut started = parameters.clone();
    for (n, place) in places.iter().enumerate() {
        let found = coefficients[problem.linear.len() + n];
        let entry = match place.kind {
            Kind::Sigma => &mut started.sigma[place.row][place.column],
            _ => &mut started.pi[place.row][place.column],
        };
        let value = match place.kind {
            Kind::Sigma if found > 0.0 => found.sqrt(),
            Kind::Sigma => LEAST_SPREAD / size(&problem.nonlinear[place.row].values),
            _ => found,
        };
        *entry = Entry {
            start: value.clamp(entry.lower, entry.upper),
            ..*entry
        };
    }
    Ok(started)
}

/// Whether the expansion has a term for a parameter.
fn is_expanded(parameters: &Parameters, place: Place) -> bool {
    let is_normal = parameters.coefficient(place.row) == Coefficient::Normal;
    match place.kind {
        Kind::Sigma => is_normal && place.row == place.column,
        Kind::Pi => is_normal,
        _ => false,
    }
}

/// Root of the mean square.
fn size(values: &[f64]) -> f64 {
    let squares: f64 = values.iter().map(|x| x * x).sum();
    (squares / values.len().max(1) as f64)
        .sqrt()
        .max(f64::MIN_POSITIVE)
}

/// `ln(s_j/s_0)`, (N,).
fn log_odds(problem: &Problem) -> Vec<f64> {
    let mut odds = Vec::with_capacity(problem.rows());
    for rows in &problem.markets {
        let share = &problem.shares[rows.clone()];
        let outside = libm::log(1.0 - share.iter().sum::<f64>());
        odds.extend(share.iter().map(|s| libm::log(*s) - outside));
    }
    odds
}

/// What a parameter multiplies in the expansion, (N,): `K_jk` for a variance, `x_jk d̄` for a demographic.
fn term(problem: &Problem, place: Place) -> Vec<f64> {
    let x = &problem.nonlinear[place.row].values;
    let mut term = Vec::with_capacity(x.len());
    for (t, rows) in problem.markets.iter().enumerate() {
        let x = &x[rows.clone()];
        if place.kind == Kind::Sigma {
            let pairs = x.iter().zip(&problem.shares[rows.clone()]);
            let mean: f64 = pairs.map(|(x, s)| x * s).sum();
            term.extend(x.iter().map(|x| (x / 2.0 - mean) * x));
        } else {
            for (j, x) in x.iter().enumerate() {
                term.push(x * mean_demographic(problem, t, j, place.column));
            }
        }
    }
    term
}

/// Weighted mean of a demographic in market `t`, for its product `j`.
fn mean_demographic(problem: &Problem, t: usize, j: usize, d: usize) -> f64 {
    let Some(agents) = &problem.agents else {
        return 0.0;
    };
    let rows = agents.markets[t].clone();
    let people = rows.len();
    let weight = &agents.weight[rows.clone()];
    let values = match &agents.demographics[d] {
        Demographic::OfAgent(values) => &values[rows],
        Demographic::OfProduct(markets) => &markets[t][j * people..(j + 1) * people],
    };
    let all: f64 = weight.iter().sum();
    weight.iter().zip(values).map(|(w, d)| w * d).sum::<f64>() / all
}

/// Excluded instruments and their squares, exogenous columns of both designs and the squares of the nonlinear ones, absorbed.
fn instruments(problem: &Problem, absorption: &Absorption) -> Vec<Vec<f64>> {
    let square = |values: &[f64]| values.iter().map(|x| x * x).collect::<Vec<f64>>();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for column in &problem.instruments {
        columns.push(column.values.clone());
        columns.push(square(&column.values));
    }
    for column in problem.linear.iter().filter(|c| c.is_exogenous()) {
        columns.push(column.values.clone());
    }
    for column in problem.nonlinear.iter().filter(|c| c.is_exogenous()) {
        columns.push(column.values.clone());
        columns.push(square(&column.values));
    }
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut left = absorption.residuals(&columns);
    // To one size, so that what is singular is told by the data and not by units.
    left.retain(|column| column.iter().any(|x| *x != 0.0));
    for column in &mut left {
        let scale = size(column);
        for x in column.iter_mut() {
            *x /= scale;
        }
    }
    left
}

/// Two-stage least squares; what is singular is left out by singular values.
fn two_stage(y: &[f64], x: &[Vec<f64>], z: &[Vec<f64>]) -> Result<Vec<f64>, EstimateError> {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let (k, m) = (x.len(), z.len());
    let scale: Vec<f64> = x.iter().map(|column| size(column)).collect();
    let zz = Mat::from_fn(m, m, |r, c| dot(&z[r], &z[c]));
    let zx = Mat::from_fn(m, k, |r, c| dot(&z[r], &x[c]) / scale[c]);
    let zy = Mat::from_fn(m, 1, |r, _| dot(&z[r], y));
    let failed = || {
        EstimateError::Missing {
        what: "starting values cannot be found by regression: its numbers are not finite; write starting values in [sigma] and [pi]".into(),
    }
    };
    let left = zx.transpose() * inverse(&zz).ok_or_else(failed)?;
    let coefficients = inverse(&(&left * &zx)).ok_or_else(failed)? * (left * zy);
    Ok((0..k).map(|r| coefficients[(r, 0)] / scale[r]).collect())
}
