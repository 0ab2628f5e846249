//! How far several correlated differences may stray at once: the critical value of their largest studentised deviation.
//!
//! `T_q = (d̂_q − d_q)/se_q` are taken as multivariate t, with the estimated correlations and `ν` degrees of freedom (Hothorn,
//! Bretz & Westfall 2008). Instead of drawing them, the radius is integrated out: `T = (r/s)·R u`, `u` uniform on the sphere of
//! dimension `m`, `r ~ χ_m`, `s² ~ χ²_ν/ν`, so that given `u` the probability is that of an F variable (the idea of Deák 1980
//! and Somerville 1998). Only directions are quasi-random, and with one difference nothing is: Student's t comes out exactly.

use crate::numerics::{incomplete_beta, normal, sobol};

/// Directions on the sphere; each stands for its opposite too.
const DIRECTIONS: usize = 4096;
/// Directions that reach nearly as far are taken together, in so many groups.
const GROUPS: usize = 256;
/// Scrambles them: the same in all runs, so that the same draws give the same intervals.
const SCRAMBLE: u64 = 1996;
/// A direction that explains no more than this of any difference is rounding.
const RANK_TOLERANCE: f64 = 1e-10;
/// Relative width at which the critical value is found.
const ROOT_TOLERANCE: f64 = 1e-10;
/// Far more than the method needs.
const MOST_STEPS: usize = 100;

/// Differences as unit vectors whose inner products are the correlations.
#[derive(Clone, Debug)]
pub(super) struct Directions {
    /// Row-major, shape (differences, rank).
    rows: Vec<f64>,
    rank: usize,
    /// Points spread evenly over the unit sphere; row-major, shape (`DIRECTIONS`, rank).
    sphere: Vec<f64>,
}

impl Directions {
    /// Unit vectors for `count` differences of at most `most` independent ones. `correlations(q)` gives those of difference
    /// `q` with all, shape (count,); it is asked for at most `most` of them.
    ///
    /// A Cholesky decomposition that takes what is least explained first and stops when nothing is left.
    pub(super) fn new(
        count: usize,
        most: usize,
        mut correlations: impl FnMut(usize) -> Vec<f64>,
    ) -> Self {
        let most = most.min(sobol::MAX_DIMENSIONS);
        let mut unexplained = vec![1.0; count];
        let mut factors: Vec<Vec<f64>> = Vec::new();
        while factors.len() < most {
            let mut pivot = 0;
            for q in 1..count {
                if unexplained[q] > unexplained[pivot] {
                    pivot = q;
                }
            }
            if count == 0 || unexplained[pivot] <= RANK_TOLERANCE {
                break;
            }
            let mut factor = correlations(pivot);
            let scale = libm::sqrt(unexplained[pivot]);
            for q in 0..count {
                let before: f64 = factors.iter().map(|f| f[q] * f[pivot]).sum();
                factor[q] = (factor[q] - before) / scale;
                unexplained[q] -= factor[q] * factor[q];
            }
            unexplained[pivot] = 0.0;
            factors.push(factor);
        }
        let rank = factors.len();
        let mut rows = Vec::with_capacity(count * rank);
        for q in 0..count {
            let squares: f64 = factors.iter().map(|f| f[q] * f[q]).sum();
            let length = libm::sqrt(squares);
            rows.extend(factors.iter().map(|f| f[q] / length));
        }
        let sphere = sphere(rank);
        Self { rows, rank, sphere }
    }

    /// `c` with P(all `|T_q| ≤ c`) = `level`, `[eq:critical]`; 0 where there is nothing to compare.
    pub(super) fn two_sided(&self, freedom: f64, level: f64) -> f64 {
        if self.rank == 0 {
            return 0.0;
        }
        let reach = self.sphere.chunks_exact(self.rank).map(|u| {
            let inner = self.rows.chunks_exact(self.rank).map(|row| dot(row, u));
            inner.fold(0.0, |most: f64, inner| most.max(inner.abs()))
        });
        critical(reach.collect(), self.rank, freedom, level)
    }

