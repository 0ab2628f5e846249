//! The people of a market laid out for the kernels: what they like, and which way it goes with parameters.

use super::economy::Economy;
use super::kernel::Layout;
use super::parameters::{Coefficient, Kind, Place};
use super::problem::{Agents, Demographic};
use super::space::{Active, Source, Values};
use crate::numerics::vector;

/// The people of a market and what they like, in the layout of the kernels.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    pub(super) layout: Layout,
    /// (I,) with padding.
    pub(super) weight: Vec<f64>,
    /// Characteristics with tastes, (K, J) column by column.
    pub(super) x: Vec<f64>,
    /// Their derivatives by the price, (K, J).
    pub(super) x_by_price: Vec<f64>,
    /// Whether any of a column's derivatives is not 0, (K,).
    pub(super) has_price: Vec<bool>,
    /// Coefficients, (K, I) with padding.
    pub(super) coefficient: Vec<f64>,
    /// Derivatives of coefficients by their index, (K, I) with padding; empty where all are normal.
    pub(super) slope: Vec<f64>,
    /// Availability by cell; empty if all is there.
    pub(super) availability: Vec<f64>,
    /// Coefficients by cell of columns whose tastes differ by product, (K,); empty for all others, whose `coefficient` is then 0.
    pub(super) by_cell: Vec<Vec<f64>>,
    /// What those columns add to utilities, by cell; empty if there are none.
    pub(super) extra: Vec<f64>,
}

/// People of a market laid out, `[eq:taste]`.
pub(super) fn crowd(economy: &Economy<'_>, values: &Values, t: usize) -> Crowd {
    let problem = economy.problem;
    let rows = problem.markets[t].clone();
    let products = rows.len();
    let agents = problem.agents.as_ref();
    let people = agents.map_or(0..1, |agents| agents.markets[t].clone());
    let layout = Layout::new(products, people.len());
    let padded = layout.padded();
    let mut weight = vec![0.0; padded];
    match agents {
        Some(agents) => weight[..people.len()].copy_from_slice(&agents.weight[people.clone()]),
        None => weight[0] = 1.0,
    }
    let active = &economy.space.active;
    let mut crowd = Crowd {
        layout,
        weight,
        x: Vec::with_capacity(active.len() * products),
        x_by_price: Vec::with_capacity(active.len() * products),
        has_price: Vec::with_capacity(active.len()),
        coefficient: vec![0.0; active.len() * padded],
        slope: Vec::new(),
        availability: agents.map_or_else(Vec::new, |agents| availability(agents, t, layout)),
        by_cell: vec![Vec::new(); active.len()],
        extra: Vec::new(),
    };
    for (k, active) in active.iter().enumerate() {
        let column = &problem.nonlinear[active.column];
        crowd.x.extend_from_slice(&column.values[rows.clone()]);
        match &column.by_price {
            Some(by_price) => crowd.x_by_price.extend_from_slice(&by_price[rows.clone()]),
            None => crowd.x_by_price.resize((k + 1) * products, 0.0),
        }
        crowd.has_price.push(column.by_price.is_some());
        if let Some(agents) = agents.filter(|agents| differs_by_product(agents, active)) {
            tastes_by_cell(economy, values, t, k, agents, &mut crowd);
            continue;
        }
        let index = &mut crowd.coefficient[k * padded..(k + 1) * padded];
        for (source, place) in &active.sources {
            let factor = economy.space.taste(values, *place);
            if let Some(taste) = agents.and_then(|agents| taste_of(agents, *source)) {
                for (index, taste) in index.iter_mut().zip(&taste[people.clone()]) {
                    *index = factor.mul_add(*taste, *index);
                }
            }
        }
    }
    let normal = |k: usize| active[k].coefficient == Coefficient::Normal;
    if !(0..active.len()).all(normal) {
        transform(economy, &mut crowd);
    }
    crowd
}

