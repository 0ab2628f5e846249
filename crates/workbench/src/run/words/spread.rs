//! What so many draws can say about a spread and about a chance: no more than they know.

use super::{between, percent};
use crate::run::summary::Distribution;
use beachhead_engine::outcomes::statistics::share_band;

/// Fewest draws of which the outer 5 % on a side are three: below, an end of 90 % of draws is one or two draws.
const FEWEST_OF_NINETY: usize = 60;
/// Fewest draws of which a quarter is two.
const FEWEST_OF_HALF: usize = 8;
/// Probability with which a band holds a chance.
const LEVEL: f64 = 0.95;

/// What part of the draws a range is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Between the 5 % and the 95 % quantile.
    Ninety,
    /// Between the quartiles.
    Half,
    /// None: so few draws have no quantiles worth the name.
    Nothing,
}

impl Told {
    /// What so many draws allow to tell.
    #[must_use]
    pub fn of(draws: usize) -> Self {
        match draws {
            _ if draws >= FEWEST_OF_NINETY => Self::Ninety,
            _ if draws >= FEWEST_OF_HALF => Self::Half,
            _ => Self::Nothing,
        }
    }

    /// `90 % of draws`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ninety => "90 % of draws",
            Self::Half => "the middle half of draws",
            Self::Nothing => "no draws",
        }
    }

    /// The ends of a range; none of one draw, or of too few.
    #[must_use]
    pub fn range(self, entry: &Distribution) -> Option<(f64, f64)> {
        entry.se?;
        match self {
            Self::Ninety => entry.p05.zip(entry.p95),
            Self::Half => entry.p25.zip(entry.p75),
            Self::Nothing => None,
        }
    }

    /// The median, where the mean lies outside the range that is told: a few draws carry it there, and the median says what is usual.
    #[must_use]
    pub fn median_beside(self, entry: &Distribution) -> Option<f64> {
        let (low, high) = self.range(entry)?;
        let is_outside = |mean: &f64| *mean < low.min(high) || *mean > low.max(high);
        entry.mean.filter(is_outside).and(entry.p50)
    }

    /// What stands below a mean in a table, as a note; ends without a full stop.
    #[must_use]
    pub fn note(self) -> String {
        match self {
            Self::Nothing => {
                "Means over draws; so few draws have no range worth telling".to_owned()
            }
            told => format!(
                "Means over draws, and below them what {} lie between; where a median stands beside, a few draws carry the mean out of that range",
                told.words()
            ),
        }
    }

    /// What a reader must know of ranges of few draws; nothing where there are enough.
    #[must_use]
    pub fn caveat(self, draws: usize) -> Option<String> {
        let said = match self {
            Self::Ninety => return None,
            Self::Half => "ranges are those of the middle half",
            Self::Nothing => "no ranges are told",
        };
        let outer = draws as f64 * 0.05;
        let outer = if outer < 1.5 {
            "one draw or less".to_owned()
        } else {
            format!("{outer:.0} draws")
        };
        Some(format!(
            "The outer 5 % of {draws} draws are {outer}, which is no range: {said}."
        ))
    }
}

/// The band that so many draws leave of a chance; nothing of no draws.
#[must_use]
pub fn chance_band(share: f64, draws: usize) -> Option<(f64, f64)> {
    let held = (share * draws as f64).round();
    share_band(held as usize, draws, LEVEL)
}

/// A share of draws and what they leave of the chance: `67 % of 24 draws (which leave a chance of 45 to 84 %)`.
#[must_use]
pub fn chance(share: f64, draws: usize) -> String {
    let band = chance_band(share, draws).map_or_else(String::new, |(low, high)| {
        format!(" (which leave a chance of {})", between(low, high, "share"))
    });
    format!("{} of {draws} draws{band}", percent(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Distribution {
        Distribution {
            unit: "units".to_owned(),
            mean: Some(3.0),
            se: Some(1.0),
            p05: Some(1.0),
            p25: Some(2.0),
            p50: Some(3.0),
            p75: Some(4.0),
            p95: Some(5.0),
            median: None,
        }
    }

    #[test]
    fn few_draws_tell_no_tails() {
        let range = |draws| Told::of(draws).range(&entry());
        assert_eq!(range(200), Some((1.0, 5.0)));
        assert_eq!(range(60), Some((1.0, 5.0)));
        assert_eq!(range(59), Some((2.0, 4.0)));
        assert_eq!(range(7), None);
        let mut central = entry();
        central.se = None;
        assert_eq!(Told::of(200).range(&central), None);
        assert_eq!(Told::of(60).caveat(60), None);
        let said = Told::of(24).caveat(24).unwrap();
        assert!(said.contains("24 draws are one draw or less") && said.contains("middle half"));
        assert!(Told::of(40).caveat(40).unwrap().contains("are 2 draws"));
    }

    #[test]
    fn a_mean_outside_its_range_has_the_median_beside() {
        let mut skewed = entry();
        let beside = |entry: &Distribution, draws| Told::of(draws).median_beside(entry);
        assert_eq!(beside(&skewed, 24), None);
        skewed.mean = Some(4.5);
        assert_eq!(beside(&skewed, 24), Some(3.0));
        // Of more draws the range is wider, and holds it; of few there is none.
        assert_eq!(beside(&skewed, 200), None);
        assert_eq!(beside(&skewed, 7), None);
        skewed.mean = Some(0.5);
        assert_eq!(beside(&skewed, 200), Some(3.0));
        // All draws but a few are alike.
        (skewed.p25, skewed.p50, skewed.p75) = (Some(0.0), Some(0.0), Some(0.0));
        assert_eq!(beside(&skewed, 24), Some(0.0));
    }

    #[test]
    fn a_chance_is_told_with_what_is_left_open() {
        // 2 of 24 by Clopper and Pearson's band: 1 to 27 %; none of 24 leaves up to 14 %.
        assert_eq!(
            chance(2.0 / 24.0, 24),
            "8.3 % of 24 draws (which leave a chance of 1 to 27 %)"
        );
        assert_eq!(
            chance(0.0, 24),
            "0 % of 24 draws (which leave a chance of 0 to 14 %)"
        );
    }
}
