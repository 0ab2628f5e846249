//! Runs and chunks in the store: written as they finish, read in part, checked against their checksums.

use super::entry::EntryRow;
use super::open::is_misread;
use super::{Central, Store, checksum, is_locked};
use crate::run::draws::chunk::{self, ChunkSource};
use crate::run::{Identity, RunError};
use beachhead_engine::futures::{CHUNK, chunks};
use rusqlite::blob::Blob;
use rusqlite::{Connection, MAIN_DB, OptionalExtension, TransactionBehavior, params};
use sha2::Digest;
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
                &format!("SELECT {} FROM runs WHERE hash = ?1", EntryRow::COLUMNS),
                [hash],
                EntryRow::read,
            )
            .optional()
            .map_err(failed)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let (columns, draws) = (row.columns, row.draws);
        let central = row.is_sound().then(|| Central::parse(&row.central));
        let mut stored = Stored {
            central: central.flatten(),
            shape: row.shape,
            columns,
            sound: BTreeMap::new(),
            damaged: Vec::new(),
        };
        for (position, id) in rows(&connection, hash).map_err(failed)? {
            let layout = (size(draws, position), columns);
            match is_sound(&connection, (hash, position, id), layout) {
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

    /// Looks once more at chunks that are about to be read in part: they are what was written.
    ///
    /// # Errors
    /// A chunk that is not: pages of the database were not what they seemed when it was written.
    pub(in crate::run) fn verify(
        &self,
        hash: &str,
        rows: &BTreeMap<usize, i64>,
        (draws, columns): (usize, usize),
    ) -> Result<(), RunError> {
        for (&position, &id) in rows {
            let connection = self.connection();
            let layout = (size(draws, position), columns);
            let sound = is_sound(&connection, (hash, position, id), layout);
            if !sound.map_err(self.error("read"))? {
                return Err(RunError::StoreDamaged {
                    path: self.path.clone(),
                });
            }
        }
        Ok(())
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
        let checksum = checksum_of(hash, position, bytes);
        let mut connection = self.connection();
        let put = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute(
                "INSERT INTO chunks (run, position, checksum, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (run, position) DO UPDATE SET checksum = ?3, bytes = ?4",
                params![hash, position, checksum, bytes],
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
    let mut row = EntryRow {
        hash: entry.hash.to_owned(),
        scenario: entry.scenario.to_owned(),
        seed: identity.seed.to_string(),
        draws: identity.draws,
        months: identity.months,
        plans: identity.plans.join(" "),
        shape: entry.shape.to_owned(),
        columns: entry.columns,
        checksum: Vec::new(),
        central: central.bytes(),
    };
    row.checksum = row.checksum_wanted();
    row.insert(
        connection,
        "ON CONFLICT (hash) DO UPDATE SET scenario = ?2, seed = ?3, draws = ?4, months = ?5, plans = ?6, shape = ?7,
         columns = ?8, central_checksum = ?9, central = ?10",
    )
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
            draws_done += size(draws, position?);
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

/// Draws of a chunk of a run; none where the run has no such chunk, whatever a damaged number says.
fn size(draws: usize, position: usize) -> usize {
    let start = position.saturating_mul(CHUNK);
    CHUNK.min(draws.saturating_sub(start))
}

/// Position and row of each chunk of a run.
fn rows(connection: &Connection, hash: &str) -> rusqlite::Result<Vec<(usize, i64)>> {
    let mut statement =
        connection.prepare("SELECT position, id FROM chunks WHERE run = ?1 ORDER BY position")?;
    let rows = statement.query_map([hash], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The checksum of a chunk.
pub(super) fn checksum_of(hash: &str, position: usize, bytes: &[u8]) -> Vec<u8> {
    checksum::of("chunks", hash, &position.to_string(), bytes)
}

fn open_blob(connection: &Connection, id: i64) -> rusqlite::Result<Blob<'_>> {
    connection.blob_open(MAIN_DB, "chunks", "bytes", id, true)
}

/// Whether a chunk is what was written in its place, and laid out for so many draws and columns.
fn is_sound(
    connection: &Connection,
    (hash, position, id): (&str, usize, i64),
    (draws, columns): (usize, usize),
) -> rusqlite::Result<bool> {
    let wanted: Vec<u8> =
        connection.query_row("SELECT checksum FROM chunks WHERE id = ?1", [id], |row| {
            row.get(0)
        })?;
    let blob = open_blob(connection, id)?;
    let mut digest = checksum::begun("chunks", hash, &position.to_string());
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
    Ok(fits && digest.finalize()[..] == *wanted)
}

/// Whether an error says that the file is not what was written.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::SystemIoFailure)
    ) || is_misread(error)
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
