//! Plans against each other, paired by draw, with intervals that hold for all pairs at once.

use super::joint::Directions;
use serde::Serialize;
use std::borrow::Cow;

/// What is asked of a comparison of plans in one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Probability with which all intervals hold at once, in [1/2, 1).
    pub level: f64,
    /// δ ≥ 0: a difference of at most so much matters to nobody, in the unit of the outcome.
    pub indifference: f64,
}

/// One plan less another, over the draws that all plans have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairDifference {
    /// Position of the plan.
    pub plan: usize,
    /// Position of the plan that is taken off; later than `plan`.
    pub against: usize,
    /// Mean difference.
    pub mean: f64,
    /// Its standard error.
    pub se: f64,
    /// Lower end of the simultaneous interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval leaves a difference possible that matters to nobody.
    pub tied: bool,
}

/// All pairs of plans in one outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Differences {
    /// Draws in which every plan has a value.
    pub draws: usize,
    /// How many standard errors the intervals extend.
    pub critical_value: f64,
    /// Every pair once, the earlier plan first, in the order of plans.
    pub pairs: Vec<PairDifference>,
}

/// Relative size below which a difference is the rounding of two numbers that should be equal.
const ROUNDING: f64 = 1e-12;

impl Differences {
    /// Every pair of plans: mean differences with simultaneous intervals, `[eq:differences]`.
    ///
    /// `columns` holds the outcome, shape (plans, draws), draw by draw the same world. A draw in which any plan has NaN is left
    /// out for all. Nothing is compared with fewer than two draws or plans.
    #[must_use]
    pub fn all_pairs(columns: &[&[f64]], comparison: &Comparison) -> Self {
        Paired::new(columns).all_pairs(comparison)
    }

    /// Which plans may be the best, where more is better, shape (plans,), `[eq:best]`: the truly best plan is among them with
    /// at least the level's probability. A plan within the indifference zone of a better one may be best too.
    ///
    /// With fewer than two draws nothing is known, and every plan may be.
    #[must_use]
    pub fn may_be_best(columns: &[&[f64]], comparison: &Comparison) -> Vec<bool> {
        Paired::new(columns).may_be_best(comparison)
    }
}

/// Columns over the same draws, with what all pairs need.
struct Paired<'a> {
    columns: Vec<Cow<'a, [f64]>>,
    draws: usize,
    pairs: Vec<Pair>,
    /// Positions in `pairs` of those that vary over draws.
    varying: Vec<usize>,
    directions: Directions,
}

#[derive(Clone, Copy)]
struct Pair {
    plan: usize,
    against: usize,
    mean: f64,
    /// Standard deviation of the difference over draws; 0 if it is the same in all.
    sd: f64,
}

