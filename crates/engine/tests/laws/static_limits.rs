//! Limits in closed form: a static mixed logit where nothing carries over, no expansion as ϑ → 0.

use crate::zoo::small::{Small, network};
use beachhead_engine::choice::static_logit;

/// The same mathematics in another order of operations.
const SAME_MATHEMATICS: f64 = 1e-12;

/// Extrapolated differences against derivatives in closed form.
const DIFFERENCES: f64 = 1e-10;

/// Three types of different α, one network, one channel, everybody aware, nothing carried over:
/// υ = ψ = λ = κ = ψ1 = 0, ϑ = 1.
fn static_market() -> Small {
    let mut small = Small::new(3, 2, 1, vec![network(0.0, 0, 1.0, 1.0)]);
    small.market.tastes.weight = vec![0.5, 0.3, 0.2];
    small.market.tastes.price_factor = vec![0.4, 1.0, 2.1];
    small.market.tastes.brand_node = vec![0.3, -0.2, 0.5, -0.4, 0.6, 0.0, 0.2, 0.1, -0.5];
    small.parameters.keep = vec![0.0; 3];
    small.parameters.ageing = 0.0;
    small.parameters.timing = 0.0;
    small.parameters.nest = 1.0;
    let retail = small.channel(None, 0.3, &[true; 3]);
    small.product(0, 0.8, 300.0, &[retail]);
    small.product(0, 1.9, 700.0, &[retail]);
    small.product(1, 0.2, 150.0, &[retail]);
    small.product(2, 1.0, 220.0, &[retail]);
    small
}

/// V of every type and product, by hand.
fn utilities(small: &Small, price: &[f64]) -> Vec<f64> {
    let tastes = &small.market.tastes;
    let mut utility = Vec::new();
    for i in 0..tastes.len() {
        let alpha = small.parameters.price_coefficient * tastes.price_factor[i];
        for (product, p) in small.market.products.iter().zip(price) {
            let image = tastes.brand_node[i * small.market.brands + product.brand];
            utility.push(product.appeal + image + 0.3 - alpha * p);
        }
    }
    utility
}

fn month_at(small: &Small, price: &[f64]) -> Vec<f64> {
    let mut running = small.start(small.spread_consumers(1.0));
    let offers = small.on_sale().repriced(|j, _, _| price[j]);
    running.open(&offers, 1.0);
    running.product_units(&offers)
}

fn prices(small: &Small) -> Vec<f64> {
    small
        .market
        .products
        .iter()
        .map(|product| product.price)
        .collect()
}

#[test]
fn a_month_in_which_nothing_carries_over_is_a_mixed_logit() {
    let small = static_market();
    let price = prices(&small);
    let utility = utilities(&small, &price);
    let products = price.len();
    let mut by_hand = vec![0.0; products];
    for (w, row) in small
        .market
        .tastes
        .weight
        .iter()
        .zip(utility.chunks_exact(products))
    {
        let sum: f64 = 1.0 + row.iter().map(|v| libm::exp(*v)).sum::<f64>();
        for (share, v) in by_hand.iter_mut().zip(row) {
            *share += w * libm::exp(*v) / sum;
        }
    }
    let library = static_logit::shares(&small.market.tastes.weight, &utility);
    let month = month_at(&small, &price);
    for j in 0..products {
        for got in [library[j], month[j]] {
            let error = (got / by_hand[j] - 1.0).abs();
            assert!(
                error <= SAME_MATHEMATICS,
                "product {j}: {got}, wanted {}",
                by_hand[j]
            );
        }
    }
}

