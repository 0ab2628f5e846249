//! Who uses a store: every open one holds it together with others; who puts a new database in its place holds it alone.

use super::LOCKS;
use crate::run::RunError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The file that is locked; the others beside it are named after runs and folders.
const NAME: &str = "store";

/// How often a waiting process looks again.
const AGAIN: Duration = Duration::from_millis(100);

/// Held while a store is open, or mended. Where it cannot be had (no rights, a file system without locks) there is none.
#[derive(Debug)]
pub(super) struct Hold {
    _file: Option<File>,
}

impl Hold {
    /// Together with others; the file is made if need be. Waits for a process that mends the store, which takes seconds.
    pub(super) fn to_write(folder: &Path) -> Self {
        let _ = fs::create_dir_all(folder.join(LOCKS));
        Self::together(made(folder))
    }

    /// Together with others; makes nothing.
    pub(super) fn to_read(folder: &Path) -> Self {
        Self::together(File::open(folder.join(LOCKS).join(NAME)).ok())
    }

    fn together(file: Option<File>) -> Self {
        let file = file.filter(|file| file.lock_shared().is_ok());
        Self { _file: file }
    }

    /// Alone, once no other process has the store open; `None` if `cancel` came first.
    ///
    /// # Errors
    /// A folder in which nothing can be written: the store stays damaged.
    pub(super) fn alone(
        folder: &Path,
        store: &Path,
        cancel: &AtomicBool,
        say: &dyn Fn(&str),
    ) -> Result<Option<Self>, RunError> {
        let damaged = || RunError::StoreDamaged {
            path: store.to_owned(),
        };
        let _ = fs::create_dir_all(folder.join(LOCKS));
        let file = made(folder).ok_or_else(damaged)?;
        let mut waiting = false;
        loop {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) if cancel.load(Ordering::Relaxed) => return Ok(None),
                Err(TryLockError::WouldBlock) => {
                    if !waiting {
                        waiting = true;
                        say(&format!(
                            "{} is damaged and another process uses it; waiting until it can be mended (Ctrl-C stops waiting)",
                            store.display()
                        ));
                    }
                    std::thread::sleep(AGAIN);
                }
                // File systems without locks: the last of two that mend it puts its database in the place.
                Ok(()) | Err(TryLockError::Error(_)) => {
                    return Ok(Some(Self { _file: Some(file) }));
                }
            }
        }
    }
}

fn made(folder: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    options.open(folder.join(LOCKS).join(NAME)).ok()
}
