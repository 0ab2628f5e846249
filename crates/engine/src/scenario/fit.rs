//! Demand that was estimated: the fit's people are the types, its parameters are assumptions, `[eq:fit_utility]`.

use super::{Handle, Scenario, Values};
use crate::estimate::{OneMarket, Utilities};
use crate::futures::Address;
use crate::numerics::normal;
use serde::Serialize;
use std::sync::Arc;

/// Demand from one market of a fit. `J` products of the fit, `N` new ones, `K` parameters.
#[derive(Clone, Debug, Serialize)]
pub struct FitDemand {
    /// The market.
    pub market: String,
    /// Digest of the fit and of all that it was made from, hexadecimal.
    pub digest: String,
    /// Position among the scenario's durable products of the fit's products, then of new ones, (J + N,).
    pub product: Vec<usize>,
    /// Ids of the fit's products, (J,).
    pub named: Vec<String>,
    /// Currency that one unit of the fit's price is.
    pub price_unit: Handle,
    /// Parameters, (K,), in the order of [`OneMarket::places`].
    pub parameters: Vec<FitParameter>,
    /// Lower triangle of the Cholesky factor of their correlations, row by row, (K (K + 1)/2,); empty where they are fixed.
    pub correlation: Vec<f64>,
    /// The target that the aggregate elasticity is, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elasticity: Option<Handle>,
    /// Characteristics of new products, (N,), as they enter the fit's columns.
    pub new: Vec<Vec<f64>>,
    /// The market with its people.
    #[serde(skip)]
    pub source: Arc<OneMarket>,
}

/// A parameter of a fit.
#[derive(Clone, Debug, Serialize)]
pub struct FitParameter {
    /// Its value, normal around the estimate.
    pub value: Handle,
    /// The estimate.
    pub estimate: f64,
    /// Its standard error; 0 where it is held.
    pub standard_error: f64,
}

/// What types make of products where demand is a fit's, in the scenario's currency. `I` types, `J` durable products.
#[derive(Clone, Debug, PartialEq)]
pub struct FitTastes {
    /// Worths without price and without what nobody observes, (I, J).
    pub worth: Vec<f64>,
    /// Durable products.
    pub products: usize,
    /// `α_i`, (I,), utility per unit of currency; below 0 for somebody who likes to pay.
    pub price: Vec<f64>,
    /// `ξ_j`, (J,); 0 for new products.
    pub unobserved: Vec<f64>,
}

/// Least worth of money that counts, as a share of the mean one: who does not mind prices would otherwise turn utility into money
/// without limit.
const LEAST_MONEY: f64 = 0.05;

impl FitDemand {
    /// Types in all where so many are asked for: as often all people of the fit in each segment as there is room, at least once.
    pub fn types(&self, asked: usize, segments: usize) -> usize {
        let once = segments * self.source.people().len();
        (asked / once.max(1)).max(1) * once
    }

    /// What the fit's people make of all products at these values, in the fit's own units.
    pub fn utilities(&self, values: &Values) -> Utilities {
        let at: Vec<f64> = self.parameters.iter().map(|p| values[&p.value]).collect();
        self.source.at(&at)
    }

    /// The same for one copy of the people, in the scenario's currency: weights (I,) that sum to 1 and tastes of (I, J).
    pub fn tastes(&self, values: &Values) -> (Vec<f64>, FitTastes) {
        let found = self.utilities(values);
        let (people, products) = (found.weight.len(), self.product.len());
        let scale = 1.0 / found.dissimilarity;
        let mut tastes = FitTastes {
            worth: vec![0.0; people * products],
            products,
            price: Vec::with_capacity(people),
            unobserved: vec![0.0; products],
        };
        for (n, &j) in self.product.iter().enumerate() {
            for i in 0..people {
                tastes.worth[i * products + j] = scale * found.worth[i * products + n];
            }
            if let Some(xi) = found.unobserved.get(n) {
                tastes.unobserved[j] = scale * xi;
            }
        }
        let per_currency = scale / values[&self.price_unit];
        tastes
            .price
            .extend(found.price.iter().map(|a| a * per_currency));
        (found.weight, tastes)
    }
}

impl FitTastes {
    /// What a unit of currency is worth to each type where utility is turned into money, (I,): at least a twentieth of the mean.
    pub fn money(&self, weight: &[f64]) -> Vec<f64> {
        let pairs = self.price.iter().zip(weight);
        let mean: f64 = pairs.map(|(alpha, w)| alpha * w).sum();
        let least = (LEAST_MONEY * mean).max(f64::MIN_POSITIVE);
        self.price.iter().map(|alpha| alpha.max(least)).collect()
    }
}

impl Scenario {
    /// Replaces a fit's parameters by their values in a draw, jointly normal around the estimates: each has a normal of its own at its
    /// name, which the factor of their correlations mixes, `[eq:fit_draws]`. What the fit is asked for follows.
    pub(super) fn draw_fit(&self, address: &Address, values: &mut Values) {
        let Some(fit) = self.fit.as_ref().filter(|fit| !fit.correlation.is_empty()) else {
            return;
        };
        let own: Vec<f64> = fit
            .parameters
            .iter()
            .map(|p| normal::quantile(self.correlation.uniform(address, p.value.name())))
            .collect();
        let bounds = fit.source.bounds();
        let mut row = &fit.correlation[..];
        for (k, parameter) in fit.parameters.iter().enumerate() {
            let (mixed, rest) = row.split_at(k + 1);
            row = rest;
            let z: f64 = mixed.iter().zip(&own).map(|(l, z)| l * z).sum();
            let drawn = parameter.estimate + parameter.standard_error * z;
            let (low, high) = bounds[k];
            values.set(&parameter.value, drawn.clamp(low, high));
        }
        if let Some(handle) = &fit.elasticity {
            let elasticity = fit.source.aggregate_elasticity(&fit.utilities(values));
            if elasticity.is_finite() {
                values.set(handle, elasticity);
            }
        }
    }
}
