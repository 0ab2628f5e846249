//! Sobol points in double precision, plain or with Owen's nested uniform scrambling.
//!
//! Points are Joe and Kuo's (2008), in Gray-code order, at 52 bits; scrambling is Owen's (1995, "Randomly permuted
//! (t,m,s)-nets and (t,s)-sequences", Lecture Notes in Statistics 106, 299–317): each bit of a coordinate is flipped or not by
//! a coin that depends on the dimension and on *all* higher bits of the unscrambled coordinate. The coins are a hash of
//! (seed, dimension, bit, higher bits), so that no tree is stored and any point can be computed alone.

mod directions;

use core::fmt;
use directions::DIRECTIONS;

/// The most dimensions that a [`Sobol`] sequence can have.
pub const MAX_DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// Bits of a coordinate: 52, so that the centre of each of the 2^52 cells is an f64 and lies inside (0, 1).
const BITS: usize = 52;

/// Too many dimensions, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DimensionError {
    /// The number asked for.
    pub dimensions: usize,
}

impl fmt::Display for DimensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a Sobol sequence of {} dimensions was asked for, 1 to {MAX_DIMENSIONS} are possible; use fewer brands or \
             channels, each of which needs one",
            self.dimensions
        )
    }
}

impl std::error::Error for DimensionError {}

/// A Sobol sequence of a fixed number of dimensions.
#[derive(Debug, Clone)]
pub struct Sobol {
    /// Direction numbers, shape (dimensions), each `BITS` integers whose highest bit in use is bit `BITS − 1`.
    directions: Vec<[u64; BITS]>,
}

impl Sobol {
    /// The sequence with this many dimensions.
    ///
    /// # Errors
    /// [`DimensionError`] unless `1 ≤ dimensions ≤ MAX_DIMENSIONS`.
    pub fn new(dimensions: usize) -> Result<Self, DimensionError> {
        if dimensions == 0 || dimensions > MAX_DIMENSIONS {
            return Err(DimensionError { dimensions });
        }
        let first = core::array::from_fn(|bit| 1 << (BITS - 1 - bit));
        let others = DIRECTIONS
            .iter()
            .map(|&(polynomial, initial)| expand(polynomial, initial));
        Ok(Self {
            directions: core::iter::once(first)
                .chain(others)
                .take(dimensions)
                .collect(),
        })
    }

    /// Number of dimensions.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.directions.len()
    }

    /// The first `count` points, unscrambled, each coordinate moved to the centre of its cell (by 2^−53); row-major, shape
    /// (count, dimensions), inside (0, 1).
    #[must_use]
    pub fn points(&self, count: usize) -> Vec<f64> {
        self.fill(count, |_, cell| cell)
    }

    /// The first `count` points under the nested uniform scrambling of `seed`; row-major, shape (count, dimensions), inside
    /// (0, 1). The first points of a longer call are those of a shorter one.
    #[must_use]
    pub fn scrambled(&self, count: usize, seed: u64) -> Vec<f64> {
        let coins: Vec<[u64; BITS]> = (0..self.dimensions())
            .map(|dimension| {
                let base = mix(mix(seed).wrapping_add(GOLDEN.wrapping_mul(dimension as u64 + 1)));
                core::array::from_fn(|bit| {
                    mix(base.wrapping_add(GOLDEN.wrapping_mul(bit as u64 + 1)))
                })
            })
            .collect();
        self.fill(count, |dimension, cell| scramble(&coins[dimension], cell))
    }

    fn fill(&self, count: usize, change: impl Fn(usize, u64) -> u64) -> Vec<f64> {
        let dimensions = self.dimensions();
        let mut cells = vec![0_u64; dimensions];
        let mut points = Vec::with_capacity(count * dimensions);
        for index in 0..count {
            if index > 0 {
                // Neighbours in Gray-code order differ in one bit. More than 2^52 points do not fit in memory.
                let bit = (index.trailing_zeros() as usize).min(BITS - 1);
                for (cell, direction) in cells.iter_mut().zip(&self.directions) {
                    *cell ^= direction[bit];
                }
            }
            points.extend(
                cells
                    .iter()
                    .enumerate()
                    .map(|(dimension, &cell)| centre(change(dimension, cell))),
            );
        }
        points
    }
}