    /// `c ≥ 0` with P(all `T_q ≤ c`) = `level` over the differences named, each with a sign; 0 if none is.
    pub(super) fn one_sided(&self, chosen: &[(usize, f64)], freedom: f64, level: f64) -> f64 {
        if self.rank == 0 || chosen.is_empty() {
            return 0.0;
        }
        let mut reach = Vec::with_capacity(2 * DIRECTIONS);
        for u in self.sphere.chunks_exact(self.rank) {
            let (mut most, mut least) = (f64::NEG_INFINITY, f64::INFINITY);
            for &(q, sign) in chosen {
                let inner = sign * dot(&self.rows[q * self.rank..(q + 1) * self.rank], u);
                most = most.max(inner);
                least = least.min(inner);
            }
            reach.extend([most, -least]);
        }
        critical(reach, self.rank, freedom, level)
    }
}

/// Points spread evenly over the unit sphere of so many dimensions; none in no dimension.
fn sphere(dimensions: usize) -> Vec<f64> {
    if dimensions == 0 {
        return Vec::new();
    }
    // No error is possible: the rank is at most the largest number of dimensions.
    let mut points = sobol::scrambled(dimensions, DIRECTIONS, SCRAMBLE).unwrap_or_default();
    for point in points.chunks_exact_mut(dimensions) {
        for x in point.iter_mut() {
            *x = normal::quantile(*x);
        }
        let length = libm::sqrt(dot(point, point));
        for x in point.iter_mut() {
            *x /= length;
        }
    }
    points
}

/// The `c` at which the mean over directions of `P(r/s ≤ c/reach)` is the level; a direction that reaches nothing is always
/// within.
fn critical(mut reach: Vec<f64>, dimensions: usize, freedom: f64, level: f64) -> f64 {
    reach.sort_unstable_by(f64::total_cmp);
    let size = reach.len().div_ceil(GROUPS).max(1);
    let groups = reach.chunks(size).map(|group| {
        let mean = group.iter().sum::<f64>() / group.len() as f64;
        (mean, group.len() as f64 / reach.len() as f64)
    });
    let groups: Vec<(f64, f64)> = groups.collect();
    let (a, b) = (0.5 * dimensions as f64, 0.5 * freedom);
    let within = |c: f64| {
        let inside = groups.iter().map(|&(h, weight)| {
            if h <= 0.0 {
                return weight;
            }
            let x = c / h;
            weight * incomplete_beta::cdf((1.0 + freedom / (x * x)).recip(), a, b)
        });
        inside.sum::<f64>() - level
    };
    // No direction reaches beyond 1, where Scheffé's value would be needed.
    let share = incomplete_beta::quantile(level, a, b);
    let highest = libm::sqrt(freedom * share / (1.0 - share));
    root(within, highest)
}

