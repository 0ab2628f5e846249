//! Demand of one market at given tastes: who buys what at which prices, and how that answers to prices.
//!
//! A mixed logit over types, with nests if given: `V_ij = x_ij − α_i p_j`, outside good at 0. Callers give arrays over products
//! and types product by product, (J, I). Kept they are *by eights*: types padded to whole vectors with weight 0, and for each eight of them all products,
//! (I/8, J, 8), so that a pass over types walks memory from end to end.

use super::error::{SupplyError, every, length};
use crate::numerics::dispatch::{Dispatch, LANES};

/// Groups of products that are closer substitutes, `[eq:nested]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Nests {
    /// Nest of each product, (J,).
    pub of: Vec<usize>,
    /// Dissimilarity `λ_g` of each nest, (G,), in (0, 1]; 1 is plain logit.
    pub dissimilarity: Vec<f64>,
}

/// Demand of one market.
#[derive(Clone, Debug)]
pub struct Demand {
    pub(super) products: usize,
    pub(super) types: usize,
    /// Types with padding.
    pub(super) stride: usize,
    pub(super) weight: Vec<f64>,
    /// `α_ij`, by eights.
    pub(super) alpha: Vec<f64>,
    /// What a unit of currency is worth to a type, (I,); 0 for padding.
    pub(super) money: Vec<f64>,
    /// `x_ij`, by eights.
    pub(super) quality: Vec<f64>,
    pub(super) nests: Option<Nests>,
    pub(super) dispatch: Dispatch,
}

/// What types choose at given prices.
#[derive(Clone, Debug)]
pub struct Choice {
    /// `P_ij`, (J, I) with padding.
    pub(super) probability: Vec<f64>,
    /// `P_ij|g`, (J, I) with padding; empty without nests.
    pub(super) conditional: Vec<f64>,
    /// `ln(1 + Σ …)`, the value of the market to each type, (I,) with padding, utility.
    pub(super) inclusive: Vec<f64>,
    /// Market shares, (J,).
    pub shares: Vec<f64>,
}

impl Demand {
    /// Demand of types with `weight` (I,) that sum to 1 where all people are meant, price coefficients `α_i` (I,) in utility per
    /// unit of currency, utilities without price `x_ij` (J, I) product by product, and nests if there are any.
    ///
    /// # Errors
    /// Arrays of other lengths; weights that are negative, other numbers that are not finite; dissimilarities outside (0, 1].
    pub fn new(
        weight: &[f64],
        price_coefficient: &[f64],
        quality: &[f64],
        nests: Option<Nests>,
    ) -> Result<Self, SupplyError> {
        let types = weight.len();
        let products = quality.len().checked_div(types).unwrap_or(0);
        length("price coefficients", price_coefficient.len(), types)?;
        length("utilities", quality.len(), products * types)?;
        every("weight", weight, "0 or more", |w| w >= 0.0 && w.is_finite())?;
        every(
            "price coefficient",
            price_coefficient,
            "a finite number",
            f64::is_finite,
        )?;
        every("utility", quality, "a finite number", f64::is_finite)?;
        if let Some(nests) = &nests {
            length("nests of products", nests.of.len(), products)?;
            every(
                "dissimilarity",
                &nests.dissimilarity,
                "more than 0 and at most 1",
                |lambda| lambda > 0.0 && lambda <= 1.0,
            )?;
            let groups = nests.dissimilarity.len();
            let known: Vec<f64> = nests.of.iter().map(|&g| g as f64).collect();
            every("nest", &known, "a nest with a dissimilarity", |g| {
                (g as usize) < groups
            })?;
        }
        let stride = types.next_multiple_of(LANES);
        Ok(Self {
            products,
            types,
            stride,
            weight: padded(weight, stride),
            alpha: by_eights(products, types, |_, i| price_coefficient[i]),
            money: padded(price_coefficient, stride),
            quality: by_eights(products, types, |j, i| quality[j * types + i]),
            nests,
            dispatch: Dispatch::detect(),
        })
    }

    /// From arrays that lie as they are kept, types padded: `α_ij` and `x_ij` by eights.
    ///
    /// # Errors
    /// Numbers that are not finite.
    pub(crate) fn from_eights(
        products: usize,
        types: usize,
        [weight, money, alpha, quality]: [Vec<f64>; 4],
        nests: Option<Nests>,
        dispatch: Dispatch,
    ) -> Result<Self, SupplyError> {
        all_finite("weight", &weight)?;
        all_finite("price coefficient", &alpha)?;
        all_finite("utility", &quality)?;
        Ok(Self {
            products,
            types,
            stride: weight.len(),
            weight,
            alpha,
            money,
            quality,
            nests,
            dispatch,
        })
    }

