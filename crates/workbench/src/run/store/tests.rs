//! Stores that are new, foreign, of another version, damaged; locks; whole runs through a store.

mod exports;
mod mending;
mod parts;
mod results;

use super::*;
use crate::run::draws::chunk::{ChunkSource, InMemory};
use crate::run::folder::FILES;
use crate::run::job::{ComputeOptions, Silent};
use crate::run::prepare::{Prepared, prepare};
use crate::run::session::{self, Done, Place, Request, SessionError};
use crate::run::summary::{OutcomeEntry, Summary};
use crate::run::tests::small::{self, How};
use crate::scenario::Loaded;
use beachhead_engine::scenario::Trigger;
use rusqlite::params;
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// Draws of a test's run: two chunks, the second short.
const DRAWS: usize = 70;

/// A small scenario, loaded.
fn scenario(draws: usize, sets: &[&str]) -> (TempDir, Loaded, Prepared) {
    let (here, loaded) = small::loaded(draws, 6, sets);
    let prepared = prepare(&loaded).unwrap();
    (here, loaded, prepared)
}

/// Runs into `<here>/<runs>`; what was said comes back.
fn run_in(
    here: &TempDir,
    runs: &str,
    run: (&Loaded, &Prepared),
    threads: usize,
    fresh: bool,
) -> (Result<Done, SessionError>, Vec<String>) {
    let how = How {
        threads,
        fresh,
        analysis: true,
        cancel: &AtomicBool::new(false),
    };
    small::run_in(here, runs, run, how, &Silent)
}

fn files(
    here: &TempDir,
    runs: &str,
    loaded: &Loaded,
    prepared: &Prepared,
) -> BTreeMap<String, Vec<u8>> {
    let root = here.path().join(runs);
    let folder = crate::run::folder::place(&root, &loaded.scenario.name, &prepared.hash).unwrap();
    let read = |name: &&str| ((*name).to_owned(), fs::read(folder.join(name)).unwrap());
    FILES.iter().map(read).collect()
}

#[test]
fn the_same_bytes_on_one_thread_and_two_and_again() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    assert_eq!(
        run_in(&here, "one", run, 1, false).0.unwrap(),
        Done::Computed
    );
    assert_eq!(
        run_in(&here, "two", run, 2, false).0.unwrap(),
        Done::Computed
    );
    let one = files(&here, "one", &loaded, &prepared);
    assert_eq!(one, files(&here, "two", &loaded, &prepared));
    assert_eq!(run_in(&here, "one", run, 1, false).0.unwrap(), Done::Stored);
    assert_eq!(
        run_in(&here, "one", run, 2, true).0.unwrap(),
        Done::Computed
    );
    assert_eq!(one, files(&here, "one", &loaded, &prepared));
    let summary = Summary::parse(&one["summary.json"]).unwrap();
    assert_eq!(summary.draws, DRAWS);
    assert!(!summary.differences.is_empty());
    let Some(OutcomeEntry::Distribution(npv)) = summary.plans[1].outcome("npv") else {
        panic!("npv is a distribution");
    };
    assert!(npv.se.unwrap() > 0.0 && npv.p05 < npv.p95);
}

/// The only chunk rows of a store, for tests that damage them.
fn raw(here: &TempDir, runs: &str) -> Connection {
    Connection::open(here.path().join(runs).join(FILE)).unwrap()
}

#[test]
fn a_damaged_chunk_is_named_and_computed_again() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "runs", run, 2, false).0.unwrap();
    let sound = files(&here, "runs", &loaded, &prepared);
    let bytes: Vec<u8> = raw(&here, "runs")
        .query_row("SELECT bytes FROM chunks WHERE position = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    let (short, none) = (bytes[..bytes.len() - 1].to_vec(), Vec::new());
    for damaged in [flipped, short, none] {
        let change = "UPDATE chunks SET bytes = ?1 WHERE position = 1";
        raw(&here, "runs")
            .execute(change, params![damaged])
            .unwrap();
        let (done, said) = run_in(&here, "runs", run, 2, false);
        assert_eq!(done.unwrap(), Done::Computed);
        let named = format!("chunk 1 of run {} (draws 64 to 69)", prepared.hash);
        assert!(said.iter().any(|text| text.contains(&named)), "{said:?}");
        assert!(
            said.iter()
                .any(|text| text.contains("64 of 70 draws are stored")),
            "{said:?}"
        );
        assert_eq!(sound, files(&here, "runs", &loaded, &prepared));
        assert_eq!(
            run_in(&here, "runs", run, 2, false).0.unwrap(),
            Done::Stored
        );
    }
    let change = "UPDATE runs SET central = x'00'";
    raw(&here, "runs").execute(change, []).unwrap();
    fs::remove_dir_all(
        here.path()
            .join("runs")
            .join(format!("scooters-{}", prepared.hash)),
    )
    .unwrap();
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!(done.unwrap(), Done::Computed);
    assert!(
        said.iter().any(|text| text.contains("calibration")),
        "{said:?}"
    );
    assert_eq!(sound, files(&here, "runs", &loaded, &prepared));
}

