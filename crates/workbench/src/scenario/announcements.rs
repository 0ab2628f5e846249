//! Records of announcements: a table of statements, taken together by chain, as times with their censoring.
//!
//! A chain is what is said again and again about one launch. In the curve of a kind it is one observation: its **first** statement of
//! that kind, against the one outcome of the chain. Later statements of the chain repeat or replace the first after it was missed;
//! counted too, one late launch would look like many, and each new date would wipe out the slip of the one before.

use super::folder::Rows;
use super::special::Date;
use crate::document::{Node, Place, Table};
use crate::reader::{Reader, Text, is_id, suggested_id};
use beachhead_engine::futures::slip::Promise;
use beachhead_engine::futures::survival::{Curve, Observation, Tail};
use beachhead_engine::scenario::SlipCurve;

/// Columns that a table of announcements must have.
pub(super) const COLUMNS: [&str; 8] = [
    "chain",
    "said",
    "kind",
    "promised_end",
    "happened_from",
    "happened",
    "source",
    "note",
];

/// Days of a mean month.
const DAYS_PER_MONTH: f64 = 30.4375;

/// What the readers of slips need and leave for the readers of times.
#[derive(Clone, Debug, Default)]
pub struct Announcements {
    /// Outcomes on or after this day are censored there.
    pub(super) as_of: Option<Date>,
    /// The tables that `slips` name, by the name of their file.
    pub(super) tables: Vec<(String, Rows)>,
    /// What was read so far.
    pub(crate) records: Vec<Record>,
}

/// One record of announcements, read.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Id.
    pub id: String,
    /// The tail at the centre of its hazard.
    pub tail: Tail,
    /// A curve for each kind of promise.
    pub curves: Vec<SlipCurve>,
    /// Sources of its rows.
    pub sources: Vec<Text>,
    /// It could not be read, which has been reported already.
    pub is_poison: bool,
}

impl Record {
    /// The curve of a kind.
    pub(crate) fn curve(&self, kind: Promise) -> Option<&SlipCurve> {
        self.curves.iter().find(|curve| curve.kind == kind)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Promise(Promise),
    Denial,
}

const KINDS: [&str; 3] = ["dated", "vague", "denial"];

/// A row.
#[derive(Clone, Debug)]
struct Statement {
    chain: String,
    kind: Kind,
    said: Date,
    /// From when its slip counts.
    origin: Date,
    outcome: Option<Outcome>,
    place: Place,
}

/// When a launch happened: on a day, or after one and not after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    from: Option<Date>,
    happened: Date,
}

/// The curves of a table. `None` if a row could not be read, which is reported.
pub(super) fn curves(
    rows: &Rows,
    as_of: Date,
    place: Place,
    reader: &mut Reader<'_>,
) -> Option<(Vec<SlipCurve>, Vec<Text>)> {
    let before = reader.report.len();
    let mut sources = Vec::new();
    let mut statements = Vec::new();
    for row in rows.tables() {
        statements.extend(read_row(row, as_of, &mut sources, reader));
    }
    let chains = chains(&statements, reader);
    if reader.report[before..].iter().any(super::is_error) {
        return None;
    }
    let curves: Vec<SlipCurve> = Promise::ALL
        .into_iter()
        .filter_map(|kind| curve(kind, &chains, as_of, place, reader))
        .collect();
    if curves.is_empty() {
        let found = "announcements without a promise";
        report(
            reader,
            place,
            found,
            "at least one row of kind dated or vague",
        );
        return None;
    }
    Some((curves, sources))
}

fn report(reader: &mut Reader<'_>, place: Place, found: impl Into<String>, expected: &str) {
    let diagnostic = reader.error(place, found).expected(expected);
    reader.push(diagnostic);
}

fn cell<'t>(row: &'t Table, key: &str) -> (&'t str, Place) {
    row.get(key).map_or(("", Place::NOWHERE), |node: &Node| {
        (node.as_text().unwrap_or(""), node.place)
    })
}

