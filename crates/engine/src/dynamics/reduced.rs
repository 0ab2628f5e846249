//! The demand of one month as a market of types without states, `[eq:reduced]`.
//!
//! Who buys at all differs by age, what they buy does not (but for balances). So all ages of a type that owns one brand and is on one network
//! count as one *buyer*, whose mass and whose chance are chosen such that units and how units answer to prices are those of all ages together.

use super::economy::{Economy, Ground};
use super::layout::Layout;
use crate::choice::offers::Offers;
use crate::supply::demand::{Demand, Nests};
use crate::supply::error::SupplyError;

/// Utilities over the nest of products that a buyer cannot have: their exponential is 0.
const NOTHING: f64 = -700.0;

/// The demand of a month.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// Demand per user for the products on sale, at a common price in all channels; shares are units per user and month.
    pub demand: Demand,
    /// Products on sale, positions among the market's durables, (J,).
    pub products: Vec<usize>,
    /// Their prices, the mean over channels by units, (J,), currency per unit.
    pub price: Vec<f64>,
}

/// The demand of the month that is open in an economy, for consumers as they are at its start. Levels are exact; first derivatives by a product's price in
/// all its channels are exact for all without a balance, and take the mix of ages as it is for those with one.
///
/// # Errors
/// None for a market whose numbers are finite.
pub fn reduced(ground: Ground, economy: &Economy, offers: &Offers) -> Result<Reduced, SupplyError> {
    let layout = ground.layout;
    let ranges: Vec<std::ops::Range<usize>> = offers.by_product().collect();
    let products: Vec<usize> = ranges
        .iter()
        .map(|range| offers.product[range.start])
        .collect();
    let mut buyers = Buyers {
        ground,
        economy,
        offers,
        ranges: &ranges,
        weight: Vec::new(),
        money: Vec::new(),
        quality: Vec::new(),
        alpha: Vec::new(),
        price: mean_prices(economy, offers, &ranges),
    };
    let mut probability = Vec::new();
    for i in 0..layout.types {
        for known in 0..layout.known_sets {
            for owned in 0..layout.owned {
                for c in 0..layout.networks {
                    if layout.is_possible(known, owned) {
                        let block = layout.block(known, owned, c);
                        buyers.add(layout, [i, block, owned, c], &mut probability);
                    }
                }
            }
        }
    }
    let (rows, types) = (ranges.len(), buyers.weight.len());
    // Buyers were added one after the other; demand wants products by the row.
    let turned = |by_buyer: &[f64]| -> Vec<f64> {
        (0..rows)
            .flat_map(|j| (0..types).map(move |n| by_buyer[n * rows + j]))
            .collect()
    };
    let nests = Nests {
        of: vec![0; rows],
        dissimilarity: vec![ground.parameters.nest],
    };
    let demand = Demand::new(
        &buyers.weight,
        &buyers.money,
        &turned(&buyers.quality),
        Some(nests),
    )?;
    Ok(Reduced {
        demand: demand
            .with_price_coefficients(&turned(&buyers.alpha))?
            .with_dispatch(ground.dispatch),
        products,
        price: buyers.price,
    })
}

fn mean_prices(economy: &Economy, offers: &Offers, ranges: &[std::ops::Range<usize>]) -> Vec<f64> {
    let units = &economy.flows.units;
    ranges
        .iter()
        .map(|range| {
            let sold: f64 = range.clone().map(|o| units[o]).sum();
            let paid: f64 = range.clone().map(|o| units[o] * offers.price[o]).sum();
            if sold > 0.0 {
                paid / sold
            } else {
                offers.price[range.start]
            }
        })
        .collect()
}

struct Buyers<'a> {
    ground: Ground<'a>,
    economy: &'a Economy,
    offers: &'a Offers,
    ranges: &'a [std::ops::Range<usize>],
    /// (buyers,).
    weight: Vec<f64>,
    money: Vec<f64>,
    /// (buyers, J).
    quality: Vec<f64>,
    alpha: Vec<f64>,
    /// (J,).
    price: Vec<f64>,
}

impl Buyers<'_> {
    /// All ages of one block as one buyer.
    fn add(
        &mut self,
        layout: &Layout,
        [i, block, owned, c]: [usize; 4],
        probability: &mut Vec<f64>,
    ) {
        let Ground {
            market, parameters, ..
        } = self.ground;
        let at = i * layout.blocks() + block;
        self.economy.buying.probabilities(layout, at, probability);
        let mass = &self.economy.opened().of_type(layout, i)[block * layout.stride()..];
        let (mut first, mut second) = (0.0, 0.0);
        for (m, p) in mass.iter().zip(probability.iter()) {
            first += m * p;
            second += m * p * p;
        }
        let (shares, coefficients) = self.shares(layout, [i, at, owned, c]);
        let all: f64 = shares.iter().sum();
        if first <= 0.0 || all <= 0.0 || second <= 0.0 {
            return;
        }
        // [eq:reduced]: the mass and the chance that have both moments.
        let chance = (second / first).min(1.0 - f64::EPSILON);
        let nest = parameters.nest;
        let log_sum = libm::log(chance / (1.0 - chance)) / nest;
        let alpha = parameters.price_coefficient * market.tastes.price_factor[i];
        self.weight.push(market.tastes.weight[i] * first / chance);
        self.money.push(nest * alpha);
        for (j, share) in shares.iter().enumerate() {
            let of_price = nest * alpha * coefficients[j];
            let v = if *share > 0.0 {
                (libm::log(share / all) + log_sum).max(NOTHING)
            } else {
                NOTHING
            };
            self.alpha.push(of_price);
            self.quality.push(nest * v + of_price * self.price[j]);
        }
    }

    /// What a block buys by product, up to a factor, and how much of a price counts there, the mean over channels.
    fn shares(&self, layout: &Layout, [i, at, owned, c]: [usize; 4]) -> (Vec<f64>, Vec<f64>) {
        let Ground {
            market, parameters, ..
        } = self.ground;
        let (attraction, demand) = (&self.economy.attraction, &self.economy.flows.demand[at]);
        let (count, networks) = (self.offers.len(), layout.networks);
        let segment = market.tastes.segment[i];
        let known = at % layout.blocks() / (layout.owned * networks);
        let mut shares = Vec::with_capacity(self.ranges.len());
        let mut coefficients = Vec::with_capacity(self.ranges.len());
        for range in self.ranges {
            let brand = market.products[self.offers.product[range.start]].brand;
            let loyal = layout.brand_of(owned) == Some(brand);
            let factor = match (layout.can_buy(known, brand), loyal) {
                (false, _) => 0.0,
                (true, true) => libm::exp(parameters.loyalty[brand]),
                (true, false) => 1.0,
            };
            let (mut sold, mut counted) = (0.0, 0.0);
            for o in range.clone() {
                let shop = market.shop_of[self.offers.channel[o]];
                let (network, is_own) = match shop {
                    Some(to) => (to, to == c),
                    None => (c, true),
                };
                let financed = shop.is_some() && market.networks[network].instalments > 0;
                let annuity = if financed {
                    market.annuity[segment * networks + network]
                } else {
                    1.0
                };
                let units = if is_own {
                    let per_value = if financed {
                        demand.financed
                    } else {
                        demand.at_once
                    };
                    attraction.own[(i * count + o) * networks + c] * per_value
                } else {
                    attraction.other[i * count + o] * demand.switching
                };
                sold += factor * units;
                counted += factor * units * annuity;
            }
            shares.push(sold);
            coefficients.push(if sold > 0.0 { counted / sold } else { 1.0 });
        }
        (shares, coefficients)
    }
}
