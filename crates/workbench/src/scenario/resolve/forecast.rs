//! The table of earlier entries: rows become members of a reference class, nothing after `as_of` is taken.

use super::{AsWritten, Resolver};
use crate::document::{Node, Place, Table};
use crate::reader::Text;
use crate::scenario::special::{Date, parse_month};
use beachhead_engine::scenario::{CalendarMonth, ClassMember, ReferenceClass};

/// Columns that a table of entries must have.
pub(in crate::scenario) const COLUMNS: [&str; 8] = [
    "entrant",
    "market",
    "first_sale",
    "months_after",
    "share_of_sales",
    "left",
    "source",
    "note",
];

/// A row, as far as it could be read.
struct Entry {
    entrant: String,
    market: String,
    first_sale: CalendarMonth,
    /// Months after the first sale, and the share.
    seen: Option<(u32, f64)>,
    left: Option<CalendarMonth>,
    sources: Vec<String>,
    note: String,
    place: Place,
}

fn cell<'t>(row: &'t Table, key: &str) -> (&'t str, Place) {
    row.get(key).map_or(("", Place::NOWHERE), |node: &Node| {
        (node.as_text().unwrap_or("").trim(), node.place)
    })
}

/// The month of a date.
fn month_of(date: Date) -> CalendarMonth {
    CalendarMonth {
        year: date.year,
        month: date.month,
    }
}

fn shown(month: CalendarMonth) -> String {
    format!("{:04}-{:02}", month.year, month.month)
}

impl Resolver<'_, '_> {
    /// The reference class that the scenario names, if its table could be read.
    pub(super) fn forecast(&mut self, written: &AsWritten) -> Option<ReferenceClass> {
        let named = written.file.forecast.reference_class.as_ref()?;
        let rows = written.entries.as_ref()?;
        let as_of = written.file.scenario.as_of.date?;
        let entries: Vec<Entry> = rows
            .tables()
            .filter_map(|row| self.entry(row, as_of))
            .collect();
        if rows.tables().next().is_none() {
            let expected = "a row for each entry: who, where, when, and what became of it";
            self.error(named.place, "a reference class without entries", expected);
        }
        Some(ReferenceClass {
            table: named.text.clone(),
            members: self.members_of_class(entries, as_of),
        })
    }

    fn entry(&mut self, row: &Table, as_of: Date) -> Option<Entry> {
        let mut name = |key: &str, what: &str| {
            let (text, place) = cell(row, key);
            if text.is_empty() {
                let found = format!("an empty cell in column `{key}`");
                self.error(place, found, what);
            }
            (!text.is_empty()).then(|| text.to_owned())
        };
        let entrant = name("entrant", "who entered: this column is required");
        let market = name("market", "the market entered: this column is required");
        let first_sale = self.entry_month(row, "first_sale", true);
        let left = self.entry_month(row, "left", false);
        let share = self.share_of_sales(row);
        let sources = self.entry_sources(row);
        let place = cell(row, "entrant").1;
        let (entrant, market, first_sale) = (entrant?, market?, first_sale?);
        if first_sale >= month_of(as_of) {
            let found = format!("a first sale in {}", shown(first_sale));
            let expected = format!("a month before `as_of`, {as_of}");
            let place = cell(row, "first_sale").1;
            self.error(place, found, &expected);
        }
        if let Some(left) = left.filter(|left| *left <= first_sale) {
            let found = format!(
                "`left` {} with a first sale in {}",
                shown(left),
                shown(first_sale)
            );
            self.error(cell(row, "left").1, found, "a month after the first sale");
        }
        if let Some((age, _)) = share {
            let month = first_sale.plus(age as i32);
            if month >= month_of(as_of) {
                let found = format!("a share of {}", shown(month));
                let expected = format!("a month that ends before `as_of`, {as_of}");
                let diagnostic = self
                    .reader
                    .error(cell(row, "months_after").1, found)
                    .expected(expected)
                    .help("take the row out: nothing about that time is known yet");
                self.reader.push(diagnostic);
            }
        }
        Some(Entry {
            entrant,
            market,
            first_sale,
            seen: share,
            left,
            sources,
            note: cell(row, "note").0.to_owned(),
            place,
        })
    }

    /// A month in a column.
    fn entry_month(&mut self, row: &Table, key: &str, is_required: bool) -> Option<CalendarMonth> {
        let (text, place) = cell(row, key);
        if text.is_empty() && !is_required {
            return None;
        }
        let month = parse_month(text).or_else(|| Date::parse(text).map(month_of));
        if month.is_none() {
            let found = if text.is_empty() {
                format!("an empty cell in column `{key}`")
            } else {
                format!("\"{text}\" in column `{key}`")
            };
            let expected = "a month such as 2016-10";
            self.error(place, found, expected);
        }
        month
    }

