//! `estimate` from outside: documents, tables, folders, exit codes.

use super::{code, output, text};
use std::fs;
use std::path::{Path, PathBuf};

fn example(path: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(path);
    path.display().to_string()
}

#[test]
fn a_logit_as_a_table_and_as_json_with_its_folder() {
    let here = tempfile::tempdir().unwrap();
    let problem = example("cereal/logit.toml");
    let shown = output(here.path(), &["estimate", &problem]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let page = text(&shown.stdout);
    assert!(
        page.contains("prices") && page.contains("-30.047") && page.contains("1.0086"),
        "{page}"
    );
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
    let folders: Vec<PathBuf> = fs::read_dir(here.path().join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(folders.len(), 1);
    let json = output(
        here.path(),
        &[
            "estimate",
            &problem,
            "--json",
            "--out",
            "fit",
            "--threads",
            "1",
        ],
    );
    assert_eq!(
        text(&json.stdout),
        fs::read_to_string(here.path().join("fit/fit.json")).unwrap()
    );
    // The same bytes, whatever the threads and wherever they go.
    for file in ["fit.json", "rows.parquet"] {
        let [there, exact] = [folders[0].join(file), here.path().join("fit").join(file)];
        assert_eq!(fs::read(there).unwrap(), fs::read(exact).unwrap(), "{file}");
    }
    let tables = output(
        here.path(),
        &["estimate", &problem, "--post=2", "--out", "post"],
    );
    assert_eq!(code(&tables), 0, "{}", text(&tables.stderr));
    for file in [
        "post_products.parquet",
        "post_pairs.parquet",
        "post_markets.parquet",
    ] {
        assert!(here.path().join("post").join(file).is_file(), "{file}");
    }
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["format"], 1);
    assert_eq!(document["status"], "converged");
    assert_eq!(document["parameters"][0]["name"], "prices");
    let counterfactual = output(here.path(), &["counterfactual", "fit"]);
    assert_eq!(code(&counterfactual), 0, "{}", text(&counterfactual.stderr));
    fs::write(
        here.path().join("edits.toml"),
        "[[edit]]\nmerge = [\"1\", \"2\"]\n",
    )
    .unwrap();
    let all = output(
        here.path(),
        &["counterfactual", "fit/fit.json", "edits.toml"],
    );
    let page = text(&all.stdout);
    assert!(
        page.contains("94 of 94 markets"),
        "{page}{}",
        text(&all.stderr)
    );
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
    let one = output(
        here.path(),
        &["counterfactual", "fit", "edits.toml", "--market", "C01Q1"],
    );
    assert!(
        text(&one.stdout).contains("Market C01Q1"),
        "{}",
        text(&one.stdout)
    );
}

#[test]
fn mistakes_end_with_one_and_leave_nothing() {
    let here = tempfile::tempdir().unwrap();
    let problem = example("cereal/logit.toml");
    let starts = output(here.path(), &["estimate", &problem, "--starts", "0"]);
    assert_eq!(code(&starts), 1);
    assert!(text(&starts.stderr).contains("--starts 0: starting points must be 1 or more"));
    let draws = output(here.path(), &["estimate", &problem, "--post=1"]);
    assert_eq!(code(&draws), 1);
    assert!(text(&draws.stderr).contains("draws for standard errors must be 2 or more"));
    let none = output(here.path(), &["estimate", "nowhere"]);
    assert_eq!(code(&none), 1);
    assert!(
        text(&none.stderr).contains("a folder with problem.toml"),
        "{}",
        text(&none.stderr)
    );
    fs::create_dir(here.path().join("thesis")).unwrap();
    fs::write(here.path().join("thesis/text"), "mine").unwrap();
    let taken = output(here.path(), &["estimate", &problem, "--out", "thesis"]);
    assert_eq!(code(&taken), 1);
    assert!(
        text(&taken.stderr).contains("choose another --out"),
        "{}",
        text(&taken.stderr)
    );
    assert!(!here.path().join("runs").exists());
}
