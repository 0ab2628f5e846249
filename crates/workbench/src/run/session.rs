//! A run from beginning to end: found stored, gone on with, or computed; kept chunk by chunk; asked what decides; exported.

mod keeper;
mod there;
mod whole;

use super::RunError;
use super::analysis::{Analysis, Inquiry, Kept};
use super::compute;
use super::deal_chances::{self, Given};
use super::draws::chunk::Chunks;
use super::draws::draw::{DrawRecord, Study};
use super::draws::shape::Shape;
use super::draws::work::{self, WorkError};
use super::folder::{self, Found, Known};
use super::job::{ComputeError, ComputeOptions, Progress};
use super::market::{self, Solved};
use super::prepare::Prepared;
use super::store::{Central, Doubt, Entry, InStore, Store, Stored, lock, mend};
use crate::scenario::Loaded;
use beachhead_engine::futures::chunks;
use keeper::Keeper;
use rayon::ThreadPool;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use there::There;
use thiserror::Error;
use whole::{is_there, only_read};

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
    /// It was stored already, and its folder was written again.
    Exported,
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

    fn stopped(&self, error: ComputeError, done: usize) -> SessionError {
        match error {
            ComputeError::Cancelled => self.interrupted(done),
            other => SessionError::Compute(other),
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
    for doubt in [Doubt::Some, Doubt::None] {
        let done = attempt(request, progress, say);
        if !matches!(done, Err(SessionError::Run(RunError::StoreDamaged { .. }))) {
            return done;
        }
        if !mend(request.root(), doubt, request.options.cancel, say)? {
            return Err(request.interrupted(0));
        }
    }
    attempt(request, progress, say)
}

/// What [`run`] does, with a store that is not damaged as a database.
fn attempt(
    request: &Request<'_>,
    progress: &dyn Progress,
    say: &dyn Fn(&str),
) -> Result<Done, SessionError> {
    let folder = request.folder()?;
    let hash = &request.prepared.hash;
    // Before anything is computed or made: a folder that is not ours is an error at once.
    let known = request.known(Store::look(request.root())?.as_ref())?;
    folder::look(&folder, hash, &known.of_summary())?;
    match Store::open(request.root()) {
        Err(RunError::StoreReadOnly { path, .. }) => {
            return Ok(only_read(request, &folder, path)?);
        }
        // Not kept open while another process is waited for, which may have to mend it.
        opened => drop(opened?),
    }
    let cancel = request.options.cancel;
    let held = lock(request.root(), (request.lock_name(), hash), cancel, say)?;
    let Some(_held) = held else {
        return Err(request.interrupted(0));
    };
    let store = Store::open(request.root())?;
    let known = request.known(Some(&store))?;
    let found = folder::look(&folder, hash, &known)?;
    // What is there already stays until there is something to put in its place.
    let stored = (!request.fresh).then(|| store.find(hash));
    let stored = stored.transpose()?.flatten();
    if !request.fresh && is_there(request, (&found, &known), stored.as_ref()) {
        if stored.is_none() {
            say(&format!(
                "{} does not know this run: {} is taken as it is{}",
                store.path().display(),
                folder.display(),
                match request.wants_analysis() && !folder.join(folder::ANALYSIS).exists() {
                    true =>
                        ", without what is asked of its draws afterwards: a folder holds what came of each draw, not its months; the same \
                         command with `--fresh` computes all of it again, with the same numbers",
                    false => "",
                }
            ));
        }
        return Ok(Done::Stored);
    }
    if let (Found::Damaged(files), false) = (&found, request.fresh) {
        say(&format!(
            "{} is damaged ({}); it is written again from the store",
            folder.display(),
            files.join(", ")
        ));
    }
    let kept = match &stored {
        Some(_) => store.answers(hash)?,
        None => BTreeMap::new(),
    };
    let given = deal_chances::applied(request.loaded, &kept, &request.options, progress);
    let given = given.map_err(|error| request.stopped(error, 0))?;
    let request = &Request {
        loaded: given.as_ref().map_or(request.loaded, |(loaded, _)| loaded),
        ..*request
    };
    let session = Session {
        request,
        store: &store,
        known: &known,
        given: given.as_ref().map(|(_, given)| given),
        progress,
        say,
    };
    session.finish(&folder, stored)
}

struct Session<'a> {
    request: &'a Request<'a>,
    store: &'a Store,
    /// What it knew of the folder.
    known: &'a Known,
    /// Chances that deals give events, to be kept.
    given: Option<&'a Given>,
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
    fn finish(&self, folder: &Path, stored: Option<Stored>) -> Result<Done, SessionError> {
        let options = &self.request.options;
        let pool = compute::pool(options.threads).map_err(SessionError::Compute)?;
        let There {
            mut rows,
            central: kept,
            parts,
            shape: of_rows,
        } = self.what_is_there(stored)?;
        let done = parts.len() + rows.keys().map(|chunk| self.size(*chunk)).sum::<usize>();
        let missing = self.missing(&rows);
        let (central, solved) = match kept {
            Some(central) if missing.is_empty() => (central, None),
            _ => {
                let solved = self.solve(&pool, done)?;
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
        let digest = shape.digest();
        // The entry was damaged, so that it could not be told before of which columns its chunks are.
        let (missing, parts) = match of_rows.is_some_and(|of_rows| of_rows != digest) {
            true => {
                rows.clear();
                (self.missing(&rows), BTreeMap::new())
            }
            false => (missing, parts),
        };
        if let Some(solved) = &solved {
            let entry = self.entry(&shape, &digest);
            match self.request.fresh {
                true => self.store.begin_anew(entry, &central)?,
                false => self.store.begin(entry, &central)?,
            }
            for (name, numbers) in self.given.into_iter().flatten() {
                self.store.put_answer(entry.hash, name, numbers)?;
            }
            self.compute(&pool, &shape, solved, (&missing, parts), &mut rows)?;
            let (draws, hash) = (self.request.draws(), &self.request.prepared.hash);
            self.store.verify(hash, &rows, (draws, shape.columns()))?;
        }
        let computed = Cell::new(solved.is_some());
        let analysis = self.analyse(&pool, &shape, solved, (&rows, &computed))?;
        self.request.export(
            (folder, self.known),
            &pool,
            &shape,
            central,
            (self.store, &rows),
            analysis,
        )?;
        Ok(if computed.get() {
            Done::Computed
        } else {
            Done::Exported
        })
    }

    /// Chunks that are not there.
    fn missing(&self, rows: &BTreeMap<usize, i64>) -> Vec<usize> {
        let all = 0..chunks(self.request.draws()).len();
        all.filter(|chunk| !rows.contains_key(chunk)).collect()
    }

    /// Draws of a chunk.
    fn size(&self, chunk: usize) -> usize {
        let mut sizes = chunks(self.request.draws()).map(|range| range.len());
        sizes.nth(chunk).unwrap_or_default()
    }

    /// Asks the draws what decides the answer, if anybody wants to know; `computed` becomes true where not all was stored.
    fn analyse(
        &self,
        pool: &ThreadPool,
        shape: &Shape,
        solved: Option<Solved>,
        (rows, computed): (&BTreeMap<usize, i64>, &Cell<bool>),
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
            parts: self.store.answers(hash)?,
            keep: &|name, numbers| self.store.put_answer(hash, name, numbers),
        };
        let solve = || {
            computed.set(true);
            solved.map_or_else(
                || {
                    let scenario = &request.loaded.scenario;
                    let (draws, options) = (request.draws(), &request.options);
                    pool.install(|| compute::central(scenario, draws, options, self.progress))
                },
                Ok,
            )
        };
        match inquiry.answer(pool, kept, solve, self.progress) {
            Ok(analysis) => Ok(analysis),
            Err(WorkError::Store(error)) => Err(error.into()),
            Err(WorkError::Compute(error)) => Err(request.stopped(error, request.draws())),
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

    /// The market at central values, from which every draw starts.
    fn solve(&self, pool: &ThreadPool, done: usize) -> Result<Solved, SessionError> {
        let scenario = &self.request.loaded.scenario;
        let options = &self.request.options;
        let solved = pool
            .install(|| compute::central(scenario, self.request.draws(), options, self.progress));
        solved.map_err(|error| self.request.stopped(error, done))
    }

    /// Computes the missing chunks; each is stored as soon as it is complete.
    fn compute(
        &self,
        pool: &ThreadPool,
        shape: &Shape,
        solved: &Solved,
        (missing, parts): (&[usize], BTreeMap<usize, DrawRecord>),
        rows: &mut BTreeMap<usize, i64>,
    ) -> Result<(), SessionError> {
        let request = self.request;
        let (draws, hash) = (request.draws(), &request.prepared.hash);
        let done = parts.len() + rows.keys().map(|chunk| self.size(*chunk)).sum::<usize>();
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
        let keeper = Keeper {
            store: self.store,
            hash,
            rows: Mutex::default(),
        };
        let worked = work::work(pool, &study, missing, parts, self.progress, &keeper);
        rows.extend(
            keeper
                .rows
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        );
        match worked {
            Ok(()) => Ok(()),
            Err(WorkError::Store(error)) => Err(error.into()),
            Err(WorkError::Compute(ComputeError::Cancelled)) => {
                let apart = self.store.parts(hash)?.sound.len();
                let in_chunks = rows.keys().map(|chunk| self.size(*chunk));
                Err(request.interrupted(apart + in_chunks.sum::<usize>()))
            }
            Err(WorkError::Compute(error)) => Err(SessionError::Compute(error)),
        }
    }
}
