//! Entrants: what awareness lets through, and what an entrant that nobody can choose changes: nothing.

use super::flows::{busy_market, exposure};
use crate::zoo::small::{Running, Small};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::dynamics::awareness::Exposure;
use beachhead_engine::dynamics::demand::Demand;

/// The same mathematics in another order of operations.
const SAME_MATHEMATICS: f64 = 1e-12;

/// One entrant in the busy market.
fn one_entrant() -> Small {
    let mut small = busy_market();
    small.offers.retain(|offer| offer.0 != 4);
    small
}

/// First month when this share knows entrant 0 and nobody the other.
fn first_month(small: &Small, knows: f64, offers: &Offers) -> Running {
    let mut mass = small.spread_consumers(0.0);
    let layout = small.layout();
    let half = layout.owned * layout.networks * layout.stride();
    for cells in mass.chunks_exact_mut(layout.type_cells()) {
        for cell in 0..half {
            cells[half + cell] = knows * cells[cell];
            cells[cell] *= 1.0 - knows;
        }
    }
    let mut running = small.start(mass);
    running.open(offers, 1.0);
    running
}

#[test]
fn who_does_not_know_the_entrant_does_not_buy_it_and_is_untouched() {
    let small = one_entrant();
    let (with, without) = (small.on_sale(), small.on_sale_of(|f| f < 3));
    let known = first_month(&small, 1.0, &with);
    let partly = first_month(&small, 0.3, &with);
    let absent = first_month(&small, 0.3, &without);
    let (all, some) = (
        known.economy.flows.brand_units[3],
        partly.economy.flows.brand_units[3],
    );
    assert!(all > 0.0);
    assert!(
        (some / (0.3 * all) - 1.0).abs() <= SAME_MATHEMATICS,
        "{some} of {all}"
    );
    let layout = &partly.layout;
    let mut buyers = 0.0;
    for i in 0..layout.types {
        let sets = layout.owned * layout.networks;
        let first = i * layout.blocks();
        let of = |running: &Running, known: usize| -> Vec<Demand> {
            let from = first + known * sets;
            running.economy.flows.demand[from..from + sets].to_vec()
        };
        assert_eq!(
            of(&partly, 0),
            of(&absent, 0),
            "type {i}: who does not know is untouched"
        );
        assert_ne!(of(&partly, 1), of(&absent, 1), "type {i}: who knows is not");
        buyers += of(&partly, 0)
            .iter()
            .map(|demand| demand.buyers)
            .sum::<f64>();
    }
    assert!(buyers > 0.0);
}

/// Masses, units by brand and awareness over some years, as bits.
fn history(small: &Small, entrant_on_sale: bool) -> Vec<u64> {
    history_from(small, small.spread_consumers(0.0), entrant_on_sale, |_| {
        Exposure::default()
    })
}

fn history_from(
    small: &Small,
    mass: Vec<f64>,
    entrant_on_sale: bool,
    exposure: impl Fn(usize) -> Exposure,
) -> Vec<u64> {
    let mut running = small.start(mass);
    let offers = small.on_sale_of(|f| f != 3 || entrant_on_sale);
    let mut bits = Vec::new();
    for month in 0..48 {
        running.open(&offers, 1.0 + 0.2 * libm::cos(month as f64));
        bits.extend(
            running
                .economy
                .flows
                .brand_units
                .iter()
                .map(|x| x.to_bits()),
        );
        bits.extend(running.economy.flows.shop_units.iter().map(|x| x.to_bits()));
        running.close(exposure(month));
        bits.extend(running.economy.stock.awareness.iter().map(|x| x.to_bits()));
        bits.extend(running.masses().iter().map(|x| x.to_bits()));
    }
    bits
}

#[test]
fn an_entrant_that_nobody_knows_changes_no_bit() {
    let small = one_entrant();
    assert!(history(&small, true) == history(&small, false));
}

#[test]
fn an_entrant_that_works_on_no_network_changes_no_bit() {
    let mut small = one_entrant();
    let known = small.spread_consumers(0.5);
    assert!(
        history_from(&small, known.clone(), true, exposure)
            != history_from(&small, known.clone(), false, exposure),
        "one that works does change something"
    );
    small.market.products[3].compatibility = vec![0.0, 0.0];
    assert!(
        history_from(&small, known.clone(), true, exposure)
            == history_from(&small, known, false, exposure)
    );
}

#[test]
fn an_entrant_that_nobody_reaches_changes_no_bit() {
    let mut small = one_entrant();
    let far = small.channel(None, 0.5, &[false; 3]);
    small.offers.retain(|offer| offer.0 != 3);
    small.offers.push((3, far, 280.0));
    let known = small.spread_consumers(0.5);
    assert!(
        history_from(&small, known.clone(), true, exposure)
            == history_from(&small, known, false, exposure)
    );
}

#[test]
fn an_infinitely_bad_entrant_changes_no_bit() {
    let mut small = one_entrant();
    small.market.products[3].appeal = f64::NEG_INFINITY;
    let known = small.spread_consumers(0.5);
    assert!(
        history_from(&small, known.clone(), true, exposure)
            == history_from(&small, known, false, exposure)
    );
}
