//! `beachhead runs`: what lies in the folder of runs, complete or not.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::folder;
use beachhead_workbench::run::store::{Store, StoredRun};
use beachhead_workbench::run::summary::Summary;
use comfy_table::ColumnConstraint;
use serde::Serialize;
use std::path::Path;

/// Column of the plans.
const PLANS: usize = 1;

#[derive(Serialize)]
struct Row {
    folder: String,
    scenario: String,
    hash: String,
    seed: u64,
    draws: usize,
    draws_done: usize,
    complete: bool,
    running: bool,
    months: usize,
    plans: Vec<String>,
}

pub(super) fn run(root: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    let rows = rows(root)?;
    if settings.json {
        return talk.result(&shown::json(&rows)?);
    }
    if rows.is_empty() {
        talk.note(&format!(
            "no runs in {}; `beachhead run SCENARIO` makes one",
            root.display()
        ));
        return Ok(());
    }
    let mut table = shown::table(["Folder", "Plans", "Months", "Draws", "Seed"]);
    // Names and numbers stay whole; the list of plans breaks.
    for (position, column) in table.column_iter_mut().enumerate() {
        if position != PLANS {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for row in &rows {
        let draws = if row.complete {
            row.draws.to_string()
        } else {
            let now = if row.running { ", running" } else { "" };
            format!("{} of {}{now}", row.draws_done, row.draws)
        };
        table.add_row([
            row.folder.clone(),
            row.plans.join(", "),
            row.months.to_string(),
            draws,
            row.seed.to_string(),
        ]);
    }
    talk.tell(&shown::printed(&table))
}

/// Runs of the store, and folders that the store does not know (moved here, or older), by their folder.
fn rows(root: &Path) -> Result<Vec<Row>, Failure> {
    let folders = folder::list(root)?;
    let stored = match Store::look(root)? {
        Some(store) => store.runs()?,
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    for run in &stored {
        let place = folder::place(root, &run.scenario, &run.hash)?;
        let exported = folders.iter().any(|listed| listed.folder == place);
        rows.push(stored_row(run, &place, exported));
    }
    for listed in &folders {
        let folder = listed.folder.display().to_string();
        if !rows.iter().any(|row| row.folder == folder) {
            rows.push(folder_row(folder, &listed.summary));
        }
    }
    rows.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(rows)
}

fn stored_row(run: &StoredRun, place: &Path, exported: bool) -> Row {
    let identity = &run.identity;
    Row {
        folder: place.display().to_string(),
        scenario: run.scenario.clone(),
        hash: run.hash.clone(),
        seed: identity.seed,
        draws: identity.draws,
        draws_done: run.draws_done,
        complete: exported && run.draws_done == identity.draws,
        running: run.is_running,
        months: identity.months,
        plans: identity.plans.clone(),
    }
}

fn folder_row(folder: String, summary: &Summary) -> Row {
    Row {
        folder,
        scenario: summary.scenario.clone(),
        hash: summary.hash.clone(),
        seed: summary.seed,
        draws: summary.draws,
        draws_done: summary.draws,
        complete: true,
        running: false,
        months: summary.months,
        plans: summary.plans.iter().map(|plan| plan.id.clone()).collect(),
    }
}
