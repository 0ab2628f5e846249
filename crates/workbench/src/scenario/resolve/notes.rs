//! Reasons that a table gives for all its numbers.

use crate::scenario::file::ScenarioFile;
use beachhead_engine::scenario::{Origin, Quantity};

/// Gives numbers that have neither a source nor a note the note of the table that they stand in.
pub(super) fn notes_of_tables(file: &ScenarioFile, quantities: &mut [Quantity]) {
    let segments = file.segments.iter();
    let segments = segments.map(|row| ("segments", &row.id, &row.note));
    let events = file.events.iter();
    let events = events.map(|row| ("events", &row.id, &row.note));
    let plans = file.plans.iter().map(|row| ("plans", &row.id, &row.note));
    let tables: Vec<(String, &String)> = segments
        .chain(events)
        .chain(plans)
        .filter_map(|(kind, id, note)| {
            let note = &note.as_ref()?.text;
            Some((format!("{kind}.{}.", id.0.text), note))
        })
        .collect();
    for quantity in quantities {
        let is_bare = quantity.origin == Origin::Written
            && quantity.source.is_none()
            && quantity.note.is_none();
        let table = tables
            .iter()
            .find(|(prefix, _)| quantity.name.starts_with(prefix.as_str()));
        if let (true, Some((_, note))) = (is_bare, table) {
            quantity.note = Some((*note).clone());
        }
    }
}