    /// The same demand with price coefficients that differ by product too, (J, I) product by product: where a price is paid in parts, less of it counts.
    ///
    /// # Errors
    /// Another shape, or numbers that are not finite.
    pub fn with_price_coefficients(mut self, by_product: &[f64]) -> Result<Self, SupplyError> {
        length(
            "price coefficients by product",
            by_product.len(),
            self.products * self.types,
        )?;
        every(
            "price coefficient",
            by_product,
            "a finite number",
            f64::is_finite,
        )?;
        self.alpha = by_eights(self.products, self.types, |j, i| {
            by_product[j * self.types + i]
        });
        Ok(self)
    }

    /// Mean over people of what a unit of currency is worth to them, utility.
    pub fn mean_price_coefficient(&self) -> f64 {
        let total: f64 = self.weight.iter().sum();
        let pairs = self.weight.iter().zip(&self.money);
        pairs.map(|(weight, money)| weight * money).sum::<f64>() / total
    }

    /// Number of products.
    pub fn products(&self) -> usize {
        self.products
    }

    /// Number of types, without padding.
    pub fn types(&self) -> usize {
        self.types
    }

    /// Uses this instruction set; the bits of results do not depend on it.
    #[must_use]
    pub fn with_dispatch(mut self, dispatch: Dispatch) -> Self {
        self.dispatch = dispatch;
        self
    }

    /// The same demand for some of the products, in this order.
    #[must_use]
    pub fn of_products(&self, kept: &[usize]) -> Self {
        let of =
            |values: &[f64]| by_eights(kept.len(), self.types, |j, i| values[self.at(kept[j], i)]);
        Self {
            products: kept.len(),
            quality: of(&self.quality),
            alpha: of(&self.alpha),
            nests: self.nests.as_ref().map(|nests| Nests {
                of: kept.iter().map(|&j| nests.of[j]).collect(),
                dissimilarity: nests.dissimilarity.clone(),
            }),
            ..self.clone()
        }
    }

    /// The same demand with `change[j]` added to the utility of product `j`, (J,).
    #[must_use]
    pub fn shifted(&self, change: &[f64]) -> Self {
        let mut demand = self.clone();
        let eights = demand.quality.as_chunks_mut::<LANES>().0;
        for (n, eight) in eights.iter_mut().enumerate() {
            let change = change.get(n % self.products).copied().unwrap_or(0.0);
            eight.iter_mut().for_each(|x| *x += change);
        }
        demand
    }

    /// The same market where a product is worth `change` more to each type, (I,), utility.
    #[must_use]
    pub fn shifted_for_types(&self, product: usize, change: &[f64]) -> Self {
        let mut demand = self.clone();
        for (i, change) in change.iter().enumerate() {
            demand.quality[self.at(product, i)] += change;
        }
        demand
    }

    /// Where a product and a type are in arrays by eights.
    #[inline(always)]
    pub(super) fn at(&self, product: usize, i: usize) -> usize {
        (i / LANES * self.products + product) * LANES + i % LANES
    }

    /// Dissimilarity of the nest of a product.
    #[inline]
    pub(super) fn lambda(&self, product: usize) -> f64 {
        self.nests
            .as_ref()
            .map_or(1.0, |nests| nests.dissimilarity[nests.of[product]])
    }

    /// Nest of a product; without nests all are in nest 0 with dissimilarity 1.
    #[inline]
    pub(super) fn nest(&self, product: usize) -> usize {
        self.nests.as_ref().map_or(0, |nests| nests.of[product])
    }

    /// Number of nests, 1 without.
    #[inline]
    pub(super) fn groups(&self) -> usize {
        self.nests
            .as_ref()
            .map_or(1, |nests| nests.dissimilarity.len())
    }

    /// Choices at prices (J,).
    pub fn choose(&self, price: &[f64]) -> Choice {
        let (products, stride) = (self.products, self.stride);
        let mut choice = Choice {
            probability: vec![0.0; products * stride],
            conditional: vec![
                0.0;
                if self.nests.is_some() {
                    products * stride
                } else {
                    0
                }
            ],
            inclusive: vec![0.0; stride],
            shares: vec![0.0; products],
        };
        let mut v = vec![0.0; products];
        let mut inside = Inside::new(self.groups());
        for i in 0..self.types {
            for j in 0..products {
                let at = self.at(j, i);
                v[j] = (self.quality[at] - self.alpha[at] * price[j]) / self.lambda(j);
            }
            choice.inclusive[i] = inside.fill(self, &v);
            for j in 0..products {
                let g = self.nest(j);
                let within = libm::exp(v[j] - inside.largest[g]) / inside.sum[g];
                choice.probability[j * stride + i] = within * inside.probability[g];
                if self.nests.is_some() {
                    choice.conditional[j * stride + i] = within;
                }
            }
        }
        for (share, row) in choice
            .shares
            .iter_mut()
            .zip(choice.probability.chunks(stride.max(1)))
        {
            *share = self.weight.iter().zip(row).map(|(w, p)| w * p).sum();
        }
        choice
    }

