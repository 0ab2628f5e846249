//! From what a person writes (moments, quantiles, limits) to a distribution, or to a clear error.

use super::distribution::Distribution;
pub use super::fit_error::FitError;
use super::fit_error::{FEWEST_SHAPES, MOST_SHAPES};
use super::incomplete_beta;
use crate::numerics::normal;
use core::fmt;

/// The quantiles that may be written, by name and probability.
pub const QUANTILES: [(&str, f64); 7] = [
    ("p05", 0.05),
    ("p10", 0.10),
    ("p25", 0.25),
    ("p50", 0.50),
    ("p75", 0.75),
    ("p90", 0.90),
    ("p95", 0.95),
];

/// How far a further quantile may lie from the fitted shape, as a share of the distance between the outermost quantiles.
pub const QUANTILE_SLACK: f64 = 0.01;

/// A family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Normal: `mean, sd`, or two or more quantiles.
    Normal,
    /// Lognormal: `mean, sd` (of the value, not of its logarithm), or two or more quantiles.
    Lognormal,
    /// Beta: `mean, sd`, or two or more quantiles; `low` (default 0) and `high` (default 1).
    Beta,
    /// Triangular: `low, mode, high`.
    Triangular,
    /// PERT: `low, mode, high`.
    Pert,
    /// Uniform: `low, high`.
    Uniform,
    /// Discrete: `values`, `weights` (default equal; made to add up to 1).
    Discrete,
}

impl Family {
    /// All families, in the order of the reference.
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::Lognormal,
        Self::Beta,
        Self::Triangular,
        Self::Pert,
        Self::Uniform,
        Self::Discrete,
    ];

    /// The family of this name in a scenario.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Its name in a scenario.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
            Self::Beta => "beta",
            Self::Triangular => "triangular",
            Self::Pert => "pert",
            Self::Uniform => "uniform",
            Self::Discrete => "discrete",
        }
    }

    /// What it is described by, in words for a message.
    #[must_use]
    pub fn takes(self) -> &'static str {
        match self {
            Self::Normal | Self::Lognormal => "mean and sd, or two quantiles such as p10 and p90",
            Self::Beta => {
                "mean and sd, or two quantiles such as p10 and p90; and low and high unless they are 0 and 1"
            }
            Self::Triangular | Self::Pert => "low, mode and high",
            Self::Uniform => "low and high",
            Self::Discrete => "values, and weights unless they are equal",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A distribution as written, all in one unit; what is not given is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Lowest value.
    pub low: Option<f64>,
    /// Most likely value.
    pub mode: Option<f64>,
    /// Highest value.
    pub high: Option<f64>,
    /// Quantiles in the order of [`QUANTILES`].
    pub quantiles: [Option<f64>; QUANTILES.len()],
    /// Values of a discrete distribution, shape (n,).
    pub values: Option<Vec<f64>>,
    /// Weights of a discrete distribution, shape (n,).
    pub weights: Option<Vec<f64>>,
}

impl Description {
    /// Sets a number by its key (`mean`, `sd`, `low`, `mode`, `high`, `p05` … `p95`); `false` if there is no such key.
    pub fn set(&mut self, key: &str, value: f64) -> bool {
        let slot = match key {
            "mean" => &mut self.mean,
            "sd" => &mut self.sd,
            "low" => &mut self.low,
            "mode" => &mut self.mode,
            "high" => &mut self.high,
            _ => match QUANTILES.iter().position(|(name, _)| *name == key) {
                Some(index) => &mut self.quantiles[index],
                None => return false,
            },
        };
        *slot = Some(value);
        true
    }

    /// The numbers that are given, with their keys.
    fn numbers(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let named = [
            ("mean", self.mean),
            ("sd", self.sd),
            ("low", self.low),
            ("mode", self.mode),
            ("high", self.high),
        ];
        let quantiles: Vec<_> = QUANTILES
            .iter()
            .zip(self.quantiles)
            .map(|((key, _), value)| (*key, value))
            .collect();
        named
            .into_iter()
            .chain(quantiles)
            .filter_map(|(key, value)| value.map(|value| (key, value)))
    }

    fn quantiles(&self) -> Vec<Quantile> {
        let named = QUANTILES.iter().zip(self.quantiles);
        named
            .filter_map(|(&(key, u), value)| value.map(|value| Quantile { key, u, value }))
            .collect()
    }
}

