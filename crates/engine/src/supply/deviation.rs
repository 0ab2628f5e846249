//! Firms that try other prices while the others hold theirs.

use super::game::Game;
use super::kernel::Sums;

/// Other prices of one firm.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// The firm.
    pub firm: usize,
    /// Products with the prices that they would have, currency.
    pub prices: Vec<(usize, f64)>,
    /// What that adds to the firm's objective, as a share of it; 0 or less where it does not pay.
    pub gain: f64,
}

/// Deviations as multiples of prices.
const OF_PRICES: [f64; 12] = [
    0.3, 0.5, 0.7, 0.85, 0.97, 1.03, 1.15, 1.4, 2.0, 3.0, 5.0, 10.0,
];
/// Deviations as multiples of margins.
const OF_MARGINS: [f64; 12] = [
    0.1, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0, 4.0, 10.0, 30.0,
];
/// Profit of this share of a markup or of all profits, per head, is none.
const NOTHING: f64 = 1e-9;

/// The deviation to prices of a grid that adds most to a firm's objective, the others' prices held: each price of a firm alone, and all of them together, as multiples
/// of prices and of margins. Firms in `but` are left out.
pub fn best_deviation(game: &Game, price: &[f64], but: &[usize]) -> Option<Deviation> {
    let now = game.objectives(price);
    let conditions = game.conditions(price);
    let markups = conditions.markup.iter().filter(|markup| markup.is_finite());
    let all: f64 = now.iter().map(|profit| profit.abs()).sum();
    let least = NOTHING * markups.fold(all, |most, markup| most.max(markup.abs()));
    let mut room = Sums::new(&game.demand, &game.conduct);
    let mut best: Option<Deviation> = None;
    for firm in (0..game.conduct.firms()).filter(|firm| !but.contains(firm)) {
        let own: Vec<usize> = (0..price.len())
            .filter(|&j| game.conduct.firm()[j] == firm && !game.frozen[j])
            .collect();
        let scale = now[firm].abs().max(least).max(f64::MIN_POSITIVE);
        let mut look = |prices: Vec<(usize, f64)>, objective: f64| {
            let gain = (objective - now[firm]) / scale;
            if gain > best.as_ref().map_or(f64::NEG_INFINITY, |best| best.gain) {
                best = Some(Deviation { firm, prices, gain });
            }
        };
        let mut whole = |prices: &[(usize, f64)]| {
            let mut there = price.to_vec();
            prices.iter().for_each(|&(j, price)| there[j] = price);
            game.objectives_in(&there, &mut room)[firm]
        };
        for &j in &own {
            let one = game
                .demand
                .nests
                .is_none()
                .then(|| Alone::new(game, price, firm, j));
            for other in others(game, price, j) {
                let prices = vec![(j, other)];
                let objective = match &one {
                    Some(alone) => alone.objective(game, other),
                    None => whole(&prices),
                };
                look(prices, objective);
            }
        }
        if own.len() > 1 {
            let grids: Vec<Vec<f64>> = own.iter().map(|&j| others(game, price, j)).collect();
            for n in 0..OF_PRICES.len() + OF_MARGINS.len() {
                let prices = own.iter().zip(&grids).map(|(&j, grid)| (j, grid[n]));
                let prices: Vec<(usize, f64)> = prices.collect();
                let objective = whole(&prices);
                look(prices, objective);
            }
        }
    }
    best
}

/// Other prices of a product.
fn others(game: &Game, price: &[f64], j: usize) -> Vec<f64> {
    let margin = price[j] - game.cost[j];
    let by_price = OF_PRICES.iter().map(|factor| factor * price[j]);
    let by_margin = OF_MARGINS
        .iter()
        .map(|factor| game.cost[j] + factor * margin);
    let all = by_price.chain(by_margin);
    all.map(|price| price.max(game.lowest[j])).collect()
}

/// A firm's objective by the price of one product, without nests: each type takes that product, or what it would take without it.
struct Alone {
    product: usize,
    /// By type, value of the market without the product, utility.
    without: Vec<f64>,
    /// By type, what the firm counts of what is taken then, currency.
    earned: Vec<f64>,
}

impl Alone {
    fn new(game: &Game, price: &[f64], firm: usize, product: usize) -> Self {
        let demand = &game.demand;
        let (mut without, mut earned) = (Vec::new(), Vec::new());
        let mut v = vec![0.0; price.len()];
        for i in 0..demand.types {
            for (l, v) in v.iter_mut().enumerate() {
                let at = demand.at(l, i);
                *v = demand.quality[at] - demand.alpha[at] * price[l];
            }
            v[product] = f64::NEG_INFINITY;
            let top = v.iter().copied().fold(0.0, f64::max);
            let (mut all, mut own) = (libm::exp(-top), 0.0);
            for (l, v) in v.iter().enumerate().filter(|(l, _)| *l != product) {
                let e = libm::exp(v - top);
                all += e;
                let counted = game.conduct.of_firms(firm, game.conduct.firm()[l]);
                if counted > 0.0 {
                    own += counted * game.benefit(l, i, price[l]) * e;
                }
            }
            without.push(top + libm::log(all));
            earned.push(own / all);
        }
        Self {
            product,
            without,
            earned,
        }
    }

    fn objective(&self, game: &Game, price: f64) -> f64 {
        let (demand, j) = (&game.demand, self.product);
        let mut sum = 0.0;
        for (i, (without, earned)) in self.without.iter().zip(&self.earned).enumerate() {
            let at = demand.at(j, i);
            let v = demand.quality[at] - demand.alpha[at] * price;
            let taken = 1.0 / (1.0 + libm::exp(without - v));
            sum += demand.weight[i] * (taken * game.benefit(j, i, price) + (1.0 - taken) * earned);
        }
        sum
    }
}