impl<'a> Paired<'a> {
    fn new(columns: &[&'a [f64]]) -> Self {
        let (columns, draws) = complete(columns);
        let plans = columns.len();
        let mut pairs = Vec::new();
        if draws > 1 {
            for plan in 0..plans {
                for against in plan + 1..plans {
                    pairs.push(Pair::new(&columns, plan, against, draws));
                }
            }
        }
        let varying: Vec<usize> = (0..pairs.len()).filter(|&q| pairs[q].sd > 0.0).collect();
        let most = plans.saturating_sub(1).min(draws.saturating_sub(1));
        let directions = Directions::new(varying.len(), most, |q| {
            let one = &pairs[varying[q]];
            let others = varying.iter().map(|&r| &pairs[r]);
            others
                .map(|other| one.correlation(other, &columns, draws))
                .collect()
        });
        Self {
            columns,
            draws,
            pairs,
            varying,
            directions,
        }
    }

    /// ν of the t distribution.
    fn freedom(&self) -> f64 {
        self.draws.saturating_sub(1) as f64
    }

    fn se(&self, pair: &Pair) -> f64 {
        pair.sd / libm::sqrt(self.draws as f64)
    }

    fn all_pairs(&self, comparison: &Comparison) -> Differences {
        let critical_value = self.directions.two_sided(self.freedom(), comparison.level);
        let zone = comparison.indifference;
        let differences = self.pairs.iter().map(|pair| {
            let se = self.se(pair);
            let (low, high) = (
                pair.mean - critical_value * se,
                pair.mean + critical_value * se,
            );
            PairDifference {
                plan: pair.plan,
                against: pair.against,
                mean: pair.mean,
                se,
                low,
                high,
                tied: !(low > zone || high < -zone),
            }
        });
        Differences {
            draws: self.draws,
            critical_value,
            pairs: differences.collect(),
        }
    }

    /// A plan may be best unless it is shown to be worse than some other: one-sided comparisons of it with all others at once.
    /// The best one is wrongly left out with at most one minus the level's probability, whichever it is.
    fn may_be_best(&self, comparison: &Comparison) -> Vec<bool> {
        let may_be = |plan: usize| {
            // How each other plan lies above this one.
            let sign = |pair: &Pair| if pair.plan == plan { -1.0 } else { 1.0 };
            let concerns = |pair: &Pair| pair.plan == plan || pair.against == plan;
            let chosen: Vec<(usize, f64)> = (0..self.varying.len())
                .map(|q| (q, &self.pairs[self.varying[q]]))
                .filter(|(_, pair)| concerns(pair))
                .map(|(q, pair)| (q, sign(pair)))
                .collect();
            let freedom = self.freedom();
            let critical = self
                .directions
                .one_sided(&chosen, freedom, comparison.level);
            let others = self.pairs.iter().filter(|pair| concerns(pair));
            others.into_iter().all(|pair| {
                sign(pair) * pair.mean - critical * self.se(pair) <= comparison.indifference
            })
        };
        (0..self.columns.len()).map(may_be).collect()
    }
}

/// The draws in which no column has NaN; all columns as long as the shortest.
fn complete<'a>(columns: &[&'a [f64]]) -> (Vec<Cow<'a, [f64]>>, usize) {
    let draws = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    let is_complete = |draw: &usize| columns.iter().all(|column| !column[*draw].is_nan());
    let kept: Vec<usize> = (0..draws).filter(is_complete).collect();
    let part = |column: &&'a [f64]| {
        if kept.len() == draws {
            Cow::Borrowed(&column[..draws])
        } else {
            Cow::Owned(kept.iter().map(|&draw| column[draw]).collect())
        }
    };
    (columns.iter().map(part).collect(), kept.len())
}

/// What one number has over another; nothing where rounding alone tells them apart.
fn difference(x: f64, y: f64) -> f64 {
    let difference = x - y;
    if difference.abs() <= ROUNDING * x.abs().max(y.abs()) {
        0.0
    } else {
        difference
    }
}

impl Pair {
    fn new(columns: &[Cow<'_, [f64]>], plan: usize, against: usize, draws: usize) -> Self {
        let count = draws as f64;
        let pair = Self {
            plan,
            against,
            mean: 0.0,
            sd: 0.0,
        };
        let first = pair.of(columns).next().unwrap_or(0.0);
        let mean = first + pair.of(columns).map(|d| d - first).sum::<f64>() / count;
        let squares: f64 = pair.of(columns).map(|d| (d - mean) * (d - mean)).sum();
        let sd = libm::sqrt(squares / (count - 1.0));
        let is_constant = pair.of(columns).all(|d| difference(d, first) == 0.0);
        Self {
            mean,
            sd: if is_constant { 0.0 } else { sd },
            ..pair
        }
    }

    /// The difference draw by draw.
    fn of<'c>(&self, columns: &'c [Cow<'_, [f64]>]) -> impl Iterator<Item = f64> + 'c {
        let (one, other) = (&columns[self.plan], &columns[self.against]);
        one.iter()
            .zip(other.iter())
            .map(|(&x, &y)| difference(x, y))
    }

    /// Correlation over draws with another pair's difference; both vary.
    fn correlation(&self, other: &Self, columns: &[Cow<'_, [f64]>], draws: usize) -> f64 {
        let products = self.of(columns).zip(other.of(columns));
        let sum: f64 = products
            .map(|(d, e)| (d - self.mean) * (e - other.mean))
            .sum();
        sum / (draws as f64 - 1.0) / (self.sd * other.sd)
    }
}
