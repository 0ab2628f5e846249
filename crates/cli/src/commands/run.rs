//! `beachhead run`: all plans, a table here, a folder with everything.

use super::report::written;
use super::{RUNS, load};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::analysis::{self, Analysis};
use beachhead_workbench::run::folder::{self, ANALYSIS, REPORT, SCENARIO, SUMMARY};
use beachhead_workbench::run::job::ComputeOptions;
use beachhead_workbench::run::preference;
use beachhead_workbench::run::prepare::prepare;
use beachhead_workbench::run::session::{self, Done, Place, Request};
use beachhead_workbench::run::summary::Summary;
use beachhead_workbench::run::{stored, words, workbook};
use std::path::Path;

pub(super) fn run(
    folder: &Path,
    xlsx: Option<&Path>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
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
        analysis: settings.analysis,
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
    if let Some(path) = xlsx {
        folder::write_named(path, &workbook::of_run(&stored::read(&folder)?)?)?;
    }
    print(&folder, xlsx, settings, talk)
}

/// What is printed comes from the folder, so that a stored run and a new one read the same.
fn print(
    place: &Path,
    xlsx: Option<&Path>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
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
    for line in analysed(place, &summary.hash).map_err(|why| damaged(ANALYSIS, why))? {
        text += &shown::wrapped(&line);
        text.push('\n');
    }
    text += &written(Some(&place.join(REPORT)), xlsx);
    talk.tell(&text)
}

/// What decides the answer, in a few lines; nothing where the run was not asked.
fn analysed(place: &Path, hash: &str) -> Result<Vec<String>, String> {
    if !place.join(ANALYSIS).is_file() {
        return Ok(Vec::new());
    }
    let bytes = folder::read(place, ANALYSIS).map_err(|error| error.to_string())?;
    let analysis = Analysis::parse(&bytes)?;
    if analysis.hash != hash {
        return Err(format!("it is of run {}, not of {hash}", analysis.hash));
    }
    Ok(analysis::lines(&analysis))
}
