//! `report`, `compare --html`, `--xlsx`: the same bytes, the right numbers, clear refusals.

use super::{code, output, text};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a new scenario in `market` and a short run of it over draws.
pub(super) fn with_run(more: &[&str]) -> (TempDir, PathBuf) {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    ran(here.path(), more);
    let folder = match more.iter().position(|word| *word == "--out") {
        Some(at) => here.path().join(more[at + 1]),
        None => only_run(here.path()),
    };
    (here, folder)
}

pub(super) fn ran(here: &Path, more: &[&str]) {
    let few = ["--draws", "6"];
    let few = if more.contains(&"--draws") {
        &[][..]
    } else {
        &few
    };
    let command = ["run", "market", "--months", "18"];
    let done = output(here, &[&command[..], few, more].concat());
    assert_eq!(code(&done), 0, "{}", text(&done.stderr));
}

pub(super) fn only_run(here: &Path) -> PathBuf {
    let folders = fs::read_dir(here.join("runs")).unwrap();
    let mut folders = folders.map(|entry| entry.unwrap().path());
    let is_run = |path: &PathBuf| path.join("summary.json").is_file();
    folders.find(is_run).unwrap()
}

#[test]
fn a_stored_run_is_rendered_again() {
    let (here, folder) = with_run(&["--xlsx", "tables/run.xlsx"]);
    let page = folder.join("report.html");
    let wanted = fs::read(&page).unwrap();
    let book = fs::read(here.path().join("tables/run.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"));
    let name = folder.file_name().unwrap().to_str().unwrap();
    let hash = &name[name.rfind('-').unwrap() + 1..];
    let path = folder.to_str().unwrap();
    for named in [path, name, hash, &hash[..5]] {
        fs::write(&page, "old").unwrap();
        let done = output(here.path(), &["report", named, "--xlsx", "again.xlsx"]);
        assert_eq!(code(&done), 0, "{named}: {}", text(&done.stderr));
        assert!(text(&done.stdout).starts_with("Report: "));
        assert!(fs::read(&page).unwrap() == wanted, "{named}: other bytes");
        assert!(fs::read(here.path().join("again.xlsx")).unwrap() == book);
    }
    let done = output(
        here.path(),
        &["report", hash, "--out", "elsewhere/page.html", "--json"],
    );
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["report"], "elsewhere/page.html");
    assert!(fs::read(here.path().join("elsewhere/page.html")).unwrap() == wanted);
    let leftovers = fs::read_dir(here.path().join("elsewhere")).unwrap();
    assert_eq!(leftovers.count(), 1, "nothing partial is left");
}

#[test]
fn what_cannot_be_rendered_is_said() {
    let (here, folder) = with_run(&[]);
    let path = folder.to_str().unwrap();
    let fails = |arguments: &[&str], part: &str| {
        let done = output(here.path(), arguments);
        let said = text(&done.stderr);
        assert_eq!(code(&done), 1, "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
    };
    fails(&["report", "ffffff"], "is no complete run");
    fails(
        &["report", path, "--out", "market"],
        "expected the name of a file",
    );
    fails(
        &["report", path, "--xlsx", "market"],
        "expected the name of a file",
    );
    fails(
        &["compare", path, path, "--html", "market"],
        "expected the name of a file",
    );
    fails(&["report"], "Usage");
    let material = folder.join("report.json");
    fs::write(&material, "{").unwrap();
    fails(&["report", path], "its report.json is damaged");
    fs::remove_file(&material).unwrap();
    fails(&["report", path], "completes it without computing again");
    // As the message says: the same command writes what is missing.
    ran(here.path(), &[]);
    assert_eq!(code(&output(here.path(), &["report", path])), 0);
}

#[test]
fn a_comparison_is_a_page_and_a_workbook() {
    let (here, first) = with_run(&[]);
    ran(
        here.path(),
        &["--out", "second", "--set", "finance.discount_rate=4 %/year"],
    );
    let first = first.file_name().unwrap().to_str().unwrap();
    let command = [
        "compare",
        first,
        "second",
        "--html",
        "page.html",
        "--xlsx",
        "tables.xlsx",
    ];
    let done = output(here.path(), &command);
    assert_eq!(code(&done), 0, "{}", text(&done.stderr));
    let said = text(&done.stdout);
    assert!(
        said.contains("Report: page.html") && said.contains("Workbook: tables.xlsx"),
        "{said}"
    );
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
    let page = fs::read_to_string(here.path().join("page.html")).unwrap();
    for part in [
        "What moved",
        "Net present value moves most under",
        "finance.discount_rate",
        "One assumption differs.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        !page.contains(&*here.path().to_string_lossy()),
        "no path of a machine"
    );
    assert_eq!(code(&output(here.path(), &command)), 0);
    assert_eq!(
        page,
        fs::read_to_string(here.path().join("page.html")).unwrap()
    );
}

#[test]
fn tables_fit_whatever_plans_are_called() {
    let (here, _) = with_run(&[]);
    let long = "A plan with a title that goes on and on ".repeat(40);
    let unbroken = "x".repeat(300);
    for title in [&long, &unbroken] {
        let set = format!("plans.online_first.title={title}");
        for draws in ["1", "6"] {
            let command = [
                "run", "market", "--months", "12", "--draws", draws, "--set", &set,
            ];
            let done = output(here.path(), &command);
            assert_eq!(code(&done), 0, "{}", text(&done.stderr));
            let said = text(&done.stdout);
            for line in said.lines().filter(|line| !line.starts_with("Report: ")) {
                assert!(line.chars().count() <= 80 || !line.contains(' '), "{line}");
            }
            assert!(said.len() < 20_000, "{} bytes", said.len());
        }
    }
}
