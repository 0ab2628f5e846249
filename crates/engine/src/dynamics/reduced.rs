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

/// Offers whose prices move together, by the same amount of money.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which, positions in the month's offers.
    pub offers: Vec<usize>,
    /// The price that moves; offers may stand above or below it by constant amounts, currency per unit.
    pub price: f64,
}

/// Who a buyer of the reduced demand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Type.
    pub i: usize,
    /// Known set.
    pub known: usize,
    /// What is owned.
    pub owned: usize,
    /// Network.
    pub network: usize,
}

/// The demand of a month for rows of offers. `R` rows, `N` buyers.
#[derive(Clone, Debug)]
pub struct ReducedRows {
    /// Demand per user at prices of rows; shares are units per user and month.
    pub demand: Demand,
    /// The buyers that it has instead of types, (N,).
    pub buyers: Vec<Buyer>,
    /// Mean over a row's offers of an amount by offer, as each buyer chooses among them, (R, N) row by row.
    pub mean: Vec<f64>,
}

/// The demand of the month that is open in an economy, for consumers as they are at its start. Levels are exact; first derivatives by a product's price in
/// all its channels are exact for all without a balance, and take the mix of ages as it is for those with one.
///
/// # Errors
/// None for a market whose numbers are finite.
pub fn reduced(ground: Ground, economy: &Economy, offers: &Offers) -> Result<Reduced, SupplyError> {
    let ranges: Vec<std::ops::Range<usize>> = offers.by_product().collect();
    let products: Vec<usize> = ranges
        .iter()
        .map(|range| offers.product[range.start])
        .collect();
    let price = mean_prices(economy, offers, &ranges);
    let rows: Vec<Row> = ranges
        .into_iter()
        .zip(&price)
        .map(|(range, &price)| Row {
            offers: range.collect(),
            price,
        })
        .collect();
    let found = reduced_rows(
        ground,
        economy,
        offers,
        &rows,
        &vec![0.0; offers.len()],
        0.0,
    )?;
    Ok(Reduced {
        demand: found.demand,
        products,
        price,
    })
}

