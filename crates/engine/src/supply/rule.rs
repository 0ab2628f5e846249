//! Price rules: given costs and terms, consumers' prices of a product in every channel.
//!
//! A rule returns a [`Solve`]: rules that iterate report how they ended in the same way as those in
//! closed form.

use super::terms::Terms;
use crate::numerics::solve::Solve;

/// A rule with its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// The consumer's price is held, equal in all channels, money per unit.
    Fixed {
        /// Price.
        price: f64,
    },
    /// The receipt is unit cost × (1 + margin), equal in all channels.
    CostPlus {
        /// Share of cost.
        margin: f64,
    },
    /// The receipt is held, equal in all channels.
    Receipt {
        /// Receipt.
        receipt: f64,
    },
}

/// Consumers' prices of a product by channel, (K,), money per unit.
pub fn set_prices(rule: Rule, unit_cost: f64, terms: &Terms) -> Solve<Vec<f64>> {
    let channels = 0..terms.margin.len();
    Solve::closed_form(match rule {
        Rule::Fixed { price } => channels.map(|_| price).collect(),
        Rule::CostPlus { margin } => {
            // A subsidy above the price gives the good away; it does not pay people to take it.
            channels
                .map(|k| terms.price(k, unit_cost * (1.0 + margin)).max(0.0))
                .collect()
        }
        Rule::Receipt { receipt } => channels.map(|k| terms.price(k, receipt).max(0.0)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations.
    const IDENTITY: f64 = 1e-12;

    fn terms() -> Terms {
        Terms {
            sales_tax: 0.07,
            margin: vec![40.0, 0.0],
            subsidy: vec![100.0, 0.0],
            subsidy_by_brand: vec![0.0, 0.0],
            cost: vec![0.0, 9.0],
            pays_brand: vec![true, true],
            at_once: vec![false, false],
        }
    }

    #[test]
    fn receipts_and_prices_are_inverse() {
        let terms = terms();
        for channel in 0..2 {
            let price = terms.price(channel, terms.receipt(channel, 449.0));
            assert!((price - 449.0).abs() < IDENTITY * 449.0);
        }
        // By hand: 449/1.07 − 40 + 100 = 479.626168…
        assert!((terms.receipt(0, 449.0) - 479.626_168_224_299).abs() < IDENTITY * 479.0);
    }

    #[test]
    fn cost_plus_earns_its_margin_in_every_channel() {
        let terms = terms();
        let prices = set_prices(Rule::CostPlus { margin: 0.05 }, 300.0, &terms);
        assert!(prices.converged());
        for (channel, &price) in prices.value.iter().enumerate() {
            assert!((terms.receipt(channel, price) - 315.0).abs() < IDENTITY * 315.0);
        }
    }
}