    /// Age in months and share; none where both cells are empty, as in a row that only tells of leaving.
    fn share_of_sales(&mut self, row: &Table) -> Option<(u32, f64)> {
        let (age_text, age_place) = cell(row, "months_after");
        let (share_text, share_place) = cell(row, "share_of_sales");
        match (age_text.is_empty(), share_text.is_empty()) {
            (true, true) => return None,
            (true, false) => {
                let found = "a share without `months_after`";
                self.error(
                    age_place,
                    found,
                    "whole months after the first sale, 1 or more",
                );
                return None;
            }
            (false, true) => {
                let found = "`months_after` without a share";
                self.error(share_place, found, "a share such as 0.03 or 3 %");
                return None;
            }
            (false, false) => {}
        }
        let age = age_text
            .parse::<u32>()
            .ok()
            .filter(|age| (1..=1200).contains(age));
        if age.is_none() {
            let found = format!("\"{age_text}\" in column `months_after`");
            self.error(
                age_place,
                found,
                "whole months after the first sale, 1 or more",
            );
        }
        let number = match share_text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|value| value / 100.0),
            None => share_text.parse(),
        };
        let share = number.ok().filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            let found = format!("\"{share_text}\" in column `share_of_sales`");
            let expected = "a share from 0 to 1 such as 0.03, or per cent such as 3 %";
            self.error(share_place, found, expected);
        }
        Some((age?, share?))
    }

    /// One id, or several with semicolons between; or a reason.
    fn entry_sources(&mut self, row: &Table) -> Vec<String> {
        let (text, place) = cell(row, "source");
        if text.is_empty() && cell(row, "note").0.is_empty() {
            let expected = "the id of a source, or a reason in `note`";
            self.error(place, "an entry without a source", expected);
        }
        let ids: Vec<&str> = text.split(';').map(str::trim).collect();
        let ids = ids.into_iter().filter(|id| !id.is_empty());
        let list: Vec<String> = ids.map(str::to_owned).collect();
        for id in &list {
            let source = Text {
                text: id.clone(),
                place,
            };
            self.sources.check(&source, self.reader);
        }
        list
    }

    /// Rows of the same entrant and market are one member.
    fn members_of_class(&mut self, entries: Vec<Entry>, as_of: Date) -> Vec<ClassMember> {
        let mut members: Vec<(ClassMember, Option<CalendarMonth>)> = Vec::new();
        for entry in entries {
            let same = |(member, _): &(ClassMember, _)| {
                member.entrant == entry.entrant && member.market == entry.market
            };
            let at = members.iter().position(same).unwrap_or_else(|| {
                members.push((new_member(&entry, as_of), None));
                members.len() - 1
            });
            let (member, left) = &mut members[at];
            self.check_same(&entry, member, *left);
            *left = left.or(entry.left);
            if let Some((age, share)) = entry.seen {
                match member.shares.binary_search_by_key(&age, |(age, _)| *age) {
                    Ok(_) => {
                        let found = format!("month {age} of {} is there already", entry.entrant);
                        self.error(entry.place, found, "each month of an entry once");
                    }
                    Err(place) => member.shares.insert(place, (age, share)),
                }
            }
            add_new(&mut member.sources, entry.sources);
            add_new(&mut member.notes, vec![entry.note]);
        }
        let known = |(mut member, left): (ClassMember, Option<CalendarMonth>)| {
            // Who leaves later than anybody knows has not left.
            let left = left.filter(|left| *left < month_of(as_of));
            member.left = left.map(|left| member.first_sale.months_to(left).max(1) as u32);
            member
        };
        members.into_iter().map(known).collect()
    }

    /// Reports a row that contradicts those before it.
    fn check_same(&mut self, entry: &Entry, member: &ClassMember, left: Option<CalendarMonth>) {
        if entry.first_sale != member.first_sale {
            let found = format!(
                "another first sale of {} in {} than in a row before",
                entry.entrant, entry.market
            );
            self.error(entry.place, found, "one first sale of an entry");
        }
        if let (Some(first), Some(other)) = (left, entry.left)
            && first != other
        {
            let found = format!("another month in which {} left", entry.entrant);
            self.error(
                entry.place,
                found,
                "one month, the same in all rows, or empty cells",
            );
        }
        let after = entry.left.or(left).zip(entry.seen);
        if let Some((left, (age, share))) = after
            && entry.first_sale.plus(age as i32) >= left
            && share > 0.0
        {
            let found = format!("a share of {} after it left", entry.entrant);
            self.error(entry.place, found, "shares of months before `left`");
        }
    }
}

fn new_member(entry: &Entry, as_of: Date) -> ClassMember {
    // The last month that has ended before `as_of`.
    let seen = entry.first_sale.months_to(month_of(as_of)) - 1;
    ClassMember {
        entrant: entry.entrant.clone(),
        market: entry.market.clone(),
        first_sale: entry.first_sale,
        shares: Vec::new(),
        left: None,
        seen: seen.max(0) as u32,
        sources: Vec::new(),
        notes: Vec::new(),
    }
}

fn add_new(list: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if !text.is_empty() && !list.contains(&text) {
            list.push(text);
        }
    }
}
