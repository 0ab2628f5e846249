//! Distributions as quantile functions, and the monotone conversion of their unit.

use super::slip::{Promise, SlipTime};
use crate::numerics::incomplete_beta;
use crate::numerics::normal;
use serde::{Serialize, Serializer};

/// An assumption's distribution, as its quantile function; all numbers in the unit that the assumption was written in.
///
/// Build uncertain ones with [`super::fitting`], which checks them; a variant built by hand must satisfy the conditions that
/// its documentation names.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// A certain value.
    Point(f64),
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, > 0.
        sd: f64,
    },
    /// Lognormal: the logarithm is normal.
    Lognormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm, > 0.
        sigma: f64,
    },
    /// Beta, stretched from [0, 1] to [low, high].
    Beta {
        /// First shape, > 0.
        a: f64,
        /// Second shape, > 0.
        b: f64,
        /// Lowest value.
        low: f64,
        /// Highest value, > low.
        high: f64,
    },
    /// Triangular.
    Triangular {
        /// Lowest value.
        low: f64,
        /// Most likely value, in [low, high].
        mode: f64,
        /// Highest value, > low.
        high: f64,
    },
    /// PERT: a beta on [low, high] with mean (low + 4 mode + high)/6 and shapes that add up to 6 (Malcolm et al. 1959).
    Pert {
        /// Lowest value.
        low: f64,
        /// Most likely value, in [low, high].
        mode: f64,
        /// Highest value, > low.
        high: f64,
    },
    /// Uniform.
    Uniform {
        /// Lowest value.
        low: f64,
        /// Highest value, > low.
        high: f64,
    },
    /// Finitely many values.
    Discrete {
        /// The values, increasing, shape (n,).
        values: Vec<f64>,
        /// Their probabilities, ≥ 0, adding up to 1, shape (n,).
        weights: Vec<f64>,
    },
    /// A promised time with its slip, from the curve of past announcements; a draw also moves the curve.
    Slip(SlipTime),
}

impl Distribution {
    /// The value that is not exceeded with probability `u`, for `u` in (0, 1); NaN for any other `u`.
    ///
    /// Non-decreasing in `u`. A point ignores `u`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        if let Self::Point(value) = self {
            return *value;
        }
        if !(u > 0.0 && u < 1.0) {
            return f64::NAN;
        }
        match self {
            Self::Point(value) => *value,
            Self::Normal { mean, sd } => mean + sd * normal::quantile(u),
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal::quantile(u)),
            Self::Beta { a, b, low, high } => {
                between(*low, *high, incomplete_beta::quantile(u, *a, *b))
            }
            Self::Triangular { low, mode, high } => triangular(u, *low, *mode, *high),
            Self::Pert { low, mode, high } => {
                let (a, b) = pert_shapes(*low, *mode, *high);
                between(*low, *high, incomplete_beta::quantile(u, a, b))
            }
            Self::Uniform { low, high } => between(*low, *high, u),
            Self::Discrete { values, weights } => discrete(u, values, weights),
            Self::Slip(slip) => slip.quantile(u, 0.0, slip.tail),
        }
    }

    /// The value of a central run: the median, `quantile(0.5)`.
    #[must_use]
    pub fn centre(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The smallest interval (low, high) that holds all values; its ends may be infinite.
    #[must_use]
    pub fn support(&self) -> (f64, f64) {
        match self {
            Self::Point(value) => (*value, *value),
            Self::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Lognormal { .. } => (0.0, f64::INFINITY),
            Self::Beta { low, high, .. }
            | Self::Triangular { low, high, .. }
            | Self::Pert { low, high, .. }
            | Self::Uniform { low, high } => (*low, *high),
            Self::Discrete { values, weights } => {
                let mut possible = values
                    .iter()
                    .zip(weights)
                    .filter(|(_, weight)| **weight > 0.0)
                    .map(|(value, _)| *value);
                let low = possible.next().unwrap_or(f64::NAN);
                (low, possible.next_back().unwrap_or(low))
            }
            Self::Slip(slip) => slip.support(),
        }
    }

    /// Whether there is only one possible value.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        let (low, high) = self.support();
        low == high
    }

    /// The family's name in a scenario (`point` for a plain number).
    #[must_use]
    pub fn family(&self) -> &'static str {
        match self {
            Self::Point(_) => "point",
            Self::Normal { .. } => "normal",
            Self::Lognormal { .. } => "lognormal",
            Self::Beta { .. } => "beta",
            Self::Triangular { .. } => "triangular",
            Self::Pert { .. } => "pert",
            Self::Uniform { .. } => "uniform",
            Self::Discrete { .. } => "discrete",
            Self::Slip(_) => "slip",
        }
    }
}

