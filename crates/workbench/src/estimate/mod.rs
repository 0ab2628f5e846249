//! Estimation of demand from market data: a problem's files to arrays, a fit to files and words.

pub mod file;
pub mod frame;
mod labels;
mod people;
mod products;
mod read;
mod wanted;

pub use read::{Loaded, PROBLEM_FILE, Rows, read};
