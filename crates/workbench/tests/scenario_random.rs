//! Whatever the files hold, loading gives a scenario or mistakes, never a panic.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use beachhead_workbench::scenario::{LoadOptions, load, write_new};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

const FILES: [&str; 4] = [
    "scenario.toml",
    "products.csv",
    "compatibility.csv",
    "sources.csv",
];

/// Texts that mean something somewhere.
const WORDS: [&str; 26] = [
    "\"",
    "=",
    "[",
    "]",
    "{",
    "}",
    "\n",
    ",",
    "nan",
    "-1",
    "1e400",
    "0",
    "inf",
    "true",
    "\"all\"",
    "2018-13-40",
    "\"EUR 1/unit\"",
    "\"5 %/month\"",
    "'''",
    "#",
    ";",
    "é",
    "month",
    "[[plans]]\n",
    "id = \"x\"\n",
    "distribution = \"beta\"",
];

fn put(folder: &Path, file: &str, bytes: &[u8]) {
    fs::write(folder.join(file), bytes).unwrap();
    // The outcome does not matter; that there is one does. Messages must render too.
    if let Err(mistakes) = load(folder, &LoadOptions::default()) {
        assert!(!mistakes.list.is_empty());
        assert!(mistakes.render(true).contains("mistake"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(file in 0..FILES.len(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        write_new(folder.path()).unwrap();
        put(folder.path(), FILES[file], &bytes);
    }

    #[test]
    fn damaged_files(
        file in 0..FILES.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, 0..WORDS.len()), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        write_new(folder.path()).unwrap();
        let mut bytes = fs::read(folder.path().join(FILES[file])).unwrap();
        for (at, length, word) in damage {
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, WORDS[word].bytes());
        }
        put(folder.path(), FILES[file], &bytes);
    }

    #[test]
    fn random_edits(path in "[a-z_.0-9]{0,30}", value in ".{0,30}") {
        let folder = tempfile::tempdir().unwrap();
        write_new(folder.path()).unwrap();
        for set in [format!("{path}={value}"), format!("networks.swap_north.{path}={value}"), value.clone()] {
            let options = LoadOptions { sets: vec![set], ..LoadOptions::default() };
            let _: bool = load(folder.path(), &options).is_ok();
        }
    }
}