fn read_row(
    row: &Table,
    as_of: Date,
    sources: &mut Vec<Text>,
    reader: &mut Reader<'_>,
) -> Option<Statement> {
    let (chain, chain_place) = cell(row, "chain");
    let is_chain = is_id(chain);
    if chain.is_empty() {
        let expected = "an id that all statements about one launch share";
        report(
            reader,
            chain_place,
            "an empty cell in column `chain`",
            expected,
        );
    } else if !is_chain {
        let diagnostic = reader
            .error(chain_place, format!("\"{chain}\" is not an id"))
            .expected("small letters, digits and _, beginning with a letter")
            .help(format!("write {}", suggested_id(chain)));
        reader.push(diagnostic);
    }
    read_sources(row, sources, reader);
    let kind = read_kind(row, reader);
    let said = date(row, "said", Date::parse_end, true, reader);
    let promised = read_promised(row, kind, said, reader);
    let outcome = read_outcome(row, reader);
    let (kind, said) = (kind?, said?);
    if said >= as_of {
        let found = format!("a statement of {said}");
        let diagnostic = reader
            .error(cell(row, "said").1, found)
            .expected(format!("a day before `as_of`, {as_of}"))
            .help("take the row out: nothing said on or after `as_of` is known");
        reader.push(diagnostic);
    }
    let origin = match kind {
        Kind::Promise(Promise::Dated) => promised?,
        _ => said,
    };
    is_chain.then(|| Statement {
        chain: chain.to_owned(),
        kind,
        said,
        origin,
        outcome,
        place: chain_place,
    })
}

/// One id, or several with semicolons between.
fn read_sources(row: &Table, sources: &mut Vec<Text>, reader: &mut Reader<'_>) {
    let (text, place) = cell(row, "source");
    let ids = text.split(';').map(str::trim).filter(|id| !id.is_empty());
    sources.extend(ids.map(|id| Text {
        text: id.to_owned(),
        place,
    }));
    if text.is_empty() && cell(row, "note").0.is_empty() {
        let expected = "the id of a source, or a reason in `note`";
        report(reader, place, "a statement without a source", expected);
    }
}

fn read_kind(row: &Table, reader: &mut Reader<'_>) -> Option<Kind> {
    let (word, place) = cell(row, "kind");
    match word {
        "dated" => Some(Kind::Promise(Promise::Dated)),
        "vague" => Some(Kind::Promise(Promise::Vague)),
        "denial" => Some(Kind::Denial),
        _ => {
            let diagnostic = reader
                .error(place, format!("\"{word}\" in column `kind`"))
                .expected("dated (a time is promised), vague (none is) or denial")
                .nearest(word, KINDS);
            reader.push(diagnostic);
            None
        }
    }
}

/// A date in a column; an empty cell is none.
fn date(
    row: &Table,
    key: &str,
    parse: fn(&str) -> Option<Date>,
    is_required: bool,
    reader: &mut Reader<'_>,
) -> Option<Date> {
    let (text, place) = cell(row, key);
    if text.is_empty() && !is_required {
        return None;
    }
    let date = parse(text);
    if date.is_none() {
        let found = if text.is_empty() {
            format!("an empty cell in column `{key}`")
        } else {
            format!("\"{text}\" in column `{key}`")
        };
        report(
            reader,
            place,
            found,
            "a date such as 2018-03-31, 2018-03 or 2017",
        );
    }
    date
}

/// The end of the interval that a dated statement promises.
fn read_promised(
    row: &Table,
    kind: Option<Kind>,
    said: Option<Date>,
    reader: &mut Reader<'_>,
) -> Option<Date> {
    let (text, place) = cell(row, "promised_end");
    let is_dated = kind == Some(Kind::Promise(Promise::Dated));
    if kind.is_some() && !is_dated && !text.is_empty() {
        let found = format!("`promised_end` {text} in a row that is not dated");
        let expected = "an empty cell, or kind dated";
        report(reader, place, found, expected);
        return None;
    }
    if is_dated && text.is_empty() {
        let found = "an empty cell in column `promised_end`";
        let expected = "the last day of the promised interval, such as 2018-12-31, 2018-12 or 2018: the row is dated";
        report(reader, place, found, expected);
        return None;
    }
    let promised = date(row, "promised_end", Date::parse_end, false, reader)?;
    if let Some(said) = said.filter(|said| promised < *said) {
        let found = format!("an interval that ends on {promised}, promised on {said}");
        report(
            reader,
            place,
            found,
            "a promise about a time that was still to come",
        );
    }
    Some(promised)
}

fn read_outcome(row: &Table, reader: &mut Reader<'_>) -> Option<Outcome> {
    let happened = date(row, "happened", Date::parse_end, false, reader);
    let from = date(row, "happened_from", Date::parse_start, false, reader);
    let (from_text, place) = cell(row, "happened_from");
    let Some(happened) = happened else {
        if !from_text.is_empty() && cell(row, "happened").0.is_empty() {
            let found = "`happened_from` without `happened`";
            report(
                reader,
                place,
                found,
                "both ends of the interval, or neither",
            );
        }
        return None;
    };
    if let Some(from) = from.filter(|from| *from > happened) {
        let found = format!("an interval from {from} to {happened}");
        report(reader, place, found, "`happened_from` before `happened`");
    }
    Some(Outcome { from, happened })
}

