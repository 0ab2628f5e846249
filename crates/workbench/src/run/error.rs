//! Why a run could not be read, computed or kept.

use super::FORMAT;
use super::folder::SUMMARY;
use super::store::STORE_FORMAT;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a run's folder could not be read or written.
#[derive(Debug, Error)]
pub enum RunError {
    /// The user named a folder that something else filled.
    #[error(
        "{} is not a folder of a run: {reason}\n  expected a folder that does not exist, is empty, or holds a \
         {SUMMARY} of an earlier run\n  choose another one with --out",
        path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
        /// What makes it foreign.
        reason: String,
    },
    /// A run of another release lies there.
    #[error(
        "{} holds a run in another format: {SUMMARY} says format {found}\n  expected format {FORMAT}, which this \
         release writes\n  choose another folder with --out, or move that one away",
        path.display()
    )]
    OtherFormat {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: String,
    },
    /// What was named is no complete run.
    #[error(
        "{} is not a complete run: {reason}\n  expected a folder that `beachhead run` wrote; `beachhead runs` lists them",
        path.display()
    )]
    NoRun {
        /// The folder or file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A file was to be written where a folder is.
    #[error("{} is a folder\n  expected the name of a file to write", path.display())]
    NoFile {
        /// The folder.
        path: PathBuf,
    },
    /// A name that could lead out of the folder of runs.
    #[error(
        "{name:?} cannot name a run's folder\n  expected letters, digits, `_` and `-`, beginning with a letter or \
         digit\n  change `scenario.name`"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The machine refused: a full disk, missing rights.
    #[error("cannot {action} {}: {source}", path.display())]
    Environment {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process is filling the folder with another run.
    #[error(
        "another process is writing run {run} to {}\n  expected a folder that nothing writes to\n  choose another one \
         with --out, or wait until that run has ended",
        path.display()
    )]
    FolderBusy {
        /// The folder.
        path: PathBuf,
        /// Hash of the other run.
        run: String,
    },
    /// The store's file is something else.
    #[error(
        "{} is not a store of runs\n  expected a store that this program made, or no such file\n  move that file away",
        path.display()
    )]
    NoStore {
        /// The file.
        path: PathBuf,
    },
    /// Another release made the store.
    #[error(
        "{} is a store of version {found}\n  expected version {STORE_FORMAT}, which this release writes\n  use the \
         release that made it, or move it away: runs are then computed again",
        path.display()
    )]
    OtherStore {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// A file stands where the folder of runs should be.
    #[error(
        "{} is a file, not a folder\n  expected a folder of runs, or nothing: it is made when a run is stored\n  move \
         that file away, or choose another folder with --out",
        path.display()
    )]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The store cannot be written.
    #[error(
        "{} cannot be written: it, its folder or the disk is read-only{holds}\n  expected a store that can be written, \
         because a run is stored as it is computed\n  choose another folder with --out, or make this one writable",
        path.display()
    )]
    StoreReadOnly {
        /// The file.
        path: PathBuf,
        /// What it holds of the run that was asked for, after a semicolon; may be empty.
        holds: String,
    },
    /// The store is damaged beyond single chunks.
    #[error(
        "{} is damaged\n  expected a database as it was written\n  the next `beachhead run` there saves what is sound in it and \
         computes the rest again; if that is refused, make its folder writable or move the file away",
        path.display()
    )]
    StoreDamaged {
        /// The file.
        path: PathBuf,
    },
    /// The store refused.
    #[error("cannot {action} the store {}: {source}", path.display())]
    Store {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The program is wrong.
    #[error("a fault in this program, please report it: {0}")]
    Fault(String),
}

impl RunError {
    /// Whether the user can mend it by asking for something else.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Self::NotOurs { .. }
                | Self::OtherFormat { .. }
                | Self::Name { .. }
                | Self::NoRun { .. }
                | Self::NoFile { .. }
        )
    }
}
