//! A pricing game: demand, costs, conduct, and the first-order conditions of its firms.

use super::conduct::Conduct;
use super::demand::{Choice, Demand, all_finite, by_eights};
use super::error::{SupplyError, every, length};
use super::kernel::{Margins, Sums};
use super::lost::LOST;

/// A market in which firms set prices.
#[derive(Clone, Debug)]
pub struct Game {
    /// Who buys what.
    pub demand: Demand,
    /// Who sets which prices.
    pub conduct: Conduct,
    /// Marginal cost at the consumer's price, (J,), currency per unit.
    pub cost: Vec<f64>,
    /// What the firm keeps of one unit of currency of price, (J,): `1/(1 + tax)`, or 1.
    pub kept: Vec<f64>,
    /// What a buyer earns the firm later, `ℓ_ij`, by eights as demand's arrays, currency per unit; empty if nothing.
    services: Vec<f64>,
    /// By what that is multiplied, (J,).
    pub(super) services_factor: Vec<f64>,
    /// Products whose prices are held, (J,).
    pub frozen: Vec<bool>,
    /// Prices that may not be undercut, (J,).
    pub lowest: Vec<f64>,
}

/// The first-order conditions at some prices.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Market shares, (J,).
    pub shares: Vec<f64>,
    /// `ζ_j`: the markup that the conditions ask for at these prices, (J,), currency per unit.
    pub markup: Vec<f64>,
    /// `Σ_i w_i α_i P_ij/λ`, by which a condition divides into a markup, (J,).
    pub(super) slope: Vec<f64>,
    /// By how much services lower a markup per unit of their factor, (J,), currency per unit.
    pub(super) later: Vec<f64>,
}

impl Conditions {
    /// Room for so many products.
    pub(super) fn empty(products: usize) -> Self {
        Self {
            shares: vec![0.0; products],
            markup: vec![0.0; products],
            slope: vec![0.0; products],
            later: vec![0.0; products],
        }
    }
}

impl Game {
    /// Firms that count their own profits, keep all of the price, and are free to set any.
    ///
    /// # Errors
    /// Arrays of the wrong length, costs that are not finite.
    pub fn new(demand: Demand, conduct: Conduct, cost: Vec<f64>) -> Result<Self, SupplyError> {
        let products = demand.products();
        length("owners", conduct.firm().len(), products)?;
        length("costs", cost.len(), products)?;
        every("cost", &cost, "a finite number", f64::is_finite)?;
        Ok(Self {
            demand,
            conduct,
            cost,
            kept: vec![1.0; products],
            services: Vec::new(),
            services_factor: vec![1.0; products],
            frozen: vec![false; products],
            lowest: vec![f64::NEG_INFINITY; products],
        })
    }

    /// With what each buyer earns the firm later, (J, I) product by product, currency per unit.
    ///
    /// # Errors
    /// Another shape, or numbers that are not finite.
    pub fn with_services(mut self, services: &[f64]) -> Result<Self, SupplyError> {
        let (products, types) = (self.demand.products, self.demand.types);
        length("lifetime services", services.len(), products * types)?;
        every(
            "lifetime services",
            services,
            "a finite number",
            f64::is_finite,
        )?;
        self.services = by_eights(products, types, |j, i| services[j * types + i]);
        Ok(self)
    }

    /// The same from an array by eights, as demand's are.
    ///
    /// # Errors
    /// As [`Game::with_services`].
    pub(crate) fn with_services_by_eights(
        mut self,
        services: Vec<f64>,
    ) -> Result<Self, SupplyError> {
        length(
            "lifetime services",
            services.len(),
            self.demand.quality.len(),
        )?;
        all_finite("lifetime services", &services)?;
        self.services = services;
        Ok(self)
    }

    /// Number of products.
    pub fn products(&self) -> usize {
        self.demand.products
    }

    /// The first-order conditions at prices (J,), `[eq:markup]`.
    pub fn conditions(&self, price: &[f64]) -> Conditions {
        let mut room = Sums::new(&self.demand, &self.conduct);
        let margin: Vec<f64> = (0..self.products())
            .map(|j| self.kept[j] * (price[j] - self.cost[j]))
            .collect();
        let mut conditions = Conditions::empty(self.products());
        self.fill_conditions(price, &margin, &mut room, &mut conditions);
        conditions
    }

