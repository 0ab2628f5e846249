//! The economics of Beachhead: who chooses what, how consumers move over time, what a plan does to
//! them, and what that is worth.
//!
//! Everything here is pure: data in, data out. Files, clocks, threads and terminals live in the
//! workbench. The chapters follow `docs/model.md`.

pub mod calibrate;
pub mod choice;
pub mod dynamics;
pub mod estimate;
pub mod finance;
pub mod futures;
pub mod numerics;
pub mod outcomes;
pub mod plan;
pub mod scenario;
pub mod simulate;
pub mod supply;