/// The value a share `u` of the way from `low` to `high`, never beyond either.
fn between(low: f64, high: f64, u: f64) -> f64 {
    (low + (high - low) * u).clamp(low, high)
}

/// Inverse of the triangular distribution function, in closed form.
fn triangular(u: f64, low: f64, mode: f64, high: f64) -> f64 {
    let (left, right, width) = (mode - low, high - mode, high - low);
    let value = if u * width <= left {
        low + libm::sqrt(u * width * left)
    } else {
        high - libm::sqrt((1.0 - u) * width * right)
    };
    value.clamp(low, high)
}

/// Shapes (a, b) of the beta behind a PERT.
fn pert_shapes(low: f64, mode: f64, high: f64) -> (f64, f64) {
    let width = high - low;
    (
        1.0 + 4.0 * (mode - low) / width,
        1.0 + 4.0 * (high - mode) / width,
    )
}

/// The smallest value whose cumulative weight reaches `u`.
fn discrete(u: f64, values: &[f64], weights: &[f64]) -> f64 {
    let mut cumulative = 0.0;
    let mut last = f64::NAN;
    for (value, weight) in values.iter().zip(weights) {
        if *weight > 0.0 {
            cumulative += weight;
            last = *value;
            if cumulative >= u {
                break;
            }
        }
    }
    last
}

/// Serialises as a table whose key `distribution` names the family, beside the family's parameters.
impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A tag inside the table needs named fields, which `Point(f64)` has not.
        #[derive(Serialize)]
        #[serde(tag = "distribution", rename_all = "lowercase")]
        enum Table<'a> {
            Point {
                value: f64,
            },
            Normal {
                mean: f64,
                sd: f64,
            },
            Lognormal {
                mu: f64,
                sigma: f64,
            },
            Beta {
                a: f64,
                b: f64,
                low: f64,
                high: f64,
            },
            Triangular {
                low: f64,
                mode: f64,
                high: f64,
            },
            Pert {
                low: f64,
                mode: f64,
                high: f64,
            },
            Uniform {
                low: f64,
                high: f64,
            },
            Discrete {
                values: &'a [f64],
                weights: &'a [f64],
            },
            Slip {
                of: &'a str,
                kind: Promise,
                after: f64,
            },
        }
        let table = match *self {
            Self::Point(value) => Table::Point { value },
            Self::Normal { mean, sd } => Table::Normal { mean, sd },
            Self::Lognormal { mu, sigma } => Table::Lognormal { mu, sigma },
            Self::Beta { a, b, low, high } => Table::Beta { a, b, low, high },
            Self::Triangular { low, mode, high } => Table::Triangular { low, mode, high },
            Self::Pert { low, mode, high } => Table::Pert { low, mode, high },
            Self::Uniform { low, high } => Table::Uniform { low, high },
            Self::Discrete {
                ref values,
                ref weights,
            } => Table::Discrete { values, weights },
            // The curve stands once, with the record of announcements that it comes from.
            Self::Slip(ref slip) => Table::Slip {
                of: &slip.of,
                kind: slip.kind,
                after: slip.after,
            },
        };
        table.serialize(serializer)
    }
}

/// An increasing change of unit, from the unit that a number was written in to the engine's base unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Conversion {
    /// Times base units per written unit, > 0: money, lengths of time, flows (`x/n`).
    Scale(f64),
    /// A probability over `periods` base periods, to one of a single period: `1 − (1 − p)^(1/n)`.
    Probability {
        /// Base periods in the written period, > 0.
        periods: f64,
    },
    /// A share kept over `periods` base periods, to that of a single period: `p^(1/n)`.
    Retention {
        /// Base periods in the written period, > 0.
        periods: f64,
    },
    /// A rate of growth over `periods` base periods, to that of a single period: `(1 + r)^(1/n) − 1`.
    Compound {
        /// Base periods in the written period, > 0.
        periods: f64,
    },
}

impl Conversion {
    /// The conversion that changes nothing.
    pub const NONE: Self = Self::Scale(1.0);

    /// The value in base units. NaN where the written value has no meaning (a probability over 1, a rate under −100 %).
    #[must_use]
    pub fn apply(&self, value: f64) -> f64 {
        match *self {
            Self::Scale(factor) => value * factor,
            Self::Probability { periods: 1.0 }
            | Self::Retention { periods: 1.0 }
            | Self::Compound { periods: 1.0 } => value,
            Self::Probability { periods } => -libm::expm1(libm::log1p(-value) / periods),
            Self::Retention { periods } => libm::pow(value, 1.0 / periods),
            Self::Compound { periods } => libm::expm1(libm::log1p(value) / periods),
        }
    }
}
