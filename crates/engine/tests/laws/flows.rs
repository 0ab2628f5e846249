//! What comes in and what goes out: mass, owners of every brand, users of every network.

use crate::zoo::small::{Small, network};
use beachhead_engine::dynamics::awareness::Exposure;

/// Rounding of sums over all states of a type.
const CONSERVED: f64 = 1e-12;

/// Three incumbents, two entrants, two networks with instalments, churn, lapse, non-owners.
pub(crate) fn busy_market() -> Small {
    let networks = vec![network(0.02, 5, 0.4, 0.9), network(0.013, 8, 1.0, 0.5)];
    let mut small = Small::new(3, 3, 2, networks);
    small.market.non_owners = 0.1;
    small.market.lapse = 0.004;
    small.market.tastes.weight = vec![0.45, 0.25, 0.3];
    small.market.tastes.price_factor = vec![0.5, 1.0, 1.8];
    small.market.tastes.brand_node = (0..15).map(|n| f64::from(n * 7 % 11) / 8.0 - 0.6).collect();
    small.parameters.switching_cost = 0.9;
    small.parameters.loyalty = vec![1.1, 0.6, 0.2, 0.4, 0.0];
    small.parameters.keep_offset = vec![0.1, -0.2, 0.0, 0.1, 0.3];
    let one = small.channel(Some(0), 0.4, &[true, true, false]);
    let two = small.channel(Some(1), -0.1, &[true, false, true]);
    let retail = small.channel(None, 0.2, &[false, true, true]);
    small.product(0, 1.2, 500.0, &[one, two, retail]);
    small.product(1, 0.4, 250.0, &[one, retail]);
    small.product(2, 0.9, 300.0, &[two, retail]);
    small.product(3, 1.3, 280.0, &[one, two, retail]);
    small.product(4, 0.7, 150.0, &[two, retail]);
    small.market.products[4].compatibility = vec![0.5, 1.0];
    for (e, law) in small.laws.iter_mut().enumerate() {
        law.word_of_mouth = 0.3;
        law.forgetting = 0.02 + 0.03 * e as f64;
    }
    small
}

/// What reaches consumers in a month of [`busy_market`].
pub(crate) fn exposure(month: usize) -> Exposure {
    Exposure {
        social: 0.05 * (month % 3) as f64,
        satisfaction: 1.0,
        complements_on_trust: 0.01,
        ..Exposure::default()
    }
}

#[test]
fn mass_stays_over_fifty_years_of_entry_and_exit() {
    let small = busy_market();
    let mut running = small.start(small.spread_consumers(0.2));
    assert_eq!(
        running.layout.known_sets, 4,
        "two entrants are known or not in four ways"
    );
    for month in 0..600 {
        // Entrants come and go, at different times.
        let offers = small.on_sale_of(|f| match f {
            3 => month % 200 >= 20,
            4 => month % 150 < 90,
            _ => true,
        });
        running.open(&offers, 1.0 + 0.3 * libm::sin(month as f64));
        running.close(exposure(month));
        let error = running.mass_error();
        assert!(error <= CONSERVED, "month {month}: mass is off by {error}");
        let negative = running.masses().iter().any(|&m| m < 0.0);
        assert!(!negative, "month {month}: a mass below zero");
    }
}

#[test]
fn owners_of_every_brand_balance_each_month() {
    let small = busy_market();
    let lapse = small.market.lapse;
    let mut running = small.start(small.spread_consumers(0.3));
    let offers = small.on_sale();
    for month in 0..36 {
        let before = running.economy.stock.owners.clone();
        running.open(&offers, 1.0);
        running.close(exposure(month));
        let (flows, after) = (&running.economy.flows, &running.economy.stock.owners);
        let none = running.layout.none.unwrap();
        let mut lapsed = 0.0;
        for f in 0..small.market.brands {
            let owned = running.layout.owned_of_brand(f);
            let held = before[owned] - flows.bought_from[owned] + flows.brand_units[f];
            lapsed += lapse * held;
            let error = (after[owned] - (1.0 - lapse) * held).abs();
            assert!(
                error <= CONSERVED,
                "month {month}, brand {f}: off by {error}"
            );
        }
        let error = (after[none] - (before[none] - flows.bought_from[none] + lapsed)).abs();
        assert!(
            error <= CONSERVED,
            "month {month}, owners of nothing: off by {error}"
        );
        assert!(
            flows.brand_units.iter().all(|&units| units > 0.0),
            "every brand must sell"
        );
        let sold: f64 = flows.brand_units.iter().sum();
        assert!(
            (sold - flows.total()).abs() <= CONSERVED,
            "units bought are units sold"
        );
    }
}

#[test]
fn users_of_every_network_balance_each_month() {
    let small = busy_market();
    let churn = [
        small.market.networks[0].churn,
        small.market.networks[1].churn,
    ];
    let mut running = small.start(small.spread_consumers(0.3));
    let offers = small.on_sale();
    for month in 0..36 {
        let before = running.economy.stock.on_network.clone();
        running.open(&offers, 1.0);
        running.close(exposure(month));
        let (flows, after) = (&running.economy.flows, &running.economy.stock.on_network);
        // Of two networks, whoever switches to one leaves the other; then leavers change places.
        let bought: Vec<f64> = (0..2)
            .map(|c| before[c] + flows.switched_units[c] - flows.switched_units[1 - c])
            .collect();
        for c in 0..2 {
            let wanted = (1.0 - churn[c]) * bought[c] + churn[1 - c] * bought[1 - c];
            let error = (after[c] - wanted).abs();
            assert!(
                error <= CONSERVED,
                "month {month}, network {c}: off by {error}"
            );
            assert!(
                flows.switched_units[c] > 0.0,
                "someone must switch to network {c}"
            );
        }
    }
}

#[test]
fn sources_of_volume_add_up_for_each_of_two_entrants() {
    let small = busy_market();
    let mut running = small.start(small.spread_consumers(0.3));
    let offers = small.on_sale();
    for month in 0..36 {
        running.open(&offers, 1.2);
        for e in 0..2 {
            let volume = running.economy.volume(running.ground(), e);
            let units = running.economy.flows.brand_units[3 + e];
            let sum = volume.from_rivals() + volume.earlier_replacement + volume.new_owners;
            assert!(
                (sum - units).abs() <= CONSERVED * units,
                "month {month}: {sum} of {units}"
            );
            let parts = [volume.earlier_replacement, volume.new_owners];
            assert!(
                parts.iter().chain(&volume.from_brand).all(|&x| x >= 0.0),
                "{volume:?}"
            );
            assert_eq!(
                volume.from_brand[3 + e],
                0.0,
                "an entrant is not its own rival"
            );
            assert!(
                volume.from_brand[4 - e] > 0.0,
                "each entrant takes from the other"
            );
        }
        running.close(exposure(month));
    }
}
