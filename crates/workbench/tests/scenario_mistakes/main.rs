//! One clear error for each mistake: where, what was found, what was expected, the nearest name; and
//! all of a scenario's at once.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

mod bounds;
mod deals;
mod distributions;
mod event_reach;
mod events;
mod factors;
mod files;
mod forecast;
mod idle_sets;
mod learning;
mod market;
mod plans;
mod pricing;
mod slips;

use beachhead_workbench::diagnostic::{Diagnostic, Diagnostics};
use beachhead_workbench::scenario::{LoadOptions, load, write_new};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A new scenario with texts replaced: file, from, to.
pub(crate) fn changed(edits: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_new(folder.path()).unwrap();
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the template has no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    folder
}

pub(crate) fn mistakes(folder: &Path, options: &LoadOptions) -> Diagnostics {
    match load(folder, options) {
        Ok(_) => panic!("loaded without a mistake"),
        Err(mistakes) => mistakes,
    }
}

/// Where a text stands in a file of a folder, as `file:line:column`.
pub(crate) fn location(folder: &Path, file: &str, at: &str) -> String {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let offset = text
        .find(at)
        .unwrap_or_else(|| panic!("{file} has no {at:?}"));
    let line = text[..offset].matches('\n').count() + 1;
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    format!("{file}:{line}:{}", text[start..offset].chars().count() + 1)
}

/// Changes one thing and asks for exactly one mistake, at a text of the changed file, whose message has
/// all the words.
pub(crate) fn one(file: &str, from: &str, to: &str, at: &str, words: &[&str]) {
    let folder = changed(&[(file, from, to)]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], &location(folder.path(), file, at), words);
}

pub(crate) fn check(mistake: &Diagnostic, location: &str, words: &[&str]) {
    let text = mistake.render(false);
    assert_eq!(mistake.location(), location, "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
    assert!(
        !mistake.expected.is_empty(),
        "says not what was expected:\n{text}"
    );
}

/// The scenario.
pub(crate) const SCENARIO: &str = "scenario.toml";
/// Its products.
pub(crate) const PRODUCTS: &str = "products.csv";
