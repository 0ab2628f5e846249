//! Telling processes apart that compute the same run: a lock of the system on a file beside the store.
//!
//! The system takes the lock away from a process that ends, however it ends. Runs with other hashes have other files, but in a
//! folder that is to hold one run: there the file says whose it is at the moment.

use super::LOCKS;
use crate::run::RunError;
use crate::run::folder::environment;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
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

/// Takes the lock of a name for a run, waiting while another process has it for the same run; `None` if `cancel` came first.
///
/// # Errors
/// A process that has it for another run, a folder that cannot be written.
pub(in crate::run) fn lock(
    folder: &Path,
    (name, run): (&str, &str),
    cancel: &AtomicBool,
    say: &dyn Fn(&str),
) -> Result<Option<Lock>, RunError> {
    // Its files stay: removing one could part two processes that wait for it.
    let locks = folder.join(LOCKS);
    fs::create_dir_all(&locks).map_err(environment("create", &locks))?;
    let path = locks.join(name);
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(&path).map_err(environment("create", &path))?;
    let (mut waiting, mut seen) = (false, None);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(taken(file, run))),
            Err(TryLockError::WouldBlock) => {
                // Who has just taken it may not have written for which run yet: what is read twice is so.
                let holder = fs::read_to_string(&path).unwrap_or_default();
                let is_settled = seen.as_ref() == Some(&holder);
                let is_other = !holder.is_empty() && holder != run;
                if is_other && is_settled {
                    return Err(RunError::FolderBusy {
                        path: folder.to_owned(),
                        run: holder,
                    });
                }
                if !waiting && (holder == run || is_settled) {
                    waiting = true;
                    say("another process computes this run; waiting for it (Ctrl-C stops waiting)");
                }
                seen = Some(holder);
            }
            // File systems without locks: two processes then do the same work and store the same bytes.
            Err(TryLockError::Error(_)) => return Ok(Some(Lock { _file: file })),
        }
        if cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        std::thread::sleep(AGAIN);
    }
}

/// The lock, with the run for which it is held written into its file.
fn taken(mut file: File, run: &str) -> Lock {
    // Best effort: a process that cannot read whose it is waits.
    let _ = file
        .set_len(0)
        .and_then(|()| file.write_all(run.as_bytes()));
    Lock { _file: file }
}
