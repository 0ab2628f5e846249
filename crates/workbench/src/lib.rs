//! The world around a run: files that become a scenario, tables, runs and their folders, reports.

pub mod counterfactual;
pub mod diagnostic;
pub mod document;
pub mod estimate;
pub mod expression;
pub mod formula;
pub mod nearest;
pub mod observable;
pub mod quantity;
pub mod reader;
pub mod run;
pub mod scenario;
pub mod set;
pub mod table;
pub mod units;
