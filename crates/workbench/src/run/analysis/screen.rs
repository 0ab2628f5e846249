//! Which assumptions are worth running: ranked by what the run's own draws already tell, which costs nothing.

use super::{Draws, Inquiry};
use crate::run::RunError;
use crate::run::draws::second_pass::Pass;
use beachhead_engine::outcomes::statistics::rank_correlation;
use beachhead_engine::scenario::{Event, Origin, Trigger};

/// Most assumptions that are run for their rank, and how many draws of the run one of them stands for.
const MOST: usize = 12;
const DRAWS_PER_BAR: usize = 8;
const FEWEST: usize = 4;

/// Further ones that nobody has a source for.
const MOST_UNSOURCED: usize = 4;
/// A rank correlation that is large: over this, and over so many standard errors of one that is nothing.
const LARGE: f64 = 0.1;
const STANDARD_ERRORS: f64 = 3.0;

/// Quantiles at which an assumption is held.
pub(super) const POINTS: [f64; 3] = [0.1, 0.5, 0.9];

/// An assumption that is run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// Position among the scenario's quantities.
    pub(super) quantity: usize,
    /// Values at [`POINTS`], base unit.
    pub(super) points: [f64; 3],
    /// Rank correlation with the net present value of the plan that the report is about.
    pub(super) correlation: f64,
    /// With what one plan is worth more than another, by [`Draws::pairs`]; empty of a single plan.
    pub(super) of_pairs: Vec<f64>,
}

impl Candidate {
    fn score(&self) -> f64 {
        let of_pairs = self.of_pairs.iter().map(|of_pair| of_pair.abs());
        of_pairs.fold(self.correlation.abs(), f64::max)
    }
}

impl Inquiry<'_> {
    /// The assumptions to run, largest rank correlation first; none where no plan enters.
    pub(super) fn screen(
        &self,
        pass: &Pass<'_>,
        draws: &Draws,
    ) -> Result<Vec<Candidate>, RunError> {
        let Some(about) = draws.about else {
            return Ok(Vec::new());
        };
        let pairs = draws.pairs().into_iter();
        let leads: Vec<Vec<f64>> = pairs.map(|pair| draws.lead(pair)).collect();
        let unused = self.attempts_of_no_one(&draws.compared());
        let mut candidates = Vec::new();
        for (handle, column) in self
            .shape
            .assumptions
            .iter()
            .zip(self.shape.assumption_columns())
        {
            let quantity = &self.scenario.quantities[handle.index()];
            let points = POINTS.map(|u| quantity.value(u));
            let is_point = points[0] == points[2] || points.iter().any(|x| !x.is_finite());
            if is_point || unused.contains(&handle.index()) {
                continue;
            }
            let values = pass.column(column)?;
            let with = |other: &[f64]| rank_correlation(&values, other).unwrap_or(0.0);
            candidates.push(Candidate {
                quantity: handle.index(),
                points,
                correlation: with(&draws.npv[about]),
                of_pairs: leads.iter().map(|lead| with(lead)).collect(),
            });
        }
        // A stable sort: equals stay in the order of the scenario.
        candidates.sort_by(|a, b| b.score().total_cmp(&a.score()));
        Ok(self.chosen(candidates, pass.count()))
    }

    fn chosen(&self, candidates: Vec<Candidate>, draws: usize) -> Vec<Candidate> {
        let ranked = (draws / DRAWS_PER_BAR).clamp(FEWEST, MOST);
        let large = LARGE.max(STANDARD_ERRORS / (draws as f64).sqrt());
        let mut further = 0;
        let mut chosen = Vec::new();
        for (rank, candidate) in candidates.into_iter().enumerate() {
            let unsourced = self.is_unsourced(candidate.quantity);
            let is_further = unsourced && candidate.score() > large && further < MOST_UNSOURCED;
            if rank < ranked {
                chosen.push(candidate);
            } else if is_further {
                further += 1;
                chosen.push(candidate);
            }
        }
        chosen
    }

    /// What attempts depend on that none of these plans (places in the run) makes: whatever these lead to, it is not theirs.
    pub(super) fn attempts_of_no_one(&self, plans: &[usize]) -> Vec<usize> {
        let made = |event: &Event| plans.iter().any(|&plan| self.makes(plan, event));
        let events = self.scenario.events.iter().filter(|event| !made(event));
        let handles = events.filter_map(|event| match &event.trigger {
            Trigger::Attempt { chance, lasts, .. } => Some([chance.index(), lasts.index()]),
            Trigger::Hazard { .. } | Trigger::Follows { .. } => None,
        });
        handles.flatten().collect()
    }

    /// Whether somebody wrote an assumption down without a source.
    pub(super) fn is_unsourced(&self, quantity: usize) -> bool {
        let quantity = &self.scenario.quantities[quantity];
        quantity.origin == Origin::Written && quantity.source.is_none()
    }
}
