//! What prices say about costs: markups by Bertrand's first-order conditions, and how they answer to parameters.

use super::kernel::{Layout, Pair, means, pair_sums};
use super::linear::{column, from_rows, solve};
use super::market::{Market, Room};
use super::nested::{Logs, Way};
use super::owners::Owners;
use super::parameters::{Kind, Place};
use super::problem::CostForm;
use super::result::Trouble;
use crate::numerics::dispatch::LANES;
use crate::numerics::lanes::{Lanes, dispatched_lanes};
use crate::numerics::vector::total;
use faer::Mat;

/// What supply implies in a market.
#[derive(Clone, Debug, Default)]
pub(crate) struct Implied {
    /// Marginal costs within their bounds, (J,), currency per unit.
    pub(crate) costs: Vec<f64>,
    /// Markups, (J,), currency per unit.
    pub(crate) markups: Vec<f64>,
    /// Costs, or their logarithms, (J,).
    pub(crate) transformed: Vec<f64>,
    /// ∂ω/∂θ, (P, J); empty where no derivatives are wanted.
    pub(crate) omega_by_theta: Vec<f64>,
    /// Products whose cost was brought within its bounds.
    pub(crate) clipped: Vec<usize>,
}

/// Markups, costs and their derivatives at the probabilities in `room`, `[eq:markups]`.
pub(super) fn implied(
    market: &Market<'_>,
    room: &Room,
    xi_by_theta: Option<&[f64]>,
) -> (Option<Implied>, Option<Trouble>) {
    let Some(owners) = Owners::new(market) else {
        return (None, None);
    };
    let economy = market.economy;
    let rows = economy.problem.markets[market.t].clone();
    let products = rows.len();
    let share = &economy.problem.shares[rows.clone()];
    let price = &economy.problem.prices[rows.clone()];
    let matrix = from_rows(&margins_matrix(market, room, &owners), products, products);
    let Some(markup) = solve(&matrix, &column(share)) else {
        return (None, Some(Trouble::SingularMarkups));
    };
    let mut found = Implied {
        markups: (0..products).map(|j| markup[(j, 0)]).collect(),
        ..Implied::default()
    };
    let (lowest, highest) = economy.options.cost_bounds;
    let form = economy
        .problem
        .supply
        .as_ref()
        .map_or(CostForm::Linear, |s| s.form);
    let mut trouble = None;
    for j in 0..products {
        let mut cost = price[j] - found.markups[j];
        if !(lowest..=highest).contains(&cost) {
            cost = cost.clamp(lowest, highest);
            found.clipped.push(j);
        }
        found.costs.push(cost);
        found.transformed.push(match form {
            CostForm::Linear => cost,
            CostForm::Log => libm::log(cost),
        });
        if form == CostForm::Log && cost <= 0.0 {
            trouble = Some(Trouble::NegativeCost);
        }
    }
    if let Some(xi_by_theta) = xi_by_theta {
        let slopes = conditions_by_theta(market, room, &owners, &found.markups, xi_by_theta);
        let parameters = economy.space.dimension();
        let right = Mat::from_fn(products, parameters, |j, p| slopes[p * products + j]);
        let Some(solved) = solve(&matrix, &right) else {
            return (Some(found), Some(Trouble::SingularMarkups));
        };
        // ∂η = −Δ⁻¹ ∂Δ η, and ω falls with η.
        found.omega_by_theta = vec![0.0; parameters * products];
        for (p, (place, _)) in economy.space.free.iter().enumerate() {
            for j in 0..products {
                let slope = match (place.kind, form) {
                    (Kind::Gamma, _) => 0.0,
                    (_, CostForm::Linear) => solved[(j, p)],
                    (_, CostForm::Log) => solved[(j, p)] / found.costs[j],
                };
                found.omega_by_theta[p * products + j] = slope;
            }
            for &j in &found.clipped {
                found.omega_by_theta[p * products + j] = 0.0;
            }
            if let (Kind::Gamma, Some(supply)) = (place.kind, &economy.problem.supply) {
                let x = &supply.design[place.row].values[rows.clone()];
                for j in 0..products {
                    found.omega_by_theta[p * products + j] = -x[j];
                }
            }
        }
    }
    (Some(found), trouble)
}

/// `∂V_ij/∂p_j` for product `j` over people, (I,) with padding, `[eq:utility_by_price]`.
pub(super) fn utility_by_price(market: &Market<'_>, j: usize, into: &mut [f64]) {
    let crowd = &market.crowd;
    let (products, padded) = (crowd.layout.products, crowd.layout.padded());
    let row = market.economy.problem.markets[market.t].start + j;
    let mut constant = 0.0;
    for (k, column) in market.economy.problem.linear.iter().enumerate() {
        if let Some(by_price) = &column.by_price {
            constant += market.values.beta[k] * by_price[row];
        }
    }
    into.fill(constant);
    for k in (0..crowd.has_price.len()).filter(|&k| crowd.has_price[k]) {
        let slope = crowd.x_by_price[k * products + j];
        if !crowd.by_cell[k].is_empty() {
            for i in 0..crowd.layout.people {
                into[i] += slope * crowd.by_cell[k][crowd.layout.at(j, i)];
            }
        }
        let coefficient = &crowd.coefficient[k * padded..(k + 1) * padded];
        super::kernel::add_scaled(market.dispatch(), into, slope, coefficient);
    }
}

