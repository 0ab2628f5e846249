//! Telling processes apart that compute the same run: a lock of the system on a file beside the store.
//!
//! The system takes the lock away from a process that ends, however it ends. Runs with other hashes have other files.

use super::LOCKS;
use crate::run::RunError;
use crate::run::folder::environment;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a waiting process looks again.
const AGAIN: Duration = Duration::from_millis(100);

/// Held while a run is computed.
#[derive(Debug)]
pub(in crate::run) struct Lock {
    _file: File,
}

/// Whether a process has the lock of a run now; never waits, makes no file.
pub(in crate::run) fn is_locked(folder: &Path, name: &str) -> bool {
    let file = File::open(folder.join(LOCKS).join(name));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Takes the lock of a run, waiting while another process has it; `None` if `cancel` came first.
pub(in crate::run) fn lock(
    folder: &Path,
    name: &str,
    cancel: &AtomicBool,
    say: &dyn Fn(&str),
) -> Result<Option<Lock>, RunError> {
    // Its files are empty and stay: removing one could part two processes that wait for it.
    let locks = folder.join(LOCKS);
    fs::create_dir_all(&locks).map_err(environment("create", &locks))?;
    let path = locks.join(name);
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(&path).map_err(environment("create", &path))?;
    let mut waiting = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) if !waiting => {
                waiting = true;
                say("another process computes this run; waiting for it (Ctrl-C stops waiting)");
            }
            Err(TryLockError::WouldBlock) => {}
            // File systems without locks: two processes then do the same work and store the same bytes.
            Err(TryLockError::Error(_)) => return Ok(Some(Lock { _file: file })),
        }
        if cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        std::thread::sleep(AGAIN);
    }
}
