//! What must be true: net present value of a plan over the entrant's appeal, success of attempts and cost of awareness.
//!
//! Its row *as assumed* leaves attempts and awareness as they were drawn, so that its mean over the appeal is the run's own mean:
//! what is said here cannot contradict the summary, nor the tornado's bar of the appeal, which asks the same.

use super::break_even::Scale;
use super::document::{Axis, Bar, Cell, Level, MustBeTrue, Part};
use super::screen::POINTS;
use super::tornado::{over_range, root_of_squares};
use super::work::Rows;
use super::{Draws, Inquiry, label};
use crate::run::words;
use beachhead_engine::outcomes::statistics::{self, Estimate};
use beachhead_engine::scenario::{Action, Event, Quantity, Spending, Trigger};
use beachhead_engine::simulate::with_odds;

/// Quantiles of the appeal; [`POINTS`] are among them.
pub(super) const APPEAL: [f64; 7] = [0.05, POINTS[0], 0.25, POINTS[1], 0.75, POINTS[2], 0.95];
/// Where among them the points of a bar stand.
const OF_BAR: [usize; 3] = [1, 3, 5];
/// Quantiles of the two others, where the scenario gives them a spread.
const RANGE: [f64; 3] = [0.05, 0.5, 0.95];
/// Factors on the odds of success where it does not.
const ODDS: [f64; 3] = [1.0 / 3.0, 1.0, 3.0];
/// Factors on the money for the same reach where it does not.
const MONEY: [f64; 3] = [0.5, 1.0, 2.0];

/// The grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Surface {
    /// Place of the plan in the run.
    pub(super) plan: usize,
    /// The quantity that says where the appeal lies, with its values at [`APPEAL`]; none where it is not in doubt.
    pub(super) appeal: Option<(usize, Vec<f64>)>,
    attempts: Vec<Step>,
    awareness: Vec<Step>,
}

/// A level of an axis and what it sets: nothing where all stays as the scenario assumes it, doubt included.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    given: Vec<(usize, f64)>,
    factor: f64,
    quantile: Option<f64>,
    words: String,
    parts: Vec<Part>,
}

impl Step {
    fn nothing(words: &str) -> Self {
        Self {
            given: Vec::new(),
            factor: 1.0,
            quantile: None,
            words: words.to_owned(),
            parts: Vec::new(),
        }
    }

    fn level(&self) -> Level {
        Level {
            value: self.factor,
            quantile: self.quantile,
            words: self.words.clone(),
            parts: self.parts.clone(),
        }
    }
}

impl Surface {
    /// Levels of awareness and attempts whose appeals are asked together.
    pub(super) fn slabs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let attempts = self.attempts.len();
        (0..self.awareness.len()).flat_map(move |m| (0..attempts).map(move |n| (m, n)))
    }

    /// The row at which attempts and awareness stay as they were drawn.
    fn as_assumed(&self) -> Option<(usize, usize)> {
        let free = |steps: &[Step]| steps.iter().position(|step| step.given.is_empty());
        Some((free(&self.attempts)?, free(&self.awareness)?))
    }

    /// What is changed, appeal by appeal.
    pub(super) fn questions(&self, attempts: usize, awareness: usize) -> Vec<Vec<(usize, f64)>> {
        let mut given = self.attempts[attempts].given.clone();
        given.extend(&self.awareness[awareness].given);
        match &self.appeal {
            None => vec![given],
            Some((quantity, values)) => values
                .iter()
                .map(|&value| [&given[..], &[(*quantity, value)]].concat())
                .collect(),
        }
    }
}

