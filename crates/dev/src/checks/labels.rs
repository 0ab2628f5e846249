//! Equation labels: code and the page of the model must name the same ones.

use crate::findings::Findings;
use crate::tree::Tree;
use std::collections::BTreeMap;

/// Where equations are defined: a label at the end of an indented line defines it.
const MODEL: &str = "docs/model.md";
/// This crate writes made-up labels in its tests.
const OWN: &str = "crates/dev/";
const OPENING: &str = "[eq:";

/// Both sides: labels cited but not defined, and labels defined but not cited in code.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let Some(model) = tree.text(MODEL) else {
        findings.fault(MODEL, 0, "is missing; equations are defined there");
        return;
    };
    let defined = definitions(model, findings);
    let mut cited_in_code: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in tree
        .iter()
        .filter_map(|(path, file)| Some((path, file.text.as_deref()?)))
    {
        if path.starts_with(OWN) {
            continue;
        }
        let is_code = path.starts_with("crates/") && path.ends_with(".rs");
        for (line_number, line) in text.lines().enumerate() {
            for label in labels(line) {
                if !defined.contains_key(label) {
                    findings.fault(
                        path,
                        line_number + 1,
                        format!("[eq:{label}] is not defined in {MODEL}"),
                    );
                }
                if is_code {
                    *cited_in_code.entry(label.to_string()).or_default() += 1;
                }
            }
            if is_code && is_bare_in_doc_comment(line) {
                findings.fault(path, line_number + 1, "in a doc comment a label needs backticks, `[eq:…]`: rustdoc takes bare brackets for a link");
            }
        }
    }
    for (label, line) in &defined {
        if !cited_in_code.contains_key(label) {
            findings.fault(
                MODEL,
                *line,
                format!("[eq:{label}] is cited nowhere in code"),
            );
        }
    }
    findings.looked_at(format!(
        "{} equations, {} of them cited in code",
        defined.len(),
        defined
            .keys()
            .filter(|label| cited_in_code.contains_key(*label))
            .count()
    ));
}

/// Defined labels with their lines.
fn definitions(model: &str, findings: &mut Findings) -> BTreeMap<String, usize> {
    let mut defined = BTreeMap::new();
    for (number, line) in model.lines().enumerate() {
        let closes = line.trim_end().ends_with(']');
        if let Some(label) = labels(line)
            .last()
            .filter(|_| closes && line.starts_with("    "))
            && let Some(first) = defined.insert(label.to_string(), number + 1)
        {
            findings.fault(
                MODEL,
                number + 1,
                format!("[eq:{label}] is defined in line {first} already"),
            );
        }
    }
    defined
}

/// Labels in a line, without their brackets.
fn labels(line: &str) -> Vec<&str> {
    line.split(OPENING)
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .map(|(label, _)| label)
        .filter(|label| {
            !label.is_empty()
                && label
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect()
}

fn is_bare_in_doc_comment(line: &str) -> bool {
    let line = line.trim_start();
    let is_doc = line.starts_with("///") || line.starts_with("//!");
    // Odd parts between backticks are code.
    is_doc
        && line
            .split('`')
            .step_by(2)
            .any(|part| !labels(part).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "text [eq:keep]\n\n    V = x   [eq:utility]\n    V0 = y   [eq:keep]\n";

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let mut findings = Findings::default();
        check(&Tree::of(files), &mut findings);
        findings.fault_texts()
    }

    #[test]
    fn both_sides_in_step_is_silent() {
        let code = "//! `[eq:utility]`\n// [eq:keep]\n";
        assert!(faults(&[(MODEL, PAGE), ("crates/engine/src/a.rs", code)]).is_empty());
    }

    #[test]
    fn a_label_that_the_page_lacks_is_found() {
        let found = faults(&[
            (MODEL, PAGE),
            ("crates/a.rs", "// [eq:utility] [eq:keep]\n// [eq:kep]"),
        ]);
        assert_eq!(
            found,
            [format!("crates/a.rs:2: [eq:kep] is not defined in {MODEL}")]
        );
    }

    #[test]
    fn a_label_that_code_lacks_is_found() {
        // A test of this crate and another document are not code that computes.
        let found = faults(&[
            (MODEL, PAGE),
            ("crates/a.rs", "// [eq:utility]"),
            ("crates/dev/src/b.rs", "// [eq:keep]"),
            ("docs/notation.md", "[eq:keep]"),
        ]);
        assert_eq!(
            found,
            [format!("{MODEL}:4: [eq:keep] is cited nowhere in code")]
        );
    }

    #[test]
    fn a_second_definition_is_found() {
        let page = format!("{PAGE}    V = z   [eq:utility]\n");
        let found = faults(&[(MODEL, &page), ("crates/a.rs", "// [eq:utility] [eq:keep]")]);
        assert_eq!(
            found,
            [format!(
                "{MODEL}:5: [eq:utility] is defined in line 3 already"
            )]
        );
    }

    #[test]
    fn a_bare_label_in_a_doc_comment_is_found() {
        let found = faults(&[
            (MODEL, PAGE),
            ("crates/a.rs", "/// `[eq:utility]` and [eq:keep]."),
        ]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("crates/a.rs:1: in a doc comment"),
            "{found:?}"
        );
    }

    #[test]
    fn a_missing_page_is_found() {
        assert_eq!(faults(&[]).len(), 1);
    }
}
