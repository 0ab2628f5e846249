//! The value of a stream of cash: net present value, payback, peak funding.

/// Net present value at the start of month 1, `[eq:npv]`: month-end cash at `(1 + r)^(−t/12)`, `terminal` with the last month.
///
/// `net` has shape (T,), money; `rate` is effective per year. 0 without months.
#[must_use]
pub fn present_value(net: &[f64], terminal: f64, rate: f64) -> f64 {
    let months: f64 = net
        .iter()
        .enumerate()
        .map(|(t, cash)| cash * discount(rate, t + 1))
        .sum();
    months + terminal * discount(rate, net.len())
}

/// What money at the end of a month (from 1) is worth at the start of month 1: `(1 + r)^(−month/12)`.
#[must_use]
pub fn discount(rate: f64, month: usize) -> f64 {
    libm::pow(1.0 + rate, -(month as f64) / 12.0)
}

/// First month (from 1) from which cumulative undiscounted cash stays ≥ 0 until the last; `None`: never.
///
/// Taken at its word: a plan whose cumulative cash is never negative, one that spends and earns nothing among them, is paid back
/// from month 1, since nothing ever has to be paid back.
#[must_use]
pub fn payback_month(cumulative: &[f64]) -> Option<usize> {
    // NaN is not paid back.
    let months_at_the_end = cumulative
        .iter()
        .rev()
        .take_while(|sum| **sum >= 0.0)
        .count();
    (months_at_the_end > 0).then(|| cumulative.len() - months_at_the_end + 1)
}

/// The most money that had to be put in: `max(0, −minimum of cumulative undiscounted cash)`.
#[must_use]
pub fn peak_funding(cumulative: &[f64]) -> f64 {
    // Subtracted from 0 rather than negated, so that none is 0 and not −0.
    0.0 - cumulative
        .iter()
        .fold(0.0, |lowest, sum| f64::min(lowest, *sum))
}
