//! Offers: products through channels at prices, grouped by product.

/// The offers of one month, sorted by product. `O` offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    /// Durable product, (O,), not decreasing.
    pub product: Vec<usize>,
    /// Channel, (O,).
    pub channel: Vec<usize>,
    /// Consumer's price, tax included, money per unit, (O,).
    pub price: Vec<f64>,
    /// Whether it is paid at once though the channel is the shop of a network that gives instalments, (O,). All offers of a brand in a
    /// network's shops are, or none.
    pub at_once: Vec<bool>,
}

impl Offers {
    /// From (product, channel, price) in any order.
    pub fn new(mut offers: Vec<(usize, usize, f64)>) -> Self {
        offers.sort_by_key(|&(product, channel, _)| (product, channel));
        Self {
            product: offers.iter().map(|offer| offer.0).collect(),
            channel: offers.iter().map(|offer| offer.1).collect(),
            price: offers.iter().map(|offer| offer.2).collect(),
            at_once: vec![false; offers.len()],
        }
    }

    /// The same offers, of which those are paid at once for which `is(product, channel)` holds.
    #[must_use]
    pub fn paid_at_once(mut self, is: impl Fn(usize, usize) -> bool) -> Self {
        for o in 0..self.len() {
            self.at_once[o] |= is(self.product[o], self.channel[o]);
        }
        self
    }

    /// Number of offers.
    pub fn len(&self) -> usize {
        self.product.len()
    }

    /// Whether nothing is on sale.
    pub fn is_empty(&self) -> bool {
        self.product.is_empty()
    }

    /// Ranges of offers with the same product.
    pub fn by_product(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut start = 0;
        std::iter::from_fn(move || {
            if start >= self.len() {
                return None;
            }
            let mut end = start + 1;
            while end < self.len() && self.product[end] == self.product[start] {
                end += 1;
            }
            let range = start..end;
            start = end;
            Some(range)
        })
    }

    /// The offers for which `keep(product, channel)` holds.
    pub fn filtered(&self, keep: impl Fn(usize, usize) -> bool) -> Self {
        let mut chosen = Self::default();
        for o in (0..self.len()).filter(|&o| keep(self.product[o], self.channel[o])) {
            chosen.product.push(self.product[o]);
            chosen.channel.push(self.channel[o]);
            chosen.price.push(self.price[o]);
            chosen.at_once.push(self.at_once[o]);
        }
        chosen
    }

    /// The same offers with prices changed by `price(product, channel, old)`.
    pub fn repriced(&self, price: impl Fn(usize, usize, f64) -> f64) -> Self {
        let mut offers = self.clone();
        for o in 0..self.len() {
            offers.price[o] = price(self.product[o], self.channel[o], self.price[o]);
        }
        offers
    }
}
