//! Times to an event from records that may be incomplete: the curve, its doubt, and draws from both.
//!
//! A record says when something happened, that it had not happened by some time, or between which times it happened. The curve is
//! Kaplan & Meier's (1958) where every time is exact or censored from the right and Turnbull's (1976) where there are intervals.

mod band;
mod likelihood;
mod product_limit;
mod turnbull;

pub use band::{BAND_QUANTILE, NEVER, Tail};

use crate::numerics::solve::Solve;
use serde::Serialize;

/// What is known of one time, in months; times may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// It happened then.
    At(f64),
    /// It had not happened by then.
    After(f64),
    /// It happened after the first and not after the second.
    Between(f64, f64),
}

/// Where a curve falls: at a point (`from == to`) or somewhere within an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Start of the fall, months.
    pub from: f64,
    /// End of the fall, months.
    pub to: f64,
    /// Records that were still open before it; expected ones where there are intervals.
    pub at_risk: f64,
    /// Records that end here; expected ones where there are intervals.
    pub events: f64,
    /// Share not happened after it.
    pub survival: f64,
    /// Standard deviation of that share, `[eq:greenwood]`.
    pub deviation: f64,
}

/// The share that has not happened yet, by time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Records that it is estimated from.
    pub records: usize,
    /// Falls in the order of time, none of which is 0.
    pub steps: Vec<Step>,
    /// The last time at which anything was observed, months: beyond it the tail decides.
    pub end: f64,
}

/// Why records are no curve.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SurvivalError {
    /// There are none.
    #[error("no records of times; give at least one")]
    Empty,
    /// A time is NaN or infinite.
    #[error("record {position} has the time {value}; write a finite number of months")]
    NotFinite {
        /// Position from 1.
        position: usize,
        /// What was found.
        value: f64,
    },
    /// An interval that does not run forward.
    #[error("record {position} lies between {from} and {to}; the first must be earlier")]
    Order {
        /// Position from 1.
        position: usize,
        /// Start.
        from: f64,
        /// End.
        to: f64,
    },
}

impl Curve {
    /// The curve of these records, in any order.
    ///
    /// Closed form without intervals; otherwise an iteration whose status says how it ended.
    ///
    /// # Errors
    /// [`SurvivalError`]: no record, a time that is not finite, an interval that runs backwards.
    pub fn fit(records: &[Observation]) -> Result<Solve<Self>, SurvivalError> {
        check(records)?;
        let is_interval = |record: &Observation| matches!(record, Observation::Between(..));
        if records.iter().any(is_interval) {
            Ok(turnbull::fit(records))
        } else {
            Ok(Solve::closed_form(product_limit::fit(records)))
        }
    }

    /// The curve by Turnbull's iteration whatever the records, for comparison with the closed form.
    ///
    /// # Errors
    /// As [`Curve::fit`].
    pub fn fit_by_iteration(records: &[Observation]) -> Result<Solve<Self>, SurvivalError> {
        check(records)?;
        Ok(turnbull::fit(records))
    }

    /// Share left after the last fall.
    #[must_use]
    pub fn left(&self) -> f64 {
        self.steps.last().map_or(1.0, |step| step.survival)
    }
}

fn check(records: &[Observation]) -> Result<(), SurvivalError> {
    if records.is_empty() {
        return Err(SurvivalError::Empty);
    }
    for (at, record) in records.iter().enumerate() {
        let position = at + 1;
        let (from, to) = match *record {
            Observation::At(time) | Observation::After(time) => (time, time),
            Observation::Between(from, to) => (from, to),
        };
        for value in [from, to] {
            if !value.is_finite() {
                return Err(SurvivalError::NotFinite { position, value });
            }
        }
        if matches!(record, Observation::Between(..)) && from >= to {
            return Err(SurvivalError::Order { position, from, to });
        }
    }
    Ok(())
}

/// The last finite time in the records.
fn end(records: &[Observation]) -> f64 {
    records
        .iter()
        .map(|record| match *record {
            Observation::At(time) | Observation::After(time) | Observation::Between(_, time) => {
                time
            }
        })
        .fold(f64::NEG_INFINITY, f64::max)
}
