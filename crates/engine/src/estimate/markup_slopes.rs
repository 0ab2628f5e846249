//! How markups answer to parameters.

use super::kernel::{Layout, means};
use super::market::{Market, Room};
use super::nested::{Logs, Way};
use super::owners::Owners;
use super::parameters::{Kind, Place};
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes, eight};
use crate::numerics::vector::total;

/// `(∂Δ/∂θ) η`, (P, J), total derivatives with δ moving along, `[eq:markups_by_theta]`.
pub(super) fn conditions_by_theta(
    market: &Market<'_>,
    room: &Room,
    owners: &Owners,
    markup: &[f64],
    xi_by_theta: &[f64],
) -> Vec<f64> {
    let layout = market.crowd.layout;
    let (products, padded) = (layout.products, layout.padded());
    let free = &market.economy.space.free;
    let mut slopes = vec![0.0; free.len() * products];
    let prices = Prices::new(market, owners, markup);
    let mean = market.mean_characteristics(room);
    let mut sums = vec![[0.0; LANES]; products];
    for (p, (place, _)) in free.iter().enumerate() {
        let into = &mut slopes[p * products..(p + 1) * products];
        let own = &xi_by_theta[p * products..(p + 1) * products];
        match place.kind {
            Kind::Gamma => continue,
            Kind::Beta => {}
            _ if market.nesting.is_some() => {
                prices.nested(market, room, *place, own, into);
                continue;
            }
            _ => {}
        }
        let mut way = Direction::still(layout, padded);
        if let Some((k, taste)) = market.direction(*place) {
            means(market.dispatch(), layout, &room.cells, own, &mut way.mean);
            let mean = &mean[k * padded..(k + 1) * padded];
            for i in 0..padded {
                way.mean[i] = taste[i].mul_add(mean[i], way.mean[i]);
            }
            way.taste = taste;
            way.x = market.crowd.x[k * products..(k + 1) * products].to_vec();
            way.x_by_price = market.crowd.x_by_price[k * products..(k + 1) * products].to_vec();
            way.delta = own.to_vec();
        }
        if place.kind == Kind::Beta {
            let rows = market.economy.problem.markets[market.t].clone();
            if let Some(by_price) = &market.economy.problem.linear[place.row].by_price {
                way.constant.copy_from_slice(&by_price[rows]);
            }
            if market.nesting.is_some() {
                prices.nested_linear(market, room, &way.constant, into);
                continue;
            }
        }
        sums.fill([0.0; LANES]);
        add_conditions(market.dispatch(), &prices, &way, &room.cells, &mut sums);
        for j in 0..products {
            into[j] = total(sums[j]);
        }
    }
    slopes
}

/// Which way utilities move.
struct Direction {
    /// Over people, (I,) with padding.
    taste: Vec<f64>,
    /// Characteristic that the taste is for, and its derivative by the price, (J,).
    x: Vec<f64>,
    x_by_price: Vec<f64>,
    /// (J,)
    delta: Vec<f64>,
    /// `Σ_j P_ij ∂V_ij`, (I,) with padding.
    mean: Vec<f64>,
    /// What moves in `∂V/∂p` for all people alike, (J,).
    constant: Vec<f64>,
}

impl Direction {
    fn still(layout: Layout, padded: usize) -> Self {
        let products = layout.products;
        Self {
            taste: vec![0.0; padded],
            x: vec![0.0; products],
            x_by_price: vec![0.0; products],
            delta: vec![0.0; products],
            mean: vec![0.0; padded],
            constant: vec![0.0; products],
        }
    }
}

/// Prices in utilities, ownership and markups of a market.
struct Prices<'a> {
    layout: Layout,
    owners: &'a Owners,
    /// `O_jj η_j`, (J,).
    own: Vec<f64>,
    /// Markups, (J,).
    markup: &'a [f64],
    /// `w_i`, (I,) with padding.
    weight: &'a [f64],
    /// Part of `∂V/∂p` that is alike for all, (J,).
    constant: Vec<f64>,
    /// Columns with the price: derivatives (L, J), coefficients (L, I) with padding.
    by_price: Vec<f64>,
    coefficient: Vec<f64>,
    columns: usize,
}