/// `∂ ln q_j / ∂ ln p_l` of the months, by differences extrapolated three times.
fn measured_elasticities(small: &Small) -> Vec<f64> {
    let price = prices(small);
    let products = price.len();
    let mut elasticity = vec![0.0; products * products];
    for l in 0..products {
        let difference = |step: f64| -> Vec<f64> {
            let at = |factor: f64| {
                let mut changed = price.clone();
                changed[l] *= factor;
                month_at(small, &changed)
            };
            let (up, down) = (at(libm::exp(step)), at(libm::exp(-step)));
            up.iter()
                .zip(&down)
                .map(|(u, d)| libm::log(u / d) / (2.0 * step))
                .collect()
        };
        let mut rows: Vec<Vec<f64>> = (0..5)
            .map(|n| difference(0.2 / f64::from(1 << n)))
            .collect();
        for order in 1..5 {
            let factor = f64::from(1 << (2 * order));
            for n in 0..rows.len() - 1 {
                for j in 0..products {
                    rows[n][j] = (factor * rows[n + 1][j] - rows[n][j]) / (factor - 1.0);
                }
            }
            rows.pop();
        }
        for j in 0..products {
            elasticity[j * products + l] = rows[0][j];
        }
    }
    elasticity
}

#[test]
fn its_price_elasticities_are_those_of_the_mixed_logit() {
    let small = static_market();
    let price = prices(&small);
    let tastes = &small.market.tastes;
    let alpha: Vec<f64> = tastes
        .price_factor
        .iter()
        .map(|x| x * small.parameters.price_coefficient)
        .collect();
    let utility = utilities(&small, &price);
    let wanted = static_logit::price_elasticities(&tastes.weight, &utility, &alpha, &price);
    let got = measured_elasticities(&small);
    let products = price.len();
    for j in 0..products {
        for l in 0..products {
            let (got, wanted) = (got[j * products + l], wanted[j * products + l]);
            assert!(
                (got - wanted).abs() <= DIFFERENCES,
                "{j} by {l}: {got}, wanted {wanted}"
            );
            assert_eq!(wanted < 0.0, j == l, "own falls, cross rises");
        }
    }
    // Rows of a share sum to minus the elasticity of income where only prices count; by hand for one type.
    let single =
        static_logit::price_elasticities(&[1.0], &utility[..products], &alpha[..1], &price);
    let shares = static_logit::shares(&[1.0], &utility[..products]);
    let by_hand = -alpha[0] * price[0] * (1.0 - shares[0]);
    assert!((single[0] - by_hand).abs() <= SAME_MATHEMATICS);
}

/// Relative rise of all units when an entrant that everybody knows joins, at nest ϑ.
fn expansion(nest: f64) -> f64 {
    let mut small = static_market();
    small.parameters.nest = nest;
    small.parameters.keep = vec![1.5; 3];
    small.parameters.timing = 1.0;
    let units = |entrant: bool| {
        let mut running = small.start(small.spread_consumers(1.0));
        running.open(&small.on_sale_of(|f| f < 2 || entrant), 1.0);
        running.economy.flows.total()
    };
    units(true) / units(false) - 1.0
}

#[test]
fn as_the_nest_closes_an_entrant_expands_nothing() {
    // First order: the rise is proportional to ϑ, hence zero at ϑ = 0.
    let (small, smaller) = (expansion(1e-4), expansion(5e-5));
    assert!(small > 0.0 && small < 1e-4, "{small}");
    assert!((small / smaller - 2.0).abs() < 1e-3, "{small} {smaller}");
    assert!(expansion(1.0) > 0.01, "an open nest does expand");
    // At ϑ = 1 the nest is plain logit: the entrant draws on keepers as on rivals, here by hand.
    let mut plain = static_market();
    plain.parameters.keep = vec![1.5; 3];
    let price = prices(&plain);
    let shifted: Vec<f64> = utilities(&plain, &price).iter().map(|v| v - 1.5).collect();
    let wanted = static_logit::shares(&plain.market.tastes.weight, &shifted);
    for (got, wanted) in month_at(&plain, &price).iter().zip(&wanted) {
        assert!((got - wanted).abs() <= SAME_MATHEMATICS);
    }
}
