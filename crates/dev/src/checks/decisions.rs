//! Decisions are numbered without gaps and have their three headings.

use crate::findings::Findings;
use crate::tree::Tree;

const FOLDER: &str = "docs/decisions/";
const HEADINGS: [&str; 3] = ["## Context", "## Decision", "## Consequences"];

/// Names, numbers, titles and headings.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let mut expected = 1;
    for (path, text) in tree
        .texts(".md")
        .filter(|(path, _)| path.starts_with(FOLDER))
    {
        let name = &path[FOLDER.len()..];
        let Some(number) = number(name) else {
            findings.fault(path, 0, "is not named NNNN-title.md");
            continue;
        };
        if number != expected {
            findings.fault(
                path,
                0,
                format!("has number {number}; the next free one is {expected}"),
            );
        }
        expected = number + 1;
        let title = format!("# {number:04} ");
        if !text.starts_with(&title) {
            findings.fault(
                path,
                1,
                format!("should begin with “{title}” and its title"),
            );
        }
        let headings: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("## "))
            .map(str::trim_end)
            .collect();
        if headings != HEADINGS {
            findings.fault(
                path,
                0,
                format!("should have the headings {HEADINGS:?}, has {headings:?}"),
            );
        }
    }
    findings.looked_at(format!("{} decisions", expected - 1));
}

fn number(name: &str) -> Option<usize> {
    let (digits, title) = name.strip_suffix(".md")?.split_once('-')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if digits.len() != 4 || title.is_empty() || !title.chars().all(plain) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# 0001 A\n## Context\nx\n## Decision\ny\n## Consequences\nz\n";

    fn faults(files: &[(&str, &str)]) -> usize {
        let mut findings = Findings::default();
        check(&Tree::of(files), &mut findings);
        findings.fault_texts().len()
    }

    #[test]
    fn a_good_one_is_silent() {
        assert_eq!(faults(&[("docs/decisions/0001-a.md", GOOD)]), 0);
    }

    #[test]
    fn missing_headings_gaps_and_names_are_found() {
        assert_eq!(
            faults(&[("docs/decisions/0001-a.md", "# 0001 A\n## Context\n")]),
            1
        );
        assert_eq!(
            faults(&[("docs/decisions/0002-a.md", &GOOD.replace("0001", "0002"))]),
            1
        );
        assert_eq!(
            faults(&[("docs/decisions/0001-a.md", &GOOD.replace("0001", "0003"))]),
            1
        );
        assert_eq!(faults(&[("docs/decisions/notes.md", GOOD)]), 1);
        let twice = [
            ("docs/decisions/0001-a.md", GOOD),
            ("docs/decisions/0001-b.md", GOOD),
        ];
        assert_eq!(faults(&twice), 1);
    }
}
