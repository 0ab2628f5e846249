//! Plans: conditions on what a firm observes, and the steps that act on them.

pub mod expression;
