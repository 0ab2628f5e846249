//! Problems of estimation: formulas as the reference designs them, the arrays of the examples, one clear error for each mistake.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

mod after;
mod arrays;
mod built;
mod changed;
mod checked;
mod formulas;
mod hypotheses;
mod mistakes;
mod oracle;
mod shares;
mod starts;
mod surveys;

use beachhead_workbench::diagnostic::{Diagnostic, Diagnostics};
use beachhead_workbench::estimate::{Loaded, read};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder of `examples`.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

pub(crate) const PROBLEM: &str = "problem.toml";
pub(crate) const PRODUCTS: &str = "products.csv";
pub(crate) const AGENTS: &str = "agents.csv";

const PROBLEM_TEXT: &str = r#"format = 1
name = "small"

[products]
table = "products.csv"

[agents]
table = "agents.csv"

[formulas]
linear = "1 + prices + sugar"
nonlinear = "1 + sugar"
demographics = "0 + income"

[sigma]
1 = 0.5
sugar = 0.2

[pi]
"sugar x income" = 0.1
"#;

const PRODUCTS_TEXT: &str = "\
market_ids,product_ids,firm_ids,shares,prices,sugar,demand_instruments0,demand_instruments1,demand_instruments2,demand_instruments3,demand_instruments4
east,a,1,0.2,1.5,2,0.1,0.9,3.5,1,0.3
east,b,1,0.1,1.2,5,0.4,0.8,2.5,2,0.6
east,c,2,0.3,1.1,4,0.2,0.7,2.0,5,0.2
west,a,1,0.25,1.4,2,0.7,0.1,1.5,3,0.5
west,b,2,0.15,1.3,6,0.8,0.4,0.5,7,0.9
west,c,2,0.05,1.9,4,0.3,0.2,0.7,1,0.4
";

const AGENTS_TEXT: &str = "\
market_ids,weights,nodes0,nodes1,income
east,0.5,0.1,-0.3,10
east,0.5,-0.1,0.3,12
west,0.5,0.2,-0.2,9
west,0.5,-0.2,0.2,15
";

/// A small problem with texts replaced: file, from, to.
pub(crate) fn changed(edits: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (PROBLEM, PROBLEM_TEXT),
        (PRODUCTS, PRODUCTS_TEXT),
        (AGENTS, AGENTS_TEXT),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    folder
}

pub(crate) fn loaded(edits: &[(&str, &str, &str)]) -> Loaded {
    read(changed(edits).path()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

pub(crate) fn all(edits: &[(&str, &str, &str)]) -> Diagnostics {
    match read(changed(edits).path()) {
        Ok(_) => panic!("read without a mistake"),
        Err(mistakes) => mistakes,
    }
}

/// Exactly one mistake, at a place, with all the words.
pub(crate) fn one(edits: &[(&str, &str, &str)], location: &str, words: &[&str]) {
    let found = all(edits);
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], location, words);
}

pub(crate) fn check(mistake: &Diagnostic, location: &str, words: &[&str]) {
    let text = mistake.render(false);
    assert_eq!(mistake.location(), location, "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
    assert!(
        !mistake.expected.is_empty(),
        "says not what was expected:\n{text}"
    );
}
