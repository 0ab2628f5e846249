//! Links between documents must lead somewhere.

use crate::findings::Findings;
use crate::markdown::{anchors, links};
use crate::tree::Tree;

/// Every relative link of every document, to files and to headings.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let mut count = 0;
    for (path, text) in tree.texts(".md") {
        for link in links(text) {
            if link.target.contains("://") || link.target.starts_with("mailto:") {
                continue;
            }
            count += 1;
            if let Err(problem) = follow(tree, path, &link.target) {
                findings.fault(path, link.line, problem);
            }
        }
    }
    findings.looked_at(format!("{count} links between documents"));
}

fn follow(tree: &Tree, from: &str, target: &str) -> Result<(), String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() {
        from.to_string()
    } else {
        resolve(from, file)?
    };
    if !tree.holds(&file) {
        return Err(format!(
            "the link “{target}” leads to {file}, which is not there"
        ));
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let headings = tree.text(&file).map(anchors).unwrap_or_default();
    if headings.iter().any(|heading| heading == anchor) {
        return Ok(());
    }
    Err(format!(
        "the link “{target}” asks for the heading #{anchor}, which {file} does not have"
    ))
}

/// A path relative to the root, from one relative to a document.
fn resolve(from: &str, file: &str) -> Result<String, String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Err(format!("the link “{file}” leaves the repository"));
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let files = [
            ("docs/a.md", text),
            ("docs/b.md", "# One two\n"),
            ("README.md", ""),
        ];
        let mut findings = Findings::default();
        check(&Tree::of(&files), &mut findings);
        findings.fault_texts()
    }

    #[test]
    fn links_that_resolve_are_silent() {
        let text = "# Here\n[a](b.md) [b](b.md#one-two) [c](../README.md) [d](../docs/) [e](#here) [f](https://x.y/z)";
        assert_eq!(faults(text), Vec::<String>::new());
    }

    #[test]
    fn links_that_do_not_resolve_are_found() {
        for text in [
            "[a](c.md)",
            "[a](b.md#three)",
            "[a](../../x.md)",
            "[a](#nowhere)",
        ] {
            assert_eq!(faults(text).len(), 1, "{text}");
        }
    }
}
