//! The bytes of one draw, as it is kept until its chunk is complete.

use super::bytes::{Reader, Writer};
use super::chunk::{read_books, write_books};
use super::draw::{DrawRecord, Status};
use super::tally::{DrawIssue, read_issues, write_issues};

/// Rises when the layout changes.
const VERSION: usize = 1;

impl DrawRecord {
    /// Its bytes, from which [`DrawRecord::parse`] makes the same record, bit for bit.
    pub(in crate::run) fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.count(VERSION);
        writer.number(self.status.number());
        writer.numbers(&self.columns);
        writer.list(&self.books, |writer, plan| {
            writer.list(plan, |writer, books| write_books(books, writer));
        });
        writer.list(&self.issues, |writer, found| {
            writer.text(&found.about);
            write_issues(std::slice::from_ref(&found.issue), writer);
        });
        writer.0
    }

    /// The record that was written; `None` if these are no bytes of one.
    pub(in crate::run) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.count()? != VERSION {
            return None;
        }
        let status = reader.number()?;
        let known = [Status::Met, Status::Missed, Status::Failed];
        let record = Self {
            status: known.into_iter().find(|known| known.number() == status)?,
            columns: reader.numbers()?,
            books: reader.list(|reader| reader.list(read_books))?,
            issues: reader.list(|reader| {
                let about = reader.text()?;
                let issue = read_issues(reader)?.pop()?;
                Some(DrawIssue { about, issue })
            })?,
        };
        reader.is_empty().then_some(record)
    }
}
