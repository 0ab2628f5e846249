//! What the draws are asked once they are there: what decides the answer, what must be true, how earlier entries went.
//!
//! All of it is computed on a few *common draws*, the first of the run that have outcomes: one thing is changed in each, all else
//! (other assumptions, thresholds of events, luck) stays as it was, so that differences are due to the change alone.

mod ask;
mod break_even;
mod class;
pub mod deals;
mod decides;
pub mod document;
mod label;
mod screen;
mod sentences;
mod surface;
mod told;
mod tornado;
mod work;

/// Whether an entrant stays, from the months in which it leaves, (draws,), not a number where it does not.
fn stay(mut exits: Vec<f64>) -> about::Stay {
    let draws = exits.len();
    exits.retain(|month| !month.is_nan());
    exits.sort_by(f64::total_cmp);
    match exits.get(draws.div_ceil(2).saturating_sub(1)) {
        Some(_) if exits.len() == draws => about::Stay::Leaves,
        Some(month) => about::Stay::LeavesBy(*month),
        None => about::Stay::Stays,
    }
}

#[cfg(test)]
mod tests;

pub use document::Analysis;
pub use label::shown;
pub use sentences::{lines, must_be_true, opening};
pub use told::common_and_run;

use super::about;
use super::draws::chunk::Chunks;
use super::draws::second_pass::Pass;
use super::draws::shape::Shape;
use super::draws::work::WorkError;
use super::job::{ComputeError, Progress};
use super::market::Solved;
use super::output::Named;
use super::words::brand_title;
use super::{FORMAT, Identity, RunError, VERSION};
use beachhead_engine::outcomes::statistics::{self, Differences};
use beachhead_engine::scenario::Scenario;
use document::{PlanLine, Sensitivity};
use rayon::ThreadPool;
use screen::Candidate;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Rises when the same draws are asked something else: kept parts of another version are not read.
const QUESTIONS: u32 = 4;

/// Most common draws, and how many draws of the run one of them stands for: a quick look is asked little.
const MOST_COMMON: usize = 16;
const DRAWS_PER_COMMON: usize = 8;
/// Fewest common draws: what two differ by leaves nearly everything open, as Student's t of one degree of freedom is 12.7.
const FEWEST_COMMON: usize = 3;

/// Probability with which the bands of the analysis hold.
const LEVEL: f64 = 0.95;

/// A run whose draws are all there, to be asked.
#[derive(Clone, Copy)]
pub(super) struct Inquiry<'a> {
    /// The scenario.
    pub(super) scenario: &'a Scenario,
    /// The run.
    pub(super) hash: &'a str,
    /// Its seed and number of draws.
    pub(super) identity: &'a Identity,
    /// Positions of its plans.
    pub(super) plans: &'a [usize],
    /// Columns of its draws.
    pub(super) shape: &'a Shape,
    /// Its draws.
    pub(super) chunks: Chunks<'a>,
    /// Becomes true when the user wants to stop.
    pub(super) cancel: &'a AtomicBool,
}

/// Keeps a piece, by its name.
type Keep<'a> = dyn Fn(&str, &[f64]) -> Result<(), RunError> + Sync + 'a;

/// Pieces that were computed before, and where new ones go.
pub(super) struct Kept<'a> {
    /// By name.
    pub(super) parts: BTreeMap<String, Vec<f64>>,
    /// Keeps one more.
    pub(super) keep: &'a Keep<'a>,
}

/// The draws as columns: what is read of them once.
struct Draws {
    /// Numbers of the common draws.
    common: Vec<usize>,
    /// Numbers of the draws that are asked what deals are worth.
    of_deals: Vec<usize>,
    /// Net present value of the first entrant by plan, (plans, draws).
    npv: Vec<Vec<f64>>,
    /// Plan by mean net present value, best first.
    order: Vec<usize>,
    /// The plan that the report is about, the one that is asked; none where no plan enters.
    about: Option<usize>,
    /// Whether the draws leave it possible that a plan is the best, (plans,).
    may_be_best: Vec<bool>,
}

impl Draws {
    /// Means over the run, (plans,).
    fn means(&self) -> Vec<f64> {
        let mean = |column: &Vec<f64>| statistics::mean(column).map_or(f64::NAN, |e| e.mean);
        self.npv.iter().map(mean).collect()
    }

    /// The plans between which the choice is: the best by mean, and the plan that the report is about or, where that is the best itself,
    /// the second. None where there is one plan.
    fn pair(&self) -> Option<(usize, usize)> {
        let &[best, second, ..] = &self.order[..] else {
            return None;
        };
        match self.about {
            Some(about) if about != best => Some((best, about)),
            _ => Some((best, second)),
        }
    }

