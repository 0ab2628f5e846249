//! Draws of a run: computed in any order, kept in chunks, summarised in the order of their numbers.

pub(super) mod assemble;
pub(super) mod batches;
pub(super) mod bytes;
mod causes;
pub(super) mod chunk;
pub(super) mod draw;
mod met;
mod record;
pub(super) mod second_pass;
pub(super) mod shape;
pub(super) mod tally;
pub(super) mod work;

#[cfg(test)]
mod tests;
