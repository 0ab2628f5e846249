//! What a session finds stored of a run: what is damaged is named, and removed to be computed again.

use super::{Session, SessionError};
use crate::run::draws::draw::DrawRecord;
use crate::run::draws::shape::Shape;
use crate::run::store::{Central, Stored};
use beachhead_engine::futures::chunks;
use std::collections::BTreeMap;

/// What is stored of a run and can be used.
#[derive(Debug, Default)]
pub(super) struct There {
    /// Rows of chunks.
    pub(super) rows: BTreeMap<usize, i64>,
    /// The calibration.
    pub(super) central: Option<Central>,
    /// Draws of chunks that are not complete.
    pub(super) parts: BTreeMap<usize, DrawRecord>,
    /// Digest of the names of the columns of both, as their entry says.
    pub(super) shape: Option<String>,
}

impl Session<'_> {
    /// Sound chunks and draws of the right shape, and the calibration kept with them. What is damaged is named and removed.
    pub(super) fn what_is_there(&self, stored: Option<Stored>) -> Result<There, SessionError> {
        let hash = &self.request.prepared.hash;
        let Some(stored) = stored else {
            return Ok(There::default());
        };
        let (scenario, plans) = (&self.request.loaded.scenario, self.request.options.plans);
        let shape = |central: &Central| Shape::new(scenario, plans, central.targets()).digest();
        let same = stored
            .central
            .as_ref()
            .map(|central| shape(central) == stored.shape);
        if same == Some(false) {
            (self.say)(
                "what is stored of this run has other outcomes or series; it is computed again",
            );
            self.store.forget(hash)?;
            return Ok(There::default());
        }
        if stored.central.is_none() {
            (self.say)(&format!(
                "the calibration of run {hash} in {} is damaged; it is computed again",
                self.store.path().display()
            ));
        }
        for chunk in &stored.damaged {
            let draws = chunks(self.request.draws()).nth(*chunk).unwrap_or_default();
            (self.say)(&format!(
                "chunk {chunk} of run {hash} (draws {} to {}) in {} is damaged; it is computed again",
                draws.start,
                draws.end.saturating_sub(1),
                self.store.path().display()
            ));
        }
        let parts = self.store.parts(hash)?;
        let damaged = stored.damaged.len() + parts.damaged.len();
        if damaged > 0 || stored.central.is_none() {
            // Where one thing is not what was written, others may be, and writing on would spread it.
            self.store.check_pages()?;
        }
        self.store.drop_chunks(hash, &stored.damaged)?;
        for draw in &parts.damaged {
            (self.say)(&format!(
                "draw {draw} of run {hash} in {} is damaged; it is computed again",
                self.store.path().display()
            ));
        }
        let columns = stored.columns;
        let mut sound = parts.sound;
        sound.retain(|_, record| record.columns.len() == columns);
        Ok(There {
            rows: stored.sound,
            central: stored.central,
            parts: sound,
            shape: Some(stored.shape),
        })
    }
}
