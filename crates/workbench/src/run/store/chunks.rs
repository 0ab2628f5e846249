//! Runs and chunks in the store: written as they finish, read in part, checked against their checksums.

use super::{Central, Store, is_locked};
use crate::run::draws::chunk::{self, ChunkSource};
use crate::run::{Identity, RunError};
use beachhead_engine::futures::{CHUNK, chunks};
use rusqlite::blob::Blob;
use rusqlite::{Connection, MAIN_DB, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Bytes read at a time when a chunk is checked.
const PIECE: usize = 1 << 20;

/// A run as it is begun.
#[derive(Clone, Copy, Debug)]
pub(in crate::run) struct Entry<'a> {
    /// Hash.
    pub(in crate::run) hash: &'a str,
    /// Name of the scenario.
    pub(in crate::run) scenario: &'a str,
    /// What identifies it besides.
    pub(in crate::run) identity: &'a Identity,
    /// Digest of the names of its columns.
    pub(in crate::run) shape: &'a str,
    /// Their number.
    pub(in crate::run) columns: usize,
}

/// A run in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// Name of the scenario.
    pub scenario: String,
    /// Hash.
    pub hash: String,
    /// What identifies it besides.
    pub identity: Identity,
    /// Draws stored so far.
    pub draws_done: usize,
    /// Whether a process computes it now.
    pub is_running: bool,
}

/// What the store knows of a run.
#[derive(Clone, Debug)]
pub(in crate::run) struct Stored {
    /// Its calibration; `None` if it is damaged.
    pub(in crate::run) central: Option<Central>,
    /// Digest of the names of its columns.
    pub(in crate::run) shape: String,
    /// Their number.
    pub(in crate::run) columns: usize,
    /// Chunks that are there and sound, with their rows.
    pub(in crate::run) sound: BTreeMap<usize, i64>,
    /// Chunks that were there and are not what was written.
    pub(in crate::run) damaged: Vec<usize>,
}

impl Stored {
    /// Draws in its sound chunks, if the run has so many.
    pub(in crate::run) fn draws_done(&self, draws: usize) -> usize {
        let sizes = chunks(draws).enumerate();
        let sound = sizes.filter(|(chunk, _)| self.sound.contains_key(chunk));
        sound.map(|(_, range)| range.len()).sum()
    }
}

