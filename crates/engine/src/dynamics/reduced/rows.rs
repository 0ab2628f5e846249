//! What a buyer buys of each row of offers: sums over offers once per type and network, then eight rows at a time.

use super::Row;
use crate::choice::offers::Offers;
use crate::dynamics::economy::{Economy, Ground};
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::{lanes, lanes_mut, ln_lanes};

/// Utilities over the nest of products that a buyer cannot have: their exponential is 0.
const NOTHING: f64 = -700.0;

/// Offers of one row and brand: loyalty and awareness are alike for all of them. The first cells are the rows' own, one each; those of a row's
/// other brands come after them. `K` cells with padding.
pub(super) struct Cells {
    rows: usize,
    /// (K,), a multiple of eight.
    count: usize,
    /// Offer, cell, the network of the shop, and whether it is paid in instalments there.
    offers: Vec<(usize, usize, Option<usize>, bool)>,
    /// How much of a financed price counts in the shop of a network, by segment, (segments, C).
    counted: Vec<f64>,
    amount: Vec<f64>,
    networks: usize,
    /// What loyalty does to attraction; 0 where a buyer does not know the brand, (sets, owned, K).
    factor: Vec<f64>,
    owned: usize,
    /// Row of each cell beyond the rows' own.
    extra: Vec<usize>,
    /// Prices of rows, (K,).
    price: Vec<f64>,
}

impl Cells {
    pub(super) fn new(
        ground: Ground,
        offers: &Offers,
        rows: &[Row],
        amount: &[f64],
        loyalty: Vec<f64>,
    ) -> Self {
        let (market, layout) = (ground.market, ground.layout);
        // Brand of each cell; none for a row without offers.
        let mut brands: Vec<Option<usize>> = vec![None; rows.len()];
        let mut extra = Vec::new();
        let mut of_cells = Vec::new();
        for (r, row) in rows.iter().enumerate() {
            for &o in &row.offers {
                let brand = market.products[offers.product[o]].brand;
                let first = *brands[r].get_or_insert(brand);
                let known = (rows.len()..brands.len())
                    .find(|&k| extra[k - rows.len()] == r && brands[k] == Some(brand));
                let cell = if first == brand {
                    r
                } else {
                    known.unwrap_or_else(|| {
                        brands.push(Some(brand));
                        extra.push(r);
                        brands.len() - 1
                    })
                };
                let shop = market.shop_of[offers.channel[o]];
                of_cells.push((o, cell, shop, market.gives_instalments(offers, o)));
            }
        }
        let count = brands.len().next_multiple_of(LANES);
        let mut factor = vec![0.0; layout.known_sets * layout.owned * count];
        for (n, of_block) in factor.chunks_exact_mut(count.max(1)).enumerate() {
            let (known, owned) = (n / layout.owned, n % layout.owned);
            for (factor, &brand) in of_block.iter_mut().zip(&brands) {
                *factor = match brand {
                    Some(brand) if !layout.can_buy(known, brand) => 0.0,
                    Some(brand) if layout.brand_of(owned) == Some(brand) => loyalty[brand],
                    _ => 1.0,
                };
            }
        }
        let mut price: Vec<f64> = rows.iter().map(|row| row.price).collect();
        price.resize(count, 0.0);
        Self {
            rows: rows.len(),
            count,
            offers: of_cells,
            counted: market.annuity.clone(),
            amount: amount.to_vec(),
            networks: layout.networks,
            factor,
            owned: layout.owned,
            extra,
            price,
        }
    }

    /// What loyalty does to attraction, (K,).
    pub(super) fn factor(&self, known: usize, owned: usize) -> &[f64] {
        let first = (known * self.owned + owned) * self.count;
        &self.factor[first..first + self.count]
    }
}

/// Sums of attraction over the offers of each cell, for one type on one network, (K,) each.
#[derive(Default)]
pub(super) struct Sums {
    /// On the own network at once, financed, and elsewhere; the same times how much of the price counts; the same times the amount.
    attraction: [Vec<f64>; 3],
    counted: [Vec<f64>; 3],
    amount: [Vec<f64>; 3],
    /// Units, counted and amounts of the buyer in hand, (K,).
    bought: [Vec<f64>; 3],
}

/// Ways to buy.
const AT_ONCE: usize = 0;
const FINANCED: usize = 1;
const ELSEWHERE: usize = 2;

