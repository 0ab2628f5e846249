//! Draws that were finished before their chunk was: stored one by one, so that an interruption loses little of a long chunk.

use super::{Store, checksum};
use crate::run::RunError;
use crate::run::draws::draw::DrawRecord;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Row, TransactionBehavior, params};
use std::collections::BTreeMap;

/// Draws that wait for the others of their chunk.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Parts {
    /// Those that are sound, by number.
    pub(in crate::run) sound: BTreeMap<usize, DrawRecord>,
    /// Those that are not what was written.
    pub(in crate::run) damaged: Vec<usize>,
}

impl Store {
    /// Stores draws of chunks that are not complete yet, all or none of them.
    pub(in crate::run) fn put_draws(
        &self,
        hash: &str,
        draws: &[(usize, Vec<u8>)],
    ) -> Result<(), RunError> {
        let mut connection = self.connection();
        let put = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (draw, bytes) in draws {
                change.execute(
                    "INSERT INTO draws (run, draw, checksum, bytes) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (run, draw) DO UPDATE SET checksum = ?3, bytes = ?4",
                    params![hash, draw, checksum_of(hash, *draw, bytes), bytes],
                )?;
            }
            change.commit()
        };
        put(&mut connection).map_err(self.error("write"))
    }

    /// The draws of a run that are stored apart from chunks.
    pub(in crate::run) fn parts(&self, hash: &str) -> Result<Parts, RunError> {
        read(&self.connection(), hash).map_err(self.error("read"))
    }
}

fn read(connection: &Connection, hash: &str) -> rusqlite::Result<Parts> {
    let mut parts = Parts::default();
    let mut statement = connection
        .prepare("SELECT draw, checksum, bytes FROM draws WHERE run = ?1 ORDER BY draw")?;
    let mut rows = statement.query([hash])?;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(parts),
            // A disk that cannot be read hides this draw and those behind it.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                return Ok(parts);
            }
            Err(error) => return Err(error),
        };
        let draw = row.get(0)?;
        match sound(row, hash, draw)? {
            Some(record) => {
                parts.sound.insert(draw, record);
            }
            None => parts.damaged.push(draw),
        }
    }
}

/// The checksum of a draw.
pub(super) fn checksum_of(hash: &str, draw: usize, bytes: &[u8]) -> Vec<u8> {
    checksum::of("draws", hash, &draw.to_string(), bytes)
}

/// The draw in a row, if it is what was written.
fn sound(row: &Row<'_>, hash: &str, draw: usize) -> rusqlite::Result<Option<DrawRecord>> {
    let (ValueRef::Blob(checksum), ValueRef::Blob(bytes)) = (row.get_ref(1)?, row.get_ref(2)?)
    else {
        return Ok(None);
    };
    let is_sound = checksum_of(hash, draw, bytes) == checksum;
    Ok(is_sound.then(|| DrawRecord::parse(bytes)).flatten())
}
