//! A market as a table in the style of R's `antitrust`: a row a product, with price, share, owner, and margins where they are known.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::table::Table;

/// Columns that must be there. `share` or `quantity` comes on top.
const REQUIRED: [&str; 3] = ["product", "firm", "price"];
/// All columns.
pub const COLUMNS: [&str; 9] = [
    "product",
    "firm",
    "price",
    "share",
    "quantity",
    "margin",
    "nest",
    "firm_after",
    "cost_change",
];

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name, once in a table.
    pub product: String,
    /// Who prices it.
    pub firm: String,
    /// Price, currency per unit.
    pub price: f64,
    /// Share, or units.
    pub sold: f64,
    /// (price − cost) ÷ price, if known.
    pub margin: Option<f64>,
    /// Nest, if there is such a column.
    pub nest: Option<String>,
    /// Who prices it after the change, if there is such a column.
    pub firm_after: Option<String>,
    /// Change of unit cost after it, a share of cost.
    pub cost_change: f64,
    /// Line in the file.
    pub location: String,
}

/// The table, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Products {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether `sold` are units and not shares.
    pub is_quantity: bool,
    /// The file's name, for messages.
    pub name: String,
}

/// Reads the rows with all mistakes at once.
///
/// # Errors
/// Missing, unknown or doubled columns; cells that are empty where a value is needed, no numbers, or out of range; products named twice.
pub fn products(table: &Table) -> Result<Products, Diagnostics> {
    let mut mistakes = Vec::new();
    if let Err(missing) = table.require(&REQUIRED) {
        mistakes.extend(missing.list);
    }
    for (at, header) in table.headers().enumerate() {
        if !COLUMNS.contains(&header) {
            let list = crate::diagnostic::name_list(COLUMNS);
            let unknown = table
                .header_mistake(at, format!("unknown column `{header}`"))
                .expected(format!("one of {list}"));
            mistakes.push(unknown.nearest(header, COLUMNS));
        }
    }
    let (share, quantity) = (table.column("share"), table.column("quantity"));
    let sold = match (share, quantity) {
        (Some(at), None) | (None, Some(at)) => Some(at),
        (None, None) => {
            let missing = table
                .header_mistake(0, "no column `share`")
                .expected("a column `share` (of all who might buy), or `quantity`");
            mistakes.push(missing);
            None
        }
        (Some(_), Some(at)) => {
            let both = table
                .header_mistake(at, "both `share` and `quantity`")
                .expected("one of them");
            mistakes.push(both);
            None
        }
    };
    if table.rows() == 0 && mistakes.is_empty() {
        let empty = Diagnostic::about_file(table.name(), "a table without rows");
        mistakes.push(empty.expected("a row for each product"));
    }
    if !mistakes.is_empty() {
        return Err(Diagnostics { list: mistakes });
    }
    let mut read = Cells {
        table,
        mistakes: &mut mistakes,
    };
    let is_quantity = quantity.is_some();
    let rows: Vec<Row> = (0..table.rows())
        .map(|row| read.row(row, sold.unwrap_or(0), is_quantity))
        .collect();
    for (at, row) in rows.iter().enumerate() {
        let first = rows[..at].iter().find(|other| other.product == row.product);
        if let Some(first) = first.filter(|_| !row.product.is_empty()) {
            let column = table.column("product").unwrap_or(0);
            let again = table
                .mistake(at, column, format!("a second product `{}`", row.product))
                .expected(format!(
                    "each product once; the first is at {}",
                    first.location
                ));
            mistakes.push(again);
        }
    }
    if mistakes.is_empty() {
        Ok(Products {
            rows,
            is_quantity,
            name: table.name().to_owned(),
        })
    } else {
        Err(Diagnostics { list: mistakes })
    }
}

struct Cells<'a> {
    table: &'a Table,
    mistakes: &'a mut Vec<Diagnostic>,
}

impl Cells<'_> {
    fn row(&mut self, row: usize, sold: usize, is_quantity: bool) -> Row {
        let optional = |name: &str| {
            let column = self.table.column(name)?;
            self.table.given(row, column).map(str::to_owned)
        };
        let (nest, firm_after) = (optional("nest"), optional("firm_after"));
        let above_zero: fn(f64) -> bool = |v| v > 0.0;
        let share: fn(f64) -> bool = |v| v > 0.0 && v < 1.0;
        let (fits, expected) = if is_quantity {
            (above_zero, "a number above 0")
        } else {
            (share, "a share between 0 and 1")
        };
        Row {
            product: self.text(row, "product"),
            firm: self.text(row, "firm"),
            price: self.needed(row, self.table.column("price").unwrap_or(0), above_zero, "a number above 0"),
            sold: self.needed(row, sold, fits, expected),
            margin: self.given(
                row,
                "margin",
                |v| v > 0.0 && v < 1.0,
                "(price \u{2212} cost) \u{f7} price, between 0 and 1, or an empty cell where it is not known",
            ),
            nest,
            firm_after,
            cost_change: self
                .given(row, "cost_change", |v| v > -1.0, "a share of cost above -1, such as -0.05")
                .unwrap_or(0.0),
            location: self.table.location(row),
        }
    }

    fn text(&mut self, row: usize, name: &str) -> String {
        let column = self.table.column(name).unwrap_or(0);
        match self.table.required_text(row, column) {
            Ok(text) => text.to_owned(),
            Err(mistake) => {
                self.mistakes.push(*mistake);
                String::new()
            }
        }
    }

    fn needed(&mut self, row: usize, column: usize, fits: fn(f64) -> bool, expected: &str) -> f64 {
        match self.table.required_number(row, column) {
            Ok(value) => self.within(row, column, value, fits, expected),
            Err(mistake) => {
                self.mistakes.push(*mistake);
                f64::NAN
            }
        }
    }

    fn given(
        &mut self,
        row: usize,
        name: &str,
        fits: fn(f64) -> bool,
        expected: &str,
    ) -> Option<f64> {
        let column = self.table.column(name)?;
        match self.table.number(row, column) {
            Ok(value) => value.map(|value| self.within(row, column, value, fits, expected)),
            Err(mistake) => {
                self.mistakes.push(*mistake);
                None
            }
        }
    }

    fn within(
        &mut self,
        row: usize,
        column: usize,
        value: f64,
        fits: fn(f64) -> bool,
        expected: &str,
    ) -> f64 {
        if !fits(value) {
            let header = self.table.headers().nth(column).unwrap_or_default();
            let found = format!("{value} in column `{header}`");
            let mut mistake = self.table.mistake(row, column, found).expected(expected);
            if matches!(header, "share" | "margin") && (1.0..=100.0).contains(&value) {
                mistake = mistake.help(format!("write {value} % as {}", value / 100.0));
            }
            self.mistakes.push(mistake);
        }
        value
    }
}
