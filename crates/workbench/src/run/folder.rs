//! The folder of a run: found complete, written beside its place and renamed, never half there.

use super::FORMAT;
use super::summary::Summary;
use crate::reader::is_name;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Summary of outcomes; its presence makes a folder ours.
pub const SUMMARY: &str = "summary.json";
/// Outcomes by plan and draw.
pub const DRAWS: &str = "draws.parquet";
/// Series by plan and month.
pub const SERIES: &str = "series.parquet";
/// The resolved scenario.
pub const SCENARIO: &str = "scenario.json";
/// The report.
pub const REPORT: &str = "report.html";

/// All files of a complete folder.
pub const FILES: [&str; 5] = [SUMMARY, DRAWS, SERIES, SCENARIO, REPORT];

/// Held locked in the unfinished folder by the process that writes it.
const MARK: &str = ".writing";

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
    /// The program is wrong.
    #[error("a fault in this program, please report it: {0}")]
    Fault(String),
}

impl RunError {
    /// Whether the user can mend it by asking for something else.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Self::NotOurs { .. } | Self::OtherFormat { .. } | Self::Name { .. }
        )
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Name in the folder.
    pub name: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Artefact {
    /// A file with a content.
    pub fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        Self { name, bytes }
    }
}

/// What stands at the place of a run's folder.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Nothing, or an empty folder.
    Nothing,
    /// A folder of another run, or an incomplete one of this.
    Other,
    /// This run, complete.
    Complete(Box<Summary>),
}

/// `<root>/<name>-<hash>`.
///
/// # Errors
/// A name that is more than a name: the folder would not lie in `root`.
pub fn place(root: &Path, name: &str, hash: &str) -> Result<PathBuf, RunError> {
    if is_name(name) {
        Ok(root.join(format!("{name}-{hash}")))
    } else {
        Err(RunError::Name {
            name: name.to_owned(),
        })
    }
}

/// Looks at the place of a run's folder.
///
/// # Errors
/// A folder (or file) there that is not ours, that is of another format, or that cannot be read.
pub fn look(folder: &Path, hash: &str) -> Result<Found, RunError> {
    let not_ours = |reason: String| RunError::NotOurs {
        path: folder.to_owned(),
        reason,
    };
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(not_ours("it is a file".to_owned()));
        }
        Err(error) => return Err(environment("read", folder)(error)),
    };
    if entries.next().is_none() {
        return Ok(Found::Nothing);
    }
    let path = folder.join(SUMMARY);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(not_ours(format!("it holds files but no {SUMMARY}")));
        }
        Err(error) => return Err(environment("read", &path)(error)),
    };
    let Some(format) = format_of(&bytes) else {
        return Err(not_ours(format!(
            "its {SUMMARY} has no `format` and `beachhead`"
        )));
    };
    if format.as_u64() != Some(u64::from(FORMAT)) {
        return Err(RunError::OtherFormat {
            path: folder.to_owned(),
            found: format.to_string(),
        });
    }
    let all_there = FILES.iter().all(|name| folder.join(name).is_file());
    match Summary::parse(&bytes) {
        Ok(summary) if summary.hash == hash && all_there => Ok(Found::Complete(Box::new(summary))),
        _ => Ok(Found::Other),
    }
}

/// The format of a summary whose bytes carry the two members that make a folder ours.
fn format_of(bytes: &[u8]) -> Option<serde_json::Value> {
    let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    document.get("beachhead")?;
    document.get("format").cloned()
}

/// Writes a run's folder: all files beside it in `<folder>.partial`, then one rename.
///
/// What else lay in a folder of ours that is replaced stays in it. If another process finished the
/// same run meanwhile, its folder stays (unless `fresh`).
///
/// # Errors
/// A full disk or missing rights; nothing that looks complete is left then.
pub fn write(
    folder: &Path,
    hash: &str,
    artefacts: &[Artefact],
    fresh: bool,
) -> Result<(), RunError> {
    write_with(folder, hash, artefacts, fresh, &write_file)
}

/// How a file gets its bytes; tests give one that fails.
pub(super) type WriteFile<'a> = &'a dyn Fn(&Path, &[u8]) -> io::Result<()>;

