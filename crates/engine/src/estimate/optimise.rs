//! The search over nonlinear parameters, by the library; nothing else knows that library.

use super::error::EstimateError;
use super::linear::inverse;
use super::options::{Optimiser, Search};
use crate::numerics::solve::Status;
use basin::solver::bfgs::InitialInverseHessian;
use basin::{
    ApplicationStop, Bfgs, BoxBounds, ConstraintDescription, ConstraintSet, ConstraintSolveError,
    Constraints, CostFunction, DenseMatrix, Executor, FirstOrderState, Gradient, GradientState,
    HessianProduct, Lbfgs, MoreThuente, NelderMead, State, Termination, TrustRegion,
};
use faer::{Mat, Side};
use std::cell::RefCell;

/// Step of differences of the gradient, as a part of a parameter's size.
const DIFFERENCE: f64 = 1e-5;
/// Relative fall of the objective below which L-BFGS-B stops where the gradient's test is out of reach: ten units of rounding, as its
/// authors have it for high accuracy.
const SMALLEST_FALL: f64 = 10.0 * f64::EPSILON;
/// Curvature of a direction below this part of the largest counts as this part.
const LEAST_CURVATURE: f64 = 1e-12;
/// What is added to the diagonal of the curvature, as a part of it: flat directions are not trusted far from the minimum.
const DAMPING: f64 = 1e-3;
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

/// What is minimised, as the library wants it, in scaled coordinates. The last point is kept: some line searches ask for objective and gradient one by one.
struct Task<F> {
    evaluate: RefCell<F>,
    last: RefCell<Option<(Vec<f64>, Value)>>,
    scaling: Scaling,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl<F: FnMut(&[f64]) -> Result<Value, EstimateError>> Task<F> {
    fn at(&self, phi: &[f64]) -> Result<Value, EstimateError> {
        if let Some((point, value)) = self.last.borrow().as_ref()
            && point == phi
        {
            return Ok(value.clone());
        }
        let (objective, gradient) = (self.evaluate.borrow_mut())(&self.scaling.theta(phi))?;
        let value = (objective, self.scaling.gradient(&gradient));
        *self.last.borrow_mut() = Some((phi.to_vec(), value.clone()));
        Ok(value)
    }
}

/// Coordinates `θ = θ₀ + T φ` in which the objective curves about alike in all directions: `T T'` is the inverse of the Gauss–Newton Hessian at the start,
/// `L' = T⁻¹`. Where a parameter has a bound `T` is diagonal.
#[derive(Clone)]
struct Scaling {
    start: Vec<f64>,
    bounds: Vec<(f64, f64)>,
    t: Mat<f64>,
    l: Mat<f64>,
}

impl Scaling {
    fn new(start: &[f64], bounds: &[(f64, f64)], curvature: Option<&Mat<f64>>) -> Self {
        let n = start.len();
        let plain = Self {
            start: start.to_vec(),
            bounds: bounds.to_vec(),
            t: Mat::identity(n, n),
            l: Mat::identity(n, n),
        };
        let Some(curvature) = curvature else {
            return plain;
        };
        let largest = (0..n).fold(0.0_f64, |m, p| m.max(curvature[(p, p)]));
        if !(largest > 0.0 && largest.is_finite()) {
            return plain;
        }
        let size = |p: usize| curvature[(p, p)].max(LEAST_CURVATURE * largest);
        if bounds
            .iter()
            .any(|(lower, upper)| lower.is_finite() || upper.is_finite())
        {
            let diagonal = |power: f64| {
                Mat::from_fn(n, n, |r, c| if r == c { size(r).powf(power) } else { 0.0 })
            };
            return Self {
                t: diagonal(-0.5),
                l: diagonal(0.5),
                ..plain
            };
        }
        let damped = Mat::from_fn(n, n, |r, c| {
            curvature[(r, c)] + if r == c { DAMPING * size(r) } else { 0.0 }
        });
        let Ok(factor) = damped.llt(Side::Lower) else {
            return plain;
        };
        let l = Mat::from_fn(n, n, |r, c| if r >= c { factor.L()[(r, c)] } else { 0.0 });
        match inverse(&l.transpose().to_owned()) {
            Some(t) => Self { t, l, ..plain },
            None => plain,
        }
    }

    fn theta(&self, phi: &[f64]) -> Vec<f64> {
        (0..phi.len())
            .map(|r| {
                let moved: f64 = (0..phi.len()).map(|c| self.t[(r, c)] * phi[c]).sum();
                (self.start[r] + moved).clamp(self.bounds[r].0, self.bounds[r].1)
            })
            .collect()
    }

    /// By φ from by θ.
    fn gradient(&self, by_theta: &[f64]) -> Vec<f64> {
        let n = by_theta.len();
        (0..n)
            .map(|c| (0..n).map(|r| self.t[(r, c)] * by_theta[r]).sum())
            .collect()
    }

