//! Whether a run is there as a whole, also in a store that cannot be written.

use super::{Done, Request};
use crate::run::RunError;
use crate::run::folder::{self, Found, Known};
use crate::run::store::{Store, Stored};
use beachhead_engine::futures::chunks;
use std::path::{Path, PathBuf};

/// Whether nothing is to be done: all chunks are sound, and the folder is what was exported, or of a run that only the folder has.
pub(super) fn is_there(
    request: &Request<'_>,
    (found, known): (&Found, &Known),
    stored: Option<&Stored>,
) -> bool {
    let is_complete = matches!(found, Found::Complete(_));
    let Some(stored) = stored else {
        return is_complete;
    };
    let count = chunks(request.draws()).len();
    let is_whole = stored.damaged.is_empty() && stored.sound.len() == count;
    let is_asked = !request.wants_analysis() || known.checksums.contains_key(folder::ANALYSIS);
    is_complete && is_whole && is_asked && !known.checksums.is_empty()
}

/// A run in a store that cannot be written: there, or refused with what is there of it.
pub(super) fn only_read(
    request: &Request<'_>,
    folder: &Path,
    path: PathBuf,
) -> Result<Done, RunError> {
    let refused = |holds: String| RunError::StoreReadOnly {
        path: path.clone(),
        holds,
    };
    if request.fresh {
        return Err(refused(String::new()));
    }
    let Some(store) = Store::look(request.root())? else {
        return Err(refused(String::new()));
    };
    let known = request.known(Some(&store))?;
    let found = folder::look(folder, &request.prepared.hash, &known)?;
    let stored = store.find(&request.prepared.hash)?;
    if is_there(request, (&found, &known), stored.as_ref()) {
        return Ok(Done::Stored);
    }
    let parts = store.parts(&request.prepared.hash)?.sound.len();
    let done = stored.map_or(0, |stored| stored.draws_done(request.draws())) + parts;
    Err(refused(match (done == request.draws(), found) {
        (true, Found::Damaged(files)) => format!(
            "; it holds this run, but {} is damaged ({})",
            folder.display(),
            files.join(", ")
        ),
        (true, Found::Complete(_)) => "; it holds this run, but not what is asked of its draws afterwards: `--no-analysis` shows what is there".to_owned(),
        (true, _) => format!(
            "; it holds this run, but {} is not there to be shown",
            folder.display()
        ),
        (false, _) => format!("; it holds {done} of {} draws of this run", request.draws()),
    }))
}
