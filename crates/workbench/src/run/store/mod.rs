//! The store of runs: one SQLite database that holds runs and their chunks of draws as they finish.

mod answers;
mod central;
mod checksum;
mod chunks;
mod entry;
mod exports;
mod hold;
mod lock;
mod mend;
mod open;
mod parts;
mod patch;
mod salvage;

#[cfg(test)]
mod tests;

pub(super) use central::Central;
pub use chunks::StoredRun;
pub(super) use chunks::{Entry, InStore, Stored};
use hold::Hold;
use lock::is_locked;
pub(super) use lock::lock;
pub(super) use mend::{Doubt, mend};

use super::RunError;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Name of the store's file in a folder of runs.
pub const FILE: &str = "beachhead.db";

/// Folder of the files that processes lock, beside the store.
pub const LOCKS: &str = ".locks";

/// Version of the store's tables and of what chunks hold. Another one is not read.
pub const STORE_FORMAT: i64 = 3;

/// An open store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// Let go of last, so that nobody puts another database in its place meanwhile.
    _hold: Hold,
}

impl Store {
    /// Where the store lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // SQLite rolls an unfinished transaction back; a panic elsewhere leaves the connection usable.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What SQLite said, with the store's path.
    fn error(&self, action: &'static str) -> impl FnOnce(rusqlite::Error) -> RunError {
        open::error(&self.path, action)
    }
}
