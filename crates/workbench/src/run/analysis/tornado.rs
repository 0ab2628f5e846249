//! Bars: one assumption at a time at three points of its range, on common draws.

use super::document::{Bar, Ends, Flip, Pair};
use super::label;
use super::screen::{Candidate, POINTS};
use super::told;
use super::work::Rows;
use super::{Draws, Inquiry, LEVEL};
use beachhead_engine::outcomes::statistics::{self, Estimate, critical_value};

impl Inquiry<'_> {
    /// The bars, largest swing of the plan that the report is about first.
    pub(super) fn bars(&self, draws: &Draws, candidates: &[Candidate], rows: &Rows) -> Vec<Bar> {
        let about = draws
            .about
            .map_or("", |plan| self.shape.plans[plan].id.as_str());
        let mut bars: Vec<Bar> = candidates
            .iter()
            .filter_map(|candidate| self.bar(draws, candidate, rows))
            .collect();
        let swing = |bar: &Bar| bar.of(about).map_or(0.0, |ends| ends.swing.abs());
        bars.sort_by(|a, b| swing(b).total_cmp(&swing(a)));
        bars
    }

    fn bar(&self, draws: &Draws, candidate: &Candidate, rows: &Rows) -> Option<Bar> {
        let quantity = &self.scenario.quantities[candidate.quantity];
        let (recalibrated, values) = rows.bar(draws, candidate);
        let each = self.points(draws, &values);
        let count = each.first().map_or(0, |(_, values)| values.len());
        let ends: Option<Vec<Ends>> = each
            .iter()
            .map(|(plan, values)| ends_of(&self.shape.plans[*plan].id, values, &draws.npv[*plan]))
            .collect();
        let pairs = draws.pairs();
        let pairs = (0..pairs.len()).filter_map(|at| self.pair(draws, &each, candidate, at));
        Some(Bar {
            name: quantity.name.clone(),
            label: label::label(self.scenario, &quantity.name),
            unit: label::unit(quantity),
            source: quantity.source.clone(),
            note: quantity.note.clone(),
            unsourced: self.is_unsourced(candidate.quantity),
            correlation: candidate.correlation,
            p10: candidate.points[0],
            p50: candidate.points[1],
            p90: candidate.points[2],
            recalibrated,
            draws: count,
            plans: ends?,
            pairs: pairs.collect(),
        })
    }

    /// What a candidate does to a pair of plans, by its place in [`Draws::pairs`].
    fn pair(
        &self,
        draws: &Draws,
        each: &[(usize, Vec<[f64; 3]>)],
        candidate: &Candidate,
        at: usize,
    ) -> Option<Pair> {
        let (first, second) = *draws.pairs().get(at)?;
        let [plan, against] = [first, second].map(|plan| self.shape.plans[plan].id.clone());
        let of = format!("{plan} - {against}");
        let ends = ends_of(
            &of,
            &less(each, first, second)?,
            &draws.lead((first, second)),
        )?;
        Some(Pair {
            correlation: *candidate.of_pairs.get(at)?,
            flip: flip(&ends, candidate),
            plan,
            against,
            ends,
        })
    }

    /// Net present values at the three points by plan compared, in the draws in which all of them have a result.
    fn points(&self, draws: &Draws, values: &[Vec<f64>]) -> Vec<(usize, Vec<[f64; 3]>)> {
        let asked = self.asked(draws);
        let count = asked.len();
        let is_sound = |row: &Vec<f64>| row.len() == 3 * count && row.iter().all(|x| x.is_finite());
        let sound: Vec<usize> = (0..values.len())
            .filter(|&d| is_sound(&values[d]))
            .collect();
        let of_plan = |plan: usize| -> Vec<[f64; 3]> {
            let place = asked.iter().position(|&known| known == plan);
            let points = |&d: &usize| match place {
                Some(place) => [0, 1, 2].map(|point| values[d][point * count + place]),
                // Who does nothing has what the draw has.
                None => [draws.base(plan)[d]; 3],
            };
            sound.iter().map(points).collect()
        };
        let compared = draws.compared().into_iter();
        compared.map(|plan| (plan, of_plan(plan))).collect()
    }
}

/// A plan less another at the three points by common draw; none where one of them was not asked.
fn less(each: &[(usize, Vec<[f64; 3]>)], first: usize, second: usize) -> Option<Vec<[f64; 3]>> {
    let of = |plan: usize| {
        let mut all = each.iter();
        all.find(|(known, _)| *known == plan)
            .map(|(_, values)| values)
    };
    let pairs = of(first)?.iter().zip(of(second)?);
    let less = |(a, b): (&[f64; 3], &[f64; 3])| [0, 1, 2].map(|at| a[at] - b[at]);
    Some(pairs.map(less).collect())
}

/// Weights of the three points in a mean over the whole range: Swanson's rule, `[eq:swanson]`.
const WEIGHTS: [f64; 3] = [0.3, 0.4, 0.3];

/// Mean over the whole range from its values at the three points.
pub(super) fn over_range(row: &[f64; 3]) -> f64 {
    row.iter().zip(WEIGHTS).map(|(x, w)| w * x).sum()
}

