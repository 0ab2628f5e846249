//! Shares of 0: products that were not sold, whose mean utility would be −∞.

use std::ops::Range;

/// All shares (N,) pulled towards an even split of each market, so that none is 0, `[eq:zero_shares]` (Gandhi, Lu & Shi 2023; Laplace's rule of succession). `size` is how many
/// might buy in the market of each row, (N,), above 0: the larger it is, the less is changed. The other choice is to leave such rows out, which keeps the lucky ones.
pub fn raised_shares(markets: &[Range<usize>], shares: &[f64], size: &[f64]) -> Vec<f64> {
    let mut raised = shares.to_vec();
    for rows in markets {
        let products = rows.len() as f64;
        for row in rows.clone() {
            raised[row] = raised_share(shares[row], size[row], products);
        }
    }
    raised
}

/// The same of one product in a market of so many.
pub fn raised_share(share: f64, size: f64, products: f64) -> f64 {
    (size * share + 1.0) / (size + products + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same number by hand.
    const SAME_MATHEMATICS: f64 = 1e-15;

    #[test]
    fn raised_shares_are_positive_and_leave_an_outside_good() {
        let markets = [0..2, 2..3];
        let raised = raised_shares(&markets, &[0.0, 0.9, 0.0], &[10.0, 10.0, 4.0]);
        let wanted = [1.0 / 13.0, 10.0 / 13.0, 1.0 / 6.0];
        for (found, wanted) in raised.iter().zip(wanted) {
            assert!(
                (found - wanted).abs() <= SAME_MATHEMATICS,
                "{found} {wanted}"
            );
        }
        assert!(raised[0] + raised[1] < 1.0);
    }
}
