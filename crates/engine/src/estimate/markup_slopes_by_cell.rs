//! How markups answer to parameters where tastes differ by product: the sums of `markup_slopes`, cell by cell.

use super::market::{Market, Room};
use super::markups::utility_by_price;
use super::owners::Owners;
use super::parameters::{Kind, Place};

/// `(∂Δ/∂θ) η`, (P, J), as `conditions_by_theta` has it, for a market without nests.
pub(super) fn conditions_by_theta(
    market: &Market<'_>,
    room: &Room,
    owners: &Owners,
    markup: &[f64],
    xi_by_theta: &[f64],
) -> Vec<f64> {
    let layout = market.crowd.layout;
    let (products, free) = (layout.products, &market.economy.space.free);
    // ∂V_ij/∂p_j, (J, I) with padding.
    let mut by_price = vec![0.0; products * layout.padded()];
    for (j, row) in by_price.chunks_mut(layout.padded()).enumerate() {
        utility_by_price(market, j, row);
    }
    let mut slopes = vec![0.0; free.len() * products];
    for (p, (place, _)) in free.iter().enumerate() {
        if place.kind == Kind::Gamma {
            continue;
        }
        let own = &xi_by_theta[p * products..(p + 1) * products];
        let way = Way::of(market, *place, own);
        let into = &mut slopes[p * products..(p + 1) * products];
        for i in 0..layout.people {
            add_person(market, room, owners, markup, &by_price, &way, i, into);
        }
    }
    slopes
}

/// Which way utilities, and what prices do to them, go with a parameter.
struct Way {
    /// `∂V_ij`, by cell.
    utility: Vec<f64>,
    /// `∂(∂V_ij/∂p_j)`, by cell.
    by_price: Vec<f64>,
}

impl Way {
    fn of(market: &Market<'_>, place: Place, own: &[f64]) -> Self {
        let crowd = &market.crowd;
        let layout = crowd.layout;
        let (products, rows) = (
            layout.products,
            market.economy.problem.markets[market.t].clone(),
        );
        let mut way = Self {
            utility: vec![0.0; layout.cells()],
            by_price: vec![0.0; layout.cells()],
        };
        let linear = (place.kind == Kind::Beta)
            .then(|| market.economy.problem.linear[place.row].by_price.as_ref())
            .flatten();
        let plain = market.direction(place);
        let by_cell = market.taste_by_cell(place);
        for j in 0..products {
            for i in 0..layout.people {
                let at = layout.at(j, i);
                let taste = match (&plain, &by_cell) {
                    (Some((k, taste)), _) => Some((*k, taste[i])),
                    (_, Some((k, cells))) => Some((*k, cells[at])),
                    _ => None,
                };
                if let Some((k, taste)) = taste {
                    way.utility[at] = own[j] + crowd.x[k * products + j] * taste;
                    way.by_price[at] = crowd.x_by_price[k * products + j] * taste;
                }
                if let Some(by_price) = linear {
                    way.by_price[at] = by_price[rows.start + j];
                }
            }
        }
        way
    }
}

/// `w_i P_ij { u_ij ∂H_fi + (H_fi − O_jj η_j)(u_ij (∂V_ij − Σ_l P_il ∂V_il) + ∂u_ij) }` of one person for each product.
#[expect(
    clippy::too_many_arguments,
    reason = "one term of a sum over people; its parts are what the formula names"
)]
fn add_person(
    market: &Market<'_>,
    room: &Room,
    owners: &Owners,
    markup: &[f64],
    by_price: &[f64],
    way: &Way,
    i: usize,
    into: &mut [f64],
) {
    let layout = market.crowd.layout;
    let at = |j: usize| layout.at(j, i);
    let mean: f64 = (0..layout.products)
        .map(|l| room.cells[at(l)] * way.utility[at(l)])
        .sum();
    for (counted, members) in owners.counted.iter().zip(&owners.members) {
        let (mut earned, mut moved) = (0.0, 0.0);
        for &(k, count) in counted {
            let part = room.cells[at(k)] * count * markup[k];
            earned += part;
            moved += part * (way.utility[at(k)] - mean);
        }
        for &j in members {
            let own = counted
                .iter()
                .find(|(k, _)| *k == j)
                .map_or(0.0, |(_, count)| count * markup[j]);
            let u = by_price[j * layout.padded() + i];
            let both = u * (way.utility[at(j)] - mean) + way.by_price[at(j)];
            let value = (earned - own) * both + u * moved;
            into[j] += market.crowd.weight[i] * room.cells[at(j)] * value;
        }
    }
}
