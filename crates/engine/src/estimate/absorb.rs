//! Fixed effects absorbed: what is left of a column when the means of all levels of all dimensions are taken out.
//!
//! One dimension is taken out by the means within its levels. Several are the least-squares problem `min ‖y − D a‖` over the dummies `D` of all
//! dimensions. Its residual is found by conjugate gradients on symmetric sweeps of alternating projections (Correia 2016).

use rayon::prelude::*;

/// Largest relative change of the residual at which several dimensions count as absorbed.
const TOLERANCE: f64 = 1e-14;
/// Sweeps at most.
const SWEEPS: usize = 10_000;

/// Dimensions of fixed effects.
#[derive(Clone, Debug, Default)]
pub(super) struct Absorption {
    dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug)]
struct Dimension {
    /// (N,)
    level: Vec<usize>,
    /// Rows of each level, as `1/n`.
    inverse: Vec<f64>,
}

impl Absorption {
    pub(super) fn new(levels: &[Vec<usize>]) -> Self {
        let dimension = |level: &Vec<usize>| {
            let count = level.iter().max().map_or(0, |most| most + 1);
            let mut rows = vec![0.0; count];
            for &l in level {
                rows[l] += 1.0;
            }
            Dimension {
                level: level.clone(),
                inverse: rows.iter().map(|n| 1.0 / f64::max(*n, 1.0)).collect(),
            }
        };
        Self {
            dimensions: levels.iter().map(dimension).collect(),
        }
    }

    /// Whether there is nothing to absorb.
    pub(super) fn is_empty(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// What is left of a column, `[eq:absorb]`.
    pub(super) fn residual(&self, column: &[f64]) -> Vec<f64> {
        let mut left = column.to_vec();
        match self.dimensions.as_slice() {
            [] => {}
            [one] => {
                one.take_out(&mut left);
                // Once more for what rounding left in the means.
                one.take_out(&mut left);
            }
            _ => self.by_conjugate_gradients(&mut left),
        }
        left
    }

    /// The same of many columns.
    pub(super) fn residuals(&self, columns: &[&[f64]]) -> Vec<Vec<f64>> {
        let columns = columns.par_iter();
        columns.map(|column| self.residual(column)).collect()
    }

    /// One symmetric sweep: the projections in order and back.
    fn sweep(&self, y: &mut [f64]) {
        for dimension in &self.dimensions {
            dimension.take_out(y);
        }
        for dimension in self.dimensions.iter().rev().skip(1) {
            dimension.take_out(y);
        }
    }

    /// Solves `(1 − T) z = (1 − T) y` for the part `z` that dummies explain, `T` a symmetric sweep; leaves `y − z`.
    fn by_conjugate_gradients(&self, y: &mut [f64]) {
        let explained = |x: &[f64]| {
            let mut swept = x.to_vec();
            self.sweep(&mut swept);
            let parts = x.iter().zip(&swept);
            parts.map(|(x, t)| x - t).collect::<Vec<f64>>()
        };
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let mut r = explained(y);
        let mut u = r.clone();
        let mut size = dot(&r, &r);
        let goal = TOLERANCE * TOLERANCE * dot(y, y);
        for _ in 0..SWEEPS {
            if size <= goal {
                break;
            }
            let v = explained(&u);
            let along = dot(&u, &v);
            if along <= 0.0 {
                break;
            }
            let alpha = size / along;
            for n in 0..y.len() {
                y[n] -= alpha * u[n];
                r[n] -= alpha * v[n];
            }
            let next = dot(&r, &r);
            let beta = next / size;
            size = next;
            for n in 0..y.len() {
                u[n] = r[n] + beta * u[n];
            }
        }
        self.sweep(y);
    }
}

impl Dimension {
    fn take_out(&self, y: &mut [f64]) {
        let mut mean = vec![0.0; self.inverse.len()];
        for (value, &level) in y.iter().zip(&self.level) {
            mean[level] += value;
        }
        for (mean, inverse) in mean.iter_mut().zip(&self.inverse) {
            *mean *= inverse;
        }
        for (value, &level) in y.iter_mut().zip(&self.level) {
            *value -= mean[level];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::linear::{column, solve};
    use faer::Mat;

    /// Two ways to the same residual, in parts of the column's size.
    const SAME_MATHEMATICS: f64 = 1e-12;

    #[test]
    fn absorbing_three_dimensions_equals_dummies() {
        let n = 60;
        let wave = |k: usize| (k as f64 * 0.618_033_988_749_894_9).fract();
        let y: Vec<f64> = (0..n).map(|k| wave(k + 3) * 10.0).collect();
        let levels: Vec<Vec<usize>> = vec![
            (0..n).map(|k| k % 7).collect(),
            (0..n).map(|k| (wave(5 * k) * 6.0) as usize).collect(),
            (0..n).map(|k| k / 15).collect(),
        ];
        let left = Absorption::new(&levels).residual(&y);
        // Dummies of all levels, the first of later dimensions left out, by the normal equations.
        let mut dummies: Vec<Vec<f64>> = Vec::new();
        for (d, level) in levels.iter().enumerate() {
            let most = level.iter().max().copied().unwrap_or(0);
            for l in usize::from(d > 0)..=most {
                dummies.push(level.iter().map(|&x| f64::from(u8::from(x == l))).collect());
            }
        }
        let k = dummies.len();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let normal = Mat::from_fn(k, k, |r, c| dot(&dummies[r], &dummies[c]));
        let right: Vec<f64> = dummies.iter().map(|d| dot(d, &y)).collect();
        let a = solve(&normal, &column(&right)).unwrap();
        for row in 0..n {
            let fitted: f64 = (0..k).map(|c| dummies[c][row] * a[(c, 0)]).sum();
            assert!((y[row] - fitted - left[row]).abs() <= 10.0 * SAME_MATHEMATICS);
        }
    }
}
