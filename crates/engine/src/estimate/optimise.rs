//! The search over nonlinear parameters, by the library; nothing else knows that library.

use super::error::EstimateError;
use super::options::{Optimiser, Search};
use crate::numerics::solve::Status;
use basin::solver::bfgs::InitialInverseHessian;
use basin::{
    ApplicationStop, Bfgs, BoxBounds, ConstraintDescription, ConstraintSet, ConstraintSolveError,
    Constraints, CostFunction, DenseMatrix, Executor, FirstOrderState, Gradient, HessianProduct,
    Lbfgs, MoreThuente, NelderMead, Termination, TrustRegion,
};
use std::cell::RefCell;

/// Step of differences of the gradient, as a part of a parameter's size.
const DIFFERENCE: f64 = 1e-5;
/// Relative fall of the objective below which L-BFGS-B stops where the gradient's test is out of reach: ten units of rounding, as its
/// authors have it for high accuracy.
const SMALLEST_FALL: f64 = 10.0 * f64::EPSILON;
/// Simplex sizes, in parameters and objective, at which Nelder and Mead's method stops.
const SIMPLEX: f64 = 1e-8;

/// Objective and gradient at a point.
pub(super) type Value = (f64, Vec<f64>);

/// Where a search ended.
pub(super) struct Found {
    /// The best point, (P,).
    pub(super) theta: Vec<f64>,
    pub(super) status: Status,
    pub(super) iterations: u64,
}

/// What is minimised, as the library wants it. The last point is kept: some line searches ask for objective and gradient one by one.
struct Task<F> {
    evaluate: RefCell<F>,
    last: RefCell<Option<(Vec<f64>, Value)>>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl<F: FnMut(&[f64]) -> Result<Value, EstimateError>> Task<F> {
    fn at(&self, theta: &[f64]) -> Result<Value, EstimateError> {
        if let Some((point, value)) = self.last.borrow().as_ref() {
            if point == theta {
                return Ok(value.clone());
            }
        }
        let value = (self.evaluate.borrow_mut())(theta)?;
        *self.last.borrow_mut() = Some((theta.to_vec(), value.clone()));
        Ok(value)
    }
}

impl<F: FnMut(&[f64]) -> Result<Value, EstimateError>> CostFunction for Task<F> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = EstimateError;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, EstimateError> {
        Ok(self.at(theta)?.0)
    }
}

impl<F: FnMut(&[f64]) -> Result<Value, EstimateError>> Gradient for Task<F> {
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, EstimateError> {
        Ok(self.at(theta)?.1)
    }

    fn cost_and_gradient(&self, theta: &Vec<f64>) -> Result<Value, EstimateError> {
        self.at(theta)
    }
}

impl<F: FnMut(&[f64]) -> Result<Value, EstimateError>> HessianProduct for Task<F> {
    fn hessian_product(&self, theta: &Vec<f64>, v: &Vec<f64>) -> Result<Vec<f64>, EstimateError> {
        let size = |x: &[f64]| x.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let long = size(v);
        if long == 0.0 {
            return Ok(vec![0.0; v.len()]);
        }
        let step = DIFFERENCE * size(theta).max(1.0) / long;
        let moved = |sign: f64| -> Result<Vec<f64>, EstimateError> {
            let point: Vec<f64> = theta
                .iter()
                .zip(v)
                .map(|(x, v)| x + sign * step * v)
                .collect();
            Ok(self.at(&point)?.1)
        };
        let (ahead, behind) = (moved(1.0)?, moved(-1.0)?);
        let pairs = ahead.iter().zip(&behind);
        Ok(pairs.map(|(a, b)| (a - b) / (2.0 * step)).collect())
    }
}

impl<F> Constraints for Task<F> {
    type Set = ConstraintSet<BoxBounds<Vec<f64>>>;

    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        ConstraintSet::new().with_bounds(BoxBounds::new(Some(&self.lower), Some(&self.upper)))
    }
}

/// A first step of length 1 along the gradient; the usual one is as long as the gradient, which far from the minimum is anywhere.
struct FirstStep;

impl InitialInverseHessian<Vec<f64>, DenseMatrix<f64>> for FirstStep {
    fn initialize(&self, theta: &Vec<f64>, gradient: &Vec<f64>) -> DenseMatrix<f64> {
        let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let scale = 1.0 / length.max(1.0);
        DenseMatrix::from_fn(
            theta.len(),
            theta.len(),
            |r, c| if r == c { scale } else { 0.0 },
        )
    }

    fn rescale_on_first_update(&self) -> bool {
        true
    }
}

