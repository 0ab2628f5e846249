//! What a run keeps of its central solution: facts wanted and got, and notes about them.

use crate::run::draws::bytes::{Reader, Writer};
use crate::run::output::{CalibrationRow, Wanted};

/// The calibration that a run reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::run) struct Central {
    /// Facts wanted and got.
    pub(in crate::run) rows: Vec<CalibrationRow>,
    /// How well the facts determine the parameters, in words.
    pub(in crate::run) notes: Vec<String>,
}

impl Central {
    /// Names of the targets.
    pub(in crate::run) fn targets(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.target.clone()).collect()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.list(&self.rows, |writer, row| {
            writer.text(&row.target);
            match row.wanted {
                Wanted::Value(value) => writer.numbers(&[value]),
                Wanted::Band(low, high) => writer.numbers(&[low, high]),
            }
            writer.number(row.got);
            writer.text(&row.source);
        });
        writer.list(&self.notes, |writer, note| writer.text(note));
        writer.0
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let rows = reader.list(|reader| {
            Some(CalibrationRow {
                target: reader.text()?,
                wanted: match reader.numbers()?.as_slice() {
                    [value] => Wanted::Value(*value),
                    [low, high] => Wanted::Band(*low, *high),
                    _ => return None,
                },
                got: reader.number()?,
                source: reader.text()?,
            })
        })?;
        let notes = reader.list(Reader::text)?;
        reader.is_empty().then_some(Self { rows, notes })
    }
}
