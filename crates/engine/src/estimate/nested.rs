//! Nests in one market: probabilities of nests and within them, and how both answer to parameters.

use super::kernel::{Layout, People};
use super::market::{Market, Room};
use super::parameters::{Kind, Place};
use super::problem::Problem;
use super::space::Values;
use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes, eight};
use crate::numerics::vector::{exp_lanes, ln_lanes, total};

/// Nests of the products of a market.
#[derive(Clone, Debug)]
pub(super) struct Nesting {
    /// Nest of each product, counted within the market, (J,).
    pub(super) of: Vec<usize>,
    /// Index of each nest of the market in the problem, (H,).
    pub(super) named: Vec<usize>,
    /// ρ of each product's nest, (J,).
    pub(super) rho: Vec<f64>,
    /// `1/(1 − ρ)`, (J,).
    pub(super) scale: Vec<f64>,
    /// ρ of each nest, (H,).
    pub(super) rho_of_nest: Vec<f64>,
    /// Whether one ρ serves all nests.
    common: bool,
}

impl Nesting {
    /// Nests of market `t`, if the problem has any.
    pub(super) fn of(problem: &Problem, values: &Values, t: usize) -> Option<Self> {
        let nests = problem.nests.as_ref()?;
        let rows = &nests.of[problem.markets[t].clone()];
        let mut named: Vec<usize> = rows.to_vec();
        named.sort_unstable();
        named.dedup();
        let rho = |nest: usize| match values.rho.as_slice() {
            [] => 0.0,
            [one] => *one,
            many => many[nest],
        };
        let of: Vec<usize> = rows
            .iter()
            .map(|nest| named.partition_point(|other| other < nest))
            .collect();
        let by_product: Vec<f64> = rows.iter().map(|&nest| rho(nest)).collect();
        Some(Self {
            of,
            scale: by_product.iter().map(|rho| 1.0 / (1.0 - rho)).collect(),
            rho: by_product,
            rho_of_nest: named.iter().map(|&nest| rho(nest)).collect(),
            common: values.rho.len() == 1,
            named,
        })
    }

    pub(super) fn groups(&self) -> usize {
        self.named.len()
    }

    /// Shares at `e = exp((δ − δ⁰)/(1 − ρ))`, `[eq:nested_mixed]`.
    pub(super) fn shares(
        &self,
        dispatch: Dispatch,
        people: &People<'_>,
        room: &mut Room,
        e: &[f64],
        into: &mut [f64],
    ) {
        let mut of_nests = vec![[0.0; LANES]; 2 * self.groups()];
        let work = Work {
            nesting: self,
            people,
            e,
        };
        nested_shares(dispatch, &work, &room.cells, &mut of_nests, &mut room.sums);
        for j in 0..e.len() {
            into[j] = e[j] * total(room.sums[j]);
        }
    }

    /// Turns exponentials in `room.cells` into probabilities at `e = exp((δ − δ⁰)/(1 − ρ))`, and those within nests into `room.conditional`.
    pub(super) fn probabilities(
        &self,
        dispatch: Dispatch,
        people: &People<'_>,
        e: &[f64],
        room: &mut Room,
    ) {
        let mut of_nests = vec![[0.0; LANES]; 2 * self.groups()];
        let work = Work {
            nesting: self,
            people,
            e,
        };
        room.conditional.resize(room.cells.len(), 0.0);
        let (cells, within) = (&mut room.cells, &mut room.conditional);
        nested_probabilities(dispatch, &work, cells, within, &mut of_nests);
    }

    /// `∂s/∂θ` at given δ, (P, J).
    pub(super) fn shares_by_theta(&self, market: &Market<'_>, room: &Room, slopes: &mut [f64]) {
        let layout = market.crowd.layout;
        let (products, many) = (layout.products, layout.width * LANES);
        let mut logs = Logs::new(self, layout);
        for (p, (place, _)) in market.economy.space.free.iter().enumerate() {
            let Some(way) = Way::of(market, *place, None) else {
                continue;
            };
            for block in 0..layout.blocks {
                logs.fill(market, &way, block, room);
                let weight = &market.crowd.weight[block * many..(block + 1) * many];
                for j in 0..products {
                    let at = (block * products + j) * many;
                    for l in 0..many {
                        slopes[p * products + j] +=
                            weight[l] * room.cells[at + l] * logs.of_probability[j * many + l];
                    }
                }
            }
        }
    }
}

/// A parameter in which probabilities are differentiated.
pub(super) struct Way<'a> {
    pub(super) place: Place,
    /// Active column and derivative of the index over people, for tastes.
    pub(super) taste: Option<(usize, Vec<f64>)>,
    /// `∂V_ij/∂θ` by cell, for tastes that differ by product.
    by_cell: Option<Vec<f64>>,
    /// What mean utilities add, (J,): `∂δ/∂θ`, if the total derivative is meant.
    pub(super) delta: Option<&'a [f64]>,
}

