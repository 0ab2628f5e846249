//! The statements that the bundled case must contain: each is switched off, and something in the report must move.

mod file;
mod measure;
mod table;

pub use file::{Row, Switches};
pub use measure::{Moved, measure};
pub use table::{README, block, replaced, written};

use std::path::Path;

/// The case.
pub const CASE: &str = "examples/xiaomi-us";

/// Measures every row and writes the table into the case's README.
///
/// # Errors
/// A file that cannot be read or written, a switch that the scenario refuses, a calibration that fails.
pub fn write(root: &Path) -> Result<(), String> {
    let switches = Switches::read(root)?;
    let moved = measure(root, &switches)?;
    let path = root.join(README);
    let page =
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read {README}: {error}"))?;
    let block = block(&switches, &moved);
    let page = replaced(&page, &block)?;
    std::fs::write(&path, page).map_err(|error| format!("cannot write {README}: {error}"))?;
    println!("{block}");
    let is_still = |moved: &&Moved| !moved.is_enough() || !(moved.is_told() || moved.row.untold);
    for moved in moved.iter().filter(is_still) {
        eprintln!("row {}: {}", moved.row.number, moved.told());
    }
    Ok(())
}