#[test]
fn an_export_that_is_gone_is_written_from_the_store() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "runs", run, 2, false).0.unwrap();
    let before = files(&here, "runs", &loaded, &prepared);
    let folder = here
        .path()
        .join("runs")
        .join(format!("scooters-{}", prepared.hash));
    fs::remove_dir_all(&folder).unwrap();
    let stored = || {
        let store = Store::look(&here.path().join("runs")).unwrap().unwrap();
        store.find(&prepared.hash).unwrap().unwrap()
    };
    let rows = stored().sound;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        run_in(&here, "runs", run, 2, false).0.unwrap(),
        Done::Exported
    );
    assert_eq!(stored().sound, rows, "no chunk was written again");
    assert_eq!(before, files(&here, "runs", &loaded, &prepared));
    // Chunks that were computed by a program with other columns are not taken.
    let db = raw(&here, "runs");
    let sql = format!("SELECT {} FROM runs", entry::EntryRow::COLUMNS);
    let mut row = db.query_row(&sql, [], entry::EntryRow::read).unwrap();
    row.shape = "other".into();
    db.execute(
        "UPDATE runs SET shape = ?1, central_checksum = ?2",
        params![row.shape, row.checksum_wanted()],
    )
    .unwrap();
    drop(db);
    fs::remove_dir_all(&folder).unwrap();
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!(done.unwrap(), Done::Computed);
    assert!(said[0].contains("other outcomes or series"), "{said:?}");
    assert_eq!(before, files(&here, "runs", &loaded, &prepared));
}

#[test]
fn point_assumptions_have_no_variance() {
    // With a draw more than ten the worst tenth has two.
    let (here, mut loaded, _) = scenario(11, &[]);
    assert!(loaded.scenario.quantities.iter().any(|q| q.is_uncertain()));
    for quantity in &mut loaded.scenario.quantities {
        quantity.distribution =
            beachhead_engine::futures::Distribution::Point(quantity.distribution.centre());
    }
    // Luck of its own have only events: none comes by itself, and all talks succeed.
    for event in &loaded.scenario.events {
        let (handle, certain) = match &event.trigger {
            Trigger::Hazard { hazard, .. } => (hazard, 0.0),
            Trigger::Attempt { chance, .. } | Trigger::Follows { chance, .. } => (chance, 1.0),
        };
        loaded.scenario.quantities[handle.index()].distribution =
            beachhead_engine::futures::Distribution::Point(certain);
    }
    let prepared = prepare(&loaded).unwrap();
    run_in(&here, "runs", (&loaded, &prepared), 2, false)
        .0
        .unwrap();
    let summary =
        Summary::parse(&files(&here, "runs", &loaded, &prepared)["summary.json"]).unwrap();
    for (id, entry) in summary.plans.iter().flat_map(|plan| &plan.outcomes.0) {
        let (mean, se) = match entry {
            OutcomeEntry::Distribution(entry) => {
                if id != "cvar10" {
                    assert_eq!((entry.p05, entry.p95), (entry.p50, entry.p50), "{id}");
                }
                (entry.mean, entry.se)
            }
            OutcomeEntry::Probability(entry) => (entry.mean, entry.se),
        };
        assert_eq!(se, mean.map(|_| 0.0), "{id}");
    }
}

#[test]
fn a_plan_and_its_copy_are_tied() {
    let (here, mut loaded, _) = scenario(20, &[]);
    let mut copy = loaded.scenario.plans[1].clone();
    copy.id = "copy".into();
    loaded.scenario.plans.push(copy);
    loaded.plans.push(loaded.scenario.plans.len() - 1);
    let prepared = prepare(&loaded).unwrap();
    run_in(&here, "runs", (&loaded, &prepared), 2, false)
        .0
        .unwrap();
    let files = files(&here, "runs", &loaded, &prepared);
    let summary = Summary::parse(&files["summary.json"]).unwrap();
    let rows = summary.differences.iter();
    let copies: Vec<_> = rows.filter(|row| row.against == "copy").collect();
    let (own, out): (Vec<_>, Vec<_>) = copies
        .into_iter()
        .partition(|row| row.plan == "online_first");
    assert!(own.len() > 10 && out.iter().any(|row| !row.tied));
    for row in own {
        assert!(row.tied, "{}", row.outcome);
        assert_eq!((row.mean, row.low, row.high), (0.0, 0.0, 0.0));
    }
}

