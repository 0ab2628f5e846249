//! How an estimation is carried out: plain settings, each with its unit, default and why.

/// How the fixed point in mean utilities is iterated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acceleration {
    /// SQUAREM (Varadhan & Roland 2008), the third scheme, monotonicity not enforced: few evaluations, and safe in practice.
    #[default]
    Squarem,
    /// The contraction alone (Berry, Levinsohn & Pakes 1995).
    Plain,
}

/// How mean utilities are solved for in each market.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// Acceleration.
    pub acceleration: Acceleration,
    /// Largest change of a mean utility at which a market counts as solved; default 1e-14, as tight as doubles allow: looser ones bias estimates
    /// (Dubé, Fox & Su 2012).
    pub tolerance: f64,
    /// Evaluations of the contraction that a market may take; default 5,000.
    pub evaluations: usize,
    /// Whether every evaluation starts from the plain logit rather than from the last one: slower, but the objective then does not depend on the
    /// path of the search. Default no.
    pub from_logit: bool,
}

impl Default for FixedPoint {
    fn default() -> Self {
        Self {
            acceleration: Acceleration::Squarem,
            tolerance: 1e-14,
            evaluations: 5_000,
            from_logit: false,
        }
    }
}

/// What searches over the nonlinear parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimiser {
    /// L-BFGS-B (Zhu, Byrd, Lu & Nocedal 1997): bounds, gradients.
    #[default]
    Lbfgsb,
    /// BFGS: gradients, no bounds.
    Bfgs,
    /// A trust region with truncated Newton steps on differences of the gradient: gradients, no bounds.
    TrustRegion,
    /// Nelder & Mead (1965): neither gradients nor smoothness.
    NelderMead,
    /// No search: evaluates at the starting values.
    Evaluate,
}

/// The search over the nonlinear parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Which one.
    pub optimiser: Optimiser,
    /// Largest component of the projected gradient at which it stops, in units of the scaled objective; default 1e-5.
    pub gradient_tolerance: f64,
    /// Iterations that a step may take; default 1,000.
    pub iterations: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            optimiser: Optimiser::Lbfgsb,
            gradient_tolerance: 1e-5,
            iterations: 1_000,
        }
    }
}

/// How the covariance of moments is estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Covariance {
    /// Errors of equal variance, independent of the instruments.
    Unadjusted,
    /// Any variance, rows independent.
    #[default]
    Robust,
    /// Rows of a cluster depend on each other; with two dimensions of clusters after Cameron, Gelbach & Miller (2011).
    Clustered,
}

/// How often moments are weighted anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Once, with the first weighting matrix.
    OneStep,
    /// Twice, the second time with weights from the first residuals; the default.
    #[default]
    TwoStep,
    /// Until estimates stop moving, but at most so many times.
    Iterated {
        /// Steps at most.
        steps: usize,
    },
}

/// What happens where a market cannot be computed at some parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ErrorPolicy {
    /// Its numbers stay what they were at the last parameters; troubles are counted and told. The default.
    #[default]
    Revert,
    /// The objective there is this number, so that the search turns away.
    Punish(f64),
    /// The estimation ends.
    Raise,
}

/// All settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// One step, two or more.
    pub method: Method,
    /// Covariance behind the weighting matrix of later steps.
    pub weighting: Covariance,
    /// Covariance behind standard errors.
    pub standard_errors: Covariance,
    /// Whether moments are centred in robust and clustered covariances; default yes.
    pub center_moments: bool,
    /// The fixed point.
    pub fixed_point: FixedPoint,
    /// The search.
    pub search: Search,
    /// Starting points of the first search: the given one, and others at which every parameter is the given one times a lognormal factor of
    /// spread 0.5; the best end counts. Default 1, the given one alone.
    pub starts: usize,
    /// Seed of the further starting points.
    pub seed: u64,
    /// Computed shares below this are raised to it in the fixed point; default 1e-300.
    pub lowest_share: f64,
    /// Marginal costs are kept within these; default none.
    pub cost_bounds: (f64, f64),
    /// Whether weights are updated once at the starting values before the first step; default no.
    pub initial_update: bool,
    /// Whether the objective is multiplied by the number of rows, as the reference does; default yes.
    pub scale_objective: bool,
    /// A weighting matrix to start with, (M, M) row by row; default two-stage least squares.
    pub weights: Option<Vec<f64>>,
    /// What happens where a market fails.
    pub errors: ErrorPolicy,
    /// Whether weights of agents need not sum to 1 in each market, as those of importance sampling do not; default no.
    pub any_weights: bool,
    /// Whether the Hessian is computed by differences of the gradient at the end; default yes where there was a search.
    pub hessian: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            method: Method::TwoStep,
            weighting: Covariance::Robust,
            standard_errors: Covariance::Robust,
            center_moments: true,
            fixed_point: FixedPoint::default(),
            search: Search::default(),
            starts: 1,
            seed: 0,
            lowest_share: 1e-300,
            cost_bounds: (f64::NEG_INFINITY, f64::INFINITY),
            initial_update: false,
            scale_objective: true,
            weights: None,
            errors: ErrorPolicy::Revert,
            any_weights: false,
            hessian: true,
        }
    }
}
