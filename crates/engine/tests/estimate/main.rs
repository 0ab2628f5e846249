//! Estimation against the reference implementation, and the laws that it must keep.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod data;
mod oracle;