impl Store {
    /// All runs, by name and hash.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn runs(&self) -> Result<Vec<StoredRun>, RunError> {
        let mut runs = read_runs(&self.connection()).map_err(self.error("read"))?;
        let folder = self.path.parent().unwrap_or(&self.path);
        for run in &mut runs {
            run.is_running = is_locked(folder, &run.hash);
        }
        Ok(runs)
    }

    /// Looks a run up and checks all its chunks.
    pub(in crate::run) fn find(&self, hash: &str) -> Result<Option<Stored>, RunError> {
        let connection = self.connection();
        let failed = |error| self.error("read")(error);
        let row = connection
            .query_row(
                "SELECT shape, columns, draws, central_checksum, central FROM runs WHERE hash = ?1",
                [hash],
                |row| {
                    let (checksum, central): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
                    let sound = Sha256::digest(&central)[..] == checksum[..];
                    let central = sound.then(|| Central::parse(&central)).flatten();
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, central))
                },
            )
            .optional()
            .map_err(failed)?;
        let Some((shape, columns, draws, central)) = row else {
            return Ok(None);
        };
        let (columns, draws): (usize, usize) = (columns, draws);
        let mut stored = Stored {
            central,
            shape,
            columns,
            sound: BTreeMap::new(),
            damaged: Vec::new(),
        };
        for (position, id, checksum) in rows(&connection, hash).map_err(failed)? {
            let range = chunks(draws).nth(position);
            let of_chunk = range.map_or(0, |range| range.len());
            match is_sound(&connection, id, &checksum, of_chunk, columns) {
                Ok(true) => {
                    stored.sound.insert(position, id);
                }
                Ok(false) => stored.damaged.push(position),
                Err(error) if is_damage(&error) => stored.damaged.push(position),
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(Some(stored))
    }

    /// Enters a run, or its calibration anew if it is there.
    pub(in crate::run) fn begin(
        &self,
        entry: Entry<'_>,
        central: &Central,
    ) -> Result<(), RunError> {
        enter(&self.connection(), entry, central).map_err(self.error("write"))
    }

    /// Enters a run in place of all that was stored of it: the old one is there as a whole until the new one is.
    pub(in crate::run) fn begin_anew(
        &self,
        entry: Entry<'_>,
        central: &Central,
    ) -> Result<(), RunError> {
        let mut connection = self.connection();
        let replace = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            remove_all(&change, entry.hash)?;
            enter(&change, entry, central)?;
            change.commit()
        };
        replace(&mut connection).map_err(self.error("write"))
    }

    /// Stores a chunk, in whose place its draws go. It is there as a whole or not at all. Returns its row.
    pub(in crate::run) fn put(
        &self,
        hash: &str,
        position: usize,
        bytes: &[u8],
    ) -> Result<i64, RunError> {
        let checksum = Sha256::digest(bytes);
        let mut connection = self.connection();
        let put = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute(
                "INSERT INTO chunks (run, position, checksum, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (run, position) DO UPDATE SET checksum = ?3, bytes = ?4",
                params![hash, position, checksum.as_slice(), bytes],
            )?;
            change.execute(
                "DELETE FROM draws WHERE run = ?1 AND draw >= ?2 AND draw < ?3",
                params![hash, position * CHUNK, (position + 1) * CHUNK],
            )?;
            let id = change.query_row(
                "SELECT id FROM chunks WHERE run = ?1 AND position = ?2",
                params![hash, position],
                |row| row.get(0),
            )?;
            change.commit()?;
            Ok(id)
        };
        put(&mut connection).map_err(self.error("write"))
    }

    /// Removes chunks that are to be computed again.
    pub(in crate::run) fn drop_chunks(
        &self,
        hash: &str,
        positions: &[usize],
    ) -> Result<(), RunError> {
        let mut connection = self.connection();
        let remove = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for position in positions {
                change.execute(
                    "DELETE FROM chunks WHERE run = ?1 AND position = ?2",
                    params![hash, position],
                )?;
            }
            change.commit()
        };
        remove(&mut connection).map_err(self.error("write"))
    }

    /// Removes all of a run.
    pub(in crate::run) fn forget(&self, hash: &str) -> Result<(), RunError> {
        let mut connection = self.connection();
        let remove = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            remove_all(&change, hash)?;
            change.commit()
        };
        remove(&mut connection).map_err(self.error("write"))
    }
}

fn enter(connection: &Connection, entry: Entry<'_>, central: &Central) -> rusqlite::Result<()> {
    let identity = entry.identity;
    let bytes = central.bytes();
    let entered = connection.execute(
        "INSERT INTO runs (hash, scenario, seed, draws, months, plans, shape, columns, central_checksum, central)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (hash) DO UPDATE SET shape = ?7, columns = ?8, central_checksum = ?9, central = ?10",
        params![
            entry.hash,
            entry.scenario,
            identity.seed.to_string(),
            identity.draws,
            identity.months,
            identity.plans.join(" "),
            entry.shape,
            entry.columns,
            Sha256::digest(&bytes).as_slice(),
            bytes,
        ],
    );
    entered.map(|_| ())
}

fn remove_all(connection: &Connection, hash: &str) -> rusqlite::Result<()> {
    for table in ["chunks", "draws", "answers", "exports"] {
        connection.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [hash])?;
    }
    connection.execute("DELETE FROM runs WHERE hash = ?1", [hash])?;
    Ok(())
}

