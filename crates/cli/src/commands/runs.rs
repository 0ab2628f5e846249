//! `beachhead runs`: what lies in the folder of runs.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::folder::{self, Listed};
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Row<'a> {
    folder: String,
    scenario: &'a str,
    hash: &'a str,
    seed: u64,
    draws: usize,
    months: usize,
    plans: Vec<&'a str>,
}

pub(super) fn run(root: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    let listed = folder::list(root)?;
    let rows: Vec<Row<'_>> = listed.iter().map(row).collect();
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
    for row in &rows {
        table.add_row([
            row.folder.clone(),
            row.plans.join(", "),
            row.months.to_string(),
            row.draws.to_string(),
            row.seed.to_string(),
        ]);
    }
    talk.result(shown::printed(&table).as_bytes())
}

fn row(listed: &Listed) -> Row<'_> {
    let summary = &listed.summary;
    Row {
        folder: listed.folder.display().to_string(),
        scenario: &summary.scenario,
        hash: &summary.hash,
        seed: summary.seed,
        draws: summary.draws,
        months: summary.months,
        plans: summary.plans.iter().map(|plan| plan.id.as_str()).collect(),
    }
}
