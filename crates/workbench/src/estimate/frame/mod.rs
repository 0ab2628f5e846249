//! Columns of a table of market data, streamed from CSV or Parquet: only those that are needed, numbers as numbers.

mod csv;
mod parquet;
#[cfg(test)]
mod tests;

use crate::diagnostic::{Diagnostic, Diagnostics, name_list};
use crate::formula::Columns;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Mistakes in cells that are shown of one table.
const MOST_MISTAKES: usize = 20;

/// Column that names products, unless a problem says otherwise.
pub const PRODUCT_IDS: &str = "product_ids";
/// Column that names markets.
const MARKET_IDS: &str = "market_ids";

/// What is wanted of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Finite numbers.
    Numbers,
    /// Ids: text or numbers, compared as text.
    Levels,
    /// Numbers if every cell is one, else levels.
    Either,
    /// Levels, and numbers too if every cell is one: ids that a formula also names.
    LevelsAndMaybeNumbers,
    /// Both.
    Both,
}

/// A column.
#[derive(Clone, Debug, Default)]
struct Held {
    name: String,
    numbers: Option<Vec<f64>>,
    codes: Option<(Vec<u32>, Vec<String>)>,
}

/// Some columns of a table.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    name: String,
    path: PathBuf,
    headers: Vec<String>,
    rows: usize,
    columns: Vec<Held>,
    /// Column that names products.
    ids: String,
}

/// A table that is open: its columns are known, none is read.
#[derive(Debug)]
pub struct Opened {
    name: String,
    path: PathBuf,
    headers: Vec<String>,
}

/// Opens a table, CSV or Parquet by its ending.
///
/// # Errors
/// A file that cannot be read, an unknown ending, columns without a name or twice.
pub fn open(path: &Path, name: &str) -> Result<Opened, Diagnostics> {
    let headers = if is_parquet(path, name)? {
        parquet::headers(path, name)?
    } else {
        csv::headers(path, name)?
    };
    Ok(Opened {
        name: name.to_owned(),
        path: path.to_owned(),
        headers,
    })
}

fn is_parquet(path: &Path, name: &str) -> Result<bool, Diagnostics> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(false),
        Some("parquet") => Ok(true),
        _ => Err(
            Diagnostic::about_file(name, "a table that is neither CSV nor Parquet")
                .expected("a file that ends in .csv or .parquet")
                .into(),
        ),
    }
}

impl Opened {
    /// Names of its columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Whether it has a column.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header == name)
    }

    /// Reads the columns that are wanted and leaves the others.
    ///
    /// # Errors
    /// Columns that are not there; cells that are not what is wanted, with row and column.
    pub fn read(&self, wanted: &[(String, Want)]) -> Result<Frame, Diagnostics> {
        let mut missing = Vec::new();
        for (name, _) in wanted {
            if !self.has(name) {
                let found = format!("no column `{name}`");
                let mistake = Diagnostic::about_file(&self.name, found)
                    .expected(format!(
                        "the columns {}",
                        name_list(wanted.iter().map(|(n, _)| n))
                    ))
                    .help(format!("the file has {}", name_list(&self.headers)));
                missing.push(mistake.nearest(name, &self.headers));
            }
        }
        if !missing.is_empty() {
            return Err(Diagnostics { list: missing });
        }
        let mut wanted = wanted.to_vec();
        loop {
            let mut sinks: Vec<Sink> = wanted
                .iter()
                .map(|(name, want)| Sink::new(name, *want))
                .collect();
            let positions: Vec<usize> = sinks
                .iter()
                .filter_map(|sink| self.headers.iter().position(|header| *header == sink.name))
                .collect();
            let outcome = if is_parquet(&self.path, &self.name)? {
                parquet::fill(&self.path, &self.name, &positions, &mut sinks)?
            } else {
                csv::fill(
                    &self.path,
                    &self.name,
                    &self.headers,
                    &positions,
                    &mut sinks,
                )?
            };
            match outcome {
                Filled::Rows(rows) => {
                    return Ok(Frame {
                        name: self.name.clone(),
                        path: self.path.clone(),
                        headers: self.headers.clone(),
                        rows,
                        columns: sinks.into_iter().map(Sink::held).collect(),
                        ids: PRODUCT_IDS.to_owned(),
                    });
                }
                // Read again from the start: a column that looked like numbers is text.
                Filled::NotNumbers(sink) => wanted[sink].1 = Want::Levels,
            }
        }
    }
}

