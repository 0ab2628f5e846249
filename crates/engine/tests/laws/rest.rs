//! A market at rest, computed at once, against its months.

use crate::zoo::small::{Small, network};
use beachhead_engine::dynamics::watch::Watch;

/// Another order of operations, over all ages.
const SAME_MATHEMATICS: f64 = 1e-12;
/// A market that has waited so long is where it stays.
const MONTHS: usize = 3000;
const WAITED: f64 = 1e-9;

/// Three types, three incumbents, and networks of which two give instalments; who lapses owns nothing for a while.
fn market(networks: usize, lapse: f64) -> Small {
    let all = [
        network(0.01, 8, 0.8, 0.6),
        network(0.02, 0, 0.0, 0.0),
        network(0.03, 11, 0.9, 1.0),
        network(0.015, 5, 0.4, 0.2),
        network(0.01, 7, 0.4, 0.2),
    ];
    let mut small = Small::new(3, 3, 0, all[..networks].to_vec());
    small.market.tastes.price_factor = vec![0.6, 1.0, 1.7];
    small.market.tastes.brand_node = vec![0.3, -0.2, 0.5, -0.4, 0.6, 0.0, 0.2, 0.1, -0.5];
    small.market.lapse = lapse;
    small.parameters.loyalty = vec![2.5, 0.4, 1.6];
    small.parameters.switching_cost = 1.1;
    small.parameters.ageing = 0.05;
    let reach = [true, true, true];
    let shops: Vec<usize> = (0..networks)
        .map(|c| small.channel(Some(c), 0.1 * c as f64, &reach))
        .collect();
    let retail = small.channel(None, -0.2, &[false, true, true]);
    small.product(0, 0.8, 300.0, &[shops[0], retail]);
    small.product(1, 0.2, 150.0, &[shops[networks - 1], retail]);
    small.product(2, 1.1, 220.0, &shops);
    small
}

#[test]
fn a_month_leaves_a_market_at_rest_as_it_is() {
    for networks in [1, 3, 5] {
        for lapse in [0.0, 0.004] {
            let small = market(networks, lapse);
            let offers = small.on_sale();
            let mut running = small.start(small.spread_consumers(0.0));
            let season = 1.1;
            // Sales by network, which churn follows, need some rounds.
            for _ in 0..40 {
                let ground = running.ground();
                let mut economy = running.economy.clone();
                assert!(economy.come_to_rest(ground, &offers, season));
                economy.pass_month(ground, &offers, season, &mut Watch::default());
                economy.close_month(ground, &[], &[]);
                running.economy = economy;
            }
            let passed = running.masses();
            let mut economy = running.economy.clone();
            assert!(economy.come_to_rest(running.ground(), &offers, season));
            let rest = economy.opened().mass.to_vec();
            assert!(rest.iter().any(|mass| *mass > 0.0));
            for (x, y) in rest.iter().zip(&passed) {
                let all = running.layout.types as f64;
                assert!(
                    (x - y).abs() < SAME_MATHEMATICS * all,
                    "{networks}: {x} {y}"
                );
            }
            running.economy = economy;
            assert!(running.mass_error() < SAME_MATHEMATICS);
        }
    }
}

#[test]
fn it_is_where_months_lead() {
    let small = market(3, 0.004);
    let offers = small.on_sale();
    let mut waiting = small.start(small.spread_consumers(0.0));
    let mut at_once = waiting.clone();
    for _ in 0..MONTHS {
        let ground = waiting.ground();
        let mut economy = waiting.economy.clone();
        economy.pass_month(ground, &offers, 1.0, &mut Watch::default());
        economy.close_month(ground, &[], &[]);
        waiting.economy = economy;
    }
    for _ in 0..40 {
        let ground = at_once.ground();
        let mut economy = at_once.economy.clone();
        assert!(economy.come_to_rest(ground, &offers, 1.0));
        economy.pass_month(ground, &offers, 1.0, &mut Watch::default());
        economy.close_month(ground, &[], &[]);
        at_once.economy = economy;
    }
    for (x, y) in at_once.masses().iter().zip(&waiting.masses()) {
        assert!((x - y).abs() < WAITED, "{x} {y}");
    }
}
