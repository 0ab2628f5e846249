//! Small dense matrices, by the library.

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Mat, Side};

/// A matrix from its rows.
pub(super) fn from_rows(values: &[f64], rows: usize, columns: usize) -> Mat<f64> {
    Mat::from_fn(rows, columns, |r, c| values[r * columns + c])
}

/// Row by row.
pub(super) fn to_rows(matrix: &Mat<f64>) -> Vec<f64> {
    let (rows, columns) = (matrix.nrows(), matrix.ncols());
    (0..rows * columns)
        .map(|at| matrix[(at / columns, at % columns)])
        .collect()
}

/// A column.
pub(super) fn column(values: &[f64]) -> Mat<f64> {
    Mat::from_fn(values.len(), 1, |r, _| values[r])
}

fn all_finite(matrix: &Mat<f64>) -> bool {
    (0..matrix.ncols()).all(|c| (0..matrix.nrows()).all(|r| matrix[(r, c)].is_finite()))
}

/// The mean of a matrix and its transpose.
pub(super) fn symmetric(matrix: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |r, c| {
        0.5 * (matrix[(r, c)] + matrix[(c, r)])
    })
}

/// Blocks down the diagonal.
pub(super) fn block_diagonal(blocks: &[Mat<f64>]) -> Mat<f64> {
    let n = blocks.iter().map(Mat::nrows).sum();
    let m = blocks.iter().map(Mat::ncols).sum();
    let mut matrix = Mat::zeros(n, m);
    let (mut row, mut column) = (0, 0);
    for block in blocks {
        for c in 0..block.ncols() {
            for r in 0..block.nrows() {
                matrix[(row + r, column + c)] = block[(r, c)];
            }
        }
        row += block.nrows();
        column += block.ncols();
    }
    matrix
}

/// The inverse of a square matrix; by its singular values where it is singular, leaving out those below `1e-15` of the largest times the size.
pub(super) fn inverse(matrix: &Mat<f64>) -> Option<Mat<f64>> {
    let n = matrix.nrows();
    if n == 0 {
        return Some(Mat::zeros(0, 0));
    }
    if !all_finite(matrix) {
        return None;
    }
    let inverted = matrix.partial_piv_lu().inverse();
    let condition = largest_row_sum(matrix) * largest_row_sum(&inverted);
    if all_finite(&inverted) && condition * n as f64 * f64::EPSILON < 1.0 {
        return Some(inverted);
    }
    let svd = matrix.svd().ok()?;
    let (u, v) = (svd.U(), svd.V());
    let s: Vec<f64> = (0..n).map(|k| svd.S()[k]).collect();
    let cut = s.iter().fold(0.0_f64, |m, x| m.max(*x)) * n as f64 * f64::EPSILON;
    Some(Mat::from_fn(n, n, |r, c| {
        (0..n)
            .filter(|&k| s[k] > cut)
            .map(|k| v[(r, k)] * u[(c, k)] / s[k])
            .sum()
    }))
}

fn largest_row_sum(matrix: &Mat<f64>) -> f64 {
    let row = |r: usize| -> f64 { (0..matrix.ncols()).map(|c| matrix[(r, c)].abs()).sum() };
    (0..matrix.nrows()).map(row).fold(0.0, f64::max)
}

/// `X` with `A X = B` for a symmetric matrix that should be positive definite; by pivots where it is not.
pub(super) fn solve_symmetric(matrix: &Mat<f64>, right: &Mat<f64>) -> Option<Mat<f64>> {
    if !all_finite(matrix) || !all_finite(right) {
        return None;
    }
    let solved = match matrix.llt(Side::Lower) {
        Ok(factor) => factor.solve(right),
        Err(_) => matrix.partial_piv_lu().solve(right),
    };
    all_finite(&solved).then_some(solved)
}

/// `X` with `A X = B`.
pub(super) fn solve(matrix: &Mat<f64>, right: &Mat<f64>) -> Option<Mat<f64>> {
    if !all_finite(matrix) || !all_finite(right) {
        return None;
    }
    let solved = matrix.partial_piv_lu().solve(right);
    all_finite(&solved).then_some(solved)
}

/// Eigenvalues, ascending, and eigenvectors in columns, of a symmetric matrix.
pub(super) fn eigen(matrix: &Mat<f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    if matrix.nrows() == 0 || !all_finite(matrix) {
        return None;
    }
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let n = matrix.nrows();
    let values = (0..n).map(|k| eigen.S()[k]).collect();
    Some((values, Mat::from_fn(n, n, |r, c| eigen.U()[(r, c)])))
}

/// Condition number of a symmetric matrix: the ratio of its extreme eigenvalues in size.
pub(super) fn condition(matrix: &Mat<f64>) -> f64 {
    match eigen(matrix) {
        None => f64::NAN,
        Some((values, _)) => {
            let sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
            let largest = sizes.iter().fold(0.0_f64, |m, v| m.max(*v));
            let smallest = sizes.iter().fold(f64::INFINITY, |m, v| m.min(*v));
            largest / smallest
        }
    }
}
