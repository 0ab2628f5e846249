//! What an iterative routine returns: a value with the story of how it was reached.

use serde::Serialize;

/// How an iteration ended. Not an error: a solve that stops early is a result with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The tolerance was met.
    Converged,
    /// The budget of iterations was spent first.
    BudgetSpent,
    /// The iteration broke down (a value that is not finite).
    BrokeDown,
    /// The caller asked to stop.
    Cancelled,
}

/// A value with its status, the iterations it took and the residual it was left with.
#[derive(Clone, Debug, Serialize)]
pub struct Solve<T> {
    /// What was computed, as good as the status says.
    pub value: T,
    /// How it ended.
    pub status: Status,
    /// Iterations used.
    pub iterations: usize,
    /// Largest remaining residual, in the units of the routine.
    pub residual: f64,
}

impl<T> Solve<T> {
    /// A value that needed no iteration: closed form, residual 0.
    pub fn closed_form(value: T) -> Self {
        Self {
            value,
            status: Status::Converged,
            iterations: 0,
            residual: 0.0,
        }
    }

    /// Whether the tolerance was met.
    pub fn converged(&self) -> bool {
        self.status == Status::Converged
    }
}
