//! The register of assumptions: every number with its source, those without one, every default.

use super::register_slips::{FactorEntry, SlipEntry};
use super::{Issue, Loaded, register_slips};
use beachhead_engine::scenario::{Origin, Quantity};
use serde::Serialize;

/// One number of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegisterRow {
    /// Path in the scenario.
    pub name: String,
    /// Value of a central run, in the base unit.
    pub value: f64,
    /// The base unit.
    pub unit: String,
    /// Family of its distribution; `point` for a certain value.
    pub distribution: String,
    /// As written.
    pub text: String,
    /// Id of its source.
    pub source: Option<String>,
    /// Reason.
    pub note: Option<String>,
    /// Written, default or derived.
    pub origin: Origin,
    /// `file:line`; empty for defaults.
    pub location: String,
}

/// The register with its sections; rows are positions in `rows`.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    /// All numbers, in the order of the scenario's quantities.
    pub rows: Vec<RegisterRow>,
    /// Written numbers without a source and without a note.
    pub without_source_or_note: Vec<usize>,
    /// Those of them that have a distribution: an uncertainty that nobody answers for.
    pub uncertain_without_source_or_note: Vec<usize>,
    /// Written numbers without a source but with a note: assumptions.
    pub assumptions: Vec<usize>,
    /// Defaults: path and value as it would be written.
    pub defaults: Vec<(String, String)>,
    /// Sources in use that were published on or after `as_of`: id and date.
    pub published_later: Vec<(String, String)>,
    /// What does nothing or less than it seems.
    pub not_simulated: Vec<Issue>,
    /// Records of announcements with their curves.
    pub slips: Vec<SlipEntry>,
    /// What correlates draws.
    pub factors: Vec<FactorEntry>,
}

/// Family of a number that is certain.
const CERTAIN: &str = "point";

/// The register of a loaded scenario.
pub fn register(loaded: &Loaded) -> Register {
    let rows: Vec<RegisterRow> = loaded
        .scenario
        .quantities
        .iter()
        .zip(&loaded.texts)
        .map(|(quantity, text)| row(quantity, text))
        .collect();
    let positions = |wanted: fn(&RegisterRow) -> bool| {
        rows.iter()
            .enumerate()
            .filter(|(_, row)| wanted(row))
            .map(|(at, _)| at)
            .collect()
    };
    let later = loaded.published_later.iter();
    Register {
        without_source_or_note: positions(|row| is_unsourced(row) && row.note.is_none()),
        uncertain_without_source_or_note: positions(|row| {
            is_unsourced(row) && row.note.is_none() && row.distribution != CERTAIN
        }),
        assumptions: positions(|row| is_unsourced(row) && row.note.is_some()),
        defaults: loaded
            .defaults
            .iter()
            .map(|d| (d.name.clone(), d.value.clone()))
            .collect(),
        published_later: later
            .map(|(id, date)| (id.clone(), date.to_string()))
            .collect(),
        not_simulated: loaded.not_simulated.clone(),
        slips: register_slips::slips(&loaded.scenario),
        factors: register_slips::factors(&loaded.scenario),
        rows,
    }
}

fn is_unsourced(row: &RegisterRow) -> bool {
    row.origin == Origin::Written && row.source.is_none()
}

fn row(quantity: &Quantity, text: &str) -> RegisterRow {
    RegisterRow {
        name: quantity.name.clone(),
        value: quantity.centre(),
        unit: quantity.unit.clone(),
        distribution: quantity.distribution.family().to_owned(),
        text: text.to_owned(),
        source: quantity.source.clone(),
        note: quantity.note.clone(),
        origin: quantity.origin,
        location: quantity.location.clone(),
    }
}
