//! `check`, `calibrate`, `run`, `runs`: exit codes, streams, folders, bytes.

use super::{beachhead, code, output, text};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Long enough for the program to be computing.
const UNDER_WAY: Duration = Duration::from_millis(400);

/// A folder with a new scenario in `market`.
fn with_scenario() -> TempDir {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    here
}

/// Short central runs: what is tested here does not depend on their length.
const RUN: [&str; 6] = ["run", "market", "--months", "18", "--draws", "1"];

fn run(here: &Path, more: &[&str]) -> std::process::Output {
    output(here, &[&RUN[..], more].concat())
}

/// The only run's folder in `runs`.
fn stored(here: &Path) -> PathBuf {
    let mut folders: Vec<PathBuf> = fs::read_dir(here.join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with(".locks"))
        .collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

fn edit(here: &Path, from: &str, to: &str) {
    let path = here.join("market/scenario.toml");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains(from), "{from}");
    fs::write(&path, written.replacen(from, to, 1)).unwrap();
}

#[test]
fn check_lists_assumptions() {
    let here = with_scenario();
    let plain = output(here.path(), &["check", "market"]);
    assert_eq!(code(&plain), 0, "{}", text(&plain.stderr));
    let shown = text(&plain.stdout);
    for part in [
        "no mistakes",
        "With a source",
        "Assumed, with a reason",
        "Defaults used",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = output(here.path(), &["check", "market", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["format"], 1);
    assert!(document["rows"].as_array().unwrap().len() > 20);
    assert!(!here.path().join("runs").exists(), "check writes nothing");
}

#[test]
fn check_names_distributions_that_nobody_answers_for() {
    let here = with_scenario();
    let said = || {
        let checked = output(here.path(), &["check", "market"]);
        assert_eq!(code(&checked), 0, "{}", text(&checked.stderr));
        text(&checked.stderr)
    };
    assert!(!said().contains("neither a `source` nor a `note`"));
    let note = ", note = \"assumption: better scooters make few people buy sooner\"";
    edit(here.path(), note, "");
    let wanted =
        "note: 1 uncertain number has neither a `source` nor a `note`: demand.buy_keep_nest; say";
    let once = said();
    assert_eq!(once.matches(wanted).count(), 1, "{once}");
}

#[test]
fn all_mistakes_at_once_and_nothing_written() {
    let here = with_scenario();
    edit(here.path(), "currency =", "curency =");
    edit(here.path(), "users =", "users = \"3 lightyears\" #");
    for command in ["check", "calibrate", "run"] {
        let failed = output(here.path(), &[command, "market"]);
        assert_eq!(code(&failed), 1);
        assert!(failed.stdout.is_empty());
        let message = text(&failed.stderr);
        assert!(message.contains("did you mean `currency`?"), "{message}");
        assert!(message.contains("lightyears"), "{message}");
        assert!(message.contains("scenario.toml:"), "{message}");
    }
    assert!(!here.path().join("runs").exists());
    assert_eq!(code(&output(here.path(), &["check", "nowhere"])), 1);
}

#[test]
fn a_run_is_stored_and_printed_again() {
    let here = with_scenario();
    let first = run(here.path(), &[]);
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    let shown = text(&first.stdout);
    for part in ["Stay out", "central values", "Report: runs/"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    let folder = stored(here.path());
    let written = bytes_of(&folder);
    assert_eq!(
        written.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "assumptions.parquet",
            "draws.parquet",
            "report.html",
            "report.json",
            "scenario.json",
            "series.parquet",
            "summary.json"
        ]
    );
    let again = run(here.path(), &[]);
    assert_eq!((code(&again), &again.stdout), (0, &first.stdout));
    let said = text(&again.stderr);
    let said: Vec<&str> = said.split_whitespace().collect();
    assert!(said.join(" ").contains("--fresh computes it again"));
    fs::write(folder.join("report.html"), "old").unwrap();
    let fresh = run(here.path(), &["--fresh", "--threads", "1"]);
    assert_eq!((code(&fresh), &fresh.stdout), (0, &first.stdout));
    assert_eq!(bytes_of(&folder), written, "the same bytes on one thread");
}

#[test]
fn json_is_the_summary() {
    let here = with_scenario();
    for _ in 0..2 {
        let json = run(here.path(), &["--json"]);
        assert_eq!(code(&json), 0);
        let summary = fs::read(stored(here.path()).join("summary.json")).unwrap();
        assert_eq!(json.stdout, summary);
    }
    let document: serde_json::Value =
        serde_json::from_slice(&run(here.path(), &["--json"]).stdout).unwrap();
    assert_eq!(document["draws"], 1);
    assert_eq!(document["months"], 18);
    for (id, outcome) in document["plans"][0]["outcomes"].as_object().unwrap() {
        assert!(outcome["se"].is_null(), "{id}");
    }
    let listed = output(here.path(), &["runs", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["hash"], document["hash"]);
    let listed = text(&output(here.path(), &["runs"]).stdout);
    assert!(
        listed.contains(document["hash"].as_str().unwrap()),
        "{listed}"
    );
}

#[test]
fn what_changes_results_changes_the_hash() {
    let here = with_scenario();
    let hash = |more: &[&str]| {
        let months: &[&str] = if more.contains(&"--months") {
            &[]
        } else {
            &["--months", "18", "--draws", "1"]
        };
        let arguments = [&["run", "market", "--json"], months, more].concat();
        let output = output(here.path(), &arguments);
        assert_eq!(code(&output), 0, "{more:?}: {}", text(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        document["hash"].as_str().unwrap().to_owned()
    };
    let plain = hash(&[]);
    assert_eq!(plain, hash(&["--threads", "2"]));
    let others = [
        hash(&["--seed", "77"]),
        hash(&["--months", "17", "--draws", "1"]),
        hash(&["--plan", "stay_out"]),
        hash(&["--set", "products.volta_one.price=2000"]),
    ];
    assert!(others.iter().all(|other| *other != plain));
    let path = here.path().join("market/scenario.toml");
    let commented = format!("# a comment\n{}", fs::read_to_string(&path).unwrap());
    fs::write(&path, commented).unwrap();
    assert_eq!(plain, hash(&[]), "a comment changes no result");
}

#[test]
fn an_exact_folder() {
    let here = with_scenario();
    assert_eq!(code(&run(here.path(), &["--out", "results/a"])), 0);
    assert!(here.path().join("results/a/summary.json").is_file());
    assert!(!here.path().join("runs").exists());
    // Another run may replace one of ours.
    assert_eq!(
        code(&run(here.path(), &["--out", "results/a", "--seed", "5"])),
        0
    );
    let summary = fs::read_to_string(here.path().join("results/a/summary.json")).unwrap();
    assert!(summary.contains("\"seed\": 5"));
    fs::create_dir(here.path().join("thesis")).unwrap();
    fs::write(here.path().join("thesis/chapter.txt"), "mine").unwrap();
    let refused = run(here.path(), &["--out", "thesis"]);
    assert_eq!(code(&refused), 1);
    assert!(refused.stdout.is_empty());
    assert!(text(&refused.stderr).contains("thesis is not a folder of a run"));
    assert_eq!(bytes_of(&here.path().join("thesis")).len(), 1);
}

#[test]
fn a_run_in_another_format_is_kept() {
    let here = with_scenario();
    let theirs = "{\"format\": 2, \"beachhead\": \"9.0.0\"}";
    let folder = here.path().join("theirs");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("summary.json"), theirs).unwrap();
    for more in [&["--out", "theirs"][..], &["--out", "theirs", "--fresh"]] {
        let refused = run(here.path(), more);
        assert_eq!(code(&refused), 1);
        assert!(refused.stdout.is_empty());
        let said = text(&refused.stderr);
        assert!(
            said.contains("format 2") && said.contains("expected format 1"),
            "{said}"
        );
        assert_eq!(bytes_of(&folder)["summary.json"], theirs.as_bytes());
        assert_eq!(bytes_of(&folder).len(), 1);
    }
}

#[test]
fn a_name_never_leads_out_of_the_folder_of_runs() {
    let here = with_scenario();
    let inside = here.path().join("a/b");
    fs::create_dir_all(&inside).unwrap();
    for name in ["../../x", "..", "x/y", "/x"] {
        let set = format!("scenario.name=\"{name}\"");
        let refused = output(
            &inside,
            &["run", "../../market", "--months", "18", "--set", &set],
        );
        assert_eq!(code(&refused), 1, "{name}");
        let said = text(&refused.stderr);
        assert!(
            said.contains("--set:1:") && said.contains("scenario.name"),
            "{said}"
        );
    }
    assert_eq!(fs::read_dir(&inside).unwrap().count(), 0);
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_made_is_exit_2() {
    let here = with_scenario();
    let failed = run(here.path(), &["--out", "/proc/no-such/run"]);
    assert_eq!(code(&failed), 2, "{}", text(&failed.stderr));
    assert!(failed.stdout.is_empty());
}

#[test]
fn unknown_plans_and_paths_offer_the_nearest() {
    let here = with_scenario();
    let failed = run(here.path(), &["--plan", "stay_uot"]);
    assert_eq!(code(&failed), 1);
    assert!(
        text(&failed.stderr).contains("`stay_out`"),
        "{}",
        text(&failed.stderr)
    );
    let failed = run(here.path(), &["--set", "finanze.tax_rate=0.2"]);
    assert_eq!(code(&failed), 1);
    assert!(
        text(&failed.stderr).contains("finance"),
        "{}",
        text(&failed.stderr)
    );
}

#[test]
fn targets_that_clash_are_an_input_error() {
    let here = with_scenario();
    for command in ["check", "calibrate", "run"] {
        let set = "calibration.repeat_purchase.volta=0.1";
        let failed = output(here.path(), &[command, "market", "--set", set]);
        assert_eq!(code(&failed), 1);
        let message = text(&failed.stderr);
        assert!(message.contains("targets that clash"), "{message}");
        assert!(message.contains("repeat_purchase.volta"), "{message}");
    }
    assert!(!here.path().join("runs").exists());
}

#[test]
fn calibrate_shows_wanted_and_got() {
    let here = with_scenario();
    let plain = output(here.path(), &["calibrate", "market"]);
    assert_eq!(code(&plain), 0, "{}", text(&plain.stderr));
    assert!(text(&plain.stdout).contains("share_of_sales.volta"));
    let json = output(here.path(), &["calibrate", "market", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let rows = document["calibration"].as_array().unwrap();
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| row["got"].is_number()));
    assert!(!here.path().join("runs").exists());
}

#[test]
fn the_schema_is_json() {
    let here = tempfile::tempdir().unwrap();
    let printed = output(here.path(), &["schema"]);
    let document: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(document["properties"]["scenario"].is_object());
}

#[test]
fn piped_output_has_no_colours_and_no_bar() {
    let here = with_scenario();
    let output = beachhead(here.path()).args(RUN).output().unwrap();
    for stream in [&output.stdout, &output.stderr] {
        assert!(!text(stream).contains('\u{1b}') && !text(stream).contains('\r'));
    }
    let quiet = run(here.path(), &["--quiet"]);
    assert!(quiet.stderr.is_empty(), "{}", text(&quiet.stderr));
}

#[test]
#[cfg(unix)]
fn an_interrupted_central_run_is_not_complete() {
    let here = with_scenario();
    let child = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args([
            "run",
            "market",
            "--draws",
            "1",
            "--months",
            "600",
            "--set",
            "simulation.types=1920",
        ])
        .current_dir(here.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(UNDER_WAY);
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("interrupted; nothing new is stored"));
    assert_eq!(
        text(&self::output(here.path(), &["runs", "--json"]).stdout)
            .matches("\"complete\": true")
            .count(),
        0
    );
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let here = with_scenario();
    let mut child = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(["check", "market"])
        .current_dir(here.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr).contains("panic")),
        (Some(0), false)
    );
}