fn read_runs(connection: &Connection) -> rusqlite::Result<Vec<StoredRun>> {
    let mut runs = connection.prepare(
        "SELECT hash, scenario, seed, draws, months, plans FROM runs ORDER BY scenario, hash",
    )?;
    let mut positions = connection.prepare("SELECT position FROM chunks WHERE run = ?1")?;
    let mut parts = connection.prepare("SELECT count(*) FROM draws WHERE run = ?1")?;
    let mut list = Vec::new();
    let mut rows = runs.query([])?;
    while let Some(row) = rows.next()? {
        let (hash, seed, plans): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(5)?);
        let draws: usize = row.get(3)?;
        // Draws stored apart are of chunks that are not there.
        let mut draws_done: usize = parts.query_row([&hash], |row| row.get(0))?;
        for position in positions.query_map([&hash], |row| row.get::<_, usize>(0))? {
            let range = chunks(draws).nth(position?);
            draws_done += range.map_or(0, |range| range.len());
        }
        list.push(StoredRun {
            hash,
            scenario: row.get(1)?,
            identity: Identity {
                seed: seed.parse().unwrap_or_default(),
                draws,
                months: row.get(4)?,
                plans: plans.split_whitespace().map(str::to_owned).collect(),
            },
            draws_done,
            is_running: false,
        });
    }
    Ok(list)
}

/// Position, row and checksum of each chunk of a run.
fn rows(connection: &Connection, hash: &str) -> rusqlite::Result<Vec<(usize, i64, Vec<u8>)>> {
    let mut statement = connection
        .prepare("SELECT position, id, checksum FROM chunks WHERE run = ?1 ORDER BY position")?;
    let rows = statement.query_map([hash], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn open_blob(connection: &Connection, id: i64) -> rusqlite::Result<Blob<'_>> {
    connection.blob_open(MAIN_DB, "chunks", "bytes", id, true)
}

/// Whether a chunk is what was written, and laid out for so many draws and columns.
fn is_sound(
    connection: &Connection,
    id: i64,
    checksum: &[u8],
    draws: usize,
    columns: usize,
) -> rusqlite::Result<bool> {
    let blob = open_blob(connection, id)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE.min(blob.len())];
    let mut at = 0;
    let mut fits = false;
    while at < blob.len() {
        let size = PIECE.min(blob.len() - at);
        let part = &mut piece[..size];
        blob.read_at_exact(part, at)?;
        if at == 0 {
            fits = chunk::fits(part, blob.len(), draws, columns);
        }
        digest.update(&*part);
        at += size;
    }
    Ok(fits && digest.finalize()[..] == *checksum)
}

/// Whether an error says that the file is not what was written.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::SystemIoFailure)
    ) || matches!(
        error,
        rusqlite::Error::BlobSizeError | rusqlite::Error::InvalidColumnType(..)
    )
}

/// The chunks of a run in the store, read in part.
pub(in crate::run) struct InStore<'a> {
    /// The store.
    pub(in crate::run) store: &'a Store,
    /// Rows of the chunks, by position.
    pub(in crate::run) rows: &'a BTreeMap<usize, i64>,
}

impl InStore<'_> {
    fn with_blob<T>(
        &self,
        chunk: usize,
        read: impl FnOnce(&Blob<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, RunError> {
        let row = self.rows.get(&chunk).copied();
        let row = row.ok_or_else(|| RunError::Fault(format!("chunk {chunk} is not stored")))?;
        let connection = self.store.connection();
        open_blob(&connection, row)
            .and_then(|blob| read(&blob))
            .map_err(self.store.error("read"))
    }
}

impl ChunkSource for InStore<'_> {
    fn read(&self, chunk: usize, from: usize, bytes: &mut [u8]) -> Result<(), RunError> {
        self.with_blob(chunk, |blob| blob.read_at_exact(bytes, from))
    }

    fn length(&self, chunk: usize) -> Result<usize, RunError> {
        self.with_blob(chunk, |blob| Ok(blob.len()))
    }
}
