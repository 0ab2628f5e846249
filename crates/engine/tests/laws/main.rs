//! Laws that the months must keep, each derived without the code that it tests.

#[path = "../zoo/mod.rs"]
mod zoo;

mod bass;
mod channels;
mod entrants;
mod flows;
mod idle;
mod static_limits;
