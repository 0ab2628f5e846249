//! Types that can buy nothing of an entrant are kept in one known set; that is a way to compute and changes nothing.

use super::flows::{busy_market, exposure};
use crate::zoo::small::{Running, Small};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::Exposure;
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{Economy, Ground};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::settle::Consumers;
use beachhead_engine::dynamics::surplus::{ReferenceMass, Values, WithoutEntrants};
use beachhead_engine::dynamics::volume::VolumeSum;
use beachhead_engine::dynamics::watch::{SurplusSum, Watch};
use beachhead_engine::numerics::dispatch::Dispatch;

/// The same mathematics in another order of operations, over some years.
const SAME_MATHEMATICS: f64 = 1e-12;

/// Share of users who know each entrant at first, independently.
const KNOWS: f64 = 0.2;

/// Months; entrants come in the course of them.
const MONTHS: usize = 40;

/// No entrant, then one in a shop that not all types reach, then both everywhere.
fn offers(small: &Small, month: usize) -> Offers {
    let brand = |j: usize| small.market.products[j].brand;
    let shop_two = 1;
    small.on_sale().filtered(|j, k| match brand(j) {
        3 => month >= 25,
        4 => month >= 25 || (month >= 5 && k == shop_two),
        _ => true,
    })
}

/// Adds known sets up into the first.
fn together(layout: &Layout, mass: &[f64]) -> Vec<f64> {
    let set = layout.owned * layout.networks * layout.stride();
    let mut whole = vec![0.0; mass.len()];
    for (to, from) in whole
        .chunks_exact_mut(layout.type_cells())
        .zip(mass.chunks_exact(layout.type_cells()))
    {
        for (at, m) in from.iter().enumerate() {
            to[at % set] += m;
        }
    }
    whole
}

/// A month for good with its source of volume and its surplus; the numbers.
fn pass<'a>(
    economy: &mut Economy,
    ground: Ground,
    small: &Small,
    month: usize,
    reference: impl Fn(usize) -> ReferenceMass<'a> + 'a,
) -> Vec<f64> {
    let mut watch = Watch {
        volumes: (0..2)
            .map(|e| VolumeSum::new(e, ground.market, ground.layout))
            .collect(),
        surplus: Some(SurplusSum::new(Box::new(reference))),
        ages: None,
        start: None,
    };
    let season = 1.0 + 0.2 * libm::cos(month as f64);
    economy.pass_month(ground, &offers(small, month), season, &mut watch);
    let mut numbers = economy.flows.units.clone();
    for sum in &watch.volumes {
        numbers.extend(&sum.volume.from_brand);
        numbers.extend([sum.volume.earlier_replacement, sum.volume.new_owners]);
    }
    numbers.extend(watch.surplus.unwrap().by_type.iter().flatten());
    let exposures: Vec<Exposure> = (0..2)
        .map(|e| Exposure {
            owners: economy.owners_after(ground, e),
            ..exposure(month)
        })
        .collect();
    economy.close_month(ground, &small.laws, &exposures);
    numbers.extend(economy.stock.owners.iter().chain(&economy.stock.knows));
    numbers
}

/// The market without entrants beside it, whose masses of each month surplus is measured at.
struct StayOut {
    layout: Layout,
    baseline: Baseline,
    economy: Economy,
    values: Values,
}

impl StayOut {
    fn new(small: &Small, running: &Running, whole: &[f64]) -> Self {
        let layout = Layout::new(&small.market, 0);
        let no_trust = vec![0.0; small.market.brands];
        let base = small.on_sale_of(|f| f < 3);
        let (market, parameters) = (&small.market, &small.parameters);
        let base = Attraction::new(market, parameters, &base, &no_trust, Dispatch::detect());
        let baseline = Baseline::new(market, parameters, &base, &layout);
        let types = whole.chunks_exact(running.layout.type_cells());
        let mass: Vec<f64> = types
            .flat_map(|of| of[..layout.type_cells()].to_vec())
            .collect();
        let mut stay_out = Self {
            layout,
            baseline,
            economy: Economy::default(),
            values: Values::default(),
        };
        let ground = stay_out.ground(small);
        let economy = Economy::new(ground, Consumers { mass: mass.into() }, no_trust);
        stay_out.economy = economy;
        stay_out
    }