/// How filling ended.
enum Filled {
    /// All rows.
    Rows(usize),
    /// A column wanted as either has a cell that is no number: the sink's position.
    NotNumbers(usize),
}

/// A column while it is read.
#[derive(Debug)]
struct Sink {
    name: String,
    want: Want,
    numbers: Vec<f64>,
    codes: Vec<u32>,
    levels: Vec<String>,
    known: HashMap<String, u32>,
}

impl Sink {
    fn new(name: &str, want: Want) -> Self {
        Self {
            name: name.to_owned(),
            want,
            numbers: Vec::new(),
            codes: Vec::new(),
            levels: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Whether text is no mistake.
    fn may_be_text(&self) -> bool {
        matches!(self.want, Want::Either | Want::LevelsAndMaybeNumbers)
    }

    fn wants_numbers(&self) -> bool {
        !matches!(self.want, Want::Levels)
    }

    fn wants_levels(&self) -> bool {
        matches!(
            self.want,
            Want::Levels | Want::LevelsAndMaybeNumbers | Want::Both
        )
    }

    /// Takes a cell; says what was expected if it will not do.
    fn take(&mut self, text: &str) -> Result<(), &'static str> {
        if self.wants_levels() {
            if text.is_empty() {
                return Err("an id: a text or a number");
            }
            let code = self.code(text);
            self.codes.push(code);
        }
        if self.wants_numbers() {
            let value = number(text)?;
            self.numbers.push(value);
        }
        Ok(())
    }

    fn code(&mut self, text: &str) -> u32 {
        // Rows of a market lie together in most tables.
        if let Some(last) = self.codes.last()
            && self
                .levels
                .get(*last as usize)
                .is_some_and(|level| level == text)
        {
            return *last;
        }
        let text = canonical(text);
        if let Some(code) = self.known.get(&*text) {
            return *code;
        }
        let code = u32::try_from(self.levels.len()).unwrap_or(u32::MAX);
        self.known.insert(text.clone().into_owned(), code);
        self.levels.push(text.into_owned());
        code
    }

    /// The column with its levels sorted: as numbers if all of them are, else as text.
    fn held(self) -> Held {
        let (wants_numbers, wants_levels) = (self.wants_numbers(), self.wants_levels());
        let numbers = wants_numbers.then_some(self.numbers);
        let codes = wants_levels.then(|| sorted(self.codes, self.levels));
        Held {
            name: self.name,
            numbers,
            codes,
        }
    }
}

/// A finite number.
fn number(text: &str) -> Result<f64, &'static str> {
    if text.is_empty() {
        return Err("a number: this column is required in every row");
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err("a finite number"),
        Err(_) => Err("a number such as `449` or `4.5`, without a unit or separators of thousands"),
    }
}

/// The same id however a spreadsheet wrote it: `1971.0` is `1971`.
fn canonical(text: &str) -> std::borrow::Cow<'_, str> {
    match text.strip_suffix(".0") {
        Some(whole) if whole.parse::<i64>().is_ok() => whole.into(),
        _ => text.into(),
    }
}

