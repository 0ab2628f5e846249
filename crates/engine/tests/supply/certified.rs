//! What is no equilibrium though every first-order condition holds, and what is one of several.

use super::*;
use beachhead_engine::supply::certificate::{certify, second_order};
use beachhead_engine::supply::deviation::best_deviation;
use beachhead_engine::supply::from_margins::{Facts, Form, calibrate};
use beachhead_engine::supply::margin_cap::{Cap, certify_all, solve_capped};

/// A gain of profit by hand, four digits.
const BY_HAND: f64 = 1e-3;

/// Many who mind the price and a few who do not: a low price for all and a high one for the few are both local maxima.
fn two_maxima() -> Game {
    let demand = Demand::new(&[0.9, 0.1], &[8.0, 0.3], &[12.0, 4.0], None).unwrap();
    Game::new(demand, Conduct::nash(vec![0]), vec![0.2]).unwrap()
}

#[test]
fn of_two_local_maxima_one_is_the_equilibrium() {
    let game = two_maxima();
    let profit = |price: &[f64]| game.objectives(price)[0];
    let low = equilibrium(&game);
    let certificate = certify(&game, &low, &Search::default());
    assert_eq!(certificate.equilibria.len(), 1, "{certificate:?}");
    assert!(certificate.rejected >= 1, "{certificate:?}");
    let best = &certificate.equilibria[0];
    // No price of a fine grid earns more.
    for n in 1..4_000 {
        assert!(profit(&[0.01 * f64::from(n)]) <= profit(best) * (1.0 + SAME_MATHEMATICS));
    }
}

#[test]
fn a_minimum_between_two_maxima_is_not_certified() {
    let game = two_maxima();
    let profit = |p: f64| game.objectives(&[p])[0];
    // Between the two maxima profit has a valley: walk down to it from both sides.
    let (mut low, mut high) = (1.6, 6.0);
    for _ in 0..200 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if profit(a) < profit(b) {
            high = b
        } else {
            low = a
        }
    }
    assert!(profit(low) < profit(1.3) && profit(low) < profit(10.0));
    let certificate = certify(&game, &[low], &Search::default());
    assert!(
        certificate.first_order < FINITE_DIFFERENCE,
        "{certificate:?}"
    );
    assert!(!certificate.is_maximum() && certificate.gains().is_some());
    assert!(
        certificate
            .equilibria
            .iter()
            .all(|price| (price[0] - low).abs() > FINITE_DIFFERENCE)
    );
}

#[test]
fn two_firms_that_may_change_places_have_two_equilibria() {
    // One serves all, the other the few who do not mind the price; which one is which nothing says.
    let quality = [5.3, -0.784, 5.3, -0.784];
    let demand = Demand::new(&[0.702, 0.298], &[3.996, 0.18], &quality, None).unwrap();
    let game = Game::new(demand, Conduct::nash(vec![0, 1]), vec![0.872; 2]).unwrap();
    let one = solve(&game, &[7.1, 1.4], &Search::default());
    assert!(one.converged(), "{one:?}");
    let certificate = certify(&game, &one.value, &Search::default());
    let found = &certificate.equilibria;
    assert_eq!(found.len(), 2, "{certificate:?}");
    all_close(&found[0], &[found[1][1], found[1][0]], SAME_MATHEMATICS);
    assert!((found[0][0] - found[0][1]).abs() > 1.0);
}

/// Shares and a margin that a spread of price coefficients meets only where profit is not at its highest.
fn no_equilibrium() -> (Game, Vec<f64>) {
    let facts = Facts {
        price: vec![10.0, 10.0],
        share: vec![0.3, 0.3],
        margin: vec![Some(0.4), None],
        conduct: Conduct::nash(vec![0, 1]),
        kept: vec![1.0; 2],
    };
    let form = Form {
        nest: None,
        dissimilarity: None,
        price_spread: 2.0,
        types: 4,
        price_coefficient: None,
    };
    let found = calibrate(&facts, &form).unwrap();
    assert!(found.converged());
    (found.value.game, facts.price)
}

