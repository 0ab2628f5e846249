//! A market as dense numbers: what the formulas see instead of names and tables.

use super::offers::Offers;
use super::tastes::Tastes;
use crate::numerics::sobol::DimensionError;
use crate::scenario::{Category, ChannelKind, Compatibility, Scenario, Values};

/// The durable's market at one set of values. `J` durable products, `C ≥ 1` networks, `K` channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Market {
    /// Types.
    pub tastes: Tastes,
    /// Brands `F`, incumbents first.
    pub brands: usize,
    /// How many of them are incumbents.
    pub incumbents: usize,
    /// Durable products.
    pub products: Vec<Product>,
    /// Networks; one without shops where the scenario has none.
    pub networks: Vec<Network>,
    /// Network of a channel that is a shop, (K,).
    pub shop_of: Vec<Option<usize>>,
    /// Present value of instalments per unit of price, (segments, C).
    pub annuity: Vec<f64>,
    /// Share of users who own nothing at the start.
    pub non_owners: f64,
    /// Owners → nothing, a month.
    pub lapse: f64,
    /// The last age; it absorbs.
    pub oldest_age: usize,
    /// People.
    pub users: f64,
}

/// A durable product.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// Position in the scenario's products.
    pub scenario_index: usize,
    /// Brand.
    pub brand: usize,
    /// Hedonic value, currency per ζ.
    pub hedonic: f64,
    /// ξ.
    pub appeal: f64,
    /// Consumer's price in the table, money per unit.
    pub price: f64,
    /// `e^{h(j, c)}`, (C,): 1 full, 0 none.
    pub compatibility: Vec<f64>,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// χ_c a month.
    pub churn: f64,
    /// n_c; 0 means no instalments.
    pub instalments: usize,
    /// φ where c' ≠ c.
    pub leaving_cost: f64,
    /// φ where c' = c and the new purchase is financed too.
    pub upgrade_cost: f64,
}

impl Market {
    /// The market of a scenario with this many types.
    ///
    /// # Errors
    /// More brands than the quasi-random sequence has dimensions.
    pub fn new(scenario: &Scenario, values: &Values, types: usize) -> Result<Self, DimensionError> {
        let networks = networks(scenario, values);
        let partial = libm::exp(values[&scenario.partial_compatibility]);
        let tastes = Tastes::new(scenario, values, types)?;
        let products = scenario
            .products
            .iter()
            .enumerate()
            .filter(|(_, product)| product.category == Category::Durable)
            .enumerate()
            .map(|(j, (scenario_index, product))| Product {
                scenario_index,
                brand: product.brand,
                hedonic: product.hedonic,
                appeal: appeal(scenario, values, product) + tastes.unobserved(j),
                price: values[&product.price],
                compatibility: (0..networks.len())
                    .map(|c| match product.compatibility.get(c) {
                        Some(Compatibility::None) => 0.0,
                        Some(Compatibility::Partial) => partial,
                        Some(Compatibility::Full) | None => 1.0,
                    })
                    .collect(),
            })
            .collect();
        let mut annuities = Vec::new();
        for segment in &scenario.segments {
            let rate = values[&segment.discount_rate];
            annuities.extend(
                networks
                    .iter()
                    .map(|network| annuity(rate, network.instalments)),
            );
        }
        Ok(Self {
            tastes,
            brands: scenario.brands.len(),
            incumbents: scenario.brands.len() - scenario.entrants.len(),
            products,
            shop_of: scenario
                .channels
                .iter()
                .map(|channel| match channel.kind {
                    ChannelKind::Network(network) => Some(network),
                    _ => None,
                })
                .collect(),
            networks,
            annuity: annuities,
            non_owners: values[&scenario.demand.non_owners],
            lapse: values[&scenario.demand.lapse],
            oldest_age: scenario.simulation.oldest_age,
            users: values[&scenario.users],
        })
    }

    /// Whether an offer is paid in instalments: it is in the shop of a network that gives them, and not agreed to be paid at once.
    pub fn gives_instalments(&self, offers: &Offers, offer: usize) -> bool {
        let shop = self.shop_of[offers.channel[offer]];
        shop.is_some_and(|network| self.networks[network].instalments > 0) && !offers.at_once[offer]
    }
}

/// ξ of a product: as given, and for a new one with its own draw of spread s_ξ, `[eq:appeal]`.
fn appeal(scenario: &Scenario, values: &Values, product: &crate::scenario::Product) -> f64 {
    let z = product.appeal_z.as_ref().map_or(0.0, |z| values[z]);
    values[&product.appeal] + values[&scenario.demand.new_product_spread] * z
}

fn networks(scenario: &Scenario, values: &Values) -> Vec<Network> {
    if scenario.networks.is_empty() {
        return vec![Network {
            churn: 0.0,
            instalments: 0,
            leaving_cost: 0.0,
            upgrade_cost: 0.0,
        }];
    }
    scenario
        .networks
        .iter()
        .map(|network| Network {
            churn: values[&network.churn],
            instalments: network.instalments,
            leaving_cost: values[&network.leaving_cost],
            upgrade_cost: values[&network.upgrade_cost],
        })
        .collect()
}

/// Present value of `months` equal instalments per unit of price at a monthly rate,
/// `[eq:price_effective]`. Without instalments the price is paid at once.
fn annuity(rate: f64, months: usize) -> f64 {
    if months == 0 {
        return 1.0;
    }
    let mut value = 0.0;
    let mut factor = 1.0;
    for _ in 0..months {
        factor /= 1.0 + rate;
        value += factor;
    }
    value / months as f64
}
