//! The demand of one month as a market of types without states, `[eq:reduced]`.
//!
//! Who buys at all differs by age, what they buy does not (but for balances). So all ages of a type that owns one brand and is on one network
//! count as one *buyer*, whose mass and whose chance are chosen such that units and how units answer to prices are those of all ages together.

mod rows;

use super::economy::{Economy, Ground};
use crate::choice::offers::Offers;
use crate::numerics::dispatch::LANES;
use crate::supply::demand::{Demand, Nests};
use crate::supply::error::SupplyError;
use rows::{Block, Cells, Sums, fill_rows};

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
    /// Mean over a row's offers of an amount by offer, as each buyer chooses among them, for each eight buyers all rows, (N/8, R, 8).
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
    let loyalty = ground.parameters.loyalty.iter();
    let loyalty = loyalty.map(|l| libm::exp(*l)).collect();
    let mut work = Work {
        ground,
        economy,
        cells: Cells::new(ground, offers, rows, amount, loyalty),
        least: least * economy.flows.total(),
        sums: Sums::default(),
        summed_for: None,
        found: Found::new(rows.len(), layout.types * layout.blocks()),
    };
    for i in 0..layout.types {
        for network in 0..layout.networks {
            for known in 0..layout.known_sets {
                for owned in (0..layout.owned).filter(|&o| layout.is_possible(known, o)) {
                    work.add(Buyer {
                        i,
                        known,
                        owned,
                        network,
                    });
                }
            }
        }
    }
    work.found.finish(ground)
}

/// A reduction on its way.
struct Work<'a> {
    ground: Ground<'a>,
    economy: &'a Economy,
    cells: Cells,
    /// Units per user below which a buyer is left out.
    least: f64,
    sums: Sums,
    /// Type and network that the sums are of.
    summed_for: Option<[usize; 2]>,
    found: Found,
}

impl Work<'_> {
    /// All ages of one block as one buyer.
    fn add(&mut self, buyer: Buyer) {
        let Ground {
            market,
            parameters,
            layout,
            dispatch,
            ..
        } = self.ground;
        let Buyer {
            i,
            known,
            owned,
            network,
        } = buyer;
        let in_type = layout.block(known, owned, network);
        let at = i * layout.blocks() + in_type;
        let moments = self.economy.moments.get(at);
        let [first, second] = moments.copied().unwrap_or_default();
        let is_anybody = first > 0.0 && second > 0.0;
        let weight = market.tastes.weight[i];
        if !is_anybody || weight * first < self.least {
            return;
        }
        if self.summed_for != Some([i, network]) {
            self.sums
                .fill(&self.cells, self.ground, self.economy, [i, network]);
            self.summed_for = Some([i, network]);
        }
        // [eq:reduced]: the mass and the chance that have both moments.
        let chance = (second / first).min(1.0 - f64::EPSILON);
        let demand = &self.economy.flows.demand[at];
        let nest = parameters.nest;
        let alpha = parameters.price_coefficient * market.tastes.price_factor[i];
        let block = Block {
            per_value: [demand.at_once, demand.financed, demand.switching],
            factor: self.cells.factor(known, owned),
            log_sum: libm::log(chance / (1.0 - chance)) / nest,
            nest,
            alpha,
            lane: self.found.buyers.len() % LANES,
        };
        let (into, mean) = self.found.next_lane();
        if fill_rows(dispatch, &mut self.sums, &self.cells, block, into, mean) {
            self.found.add(buyer, weight * first / chance, nest * alpha);
        }
    }
}

/// Buyers found so far.
struct Found {
    rows: usize,
    buyers: Vec<Buyer>,
    /// With padding, (N,).
    weight: Vec<f64>,
    money: Vec<f64>,
    /// For each eight buyers all rows, (N/8, R, 8).
    quality: Vec<f64>,
    alpha: Vec<f64>,
    mean: Vec<f64>,
}

impl Found {
    /// Room for so many buyers at most.
    fn new(rows: usize, most: usize) -> Self {
        let most = most.next_multiple_of(LANES);
        Self {
            rows,
            buyers: Vec::with_capacity(most),
            weight: Vec::with_capacity(most),
            money: Vec::with_capacity(most),
            quality: Vec::with_capacity(most * rows),
            alpha: Vec::with_capacity(most * rows),
            mean: Vec::with_capacity(most * rows),
        }
    }

    /// The eight that the next buyer belongs to: utilities and price coefficients, and means.
    fn next_lane(&mut self) -> ([&mut [f64]; 2], &mut [f64]) {
        let eight = self.buyers.len() / LANES;
        let (first, end) = (eight * self.rows * LANES, (eight + 1) * self.rows * LANES);
        if self.weight.len() <= eight * LANES {
            for values in [&mut self.quality, &mut self.alpha, &mut self.mean] {
                values.resize(end, 0.0);
            }
            self.weight.resize((eight + 1) * LANES, 0.0);
            self.money.resize((eight + 1) * LANES, 0.0);
        }
        let of_eight = [&mut self.quality[first..], &mut self.alpha[first..]];
        (of_eight, &mut self.mean[first..])
    }

    /// Counts the buyer whose lane has been filled.
    fn add(&mut self, buyer: Buyer, weight: f64, money: f64) {
        let n = self.buyers.len();
        (self.weight[n], self.money[n]) = (weight, money);
        self.buyers.push(buyer);
    }

    fn finish(self, ground: Ground) -> Result<ReducedRows, SupplyError> {
        let rows = self.rows;
        let nests = Nests {
            of: vec![0; rows],
            dissimilarity: vec![ground.parameters.nest],
        };
        let padded = self.buyers.len().next_multiple_of(LANES);
        let cut = |mut values: Vec<f64>, length: usize| {
            values.truncate(length);
            values
        };
        let arrays = [
            cut(self.weight, padded),
            cut(self.money, padded),
            cut(self.alpha, padded * rows),
            cut(self.quality, padded * rows),
        ];
        let types = self.buyers.len();
        Ok(ReducedRows {
            demand: Demand::from_eights(rows, types, arrays, Some(nests), ground.dispatch)?,
            mean: cut(self.mean, padded * rows),
            buyers: self.buyers,
        })
    }
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
