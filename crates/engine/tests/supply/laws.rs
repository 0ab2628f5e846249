//! Properties that hold for any market: recovery of costs, two methods, entry and exit, derivatives, mergers.

use super::*;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::supply::certificate::certify;
use beachhead_engine::supply::costs::backed_out;
use beachhead_engine::supply::equilibrium::Method;
use beachhead_engine::supply::error::SupplyError;
use beachhead_engine::supply::measures::pass_through;
use beachhead_engine::supply::responses::find;

/// Markets of all kinds: plain, nested, with partial conduct, taxes and services.
fn markets() -> Vec<Game> {
    let plain = mixed(7, 13, None);
    let nested = mixed(7, 13, Some(pairs(7)));
    let mut partial = mixed(6, 9, Some(pairs(6)));
    let weight = vec![1.0, 0.3, 0.0, 0.1, 1.0, 0.0, 0.5, 0.0, 1.0];
    partial.conduct = Conduct::new(partial.conduct.firm().to_vec(), weight).unwrap();
    let mut taxed = mixed(5, 8, Some(pairs(5)));
    taxed.kept = (0..5).map(|j| 1.0 / (1.0 + 0.1 * arbitrary(j))).collect();
    let services: Vec<f64> = (0..5 * 8).map(|n| 0.4 * arbitrary(11 * n)).collect();
    vec![
        plain,
        nested,
        partial,
        taxed.with_services(&services).unwrap(),
    ]
}

#[test]
fn costs_are_recovered_from_the_models_own_equilibrium() {
    for game in markets() {
        let price = equilibrium(&game);
        all_close(
            &backed_out(&game, &price).unwrap(),
            &game.cost,
            SAME_MATHEMATICS,
        );
    }
}

#[test]
fn both_methods_find_the_same_prices() {
    for game in markets() {
        let with = |method| Search {
            method,
            ..Search::default()
        };
        let start: Vec<f64> = game.cost.iter().map(|c| 1.5 * c).collect();
        let fixed = solve(&game, &start, &with(Method::FixedPoint));
        let newton = solve(&game, &start, &with(Method::Newton));
        assert!(
            fixed.converged() && newton.converged(),
            "{fixed:?} {newton:?}"
        );
        assert!(newton.iterations < fixed.iterations);
        all_close(&newton.value, &fixed.value, SAME_MATHEMATICS);
    }
}

#[test]
fn every_market_is_certified() {
    for game in markets() {
        let price = equilibrium(&game);
        let certificate = certify(&game, &price, &Search::default());
        assert!(
            certificate.first_order < SAME_MATHEMATICS,
            "{certificate:?}"
        );
        assert!(
            certificate.is_maximum() && certificate.gains().is_none(),
            "{certificate:?}"
        );
        assert_eq!(certificate.equilibria.len(), 1);
        assert_eq!(certificate.converged, certificate.starts);
    }
}

#[test]
fn no_firm_gains_by_another_price() {
    for game in markets() {
        let price = equilibrium(&game);
        let now = game.objectives(&price);
        for j in 0..price.len() {
            for factor in [0.9, 0.99, 0.999, 1.001, 1.01, 1.1] {
                let mut other = price.clone();
                other[j] *= factor;
                let firm = game.conduct.firm()[j];
                assert!(game.objectives(&other)[firm] < now[firm]);
            }
        }
    }
}

#[test]
fn entry_then_exit_restores_prices() {
    let full = mixed(7, 13, Some(pairs(7)));
    let kept: Vec<usize> = (0..6).collect();
    let part = |of: &[f64]| -> Vec<f64> { kept.iter().map(|&j| of[j]).collect() };
    let firm = kept.iter().map(|&j| full.conduct.firm()[j]).collect();
    let demand = full.demand.of_products(&kept);
    let before = Game::new(demand, Conduct::nash(firm), part(&full.cost)).unwrap();
    let first = equilibrium(&before);
    let entered = equilibrium(&full);
    let after = solve(&before, &part(&entered), &Search::default());
    let moved = first
        .iter()
        .zip(&entered)
        .any(|(a, b)| (a - b).abs() > FINITE_DIFFERENCE);
    assert!(moved, "entry moves prices");
    all_close(&after.value, &first, SAME_MATHEMATICS);
}

#[test]
fn a_product_that_nobody_buys_moves_nothing() {
    let full = mixed(7, 13, None);
    let ignored = full.demand.shifted(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -60.0]);
    let with = Game::new(ignored, full.conduct.clone(), full.cost.clone()).unwrap();
    let kept: Vec<usize> = (0..6).collect();
    let firm = full.conduct.firm()[..6].to_vec();
    let demand = full.demand.of_products(&kept);
    let without = Game::new(demand, Conduct::nash(firm), full.cost[..6].to_vec()).unwrap();
    all_close(
        &equilibrium(&with)[..6],
        &equilibrium(&without),
        SAME_MATHEMATICS,
    );
}

