//! Scenarios: a folder of plain files, read with all its mistakes at once, resolved for the engine.

mod announcements;
mod circle;
pub mod deal_file;
pub mod event_file;
mod event_needs;
pub mod file;
pub mod fit;
mod folder;
mod idle_sets;
mod interval;
pub mod learning_file;
mod new;
mod part_worths;
pub mod plan_file;
pub mod pricing_file;
mod products;
mod reach;
mod register;
mod register_slips;
mod resolve;
mod schema;
pub mod slips;
mod sources;
pub mod special;
pub mod target_file;

pub use announcements::Announcements;
pub use folder::{FORMAT, SCENARIO_FILE};
pub use new::{NewError, write_new};
pub use register::{Register, RegisterRow, register};
pub use register_slips::{CurveEntry, FactorEntry, SlipEntry, StepEntry, TailEntry};
pub use resolve::Issue;
pub use schema::{FieldDoc, reference, schema};
pub use sources::Source;
pub use special::Date;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::document::{Files, Node, Place, Table, Value};
use crate::estimate::Stored;
use crate::reader::{DefaultUsed, Reader, Record, Shape, without_controls};
use crate::set::{SET_FILE, add_sets, apply_sets};
use beachhead_engine::scenario::Scenario;
use file::ScenarioFile;
use folder::{Folder, Rows, read_rows};
use resolve::{AsWritten, Overrides};
use sources::Sources;
use std::path::Path;

/// What the command line says about how to load a scenario.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Edits, `path=value`.
    pub sets: Vec<String>,
    /// Seed instead of the file's.
    pub seed: Option<u64>,
    /// Draws instead of the file's.
    pub draws: Option<usize>,
    /// Months instead of the file's.
    pub months: Option<usize>,
    /// Ids of the plans to run; all if empty.
    pub plans: Vec<String>,
}

/// A scenario ready to run, with what people should know about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Positions of the plans to run, in the order asked for.
    pub plans: Vec<usize>,
    /// All sources, in the order of their table.
    pub sources: Vec<Source>,
    /// What is not wrong but should be known.
    pub warnings: Vec<Diagnostic>,
    /// What is read and checked, but does nothing or less than it seems.
    pub not_simulated: Vec<Issue>,
    /// Every default that was taken.
    pub defaults: Vec<DefaultUsed>,
    /// Ids of sources in use that were published on or after `as_of`, with the date.
    pub published_later: Vec<(String, Date)>,
    /// For each quantity of the scenario, its text as written.
    pub texts: Vec<String>,
}

pub(crate) fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// Loads the scenario in a folder.
///
/// # Errors
/// All mistakes of its files at once, in the order of files and lines. A mistake of syntax in
/// `scenario.toml` stands alone, as nothing behind it can be read.
pub fn load(folder: &Path, options: &LoadOptions) -> Result<Loaded, Diagnostics> {
    let folder = Folder::open(folder)?;
    let mut files = Files::default();
    let mut tree = folder.read_scenario(&mut files)?;
    let mut mistakes = Vec::new();
    let sets = (!options.sets.is_empty()).then(|| add_sets(&mut files, &options.sets));
    if let Some(sets) = sets {
        mistakes.extend(apply_sets(&mut tree, &files, sets, |first| {
            first != "products"
        }));
    }
    without_controls(&mut tree, &files, &mut mistakes);
    let mut tables = read_tables(&folder, &tree, &mut files, &mut mistakes);
    if let (Some(sets), Some(rows)) = (sets, &mut tables.products) {
        mistakes.extend(set_products(rows, &files, sets));
    }
    tables.without_controls(&files, &mut mistakes);
    let currency = text_at(&tree, &["scenario", "currency"]).map_or("USD", |(text, _)| text);
    let mut reader = Reader::new(&files, currency);
    reader.report = mistakes;
    reader.announcements.tables = std::mem::take(&mut tables.announcements);
    reader.announcements.as_of = as_of(&tree);
    let resolved = read_and_resolve(&tree, tables, options, &mut reader);
    let (mut report, defaults) = (reader.report, reader.defaults);
    let plans = match &resolved {
        Some(resolved) => chosen_plans(&resolved.scenario, &options.plans, &mut report),
        None => Vec::new(),
    };
    if let (Some(resolved), Some(sets)) = (&resolved, sets) {
        let idle = idle_sets::idle_prices(&resolved.scenario, &plans, &files, sets);
        report.extend(idle);
    }
    sort(&mut report, &files);
    let (errors, warnings): (Vec<_>, Vec<_>) = report.into_iter().partition(is_error);
    match resolved {
        Some(resolved) if errors.is_empty() => {
            let later = resolved.sources.published_later();
            Ok(Loaded {
                scenario: resolved.scenario,
                plans,
                published_later: later
                    .iter()
                    .map(|(id, date, _)| (id.clone(), *date))
                    .collect(),
                sources: resolved.sources.list,
                warnings,
                not_simulated: resolved.issues,
                defaults,
                texts: resolved.texts,
            })
        }
        _ => Err(Diagnostics { list: errors }),
    }
}

