//! A folder of runs that cannot be written, asked by somebody whom its rights bind.

use super::{code, text};
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use tempfile::TempDir;

const RUN: [&str; 8] = [
    "run",
    "market",
    "--months",
    "6",
    "--set",
    "simulation.types=4",
    "--draws",
    "3",
];
/// Whom rights bind when the tests are run by root, whom they do not.
const NOBODY: u32 = 65_534;

/// A copy of the program beside a scenario, all of which others may read.
fn prepared() -> TempDir {
    let here = tempfile::tempdir().unwrap();
    let program = here.path().join("beachhead");
    fs::copy(env!("CARGO_BIN_EXE_beachhead"), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(here.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(code(&asked(here.path(), false, &["new", "market"])), 0);
    here
}

/// What the program says, if asked so as somebody who is not root.
fn asked(here: &Path, by_others: bool, arguments: &[&str]) -> Output {
    let mut command = Command::new(here.join("beachhead"));
    command.current_dir(here).args(arguments);
    if by_others && fs::metadata(here).unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    // A test beside this one may just be starting a program, which holds the file that was copied for a moment.
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
            output => return output.unwrap(),
        }
    }
}

/// Sets the rights of everything in a folder.
fn set_rights(folder: &Path, folders: u32, files: u32) {
    // Going down it must be open, so it is opened first and closed last.
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_rights(&path, folders, files);
        } else {
            fs::set_permissions(&path, Permissions::from_mode(files)).unwrap();
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(folders)).unwrap();
}

#[test]
fn a_complete_run_is_shown_from_a_store_that_cannot_be_written() {
    let here = prepared();
    let runs = here.path().join("runs");
    let first = asked(here.path(), false, &[&RUN[..], &["--json"]].concat());
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    set_rights(&runs, 0o555, 0o444);
    let again = asked(here.path(), true, &[&RUN[..], &["--json"]].concat());
    assert_eq!(code(&again), 0, "{}", text(&again.stderr));
    assert_eq!(again.stdout, first.stdout);
    assert!(text(&again.stderr).contains("stored already"));
    let refused = |more: &[&str], wanted: &str| {
        let refused = asked(here.path(), true, &[&RUN[..], more].concat());
        assert_eq!((code(&refused), refused.stdout.len()), (2, 0), "{more:?}");
        let said = text(&refused.stderr);
        assert_eq!(said.matches("error:").count(), 1, "{said}");
        for part in [
            "runs/beachhead.db cannot be written",
            "choose another folder",
            wanted,
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    };
    refused(&["--seed", "9"], "it holds 0 of 3 draws of this run");
    refused(&["--fresh"], "read-only\n");
    // Its export was damaged, and cannot be written again.
    set_rights(&runs, 0o755, 0o644);
    let folder = fs::read_dir(&runs)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let folder = folder.filter(|path| path.join("summary.json").is_file());
    fs::write(folder.last().unwrap().join("report.html"), "x").unwrap();
    set_rights(&runs, 0o555, 0o444);
    refused(&[], "it holds this run, but");
    refused(&[], "is damaged (report.html is not what was written)");
    set_rights(&runs, 0o755, 0o644);
}

#[test]
fn no_store_can_be_made_where_nothing_can_be_written() {
    let here = prepared();
    let runs = here.path().join("runs");
    fs::create_dir(&runs).unwrap();
    set_rights(&runs, 0o555, 0o444);
    let refused = asked(here.path(), true, &RUN);
    assert_eq!((code(&refused), refused.stdout.len()), (2, 0));
    let said = text(&refused.stderr);
    assert!(
        said.contains("runs/beachhead.db cannot be written"),
        "{said}"
    );
    set_rights(&runs, 0o755, 0o644);
}
