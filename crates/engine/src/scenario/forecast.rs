//! A reference class of entries: what became of brands that entered markets like this one, as far as it was known.

use super::CalendarMonth;
use crate::futures::survival::Observation;
use serde::Serialize;

/// Entries to compare a plan with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReferenceClass {
    /// The table that they come from.
    pub table: String,
    /// The entries, in the order of their first rows.
    pub members: Vec<ClassMember>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassMember {
    /// Who entered.
    pub entrant: String,
    /// Where.
    pub market: String,
    /// Month of the first sale.
    pub first_sale: CalendarMonth,
    /// Share of sales so many months after the first sale, months increasing and above 0.
    pub shares: Vec<(u32, f64)>,
    /// Months after the first sale in which it left; none: it had not by `seen`.
    pub left: Option<u32>,
    /// Months after the first sale up to which anything could be known.
    pub seen: u32,
    /// Ids of sources.
    pub sources: Vec<String>,
    /// Reasons, as written.
    pub notes: Vec<String>,
}

impl ClassMember {
    /// The share of sales `age` months after the first sale, `[eq:class_share]`: on straight lines from 0 at the first sale through
    /// what was observed, 0 from the month on in which it left. None after the last observation of a member that stayed.
    #[must_use]
    pub fn share_at(&self, age: u32) -> Option<f64> {
        if self.left.is_some_and(|left| age >= left) {
            return Some(0.0);
        }
        let end = self.left.map(|left| (left, 0.0));
        let mut before = (0, 0.0);
        for &(month, share) in self.shares.iter().chain(&end) {
            if age <= month && !(self.shares.is_empty()) {
                let part = f64::from(age - before.0) / f64::from(month - before.0);
                return Some(before.1 + part * (share - before.1));
            }
            before = (month, share);
        }
        None
    }

    /// The time until it left, censored where nothing later is known.
    #[must_use]
    pub fn stay(&self) -> Observation {
        match self.left {
            Some(left) => Observation::At(f64::from(left)),
            None => Observation::After(f64::from(self.seen)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations.
    const ROUNDING: f64 = 1e-15;

    fn member(shares: &[(u32, f64)], left: Option<u32>) -> ClassMember {
        ClassMember {
            entrant: "e".into(),
            market: "m".into(),
            first_sale: CalendarMonth {
                year: 2015,
                month: 1,
            },
            shares: shares.to_vec(),
            left,
            seen: 40,
            sources: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn shares_lie_on_straight_lines_and_end_where_nothing_is_known() {
        let stayed = member(&[(10, 0.02), (20, 0.06)], None);
        let is = |age: u32, wanted: f64| {
            let share = stayed.share_at(age);
            assert!(
                share.is_some_and(|share| (share - wanted).abs() <= ROUNDING),
                "{age}: {share:?}"
            );
        };
        is(0, 0.0);
        is(5, 0.01);
        is(10, 0.02);
        is(15, 0.04);
        is(20, 0.06);
        assert_eq!(stayed.share_at(21), None);
        assert_eq!(stayed.stay(), Observation::After(40.0));
    }

    #[test]
    fn who_left_has_no_share_from_then_on() {
        let gone = member(&[(4, 0.01)], Some(6));
        assert!(
            gone.share_at(5)
                .is_some_and(|share| (share - 0.005).abs() <= ROUNDING)
        );
        assert_eq!([gone.share_at(6), gone.share_at(60)], [Some(0.0); 2]);
        assert_eq!(gone.stay(), Observation::At(6.0));
        // Nothing is known of its share while it was there.
        let unknown = member(&[], Some(7));
        assert_eq!(
            (unknown.share_at(3), unknown.share_at(7)),
            (None, Some(0.0))
        );
    }
}
