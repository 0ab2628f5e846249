//! How many common draws would tell a swing from no change.

use super::{DRAWS_PER_COMMON, LEVEL, MOST_COMMON};
use beachhead_engine::outcomes::statistics::{Estimate, critical_value};

/// More than this many nobody asks.
const MOST: usize = 4_000;

/// The least number of common draws whose band would be narrower than the mean, `[eq:enough]`, if the mean and the spread between draws
/// stay what they are in so many. None where the mean is told already, where nothing moves, or where even [`MOST`] would not do.
pub(super) fn enough(of: Estimate, draws: usize) -> Option<usize> {
    let spread = of.se? * (draws as f64).sqrt();
    let tells = |draws: &usize| {
        let critical = critical_value(*draws, LEVEL);
        critical.is_some_and(|critical| of.mean.abs() > critical * spread / (*draws as f64).sqrt())
    };
    if of.mean == 0.0 || tells(&draws) || !tells(&MOST) {
        return None;
    }
    // More draws tell more: halving finds the first that are enough.
    let (mut few, mut enough) = (draws, MOST);
    while enough - few > 1 {
        let middle = few + (enough - few) / 2;
        if tells(&middle) {
            enough = middle;
        } else {
            few = middle;
        }
    }
    Some(enough)
}

/// So many common draws in words, with the draws of a run that asks as many.
#[must_use]
pub fn common_and_run(enough: usize) -> String {
    if enough > MOST_COMMON {
        return format!(
            "some {enough} common draws, more than the {MOST_COMMON} that a run asks at most"
        );
    }
    format!(
        "some {enough} common draws, as a run of {} draws asks",
        enough * DRAWS_PER_COMMON
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_draws_that_is_enough_is_found() {
        // A spread as large as the mean itself: 1 > t_(n−1) / √n first holds at n = 7 (2.447 / 2.646; at 6 it is 2.571 / 2.449).
        let of = |se: f64| Estimate {
            mean: -1.0,
            se: Some(se),
        };
        assert_eq!(enough(of(1.0 / 3_f64.sqrt()), 3), Some(7));
        // Seven such draws tell it.
        assert_eq!(enough(of(1.0 / 7_f64.sqrt()), 7), None);
        assert_eq!(enough(of(1.0 / 6_f64.sqrt()), 6), Some(7));
        // A spread that dwarfs the mean, nothing that moves, one draw.
        assert_eq!(enough(of(100.0), 3), None);
        let still = Estimate {
            mean: 0.0,
            se: Some(0.0),
        };
        assert_eq!(enough(still, 3), None);
        let alone = Estimate {
            mean: 1.0,
            se: None,
        };
        assert_eq!(enough(alone, 1), None);
        assert!(common_and_run(11).contains("a run of 88 draws"));
        assert!(common_and_run(90).contains("more than the 16"));
    }
}
