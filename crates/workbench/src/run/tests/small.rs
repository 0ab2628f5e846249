//! Small real runs: the new scenario with few types, some draws and months, and a request for a run of it.

use crate::run::job::{ComputeOptions, Progress};
use crate::run::prepare::Prepared;
use crate::run::session::{self, Done, Place, Request, SessionError};
use crate::scenario::{LoadOptions, Loaded, load, write_new};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// The new scenario, in a folder `market`, loaded with edits.
pub(in crate::run) fn loaded(draws: usize, months: usize, sets: &[&str]) -> (TempDir, Loaded) {
    let here = tempfile::tempdir().unwrap();
    write_new(&here.path().join("market")).unwrap();
    let loaded = again(&here, draws, months, sets);
    (here, loaded)
}

/// Loads it from its folder once more, after its files were changed.
pub(in crate::run) fn again(here: &TempDir, draws: usize, months: usize, sets: &[&str]) -> Loaded {
    let sets = [&["simulation.types=4"], sets].concat();
    let options = LoadOptions {
        sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        draws: Some(draws),
        months: Some(months),
        ..LoadOptions::default()
    };
    load(&here.path().join("market"), &options).unwrap()
}

/// How to run it.
#[derive(Clone, Copy)]
pub(in crate::run) struct How<'a> {
    pub(in crate::run) threads: usize,
    pub(in crate::run) fresh: bool,
    pub(in crate::run) analysis: bool,
    pub(in crate::run) cancel: &'a AtomicBool,
}

/// Runs into `<here>/<runs>`; what was said comes back.
pub(in crate::run) fn run_in(
    here: &TempDir,
    runs: &str,
    (loaded, prepared): (&Loaded, &Prepared),
    how: How<'_>,
    progress: &dyn Progress,
) -> (Result<Done, SessionError>, Vec<String>) {
    let place = Place::Below(here.path().join(runs));
    let request = Request {
        loaded,
        prepared,
        place: &place,
        options: ComputeOptions {
            threads: how.threads,
            plans: &loaded.plans,
            cancel: how.cancel,
        },
        fresh: how.fresh,
        analysis: how.analysis,
    };
    let said = std::sync::Mutex::new(Vec::new());
    let say = |text: &str| said.lock().unwrap().push(text.to_owned());
    let done = session::run(&request, progress, &say);
    (done, said.into_inner().unwrap())
}
