//! Points and weights that stand for a standard normal population of tastes.

use super::error::EstimateError;
use super::linear::eigen;
use crate::futures::Address;
use crate::numerics::normal;
use crate::numerics::sobol::Sobol;
use faer::Mat;

/// A rule of integration over independent standard normals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Halton's sequence (1960), a prime a dimension, the first `discard` points left out; markets take up where the last one ended. With
    /// `scramble` every digit is permuted at random (Owen 2017).
    Halton {
        /// Points left out at the beginning; 1,000 is usual.
        discard: usize,
        /// Whether digits are permuted.
        scramble: bool,
    },
    /// Sobol's sequence under nested uniform scrambling, another one for every market.
    Sobol,
    /// Modified Latin hypercube sampling (Hess, Train & Polak 2006): equal steps with one random start a dimension, shuffled.
    ModifiedLatinHypercube,
    /// Independent draws.
    MonteCarlo,
    /// The product of Gauss–Hermite rules; the size is the number of points a dimension, exact for polynomials up to twice that less one.
    Product,
}

/// Points with weights that sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Standard normal coordinates, (dimensions, points) column by column.
    pub nodes: Vec<Vec<f64>>,
    /// (points,)
    pub weight: Vec<f64>,
}

/// More points than this in a product rule are refused: they would not be computed with.
const MOST: usize = 10_000_000;

/// Points of one market, `[eq:integral]`. `size` is the number of points (of a dimension in a product rule); the same seed and market give the same points.
///
/// # Errors
/// More dimensions than a sequence has, or than a product rule can bear.
pub fn points(
    rule: Rule,
    dimensions: usize,
    size: usize,
    seed: u64,
    market: usize,
) -> Result<Points, EstimateError> {
    let address = Address::new(seed, market as u64);
    let name = |d: usize| format!("estimate.nodes.{d}");
    let uniform: Vec<Vec<f64>> = match rule {
        Rule::Product => return product(dimensions, size),
        Rule::Sobol => {
            let points = Sobol::new(dimensions)
                .map_err(too_many)?
                .scrambled(size, address.word("estimate.nodes"));
            (0..dimensions)
                .map(|d| (0..size).map(|n| points[n * dimensions + d]).collect())
                .collect()
        }
        Rule::Halton { discard, scramble } => {
            let start = discard + market * size;
            let common = Address::new(seed, 0);
            primes(dimensions)
                .into_iter()
                .enumerate()
                .map(|(d, base)| halton(base, start, size, scramble.then(|| common.word(&name(d)))))
                .collect()
        }
        Rule::ModifiedLatinHypercube => (0..dimensions)
            .map(|d| {
                let start = address.uniform(&name(d));
                let order = shuffled(size, address.word(&format!("{}.order", name(d))));
                let step = |n: usize| (n as f64 + start) / size as f64;
                order.into_iter().map(step).collect()
            })
            .collect(),
        Rule::MonteCarlo => (0..dimensions)
            .map(|d| {
                let word = address.word(&name(d));
                (0..size as u64).map(|n| unit(mixed(word, n))).collect()
            })
            .collect(),
    };
    let nodes = uniform.into_iter();
    let nodes = nodes.map(|column| column.into_iter().map(normal::quantile).collect());
    Ok(Points {
        nodes: nodes.collect(),
        weight: vec![1.0 / size as f64; size],
    })
}

/// The first so many primes.
fn primes(count: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::with_capacity(count);
    let mut next = 2;
    while found.len() < count {
        if found.iter().all(|p| next % p != 0) {
            found.push(next);
        }
        next += 1;
    }
    found
}

/// Radical inverses of `start`, `start + 1`, … in a base, digits permuted if there is a word for it.
fn halton(base: usize, start: usize, size: usize, word: Option<u64>) -> Vec<f64> {
    // Digits until the next one would not change a double.
    let digits = (f64::MANTISSA_DIGITS as f64 / (base as f64).log2()).ceil() as usize;
    let orders: Vec<Vec<usize>> = (0..digits)
        .map(|digit| match word {
            Some(word) => shuffled(base, mixed(word, digit as u64)),
            None => (0..base).collect(),
        })
        .collect();
    (start..start + size)
        .map(|index| {
            let (mut rest, mut factor, mut value) = (index, 1.0, 0.0);
            for order in &orders {
                factor /= base as f64;
                value += factor * order[rest % base] as f64;
                rest /= base;
            }
            // 0 has no quantile: the middle of the finest cell does.
            f64::max(value, f64::EPSILON / 2.0).min(1.0 - f64::EPSILON / 2.0)
        })
        .collect()
}

/// 64 random bits at a position of a word (the finaliser of SplitMix64; Steele, Lea & Flood 2014).
fn mixed(word: u64, position: u64) -> u64 {
    let mut z = word.wrapping_add((position + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The centre of one of 2^52 cells of (0, 1).
fn unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

/// 0 to `count − 1` in a random order.
fn shuffled(count: usize, word: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for n in (1..count).rev() {
        let other = (unit(mixed(word, n as u64)) * (n + 1) as f64) as usize;
        order.swap(n, other.min(n));
    }
    order
}

/// Gauss–Hermite nodes and weights for the standard normal, by the eigenvalues of the recurrence (Golub & Welsch 1969).
fn gauss_hermite(size: usize) -> (Vec<f64>, Vec<f64>) {
    let matrix = Mat::from_fn(size, size, |r, c| {
        if r.abs_diff(c) == 1 {
            (r.max(c) as f64).sqrt()
        } else {
            0.0
        }
    });
    match eigen(&matrix) {
        None => (vec![0.0], vec![1.0]),
        Some((values, vectors)) => {
            let weights = (0..size).map(|k| vectors[(0, k)] * vectors[(0, k)]);
            (values, weights.collect())
        }
    }
}

fn too_many(error: crate::numerics::sobol::DimensionError) -> EstimateError {
    EstimateError::Missing {
        what: format!(
            "no Sobol sequence of {} dimensions; hold columns of Σ at 0, or take halton",
            error.dimensions
        ),
    }
}

fn product(dimensions: usize, size: usize) -> Result<Points, EstimateError> {
    let count = size.checked_pow(dimensions as u32).filter(|&n| n <= MOST);
    let count = count.ok_or_else(|| EstimateError::Missing {
        what: format!(
            "a product rule of {size} points in {dimensions} dimensions has more than {MOST}; take fewer points, or a sequence (halton, sobol)"
        ),
    })?;
    let (node, weight) = gauss_hermite(size);
    let digit = |n: usize, d: usize| n / size.pow((dimensions - 1 - d) as u32) % size;
    Ok(Points {
        nodes: (0..dimensions)
            .map(|d| (0..count).map(|n| node[digit(n, d)]).collect())
            .collect(),
        weight: (0..count)
            .map(|n| (0..dimensions).map(|d| weight[digit(n, d)]).product())
            .collect(),
    })
}
