//! A length of time read from a record of announcements.

use super::read_number;
use crate::diagnostic::name_list;
use crate::document::{Node, Table};
use crate::reader::{Reader, Shape, Text};
use crate::units::Kind;
use beachhead_engine::futures::distribution::{Conversion, Distribution};
use beachhead_engine::futures::slip::{Promise, SlipTime};
use std::sync::Arc;

/// The word that names it.
pub const SLIP: &str = "slip";

/// Its keys beside `distribution`, `source` and `note`.
pub const SLIP_KEYS: [&str; 3] = ["of", "kind", "after"];

/// Reads `{ distribution = "slip", of = …, kind = …, after = … }`.
pub(super) fn read_slip(
    node: &Node,
    kind: Kind,
    reader: &mut Reader<'_>,
) -> Option<(Distribution, Conversion, String)> {
    let table = node.as_table()?;
    let path = reader.path();
    if kind != Kind::Duration {
        let found = format!("a slip in `{path}`");
        let expected = kind.expectation(&reader.currency);
        let diagnostic = reader
            .error(node.place, found)
            .expected(expected)
            .help("a slip is a length of time: `lead_time` of a gate, `lasts` of an attempt");
        reader.push(diagnostic);
        return None;
    }
    let of: Option<Text> = required(node, table, "of", reader);
    let word: Option<Text> = required(node, table, "kind", reader);
    let after = read_after(node, table, reader);
    let promise = word.and_then(|word| read_promise(&word, reader));
    let (of, promise, (after, text)) = (of?, promise?, after?);
    let records = &reader.announcements.records;
    let Some(record) = records.iter().find(|record| record.id == of.text) else {
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let expected = if ids.is_empty() {
            "the id of one of `slips`, but there is none".to_owned()
        } else {
            format!("one of {}", name_list(&ids))
        };
        let diagnostic = reader
            .error(of.place, format!("unknown slip `{}`", of.text))
            .expected(expected)
            .nearest(&of.text, &ids);
        reader.push(diagnostic);
        return None;
    };
    if record.is_poison {
        return None;
    }
    let Some(curve) = record.curve(promise) else {
        let found = format!("`{}` has no {} promise", of.text, promise.name());
        let kinds = record.curves.iter().map(|curve| curve.kind.name());
        let expected = format!("a kind that its announcements have: {}", name_list(kinds));
        let diagnostic = reader.error(of.place, found).expected(expected);
        reader.push(diagnostic);
        return None;
    };
    let time = SlipTime {
        of: of.text.clone(),
        kind: promise,
        after,
        curve: Arc::new(curve.curve.clone()),
        tail: record.tail,
    };
    let text = format!("slip of {}, {}, after {text}", of.text, promise.name());
    Some((Distribution::Slip(time), Conversion::NONE, text))
}

fn required<T: Shape>(node: &Node, table: &Table, key: &str, reader: &mut Reader<'_>) -> Option<T> {
    let before = reader.report.len();
    let value = reader.field(node, table, key, None);
    (reader.report.len() == before).then_some(value)
}

fn read_promise(word: &Text, reader: &mut Reader<'_>) -> Option<Promise> {
    let names = Promise::ALL.map(Promise::name);
    let promise = Promise::ALL
        .into_iter()
        .find(|promise| promise.name() == word.text);
    if promise.is_none() {
        let diagnostic = reader
            .error(
                word.place,
                format!("\"{}\" as the kind of a slip", word.text),
            )
            .expected(format!("one of {}", name_list(names)))
            .nearest(&word.text, names);
        reader.push(diagnostic);
    }
    promise
}

/// Months until the promised end, with its text.
fn read_after(node: &Node, table: &Table, reader: &mut Reader<'_>) -> Option<(f64, String)> {
    let Some(after) = table.get("after") else {
        let found = format!("`after` is missing in `{}`", reader.path());
        let diagnostic = reader
            .error(node.place, found)
            .expected("how long from now the promise runs, such as \"12 months\"")
            .help("add `after`; a vague promise made now has `after = 0`");
        reader.push(diagnostic);
        return None;
    };
    let number = reader.within("after", |reader| {
        read_number(after, Kind::Duration, None, reader)
    })?;
    let months = number.conversion.apply(number.value);
    if months < 0.0 {
        let found = format!(
            "{} is out of range in `{}.after`",
            number.text,
            reader.path()
        );
        let diagnostic = reader
            .error(after.place, found)
            .expected("a value of at least 0");
        reader.push(diagnostic);
        return None;
    }
    Some((months, number.text))
}