#[test]
fn a_firm_that_gains_far_away_is_found() {
    let (game, price) = no_equilibrium();
    assert!(game.first_order(&price) < FINITE_DIFFERENCE);
    let second = second_order(&game, &price);
    assert!(second.iter().flatten().all(|largest| *largest < 0.0));
    let gain = game.objectives(&[20.0, 10.0])[0] / game.objectives(&price)[0] - 1.0;
    let best = best_deviation(&game, &price, &[]).unwrap();
    assert!(best.gain >= gain && gain > BY_HAND, "{best:?}, {gain}");
    // Both firms are alike: either may be named, and its gain is that of its prices.
    let mut there = price.clone();
    best.prices.iter().for_each(|&(j, price)| there[j] = price);
    let (now, then) = (game.objectives(&price), game.objectives(&there));
    close(
        best.gain,
        then[best.firm] / now[best.firm] - 1.0,
        SAME_MATHEMATICS,
    );
    let certificate = certify(&game, &price, &Search::default());
    assert!(certificate.gains().is_some() && certificate.rejected >= 1);
    let is_it = |found: &Vec<f64>| (found[0] - 10.0).abs() + (found[1] - 10.0).abs() < BY_HAND;
    assert!(!certificate.equilibria.iter().any(is_it), "{certificate:?}");
}

#[test]
fn deviations_are_looked_for_with_services_too() {
    let game = mixed(6, 9, None);
    let zero = game.clone().with_services(&vec![0.0; 6 * 9]).unwrap();
    let price: Vec<f64> = equilibrium(&game).iter().map(|p| 1.2 * p).collect();
    let plain = best_deviation(&game, &price, &[]).unwrap();
    let with = best_deviation(&zero, &price, &[]).unwrap();
    assert!(plain.gain > 0.0);
    assert_eq!(plain.firm, with.firm);
    close(with.gain, plain.gain, SAME_MATHEMATICS);
    let other = best_deviation(&game, &price, &[plain.firm]).unwrap();
    assert_ne!(other.firm, plain.firm);
}

#[test]
fn promises_are_certified_for_all_firms_and_from_other_starts() {
    let game = mixed(7, 13, Some(pairs(7)));
    let caps = [Cap::gross(0, 0.08, &game.cost)];
    let search = Search::default();
    let found = solve_capped(&game, &caps, &game.cost, &search).unwrap();
    assert!(found.converged() && found.value.kept[0].binds);
    let certificate = certify_all(&game, &caps, &found, &search).unwrap();
    assert!(certificate.starts > 0 && certificate.converged == certificate.starts);
    assert_eq!(certificate.equilibria.len(), 1, "{certificate:?}");
    assert!(certificate.first_order < SAME_MATHEMATICS && certificate.gains().is_none());
    assert_eq!(certificate.second_order.len(), 3);
    assert!(
        certificate
            .second_order
            .iter()
            .all(|largest| largest.is_some_and(|largest| largest < 0.0)),
        "{certificate:?}"
    );
}

#[test]
fn the_second_order_of_a_promise_is_that_along_it() {
    // Two products of one firm: the one direction that keeps the promise, by differences of profit along it.
    let game = mixed(4, 9, None);
    let own = [0, 3];
    let caps = [Cap::gross(0, 0.1, &game.cost)];
    let search = Search::default();
    let found = solve_capped(&game, &caps, &game.cost, &search).unwrap();
    let price = &found.value.price;
    let certificate = certify_all(&game, &caps, &found, &search).unwrap();
    let largest = certificate.second_order[0].unwrap();
    // Walks a little along the promise, both ways, the second price making up for the first.
    let excess = |price: &[f64]| {
        let shares = game.demand.shares(price);
        own.iter()
            .map(|&j| (price[j] * 0.9 - game.cost[j]) * shares[j])
            .sum::<f64>()
    };
    let kept = |first: f64| {
        let mut there = price.clone();
        there[0] = first;
        let (mut low, mut high) = (0.9 * price[3], 1.1 * price[3]);
        for _ in 0..200 {
            there[3] = (low + high) / 2.0;
            if excess(&there) < 0.0 {
                low = there[3]
            } else {
                high = there[3]
            }
        }
        game.objectives(&there)[0]
    };
    let (now, up, down) = (kept(price[0]), kept(1.01 * price[0]), kept(0.99 * price[0]));
    assert!(
        largest < 0.0 && up < now && down < now,
        "{largest} {up} {now} {down}"
    );
}
