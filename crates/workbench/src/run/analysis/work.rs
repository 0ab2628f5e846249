//! The jobs of an analysis: each asks one common draw a few questions, and is kept as soon as it is done.

use super::ask::Settled;
use super::screen::Candidate;
use super::surface::Surface;
use super::{Draws, Inquiry, Kept, QUESTIONS};
use crate::run::draws::work::WorkError;
use crate::run::job::{ComputeError, Progress};
use crate::run::market::Solved;
use beachhead_engine::scenario::Deal;
use rayon::ThreadPool;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One job.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    /// Its name in the store: what is asked of which draw.
    pub(super) name: String,
    /// Number of the common draw.
    draw: usize,
    /// What is asked.
    ask: Ask,
}

/// What is asked of a draw.
#[derive(Clone, Debug, PartialEq)]
enum Ask {
    /// What something changed would do.
    Changes {
        /// Plans, by their places in the run.
        plans: Vec<usize>,
        /// What is changed: each a question of its own.
        questions: Vec<Vec<(usize, f64)>>,
    },
    /// What a deal is worth, by its place in the scenario.
    Deal(usize),
}

/// What was found, by name of the job: whether the market was calibrated anew, then net present values by question and plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows(BTreeMap<String, Vec<f64>>);

/// Name of a job of the tornado.
fn bar_name(draw: usize, candidate: &Candidate) -> String {
    format!("{QUESTIONS}/bar/{}/{draw}", candidate.quantity)
}

/// Name of a job of the surface.
fn slab_name(draw: usize, plan: usize, attempts: usize, awareness: usize) -> String {
    format!("{QUESTIONS}/surface/{plan}/{attempts}/{awareness}/{draw}")
}

/// Name of a job about a deal.
fn deal_name(draw: usize, deal: &Deal) -> String {
    format!("{QUESTIONS}/deal/{}/{draw}", deal.id)
}

/// Name of what the central market says about the entrant's appeal.
fn appeal_name() -> String {
    format!("{QUESTIONS}/appeal")
}

impl Rows {
    /// Whether a bar's market is calibrated anew, and its net present values in each common draw: (draws, 3 points × plans asked).
    pub(super) fn bar(&self, draws: &Draws, candidate: &Candidate) -> (bool, Vec<Vec<f64>>) {
        let mut recalibrated = false;
        let mut values = Vec::new();
        for &draw in &draws.common {
            let row = self.0.get(&bar_name(draw, candidate));
            let (first, npv) = row.and_then(|row| row.split_first()).unwrap_or((&0.0, &[]));
            recalibrated |= *first != 0.0;
            values.push(npv.to_vec());
        }
        (recalibrated, values)
    }

    /// Net present values along the appeal in each common draw.
    pub(super) fn slab(
        &self,
        draws: &Draws,
        (plan, attempts, awareness): (usize, usize, usize),
    ) -> Vec<Vec<f64>> {
        let row = |&draw: &usize| {
            let row = self.0.get(&slab_name(draw, plan, attempts, awareness))?;
            Some(row.split_first()?.1.to_vec())
        };
        draws.common.iter().filter_map(row).collect()
    }

    /// What a deal leads to in each of the draws that are asked about it.
    pub(super) fn deal(&self, draws: &[usize], deal: &Deal) -> Vec<&[f64]> {
        let row = |&draw: &usize| self.0.get(&deal_name(draw, deal)).map(Vec::as_slice);
        draws.iter().filter_map(row).collect()
    }

    /// Mean and standard deviation of the entrant's appeal in the central market, then its reference class's.
    pub(super) fn appeal(&self) -> Option<&[f64]> {
        self.0.get(&appeal_name()).map(Vec::as_slice)
    }
}

/// All jobs, draw by draw; `asked` are the plans that are run.
pub(super) fn jobs(
    draws: &Draws,
    asked: &[usize],
    candidates: &[Candidate],
    surface: Option<&Surface>,
) -> Vec<Job> {
    let mut jobs = Vec::new();
    for &draw in &draws.common {
        let bar = |candidate: &Candidate| Job {
            name: bar_name(draw, candidate),
            draw,
            ask: Ask::Changes {
                plans: asked.to_vec(),
                questions: candidate
                    .points
                    .map(|value| vec![(candidate.quantity, value)])
                    .to_vec(),
            },
        };
        jobs.extend(candidates.iter().map(bar));
        let Some(surface) = surface else { continue };
        for (awareness, attempts) in surface.slabs() {
            jobs.push(Job {
                name: slab_name(draw, surface.plan, attempts, awareness),
                draw,
                ask: Ask::Changes {
                    plans: vec![surface.plan],
                    questions: surface.questions(attempts, awareness),
                },
            });
        }
    }
    jobs
}

