//! Which columns a pass reads at once, so that memory does not grow with the number of draws.

use std::ops::Range;

/// Bytes of numbers that a pass may hold at once.
pub(in crate::run) const BUDGET: usize = 128 << 20;

/// Consecutive parts of `columns`, each of at most so many bytes over all draws, and at least one column.
pub(in crate::run) fn batches(
    columns: Range<usize>,
    draws: usize,
    budget: usize,
) -> impl Iterator<Item = Range<usize>> {
    let width = (budget / (draws.max(1) * size_of::<f64>())).max(1);
    let end = columns.end;
    columns
        .step_by(width)
        .map(move |start| start..end.min(start + width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::MOST_DRAWS;

    #[test]
    fn batches_cover_all_columns_once_within_the_budget() {
        for draws in [1, 2, 63, 64, 2_000, 100_000, MOST_DRAWS] {
            for columns in [0..0, 0..1, 5..9_000] {
                let parts: Vec<Range<usize>> = batches(columns.clone(), draws, BUDGET).collect();
                assert!(parts.iter().cloned().flatten().eq(columns), "{draws}");
                let largest = parts
                    .iter()
                    .map(|part| part.len() * draws * size_of::<f64>());
                assert!(largest.max().unwrap_or(0) <= BUDGET, "{draws} draws");
            }
        }
    }

    #[test]
    fn one_column_is_read_whatever_it_takes() {
        assert_eq!(batches(3..5, 1_000, 8).collect::<Vec<_>>(), [3..4, 4..5]);
    }
}
