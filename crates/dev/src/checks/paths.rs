//! No path of one machine in a tracked file.

use crate::findings::Findings;
use crate::tree::Tree;

/// First folders of absolute paths that exist on somebody's machine only.
const FOLDERS: [&str; 5] = ["work", "root", "tmp", "home", "Users"];
/// A folder beside somebody's checkout, spelled in two parts so that this file is no case of it.
const BESIDE: &str = concat!("..", "/shared");
/// Its lists and tests spell such paths.
const OWN: &str = "crates/dev/src/checks/paths.rs";

/// Looks at every text; tests may use temporary folders.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let mut files = 0;
    for (path, file) in tree.iter().filter(|(path, _)| *path != OWN) {
        let Some(text) = file.text.as_deref() else {
            continue;
        };
        files += 1;
        let mut in_tests = path.contains("/tests/");
        for (number, line) in text.lines().enumerate() {
            in_tests |= line.trim() == "#[cfg(test)]";
            if line.contains(BESIDE) {
                findings.fault(
                    path,
                    number + 1,
                    "names a folder outside the repository; copy what is needed, with its source",
                );
            }
            if !in_tests && let Some(folder) = machine_folder(line) {
                findings.fault(path, number + 1, format!("/{folder} is a path of one machine; make it relative or let the caller give it"));
            }
        }
    }
    findings.looked_at(format!("the paths in {files} texts"));
}

/// The first folder of an absolute machine path in a line.
fn machine_folder(line: &str) -> Option<&'static str> {
    FOLDERS.into_iter().find(|folder| {
        let pattern = format!("/{folder}");
        line.match_indices(&pattern).any(|(start, _)| {
            // A slash after a word, a dot or another slash continues a relative path or an address.
            let before = line[..start].chars().next_back();
            let after = line[start + pattern.len()..].chars().next();
            let begins = before.is_none_or(|c| !c.is_alphanumeric() && !"_.-/)}~*$".contains(c));
            let ends = after.is_none_or(|c| !c.is_alphanumeric() && !"_-".contains(c));
            begins && ends
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        let mut findings = Findings::default();
        check(&Tree::of(&[(path, text)]), &mut findings);
        findings.fault_texts().len()
    }

    #[test]
    fn machine_paths_are_found() {
        for text in [
            concat!("\"/wo", "rk/main\""),
            "cd /root",
            "x = '/tmp/a'",
            "/home/me",
            concat!("see ../", "shared/facts"),
        ] {
            assert_eq!(faults("docs/a.md", text), 1, "{text}");
        }
    }

    #[test]
    fn relative_paths_addresses_and_tests_are_free() {
        for text in [
            "crates/workbench",
            concat!("https://x.org/wo", "rk/a"),
            "a/tmp/b",
            "square /rooted",
            "$X/tmp",
        ] {
            assert_eq!(faults("docs/a.md", text), 0, "{text}");
        }
        assert_eq!(faults("crates/cli/tests/a.rs", "\"/tmp/x\""), 0);
        assert_eq!(faults("crates/cli/src/a.rs", "#[cfg(test)]\n\"/tmp/x\""), 0);
        assert_eq!(faults("crates/cli/src/a.rs", "\"/tmp/x\"\n#[cfg(test)]"), 1);
    }
}
