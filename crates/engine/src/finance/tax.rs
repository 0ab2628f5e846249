//! Tax on profit, with losses carried forward.

/// Tax of each month, `[eq:tax]`, shape (T,), money: `rate` × accrual profit after earlier losses, never negative.
///
/// A loss is carried forward without limit and without interest, and is set against the next profits in full; it is never
/// carried back nor paid out.
#[must_use]
pub fn with_losses_carried_forward(profit: &[f64], rate: f64) -> Vec<f64> {
    let mut losses = 0.0;
    let month = |profit: &f64| {
        let taxable = profit - losses;
        losses = f64::max(0.0, -taxable);
        rate * f64::max(0.0, taxable)
    };
    profit.iter().map(month).collect()
}