/// The tables beside `scenario.toml`; `None` where one could not be read.
struct Tables {
    products: Option<Rows>,
    compatibility: Option<Rows>,
    part_worths: Option<Rows>,
    fit: Option<Stored>,
    sources: Option<Rows>,
    /// Earlier entries.
    entries: Option<Rows>,
    /// By the name of their file.
    announcements: Vec<(String, Rows)>,
    /// Whether sources can be looked up.
    has_sources: bool,
}

impl Tables {
    fn without_controls(&mut self, files: &Files, mistakes: &mut Vec<Diagnostic>) {
        let tables = [
            &mut self.products,
            &mut self.compatibility,
            &mut self.part_worths,
            &mut self.sources,
            &mut self.entries,
        ];
        let announcements = self.announcements.iter_mut().map(|(_, rows)| rows);
        for rows in tables.into_iter().flatten().chain(announcements) {
            without_controls(&mut rows.list, files, mistakes);
        }
    }
}

fn read_tables(
    folder: &Folder,
    tree: &Node,
    files: &mut Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Tables {
    let mut read = |named: Option<(&str, Place)>, required: &[&str]| -> Option<Rows> {
        match read_rows(folder, files, named?, required) {
            Ok(rows) => Some(rows),
            Err(found) => {
                mistakes.extend(found.list);
                None
            }
        }
    };
    let products = read(text_at(tree, &["demand", "products"]), &products::REQUIRED);
    let compatibility = read(
        text_at(tree, &["compatibility", "table"]),
        &["product", "network", "level"],
    );
    let part_worths = read(text_at(tree, &["demand", "part_worths"]), &[]);
    let default = "sources.csv";
    let named = text_at(tree, &["scenario", "sources"])
        .or_else(|| folder.has(default).then_some((default, Place::NOWHERE)));
    let sources = read(named, &sources::COLUMNS);
    let has_sources = sources.is_some() || named.is_none();
    let entries = read(
        text_at(tree, &["forecast", "reference_class"]),
        &resolve::ENTRY_COLUMNS,
    );
    let mut announcements: Vec<(String, Rows)> = Vec::new();
    for (name, place) in announcement_files(tree) {
        let is_read = announcements.iter().any(|(read, _)| read == name);
        if !is_read && let Some(rows) = read(Some((name, place)), &announcements::COLUMNS) {
            announcements.push((name.to_owned(), rows));
        }
    }
    let fit = text_at(tree, &["demand", "fit", "folder"]);
    let fit = fit.and_then(|named| fit::read_fit(folder, named, files, mistakes));
    Tables {
        announcements,
        products,
        compatibility,
        part_worths,
        fit,
        sources,
        entries,
        has_sources,
    }
}

/// Applies the edits of products to the rows of their table.
fn set_products(rows: &mut Rows, files: &Files, sets: usize) -> Vec<Diagnostic> {
    let mut root = Table::default();
    let place = rows.list.place;
    let list = std::mem::replace(&mut rows.list.value, Value::Bool(false));
    root.set("products", place, Node { place, value: list });
    let mut tree = Node {
        place,
        value: Value::Table(root),
    };
    let mut mistakes = apply_sets(&mut tree, files, sets, |first| first == "products");
    let root = if let Value::Table(root) = tree.value {
        root
    } else {
        Table::default()
    };
    if let Some(list) = root.get("products") {
        rows.list = list.clone();
    }
    mistakes.extend(unknown_columns(rows, files));
    mistakes
}

/// Cells that an edit put where the table has no column.
fn unknown_columns(rows: &Rows, files: &Files) -> Vec<Diagnostic> {
    let Value::List(list) = &rows.list.value else {
        return Vec::new();
    };
    let columns: Vec<&str> = rows
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .chain(products::KNOWN)
        .collect();
    list.iter()
        .filter_map(Node::as_table)
        .flat_map(|table| &table.entries)
        .filter(|entry| !columns.contains(&entry.key.as_str()))
        .map(|entry| {
            files
                .error(entry.place, format!("unknown column `{}`", entry.key))
                .expected("a column of the table of products")
                .nearest(&entry.key, &columns)
        })
        .collect()
}

/// The files that `slips` name.
fn announcement_files(tree: &Node) -> Vec<(&str, Place)> {
    let slips = tree.as_table().and_then(|table| table.get("slips"));
    let Some(Value::List(rows)) = slips.map(|node| &node.value) else {
        return Vec::new();
    };
    rows.iter()
        .filter_map(|row| text_at(row, &["announcements"]))
        .collect()
}

/// `as_of`, which announcements are read by before the market's section is resolved.
fn as_of(tree: &Node) -> Option<Date> {
    let market = tree.as_table()?.get("scenario")?.as_table()?;
    match &market.get("as_of")?.value {
        Value::Date(text) | Value::Text(text) => Date::parse(text),
        _ => None,
    }
}

fn text_at<'n>(tree: &'n Node, path: &[&str]) -> Option<(&'n str, Place)> {
    let node = path
        .iter()
        .try_fold(tree, |node, key| node.as_table()?.get(key))?;
    node.as_text().map(|text| (text, node.place))
}