impl<'a> Prices<'a> {
    fn new(market: &'a Market<'_>, owners: &'a Owners, markup: &'a [f64]) -> Self {
        let crowd = &market.crowd;
        let (products, padded) = (crowd.layout.products, crowd.layout.padded());
        let rows = market.economy.problem.markets[market.t].clone();
        let mut constant = vec![0.0; products];
        for (k, column) in market.economy.problem.linear.iter().enumerate() {
            if let Some(by_price) = &column.by_price {
                for (constant, slope) in constant.iter_mut().zip(&by_price[rows.clone()]) {
                    *constant += market.values.beta[k] * slope;
                }
            }
        }
        let priced = || (0..crowd.has_price.len()).filter(|&k| crowd.has_price[k]);
        let own = |j: usize| {
            let mut counted = owners.counted[owners.of[j]].iter();
            counted
                .find(|(k, _)| *k == j)
                .map_or(0.0, |(_, weight)| weight * markup[j])
        };
        Self {
            layout: crowd.layout,
            own: (0..products).map(own).collect(),
            owners,
            markup,
            weight: &crowd.weight,
            constant,
            by_price: priced()
                .flat_map(|k| &crowd.x_by_price[k * products..(k + 1) * products])
                .copied()
                .collect(),
            coefficient: priced()
                .flat_map(|k| &crowd.coefficient[k * padded..(k + 1) * padded])
                .copied()
                .collect(),
            columns: priced().count(),
        }
    }

    /// `∂V_ij/∂p_j` of one person.
    fn slope(&self, j: usize, i: usize) -> f64 {
        let (products, padded) = (self.layout.products, self.layout.padded());
        let mut slope = self.constant[j];
        for l in 0..self.columns {
            slope += self.by_price[l * products + j] * self.coefficient[l * padded + i];
        }
        slope
    }

    /// The same with nests, for tastes and ρ.
    fn nested(
        &self,
        market: &Market<'_>,
        room: &Room,
        place: Place,
        delta: &[f64],
        into: &mut [f64],
    ) {
        let (Some(nesting), Some(way)) = (&market.nesting, Way::of(market, place, Some(delta)))
        else {
            return;
        };
        let (products, many) = (self.layout.products, self.layout.width * LANES);
        let mut logs = Logs::new(nesting, self.layout);
        for block in 0..self.layout.blocks {
            logs.fill(market, &way, block, room);
            for l in 0..many {
                let i = block * many + l;
                let at = |j: usize| (block * products + j) * many + l;
                for j in 0..products {
                    let [mut all, mut all_moved, mut nest, mut nest_moved] = [0.0; 4];
                    for &(k, weight) in &self.owners.counted[self.owners.of[j]] {
                        let part = weight * self.markup[k] * room.cells[at(k)];
                        let moved = part * logs.of_probability[k * many + l];
                        all += part;
                        all_moved += moved;
                        if nesting.of[k] == nesting.of[j] {
                            nest += part;
                            nest_moved += moved;
                        }
                    }
                    let (p, c) = (room.cells[at(j)], room.conditional[at(j)]);
                    let (p_moved, c_moved) = (
                        p * logs.of_probability[j * many + l],
                        c * logs.of_conditional[j * many + l],
                    );
                    let (scale, own) = (nesting.scale[j], self.own[j]);
                    let more = nesting.rho[j] * scale;
                    let level = p * all + more * c * nest - scale * p * own;
                    let mut moved =
                        p_moved * all + p * all_moved + more * (c_moved * nest + c * nest_moved)
                            - scale * p_moved * own;
                    if nesting.moves(place, j) {
                        moved += scale * scale * (c * nest - p * own);
                    }
                    let u_moved = way.taste.as_ref().map_or(0.0, |(k, taste)| {
                        market.crowd.x_by_price[k * products + j] * taste[i]
                    });
                    into[j] += self.weight[i] * (self.slope(j, i) * moved + u_moved * level);
                }
            }
        }
    }

