//! `[[slips]]` and `[[factors]]` as written, and what their readers leave for the readers of quantities.

use super::announcements::{Record, curves};
use crate::document::{Node, Place, Value};
use crate::quantity::{AnyNumber, Measured, Probability};
use crate::reader::{Field, Id, Map, Reader, Record as _, Shape, Text, record};
use beachhead_engine::futures::survival::Tail;
use serde_json::json;

record! {
    /// A record of announcements: how what was promised slipped.
    SlipRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// Table of statements: `chain, said, kind, promised_end, happened_from, happened, source, note`.
        announcements: Text,
        /// What becomes of the share that is left after the last observation.
        tail: TailValue,
    }
}

record! {
    /// A tail that ends some time.
    TailTable {
        /// Probability a month that it happens, from the last observation on.
        hazard: Measured<Probability>,
    }
}

record! {
    /// A common cause of several uncertain things.
    FactorRow {
        /// Id; its draws are those of `factors.<id>`.
        id: Id,
        /// Correlations between -1 and 1 with it: of uncertain quantities by name, of `events.<id>` (a positive one comes
        /// earlier where the factor is high), of `slips.<id>.band` (a positive one slips more).
        members: Map<Measured<AnyNumber>>,
    }
}

/// What becomes of the share that is left after the last observation.
#[derive(Clone, Debug)]
pub enum TailValue {
    /// It never happens.
    Never,
    /// It happens with a probability a month.
    Hazard(Box<TailTable>),
    /// Could not be read; reported already.
    Unread,
}

impl Shape for TailValue {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match &node.value {
            Value::Text(word) if word == "never" => Self::Never,
            Value::Table(_) => Self::Hazard(Box::new(Shape::read(node, reader))),
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self::Unread
    }

    fn describe(_: &str) -> String {
        "\"never\", or { hazard = \"3 %/month\" }".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "const": "never" }, TailTable::schema()] })
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        Some(("", TailTable::fields()))
    }
}

/// All records of announcements. They are read before any length of time, which may be read from one.
#[derive(Clone, Debug)]
pub struct Slips {
    /// The records.
    pub rows: Vec<SlipRow>,
}

impl Shape for Slips {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let rows = Vec::<SlipRow>::read(node, reader);
        for row in &rows {
            let read = read_record(row, reader);
            reader.announcements.records.push(read);
        }
        Self { rows }
    }

    fn poison() -> Self {
        Self { rows: Vec::new() }
    }

    fn absent() -> Option<Self> {
        Some(Self::poison())
    }

    fn describe(currency: &str) -> String {
        Vec::<SlipRow>::describe(currency)
    }

    fn schema() -> serde_json::Value {
        Vec::<SlipRow>::schema()
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        Vec::<SlipRow>::inner()
    }
}

fn read_record(row: &SlipRow, reader: &mut Reader<'_>) -> Record {
    let name = &row.announcements.text;
    let known = &reader.announcements;
    let rows = known.tables.iter().find(|(table, _)| table == name);
    let (rows, as_of) = (rows.map(|(_, rows)| rows.clone()), known.as_of);
    let tail = match &row.tail {
        TailValue::Hazard(table) if !table.hazard.is_poison => {
            Some(Tail::Hazard(table.hazard.centre()))
        }
        TailValue::Never => Some(Tail::Never),
        _ => None,
    };
    let place: Place = row.announcements.place;
    let read = rows
        .zip(as_of)
        .and_then(|(rows, as_of)| curves(&rows, as_of, place, reader));
    let is_poison = read.is_none() || tail.is_none();
    let (curves, sources) = read.unwrap_or_default();
    Record {
        id: row.id.0.text.clone(),
        tail: tail.unwrap_or(Tail::Never),
        curves,
        sources,
        is_poison,
    }
}
