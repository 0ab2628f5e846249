//! Estimated demand: the family of Berry, Levinsohn & Pakes (1995) from market data, by the method of moments.
//!
//! A market computes, an economy loops: formulas see the dense arrays of one market, never names or tables. Rows are products in
//! markets, sorted so that the rows of a market lie together. What files and formulas are is the caller's affair.

mod absorb;
mod after;
mod bootstrap;
mod check;
mod collinear;
mod contraction;
mod covariance;
mod crowd;
mod diagnose;
mod economy;
mod error;
mod evaluate;
mod frac;
mod hypotheses;
mod instruments;
mod integration;
mod kernel;
mod linear;
mod market;
mod market_slopes;
mod markup_slopes;
mod markup_slopes_by_cell;
mod markups;
mod micro;
mod micro_folds;
mod nested;
mod one_market;
mod optimal;
mod optimise;
mod options;
mod owners;
mod parameters;
mod polish;
mod problem;
mod restricted;
mod result;
mod solve;
mod space;
mod study;
mod zero_shares;

pub use after::{Fitted, Found};
pub use bootstrap::{Drawn, drawn, of_markets, resampled, under_drawn_parameters};
pub use error::EstimateError;
pub use frac::starting_values;
pub use hypotheses::{ChiSquareTest, distance, overidentification, score, wald};
pub use instruments::{Differentiation, characteristics_of_others, differentiation};
pub use integration::{Points, Rule, points};
pub use micro::{Micro, MicroDataset, MicroMoment, MicroPart, MicroStatistic, MicroValue};
pub use one_market::{FitParts, NewProduct, OneMarket, Utilities};
pub use optimal::{Errors, Optimal, optimal_instruments, started_from};
pub use options::{
    Acceleration, Covariance, ErrorPolicy, FixedPoint, Method, Optimiser, Options, Search,
};
pub use parameters::{Coefficient, Entry, Kind, Parameters, Place};
pub use problem::{Agents, Column, CostForm, Demographic, Nests, Ownership, Problem, Supply};
pub use restricted::{Restricted, Restriction, order_of_covariance, restricted, wald_of};
pub use result::{Diagnosis, Ending, Estimate, Fit, MarketTrouble, StepReport, Trouble};
pub use solve::{Evaluated, check_problem, estimate, estimate_watched};
pub use study::Truth;
pub use zero_shares::{raised_share, raised_shares};
