//! A sudden change of who knows an entrant, `[eq:awareness_shock]`.

use crate::dynamics::economy::Economy;
use crate::dynamics::layout::Layout;

/// A share `by` of those who do not know the entrant learn of it; below 0, a share of those who know it without owning
/// it forget. Masses move between cells and stay the same in sum.
///
/// `weight` is that of each type, (I,).
pub(super) fn shock(
    economy: &mut Economy,
    layout: &Layout,
    weight: &[f64],
    dispatch: crate::numerics::dispatch::Dispatch,
    entrant: usize,
    by: f64,
) {
    let share = by.abs().min(1.0);
    let knows = 1 << entrant;
    for mass in economy.consumers.mass.chunks_exact_mut(layout.type_cells()) {
        for known in (0..layout.known_sets).filter(|known| known & knows == 0) {
            for owned in (0..layout.owned).filter(|&o| layout.entrant_of(o) != Some(entrant)) {
                for network in 0..layout.networks {
                    let without = layout.block(known, owned, network) * layout.stride();
                    let with = layout.block(known | knows, owned, network) * layout.stride();
                    let (from, to) = if by > 0.0 {
                        (without, with)
                    } else {
                        (with, without)
                    };
                    for cell in 0..layout.stride() {
                        let moved = share * mass[from + cell];
                        mass[from + cell] -= moved;
                        mass[to + cell] += moved;
                    }
                }
            }
        }
    }
    economy.stock = economy.consumers.stock(layout, weight, dispatch);
}
