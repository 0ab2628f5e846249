//! What people should know about draws: the same thing once, with the number of draws it concerns and how often it came.

use super::bytes::{Reader, Writer};
use super::causes;
use crate::run::output::Issue;

/// An issue of one draw; those with the same code, place and `about` are the same thing in other draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) struct DrawIssue {
    /// What in the place it is about, e.g. a product; may be empty.
    pub(in crate::run) about: String,
    /// The issue, as a run of this draw alone would show it.
    pub(in crate::run) issue: Issue,
}

impl DrawIssue {
    pub(in crate::run) fn new(about: &str, issue: Issue) -> Self {
        let about = about.to_owned();
        Self { about, issue }
    }
}

/// One thing to know, over draws.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) about: String,
    /// Draws that have it.
    pub(super) draws: usize,
    /// How often they have it together.
    pub(super) times: usize,
    /// The first of them.
    pub(super) first: usize,
    /// The last one counted.
    last: usize,
    /// All of it in that draw.
    pub(super) examples: Vec<Issue>,
}

/// Issues of draws, in the order of the first draw that has them. Its size does not grow with draws.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Tally {
    entries: Vec<Entry>,
}

impl Tally {
    /// Counts the issues of a draw; draws come in the order of their numbers.
    pub(in crate::run) fn add(&mut self, draw: usize, issues: Vec<DrawIssue>) {
        for DrawIssue { about, issue } in issues {
            let is_same = |entry: &&mut Entry| same(entry, &about, &issue);
            match self.entries.iter_mut().find(is_same) {
                Some(entry) => {
                    // Twice in one draw is one draw.
                    entry.draws += usize::from(entry.last != draw);
                    entry.times += issue.count;
                    entry.last = draw;
                    if entry.first == draw {
                        entry.examples.push(issue);
                    }
                }
                None => self.entries.push(Entry {
                    about,
                    draws: 1,
                    times: issue.count,
                    first: draw,
                    last: draw,
                    examples: vec![issue],
                }),
            }
        }
    }

    /// Adds the tally of later draws.
    pub(in crate::run) fn append(&mut self, later: Self) {
        for entry in later.entries {
            let issue = entry.examples.first();
            let known = issue.and_then(|issue| {
                let mut entries = self.entries.iter_mut();
                entries.find(|known| same(known, &entry.about, issue))
            });
            match known {
                Some(known) => {
                    known.draws += entry.draws;
                    known.times += entry.times;
                    known.last = entry.last;
                }
                None => self.entries.push(entry),
            }
        }
    }

    /// The issues, one for each cause: of one draw as they are, of several counted, with the first as an example.
    ///
    /// `title` gives what a plan is called by its id.
    pub(in crate::run) fn issues(self, draws: usize, title: &dyn Fn(&str) -> String) -> Vec<Issue> {
        causes::by_cause(self.entries)
            .into_iter()
            .flat_map(|group| causes::issues(group, draws, title))
            .collect()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.list(&self.entries, |writer, entry| {
            writer.text(&entry.about);
            writer.count(entry.draws);
            writer.count(entry.times);
            writer.count(entry.first);
            write_issues(&entry.examples, writer);
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let entries = reader.list(|reader| {
            let about = reader.text()?;
            let [draws, times, first] = [reader.count()?, reader.count()?, reader.count()?];
            Some(Entry {
                about,
                draws,
                times,
                first,
                last: first,
                examples: read_issues(reader)?,
            })
        })?;
        Some(Self { entries })
    }
}

fn same(entry: &Entry, about: &str, issue: &Issue) -> bool {
    let example = entry.examples.first();
    entry.about == about
        && example.is_some_and(|known| (&known.code, &known.place) == (&issue.code, &issue.place))
}

pub(super) fn write_issues(issues: &[Issue], writer: &mut Writer) {
    writer.list(issues, |writer, issue| {
        writer.text(&issue.code);
        writer.text(&issue.place);
        writer.count(issue.count);
        writer.text(&issue.text);
    });
}

pub(super) fn read_issues(reader: &mut Reader<'_>) -> Option<Vec<Issue>> {
    reader.list(|reader| {
        Some(Issue {
            code: reader.text()?,
            place: reader.text()?,
            count: reader.count()?,
            text: reader.text()?,
        })
    })
}
