//! Differences of two runs draw by draw: randomness is addressed by seed, draw and name, so a draw of one seed is the same in both
//! but for what their scenarios make of it.

use super::Comparison;
use crate::run::summary::Summary;
use beachhead_engine::numerics::normal;
use beachhead_engine::outcomes::statistics;

/// Probability with which an interval holds the difference.
const LEVEL: f64 = 0.95;

/// Mean of the worst tenth of the draws, read from their net present value.
const WORST: &str = "cvar10";

/// Why the draws of two runs cannot be taken one by one, if they cannot.
pub(super) fn unpaired([first, second]: [&Summary; 2]) -> Option<String> {
    if first.draws.min(second.draws) == 1 {
        let which = match (first.draws, second.draws) {
            (1, 1) => "both runs are",
            (1, _) => "the first run is",
            _ => "the second run is",
        };
        return Some(format!("{which} central: one path, no draws"));
    }
    (first.seed != second.seed).then(|| {
        format!(
            "their seeds differ ({} and {}), so that no draw is in both",
            first.seed, second.seed
        )
    })
}

/// The column of `draws.parquet` from which an outcome is compared.
pub(super) fn column(outcome: &str) -> String {
    match outcome.strip_prefix(WORST) {
        Some(suffix) if suffix.is_empty() || suffix.starts_with('.') => format!("npv{suffix}"),
        _ => outcome.to_owned(),
    }
}

/// How an outcome moves from the first run to the second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moved {
    /// By how much.
    pub(super) by: Option<f64>,
    /// Standard error.
    pub(super) se: Option<f64>,
    /// Draws, where they were taken one by one.
    pub(super) pairs: Option<usize>,
}

impl Moved {
    /// Of months of medians, which have no standard error.
    pub(super) fn of_medians([first, second]: [Option<f64>; 2]) -> Self {
        Self {
            by: first.zip(second).map(|(first, second)| second - first),
            ..Self::default()
        }
    }

    /// Of means over draws that have nothing in common.
    pub(super) fn of_means(means: [Option<f64>; 2], errors: [Option<f64>; 2]) -> Self {
        let [first, second] = errors;
        Self {
            se: first.zip(second).map(|(first, second)| first.hypot(second)),
            ..Self::of_medians(means)
        }
    }

    /// Over the draws that both columns have and that failed in neither; none where there is no such draw.
    pub(super) fn of_pairs(
        outcome: &str,
        first: Option<&Vec<f64>>,
        second: Option<&Vec<f64>>,
    ) -> Option<Self> {
        let both = first?.iter().zip(second?);
        let both = both.filter(|(first, second)| !first.is_nan() && !second.is_nan());
        let (first, second): (Vec<f64>, Vec<f64>) = both.unzip();
        let estimate = match column(outcome) == outcome {
            true => {
                let differences = first.iter().zip(&second).map(|(a, b)| b - a);
                statistics::mean(&differences.collect::<Vec<f64>>())
            }
            false => statistics::worst_tenth_difference(&first, &second),
        }?;
        Some(Self {
            by: Some(estimate.mean),
            se: estimate.se,
            pairs: Some(first.len()),
        })
    }

    /// What holds the difference with probability 0.95.
    pub(super) fn interval(self) -> [Option<f64>; 2] {
        let quantile = match self.pairs {
            Some(pairs) => statistics::critical_value(pairs, LEVEL),
            None => Some(normal::quantile(0.5 + LEVEL / 2.0)),
        };
        let half = self.se.zip(quantile).map(|(se, quantile)| se * quantile);
        let ends = self.by.zip(half);
        [
            ends.map(|(by, half)| by - half),
            ends.map(|(by, half)| by + half),
        ]
    }
}

impl Comparison {
    /// How differences are taken, in a sentence or two.
    #[must_use]
    pub fn how(&self) -> String {
        let draws = self.runs.each_ref().map(|run| run.draws);
        match &self.unpaired {
            None => {
                let beside = match draws[0] == draws[1] {
                    true => "",
                    false => {
                        " Means are of all draws of a run, so that their difference may be another."
                    }
                };
                format!(
                    "Differences are second less first, draw by draw, paired over {} common draws, with 95 % intervals.{beside}",
                    self.common_draws
                )
            }
            Some(why) if draws.contains(&1) => format!(
                "Differences are second less first, of single values: {why}, so that there are no intervals."
            ),
            Some(why) => format!(
                "Differences are second less first; draws are not paired, as {why}: intervals (95 %) are wide."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Agreement with numbers worked out by hand.
    const IDENTITY: f64 = 1e-9;

    #[test]
    fn pairs_leave_out_what_only_one_run_has() {
        let first = vec![1.0, f64::NAN, 3.0, 4.0, 9.0];
        let second = vec![2.0, 7.0, 3.0, f64::NAN];
        let moved = Moved::of_pairs("units", Some(&first), Some(&second)).unwrap();
        // Differences 1 and 0: mean 1/2, standard error (1/√2)/√2.
        assert_eq!((moved.by, moved.pairs), (Some(0.5), Some(2)));
        assert!((moved.se.unwrap() - 0.5).abs() < IDENTITY);
        // Student's with one degree of freedom: tan(0.475 π).
        let [low, high] = moved.interval().map(Option::unwrap);
        let half = 0.5 * (0.475 * std::f64::consts::PI).tan();
        assert!(
            (high - (0.5 + half)).abs() < IDENTITY * half
                && (low + high - 1.0).abs() < IDENTITY * half
        );
        assert_eq!(Moved::of_pairs("units", Some(&first), None), None);
        assert_eq!(
            Moved::of_pairs("units", Some(&vec![f64::NAN]), Some(&second)),
            None
        );
    }

    #[test]
    fn the_worst_tenth_is_read_from_net_present_values() {
        assert_eq!(column("cvar10"), "npv");
        assert_eq!(column("cvar10.volta"), "npv.volta");
        assert_eq!(column("cvar100"), "cvar100");
        let column: Vec<f64> = (0..40).map(f64::from).collect();
        let moved = Moved::of_pairs("cvar10", Some(&column), Some(&column)).unwrap();
        assert_eq!((moved.by, moved.se), (Some(0.0), Some(0.0)));
    }
}