impl Inquiry<'_> {
    /// The grid of the plan that the report is about; none if no plan enters.
    pub(super) fn surface(&self, draws: &Draws) -> Option<Surface> {
        let plan = draws.about?;
        let scenario = self.scenario;
        let entrant = scenario.entrants.first()?;
        let appeal = entrant.appeal_z.as_ref().and_then(|handle| {
            let quantity = &scenario.quantities[handle.index()];
            let values = APPEAL.map(|u| quantity.value(u));
            let rises = values.windows(2).all(|pair| pair[0] < pair[1]);
            rises.then(|| (handle.index(), values.to_vec()))
        });
        Some(Surface {
            plan,
            appeal,
            attempts: self.attempts(plan),
            awareness: self.awareness(plan),
        })
    }

    /// Whether a plan, by its place in the run, can start the attempt that an event is.
    pub(super) fn makes(&self, plan: usize, event: &Event) -> bool {
        let Trigger::Attempt { partner, .. } = &event.trigger else {
            return false;
        };
        let steps = &self.scenario.plans[self.plans[plan]].steps;
        let mut actions = steps.iter().flat_map(|step| &step.actions);
        actions
            .any(|action| matches!(action, Action::Negotiate { channel, .. } if channel == partner))
    }

    /// Attempts that a plan can start: position of their chance, title.
    fn attempts_of(&self, plan: usize) -> Vec<(usize, String)> {
        let events = self.scenario.events.iter();
        let made = events.filter(|event| self.makes(plan, event));
        made.filter_map(|event| match &event.trigger {
            Trigger::Attempt { chance, .. } => {
                Some((chance.index(), words::title(&event.title, &event.id)))
            }
            Trigger::Hazard { .. } | Trigger::Follows { .. } => None,
        })
        .collect()
    }

    /// All attempts of the plan, their odds multiplied together.
    fn attempts(&self, plan: usize) -> Vec<Step> {
        let attempts = self.attempts_of(plan);
        if attempts.is_empty() {
            return vec![Step::nothing("the plan makes no attempt")];
        }
        let quantities = &self.scenario.quantities;
        let (factors, quantiles) = match spread_of_odds(quantities, &attempts) {
            Some(factors) => (factors, RANGE.map(Some)),
            None => (ODDS, [None; 3]),
        };
        let step = |(factor, quantile): (f64, Option<f64>)| {
            let chance = |&(q, _): &(usize, String)| with_odds(quantities[q].centre(), factor);
            let given = attempts.iter().map(|attempt| (attempt.0, chance(attempt)));
            let parts = attempts.iter().map(|attempt| Part {
                label: attempt.1.clone(),
                value: chance(attempt),
            });
            Step {
                given: if factor == 1.0 {
                    Vec::new()
                } else {
                    given.collect()
                },
                factor,
                quantile,
                words: times("odds of success", factor),
                parts: parts.collect(),
            }
        };
        factors.into_iter().zip(quantiles).map(step).collect()
    }

    /// Money needed for the same reach, if the plan buys any.
    fn awareness(&self, plan: usize) -> Vec<Step> {
        let actions = self.scenario.plans[self.plans[plan]].steps.iter();
        let mut actions = actions.flat_map(|step| &step.actions);
        let advertises = |action: &Action| {
            matches!(
                action,
                Action::Spend {
                    on: Spending::Advertising,
                    ..
                }
            )
        };
        let Some(entrant) = self
            .scenario
            .entrants
            .first()
            .filter(|_| actions.any(advertises))
        else {
            return vec![Step::nothing("the plan does not advertise")];
        };
        let index = entrant.awareness.scale.index();
        let quantity = &self.scenario.quantities[index];
        let centre = quantity.centre();
        let (factors, quantiles) = if quantity.is_uncertain() {
            (RANGE.map(|u| quantity.value(u) / centre), RANGE.map(Some))
        } else {
            (MONEY, [None; 3])
        };
        let step = |(factor, quantile): (f64, Option<f64>)| Step {
            given: if factor == 1.0 {
                Vec::new()
            } else {
                vec![(index, centre * factor)]
            },
            factor,
            quantile,
            words: times("money for the same reach", factor),
            parts: Vec::new(),
        };
        factors.into_iter().zip(quantiles).map(step).collect()
    }

    /// Puts the answers into the document.
    pub(super) fn must_be_true(
        &self,
        surface: &Surface,
        draws: &Draws,
        rows: &Rows,
    ) -> Option<MustBeTrue> {
        let scale = Scale::new(self.scenario, surface, rows.appeal()?)?;
        let run = statistics::mean(&draws.npv[surface.plan])?;
        let levels = scale.levels.len();
        let of_row = |(attempts, awareness)| rows.slab(draws, (surface.plan, attempts, awareness));
        let assumed = of_row(surface.as_assumed()?);
        let mut cells = Vec::new();
        let mut break_even = Vec::new();
        for (awareness, attempts) in surface.slabs() {
            let apart = apart(&of_row((attempts, awareness)), &assumed, levels);
            let row = (0..levels).map(|level| cell(&apart, level, run));
            let row: Option<Vec<Cell>> = row.collect();
            cells.extend(row?);
            break_even.extend(scale.break_even(
                &apart,
                (run, draws.npv[surface.plan].len()),
                (attempts, awareness),
            ));
        }
        let plan = &self.shape.plans[surface.plan];
        let axis = |label: &str, steps: &[Step]| Axis {
            label: label.to_owned(),
            levels: steps.iter().map(Step::level).collect(),
        };
        Some(MustBeTrue {
            plan: plan.id.clone(),
            title: plan.title.clone(),
            draws: draws.common.len(),
            appeal: Axis {
                label: format!("Appeal of {}", self.entrant().title),
                levels: scale.levels.clone(),
            },
            attempts: axis("Success of attempts", &surface.attempts),
            awareness: axis("Cost of awareness", &surface.awareness),
            cells,
            break_even,
            members: scale.members,
        })
    }
}

