//! Estimation against the reference implementation, and the laws that it must keep.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod after;
mod beyond;
mod clusters;
mod conduct;
mod data;
mod laws;
mod one_market;
mod optimal;
mod oracle;
mod recovery;
