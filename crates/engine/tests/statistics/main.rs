//! What many draws say together: quantiles, tails, waiting times, plans against each other.

mod differences;
mod few;
mod summaries;

use beachhead_engine::futures::Address;
use beachhead_engine::numerics::normal;

/// Standard errors that a Monte Carlo result may be off.
pub(crate) const STANDARD_ERRORS: f64 = 4.0;

/// Independent standard normals, (count,), of one repetition of an experiment.
pub(crate) fn normals(repetition: usize, name: &str, count: usize) -> Vec<f64> {
    let address = Address::new(7, repetition as u64);
    let normal = |at| normal::quantile(address.uniform_at(name, at as u32));
    (0..count).map(normal).collect()
}

/// Mean and standard deviation.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}