#[derive(Debug, Clone, Copy)]
struct Quantile {
    key: &'static str,
    u: f64,
    value: f64,
}

/// The distribution of a family that a description gives.
///
/// # Errors
/// [`FitError`]: a number missing, too much, not finite, or in contradiction with another.
pub fn fit(family: Family, description: &Description) -> Result<Distribution, FitError> {
    check_keys(family, description)?;
    let need =
        |key: &'static str, value: Option<f64>| value.ok_or(FitError::Missing { family, key });
    match family {
        Family::Normal | Family::Lognormal | Family::Beta => {
            let quantiles = description.quantiles();
            let limits = (
                description.low.unwrap_or(0.0),
                description.high.unwrap_or(1.0),
            );
            if quantiles.is_empty() {
                let (mean, sd) = (need("mean", description.mean)?, need("sd", description.sd)?);
                return match family {
                    Family::Normal => normal(mean, sd),
                    Family::Lognormal => lognormal(mean, sd),
                    _ => beta(mean, sd, limits.0, limits.1),
                };
            }
            if description.mean.or(description.sd).is_some() {
                return Err(FitError::MomentsAndQuantiles);
            }
            through_quantiles(family, &quantiles, limits)
        }
        Family::Triangular | Family::Pert => {
            let (low, high) = (
                need("low", description.low)?,
                need("high", description.high)?,
            );
            let mode = need("mode", description.mode)?;
            if family == Family::Pert {
                pert(low, mode, high)
            } else {
                triangular(low, mode, high)
            }
        }
        Family::Uniform => uniform(
            need("low", description.low)?,
            need("high", description.high)?,
        ),
        Family::Discrete => {
            let values = description.values.clone().ok_or(FitError::Missing {
                family,
                key: "values",
            })?;
            let weights = description
                .weights
                .clone()
                .unwrap_or_else(|| vec![1.0; values.len()]);
            discrete(&values, &weights)
        }
    }
}

/// Refuses numbers that the family does not take, and those that are not finite.
fn check_keys(family: Family, description: &Description) -> Result<(), FitError> {
    let limits = matches!(
        family,
        Family::Beta | Family::Triangular | Family::Pert | Family::Uniform
    );
    let shaped = matches!(family, Family::Normal | Family::Lognormal | Family::Beta);
    for (key, value) in description.numbers() {
        let used = match key {
            "low" | "high" => limits,
            "mode" => matches!(family, Family::Triangular | Family::Pert),
            _ => shaped,
        };
        if !used {
            return Err(FitError::NotUsed { family, key });
        }
        finite(key, value)?;
    }
    for (key, list) in [
        ("values", &description.values),
        ("weights", &description.weights),
    ] {
        if list.is_some() && family != Family::Discrete {
            return Err(FitError::NotUsed { family, key });
        }
    }
    Ok(())
}

/// Normal distribution by its moments.
///
/// # Errors
/// [`FitError`] unless both are finite and `sd > 0`.
pub fn normal(mean: f64, sd: f64) -> Result<Distribution, FitError> {
    finite("mean", mean)?;
    positive("sd", sd)?;
    Ok(Distribution::Normal { mean, sd })
}

/// Lognormal distribution by the moments of the value itself: `σ² = ln(1 + (sd/mean)²)`, `μ = ln mean − σ²/2`.
///
/// # Errors
/// [`FitError`] unless both are finite and above 0.
pub fn lognormal(mean: f64, sd: f64) -> Result<Distribution, FitError> {
    positive("mean", mean)?;
    positive("sd", sd)?;
    let ratio = sd / mean;
    let variance = libm::log1p(ratio * ratio);
    Ok(Distribution::Lognormal {
        mu: libm::log(mean) - variance / 2.0,
        sigma: libm::sqrt(variance),
    })
}

/// Beta distribution on [low, high] by its moments.
///
/// # Errors
/// [`FitError`] unless `low < mean < high` and `0 < sd < √((mean − low)(high − mean))`.
pub fn beta(mean: f64, sd: f64, low: f64, high: f64) -> Result<Distribution, FitError> {
    finite("mean", mean)?;
    positive("sd", sd)?;
    ordered(("low", low), ("high", high))?;
    inside("mean", mean, low, high, false)?;
    let largest_variance = (mean - low) * (high - mean);
    if sd * sd >= largest_variance {
        return Err(FitError::ImpossibleSpread {
            sd,
            mean,
            low,
            high,
            limit: libm::sqrt(largest_variance),
        });
    }
    let shapes = largest_variance / (sd * sd) - 1.0;
    let share = (mean - low) / (high - low);
    Ok(Distribution::Beta {
        a: share * shapes,
        b: (1.0 - share) * shapes,
        low,
        high,
    })
}