    /// All pairs that are asked what would change the choice between them, the higher mean first: [`Draws::pair`], then the plan that the
    /// report is about with each other one that may be the best, in the order of means.
    fn pairs(&self) -> Vec<(usize, usize)> {
        let mut pairs: Vec<(usize, usize)> = self.pair().into_iter().collect();
        let Some(about) = self.about else {
            return pairs;
        };
        let place = |plan: usize| self.order.iter().position(|&known| known == plan);
        for &other in self.order.iter().filter(|&&other| other != about) {
            let pair = if place(other) < place(about) {
                (other, about)
            } else {
                (about, other)
            };
            if self.may_be_best.get(other) == Some(&true) && !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        pairs
    }

    /// What the first plan of a pair is worth more than the second, draw by draw of the run.
    fn lead(&self, (first, second): (usize, usize)) -> Vec<f64> {
        let pairs = self.npv[first].iter().zip(&self.npv[second]);
        pairs.map(|(one, other)| one - other).collect()
    }

    /// Plans whose net present value is asked for, by their places in the run; those that do nothing among them have what the draw has.
    fn compared(&self) -> Vec<usize> {
        let pairs = self.pairs().into_iter();
        let mut plans: Vec<usize> = pairs.flat_map(|(one, other)| [one, other]).collect();
        plans.extend(self.about);
        plans.sort_unstable();
        plans.dedup();
        plans
    }

    /// Net present values of a plan in the common draws, as they are.
    fn base(&self, plan: usize) -> &[f64] {
        let column = &self.npv[plan];
        &column[..self.common.len().min(column.len())]
    }
}

impl<'a> Inquiry<'a> {
    /// Asks everything; none where no draw has outcomes. `solve` gives the central market where something is to be computed.
    ///
    /// # Errors
    /// An interruption, a store that refuses.
    pub(super) fn answer(
        &self,
        pool: &ThreadPool,
        kept: Kept<'_>,
        solve: impl FnOnce() -> Result<Solved, ComputeError>,
        progress: &dyn Progress,
    ) -> Result<Option<Analysis>, WorkError> {
        let pass = Pass::new(self.chunks).map_err(WorkError::Store)?;
        let Some(draws) = self.draws(&pass).map_err(WorkError::Store)? else {
            return Ok(None);
        };
        let candidates = self.screen(&pass, &draws).map_err(WorkError::Store)?;
        let surface = self.surface(&draws);
        let mut jobs = work::jobs(&draws, &self.asked(&draws), &candidates, surface.as_ref());
        jobs.extend(work::deal_jobs(&draws.of_deals, &self.deals()));
        let rows = self.work(pool, kept, &jobs, solve, progress)?;
        self.document(&pass, &draws, &candidates, surface.as_ref(), &rows)
            .map(Some)
            .map_err(WorkError::Store)
    }

    /// Reads what every question needs.
    fn draws(&self, pass: &Pass<'_>) -> Result<Option<Draws>, RunError> {
        let id = self.outcome("npv");
        let outcome = self.shape.outcomes.iter().position(|known| known.id == id);
        let Some(outcome) = outcome.filter(|_| pass.count() > 0 && !self.plans.is_empty()) else {
            return Ok(None);
        };
        let mut npv = Vec::new();
        for plan in 0..self.plans.len() {
            npv.push(pass.column(self.shape.outcome(plan, outcome))?);
        }
        let wanted = pass.count() / DRAWS_PER_COMMON;
        let mut draws = Draws {
            common: pass.first(wanted.clamp(FEWEST_COMMON, MOST_COMMON)),
            of_deals: pass.first(deals::wanted(pass.count())),
            npv,
            order: (0..self.plans.len()).collect(),
            about: None,
            may_be_best: Vec::new(),
        };
        let means = draws.means();
        draws.order.sort_by(|&a, &b| means[b].total_cmp(&means[a]));
        draws.may_be_best = self.may_be_best(&draws, outcome);
        draws.about = self.about(pass, &draws)?;
        Ok(Some(draws))
    }

    /// Which plans the draws do not rule out as the best, as the summary says it; `npv` is the outcome's place.
    fn may_be_best(&self, draws: &Draws, npv: usize) -> Vec<bool> {
        let columns: Vec<&[f64]> = draws.npv.iter().map(Vec::as_slice).collect();
        let compared = self.shape.outcomes[npv].comparison.as_ref();
        match compared.filter(|_| columns.len() > 1) {
            Some(asked) => Differences::may_be_best(&columns, asked),
            None => vec![true; columns.len()],
        }
    }

