//! The sums over people that everything else is made of, eight people at a time.
//!
//! People of a market lie in blocks of `width` vectors of eight; within a block, product by product. A block of all products then fits
//! the first cache, and the fixed point reads it twice from there. Padded people have weight 0.

use crate::numerics::dispatch::{Dispatch, LANES};
use crate::numerics::lanes::{Lanes, dispatched_lanes, eight};
use crate::numerics::vector::{exp_lanes, total};

/// Vectors of eight in a block, at most: more would not stay in registers.
const WIDEST: usize = 5;
/// Products whose sums are taken together, and rows of weights that they are taken against.
const TOGETHER: (usize, usize) = (3, 2);

/// How the people of a market are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// J
    pub(super) products: usize,
    /// I
    pub(super) people: usize,
    /// Vectors of eight in a block.
    pub(super) width: usize,
    /// Blocks.
    pub(super) blocks: usize,
}

impl Layout {
    /// The layout with the least padding.
    pub(super) fn new(products: usize, people: usize) -> Self {
        let vectors = people.div_ceil(LANES).max(1);
        let padded = |width: usize| vectors.div_ceil(width) * width;
        let mut width = 1;
        for wider in 2..=WIDEST {
            if padded(wider) <= padded(width) || (wider > 3 && padded(wider) * 16 <= vectors * 17) {
                width = wider;
            }
        }
        Self {
            products,
            people,
            width,
            blocks: vectors.div_ceil(width),
        }
    }

    /// People with padding.
    pub(super) fn padded(&self) -> usize {
        self.blocks * self.width * LANES
    }

    /// Numbers of all products and people.
    pub(super) fn cells(&self) -> usize {
        self.padded() * self.products
    }

    /// Where product `j` and person `i` lie.
    pub(super) fn at(&self, j: usize, i: usize) -> usize {
        let block = self.width * LANES;
        (i / block * self.products + j) * block + i % block
    }
}

/// Stores eight doubles from position `at` on.
#[inline(always)]
fn put<V: Lanes>(value: V, values: &mut [f64], at: usize) {
    if let Some(chunk) = values[at..].first_chunk_mut() {
        value.store(chunk);
    }
}

/// Calls a body with the width as a constant.
macro_rules! by_width {
    ($width:expr, $body:ident::<$v:ident>($($arg:expr),* $(,)?)) => {
        match $width {
            1 => $body::<$v, 1>($($arg),*),
            2 => $body::<$v, 2>($($arg),*),
            3 => $body::<$v, 3>($($arg),*),
            4 => $body::<$v, 4>($($arg),*),
            _ => $body::<$v, 5>($($arg),*),
        }
    };
}

dispatched_lanes! {
    /// `Σ_n a_n b_n` of arrays of the same length.
    pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 = dot_body
}

#[inline(always)]
fn dot_body<V: Lanes>(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let n = a.len().min(b.len());
    let mut sum = V::splat(0.0);
    for l in 0..n {
        sum = V::load(&a[l]).mul_add(V::load(&b[l]), sum);
    }
    let mut last = [[0.0; LANES]; 2];
    last[0][..a_rest.len()].copy_from_slice(a_rest);
    last[1][..b_rest.len()].copy_from_slice(b_rest);
    V::load(&last[0]).mul_add(V::load(&last[1]), sum).total()
}

dispatched_lanes! {
    /// `y ← y + factor · x`.
    pub(super) fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) = add_scaled_body
}

#[inline(always)]
fn add_scaled_body<V: Lanes>(y: &mut [f64], factor: f64, x: &[f64]) {
    let factor = V::splat(factor);
    let (y, y_rest) = y.as_chunks_mut::<LANES>();
    let (x, x_rest) = x.as_chunks::<LANES>();
    let n = y.len().min(x.len());
    for l in 0..n {
        factor
            .mul_add(V::load(&x[l]), V::load(&y[l]))
            .store(&mut y[l]);
    }
    if !y_rest.is_empty() {
        let mut last = [[0.0; LANES]; 2];
        last[0][..x_rest.len()].copy_from_slice(x_rest);
        last[1][..y_rest.len()].copy_from_slice(y_rest);
        let sum = factor.mul_add(V::load(&last[0]), V::load(&last[1]));
        sum.store(&mut last[1]);
        let n = y_rest.len();
        y_rest.copy_from_slice(&last[1][..n]);
    }
}

