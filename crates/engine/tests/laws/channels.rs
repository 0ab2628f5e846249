//! Channels: crowding ω between best channel (1) and plain logit (0).

use crate::zoo::small::{Running, Small, network};
use beachhead_engine::choice::market::Network;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::Exposure;
use beachhead_engine::numerics::dispatch::Dispatch;

/// The same mathematics in another order of operations.
const SAME_MATHEMATICS: f64 = 1e-12;

/// A change that is surely more than rounding.
const VISIBLE: f64 = 1e-3;

const MONTHS: usize = 12;

/// Two networks with finite κ, three types with unequal reach, shops, retail, a store; all prices of
/// a product equal.
fn market(networks: Vec<Network>) -> Small {
    let mut small = Small::new(3, 2, 1, networks);
    small.market.tastes.weight = vec![0.5, 0.2, 0.3];
    small.market.tastes.price_factor = vec![0.6, 1.0, 1.7];
    small.market.tastes.brand_node = vec![0.3, -0.2, 0.1, -0.4, 0.6, 0.0, 0.2, 0.2, -0.5];
    small.parameters.switching_cost = 1.3;
    small.parameters.loyalty = vec![0.8, 0.4, 0.2];
    let one = small.channel(Some(0), 0.4, &[true, true, false]);
    let two = small.channel(Some(1), -0.1, &[true, false, true]);
    let retail = small.channel(None, 0.7, &[false, true, true]);
    let store = small.channel(None, -0.6, &[true, false, true]);
    small.product(0, 1.2, 500.0, &[one, two, retail]);
    small.product(0, 0.4, 250.0, &[one, retail]);
    small.product(1, 0.9, 300.0, &[one, two, retail]);
    small.product(2, 1.1, 280.0, &[two, retail, store]);
    small
}

fn without_instalments() -> Vec<Network> {
    vec![network(0.02, 0, 1.0, 1.0), network(0.01, 0, 1.0, 1.0)]
}

/// Units by product, month by month.
fn sales(small: &Small) -> Vec<f64> {
    let mut running: Running = small.start(small.spread_consumers(0.4));
    let offers = small.on_sale();
    let mut units = Vec::new();
    for _ in 0..MONTHS {
        running.open(&offers, 1.0);
        units.extend(running.product_units(&offers));
        running.close(Exposure {
            social: 0.1,
            satisfaction: 1.0,
            ..Exposure::default()
        });
    }
    units
}

fn largest_relative_difference(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len());
    x.iter()
        .zip(y)
        .map(|(x, y)| ((x - y) / y).abs())
        .fold(0.0, f64::max)
}

#[test]
fn a_second_identical_channel_creates_no_demand() {
    let plain = market(without_instalments());
    let wanted = sales(&plain);
    for channels in [vec![0], vec![1], vec![2], vec![0, 1, 2, 3]] {
        let mut doubled = plain.clone();
        for &k in &channels {
            doubled.duplicate(k);
        }
        let difference = largest_relative_difference(&sales(&doubled), &wanted);
        assert!(
            difference <= SAME_MATHEMATICS,
            "duplicates of {channels:?}: {difference}"
        );
        if channels.len() > 1 {
            continue; // Everything doubled cancels against the baseline whatever ω is.
        }
        // The law is one of ω = 1: in plain logit a second door does create demand.
        doubled.parameters.crowding = 0.0;
        let mut logit = plain.clone();
        logit.parameters.crowding = 0.0;
        let difference = largest_relative_difference(&sales(&doubled), &sales(&logit));
        assert!(
            difference > VISIBLE,
            "plain logit saw no duplicate: {difference}"
        );
    }
}

#[test]
fn with_balances_owed_a_duplicate_of_every_channel_changes_nothing() {
    // One duplicate alone would shift purchases between paying at once and in instalments.
    let plain = market(vec![network(0.02, 6, 0.4, 0.9), network(0.01, 9, 1.0, 1.0)]);
    let mut doubled = plain.clone();
    for k in 0..plain.market.shop_of.len() {
        doubled.duplicate(k);
    }
    let difference = largest_relative_difference(&sales(&doubled), &sales(&plain));
    assert!(difference <= SAME_MATHEMATICS, "{difference}");
}

/// Sum of a product's attractions for a type that reaches two retail channels with tastes 0.9, −0.4.
fn attraction_of_one_product(omega: f64, channels: &[usize]) -> f64 {
    let mut small = Small::new(1, 1, 0, vec![network(0.0, 0, 1.0, 1.0)]);
    small.parameters.crowding = omega;
    small.channel(None, 0.9, &[true]);
    small.channel(None, -0.4, &[true]);
    small.product(0, 0.5, 200.0, channels);
    let attraction = Attraction::new(
        &small.market,
        &small.parameters,
        &small.on_sale(),
        &[0.0],
        Dispatch::detect(),
    );
    attraction.own_at_once[0]
}

#[test]
fn a_product_is_worth_its_best_channel_and_alone_in_the_worst_that_ones_value() {
    let base = 0.5 - 0.004 * 200.0;
    let (best, worst) = (libm::exp(base + 0.9), libm::exp(base - 0.4));
    let between = libm::pow(best / (best + worst), 0.5) * (best + worst);
    for (omega, channels, wanted) in [
        (1.0, vec![0, 1], best),
        (1.0, vec![0], best),
        (1.0, vec![1], worst),
        (0.0, vec![0, 1], best + worst),
        (0.0, vec![1], worst),
        (0.5, vec![0, 1], between),
    ] {
        let got = attraction_of_one_product(omega, &channels);
        let error = (got / wanted - 1.0).abs();
        assert!(
            error <= SAME_MATHEMATICS,
            "ω {omega}, {channels:?}: {got}, wanted {wanted}"
        );
    }
}

#[test]
fn without_crowding_channels_are_alternatives_of_a_plain_logit() {
    let mut small = Small::new(1, 1, 0, vec![network(0.0, 0, 1.0, 1.0)]);
    small.parameters.crowding = 0.0;
    small.channel(None, 0.9, &[true]);
    small.channel(None, -0.4, &[true]);
    small.product(0, 0.5, 200.0, &[0, 1]);
    small.product(0, 0.1, 100.0, &[0, 1]);
    let mut running = small.start(small.spread_consumers(0.0));
    let offers = small.on_sale();
    running.open(&offers, 1.0);
    let value = |o: usize| {
        let (appeal, price) = [(0.5, 200.0), (0.1, 100.0)][offers.product[o]];
        libm::exp(appeal - 0.004 * price + [0.9, -0.4][offers.channel[o]])
    };
    let units = &running.economy.flows.units;
    for o in 1..offers.len() {
        let error = (units[o] / units[0] - value(o) / value(0)).abs();
        assert!(error <= SAME_MATHEMATICS, "offer {o}: {error}");
    }
}
