//! The record of a chunk of draws: columns of numbers that can be read apart, sums and issues behind them.
//!
//! Layout, little-endian: `BHCK`, version (u32), draws (u64), columns (u64); then the columns, each a double per draw; then
//! sums of books and the tally of issues. A column that has no value in a draw holds NaN there; outputs never do.

use super::bytes::{Reader, Writer};
use super::draw::{DrawRecord, Status};
use super::shape::Shape;
use super::tally::Tally;
use crate::run::RunError;
use crate::run::output::{Books, CashLine};
use beachhead_engine::futures::{CHUNK, chunks};
use std::ops::Range;

const MAGIC: &[u8; 4] = b"BHCK";
/// Rises when the layout changes.
const VERSION: u32 = 2;
/// Magic, version, draws, columns.
const HEADER: usize = 4 + 4 + 8 + 8;

/// Where the chunks of a run are read from, each only in part.
pub(in crate::run) trait ChunkSource: Sync {
    /// Fills `bytes` from a place in a chunk.
    fn read(&self, chunk: usize, from: usize, bytes: &mut [u8]) -> Result<(), RunError>;

    /// Length of a chunk.
    fn length(&self, chunk: usize) -> Result<usize, RunError>;
}

/// Chunks in memory, for runs that nobody keeps.
#[derive(Debug, Default)]
pub(in crate::run) struct InMemory(pub(in crate::run) Vec<Vec<u8>>);

impl ChunkSource for InMemory {
    fn read(&self, chunk: usize, from: usize, bytes: &mut [u8]) -> Result<(), RunError> {
        let found = self.0.get(chunk).and_then(|chunk| {
            let part = chunk.get(from..from + bytes.len())?;
            bytes.copy_from_slice(part);
            Some(())
        });
        found.ok_or_else(|| not_the_layout(chunk))
    }

    fn length(&self, chunk: usize) -> Result<usize, RunError> {
        let chunk_bytes = self.0.get(chunk);
        chunk_bytes
            .map(Vec::len)
            .ok_or_else(|| not_the_layout(chunk))
    }
}

/// What follows the columns: what is summed, not summarised.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Tail {
    /// Sums over the draws that did not fail, by plan and entrant; empty where all failed.
    pub(in crate::run) books: Vec<Vec<Books>>,
    /// Issues of the draws.
    pub(in crate::run) tally: Tally,
}

/// The bytes of a chunk. `records` are its draws in order, the first one with number `first`.
pub(in crate::run) fn encode(shape: &Shape, first: usize, records: Vec<DrawRecord>) -> Vec<u8> {
    let columns = shape.columns();
    let mut writer = Writer(Vec::with_capacity(
        HEADER + columns * records.len() * size_of::<f64>(),
    ));
    writer.0.extend_from_slice(MAGIC);
    writer.0.extend_from_slice(&VERSION.to_le_bytes());
    writer.count(records.len());
    writer.count(columns);
    for column in 0..columns {
        for record in &records {
            let value = record.columns.get(column).copied();
            writer.number(value.unwrap_or(f64::NAN));
        }
    }
    let mut tail = Tail::default();
    for (offset, record) in records.into_iter().enumerate() {
        if record.status != Status::Failed {
            add_books(&mut tail.books, &record.books);
        }
        tail.tally.add(first + offset, record.issues);
    }
    tail.write(&mut writer);
    writer.0
}

/// The chunks of a run of so many draws, in their places.
#[derive(Clone, Copy)]
pub(in crate::run) struct Chunks<'a> {
    /// Draws of the run.
    pub(in crate::run) draws: usize,
    /// Columns of each.
    pub(in crate::run) columns: usize,
    /// Where they lie.
    pub(in crate::run) source: &'a dyn ChunkSource,
}

