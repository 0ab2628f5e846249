//! A run from beginning to end: found stored, gone on with, or computed; kept chunk by chunk; asked what decides; exported.

use super::analysis::{Analysis, Inquiry, Kept};
use super::compute;
use super::draws::assemble;
use super::draws::chunk::Chunks;
use super::draws::draw::Study;
use super::draws::shape::Shape;
use super::draws::work::{self, WorkError};
use super::folder::{self, Found};
use super::job::{ComputeError, ComputeOptions, Progress};
use super::market::{self, Solved};
use super::output::RunOutput;
use super::prepare::{self, Prepared};
use super::store::{Central, Entry, InStore, Store, Stored, lock};
use super::{RunError, artefacts};
use crate::scenario::Loaded;
use beachhead_engine::futures::chunks;
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// Where a run's folder lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `<root>/<name>-<hash>`, the store in `root`.
    Below(PathBuf),
    /// Exactly this folder, its store inside.
    Exactly(PathBuf),
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The scenario.
    pub loaded: &'a Loaded,
    /// With its hash.
    pub prepared: &'a Prepared,
    /// Where its folder lies.
    pub place: &'a Place,
    /// Threads, plans, cancellation.
    pub options: ComputeOptions<'a>,
    /// Compute again what is stored.
    pub fresh: bool,
    /// Ask the draws what decides the answer; never in a central run.
    pub analysis: bool,
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was stored already.
    Stored,
    /// Some or all of it was computed now.
    Computed,
}

/// Why a run has no result yet.
#[derive(Debug, Error)]
pub enum SessionError {
    /// It could not be read or kept.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It could not be computed.
    #[error(transparent)]
    Compute(ComputeError),
    /// The user stopped it.
    #[error("interrupted; {done} of {draws} draws are stored")]
    Interrupted {
        /// Draws stored.
        done: usize,
        /// Draws asked for.
        draws: usize,
    },
}

impl Request<'_> {
    /// The run's folder.
    ///
    /// # Errors
    /// A name that is more than a name.
    pub fn folder(&self) -> Result<PathBuf, RunError> {
        match self.place {
            Place::Below(root) => {
                folder::place(root, &self.loaded.scenario.name, &self.prepared.hash)
            }
            Place::Exactly(folder) => Ok(folder.clone()),
        }
    }

    fn root(&self) -> &Path {
        match self.place {
            Place::Below(folder) | Place::Exactly(folder) => folder,
        }
    }

    /// The name under which processes exclude each other: of the run, or of the folder that it is to fill.
    fn lock_name(&self) -> &str {
        match self.place {
            Place::Below(_) => &self.prepared.hash,
            Place::Exactly(_) => "folder",
        }
    }

    fn interrupted(&self, done: usize) -> SessionError {
        SessionError::Interrupted {
            done,
            draws: self.prepared.identity.draws,
        }
    }
}

/// Runs what is asked for, or finds it; afterwards its folder is complete. `say` tells what people should know meanwhile.
///
/// # Errors
/// A folder or a store that refuses, a scenario in which no draw has a result, an interruption.
pub fn run(
    request: &Request<'_>,
    progress: &dyn Progress,
    say: &dyn Fn(&str),
) -> Result<Done, SessionError> {
    let folder = request.folder()?;
    let hash = &request.prepared.hash;
    // Before anything is computed: a folder that is not ours is an error at once.
    folder::look(&folder, hash)?;
    let store = Store::open(request.root())?;
    let cancel = request.options.cancel;
    let held = lock(request.root(), request.lock_name(), cancel, say)?;
    let Some(_held) = held else {
        return Err(request.interrupted(0));
    };
    let complete = matches!(folder::look(&folder, hash)?, Found::Complete(_))
        && (!request.wants_analysis() || folder.join(folder::ANALYSIS).is_file());
    if request.fresh {
        store.forget(hash)?;
    }
    let stored = store.find(hash)?;
    let sound = stored.as_ref().is_none_or(|stored| {
        stored.damaged.is_empty() && stored.sound.len() == chunks(request.draws()).len()
    });
    if complete && sound && !request.fresh {
        return Ok(Done::Stored);
    }
    let session = Session {
        request,
        store: &store,
        progress,
        say,
    };
    session.finish(&folder, stored)?;
    Ok(Done::Computed)
}

struct Session<'a> {
    request: &'a Request<'a>,
    store: &'a Store,
    progress: &'a dyn Progress,
    say: &'a dyn Fn(&str),
}

impl Request<'_> {
    fn draws(&self) -> usize {
        self.prepared.identity.draws
    }

    fn wants_analysis(&self) -> bool {
        self.analysis && self.draws() > 1
    }
}

