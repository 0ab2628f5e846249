//! From the chunks of a stored run to its folder, and whether that is still as it was written.

use super::analysis::Analysis;
use super::draws::assemble;
use super::draws::chunk::Chunks;
use super::draws::shape::Shape;
use super::folder::{self, Known};
use super::job::ComputeError;
use super::output::RunOutput;
use super::prepare;
use super::session::{Place, Request, SessionError};
use super::store::{Central, InStore, Store};
use super::{RunError, artefacts};
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;

impl Request<'_> {
    /// Whether the store lies in the run's folder.
    fn is_exact(&self) -> bool {
        matches!(self.place, Place::Exactly(_))
    }

    /// What the store, if there is one, knows of the run's folder.
    pub(super) fn known(&self, store: Option<&Store>) -> Result<Known, RunError> {
        let known = store.map(|store| store.known(&self.prepared.hash, self.is_exact()));
        Ok(known.transpose()?.unwrap_or_default())
    }

    /// Reads the chunks a second time and writes the folder, of which so much was known.
    pub(super) fn export(
        &self,
        (folder, known): (&Path, &Known),
        pool: &ThreadPool,
        shape: &Shape,
        central: Central,
        (store, rows): (&Store, &BTreeMap<usize, i64>),
        analysis: Option<Analysis>,
    ) -> Result<(), SessionError> {
        let source = InStore { store, rows };
        let draws = self.prepared.identity.draws;
        let chunks = Chunks {
            draws,
            columns: shape.columns(),
            source: &source,
        };
        let mut output = prepare::frame(self.loaded, self.prepared);
        output.calibration = central.rows;
        output.calibration_notes = central.notes;
        output.analysis = analysis;
        let counted = pool.install(|| assemble::fill(&mut output, shape, chunks))?;
        if counted == 0 {
            return Err(SessionError::Compute(no_draw(&output)));
        }
        let hash = &self.prepared.hash;
        let artefacts = artefacts(&output, hash, shape, chunks)?;
        if self.options.cancel.load(Ordering::Relaxed) {
            return Err(SessionError::Interrupted { done: draws, draws });
        }
        let checksums = match self.place {
            Place::Below(_) => folder::write(folder, hash, &artefacts, known, true)?,
            Place::Exactly(_) => folder::write_exact(folder, hash, &artefacts, known)?,
        };
        store.exported(hash, self.is_exact(), &checksums)?;
        Ok(())
    }
}

/// All draws failed: what the first one says is what is wrong.
fn no_draw(output: &RunOutput) -> ComputeError {
    let failed = output
        .issues
        .iter()
        .filter(|issue| issue.code == "draw_failed");
    let texts = failed.map(|issue| format!("no draw has a result: {}", issue.text));
    ComputeError::Input(texts.collect())
}
