//! What a computation is asked for, how it tells of its progress, and why it can stop.

use super::output::{CalibrationRow, Issue};
use std::sync::atomic::AtomicBool;
use thiserror::Error;

/// Tells how far a computation is. Called from any thread.
pub trait Progress: Sync {
    /// A stage of so many steps begins.
    fn stage(&self, name: &str, steps: u64);
    /// So many steps of it are done.
    fn advance(&self, steps: u64);
    /// Where work stands whose length nobody knows, such as a search; takes the place of what was told before.
    fn tell(&self, _text: &str) {}
    /// So many steps were done before and say nothing about the speed.
    fn skip(&self, steps: u64) {
        self.advance(steps);
    }
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _steps: u64) {}

    fn advance(&self, _steps: u64) {}
}

/// What to compute and how.
#[derive(Clone, Copy, Debug)]
pub struct ComputeOptions<'a> {
    /// Threads, at least 1; results do not depend on it.
    pub threads: usize,
    /// Positions of plans in the scenario, in the order wanted.
    pub plans: &'a [usize],
    /// Becomes true when the user wants to stop.
    pub cancel: &'a AtomicBool,
}

/// Why a computation gave no result.
#[derive(Debug, Error)]
pub enum ComputeError {
    /// The scenario asks for what cannot be; each message says where and what to do.
    #[error("{}", .0.join("\n"))]
    Input(Vec<String>),
    /// The user stopped it.
    #[error("interrupted")]
    Cancelled,
    /// The program is wrong, or the machine refused.
    #[error("{0}")]
    Fault(String),
}

/// What calibration found.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationOutput {
    /// Facts wanted and got.
    pub rows: Vec<CalibrationRow>,
    /// Solved parameters: name and value.
    pub parameters: Vec<(String, f64)>,
    /// How well the facts determine them, in words.
    pub notes: Vec<String>,
    /// What people should know.
    pub issues: Vec<Issue>,
}

/// What twice as many consumer types change.
#[derive(Clone, Debug, PartialEq)]
pub struct QuadratureOutput {
    /// Types as the scenario asks.
    pub types: usize,
    /// Twice as many.
    pub doubled: usize,
    /// Name, unit, value, value with twice as many.
    pub rows: Vec<(String, String, f64, f64)>,
}