    /// Market shares at prices (J,).
    pub fn shares(&self, price: &[f64]) -> Vec<f64> {
        self.choose(price).shares
    }

    /// `∂s_j/∂p_l`, (J, J) row by row: row `j`, column `l`, `[eq:nested]`.
    pub fn shares_by_prices(&self, choice: &Choice) -> Vec<f64> {
        let (products, stride) = (self.products, self.stride);
        let mut slope = vec![0.0; products * products];
        for i in 0..self.types {
            let w = self.weight[i];
            for j in 0..products {
                let p = choice.probability[j * stride + i];
                for l in 0..products {
                    let alpha = self.alpha[self.at(l, i)];
                    slope[j * products + l] -= w * alpha * p * self.utility_slope(choice, i, j, l);
                }
            }
        }
        slope
    }

    /// `∂ ln P_ij/∂V_il`.
    pub(super) fn utility_slope(&self, choice: &Choice, i: usize, j: usize, l: usize) -> f64 {
        let at = l * self.stride + i;
        let lambda = self.lambda(j);
        let same = if j == l { 1.0 / lambda } else { 0.0 };
        let nest = match self.nests {
            Some(_) if self.nest(j) == self.nest(l) => {
                (1.0 / lambda - 1.0) * choice.conditional[at]
            }
            _ => 0.0,
        };
        same - nest - choice.probability[at]
    }

    /// Value of the market to consumers per head, money, up to a constant: `Σ_i w_i/α_i · ln(1 + …)` (Small & Rosen 1981). Types without a
    /// price coefficient above 0 have none.
    pub fn consumer_surplus(&self, choice: &Choice) -> f64 {
        let types = self.weight.iter().zip(&self.money).zip(&choice.inclusive);
        types
            .filter(|((_, alpha), _)| **alpha > 0.0)
            .map(|((w, alpha), inclusive)| w / alpha * inclusive)
            .sum()
    }
}

/// A row with zeros behind it.
pub(super) fn padded(row: &[f64], stride: usize) -> Vec<f64> {
    let mut row = row.to_vec();
    row.resize(stride, 0.0);
    row
}

/// An array by eights of products and types.
pub(super) fn by_eights(
    products: usize,
    types: usize,
    value: impl Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let mut eights = vec![0.0; types.next_multiple_of(LANES) * products];
    for (n, eight) in eights.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let (first, j) = (n / products * LANES, n % products);
        for (lane, x) in eight.iter_mut().enumerate().take(types - first) {
            *x = value(j, first + lane);
        }
    }
    eights
}

/// Fails at the first number that is not finite; fast where there is none.
pub(super) fn all_finite(what: &'static str, values: &[f64]) -> Result<(), SupplyError> {
    if values
        .iter()
        .fold(true, |all, value| all & value.is_finite())
    {
        return Ok(());
    }
    every(what, values, "a finite number", f64::is_finite)
}

/// The upper level of one type: nests against each other and the outside good.
pub(super) struct Inside {
    pub(super) largest: Vec<f64>,
    pub(super) sum: Vec<f64>,
    probability: Vec<f64>,
}

impl Inside {
    pub(super) fn new(groups: usize) -> Self {
        Self {
            largest: vec![0.0; groups],
            sum: vec![0.0; groups],
            probability: vec![0.0; groups],
        }
    }

    /// Value of a nest, utility.
    pub(super) fn value(&self, demand: &Demand, g: usize) -> f64 {
        let inclusive = self.largest[g] + libm::log(self.sum[g]);
        match &demand.nests {
            None => inclusive,
            Some(nests) => nests.dissimilarity[g] * inclusive,
        }
    }

    /// Fills it from utilities over dissimilarity, (J,), and gives the type's inclusive value.
    pub(super) fn fill(&mut self, demand: &Demand, v: &[f64]) -> f64 {
        self.largest.fill(f64::NEG_INFINITY);
        self.sum.fill(0.0);
        for (j, &v) in v.iter().enumerate() {
            let largest = &mut self.largest[demand.nest(j)];
            *largest = largest.max(v);
        }
        for (j, &v) in v.iter().enumerate() {
            let g = demand.nest(j);
            self.sum[g] += libm::exp(v - self.largest[g]);
        }
        let groups = self.sum.len();
        let values: Vec<f64> = (0..groups).map(|g| self.value(demand, g)).collect();
        let top = values.iter().copied().fold(0.0, f64::max);
        let total: f64 = libm::exp(-top) + values.iter().map(|v| libm::exp(v - top)).sum::<f64>();
        for g in 0..groups {
            self.probability[g] = libm::exp(values[g] - top) / total;
        }
        top + libm::log(total)
    }
}