/// Where a non-decreasing function of [0, highest] changes its sign: false position with Illinois steps (Dowell & Jarratt 1971).
fn root(function: impl Fn(f64) -> f64, highest: f64) -> f64 {
    let (mut low, mut high) = (0.0, highest);
    let (mut at_low, mut at_high) = (function(low), function(high));
    if at_high <= 0.0 {
        return high;
    }
    if at_low >= 0.0 {
        return low;
    }
    let mut last = 0.0_f64;
    for _ in 0..MOST_STEPS {
        let middle = (low * at_high - high * at_low) / (at_high - at_low);
        let at_middle = function(middle);
        if high - low <= ROOT_TOLERANCE * high || at_middle == 0.0 {
            return middle;
        }
        let is_stuck = at_middle * last > 0.0;
        if at_middle < 0.0 {
            (low, at_low) = (middle, at_middle);
            at_high *= if is_stuck { 0.5 } else { 1.0 };
        } else {
            (high, at_high) = (middle, at_middle);
            at_low *= if is_stuck { 0.5 } else { 1.0 };
        }
        if at_middle.abs() <= ROOT_TOLERANCE {
            return middle;
        }
        last = at_middle;
    }
    0.5 * (low + high)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Agreement with closed forms.
    const IDENTITY: f64 = 1e-8;
    /// Agreement of a critical value with numerical integration: what the quasi-random directions leave.
    const QUADRATURE: f64 = 4e-3;
    const FREEDOM_OF_KNOWN_VARIANCE: f64 = 1e9;

    /// Differences of all pairs of plans whose means are independent and equally uncertain; or, given a control, those to it.
    fn equal_plans(plans: usize) -> (Vec<(usize, usize)>, Directions) {
        let pairs: Vec<(usize, usize)> = (0..plans)
            .flat_map(|i| (i + 1..plans).map(move |j| (i, j)))
            .collect();
        let correlations = |q: usize| {
            let (i, j) = pairs[q];
            let with = |&(k, l): &(usize, usize)| {
                let same = |a, b| f64::from(u8::from(a == b));
                0.5 * (same(i, k) - same(i, l) - same(j, k) + same(j, l))
            };
            pairs.iter().map(with).collect()
        };
        let directions = Directions::new(pairs.len(), plans - 1, correlations);
        (pairs, directions)
    }

    fn independent(count: usize) -> Directions {
        let unit = |q: usize| (0..count).map(|r| f64::from(u8::from(q == r))).collect();
        Directions::new(count, count, unit)
    }

    /// (degrees of freedom, level, quantile): SciPy 1.17.1, `stats.t.ppf((1 + level)/2, ν)`.
    const STUDENT: [(f64, f64, f64); 2] = [
        (10.0, 0.95, 2.228_138_851_986_274),
        (3.0, 0.99, 5.840_909_309_733_355),
    ];

    #[test]
    fn one_difference_is_students_t() {
        for (freedom, level, expected) in STUDENT {
            let found = equal_plans(2).1.two_sided(freedom, level);
            assert!(
                (found / expected - 1.0).abs() < IDENTITY,
                "{found} {expected}"
            );
        }
    }

    /// (plans, degrees of freedom, level, quantile ÷ √2): SciPy 1.17.1, `stats.studentized_range.ppf`.
    const STUDENTIZED_RANGE: [(usize, f64, f64, f64); 6] = [
        (3, 10.0, 0.95, 2.741_295_129),
        (3, 10.0, 0.99, 3.726_566_961),
        (5, 20.0, 0.95, 2.992_374_604),
        (5, 20.0, 0.99, 3.742_894_751),
        (10, 60.0, 0.95, 3.285_447_182),
        (4, 1999.0, 0.95, 2.571_193_730),
    ];

    #[test]
    fn equal_plans_are_tukeys_studentized_range() {
        for (plans, freedom, level, expected) in STUDENTIZED_RANGE {
            let found = equal_plans(plans).1.two_sided(freedom, level);
            assert!(
                (found / expected - 1.0).abs() < QUADRATURE,
                "{plans}: {found} {expected}"
            );
        }
    }

    /// (plans besides the control, degrees of freedom, one-sided critical value at 95 %): integrated numerically with SciPy
    /// 1.17.1; the first two are 2.15 and 2.34 in Dunnett (1955), table 1a.
    const DUNNETT: [(usize, f64, f64); 3] = [
        (2, 10.0, 2.150_613_827),
        (3, 10.0, 2.337_559_069),
        (5, 30.0, 2.335_180_046),
    ];

    #[test]
    fn comparisons_with_a_control_are_dunnetts() {
        for (others, freedom, expected) in DUNNETT {
            let (pairs, directions) = equal_plans(others + 1);
            let chosen: Vec<(usize, f64)> = (0..pairs.len())
                .filter(|&q| pairs[q].0 == 0)
                .map(|q| (q, -1.0))
                .collect();
            let found = directions.one_sided(&chosen, freedom, 0.95);
            assert!(
                (found / expected - 1.0).abs() < QUADRATURE,
                "{others}: {found} {expected}"
            );
        }
    }

    /// Independent differences of known variance: Šidák (1967), each at the level's q-th root.
    #[test]
    fn independent_differences_are_sidaks() {
        for count in [1, 2, 5, 20] {
            for level in [0.8, 0.95, 0.99] {
                let found = independent(count).two_sided(FREEDOM_OF_KNOWN_VARIANCE, level);
                let each = level.powf(1.0 / count as f64);
                let expected = normal::quantile(0.5 * (1.0 + each));
                assert!(
                    (found / expected - 1.0).abs() < QUADRATURE,
                    "{count}: {found} {expected}"
                );
            }
        }
    }

    /// Differences that are the same one, or its opposite, count once.
    #[test]
    fn copies_of_a_difference_cost_nothing() {
        let signs = [1.0, -1.0, 1.0, 1.0];
        let copies = Directions::new(signs.len(), signs.len(), |q| {
            signs.iter().map(|sign| sign * signs[q]).collect()
        });
        for (freedom, level, expected) in STUDENT {
            let found = copies.two_sided(freedom, level);
            assert!(
                (found / expected - 1.0).abs() < IDENTITY,
                "{found} {expected}"
            );
        }
    }
}
