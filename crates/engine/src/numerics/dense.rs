//! Small dense systems of equations, in place.

/// Pivots below this, relative to the largest number of the system's left part, count as 0.
const SINGULAR: f64 = 1e-13;

/// Solves `A X = B` where `system` is `[A | B]`, (n, n + m) row by row: elimination after Gauss and Jordan with the largest
/// pivot of each column. `B` is then `X`. False where `A` is singular, or a number is not finite; the system is then worth nothing.
pub(crate) fn solve_in_place(system: &mut [f64], n: usize, m: usize) -> bool {
    let width = n + m;
    let mut largest = 0.0_f64;
    for row in 0..n {
        for column in 0..n {
            largest = largest.max(system[row * width + column].abs());
        }
    }
    for column in 0..n {
        let mut pivot = column;
        for row in column + 1..n {
            if system[row * width + column].abs() > system[pivot * width + column].abs() {
                pivot = row;
            }
        }
        let size = system[pivot * width + column].abs();
        let is_usable = size > SINGULAR * largest && size.is_finite();
        if !is_usable {
            return false;
        }
        if pivot != column {
            let (before, after) = system.split_at_mut(pivot * width);
            before[column * width..(column + 1) * width].swap_with_slice(&mut after[..width]);
        }
        clear_column(system, n, width, column);
    }
    true
}

/// Makes the column one of the unit matrix, its pivot in place.
fn clear_column(system: &mut [f64], n: usize, width: usize, column: usize) {
    let (before, rest) = system.split_at_mut(column * width);
    let (own, after) = rest.split_at_mut(width);
    let inverse = 1.0 / own[column];
    for value in &mut own[column..] {
        *value *= inverse;
    }
    debug_assert!(before.len() + width + after.len() == n * width);
    for rows in [before, after] {
        for row in rows.chunks_exact_mut(width) {
            let factor = row[column];
            if factor == 0.0 {
                continue;
            }
            for at in column..width {
                row[at] -= factor * own[at];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: f64 = 1e-14;

    #[test]
    fn a_system_that_needs_its_rows_swapped() {
        // 0 x + 2 y = 4, 3 x + 1 y = 5: x = 1, y = 2; and the same for half of the right side.
        let mut system = vec![0.0, 2.0, 4.0, 2.0, 3.0, 1.0, 5.0, 2.5];
        assert!(solve_in_place(&mut system, 2, 2));
        let solution = [system[2], system[6], system[3], system[7]];
        for (x, y) in solution.iter().zip([1.0, 2.0, 0.5, 1.0]) {
            assert!((x - y).abs() < TOLERANCE, "{solution:?}");
        }
    }

    #[test]
    fn a_singular_system_is_none() {
        assert!(!solve_in_place(&mut [1.0, 2.0, 1.0, 2.0, 4.0, 2.0], 2, 1));
        assert!(!solve_in_place(&mut [f64::NAN, 1.0], 1, 1));
    }
}
