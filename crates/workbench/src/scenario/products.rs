//! The table of products as written.

use super::folder::Rows;
use super::resolve::FIT_PRODUCT;
use super::special::parse_month;
use crate::document::{Entry, Node, Place, Table, Value};
use crate::quantity::{Measured, MoneyPerUnit, Utility};
use crate::reader::{Id, Reader, Shape, Text};
use beachhead_engine::scenario::CalendarMonth;

/// Columns that the table must have.
pub(super) const REQUIRED: [&str; 4] = ["id", "brand", "category", "price"];

/// Columns that the reader knows beside those that the hedonic formula names.
pub(super) const KNOWN: [&str; 16] = [
    "id",
    "title",
    "brand",
    "category",
    "price",
    "price_source",
    "price_note",
    "unit_cost",
    "unit_cost_source",
    "unit_cost_note",
    "launch",
    "channels",
    "tier",
    "appeal",
    "note",
    FIT_PRODUCT,
];

/// When a product comes on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Launch {
    /// In a month of the calendar.
    Month(CalendarMonth),
    /// When an event brings it.
    Event,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(super) struct ProductRow {
    /// Id.
    pub id: Text,
    /// What people call it; may be empty.
    pub title: String,
    /// Brand.
    pub brand: Text,
    /// Category.
    pub category: Text,
    /// Consumer's price.
    pub price: Measured<MoneyPerUnit>,
    /// Marginal cost.
    pub unit_cost: Option<Measured<MoneyPerUnit>>,
    /// Own appeal, in utility.
    pub appeal: Measured<Utility>,
    /// First month on sale; none: from the start.
    pub launch: Option<(Launch, Place)>,
    /// Channels, if listed.
    pub channels: Option<Vec<Text>>,
    /// Price tier; may be empty.
    pub tier: String,
    /// Where the row stands.
    pub place: Place,
    /// All cells.
    cells: Table,
}

impl ProductRow {
    /// The text of a cell.
    pub(super) fn text(&self, column: &str) -> Option<(&str, Place)> {
        let node = self.cells.get(column)?;
        Some((node.as_text().unwrap_or(""), node.place))
    }

    /// A number of a column that the hedonic formula reads; reports an empty cell or another text.
    pub(super) fn attribute(&self, column: &str, reader: &mut Reader<'_>) -> Option<f64> {
        let node = self.cells.get(column)?;
        let number = match &node.value {
            Value::Text(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
            _ => node.as_number().filter(|number| number.is_finite()),
        };
        if number.is_none() {
            let found = match node.as_text() {
                Some("") => format!("an empty cell in column `{column}`"),
                _ => format!("{} in column `{column}`", node.describe()),
            };
            let diagnostic = reader.error(node.place, found).expected(format!(
                "a number: demand needs `{column}` of every such product"
            ));
            reader.push(diagnostic);
        }
        number
    }
}

/// Reads all rows; mistakes are reported.
pub(super) fn read_products(rows: &Rows, reader: &mut Reader<'_>) -> Vec<ProductRow> {
    let Value::List(list) = &rows.list.value else {
        return Vec::new();
    };
    let read = |node: &Node, reader: &mut Reader<'_>| {
        let table = node.as_table()?;
        let id = table
            .get("id")
            .and_then(Node::as_text)
            .unwrap_or("")
            .to_owned();
        Some(reader.within(&id, |reader| read_row(node, table, reader)))
    };
    reader.within("products", |reader| {
        list.iter().filter_map(|node| read(node, reader)).collect()
    })
}

fn read_row(node: &Node, table: &Table, reader: &mut Reader<'_>) -> ProductRow {
    ProductRow {
        id: required::<Id>(table, "id", reader).0,
        title: plain(table, "title"),
        brand: required::<Id>(table, "brand", reader).0,
        category: required::<Id>(table, "category", reader).0,
        price: reader.within("price", |reader| match quantity(table, "price") {
            Some(node) => Measured::read(&node, reader),
            None => {
                empty(table, "price", reader);
                Measured::poison()
            }
        }),
        unit_cost: reader.within("unit_cost", |reader| {
            quantity(table, "unit_cost").map(|node| Measured::read(&node, reader))
        }),
        appeal: reader.within("appeal", |reader| match quantity(table, "appeal") {
            Some(node) => Measured::read(&node, reader),
            None => reader.default("0"),
        }),
        launch: launch(table, reader),
        channels: given(table, "channels").map(split_ids),
        tier: plain(table, "tier"),
        place: node.place,
        cells: table.clone(),
    }
}

/// The text of a cell that may be empty.
fn plain(table: &Table, key: &str) -> String {
    let text = given(table, key).and_then(Node::as_text);
    text.unwrap_or("").to_owned()
}

/// A cell that is not empty.
fn given<'t>(table: &'t Table, key: &str) -> Option<&'t Node> {
    table.get(key).filter(|node| node.as_text() != Some(""))
}

fn empty(table: &Table, key: &str, reader: &mut Reader<'_>) {
    let place = table.get(key).map_or(Place::NOWHERE, |node| node.place);
    let diagnostic = reader
        .error(place, format!("an empty cell in column `{key}`"))
        .expected("a value: this column is required");
    reader.push(diagnostic);
}

fn required<T: Shape>(table: &Table, key: &str, reader: &mut Reader<'_>) -> T {
    match given(table, key) {
        Some(node) => reader.within(key, |reader| T::read(node, reader)),
        None => {
            empty(table, key, reader);
            T::poison()
        }
    }
}

/// A cell as a quantity, with the source and the note beside it. A cell that an edit replaced keeps
/// neither.
fn quantity(table: &Table, key: &str) -> Option<Node> {
    let node = given(table, key)?;
    let Value::Text(text) = &node.value else {
        return Some(node.clone());
    };
    let mut value = node.clone();
    if let Ok(number) = text.parse::<f64>() {
        value.value = Value::Float(number);
    }
    let beside: Vec<Entry> = ["source", "note"]
        .into_iter()
        .filter_map(|word| {
            let node = given(table, &format!("{key}_{word}"))?.clone();
            Some(Entry {
                key: word.to_owned(),
                place: node.place,
                node,
            })
        })
        .collect();
    if beside.is_empty() {
        return Some(value);
    }
    let place = node.place;
    let mut entries = vec![Entry {
        key: "value".to_owned(),
        place,
        node: value,
    }];
    entries.extend(beside);
    Some(Node {
        place,
        value: Value::Table(Table { entries }),
    })
}

fn launch(table: &Table, reader: &mut Reader<'_>) -> Option<(Launch, Place)> {
    let node = given(table, "launch")?;
    let text = node.as_text();
    let launch = match text {
        Some("event") => Some(Launch::Event),
        _ => text.and_then(parse_month).map(Launch::Month),
    };
    if launch.is_none() {
        let diagnostic = reader
            .error(
                node.place,
                format!("{} in column `launch`", node.describe()),
            )
            .expected("a month such as 2018-03, `event`, or an empty cell");
        reader.push(diagnostic);
    }
    launch.map(|launch| (launch, node.place))
}

fn split_ids(node: &Node) -> Vec<Text> {
    let Some(text) = node.as_text() else {
        return Vec::new();
    };
    let mut at = 0;
    let mut ids = Vec::new();
    for part in text.split(';') {
        let lead = part.len() - part.trim_start().len();
        let start = at + lead;
        let id = part.trim();
        if !id.is_empty() {
            let place = node.place.part(start..start + id.len());
            ids.push(Text {
                text: id.to_owned(),
                place,
            });
        }
        at += part.len() + 1;
    }
    ids
}
