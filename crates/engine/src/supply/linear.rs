//! Small dense systems, by the library.

use faer::Mat;
use faer::linalg::solvers::Solve;

/// `x` with `A x = b`, `A` (n, n) row by row; `None` where `A` is singular.
pub(super) fn solve(matrix: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    let n = right.len();
    if n == 0 {
        return Some(Vec::new());
    }
    if !matrix.iter().chain(right).all(|value| value.is_finite()) {
        return None;
    }
    let matrix = Mat::from_fn(n, n, |row, column| matrix[row * n + column]);
    let right = Mat::from_fn(n, 1, |row, _| right[row]);
    let solution = matrix.partial_piv_lu().solve(&right);
    let solution: Vec<f64> = (0..n).map(|row| solution[(row, 0)]).collect();
    solution
        .iter()
        .all(|value| value.is_finite())
        .then_some(solution)
}

/// `X` (n, m) row by row with `A X = B`.
pub(super) fn solve_many(matrix: &[f64], right: &[f64], n: usize) -> Option<Vec<f64>> {
    let m = right.len().checked_div(n)?;
    if !matrix.iter().chain(right).all(|value| value.is_finite()) {
        return None;
    }
    let matrix = Mat::from_fn(n, n, |row, column| matrix[row * n + column]);
    let right = Mat::from_fn(n, m, |row, column| right[row * m + column]);
    let solution = matrix.partial_piv_lu().solve(&right);
    let solution: Vec<f64> = (0..n)
        .flat_map(|row| (0..m).map(move |column| (row, column)))
        .map(|at| solution[at])
        .collect();
    solution
        .iter()
        .all(|value| value.is_finite())
        .then_some(solution)
}

/// The largest eigenvalue of a symmetric matrix; `None` where it has none that is finite.
pub(super) fn largest_eigenvalue(n: usize, at: impl Fn(usize, usize) -> f64) -> Option<f64> {
    let matrix = Mat::from_fn(n, n, at);
    let finite = (0..n).all(|row| (0..n).all(|column| matrix[(row, column)].is_finite()));
    if !finite {
        return None;
    }
    let values = matrix.self_adjoint_eigenvalues(faer::Side::Lower).ok()?;
    values.into_iter().reduce(f64::max)
}
