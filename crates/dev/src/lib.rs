//! What tests of the repository share with the `dev` program.

pub mod rows;
