//! The row of a run: what identifies it, the names of its columns, its calibration, all under one checksum.

use super::checksum;
use rusqlite::{Connection, Row, params};

/// A row of the table of runs.
#[derive(Clone, Debug)]
pub(super) struct EntryRow {
    /// Hash.
    pub(super) hash: String,
    /// Name of the scenario.
    pub(super) scenario: String,
    /// Seed, in digits.
    pub(super) seed: String,
    /// Draws asked for.
    pub(super) draws: usize,
    /// Months.
    pub(super) months: usize,
    /// Ids of the plans, with spaces between.
    pub(super) plans: String,
    /// Digest of the names of its columns.
    pub(super) shape: String,
    /// Their number.
    pub(super) columns: usize,
    /// Checksum as it is stored.
    pub(super) checksum: Vec<u8>,
    /// Bytes of its calibration.
    pub(super) central: Vec<u8>,
}

impl EntryRow {
    /// In the order in which a row is read.
    pub(super) const COLUMNS: &str =
        "hash, scenario, seed, draws, months, plans, shape, columns, central_checksum, central";

    /// Reads [`Self::COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            hash: row.get(0)?,
            scenario: row.get(1)?,
            seed: row.get(2)?,
            draws: row.get(3)?,
            months: row.get(4)?,
            plans: row.get(5)?,
            shape: row.get(6)?,
            columns: row.get(7)?,
            checksum: row.get(8)?,
            central: row.get(9)?,
        })
    }

    /// The checksum of what stands in it.
    pub(super) fn checksum_wanted(&self) -> Vec<u8> {
        let (draws, months, columns) = (self.draws, self.months, self.columns);
        let key = format!(
            "{}\n{}\n{draws}\n{months}\n{}\n{}\n{columns}",
            self.scenario, self.seed, self.plans, self.shape
        );
        checksum::of("runs", &self.hash, &key, &self.central)
    }

    /// Whether it is what was written.
    pub(super) fn is_sound(&self) -> bool {
        self.checksum == self.checksum_wanted()
    }

    /// Enters it; `conflict` says what happens where the run is there.
    pub(super) fn insert(&self, connection: &Connection, conflict: &str) -> rusqlite::Result<()> {
        let entered = connection.execute(
            &format!(
                "INSERT INTO runs ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) {conflict}",
                Self::COLUMNS
            ),
            params![
                self.hash,
                self.scenario,
                self.seed,
                self.draws,
                self.months,
                self.plans,
                self.shape,
                self.columns,
                self.checksum,
                self.central,
            ],
        );
        entered.map(|_| ())
    }
}
