//! Tables: heads, rows with a name each, numbers to the right, pictures in cells.

use super::page::{escape, long, name, tied};
use std::fmt::Write;

/// Bytes of a web address before it is none.
const LONGEST_ADDRESS: usize = 2_000;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Align {
    /// Words.
    Text,
    /// Numbers, which stand to the right and do not break.
    Number,
    /// A picture of its row.
    Picture,
}

/// A column: its head and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct Column {
    head: String,
    /// The head as text, for rows that become blocks.
    label: String,
    align: Align,
}

impl Column {
    /// A column of words.
    pub(in crate::run) fn text(head: &str) -> Self {
        Self::new(name(&tied(head)), head, Align::Text)
    }

    /// A column of numbers.
    pub(in crate::run) fn number(head: &str) -> Self {
        Self::new(name(&tied(head)), head, Align::Number)
    }

    /// A column of pictures whose head is a picture too: an axis, from [`super::strip::Scale::axis`].
    pub(in crate::run) fn picture(head: &str, axis: &str) -> Self {
        Self::new(format!("{}{axis}", name(head)), head, Align::Picture)
    }

    fn new(head: String, label: &str, align: Align) -> Self {
        Self {
            head,
            label: name_of(label),
            align,
        }
    }
}

/// One cell, already safe.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct Cell(String);

impl Cell {
    /// Running text.
    pub(in crate::run) fn text(text: &str) -> Self {
        Self(long(text))
    }

    /// A name that a person gave.
    pub(in crate::run) fn name(text: &str) -> Self {
        Self(name(text))
    }

    /// A name with a soft second line.
    pub(in crate::run) fn name_and(text: &str, below: &str) -> Self {
        Self(format!("{}{}", name(text), soft(below)))
    }

    /// An id or a path in the scenario; it may break anywhere.
    pub(in crate::run) fn code(text: &str) -> Self {
        Self(format!("<code>{}</code>", long(text)))
    }

    /// An id with a soft second line.
    pub(in crate::run) fn code_and(text: &str, below: &str) -> Self {
        Self(format!("<code>{}</code>{}", name(text), soft(below)))
    }

    /// A number in words, and below it a softer one (a range); the second may be empty.
    pub(in crate::run) fn number(text: &str, below: &str) -> Self {
        Self(format!("{}{}", escape(&tied(text)), soft(&tied(below))))
    }

    /// A share as a number over a bar of its length, and below it a softer text.
    pub(in crate::run) fn share(text: &str, share: f64, below: &str) -> Self {
        let length = (100.0 * share.clamp(0.0, 1.0)).round();
        Self(format!(
            "{}<span class=\"meter\"><i style=\"width:{length:.0}%\"></i></span>{}",
            escape(&tied(text)),
            soft(&tied(below))
        ))
    }

    /// A picture, from [`super::strip::Strip`].
    pub(in crate::run) fn picture(svg: String) -> Self {
        Self(svg)
    }

    /// A word that stands out: something is missing or wrong.
    pub(in crate::run) fn flag(text: &str) -> Self {
        Self(format!("<span class=\"flag\">{}</span>", escape(text)))
    }

    /// Words of less weight.
    pub(in crate::run) fn soft(text: &str) -> Self {
        Self(format!("<span class=\"soft\">{}</span>", long(text)))
    }

    /// A link to the web, or plain text where the address is none: a scheme such as `javascript:` must not be one.
    pub(in crate::run) fn link(text: &str, url: &str) -> Self {
        let web = url.starts_with("https://") || url.starts_with("http://");
        let sound =
            url.len() <= LONGEST_ADDRESS && url.chars().all(|letter| letter.is_ascii_graphic());
        if web && sound {
            Self(format!(
                "<a href=\"{}\" rel=\"noreferrer\">{}</a>",
                escape(url),
                long(text)
            ))
        } else {
            Self(long(text))
        }
    }
}

