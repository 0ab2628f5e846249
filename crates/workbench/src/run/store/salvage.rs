//! Rows read out of a damaged database one by one: those that are what was written go into a new one, the others are named.
//!
//! A page that cannot be read hides the rows that lie on it and no others: rows are looked for from both ends of a table and of
//! its index, and one by one in between.

use super::checksum;
use super::entry::EntryRow;
use crate::run::folder::{ANALYSIS, FILES};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};

/// Most rows looked for one by one in a gap: more than lie on any page.
const WIDEST_GAP: i64 = 100_000;

/// Most rows of a scan: a damaged index could lead in circles.
const LONGEST_SCAN: usize = 10_000_000;

/// Length of a SHA-256.
const DIGEST: usize = 32;

/// Digits of a run's hash.
const HASH: usize = 12;

/// What became of the rows of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OfRun {
    /// Whether its entry was saved; nothing else of it can be without.
    pub(super) entry: bool,
    /// Rows that were saved.
    pub(super) saved: Keys,
    /// Rows that were there and are lost.
    pub(super) lost: Keys,
}

/// Keys of rows within their run, by table.
pub(super) type Keys = BTreeMap<&'static str, BTreeSet<String>>;

/// What became of all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Salvage {
    /// By run.
    pub(super) runs: BTreeMap<String, OfRun>,
    /// Whether some part could not be read so that nobody knows what was in it.
    pub(super) is_untold: bool,
}

/// A table of rows that are of a run and have a checksum.
#[derive(Clone, Copy)]
struct Table {
    name: &'static str,
    /// What names a run, and a row within it.
    key: (&'static str, Option<&'static str>),
}

const RUNS: Table = Table {
    name: "runs",
    key: ("hash", None),
};
/// Chunks of draws.
pub(super) const CHUNKS: &str = "chunks";
/// Draws whose chunk is not complete.
pub(super) const DRAWS: &str = "draws";
/// Pieces of the analysis.
pub(super) const ANSWERS: &str = "answers";

const MEMBERS: [Table; 3] = [
    Table {
        name: CHUNKS,
        key: ("run", Some("position")),
    },
    Table {
        name: DRAWS,
        key: ("run", Some("draw")),
    },
    Table {
        name: ANSWERS,
        key: ("run", Some("name")),
    },
];
const EXPORTS: Table = Table {
    name: "exports",
    key: ("run", Some("name")),
};

/// Takes all sound rows over into a store that holds nothing.
///
/// # Errors
/// Only of the new store: what cannot be read of the old one is lost.
pub(super) fn salvage(from: &Connection, into: &mut Connection) -> rusqlite::Result<Salvage> {
    let change = into.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut work = Work {
        from,
        into: &change,
        found: Salvage::default(),
    };
    work.runs()?;
    for table in MEMBERS {
        work.members(table)?;
    }
    work.exports()?;
    let found = work.found;
    change.commit()?;
    Ok(found)
}

struct Work<'a> {
    from: &'a Connection,
    into: &'a Transaction<'a>,
    found: Salvage,
}