    /// Largest component of the projected gradient by θ, from the gradient by φ.
    fn norm(&self, phi: &[f64], by_phi: &[f64]) -> f64 {
        let n = phi.len();
        let by_theta: Vec<f64> = (0..n)
            .map(|r| (0..n).map(|c| self.l[(r, c)] * by_phi[c]).sum())
            .collect();
        projected_norm(&self.theta(phi), &by_theta, &self.bounds)
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

/// A first step of length 1 along the gradient where coordinates are not scaled; the usual one is as long as the gradient, which far from the minimum is anywhere.
struct FirstStep {
    is_scaled: bool,
}

impl InitialInverseHessian<Vec<f64>, DenseMatrix<f64>> for FirstStep {
    fn initialize(&self, theta: &Vec<f64>, gradient: &Vec<f64>) -> DenseMatrix<f64> {
        let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let scale = if self.is_scaled {
            1.0
        } else {
            1.0 / length.max(1.0)
        };
        DenseMatrix::from_fn(
            theta.len(),
            theta.len(),
            |r, c| if r == c { scale } else { 0.0 },
        )
    }

    fn rescale_on_first_update(&self) -> bool {
        !self.is_scaled
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

/// Minimises from `start` within bounds. `curvature` is the Hessian at the start or something like it, (P, P); `evaluate` gives objective and gradient; what
/// it refuses ends the search.
pub(super) fn minimise(
    start: &[f64],
    bounds: &[(f64, f64)],
    curvature: Option<&Mat<f64>>,
    search: &Search,
    evaluate: impl FnMut(&[f64]) -> Result<Value, EstimateError>,
) -> Result<Found, EstimateError> {
    let zeros = vec![0.0; start.len()];
    // A simplex is built around where it starts, by parts of that: there it needs the parameters as they are.
    let (shift, origin) = match search.optimiser {
        Optimiser::NelderMead => (zeros, start.to_vec()),
        _ => (start.to_vec(), zeros),
    };
    let scaling = Scaling::new(&shift, bounds, curvature);
    let within = |bound: f64, p: usize| (bound - shift[p]) / scaling.t[(p, p)];
    let task = Task {
        evaluate: RefCell::new(evaluate),
        last: RefCell::new(None),
        lower: (0..start.len()).map(|p| within(bounds[p].0, p)).collect(),
        upper: (0..start.len()).map(|p| within(bounds[p].1, p)).collect(),
        scaling: scaling.clone(),
    };
    let first = FirstOrderState::new(origin.clone());
    let (tolerance, judge) = (search.gradient_tolerance, scaling.clone());
    // Stops where the largest component by θ is small, whatever the coordinates.
    let small = move |state: &FirstOrderState<Vec<f64>>| {
        let gradient = GradientState::gradient(state)?;
        (judge.norm(state.param(), gradient) <= tolerance).then(|| ApplicationStop::new("gradient"))
    };
    let is_scaled = curvature.is_some();
    let found = |phi: &[f64], termination: &Termination, iterations: u64| Found {
        theta: scaling.theta(phi),
        status: status(termination),
        iterations,
    };
    match search.optimiser {
        Optimiser::Evaluate => Ok(Found {
            theta: start.to_vec(),
            status: Status::Converged,
            iterations: 0,
        }),
        Optimiser::Lbfgsb => {
            let solver = Lbfgs::new()
                .with_absolute_projected_gradient_tolerance(None)
                .with_relative_cost_reduction_tolerance(SMALLEST_FALL);
            let result = Executor::new(task, solver, first)
                .max_iter(search.iterations)
                .stop_when(small)
                .run()
                .map_err(refused)?;
            Ok(found(
                result.best_param(),
                &result.report.termination,
                result.iter(),
            ))
        }
        Optimiser::Bfgs => {
            let solver = Bfgs::with_line_search(MoreThuente::new())
                .with_initial_inverse_hessian_initializer(FirstStep { is_scaled });
            let result = Executor::new(task, solver, first)
                .max_iter(search.iterations)
                .stop_when(small)
                .run()?;
            Ok(found(
                result.best_param(),
                &result.report.termination,
                result.iter(),
            ))
        }
        Optimiser::TrustRegion => {
            let result = Executor::new(task, TrustRegion::matrix_free(), first)
                .max_iter(search.iterations)
                .stop_when(small)
                .run()?;
            Ok(found(
                result.best_param(),
                &result.report.termination,
                result.iter(),
            ))
        }
        Optimiser::NelderMead => {
            let solver = NelderMead::adaptive()
                .projected()
                .with_absolute_simplex_size_tolerance(SIMPLEX)
                .with_absolute_simplex_cost_tolerance(SIMPLEX);
            let result = Executor::from_start(task, solver, origin)
                .max_iter(search.iterations)
                .run()
                .map_err(refused)?;
            Ok(found(
                result.best_param(),
                &result.report.termination,
                result.iter(),
            ))
        }
    }
}
