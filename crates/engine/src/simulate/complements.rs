//! Complements: goods without states, a logit over an entrant's offers and the value of rivals',
//! `[eq:complement]`.

use crate::choice::market::Market;
use crate::scenario::{Category, Scenario, Values};

/// The complements of a scenario as numbers.
#[derive(Clone, Debug)]
pub(super) struct Complements {
    categories: Vec<Numbers>,
}

#[derive(Clone, Debug)]
struct Numbers {
    rate: f64,
    rivals: f64,
    appeal: f64,
    price_coefficient: f64,
    /// By channel, (K,).
    discovery: Vec<f64>,
    awareness_effect: f64,
    trust_effect: f64,
}

/// An offer of a complement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offer {
    /// Scenario's product.
    pub(super) product: usize,
    /// Channel.
    pub(super) channel: usize,
    /// Consumer's price.
    pub(super) price: f64,
}

impl Complements {
    pub(super) fn new(scenario: &Scenario, values: &Values, durable_coefficient: f64) -> Self {
        let numbers = |complement: &crate::scenario::Complement| {
            let mut discovery = vec![0.0; scenario.channels.len()];
            for (channel, share) in &complement.discovery {
                discovery[*channel] = values[share];
            }
            let coefficient = complement.price_coefficient.as_ref();
            Numbers {
                rate: values[&complement.rate],
                rivals: values[&complement.rivals],
                appeal: values[&complement.appeal],
                price_coefficient: coefficient.map_or(durable_coefficient, |handle| values[handle]),
                discovery,
                awareness_effect: values[&complement.awareness_effect],
                trust_effect: values[&complement.trust_effect],
            }
        };
        Self {
            categories: scenario.complements.iter().map(numbers).collect(),
        }
    }

    /// Units per user of each of one entrant's offers in one category, in the order of `offers`.
    ///
    /// `knows` is the share of each type that knows an entrant, (I, E). Who knows the brand chooses among all offers within reach; who does not finds a channel's
    /// offers with the probability of discovery there. Entrants compete with rivals, not with each
    /// other.
    pub(super) fn units(
        &self,
        market: &Market,
        knows: &[f64],
        (entrant, entrants): (usize, usize),
        category: usize,
        offers: &[Offer],
    ) -> Vec<f64> {
        let numbers = &self.categories[category];
        let channels = market.shop_of.len();
        let outside = libm::exp(numbers.rivals);
        let mut units = vec![0.0; offers.len()];
        let mut value = vec![0.0; offers.len()];
        let mut by_channel = vec![0.0; channels];
        for (i, &weight) in market.tastes.weight.iter().enumerate() {
            let alpha = numbers.price_coefficient * market.tastes.price_factor[i];
            by_channel.fill(0.0);
            let mut all = 0.0;
            for (offer, value) in offers.iter().zip(&mut value) {
                let reached = market.tastes.reach[i * channels + offer.channel];
                *value = if reached {
                    libm::exp(numbers.appeal - alpha * offer.price)
                } else {
                    0.0
                };
                by_channel[offer.channel] += *value;
                all += *value;
            }
            let knows = knows[i * entrants + entrant];
            for ((offer, value), units) in offers.iter().zip(&value).zip(&mut units) {
                let found = numbers.discovery[offer.channel];
                let known = knows * value / (outside + all);
                let discovered =
                    (1.0 - knows) * found * value / (outside + by_channel[offer.channel]);
                *units += numbers.rate * weight * (known + discovered);
            }
        }
        units
    }

    /// What units per user of a category do for awareness and trust.
    pub(super) fn effects(&self, category: usize, units_per_user: f64) -> (f64, f64) {
        let numbers = &self.categories[category];
        (
            numbers.awareness_effect * units_per_user,
            numbers.trust_effect * units_per_user,
        )
    }

    pub(super) fn len(&self) -> usize {
        self.categories.len()
    }
}

/// The complement category of a product, if it is one.
pub(super) fn category_of(scenario: &Scenario, product: usize) -> Option<usize> {
    match scenario.products[product].category {
        Category::Complement(category) => Some(category),
        Category::Durable => None,
    }
}
