//! What stands at the place of a run's folder: nothing, this run, another one, or what is left of it.

use super::FORMAT;
use super::error::RunError;
use super::folder::{ANALYSIS, FILES, PARTIAL, SUMMARY, environment, not_a_folder};
use super::store;
use super::summary::Summary;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes read at a time when a file is checked.
const PIECE: usize = 1 << 16;

/// SHA-256 of the files of a folder, by name.
pub type Checksums = BTreeMap<String, Vec<u8>>;

/// What a store knows of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the store knows the run that the folder is of, so that the folder is ours whatever became of it.
    pub is_ours: bool,
    /// The files as they were exported; empty where the store has not seen that.
    pub checksums: Checksums,
}

impl Known {
    /// As much as tells whose a folder is: its other files are not read.
    #[must_use]
    pub fn of_summary(&self) -> Self {
        let checksum = self.checksums.get_key_value(SUMMARY);
        Self {
            is_ours: self.is_ours,
            checksums: checksum
                .map(|(name, sum)| (name.clone(), sum.clone()))
                .into_iter()
                .collect(),
        }
    }
}

/// What stands at the place of a run's folder.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Nothing, or an empty folder.
    Nothing,
    /// A folder of another run, or an incomplete one of this.
    Other,
    /// This run, but not as it was written: each file with what is wrong with it.
    Damaged(Vec<String>),
    /// This run, complete; as it was written, if the store knows how that was.
    Complete(Box<Summary>),
}

/// Looks at the place of a run's folder.
///
/// # Errors
/// A folder (or file) there that is not ours, that is of another format, or that cannot be read.
pub fn look(folder: &Path, hash: &str, known: &Known) -> Result<Found, RunError> {
    let not_ours = |reason: String| RunError::NotOurs {
        path: folder.to_owned(),
        reason,
    };
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        // Where something above it is a file, it is in the way; where it is one itself, the user named it.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && folder.is_file() => {
            return Err(not_ours("it is a file".to_owned()));
        }
        Err(error) => {
            let file = not_a_folder(folder);
            return Err(file.unwrap_or_else(|| environment("read", folder)(error)));
        }
    };
    if entries.next().is_none() {
        return Ok(Found::Nothing);
    }
    let damaged = damaged(folder, &known.checksums);
    let is_ours = known.is_ours || holds_a_store(folder) || is_only_a_run(folder);
    let path = folder.join(SUMMARY);
    let bytes = match fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(_) if is_ours => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(not_ours(format!("it holds files but no {SUMMARY}")));
        }
        Err(error) => return Err(environment("read", &path)(error)),
    };
    match bytes.as_deref().and_then(format_of) {
        None if !is_ours => {
            return Err(not_ours(format!(
                "its {SUMMARY} has no `format` and `beachhead`"
            )));
        }
        // Of another release, unless the store says that this is not what was written.
        Some(format) if damaged.is_empty() && format.as_u64() != Some(u64::from(FORMAT)) => {
            return Err(RunError::OtherFormat {
                path: folder.to_owned(),
                found: format.to_string(),
            });
        }
        _ => {}
    }
    let all_there = FILES.iter().all(|name| folder.join(name).is_file());
    let summary = bytes.and_then(|bytes| Summary::parse(&bytes).ok());
    Ok(match summary {
        Some(summary) if summary.hash != hash => Found::Other,
        _ if !damaged.is_empty() => Found::Damaged(damaged),
        Some(summary) if all_there => Found::Complete(Box::new(summary)),
        _ => Found::Other,
    })
}

/// The files of a folder that are not what was exported, each with what is wrong with it; none where that is not known.
pub(super) fn damaged(folder: &Path, checksums: &Checksums) -> Vec<String> {
    let wrong = |(name, wanted): (&String, &Vec<u8>)| match checksum(&folder.join(name)) {
        Ok(found) if found == *wanted => None,
        Ok(_) => Some(format!("{name} is not what was written")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{name} is missing")),
        Err(error) => Some(format!("{name} cannot be read ({error})")),
    };
    checksums.iter().filter_map(wrong).collect()
}

fn checksum(path: &Path) -> io::Result<Vec<u8>> {
    let mut digest = Sha256::new();
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(digest.finalize().to_vec()),
            size => digest.update(&piece[..size]),
        }
    }
}

/// Whether a folder holds a store and nothing that an export into this folder does not leave there.
fn holds_a_store(folder: &Path) -> bool {
    folder.join(store::FILE).is_file()
        && holds_only(folder, &|name| {
            name.starts_with(store::FILE)
                || [store::LOCKS, PARTIAL, ANALYSIS].contains(&name)
                || FILES.contains(&name)
        })
}

/// Whether a folder holds the files of a run, the summary damaged or missing, and nothing else.
fn is_only_a_run(folder: &Path) -> bool {
    let mut others = FILES.iter().filter(|name| **name != SUMMARY);
    others.all(|name| folder.join(name).is_file())
        && holds_only(folder, &|name| name == ANALYSIS || FILES.contains(&name))
}

fn holds_only(folder: &Path, is_known: &dyn Fn(&str) -> bool) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.all(|entry| entry.file_name().to_str().is_some_and(is_known))
}

/// The format of a summary whose bytes carry the two members that make a folder ours.
fn format_of(bytes: &[u8]) -> Option<serde_json::Value> {
    let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    document.get("beachhead")?;
    document.get("format").cloned()
}
