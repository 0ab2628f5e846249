//! Tests of a fit: overidentification, restrictions, `[eq:tests]`.

use super::error::EstimateError;
use super::linear::{column, from_rows, inverse};
use super::result::Fit;
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A statistic with its distribution where what it tests is true.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChiSquareTest {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub degrees: usize,
    /// Chance of a statistic at least as large; not a number with 0 degrees.
    pub p_value: f64,
}

impl ChiSquareTest {
    fn new(statistic: f64, degrees: usize) -> Self {
        let tail = ChiSquared::new(degrees as f64).map(|chi| chi.sf(statistic.max(0.0)));
        Self {
            statistic,
            degrees,
            p_value: tail.unwrap_or(f64::NAN),
        }
    }
}

/// Moments and parameters of a fit.
fn sizes(fit: &Fit) -> (usize, usize) {
    let moments = fit.moments.len();
    (
        moments,
        fit.moments_jacobian.len().checked_div(moments).unwrap_or(0),
    )
}

/// J: whether all moments can hold at once (Hansen 1982). It has this distribution where the weights were efficient, after a second step.
pub fn overidentification(fit: &Fit) -> ChiSquareTest {
    let (moments, parameters) = sizes(fit);
    let weights = from_rows(&fit.weights, moments, moments);
    let g = column(&fit.moments);
    let n = fit.mean_utility.len() as f64;
    let statistic = n * (g.transpose() * weights * &g)[(0, 0)];
    ChiSquareTest::new(statistic, moments.saturating_sub(parameters))
}

/// Distance: how much worse a restricted fit is than a free one, both with the same weights (Newey & West 1987).
pub fn distance(restricted: &Fit, free: &Fit) -> ChiSquareTest {
    let statistic = overidentification(restricted).statistic - overidentification(free).statistic;
    let degrees = sizes(free).1.saturating_sub(sizes(restricted).1);
    ChiSquareTest::new(statistic, degrees)
}

/// Lagrange multiplier: whether parameters, held where the fit has them, would move if they were free (Newey & West 1987).
pub fn score(fit: &Fit) -> ChiSquareTest {
    let (moments, parameters) = sizes(fit);
    let weights = from_rows(&fit.weights, moments, moments);
    let jacobian = from_rows(&fit.moments_jacobian, moments, parameters);
    let gradient = jacobian.transpose() * weights * column(&fit.moments);
    let covariance = from_rows(&fit.covariance, parameters, parameters);
    let n = fit.mean_utility.len() as f64;
    // The covariance of estimates holds 1/N already.
    let statistic = n * n * (gradient.transpose() * covariance * &gradient)[(0, 0)];
    ChiSquareTest::new(statistic, parameters)
}

/// Wald: whether restrictions `r(θ, β, γ) = 0` hold. `restrictions` are their values (R,), `by_parameters` their derivatives (R, P + K) row by row, in the
/// order of the fit's covariance.
///
/// # Errors
/// Another shape; restrictions of which one follows from others.
pub fn wald(
    fit: &Fit,
    restrictions: &[f64],
    by_parameters: &[f64],
) -> Result<ChiSquareTest, EstimateError> {
    let parameters = sizes(fit).1;
    let count = restrictions.len();
    if by_parameters.len() != count * parameters {
        return Err(EstimateError::Shape {
            what: "derivatives of restrictions".into(),
            found: by_parameters.len(),
            expected: count * parameters,
        });
    }
    let slopes = from_rows(by_parameters, count, parameters);
    let covariance = from_rows(&fit.covariance, parameters, parameters);
    let spread = &slopes * covariance * slopes.transpose();
    let inverted = inverse(&spread).ok_or_else(|| EstimateError::Missing {
        what: "the covariance of the restrictions is not finite; look for parameters without a standard error".into(),
    })?;
    let r = column(restrictions);
    let statistic = (r.transpose() * inverted * &r)[(0, 0)];
    Ok(ChiSquareTest::new(statistic, count))
}
