//! Plans: conditions on what a firm observes, the steps that act on them, and what it believes.

pub mod belief;
pub mod expression;
