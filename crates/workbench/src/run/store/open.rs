//! Opening a store: made where there is none, refused where it is not ours or of another version.

use super::patch::is_ours;
use super::{FILE, Hold, STORE_FORMAT, Store};
use crate::run::RunError;
use crate::run::folder::{environment, not_a_folder};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// `BHRS`, in the header of the file: what tells our databases from others.
pub(super) const APPLICATION: i64 = 0x4248_5253;

/// How long to wait for another process's transaction; each is a chunk's insertion.
const PATIENCE: Duration = Duration::from_secs(60);

/// Large, so that a place in a chunk is few pages away from its beginning.
pub(super) const PAGE: u16 = 32_768;

const TABLES: &str = "
    CREATE TABLE runs (
        hash TEXT PRIMARY KEY, scenario TEXT NOT NULL, seed TEXT NOT NULL, draws INTEGER NOT NULL, months INTEGER NOT NULL,
        plans TEXT NOT NULL, shape TEXT NOT NULL, columns INTEGER NOT NULL, central_checksum BLOB NOT NULL, central BLOB NOT NULL
    ) STRICT;
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (hash), position INTEGER NOT NULL,
        checksum BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE (run, position)
    ) STRICT;
    CREATE TABLE draws (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (hash), draw INTEGER NOT NULL,
        checksum BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE (run, draw)
    ) STRICT;
    CREATE TABLE answers (
        run TEXT NOT NULL REFERENCES runs (hash), name TEXT NOT NULL, checksum BLOB NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (run, name)
    ) STRICT;
    CREATE TABLE exports (
        run TEXT NOT NULL REFERENCES runs (hash), name TEXT NOT NULL, is_exact INTEGER NOT NULL, checksum BLOB NOT NULL,
        PRIMARY KEY (run, name)
    ) STRICT;";

impl Store {
    /// Opens the store in a folder, which is made if need be.
    ///
    /// # Errors
    /// A folder that cannot be written, a file that is no store, a store of another version.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        fs::create_dir_all(folder).map_err(|error| {
            not_a_folder(folder).unwrap_or_else(|| environment("create", folder)(error))
        })?;
        let path = folder.join(FILE);
        let hold = Hold::to_write(folder);
        let failed = |source| error(&path, "open")(source);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        if is_new(&connection).map_err(failed)? {
            make(&mut connection).map_err(failed)?;
        }
        check(&connection, &path)?;
        // A store that cannot be written is an error now, not after the first chunk.
        connection
            .pragma_update(None, "journal_mode", "wal")
            .and_then(|()| connection.pragma_update(None, "synchronous", "normal"))
            .and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK;"))
            .map_err(failed)?;
        if connection.is_readonly("main").map_err(failed)? {
            let holds = String::new();
            return Err(RunError::StoreReadOnly { path, holds });
        }
        Ok(Self {
            path,
            connection: Mutex::new(connection),
            _hold: hold,
        })
    }

    /// Opens the store in a folder to look at it; `None` where there is none.
    ///
    /// # Errors
    /// A file that is no store, a store of another version.
    pub fn look(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let hold = Hold::to_read(folder);
        let connection = for_reading(&path)?;
        if is_new(&connection).map_err(error(&path, "read"))? {
            // Another process is making it at this moment, or was killed when it began to.
            return Ok(None);
        }
        check(&connection, &path)?;
        Ok(Some(Self {
            path,
            connection: Mutex::new(connection),
            _hold: hold,
        }))
    }
}

impl Store {
    /// Looks at every page of the database.
    ///
    /// # Errors
    /// A page that is not what it should be.
    pub(in crate::run) fn check_pages(&self) -> Result<(), RunError> {
        let look = |connection: &Connection| -> rusqlite::Result<String> {
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        };
        match look(&self.connection())
            .map_err(self.error("read"))?
            .as_str()
        {
            "ok" => Ok(()),
            _ => Err(RunError::StoreDamaged {
                path: self.path.clone(),
            }),
        }
    }
}

/// A connection that changes no row. In a folder that cannot be written the journal is not looked at.
fn for_reading(path: &Path) -> Result<Connection, RunError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    });
    match opened {
        Err(refused)
            if matches!(
                refused.sqlite_error_code(),
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
            ) =>
        {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let uri = format!("file:{}?immutable=1", escaped(path));
            Connection::open_with_flags(uri, flags).map_err(error(path, "read"))
        }
        other => other.map_err(error(path, "read")),
    }
}

/// A path in a URI.
fn escaped(path: &Path) -> String {
    path.to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

/// Whether a database holds nothing at all yet.
fn is_new(connection: &Connection) -> rusqlite::Result<bool> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && number(connection, "application_id")? == 0)
}

/// Fills a database that holds nothing with the store's tables.
pub(super) fn make(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have made it meanwhile.
    if is_new(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", STORE_FORMAT)?;
    }
    transaction.commit()
}

fn check(connection: &Connection, path: &Path) -> Result<(), RunError> {
    let read = |pragma| number(connection, pragma).map_err(error(path, "read"));
    if read("application_id")? != APPLICATION {
        return Err(RunError::NoStore {
            path: path.to_owned(),
        });
    }
    let found = read("user_version")?;
    if found != STORE_FORMAT {
        return Err(RunError::OtherStore {
            path: path.to_owned(),
            found,
        });
    }
    Ok(())
}

/// What SQLite said about a store.
pub(super) fn error(
    path: &Path,
    action: &'static str,
) -> impl FnOnce(rusqlite::Error) -> RunError + use<> {
    let path: PathBuf = path.to_owned();
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) if is_ours(&path) => RunError::StoreDamaged { path },
        Some(ErrorCode::NotADatabase) => RunError::NoStore { path },
        Some(ErrorCode::CannotOpen) if path.is_dir() => RunError::NoStore { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
            if action != "read" =>
        {
            let holds = String::new();
            RunError::StoreReadOnly { path, holds }
        }
        Some(ErrorCode::DatabaseCorrupt) => RunError::StoreDamaged { path },
        // The tables are strict: what cannot be read as it was written is not what was written.
        None if is_misread(&source) => RunError::StoreDamaged { path },
        _ => RunError::Store {
            action,
            path,
            source,
        },
    }
}

/// Whether a value is not of the kind that its column holds, or a row is not there that was just seen.
pub(super) fn is_misread(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::BlobSizeError
            // An index names a row that its table has not.
            | rusqlite::Error::QueryReturnedNoRows
    )
}