    /// The same with nests for a linear parameter, which moves no probability.
    fn nested_linear(&self, market: &Market<'_>, room: &Room, u_moved: &[f64], into: &mut [f64]) {
        let Some(nesting) = &market.nesting else {
            return;
        };
        let products = self.layout.products;
        for i in 0..self.layout.people {
            for j in 0..products {
                let (mut all, mut nest) = (0.0, 0.0);
                for &(k, weight) in &self.owners.counted[self.owners.of[j]] {
                    let part = weight * self.markup[k] * room.cells[self.layout.at(k, i)];
                    all += part;
                    if nesting.of[k] == nesting.of[j] {
                        nest += part;
                    }
                }
                let at = self.layout.at(j, i);
                let (p, c, scale) = (room.cells[at], room.conditional[at], nesting.scale[j]);
                let level = p * all + nesting.rho[j] * scale * c * nest - scale * p * self.own[j];
                into[j] += self.weight[i] * u_moved[j] * level;
            }
        }
    }
}

dispatched_lanes! {
    /// `Σ_i w_i P_ij { u_ij ∂H_fi + (H_fi − η_j)(u_ij (∂V_ij − Σ_l P_il ∂V_il) + ∂u_ij) }` for each product.
    fn add_conditions(prices: &Prices<'_>, way: &Direction, cells: &[f64], sums: &mut [[f64; LANES]]) = add_conditions_body
}

#[inline(always)]
fn add_conditions_body<V: Lanes>(
    prices: &Prices<'_>,
    way: &Direction,
    cells: &[f64],
    sums: &mut [[f64; LANES]],
) {
    let (layout, owners) = (prices.layout, prices.owners);
    let (products, padded) = (layout.products, layout.padded());
    let many = layout.width * LANES;
    for block in 0..layout.blocks {
        for w in 0..layout.width {
            let i = block * many + w * LANES;
            let at = block * products * many + w * LANES;
            let taste = eight::<V>(&way.taste, i);
            let mean = eight::<V>(&way.mean, i);
            let weight = eight::<V>(prices.weight, i);
            for owner in 0..owners.counted.len() {
                let (mut earned, mut moved) = (V::splat(0.0), V::splat(0.0));
                for n in 0..owners.counted[owner].len() {
                    let (k, count) = owners.counted[owner][n];
                    let part = eight::<V>(cells, at + k * many);
                    let part = part.mul(V::splat(count * prices.markup[k]));
                    let slope = taste.mul_add(V::splat(way.x[k]), V::splat(way.delta[k]));
                    earned = earned.add(part);
                    moved = part.mul_add(slope.sub(mean), moved);
                }
                for n in 0..owners.members[owner].len() {
                    let j = owners.members[owner][n];
                    let mut u = V::splat(prices.constant[j]);
                    for l in 0..prices.columns {
                        let c = eight::<V>(&prices.coefficient, l * padded + i);
                        u = c.mul_add(V::splat(prices.by_price[l * products + j]), u);
                    }
                    let slope = taste.mul_add(V::splat(way.x[j]), V::splat(way.delta[j]));
                    let du = taste.mul_add(V::splat(way.x_by_price[j]), V::splat(way.constant[j]));
                    let own = earned.sub(V::splat(prices.own[j]));
                    let both = u.mul_add(slope.sub(mean), du);
                    let value = own.mul_add(both, u.mul(moved));
                    let p = eight::<V>(cells, at + j * many).mul(weight);
                    p.mul_add(value, V::load(&sums[j])).store(&mut sums[j]);
                }
            }
        }
    }
}
