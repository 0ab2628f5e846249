//! A month as a market of types without states: its units, and how they answer to prices, against the month itself.

use crate::zoo::small::{Running, Small, network};
use beachhead_engine::dynamics::reduced::{Reduced, reduced};

/// Another order of operations.
const SAME_MATHEMATICS: f64 = 1e-12;
/// Central differences of a month, relative to the largest slope.
const DIFFERENCES: f64 = 1e-7;
/// Step of a price, a share.
const STEP: f64 = 1e-5;
/// With balances, slopes take the mix of ages as one: within this of the largest slope in a market where most owe.
const WITH_BALANCES: f64 = 2e-2;

/// Three types, two incumbents and an entrant, two networks that give instalments at a price of money, a shop that one type misses.
fn market() -> Small {
    let networks = vec![network(0.01, 8, 0.8, 0.6), network(0.02, 12, 0.9, 1.0)];
    let mut small = Small::new(3, 2, 1, networks);
    small.market.tastes.price_factor = vec![0.6, 1.0, 1.7];
    small.market.tastes.brand_node = vec![0.3, -0.2, 0.5, -0.4, 0.6, 0.0, 0.2, 0.1, -0.5];
    small.market.annuity = vec![0.95, 0.9, 0.97, 0.93, 0.99, 0.96];
    small.parameters.loyalty = vec![0.8, 0.4, 0.6];
    small.parameters.switching_cost = 1.1;
    small.parameters.ageing = 0.07;
    let first = small.channel(Some(0), 0.3, &[true, true, true]);
    let second = small.channel(Some(1), 0.1, &[true, false, true]);
    let retail = small.channel(None, -0.2, &[false, true, true]);
    small.product(0, 0.8, 300.0, &[first, second, retail]);
    small.product(0, 1.9, 700.0, &[first, retail]);
    small.product(1, 0.2, 150.0, &[second, retail]);
    small.product(2, 1.0, 220.0, &[retail]);
    small
}

fn opened(small: &Small, mass: Vec<f64>, price: &[f64]) -> (Running, Vec<f64>) {
    let mut running = small.start(mass);
    let offers = small.on_sale().repriced(|j, _, _| price[j]);
    running.economy.buying.owed_is_frozen = true;
    running.open(&offers, 1.1);
    let units = running.product_units(&offers);
    (running, units)
}

fn reduction(running: &Running, small: &Small) -> Reduced {
    reduced(running.ground(), &running.economy, &small.on_sale()).unwrap()
}

/// Largest distance of slopes from differences of the month, relative to the largest slope.
fn error_of_slopes(small: &Small, mass: &[f64]) -> f64 {
    let price: Vec<f64> = small
        .market
        .products
        .iter()
        .map(|product| product.price)
        .collect();
    let (running, units) = opened(small, mass.to_vec(), &price);
    let market = reduction(&running, small);
    let choice = market.demand.choose(&market.price);
    for (found, wanted) in choice.shares.iter().zip(&units) {
        assert!(
            (found - wanted).abs() < SAME_MATHEMATICS,
            "{found}, wanted {wanted}"
        );
    }
    let slopes = market.demand.shares_by_prices(&choice);
    let products = price.len();
    let (mut worst, mut largest): (f64, f64) = (0.0, 0.0);
    for l in 0..products {
        let at = |factor: f64| {
            let mut other = price.clone();
            other[l] *= factor;
            opened(small, mass.to_vec(), &other).1
        };
        let (up, down) = (at(1.0 + STEP), at(1.0 - STEP));
        for j in 0..products {
            let difference = (up[j] - down[j]) / (2.0 * STEP * price[l]);
            worst = worst.max((slopes[j * products + l] - difference).abs());
            largest = largest.max(difference.abs());
        }
    }
    worst / largest
}

#[test]
fn without_balances_units_and_slopes_are_the_months() {
    let small = market();
    let error = error_of_slopes(&small, &small.spread_consumers(0.4));
    assert!(error < DIFFERENCES, "{error}");
}

#[test]
fn where_all_is_paid_at_once_prices_count_whole() {
    let mut small = market();
    small.at_once = vec![0];
    let error = error_of_slopes(&small, &small.spread_consumers(0.4));
    assert!(error < DIFFERENCES, "{error}");
}

#[test]
fn with_balances_units_are_the_months_and_slopes_nearly() {
    let small = market();
    // Some months make debts.
    let price: Vec<f64> = small
        .market
        .products
        .iter()
        .map(|product| product.price)
        .collect();
    let mut running = small.start(small.spread_consumers(0.4));
    for _ in 0..20 {
        let offers = small.on_sale().repriced(|j, _, _| price[j]);
        running.open(&offers, 1.0);
        running.close(Default::default());
    }
    let mass = running.masses();
    let error = error_of_slopes(&small, &mass);
    assert!(error < WITH_BALANCES, "{error}");
}
