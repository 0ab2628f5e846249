//! Covariances of moments, and of estimates.

use super::economy::Economy;
use super::error::EstimateError;
use super::evaluate::Evaluation;
use super::kernel::dot;
use super::linear::{eigen, inverse, symmetric};
use super::micro::beside;
use super::options::{Covariance, Method, Options};
use super::problem::Problem;
use faer::Mat;

/// Covariance of moments S, (M, M), `[eq:moments_covariance]`.
pub(super) fn of_moments(
    economy: &Economy<'_>,
    evaluation: &Evaluation,
    kind: Covariance,
) -> Mat<f64> {
    let n = economy.problem.rows() as f64;
    let found = match kind {
        Covariance::Unadjusted => unadjusted(economy, evaluation),
        Covariance::Robust => outer(economy, evaluation, None),
        Covariance::Clustered => match economy.problem.clusters.as_slice() {
            [] => outer(economy, evaluation, None),
            [one] => outer(economy, evaluation, Some(one)),
            [one, other, ..] => {
                // Cameron, Gelbach & Miller (2011): one and the other, less what is in both.
                let most = other.iter().max().map_or(0, |most| most + 1);
                let pairs = one.iter().zip(other).map(|(a, b)| a * most + b);
                let both = dense(pairs.collect());
                outer(economy, evaluation, Some(one)) + outer(economy, evaluation, Some(other))
                    - outer(economy, evaluation, Some(&both))
            }
        },
    };
    let scaled = Mat::from_fn(found.nrows(), found.ncols(), |r, c| found[(r, c)] / n);
    // Surveys are independent of markets, and each has a number of people of its own.
    let micro = evaluation.micro.as_ref().map(|micro| {
        let s = &micro.covariance;
        Mat::from_fn(s.nrows(), s.ncols(), |r, c| n * s[(r, c)])
    });
    symmetric(&beside(scaled, micro))
}

/// The smallest and the largest eigenvalue of a covariance whose variables are scaled to variance 1, so that units play no part. Clustered in two ways it may
/// have negative ones (Cameron, Gelbach & Miller 2011, section 2.3).
pub(super) fn extremes(covariance: &Mat<f64>) -> Option<(f64, f64)> {
    let scale = |k: usize| match covariance[(k, k)].abs().sqrt() {
        0.0 => 1.0,
        deviation => deviation,
    };
    let n = covariance.nrows();
    let scaled = Mat::from_fn(n, n, |r, c| covariance[(r, c)] / (scale(r) * scale(c)));
    let (values, _) = eigen(&scaled)?;
    Some((*values.first()?, *values.last()?))
}

/// Weights of moments: the inverse of their covariance.
///
/// # Errors
/// A covariance that is not finite; one that is none, or has no inverse, as clustering may leave it.
pub(super) fn weights_of(
    economy: &Economy<'_>,
    evaluation: &Evaluation,
) -> Result<Mat<f64>, EstimateError> {
    let kind = economy.options.weighting;
    let covariance = of_moments(economy, evaluation, kind);
    // Surveys have a covariance of their own.
    let m = economy.moments();
    let of_markets = Mat::from_fn(m, m, |r, c| covariance[(r, c)]);
    if kind == Covariance::Clustered
        && let Some((smallest, largest)) = extremes(&of_markets)
        && smallest <= m as f64 * f64::EPSILON * largest
    {
        return Err(EstimateError::NoWeights { smallest, largest });
    }
    let weights = inverse(&covariance).ok_or_else(|| EstimateError::Missing {
        what: "the covariance of moments is not finite, so they cannot be weighted; look at the troubles of markets at the last step"
            .into(),
    })?;
    Ok(symmetric(&weights))
}

/// Clusters that are too few to weight moments, which can be told before anything is computed: sums over C clusters, centred, span C − 1 dimensions at most.
pub(super) fn too_few_clusters(
    problem: &Problem,
    options: &Options,
    moments: usize,
) -> Option<EstimateError> {
    let weights = options.method != Method::OneStep || options.initial_update;
    let [ids] = problem.clusters.as_slice() else {
        return None;
    };
    if options.weighting != Covariance::Clustered || !weights {
        return None;
    }
    let clusters = dense(ids.clone()).into_iter().max().map_or(0, |c| c + 1);
    let spanned = clusters - usize::from(options.center_moments && clusters > 0);
    (spanned < moments).then_some(EstimateError::TooFewClusters { clusters, moments })
}

/// Numbers from 0 in place of ids.
fn dense(ids: Vec<usize>) -> Vec<usize> {
    let mut known = ids.clone();
    known.sort_unstable();
    known.dedup();
    ids.iter()
        .map(|id| known.partition_point(|other| other < id))
        .collect()
}

