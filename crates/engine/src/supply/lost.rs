//! Products that nobody buys to any digit: what the conditions tend to as a share goes to 0.
//!
//! A markup, an elasticity and a diversion ratio are quotients of sums that are all in proportion to the choice probabilities of their product. Where these
//! are too small for a number, the product is lifted: one amount is added to its utility for everybody, so that the quotients stay, and its share stays so small
//! that nobody else notices.

use super::demand::{Demand, Inside};
use super::game::Game;
use std::borrow::Cow;

/// Sums over types below this are lost.
pub(super) const LOST: f64 = 1e-250;
/// Logarithms of probabilities that no type surpasses for a nest, or for a product within its nest, below which either is lifted.
const LOWEST: f64 = -280.0;
/// Where they are lifted to.
const LIFTED: f64 = -200.0;

impl Demand {
    /// The same demand at prices (J,), products that nobody buys to any digit lifted to a share that can be divided by and that nobody else notices.
    pub fn seen_at(&self, price: &[f64]) -> Cow<'_, Self> {
        match self.lifts(price) {
            Some(change) => Cow::Owned(self.shifted(&change)),
            None => Cow::Borrowed(self),
        }
    }

    /// What is added to utilities, (J,); none where no product is lost.
    fn lifts(&self, price: &[f64]) -> Option<Vec<f64>> {
        let (products, groups) = (self.products, self.groups());
        let mut of_group = vec![f64::NEG_INFINITY; groups];
        let mut of_product = vec![f64::NEG_INFINITY; products];
        let mut inside = Inside::new(groups);
        let mut v = vec![0.0; products];
        for i in (0..self.types).filter(|&i| self.weight[i] > 0.0) {
            for j in 0..products {
                let at = self.at(j, i);
                v[j] = (self.quality[at] - self.alpha[at] * price[j]) / self.lambda(j);
            }
            let inclusive = inside.fill(self, &v);
            for g in 0..groups {
                of_group[g] = of_group[g].max(inside.value(self, g) - inclusive);
            }
            for j in 0..products {
                let g = self.nest(j);
                let within = v[j] - inside.largest[g] - libm::log(inside.sum[g]);
                of_product[j] = of_product[j].max(match &self.nests {
                    Some(_) => within,
                    // Without nests a product stands for itself.
                    None => v[j] - inclusive,
                });
            }
        }
        let lift = |best: f64| if best < LOWEST { LIFTED - best } else { 0.0 };
        let change: Vec<f64> = (0..products)
            .map(|j| {
                let own = self.lambda(j) * lift(of_product[j]);
                let nest = self
                    .nests
                    .as_ref()
                    .map_or(0.0, |_| lift(of_group[self.nest(j)]));
                own + nest
            })
            .collect();
        let is_lost = change.iter().any(|change| *change > 0.0);
        (is_lost && change.iter().all(|change| change.is_finite())).then_some(change)
    }
}

impl Game {
    /// Market shares at prices, (J,); of products that nobody buys to any digit, those to which they are lifted, so that a quotient of sums over them is what it tends to.
    pub(super) fn shares_seen(&self, price: &[f64]) -> Vec<f64> {
        let shares = self.shares(price);
        if shares.iter().all(|share| *share >= LOST) {
            return shares;
        }
        self.seen_at(price).shares(price)
    }

    /// The same game with [`Demand::seen_at`].
    pub fn seen_at(&self, price: &[f64]) -> Cow<'_, Self> {
        match self.demand.seen_at(price) {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(demand) => {
                let mut game = self.clone();
                game.demand = demand;
                Cow::Owned(game)
            }
        }
    }
}
