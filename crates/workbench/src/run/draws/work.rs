//! Threads that take draw after draw, in order, across chunks; a chunk is stored when its last draw is done, its draws
//! alone before that.

use super::chunk::encode;
use super::draw::{self, DrawRecord, Study};
use crate::run::RunError;
use crate::run::job::{ComputeError, Progress};
use beachhead_engine::futures::{CHUNK, chunks};
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long draws of unfinished chunks wait to be stored together: what a process that is killed loses.
const PATIENCE: Duration = Duration::from_millis(250);

/// Why draws are left to do.
#[derive(Debug)]
pub(in crate::run) enum WorkError {
    /// A chunk could not be stored.
    Store(RunError),
    /// A draw was not computed.
    Compute(ComputeError),
}

/// What is done with draws as they finish.
pub(in crate::run) trait Keep: Sync {
    /// A finished chunk: its number and its bytes.
    fn chunk(&self, chunk: usize, bytes: &[u8]) -> Result<(), RunError>;

    /// Draws of chunks that are not finished: their numbers and their bytes.
    fn draws(&self, draws: &[(usize, Vec<u8>)]) -> Result<(), RunError>;
}

/// Computes the draws of the missing chunks, except those that `parts` holds already, and gives what is finished away.
///
/// Every thread takes the next draw, so at most a few chunks are in flight whatever the number of threads, and none waits for a
/// slow draw of another chunk. What is computed does not depend on which thread does it.
pub(in crate::run) fn work(
    pool: &ThreadPool,
    study: &Study<'_>,
    missing: &[usize],
    parts: BTreeMap<usize, DrawRecord>,
    progress: &dyn Progress,
    keep: &dyn Keep,
) -> Result<(), WorkError> {
    let wanted = chunks(study.draws).enumerate();
    let wanted = wanted.filter(|(chunk, _)| missing.binary_search(chunk).is_ok());
    let work = Work {
        study,
        todo: wanted
            .flat_map(|(_, draws)| draws)
            .filter(|draw| !parts.contains_key(draw))
            .collect(),
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        pending: Mutex::default(),
        writing: Mutex::new(Instant::now()),
        failed: Mutex::default(),
        keep,
    };
    work.take_up(parts);
    // A broadcast runs once on each thread. Spawned jobs could be stolen by a thread that waits inside a draw, which would
    // then hold that draw back until the end.
    pool.broadcast(|_| work.go_on(progress));
    work.save_what_is_left();
    let failed = work.failed.into_inner();
    match failed.unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// A finished draw whose chunk is not.
struct Part {
    record: DrawRecord,
    is_stored: bool,
}

struct Work<'a> {
    study: &'a Study<'a>,
    /// Draws to compute, ascending.
    todo: Vec<usize>,
    /// How many of them are taken.
    next: AtomicUsize,
    /// Set when one thread failed: the others stop too.
    stop: AtomicBool,
    /// Finished draws of chunks that are not complete yet, by chunk and draw.
    pending: Mutex<BTreeMap<usize, BTreeMap<usize, Part>>>,
    /// Held while something is stored, so that no draw comes after its chunk; when draws were stored last.
    writing: Mutex<Instant>,
    failed: Mutex<Option<WorkError>>,
    keep: &'a dyn Keep,
}

impl Work<'_> {
    /// Puts draws that are stored already in their place.
    fn take_up(&self, parts: BTreeMap<usize, DrawRecord>) {
        for (draw, record) in parts {
            let part = Part {
                record,
                is_stored: true,
            };
            let kept = self
                .add(draw, part)
                .map_or(Ok(()), |found| self.keep(found));
            if let Err(error) = kept {
                self.fail(error);
            }
        }
    }

    fn go_on(&self, progress: &dyn Progress) {
        while !self.stop.load(Ordering::Relaxed) {
            let taken = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&draw) = self.todo.get(taken) else {
                return;
            };
            if let Err(error) = self.one(draw, progress) {
                self.fail(error);
            }
        }
    }

    fn fail(&self, error: WorkError) {
        self.stop.store(true, Ordering::Relaxed);
        lock(&self.failed).get_or_insert(error);
    }

    fn one(&self, draw: usize, progress: &dyn Progress) -> Result<(), WorkError> {
        let central = self.study.draws == 1;
        let month = || {
            if central {
                progress.advance(1);
            }
        };
        let record = draw::compute(self.study, draw, &month).map_err(WorkError::Compute)?;
        if !central {
            progress.advance(1);
        }
        let part = Part {
            record,
            is_stored: false,
        };
        match self.add(draw, part) {
            Some(complete) => self.keep(complete),
            None => self.save_if_due(),
        }
    }

    /// Puts a draw into its chunk; gives the chunk back once it is complete.
    fn add(&self, draw: usize, part: Part) -> Option<(usize, Vec<DrawRecord>)> {
        let chunk = draw / CHUNK;
        let size = CHUNK.min(self.study.draws - chunk * CHUNK);
        let mut pending = lock(&self.pending);
        let parts = pending.entry(chunk).or_default();
        parts.insert(draw, part);
        if parts.len() < size {
            return None;
        }
        let parts = pending.remove(&chunk)?;
        Some((chunk, parts.into_values().map(|part| part.record).collect()))
    }

    fn keep(&self, (chunk, records): (usize, Vec<DrawRecord>)) -> Result<(), WorkError> {
        let bytes = encode(self.study.shape, chunk * CHUNK, records);
        let _writing = lock(&self.writing);
        self.keep.chunk(chunk, &bytes).map_err(WorkError::Store)
    }

    /// Stores finished draws of unfinished chunks, unless that was done a moment ago or is being done.
    fn save_if_due(&self) -> Result<(), WorkError> {
        match self.writing.try_lock() {
            Ok(mut last) if last.elapsed() >= PATIENCE => {
                let saved = self.save();
                *last = Instant::now();
                saved
            }
            _ => Ok(()),
        }
    }

    /// The caller holds `writing`.
    fn save(&self) -> Result<(), WorkError> {
        let mut pending = lock(&self.pending);
        let parts = pending.values_mut().flatten();
        let mut draws = Vec::new();
        for (draw, part) in parts.filter(|(_, part)| !part.is_stored) {
            draws.push((*draw, part.record.bytes()));
            part.is_stored = true;
        }
        drop(pending);
        if draws.is_empty() {
            return Ok(());
        }
        self.keep.draws(&draws).map_err(WorkError::Store)
    }

    /// After an interruption: nothing that is finished is lost.
    fn save_what_is_left(&self) {
        let _writing = lock(&self.writing);
        let is_broken = matches!(*lock(&self.failed), Some(WorkError::Store(_)));
        if !is_broken && let Err(error) = self.save() {
            self.fail(error);
        }
    }
}

/// What a panicking thread held is whole: every change under these locks is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
