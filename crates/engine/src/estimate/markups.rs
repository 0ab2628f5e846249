//! What prices say about costs: markups by Bertrand's first-order conditions.

use super::kernel::{Pair, pair_sums};
use super::linear::{column, from_rows, solve};
use super::market::{Market, Room};
use super::markup_slopes::conditions_by_theta;
use super::markup_slopes_by_cell as by_cell;
use super::owners::Owners;
use super::parameters::Kind;
use super::problem::CostForm;
use super::result::Trouble;
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
        let differs = market.crowd.by_cell.iter().any(|cells| !cells.is_empty());
        let conditions = match differs {
            true => by_cell::conditions_by_theta,
            false => conditions_by_theta,
        };
        let slopes = conditions(market, room, &owners, &found.markups, xi_by_theta);
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
    let ones = vec![1.0; padded];
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
        let slope: f64 = super::kernel::dot(market.dispatch(), first, &ones);
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