fn read_and_resolve(
    tree: &Node,
    tables: Tables,
    options: &LoadOptions,
    reader: &mut Reader<'_>,
) -> Option<resolve::Resolved> {
    let file = ScenarioFile::read(tree, reader);
    let sources = if tables.has_sources {
        Sources::read(tables.sources.as_ref(), file.scenario.as_of.date, reader)
    } else {
        Sources::unknown()
    };
    let rows = tables.products?;
    let products = products::read_products(&rows, reader);
    let written = AsWritten {
        file,
        products,
        columns: rows.columns,
        compatibility: tables.compatibility,
        entries: tables.entries,
        part_worths: tables.part_worths,
        fit: tables.fit,
    };
    let overrides = Overrides {
        seed: options.seed,
        draws: options.draws,
        months: options.months,
    };
    Some(resolve::resolve(&written, sources, &overrides, reader))
}

fn chosen_plans(scenario: &Scenario, asked: &[String], report: &mut Vec<Diagnostic>) -> Vec<usize> {
    if asked.is_empty() {
        return (0..scenario.plans.len()).collect();
    }
    let ids: Vec<&str> = scenario.plans.iter().map(|plan| plan.id.as_str()).collect();
    let mut chosen = Vec::new();
    for id in asked {
        match ids.iter().position(|known| known == id) {
            Some(at) if !chosen.contains(&at) => chosen.push(at),
            Some(_) => {}
            None => report.push(
                Diagnostic::about_file("--plan", format!("unknown plan `{id}`"))
                    .expected(format!("one of {}", crate::diagnostic::name_list(&ids)))
                    .nearest(id, &ids),
            ),
        }
    }
    chosen
}

/// Files in the order in which they were read, then lines and columns; the same thing once.
fn sort(report: &mut Vec<Diagnostic>, files: &Files) {
    report.sort_by_key(|d| {
        let file = files.position(&d.file).unwrap_or(usize::MAX);
        // Edits come last: they were written last.
        (d.file == SET_FILE, file, d.line, d.column)
    });
    report.dedup();
}

/// The keys at the top of `scenario.toml`, for completion.
pub fn top_level_keys() -> Vec<&'static str> {
    ScenarioFile::fields()
        .iter()
        .map(|field| field.key)
        .collect()
}