/// Triangular distribution.
///
/// # Errors
/// [`FitError`] unless `low ≤ mode ≤ high` and `low < high`, all finite.
pub fn triangular(low: f64, mode: f64, high: f64) -> Result<Distribution, FitError> {
    ordered(("low", low), ("high", high))?;
    inside("mode", mode, low, high, true)?;
    Ok(Distribution::Triangular { low, mode, high })
}

/// PERT distribution.
///
/// # Errors
/// [`FitError`] unless `low ≤ mode ≤ high` and `low < high`, all finite.
pub fn pert(low: f64, mode: f64, high: f64) -> Result<Distribution, FitError> {
    ordered(("low", low), ("high", high))?;
    inside("mode", mode, low, high, true)?;
    Ok(Distribution::Pert { low, mode, high })
}

/// Uniform distribution.
///
/// # Errors
/// [`FitError`] unless `low < high`, both finite.
pub fn uniform(low: f64, high: f64) -> Result<Distribution, FitError> {
    ordered(("low", low), ("high", high))?;
    Ok(Distribution::Uniform { low, high })
}

/// Discrete distribution; values in any order, weights in proportion (they are made to add up to 1). Shapes (n,).
///
/// # Errors
/// [`FitError`] if there is no value, a number is not finite, the lengths differ, a weight is negative or all are 0.
pub fn discrete(values: &[f64], weights: &[f64]) -> Result<Distribution, FitError> {
    if values.is_empty() {
        return Err(FitError::NoValues);
    }
    if values.len() != weights.len() {
        return Err(FitError::Lengths {
            values: values.len(),
            weights: weights.len(),
        });
    }
    for &value in values {
        finite("values", value)?;
    }
    for (index, &value) in weights.iter().enumerate() {
        finite("weights", value)?;
        if value < 0.0 {
            return Err(FitError::NegativeWeight {
                position: index + 1,
                value,
            });
        }
    }
    let total: f64 = weights.iter().sum();
    if total == 0.0 {
        return Err(FitError::NoWeight);
    }
    finite("weights", total)?;
    let mut pairs: Vec<(f64, f64)> = values
        .iter()
        .zip(weights)
        .map(|(&value, weight)| (value, weight / total))
        .collect();
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (values, weights) = pairs.into_iter().unzip();
    Ok(Distribution::Discrete { values, weights })
}

/// Fits the outermost two quantiles and holds the others against the result.
fn through_quantiles(
    family: Family,
    quantiles: &[Quantile],
    limits: (f64, f64),
) -> Result<Distribution, FitError> {
    let (Some(first), Some(last)) = (quantiles.first(), quantiles.last()) else {
        return Err(FitError::Missing {
            family,
            key: "mean",
        });
    };
    if quantiles.len() < 2 {
        return Err(FitError::OneQuantile { key: first.key });
    }
    for pair in quantiles.windows(2) {
        ordered((pair[0].key, pair[0].value), (pair[1].key, pair[1].value))?;
    }
    let fitted = match family {
        Family::Lognormal => {
            positive(first.key, first.value)?;
            let (mu, sigma) = line(first, last, libm::log);
            Distribution::Lognormal { mu, sigma }
        }
        Family::Beta => beta_through(first, last, limits)?,
        _ => {
            let (mean, sd) = line(first, last, |value| value);
            Distribution::Normal { mean, sd }
        }
    };
    for quantile in quantiles {
        let found = fitted.quantile(quantile.u);
        if libm::fabs(found - quantile.value) > QUANTILE_SLACK * (last.value - first.value) {
            return Err(FitError::Contradiction {
                family,
                key: quantile.key,
                value: quantile.value,
                fitted: found,
            });
        }
    }
    Ok(fitted)
}