/// Jobs about deals in these draws.
pub(super) fn deal_jobs(draws: &[usize], deals: &[(usize, &Deal)]) -> Vec<Job> {
    let of_draw = |&draw: &usize| {
        let job = move |(at, deal): &(usize, &Deal)| Job {
            name: deal_name(draw, deal),
            draw,
            ask: Ask::Deal(*at),
        };
        deals.iter().map(job)
    };
    draws.iter().flat_map(of_draw).collect()
}

impl Inquiry<'_> {
    /// Does the jobs that were not kept; what is found does not depend on which thread does it.
    pub(super) fn work(
        &self,
        pool: &ThreadPool,
        kept: Kept<'_>,
        jobs: &[Job],
        solve: impl FnOnce() -> Result<Solved, ComputeError>,
        progress: &dyn Progress,
    ) -> Result<Rows, WorkError> {
        let is_missing = |job: &&Job| !kept.parts.contains_key(&job.name);
        let missing: Vec<&Job> = jobs.iter().filter(is_missing).collect();
        let mut rows = Rows(kept.parts);
        if missing.is_empty() && rows.appeal().is_some() {
            return Ok(rows);
        }
        let central = solve().map_err(WorkError::Compute)?;
        let appeal = appeal(&central);
        (kept.keep)(&appeal_name(), &appeal).map_err(WorkError::Store)?;
        rows.0.insert(appeal_name(), appeal);
        progress.stage("analysis", jobs.len() as u64);
        progress.skip((jobs.len() - missing.len()) as u64);
        let draws: BTreeSet<usize> = missing.iter().map(|job| job.draw).collect();
        let draws: Vec<usize> = draws.into_iter().collect();
        let settled = in_turn(pool, draws.len(), &|at| {
            let settled = self.settle(draws[at], &central);
            settled.map_err(WorkError::Compute)
        })?;
        let settled: BTreeMap<usize, Option<Settled>> = draws.into_iter().zip(settled).collect();
        let new = in_turn(pool, missing.len(), &|at| {
            let job = missing[at];
            let base = settled.get(&job.draw).and_then(Option::as_ref);
            let row = self.do_job(job, base, &central);
            let row = row.map_err(WorkError::Compute)?;
            (kept.keep)(&job.name, &row).map_err(WorkError::Store)?;
            progress.advance(1);
            Ok(row)
        })?;
        let names = missing.iter().map(|job| job.name.clone());
        rows.0.extend(names.zip(new));
        Ok(rows)
    }

    fn do_job(
        &self,
        job: &Job,
        settled: Option<&Settled>,
        central: &Solved,
    ) -> Result<Vec<f64>, ComputeError> {
        let (plans, questions) = match &job.ask {
            Ask::Changes { plans, questions } => (plans, questions),
            Ask::Deal(deal) => return self.deal_row(*deal, settled),
        };
        let mut row = vec![0.0];
        for given in questions {
            match settled {
                Some(settled) => {
                    let asked = self.ask(settled, given, plans, central)?;
                    row[0] = f64::from(u8::from(row[0] != 0.0 || asked.recalibrated));
                    row.extend(asked.npv);
                }
                None => row.extend(vec![f64::NAN; plans.len()]),
            }
        }
        Ok(row)
    }
}

/// What the central market says about the first entrant's appeal: mean, standard deviation, then by member of its class.
fn appeal(central: &Solved) -> Vec<f64> {
    let appeal = central.solve.value.appeal.first();
    appeal.map_or_else(Vec::new, |appeal| {
        let members = appeal.members.iter().map(|(_, b)| *b);
        [appeal.mean, appeal.sd]
            .into_iter()
            .chain(members)
            .collect()
    })
}

/// Does `count` things, each once, by whichever thread is free; results in their order. The first error stops all.
fn in_turn<T: Send>(
    pool: &ThreadPool,
    count: usize,
    work: &(dyn Fn(usize) -> Result<T, WorkError> + Sync),
) -> Result<Vec<T>, WorkError> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done: Mutex<BTreeMap<usize, T>> = Mutex::default();
    let failed: Mutex<Option<WorkError>> = Mutex::default();
    // As for draws: a broadcast runs once on each thread, and nobody steals a job from inside another.
    pool.broadcast(|_| {
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return;
            }
            match work(at) {
                Ok(value) => {
                    lock(&done).insert(at, value);
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    lock(&failed).get_or_insert(error);
                }
            }
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => {
            let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok(done.into_values().collect())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