/// `Δ_jk = −O_jk ∂s_k/∂p_j`, (J, J).
fn margins_matrix(market: &Market<'_>, room: &Room, owners: &Owners) -> Vec<f64> {
    if market.nesting.is_none() {
        return plain_margins(market, room, owners);
    }
    let crowd = &market.crowd;
    let (products, padded) = (crowd.layout.products, crowd.layout.padded());
    let mut matrix = vec![0.0; products * products];
    let mut u = vec![0.0; padded];
    // Rows w u P and, with nests, w u P within the nest.
    let mut rows = vec![0.0; 2 * padded];
    let (mut plain, mut nested) = (vec![0.0; products], vec![0.0; products]);
    for j in 0..products {
        utility_by_price(market, j, &mut u);
        for (u, weight) in u.iter_mut().zip(&crowd.weight) {
            *u *= weight;
        }
        let (first, second) = rows.split_at_mut(padded);
        super::kernel::weighted_row(market.dispatch(), crowd.layout, &room.cells, j, &u, first);
        let slope: f64 = super::kernel::dot(market.dispatch(), first, &vec![1.0; padded]);
        let within = &room.conditional;
        super::kernel::weighted_row(market.dispatch(), crowd.layout, within, j, &u, second);
        let counted = &owners.counted[owners.of[j]];
        let wanted: Vec<usize> = counted.iter().map(|(k, _)| *k).collect();
        let pair = Pair {
            rows: &rows,
            wanted: &wanted,
        };
        let cells = &room.cells;
        pair_sums(
            market.dispatch(),
            crowd.layout,
            cells,
            &pair,
            &mut plain,
            &mut nested,
        );
        for (n, &(k, weight)) in counted.iter().enumerate() {
            let mut slope_jk = plain[n];
            if let Some(nesting) = &market.nesting {
                if nesting.of[j] == nesting.of[k] {
                    slope_jk += nesting.rho[j] * nesting.scale[j] * nested[n];
                }
                if j == k {
                    slope_jk -= nesting.scale[j] * slope;
                }
            }
            matrix[j * products + k] = weight * slope_jk;
        }
    }
    matrix
}

/// The same without nests: two products of an owner at a time.
fn plain_margins(market: &Market<'_>, room: &Room, owners: &Owners) -> Vec<f64> {
    let crowd = &market.crowd;
    let (products, padded) = (crowd.layout.products, crowd.layout.padded());
    let mut matrix = vec![0.0; products * products];
    let ones = vec![1.0; padded];
    let mut u = vec![0.0; padded];
    let mut rows = vec![0.0; 2 * padded];
    let (mut first, mut second) = (vec![0.0; products], vec![0.0; products]);
    for (members, counted) in owners.members.iter().zip(&owners.counted) {
        let wanted: Vec<usize> = counted.iter().map(|(k, _)| *k).collect();
        for two in members.chunks(2) {
            let mut slope = [0.0; 2];
            for (n, &j) in two.iter().enumerate() {
                utility_by_price(market, j, &mut u);
                for (u, weight) in u.iter_mut().zip(&crowd.weight) {
                    *u *= weight;
                }
                let row = &mut rows[n * padded..(n + 1) * padded];
                super::kernel::weighted_row(
                    market.dispatch(),
                    crowd.layout,
                    &room.cells,
                    j,
                    &u,
                    row,
                );
                slope[n] = super::kernel::dot(market.dispatch(), row, &ones);
            }
            let pair = Pair {
                rows: &rows,
                wanted: &wanted,
            };
            let cells = &room.cells;
            pair_sums(
                market.dispatch(),
                crowd.layout,
                cells,
                &pair,
                &mut first,
                &mut second,
            );
            for (n, &j) in two.iter().enumerate() {
                let found = if n == 0 { &first } else { &second };
                for (at, &(k, weight)) in counted.iter().enumerate() {
                    let own = if j == k { slope[n] } else { 0.0 };
                    matrix[j * products + k] = weight * (found[at] - own);
                }
            }
        }
    }
    matrix
}

/// `(∂Δ/∂θ) η`, (P, J), total derivatives with δ moving along, `[eq:markups_by_theta]`.
fn conditions_by_theta(
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
fn eight<V: Lanes>(values: &[f64], at: usize) -> V {
    match values[at..].first_chunk() {
        Some(chunk) => V::load(chunk),
        None => V::splat(0.0),
    }
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
