//! Measures that need a question of their own: what if this price were higher, this brand gone.

use super::Ground;
use super::state::State;
use crate::choice::offers::Offers;
use crate::dynamics::economy::Economy;
use crate::dynamics::watch::Watch;
use crate::scenario::PriceBasis;

/// Size of a price change, relative.
const PRICE_STEP: f64 = 0.01;

/// A copy of the economy in which debts stay as they are, whatever the prices asked about.
fn probing(state: &State) -> Economy {
    let mut economy = state.economy.clone();
    economy.buying.owed_is_frozen = true;
    economy
}

/// Units over `horizon` months from this state under `offers`, that `count` selects; states and
/// parameters as they are at the start. The economy is one to probe with.
fn units_over(
    ground: &Ground,
    state: &State,
    economy: &mut Economy,
    offers: &Offers,
    horizon: usize,
    count: &dyn Fn(usize) -> bool,
) -> f64 {
    economy.begin_as(&state.economy);
    let at = state.ground(ground);
    let mut units = 0.0;
    for month in 0..horizon {
        economy.pass_month(at, offers, 1.0, &mut Watch::default());
        let sold = economy.flows.units.iter().enumerate();
        units += sold
            .filter(|(o, _)| count(offers.product[*o]))
            .map(|(_, u)| u)
            .sum::<f64>();
        if month + 1 < horizon {
            economy.close_month(at, &[], &[]);
        }
    }
    units
}

/// `d ln units / d ln price` by central difference, when `reprice(offers, factor)` changes prices.
fn elasticity(
    ground: &Ground,
    state: &State,
    horizon: usize,
    count: &dyn Fn(usize) -> bool,
    reprice: &dyn Fn(f64) -> Offers,
) -> f64 {
    let mut economy = probing(state);
    let mut over = |factor: f64| {
        let offers = reprice(factor);
        units_over(ground, state, &mut economy, &offers, horizon, count)
    };
    let (up, down) = (over(1.0 + PRICE_STEP), over(1.0 / (1.0 + PRICE_STEP)));
    libm::log(up / down) / (2.0 * libm::log1p(PRICE_STEP))
}

/// Own-price elasticity of a product, sold in all its channels, over `horizon` months.
pub(super) fn own_price_elasticity(
    ground: &Ground,
    state: &State,
    product: usize,
    horizon: usize,
    basis: PriceBasis,
) -> f64 {
    let Some(j) = ground.durable(product) else {
        return f64::NAN;
    };
    let changed = |k: usize, price: f64, factor: f64| match basis {
        PriceBasis::Consumer => price * factor,
        PriceBasis::Receipt => ground
            .terms
            .price(k, ground.terms.receipt(k, price) * factor),
    };
    elasticity(ground, state, horizon, &|other| other == j, &|factor| {
        ground.offers.repriced(|other, k, price| {
            if other == j {
                changed(k, price, factor)
            } else {
                price
            }
        })
    })
}

/// Elasticity of all units with respect to all prices over `horizon` months.
pub(super) fn category_price_elasticity(ground: &Ground, state: &State, horizon: usize) -> f64 {
    elasticity(ground, state, horizon, &|_| true, &|factor| {
        ground.offers.repriced(|_, _, price| price * factor)
    })
}

/// Units by brand this month if only these offers were there.
fn brand_units(ground: &Ground, state: &State, offers: &Offers) -> Vec<f64> {
    let mut economy = probing(state);
    economy.open_month(state.ground(ground), offers, 1.0);
    economy.flows.brand_units
}

/// Share of a brand's units that its rivals would sell this month if it were gone.
pub(super) fn from_rivals(ground: &Ground, state: &State, brand: usize) -> f64 {
    let products = &ground.market.products;
    let without = ground.offers.filtered(|j, _| products[j].brand != brand);
    let with = &state.economy.flows.brand_units;
    let gone = brand_units(ground, state, &without);
    let gained: f64 = (0..with.len())
        .filter(|&f| f != brand)
        .map(|f| gone[f] - with[f])
        .sum();
    gained / with[brand]
}

/// Of a product's buyers who would still buy without it, the share that turns to `to`.
pub(super) fn second_choice(ground: &Ground, state: &State, product: usize, to: usize) -> f64 {
    let Some(j) = ground.durable(product) else {
        return f64::NAN;
    };
    let own_brand = ground.market.products[j].brand;
    let units = &state.economy.flows.units;
    let lost: f64 = (0..units.len())
        .filter(|&o| ground.offers.product[o] == j)
        .map(|o| units[o])
        .sum();
    let without = ground.offers.filtered(|other, _| other != j);
    let gone = brand_units(ground, state, &without);
    let with = &state.economy.flows.brand_units;
    let gained = |f: usize| gone[f] - with[f] + if f == own_brand { lost } else { 0.0 };
    gained(to) / (0..with.len()).map(gained).sum::<f64>()
}

/// Percentage margin of a product at its brand's first-order conditions this month:
/// `q_l + (1 + tax)·Σ_j (r_j − c_j) ∂q_j/∂p_l = 0` over the brand's products.
pub(super) fn margin(ground: &Ground, state: &State, product: usize) -> f64 {
    let Some(target) = ground.durable(product) else {
        return f64::NAN;
    };
    let brand = ground.market.products[target].brand;
    let own: Vec<usize> = (0..ground.market.products.len())
        .filter(|&j| ground.market.products[j].brand == brand && ground.offers.product.contains(&j))
        .collect();
    let n = own.len();
    let (mut matrix, mut units) = (faer::Mat::<f64>::zeros(n, n), faer::Mat::<f64>::zeros(n, 1));
    let now = &state.economy.flows.units;
    for (row, &l) in own.iter().enumerate() {
        units[(row, 0)] = -by_product(ground, now, l);
        let price = ground.market.products[l].price;
        let changed = |factor: f64| {
            let offers = ground
                .offers
                .repriced(|j, _, p| if j == l { p * factor } else { p });
            let mut economy = probing(state);
            economy.open_month(state.ground(ground), &offers, 1.0);
            economy.flows.units
        };
        let (up, down) = (changed(1.0 + PRICE_STEP), changed(1.0 - PRICE_STEP));
        for (column, &j) in own.iter().enumerate() {
            let slope = by_product(ground, &up, j) - by_product(ground, &down, j);
            matrix[(row, column)] =
                (1.0 + ground.terms.sales_tax) * slope / (2.0 * PRICE_STEP * price);
        }
    }
    use faer::linalg::solvers::Solve;
    let margins = matrix.partial_piv_lu().solve(&units);
    let Some(at) = own.iter().position(|&j| j == target) else {
        return f64::NAN;
    };
    margins[(at, 0)] / mean_receipt(ground, now, target)
}

fn by_product(ground: &Ground, units: &[f64], j: usize) -> f64 {
    (0..units.len())
        .filter(|&o| ground.offers.product[o] == j)
        .map(|o| units[o])
        .sum()
}

/// Mean receipt of a product over its channels, weighted by units.
fn mean_receipt(ground: &Ground, units: &[f64], j: usize) -> f64 {
    let offers = (0..units.len()).filter(|&o| ground.offers.product[o] == j);
    let (mut money, mut sold) = (0.0, 0.0);
    for o in offers {
        let receipt = ground
            .terms
            .receipt(ground.offers.channel[o], ground.offers.price[o]);
        money += units[o] * receipt;
        sold += units[o];
    }
    money / sold
}