#[test]
fn draws_that_fail_are_counted_and_only_all_of_them_are_an_error() {
    let half = beachhead_engine::futures::Distribution::Point(f64::NAN);
    let (here, mut loaded, _) = scenario(3, &[]);
    let rate = loaded.scenario.finance.discount_rate.index();
    loaded.scenario.quantities[rate].distribution = half;
    let prepared = prepare(&loaded).unwrap();
    let (failed, _) = run_in(&here, "runs", (&loaded, &prepared), 2, false);
    let message = failed.unwrap_err().to_string();
    assert!(
        message.contains("no draw has a result: in 3 of 3 draws"),
        "{message}"
    );
}

fn entry(identity: &crate::run::Identity) -> Entry<'_> {
    Entry {
        hash: "0123456789ab",
        scenario: "s",
        identity,
        shape: "shape",
        columns: 1,
    }
}

#[test]
fn other_versions_and_other_files_are_refused() {
    let here = tempfile::tempdir().unwrap();
    let open = || Store::open(here.path());
    drop(open().unwrap());
    raw_at(&here, |db| {
        db.pragma_update(None, "user_version", 7).unwrap()
    });
    for error in [open().unwrap_err(), Store::look(here.path()).unwrap_err()] {
        let message = error.to_string();
        assert!(!error.is_input());
        assert!(
            message.contains("version 7") && message.contains("expected version 3"),
            "{message}"
        );
    }
    raw_at(&here, |db| {
        db.pragma_update(None, "application_id", 5).unwrap()
    });
    assert!(
        open()
            .unwrap_err()
            .to_string()
            .contains("is not a store of runs")
    );
    fs::write(
        here.path().join(FILE),
        "a letter, much longer than the header of a database is".repeat(9),
    )
    .unwrap();
    let error = open().unwrap_err();
    assert!(matches!(error, RunError::NoStore { .. }), "{error}");
    let below = here.path().join(FILE).join("runs");
    let error = Store::open(&below).unwrap_err();
    assert!(matches!(error, RunError::NotAFolder { .. }) && !error.is_input());
    assert!(Store::look(&here.path().join("none")).unwrap().is_none());
}

fn raw_at(here: &TempDir, change: impl Fn(&Connection)) {
    change(&Connection::open(here.path().join(FILE)).unwrap());
}

#[test]
fn runs_are_listed_with_their_progress() {
    let here = tempfile::tempdir().unwrap();
    let identity = crate::run::Identity {
        seed: u64::MAX,
        draws: DRAWS,
        months: 6,
        plans: vec!["a".into(), "b".into()],
    };
    let store = Store::open(here.path()).unwrap();
    store.begin(entry(&identity), &Central::default()).unwrap();
    store.put("0123456789ab", 1, b"bytes").unwrap();
    let other = Store::look(here.path()).unwrap().unwrap();
    let runs = other.runs().unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].draws_done, &runs[0].identity), (6, &identity));
    store.forget("0123456789ab").unwrap();
    assert!(other.runs().unwrap().is_empty());
}

#[test]
fn the_second_process_waits_for_the_first() {
    let here = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(false);
    let silent = |_: &str| ();
    let first = lock(here.path(), ("run", "a"), &cancel, &silent)
        .unwrap()
        .unwrap();
    assert!(
        lock(here.path(), ("other", "a"), &cancel, &silent)
            .unwrap()
            .is_some()
    );
    let said = Mutex::new(Vec::new());
    let say = |text: &str| {
        said.lock().unwrap().push(text.to_owned());
        cancel.store(true, Ordering::Relaxed);
    };
    assert!(
        lock(here.path(), ("run", "a"), &cancel, &say)
            .unwrap()
            .is_none()
    );
    assert!(said.lock().unwrap()[0].contains("another process"));
    drop(first);
    assert!(
        lock(here.path(), ("run", "a"), &cancel, &silent)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_folder_that_another_run_fills_is_refused() {
    let here = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(false);
    let silent = |_: &str| ();
    let first = lock(here.path(), ("folder", "a"), &cancel, &silent).unwrap();
    let refused = lock(here.path(), ("folder", "b"), &cancel, &silent).unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("another process is writing run a to"),
        "{said}"
    );
    assert!(!refused.is_input());
    drop(first);
    let second = lock(here.path(), ("folder", "b"), &cancel, &silent).unwrap();
    assert!(second.is_some());
}

#[test]
fn parts_of_chunks_are_read_from_memory() {
    let source = InMemory(vec![b"abc".to_vec()]);
    let mut part = [0; 2];
    source.read(0, 1, &mut part).unwrap();
    assert_eq!((&part, source.length(0).unwrap()), (b"bc", 3));
    assert!(source.read(0, 2, &mut part).is_err() && source.length(1).is_err());
}