/// What a search with bounds refuses: the evaluation's own reason, or bounds that it cannot take.
fn refused(error: ConstraintSolveError<EstimateError>) -> EstimateError {
    match error {
        ConstraintSolveError::Evaluation(error) => error,
        other => EstimateError::Missing {
            what: format!("bounds of parameters cannot be used: {other}"),
        },
    }
}

/// How the library's endings read here.
fn status(termination: &Termination) -> Status {
    match termination {
        Termination::Converged(_) | Termination::Application(_) | Termination::Target { .. } => {
            Status::Converged
        }
        Termination::Limit(_) | Termination::Stalled(_) => Status::BudgetSpent,
        Termination::Cancelled => Status::Cancelled,
        _ => Status::BrokeDown,
    }
}

/// Largest component of the gradient after steps that bounds forbid are left out.
pub(super) fn projected_norm(theta: &[f64], gradient: &[f64], bounds: &[(f64, f64)]) -> f64 {
    let mut largest: f64 = 0.0;
    for ((x, g), (lower, upper)) in theta.iter().zip(gradient).zip(bounds) {
        let stuck = (*x <= *lower && *g > 0.0) || (*x >= *upper && *g < 0.0);
        if !stuck {
            largest = largest.max(g.abs());
        }
    }
    largest
}

/// Minimises from `start` within bounds. `evaluate` gives objective and gradient; what it refuses ends the search.
pub(super) fn minimise(
    start: &[f64],
    bounds: &[(f64, f64)],
    search: &Search,
    evaluate: impl FnMut(&[f64]) -> Result<Value, EstimateError>,
) -> Result<Found, EstimateError> {
    let task = Task {
        evaluate: RefCell::new(evaluate),
        last: RefCell::new(None),
        lower: bounds.iter().map(|b| b.0).collect(),
        upper: bounds.iter().map(|b| b.1).collect(),
    };
    let tolerance = search.gradient_tolerance;
    let first = FirstOrderState::new(start.to_vec());
    // A closure that stops where the largest component is small; the library's own test takes the Euclidean norm.
    let small = move |gradient: Option<&Vec<f64>>| {
        let largest = gradient.map(|g| g.iter().fold(0.0_f64, |m, g| m.max(g.abs())));
        largest.is_some_and(|largest| largest <= tolerance)
    };
    match search.optimiser {
        Optimiser::Evaluate => Ok(Found {
            theta: start.to_vec(),
            status: Status::Converged,
            iterations: 0,
        }),
        Optimiser::Lbfgsb => {
            let solver = Lbfgs::new()
                .with_absolute_projected_gradient_tolerance(tolerance)
                .with_relative_cost_reduction_tolerance(SMALLEST_FALL);
            let result = Executor::new(task, solver, first)
                .max_iter(search.iterations)
                .run()
                .map_err(refused)?;
            Ok(Found {
                theta: result.best_param().clone(),
                status: status(&result.report.termination),
                iterations: result.iter(),
            })
        }
        Optimiser::Bfgs => {
            let solver = Bfgs::with_line_search(MoreThuente::new())
                .with_initial_inverse_hessian_initializer(FirstStep);
            let result = Executor::new(task, solver, first)
                .max_iter(search.iterations)
                .stop_when(move |state| {
                    small(basin::GradientState::gradient(state))
                        .then(|| ApplicationStop::new("gradient"))
                })
                .run()?;
            Ok(Found {
                theta: result.best_param().clone(),
                status: status(&result.report.termination),
                iterations: result.iter(),
            })
        }
        Optimiser::TrustRegion => {
            let result = Executor::new(task, TrustRegion::matrix_free(), first)
                .max_iter(search.iterations)
                .stop_when(move |state| {
                    small(basin::GradientState::gradient(state))
                        .then(|| ApplicationStop::new("gradient"))
                })
                .run()?;
            Ok(Found {
                theta: result.best_param().clone(),
                status: status(&result.report.termination),
                iterations: result.iter(),
            })
        }
        Optimiser::NelderMead => {
            let solver = NelderMead::adaptive()
                .projected()
                .with_absolute_simplex_size_tolerance(SIMPLEX)
                .with_absolute_simplex_cost_tolerance(SIMPLEX);
            let result = Executor::from_start(task, solver, start.to_vec())
                .max_iter(search.iterations)
                .run()
                .map_err(refused)?;
            Ok(Found {
                theta: result.best_param().clone(),
                status: status(&result.report.termination),
                iterations: result.iter(),
            })
        }
    }
}