/// Mean and standard deviation of the normal through two quantiles of a transformed value.
fn line(first: &Quantile, last: &Quantile, transform: impl Fn(f64) -> f64) -> (f64, f64) {
    let (z_first, z_last) = (normal::quantile(first.u), normal::quantile(last.u));
    let (x_first, x_last) = (transform(first.value), transform(last.value));
    let sd = (x_last - x_first) / (z_last - z_first);
    // From the end whose own z is smaller, so that a median is met exactly.
    let mean = if libm::fabs(z_first) <= libm::fabs(z_last) {
        x_first - z_first * sd
    } else {
        x_last - z_last * sd
    };
    (mean, sd)
}

/// The beta on `limits` through two quantiles, found by bisection on the sum of its shapes.
///
/// For a given sum the share `a/(a + b)` is set so that the first quantile is met; the probability of the last quantile's value
/// then rises with the sum (the two quantiles determine a beta uniquely: Shih 2015, "Uniqueness of the beta distribution
/// given two quantiles").
fn beta_through(
    first: &Quantile,
    last: &Quantile,
    limits: (f64, f64),
) -> Result<Distribution, FitError> {
    let (low, high) = limits;
    ordered(("low", low), ("high", high))?;
    inside(first.key, first.value, low, high, false)?;
    inside(last.key, last.value, low, high, false)?;
    let unit = |value: f64| (value - low) / (high - low);
    let shapes = |sum: f64| {
        let share = share_through(unit(first.value), first.u, sum);
        (share * sum, (1.0 - share) * sum)
    };
    let excess = |log_sum: f64| {
        let (a, b) = shapes(libm::exp(log_sum));
        incomplete_beta::cdf(unit(last.value), a, b) - last.u
    };
    let failure = FitError::NoBeta {
        low,
        high,
        lower_value: first.value,
        upper_value: last.value,
    };
    // Grows a bracket from a moderate sum, because large sums take long.
    let (mut below, mut above) = (libm::log(2.0), libm::log(2.0));
    while excess(below) > 0.0 {
        below -= 1.0;
        if below < libm::log(FEWEST_SHAPES) {
            return Err(failure);
        }
    }
    while excess(above) < 0.0 {
        above += 1.0;
        if above > libm::log(MOST_SHAPES) {
            return Err(failure);
        }
    }
    let (a, b) = shapes(libm::exp(bisect(below, above, excess)));
    Ok(Distribution::Beta { a, b, low, high })
}

/// The share `a/(a + b)` at which a beta with `a + b = sum` has probability `u` below `x`.
fn share_through(x: f64, u: f64, sum: f64) -> f64 {
    let logistic = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
    // The probability falls as the share rises.
    logistic(bisect(-WIDEST_LOGIT, WIDEST_LOGIT, |logit| {
        let share = logistic(logit);
        u - incomplete_beta::cdf(x, share * sum, (1.0 - share) * sum)
    }))
}

const WIDEST_LOGIT: f64 = 30.0;

/// Root of a rising function between two bounds, to the last place.
fn bisect(mut below: f64, mut above: f64, rising: impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = below + (above - below) / 2.0;
        if middle <= below || middle >= above {
            return middle;
        }
        if rising(middle) < 0.0 {
            below = middle;
        } else {
            above = middle;
        }
    }
}

fn finite(key: &'static str, value: f64) -> Result<(), FitError> {
    if value.is_finite() {
        Ok(())
    } else {
        Err(FitError::NotFinite { key, value })
    }
}

fn positive(key: &'static str, value: f64) -> Result<(), FitError> {
    finite(key, value)?;
    if value > 0.0 {
        Ok(())
    } else {
        Err(FitError::NotPositive { key, value })
    }
}

fn ordered(lower: (&'static str, f64), upper: (&'static str, f64)) -> Result<(), FitError> {
    finite(lower.0, lower.1)?;
    finite(upper.0, upper.1)?;
    if lower.1 < upper.1 {
        return Ok(());
    }
    Err(FitError::Order {
        lower: lower.0,
        lower_value: lower.1,
        upper: upper.0,
        upper_value: upper.1,
    })
}

fn inside(key: &'static str, value: f64, low: f64, high: f64, ends: bool) -> Result<(), FitError> {
    finite(key, value)?;
    if (value > low && value < high) || (ends && (value == low || value == high)) {
        return Ok(());
    }
    Err(FitError::Outside {
        key,
        value,
        low,
        high,
    })
}
