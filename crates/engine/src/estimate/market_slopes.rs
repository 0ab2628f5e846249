//! How shares and mean utilities of one market answer to each other and to parameters.

use super::crowd::{source_of, taste_at, taste_of};
use super::kernel::{means, sums};
use super::linear::{from_rows, solve_symmetric};
use super::market::{Market, Room};
use super::parameters::{Coefficient, Kind, Place};
use faer::Mat;

impl Market<'_> {
    /// `∂s/∂δ`, (J, J), `[eq:shares_by_delta]`.
    pub(super) fn shares_by_delta(&self, room: &Room) -> Vec<f64> {
        let rows = self.economy.problem.markets[self.t].clone();
        let share = &self.economy.problem.shares[rows];
        let products = share.len();
        let mut slopes = self.gram(&room.cells, &room.cells);
        for slope in &mut slopes {
            *slope = -*slope;
        }
        if let Some(nesting) = &self.nesting {
            let within = self.gram(&room.cells, &room.conditional);
            for j in 0..products {
                let more = nesting.rho[j] * nesting.scale[j];
                for k in 0..products {
                    if nesting.of[j] == nesting.of[k] {
                        slopes[j * products + k] -= more * within[j * products + k];
                    }
                }
            }
        }
        for j in 0..products {
            let scale = self.nesting.as_ref().map_or(1.0, |n| n.scale[j]);
            slopes[j * products + j] += scale * share[j];
        }
        slopes
    }

    /// Derivative of the index of a coefficient by a parameter of Σ or Π: which active column, and its row over people, (I,) with padding.
    pub(super) fn direction(&self, place: Place) -> Option<(usize, Vec<f64>)> {
        let active = &self.economy.space.active;
        let k = active.iter().position(|a| a.column == place.row)?;
        let agents = self.economy.problem.agents.as_ref()?;
        let source = source_of(place)?;
        if !self.crowd.by_cell[k].is_empty() {
            return None;
        }
        let people = agents.markets[self.t].clone();
        let taste = taste_of(agents, source)?;
        let padded = self.crowd.layout.padded();
        let mut row = vec![0.0; padded];
        row[..people.len()].copy_from_slice(&taste[people]);
        if !self.crowd.slope.is_empty() {
            let slope = &self.crowd.slope[k * padded..(k + 1) * padded];
            for (value, slope) in row.iter_mut().zip(slope) {
                *value *= slope;
            }
        }
        Some((k, row))
    }

    /// The same where tastes differ by product: `∂V_ij/∂θ` by cell.
    pub(super) fn direction_by_cell(&self, place: Place) -> Option<Vec<f64>> {
        let (k, mut cells) = self.taste_by_cell(place)?;
        let layout = self.crowd.layout;
        for j in 0..layout.products {
            let x = self.crowd.x[k * layout.products + j];
            for i in 0..layout.people {
                cells[layout.at(j, i)] *= x;
            }
        }
        Some(cells)
    }

    /// Which way coefficients that differ by product go, by cell, and of which column.
    pub(super) fn taste_by_cell(&self, place: Place) -> Option<(usize, Vec<f64>)> {
        let active = &self.economy.space.active;
        let k = active.iter().position(|a| a.column == place.row)?;
        let agents = self.economy.problem.agents.as_ref()?;
        let source = source_of(place)?;
        if self.crowd.by_cell[k].is_empty() {
            return None;
        }
        let layout = self.crowd.layout;
        let mut cells = vec![0.0; layout.cells()];
        for j in 0..layout.products {
            for i in 0..layout.people {
                let at = layout.at(j, i);
                let coefficient = self.crowd.by_cell[k][at];
                let slope = match active[k].coefficient {
                    Coefficient::Normal => 1.0,
                    Coefficient::Lognormal => coefficient,
                    Coefficient::Logit => coefficient * (1.0 - coefficient),
                };
                cells[at] = slope * taste_at(agents, source, self.t, j, i);
            }
        }
        Some((k, cells))
    }

    /// `T_ki = Σ_j P_ij x_jk` for every column with tastes, (K, I) with padding.
    pub(super) fn mean_characteristics(&self, room: &Room) -> Vec<f64> {
        let layout = self.crowd.layout;
        let (products, padded) = (layout.products, layout.padded());
        let columns = self.economy.space.active.len();
        let mut means_by_column = vec![0.0; columns * padded];
        for k in 0..columns {
            let into = &mut means_by_column[k * padded..(k + 1) * padded];
            let x = &self.crowd.x[k * products..(k + 1) * products];
            means(self.dispatch(), layout, &room.cells, x, into);
        }
        means_by_column
    }

    /// `∂s/∂θ` at given δ, (P, J), `[eq:shares_by_theta]`.
    fn shares_by_theta(&self, room: &mut Room) -> Vec<f64> {
        let layout = self.crowd.layout;
        let (products, padded) = (layout.products, layout.padded());
        let free = &self.economy.space.free;
        let mut slopes = vec![0.0; free.len() * products];
        if let Some(nesting) = &self.nesting {
            nesting.shares_by_theta(self, room, &mut slopes);
            return slopes;
        }
        let mean = self.mean_characteristics(room);
        let all: Vec<usize> = (0..products).collect();
        let (mut rows, mut tastes) = (Vec::new(), Vec::new());
        for (p, (place, _)) in free.iter().enumerate() {
            if let Some((k, mut row)) = self.direction(*place) {
                for (value, weight) in row.iter_mut().zip(&self.crowd.weight) {
                    *value *= weight;
                }
                let mean = &mean[k * padded..(k + 1) * padded];
                rows.extend_from_slice(&row);
                rows.extend(row.iter().zip(mean).map(|(a, b)| a * b));
                tastes.push((p, k));
            } else if let Some(cells) = self.direction_by_cell(*place) {
                let slopes = &mut slopes[p * products..(p + 1) * products];
                self.shares_along(&cells, room, slopes);
            }
        }
        let mut found = vec![0.0; 2 * tastes.len() * products];
        sums(
            self.dispatch(),
            layout,
            &room.cells,
            &rows,
            &all,
            &mut found,
        );
        for (n, (p, k)) in tastes.into_iter().enumerate() {
            let (by_x, by_mean) = (2 * n * products, (2 * n + 1) * products);
            for j in 0..products {
                let x = self.crowd.x[k * products + j];
                slopes[p * products + j] = x * found[by_x + j] - found[by_mean + j];
            }
        }
        slopes
    }

    /// `Σ_i w_i P_ij (∂V_ij − Σ_l P_il ∂V_il)` for utilities that move by cell, (J,).
    fn shares_along(&self, along: &[f64], room: &Room, slopes: &mut [f64]) {
        let layout = self.crowd.layout;
        for i in 0..layout.people {
            let mean: f64 = (0..layout.products)
                .map(|j| room.cells[layout.at(j, i)] * along[layout.at(j, i)])
                .sum();
            for j in 0..layout.products {
                let at = layout.at(j, i);
                slopes[j] += self.crowd.weight[i] * room.cells[at] * (along[at] - mean);
            }
        }
    }

    /// `∂ξ/∂θ` by the implicit function theorem, (P, J), `[eq:xi_by_theta]`.
    pub(super) fn xi_by_theta(&self, room: &mut Room) -> Option<Vec<f64>> {
        let space = &self.economy.space;
        let rows = self.economy.problem.markets[self.t].clone();
        let products = rows.len();
        let mut slopes = self.shares_by_theta(room);
        let tastes = space.free.iter();
        if tastes.clone().any(|(p, _)| p.kind <= Kind::Rho) {
            let by_delta = from_rows(&self.shares_by_delta(room), products, products);
            let right = Mat::from_fn(products, space.dimension(), |j, p| {
                -slopes[p * products + j]
            });
            let solved = solve_symmetric(&by_delta, &right)?;
            for p in 0..space.dimension() {
                for j in 0..products {
                    slopes[p * products + j] = solved[(j, p)];
                }
            }
        }
        for (p, (place, _)) in tastes.enumerate() {
            let row = p * products..(p + 1) * products;
            if place.kind == Kind::Beta {
                let column = &self.economy.problem.linear[place.row].values;
                for (slope, x) in slopes[row].iter_mut().zip(&column[rows.clone()]) {
                    *slope = -x;
                }
            }
        }
        Some(slopes)
    }
}
