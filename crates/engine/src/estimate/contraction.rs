//! Mean utilities that reproduce market shares: the fixed point of one market.

use super::options::{Acceleration, FixedPoint};

/// Once changes are below this, …
const FLOOR: f64 = 1e-12;
/// … and have not become smaller for so many evaluations, rounding is all that is left of them.
const STALLED: usize = 30;
/// By how much the bound of SQUAREM's step grows when it is met.
const STEP_GROWTH: f64 = 4.0;

/// How a fixed point ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Converged,
    BudgetSpent,
    NotFinite,
}

/// A fixed point.
pub(super) struct Solved {
    /// δ, (J,).
    pub(super) delta: Vec<f64>,
    pub(super) end: End,
    /// Major iterations of SQUAREM, or evaluations of the plain contraction.
    pub(super) iterations: u64,
    pub(super) evaluations: u64,
}

/// Follows changes from one evaluation to the next.
struct Watch<'a> {
    options: &'a FixedPoint,
    evaluations: usize,
    best: f64,
    since_best: usize,
}

impl Watch<'_> {
    /// Whether the iteration ends after this change, from `before` to `after`.
    fn ends(&mut self, before: &[f64], after: &[f64]) -> Option<End> {
        self.evaluations += 1;
        let (mut change, mut size): (f64, f64) = (0.0, 0.0);
        for (x, y) in before.iter().zip(after) {
            if !y.is_finite() {
                return Some(End::NotFinite);
            }
            change = change.max((y - x).abs());
            size = size.max(y.abs());
        }
        if change < self.best {
            (self.best, self.since_best) = (change, 0);
        } else {
            self.since_best += 1;
        }
        let smallest = f64::max(self.options.tolerance, 2.0 * f64::EPSILON * size);
        if change < smallest || (self.best < FLOOR && self.since_best >= STALLED) {
            return Some(End::Converged);
        }
        (self.evaluations >= self.options.evaluations).then_some(End::BudgetSpent)
    }
}

/// Iterates `step(δ, into)` from `start` on, `[eq:contraction]`.
pub(super) fn solve(
    start: &[f64],
    options: &FixedPoint,
    mut step: impl FnMut(&[f64], &mut [f64]),
) -> Solved {
    let mut watch = Watch {
        options,
        evaluations: 0,
        best: f64::INFINITY,
        since_best: 0,
    };
    let products = start.len();
    let (mut x0, mut x1) = (start.to_vec(), vec![0.0; products]);
    let (mut x2, mut x3) = (x1.clone(), x1.clone());
    let mut longest = 1.0;
    let mut iterations = 0;
    let (delta, end) = loop {
        step(&x0, &mut x1);
        if let Some(end) = watch.ends(&x0, &x1) {
            break (if end == End::NotFinite { x0 } else { x1 }, end);
        }
        if options.acceleration == Acceleration::Plain {
            iterations += 1;
            std::mem::swap(&mut x0, &mut x1);
            continue;
        }
        step(&x1, &mut x2);
        if let Some(end) = watch.ends(&x1, &x2) {
            break (if end == End::NotFinite { x1 } else { x2 }, end);
        }
        let (mut rr, mut vv) = (0.0, 0.0);
        for j in 0..products {
            let r = x1[j] - x0[j];
            let v = (x2[j] - x1[j]) - r;
            rr += r * r;
            vv += v * v;
        }
        // A ratio that is not a number leaves the shortest step.
        let length = f64::max(1.0, f64::min(longest, (rr / vv).sqrt()));
        if length == longest {
            longest *= STEP_GROWTH;
        }
        for j in 0..products {
            let r = x1[j] - x0[j];
            let v = (x2[j] - x1[j]) - r;
            x3[j] = x0[j] + 2.0 * length * r + length * length * v;
        }
        step(&x3, &mut x0);
        iterations += 1;
        if let Some(end) = watch.ends(&x3, &x0) {
            break (if end == End::NotFinite { x2 } else { x0 }, end);
        }
    };
    Solved {
        delta,
        end,
        iterations,
        evaluations: watch.evaluations as u64,
    }
}