    /// The same into arrays that are there already.
    pub(super) fn fill_conditions(
        &self,
        price: &[f64],
        margin: &[f64],
        room: &mut Sums,
        into: &mut Conditions,
    ) {
        self.fill_from_sums(price, margin, room, into);
        let is_lost = |j: usize| !self.frozen[j] && into.slope[j].abs() < LOST;
        if (0..self.products()).any(is_lost) {
            self.seen_at(price)
                .fill_from_sums(price, margin, room, into);
        }
    }

    fn fill_from_sums(
        &self,
        price: &[f64],
        margin: &[f64],
        room: &mut Sums,
        into: &mut Conditions,
    ) {
        let margins = Margins {
            demand: &self.demand,
            conduct: &self.conduct,
            price,
            margin,
            services: &self.services,
            factor: &self.services_factor,
        };
        room.fill(&margins);
        for j in 0..self.products() {
            let slope = room.slope(j);
            let later = room.services(j) * self.services_factor[j];
            let asked = self.kept[j] * room.share(j) - later + room.rivals(j);
            into.later[j] = room.services(j) / (self.kept[j] * slope);
            into.shares[j] = room.share(j);
            into.slope[j] = slope;
            into.markup[j] = asked / (self.kept[j] * slope);
        }
    }

    /// How far prices are from what the conditions ask for, the largest over free products, as a share of price and markup; a
    /// price at its lowest that would fall further is where it should be.
    pub fn distance(&self, price: &[f64], conditions: &Conditions) -> f64 {
        let mut largest: f64 = 0.0;
        for j in (0..self.products()).filter(|&j| !self.frozen[j]) {
            let target = (self.cost[j] + conditions.markup[j]).max(self.lowest[j]);
            let scale = price[j].abs() + conditions.markup[j].abs();
            let gap = (price[j] - target).abs() / scale.max(f64::MIN_POSITIVE);
            if gap.is_nan() {
                return f64::NAN;
            }
            largest = largest.max(gap);
        }
        largest
    }

    /// The largest first-order residual over free products, `|∂Π_f/∂p_j|` per unit sold and kept: 0.01 means that raising a price by one unit of
    /// currency would still earn a cent per unit sold.
    pub fn first_order(&self, price: &[f64]) -> f64 {
        let conditions = self.conditions(price);
        let mut largest: f64 = 0.0;
        for j in (0..self.products()).filter(|&j| !self.frozen[j]) {
            let gap = conditions.markup[j] - (price[j] - self.cost[j]);
            let residual = gap * conditions.slope[j] / conditions.shares[j];
            // At its lowest price a product may want to go lower.
            if !(price[j] <= self.lowest[j] && residual < 0.0) {
                largest = if residual.is_nan() {
                    residual
                } else {
                    largest.max(residual.abs())
                };
            }
        }
        largest
    }

    /// `Π_f`: profit of each firm per head, counting what its conduct counts, (F,); services included.
    pub fn objectives(&self, price: &[f64]) -> Vec<f64> {
        let profit = self.profits(price);
        let firm = self.conduct.firm();
        (0..self.conduct.firms())
            .map(|f| {
                let parts = profit.iter().zip(firm);
                parts
                    .map(|(profit, &g)| self.conduct.of_firms(f, g) * profit)
                    .sum()
            })
            .collect()
    }

    /// The same, where nothing is earned after a sale eight types at a time.
    pub(super) fn objectives_in(&self, price: &[f64], room: &mut Sums) -> Vec<f64> {
        if !self.services.is_empty() {
            return self.objectives(price);
        }
        let margin: Vec<f64> = (0..price.len())
            .map(|j| self.kept[j] * (price[j] - self.cost[j]))
            .collect();
        room.fill(&Margins {
            demand: &self.demand,
            conduct: &self.conduct,
            price,
            margin: &margin,
            services: &[],
            factor: &[],
        });
        let firm = self.conduct.firm();
        let objective = |f: usize| {
            let parts = (0..price.len())
                .map(|j| self.conduct.of_firms(f, firm[j]) * margin[j] * room.share(j));
            parts.sum()
        };
        (0..self.conduct.firms()).map(objective).collect()
    }

    /// Market shares at prices, (J,), eight types at a time.
    pub(super) fn shares(&self, price: &[f64]) -> Vec<f64> {
        let mut sums = Sums::new(&self.demand, &self.conduct);
        sums.fill(&Margins {
            demand: &self.demand,
            conduct: &self.conduct,
            price,
            margin: &vec![0.0; price.len()],
            services: &[],
            factor: &[],
        });
        (0..price.len()).map(|j| sums.share(j)).collect()
    }

