//! What must be true: net present value of a plan over the entrant's appeal, success of attempts and cost of awareness.

use super::break_even::Scale;
use super::document::{Axis, Cell, Level, MustBeTrue};
use super::work::Rows;
use super::{Draws, Inquiry, label};
use crate::run::words::{self, brand_title};
use beachhead_engine::outcomes::statistics::{self, Estimate};
use beachhead_engine::scenario::{Action, Quantity, Spending, Trigger};
use beachhead_engine::simulate::with_odds;

/// Quantiles of the appeal.
pub(super) const APPEAL: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
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

/// A level of an axis and what it sets.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    given: Vec<(usize, f64)>,
    factor: f64,
    quantile: Option<f64>,
    words: String,
}

impl Step {
    fn nothing(words: &str) -> Self {
        Self {
            given: Vec::new(),
            factor: 1.0,
            quantile: None,
            words: words.to_owned(),
        }
    }

    fn level(&self) -> Level {
        Level {
            value: self.factor,
            quantile: self.quantile,
            words: self.words.clone(),
        }
    }
}

impl Surface {
    /// Levels of awareness and attempts whose appeals are asked together.
    pub(super) fn slabs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let attempts = self.attempts.len();
        (0..self.awareness.len()).flat_map(move |m| (0..attempts).map(move |n| (m, n)))
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
    /// The grid of the best plan that enters; none if no plan does.
    pub(super) fn surface(&self, draws: &Draws) -> Option<Surface> {
        let plan = *draws.order.iter().find(|&&plan| self.enters(plan))?;
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

    /// Attempts that a plan can start: position of their chance, title.
    fn attempts_of(&self, plan: usize) -> Vec<(usize, String)> {
        let steps = &self.scenario.plans[self.plans[plan]].steps;
        let actions = steps.iter().flat_map(|step| &step.actions);
        let partners: Vec<usize> = actions
            .filter_map(|action| match action {
                Action::Negotiate { channel, .. } => Some(*channel),
                _ => None,
            })
            .collect();
        let events = self.scenario.events.iter();
        events
            .filter_map(|event| match &event.trigger {
                Trigger::Attempt {
                    partner, chance, ..
                } if partners.contains(partner) => {
                    Some((chance.index(), brand_title(&event.title, &event.id)))
                }
                _ => None,
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
            let shown = attempts
                .iter()
                .map(|attempt| format!("{}: {}", attempt.1, words::percent(chance(attempt))));
            let shown: Vec<String> = shown.collect();
            Step {
                given: given.collect(),
                factor,
                quantile,
                words: format!(
                    "{} ({})",
                    times("odds of success", factor),
                    shown.join(", ")
                ),
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
            given: vec![(index, centre * factor)],
            factor,
            quantile,
            words: times("money for the same reach", factor),
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
        let mut cells = Vec::new();
        let mut break_even = Vec::new();
        for (awareness, attempts) in surface.slabs() {
            let found = rows.slab(draws, (surface.plan, attempts, awareness));
            // A draw in which any level breaks something is left out at all of them.
            let is_sound = |row: &Vec<f64>| {
                row.len() == scale.levels.len() && row.iter().all(|npv| npv.is_finite())
            };
            let sound: Vec<Vec<f64>> = found.into_iter().filter(is_sound).collect();
            let row = (0..scale.levels.len()).map(|level| {
                let column: Vec<f64> = sound.iter().map(|values| values[level]).collect();
                statistics::mean(&column)
            });
            let row: Option<Vec<Estimate>> = row.collect();
            let row = row?;
            break_even.extend(scale.break_even(&sound, (attempts, awareness)));
            cells.extend(row.iter().map(|estimate| Cell {
                npv: estimate.mean,
                se: estimate.se,
            }));
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
