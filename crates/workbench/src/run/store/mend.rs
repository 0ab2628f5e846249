//! A damaged database: what is sound in it goes into a new one in its place, the damaged one stays under another name.
//!
//! Nothing is written into the damaged file. A copy gets a header that can be read, rows are read out of it one by one and
//! checked against their checksums, and the new database takes the place of the old one by a rename when it is whole. Killed
//! in between, the damaged one is still in its place.

use super::open::make;
use super::salvage::{ANSWERS, CHUNKS, DRAWS, OfRun, Salvage, salvage};
use super::{FILE, Hold, patch};
use crate::run::RunError;
use crate::run::folder::environment;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// How sure it is that a store is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Doubt {
    /// A page or a row was not what was written: the whole is looked at first, as another process may have mended it.
    Some,
    /// It was looked at before, and is damaged where that does not show.
    None,
}

/// What SQLite puts beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Mends the store in a folder; what was saved and what is lost is said. Waits for other processes that use it; false if
/// `cancel` came first.
///
/// # Errors
/// A folder that cannot be written, a full disk: the damaged store is then still in its place.
pub(in crate::run) fn mend(
    folder: &Path,
    doubt: Doubt,
    cancel: &AtomicBool,
    say: &dyn Fn(&str),
) -> Result<bool, RunError> {
    let path = folder.join(FILE);
    let Some(_alone) = Hold::alone(folder, &path, cancel, say)? else {
        return Ok(false);
    };
    if !path.is_file() || (doubt == Doubt::Some && is_sound(&path)) {
        return Ok(true);
    }
    let new = with(&path, ".mending");
    let copy = with(&path, ".mending-from");
    let clear = || {
        for file in [&new, &copy] {
            // Best effort: what stays is cleared when a store is mended again.
            let _ = fs::remove_file(file);
            remove_beside(file);
        }
    };
    clear();
    let saved = save(&path, &new, &copy);
    let kept = saved.and_then(|saved| Ok((saved, replace(&path, &new)?)));
    clear();
    let (saved, kept) = kept?;
    for text in words(&path, &kept, &saved) {
        say(&text);
    }
    Ok(true)
}

/// Whether SQLite finds nothing wrong with a database.
fn is_sound(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let looked = Connection::open_with_flags(path, flags).and_then(|connection| {
        let wrong: String =
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(wrong == "ok")
    });
    looked.unwrap_or(false)
}

/// Takes what is sound over into a new database.
fn save(path: &Path, new: &Path, copy: &Path) -> Result<Salvage, RunError> {
    let wrote = |source| RunError::Store {
        action: "mend",
        path: path.to_owned(),
        source,
    };
    let mut into = Connection::open(new).map_err(wrote)?;
    make(&mut into).map_err(wrote)?;
    let sound = patch::first_page(new).map_err(environment("read", new))?;
    fs::copy(path, copy).map_err(environment("copy", path))?;
    let log = with(path, "-wal");
    if log.is_file() {
        fs::copy(&log, with(copy, "-wal")).map_err(environment("copy", &log))?;
    }
    let wanted = patch::listed(&into).map_err(wrote)?;
    patch::header(copy, &sound).map_err(environment("write", copy))?;
    let listed = Connection::open(copy).and_then(|from| patch::listed(&from));
    if listed.ok() != Some(wanted) {
        patch::tables(copy, &sound).map_err(environment("write", copy))?;
    }
    let from = Connection::open(copy).map_err(wrote)?;
    let saved = salvage(&from, &mut into).map_err(wrote)?;
    into.close().map_err(|(_, source)| wrote(source))?;
    let synced = File::open(new).and_then(|file| file.sync_all());
    synced.map_err(environment("write", new))?;
    Ok(saved)
}

/// Puts the new database in the place of the damaged one, which gets the name that comes back.
fn replace(path: &Path, new: &Path) -> Result<PathBuf, RunError> {
    let mut kept = with(path, ".damaged");
    for number in 2.. {
        if !kept.exists() {
            break;
        }
        kept = with(path, &format!(".damaged-{number}"));
    }
    // Both names at once, so that there is a database in its place at every moment; not all file systems can.
    if fs::hard_link(path, &kept).is_err() {
        fs::copy(path, &kept).map_err(environment("copy", path))?;
    }
    let log = with(path, "-wal");
    if log.is_file() {
        let of_kept = with(&kept, "-wal");
        fs::rename(&log, &of_kept).map_err(environment("rename", &log))?;
    }
    // A log of the old database must not be taken for one of the new.
    remove_beside(path);
    fs::rename(new, path).map_err(environment("replace", path))?;
    Ok(kept)
}

fn remove_beside(path: &Path) {
    for ending in BESIDE {
        let _ = fs::remove_file(with(path, ending));
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// What people should know.
fn words(path: &Path, kept: &Path, saved: &Salvage) -> Vec<String> {
    let whole = saved.runs.values().filter(|run| run.entry).count();
    let of = |table: &str| {
        let runs = saved.runs.values();
        runs.filter_map(|run| Some(run.saved.get(table)?.len()))
            .sum::<usize>()
    };
    let mut texts = vec![format!(
        "{} was damaged: {}, {} and {} are what was written and go on in a new store; the damaged one is kept as {} and may \
         be removed",
        path.display(),
        counted(whole, "run"),
        counted(of(CHUNKS), "chunk"),
        counted(of(DRAWS), "single draw"),
        kept.display()
    )];
    for (hash, run) in &saved.runs {
        texts.extend(lost(run).map(|what| {
            format!("lost of run {hash}: {what}; computed again when the run is asked for")
        }));
    }
    if saved.is_untold {
        texts.push(
            "parts of the damaged store cannot be read, so more may be lost than is named: what a run misses is computed again \
             when it is asked for"
                .to_owned(),
        );
    }
    texts
}

/// What is lost of a run, if anything is.
fn lost(run: &OfRun) -> Option<String> {
    if !run.entry {
        return Some("all of it".to_owned());
    }
    let names = [
        (CHUNKS, "chunks"),
        (DRAWS, "draws"),
        (ANSWERS, "of its analysis"),
    ];
    let parts = names.iter().filter_map(|(table, name)| {
        let mut keys: Vec<&str> = run.lost.get(table)?.iter().map(String::as_str).collect();
        keys.sort_by_key(|key| key.parse::<u64>().unwrap_or(u64::MAX));
        Some(format!("{name} {}", keys.join(", ")))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