/// What utilities are made of.
pub(super) struct Tastes<'a> {
    pub(super) layout: Layout,
    /// Base of mean utilities δ⁰, (J,).
    pub(super) base: &'a [f64],
    /// `1/(1 − ρ)` of each product, (J,); empty without nests.
    pub(super) scale: &'a [f64],
    /// Characteristics that have a coefficient, (K, J) column by column.
    pub(super) x: &'a [f64],
    /// Their coefficients, (K, I) with padding.
    pub(super) coefficient: &'a [f64],
    /// What utilities hold beyond that, laid out as utilities; empty if nothing.
    pub(super) extra: &'a [f64],
    /// Availability, laid out as utilities; empty if all is there.
    pub(super) availability: &'a [f64],
}

dispatched_lanes! {
    /// `E_ij = exp((δ⁰_j + μ_ij)/(1 − ρ_j) − m_i)` with `m_i = max(0, the largest)`, and `m_i`, (I,).
    pub(super) fn exponentials(tastes: &Tastes<'_>, e: &mut [f64], top: &mut [f64]) = exponentials_body
}

#[inline(always)]
fn exponentials_body<V: Lanes>(tastes: &Tastes<'_>, e: &mut [f64], top: &mut [f64]) {
    by_width!(tastes.layout.width, exponentials_of::<V>(tastes, e, top));
}

#[inline(always)]
fn exponentials_of<V: Lanes, const W: usize>(tastes: &Tastes<'_>, e: &mut [f64], top: &mut [f64]) {
    let (products, padded) = (tastes.layout.products, tastes.layout.padded());
    let columns = tastes.coefficient.len() / padded.max(1);
    for block in 0..tastes.layout.blocks {
        let first = block * W * LANES;
        let mut most = [V::splat(0.0); W];
        for j in 0..products {
            let at = (block * products + j) * W * LANES;
            let mut v = [V::splat(tastes.base[j]); W];
            for k in 0..columns {
                let x = V::splat(tastes.x[k * products + j]);
                for w in 0..W {
                    let c = eight::<V>(tastes.coefficient, k * padded + first + w * LANES);
                    v[w] = c.mul_add(x, v[w]);
                }
            }
            if !tastes.extra.is_empty() {
                for w in 0..W {
                    v[w] = v[w].add(eight::<V>(tastes.extra, at + w * LANES));
                }
            }
            if !tastes.scale.is_empty() {
                for w in 0..W {
                    v[w] = v[w].mul(V::splat(tastes.scale[j]));
                }
            }
            for w in 0..W {
                most[w] = most[w].at_least(v[w]);
                put(v[w], e, at + w * LANES);
            }
        }
        for w in 0..W {
            put(most[w], top, first + w * LANES);
        }
        for j in 0..products {
            let at = (block * products + j) * W * LANES;
            for w in 0..W {
                let mut value = exp_lanes(eight::<V>(e, at + w * LANES).sub(most[w]));
                if !tastes.availability.is_empty() {
                    value = value.mul(eight::<V>(tastes.availability, at + w * LANES));
                }
                put(value, e, at + w * LANES);
            }
        }
    }
}

/// The state of a market without nests.
pub(super) struct People<'a> {
    pub(super) layout: Layout,
    /// Weights, (I,) with padding.
    pub(super) weight: &'a [f64],
    /// `e^{−m_i}`, what the outside good is worth, (I,) with padding.
    pub(super) outside: &'a [f64],
}

