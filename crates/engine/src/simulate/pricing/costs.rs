//! Incumbents' costs, backed out of the calibrated baseline.

use super::lines::{Board, Services};
use super::search::game;
use crate::calibrate;
use crate::dynamics::economy::Economy;
use crate::dynamics::reduced::reduced_rows;
use crate::scenario::Plan;
use crate::simulate::World;
use crate::simulate::firm::Firm;
use crate::supply::costs::backed_out;

/// Unit costs at which incumbents that play would set the prices of the table in the steady state without an entrant, (P,), currency per unit: *cost
/// less lifetime services*, after what channels keep. None where a cost is given, where nobody plays, and where demand does not tell.
pub(in crate::simulate) fn baseline_costs(
    world: &World,
    ground: &calibrate::Ground,
) -> Vec<Option<f64>> {
    let scenario = world.scenario;
    let mut costs = vec![None; scenario.products.len()];
    let plays = |p: usize| {
        let product = &scenario.products[p];
        let rule = scenario
            .pricing
            .as_ref()
            .and_then(|x| x.rule_of(product.brand));
        !scenario.is_entrant(product.brand) && rule.is_some_and(|rule| rule.plays())
    };
    let moves: Vec<bool> = (0..scenario.products.len()).map(plays).collect();
    let is_missing = |p: usize| moves[p] && scenario.products[p].unit_cost.is_none();
    if !(0..moves.len()).any(is_missing) {
        return costs;
    }
    let nothing = Plan::nothing();
    let firm = Firm::new(world, &nothing);
    let months = world.shared_ground();
    let no_trust = vec![0.0; world.market.brands];
    let consumers = world.calibrated.consumers.clone();
    let mut economy = Economy::new(months, consumers, no_trust);
    economy.open_month(months, &ground.offers, 1.0);
    let board = Board::new(world, &firm, &ground.offers, &moves);
    let reduction = reduced_rows(
        months,
        &economy,
        &ground.offers,
        &board.rows,
        &board.amount,
        0.0,
    );
    let services = Services::new(world, months, &economy, &firm);
    let found = reduction
        .and_then(|found| game(&board, &economy, (found, &services)))
        .ok()
        .and_then(|game| {
            let prices: Vec<f64> = board.rows.iter().map(|row| row.price).collect();
            backed_out(&game, &prices)
        });
    for (line, cost) in board.lines.iter().zip(found.into_iter().flatten()) {
        if is_missing(line.product) && cost.is_finite() {
            costs[line.product] = Some(line.kept * cost);
        }
    }
    costs
}
