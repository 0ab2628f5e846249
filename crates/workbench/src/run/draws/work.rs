//! Threads that take draw after draw, in order, across chunks; a chunk is stored when its last draw is done.

use super::chunk::encode;
use super::draw::{self, DrawRecord, Study};
use crate::run::RunError;
use crate::run::job::{ComputeError, Progress};
use beachhead_engine::futures::CHUNK;
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why draws are left to do.
#[derive(Debug)]
pub(in crate::run) enum WorkError {
    /// A chunk could not be stored.
    Store(RunError),
    /// A draw was not computed.
    Compute(ComputeError),
}

/// What is done with a finished chunk: its number and its bytes.
pub(in crate::run) type Keep<'a> = &'a (dyn Fn(usize, Vec<u8>) -> Result<(), RunError> + Sync);

/// Computes the draws of the missing chunks (ascending) and gives each finished chunk away.
///
/// Every thread takes the next draw, so at most a few chunks are in flight whatever the number of threads, and none waits for a
/// slow draw of another chunk. What is computed does not depend on which thread does it.
pub(in crate::run) fn work(
    pool: &ThreadPool,
    study: &Study<'_>,
    missing: &[usize],
    progress: &dyn Progress,
    keep: Keep<'_>,
) -> Result<(), WorkError> {
    let work = Work {
        study,
        missing,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        pending: Mutex::default(),
        failed: Mutex::default(),
        keep,
    };
    // A broadcast runs once on each thread. Spawned jobs could be stolen by a thread that waits inside a draw, which would
    // then hold that draw back until the end.
    pool.broadcast(|_| work.go_on(progress));
    let failed = work.failed.into_inner();
    match failed.unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

struct Work<'a> {
    study: &'a Study<'a>,
    missing: &'a [usize],
    /// Draws taken so far.
    next: AtomicUsize,
    /// Set when one thread failed: the others stop too.
    stop: AtomicBool,
    /// Draws of chunks that are not complete yet.
    pending: Mutex<BTreeMap<usize, Vec<Option<DrawRecord>>>>,
    failed: Mutex<Option<WorkError>>,
    keep: Keep<'a>,
}

impl Work<'_> {
    fn go_on(&self, progress: &dyn Progress) {
        while !self.stop.load(Ordering::Relaxed) {
            let taken = self.next.fetch_add(1, Ordering::Relaxed);
            // Only the last chunk of a run has fewer draws, and it is the last of the missing ones too.
            let Some(&chunk) = self.missing.get(taken / CHUNK) else {
                return;
            };
            let draw = chunk * CHUNK + taken % CHUNK;
            if draw >= self.study.draws {
                return;
            }
            if let Err(error) = self.one(chunk, draw, progress) {
                self.stop.store(true, Ordering::Relaxed);
                lock(&self.failed).get_or_insert(error);
            }
        }
    }

    fn one(&self, chunk: usize, draw: usize, progress: &dyn Progress) -> Result<(), WorkError> {
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
        let Some(records) = self.add(chunk, draw, record) else {
            return Ok(());
        };
        let first = chunk * CHUNK;
        (self.keep)(chunk, encode(self.study.shape, first, records)).map_err(WorkError::Store)
    }

    /// Puts a draw into its chunk; gives the chunk back once it is complete.
    fn add(&self, chunk: usize, draw: usize, record: DrawRecord) -> Option<Vec<DrawRecord>> {
        let mut pending = lock(&self.pending);
        let size = CHUNK.min(self.study.draws - chunk * CHUNK);
        let records = pending
            .entry(chunk)
            .or_insert_with(|| (0..size).map(|_| None).collect());
        if let Some(place) = records.get_mut(draw - chunk * CHUNK) {
            *place = Some(record);
        }
        if records.iter().any(Option::is_none) {
            return None;
        }
        pending.remove(&chunk)?.into_iter().collect()
    }
}

/// What a panicking thread held is whole: every change under these locks is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
