//! What is asked of comparisons between plans.

use serde::Serialize;

/// What is asked of comparisons between plans: choices, not assumptions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonTerms {
    /// Probability with which all intervals of one outcome hold at once.
    pub level: f64,
    /// δ of outcomes in money, money.
    pub indifference: f64,
    /// δ of outcomes by id, in their own units, instead.
    pub indifference_of: Vec<(String, f64)>,
}

impl Default for ComparisonTerms {
    fn default() -> Self {
        Self {
            level: 0.95,
            indifference: 0.0,
            indifference_of: Vec::new(),
        }
    }
}
