//! `beachhead check`: every mistake, or every assumption with its source.

use super::{check_slips, load};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::prepare::titled;
use beachhead_workbench::run::{FORMAT, VERSION};
use beachhead_workbench::scenario::{Loaded, Register, RegisterRow, register};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    beachhead: &'a str,
    scenario: &'a str,
    #[serde(flatten)]
    register: &'a Register,
}

pub(super) fn run(folder: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    let loaded = load::scenario(folder, settings, talk)?;
    let register = register(&loaded);
    if let Some(said) = unanswered(&register) {
        talk.note(&said);
    }
    if settings.json {
        let scenario = &loaded.scenario.name;
        let document = Document {
            format: FORMAT,
            beachhead: VERSION,
            scenario,
            register: &register,
        };
        return talk.result(&shown::json(&document)?);
    }
    talk.tell(&text(&loaded, &register))
}

/// Most names in a note.
const NAMED: usize = 8;

/// What is said of distributions with neither a source nor a reason: a spread that nobody answers for, and that outcomes spread
/// by all the same.
fn unanswered(register: &Register) -> Option<String> {
    let bare = &register.uncertain_without_source_or_note;
    let names = bare.iter().filter_map(|&at| register.rows.get(at));
    let names: Vec<&str> = names.map(|row| row.name.as_str()).collect();
    let (first, rest) = names.split_at(names.len().min(NAMED));
    let (numbers, have) = match names.len() {
        0 => return None,
        1 => ("number", "has"),
        _ => ("numbers", "have"),
    };
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" and {more} more, listed below"),
    };
    Some(format!(
        "note: {} uncertain {numbers} {have} neither a `source` nor a `note`: {}{more}; say where the spread comes from",
        names.len(),
        first.join(", ")
    ))
}

fn text(loaded: &Loaded, register: &Register) -> String {
    let scenario = &loaded.scenario;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: no mistakes. {} months from {}-{:02}, {} brands, {} products, {} channels, {} plans.\n",
        titled(&scenario.title, &scenario.name),
        scenario.months,
        scenario.start.year,
        scenario.start.month,
        scenario.brands.len(),
        scenario.products.len(),
        scenario.channels.len(),
        scenario.plans.len()
    );
    // Above the long lists: what decides dates is few lines.
    text += &check_slips::slips(&register.slips);
    let rows = |positions: &[usize]| -> Vec<&RegisterRow> {
        positions
            .iter()
            .filter_map(|&position| register.rows.get(position))
            .collect()
    };
    let sourced: Vec<&RegisterRow> = register
        .rows
        .iter()
        .filter(|row| row.source.is_some())
        .collect();
    section(&mut text, "With a source", &sourced);
    section(
        &mut text,
        "Assumed, with a reason",
        &rows(&register.assumptions),
    );
    section(
        &mut text,
        "Without a source or a reason",
        &rows(&register.without_source_or_note),
    );
    if !register.defaults.is_empty() {
        let _ = writeln!(text, "Defaults used ({}):", register.defaults.len());
        for (name, value) in &register.defaults {
            let _ = writeln!(text, "  {name} = {value}");
        }
        text.push('\n');
    }
    text += &check_slips::factors(&register.factors);
    if !register.published_later.is_empty() {
        let _ = writeln!(
            text,
            "Published on or after {}, about a time before:",
            scenario.as_of
        );
        for (id, date) in &register.published_later {
            let _ = writeln!(text, "  {id} ({date})");
        }
        text.push('\n');
    }
    if !register.not_simulated.is_empty() {
        text.push_str("Read, but without the effect that it seems to have:\n");
        for issue in &register.not_simulated {
            let _ = writeln!(text, "  {}: {}", issue.location, issue.text);
        }
    }
    text
}

fn section(text: &mut String, title: &str, rows: &[&RegisterRow]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title} ({}):", rows.len());
    for row in rows {
        let _ = write!(text, "  {} = {}", row.name, row.text);
        if let Some(source) = &row.source {
            let _ = write!(text, "  [{source}]");
        }
        if let Some(note) = &row.note {
            let _ = write!(text, "  ({note})");
        }
        text.push('\n');
    }
    text.push('\n');
}
