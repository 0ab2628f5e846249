//! Two entrants at once, from the scenario to the record.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::scenario::Action;

/// Sums over all states and brands.
const CONSERVED: f64 = 1e-11;

#[test]
fn both_sell_sources_add_up_and_bases_are_the_users() {
    let mut scenario = scenario();
    let second = runs::add_second_entrant(&mut scenario);
    let open = Action::Open {
        channels: vec![zoo::TWO, zoo::RETAIL],
        entrant: 1,
    };
    let first = vec![runs::launch(&[6, 7]), runs::open(&[0, 1, 2, 3])];
    let mut both = zoo::plan("both", 2.0, first.clone());
    both.steps[0].actions.extend([runs::launch(&[9, 10]), open]);
    scenario.plans = vec![zoo::plan("first", 2.0, first), both, runs::stay_out()];
    let records = runs::run(&scenario);
    let users = 1e6;
    for record in &records {
        for t in 0..scenario.months {
            let bases: f64 = record.brand_base.iter().map(|base| base[t]).sum();
            assert!(
                (bases - users).abs() <= CONSERVED * users,
                "month {t}: {bases}"
            );
            let units: f64 = record.brand_units.iter().map(|units| units[t]).sum();
            assert!((units - record.category_units[t]).abs() <= CONSERVED * units);
            for e in &record.entrants {
                let volume = &e.volume[t];
                let sum = volume.from_brand.iter().sum::<f64>()
                    + volume.earlier_replacement
                    + volume.new_owners;
                assert!((sum - e.units[t]).abs() <= CONSERVED * e.units[t].max(1.0));
            }
        }
    }
    let (alone, both) = (&records[0], &records[1]);
    assert!(alone.brand_units[second].iter().all(|&units| units == 0.0));
    assert!(both.entrants[1].units[1..].iter().all(|&units| units > 0.0));
    for t in 1..scenario.months {
        assert!(
            both.entrants[0].units[t] < alone.entrants[0].units[t],
            "rivals take sales"
        );
        assert!(both.entrants[0].volume[t].from_brand[second] > 0.0);
    }
    // Only what an entrant does costs it money.
    assert!(alone.entrants[1].cash.iter().all(|&cash| cash == 0.0));
    assert!(both.entrants[1].cash.iter().any(|&cash| cash != 0.0));
}
