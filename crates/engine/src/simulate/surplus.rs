//! Consumer surplus of a plan against staying out in the same month.

use super::World;
use super::path::Path;
use super::record::SurplusMonth;
use crate::dynamics::surplus;

/// Staying out in this month: its states and its surplus by type.
pub(super) struct Reference<'a> {
    mass: &'a [f64],
    by_type: Vec<f64>,
}

impl<'a> Reference<'a> {
    pub(super) fn new(world: &World, path: &'a Path) -> Self {
        let mass = &path.economy.consumers.mass;
        Self {
            mass,
            by_type: by_type(world, path, mass),
        }
    }
}

fn by_type(world: &World, path: &Path, mass: &[f64]) -> Vec<f64> {
    surplus::by_type(
        &world.market,
        &world.calibrated.parameters,
        &world.layout,
        mass,
        &path.economy.buying,
        world.dispatch,
    )
}

/// The plan's surplus against the reference, all users, money.
pub(super) fn against(world: &World, path: &Path, reference: &Reference) -> SurplusMonth {
    let at_reference_states = by_type(world, path, reference.mass);
    let own = by_type(world, path, &path.economy.consumers.mass);
    let users = world.market.users;
    let sum = |x: &[f64], y: &[f64]| users * x.iter().zip(y).map(|(x, y)| x - y).sum::<f64>();
    let gains: Vec<f64> = own
        .iter()
        .zip(&reference.by_type)
        .map(|(x, y)| x - y)
        .collect();
    SurplusMonth {
        choice_and_price: sum(&at_reference_states, &reference.by_type),
        drift: sum(&own, &at_reference_states),
        top_percent: top_share(&world.market.tastes.weight, &gains),
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