    /// Id of an outcome or series of the entrant that is asked about, the first.
    fn outcome(&self, stem: &str) -> String {
        let entrants = &self.scenario.entrants;
        match entrants.first() {
            Some(entrant) if entrants.len() > 1 => {
                format!("{stem}.{}", self.scenario.brands[entrant.brand].id)
            }
            _ => stem.to_owned(),
        }
    }

    /// Whether a plan, by its place in the run, does anything.
    fn enters(&self, plan: usize) -> bool {
        !self.scenario.plans[self.plans[plan]].steps.is_empty()
    }

    /// The plan that the report is about, by the rule that reads it off the summary too.
    fn about(&self, pass: &Pass<'_>, draws: &Draws) -> Result<Option<usize>, RunError> {
        let column = |stem: &str, plan: usize| {
            let id = self.outcome(stem);
            let place = self.shape.outcomes.iter().position(|known| known.id == id);
            let column = place.map(|place| pass.column(self.shape.outcome(plan, place)));
            column.transpose()
        };
        let mut readings = Vec::new();
        for (plan, npv) in draws.means().into_iter().enumerate() {
            let units = column("units", plan)?.and_then(|units| statistics::mean(&units));
            let exits = column("exit_month", plan)?.unwrap_or_default();
            readings.push(about::Reading {
                npv,
                enters: units.is_some_and(|units| units.mean > 0.0),
                stay: stay(exits),
                may_be_best: draws.may_be_best[plan],
            });
        }
        Ok(about::about(&readings).map(|(plan, _)| plan))
    }

    /// Plans that are run on the common draws: those compared that do anything.
    fn asked(&self, draws: &Draws) -> Vec<usize> {
        let acting = self.acting();
        let mut plans = draws.compared();
        plans.retain(|plan| acting.contains(plan));
        plans
    }

    /// Plans that do anything, by their places in the run.
    fn acting(&self) -> Vec<usize> {
        let is_acting = |plan: &usize| {
            let plan = &self.scenario.plans[self.plans[*plan]];
            !plan.steps.is_empty() || plan.exit_when.is_some()
        };
        (0..self.plans.len()).filter(is_acting).collect()
    }

    fn entrant(&self) -> Named {
        let brand = self.scenario.entrants.first().map(|entrant| entrant.brand);
        let brand = brand.and_then(|brand| self.scenario.brands.get(brand));
        let (id, title) = brand.map_or(("", ""), |brand| (&brand.id, &brand.title));
        Named {
            id: id.to_owned(),
            title: brand_title(title, id),
        }
    }

    fn document(
        &self,
        pass: &Pass<'_>,
        draws: &Draws,
        candidates: &[Candidate],
        surface: Option<&surface::Surface>,
        rows: &work::Rows,
    ) -> Result<Analysis, RunError> {
        let means = draws.means();
        let id = |plan: usize| self.shape.plans[plan].id.clone();
        let plan = |plan: usize| PlanLine {
            id: id(plan),
            title: self.shape.plans[plan].title.clone(),
            enters: self.enters(plan),
            npv: means[plan],
            npv_on_common_draws: statistics::mean(draws.base(plan)).map_or(f64::NAN, |e| e.mean),
        };
        let entrant = self.entrant();
        let must_be_true = surface.and_then(|surface| self.must_be_true(surface, draws, rows));
        let mut sensitivity = Sensitivity {
            draws: draws.common.len(),
            screened: self.shape.assumptions.len(),
            bars: self.bars(draws, candidates, rows),
        };
        if let (Some(surface), Some(found)) = (surface, &must_be_true) {
            self.agree(draws, surface, found, &mut sensitivity.bars);
        }
        let mut analysis = Analysis {
            format: FORMAT,
            beachhead: VERSION.to_owned(),
            scenario: self.scenario.name.clone(),
            hash: self.hash.to_owned(),
            seed: self.identity.seed,
            draws: self.identity.draws,
            entrant: entrant.id,
            entrant_title: entrant.title,
            currency: self.scenario.currency.clone(),
            about: draws.about.map(id),
            best: draws.order.first().map(|&best| id(best)),
            second: draws.pair().map(|(_, second)| id(second)),
            plans: (0..self.plans.len()).map(plan).collect(),
            sensitivity,
            must_be_true,
            reference_class: self.reference_class(pass)?,
            deals: self.deal_lines(draws, rows),
            decides: document::Decides::default(),
        };
        analysis.decides = decides::decides(&analysis);
        Ok(analysis)
    }
}