/// `cov(u, v) Z_u'Z_v` by blocks.
fn unadjusted(economy: &Economy<'_>, evaluation: &Evaluation) -> Mat<f64> {
    let n = economy.problem.rows() as f64;
    let sides: Vec<_> = economy.sides().collect();
    let mean: Vec<f64> = evaluation
        .errors
        .iter()
        .map(|u| u.iter().sum::<f64>() / n)
        .collect();
    let mut found = Mat::zeros(economy.moments(), economy.moments());
    let mut row = 0;
    for (a, first) in sides.iter().enumerate() {
        let mut at = 0;
        for (b, second) in sides.iter().enumerate() {
            let (u, v) = (&evaluation.errors[a], &evaluation.errors[b]);
            let pairs = u.iter().zip(v);
            let products = pairs.map(|(u, v)| (u - mean[a]) * (v - mean[b]));
            let covariance = products.sum::<f64>() / n;
            let columns: Vec<&[f64]> = second.instruments.iter().map(Vec::as_slice).collect();
            let block = first.by_instruments(economy.dispatch, &columns);
            for c in 0..block.ncols() {
                for r in 0..block.nrows() {
                    found[(row + r, at + c)] = covariance * block[(r, c)];
                }
            }
            at += second.instruments.len();
        }
        row += first.instruments.len();
    }
    found
}

/// `Σ g g'` over rows or clusters, centred if options say so.
fn outer(
    economy: &Economy<'_>,
    evaluation: &Evaluation,
    clusters: Option<&Vec<usize>>,
) -> Mat<f64> {
    let (rows, moments) = (economy.problem.rows(), economy.moments());
    let groups = clusters.map_or(rows, |ids| ids.iter().max().map_or(0, |most| most + 1));
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(moments);
    for (side, errors) in economy.sides().zip(&evaluation.errors) {
        for z in &side.instruments {
            let mut g: Vec<f64> = z.iter().zip(errors).map(|(z, u)| z * u).collect();
            if economy.options.center_moments {
                let mean = g.iter().sum::<f64>() / rows as f64;
                for g in &mut g {
                    *g -= mean;
                }
            }
            if let Some(ids) = clusters {
                let mut sums = vec![0.0; groups];
                for (g, &id) in g.iter().zip(ids) {
                    sums[id] += g;
                }
                g = sums;
            }
            columns.push(g);
        }
    }
    let mut found = Mat::zeros(moments, moments);
    for r in 0..moments {
        for c in 0..=r {
            let sum = dot(economy.dispatch, &columns[r], &columns[c]);
            found[(r, c)] = sum;
            found[(c, r)] = sum;
        }
    }
    found
}

/// Derivatives of mean moments by θ and by what was concentrated out, (M, P + K).
pub(super) fn moments_jacobian(economy: &Economy<'_>, evaluation: &Evaluation) -> Mat<f64> {
    let n = economy.problem.rows() as f64;
    let by_theta = &evaluation.moments_by_theta;
    let parameters = by_theta.ncols();
    let by_linear = &economy.instruments_by_design;
    Mat::from_fn(by_theta.nrows(), parameters + by_linear.ncols(), |r, c| {
        if c < parameters {
            by_theta[(r, c)] / n
        } else if r < by_linear.nrows() {
            -by_linear[(r, c - parameters)] / n
        } else {
            0.0
        }
    })
}

/// The Hessian of the objective as Gauss and Newton have it, (P, P): linear parameters concentrated out, second derivatives left out.
pub(super) fn gauss_newton(
    economy: &Economy<'_>,
    evaluation: &Evaluation,
    weights: &Mat<f64>,
) -> Option<Mat<f64>> {
    let jacobian = moments_jacobian(economy, evaluation);
    let parameters = economy.space.dimension();
    let part = |from: usize, to: usize| {
        Mat::from_fn(jacobian.nrows(), to - from, |r, c| jacobian[(r, from + c)])
    };
    let (by_theta, by_linear) = (part(0, parameters), part(parameters, jacobian.ncols()));
    let left = by_linear.transpose() * weights;
    let explained = inverse(&(&left * &by_linear))? * (&left * &by_theta);
    let rest = &by_theta - &by_linear * explained;
    let n = economy.problem.rows() as f64;
    let scale = if economy.options.scale_objective {
        2.0 * n
    } else {
        2.0
    };
    let curvature = rest.transpose() * weights * &rest;
    let scaled = Mat::from_fn(parameters, parameters, |r, c| scale * curvature[(r, c)]);
    let is_finite = (0..parameters).all(|c| (0..parameters).all(|r| scaled[(r, c)].is_finite()));
    is_finite.then(|| symmetric(&scaled))
}

/// Covariance of estimates times N, (P + K, P + K), `[eq:estimates_covariance]`; `None` where derivatives are not finite.
pub(super) fn of_estimates(
    jacobian: &Mat<f64>,
    weights: &Mat<f64>,
    moments: &Mat<f64>,
    is_sandwich: bool,
) -> Option<Mat<f64>> {
    let left = jacobian.transpose() * weights;
    let bread = inverse(&(&left * jacobian))?;
    if !is_sandwich {
        return Some(symmetric(&bread));
    }
    let half = &bread * &left;
    Some(symmetric(&(&half * moments * half.transpose())))
}