#[test]
fn a_merger_in_logit_lowers_no_price() {
    let game = {
        let quality: Vec<f64> = (0..6).map(|j| 1.0 + arbitrary(j)).collect();
        let demand = Demand::new(&[1.0], &[1.1], &quality, None).unwrap();
        Game::new(demand, Conduct::nash(vec![0, 0, 1, 2, 3, 3]), vec![0.5; 6]).unwrap()
    };
    let before = equilibrium(&game);
    for (from, into) in [(1, 0), (2, 3), (3, 0), (2, 1)] {
        let mut merged = game.clone();
        let firm = game.conduct.firm().iter();
        merged.conduct = Conduct::nash(firm.map(|&f| if f == from { into } else { f }).collect());
        for (after, before) in equilibrium(&merged).iter().zip(&before) {
            assert!(after > before);
        }
    }
}

#[test]
fn a_conduct_of_one_is_a_merger() {
    let game = mixed(6, 9, Some(pairs(6)));
    let mut joint = game.clone();
    let weight = vec![1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    joint.conduct = Conduct::new(game.conduct.firm().to_vec(), weight).unwrap();
    let mut merged = game;
    let firm = merged.conduct.firm().iter();
    merged.conduct = Conduct::nash(firm.map(|&f| if f == 1 { 0 } else { f }).collect());
    all_close(
        &equilibrium(&joint),
        &equilibrium(&merged),
        SAME_MATHEMATICS,
    );
}

#[test]
fn frozen_prices_stay_and_others_answer() {
    let mut game = mixed(7, 13, None);
    let before = equilibrium(&game);
    let mut start = before.clone();
    for j in [0, 3, 6] {
        game.frozen[j] = true;
        start[j] = 0.8 * before[j];
    }
    let after = solve(&game, &start, &Search::default());
    assert!(after.converged());
    for j in [0, 3, 6] {
        close(after.value[j], 0.8 * before[j], 0.0);
    }
    let again = game.conditions(&after.value);
    for j in [1, 2, 4, 5] {
        close(
            after.value[j],
            game.cost[j] + again.markup[j],
            SAME_MATHEMATICS,
        );
        assert!(
            (after.value[j] - before[j]).abs() > FINITE_DIFFERENCE,
            "product {j} answers"
        );
    }
}

#[test]
fn pass_through_is_what_a_dearer_unit_does_to_prices() {
    const STEP: f64 = 1e-5;
    for game in markets() {
        let products = game.products();
        let price = equilibrium(&game);
        let passed = pass_through(&game, &price).unwrap();
        for l in 0..products {
            let solved = |change: f64| {
                let mut other = game.clone();
                other.cost[l] += change;
                solve(&other, &price, &Search::default()).value
            };
            let (up, down) = (solved(STEP), solved(-STEP));
            for j in 0..products {
                let difference = (up[j] - down[j]) / (2.0 * STEP);
                // Both are money per unit of money: what hardly moves has no digits of its own.
                let gap = (passed[j * products + l] - difference).abs();
                assert!(gap < FINITE_DIFFERENCE, "{j} {l} {gap}");
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for game in markets() {
        let solved = |dispatch| {
            let mut game = game.clone();
            game.demand = game.demand.with_dispatch(dispatch);
            equilibrium(&game)
        };
        let wanted = solved(Dispatch::Portable);
        for dispatch in Dispatch::available() {
            let found = solved(dispatch);
            assert!(
                found
                    .iter()
                    .zip(&wanted)
                    .all(|(a, b)| a.to_bits() == b.to_bits()),
                "{dispatch:?}"
            );
        }
    }
}

#[test]
fn a_price_without_bound_is_a_status() {
    // Some buyers do not mind the price at all.
    let demand = Demand::new(&[0.5, 0.5], &[1.0, 0.0], &[1.0, 1.0], None).unwrap();
    let game = Game::new(demand, Conduct::nash(vec![0]), vec![0.5]).unwrap();
    for found in [
        solve(&game, &[1.0], &Search::default()),
        find(&game, &[1.0], &Search::default()),
    ] {
        assert!(!found.converged(), "{found:?}");
        assert_ne!(found.status, Status::Cancelled);
    }
}

#[test]
fn mistakes_of_shape_have_numbers() {
    let shape = |what, found, expected| SupplyError::Shape {
        what,
        found,
        expected,
    };
    let conduct = Conduct::new(vec![0, 1, 2], vec![1.0; 4]);
    assert_eq!(conduct.unwrap_err(), shape("the conduct matrix", 4, 9));
    let diagonal = Conduct::new(vec![0, 1], vec![0.5, 0.0, 0.0, 1.0]).unwrap_err();
    assert_eq!(
        diagonal.to_string(),
        "conduct on the diagonal number 1 is 0.5; expected 1"
    );
    let demand = Demand::new(&[1.0], &[1.0], &[1.0, 2.0], None).unwrap();
    let costs = Game::new(demand.clone(), Conduct::nash(vec![0, 1]), vec![1.0]);
    assert_eq!(costs.unwrap_err(), shape("costs", 1, 2));
    let nan = Game::new(demand, Conduct::nash(vec![0, 1]), vec![1.0, f64::NAN]).unwrap_err();
    assert_eq!(
        nan.to_string(),
        "cost number 2 is NaN; expected a finite number"
    );
}