impl Sums {
    pub(super) fn fill(
        &mut self,
        cells: &Cells,
        ground: Ground,
        economy: &Economy,
        [i, c]: [usize; 2],
    ) {
        let all = self.attraction.iter_mut().chain(&mut self.counted);
        for sums in all.chain(&mut self.amount).chain(&mut self.bought) {
            sums.clear();
            sums.resize(cells.count, 0.0);
        }
        let (market, attraction) = (ground.market, &economy.attraction);
        let (count, networks) = (economy.flows.units.len(), cells.networks);
        let counted = &cells.counted[market.tastes.segment[i] * networks..];
        for &(o, cell, shop, financed) in &cells.offers {
            let own = attraction.own[(i * count + o) * networks + c];
            let (way, sum, share) = match shop {
                None => (AT_ONCE, own, 1.0),
                Some(to) if to != c => {
                    let share = if financed { counted[to] } else { 1.0 };
                    (ELSEWHERE, attraction.other[i * count + o], share)
                }
                Some(_) if financed => (FINANCED, own, counted[c]),
                Some(_) => (AT_ONCE, own, 1.0),
            };
            self.attraction[way][cell] += sum;
            self.counted[way][cell] += sum * share;
            self.amount[way][cell] += sum * cells.amount[o];
        }
    }
}

/// What tells the buyers of one block from others.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    /// Buyers divided by their buying value: at once, financed, elsewhere.
    pub(super) per_value: [f64; 3],
    /// See [`Cells::factor`].
    pub(super) factor: &'a [f64],
    /// Logarithm of all products' attraction beside keeping.
    pub(super) log_sum: f64,
    /// ϑ.
    pub(super) nest: f64,
    /// α of the type.
    pub(super) alpha: f64,
    /// Which of eight buyers.
    pub(super) lane: usize,
}

dispatched_lanes! {
    /// Utilities, price coefficients and means of one buyer, (R, 8) each, into the buyer's lane; false where the buyer buys nothing of any row.
    pub(super) fn fill_rows(
        sums: &mut Sums,
        cells: &Cells,
        block: Block<'_>,
        into: [&mut [f64]; 2],
        mean: &mut [f64],
    ) -> bool = fill_rows_body
}

#[inline(always)]
fn fill_rows_body<V: Lanes>(
    sums: &mut Sums,
    cells: &Cells,
    block: Block<'_>,
    into: [&mut [f64]; 2],
    mean: &mut [f64],
) -> bool {
    let vectors = cells.count / LANES;
    let mut per_value = [V::splat(0.0); 3];
    for way in 0..3 {
        per_value[way] = V::splat(block.per_value[way]);
    }
    let factor = lanes(block.factor);
    let mut all = V::splat(0.0);
    for n in 0..vectors {
        let factor = V::load(&factor[n]);
        let mut bought = [V::splat(0.0); 3];
        for way in 0..3 {
            let by = factor.mul(per_value[way]);
            bought[0] = by.mul_add(V::load(&lanes(&sums.attraction[way])[n]), bought[0]);
            bought[1] = by.mul_add(V::load(&lanes(&sums.counted[way])[n]), bought[1]);
            bought[2] = by.mul_add(V::load(&lanes(&sums.amount[way])[n]), bought[2]);
        }
        all = all.add(bought[0]);
        for k in 0..3 {
            bought[k].store(&mut lanes_mut(&mut sums.bought[k])[n]);
        }
    }
    let all = all.total();
    if all <= 0.0 {
        return false;
    }
    for extra in 0..cells.extra.len() {
        let row = cells.extra[extra];
        for k in 0..3 {
            let of_brand = sums.bought[k][cells.rows + extra];
            sums.bought[k][row] += of_brand;
        }
    }
    let [quality, alpha] = into;
    let (one, least) = (V::splat(1.0), V::splat(f64::MIN_POSITIVE));
    let (nest, inverse) = (V::splat(block.nest), V::splat(1.0 / all));
    let (log_sum, full) = (V::splat(block.log_sum), V::splat(block.nest * block.alpha));
    for n in 0..cells.rows.div_ceil(LANES) {
        let units = V::load(&lanes(&sums.bought[0])[n]);
        let per_unit = one.div(units.at_least(least));
        let counted = V::load(&lanes(&sums.bought[1])[n]).mul(per_unit);
        let counted = units.where_less(least, one, counted);
        let amount = V::load(&lanes(&sums.bought[2])[n]).mul(per_unit);
        let v = ln_lanes(units.mul(inverse)).add(log_sum);
        let of_price = full.mul(counted);
        let price = V::load(&lanes(&cells.price)[n]);
        let x = of_price.mul_add(price, nest.mul(v.at_least(V::splat(NOTHING))));
        let (mut xs, mut of_prices, mut amounts) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        x.store(&mut xs);
        of_price.store(&mut of_prices);
        amount.store(&mut amounts);
        for l in 0..LANES.min(cells.rows - n * LANES) {
            let at = (n * LANES + l) * LANES + block.lane;
            quality[at] = xs[l];
            alpha[at] = of_prices[l];
            mean[at] = amounts[l];
        }
    }
    true
}
