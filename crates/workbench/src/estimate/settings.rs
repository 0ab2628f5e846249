//! Settings as written to settings of the engine.

use super::file::{Contraction, Errors, Estimation, OptimalKind, Policy, Searcher, Steps};
use beachhead_engine::estimate::{
    Acceleration, Covariance, ErrorPolicy, FixedPoint, Method, Optimiser, Options, Search,
};

pub(super) fn optimal(written: &Estimation) -> Option<beachhead_engine::estimate::Errors> {
    use beachhead_engine::estimate::Errors;
    let draws = usize::try_from(written.optimal_draws.value).unwrap_or(1);
    let seed = 0;
    match written.optimal_instruments {
        OptimalKind::None | OptimalKind::Unread => None,
        OptimalKind::Approximate => Some(Errors::Approximate),
        OptimalKind::Normal => Some(Errors::Normal { draws, seed }),
        OptimalKind::Empirical => Some(Errors::Empirical { draws, seed }),
    }
}

pub(super) fn options(written: &Estimation, any_weights: bool) -> Options {
    let covariance = |errors: Errors| match errors {
        Errors::Unadjusted => Covariance::Unadjusted,
        Errors::Clustered => Covariance::Clustered,
        Errors::Robust | Errors::Unread => Covariance::Robust,
    };
    let count = |value: i64| u64::try_from(value).unwrap_or(u64::MAX);
    let size = |value: i64| usize::try_from(value).unwrap_or(usize::MAX);
    let bound = |bound: Option<f64>, none: f64| bound.unwrap_or(none);
    Options {
        method: match written.method {
            Steps::OneStep => Method::OneStep,
            Steps::TwoStep | Steps::Unread => Method::TwoStep,
            Steps::Iterated => Method::Iterated {
                steps: size(written.steps.value),
            },
        },
        weighting: covariance(written.weighting),
        standard_errors: covariance(written.standard_errors),
        center_moments: written.center_moments,
        fixed_point: FixedPoint {
            acceleration: match written.contraction {
                Contraction::Plain => Acceleration::Plain,
                Contraction::Squarem | Contraction::Unread => Acceleration::Squarem,
            },
            tolerance: written.contraction_tolerance.value,
            evaluations: size(written.contraction_evaluations.value),
            ..FixedPoint::default()
        },
        search: Search {
            optimiser: match written.optimiser {
                Searcher::Bfgs => Optimiser::Bfgs,
                Searcher::TrustRegion => Optimiser::TrustRegion,
                Searcher::NelderMead => Optimiser::NelderMead,
                Searcher::None => Optimiser::Evaluate,
                Searcher::Lbfgsb | Searcher::Unread => Optimiser::Lbfgsb,
            },
            gradient_tolerance: written.gradient_tolerance.value,
            iterations: count(written.iterations.value),
        },
        cost_bounds: (
            bound(written.cost_lower.map(|b| b.value), f64::NEG_INFINITY),
            bound(written.cost_upper.map(|b| b.value), f64::INFINITY),
        ),
        initial_update: written.initial_update,
        scale_objective: written.scale_objective,
        errors: match written.errors {
            Policy::Punish => ErrorPolicy::Punish(written.punishment.value),
            Policy::Raise => ErrorPolicy::Raise,
            Policy::Revert | Policy::Unread => ErrorPolicy::Revert,
        },
        any_weights,
        ..Options::default()
    }
}