fn sorted(mut codes: Vec<u32>, levels: Vec<String>) -> (Vec<u32>, Vec<String>) {
    let numbers: Option<Vec<f64>> = levels.iter().map(|level| level.parse().ok()).collect();
    let mut order: Vec<usize> = (0..levels.len()).collect();
    match &numbers {
        Some(numbers) => order.sort_by(|a, b| {
            let by_number = numbers[*a].total_cmp(&numbers[*b]);
            by_number.then_with(|| levels[*a].cmp(&levels[*b]))
        }),
        None => order.sort_by(|a, b| levels[*a].cmp(&levels[*b])),
    }
    let mut place = vec![0; levels.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = u32::try_from(new).unwrap_or(u32::MAX);
    }
    for code in &mut codes {
        *code = place[*code as usize];
    }
    let mut levels: Vec<Option<String>> = levels.into_iter().map(Some).collect();
    let levels = order.iter().filter_map(|old| levels[*old].take()).collect();
    (codes, levels)
}

impl Frame {
    /// The file as the user knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of all columns of the table, also of those not read.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Says which column names products.
    pub fn name_products_by(&mut self, column: &str) {
        column.clone_into(&mut self.ids);
    }

    /// The column that names products, whether it is there or not.
    pub fn ids(&self) -> &str {
        &self.ids
    }

    /// Takes a column of numbers out.
    pub fn take_numbers(&mut self, name: &str) -> Option<Vec<f64>> {
        let held = self.columns.iter_mut().find(|held| held.name == name)?;
        held.numbers.take()
    }

    /// A mistake at a cell: the line, the column, the text.
    pub fn mistake(&self, row: usize, column: &str, found: impl Into<String>) -> Diagnostic {
        let position = self.headers.iter().position(|header| header == column);
        let found = found.into();
        if self
            .path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
        {
            return in_row(&self.name, row, format!("{found} (column `{column}`)"));
        }
        csv::located(&self.path, &self.name, row, position.unwrap_or(0)).map_or_else(
            || in_row(&self.name, row, found.clone()),
            |place| place.error(found.clone()),
        )
    }

    /// Changes a column of numbers: what stands in a row becomes what is said of it.
    pub fn change_numbers(&mut self, name: &str, of: impl Fn(usize, f64) -> f64) {
        let held = self.columns.iter_mut().find(|held| held.name == name);
        if let Some(numbers) = held.and_then(|held| held.numbers.as_mut()) {
            for (row, value) in numbers.iter_mut().enumerate() {
                *value = of(row, *value);
            }
        }
    }

    /// Puts the rows into another order: row `order[n]` becomes row `n`, what is not named is left out.
    pub fn reorder(&mut self, order: &[usize]) {
        self.rows = order.len();
        for held in &mut self.columns {
            if let Some(numbers) = &mut held.numbers {
                *numbers = order.iter().map(|row| numbers[*row]).collect();
            }
            if let Some((codes, _)) = &mut held.codes {
                *codes = order.iter().map(|row| codes[*row]).collect();
            }
        }
    }
}

/// A mistake in a row of a table without text.
fn in_row(name: &str, row: usize, found: String) -> Diagnostic {
    let mut mistake = Diagnostic::about_file(name, found);
    mistake.line = row + 1;
    mistake
}

/// What is done about a cell that will not do.
fn remedied(mistake: Diagnostic, name: &str) -> Diagnostic {
    mistake.help(format!(
        "give what is missing, or leave the row out of {name}"
    ))
}

/// `, in market …`.
fn in_market(market: Option<&str>) -> String {
    market.map_or_else(String::new, |market| format!(", in market `{market}`"))
}

/// What is said of the mistakes that are not shown.
fn and_more(name: &str, count: usize) -> Diagnostic {
    Diagnostic::about_file(name, format!("{count} more cells that will not do"))
        .expected("what is expected of those above")
}

impl Columns for Frame {
    fn rows(&self) -> usize {
        self.rows
    }

    fn numbers(&self, name: &str) -> Option<&[f64]> {
        let held = self.columns.iter().find(|held| held.name == name)?;
        held.numbers.as_deref()
    }

    fn levels(&self, name: &str) -> Option<(&[u32], &[String])> {
        let held = self.columns.iter().find(|held| held.name == name)?;
        let (codes, levels) = held.codes.as_ref()?;
        Some((codes, levels))
    }

    fn names(&self) -> Vec<String> {
        self.headers.clone()
    }
}
