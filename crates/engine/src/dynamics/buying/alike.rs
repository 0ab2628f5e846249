//! Whether tables are those that something was computed from before.

use super::Buying;

impl Buying {
    /// Whether what is on offer is the same to two blocks of a type, owned state and network.
    #[inline(always)]
    pub(crate) fn offers_alike(&self, block: usize, other: usize) -> bool {
        self.computed_for[block] == self.computed_for[other]
    }

    /// Whether a block's states buy and keep as those of another market's block do, in which all ages, networks and
    /// parameters are the same. Each is given as (block, pair), counted over all types.
    #[inline(always)]
    pub(crate) fn agrees_with(
        &self,
        [block, pair]: [usize; 2],
        other: &Self,
        [other_block, other_pair]: [usize; 2],
    ) -> bool {
        let (own, others) = (self.computed_for[block], other.computed_for[other_block]);
        own == others
            && self.relief_for[pair].to_bits() == other.relief_for[other_pair].to_bits()
            && self.keep_value[pair] == other.keep_value[other_pair]
            && self.season == other.season
    }

    /// The number of the tables of type `i`: another one whenever they change, never 0.
    #[inline(always)]
    pub(in crate::dynamics) fn tables(&self, i: usize) -> u64 {
        self.tables[i]
    }

    /// The same of those who know no entrant.
    #[inline(always)]
    pub(in crate::dynamics) fn unaware_tables(&self, i: usize) -> u64 {
        self.unaware_tables[i]
    }
}
