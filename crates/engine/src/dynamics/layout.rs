//! How the mass of one type over its states lies in memory.

use crate::choice::market::Market;
use crate::numerics::dispatch::LANES;

/// The states of every type. A *block* is one (type, known set, owned, network): ages without a
/// balance first, then ages with one, both padded with empty cells to whole vectors.
///
/// A balance ends with the last instalment: paying states have ages `0..n_c` only, and what is
/// paid off joins the states without a balance, which behave alike from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Types `I`.
    pub types: usize,
    /// Subsets of entrants that a consumer may know: 2^entrants, bit `e` for entrant `e`.
    pub known_sets: usize,
    /// What may be owned: incumbents, nothing (if the market has non-owners), entrants.
    pub owned: usize,
    /// Networks `C`.
    pub networks: usize,
    /// Incumbents, the first owned states.
    pub incumbents: usize,
    /// The state of owning nothing.
    pub none: Option<usize>,
    /// Months of instalments by network; 0 where there are none.
    pub instalments: Vec<usize>,
    /// Ages without a balance, `0..=oldest`.
    pub ages: usize,
    /// Cells of them, padded.
    pub age_cells: usize,
    /// Cells with a balance, padded to the longest instalments.
    pub balance_cells: usize,
}

impl Layout {
    /// States for `entrants` entrants (0 for the market before an entry).
    pub fn new(market: &Market, entrants: usize) -> Self {
        let longest = market
            .networks
            .iter()
            .map(|network| network.instalments)
            .max()
            .unwrap_or(0);
        let has_none = market.non_owners > 0.0 || market.lapse > 0.0;
        let ages = market.oldest_age + 1;
        Self {
            types: market.tastes.len(),
            known_sets: 1 << entrants,
            owned: market.incumbents + usize::from(has_none) + entrants,
            networks: market.networks.len(),
            incumbents: market.incumbents,
            instalments: market
                .networks
                .iter()
                .map(|network| network.instalments)
                .collect(),
            none: has_none.then_some(market.incumbents),
            ages,
            // Also room for whoever pays the last instalment beyond the last age.
            age_cells: ages.max(longest + 1).next_multiple_of(LANES),
            balance_cells: longest.next_multiple_of(LANES),
        }
    }

    /// Cells of a block.
    #[inline(always)]
    pub fn stride(&self) -> usize {
        self.age_cells + self.balance_cells
    }

    /// Whole vectors of a block's ages without a balance.
    #[inline(always)]
    pub(crate) fn age_vectors(&self) -> usize {
        self.age_cells / LANES
    }

    /// Whole vectors of a block's ages with a balance that can hold anybody on `network`.
    #[inline(always)]
    pub(crate) fn balance_vectors(&self, network: usize) -> usize {
        self.instalments[network].div_ceil(LANES)
    }

    /// Blocks of a type.
    #[inline(always)]
    pub fn blocks(&self) -> usize {
        self.known_sets * self.owned * self.networks
    }

    /// Cells of a type.
    #[inline(always)]
    pub fn type_cells(&self) -> usize {
        self.blocks() * self.stride()
    }

    /// Position of a block within its type.
    #[inline(always)]
    pub fn block(&self, known: usize, owned: usize, network: usize) -> usize {
        (known * self.owned + owned) * self.networks + network
    }

    /// Position of a type's (owned, network).
    #[inline(always)]
    pub fn pair(&self, i: usize, owned: usize, network: usize) -> usize {
        (i * self.owned + owned) * self.networks + network
    }

    /// Number of entrants.
    #[inline(always)]
    pub fn entrants(&self) -> usize {
        self.known_sets.trailing_zeros() as usize
    }

    /// The owned state of a brand.
    #[inline(always)]
    pub fn owned_of_brand(&self, brand: usize) -> usize {
        if brand < self.incumbents {
            brand
        } else {
            brand + usize::from(self.none.is_some())
        }
    }

    /// The brand of an owned state; none for owning nothing.
    #[inline(always)]
    pub fn brand_of(&self, owned: usize) -> Option<usize> {
        match self.none {
            Some(none) if owned == none => None,
            Some(none) if owned > none => Some(owned - 1),
            _ => Some(owned),
        }
    }

    /// The entrant of an owned state, if it is one.
    #[inline(always)]
    pub fn entrant_of(&self, owned: usize) -> Option<usize> {
        self.brand_of(owned)
            .and_then(|brand| brand.checked_sub(self.incumbents))
    }

    /// Whether the state can be occupied: owners know their brand.
    #[inline(always)]
    pub fn is_possible(&self, known: usize, owned: usize) -> bool {
        self.entrant_of(owned)
            .is_none_or(|entrant| known >> entrant & 1 == 1)
    }

    /// Whether a brand can be bought by someone who knows `known`.
    #[inline(always)]
    pub fn can_buy(&self, known: usize, brand: usize) -> bool {
        brand < self.incumbents
            || (brand - self.incumbents < self.entrants()
                && known >> (brand - self.incumbents) & 1 == 1)
    }

    /// The known set after buying a brand.
    #[inline(always)]
    pub fn known_after(&self, known: usize, brand: usize) -> usize {
        if brand < self.incumbents {
            known
        } else {
            known | 1 << (brand - self.incumbents)
        }
    }
}
