//! The first page of a damaged database: known as ours in spite of it, and written anew in a copy.
//!
//! The page holds the header and the list of tables, which are the same in all stores of a version.
//! The format is that of <https://sqlite.org/fileformat2.html>.

use super::open::{APPLICATION, PAGE};
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

/// Of the file.
const HEADER: usize = 100;
/// Versions of writing and reading: with a journal of its own (1) or with a log beside the file (2).
const VERSIONS: Range<usize> = 18..20;
const CHANGES: Range<usize> = 24..28;
const PAGES: Range<usize> = 28..32;
const APPLICATION_AT: Range<usize> = 68..72;
const VALID_FOR: Range<usize> = 92..96;

/// What stands in a store and nowhere else: the list of its tables, the beginning of a chunk.
const SIGNS: [&[u8]; 2] = [b"CREATE TABLE chunks (", b"BHCK"];

/// Bytes looked at together.
const PIECE: usize = 1 << 20;

/// Whether a file that is no database was a store of ours: it has our mark or our tables, holds a chunk, or nothing but zeros,
/// which is what some systems leave of a file that was being written.
pub(super) fn is_ours(path: &Path) -> bool {
    looked_at(path).unwrap_or(false)
}

fn looked_at(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let mut is_empty = true;
    let mut is_first = true;
    loop {
        // The end of the last piece stays: a sign may lie across.
        let kept = bytes.len().min(HEADER);
        bytes.drain(..bytes.len() - kept);
        if (&mut file).take(PIECE as u64).read_to_end(&mut bytes)? == 0 {
            return Ok(is_empty && !is_first);
        }
        let mark = u32::try_from(APPLICATION).unwrap_or_default().to_be_bytes();
        let has = |sign: &&[u8]| bytes.windows(sign.len()).any(|part| part == *sign);
        if is_first && bytes.get(APPLICATION_AT) == Some(&mark[..]) || SIGNS.iter().any(has) {
            return Ok(true);
        }
        is_first = false;
        is_empty &= bytes.iter().all(|byte| *byte == 0);
    }
}

/// Gives a copy of a damaged store a header that can be read, with the number of pages that are there and no free ones.
pub(super) fn header(copy: &Path, sound: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(copy)?;
    let pages = file.metadata()?.len().div_ceil(u64::from(PAGE));
    let pages = u32::try_from(pages).unwrap_or(u32::MAX).max(1);
    let mut header = sound.get(..HEADER).unwrap_or_default().to_vec();
    if header.len() == HEADER {
        header[VERSIONS].fill(2);
        header[PAGES].copy_from_slice(&pages.to_be_bytes());
        // Else the number of pages would not be believed.
        header.copy_within(CHANGES, VALID_FOR.start);
    }
    file.write_all(&header)
}

/// Gives a copy the list of tables of a sound store, behind the header.
pub(super) fn tables(copy: &Path, sound: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(copy)?;
    file.seek(SeekFrom::Start(HEADER as u64))?;
    file.write_all(sound.get(HEADER..).unwrap_or_default())
}

/// The first page of a store.
pub(super) fn first_page(path: &Path) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let file = File::open(path)?;
    file.take(u64::from(PAGE)).read_to_end(&mut page)?;
    Ok(page)
}

/// A table or an index: its kind, its name, where it begins, how it was made.
type Listed = (String, String, i64, Option<String>);

/// What the list of tables says.
pub(super) fn listed(connection: &Connection) -> rusqlite::Result<Vec<Listed>> {
    let mut statement =
        connection.prepare("SELECT type, name, rootpage, sql FROM sqlite_schema ORDER BY rowid")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    rows.collect()
}
