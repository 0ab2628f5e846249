//! Shares of preference: what respondents of a conjoint study would choose from a set of products, and the exponent
//! at which they answer prices as they should.
//!
//! Everybody knows and reaches everything here, and nothing carries over: the static limit of the months.

use crate::numerics::solve::{Solve, Status};
use crate::scenario::PartWorths;

/// Products to choose from, by position among the durable ones, with their prices. `S` of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChoiceSet {
    /// Products, (S,).
    pub product: Vec<usize>,
    /// Consumers' prices, (S,), money per unit.
    pub price: Vec<f64>,
}

/// Shares of a choice set.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// By product of the set, (S,).
    pub product: Vec<f64>,
    /// Of those who would buy none; 0 where the study did not ask.
    pub none: f64,
}

/// Which elasticity the exponent is tuned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceResponse {
    /// Of the share of one product of the set by its own price.
    Own(usize),
    /// Of the share of all products together by all prices; needs the none option.
    Category,
}

/// Respondents with weights that sum to 1.
#[derive(Clone, Debug)]
pub struct Simulator<'a> {
    part_worths: &'a PartWorths,
    /// (I,).
    weight: Vec<f64>,
}

/// Exponents that are tried at first, from the smallest on, in steps of this factor.
const STEP: f64 = 1.25;
/// Smallest and largest exponent tried.
const RANGE: (f64, f64) = (1e-4, 1e4);
/// Relative miss of the elasticity that ends the search.
const TOLERANCE: f64 = 1e-11;
/// Halvings of the bracket.
const HALVINGS: usize = 200;

impl<'a> Simulator<'a> {
    /// All respondents; `segment_share` is the share of users in each segment.
    pub fn new(part_worths: &'a PartWorths, segment_share: &[f64]) -> Self {
        let weight = weights(part_worths, segment_share);
        Self {
            part_worths,
            weight,
        }
    }

    /// The same for the respondents of one segment alone.
    pub fn of_segment(part_worths: &'a PartWorths, segment: usize) -> Self {
        let share: Vec<f64> = (0..=segment)
            .map(|s| f64::from(u8::from(s == segment)))
            .collect();
        Self::new(part_worths, &share)
    }

    /// Shares of preference at an exponent, `[eq:preference]`.
    pub fn shares(&self, exponent: f64, set: &ChoiceSet) -> Shares {
        let mut shares = Shares {
            product: vec![0.0; set.product.len()],
            none: 0.0,
        };
        for (i, &w) in self.weight.iter().enumerate() {
            if w == 0.0 {
                continue;
            }
            let own = self.respondent(i, exponent, set);
            for (sum, share) in shares.product.iter_mut().zip(&own.product) {
                *sum += w * share;
            }
            shares.none += w * own.none;
        }
        shares
    }

    /// Elasticity of shares by prices at an exponent, `[eq:preference_elasticity]`. At a price that is a level of the study the
    /// slope is the mean of both sides.
    pub fn elasticity(&self, exponent: f64, set: &ChoiceSet, response: PriceResponse) -> f64 {
        let (mut share, mut change) = (0.0, 0.0);
        for (i, &w) in self.weight.iter().enumerate() {
            if w == 0.0 {
                continue;
            }
            let own = self.respondent(i, exponent, set);
            let slope = |s: usize| {
                let price = set.price[s];
                exponent * self.part_worths.price_slope_at(i, price) * price
            };
            match response {
                PriceResponse::Own(s) => {
                    share += w * own.product[s];
                    change += w * own.product[s] * (1.0 - own.product[s]) * slope(s);
                }
                PriceResponse::Category => {
                    share += w * (1.0 - own.none);
                    let all: f64 = (0..set.price.len())
                        .map(|s| own.product[s] * slope(s))
                        .sum();
                    change += w * own.none * all;
                }
            }
        }
        change / share
    }

    /// The smallest exponent at which the elasticity is the wanted one, `[eq:exponent]`. Where none in range is, the status says so
    /// and the value is the exponent that comes nearest; the residual is the relative miss.
    pub fn tune(&self, set: &ChoiceSet, response: PriceResponse, wanted: f64) -> Solve<f64> {
        let miss = |exponent: f64| {
            let elasticity = self.elasticity(exponent, set, response);
            (elasticity - wanted) / wanted.abs().max(f64::MIN_POSITIVE)
        };
        let mut iterations = 0;
        let (mut low, mut best) = (RANGE.0, (f64::INFINITY, RANGE.0));
        let mut high = low;
        let start = miss(low);
        // A wanted elasticity of nearly nothing lies below the smallest exponent.
        if start <= 0.0 {
            return solve(low, Status::BudgetSpent, 1, start.abs());
        }
        loop {
            high *= STEP;
            iterations += 1;
            let here = miss(high);
            if here.is_nan() || high > RANGE.1 {
                return solve(best.1, Status::BudgetSpent, iterations, best.0);
            }
            if here.abs() < best.0 {
                best = (here.abs(), high);
            }
            if here <= 0.0 {
                break;
            }
            low = high;
        }
        for _ in 0..HALVINGS {
            iterations += 1;
            let middle = 0.5 * (low + high);
            let here = miss(middle);
            if here.abs() <= TOLERANCE {
                return solve(middle, Status::Converged, iterations, here.abs());
            }
            if here > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let left = miss(high).abs();
        solve(high, Status::BudgetSpent, iterations, left)
    }

    /// Choice probabilities of one respondent; shifted by the largest utility, so that no exponential overflows.
    fn respondent(&self, i: usize, exponent: f64, set: &ChoiceSet) -> Shares {
        let part_worths = self.part_worths;
        let utility = |s: usize| {
            let worth = part_worths.worth[i * part_worths.products + set.product[s]];
            // [eq:part_worth]
            exponent * (worth + part_worths.price_worth_at(i, set.price[s]))
        };
        let mut product: Vec<f64> = (0..set.product.len()).map(utility).collect();
        let none = part_worths.none.get(i).map(|none| exponent * none);
        let largest = product
            .iter()
            .copied()
            .chain(none)
            .fold(f64::NEG_INFINITY, f64::max);
        product
            .iter_mut()
            .for_each(|v| *v = libm::exp(*v - largest));
        let none = none.map_or(0.0, |none| libm::exp(none - largest));
        let sum = product.iter().sum::<f64>() + none;
        product.iter_mut().for_each(|e| *e /= sum);
        Shares {
            product,
            none: none / sum,
        }
    }
}

/// Weights of types, (I,): a segment's share of users, spread over its respondents by their weights. Sum to 1 where every
/// segment has a respondent.
pub fn weights(part_worths: &PartWorths, segment_share: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; segment_share.len()];
    for (&segment, w) in part_worths.segment.iter().zip(&part_worths.weight) {
        if let Some(sum) = sums.get_mut(segment) {
            *sum += w;
        }
    }
    let of = |(&segment, w): (&usize, &f64)| match segment_share.get(segment) {
        Some(share) if sums[segment] > 0.0 => share * w / sums[segment],
        _ => 0.0,
    };
    let pairs = part_worths.segment.iter().zip(&part_worths.weight);
    pairs.map(of).collect()
}

fn solve(value: f64, status: Status, iterations: usize, residual: f64) -> Solve<f64> {
    Solve {
        value,
        status,
        iterations,
        residual,
    }
}