    /// What a unit of a product earns from a type at a price, services included, currency.
    pub(super) fn benefit(&self, product: usize, i: usize, price: f64) -> f64 {
        let later = self.services.get(self.demand.at(product, i)).copied();
        self.kept[product] * (price - self.cost[product])
            + self.services_factor[product] * later.unwrap_or(0.0)
    }

    /// Profit of each product per head, services included, (J,).
    pub fn profits(&self, price: &[f64]) -> Vec<f64> {
        let choice = self.demand.choose(price);
        let stride = self.demand.stride;
        let services = |j: usize| -> f64 {
            if self.services.is_empty() {
                return 0.0;
            }
            let of_type = |i: usize| {
                let later = self.services[self.demand.at(j, i)] * self.services_factor[j];
                later * choice.probability[j * stride + i] * self.demand.weight[i]
            };
            (0..self.demand.types).map(of_type).sum()
        };
        (0..self.products())
            .map(|j| self.kept[j] * (price[j] - self.cost[j]) * choice.shares[j] + services(j))
            .collect()
    }

    /// `G_j = ∂Π_f(j)/∂p_j` at choices, (J,), and its derivatives by prices, (J, J) row by row, `[eq:jacobian]`.
    pub(super) fn gradient(&self, price: &[f64], choice: &Choice) -> (Vec<f64>, Vec<f64>) {
        let demand = &self.demand;
        let (products, stride, groups) = (demand.products, demand.stride, demand.groups());
        let slopes = demand.shares_by_prices(choice);
        let mut gradient: Vec<f64> = (0..products)
            .map(|j| self.kept[j] * choice.shares[j])
            .collect();
        let mut jacobian = vec![0.0; products * products];
        for j in 0..products {
            for k in 0..products {
                jacobian[j * products + k] = self.kept[j] * slopes[j * products + k]
                    + self.conduct.between(j, k) * self.kept[k] * slopes[k * products + j];
            }
        }
        let mut u = vec![0.0; products];
        let mut by_nest = vec![0.0; groups];
        for i in 0..demand.types {
            let w = demand.weight[i];
            let alpha = |j: usize| demand.alpha[demand.at(j, i)];
            for j in 0..products {
                // u_l = κ_jl b_il P_il, and its sums over all products and over each nest.
                by_nest.fill(0.0);
                for l in 0..products {
                    let at = l * stride + i;
                    let later = self.services.get(demand.at(l, i)).copied().unwrap_or(0.0);
                    let margin = self.kept[l] * (price[l] - self.cost[l]);
                    let benefit = margin + self.services_factor[l] * later;
                    u[l] = self.conduct.between(j, l) * benefit * choice.probability[at];
                    by_nest[demand.nest(l)] += u[l];
                }
                let all: f64 = by_nest.iter().sum();
                let own_nest = demand.nest(j);
                let lambda = demand.lambda(j);
                let nested = demand.nests.is_some();
                let within = |l: usize| {
                    if nested {
                        choice.conditional[l * stride + i]
                    } else {
                        0.0
                    }
                };
                let p = choice.probability[j * stride + i];
                let excess = (1.0 / lambda - 1.0) * within(j);
                // Σ_l u_l ∂ln P_l/∂V_j.
                let first = u[j] / lambda - excess * by_nest[own_nest] - p * all;
                gradient[j] -= w * alpha(j) * first;
                for k in 0..products {
                    let same_nest = nested && demand.nest(k) == own_nest;
                    let slope_k = demand.utility_slope(choice, i, j, k);
                    let (lambda_k, nest_k) = (demand.lambda(k), demand.nest(k));
                    let p_k = choice.probability[k * stride + i];
                    let excess_k = (1.0 / lambda_k - 1.0) * within(k);
                    let all_by_k = u[k] / lambda_k
                        - if nested {
                            excess_k * by_nest[nest_k]
                        } else {
                            0.0
                        }
                        - p_k * all;
                    let nest_by_k = if same_nest {
                        u[k] / lambda_k - excess_k * by_nest[own_nest]
                    } else {
                        0.0
                    } - p_k * by_nest[own_nest];
                    let mut second = u[j] / lambda * slope_k - excess * nest_by_k - p * all_by_k;
                    if same_nest {
                        let same = if j == k { 1.0 } else { 0.0 };
                        second -= by_nest[own_nest] * excess * (same - within(k)) / lambda;
                    }
                    second -= p * slope_k * all;
                    jacobian[j * products + k] += w * alpha(j) * alpha(k) * second;
                }
            }
        }
        (gradient, jacobian)
    }
}