/// Means over the common draws at three points, of the swing draw by draw, and of what the run's mean becomes, `[eq:swing]`; none
/// without draws. `run` are all draws of the run.
fn ends_of(of: &str, values: &[[f64; 3]], run: &[f64]) -> Option<Ends> {
    let mean = |read: &dyn Fn(&[f64; 3]) -> f64| -> Option<Estimate> {
        let column: Vec<f64> = values.iter().map(read).collect();
        statistics::mean(&column)
    };
    let over_run = run.len();
    let run = statistics::mean(run)?;
    let at = |point: usize| mean(&|row| row[point]);
    // What a point differs by from the mean over the range, in the same draw: what else differs between draws drops out.
    let apart = |point: usize| mean(&|row| row[point] - over_range(row));
    let (low, middle, high) = (apart(0)?, apart(1)?, apart(2)?);
    let doubt = |of: Estimate| Some(root_of_squares(of.se?, run.se?));
    let swing = mean(&|row| row[2] - row[0])?;
    let half = half_width(swing, values.len());
    Some(Ends {
        of: of.to_owned(),
        at_p10: at(0)?.mean,
        at_p50: at(1)?.mean,
        at_p90: at(2)?.mean,
        of_run_p10: run.mean + low.mean,
        of_run_p50: run.mean + middle.mean,
        of_run_p90: run.mean + high.mean,
        of_run_se: [low, middle, high].map(doubt),
        swing: swing.mean,
        se: swing.se,
        half,
        enough: told::enough(swing, values.len()),
        of_run_half: [low, middle, high].map(|of| {
            let both = half_width(of, values.len()).zip(half_width(run, over_run));
            both.map(|(of, run)| root_of_squares(of, run))
        }),
    })
}

/// Where one plan less another changes its sign: on the straight line between two neighbouring points, the pair with the larger change
/// where both cross.
fn flip(ends: &Ends, candidate: &Candidate) -> Option<Flip> {
    let values = [ends.of_run_p10, ends.of_run_p50, ends.of_run_p90];
    let crosses = |at: &usize| values[*at] * values[*at + 1] < 0.0;
    let change = |at: &usize| (values[*at] - values[*at + 1]).abs();
    let at = [0, 1]
        .into_iter()
        .filter(crosses)
        .max_by(|a, b| change(a).total_cmp(&change(b)))?;
    let share = values[at] / (values[at] - values[at + 1]);
    let between = |points: [f64; 3]| points[at] + share * (points[at + 1] - points[at]);
    let is_sure = |at: usize| ends.of_run_half[at].is_some_and(|half| values[at].abs() > half);
    Some(Flip {
        value: between(candidate.points),
        quantile: between(POINTS),
        is_sure: is_sure(at) && is_sure(at + 1),
    })
}

/// Half of the interval around a mean of so many draws, `[eq:half_width]`.
pub(super) fn half_width(of: Estimate, draws: usize) -> Option<f64> {
    Some(of.se? * critical_value(draws, LEVEL)?)
}

pub(super) fn root_of_squares(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations.
    const ROUNDING: f64 = 1e-12;

    fn is_near(found: f64, wanted: f64) {
        assert!(
            (found - wanted).abs() <= ROUNDING,
            "{found}, wanted {wanted}"
        );
    }

    #[test]
    fn ends_of_known_draws() {
        // Over the range 0.3·1 + 0.4·2 + 0.3·5 = 2.6, and 0.3·3 + 0.4·6 + 0.3·9 = 6.
        let values = [[1.0, 2.0, 5.0], [3.0, 6.0, 9.0]];
        let found = ends_of("p", &values, &[10.0, 10.0, 10.0]).unwrap();
        assert_eq!((found.at_p10, found.at_p50, found.at_p90), (2.0, 4.0, 7.0));
        assert_eq!((found.swing, found.se), (5.0, Some(1.0)));
        is_near(found.of_run_p10, 10.0 + 0.5 * (-1.6 - 3.0));
        is_near(found.of_run_p50, 10.0 - 0.3);
        is_near(found.of_run_p90, 10.0 + 0.5 * (2.4 + 3.0));
        is_near(found.of_run_se[0].unwrap(), 0.7);
        // Student's t of one degree of freedom is that of Cauchy: tan(0.475 π); the run has no spread.
        let cauchy = (0.475 * std::f64::consts::PI).tan();
        is_near(found.half.unwrap() / cauchy, 1.0);
        is_near(found.of_run_half[0].unwrap() / cauchy, 0.7);
        assert!(!found.tells() && !found.is_still());
        assert!(ends_of("p", &[], &[1.0]).is_none());
    }

    fn candidate() -> Candidate {
        Candidate {
            quantity: 0,
            points: [10.0, 12.0, 20.0],
            correlation: 1.0,
            of_pairs: vec![1.0],
        }
    }

    #[test]
    fn plans_change_places_where_the_line_crosses_zero() {
        // The same in every draw: −3, 1 and 9, whose mean over the range is 2.2, as the run's is.
        let same = [[-3.0, 1.0, 9.0]; 3];
        let ends = ends_of("a - b", &same, &[2.2; 4]).unwrap();
        let found = flip(&ends, &candidate()).unwrap();
        is_near(found.value, 11.5);
        is_near(found.quantile, 0.4);
        assert!(found.is_sure);
        // Common draws that are all luckier than the run: the run's mean counts.
        let lucky = [[7.0, 11.0, 19.0]; 3];
        let ends = ends_of("a - b", &lucky, &[2.2; 4]).unwrap();
        is_near(flip(&ends, &candidate()).unwrap().value, 11.5);
        let ends = ends_of("a - b", &same, &[20.0; 4]).unwrap();
        assert_eq!(flip(&ends, &candidate()), None);
        // Points that differ from draw to draw by more than they are worth are not sure.
        let apart = [[-43.0, 1.0, 9.0], [37.0, 1.0, 9.0]];
        let ends = ends_of("a - b", &apart, &[2.2; 4]).unwrap();
        assert!(!flip(&ends, &candidate()).unwrap().is_sure);
    }
}
