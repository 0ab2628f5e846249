//! The estimation from start to end: steps, searches, weights, standard errors.

use super::check::check;
use super::covariance::{gauss_newton, moments_jacobian, of_estimates, of_moments, weights_of};
use super::diagnose::{Curvature, diagnose};
use super::economy::Economy;
use super::error::EstimateError;
use super::evaluate::{Before, Evaluation, Want, Weighted, evaluate};
use super::linear::{from_rows, inverse, symmetric, to_rows};
use super::optimise::{Found, minimise, projected_norm};
use super::options::{Covariance, ErrorPolicy, Method, Optimiser, Options, Search};
use super::parameters::{Kind, Parameters, Place};
use super::polish::ended_early;
use super::problem::Problem;
use super::result::{Ending, Estimate, Fit, StepReport};
use crate::futures::Address;
use crate::numerics::normal;
use faer::Mat;
use std::sync::atomic::{AtomicBool, Ordering};

/// Spread of the logarithm of further starting points around the given one.
const START_SPREAD: f64 = 0.5;
/// Largest relative change of an estimate at which iterated weighting ends.
const ITERATED: f64 = 1e-6;

/// How far an estimation is, told after every evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluated {
    /// Steps that are done.
    pub steps: usize,
    /// Evaluations in this step.
    pub evaluations: u64,
    /// The objective.
    pub objective: f64,
    /// Largest component of its projected gradient; not a number where none was computed.
    pub gradient_norm: f64,
}

/// Estimates a problem. Markets run in the pool of the caller; results do not depend on its size.
///
/// # Errors
/// The first mistake of [`check_problem`]; markets that cannot be computed where options say that this ends it; a caller who cancels.
pub fn estimate(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    cancel: &AtomicBool,
) -> Result<Fit, EstimateError> {
    estimate_watched(problem, parameters, options, cancel, &|_| {})
}

/// The same for a caller who wants to hear of every evaluation.
///
/// # Errors
/// As for [`estimate`].
pub fn estimate_watched(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    cancel: &AtomicBool,
    watch: &dyn Fn(Evaluated),
) -> Result<Fit, EstimateError> {
    if let Some(mistake) = check(problem, parameters, options).into_iter().next() {
        return Err(mistake);
    }
    let economy = Economy::new(problem, parameters, options);
    let singular = || EstimateError::Singular {
        block: "moments of instruments",
    };
    let m = economy.moments() + economy.micro_moments();
    let first = match &options.weights {
        Some(weights) => Some(from_rows(weights, m, m)),
        None => economy.first_weights(),
    };
    let weighted = first.and_then(|weights| Weighted::new(&economy, weights));
    Estimation {
        cancel,
        watch,
        bounds: economy
            .space
            .free
            .iter()
            .map(|(_, e)| (e.lower, e.upper))
            .collect(),
        theta: economy.space.start(),
        before: Before::logit(&economy, &economy.space.values(&economy.space.start())),
        weighted: weighted.ok_or_else(singular)?,
        steps: Vec::new(),
        troubled: 0,
        economy: &economy,
    }
    .run()
}

/// All mistakes of an input, in the order in which they are met.
pub fn check_problem(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
) -> Vec<EstimateError> {
    check(problem, parameters, options)
}

/// An estimation under way.
pub(super) struct Estimation<'a> {
    pub(super) economy: &'a Economy<'a>,
    cancel: &'a AtomicBool,
    watch: &'a dyn Fn(Evaluated),
    pub(super) bounds: Vec<(f64, f64)>,
    pub(super) theta: Vec<f64>,
    pub(super) before: Before,
    pub(super) weighted: Weighted,
    steps: Vec<StepReport>,
    /// Evaluations with troubles.
    troubled: u64,
}