/// The same for rows of offers, with the mean of an `amount` by offer, (O,). Buyers who buy less than `least` of all units are left out.
///
/// # Errors
/// None for a market whose numbers are finite.
pub fn reduced_rows(
    ground: Ground,
    economy: &Economy,
    offers: &Offers,
    rows: &[Row],
    amount: &[f64],
    least: f64,
) -> Result<ReducedRows, SupplyError> {
    let layout = ground.layout;
    let mut work = Work {
        ground,
        economy,
        offers,
        rows,
        amount,
        least: least * economy.flows.total(),
        buyers: Vec::new(),
        weight: Vec::new(),
        money: Vec::new(),
        quality: Vec::new(),
        alpha: Vec::new(),
        mean: Vec::new(),
        loyalty: ground
            .parameters
            .loyalty
            .iter()
            .map(|l| libm::exp(*l))
            .collect(),
        bought: Vec::new(),
    };
    let mut probability = Vec::new();
    for i in 0..layout.types {
        for known in 0..layout.known_sets {
            for owned in 0..layout.owned {
                for network in 0..layout.networks {
                    if layout.is_possible(known, owned) {
                        let buyer = Buyer {
                            i,
                            known,
                            owned,
                            network,
                        };
                        work.add(buyer, &mut probability);
                    }
                }
            }
        }
    }
    let (rows, types) = (rows.len(), work.weight.len());
    // Buyers were added one after the other; demand wants products by the row.
    let turned = |by_buyer: &[f64]| -> Vec<f64> {
        let mut by_row = vec![0.0; rows * types];
        for (n, of_buyer) in by_buyer.chunks_exact(rows.max(1)).enumerate() {
            for (j, value) in of_buyer.iter().enumerate() {
                by_row[j * types + n] = *value;
            }
        }
        by_row
    };
    let nests = Nests {
        of: vec![0; rows],
        dissimilarity: vec![ground.parameters.nest],
    };
    let demand = Demand::new(
        &work.weight,
        &work.money,
        &turned(&work.quality),
        Some(nests),
    )?;
    Ok(ReducedRows {
        demand: demand
            .with_price_coefficients(&turned(&work.alpha))?
            .with_dispatch(ground.dispatch),
        mean: turned(&work.mean),
        buyers: work.buyers,
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

struct Work<'a> {
    ground: Ground<'a>,
    economy: &'a Economy,
    offers: &'a Offers,
    rows: &'a [Row],
    /// (O,).
    amount: &'a [f64],
    /// Units per user below which a buyer is left out.
    least: f64,
    /// (buyers,).
    buyers: Vec<Buyer>,
    weight: Vec<f64>,
    money: Vec<f64>,
    /// (buyers, R).
    quality: Vec<f64>,
    alpha: Vec<f64>,
    mean: Vec<f64>,
    /// `e^{λ_b}`, (F,).
    loyalty: Vec<f64>,
    /// By row, of the buyer in hand.
    bought: Vec<Bought>,
}

/// What a buyer buys of a row: how much, up to a factor, and means over its offers.
#[derive(Clone, Copy, Default)]
struct Bought {
    units: f64,
    /// How much of a price counts.
    counted: f64,
    amount: f64,
}

impl Work<'_> {
    /// All ages of one block as one buyer.
    fn add(&mut self, buyer: Buyer, probability: &mut Vec<f64>) {
        let Ground {
            market,
            parameters,
            layout,
            ..
        } = self.ground;
        let block = layout.block(buyer.known, buyer.owned, buyer.network);
        let at = buyer.i * layout.blocks() + block;
        self.economy.buying.probabilities(layout, at, probability);
        let mass = &self.economy.opened().of_type(layout, buyer.i)[block * layout.stride()..];
        let (mut first, mut second) = (0.0, 0.0);
        for (m, p) in mass.iter().zip(probability.iter()) {
            first += m * p;
            second += m * p * p;
        }
        let weight = market.tastes.weight[buyer.i];
        if first <= 0.0 || second <= 0.0 || weight * first < self.least {
            return;
        }
        let mut bought = std::mem::take(&mut self.bought);
        bought.clear();
        let rows = self.rows.iter();
        bought.extend(rows.map(|row| self.bought(layout, buyer, at, row)));
        let all: f64 = bought.iter().map(|row| row.units).sum();
        if all <= 0.0 {
            self.bought = bought;
            return;
        }
        // [eq:reduced]: the mass and the chance that have both moments.
        let chance = (second / first).min(1.0 - f64::EPSILON);
        let nest = parameters.nest;
        let log_sum = libm::log(chance / (1.0 - chance)) / nest;
        let alpha = parameters.price_coefficient * market.tastes.price_factor[buyer.i];
        self.buyers.push(buyer);
        self.weight.push(weight * first / chance);
        self.money.push(nest * alpha);
        for (bought, row) in bought.iter().zip(self.rows) {
            let of_price = nest * alpha * bought.counted;
            let v = if bought.units > 0.0 {
                (libm::log(bought.units / all) + log_sum).max(NOTHING)
            } else {
                NOTHING
            };
            self.alpha.push(of_price);
            self.quality.push(nest * v + of_price * row.price);
            self.mean.push(bought.amount);
        }
        self.bought = bought;
    }

    fn bought(&self, layout: &Layout, buyer: Buyer, at: usize, row: &Row) -> Bought {
        let market = self.ground.market;
        let (attraction, demand) = (&self.economy.attraction, &self.economy.flows.demand[at]);
        let (count, networks) = (self.offers.len(), layout.networks);
        let (i, c) = (buyer.i, buyer.network);
        let segment = market.tastes.segment[i];
        let mut sum = Bought::default();
        for &o in &row.offers {
            let brand = market.products[self.offers.product[o]].brand;
            let loyal = layout.brand_of(buyer.owned) == Some(brand);
            let factor = match (layout.can_buy(buyer.known, brand), loyal) {
                (false, _) => continue,
                (true, true) => self.loyalty[brand],
                (true, false) => 1.0,
            };
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
            let units = factor
                * if is_own {
                    let per_value = if financed {
                        demand.financed
                    } else {
                        demand.at_once
                    };
                    attraction.own[(i * count + o) * networks + c] * per_value
                } else {
                    attraction.other[i * count + o] * demand.switching
                };
            sum.units += units;
            sum.counted += units * annuity;
            sum.amount += units * self.amount[o];
        }
        if sum.units > 0.0 {
            sum.counted /= sum.units;
            sum.amount /= sum.units;
        } else {
            sum.counted = 1.0;
        }
        sum
    }
}
