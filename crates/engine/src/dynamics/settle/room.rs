//! What moving a type needs besides its masses.

use crate::dynamics::layout::Layout;
use crate::numerics::dispatch::LANES;
use std::array::from_fn;

/// New owners and lapsed ones of one owned state, by (known set, network).
pub(super) struct Room {
    /// Bought now: paid at once, financed.
    pub(super) born: Vec<[f64; 2]>,
    /// Owners who come to own nothing, all owned states.
    pub(super) lapsed: Vec<f64>,
}

impl Room {
    pub(super) fn new(layout: &Layout) -> Self {
        let groups = layout.known_sets * layout.networks;
        Self {
            born: vec![[0.0; 2]; groups],
            lapsed: vec![0.0; groups],
        }
    }
}

/// Where ages end, as lanes of the vector that holds the end.
pub(super) struct AgeLimits {
    /// Vector of the last age.
    pub(super) last: usize,
    /// Last vector that a balance can reach into.
    pub(super) most_paying: usize,
    /// 1 in the lanes up to the last age.
    pub(super) counted: [f64; LANES],
    /// 1 in the lane of the last age.
    pub(super) oldest: [f64; LANES],
    /// Whole vectors with a balance, by network.
    pub(super) balance: Vec<usize>,
    /// Vector of the first month without a balance, by network; beyond all without instalments.
    pub(super) paid_vector: Vec<usize>,
    /// 1 in its lane.
    pub(super) paid: Vec<[f64; LANES]>,
}

/// 1 at age 0.
pub(super) const NEWBORN: [f64; LANES] = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// 1 in one lane.
fn unit(lane: usize) -> [f64; LANES] {
    from_fn(|l| if l == lane { 1.0 } else { 0.0 })
}

impl AgeLimits {
    pub(super) fn new(layout: &Layout) -> Self {
        let oldest = layout.ages - 1;
        let months = &layout.instalments;
        Self {
            last: oldest / LANES,
            most_paying: layout.balance_cells / LANES,
            counted: from_fn(|l| if l <= oldest % LANES { 1.0 } else { 0.0 }),
            oldest: unit(oldest % LANES),
            balance: (0..months.len())
                .map(|c| layout.balance_vectors(c))
                .collect(),
            paid_vector: months
                .iter()
                .map(|&n| if n > 0 { n / LANES } else { usize::MAX })
                .collect(),
            paid: months.iter().map(|&n| unit(n % LANES)).collect(),
        }
    }
}
