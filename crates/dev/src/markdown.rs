//! The little of Markdown that checks need: lines outside code, links, headings.

/// A link in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Line, from 1.
    pub(crate) line: usize,
    /// What it points to.
    pub(crate) target: String,
}

/// Lines with their numbers, fenced and indented code taken out and inline code blanked.
pub(crate) fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && !line.starts_with("    ") {
            lines.push((number + 1, without_inline_code(line)));
        }
    }
    lines
}

/// Inline links `[text](target)` of a document.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (line, prose) in prose(text) {
        let mut rest = prose.as_str();
        while let Some(start) = rest.find("](") {
            rest = &rest[start + 2..];
            let Some(end) = rest.find(')') else { break };
            found.push(Link {
                line,
                target: rest[..end].trim().to_string(),
            });
            rest = &rest[end..];
        }
    }
    found
}

/// The anchors of a document's headings, as code hosts form them.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let headings = prose_with_code(text);
    headings.iter().map(|heading| slug(heading)).collect()
}

/// Headings of a document without their marks.
fn prose_with_code(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut headings = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with('#') {
            headings.push(line.trim_start_matches('#').trim().to_string());
        }
    }
    headings
}

fn slug(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

fn without_inline_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(n, part)| if n % 2 == 0 { part } else { " " })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_code_are_not_links() {
        let text = "a [x](y.md) `[n](o)`\n```\n[n](o)\n```\n    [n](o)\n[z](#w)";
        let found = links(text);
        assert_eq!(
            found,
            [
                Link {
                    line: 1,
                    target: "y.md".into()
                },
                Link {
                    line: 6,
                    target: "#w".into()
                }
            ]
        );
    }

    #[test]
    fn anchors_follow_headings() {
        assert_eq!(
            anchors("# 1. Who buys, and `why`\n```\n# no\n```"),
            ["1-who-buys-and-why"]
        );
    }
}
