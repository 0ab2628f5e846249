//! Every statement that the bundled case must contain is there: switched off, it moves what the case's README says.

use beachhead_dev::rows::{self, Switches};
use std::path::Path;

/// Statements of the case.
const ROWS: usize = 28;

/// By less than this nothing is said to move.
const LEAST: f64 = 0.001;

#[test]
fn every_row_switched_off_moves_an_outcome_and_the_readme_says_so() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let switches = Switches::read(&root).unwrap();
    let numbers: Vec<usize> = switches.row.iter().map(|row| row.number).collect();
    assert_eq!(
        numbers,
        (1..=ROWS).collect::<Vec<_>>(),
        "all rows, in order"
    );
    for row in &switches.row {
        assert!(row.at_least >= LEAST, "row {} asks for nothing", row.number);
        assert!(!row.set.is_empty() && !row.lines.is_empty());
    }
    let moved = rows::measure(&root, &switches).unwrap();
    let still: Vec<String> = moved
        .iter()
        .filter(|moved| !moved.is_enough() || !(moved.is_told() || moved.row.untold))
        .map(|moved| format!("row {}: {}", moved.row.number, moved.told()))
        .collect();
    assert!(still.is_empty(), "{}", still.join("\n"));
    let page = std::fs::read_to_string(root.join(rows::README)).unwrap();
    let written = rows::written(&page).unwrap();
    let found = rows::block(&switches, &moved);
    assert!(
        written == found,
        "the table in {} is not what is measured; run `cargo run --release -p beachhead-dev -- rows`:\n{found}",
        rows::README
    );
}