impl<'a> Way<'a> {
    /// `None` for parameters that move no probability.
    pub(super) fn of(market: &Market<'_>, place: Place, delta: Option<&'a [f64]>) -> Option<Self> {
        let (taste, by_cell) = match place.kind {
            Kind::Sigma | Kind::Pi => (market.direction(place), market.direction_by_cell(place)),
            Kind::Rho => (None, None),
            Kind::Beta | Kind::Gamma => return None,
        };
        Some(Self {
            place,
            taste,
            by_cell,
            delta,
        })
    }
}

/// Derivatives of the logarithms of probabilities of one block, `[eq:nested_slopes]`.
pub(super) struct Logs {
    /// ∂ ln P_ij/∂θ, (J, block).
    pub(super) of_probability: Vec<f64>,
    /// ∂ ln P_ij|g/∂θ, (J, block).
    pub(super) of_conditional: Vec<f64>,
    by_nest: Vec<f64>,
    all: Vec<f64>,
}

impl Logs {
    pub(super) fn new(nesting: &Nesting, layout: Layout) -> Self {
        let many = layout.width * LANES;
        Self {
            of_probability: vec![0.0; layout.products * many],
            of_conditional: vec![0.0; layout.products * many],
            by_nest: vec![0.0; nesting.groups() * many],
            all: vec![0.0; many],
        }
    }

    /// Fills both for a block.
    pub(super) fn fill(&mut self, market: &Market<'_>, way: &Way<'_>, block: usize, room: &Room) {
        let Some(nesting) = &market.nesting else {
            return;
        };
        let layout = market.crowd.layout;
        let (products, many) = (layout.products, layout.width * LANES);
        let first = block * products * many;
        let p = &room.cells[first..first + products * many];
        let c = &room.conditional[first..first + products * many];
        // ∂V_ij, and its mean within nests and over all.
        self.by_nest.fill(0.0);
        self.all.fill(0.0);
        for j in 0..products {
            let (row, nest) = (j * many, nesting.of[j] * many);
            for l in 0..many {
                let mut slope = way.delta.map_or(0.0, |delta| delta[j]);
                if let Some((k, taste)) = &way.taste {
                    slope += market.crowd.x[k * products + j] * taste[block * many + l];
                }
                if let Some(cells) = &way.by_cell {
                    slope += cells[first + row + l];
                }
                self.of_conditional[row + l] = slope;
                self.by_nest[nest + l] += c[row + l] * slope;
                self.all[l] += p[row + l] * slope;
            }
        }
        for j in 0..products {
            let (row, nest) = (j * many, nesting.of[j] * many);
            for l in 0..many {
                let mean = self.by_nest[nest + l];
                let within = (self.of_conditional[row + l] - mean) * nesting.scale[j];
                self.of_conditional[row + l] = within;
                self.of_probability[row + l] = within + mean - self.all[l];
            }
        }
        if way.place.kind == Kind::Rho {
            self.add_nesting(nesting, way.place, [p, c], many);
        }
    }

    /// What ρ itself does: `r_h = Σ P_|h ln P_|h`.
    fn add_nesting(&mut self, nesting: &Nesting, place: Place, [p, c]: [&[f64]; 2], many: usize) {
        let products = nesting.of.len();
        let one_for_all = nesting.is_common(place);
        let moved = |nest: usize| one_for_all || nesting.named[nest] == place.row;
        let ln = |x: f64| if x > 0.0 { libm::log(x) } else { 0.0 };
        self.by_nest.fill(0.0);
        self.all.fill(0.0);
        for j in 0..products {
            let (row, nest) = (j * many, nesting.of[j] * many);
            for l in 0..many {
                self.by_nest[nest + l] += c[row + l] * ln(c[row + l]);
            }
        }
        for j in (0..products).filter(|&j| moved(nesting.of[j])) {
            let (row, nest) = (j * many, nesting.of[j] * many);
            for l in 0..many {
                self.all[l] += p[row + l] * self.by_nest[nest + l];
            }
        }
        for j in 0..products {
            let (row, nest) = (j * many, nesting.of[j] * many);
            for l in 0..many {
                let mut slope = -self.all[l];
                if moved(nesting.of[j]) && c[row + l] > 0.0 {
                    let r = self.by_nest[nest + l];
                    let within = (ln(c[row + l]) - r) * nesting.scale[j];
                    self.of_conditional[row + l] += within;
                    slope += within + r;
                }
                self.of_probability[row + l] += slope;
            }
        }
    }
}

impl Nesting {
    /// Whether a parameter of ρ is meant for all nests.
    fn is_common(&self, place: Place) -> bool {
        self.common && place.kind == Kind::Rho
    }

