//! Part-worths of a conjoint study: what each respondent's answers say a product is worth.

use crate::futures::address::Address;
use serde::Serialize;

/// Demand imported from a study, `[eq:part_worth]`. `I` respondents, `J` durable products in the order
/// of the table, `L ≥ 2` levels of price.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartWorths {
    /// Ids of respondents, (I,).
    pub respondent: Vec<String>,
    /// Segment of a respondent, (I,).
    pub segment: Vec<usize>,
    /// Weight of a respondent, (I,), any scale; what counts is its share of the segment's sum.
    pub weight: Vec<f64>,
    /// Sum of the worths of a product's levels but its price, (I, J), in the study's utility.
    pub worth: Vec<f64>,
    /// Durable products.
    pub products: usize,
    /// Levels of price, rising, (L,), currency.
    pub price_level: Vec<f64>,
    /// Worth of a level of price, (I, L), never rising with the price.
    pub price_worth: Vec<f64>,
    /// Worth of buying none of them, (I,); empty where the study did not ask.
    pub none: Vec<f64>,
    /// Whether draws resample respondents: another sample of the same size would have asked others.
    pub resampled: bool,
}

/// What the names of respondents' streams begin with.
const STREAM: &str = "demand.part_worths";

/// Least money slope that counts, as a share of the mean one: who did not mind price in the study would otherwise
/// turn utility into money without limit.
const LEAST_SLOPE: f64 = 0.05;

impl PartWorths {
    /// Number of respondents.
    pub fn len(&self) -> usize {
        self.respondent.len()
    }

    /// Whether nobody answered.
    pub fn is_empty(&self) -> bool {
        self.respondent.is_empty()
    }

    /// Factors on respondents' weights in a draw, (I,), each with mean 1, `[eq:resampled]`. A respondent's factor has an address
    /// of its own, so that another one in the table changes nobody's.
    pub fn resample(&self, address: &Address) -> Vec<f64> {
        let factor = |id: &String| -libm::log(address.uniform(&format!("{STREAM}.{id}")));
        self.respondent.iter().map(factor).collect()
    }

    /// The same study with respondents' weights times these factors; as it is without any.
    #[must_use]
    pub fn reweighted(&self, factors: &[f64]) -> Self {
        let mut study = self.clone();
        for (weight, factor) in study.weight.iter_mut().zip(factors) {
            *weight *= factor;
        }
        study
    }

    /// Worth of paying `price` to respondent `i`: between levels on a line, beyond them on the line of the last two,
    /// `[eq:part_worth]`.
    pub fn price_worth_at(&self, i: usize, price: f64) -> f64 {
        let worth = self.price_worths(i);
        let at = self.piece(price);
        worth[at] + self.slope(worth, at) * (price - self.price_level[at])
    }

    /// Change of that worth for one more unit of currency; at a level, the mean of both sides.
    pub fn price_slope_at(&self, i: usize, price: f64) -> f64 {
        let worth = self.price_worths(i);
        let at = self.piece(price);
        if at > 0 && price == self.price_level[at] {
            0.5 * (self.slope(worth, at - 1) + self.slope(worth, at))
        } else {
            self.slope(worth, at)
        }
    }

    /// What a unit of currency is worth to each respondent, from the first level of price to the last, (I,); at least a
    /// twentieth of the mean.
    pub fn money_slopes(&self) -> Vec<f64> {
        let last = self.price_level.len() - 1;
        let range = self.price_level[last] - self.price_level[0];
        let slopes: Vec<f64> = (0..self.len())
            .map(|i| {
                let worth = self.price_worths(i);
                (worth[0] - worth[last]) / range
            })
            .collect();
        let sum: f64 = self.weight.iter().sum();
        let mean: f64 = slopes
            .iter()
            .zip(&self.weight)
            .map(|(slope, w)| slope * w / sum)
            .sum();
        slopes
            .into_iter()
            .map(|slope| slope.max(LEAST_SLOPE * mean))
            .collect()
    }

    fn price_worths(&self, i: usize) -> &[f64] {
        let levels = self.price_level.len();
        &self.price_worth[i * levels..(i + 1) * levels]
    }

    /// The piece between two levels that a price lies on.
    fn piece(&self, price: f64) -> usize {
        let inner = &self.price_level[1..self.price_level.len() - 1];
        inner.partition_point(|level| *level <= price)
    }

    fn slope(&self, worth: &[f64], piece: usize) -> f64 {
        let level = &self.price_level;
        (worth[piece + 1] - worth[piece]) / (level[piece + 1] - level[piece])
    }
}
