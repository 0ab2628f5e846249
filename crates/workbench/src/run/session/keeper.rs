//! Where a session keeps what threads finish.

use crate::run::RunError;
use crate::run::draws::work::Keep;
use crate::run::store::Store;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Stores what threads finish.
pub(super) struct Keeper<'a> {
    pub(super) store: &'a Store,
    pub(super) hash: &'a str,
    /// Rows of the chunks stored by now.
    pub(super) rows: Mutex<BTreeMap<usize, i64>>,
}

impl Keep for Keeper<'_> {
    fn chunk(&self, chunk: usize, bytes: &[u8]) -> Result<(), RunError> {
        let row = self.store.put(self.hash, chunk, bytes)?;
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.insert(chunk, row);
        Ok(())
    }

    fn draws(&self, draws: &[(usize, Vec<u8>)]) -> Result<(), RunError> {
        self.store.put_draws(self.hash, draws)
    }
}