    fn ground<'a>(&'a self, small: &'a Small) -> Ground<'a> {
        Ground {
            market: &small.market,
            parameters: &small.parameters,
            baseline: &self.baseline,
            layout: &self.layout,
            dispatch: Dispatch::detect(),
        }
    }

    /// Opens a month and leaves its values behind.
    fn open(&mut self, small: &Small, month: usize) {
        let mut economy = std::mem::take(&mut self.economy);
        let mut values = std::mem::take(&mut self.values);
        let ground = self.ground(small);
        let season = 1.0 + 0.2 * libm::cos(month as f64);
        economy.open_month(ground, &small.on_sale_of(|f| f < 3), season);
        values.update(ground, &economy.opened().mass, &economy.buying);
        (self.economy, self.values) = (economy, values);
    }
}

#[test]
fn types_that_an_entrant_offers_nothing_may_be_kept_together() {
    let small = busy_market();
    let mass = small.spread_consumers(KNOWS);
    let running = small.start(mass.clone());
    let layout = &running.layout;
    let whole = together(layout, &mass);
    let trust = vec![0.0; small.market.brands];
    let one = [1.0 - KNOWS, KNOWS];
    let shares: Vec<f64> = (0..4)
        .map(|known| one[known & 1] * one[known >> 1])
        .collect();
    let consumers = Consumers {
        mass: whole.clone().into(),
    };
    let of_all = shares.repeat(layout.types);
    let mut kept = Economy::unparted(running.ground(), consumers, trust, of_all);
    let mut parted = running.economy.clone();
    let mut stay_out = StayOut::new(&small, &running, &whole);
    for month in 0..MONTHS {
        stay_out.open(&small, month);
        let masses = &stay_out.economy.opened().mass;
        let small_cells = stay_out.layout.type_cells();
        let known = |i: usize| {
            ReferenceMass::WithoutEntrants(WithoutEntrants {
                layout: &stay_out.layout,
                mass: &masses[i * small_cells..(i + 1) * small_cells],
                ahead: &masses[(i + 1) * small_cells..],
                shares: &shares,
                values: &stay_out.values,
                buying: &stay_out.economy.buying,
            })
        };
        // The same masses over all states: every value is computed anew.
        let cells = layout.type_cells();
        let mut spread = vec![0.0; layout.types * cells];
        for (i, to) in spread.chunks_exact_mut(cells).enumerate() {
            let from = &masses[i * small_cells..(i + 1) * small_cells];
            let set = layout.owned * layout.networks * layout.stride();
            for (to, share) in to.chunks_exact_mut(set).zip(&shares) {
                for (to, m) in to.iter_mut().zip(from) {
                    *to = share * m;
                }
            }
        }
        let anew = |i: usize| ReferenceMass::Same(&spread[i * cells..(i + 1) * cells]);
        let x = pass(&mut kept, running.ground(), &small, month, known);
        let y = pass(&mut parted, running.ground(), &small, month, anew);
        assert_eq!(x.len(), y.len());
        for (n, (x, y)) in x.iter().zip(&y).enumerate() {
            let close = (x - y).abs() <= SAME_MATHEMATICS * (1.0 + y.abs());
            assert!(close, "month {month}, number {n}: {x} and {y}");
        }
        stay_out_closes(&mut stay_out, &small);
    }
    let (x, y) = (
        kept.consumers(running.ground()).mass.to_vec(),
        parted.consumers(running.ground()).mass.to_vec(),
    );
    for (x, y) in x.iter().zip(&y) {
        assert!((x - y).abs() <= SAME_MATHEMATICS, "{x} and {y}");
    }
}

fn stay_out_closes(stay_out: &mut StayOut, small: &Small) {
    let mut economy = std::mem::take(&mut stay_out.economy);
    economy.close_month(stay_out.ground(small), &[], &[]);
    stay_out.economy = economy;
}
