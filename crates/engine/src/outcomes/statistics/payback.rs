//! Waiting for money to come back, when in some draws it does not within the months simulated.

use super::{Estimate, probability};
use serde::Serialize;

/// When a plan pays back over draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Payback {
    /// The first month by which at least half of the draws have paid back, `[eq:payback]`; none if fewer than half ever
    /// do within the horizon.
    pub median: Option<usize>,
    /// Share of draws that do not pay back within the horizon.
    pub never: Estimate,
}

/// The Kaplan–Meier (1958) median of months and the share of never; `None` is a draw that is censored at the horizon. None
/// of no draws.
///
/// All draws are censored at the same month, so the product-limit curve is one minus the share of draws paid back, and
/// counting gives its median exactly. There is no mean: it would need months that were not simulated.
#[must_use]
pub fn payback(months: &[Option<usize>]) -> Option<Payback> {
    let never = probability(months.iter().map(Option::is_none))?;
    let mut known: Vec<usize> = months.iter().copied().flatten().collect();
    known.sort_unstable();
    let median = known.get(months.len().div_ceil(2) - 1).copied();
    Some(Payback { median, never })
}
