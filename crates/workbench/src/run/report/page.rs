//! The page as it grows: sections with their contents list, paragraphs, tables and figures; all text is escaped here.

use super::figure::Figure;
use super::table::Table;
use crate::run::words::shortened;
use std::fmt::Write;

/// Letters of a name before it is cut: a title is a title, and a megabyte of it must not drown the page.
const LONGEST_NAME: usize = 120;

/// Letters of a running text before it is cut.
const LONGEST_TEXT: usize = 4_000;

/// The page's body and the list of its sections.
#[derive(Debug, Default)]
pub(in crate::run) struct Page {
    body: String,
    contents: Vec<(String, String)>,
}

impl Page {
    /// A section with a heading of the second level, listed in the contents.
    pub(in crate::run) fn section(&mut self, id: &str, title: &str, fill: impl FnOnce(&mut Self)) {
        self.contents.push((id.to_owned(), title.to_owned()));
        let (id, title) = (escape(id), escape(title));
        let _ = writeln!(
            self.body,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>"
        );
        fill(self);
        self.body.push_str("</section>\n");
    }

    /// A heading of the third level.
    pub(in crate::run) fn heading(&mut self, title: &str) {
        let _ = writeln!(self.body, "<h3>{}</h3>", name(title));
    }

    /// A paragraph.
    pub(in crate::run) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", long(&tied(text)));
    }

    /// A paragraph of less weight: how to read something, what it leaves out.
    pub(in crate::run) fn note(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p class=\"soft\">{}</p>", long(&tied(text)));
    }

    /// A key to the colours and shapes of a table's pictures: class of the sign, and its meaning. Classes are `c0` … `c7`
    /// (blocks of these colours), `wide`, `narrow`, `line`, `ghostline`, `mark`, `dot`, `ring`, `zone`.
    pub(in crate::run) fn key(&mut self, signs: &[(&'static str, &str)]) {
        let signs: Vec<(&str, String)> = signs
            .iter()
            .map(|(sign, text)| (*sign, (*text).to_owned()))
            .collect();
        self.body.push_str(&super::figure::key(&signs));
    }

    /// A table in a region of its own that scrolls sideways where the screen is narrow.
    pub(in crate::run) fn table(&mut self, table: &Table) {
        self.body.push_str(&table.html());
    }

    /// A picture with its caption, its text and its numbers.
    pub(in crate::run) fn figure(&mut self, figure: &Figure) {
        self.body.push_str(&figure.html());
    }

    /// What a reader opens if it is wanted.
    pub(in crate::run) fn folded(&mut self, summary: &str, fill: impl FnOnce(&mut Self)) {
        let _ = writeln!(
            self.body,
            "<details><summary>{}</summary>",
            escape(&shortened(summary, LONGEST_NAME))
        );
        fill(self);
        self.body.push_str("</details>\n");
    }

    /// Markup that the caller has made safe.
    pub(in crate::run) fn markup(&mut self, html: &str) {
        self.body.push_str(html);
    }

    /// The sections so far.
    pub(super) fn body(&self) -> &str {
        &self.body
    }

    /// A list of links to the sections.
    pub(super) fn contents(&self) -> String {
        let mut list = String::from("<ol>\n");
        for (id, title) in &self.contents {
            let _ = writeln!(
                list,
                "<li><a href=\"#{}\">{}</a></li>",
                escape(id),
                escape(title)
            );
        }
        list.push_str("</ol>\n");
        list
    }
}

/// Text for HTML content and attributes.
pub(in crate::run) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Marks that turn the direction of text could disguise it; control characters and
            // characters that Unicode reserves for programs are no HTML text.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            '\r' => escaped.push(' '),
            '\u{fdd0}'..='\u{fdef}' => escaped.push('\u{fffd}'),
            other if u32::from(other) & 0xfffe == 0xfffe => escaped.push('\u{fffd}'),
            other if other.is_control() && other != '\n' && other != '\t' => {
                escaped.push('\u{fffd}')
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A name as a person gave it: cut where it is endless, and kept from turning the direction of what stands beside it.
pub(in crate::run) fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(&shortened(text, LONGEST_NAME)))
}

/// Running text, cut where it is endless.
pub(in crate::run) fn long(text: &str) -> String {
    escape(&shortened(text, LONGEST_TEXT))
}

/// A sentence in which numbers do not part from their units: `USD 1.8 bn` stays on one line.
pub(in crate::run) fn tied(text: &str) -> String {
    const AFTER: [&str; 6] = ["%", "k", "m", "bn", "tn", "units"];
    let mut tied = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        tied.push_str(word);
        let Some(next) = words.peek() else { break };
        let starts_number =
            next.starts_with(|first: char| first.is_ascii_digit() || first == '\u{2212}');
        let currency = word.get(word.len().saturating_sub(3)..);
        let currency = currency.is_some_and(crate::run::words::is_currency);
        let unit = next.trim_end_matches([',', '.', ';', ':', ')']);
        let ends_number = word.ends_with(|last: char| last.is_ascii_digit());
        let keeps = word.ends_with('\u{b1}')
            || (currency && starts_number)
            || (ends_number && AFTER.contains(&unit));
        tied.push(if keeps { '\u{a0}' } else { ' ' });
    }
    tied
}
