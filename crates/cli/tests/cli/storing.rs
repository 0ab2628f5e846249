//! Runs of many draws: stored draw by draw and chunk by chunk, interrupted, killed, damaged, shared by two processes.

use super::kills;
use super::{code, output, text};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Kills in this test; `dev kills` does more.
const KILLS: usize = 5;
/// Chooses their moments.
const SEED: u64 = 3;
/// A run that was interrupted ends before that: it takes less than a second where nothing else runs.
const SOON: Duration = Duration::from_secs(5);
/// How often a store is looked at.
const AGAIN: Duration = Duration::from_millis(10);

/// A small scenario.
const RUN: [&str; 6] = [
    "run",
    "market",
    "--months",
    "10",
    "--set",
    "simulation.types=8",
];
/// Three chunks of draws.
const DRAWS: [&str; 2] = ["--draws", "150"];

pub(super) fn with_scenario() -> TempDir {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    here
}

pub(super) fn run(here: &Path, more: &[&str]) -> Output {
    let draws: &[&str] = if more.contains(&"--draws") {
        &[]
    } else {
        &DRAWS
    };
    output(here, &[&RUN[..], draws, more].concat())
}

fn spawned(here: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(RUN)
        .args(DRAWS)
        .current_dir(here)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn listed(here: &Path) -> serde_json::Value {
    let output = output(here, &["runs", "--json"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn killed_runs_go_on_and_end_with_the_same_bytes() {
    let here = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_beachhead"));
    let seen = kills::survive(program, here.path(), KILLS, SEED).unwrap();
    assert_eq!(seen.kills, KILLS);
    assert!(seen.finished > 0);
    assert!(seen.draws_kept > 0, "nothing of a killed run was kept");
}

#[test]
#[cfg(unix)]
fn every_stage_can_be_interrupted() {
    let here = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_beachhead"));
    let stops = kills::interrupt(program, here.path()).unwrap();
    for (stage, after) in stops {
        assert!(after < SOON, "{stage:?}: {after:?}");
    }
}

#[test]
#[cfg(unix)]
fn two_runs_do_not_fill_one_folder() {
    let here = with_scenario();
    let exact = ["--out", "result"];
    let mut first = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args([&RUN[..], &DRAWS, &exact].concat())
        .current_dir(here.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lock = here.path().join("result/.locks/folder");
    while fs::read(&lock).is_ok_and(|held| held.is_empty()) || !lock.exists() {
        assert!(
            first.try_wait().unwrap().is_none(),
            "it takes its lock first"
        );
        std::thread::sleep(AGAIN);
    }
    let second = run(here.path(), &[&["--seed", "9"], &exact[..]].concat());
    assert_eq!((code(&second), second.stdout.len()), (2, 0));
    let said = text(&second.stderr);
    assert_eq!(said.matches("error:").count(), 1, "{said}");
    assert!(said.contains("another process is writing run"), "{said}");
    assert!(said.contains("choose another one with --out"), "{said}");
    let first = first.wait_with_output().unwrap();
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    // Nothing of the second is in it, and afterwards the folder is free.
    let alone = run(here.path(), &[]);
    assert_eq!(code(&alone), 0, "{}", text(&alone.stderr));
    let both = ["result", &one_run(here.path())];
    let summaries =
        both.map(|folder| fs::read(here.path().join(folder).join("summary.json")).unwrap());
    assert_eq!(summaries[0], summaries[1]);
    let later = run(here.path(), &[&["--seed", "9"], &exact[..]].concat());
    assert_eq!(code(&later), 0, "{}", text(&later.stderr));
}

#[test]
#[cfg(unix)]
fn a_fresh_run_that_is_interrupted_leaves_the_old_one_or_goes_on() {
    let here = with_scenario();
    let first = run(here.path(), &["--json"]);
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    let (mut kept, mut begun) = (0, 0);
    for wait in [0, 50, 100, 200, 400, 800].map(Duration::from_millis) {
        let child = Command::new(env!("CARGO_BIN_EXE_beachhead"))
            .args([&RUN[..], &DRAWS, &["--fresh"]].concat())
            .current_dir(here.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(wait);
        let id = child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status().unwrap();
        child.wait_with_output().unwrap();
        match listed(here.path())[0]["complete"] == true {
            true => kept += 1,
            false => begun += 1,
        }
        let again = run(here.path(), &["--json"]);
        assert_eq!(code(&again), 0, "{}", text(&again.stderr));
        assert_eq!(again.stdout, first.stdout);
    }
    assert!(
        kept > 0,
        "what was there is dropped before there is anything new ({begun} begun)"
    );
}

/// The only run's folder.
fn one_run(here: &Path) -> String {
    let folders = fs::read_dir(here.join("runs")).unwrap().flatten();
    let mut names = folders.map(|entry| entry.file_name().into_string().unwrap());
    let name = names.find(|name| name.starts_with("scooters-")).unwrap();
    format!("runs/{name}")
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_goes_on() {
    let here = with_scenario();
    let mut child = spawned(here.path());
    while listed(here.path())
        .as_array()
        .is_none_or(|rows| rows.iter().all(|row| row["draws_done"] == 0))
    {
        assert!(
            child.try_wait().unwrap().is_none(),
            "a chunk is stored before the end"
        );
        std::thread::sleep(AGAIN);
    }
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(code(&ended), 130, "{}", text(&ended.stderr));
    assert!(ended.stdout.is_empty());
    let said = text(&ended.stderr);
    assert!(
        said.contains("of 150 draws are stored; the same command goes on from there"),
        "{said}"
    );
    let row = &listed(here.path())[0];
    assert_eq!(row["complete"], false);
    let listing = text(&output(here.path(), &["runs"]).stdout);
    assert!(
        listing.contains(&format!("{} of 150", row["draws_done"])),
        "{listing}"
    );
    let resumed = run(here.path(), &[]);
    assert_eq!(code(&resumed), 0, "{}", text(&resumed.stderr));
    let said = text(&resumed.stderr);
    assert!(
        said.contains("of 150 draws are stored; going on from there"),
        "{said}"
    );
    assert_eq!(listed(here.path())[0]["complete"], true);
    let whole = run(here.path(), &["--fresh", "--threads", "1"]);
    assert_eq!(resumed.stdout, whole.stdout);
}

#[test]
fn two_processes_share_a_run() {
    let here = with_scenario();
    let both = [spawned(here.path()), spawned(here.path())];
    let both = both.map(|child| child.wait_with_output().unwrap());
    for output in &both {
        assert_eq!(code(output), 0, "{}", text(&output.stderr));
    }
    assert_eq!(both[0].stdout, both[1].stdout);
    let said = both.map(|output| text(&output.stderr)).concat();
    assert!(
        said.contains("another process computes this run; waiting"),
        "{said}"
    );
    assert!(said.contains("this run is stored already"), "{said}");
    // Another run in the same store does not wait for it.
    assert_eq!(code(&run(here.path(), &["--seed", "9", "--draws", "3"])), 0);
    assert_eq!(listed(here.path()).as_array().unwrap().len(), 2);
}

#[test]
fn many_draws_on_a_terminal() {
    let here = with_scenario();
    let shown = run(here.path(), &[]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    // Sentences are broken into lines; here they are one again.
    let lines = text(&shown.stdout);
    let shown = lines.replace('\n', " ");
    for part in [
        "Loses",
        "90 % of draws",
        "over 150 draws",
        "is the best of 2 plans",
        "relative error at central values is",
        "All 150 draws met all facts within 0.1 %",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        lines.lines().all(|line| line.chars().count() <= 80),
        "{lines}"
    );
}

#[test]
fn without_a_number_the_scenario_says_how_many() {
    let here = with_scenario();
    let set = ["--set", "simulation.draws=2", "--json"];
    let quick = [
        "run",
        "market",
        "--months",
        "2",
        "--set",
        "simulation.types=2",
    ];
    let document = |more: &[&str]| -> serde_json::Value {
        let output = output(here.path(), &[&quick[..], more].concat());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let two = document(&set);
    assert_eq!(two["draws"], 2);
    assert_eq!(two["hash"], document(&["--draws", "2", "--json"])["hash"]);
    assert_ne!(two["hash"], document(&["--draws", "3", "--json"])["hash"]);
}

#[test]
fn an_exact_folder_has_its_store_inside() {
    let here = with_scenario();
    let exact = |more: &[&str]| run(here.path(), &[&["--out", "result"], more].concat());
    assert_eq!(code(&exact(&[])), 0);
    assert!(here.path().join("result/beachhead.db").is_file());
    assert!(!here.path().join("runs").exists());
    let summary = fs::read(here.path().join("result/summary.json")).unwrap();
    let again = exact(&["--json"]);
    assert_eq!(again.stdout, summary);
    assert!(text(&again.stderr).contains("stored already"));
    // What an interruption left: the store and no summary.
    fs::remove_file(here.path().join("result/summary.json")).unwrap();
    assert_eq!(exact(&["--json"]).stdout, summary);
    fs::write(here.path().join("result/notes.txt"), "mine").unwrap();
    assert_eq!(code(&exact(&["--draws", "1"])), 0);
    assert_eq!(
        fs::read(here.path().join("result/notes.txt")).unwrap(),
        b"mine"
    );
    assert_ne!(
        fs::read(here.path().join("result/summary.json")).unwrap(),
        summary
    );
    // A folder of runs is not the folder of a run.
    assert_eq!(code(&run(here.path(), &["--draws", "1"])), 0);
    assert_eq!(
        code(&run(here.path(), &["--draws", "1", "--out", "runs"])),
        1
    );
}

#[test]
fn a_damaged_store_is_mended() {
    /// What a chunk begins with, and a place in it behind that.
    const CHUNK: (&[u8], usize) = (b"BHCK", 100);
    let here = with_scenario();
    let first = run(here.path(), &["--json"]);
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    let path = here.path().join("runs/beachhead.db");
    let mut bytes = fs::read(&path).unwrap();
    let mut parts = bytes.windows(CHUNK.0.len());
    let start = parts.rposition(|part| part == CHUNK.0).unwrap();
    bytes[start + CHUNK.1] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mended = run(here.path(), &["--json"]);
    assert_eq!(code(&mended), 0, "{}", text(&mended.stderr));
    let said = text(&mended.stderr);
    assert!(said.contains("is damaged; it is computed again"), "{said}");
    assert_eq!(mended.stdout, first.stdout);
    assert!(text(&run(here.path(), &[]).stderr).contains("stored already"));
}

#[test]
fn a_store_that_is_no_database_any_more_is_mended() {
    let here = with_scenario();
    let first = run(here.path(), &["--json"]);
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    let path = here.path().join("runs/beachhead.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..100].fill(0);
    fs::write(&path, &bytes).unwrap();
    let listing = output(here.path(), &["runs"]);
    assert_eq!((code(&listing), listing.stdout.len()), (2, 0));
    let said = text(&listing.stderr);
    for part in [
        "runs/beachhead.db is damaged",
        "the next `beachhead run` there saves what is sound",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mended = run(here.path(), &["--json"]);
    assert_eq!(code(&mended), 0, "{}", text(&mended.stderr));
    let said = text(&mended.stderr);
    let saved =
        "runs/beachhead.db was damaged: 1 run, 3 chunks and 0 single draws are what was written";
    assert!(
        said.contains(saved) && said.contains("stored already"),
        "{said}"
    );
    assert_eq!(mended.stdout, first.stdout);
    assert_eq!(
        fs::read(here.path().join("runs/beachhead.db.damaged")).unwrap(),
        bytes
    );
    assert_eq!(code(&output(here.path(), &["runs"])), 0);
}

#[test]
fn stores_that_cannot_be_used_are_exit_2() {
    let here = with_scenario();
    let refused = |wanted: &str| {
        let refused = run(here.path(), &["--draws", "1"]);
        assert_eq!((code(&refused), refused.stdout.len()), (2, 0));
        let said = text(&refused.stderr);
        assert_eq!(said.matches("error:").count(), 1, "{said}");
        assert!(said.contains(wanted), "{said}");
    };
    fs::write(here.path().join("runs"), "a file").unwrap();
    refused("runs is a file, not a folder\n  expected a folder of runs, or nothing");
    let listing = output(here.path(), &["runs"]);
    assert_eq!(code(&listing), 2);
    let said = text(&listing.stderr);
    assert!(said.contains("move that file away"), "{said}");
    fs::remove_file(here.path().join("runs")).unwrap();
    fs::create_dir(here.path().join("runs")).unwrap();
    fs::write(
        here.path().join("runs/beachhead.db"),
        "no database ".repeat(100),
    )
    .unwrap();
    refused("runs/beachhead.db is not a store of runs");
    let listing = output(here.path(), &["runs"]);
    assert_eq!(code(&listing), 2);
    fs::remove_file(here.path().join("runs/beachhead.db")).unwrap();
    assert_eq!(code(&run(here.path(), &["--draws", "1", "--seed", "3"])), 0);
    // `user_version` in the header of the file.
    let mut bytes = fs::read(here.path().join("runs/beachhead.db")).unwrap();
    bytes[60..64].copy_from_slice(&77_u32.to_be_bytes());
    fs::write(here.path().join("runs/beachhead.db"), bytes).unwrap();
    refused("runs/beachhead.db is a store of version 77\n  expected version");
    fs::remove_file(here.path().join("runs/beachhead.db")).unwrap();
    fs::create_dir(here.path().join("runs/beachhead.db")).unwrap();
    refused("runs/beachhead.db is not a store of runs");
}

#[test]
fn a_draw_that_fails_is_counted_and_left_out() {
    let here = with_scenario();
    // Who is kept by that many cannot lose as many as it gains: some of these draws clash in closed form.
    let set = "calibration.repeat_purchase.volta={ distribution = \"uniform\", low = 0.1, high = 0.9, note = \"wide\" }";
    let json = run(here.path(), &["--json", "--draws", "40", "--set", set]);
    assert_eq!(code(&json), 0, "{}", text(&json.stderr));
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let issues = document["issues"].as_array().unwrap();
    let failed = issues
        .iter()
        .find(|issue| issue["code"] == "draw_failed")
        .unwrap();
    let count = failed["count"].as_u64().unwrap();
    assert!((1..40).contains(&count));
    assert!(
        failed["text"]
            .as_str()
            .unwrap()
            .contains("for example in draw"),
        "{failed}"
    );
    assert!(document["plans"][1]["outcomes"]["npv"]["mean"].is_number());
    let of = &document["calibration_of_draws"];
    assert_eq!(of["failed"].as_u64(), Some(count));
    let shown = run(here.path(), &["--draws", "40", "--set", set]);
    let shown = text(&shown.stdout).replace('\n', " ");
    let wanted = format!("Of 40 draws {} met all facts within 0.1 %", of["met"]);
    assert!(shown.contains(&wanted), "{wanted}: {shown}");
    assert!(shown.contains(&format!("{count} failed.")), "{shown}");
}
