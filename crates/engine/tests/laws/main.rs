//! Laws that the months must keep, each derived without the code that it tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

#[path = "../zoo/mod.rs"]
mod zoo;

mod at_once;
mod bass;
mod channels;
mod entrants;
mod flows;
mod idle;
mod reduced;
mod rest;
mod static_limits;
mod together;
mod unaware;