fn soft(below: &str) -> String {
    if below.is_empty() {
        String::new()
    } else {
        format!("<small>{}</small>", escape(below))
    }
}

/// A table. The first cell of a row is its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::run) struct Table {
    /// What it holds; read out, and shown above it unless [`Table::quiet`].
    pub(in crate::run) caption: String,
    columns: Vec<Column>,
    rows: Vec<(String, Vec<Cell>)>,
    quiet: bool,
    stacks: bool,
    id: String,
}

impl Table {
    /// A table with these columns and no rows yet.
    pub(in crate::run) fn new(caption: &str, columns: Vec<Column>) -> Self {
        Self {
            caption: caption.to_owned(),
            columns,
            ..Self::default()
        }
    }

    /// The caption is read out but not shown, because something beside it says the same.
    pub(in crate::run) fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// On a narrow screen each row becomes a block, so that nothing that matters stands beyond the edge.
    pub(in crate::run) fn stacking(mut self) -> Self {
        self.stacks = true;
        self
    }

    /// Gives the table an id.
    pub(in crate::run) fn with_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Adds a row.
    pub(in crate::run) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push((String::new(), cells));
    }

    /// Adds a row of a class: `sum` for totals, `group` for a heading within the table, `unsourced`, `best`.
    pub(in crate::run) fn row_of(&mut self, class: &str, cells: Vec<Cell>) {
        self.rows.push((class.to_owned(), cells));
    }

    /// Whether it has no rows.
    pub(in crate::run) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in a region that scrolls sideways.
    pub(in crate::run) fn html(&self) -> String {
        let mut html = format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table",
            name_of(&self.caption)
        );
        if self.stacks {
            html.push_str(" class=\"stack\"");
        }
        if !self.id.is_empty() {
            let _ = write!(html, " id=\"{}\"", escape(&self.id));
        }
        let hidden = if self.quiet { " class=\"unseen\"" } else { "" };
        let _ = write!(
            html,
            "><caption{hidden}><span>{}</span></caption>",
            name_of(&self.caption)
        );
        html.push_str("<thead><tr>");
        for column in &self.columns {
            let _ = write!(
                html,
                "<th scope=\"col\"{}>{}</th>",
                class(column.align),
                column.head
            );
        }
        html.push_str("</tr></thead><tbody>\n");
        for (kind, cells) in &self.rows {
            self.row_html(&mut html, kind, cells);
        }
        html.push_str("</tbody></table></div>\n");
        html
    }

    fn row_html(&self, html: &mut String, kind: &str, cells: &[Cell]) {
        if kind.is_empty() {
            html.push_str("<tr>");
        } else {
            let _ = write!(html, "<tr class=\"{}\">", escape(kind));
        }
        if kind == "group" {
            let text = cells.first().map_or("", |cell| cell.0.as_str());
            let _ = writeln!(
                html,
                "<th scope=\"colgroup\" colspan=\"{}\"><span>{text}</span></th></tr>",
                self.columns.len()
            );
            return;
        }
        for (position, cell) in cells.iter().enumerate() {
            let align = self.columns.get(position).map_or(Align::Text, |c| c.align);
            if position == 0 {
                let _ = write!(html, "<th scope=\"row\"{}>{}</th>", class(align), cell.0);
            } else {
                let head = match self.columns.get(position) {
                    Some(column) if self.stacks && align == Align::Number => {
                        format!(" data-head=\"{}\"", column.label)
                    }
                    _ => String::new(),
                };
                let _ = write!(html, "<td{}{head}>{}</td>", class(align), cell.0);
            }
        }
        html.push_str("</tr>\n");
    }
}

fn name_of(caption: &str) -> String {
    escape(&crate::run::words::shortened(caption, 300))
}

fn class(align: Align) -> &'static str {
    match align {
        Align::Text => "",
        Align::Number => " class=\"number\"",
        Align::Picture => " class=\"picture\"",
    }
}
