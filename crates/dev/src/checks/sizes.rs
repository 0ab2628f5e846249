//! Nothing large under version control, and files that have grown long.

use crate::findings::Findings;
use crate::tree::Tree;

/// Bytes that a tracked file may have.
const LARGEST: u64 = 2_000_000;
/// Lines above which a source file is worth a second look.
const LONG: usize = 500;

/// Large files are faults, long sources are notes.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let mut files = 0;
    for (path, file) in tree.iter() {
        files += 1;
        if file.bytes > LARGEST {
            findings.fault(
                path,
                0,
                format!("has {} bytes; at most {LARGEST} may be tracked", file.bytes),
            );
        }
    }
    for (path, text) in tree.texts(".rs") {
        let lines = text.lines().count();
        if lines > LONG {
            findings.note(
                path,
                0,
                format!("has {lines} lines; {LONG} is where files begin to be two"),
            );
        }
    }
    findings.looked_at(format!("the sizes of {files} files"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_faults_and_long_ones_notes() {
        let long = "\n".repeat(LONG + 1);
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", "\n")])
            .with_binary("c.parquet", LARGEST + 1)
            .with_binary("d.parquet", LARGEST);
        let mut findings = Findings::default();
        check(&tree, &mut findings);
        assert_eq!(findings.fault_texts().len(), 1);
        assert!(findings.fault_texts()[0].starts_with("c.parquet"));
        assert_eq!(findings.note_texts().len(), 1);
        assert!(findings.note_texts()[0].starts_with("a.rs"));
    }
}
