//! Consumer surplus of a plan against staying out in the same month.

use super::World;
use super::path::Path;
use super::place::{Place, Shared};
use super::record::SurplusMonth;
use crate::dynamics::surplus::{self, ReferenceMass, WithoutEntrants};

/// Staying out in this month: its states and its surplus by type.
pub(super) struct Reference<'a> {
    consumers: Where<'a>,
    by_type: Vec<f64>,
}

enum Where<'a> {
    /// Over the states with entrants, (I, N).
    Apart(&'a [f64]),
    /// Over the states without, (I, N'), and the share of types in each known set, (I, sets).
    Shared(&'a Shared, Vec<f64>),
}

impl<'a> Reference<'a> {
    pub(super) fn new(world: &World, path: &'a Path, shared: &'a Shared) -> Self {
        match &path.place {
            _ if world.for_money => Self {
                consumers: Where::Apart(&[]),
                by_type: Vec::new(),
            },
            Place::Outside(_) => Self {
                consumers: Where::Shared(shared, path.place.known_sets(world)),
                by_type: shared.values.by_type(world.shared_ground()),
            },
            Place::Inside(economy) => {
                let mass = &economy.opened().mass;
                Self {
                    consumers: Where::Apart(mass),
                    by_type: surplus::by_type(world.ground(), mass, &economy.buying),
                }
            }
        }
    }

    /// Masses of a type.
    pub(super) fn of_type<'b>(&'b self, world: &'b World, i: usize) -> ReferenceMass<'b> {
        let of = |mass: &'b [f64], cells: usize| &mass[i * cells..(i + 1) * cells];
        let after = |mass: &'b [f64], cells: usize| &mass[(i + 1) * cells..];
        match &self.consumers {
            Where::Apart(mass) => ReferenceMass::Same(of(mass, world.layout.type_cells())),
            Where::Shared(shared, shares) => {
                let layout = &world.shared_layout;
                let sets = world.layout.known_sets;
                ReferenceMass::WithoutEntrants(WithoutEntrants {
                    layout,
                    mass: of(&shared.start.mass, layout.type_cells()),
                    ahead: after(&shared.start.mass, layout.type_cells()),
                    shares: &shares[i * sets..(i + 1) * sets],
                    values: &shared.values,
                    buying: &shared.economy.buying,
                })
            }
        }
    }

    /// A plan's surplus against this one's, all users, money: `values` at its own states and at these,
    /// (I,).
    pub(super) fn against(&self, world: &World, values: &[[f64; 2]]) -> SurplusMonth {
        let users = world.market.users;
        let sum = |of: &dyn Fn(usize) -> f64| users * (0..values.len()).map(of).sum::<f64>();
        let gains: Vec<f64> = values
            .iter()
            .zip(&self.by_type)
            .map(|([own, _], stay_out)| own - stay_out)
            .collect();
        SurplusMonth {
            choice_and_price: sum(&|i| values[i][1] - self.by_type[i]),
            drift: sum(&|i| values[i][0] - values[i][1]),
            top_percent: top_share(&world.market.tastes.weight, &gains),
        }
    }
}

/// Share of all gains that the 1 % of users with the largest gain per head have.
fn top_share(weight: &[f64], gains: &[f64]) -> f64 {
    let total: f64 = gains.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    let mut order: Vec<usize> = (0..weight.len()).collect();
    order.sort_by(|&a, &b| (gains[b] / weight[b]).total_cmp(&(gains[a] / weight[a])));
    let (mut room, mut sum) = (0.01, 0.0);
    for i in order {
        let part = (room / weight[i]).min(1.0);
        sum += part * gains[i];
        room -= part * weight[i];
        if room <= 0.0 {
            break;
        }
    }
    sum / total
}
