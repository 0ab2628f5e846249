//! Colour on a terminal, sparing: heads bold, rules and ranges dim, losses red. Off for `NO_COLOR`, pipes and dumb terminals.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

const HEAD: Style = Style::new().bold();
const SOFT: Style = Style::new().dimmed();
const LOSS: Style = AnsiColor::Red.on_default();

/// What begins a line that a reader looks for.
const LEADS: [&str; 3] = [
    "What decides it:",
    "Report:",
    "What differs in their scenarios:",
];

/// Whether a stream shows colours: what the environment says (`NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM`), then whether it is
/// a terminal.
pub(crate) fn is_wanted<S: anstream::stream::RawStream>(stream: &S) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// What stands between two rules of a table.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// Outside any table.
    Text,
    Head,
    Rows,
}

/// A result with its colours. Only escape codes are added: without them it is the same text.
pub(crate) fn painted(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut painted = String::new();
    let mut part = Part::Text;
    for (at, line) in lines.iter().enumerate() {
        if is_rule(line) {
            part = after(&lines, at);
            style(&mut painted, SOFT, line);
        } else {
            match part {
                Part::Head => style(&mut painted, HEAD, line),
                Part::Rows => row(&mut painted, line),
                Part::Text => prose(&mut painted, line),
            }
        }
        painted.push('\n');
    }
    painted
}

fn is_rule(line: &str) -> bool {
    !line.is_empty()
        && line
            .chars()
            .all(|letter| "\u{2500}\u{2550}".contains(letter))
}

fn is_double(line: &str) -> bool {
    line.starts_with('\u{2550}')
}

/// What a rule opens. A head ends in a double rule; rows end in a rule that is not the first of another table.
fn after(lines: &[&str], rule: usize) -> Part {
    let below = |from: usize| (from + 1..lines.len()).find(|at| is_rule(lines[*at]));
    let Some(next) = below(rule) else {
        return Part::Text;
    };
    if is_double(lines[next]) {
        return Part::Head;
    }
    match below(next) {
        // Between two tables, unless this rule is the double one, below which rows stand.
        Some(beyond) if is_double(lines[beyond]) && !is_double(lines[rule]) => Part::Text,
        _ => Part::Rows,
    }
}

/// A row's line, cell by cell: two blanks part them.
fn row(painted: &mut String, line: &str) {
    let mut rest = line;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start().len();
        painted.push_str(&rest[..blanks]);
        rest = &rest[blanks..];
        let end = rest.find("  ").unwrap_or(rest.len());
        let (cell, after) = rest.split_at(end);
        if is_range(cell) {
            style(painted, SOFT, cell);
        } else if is_loss(cell) {
            style(painted, LOSS, cell);
        } else {
            painted.push_str(cell);
        }
        rest = after;
    }
}

/// `−54 m…−27 m`, `−3 … 5`.
fn is_range(cell: &str) -> bool {
    let starts = cell.trim_start_matches('\u{2212}');
    cell.contains('\u{2026}') && starts.starts_with(|first: char| first.is_ascii_digit())
}

/// A negative number: `−84 m`, `USD −84 m`.
fn is_loss(cell: &str) -> bool {
    let number = cell
        .split_once(' ')
        .filter(|(unit, _)| beachhead_workbench::run::words::is_currency(unit))
        .map_or(cell, |(_, number)| number);
    number
        .strip_prefix('\u{2212}')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn prose(painted: &mut String, line: &str) {
    let lead = LEADS.into_iter().find(|lead| line.starts_with(lead));
    match lead {
        Some(lead) => {
            style(painted, HEAD, lead);
            painted.push_str(&line[lead.len()..]);
        }
        None => painted.push_str(line),
    }
}

fn style(painted: &mut String, style: Style, text: &str) {
    let _ = write!(painted, "{style}{text}{style:#}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
──────────────────────────────
 Plan              NPV   Loses
                         money
══════════════════════════════
 Stay out        USD 0     0 %
──────────────────────────────
 Own store   USD −39 m   100 %
 only       −54 m…−27 m
──────────────────────────────

Loses USD −3 m in “−5”.
──────────────────────────────
 Fact            Error
══════════════════════════════
 a…b             −0.2
──────────────────────────────
What decides it: the appeal.
";

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn only_escape_codes_are_added() {
        assert_eq!(plain(&painted(TEXT)), TEXT);
        for text in [
            "",
            "no table\n",
            "────\n",
            "────\n x\n════\n",
            "\u{2212}1\n",
        ] {
            assert_eq!(plain(&painted(text)), *text);
        }
    }

    #[test]
    fn heads_rules_ranges_and_losses() {
        let painted = painted(TEXT);
        let line = |words: &str| {
            let mut lines = painted.lines();
            lines.find(|line| plain(line).contains(words)).unwrap()
        };
        for head in ["Plan ", "Fact "] {
            assert!(line(head).starts_with("\u{1b}[1m"), "{painted:?}");
        }
        assert!(painted.starts_with("\u{1b}[2m──"));
        assert!(line("Own store").contains("\u{1b}[31mUSD −39 m\u{1b}[0m"));
        assert!(line("only").contains("\u{1b}[2m−54 m…−27 m\u{1b}[0m"));
        assert!(line("a…b").contains("\u{1b}[31m−0.2\u{1b}[0m"));
        assert!(line("a…b").starts_with(" a…b"), "a name is no range");
        // Sentences, and what is no loss, stay as they are.
        for same in ["Loses USD −3 m", "Stay out"] {
            assert_eq!(line(same), plain(line(same)));
        }
        assert!(line("What decides it").starts_with("\u{1b}[1mWhat decides it:\u{1b}[0m the"));
    }
}
