//! Micro moments: what surveys say of who chooses what, beside the markets' shares.

use super::linear::{block_diagonal, from_rows};
use super::market::{Market, Room};
use super::micro_folds::{Folds, weighted};
use super::nested::{Logs, Way};
use super::parameters::{Kind, Place};
use crate::numerics::dispatch::LANES;
use faer::Mat;

/// A survey of people and what they chose, independent of the markets' data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MicroDataset {
    /// Name, for messages.
    pub name: String,
    /// How many people it asked.
    pub observations: f64,
    /// Markets that it covers, by index; empty: all, each with the same weight.
    pub markets: Vec<usize>,
    /// Whether people who bought nothing are in it.
    pub outside: bool,
}

/// What is averaged over a survey.
#[derive(Clone, Debug, PartialEq)]
pub enum MicroValue {
    /// A number of the person times a number of the choice.
    Choice {
        /// Of each agent, (I,) over all markets.
        agent: Vec<f64>,
        /// Of each product, (N,).
        product: Vec<f64>,
        /// Of buying nothing.
        outside: f64,
    },
    /// A number of the first choice times a number of the second, for people who bought one product and would have bought the other.
    Second {
        /// Of the first, (N,).
        first: Vec<f64>,
        /// Of the second, (N,).
        second: Vec<f64>,
    },
}

/// A mean over a survey. All parts of a survey are of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub struct MicroPart {
    /// Which survey.
    pub dataset: usize,
    /// Of what.
    pub value: MicroValue,
}

/// What is matched, in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MicroStatistic {
    /// A part.
    Mean(usize),
    /// One by another: a mean among those for whom the second is 1.
    Ratio(usize, usize),
    /// The first less the product of the others: a covariance where the first is the mean of their product.
    Covariance(usize, usize, usize),
}

/// A statistic of a survey that the model must reproduce, `[eq:micro]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MicroMoment {
    /// Name, for results.
    pub name: String,
    /// What the survey says.
    pub observed: f64,
    /// What it is.
    pub statistic: MicroStatistic,
}

/// All surveys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Micro {
    /// Surveys.
    pub datasets: Vec<MicroDataset>,
    /// Means over them.
    pub parts: Vec<MicroPart>,
    /// Statistics of those.
    pub moments: Vec<MicroMoment>,
    /// Covariance of the observed statistics as the surveys have it, (MM, MM) row by row; empty: what the model implies.
    pub covariance: Vec<f64>,
}

/// Sums of one market over its people and choices.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// Of values and of weights, by part.
    numerator: Vec<f64>,
    denominator: Vec<f64>,
    /// Their derivatives, (parts, P).
    numerator_by_theta: Vec<f64>,
    denominator_by_theta: Vec<f64>,
    /// Of products of values of two parts of the same survey, (parts, parts).
    products: Vec<f64>,
}

/// Moments of all markets.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Observed less computed, (MM,).
    pub(super) moments: Vec<f64>,
    /// (MM, P)
    pub(super) by_theta: Vec<f64>,
    /// Covariance of moments, (MM, MM).
    pub(super) covariance: Mat<f64>,
}

impl Micro {
    fn covers(&self, dataset: usize, t: usize) -> bool {
        let markets = &self.datasets[dataset].markets;
        markets.is_empty() || markets.contains(&t)
    }

    /// The sums of a market at the probabilities in `room`.
    pub(super) fn sums(
        &self,
        market: &Market<'_>,
        room: &Room,
        xi_by_theta: Option<&[f64]>,
    ) -> Sums {
        let parts = self.parts.len();
        let free = &market.economy.space.free;
        let mut sums = Sums {
            numerator: vec![0.0; parts],
            denominator: vec![0.0; parts],
            numerator_by_theta: vec![0.0; parts * free.len()],
            denominator_by_theta: vec![0.0; parts * free.len()],
            products: vec![0.0; parts * parts],
        };
        let people = People::of(market);
        let rows = market.economy.problem.markets[market.t].clone();
        let folds = Folds::new(&self.parts, &self.datasets, &rows);
        let means = folds.means(people.layout, &room.cells);
        let covered: Vec<usize> = (0..parts)
            .filter(|&p| self.covers(self.parts[p].dataset, market.t))
            .collect();
        for &p in &covered {
            let (value, weight) = match folds.of_part(p) {
                Some((of, counted)) => self.choices(p, &people, &means[of], &means[counted]),
                None => self.second(p, None, &people, &room.cells),
            };
            sums.numerator[p] = value;
            sums.denominator[p] = weight;
        }
        if self.covariance.is_empty() {
            self.products(&covered, &folds, &people, &room.cells, &mut sums.products);
        }
        let products = people.products;
        for (n, (place, _)) in free.iter().enumerate() {
            let own = xi_by_theta.and_then(|xi| xi.get(n * products..(n + 1) * products));
            let Some(moved) = own.and_then(|own| probabilities_by(market, room, *place, own))
            else {
                continue;
            };
            let slopes = folds.slopes(people.layout, &moved);
            for &p in &covered {
                let (value, weight) = match folds.of_part(p) {
                    Some((of, counted)) => self.choices(p, &people, &slopes[of], &slopes[counted]),
                    None => self.second_slope(p, &people, &room.cells, &moved),
                };
                sums.numerator_by_theta[p * free.len() + n] = value;
                sums.denominator_by_theta[p * free.len() + n] = weight;
            }
        }
        sums
    }

