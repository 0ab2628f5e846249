//! What was exported: the checksum of every file of a run's folder, so that a damaged one is found.

use super::Store;
use crate::run::RunError;
use crate::run::found::{Checksums, Known};
use rusqlite::{Connection, ToSql, TransactionBehavior, params};

impl Store {
    /// What is known of the folder of a run; `is_exact` if it is the folder in which the store lies.
    pub(in crate::run) fn known(&self, hash: &str, is_exact: bool) -> Result<Known, RunError> {
        let read = |connection: &Connection| {
            // The folder of a run in the store's folder is named after the run; the store's folder itself holds a run only if
            // one was exported there, as it may be a folder of runs.
            let is_ours = if is_exact {
                "SELECT EXISTS (SELECT 1 FROM exports WHERE is_exact)"
            } else {
                "SELECT EXISTS (SELECT 1 FROM runs WHERE hash = ?1)"
            };
            let mut ours = connection.prepare(is_ours)?;
            let named: &[&dyn ToSql] = if is_exact { &[] } else { &[&hash] };
            let mut exports =
                connection.prepare("SELECT name, checksum FROM exports WHERE run = ?1")?;
            let checksums = exports.query_map([hash], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Known {
                is_ours: ours.query_row(named, |row| row.get(0))?,
                checksums: checksums.collect::<rusqlite::Result<Checksums>>()?,
            })
        };
        read(&self.connection()).map_err(self.error("read"))
    }

    /// Keeps the checksums of an export; `is_exact` if it replaced that of whichever run came before.
    pub(in crate::run) fn exported(
        &self,
        hash: &str,
        is_exact: bool,
        checksums: &Checksums,
    ) -> Result<(), RunError> {
        let mut connection = self.connection();
        let keep = |connection: &mut Connection| {
            let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change.execute(
                "DELETE FROM exports WHERE run = ?1 OR ?2",
                params![hash, is_exact],
            )?;
            for (name, checksum) in checksums {
                change.execute(
                    "INSERT INTO exports (run, name, is_exact, checksum) VALUES (?1, ?2, ?3, ?4)",
                    params![hash, name, is_exact, checksum],
                )?;
            }
            change.commit()
        };
        keep(&mut connection).map_err(self.error("write"))
    }
}