    /// Whether a parameter of ρ moves the nest of product `j`.
    pub(super) fn moves(&self, place: Place, j: usize) -> bool {
        place.kind == Kind::Rho && (self.common || self.named[self.of[j]] == place.row)
    }
}

/// What the kernels work on.
struct Work<'a> {
    nesting: &'a Nesting,
    people: &'a People<'a>,
    e: &'a [f64],
}

/// Sums of nests `G_h`, then `P_g/G_h`, for eight people; `of_nests` (2, H).
#[inline(always)]
fn nest_factors<V: Lanes>(
    work: &Work<'_>,
    cells: &[f64],
    at: usize,
    i: usize,
    of_nests: &mut [[f64; LANES]],
) {
    let layout = work.people.layout;
    let many = layout.width * LANES;
    let groups = work.nesting.rho_of_nest.len();
    let (sums, values) = of_nests.split_at_mut(groups);
    for h in 0..groups {
        sums[h] = [0.0; LANES];
    }
    for j in 0..layout.products {
        let h = work.nesting.of[j];
        let e = eight::<V>(cells, at + j * many);
        e.mul_add(V::splat(work.e[j]), V::load(&sums[h]))
            .store(&mut sums[h]);
    }
    let shift = eight::<V>(work.people.outside, i);
    let mut top = V::splat(0.0);
    for h in 0..groups {
        let inclusive = shift.add(ln_lanes(V::load(&sums[h])));
        let value = inclusive.mul(V::splat(1.0 - work.nesting.rho_of_nest[h]));
        top = top.at_least(value);
        value.store(&mut values[h]);
    }
    let mut all = exp_lanes(V::splat(0.0).sub(top));
    for h in 0..groups {
        let value = exp_lanes(V::load(&values[h]).sub(top));
        all = all.add(value);
        value.store(&mut values[h]);
    }
    for h in 0..groups {
        let probability = V::load(&values[h]).div(all);
        probability.store(&mut values[h]);
        V::splat(1.0)
            .div(V::load(&sums[h]).at_least(V::splat(f64::MIN_POSITIVE)))
            .store(&mut sums[h]);
    }
}

dispatched_lanes! {
    fn nested_shares(work: &Work<'_>, cells: &[f64], of_nests: &mut [[f64; LANES]], sums: &mut [[f64; LANES]]) = nested_shares_body
}

#[inline(always)]
fn nested_shares_body<V: Lanes>(
    work: &Work<'_>,
    cells: &[f64],
    of_nests: &mut [[f64; LANES]],
    sums: &mut [[f64; LANES]],
) {
    let layout = work.people.layout;
    let many = layout.width * LANES;
    let groups = work.nesting.rho_of_nest.len();
    for j in 0..layout.products {
        sums[j] = [0.0; LANES];
    }
    for block in 0..layout.blocks {
        for w in 0..layout.width {
            let at = block * layout.products * many + w * LANES;
            let i = block * many + w * LANES;
            nest_factors::<V>(work, cells, at, i, of_nests);
            let weight = eight::<V>(work.people.weight, i);
            for h in 0..groups {
                let factor = V::load(&of_nests[groups + h]).mul(V::load(&of_nests[h]));
                factor.mul(weight).store(&mut of_nests[h]);
            }
            for j in 0..layout.products {
                let e = eight::<V>(cells, at + j * many);
                let factor = V::load(&of_nests[work.nesting.of[j]]);
                e.mul_add(factor, V::load(&sums[j])).store(&mut sums[j]);
            }
        }
    }
}

dispatched_lanes! {
    fn nested_probabilities(work: &Work<'_>, cells: &mut [f64], within: &mut [f64], of_nests: &mut [[f64; LANES]]) = nested_probabilities_body
}

#[inline(always)]
fn nested_probabilities_body<V: Lanes>(
    work: &Work<'_>,
    cells: &mut [f64],
    within: &mut [f64],
    of_nests: &mut [[f64; LANES]],
) {
    let layout = work.people.layout;
    let many = layout.width * LANES;
    let groups = work.nesting.rho_of_nest.len();
    for block in 0..layout.blocks {
        for w in 0..layout.width {
            let first = block * layout.products * many + w * LANES;
            nest_factors::<V>(work, cells, first, block * many + w * LANES, of_nests);
            for j in 0..layout.products {
                let (at, h) = (first + j * many, work.nesting.of[j]);
                let worth = eight::<V>(cells, at).mul(V::splat(work.e[j]));
                let conditional = worth.mul(V::load(&of_nests[h]));
                if let Some(into) = within[at..].first_chunk_mut() {
                    conditional.store(into);
                }
                if let Some(into) = cells[at..].first_chunk_mut() {
                    conditional.mul(V::load(&of_nests[groups + h])).store(into);
                }
            }
        }
    }
}
