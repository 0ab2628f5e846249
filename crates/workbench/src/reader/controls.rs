//! Control characters, which no text may carry: a terminal or a spreadsheet would obey them.

use crate::diagnostic::Diagnostic;
use crate::document::{Files, Node, Place, Value};

/// Reports control characters other than line breaks and tabs and takes them out, so that reading goes on
/// and one mistake stays one.
pub(crate) fn without_controls(node: &mut Node, files: &Files, mistakes: &mut Vec<Diagnostic>) {
    match &mut node.value {
        Value::Text(text) => clean(text, node.place, files, mistakes),
        Value::List(list) => {
            for item in list {
                without_controls(item, files, mistakes);
            }
        }
        Value::Table(table) => {
            for entry in &mut table.entries {
                clean(&mut entry.key, entry.place, files, mistakes);
                without_controls(&mut entry.node, files, mistakes);
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date(_) => {}
    }
}

/// A carriage return is part of a line break where one follows.
fn first_control(text: &str) -> Option<char> {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_break = letter == '\r' && letters.peek() == Some(&'\n');
        if letter.is_control() && !matches!(letter, '\n' | '\t') && !is_break {
            return Some(letter);
        }
    }
    None
}

fn clean(text: &mut String, place: Place, files: &Files, mistakes: &mut Vec<Diagnostic>) {
    let Some(control) = first_control(text) else {
        return;
    };
    let found = format!(
        "the control character U+{:04X} in a text",
        u32::from(control)
    );
    mistakes.push(
        files
            .error(place, found)
            .expected("a text without control characters; line breaks and tabs are allowed")
            .help("take it out"),
    );
    text.retain(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'));
}
