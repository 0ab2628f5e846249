//! `beachhead run`: all plans, a table here, a folder with everything.

use super::{RUNS, load};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::folder::{self, REPORT, SCENARIO, SUMMARY};
use beachhead_workbench::run::job::ComputeOptions;
use beachhead_workbench::run::preference;
use beachhead_workbench::run::prepare::prepare;
use beachhead_workbench::run::session::{self, Done, Place, Request};
use beachhead_workbench::run::summary::Summary;
use beachhead_workbench::run::words;
use std::path::Path;

pub(super) fn run(folder: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    let loaded = load::scenario(folder, settings, talk)?;
    if preference::is_static(&loaded.scenario) {
        talk.note("note: no volumes are calibrated (a target `units_per_user`), so these are shares of preference, of one choice");
        return super::preference::show(&loaded, None, settings, talk);
    }
    let prepared = prepare(&loaded)?;
    let place = match &settings.out {
        Some(folder) => Place::Exactly(folder.clone()),
        None => Place::Below(RUNS.into()),
    };
    settings.listen_for_interrupts()?;
    let request = Request {
        loaded: &loaded,
        prepared: &prepared,
        place: &place,
        options: ComputeOptions {
            threads: settings.threads,
            plans: &loaded.plans,
            cancel: &settings.cancel,
        },
        fresh: settings.fresh,
    };
    let progress = talk.progress();
    let done = session::run(&request, &progress, &|text| progress.note(talk, text))?;
    drop(progress);
    let folder = request.folder()?;
    if done == Done::Stored {
        talk.note(&format!(
            "this run is stored already in {}; --fresh computes it again",
            folder.display()
        ));
    }
    print(&folder, settings, talk)
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
