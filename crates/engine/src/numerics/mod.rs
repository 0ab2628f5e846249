//! Numerics without economics: the outcome of a solve, quasi-random numbers, vectorised functions.

pub mod aligned;
pub(crate) mod dense;
pub mod dispatch;
pub(crate) mod incomplete_beta;
pub(crate) mod lanes;
pub mod normal;
pub mod sobol;
pub mod solve;
pub mod vector;