/// The first `count` scrambled points of a sequence with this many dimensions; row-major, shape (count, dimensions).
///
/// # Errors
/// [`DimensionError`] unless `1 ≤ dimensions ≤ MAX_DIMENSIONS`.
pub fn scrambled(dimensions: usize, count: usize, seed: u64) -> Result<Vec<f64>, DimensionError> {
    Ok(Sobol::new(dimensions)?.scrambled(count, seed))
}

/// All direction numbers of a dimension from its polynomial and initial numbers, by Joe and Kuo's recurrence
/// `m_k = 2 a_1 m_{k−1} ⊕ … ⊕ 2^{s−1} a_{s−1} m_{k−s+1} ⊕ 2^s m_{k−s} ⊕ m_{k−s}`.
fn expand(polynomial: u32, initial: &[u32]) -> [u64; BITS] {
    let degree = initial.len();
    let mut m = [0_u64; BITS];
    for k in 0..BITS {
        m[k] = if k < degree {
            u64::from(initial[k])
        } else {
            (1..=degree)
                .filter(|back| polynomial >> (degree - back) & 1 == 1)
                .fold(m[k - degree], |sum, back| sum ^ (m[k - back] << back))
        };
    }
    core::array::from_fn(|k| m[k] << (BITS - 1 - k))
}

/// Flips each bit by a coin that depends on the bits above it.
fn scramble(coins: &[u64; BITS], cell: u64) -> u64 {
    coins.iter().enumerate().fold(0, |result, (bit, &coin)| {
        let position = BITS - 1 - bit;
        let above = cell >> position >> 1;
        let flip = mix(coin ^ above) >> 63;
        result | (((cell >> position & 1) ^ flip) << position)
    })
}

/// Centre of a cell, in (0, 1); both steps are exact.
fn centre(cell: u64) -> f64 {
    (cell as f64 + 0.5) * CELL_WIDTH
}

const CELL_WIDTH: f64 = 1.0 / (1_u64 << BITS) as f64;

