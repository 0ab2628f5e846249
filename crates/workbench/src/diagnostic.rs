//! Mistakes in input files: where, what was found, what was expected, what to do.

use crate::nearest::nearest;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be computed.
    Error,
    /// Computed all the same; people should know.
    Warning,
}

/// One mistake, or one thing to know, at a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// File as the user knows it, relative to the scenario's folder, or `--set`.
    pub file: String,
    /// Line from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column from 1, in characters; 0 where the whole line is meant.
    pub column: usize,
    /// Characters to underline.
    pub width: usize,
    /// The line itself, empty if there is none to show.
    pub source_line: String,
    /// What was found.
    pub found: String,
    /// What was expected; may be empty.
    pub expected: String,
    /// What to do, with the nearest valid name; may be empty.
    pub help: String,
}

impl Diagnostic {
    /// A mistake about a file as a whole.
    pub fn about_file(file: &str, found: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            line: 0,
            column: 0,
            width: 0,
            source_line: String::new(),
            found: found.into(),
            expected: String::new(),
            help: String::new(),
        }
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Offers the nearest of the valid names, if one is near.
    #[must_use]
    pub fn nearest<S: AsRef<str>>(self, found: &str, valid: impl IntoIterator<Item = S>) -> Self {
        let valid: Vec<S> = valid.into_iter().collect();
        match nearest(found, valid.iter().map(AsRef::as_ref)) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// `file:line:column`, as far as it is known.
    pub fn location(&self) -> String {
        match (self.line, self.column) {
            (0, _) => self.file.clone(),
            (line, 0) => format!("{}:{line}", self.file),
            (line, column) => format!("{}:{line}:{column}", self.file),
        }
    }

    /// Plain text of several lines, with the source line and a caret; coloured if asked.
    pub fn render(&self, colour: bool) -> String {
        let paint = |code: &str, text: &str| {
            if colour {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            } else {
                text.to_owned()
            }
        };
        let (label, code) = match self.severity {
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
        };
        let gutter = if self.line == 0 {
            1
        } else {
            self.line.to_string().len()
        };
        let blank = " ".repeat(gutter);
        let found = visible(&self.found);
        let mut text = format!("{}: {}\n", paint(code, label), paint("1", &found));
        let location = visible(&self.location());
        text += &format!("{blank}{} {location}\n", paint("34", "-->"));
        if self.line > 0 && !self.source_line.is_empty() {
            let bar = paint("34", "|");
            let (shown, padding, width) = self.shown();
            text += &format!("{blank} {bar}\n{} {bar} {shown}\n", self.line);
            if self.column > 0 {
                let carets = "^".repeat(width);
                text += &format!("{blank} {bar} {padding}{}\n", paint(code, &carets));
            }
        }
        if !self.expected.is_empty() {
            let expected = visible(&self.expected);
            text += &format!("{blank} {} expected {expected}\n", paint("34", "="));
        }
        if !self.help.is_empty() {
            let help = visible(&self.help);
            text += &format!("{blank} {} help: {help}\n", paint("34", "="));
        }
        text
    }

    /// The part of the line that is shown, the white space below it up to the column (tabs kept, so that
    /// the caret stands under its text), and how many carets fit.
    fn shown(&self) -> (String, String, usize) {
        let letters: Vec<char> = visible(&self.source_line).chars().collect();
        let at = self.column.saturating_sub(1).min(letters.len());
        let is_near = letters.len() <= LONGEST_LINE || at < LONGEST_LINE - BEFORE;
        let start = if is_near { 0 } else { at - BEFORE };
        let end = letters.len().min(start + LONGEST_LINE);
        let mut part: Vec<char> = letters[start..end].to_vec();
        if start > 0 {
            part[0] = '…';
        }
        if end < letters.len() {
            part.push('…');
        }
        let blank = |letter: &char| if *letter == '\t' { '\t' } else { ' ' };
        let padding = part[..at - start].iter().map(blank).collect();
        let width = self.width.min(end - at).max(1);
        (part.into_iter().collect(), padding, width)
    }
}

/// Most characters of a line that are shown.
const LONGEST_LINE: usize = 120;
/// Characters shown before the column of a longer line.
const BEFORE: usize = 40;

/// The text with a picture for each control character, which a terminal would obey.
fn visible(text: &str) -> String {
    const PICTURES: u32 = 0x2400;
    const PICTURE_OF_DELETE: char = '\u{2421}';
    let picture = |letter: char| match letter {
        '\n' | '\t' => letter,
        '\u{7f}' => PICTURE_OF_DELETE,
        '\0'..='\u{1f}' => char::from_u32(PICTURES + u32::from(letter)).unwrap_or('?'),
        _ if letter.is_control() => char::REPLACEMENT_CHARACTER,
        _ => letter,
    };
    text.chars().map(picture).collect()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

/// All mistakes of one input, in the order of files and lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// The mistakes.
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// All of them as text, with a count.
    pub fn render(&self, colour: bool) -> String {
        let mut text = String::new();
        for diagnostic in &self.list {
            text += &diagnostic.render(colour);
            text.push('\n');
        }
        let count = self
            .list
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count();
        let plural = if count == 1 { "mistake" } else { "mistakes" };
        text + &format!("{count} {plural} found\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            list: vec![diagnostic],
        }
    }
}

impl From<Box<Diagnostic>> for Diagnostics {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self {
            list: vec![*diagnostic],
        }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// Names in back-quotes, separated by commas.
pub fn name_list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let quoted: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_its_text() {
        let mut diagnostic = Diagnostic::about_file("scenario.toml", "unknown key `chrun`")
            .expected("one of `churn`, `id`")
            .nearest("chrun", ["churn", "id"]);
        diagnostic.line = 12;
        diagnostic.column = 3;
        diagnostic.width = 5;
        diagnostic.source_line = "  chrun = 0.1".to_owned();
        let wanted = "error: unknown key `chrun`\n  --> scenario.toml:12:3\n   |\n12 |   chrun = 0.1\n   |   \
                      ^^^^^\n   = expected one of `churn`, `id`\n   = help: did you mean `churn`?\n";
        assert_eq!(diagnostic.render(false), wanted);
        assert!(diagnostic.render(true).contains("\u{1b}[1;31merror"));
    }

    #[test]
    fn a_long_line_is_shown_around_its_carets() {
        const SIZE: usize = 400;
        for column in [1, 90, 200, SIZE] {
            let mut diagnostic = Diagnostic::about_file("scenario.toml", "a long line");
            diagnostic.line = 1;
            diagnostic.column = column;
            diagnostic.width = SIZE;
            diagnostic.source_line = "x".repeat(column - 1) + "Y" + &"x".repeat(SIZE - column);
            let text = diagnostic.render(false);
            let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
            let (line, carets) = (&lines[3], &lines[4]);
            let at = |letters: &[char], wanted: char| letters.iter().position(|c| *c == wanted);
            assert_eq!(at(line, 'Y'), at(carets, '^'), "{text}");
            assert!(carets.len() <= line.len(), "{text}");
            assert!(
                line.len() <= LONGEST_LINE + "1 | …".chars().count(),
                "{text}"
            );
        }
    }
}
