//! How far what was announced slips: a time read from the curve of past announcements.

use super::survival::{Curve, NEVER, Tail};
use serde::Serialize;
use std::sync::Arc;

/// The kinds of statement that have a curve of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// With a time: counted from the end of the interval that was promised.
    Dated,
    /// Without one: counted from the statement.
    Vague,
}

impl Promise {
    /// Both, in the order of the reference.
    pub const ALL: [Self; 2] = [Self::Dated, Self::Vague];

    /// Its name in a scenario.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dated => "dated",
            Self::Vague => "vague",
        }
    }
}

/// A length of time that a promise of `after` months takes: `max(0, after + slip)`, at most [`NEVER`].
#[derive(Clone, Debug, PartialEq)]
pub struct SlipTime {
    /// Id of the record of announcements.
    pub of: String,
    /// Which of its curves.
    pub kind: Promise,
    /// When it is promised for, months from now.
    pub after: f64,
    /// The curve.
    pub curve: Arc<Curve>,
    /// The tail at the centre of its hazard.
    pub tail: Tail,
}

impl SlipTime {
    /// The time not exceeded with probability `u`, with the doubt about the curve at `band` and this tail, months, `[eq:slip]`.
    #[must_use]
    pub fn quantile(&self, u: f64, band: f64, tail: Tail) -> f64 {
        let slip = self.curve.quantile(u, band, tail);
        if slip >= NEVER {
            return NEVER;
        }
        (self.after + slip).clamp(0.0, NEVER) // [eq:slip]
    }

    /// The smallest interval that holds all values, months.
    #[must_use]
    pub fn support(&self) -> (f64, f64) {
        let first = self
            .curve
            .steps
            .first()
            .map_or(self.curve.end, |step| step.from);
        let last = match (self.curve.left() > 0.0, self.tail) {
            (false, _) => self.curve.steps.last().map_or(NEVER, |step| step.to),
            (true, Tail::Hazard(1.0)) => self.curve.end,
            (true, _) => NEVER,
        };
        let is_never =
            self.curve.steps.is_empty() && matches!(self.tail, Tail::Never | Tail::Hazard(0.0));
        let time = |slip: f64| {
            if slip >= NEVER {
                NEVER
            } else {
                (self.after + slip).clamp(0.0, NEVER)
            }
        };
        if is_never {
            (NEVER, NEVER)
        } else {
            (time(first), time(last))
        }
    }
}