impl Inquiry<'_> {
    /// Where the choice is between the plan of the surface and doing nothing, plans change places where the plan breaks even: the bar
    /// of the appeal takes that point over from the surface, whose line has more points.
    pub(super) fn agree(
        &self,
        draws: &Draws,
        surface: &Surface,
        found: &MustBeTrue,
        bars: &mut [Bar],
    ) {
        let acting = self.acting();
        let idle = |plan: usize| !acting.contains(&plan);
        let is_against_nothing = |&(one, other): &(usize, usize)| {
            (one == surface.plan && idle(other)) || (other == surface.plan && idle(one))
        };
        let id = |plan: usize| &self.shape.plans[plan].id;
        let against_nothing = draws.pairs().into_iter().filter(is_against_nothing);
        let against_nothing: Vec<_> = against_nothing.map(|(a, b)| (id(a), id(b))).collect();
        let Some(((quantity, _), assumed)) = surface.appeal.as_ref().zip(surface.as_assumed())
        else {
            return;
        };
        let quantity = &self.scenario.quantities[*quantity];
        let mut rows = found.break_even.iter();
        let row = rows.find(|row| (row.attempts, row.awareness) == assumed);
        let quantile = row.and_then(|row| row.quantile);
        let bars = bars.iter_mut().filter(|bar| bar.name == quantity.name);
        for pair in bars.flat_map(|bar| &mut bar.pairs) {
            let is_concerned = against_nothing.contains(&(&pair.plan, &pair.against));
            if let (true, Some(quantile), Some(flip)) = (is_concerned, quantile, pair.flip.as_mut())
            {
                flip.quantile = quantile;
                flip.value = quantity.value(quantile);
            }
        }
    }
}

/// What a row differs by from the mean over the appeal of the row as assumed, in the same draw, `[eq:surface]`: (draws, levels).
/// A draw in which any level of either breaks something is left out at all of them.
fn apart(row: &[Vec<f64>], assumed: &[Vec<f64>], levels: usize) -> Vec<Vec<f64>> {
    let is_sound =
        |values: &[f64]| values.len() == levels && values.iter().all(|npv| npv.is_finite());
    let mut found = Vec::new();
    for (values, assumed) in row.iter().zip(assumed) {
        if is_sound(values) && is_sound(assumed) {
            let middle = match assumed[..] {
                // The appeal is not in doubt: the draw as it is.
                [alone] => alone,
                _ => over_range(&OF_BAR.map(|level| assumed[level])),
            };
            found.push(values.iter().map(|npv| npv - middle).collect());
        }
    }
    found
}

/// A cell: the run's mean, and by how much the cell differs from it; none without draws.
fn cell(apart: &[Vec<f64>], level: usize, run: Estimate) -> Option<Cell> {
    let column: Vec<f64> = apart.iter().map(|values| values[level]).collect();
    let by = statistics::mean(&column)?;
    let doubt = by.se.zip(run.se);
    Some(Cell {
        npv: run.mean + by.mean,
        se: doubt.map(|(of_cell, of_run)| root_of_squares(of_cell, of_run)),
    })
}

/// Factors on the odds at [`RANGE`], the geometric mean over the attempts whose chance has a spread; none if none has.
fn spread_of_odds(quantities: &[Quantity], attempts: &[(usize, String)]) -> Option<[f64; 3]> {
    let odds = |p: f64| p / (1.0 - p);
    let inside = |p: &f64| *p > 0.0 && *p < 1.0;
    let mut sums = [0.0; 3];
    let mut count = 0.0;
    for (q, _) in attempts {
        let quantity = &quantities[*q];
        let chances = RANGE.map(|u| quantity.value(u));
        if quantity.is_uncertain() && chances.iter().all(inside) {
            let centre = odds(quantity.centre());
            for (sum, chance) in sums.iter_mut().zip(chances) {
                *sum += libm::log(odds(chance) / centre);
            }
            count += 1.0;
        }
    }
    (count > 0.0).then(|| sums.map(|sum| libm::exp(sum / count)))
}

/// `as assumed`, `half the …`, `3 times the …`.
fn times(what: &str, factor: f64) -> String {
    if factor == 1.0 {
        format!("{what} as assumed")
    } else {
        format!("{} times the {what}", label::plain(factor))
    }
}
