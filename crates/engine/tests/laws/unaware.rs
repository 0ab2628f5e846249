//! What buying is worth to those who know no entrant is kept from month to month; that is a way to compute and changes nothing.

use super::flows::{busy_market, exposure};
use crate::zoo::small::Small;
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::dynamics::surplus::{ReferenceMass, by_type};
use beachhead_engine::dynamics::watch::{SurplusSum, Watch};

/// Share of users who know each entrant at first, independently.
const KNOWS: f64 = 0.2;

/// Months.
const MONTHS: usize = 12;

/// The price of the third incumbent, who raises it twice; entrants' trust moves every month anyway.
fn offers(small: &Small, month: usize) -> Offers {
    let raised = match month {
        0..4 => 1.0,
        4..9 => 1.1,
        _ => 1.2,
    };
    let brand = |j: usize| small.market.products[j].brand;
    small
        .on_sale()
        .repriced(|j, _, price| if brand(j) == 2 { price * raised } else { price })
}

/// The season of two months in three is the same.
fn season(month: usize) -> f64 {
    if month % 3 == 2 { 1.2 } else { 0.9 }
}

#[test]
fn values_that_are_kept_are_those_computed_anew() {
    let small = busy_market();
    let running = small.start(small.spread_consumers(KNOWS));
    let (ground, cells) = (running.ground(), running.layout.type_cells());
    let mut economy = running.economy.clone();
    for month in 0..MONTHS {
        let offers = offers(&small, month);
        // The same masses under tables of their own, with nothing kept.
        let mut fresh = economy.clone();
        let masses = fresh.consumers(ground).mass.to_vec();
        fresh.open_month(ground, &offers, season(month));
        let anew = by_type(ground, &masses, &fresh.buying);
        let of = |i: usize| ReferenceMass::Same(&masses[i * cells..(i + 1) * cells]);
        let mut watch = Watch {
            surplus: Some(SurplusSum::new(Box::new(of))),
            ..Watch::default()
        };
        economy.pass_month(ground, &offers, season(month), &mut watch);
        let kept = watch.surplus.unwrap().by_type;
        assert_eq!(kept.len(), anew.len());
        for (i, (kept, anew)) in kept.iter().zip(&anew).enumerate() {
            assert_eq!(kept, &[*anew; 2], "month {month}, type {i}");
        }
        let exposures = [exposure(month), exposure(month + 1)];
        economy.close_month(ground, &small.laws, &exposures);
    }
}