impl Chunks<'_> {
    /// Number of chunks.
    pub(in crate::run) fn count(&self) -> usize {
        chunks(self.draws).len()
    }

    /// Draws of a chunk.
    pub(in crate::run) fn draws_of(&self, chunk: usize) -> Range<usize> {
        chunk * CHUNK..self.draws.min((chunk + 1) * CHUNK)
    }

    /// Columns of a chunk, (columns, draws of the chunk); `buffer` is scratch.
    pub(in crate::run) fn read(
        &self,
        chunk: usize,
        columns: Range<usize>,
        buffer: &mut Vec<u8>,
    ) -> Result<Vec<f64>, RunError> {
        let draws = self.draws_of(chunk).len();
        let from = HEADER + columns.start * draws * size_of::<f64>();
        buffer.clear();
        buffer.resize(columns.len() * draws * size_of::<f64>(), 0);
        self.source.read(chunk, from, buffer)?;
        let (numbers, _) = buffer.as_chunks();
        Ok(numbers.iter().map(|n| f64::from_le_bytes(*n)).collect())
    }

    /// What stands behind the columns of a chunk, after a look at its head.
    pub(in crate::run) fn tail(&self, chunk: usize) -> Result<Tail, RunError> {
        let draws = self.draws_of(chunk).len();
        let mut head = [0; HEADER];
        self.source.read(chunk, 0, &mut head)?;
        let from = HEADER + self.columns * draws * size_of::<f64>();
        let length = self.source.length(chunk)?;
        if !is_head(&head, draws, self.columns) || length < from {
            return Err(not_the_layout(chunk));
        }
        let mut bytes = vec![0; length - from];
        self.source.read(chunk, from, &mut bytes)?;
        Tail::read(&bytes).ok_or_else(|| not_the_layout(chunk))
    }
}

fn is_head(head: &[u8; HEADER], draws: usize, columns: usize) -> bool {
    let mut wanted = Writer::default();
    wanted.0.extend_from_slice(MAGIC);
    wanted.0.extend_from_slice(&VERSION.to_le_bytes());
    wanted.count(draws);
    wanted.count(columns);
    wanted.0 == head
}

/// Whether bytes begin like a chunk of so many draws and columns and are long enough for them.
pub(in crate::run) fn fits(head: &[u8], length: usize, draws: usize, columns: usize) -> bool {
    let head: Option<&[u8; HEADER]> = head.first_chunk();
    head.is_some_and(|head| is_head(head, draws, columns))
        && length >= HEADER + columns * draws * size_of::<f64>()
}

fn not_the_layout(chunk: usize) -> RunError {
    RunError::Fault(format!("chunk {chunk} is not laid out as its run says"))
}

impl Tail {
    /// Adds the tail of the next chunk.
    pub(in crate::run) fn append(&mut self, next: Self) {
        add_books(&mut self.books, &next.books);
        self.tally.append(next.tally);
    }

    fn write(&self, writer: &mut Writer) {
        writer.list(&self.books, |writer, plan| {
            writer.list(plan, |writer, books| write_books(books, writer));
        });
        self.tally.write(writer);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let books = reader.list(|reader| reader.list(read_books))?;
        let tally = Tally::read(&mut reader)?;
        reader.is_empty().then_some(Self { books, tally })
    }
}

/// Adds books plan by plan; the first ones found are the start.
fn add_books(sums: &mut Vec<Vec<Books>>, books: &[Vec<Books>]) {
    if sums.is_empty() {
        sums.extend_from_slice(books);
        return;
    }
    for (sum, one) in sums.iter_mut().flatten().zip(books.iter().flatten()) {
        sum.add(one);
    }
}

pub(super) fn write_books(books: &Books, writer: &mut Writer) {
    writer.text(&books.entrant);
    writer.list(&books.lines, |writer, line| {
        writer.text(&line.label);
        writer.numbers(&line.values);
    });
    writer.numbers(&books.net);
    writer.list(&books.terminal, |writer, (label, value)| {
        writer.text(label);
        writer.number(*value);
    });
    writer.number(books.discounted_cash);
    writer.number(books.discounted_terminal);
    writer.number(books.npv);
}

pub(super) fn read_books(reader: &mut Reader<'_>) -> Option<Books> {
    Some(Books {
        entrant: reader.text()?,
        lines: reader.list(|reader| {
            Some(CashLine {
                label: reader.text()?,
                values: reader.numbers()?,
            })
        })?,
        net: reader.numbers()?,
        terminal: reader.list(|reader| Some((reader.text()?, reader.number()?)))?,
        discounted_cash: reader.number()?,
        discounted_terminal: reader.number()?,
        npv: reader.number()?,
    })
}
