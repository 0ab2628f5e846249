//! When an entrant leaves the market, told as what it is: a month of one path, or how many draws and when.

use super::suffixed;
use crate::run::output::Named;
use crate::run::summary::{OutcomeEntry, Plan};
use std::fmt;

/// When an entrant leaves under a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaving {
    /// In the one path of a central run: the month.
    In(f64),
    /// In every draw: the month by which it has left half of them, and the one by which it has left 95 % of them.
    Always(f64, f64),
    /// In half of the draws or more, but not in all: the month by which it has left half of them.
    Mostly(f64),
}

impl fmt::Display for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(month) => write!(f, "in month {month:.0}"),
            Self::Always(month, _) => write!(f, "in all draws (half of them by month {month:.0})"),
            Self::Mostly(month) => write!(
                f,
                "in half of draws or more (half of all by month {month:.0})"
            ),
        }
    }
}

/// When an entrant leaves under a plan; nothing where it stays in most draws.
pub fn leaving(plan: &Plan, entrant: usize, entrants: &[Named]) -> Option<Leaving> {
    let Some(OutcomeEntry::Distribution(entry)) =
        plan.outcome(&suffixed("exit_month", entrant, entrants))
    else {
        return None;
    };
    match (entry.se, entry.mean, entry.median) {
        (None, Some(month), None) => Some(Leaving::In(month)),
        (_, Some(mean), median) => Some(Leaving::Always(
            median.unwrap_or(mean),
            entry.p95.unwrap_or(mean),
        )),
        (_, None, median) => median.map(Leaving::Mostly),
    }
}

/// Whether an entrant has left before the last 12 of so many months in all draws but a few, so that its share there says nothing.
pub fn left_before_the_last_year(
    plan: &Plan,
    entrant: usize,
    months: usize,
    entrants: &[Named],
) -> bool {
    match leaving(plan, entrant, entrants) {
        Some(Leaving::In(month) | Leaving::Always(_, month)) => month + 11.0 <= months as f64,
        Some(Leaving::Mostly(_)) | None => false,
    }
}
