//! `switches.toml` of the case: what each statement says, how it is switched off, what must move.

use super::CASE;
use serde::Deserialize;
use std::path::Path;

/// All rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// Draws of the rows that are compared over draws.
    pub draws: usize,
    /// In the order of their numbers.
    pub row: Vec<Row>,
}

/// A statement and its switch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its number, from 1.
    pub number: usize,
    /// What it says, in short.
    pub says: String,
    /// Where the scenario says it: keys of `scenario.toml`.
    pub lines: Vec<String>,
    /// What is done to switch it off, in words.
    pub off: String,
    /// The same as edits of the scenario, `path=value`.
    pub set: Vec<String>,
    /// The plan that is looked at.
    pub plan: String,
    /// The outcome that moves.
    pub moves: String,
    /// By how much at least, as a share of the larger of the two values.
    pub at_least: f64,
    /// Whether it is about what may happen, so that draws are compared and not the central run.
    #[serde(default)]
    pub over_draws: bool,
    /// Whether it is known that so few draws cannot tell its mean from no change, though draws move; the table says so.
    #[serde(default)]
    pub untold: bool,
}

impl Switches {
    /// Reads the file of the case.
    ///
    /// # Errors
    /// A file that is not there or says what it may not.
    pub fn read(root: &Path) -> Result<Self, String> {
        let name = format!("{CASE}/switches.toml");
        let text = std::fs::read_to_string(root.join(&name))
            .map_err(|error| format!("cannot read {name}: {error}"))?;
        toml::from_str(&text).map_err(|error| format!("{name}: {error}"))
    }
}
