//! `beachhead run`: all plans, a table here, a folder with everything.

use super::{RUNS, load};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::folder::{self, Found, REPORT, SCENARIO, SUMMARY};
use beachhead_workbench::run::job::ComputeOptions;
use beachhead_workbench::run::prepare::{Prepared, prepare};
use beachhead_workbench::run::summary::Summary;
use beachhead_workbench::run::{artefacts, compute, words};
use beachhead_workbench::scenario::Loaded;
use std::path::Path;

pub(super) fn run(folder: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    let loaded = load::scenario(folder, settings, talk)?;
    let prepared = prepare(&loaded)?;
    let place = match &settings.out {
        Some(folder) => folder.clone(),
        None => folder::place(Path::new(RUNS), &loaded.scenario.name, &prepared.hash)?,
    };
    // Before anything is computed: a folder that is not ours is an error at once.
    match folder::look(&place, &prepared.hash)? {
        Found::Complete(_) if !settings.fresh => talk.note(&format!(
            "this run is stored already in {}; --fresh computes it again",
            place.display()
        )),
        _ => compute_and_write(&loaded, &prepared, &place, settings, talk)?,
    }
    print(&place, settings, talk)
}

fn compute_and_write(
    loaded: &Loaded,
    prepared: &Prepared,
    place: &Path,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    settings.listen_for_interrupts()?;
    let options = ComputeOptions {
        threads: settings.threads,
        plans: &loaded.plans,
        cancel: &settings.cancel,
    };
    let progress = talk.progress();
    let output = compute::compute(loaded, prepared, &options, &progress)?;
    drop(progress);
    let artefacts = artefacts(&output, &prepared.hash)?;
    settings.check_interrupt()?;
    folder::write(place, &prepared.hash, &artefacts, settings.fresh)?;
    Ok(())
}

/// What is printed comes from the folder, so that a stored run and a new one read the same.
fn print(place: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    let bytes = folder::read(place, SUMMARY)?;
    let damaged = |what: &str, why: String| {
        Failure::Environment(format!(
            "{} is damaged: {why}; --fresh computes it again",
            place.join(what).display()
        ))
    };
    let summary = Summary::parse(&bytes).map_err(|why| damaged(SUMMARY, why))?;
    for issue in &summary.issues {
        talk.note(&format!("note: {}: {}", issue.place, issue.text));
    }
    if settings.json {
        return talk.result(&bytes);
    }
    let resolved = serde_json::from_slice(&folder::read(place, SCENARIO)?)
        .map_err(|error| damaged(SCENARIO, error.to_string()))?;
    let mut text = shown::run(&summary, &words::entrants(&resolved));
    text += &format!("Report: {}\n", place.join(REPORT).display());
    talk.result(text.as_bytes())
}