/// A chain: its statements and its outcome.
struct Chain<'s> {
    id: &'s str,
    statements: Vec<&'s Statement>,
    outcome: Option<Outcome>,
}

/// Chains in the order of their first rows; outcomes that contradict each other are reported.
fn chains<'s>(statements: &'s [Statement], reader: &mut Reader<'_>) -> Vec<Chain<'s>> {
    let mut chains: Vec<Chain<'s>> = Vec::new();
    for statement in statements {
        let at = chains.iter().position(|chain| chain.id == statement.chain);
        let at = at.unwrap_or_else(|| {
            chains.push(Chain {
                id: &statement.chain,
                statements: Vec::new(),
                outcome: None,
            });
            chains.len() - 1
        });
        let chain = &mut chains[at];
        match (chain.outcome, statement.outcome) {
            (Some(first), Some(other)) if first != other => {
                let found = format!("another outcome of `{}` than in a row before", chain.id);
                let expected = "one launch, and so one outcome, in a chain";
                report(reader, statement.place, found, expected);
            }
            (None, given) => chain.outcome = given,
            _ => {}
        }
        chain.statements.push(statement);
    }
    for chain in &chains {
        let Some(outcome) = chain.outcome else {
            continue;
        };
        let late = |statement: &&&Statement| statement.said > outcome.happened;
        for statement in chain.statements.iter().filter(late) {
            let found = format!(
                "`{}` happened on {}, before this was said",
                chain.id, outcome.happened
            );
            report(
                reader,
                statement.place,
                found,
                "statements about what was still to come",
            );
        }
    }
    chains
}

/// The curve of the chains that have a statement of a kind.
fn curve(
    kind: Promise,
    chains: &[Chain<'_>],
    as_of: Date,
    place: Place,
    reader: &mut Reader<'_>,
) -> Option<SlipCurve> {
    let (mut ids, mut observations) = (Vec::new(), Vec::new());
    let mut statements = 0;
    for chain in chains {
        let of_kind = chain
            .statements
            .iter()
            .filter(|s| s.kind == Kind::Promise(kind));
        statements += of_kind.clone().count();
        let Some(first) = of_kind.min_by_key(|statement| statement.said) else {
            continue;
        };
        ids.push(chain.id.to_owned());
        observations.push(observation(first.origin, chain.outcome, as_of));
    }
    if ids.is_empty() {
        return None;
    }
    match Curve::fit(&observations) {
        Ok(solve) => {
            if !solve.converged() {
                let found = format!(
                    "the curve of {} promises is not exact: off by {:e}",
                    kind.name(),
                    solve.residual
                );
                let warning = reader
                    .files
                    .warning(place, found)
                    .help("check the intervals");
                reader.push(warning);
            }
            Some(SlipCurve {
                kind,
                statements,
                chains: ids,
                observations,
                curve: solve.value,
            })
        }
        Err(problem) => {
            report(
                reader,
                place,
                problem.to_string(),
                "times that make a curve",
            );
            None
        }
    }
}

/// What was known before `as_of` of a slip that counts from `origin`. An interval that reaches beyond `as_of` is known to have been
/// open at its start.
fn observation(origin: Date, outcome: Option<Outcome>, as_of: Date) -> Observation {
    let months = |day: Date| (day.days() - origin.days()) as f64 / DAYS_PER_MONTH;
    match outcome {
        Some(Outcome { from, happened }) if happened < as_of => match from {
            Some(from) if from < happened => Observation::Between(months(from), months(happened)),
            _ => Observation::At(months(happened)),
        },
        Some(Outcome {
            from: Some(from), ..
        }) if from < as_of => Observation::After(months(from)),
        _ => Observation::After(months(as_of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences of Python's `datetime.date`.
    #[test]
    fn days_are_counted_over_leap_years() {
        for (from, to, days) in [
            ("2000-02-28", "2000-03-01", 2),
            ("1900-02-28", "1900-03-01", 1),
            ("2018-07-01", "2024-02-29", 2069),
            ("1969-12-31", "2018-07-01", 17_714),
            ("0001-01-01", "9999-12-31", 3_652_058),
        ] {
            let day = |text: &str| Date::parse(text).map(Date::days);
            assert_eq!(day(to).zip(day(from)).map(|(a, b)| a - b), Some(days));
        }
        assert_eq!(Date::parse_start("2020-02"), Date::parse("2020-02-01"));
        assert_eq!(Date::parse_start("2020"), Date::parse("2020-01-01"));
        assert_eq!(Date::parse_end("2020-02"), Date::parse("2020-02-29"));
    }
}
