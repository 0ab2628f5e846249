//! Paid at once in the shop of a network that gives instalments: nobody owes anything for it, and the price counts whole.

use super::flows::{busy_market, exposure};
use crate::zoo::small::{Running, Small};

/// The same sums in another layout of states.
const SAME_MATHEMATICS: f64 = 1e-12;
/// The first network and the channel that is its shop.
const NETWORK: usize = 0;
const SHOP: usize = 0;
const MONTHS: usize = 30;

/// Instalments in the shop count nine tenths of a price.
fn with_instalments() -> Small {
    let mut small = busy_market();
    let networks = small.market.networks.len();
    for of_segment in small.market.annuity.chunks_exact_mut(networks) {
        of_segment[NETWORK] = 0.9;
    }
    small
}

fn without_instalments() -> Small {
    let mut small = busy_market();
    small.market.networks[NETWORK].instalments = 0;
    small
}

/// Units by offer, month after month.
fn sold(small: &Small) -> Vec<f64> {
    let mut running = small.start(small.spread_consumers(0.2));
    let mut units = Vec::new();
    for month in 0..MONTHS {
        running.open(&small.on_sale(), 1.0);
        units.extend(&running.economy.flows.units);
        running.close(exposure(month));
    }
    units
}

fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    let pairs = one.iter().zip(other);
    pairs.fold(0.0, |worst: f64, (a, b)| {
        worst.max((a - b).abs() / b.abs().max(1e-9))
    })
}

#[test]
fn a_shop_where_all_is_paid_at_once_is_one_of_a_network_without_instalments() {
    let mut small = with_instalments();
    let with = sold(&small);
    small.at_once = vec![SHOP];
    let at_once = sold(&small);
    let off = largest_difference(&at_once, &sold(&without_instalments()));
    assert!(off < SAME_MATHEMATICS, "{off}");
    let effect = largest_difference(&at_once, &with);
    assert!(effect > 0.01, "instalments should matter: {effect}");
}

/// Mass of a brand's owners on the network who owe.
fn owing(running: &mut Running, brand: usize) -> f64 {
    let mass = running.masses();
    let layout = &running.layout;
    let mut sum = 0.0;
    for i in 0..layout.types {
        for known in 0..layout.known_sets {
            let block = layout.block(known, layout.owned_of_brand(brand), NETWORK);
            let first = i * layout.type_cells() + block * layout.stride();
            let cells = &mass[first..first + layout.stride()];
            sum += cells[layout.age_cells..].iter().sum::<f64>();
        }
    }
    sum
}

#[test]
fn only_the_brand_that_agreed_to_it_leaves_no_debts() {
    let small = with_instalments();
    let (entrant, rival) = (3, 0);
    let mut running = small.start(small.spread_consumers(0.2));
    for month in 0..MONTHS {
        let offers = small
            .on_sale()
            .paid_at_once(|j, k| small.market.products[j].brand == entrant && k == SHOP);
        running.open(&offers, 1.0);
        let of_entrant = |o: usize| {
            let j = offers.product[o];
            offers.channel[o] == SHOP && small.market.products[j].brand == entrant
        };
        let shop: f64 = (0..offers.len())
            .filter(|&o| of_entrant(o))
            .map(|o| running.economy.flows.units[o])
            .sum();
        assert!(shop > 0.0, "month {month}");
        running.close(exposure(month));
    }
    assert_eq!(owing(&mut running, entrant), 0.0);
    assert!(owing(&mut running, rival) > 0.0);
}