impl Session<'_> {
    /// Computes what is missing and writes the folder.
    fn finish(&self, folder: &Path, stored: Option<Stored>) -> Result<(), SessionError> {
        let options = &self.request.options;
        let pool = compute::pool(options.threads).map_err(SessionError::Compute)?;
        let (mut rows, kept) = self.what_is_there(stored)?;
        let missing: Vec<usize> = (0..chunks(self.request.draws()).len())
            .filter(|chunk| !rows.contains_key(chunk))
            .collect();
        let (central, solved) = match kept {
            Some(central) if missing.is_empty() => (central, None),
            _ => {
                let solved = self.solve(&pool, rows.len())?;
                let central = Central {
                    rows: market::rows(&solved.solve.value),
                    notes: market::notes(&solved.solve),
                };
                (central, Some(solved))
            }
        };
        let shape = Shape::new(
            &self.request.loaded.scenario,
            options.plans,
            central.targets(),
        );
        if let Some(solved) = &solved {
            self.store
                .begin(self.entry(&shape, &shape.digest()), &central)?;
            self.compute(&pool, &shape, solved, &missing, &mut rows)?;
        }
        let analysis = self.analyse(&pool, &shape, solved, &rows)?;
        self.export(folder, &pool, &shape, central, (&rows, analysis))
    }

    /// Asks the draws what decides the answer, if anybody wants to know.
    fn analyse(
        &self,
        pool: &ThreadPool,
        shape: &Shape,
        solved: Option<Solved>,
        rows: &BTreeMap<usize, i64>,
    ) -> Result<Option<Analysis>, SessionError> {
        let request = self.request;
        if !request.wants_analysis() {
            return Ok(None);
        }
        let hash = &request.prepared.hash;
        let source = InStore {
            store: self.store,
            rows,
        };
        let inquiry = Inquiry {
            scenario: &request.loaded.scenario,
            hash,
            identity: &request.prepared.identity,
            plans: request.options.plans,
            shape,
            chunks: Chunks {
                draws: request.draws(),
                columns: shape.columns(),
                source: &source,
            },
            cancel: request.options.cancel,
        };
        let kept = Kept {
            parts: self.store.parts(hash)?,
            keep: &|name, numbers| self.store.put_part(hash, name, numbers),
        };
        let solve = || match solved {
            Some(solved) => Ok(solved),
            None => {
                let scenario = &request.loaded.scenario;
                let (draws, options) = (request.draws(), &request.options);
                pool.install(|| compute::central(scenario, draws, options, self.progress))
            }
        };
        match inquiry.answer(pool, kept, solve, self.progress) {
            Ok(analysis) => Ok(analysis),
            Err(WorkError::Store(error)) => Err(error.into()),
            Err(WorkError::Compute(error)) => {
                Err(self.failure(error, chunks(request.draws()).len()))
            }
        }
    }

    fn entry<'e>(&'e self, shape: &Shape, digest: &'e str) -> Entry<'e> {
        Entry {
            hash: &self.request.prepared.hash,
            scenario: &self.request.loaded.scenario.name,
            identity: &self.request.prepared.identity,
            shape: digest,
            columns: shape.columns(),
        }
    }

    /// Rows of sound chunks of the right shape, and the calibration kept with them. What is damaged is named and removed.
    fn what_is_there(
        &self,
        stored: Option<Stored>,
    ) -> Result<(BTreeMap<usize, i64>, Option<Central>), SessionError> {
        let hash = &self.request.prepared.hash;
        let Some(stored) = stored else {
            return Ok((BTreeMap::new(), None));
        };
        let (scenario, plans) = (&self.request.loaded.scenario, self.request.options.plans);
        let shape = |central: &Central| Shape::new(scenario, plans, central.targets()).digest();
        let same = stored
            .central
            .as_ref()
            .map(|central| shape(central) == stored.shape);
        if same == Some(false) {
            (self.say)(
                "what is stored of this run has other outcomes or series; it is computed again",
            );
            self.store.forget(hash)?;
            return Ok((BTreeMap::new(), None));
        }
        if stored.central.is_none() {
            (self.say)(&format!(
                "the calibration of run {hash} in {} is damaged; it is computed again",
                self.store.path().display()
            ));
        }
        for chunk in &stored.damaged {
            let draws = chunks(self.request.draws()).nth(*chunk).unwrap_or_default();
            (self.say)(&format!(
                "chunk {chunk} of run {hash} (draws {} to {}) in {} is damaged; it is computed again",
                draws.start,
                draws.end.saturating_sub(1),
                self.store.path().display()
            ));
        }
        self.store.drop_chunks(hash, &stored.damaged)?;
        Ok((stored.sound, stored.central))
    }

    /// The market at central values, from which every draw starts.
    fn solve(&self, pool: &ThreadPool, chunks_done: usize) -> Result<Solved, SessionError> {
        let scenario = &self.request.loaded.scenario;
        let options = &self.request.options;
        let solved = pool
            .install(|| compute::central(scenario, self.request.draws(), options, self.progress));
        solved.map_err(|error| self.failure(error, chunks_done))
    }

    fn failure(&self, error: ComputeError, chunks_done: usize) -> SessionError {
        match error {
            ComputeError::Cancelled => {
                let done = chunks(self.request.draws())
                    .take(chunks_done)
                    .map(|r| r.len());
                self.request.interrupted(done.sum())
            }
            other => SessionError::Compute(other),
        }
    }

    /// Computes the missing chunks; each is stored as soon as it is complete.
    fn compute(
        &self,
        pool: &ThreadPool,
        shape: &Shape,
        solved: &Solved,
        missing: &[usize],
        rows: &mut BTreeMap<usize, i64>,
    ) -> Result<(), SessionError> {
        let request = self.request;
        let (draws, hash) = (request.draws(), &request.prepared.hash);
        let size = |chunk: &usize| chunks(draws).nth(*chunk).map_or(0, |range| range.len());
        let done: usize = rows.keys().map(size).sum();
        if draws == 1 {
            let months = request.loaded.scenario.months;
            self.progress.stage("running plans", months as u64);
        } else {
            self.progress.stage("draws", draws as u64);
            self.progress.skip(done as u64);
        }
        if done > 0 && !missing.is_empty() {
            (self.say)(&format!(
                "{done} of {draws} draws are stored; going on from there"
            ));
        }
        let study = Study {
            scenario: &request.loaded.scenario,
            plans: request.options.plans,
            seed: request.prepared.identity.seed,
            draws,
            central: solved,
            shape,
            cancel: request.options.cancel,
        };
        let new = Mutex::new(BTreeMap::new());
        let keep = |chunk: usize, bytes: Vec<u8>| {
            let row = self.store.put(hash, chunk, &bytes)?;
            let mut new = new.lock().unwrap_or_else(PoisonError::into_inner);
            new.insert(chunk, row);
            Ok(())
        };
        let worked = work::work(pool, &study, missing, self.progress, &keep);
        rows.extend(new.into_inner().unwrap_or_else(PoisonError::into_inner));
        match worked {
            Ok(()) => Ok(()),
            Err(WorkError::Store(error)) => Err(error.into()),
            Err(WorkError::Compute(ComputeError::Cancelled)) => {
                Err(request.interrupted(rows.keys().map(size).sum()))
            }
            Err(WorkError::Compute(error)) => Err(SessionError::Compute(error)),
        }
    }

    /// Reads the chunks a second time and writes the folder.
    fn export(
        &self,
        folder: &Path,
        pool: &ThreadPool,
        shape: &Shape,
        central: Central,
        (rows, analysis): (&BTreeMap<usize, i64>, Option<Analysis>),
    ) -> Result<(), SessionError> {
        let request = self.request;
        let source = InStore {
            store: self.store,
            rows,
        };
        let chunks = Chunks {
            draws: request.draws(),
            columns: shape.columns(),
            source: &source,
        };
        let mut output = prepare::frame(request.loaded, request.prepared);
        output.calibration = central.rows;
        output.calibration_notes = central.notes;
        output.analysis = analysis;
        let counted = pool.install(|| assemble::fill(&mut output, shape, chunks))?;
        if counted == 0 {
            return Err(SessionError::Compute(no_draw(&output)));
        }
        let hash = &request.prepared.hash;
        let artefacts = artefacts(&output, hash, shape, chunks)?;
        if request.options.cancel.load(Ordering::Relaxed) {
            return Err(request.interrupted(request.draws()));
        }
        match request.place {
            Place::Below(_) => folder::write(folder, hash, &artefacts, true)?,
            Place::Exactly(_) => folder::write_exact(folder, hash, &artefacts)?,
        }
        Ok(())
    }
}

/// All draws failed: what the first one says is what is wrong.
fn no_draw(output: &RunOutput) -> ComputeError {
    let failed = output
        .issues
        .iter()
        .filter(|issue| issue.code == "draw_failed");
    let texts = failed.map(|issue| format!("no draw has a result: {}", issue.text));
    ComputeError::Input(texts.collect())
}
