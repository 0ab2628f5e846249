//! A sudden change of who knows an entrant, `[eq:awareness_shock]`.

use crate::dynamics::economy::Economy;
use crate::dynamics::layout::Layout;
use crate::simulate::World;

/// A share `by` of those who do not know the entrant learn of it; below 0, a share of those who know it without owning
/// it forget. Masses move between cells and stay the same in sum.
pub(in crate::simulate) fn shock(economy: &mut Economy, world: &World, entrant: usize, by: f64) {
    let layout = &world.layout;
    economy.change_masses(world.ground(), |mass| {
        for mass in mass.chunks_exact_mut(layout.type_cells()) {
            shock_type(mass, layout, entrant, by);
        }
    });
}

fn shock_type(mass: &mut [f64], layout: &Layout, entrant: usize, by: f64) {
    let share = by.abs().min(1.0);
    let knows = 1 << entrant;
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
