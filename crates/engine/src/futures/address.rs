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