    /// Numbers of the people of a market in a part.
    fn agents<'a>(&'a self, p: usize, people: &People<'_>) -> &'a [f64] {
        match &self.parts[p].value {
            MicroValue::Choice { agent, .. } => {
                &agent[people.first_agent..people.first_agent + people.count]
            }
            MicroValue::Second { .. } => &[],
        }
    }

    /// Sums over people of a part about choices, from the means of its column and of whom it counts.
    fn choices(&self, p: usize, people: &People<'_>, mean: &[f64], counted: &[f64]) -> (f64, f64) {
        let value = weighted(people.weight, self.agents(p, people), mean);
        let pairs = people.weight[..people.count].iter().zip(counted);
        (value, pairs.map(|(w, c)| w * c).sum())
    }

    /// Sums of products of two parts of the same survey.
    fn products(
        &self,
        covered: &[usize],
        folds: &Folds,
        people: &People<'_>,
        cells: &[f64],
        into: &mut [f64],
    ) {
        let parts = self.parts.len();
        let mut known: Vec<((usize, usize), Vec<f64>)> = Vec::new();
        for &p in covered {
            for &q in covered.iter().take_while(|&&q| q <= p) {
                if self.parts[q].dataset != self.parts[p].dataset {
                    continue;
                }
                let value = match folds.pair(p, q) {
                    None => self.second(p, Some(q), people, cells).0,
                    Some(pair) => {
                        if known.iter().all(|(other, _)| *other != pair) {
                            let mean = folds.product(people.layout, cells, p, q);
                            known.push((pair, mean.unwrap_or_default()));
                        }
                        let mean = known.iter().find(|(other, _)| *other == pair);
                        let both = self.agents(p, people).iter().zip(self.agents(q, people));
                        let both: Vec<f64> = both.map(|(a, b)| a * b).collect();
                        mean.map_or(0.0, |(_, mean)| weighted(people.weight, &both, mean))
                    }
                };
                into[p * parts + q] = value;
                into[q * parts + p] = value;
            }
        }
    }

    /// Sum of values (times those of another part) and of weights over first and second choices.
    fn second(
        &self,
        p: usize,
        other: Option<usize>,
        people: &People<'_>,
        cells: &[f64],
    ) -> (f64, f64) {
        let (mut values, mut weights) = (0.0, 0.0);
        let part = &self.parts[p].value;
        let worth = |j: usize, k: usize| {
            let value = people.value(part, j, k);
            value * other.map_or(1.0, |q| people.value(&self.parts[q].value, j, k))
        };
        for i in 0..people.count {
            let w = people.weight[i];
            for j in 0..people.products {
                let first = cells[people.at(j, i)];
                for k in (0..people.products).filter(|&k| k != j) {
                    let chance = first * cells[people.at(k, i)] / (1.0 - first);
                    values += w * chance * worth(j, k);
                    weights += w * chance;
                }
            }
        }
        (values, weights)
    }

    /// Derivatives of both sums where probabilities move by `moved`.
    fn second_slope(
        &self,
        p: usize,
        people: &People<'_>,
        cells: &[f64],
        moved: &[f64],
    ) -> (f64, f64) {
        let (mut values, mut weights) = (0.0, 0.0);
        let part = &self.parts[p].value;
        for i in 0..people.count {
            let w = people.weight[i];
            for j in 0..people.products {
                let (chance, slope) = (cells[people.at(j, i)], moved[people.at(j, i)]);
                let rest = 1.0 - chance;
                for k in (0..people.products).filter(|&k| k != j) {
                    let (other, other_slope) = (cells[people.at(k, i)], moved[people.at(k, i)]);
                    let both = slope * other / (rest * rest) + chance * other_slope / rest;
                    values += w * both * people.value(part, j, k);
                    weights += w * both;
                }
            }
        }
        (values, weights)
    }

