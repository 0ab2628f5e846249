//! What an estimation finds.

use super::parameters::Place;
use crate::numerics::solve::Status;
use serde::Serialize;

/// Where a fit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The gradient's tolerance was met, or nothing had to be searched over.
    Converged,
    /// The iterations were spent first.
    BudgetSpent,
    /// The search found nothing lower before its gradient was small.
    BrokeDown,
    /// The caller asked to stop.
    Cancelled,
    /// No search was asked for: everything is at the starting values.
    Evaluated,
    /// At the end some market cannot be computed: its numbers are those of other parameters, and there are no standard errors.
    MarketsFailed,
}

impl Ending {
    /// Whether it ended as it was meant to.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Converged | Self::Evaluated)
    }
}

impl From<Status> for Ending {
    fn from(status: Status) -> Self {
        match status {
            Status::Converged => Self::Converged,
            Status::BudgetSpent => Self::BudgetSpent,
            Status::BrokeDown => Self::BrokeDown,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

/// One parameter as estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// As the reference calls it: `prices`, `1 x 1`, `prices x income`.
    pub name: String,
    /// Block, row, column.
    pub place: Place,
    /// Its value.
    pub estimate: f64,
    /// Standard error; not a number where the parameter was held.
    pub standard_error: f64,
    /// Whether it was held.
    pub fixed: bool,
    /// Whether it ended on a bound.
    pub at_bound: bool,
}

/// What can go wrong in one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The fixed point did not reach its tolerance.
    NotConverged,
    /// Mean utilities became infinite or not a number.
    NotFinite,
    /// Derivatives of shares by mean utilities are singular.
    SingularShares,
    /// Derivatives of shares by prices within firms are singular.
    SingularMarkups,
    /// A marginal cost is not positive where its logarithm is taken.
    NegativeCost,
}

impl Trouble {
    /// In words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NotConverged => "mean utilities did not settle within the evaluations allowed",
            Self::NotFinite => "mean utilities left the range of numbers",
            Self::SingularShares => "shares do not answer to mean utilities",
            Self::SingularMarkups => "shares do not answer to prices",
            Self::NegativeCost => "a marginal cost is not positive, and its logarithm is wanted",
        }
    }
}

/// A market that could not be computed at the final parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketTrouble {
    /// Index of the market.
    pub market: usize,
    /// What happened.
    pub trouble: Trouble,
}

/// One step of the method of moments.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Its objective.
    pub objective: f64,
    /// Largest component of its projected gradient.
    pub gradient_norm: f64,
    /// How far two computations of the gradient at the end differ, where the search ended before its gradient was small; else 0.
    pub gradient_noise: f64,
    /// How its search ended.
    pub status: Ending,
    /// Iterations of its search.
    pub iterations: u64,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Iterations of the fixed point, summed over markets and evaluations.
    pub fixed_point_iterations: u64,
    /// Evaluations of the contraction, likewise.
    pub contraction_evaluations: u64,
}

impl StepReport {
    /// Of a step that has done nothing yet.
    pub(super) fn begun() -> Self {
        Self {
            objective: f64::NAN,
            gradient_norm: 0.0,
            gradient_noise: 0.0,
            status: Ending::Converged,
            iterations: 0,
            evaluations: 0,
            fixed_point_iterations: 0,
            contraction_evaluations: 0,
        }
    }
}

/// What to know about a fit before it is believed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnosis {
    /// Eigenvalues of the Hessian over the free parameters that are on no bound, ascending; empty where it was not computed.
    pub hessian_eigenvalues: Vec<f64>,
    /// The direction of the smallest one, (P,), with 0 for parameters on bounds.
    pub flattest_direction: Vec<f64>,
    /// First-stage F of the excluded instruments for each endogenous linear column: label, F.
    pub first_stage: Vec<(String, f64)>,
    /// Rows whose computed share was raised in the fixed point.
    pub clipped_shares: Vec<usize>,
    /// Rows whose marginal cost was brought within its bounds.
    pub clipped_costs: Vec<usize>,
    /// Markets in trouble at the final parameters.
    pub troubles: Vec<MarketTrouble>,
    /// Evaluations of the objective during which at least one market was in trouble.
    pub troubled_evaluations: u64,
    /// Condition number of the covariance of moments.
    pub moments_condition: f64,
    /// Its smallest and its largest eigenvalue with all variances scaled to 1; `None` where it is not finite. Below 0 it is no covariance.
    pub moments_eigenvalues: Option<(f64, f64)>,
}

/// A fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The objective, scaled as the reference scales it unless options say otherwise.
    pub objective: f64,
    /// Its gradient by θ, (P,).
    pub gradient: Vec<f64>,
    /// Largest component of the projected gradient; 0 where nothing is searched over.
    pub gradient_norm: f64,
    /// How the last search ended, and whether all markets could be computed there.
    pub status: Ending,
    /// θ, (P,).
    pub theta: Vec<f64>,
    /// All parameters: Σ, Π, ρ, then β, γ with those that were concentrated out in their places.
    pub estimates: Vec<Estimate>,
    /// Σ, (K2, K2) row by row.
    pub sigma: Vec<f64>,
    /// Π, (K2, D) row by row.
    pub pi: Vec<f64>,
    /// ρ by nest, (H,).
    pub rho: Vec<f64>,
    /// β, (K1,).
    pub beta: Vec<f64>,
    /// γ, (K3,).
    pub gamma: Vec<f64>,
    /// Covariance of estimates, (P + K, P + K) row by row: θ, then what was concentrated out of β and γ.
    pub covariance: Vec<f64>,
    /// Mean utilities δ, (N,).
    pub mean_utility: Vec<f64>,
    /// ξ without absorbed fixed effects, (N,). The whole unobservable is `δ − x1 β`.
    pub xi: Vec<f64>,
    /// Marginal costs that the supply side implies, (N,), currency per unit; empty without one.
    pub costs: Vec<f64>,
    /// ω without absorbed fixed effects, (N,); empty without supply.
    pub omega: Vec<f64>,
    /// The weighting matrix of the last step, (M, M) row by row.
    pub weights: Vec<f64>,
    /// The weighting matrix that the next step would use.
    pub updated_weights: Vec<f64>,
    /// Mean moments, (M,).
    pub moments: Vec<f64>,
    /// Their derivatives by θ, then by what was concentrated out, (M, P + K) row by row.
    pub moments_jacobian: Vec<f64>,
    /// Covariance of moments behind standard errors, (M, M) row by row.
    pub moments_covariance: Vec<f64>,
    /// Steps, the initial update first if there was one.
    pub steps: Vec<StepReport>,
    /// What to know about it.
    pub diagnosis: Diagnosis,
}
