//! Bars: one assumption at a time at both ends of its range, on common draws.

use super::document::{Bar, Ends, Flip};
use super::label;
use super::screen::Candidate;
use super::work::Rows;
use super::{Draws, Inquiry};
use beachhead_engine::outcomes::statistics::{self, Estimate};

/// Standard errors from a tie at which an end of a bar counts as sure.
const SURE: f64 = 2.0;

/// What the difference between the best plan and the second is called.
pub(super) const DIFFERENCE: &str = "best - second";

impl Inquiry<'_> {
    /// The bars, largest swing of the best plan that enters first.
    pub(super) fn bars(&self, draws: &Draws, candidates: &[Candidate], rows: &Rows) -> Vec<Bar> {
        let best = draws.order.iter().find(|&&plan| self.enters(plan));
        let best = best.map_or("", |&best| self.shape.plans[best].id.as_str());
        let mut bars: Vec<Bar> = candidates
            .iter()
            .filter_map(|candidate| self.bar(draws, candidate, rows))
            .collect();
        let swing = |bar: &Bar| bar.of(best).map_or(0.0, |ends| ends.swing.abs());
        bars.sort_by(|a, b| swing(b).total_cmp(&swing(a)));
        bars
    }

    fn bar(&self, draws: &Draws, candidate: &Candidate, rows: &Rows) -> Option<Bar> {
        let quantity = &self.scenario.quantities[candidate.quantity];
        let (recalibrated, values) = rows.bar(draws, candidate);
        let plans = draws.npv.len();
        // A draw in which either end breaks something is left out at both.
        let sound: Vec<usize> = (0..values.len())
            .filter(|&d| values[d].len() == 2 * plans && values[d].iter().all(|x| x.is_finite()))
            .collect();
        let of_plan = |plan: usize| -> Vec<[f64; 3]> {
            let base = draws.base(plan);
            let triple = |&d: &usize| [values[d][plan], values[d][plans + plan], base[d]];
            sound.iter().map(triple).collect()
        };
        let each: Vec<Vec<[f64; 3]>> = (0..plans).map(of_plan).collect();
        let id = |plan: usize| self.shape.plans[plan].id.as_str();
        let ends: Option<Vec<Ends>> = (0..plans).map(|plan| ends(id(plan), &each[plan])).collect();
        let difference = match draws.order[..] {
            [first, second, ..] => {
                let pairs = each[first].iter().zip(&each[second]);
                let less = |(a, b): (&[f64; 3], &[f64; 3])| [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
                let pairs: Vec<[f64; 3]> = pairs.map(less).collect();
                ends_and_flip(draws, (first, second), &pairs, candidate)
            }
            _ => None,
        };
        let (difference, flip) = difference.map_or((None, None), |(ends, flip)| (Some(ends), flip));
        Some(Bar {
            name: quantity.name.clone(),
            label: label::label(self.scenario, &quantity.name),
            unit: label::unit(quantity),
            source: quantity.source.clone(),
            note: quantity.note.clone(),
            unsourced: self.is_unsourced(candidate.quantity),
            correlation: candidate.correlation,
            correlation_of_difference: candidate.of_difference,
            p10: candidate.ends[0],
            p50: quantity.centre(),
            p90: candidate.ends[1],
            recalibrated,
            draws: sound.len(),
            plans: ends?,
            difference,
            flip,
        })
    }
}

/// Means over the common draws of (at the 10 % quantile, at the 90 % quantile, as it is), and of their differences draw by draw,
/// `[eq:swing]`; none without draws.
fn ends(of: &str, values: &[[f64; 3]]) -> Option<Ends> {
    let mean = |read: &dyn Fn(&[f64; 3]) -> f64| -> Option<Estimate> {
        let column: Vec<f64> = values.iter().map(read).collect();
        statistics::mean(&column)
    };
    let low = mean(&|[low, _, base]| low - base)?;
    let high = mean(&|[_, high, base]| high - base)?;
    let swing = mean(&|[low, high, _]| high - low)?;
    Some(Ends {
        of: of.to_owned(),
        at_p10: mean(&|[low, ..]| *low)?.mean,
        at_p90: mean(&|[_, high, _]| *high)?.mean,
        change_p10: low.mean,
        change_p10_se: low.se,
        change_p90: high.mean,
        change_p90_se: high.se,
        swing: swing.mean,
        se: swing.se,
    })
}

/// The ends of best less second, and where they change places: on a straight line between the run's mean difference plus the change
/// at either end.
fn ends_and_flip(
    draws: &Draws,
    (first, second): (usize, usize),
    pairs: &[[f64; 3]],
    candidate: &Candidate,
) -> Option<(Ends, Option<Flip>)> {
    let ends = ends(DIFFERENCE, pairs)?;
    let over_run: Vec<f64> = draws.npv[first]
        .iter()
        .zip(&draws.npv[second])
        .map(|(one, other)| one - other)
        .collect();
    let run = statistics::mean(&over_run)?;
    let [low, high] = [ends.change_p10, ends.change_p90].map(|change| run.mean + change);
    let is_sure = |value: f64, se: Option<f64>| {
        let doubt = root_of_squares(se.unwrap_or(f64::INFINITY), run.se.unwrap_or(f64::INFINITY));
        value.abs() > SURE * doubt
    };
    let crosses = low * high < 0.0;
    let flip = crosses.then(|| {
        let share = low / (low - high);
        let [from, to] = candidate.ends;
        Flip {
            value: from + share * (to - from),
            share,
            is_sure: is_sure(low, ends.change_p10_se) && is_sure(high, ends.change_p90_se),
        }
    });
    Some((ends, flip))
}

fn root_of_squares(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_known_draws() {
        let values = [[1.0, 5.0, 2.0], [3.0, 9.0, 6.0]];
        let found = ends("p", &values).unwrap();
        assert_eq!((found.at_p10, found.at_p90), (2.0, 7.0));
        assert_eq!((found.change_p10, found.change_p90), (-2.0, 3.0));
        assert_eq!((found.swing, found.se), (5.0, Some(1.0)));
        assert!(ends("p", &[]).is_none());
    }

    fn draws(difference: f64) -> Draws {
        Draws {
            common: vec![0, 1],
            npv: vec![vec![difference; 4], vec![0.0; 4]],
            order: vec![0, 1],
        }
    }

    fn candidate() -> Candidate {
        Candidate {
            quantity: 0,
            ends: [10.0, 20.0],
            correlation: 1.0,
            of_difference: Some(1.0),
        }
    }

    #[test]
    fn plans_change_places_where_the_line_crosses_zero() {
        // The run says +1; at the ends it is 1 − 4 = −3 and 1 + 8 = 9: zero a quarter of the way.
        let pairs = [[-3.0, 9.0, 1.0], [-3.0, 9.0, 1.0]];
        let (_, flip) = ends_and_flip(&draws(1.0), (0, 1), &pairs, &candidate()).unwrap();
        let flip = flip.unwrap();
        assert_eq!((flip.value, flip.share, flip.is_sure), (12.5, 0.25, true));
        let pairs = [[0.5, 9.0, 1.0], [0.5, 9.0, 1.0]];
        let (_, flip) = ends_and_flip(&draws(1.0), (0, 1), &pairs, &candidate()).unwrap();
        assert_eq!(flip, None);
        // Ends that differ from draw to draw by more than they are worth are not sure.
        let pairs = [[-13.0, 9.0, 1.0], [7.0, 9.0, 1.0]];
        let (_, flip) = ends_and_flip(&draws(1.0), (0, 1), &pairs, &candidate()).unwrap();
        assert!(!flip.unwrap().is_sure);
    }
}
