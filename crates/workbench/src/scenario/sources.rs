//! Sources of facts, and the rule that nothing known on or after `as_of` is used.

use super::folder::Rows;
use super::special::Date;
use crate::document::{Node, Place, Table, Value};
use crate::reader::{Reader, Text, is_id, suggested_id};
use serde::Serialize;

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Id.
    pub id: String,
    /// Who says so.
    pub publisher: String,
    /// Where.
    pub title: String,
    /// When it was published, as written; may be empty.
    pub published: String,
    /// Last day of the period that it is about, as written.
    pub period_end: String,
    /// Address; may be empty.
    pub url: String,
    /// Kind, e.g. hard fact or analyst estimate.
    pub kind: String,
}

/// Columns that a table of sources must have.
pub(super) const COLUMNS: [&str; 7] = [
    "id",
    "publisher",
    "title",
    "published",
    "period_end",
    "url",
    "kind",
];

/// All sources of a scenario, with their dates and places.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The sources.
    pub list: Vec<Source>,
    dates: Vec<Dates>,
    as_of: Option<Date>,
    used: Vec<bool>,
    /// The table could not be read, so that no id can be looked up.
    is_unknown: bool,
}

#[derive(Clone, Copy, Debug)]
struct Dates {
    published: Option<Date>,
    published_place: Place,
}

fn cell<'t>(table: &'t Table, key: &str) -> (&'t str, Place) {
    match table.get(key) {
        Some(node) => (node.as_text().unwrap_or(""), node.place),
        None => ("", Place::NOWHERE),
    }
}

impl Sources {
    /// Reads the rows of a table of sources.
    pub(super) fn read(rows: Option<&Rows>, as_of: Option<Date>, reader: &mut Reader<'_>) -> Self {
        let mut sources = Self {
            as_of,
            ..Self::default()
        };
        let list: &[Node] = match rows.map(|rows| &rows.list.value) {
            Some(Value::List(list)) => list,
            _ => &[],
        };
        for row in list.iter().filter_map(Node::as_table) {
            sources.read_row(row, reader);
        }
        sources.used = vec![false; sources.list.len()];
        sources
    }

    /// Where the table could not be read.
    pub(super) fn unknown() -> Self {
        Self {
            is_unknown: true,
            ..Self::default()
        }
    }

    fn read_row(&mut self, row: &Table, reader: &mut Reader<'_>) {
        let (id, place) = cell(row, "id");
        if id.is_empty() {
            let found = "an empty cell in column `id`";
            let diagnostic = reader
                .error(place, found)
                .expected("an id: this column is required");
            reader.push(diagnostic);
            return;
        }
        if !is_id(id) {
            let diagnostic = reader
                .error(place, format!("\"{id}\" is not an id"))
                .expected("small letters, digits and _, beginning with a letter")
                .help(format!("write {}", suggested_id(id)));
            reader.push(diagnostic);
        }
        if self.list.iter().any(|source| source.id == id) {
            let diagnostic = reader
                .error(place, format!("the source `{id}` is there already"))
                .expected("each id once");
            reader.push(diagnostic);
        }
        let period_end = self.read_date(row, "period_end", true, reader);
        if let (Some(as_of), Some(period_end)) = (self.as_of, period_end)
            && period_end >= as_of
        {
            let found = format!("the source `{id}` is about a period that ends on {period_end}");
            let diagnostic = reader
                .error(cell(row, "period_end").1, found)
                .expected(format!("a period that ends before `as_of`, {as_of}"))
                .help("take what was known before, or move `as_of`");
            reader.push(diagnostic);
        }
        let published = self.read_date(row, "published", false, reader);
        let published_place = cell(row, "published").1;
        self.dates.push(Dates {
            published,
            published_place,
        });
        let text = |key: &str| cell(row, key).0.to_owned();
        self.list.push(Source {
            id: id.to_owned(),
            publisher: text("publisher"),
            title: text("title"),
            published: text("published"),
            period_end: text("period_end"),
            url: text("url"),
            kind: text("kind"),
        });
    }

    fn read_date(
        &self,
        row: &Table,
        key: &str,
        is_required: bool,
        reader: &mut Reader<'_>,
    ) -> Option<Date> {
        let (text, place) = cell(row, key);
        let date = Date::parse_end(text);
        if date.is_none() && (is_required || !text.is_empty()) {
            let found = if text.is_empty() {
                format!("an empty cell in column `{key}`")
            } else {
                format!("\"{text}\" in column `{key}`")
            };
            let diagnostic = reader
                .error(place, found)
                .expected("a date such as 2018-03-31, 2018-03 or 2017");
            reader.push(diagnostic);
        }
        date
    }

    /// Checks that a source resolves, and notes that it is used.
    pub(super) fn check(&mut self, source: &Text, reader: &mut Reader<'_>) {
        if source.is_poison() || self.is_unknown {
            return;
        }
        let Some(at) = self.list.iter().position(|known| known.id == source.text) else {
            let ids = self.list.iter().map(|known| known.id.as_str());
            let diagnostic = reader
                .error(source.place, format!("unknown source `{}`", source.text))
                .expected("the id of a row in the table of sources")
                .nearest(&source.text, ids);
            reader.push(diagnostic);
            return;
        };
        self.used[at] = true;
    }

    /// Ids of the sources in use that were published on or after `as_of` about a period before it.
    pub(super) fn published_later(&self) -> Vec<(String, Date, Place)> {
        let Some(as_of) = self.as_of else {
            return Vec::new();
        };
        (0..self.list.len())
            .filter(|at| self.used[*at])
            .filter_map(|at| {
                let published = self.dates[at].published.filter(|day| *day >= as_of)?;
                Some((
                    self.list[at].id.clone(),
                    published,
                    self.dates[at].published_place,
                ))
            })
            .collect()
    }
}
