//! What is asked of a run's draws when they are there, piece by piece: a few numbers under a name.

use super::{Store, checksum};
use crate::run::RunError;
use crate::run::draws::bytes::{Reader, Writer};
use rusqlite::params;
use std::collections::BTreeMap;

impl Store {
    /// The answers of a run that are sound; damaged ones are computed again like missing ones.
    pub(in crate::run) fn answers(
        &self,
        hash: &str,
    ) -> Result<BTreeMap<String, Vec<f64>>, RunError> {
        let connection = self.connection();
        let failed = |error| self.error("read")(error);
        let mut statement = connection
            .prepare("SELECT name, checksum, bytes FROM answers WHERE run = ?1 ORDER BY name")
            .map_err(failed)?;
        let rows = statement
            .query_map([hash], |row| {
                let (name, checksum): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let bytes: Vec<u8> = row.get(2)?;
                let sound = checksum::of("answers", hash, &name, &bytes) == checksum;
                Ok((name, sound.then(|| numbers(&bytes)).flatten()))
            })
            .map_err(failed)?;
        let mut answers = BTreeMap::new();
        for row in rows {
            if let (name, Some(numbers)) = row.map_err(failed)? {
                answers.insert(name, numbers);
            }
        }
        Ok(answers)
    }

    /// Stores an answer, whole or not at all.
    pub(in crate::run) fn put_answer(
        &self,
        hash: &str,
        name: &str,
        numbers: &[f64],
    ) -> Result<(), RunError> {
        let mut writer = Writer::default();
        writer.numbers(numbers);
        let checksum = checksum::of("answers", hash, name, &writer.0);
        self.connection()
            .execute(
                "INSERT INTO answers (run, name, checksum, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (run, name) DO UPDATE SET checksum = ?3, bytes = ?4",
                params![hash, name, checksum, writer.0],
            )
            .map_err(self.error("write"))?;
        Ok(())
    }
}

fn numbers(bytes: &[u8]) -> Option<Vec<f64>> {
    let mut reader = Reader(bytes);
    let numbers = reader.numbers()?;
    reader.is_empty().then_some(numbers)
}
