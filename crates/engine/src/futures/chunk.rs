//! Chunks of draws: the unit of work, of storage and of reduction.
//!
//! The size is a constant, never the number of threads, so that sums are formed in the same order on any machine.

use core::ops::Range;

/// Draws in a chunk (the last one may be smaller).
pub const CHUNK: usize = 64;

/// The chunks of `draws` draws, in order, each the half-open range of its draws.
pub fn chunks(
    draws: usize,
) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator + Clone {
    (0..draws.div_ceil(CHUNK)).map(move |index| index * CHUNK..draws.min((index + 1) * CHUNK))
}

/// Chunks that are missing, doubled or not expected in a reduction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "chunk {found} stands where chunk {expected} of {count} was expected; each chunk must be reduced exactly once"
)]
pub struct ChunkError {
    /// Index of the chunk that should have come next.
    pub expected: usize,
    /// Index that came instead, or the number of chunks where the parts ended early.
    pub found: usize,
    /// Number of chunks of the run.
    pub count: usize,
}

/// Folds the parts of all chunks in the order of their index, whatever order they were finished in.
///
/// `parts` holds (index of the chunk, its result); `draws` is the number of draws of the run.
///
/// # Errors
/// [`ChunkError`] if a chunk is missing, comes twice, or does not belong to the run.
pub fn reduce_in_order<Part, Total>(
    draws: usize,
    mut parts: Vec<(usize, Part)>,
    start: Total,
    mut fold: impl FnMut(Total, Part) -> Total,
) -> Result<Total, ChunkError> {
    let count = chunks(draws).len();
    parts.sort_by_key(|(index, _)| *index);
    let found: Vec<usize> = parts.iter().map(|(index, _)| *index).collect();
    for expected in 0..count.max(found.len()) {
        let found = found.get(expected).copied().unwrap_or(count);
        if found != expected || expected >= count {
            return Err(ChunkError {
                expected,
                found,
                count,
            });
        }
    }
    Ok(parts
        .into_iter()
        .fold(start, |total, (_, part)| fold(total, part)))
}
