//! A promise about margins: closed forms, conditions of Karush, Kuhn and Tucker, and what happens at its ends.

use super::*;
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::supply::margin_cap::{Cap, Remedy, certify, solve_capped};

/// Conditions of Karush, Kuhn and Tucker.
const KKT: f64 = 1e-8;

fn one_product(services: f64) -> Game {
    let demand = Demand::new(&[1.0], &[1.2], &[3.0], None).unwrap();
    let game = Game::new(demand, Conduct::nash(vec![0]), vec![1.0]).unwrap();
    game.with_services(&[services]).unwrap()
}

fn capped(game: &Game, caps: &[Cap]) -> beachhead_engine::supply::margin_cap::Capped {
    let found = solve_capped(game, caps, &game.cost, &Search::default()).unwrap();
    assert!(found.converged(), "{found:?}");
    found.value
}

#[test]
fn one_product_is_the_lower_of_two_prices() {
    for services in [0.0, 0.3, 0.9] {
        let game = one_product(services);
        let free = equilibrium(&game)[0];
        for value in [0.0, 0.01, 0.05, 0.2, 0.4, 0.6, 0.9] {
            let found = capped(&game, &[Cap::gross(0, value, &game.cost)]);
            let bound = 1.0 / (1.0 - value);
            close(found.price[0], free.min(bound), KKT);
            assert_eq!(found.kept[0].binds, bound < free, "{services} {value}");
        }
    }
}

#[test]
fn a_portfolio_satisfies_the_conditions_and_no_deviation_pays() {
    for nests in [None, Some(pairs(7))] {
        let game = mixed(7, 13, nests);
        let services: Vec<f64> = (0..7 * 13).map(|n| 0.5 * arbitrary(11 * n)).collect();
        let game = game.with_services(&services).unwrap();
        for value in [0.02, 0.05, 0.15] {
            let cap = Cap::gross(1, value, &game.cost);
            let found = capped(&game, std::slice::from_ref(&cap));
            assert!(found.kept[0].binds);
            close(found.kept[0].margin, value, SAME_MATHEMATICS);
            let conditions = certify(&game, &[cap], &found, 0);
            assert!(conditions.stationary < KKT, "{conditions:?}");
            assert!(
                conditions.broken < KKT && conditions.slack < KKT,
                "{conditions:?}"
            );
            assert!(conditions.best_deviation < KKT, "{conditions:?}");
        }
    }
}

#[test]
fn a_portfolio_may_sell_one_product_dear_and_another_cheap() {
    // The promise is about the sum: with different services per buyer, margins differ under it.
    let game = mixed(7, 13, None);
    let services: Vec<f64> = (0..7 * 13).map(|n| 0.8 * arbitrary(n / 13)).collect();
    let game = game.with_services(&services).unwrap();
    let found = capped(&game, &[Cap::gross(0, 0.05, &game.cost)]);
    let margins: Vec<f64> = [0, 3, 6]
        .iter()
        .map(|&j| 1.0 - game.cost[j] / found.price[j])
        .collect();
    let widest = margins.iter().copied().fold(f64::MIN, f64::max);
    let narrowest = margins.iter().copied().fold(f64::MAX, f64::min);
    assert!(widest > 0.05 && narrowest < 0.05, "{margins:?}");
}

#[test]
fn a_cap_that_never_binds_is_no_cap() {
    let game = mixed(7, 13, None);
    let free = equilibrium(&game);
    let found = capped(
        &game,
        &[
            Cap::gross(0, 0.95, &game.cost),
            Cap::gross(2, 0.9, &game.cost),
        ],
    );
    assert!(!found.kept[0].binds && !found.kept[1].binds);
    all_close(&found.price, &free, IDENTITY);
}

#[test]
fn prices_are_continuous_where_the_cap_vanishes() {
    for services in [0.0, 0.4] {
        let flat = vec![services; 7 * 13];
        let game = mixed(7, 13, None).with_services(&flat).unwrap();
        let at = |value| capped(&game, &[Cap::gross(0, value, &game.cost)]).price;
        let zero = at(0.0);
        for value in [1e-4, 1e-6, 1e-8] {
            let near = at(value);
            let far = near
                .iter()
                .zip(&zero)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(far < 10.0 * value, "{value}: {far}");
        }
    }
}

