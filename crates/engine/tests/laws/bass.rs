//! Bass (1969): with no ageing and one product, awareness is a diffusion,
//! `F' = F + (1 − F)(1 − e^{−(p + qF)})`.
//!
//! Realised so: nobody owns anything; the entrant's one product is the only one on sale; who knows
//! it buys at once (ψ of non-owners → −∞) and never again (ψ_b → ∞); p is social activity, q word of
//! mouth. Then owners after the purchases of month t are those who knew at its start, and the share
//! that knows is F.

use crate::zoo::small::{Running, Small, network};
use beachhead_engine::dynamics::awareness::Exposure;

/// Months of a market without any other motion round at most this much.
const ROUNDING: f64 = 1e-12;

/// Halving a step halves the distance to the closed form, up to this in the ratio.
const FIRST_ORDER: f64 = 0.1;

/// Utility so low or high that a probability is 0 or 1 to the last bit.
const NEVER: f64 = 600.0;

fn diffusion(q: f64) -> Running {
    let mut small = Small::new(2, 1, 1, vec![network(0.0, 0, 1.0, 1.0)]);
    small.market.non_owners = 1.0;
    small.market.tastes.weight = vec![0.3, 0.7];
    let retail = small.channel(None, 0.0, &[true, true]);
    // The incumbent's product is only there for the baseline: it is never on sale.
    small.product(0, 0.0, 100.0, &[retail]);
    small.product(1, 0.0, 100.0, &[retail]);
    small.parameters.keep_offset_none = -NEVER;
    small.parameters.keep_offset[1] = NEVER;
    small.laws[0].word_of_mouth = q;
    let layout = small.layout();
    let mut mass = vec![0.0; layout.types * layout.type_cells()];
    let none = layout.none.unwrap();
    for cells in mass.chunks_exact_mut(layout.type_cells()) {
        cells[layout.block(0, none, 0) * layout.stride()] = 1.0;
    }
    small.start(mass)
}

/// Share that knows the product after each of `months` months.
fn awareness(p: f64, q: f64, months: usize) -> Vec<f64> {
    let mut market = diffusion(q);
    let offers = market.small.on_sale_of(|f| f == 1);
    let mut known = Vec::new();
    for _ in 0..months {
        market.open(&offers, 1.0);
        let before = market.economy.stock.awareness[0];
        market.close(Exposure {
            social: p,
            satisfaction: 1.0,
            ..Exposure::default()
        });
        let owned = market.economy.stock.owners[market.layout.owned_of_brand(1)];
        assert!(
            (owned - before).abs() <= ROUNDING,
            "owners {owned} are those who knew, {before}"
        );
        known.push(market.economy.stock.awareness[0]);
    }
    known
}

#[test]
fn awareness_follows_the_difference_equation() {
    let (p, q) = (0.01, 0.35);
    let got = awareness(p, q, 60);
    let mut wanted = 0.0;
    for (month, got) in got.iter().enumerate() {
        wanted += (1.0 - wanted) * -libm::expm1(-(p + q * wanted));
        assert!(
            (got - wanted).abs() <= ROUNDING,
            "month {month}: got {got}, wanted {wanted}"
        );
    }
    assert!(
        wanted > 0.99,
        "the diffusion must have run its course: {wanted}"
    );
}

#[test]
fn shorter_steps_approach_the_closed_form_in_first_order() {
    let (p, q, time) = (0.02, 0.4, 12.0);
    let fall = libm::exp(-(p + q) * time);
    let closed = (1.0 - fall) / (1.0 + q / p * fall);
    let error = |steps: usize| {
        let step = time / steps as f64;
        let end = awareness(p * step, q * step, steps).pop().unwrap();
        (end - closed).abs()
    };
    let (coarse, middle, fine) = (error(96), error(192), error(384));
    for ratio in [coarse / middle, middle / fine] {
        assert!(
            (ratio - 2.0).abs() < FIRST_ORDER,
            "errors {coarse}, {middle}, {fine}"
        );
    }
}
