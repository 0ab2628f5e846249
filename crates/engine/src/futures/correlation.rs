//! Correlation of draws by named factors, so that a new member changes no other.
//!
//! A factor is a standard normal of its own stream. A member's normal is the sum of its factors and its own, weighted so that it stays
//! standard; its uniform is the probability below it. Who is in no factor keeps its uniform bit for bit.

use super::address::Address;
use crate::numerics::normal;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A common cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Factor {
    /// Id; its stream is `factors.<id>`.
    pub id: String,
    /// Members by name, with their correlation with the factor, in (−1, 1).
    pub members: Vec<(String, f64)>,
}

/// All factors of a scenario. Serialised as their list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correlation {
    factors: Vec<Factor>,
    /// By member: the streams of its factors and the correlations with them.
    loadings: BTreeMap<String, Vec<(String, f64)>>,
}

/// Why factors are none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CorrelationError {
    /// Two factors with one id.
    #[error("the factor `{0}` is there twice; give each its own id")]
    Twice(String),
    /// A correlation that is not inside (−1, 1).
    #[error(
        "`{member}` has the correlation {value} with `{factor}`; it must lie between -1 and 1, both excluded"
    )]
    Range {
        /// The factor.
        factor: String,
        /// The member.
        member: String,
        /// What was found.
        value: f64,
    },
    /// Squares that add up to more than 1.
    #[error(
        "the squared correlations of `{member}` with its factors sum to {sum}; at most 1 is possible"
    )]
    Sum {
        /// The member.
        member: String,
        /// Σρ².
        sum: f64,
    },
}

/// What sums of squares may be over 1 by, for decimals such as 0.6 and 0.8.
pub const SUM_SLACK: f64 = 1e-12;

/// The outermost cells of (0, 1), which a normal far in a tail would round beyond.
const LOWEST: f64 = 0.5 / (1_u64 << 52) as f64;

impl Correlation {
    /// Factors that are possible together.
    ///
    /// # Errors
    /// [`CorrelationError`]: an id twice, a correlation outside (−1, 1), squares of a member over 1 (no matrix has such correlations).
    pub fn new(factors: Vec<Factor>) -> Result<Self, CorrelationError> {
        let mut loadings: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        for (at, factor) in factors.iter().enumerate() {
            if factors[..at].iter().any(|other| other.id == factor.id) {
                return Err(CorrelationError::Twice(factor.id.clone()));
            }
            for (member, value) in &factor.members {
                if !(*value > -1.0 && *value < 1.0) {
                    return Err(CorrelationError::Range {
                        factor: factor.id.clone(),
                        member: member.clone(),
                        value: *value,
                    });
                }
                let stream = format!("factors.{}", factor.id);
                loadings
                    .entry(member.clone())
                    .or_default()
                    .push((stream, *value));
            }
        }
        for (member, list) in &loadings {
            let sum = squares(list);
            if sum > 1.0 + SUM_SLACK {
                return Err(CorrelationError::Sum {
                    member: member.clone(),
                    sum,
                });
            }
        }
        Ok(Self { factors, loadings })
    }

    /// The factors, in the order given.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Whether every draw is its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.factors.is_empty()
    }

    /// The uniform of a quantity, in (0, 1), `[eq:factors]`: a high factor makes a member with a positive correlation high.
    #[must_use]
    pub fn uniform(&self, address: &Address, name: &str) -> f64 {
        self.joined(address, name, address.uniform(name), 1.0)
    }

    /// The uniform at a position of a stream whose member is an event, in (0, 1): the probability below its threshold.
    ///
    /// A high factor makes an event with a positive correlation **early**: the factor enters with the other sign, as a low threshold
    /// is crossed first. All positions share the factor of the draw.
    #[must_use]
    pub fn uniform_of(&self, address: &Address, member: &str, stream: &str, position: u32) -> f64 {
        self.joined(address, member, address.uniform_at(stream, position), -1.0)
    }

    fn joined(&self, address: &Address, member: &str, own: f64, sign: f64) -> f64 {
        let Some(list) = self.loadings.get(member) else {
            return own;
        };
        let common: f64 = list
            .iter()
            .map(|(stream, rho)| rho * normal::quantile(address.uniform(stream)))
            .sum();
        let rest = libm::sqrt((1.0 - squares(list)).max(0.0));
        let z = sign * common + rest * normal::quantile(own); // [eq:factors]
        normal::cdf(z).clamp(LOWEST, 1.0 - LOWEST)
    }
}

fn squares(list: &[(String, f64)]) -> f64 {
    list.iter().map(|(_, rho)| rho * rho).sum()
}

impl Serialize for Correlation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.factors.serialize(serializer)
    }
}