    /// Moments from the sums of all markets in their order, `[eq:micro]`.
    pub(super) fn moments(&self, markets: &[Sums], parameters: usize) -> Found {
        let parts = self.parts.len();
        let total = |field: fn(&Sums) -> &Vec<f64>, size: usize| -> Vec<f64> {
            let mut total = vec![0.0; size];
            for sums in markets {
                for (total, value) in total.iter_mut().zip(field(sums)) {
                    *total += value;
                }
            }
            total
        };
        let denominator = total(|s| &s.denominator, parts);
        let numerator = total(|s| &s.numerator, parts);
        let value: Vec<f64> = numerator
            .iter()
            .zip(&denominator)
            .map(|(n, d)| n / d)
            .collect();
        let by_numerator = total(|s| &s.numerator_by_theta, parts * parameters);
        let by_denominator = total(|s| &s.denominator_by_theta, parts * parameters);
        let products = total(|s| &s.products, parts * parts);
        let slope = Mat::from_fn(parts, parameters, |p, n| {
            let at = p * parameters + n;
            (by_numerator[at] - value[p] * by_denominator[at]) / denominator[p]
        });
        let covariance = Mat::from_fn(parts, parts, |p, q| {
            if self.parts[p].dataset != self.parts[q].dataset {
                return 0.0;
            }
            let mean = products[p * parts + q] / denominator[p];
            (mean - value[p] * value[q]) / self.datasets[self.parts[p].dataset].observations
        });
        let count = self.moments.len();
        let mut gradient = vec![0.0; count * parts];
        let mut computed = Vec::with_capacity(count);
        for (m, moment) in self.moments.iter().enumerate() {
            let row = &mut gradient[m * parts..(m + 1) * parts];
            computed.push(match moment.statistic {
                MicroStatistic::Mean(p) => {
                    row[p] += 1.0;
                    value[p]
                }
                MicroStatistic::Ratio(p, q) => {
                    row[p] += 1.0 / value[q];
                    row[q] -= value[p] / (value[q] * value[q]);
                    value[p] / value[q]
                }
                MicroStatistic::Covariance(both, p, q) => {
                    row[both] += 1.0;
                    row[p] -= value[q];
                    row[q] -= value[p];
                    value[both] - value[p] * value[q]
                }
            });
        }
        let gradient = from_rows(&gradient, count, parts);
        let by_theta = &gradient * slope;
        Found {
            moments: self
                .moments
                .iter()
                .zip(computed)
                .map(|(m, c)| m.observed - c)
                .collect(),
            by_theta: (0..count * parameters)
                .map(|at| -by_theta[(at / parameters, at % parameters)])
                .collect(),
            covariance: match self.covariance.len() == count * count {
                true => from_rows(&self.covariance, count, count),
                false => &gradient * covariance * gradient.transpose(),
            },
        }
    }
}

/// People of a market with what surveys know of them.
struct People<'a> {
    layout: super::kernel::Layout,
    products: usize,
    count: usize,
    weight: &'a [f64],
    first_row: usize,
    first_agent: usize,
}

impl<'a> People<'a> {
    fn of(market: &'a Market<'_>) -> Self {
        let problem = market.economy.problem;
        let agents = problem.agents.as_ref();
        let layout = market.crowd.layout;
        Self {
            layout,
            products: layout.products,
            count: layout.people,
            weight: &market.crowd.weight,
            first_row: problem.markets[market.t].start,
            first_agent: agents.map_or(0, |agents| agents.markets[market.t].start),
        }
    }

    fn at(&self, j: usize, i: usize) -> usize {
        self.layout.at(j, i)
    }

    /// What a part counts for first choice `j` and second choice `k`.
    fn value(&self, part: &MicroValue, j: usize, k: usize) -> f64 {
        match part {
            MicroValue::Second { first, second } => {
                first[self.first_row + j] * second[self.first_row + k]
            }
            MicroValue::Choice { .. } => 0.0,
        }
    }
}

/// `∂P_ij/∂θ` by cell with mean utilities moving by `own`; `None` for parameters that move none.
fn probabilities_by(
    market: &Market<'_>,
    room: &Room,
    place: Place,
    own: &[f64],
) -> Option<Vec<f64>> {
    if place.kind > Kind::Rho {
        return None;
    }
    let layout = market.crowd.layout;
    let many = layout.width * LANES;
    let mut moved = vec![0.0; layout.cells()];
    if let Some(nesting) = &market.nesting {
        let way = Way::of(market, place, Some(own))?;
        let mut logs = Logs::new(nesting, layout);
        for block in 0..layout.blocks {
            logs.fill(market, &way, block, room);
            let first = block * layout.products * many;
            for (n, slope) in logs.of_probability.iter().enumerate() {
                moved[first + n] = room.cells[first + n] * slope;
            }
        }
        return Some(moved);
    }
    let taste = market.direction(place);
    let by_cell = market.direction_by_cell(place);
    for i in 0..layout.people {
        let mut mean = 0.0;
        for j in 0..layout.products {
            let at = layout.at(j, i);
            let mut slope = own[j];
            if let Some((k, taste)) = &taste {
                slope += market.crowd.x[k * layout.products + j] * taste[i];
            }
            if let Some(cells) = &by_cell {
                slope += cells[at];
            }
            moved[at] = slope;
            mean += room.cells[at] * slope;
        }
        for j in 0..layout.products {
            let at = layout.at(j, i);
            moved[at] = room.cells[at] * (moved[at] - mean);
        }
    }
    Some(moved)
}

/// A matrix of aggregate moments with that of micro moments beside it.
pub(super) fn beside(aggregate: Mat<f64>, micro: Option<Mat<f64>>) -> Mat<f64> {
    match micro {
        None => aggregate,
        Some(micro) => block_diagonal(&[aggregate, micro]),
    }
}
