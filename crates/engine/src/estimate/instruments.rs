//! Instruments made of characteristics: sums over a firm's own and its rivals' products, and how many of them are near.

use std::ops::Range;

/// What differences between products count as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differentiation {
    /// How many products lie within one standard deviation of all differences.
    Local,
    /// Squared differences.
    Quadratic,
}

/// Sums of each column over the firm's other products, then over rivals' products, (2 K, N), `[eq:blp_instruments]`.
pub fn characteristics_of_others(
    markets: &[Range<usize>],
    firm: &[usize],
    columns: &[&[f64]],
) -> Vec<Vec<f64>> {
    by_owner(markets, firm, columns.len(), |_, l, k| columns[k][l])
}

/// Sums of a term over the firm's other products, then over rivals', (2 N, rows): `term(j, l, n)` of product `j`, another one `l` and column `n`.
fn by_owner(
    markets: &[Range<usize>],
    firm: &[usize],
    columns: usize,
    term: impl Fn(usize, usize, usize) -> f64,
) -> Vec<Vec<f64>> {
    let mut own: Vec<Vec<f64>> = vec![vec![0.0; firm.len()]; columns];
    let mut rival = own.clone();
    for rows in markets {
        for j in rows.clone() {
            for l in rows.clone().filter(|&l| l != j) {
                let into = if firm[l] == firm[j] {
                    &mut own
                } else {
                    &mut rival
                };
                for (n, column) in into.iter_mut().enumerate() {
                    column[j] += term(j, l, n);
                }
            }
        }
    }
    own.append(&mut rival);
    own
}

/// Differentiation instruments (Gandhi & Houde 2019), over the firm's other products, then over rivals', `[eq:differentiation]`. With `interact`
/// terms are multiplied by the differences in the other columns (`Quadratic`: in the columns from the same one on).
pub fn differentiation(
    markets: &[Range<usize>],
    firm: &[usize],
    columns: &[&[f64]],
    kind: Differentiation,
    interact: bool,
) -> Vec<Vec<f64>> {
    let spread: Vec<f64> = columns
        .iter()
        .map(|column| spread_of(markets, column))
        .collect();
    let count = columns.len();
    let mut pairs: Vec<(usize, Option<usize>)> = Vec::new();
    for k in 0..count {
        match (kind, interact) {
            (Differentiation::Local, false) => pairs.push((k, None)),
            (Differentiation::Local, true) => pairs.extend((0..count).map(|l| (k, Some(l)))),
            (Differentiation::Quadratic, false) => pairs.push((k, Some(k))),
            (Differentiation::Quadratic, true) => pairs.extend((k..count).map(|l| (k, Some(l)))),
        }
    }
    by_owner(markets, firm, pairs.len(), |j, l, n| {
        let (k, other) = pairs[n];
        let gap = columns[k][j] - columns[k][l];
        let first = match kind {
            Differentiation::Local => f64::from(u8::from(gap.abs() < spread[k])),
            Differentiation::Quadratic => gap,
        };
        first * other.map_or(1.0, |o| columns[o][j] - columns[o][l])
    })
}

/// Standard deviation of differences between all pairs of products that share a market.
fn spread_of(markets: &[Range<usize>], column: &[f64]) -> f64 {
    let (mut count, mut squares) = (0.0, 0.0);
    for rows in markets {
        for j in rows.clone() {
            for l in rows.clone().filter(|&l| l != j) {
                count += 1.0;
                squares += (column[j] - column[l]) * (column[j] - column[l]);
            }
        }
    }
    // Each difference comes with both signs, so their mean is 0.
    f64::sqrt(squares / f64::max(count, 1.0))
}
