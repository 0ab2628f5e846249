//! `report`, `compare --html`, `--xlsx`: the same bytes, the right numbers, clear refusals.

use super::{code, output, text};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Half a step of the last digit that is shown, and a little for rounding in binary.
const HALF_A_DIGIT: f64 = 0.5 + 1e-6;

/// A folder with a new scenario in `market` and a short run of it over draws.
fn with_run(more: &[&str]) -> (TempDir, PathBuf) {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    ran(here.path(), more);
    let folder = only_run(here.path());
    (here, folder)
}

fn ran(here: &Path, more: &[&str]) {
    let command = ["run", "market", "--months", "18", "--draws", "6"];
    let done = output(here, &[&command[..], more].concat());
    assert_eq!(code(&done), 0, "{}", text(&done.stderr));
}

fn only_run(here: &Path) -> PathBuf {
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

/// The text of a part of a page, without markup.
fn prose(page: &str, from: &str, to: &str) -> String {
    let (_, part) = page.split_once(from).unwrap();
    let (part, _) = part.split_once(to).unwrap();
    let mut text = String::new();
    for piece in part.split('<') {
        let piece = piece.split_once('>').map_or(piece, |(_, text)| text);
        text.push_str(piece);
        text.push(' ');
    }
    text.replace('\u{a0}', " ").replace('\u{2212}', "-")
}

/// Numbers in a sentence in their order, each with half a step of its last digit.
fn numbers(text: &str) -> Vec<(f64, f64)> {
    let mut words = text.split_whitespace().peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let digits = word.trim_matches(|c: char| !c.is_ascii_digit() && c != '-');
        let Ok(value) = digits.parse::<f64>() else {
            continue;
        };
        let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
        let last = if word.ends_with(|c: char| c.is_ascii_digit()) {
            words
                .peek()
                .map_or("", |next| next.trim_end_matches([',', '.', ';', ')', ':']))
        } else {
            ""
        };
        let by = match last {
            "k" => 1e3,
            "m" => 1e6,
            "bn" => 1e9,
            "tn" => 1e12,
            "%" => 0.01,
            _ => 1.0,
        };
        found.push((
            value * by,
            HALF_A_DIGIT * by * 10_f64.powi(-(places as i32)),
        ));
    }
    found
}

#[test]
fn every_number_of_the_opening_is_in_the_summary() {
    let (_here, folder) = with_run(&[]);
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    let summary = fs::read(folder.join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    let opening = prose(&page, "<section id=\"answer\"", "<dl class=\"facts\">");
    let plans = summary["plans"].as_array().unwrap();
    let of = |plan: &Value, id: &str, part: &str| plan["outcomes"][id][part].as_f64();
    let npv = |plan: &&Value| of(plan, "npv", "mean").unwrap();
    let by_worth = |a: &&Value, b: &&Value| npv(a).total_cmp(&npv(b));
    let best = plans.iter().max_by(by_worth).unwrap();
    let enters = |plan: &&Value| of(plan, "units", "mean").unwrap() > 0.0;
    let told = plans.iter().filter(enters).max_by(by_worth).unwrap();
    assert!(
        opening.contains(best["title"].as_str().unwrap()),
        "{opening}"
    );
    let story = opening
        .find(&format!(
            "Under \u{201c}{}\u{201d}",
            told["title"].as_str().unwrap()
        ))
        .unwrap();
    // What the story says, in its order.
    let units = |part: &str| of(told, "units", part);
    let mut wanted = vec![
        units("mean"),
        summary["months"].as_f64(),
        units("p05"),
        units("p95"),
        Some(0.9),
    ];
    wanted.extend(
        ["share_of_sales_final_year", "installed_base", "awareness"].map(|id| of(told, id, "mean")),
    );
    let earlier =
        of(told, "volume_from_earlier_replacement", "mean").unwrap() / units("mean").unwrap();
    if earlier > 0.3 {
        wanted.push(Some(earlier));
    }
    let worth = |part: &str| of(told, "npv", part);
    wanted.extend([
        worth("mean").map(f64::abs),
        worth("p05"),
        worth("p95"),
        Some(0.9),
    ]);
    wanted.extend([
        of(told, "p_loss", "mean"),
        of(told, "peak_funding", "mean"),
        of(told, "p_payback", "mean"),
    ]);
    let median = of(told, "payback_month", "median");
    wanted.extend(median.map(Some));
    let found = numbers(&opening[story..]);
    assert_eq!(found.len(), wanted.len(), "{found:?} {wanted:?} {opening}");
    for ((value, step), wanted) in found.iter().zip(&wanted) {
        let wanted = wanted.unwrap();
        assert!(
            (value - wanted).abs() <= *step,
            "{value} for {wanted}: {opening}"
        );
    }
    // What the choice says: each number is one of these.
    let differences = summary["differences"].as_array().unwrap();
    let of_npv = differences.iter().filter(|row| row["outcome"] == "npv");
    let ends = of_npv.flat_map(|row| ["low", "high"].map(|end| row[end].as_f64().unwrap()));
    let mut known: Vec<f64> = ends.flat_map(|end| [end, -end]).collect();
    known.extend(plans.iter().map(|plan| npv(&plan)));
    known.extend([plans.len() as f64, summary["draws"].as_f64().unwrap()]);
    let choice = &opening[..story];
    for (value, step) in numbers(choice) {
        let is_known = known.iter().any(|known| (known - value).abs() <= step);
        assert!(is_known, "{value}: {choice}");
    }
    assert!(!numbers(choice).is_empty());
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