/// 2^64 divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A bijection of the 64-bit words in which every output bit depends on every input bit: the finaliser of SplitMix64 (Steele,
/// Lea & Flood 2014, doi:10.1145/2660193.2660195), constants of Stafford's variant 13.
const fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(GOLDEN);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points differ from the reference's by the move to the centre of a cell, 2^−53.
    const IDENTITY: f64 = 1e-15;
    /// Chance of one bit: mean of 2^14 fair coins, five standard errors.
    const COIN_TOLERANCE: f64 = 5.0 * 0.5 / 128.0;

    /// Root mean square error under scrambling as a share of plain Monte Carlo's.
    const GAIN: f64 = 0.05;

    /// (point, dimension, coordinate): `scipy.stats.qmc.Sobol(128, scramble=False, bits=52).random(200)`, SciPy 1.17.1.
    const SCIPY: [(usize, usize, f64); 11] = [
        (1, 0, 0.5),
        (5, 1, 0.875),
        (37, 2, 0.578125),
        (37, 7, 0.796875),
        (100, 20, 0.7578125),
        (100, 39, 0.1328125),
        (199, 63, 0.54296875),
        (199, 100, 0.55859375),
        (199, 127, 0.97265625),
        (150, 127, 0.48046875),
        (77, 50, 0.2421875),
    ];

    #[test]
    fn points_match_the_reference() {
        let points = Sobol::new(128).unwrap().points(200);
        for (index, dimension, expected) in SCIPY {
            let found = points[index * 128 + dimension];
            assert!(
                libm::fabs(found - expected) < IDENTITY,
                "{index} {dimension}: {found} {expected}"
            );
        }
    }

    #[test]
    fn one_point_in_each_stratum_of_every_dimension() {
        let count = 1 << 10;
        let sobol = Sobol::new(MAX_DIMENSIONS).unwrap();
        for points in [
            sobol.points(count),
            sobol.scrambled(count, 3),
            sobol.scrambled(count, 4),
        ] {
            for dimension in 0..MAX_DIMENSIONS {
                let mut seen = vec![false; count];
                for index in 0..count {
                    let x = points[index * MAX_DIMENSIONS + dimension];
                    assert!(x > 0.0 && x < 1.0);
                    let stratum = (x * count as f64) as usize;
                    assert!(
                        !seen[stratum],
                        "two points in stratum {stratum} of dimension {dimension}"
                    );
                    seen[stratum] = true;
                }
            }
        }
    }

    /// Dimensions 1 and 2 are a (0, 2)-sequence: every elementary rectangle of area 2^−k holds one of the first 2^k points, and
    /// nested scrambling keeps this.
    #[test]
    fn elementary_rectangles_of_the_first_two_dimensions() {
        let bits = 8;
        let points = scrambled(2, 1 << bits, 11).unwrap();
        for across in 0..=bits {
            let (columns, rows) = (1_usize << across, 1_usize << (bits - across));
            let mut seen = vec![0; columns * rows];
            for point in points.chunks_exact(2) {
                let column = (point[0] * columns as f64) as usize;
                let row = (point[1] * rows as f64) as usize;
                seen[column * rows + row] += 1;
            }
            assert!(seen.iter().all(|&n| n == 1), "{columns} × {rows}");
        }
    }

    #[test]
    fn scrambling_is_nested_and_fair_and_depends_on_the_seed() {
        let sobol = Sobol::new(2).unwrap();
        let plain = sobol.points(256);
        let (one, two) = (sobol.scrambled(256, 1), sobol.scrambled(256, 2));
        assert_ne!(one, two);
        assert_eq!(one[..128 * 2], sobol.scrambled(128, 1));
        // Two coordinates that share their first k bits and differ in the next still do after scrambling.
        let common = |a: f64, b: f64| (((a * 256.0) as u8) ^ ((b * 256.0) as u8)).leading_zeros();
        for a in 0..256 {
            for b in 0..a {
                assert_eq!(
                    common(plain[2 * a], plain[2 * b]),
                    common(one[2 * a], one[2 * b])
                );
            }
        }
        let seeds = 1_u64 << 14;
        for bit in 1..=12 {
            let ones = (0..seeds).filter(|&seed| {
                (sobol.scrambled(1, seed)[1] * f64::from(1 << bit)) as u64 & 1 == 1
            });
            let share = ones.count() as f64 / seeds as f64;
            assert!(
                libm::fabs(share - 0.5) < COIN_TOLERANCE,
                "bit {bit}: {share}"
            );
        }
    }

    /// Mean of Π (1 + (x − 1/2)/2) over 8 dimensions is 1; plain Monte Carlo has a standard error of 0.0066 at 1,024 points.
    #[test]
    fn smooth_integrand_is_far_better_than_monte_carlo() {
        let (dimensions, count, seeds) = (8, 1024, 32);
        let variance_per_point = libm::pow(1.0 + 1.0 / 48.0, f64::from(dimensions)) - 1.0;
        let monte_carlo = libm::sqrt(variance_per_point / f64::from(count));
        let squares: f64 = (0..seeds)
            .map(|seed| {
                let points = scrambled(dimensions as usize, count as usize, seed).unwrap();
                let sum: f64 = points
                    .chunks_exact(dimensions as usize)
                    .map(|point| point.iter().map(|x| 1.0 + (x - 0.5) / 2.0).product::<f64>())
                    .sum();
                (sum / f64::from(count) - 1.0) * (sum / f64::from(count) - 1.0)
            })
            .sum();
        let scrambled_error = libm::sqrt(squares / seeds as f64);
        assert!(
            scrambled_error < GAIN * monte_carlo,
            "{scrambled_error} against {monte_carlo}"
        );
    }

    #[test]
    fn dimensions_out_of_range_are_an_error() {
        assert_eq!(Sobol::new(0).unwrap_err(), DimensionError { dimensions: 0 });
        let message = Sobol::new(MAX_DIMENSIONS + 1).unwrap_err().to_string();
        assert!(
            message.contains("129") && message.contains("128"),
            "{message}"
        );
    }
}