#[test]
fn two_firms_may_promise() {
    let game = mixed(7, 13, Some(pairs(7)));
    let caps = [
        Cap::gross(0, 0.08, &game.cost),
        Cap::gross(1, 0.12, &game.cost),
    ];
    let found = capped(&game, &caps);
    for (n, cap) in caps.iter().enumerate() {
        close(found.kept[n].margin, cap.value, KKT);
        let conditions = certify(&game, &caps, &found, n);
        assert!(
            conditions.stationary < KKT && conditions.best_deviation < KKT,
            "{conditions:?}"
        );
    }
}

#[test]
fn a_net_promise_counts_more_costs() {
    let game = mixed(6, 9, None);
    let gross = capped(&game, &[Cap::gross(0, 0.05, &game.cost)]);
    let mut net = Cap::gross(0, 0.05, &game.cost);
    net.counted_cost = game.cost.iter().map(|c| c + 0.1).collect();
    net.allocated = 0.001;
    let found = capped(&game, std::slice::from_ref(&net));
    assert!(found.price[0] > gross.price[0], "more room for the price");
    close(found.kept[0].margin, 0.05, KKT);
    let conditions = certify(&game, &[net], &found, 0);
    assert!(
        conditions.stationary < KKT && conditions.best_deviation < KKT,
        "{conditions:?}"
    );
}

#[test]
fn a_company_that_loses_elsewhere_is_not_bound() {
    let game = mixed(6, 9, None);
    let mut cap = Cap::gross(0, 0.05, &game.cost);
    cap.other_revenue = 10.0;
    cap.other_profit = -1.0;
    let found = capped(&game, &[cap]);
    assert!(!found.kept[0].binds);
    all_close(&found.price, &equilibrium(&game), IDENTITY);
}

#[test]
fn a_rebate_leaves_prices_and_pays_back() {
    let game = mixed(6, 9, None);
    let mut cap = Cap::gross(0, 0.05, &game.cost);
    cap.remedy = Remedy::Rebate;
    let found = capped(&game, std::slice::from_ref(&cap));
    all_close(&found.price, &equilibrium(&game), IDENTITY);
    let shares = game.demand.shares(&found.price);
    let own: Vec<usize> = vec![0, 3];
    let revenue: f64 = own.iter().map(|&j| found.price[j] * shares[j]).sum();
    let profit: f64 = own
        .iter()
        .map(|&j| (found.price[j] - game.cost[j]) * shares[j])
        .sum();
    let rebate = found.kept[0].rebate;
    assert!(rebate > 0.0);
    close((profit - rebate) / (revenue - rebate), 0.05, IDENTITY);
}

#[test]
fn a_promise_that_no_price_keeps_is_a_status() {
    let game = mixed(6, 9, None);
    let mut cap = Cap::gross(0, 0.05, &game.cost);
    // Profit elsewhere is above all revenue.
    cap.other_profit = 50.0;
    cap.other_revenue = 60.0;
    let found = solve_capped(&game, &[cap], &game.cost, &Search::default()).unwrap();
    assert_ne!(found.status, Status::Converged);
    assert!(found.residual > KKT);
}

/// Paid to be made: at every price above 0 its margin is above 1, also where nobody buys and profit and revenue are both nothing.
#[test]
fn a_promise_is_not_kept_by_selling_nothing() {
    let demand = Demand::new(&[1.0], &[1.6], &[1.5, 2.0], None).unwrap();
    let game = Game::new(demand, Conduct::nash(vec![0, 1]), vec![-1.8, 1.3]).unwrap();
    let cap = Cap::gross(0, 0.0, &game.cost);
    let found = solve_capped(&game, &[cap], &[1.2, 2.1], &Search::default()).unwrap();
    assert_ne!(found.status, Status::Converged, "{found:?}");
}

#[test]
fn a_cap_outside_its_range_is_an_error() {
    let game = one_product(0.0);
    for value in [1.0, -0.1, f64::NAN] {
        let cap = Cap::gross(0, value, &game.cost);
        assert!(solve_capped(&game, &[cap], &game.cost, &Search::default()).is_err());
    }
}