impl Work<'_> {
    fn runs(&mut self) -> rusqlite::Result<()> {
        let rows = self.rows(RUNS);
        let sql = format!("SELECT {} FROM runs WHERE rowid = ?1", EntryRow::COLUMNS);
        for id in rows.ids {
            let Some(row) = self.row(&sql, id, EntryRow::read) else {
                continue;
            };
            if row.is_sound() && !self.has(&row.hash) {
                row.insert(self.into, "")?;
                self.found.runs.entry(row.hash).or_default().entry = true;
            }
        }
        for (run, _) in rows.keys {
            self.found.runs.entry(run).or_default();
        }
        self.found.is_untold |= rows.is_untold;
        Ok(())
    }

    fn members(&mut self, table: Table) -> rusqlite::Result<()> {
        let rows = self.rows(table);
        let (Table { name, key }, key_column) = (table, table.key.1.unwrap_or("NULL"));
        let run_column = key.0;
        let sql = format!(
            "SELECT {run_column}, {key_column}, checksum, bytes FROM {name} WHERE rowid = ?1"
        );
        let insert = format!(
            "INSERT OR IGNORE INTO {name} ({run_column}, {key_column}, checksum, bytes) VALUES (?1, ?2, ?3, ?4)"
        );
        for id in rows.ids {
            let Some((run, key, checksum, bytes)) = self.row(&sql, id, content) else {
                continue;
            };
            let is_sound = checksum::of(name, &run, &key, &bytes) == checksum;
            if is_sound && self.has(&run) {
                let mut insert = self.into.prepare(&insert)?;
                insert.execute(params![run, key, checksum, bytes])?;
                let saved = &mut self.found.runs.entry(run).or_default().saved;
                saved.entry(name).or_default().insert(key);
            }
        }
        for (run, key) in rows.keys {
            let of_run = self.found.runs.entry(run).or_default();
            let is_saved = of_run
                .saved
                .get(name)
                .is_some_and(|keys| keys.contains(&key));
            if !is_saved {
                of_run.lost.entry(name).or_default().insert(key);
            }
        }
        self.found.is_untold |= rows.is_untold;
        Ok(())
    }

    /// What was exported. A row that is lost or wrong costs that the folder is written again, so nothing is said of it.
    fn exports(&mut self) -> rusqlite::Result<()> {
        let rows = self.rows(EXPORTS);
        let read = |row: &Row<'_>| {
            let (run, name): (String, String) = (row.get(0)?, row.get(1)?);
            let (checksum, is_exact): (Vec<u8>, bool) = (row.get(2)?, row.get(3)?);
            Ok((run, name, checksum, is_exact))
        };
        let sql = "SELECT run, name, checksum, is_exact FROM exports WHERE rowid = ?1";
        for id in rows.ids {
            let Some((run, name, checksum, is_exact)) = self.row(sql, id, read) else {
                continue;
            };
            let is_ours = name == ANALYSIS || FILES.contains(&name.as_str());
            if is_ours && checksum.len() == DIGEST && self.has(&run) {
                let mut insert = self.into.prepare(
                    "INSERT OR IGNORE INTO exports (run, name, checksum, is_exact) VALUES (?1, ?2, ?3, ?4)",
                )?;
                insert.execute(params![run, name, checksum, is_exact])?;
            }
        }
        Ok(())
    }

    fn has(&self, run: &str) -> bool {
        self.found.runs.get(run).is_some_and(|run| run.entry)
    }

    /// A row, if it can be read.
    fn row<T>(
        &self,
        sql: &str,
        id: i64,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let mut statement = self.from.prepare(sql).ok()?;
        statement.query_row([id], read).ok()
    }

    /// All rows of a table that can be found, and the keys of those that were there.
    fn rows(&self, Table { name, key }: Table) -> Rows {
        let (run, member) = (key.0, key.1.unwrap_or("NULL"));
        let mut rows = Rows::default();
        let mut ends = [None; 2];
        let mut is_told = false;
        for (order, end) in ["ASC", "DESC"].iter().zip(&mut ends) {
            let by_row = format!(
                "SELECT rowid, {run}, {member} FROM {name} NOT INDEXED ORDER BY rowid {order}"
            );
            let (is_whole, last) = self.scan(&by_row, &mut rows);
            *end = last.filter(|_| !is_whole);
            let within = key
                .1
                .map_or_else(String::new, |key| format!(", {key} {order}"));
            let by_key = format!(
                "SELECT rowid, {run}, {member} FROM {name} INDEXED BY sqlite_autoindex_{name}_1
                 ORDER BY {run} {order}{within}"
            );
            is_told |= self.scan(&by_key, &mut rows).0 || is_whole;
        }
        if let [Some(low), Some(high)] = ends
            && let Some(between) = high.checked_sub(low)
            && (0..=WIDEST_GAP).contains(&between)
        {
            rows.ids.extend(low..high);
        }
        rows.is_untold |= !is_told;
        rows
    }

    /// Follows a query to its end or to what cannot be read; whether it came to its end, and the last row.
    fn scan(&self, sql: &str, rows: &mut Rows) -> (bool, Option<i64>) {
        let mut last = None;
        let Ok(mut statement) = self.from.prepare(sql) else {
            return (false, last);
        };
        let Ok(mut found) = statement.query([]) else {
            return (false, last);
        };
        for _ in 0..LONGEST_SCAN {
            let row = match found.next() {
                Ok(Some(row)) => row,
                Ok(None) => return (true, last),
                Err(_) => return (false, last),
            };
            let Ok(id) = row.get(0) else {
                return (false, last);
            };
            last = Some(id);
            rows.ids.insert(id);
            match (row.get::<_, String>(1), row.get_ref(2).ok().and_then(key)) {
                (Ok(run), Some(key)) if is_hash(&run) => {
                    rows.keys.insert((run, key));
                }
                _ => rows.is_untold = true,
            }
        }
        (false, last)
    }
}

/// Rows of a table.
#[derive(Default)]
struct Rows {
    ids: BTreeSet<i64>,
    /// Run and key of each, as table or index says.
    keys: BTreeSet<(String, String)>,
    /// Whether there were others, or may have been.
    is_untold: bool,
}

fn is_hash(run: &str) -> bool {
    run.len() == HASH && run.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A key as text; empty where a row has none within its run.
fn key(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(str::from_utf8(text).ok()?.to_owned()),
        ValueRef::Null => Some(String::new()),
        ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

/// Run, key, checksum and bytes of a row.
fn content(row: &Row<'_>) -> rusqlite::Result<(String, String, Vec<u8>, Vec<u8>)> {
    let key = key(row.get_ref(1)?).ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok((row.get(0)?, key, row.get(2)?, row.get(3)?))
}