/// Whether any taste of a column differs by product.
fn differs_by_product(agents: &Agents, active: &Active) -> bool {
    active.sources.iter().any(|(source, _)| match source {
        Source::Node(_) => false,
        Source::Demographic(d) => {
            matches!(agents.demographics.get(*d), Some(Demographic::OfProduct(_)))
        }
    })
}

/// A source in market `t` for product `j` and person `i` of the market.
pub(super) fn taste_at(agents: &Agents, source: Source, t: usize, j: usize, i: usize) -> f64 {
    let rows = &agents.markets[t];
    match source {
        Source::Node(k) => agents.nodes[k][rows.start + i],
        Source::Demographic(d) => match &agents.demographics[d] {
            Demographic::OfAgent(values) => values[rows.start + i],
            Demographic::OfProduct(markets) => markets[t][j * rows.len() + i],
        },
    }
}

/// Coefficients of a column by cell, and what it adds to utilities.
fn tastes_by_cell(
    economy: &Economy<'_>,
    values: &Values,
    t: usize,
    k: usize,
    agents: &Agents,
    crowd: &mut Crowd,
) {
    let layout = crowd.layout;
    let active = &economy.space.active[k];
    let mut cells = vec![0.0; layout.cells()];
    crowd.extra.resize(layout.cells(), 0.0);
    for j in 0..layout.products {
        let x = crowd.x[k * layout.products + j];
        for i in 0..layout.people {
            let mut index = 0.0;
            for (source, place) in &active.sources {
                index += economy.space.taste(values, *place) * taste_at(agents, *source, t, j, i);
            }
            let coefficient = match active.coefficient {
                Coefficient::Normal => index,
                Coefficient::Lognormal => libm::exp(index),
                Coefficient::Logit => 1.0 / (1.0 + libm::exp(-index)),
            };
            cells[layout.at(j, i)] = coefficient;
            crowd.extra[layout.at(j, i)] += x * coefficient;
        }
    }
    crowd.by_cell[k] = cells;
}

/// A column of nodes or demographics, (I,) over all markets.
pub(super) fn taste_of(agents: &Agents, source: Source) -> Option<&[f64]> {
    match source {
        Source::Node(k) => agents.nodes.get(k).map(Vec::as_slice),
        Source::Demographic(d) => match agents.demographics.get(d)? {
            Demographic::OfAgent(values) => Some(values),
            Demographic::OfProduct(_) => None,
        },
    }
}

fn availability(agents: &Agents, t: usize, layout: Layout) -> Vec<f64> {
    let Some(markets) = &agents.availability else {
        return Vec::new();
    };
    let mut cells = vec![0.0; layout.cells()];
    for (at, value) in markets[t].iter().enumerate() {
        cells[layout.at(at / layout.people, at % layout.people)] = *value;
    }
    cells
}

/// What a parameter of Σ or Π multiplies.
pub(super) fn source_of(place: Place) -> Option<Source> {
    match place.kind {
        Kind::Sigma => Some(Source::Node(place.column)),
        Kind::Pi => Some(Source::Demographic(place.column)),
        _ => None,
    }
}

/// Makes coefficients of their indices, and keeps the derivatives.
fn transform(economy: &Economy<'_>, crowd: &mut Crowd) {
    let padded = crowd.layout.padded();
    crowd.slope = vec![1.0; crowd.coefficient.len()];
    for (k, active) in economy.space.active.iter().enumerate() {
        let row = k * padded..(k + 1) * padded;
        if !crowd.by_cell[k].is_empty() {
            continue;
        }
        let (value, slope) = (&mut crowd.coefficient[row.clone()], &mut crowd.slope[row]);
        match active.coefficient {
            Coefficient::Normal => {}
            Coefficient::Lognormal => {
                vector::exponentials(economy.dispatch, value);
                slope.copy_from_slice(value);
            }
            Coefficient::Logit => {
                for value in value.iter_mut() {
                    *value = -*value;
                }
                vector::exponentials(economy.dispatch, value);
                for (value, slope) in value.iter_mut().zip(slope) {
                    *value = 1.0 / (1.0 + *value);
                    *slope = *value * (1.0 - *value);
                }
            }
        }
    }
}
