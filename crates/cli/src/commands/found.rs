//! Which run is meant: by its folder, or its name or hash in the folder of runs.

use super::RUNS;
use crate::failure::Failure;
use beachhead_workbench::run::folder::{self, SUMMARY};
use std::path::{Path, PathBuf};

/// The folder that is meant: itself, or the one in the folder of runs with this name or (the beginning of) this hash.
pub(super) fn found(named: &Path) -> Result<PathBuf, Failure> {
    if named.join(SUMMARY).is_file() {
        return Ok(named.to_owned());
    }
    let asked = named.to_string_lossy();
    let listed = folder::list(Path::new(RUNS))?;
    let meant = |run: &&folder::Listed| {
        let name = run.folder.file_name().unwrap_or_default().to_string_lossy();
        !asked.is_empty() && (run.summary.hash.starts_with(&*asked) || name == asked)
    };
    let mut all = listed.iter().filter(meant);
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one.folder.clone()),
        (Some(one), Some(other)) => Err(Failure::Input(format!(
            "{asked} could be {} or {}\n  give more digits of the hash, or the folder",
            one.folder.display(),
            other.folder.display()
        ))),
        _ => Err(Failure::Input(format!(
            "{asked} is no complete run\n  expected its folder, or its name or hash in {RUNS}; `beachhead runs` lists them"
        ))),
    }
}