dispatched_lanes! {
    /// `s_j = Σ_i w_i e_j E_ij / (out_i + Σ_l e_l E_il)` for `e = exp(δ − δ⁰)`, (J,), `[eq:mixed]`.
    pub(super) fn shares(people: &People<'_>, cells: &[f64], e: &[f64], room: &mut [[f64; LANES]], shares: &mut [f64]) = shares_body
}

#[inline(always)]
fn shares_body<V: Lanes>(
    people: &People<'_>,
    cells: &[f64],
    e: &[f64],
    room: &mut [[f64; LANES]],
    shares: &mut [f64],
) {
    by_width!(
        people.layout.width,
        shares_of::<V>(people, cells, e, room, shares)
    );
}

#[inline(always)]
fn shares_of<V: Lanes, const W: usize>(
    people: &People<'_>,
    cells: &[f64],
    e: &[f64],
    room: &mut [[f64; LANES]],
    shares: &mut [f64],
) {
    let products = people.layout.products;
    let room = &mut room[..products];
    let e = &e[..products];
    for j in 0..products {
        room[j] = [0.0; LANES];
    }
    for block in 0..people.layout.blocks {
        let first = block * W * LANES;
        let size = products * W * LANES;
        let (rows, _) = cells[block * size..(block + 1) * size].as_chunks::<LANES>();
        let mut all = [V::splat(0.0); W];
        for w in 0..W {
            all[w] = eight::<V>(people.outside, first + w * LANES);
        }
        for j in 0..products {
            let worth = V::splat(e[j]);
            for w in 0..W {
                all[w] = V::load(&rows[j * W + w]).mul_add(worth, all[w]);
            }
        }
        for w in 0..W {
            all[w] = eight::<V>(people.weight, first + w * LANES).div(all[w]);
        }
        for j in 0..products {
            let mut sum = V::load(&rows[j * W]).mul(all[0]);
            for w in 1..W {
                sum = V::load(&rows[j * W + w]).mul_add(all[w], sum);
            }
            sum.add(V::load(&room[j])).store(&mut room[j]);
        }
    }
    for j in 0..products {
        shares[j] = e[j] * total(room[j]);
    }
}

dispatched_lanes! {
    /// Turns `E` into choice probabilities `P_ij` at `e = exp(δ − δ⁰)`, in place.
    pub(super) fn probabilities(people: &People<'_>, cells: &mut [f64], e: &[f64]) = probabilities_body
}

#[inline(always)]
fn probabilities_body<V: Lanes>(people: &People<'_>, cells: &mut [f64], e: &[f64]) {
    by_width!(people.layout.width, probabilities_of::<V>(people, cells, e));
}

#[inline(always)]
fn probabilities_of<V: Lanes, const W: usize>(people: &People<'_>, cells: &mut [f64], e: &[f64]) {
    let products = people.layout.products;
    for block in 0..people.layout.blocks {
        let first = block * W * LANES;
        let mut all = [V::splat(0.0); W];
        for w in 0..W {
            all[w] = eight::<V>(people.outside, first + w * LANES);
        }
        for j in 0..products {
            let at = (block * products + j) * W * LANES;
            let worth = V::splat(e[j]);
            for w in 0..W {
                all[w] = eight::<V>(cells, at + w * LANES).mul_add(worth, all[w]);
            }
        }
        for w in 0..W {
            all[w] = V::splat(1.0).div(all[w]);
        }
        for j in 0..products {
            let at = (block * products + j) * W * LANES;
            let worth = V::splat(e[j]);
            for w in 0..W {
                let p = eight::<V>(cells, at + w * LANES).mul(worth).mul(all[w]);
                put(p, cells, at + w * LANES);
            }
        }
    }
}

dispatched_lanes! {
    /// `T_i = Σ_j P_ij x_j`, (I,) with padding.
    pub(super) fn means(layout: Layout, cells: &[f64], x: &[f64], into: &mut [f64]) = means_body
}

#[inline(always)]
fn means_body<V: Lanes>(layout: Layout, cells: &[f64], x: &[f64], into: &mut [f64]) {
    by_width!(layout.width, means_of::<V>(layout, cells, x, into));
}

#[inline(always)]
fn means_of<V: Lanes, const W: usize>(layout: Layout, cells: &[f64], x: &[f64], into: &mut [f64]) {
    for block in 0..layout.blocks {
        let mut sum = [V::splat(0.0); W];
        for j in 0..layout.products {
            let at = (block * layout.products + j) * W * LANES;
            let x = V::splat(x[j]);
            for w in 0..W {
                sum[w] = eight::<V>(cells, at + w * LANES).mul_add(x, sum[w]);
            }
        }
        for w in 0..W {
            put(sum[w], into, (block * W + w) * LANES);
        }
    }
}

dispatched_lanes! {
    /// `row_i = a_i b_i` for all people, from cells: `row_i = a_i P_ij`.
    pub(super) fn weighted_row(layout: Layout, cells: &[f64], j: usize, a: &[f64], row: &mut [f64]) = weighted_row_body
}

#[inline(always)]
fn weighted_row_body<V: Lanes>(
    layout: Layout,
    cells: &[f64],
    j: usize,
    a: &[f64],
    row: &mut [f64],
) {
    let width = layout.width;
    for block in 0..layout.blocks {
        for w in 0..width {
            let at = (block * layout.products + j) * width * LANES + w * LANES;
            let i = (block * width + w) * LANES;
            put(eight::<V>(cells, at).mul(eight::<V>(a, i)), row, i);
        }
    }
}

/// Two rows of numbers over people, and which products they are to be summed with.
pub(super) struct Pair<'a> {
    /// (2, I) with padding.
    pub(super) rows: &'a [f64],
    /// Products, (n,).
    pub(super) wanted: &'a [usize],
}

dispatched_lanes! {
    /// `Σ_i P_ij a_i` and `Σ_i P_ij b_i` for the products that are wanted, (n,) each.
    pub(super) fn pair_sums(layout: Layout, cells: &[f64], pair: &Pair<'_>, first: &mut [f64], second: &mut [f64]) = pair_sums_body
}

#[inline(always)]
fn pair_sums_body<V: Lanes>(
    layout: Layout,
    cells: &[f64],
    pair: &Pair<'_>,
    first: &mut [f64],
    second: &mut [f64],
) {
    by_width!(
        layout.width,
        pair_sums_of::<V>(layout, cells, pair, first, second)
    );
}

#[inline(always)]
fn pair_sums_of<V: Lanes, const W: usize>(
    layout: Layout,
    cells: &[f64],
    pair: &Pair<'_>,
    first: &mut [f64],
    second: &mut [f64],
) {
    let products = layout.products;
    let (cells, _) = cells.as_chunks::<LANES>();
    let (a, b) = pair.rows.split_at(layout.padded());
    let (a, _) = a.as_chunks::<LANES>();
    let (b, _) = b.as_chunks::<LANES>();
    let mut n = 0;
    while n < pair.wanted.len() {
        let many = TOGETHER.0.min(pair.wanted.len() - n);
        // The last products are taken twice rather than by another loop.
        let j = pair.wanted[n];
        let j1 = pair.wanted[n + 1.min(many - 1)];
        let j2 = pair.wanted[n + 2.min(many - 1)];
        let mut s = [V::splat(0.0); TOGETHER.0 * TOGETHER.1];
        for block in 0..layout.blocks {
            let row = block * products;
            let at = [(row + j) * W, (row + j1) * W, (row + j2) * W];
            let p0 = &cells[at[0]..at[0] + W];
            let p1 = &cells[at[1]..at[1] + W];
            let p2 = &cells[at[2]..at[2] + W];
            let a = &a[block * W..(block + 1) * W];
            let b = &b[block * W..(block + 1) * W];
            for w in 0..W {
                let (x, y) = (V::load(&a[w]), V::load(&b[w]));
                let p = V::load(&p0[w]);
                s[0] = p.mul_add(x, s[0]);
                s[1] = p.mul_add(y, s[1]);
                let p = V::load(&p1[w]);
                s[2] = p.mul_add(x, s[2]);
                s[3] = p.mul_add(y, s[3]);
                let p = V::load(&p2[w]);
                s[4] = p.mul_add(x, s[4]);
                s[5] = p.mul_add(y, s[5]);
            }
        }
        for m in 0..many {
            first[n + m] = s[2 * m].total();
            second[n + m] = s[2 * m + 1].total();
        }
        n += many;
    }
}

/// Sums of all products against many rows (Q, I) with padding: `into` (Q, J) row by row. `all` names the products, 0 to J − 1.
pub(super) fn sums(
    dispatch: Dispatch,
    layout: Layout,
    cells: &[f64],
    rows: &[f64],
    all: &[usize],
    into: &mut [f64],
) {
    let (padded, products) = (layout.padded(), layout.products);
    let count = rows.len() / padded.max(1);
    for q in (0..count - count % 2).step_by(2) {
        let (first, second) = into[q * products..(q + 2) * products].split_at_mut(products);
        let rows = &rows[q * padded..(q + 2) * padded];
        let pair = Pair { rows, wanted: all };
        pair_sums(dispatch, layout, cells, &pair, first, second);
    }
    if count % 2 == 1 {
        // The row before is taken again: its sums come out the same.
        let last = rows[(count - 1) * padded..].repeat(2);
        let pair = Pair {
            rows: &last,
            wanted: all,
        };
        let mut again = vec![0.0; products];
        let into = &mut into[(count - 1) * products..count * products];
        pair_sums(dispatch, layout, cells, &pair, into, &mut again);
    }
}