impl Estimation<'_> {
    fn run(mut self) -> Result<Fit, EstimateError> {
        let surveyed = self.economy.micro_moments() > 0 && self.economy.options.weights.is_none();
        if self.economy.options.initial_update || surveyed {
            let evaluation = self.step(&Optimiser::Evaluate.into(), false)?;
            self.reweight(&evaluation)?;
        }
        let last = match self.economy.options.method {
            Method::OneStep => 1,
            Method::TwoStep => 2,
            Method::Iterated { steps } => steps.max(1),
        };
        let search = self.economy.options.search;
        let mut step = 1;
        loop {
            let theta = self.theta.clone();
            let evaluation = self.step(&search, step == 1)?;
            let moved = theta.iter().zip(&self.theta);
            let moved = moved.map(|(a, b)| (a - b).abs() / b.abs().max(f64::MIN_POSITIVE));
            let settled = matches!(self.economy.options.method, Method::Iterated { .. })
                && step > 1
                && moved.fold(0.0, f64::max) <= ITERATED;
            if step >= last || settled {
                return self.fit(evaluation, step);
            }
            self.reweight(&evaluation)?;
            step += 1;
        }
    }

    /// One search with the weights at hand, and the evaluation at its end.
    fn step(&mut self, search: &Search, is_first: bool) -> Result<Evaluation, EstimateError> {
        let mut report = StepReport::begun();
        let starts = match is_first {
            true => self.starting_points(),
            false => vec![self.theta.clone()],
        };
        let mut best: Option<(f64, Found)> = None;
        if self.theta.is_empty() || search.optimiser == Optimiser::Evaluate {
            if !self.theta.is_empty() {
                report.status = Ending::Evaluated;
            }
            self.theta = starts.into_iter().next().unwrap_or_default();
        } else {
            for start in starts {
                let (objective, found) = self.search(&start, search, &mut report)?;
                let better = best.as_ref().is_none_or(|(least, _)| objective < *least);
                if better {
                    best = Some((objective, found));
                }
            }
        }
        if let Some((_, found)) = best {
            self.theta = found.theta;
            report.status = found.status.into();
            report.iterations = found.iterations;
        }
        let theta = self.theta.clone();
        let mut evaluation = self.evaluate(&theta, &mut report, Want::Gradient)?;
        self.before = evaluation.after.clone();
        if ended_early(search, &report) {
            evaluation = self.polished(evaluation, search, &mut report)?;
        }
        report.objective = evaluation.objective;
        report.gradient_norm = projected_norm(&self.theta, &evaluation.gradient, &self.bounds);
        self.steps.push(report);
        Ok(evaluation)
    }

    /// The given start, and others around it.
    fn starting_points(&self) -> Vec<Vec<f64>> {
        let options = self.economy.options;
        let mut points = vec![self.theta.clone()];
        for n in 1..options.starts {
            let address = Address::new(options.seed, n as u64);
            let moved = self.theta.iter().zip(&self.bounds).enumerate();
            let point = moved.map(|(p, (start, (lower, upper)))| {
                let z = normal::quantile(address.uniform(&format!("estimate.start.{p}")));
                (start * libm::exp(START_SPREAD * z)).clamp(*lower, *upper)
            });
            points.push(point.collect());
        }
        points
    }

    fn search(
        &mut self,
        start: &[f64],
        search: &Search,
        report: &mut StepReport,
    ) -> Result<(f64, Found), EstimateError> {
        let want = match search.optimiser {
            Optimiser::NelderMead => Want::Objective,
            _ => Want::Gradient,
        };
        let bounds = self.bounds.clone();
        let mut least = f64::INFINITY;
        let first = self.evaluate(start, report, want)?;
        let curvature = match want {
            Want::Objective => None,
            _ => gauss_newton(self.economy, &first, &self.weighted.weights),
        };
        // The first point is asked for again by the search.
        let mut known = Some((start.to_vec(), first));
        let found = minimise(start, &bounds, curvature.as_ref(), search, |theta| {
            if let Some((_, first)) = known.take_if(|(point, _)| point == theta) {
                least = least.min(first.objective);
                self.before = first.after;
                return Ok((first.objective, first.gradient));
            }
            let evaluation = self.evaluate(theta, report, want)?;
            least = least.min(evaluation.objective);
            self.before = evaluation.after;
            Ok((evaluation.objective, evaluation.gradient))
        })?;
        Ok((least, found))
    }

    pub(super) fn evaluate(
        &mut self,
        theta: &[f64],
        report: &mut StepReport,
        want: Want,
    ) -> Result<Evaluation, EstimateError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(EstimateError::Cancelled);
        }
        let evaluation = evaluate(self.economy, &self.weighted, theta, &self.before, want);
        report.evaluations += 1;
        (self.watch)(Evaluated {
            steps: self.steps.len(),
            evaluations: report.evaluations,
            objective: evaluation.objective,
            gradient_norm: match evaluation.gradient.len() == theta.len() {
                true => projected_norm(theta, &evaluation.gradient, &self.bounds),
                false => f64::NAN,
            },
        });
        report.fixed_point_iterations += evaluation.fixed_point_iterations;
        report.contraction_evaluations += evaluation.contraction_evaluations;
        if let Some(first) = evaluation.troubles.first() {
            self.troubled += 1;
            if self.economy.options.errors == ErrorPolicy::Raise {
                return Err(EstimateError::Markets {
                    count: evaluation.troubles.len(),
                    market: self.economy.problem.market_name(first.market),
                    trouble: first.trouble.in_words(),
                });
            }
        }
        Ok(evaluation)
    }

    /// Weights from the errors of an evaluation.
    fn reweight(&mut self, evaluation: &Evaluation) -> Result<(), EstimateError> {
        let weights = weights_of(self.economy, evaluation)?;
        let weighted = Weighted::new(self.economy, weights);
        self.weighted = weighted.ok_or_else(|| EstimateError::Missing {
            what: "moments weighted anew do not tell linear parameters apart; look at the troubles of markets at the last step"
                .into(),
        })?;
        Ok(())
    }

    fn fit(mut self, evaluation: Evaluation, step: usize) -> Result<Fit, EstimateError> {
        let economy = self.economy;
        let options = economy.options;
        let n = economy.problem.rows() as f64;
        let jacobian = moments_jacobian(economy, &evaluation);
        let covariance = of_moments(economy, &evaluation, options.standard_errors);
        let is_sandwich = options.standard_errors != Covariance::Unadjusted;
        // After one step the first weights have another scale than plain standard errors need.
        let weights = match (is_sandwich, step) {
            (false, 1) => inverse(&covariance).map(|w| symmetric(&w)),
            _ => Some(self.weighted.weights.clone()),
        };
        // Numbers of a market that failed are those of other parameters.
        let has_failed = !evaluation.troubles.is_empty();
        let of_parameters = weights
            .filter(|_| !has_failed)
            .and_then(|weights| of_estimates(&jacobian, &weights, &covariance, is_sandwich))
            .unwrap_or_else(|| Mat::full(jacobian.ncols(), jacobian.ncols(), f64::NAN));
        let hessian = match options.hessian && options.search.optimiser != Optimiser::Evaluate {
            true => self.hessian(&evaluation)?,
            false => None,
        };
        let mut diagnosis = diagnose(economy, &evaluation, hessian, &covariance);
        diagnosis.troubled_evaluations = self.troubled;
        let last = self.steps.last();
        let nests = economy.problem.nests.as_ref();
        let values = &evaluation.values;
        Ok(Fit {
            objective: evaluation.objective,
            gradient: evaluation.gradient.clone(),
            gradient_norm: last.map_or(0.0, |step| step.gradient_norm),
            status: match (has_failed, last) {
                (true, _) => Ending::MarketsFailed,
                (false, last) => last.map_or(Ending::Converged, |step| step.status),
            },
            theta: evaluation.theta.clone(),
            estimates: self.estimates(&evaluation, &of_parameters),
            sigma: values.sigma.clone(),
            pi: values.pi.clone(),
            rho: match (nests, values.rho.as_slice()) {
                (Some(nests), [one]) => vec![*one; nests.labels.len()],
                _ => values.rho.clone(),
            },
            beta: values.beta.clone(),
            gamma: values.gamma.clone(),
            covariance: to_rows(&of_parameters).iter().map(|c| c / n).collect(),
            weights: to_rows(&self.weighted.weights),
            updated_weights: weights_of(economy, &evaluation)
                .map_or_else(|_| Vec::new(), |weights| to_rows(&weights)),
            moments: to_rows(&evaluation.moments),
            moments_jacobian: to_rows(&jacobian),
            moments_covariance: to_rows(&covariance),
            mean_utility: evaluation.after.delta,
            costs: evaluation.costs,
            xi: evaluation.errors[0].clone(),
            omega: evaluation.errors[1].clone(),
            steps: self.steps,
            diagnosis,
        })
    }

    /// All parameters with their standard errors.
    fn estimates(&self, evaluation: &Evaluation, covariance: &Mat<f64>) -> Vec<Estimate> {
        let economy = self.economy;
        let space = &economy.space;
        let n = economy.problem.rows() as f64;
        let error = |at: usize| (covariance[(at, at)] / n).sqrt();
        let mut estimates = Vec::new();
        let mut at = 0;
        for (place, entry) in space.entries() {
            let free = !entry.is_fixed();
            let estimate = match free {
                true => evaluation.theta[at],
                false => entry.start,
            };
            estimates.push(Estimate {
                name: Parameters::name(economy.problem, *place),
                place: *place,
                estimate,
                standard_error: if free { error(at) } else { f64::NAN },
                fixed: !free,
                at_bound: free && (estimate <= entry.lower || estimate >= entry.upper),
            });
            at += usize::from(free);
        }
        let kinds = [Kind::Beta, Kind::Gamma];
        let linear = [&evaluation.values.beta, &evaluation.values.gamma];
        for ((side, kind), linear) in economy.sides().zip(kinds).zip(linear) {
            for &row in &side.concentrated {
                let place = Place {
                    kind,
                    row,
                    column: 0,
                };
                estimates.push(Estimate {
                    name: Parameters::name(economy.problem, place),
                    place,
                    estimate: linear[row],
                    standard_error: error(at),
                    fixed: false,
                    at_bound: false,
                });
                at += 1;
            }
        }
        estimates.sort_by_key(|found| (found.place.kind, found.place.row, found.place.column));
        estimates
    }

    /// Hessian over parameters that are on no bound, by central differences of the gradient: which parameters, and the matrix.
    pub(super) fn hessian(
        &mut self,
        evaluation: &Evaluation,
    ) -> Result<Option<Curvature>, EstimateError> {
        /// Step as a part of a parameter's size.
        const STEP: f64 = 1e-5;
        /// The least size that counts.
        const LEAST: f64 = 1e-2;
        let theta = &evaluation.theta;
        let inside = |p: &usize| {
            let (lower, upper) = self.bounds[*p];
            theta[*p] > lower && theta[*p] < upper
        };
        let kept: Vec<usize> = (0..theta.len()).filter(inside).collect();
        if kept.is_empty() {
            return Ok(None);
        }
        let mut report = StepReport::begun();
        let mut hessian = Mat::zeros(kept.len(), kept.len());
        for (c, &p) in kept.iter().enumerate() {
            let step = STEP * theta[p].abs().max(LEAST);
            let mut moved = |sign: f64| -> Result<Vec<f64>, EstimateError> {
                let mut point = theta.clone();
                point[p] += sign * step;
                Ok(self.evaluate(&point, &mut report, Want::Gradient)?.gradient)
            };
            let (ahead, behind) = (moved(1.0)?, moved(-1.0)?);
            for (r, &q) in kept.iter().enumerate() {
                hessian[(r, c)] = (ahead[q] - behind[q]) / (2.0 * step);
            }
        }
        Ok(Some((kept, symmetric(&hessian))))
    }
}

impl From<Optimiser> for Search {
    fn from(optimiser: Optimiser) -> Self {
        Self {
            optimiser,
            ..Self::default()
        }
    }
}
