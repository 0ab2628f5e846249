//! Where the types of one segment stand in the space of tastes and reach: one small, jointly balanced set of points.
//!
//! With some thirty types in a segment it matters little how well each taste is spread over its own axis, and much how tastes
//! and reach are spread *together*: what an entrant sells through a channel that one in seven can use is decided by the
//! image it has with the four or five types that can. Every coordinate of a Sobol sequence is a (0, 1)-sequence, so that
//! each, paired with the position in the sequence, forms a (0, m, 2)-net (Niederreiter 1992, "Random Number Generation and
//! Quasi-Monte Carlo Methods", Lemma 4.22): the position serves as the first entrant's coordinate, which is thereby
//! stratified within the reach of each channel, within each range of price sensitivity, and so on. `[eq:nodes]`

use crate::numerics::normal;
use crate::numerics::sobol::{self, DimensionError};
use core::f64::consts::TAU;
use std::sync::{Arc, Mutex, PoisonError};

/// The points of a segment. `n` types, `F` brands, `K` channels.
pub(super) struct Nodes {
    /// Standard normal nodes of price sensitivity, (n,).
    pub(super) price: Vec<f64>,
    /// Standard normal nodes of the worth of quality, (n,).
    pub(super) quality: Vec<f64>,
    /// Standard normal nodes of brand image, (F,) columns of (n,).
    pub(super) brands: Vec<Vec<f64>>,
    /// The order in which types come to reach a channel, 0 first, (K,) columns of (n,).
    pub(super) reach: Vec<Vec<usize>>,
}

/// What a set of points follows from: types, channels, brands, the foremost brand, the seed.
type Key = (usize, usize, usize, Option<usize>, u64);

/// Sets that were made last. All draws of a scenario have the same.
static KEPT: Mutex<Vec<(Key, Arc<Nodes>)>> = Mutex::new(Vec::new());

/// So many are kept.
const MOST_KEPT: usize = 16;

/// [`Nodes::new`], made once for all who ask for the same.
///
/// # Errors
/// As there.
pub(super) fn kept(
    n: usize,
    channels: usize,
    brands: usize,
    foremost: Option<usize>,
    seed: u64,
) -> Result<Arc<Nodes>, DimensionError> {
    let key = (n, channels, brands, foremost, seed);
    // A thread that ended while it held the list leaves it whole: sets are only ever put in or taken out.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, nodes)) = kept.iter().find(|(other, _)| *other == key) {
        return Ok(Arc::clone(nodes));
    }
    let nodes = Arc::new(Nodes::new(n, channels, brands, foremost, seed)?);
    if kept.len() == MOST_KEPT {
        kept.remove(0);
    }
    kept.push((key, Arc::clone(&nodes)));
    Ok(nodes)
}

impl Nodes {
    /// The points of `n` types; `foremost` is the brand that needs the best coordinate, the first entrant.
    ///
    /// # Errors
    /// More brands and channels than the quasi-random sequence has dimensions.
    pub(super) fn new(
        n: usize,
        channels: usize,
        brands: usize,
        foremost: Option<usize>,
        seed: u64,
    ) -> Result<Self, DimensionError> {
        let dimensions = 2 + channels + brands;
        let points = sobol::scrambled(dimensions, n, seed)?;
        let strata = strata(n);
        // Early coordinates are the better ones: price sensitivity and reach are worth more than the worth of quality.
        let ranks = |dimension: usize| ranks(&points, dimensions, dimension);
        let normals = |ranks: Vec<usize>| ranks.into_iter().map(|rank| strata[rank]).collect();
        Ok(Self {
            price: normals(ranks(0)),
            reach: (0..channels).map(|k| ranks(1 + k)).collect(),
            quality: normals(ranks(1 + channels)),
            brands: (0..brands)
                .map(|brand| match foremost {
                    Some(first) if first == brand => strata.clone(),
                    _ => normals(ranks(2 + channels + brand)),
                })
                .collect(),
        })
    }
}

/// The rank of each point along one coordinate, (n,).
fn ranks(points: &[f64], dimensions: usize, dimension: usize) -> Vec<usize> {
    let at = |i: usize| points[i * dimensions + dimension];
    let n = points.len() / dimensions;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| at(a).total_cmp(&at(b)));
    let mut ranks = vec![0; n];
    for (rank, &i) in order.iter().enumerate() {
        ranks[i] = rank;
    }
    ranks
}

/// A standard normal cut into `n` parts of equal probability: the mean of each part, lowest first, all scaled to unit
/// variance, (n,). A single part has its mean, 0. `[eq:nodes]`
fn strata(n: usize) -> Vec<f64> {
    // The density at the edge below part r, whose difference over the probability 1/n is the part's mean.
    let edge = |r: usize| {
        if r == 0 || r == n {
            return 0.0;
        }
        let z = normal::quantile(r as f64 / n as f64);
        libm::exp(-0.5 * z * z) / TAU.sqrt()
    };
    let mut means: Vec<f64> = (0..n).map(|r| (edge(r) - edge(r + 1)) * n as f64).collect();
    let variance = means.iter().map(|z| z * z).sum::<f64>() / n as f64;
    if variance > 0.0 {
        for z in &mut means {
            *z /= variance.sqrt();
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of a few dozen rounded terms.
    const IDENTITY: f64 = 1e-12;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn every_taste_has_mean_zero_and_variance_one() {
        for n in [2, 7, 16, 32, 100] {
            let nodes = Nodes::new(n, 3, 4, Some(3), 17).unwrap();
            for column in nodes.brands.iter().chain([&nodes.price, &nodes.quality]) {
                let squares: Vec<f64> = column.iter().map(|z| z * z).collect();
                assert!(mean(column).abs() < IDENTITY);
                assert!((mean(&squares) - 1.0).abs() < IDENTITY);
            }
        }
    }

    #[test]
    fn whoever_reaches_a_channel_is_spread_over_the_entrants_image() {
        // Of 32 types, the 8 that reach a channel stand one in each eighth of the entrant's image, whatever the channel.
        for seed in 0..20 {
            let nodes = Nodes::new(32, 9, 10, Some(9), seed).unwrap();
            let mut sorted = nodes.brands[9].clone();
            sorted.sort_by(f64::total_cmp);
            for order in &nodes.reach {
                let mut eighths: Vec<usize> = (0..32)
                    .filter(|&i| order[i] < 8)
                    .map(|i| {
                        sorted
                            .iter()
                            .position(|&z| z == nodes.brands[9][i])
                            .unwrap()
                            / 4
                    })
                    .collect();
                eighths.sort_unstable();
                assert_eq!(eighths, (0..8).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn one_type_stands_in_the_middle() {
        let nodes = Nodes::new(1, 1, 2, Some(1), 3).unwrap();
        assert_eq!(nodes.price, [0.0]);
        assert_eq!(nodes.reach, [[0]]);
    }
}
