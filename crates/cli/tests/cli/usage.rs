//! Help, mistakes in what was typed, and the commands that compute nothing.

use super::{beachhead, code, output, text};
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

#[test]
fn help_and_version_are_results() {
    let here = tempfile::tempdir().unwrap();
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["runs", "--help"],
        &["help"],
    ] {
        let output = output(here.path(), arguments);
        assert_eq!(code(&output), 0, "{arguments:?}");
        assert!(
            !output.stdout.is_empty() && output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
    let help = text(&output(here.path(), &["--help"]).stdout);
    for later in ["search", "serve", "backtest"] {
        assert!(
            !help.contains(&format!("  {later}")),
            "{later} is not built yet"
        );
    }
}

#[test]
fn flags_that_a_command_does_not_use_are_said() {
    let here = tempfile::tempdir().unwrap();
    let arguments = ["runs", "--set", "a=1", "--fresh", "--json"];
    let said = output(here.path(), &arguments);
    assert_eq!(code(&said), 0);
    assert_eq!(text(&said.stdout).trim(), "[]");
    let note = text(&said.stderr);
    assert!(note.contains("no use of --set, --fresh"), "{note}");
    let quiet = [&arguments[..], &["--quiet"]].concat();
    assert!(output(here.path(), &quiet).stderr.is_empty());
}

#[test]
fn wrong_usage_is_exit_1_and_on_stderr() {
    let here = tempfile::tempdir().unwrap();
    for arguments in [
        &[][..],
        &["launch"],
        &["runs", "--no-such-flag"],
        &["runs", "--seed", "many"],
        &["new"],
        &["completions", "cmd.exe"],
        &["runs", "--draws", "0"],
        &["compare", "one"],
        &["runs", "--months", "0"],
        &["runs", "--threads", "0"],
        &["runs", "--months", "-3"],
    ] {
        let output = output(here.path(), arguments);
        assert_eq!(code(&output), 1, "{arguments:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
    let message = text(&output(here.path(), &["rnus"]).stderr);
    assert!(message.contains("runs"), "the nearest command: {message}");
}

#[test]
fn new_makes_a_scenario_once() {
    let here = tempfile::tempdir().unwrap();
    let first = output(here.path(), &["new", "market"]);
    assert_eq!(code(&first), 0, "{}", text(&first.stderr));
    assert!(text(&first.stdout).contains("beachhead run market"));
    assert!(here.path().join("market/scenario.toml").is_file());
    let again = output(here.path(), &["new", "market"]);
    assert_eq!(code(&again), 1);
    assert!(text(&again.stderr).contains("is not empty"));
    let json = output(here.path(), &["new", "other", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["folder"], "other");
    fs::write(here.path().join("file"), "x").unwrap();
    assert_eq!(code(&output(here.path(), &["new", "file"])), 1);
    assert_eq!(code(&output(here.path(), &["new", "file/below"])), 1);
    if cfg!(target_os = "linux") {
        assert_eq!(
            code(&output(here.path(), &["new", "/proc/no-such/market"])),
            2
        );
    }
}

#[test]
fn no_runs_yet() {
    let here = tempfile::tempdir().unwrap();
    let plain = output(here.path(), &["runs"]);
    assert_eq!((code(&plain), plain.stdout.len()), (0, 0));
    assert!(text(&plain.stderr).contains("no runs"));
    let quiet = output(here.path(), &["runs", "--quiet"]);
    assert_eq!(
        (code(&quiet), quiet.stdout.len(), quiet.stderr.len()),
        (0, 0, 0)
    );
    let json = output(here.path(), &["runs", "--json"]);
    assert_eq!(text(&json.stdout), "[]\n");
}

#[test]
fn completions_for_every_shell() {
    let here = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = output(here.path(), &["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(text(&output.stdout).contains("beachhead"), "{shell}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let here = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(["completions", "zsh"])
        .current_dir(here.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before the program can have written anything of note.
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(stderr, "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_exit_2() {
    let here = tempfile::tempdir().unwrap();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(["completions", "bash"])
        .current_dir(here.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("cannot write to standard output"));
}

#[test]
fn colours_only_where_wanted() {
    let here = tempfile::tempdir().unwrap();
    let output = beachhead(here.path())
        .env("NO_COLOR", "1")
        .arg("launch")
        .output()
        .unwrap();
    assert!(!text(&output.stderr).contains('\u{1b}'));
}

#[test]
fn results_have_colours_where_they_are_forced_and_the_same_text_without() {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    let run = ["run", "market", "--months", "12", "--draws", "1"];
    let with = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = beachhead(here.path());
        command.envs(environment.iter().copied()).args(arguments);
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let plain = with(&[], &run);
    assert!(!plain.contains('\u{1b}'));
    let forced = with(&[("CLICOLOR_FORCE", "1")], &run);
    assert!(forced.contains("\u{1b}[1m") && forced != plain);
    let mut stripped = String::new();
    for (at, part) in forced.split("\u{1b}[").enumerate() {
        let text = if at == 0 {
            part
        } else {
            part.split_once('m').unwrap().1
        };
        stripped += text;
    }
    assert_eq!(stripped, plain);
    assert!(
        plain
            .lines()
            .all(|line| line.chars().count() <= 80 || line.starts_with("Report:"))
    );
    for environment in [
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")][..],
        &[("TERM", "dumb")],
        &[("TERM", "xterm-256color")],
        &[("CLICOLOR", "1")],
    ] {
        assert_eq!(with(environment, &run), plain, "{environment:?}");
    }
    let json = with(
        &[("CLICOLOR_FORCE", "1")],
        &[&run[..], &["--json"]].concat(),
    );
    assert!(!json.contains('\u{1b}'));
}

#[test]
fn numbers_below_the_least_are_named() {
    let here = tempfile::tempdir().unwrap();
    for (flag, value, wanted) in [
        ("--months", "-3", "--months -3: months must be 1 or more"),
        ("--months", "0", "--months 0: months must be 1 or more"),
        ("--months", "9999999", "at most 600"),
        ("--threads", "-1", "--threads -1: threads must be 1 or more"),
        ("--seed", "-7", "--seed -7: the seed must be 0 or more"),
        ("--draws", "-2", "--draws -2: draws must be 1 or more"),
        ("--draws", "2000000", "at most 1000000"),
    ] {
        let output = output(here.path(), &["runs", flag, value]);
        assert_eq!(code(&output), 1, "{flag} {value}");
        let said = text(&output.stderr);
        assert!(said.contains(wanted), "{said}");
        assert!(!said.contains("unexpected argument"), "{said}");
    }
}
