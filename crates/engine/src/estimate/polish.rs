//! The last digits of a search: steps by the gradient alone, where the objective no longer tells points apart.
//!
//! Near a minimum the objective answers to a step with its square, the gradient with the step itself. A line search that asks for a lower objective
//! therefore ends about half the digits before the gradient does: at an objective of 500 whose rounding is 1e-13 of it, steps that would lower it by 1e-12 cannot
//! be told from rounding, while the gradient that asks for them is still 1e-5.

use super::covariance::gauss_newton;
use super::diagnose::Curvature;
use super::error::EstimateError;
use super::evaluate::{Before, Evaluation, Want};
use super::linear::{column, solve};
use super::optimise::projected_norm;
use super::options::{Optimiser, Search};
use super::result::{Ending, StepReport};
use super::solve::Estimation;
use faer::Mat;

/// Steps at most.
const STEPS: usize = 12;
/// Part of the objective by which it may seem to rise: what is summed over thousands of rows, after fixed points with a tolerance of their own, is no surer.
const ROUNDING: f64 = 1e-10;
/// A step counts if the gradient falls to this part or less.
const FALL: f64 = 0.9;

/// Whether a search by gradients ended before its gradient was small, and not because its iterations were spent.
pub(super) fn ended_early(search: &Search, report: &StepReport) -> bool {
    let by_gradients = !matches!(
        search.optimiser,
        Optimiser::NelderMead | Optimiser::Evaluate
    );
    by_gradients
        && !matches!(report.status, Ending::Converged | Ending::Cancelled)
        && report.iterations < search.iterations
}

impl Estimation<'_> {
    /// Goes on with Newton's steps while the projected gradient falls and the objective stays what it is but for rounding: with the Hessian of Gauss and Newton, which
    /// costs nothing, then with that of differences. The status becomes what the gradient says.
    pub(super) fn polished(
        &mut self,
        evaluation: Evaluation,
        search: &Search,
        report: &mut StepReport,
    ) -> Result<Evaluation, EstimateError> {
        let mut best = evaluation;
        let mut norm = projected_norm(&self.theta, &best.gradient, &self.bounds);
        let mut differenced: Option<Curvature> = None;
        for _ in 0..STEPS {
            if norm <= search.gradient_tolerance {
                break;
            }
            let theta = match &differenced {
                None => self
                    .free_curvature(&best)
                    .and_then(|h| self.next(&best, &h)),
                Some(curvature) => self.next(&best, curvature),
            };
            let mut is_better = false;
            if let Some(theta) = theta {
                let tried = self.evaluate(&theta, report, Want::Gradient)?;
                let found = projected_norm(&theta, &tried.gradient, &self.bounds);
                let rise = tried.objective - best.objective;
                is_better = found <= FALL * norm && rise <= ROUNDING * best.objective.abs();
                if is_better {
                    report.iterations += 1;
                    self.theta = theta;
                    self.before = tried.after.clone();
                    (best, norm) = (tried, found);
                }
            }
            if !is_better {
                if differenced.is_some() {
                    break;
                }
                differenced = self.hessian(&best)?;
                if differenced.is_none() {
                    break;
                }
            }
        }
        if norm <= search.gradient_tolerance {
            report.status = Ending::Converged;
        } else {
            report.gradient_noise = self.noise(&best, report)?;
        }
        Ok(best)
    }

    /// How far two computations of the gradient at one point differ, the second with fixed points that start from the plain logit.
    fn noise(&mut self, at: &Evaluation, report: &mut StepReport) -> Result<f64, EstimateError> {
        let kept = self.before.clone();
        self.before = Before::logit(self.economy, &at.values);
        let theta = self.theta.clone();
        let again = self.evaluate(&theta, report, Want::Gradient);
        self.before = kept;
        let pairs = again?.gradient.into_iter().zip(&at.gradient);
        Ok(pairs.fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs())))
    }

    /// Parameters that no bound holds, and the Hessian of Gauss and Newton over them.
    fn free_curvature(&self, at: &Evaluation) -> Option<Curvature> {
        let curvature = gauss_newton(self.economy, at, &self.weighted.weights)?;
        let is_free = |p: &usize| {
            let ((lower, upper), x, g) = (self.bounds[*p], self.theta[*p], at.gradient[*p]);
            !((x <= lower && g > 0.0) || (x >= upper && g < 0.0))
        };
        let free: Vec<usize> = (0..self.theta.len()).filter(is_free).collect();
        let matrix = Mat::from_fn(free.len(), free.len(), |r, c| curvature[(free[r], free[c])]);
        Some((free, matrix))
    }

    /// One step of Newton, kept within bounds.
    fn next(&self, at: &Evaluation, (free, matrix): &Curvature) -> Option<Vec<f64>> {
        let gradient: Vec<f64> = free.iter().map(|&p| at.gradient[p]).collect();
        let step = solve(matrix, &column(&gradient))?;
        let mut theta = self.theta.clone();
        for (n, &p) in free.iter().enumerate() {
            let (lower, upper) = self.bounds[p];
            theta[p] = (theta[p] - step[(n, 0)]).clamp(lower, upper);
        }
        theta.iter().all(|x| x.is_finite()).then_some(theta)
    }
}
