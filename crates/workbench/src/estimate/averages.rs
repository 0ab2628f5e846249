//! A few numbers after a fit, over all markets: what draws of markets give ranges of.

use beachhead_engine::estimate::{Fit, Fitted, Options, Parameters, Problem};
use beachhead_engine::supply::costs::implied_markups;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::measures::elasticities;

/// What they are called.
pub(super) const NAMES: [&str; 3] = [
    "mean own elasticity",
    "mean aggregate elasticity",
    "mean markup",
];

/// Own elasticity and markup, a share of the price, as means over rows; aggregate elasticity as a mean over markets. Not a number where a market gives none, or
/// where nobody sets prices.
pub(super) fn averages(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    fit: &Fit,
    factor: f64,
) -> [f64; 3] {
    let nothing = [f64::NAN; 3];
    let Ok(fitted) = Fitted::new(problem, parameters, options, fit) else {
        return nothing;
    };
    let mut sums = [0.0; 3];
    for (t, rows) in problem.markets.iter().enumerate() {
        let Some(of) = of_market(&fitted, &problem.prices[rows.clone()], t, factor) else {
            return nothing;
        };
        for (sum, value) in sums.iter_mut().zip(of) {
            *sum += value;
        }
    }
    let (rows, markets) = (problem.rows() as f64, problem.markets.len() as f64);
    [sums[0] / rows, sums[1] / markets, sums[2] / rows]
}

/// Sums over the products of a market, and its aggregate elasticity.
fn of_market(fitted: &Fitted<'_>, prices: &[f64], t: usize, factor: f64) -> Option<[f64; 3]> {
    let demand = fitted.demand(t).ok()?;
    let choice = demand.choose(prices);
    let all = elasticities(&demand, &choice, prices);
    let own: f64 = (0..prices.len()).map(|j| all[j * prices.len() + j]).sum();
    let aggregate = fitted.aggregate_elasticity(t, factor).ok()?;
    let conduct = fitted.conduct(t).ok()?;
    let markup = conduct.and_then(|conduct| {
        let game = Game::new(demand, conduct, vec![0.0; prices.len()]).ok()?;
        let markups = implied_markups(&game, prices)?;
        Some(markups.iter().zip(prices).map(|(m, p)| m / p).sum::<f64>())
    });
    Some([own, aggregate, markup.unwrap_or(f64::NAN)])
}
