//! Addressed randomness: a uniform has an address (seed, draw, name, month) and no history.
//!
//! The address names a place in the output of ChaCha8 (Bernstein 2008): key = (seed, draw), stream number = hash of the name,
//! position in the stream = month. Nothing is consumed, so a new name changes no other, plans share their draws, and order and
//! threads do not matter (model §6).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Where the randomness of one draw lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address {
    /// Seed of the run.
    pub seed: u64,
    /// Number of the draw, from 0.
    pub draw: u64,
}

impl Address {
    /// The address of a draw of a run.
    #[must_use]
    pub fn new(seed: u64, draw: u64) -> Self {
        Self { seed, draw }
    }

    /// The uniform of a quantity that has one value per draw, in (0, 1): the first of the stream of its name.
    #[must_use]
    pub fn uniform(&self, name: &str) -> f64 {
        open_unit(self.word(name))
    }

    /// The uniform of a monthly quantity, in (0, 1): the word at position `month` of the stream of its name.
    ///
    /// Months count from 1, so that position 0 stays with [`Address::uniform`].
    #[must_use]
    pub fn uniform_at(&self, name: &str, month: u32) -> f64 {
        open_unit(self.word_at(name, month))
    }

    /// 64 random bits for a name, for what needs a seed of its own (a scrambling, for instance).
    #[must_use]
    pub fn word(&self, name: &str) -> u64 {
        self.word_at(name, 0)
    }

    fn word_at(&self, name: &str, position: u32) -> u64 {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.draw.to_le_bytes());
        key[16..].copy_from_slice(PURPOSE);
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream_number(name));
        // ChaCha counts words of 32 bits.
        generator.set_word_pos(2 * u128::from(position));
        generator.next_u64()
    }
}

/// Fills the key; another layout of addresses would take another text, and results would change.
const PURPOSE: &[u8; 16] = b"futures, layout1";

/// The stream of a name: FNV-1a with 64 bits (Fowler, Noll & Vo; RFC 9923) over its UTF-8 bytes.
#[must_use]
pub fn stream_number(name: &str) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    name.bytes().fold(OFFSET_BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

/// The centre of one of 2^52 equal cells of (0, 1), exact in an f64 and never 0 or 1.
fn open_unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standard errors that a Monte Carlo mean may be off.
    const STANDARD_ERRORS: f64 = 5.0;

    /// Frozen: computed by an independent implementation of ChaCha8 and FNV-1a from their specifications. A change here changes
    /// every result.
    #[test]
    fn addresses_are_frozen() {
        let name = "networks.tel_one.churn";
        let spread = "demand.brand_spread";
        assert_eq!(Address::new(1, 0).uniform(name), 0.5715698945746636);
        assert_eq!(Address::new(1, 17).uniform(name), 0.8943067449647165);
        assert_eq!(Address::new(2, 17).uniform(name), 0.6577835521732674);
        assert_eq!(Address::new(1, 17).uniform(spread), 0.6592077641986122);
        assert_eq!(
            Address::new(1, 17).uniform_at(spread, 1),
            0.6960439332599014
        );
        assert_eq!(
            Address::new(1, 17).uniform_at(spread, 60),
            0.7417377512603983
        );
        assert_eq!(Address::new(1, 17).uniform("ségment"), 0.268816298116375);
        assert_eq!(
            Address::new(1, 17).word("ségment"),
            4_958_785_454_194_779_147
        );
        // Published values of FNV-1a, 64 bits.
        assert_eq!(
            [
                stream_number(""),
                stream_number("a"),
                stream_number("foobar")
            ],
            [
                0xcbf2_9ce4_8422_2325,
                0xaf63_dc4c_8601_ec8c,
                0x8594_4171_f739_67e8
            ]
        );
    }

    #[test]
    fn addresses_do_not_depend_on_order_and_names_do_not_share_streams() {
        let address = Address::new(5, 3);
        let names: Vec<String> = (0..2000)
            .map(|n| format!("products.p_{n}.unit_cost"))
            .collect();
        let forward: Vec<f64> = names.iter().map(|name| address.uniform(name)).collect();
        let mut backward: Vec<f64> = names
            .iter()
            .rev()
            .map(|name| address.uniform(name))
            .collect();
        backward.reverse();
        assert_eq!(forward, backward);
        assert_eq!(address.uniform("a"), address.uniform_at("a", 0));
        let mut streams: Vec<u64> = names.iter().map(|name| stream_number(name)).collect();
        streams.sort_unstable();
        streams.dedup();
        assert_eq!(streams.len(), names.len());
    }

    /// Means, variances and neighbouring correlations over draws, names and months are those of independent uniforms.
    #[test]
    fn uniforms_are_uniform_and_independent_along_every_axis() {
        const COUNT: u32 = 20_000;
        let along: [(&str, Vec<f64>); 4] = [
            (
                "draws",
                (0..COUNT)
                    .map(|draw| Address::new(1, draw.into()).uniform("x"))
                    .collect(),
            ),
            (
                "seeds",
                (0..COUNT)
                    .map(|seed| Address::new(seed.into(), 0).uniform("x"))
                    .collect(),
            ),
            (
                "names",
                (0..COUNT)
                    .map(|n| Address::new(1, 0).uniform(&format!("x{n}")))
                    .collect(),
            ),
            (
                "months",
                (0..COUNT)
                    .map(|month| Address::new(1, 0).uniform_at("x", month))
                    .collect(),
            ),
        ];
        for (axis, uniforms) in along {
            assert!(uniforms.iter().all(|u| *u > 0.0 && *u < 1.0));
            let count = f64::from(COUNT);
            let mean = uniforms.iter().sum::<f64>() / count;
            let off = (mean - 0.5) * (12.0 * count).sqrt();
            assert!(off.abs() < STANDARD_ERRORS, "{axis}: mean {mean}");
            let square = uniforms.iter().map(|u| u * u).sum::<f64>() / count;
            // Var(u²) = 1/5 − 1/9.
            let off = (square - 1.0 / 3.0) / ((1.0_f64 / 5.0 - 1.0 / 9.0) / count).sqrt();
            assert!(off.abs() < STANDARD_ERRORS, "{axis}: mean square {square}");
            let neighbours = uniforms
                .windows(2)
                .map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5))
                .sum::<f64>()
                / (count - 1.0);
            let off = neighbours * 12.0 * count.sqrt();
            assert!(
                off.abs() < STANDARD_ERRORS,
                "{axis}: correlation {}",
                12.0 * neighbours
            );
        }
    }
}
