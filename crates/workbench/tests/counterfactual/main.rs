//! Counterfactuals from files: what each edit does, and one clear error for each mistake, all at once.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

mod edits;
mod mistakes;
mod scenario;

use beachhead_workbench::counterfactual::{Document, StateEntry, compute, read};
use beachhead_workbench::diagnostic::Diagnostics;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The table that tests change.
pub(crate) const TABLE: &str = "product,firm,price,share,margin,nest\n\
    a1,alpha,2.0,0.15,0.40,x\n\
    a2,alpha,2.5,0.10,,y\n\
    b1,beta,2.2,0.20,0.38,x\n\
    c1,gamma,1.8,0.25,0.41,y\n";

/// A folder with a table and a file of edits.
pub(crate) struct Files {
    folder: TempDir,
}

impl Files {
    pub(crate) fn new(table: &str, edits: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("table.csv"), table).unwrap();
        fs::write(folder.path().join("edits.toml"), edits).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn document(&self) -> Document {
        let study = read(&self.path("table.csv"), Some(&self.path("edits.toml")));
        match study {
            Ok(study) => compute(&study).unwrap(),
            Err(mistakes) => panic!("{mistakes}"),
        }
    }

    pub(crate) fn mistakes(&self) -> Diagnostics {
        match read(&self.path("table.csv"), Some(&self.path("edits.toml"))) {
            Ok(_) => panic!("read without a mistake"),
            Err(mistakes) => mistakes,
        }
    }
}

pub(crate) fn document(edits: &str) -> Document {
    Files::new(TABLE, edits).document()
}

/// Price of a product in a state.
pub(crate) fn price(state: &StateEntry, product: &str) -> f64 {
    let entry = state.products.iter().find(|entry| entry.product == product);
    entry.unwrap().price
}

pub(crate) fn last(document: &Document) -> &StateEntry {
    document.steps.last().unwrap()
}
