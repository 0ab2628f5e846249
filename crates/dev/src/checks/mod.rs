//! The checks, one file each; all of them look at a tree of files and nothing else.

mod decisions;
mod labels;
mod links;
mod paths;
mod sizes;
mod words;

use crate::findings::Findings;
use crate::tree::Tree;

/// Runs every check.
pub(crate) fn run_all(tree: &Tree, findings: &mut Findings) {
    labels::check(tree, findings);
    words::check(tree, findings);
    links::check(tree, findings);
    paths::check(tree, findings);
    sizes::check(tree, findings);
    decisions::check(tree, findings);
}