pub(super) fn write_with(
    folder: &Path,
    hash: &str,
    artefacts: &[Artefact],
    fresh: bool,
    write_file: WriteFile<'_>,
) -> Result<(), RunError> {
    // Through links and dots to the folder itself, so that it has a name and a parent.
    let resolved = if folder.exists() {
        fs::canonicalize(folder).map_err(environment("read", folder))?
    } else {
        folder.to_owned()
    };
    let folder = resolved.as_path();
    // What is not ours, or of another release, is never replaced, whoever asks.
    look(folder, hash)?;
    let partial = beside(folder, "partial");
    if let Some(parent) = folder
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        fs::create_dir_all(parent).map_err(environment("create", parent))?;
    }
    let mark = claim(&partial)?;
    // Another process may have finished the same run while this one waited for the mark.
    let done = !fresh && matches!(look(folder, hash)?, Found::Complete(_));
    let written = if done {
        Ok(())
    } else {
        fill(&partial, artefacts, write_file)
    };
    let placed = match written {
        Ok(()) if !done => replace(folder, &partial),
        other => other,
    };
    if placed.is_err() || done {
        // Best effort: what cannot be removed is called `.partial` and is cleared by the next run.
        let _ = fs::remove_dir_all(&partial);
    } else {
        let _ = fs::remove_file(folder.join(MARK));
    }
    drop(mark);
    placed
}

/// Makes the unfinished folder empty and ours, waiting for a process that is writing it now.
fn claim(partial: &Path) -> Result<File, RunError> {
    let mark_path = partial.join(MARK);
    if partial.exists() && !mark_path.exists() && !is_empty(partial) {
        let reason = "it was not left by an interrupted run".to_owned();
        return Err(RunError::NotOurs {
            path: partial.to_owned(),
            reason,
        });
    }
    fs::create_dir_all(partial).map_err(environment("create", partial))?;
    let mark = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&mark_path)
        .map_err(environment("create", &mark_path))?;
    // File systems without locks: two processes at once are then not kept apart.
    let _ = mark.lock();
    if !mark_path.exists() {
        // The other process finished and renamed the folder away: start one of our own.
        return claim(partial);
    }
    for entry in fs::read_dir(partial)
        .map_err(environment("read", partial))?
        .flatten()
    {
        if entry.file_name() != MARK {
            let path = entry.path();
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(environment("remove", &path))?;
        }
    }
    Ok(mark)
}

fn fill(partial: &Path, artefacts: &[Artefact], write_file: WriteFile<'_>) -> Result<(), RunError> {
    // The summary comes last: without it a folder is not ours, let alone complete.
    let (last, first): (Vec<&Artefact>, _) = artefacts
        .iter()
        .partition(|artefact| artefact.name == SUMMARY);
    for artefact in first.into_iter().chain(last) {
        let path = partial.join(artefact.name);
        write_file(&path, &artefact.bytes).map_err(environment("write", &path))?;
    }
    Ok(())
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Puts the finished folder in its place. An earlier one of ours steps aside first, and its foreign
/// files move over.
fn replace(folder: &Path, partial: &Path) -> Result<(), RunError> {
    if is_empty(folder) {
        fs::remove_dir(folder).map_err(environment("replace", folder))?;
    }
    if !folder.exists() {
        return fs::rename(partial, folder).map_err(environment("rename to", folder));
    }
    let old = beside(folder, "old.partial");
    fs::rename(folder, &old).map_err(environment("rename", folder))?;
    if let Err(error) = fs::rename(partial, folder) {
        let _ = fs::rename(&old, folder);
        return Err(environment("rename to", folder)(error));
    }
    for entry in fs::read_dir(&old)
        .map_err(environment("read", &old))?
        .flatten()
    {
        let (path, name) = (entry.path(), entry.file_name());
        if !FILES.iter().any(|known| name == *known) {
            fs::rename(&path, folder.join(&name)).map_err(environment("move", &path))?;
        }
    }
    fs::remove_dir_all(&old).map_err(environment("remove", &old))
}

/// A run that lies in a folder of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its folder.
    pub folder: PathBuf,
    /// Its summary.
    pub summary: Summary,
}

/// Complete runs below `root`, by the name of their folder. A root that does not exist has none.
///
/// # Errors
/// A root that cannot be read.
pub fn list(root: &Path) -> Result<Vec<Listed>, RunError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(environment("read", root)(error)),
    };
    let mut listed: Vec<Listed> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| folder.extension().is_none_or(|ending| ending != "partial"))
        .filter(|folder| FILES.iter().all(|name| folder.join(name).is_file()))
        .filter_map(|folder| {
            let summary = Summary::parse(&fs::read(folder.join(SUMMARY)).ok()?).ok()?;
            Some(Listed { folder, summary })
        })
        .collect();
    listed.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(listed)
}

/// The bytes of a file of a complete folder.
///
/// # Errors
/// A file that cannot be read.
pub fn read(folder: &Path, name: &str) -> Result<Vec<u8>, RunError> {
    let path = folder.join(name);
    fs::read(&path).map_err(environment("read", &path))
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    folder.with_file_name(name)
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn environment(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_owned();
    move |source| RunError::Environment {
        action,
        path,
        source,
    }
}
