//! Reading a table and a file of edits into a calibrated market and what changes in it, with all mistakes at once.

use super::document::IssueEntry;
use super::edits::{DemandForm, Edit, EditsFile, Model};
use super::market::{Editor, Market, Product};
use super::scenario;
use super::table::{self, Products, Row};
use super::tastes::Tastes;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::document::{Files, parse_toml};
use crate::reader::{Reader, Shape, without_controls};
use crate::run::job::{ComputeError, ComputeOptions, Progress};
use crate::scenario::Loaded;
use beachhead_engine::numerics::solve::Solve;
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::error::SupplyError;
use beachhead_engine::supply::from_margins::{Calibrated, Facts, Form, LEAST_OUTSIDE, calibrate};
use std::path::Path;

/// Types that stand for a spread of price coefficients, if the file does not say how many.
const TYPES: usize = 200;

/// A step: what was asked, and the market after it, prices not solved yet.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) title: String,
    pub(super) market: Market,
}

/// A study ready to compute.
#[derive(Debug)]
pub struct Study {
    pub(super) source: String,
    pub(super) form: Form,
    pub(super) model: &'static str,
    pub(super) market_size: Option<f64>,
    pub(super) table: Products,
    pub(super) prices: Vec<f64>,
    pub(super) calibrated: Solve<Calibrated>,
    pub(super) baseline: Market,
    pub(super) steps: Vec<Step>,
    /// What people should know whatever comes out.
    pub(super) notes: Vec<IssueEntry>,
}

/// Why a study could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Mistakes of the files.
    #[error(transparent)]
    Mistakes(#[from] Diagnostics),
    /// The scenario could not be calibrated.
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

/// Reads a table of products, and a file of edits if there is one.
///
/// # Errors
/// Every mistake of both, with its place.
pub fn read(source: &Path, edits: Option<&Path>) -> Result<Study, Diagnostics> {
    let name = source.display().to_string();
    let rows = crate::table::read(source, &name).and_then(|table| table::products(&table));
    let mut files = Files::default();
    let file = edits.map(|path| read_edits(path, &mut files)).transpose();
    let (products, file) = match (rows, file) {
        (Ok(products), Ok(file)) => (products, file),
        (products, file) => {
            let lists = [products.err(), file.err()];
            let list = lists.into_iter().flatten().flat_map(|found| found.list);
            return Err(Diagnostics {
                list: list.collect(),
            });
        }
    };
    let file = file.unwrap_or(EditsFile {
        demand: None,
        edit: Vec::new(),
        ..EditsFile::poison()
    });
    study(&name, products, &file, &files)
}

/// Calibrates a scenario and takes its incumbents' products in a month of the steady state, and a file of edits if there is one.
///
/// # Errors
/// Every mistake of the edits, with its place; a scenario that cannot be calibrated.
pub fn read_scenario(
    loaded: &Loaded,
    edits: Option<&Path>,
    options: &ComputeOptions<'_>,
    progress: &dyn Progress,
) -> Result<Study, ReadError> {
    let mut files = Files::default();
    let file = edits.map(|path| read_edits(path, &mut files)).transpose()?;
    if let Some(demand) = file.as_ref().and_then(|file| file.demand.as_ref()) {
        let mistake = files
            .error(demand.place, "[demand] with a scenario")
            .expected("edits alone: a scenario's demand is what it is calibrated to");
        return Err(Diagnostics::from(mistake).into());
    }
    let month = scenario::month(loaded, options, progress)?;
    let table = Products {
        rows: Vec::new(),
        is_quantity: false,
        name: loaded.scenario.name.clone(),
    };
    let list = file.map(|file| file.edit).unwrap_or_default();
    let steps = steps(&table, &month.market, &list, &files, &[], None)?;
    let note = IssueEntry {
        code: "one_month",
        place: loaded.scenario.name.clone(),
        text: "incumbents in one month of the steady state, consumers' states held: who puts a purchase off counts as lost, so that prices answer \
               more strongly here than over a year. Unit costs are those that the first-order conditions imply, margins of channels in them and \
               lifetime services taken off; profits are a month's"
            .to_owned(),
    };
    Ok(Study {
        source: loaded.scenario.name.clone(),
        form: Form {
            nest: Some(vec![0; month.prices.len()]),
            dissimilarity: Some(month.calibrated.value.dissimilarity),
            price_spread: 0.0,
            types: month.market.demand.types(),
            price_coefficient: Some(month.calibrated.value.price_coefficient),
        },
        model: "scenario",
        market_size: Some(month.users),
        table,
        prices: month.prices,
        calibrated: month.calibrated,
        baseline: month.market,
        steps,
        notes: vec![note],
    })
}

pub(super) fn read_edits(path: &Path, files: &mut Files) -> Result<EditsFile, Diagnostics> {
    let name = path.display().to_string();
    let unreadable = |error: &dyn std::fmt::Display| {
        Diagnostic::about_file(&name, format!("cannot read this file: {error}"))
            .expected("a TOML file of edits")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    let at = files.add(&name, text);
    let mut tree = parse_toml(files, at)?;
    let mut mistakes = Vec::new();
    without_controls(&mut tree, files, &mut mistakes);
    let mut reader = Reader::new(files, "the table's currency");
    let file = EditsFile::read(&tree, &mut reader);
    mistakes.extend(reader.report);
    if mistakes
        .iter()
        .any(|found| found.severity == Severity::Error)
    {
        return Err(Diagnostics { list: mistakes });
    }
    Ok(file)
}

fn study(
    name: &str,
    table: Products,
    file: &EditsFile,
    files: &Files,
) -> Result<Study, Diagnostics> {
    let (form, model) = form(&table, file.demand.as_ref(), files)?;
    let (shares, market_size) = shares(&table, file.demand.as_ref())?;
    let mut firms: Vec<String> = Vec::new();
    let firm_of: Vec<usize> = table
        .rows
        .iter()
        .map(|row| {
            firms
                .iter()
                .position(|firm| *firm == row.firm)
                .unwrap_or_else(|| {
                    firms.push(row.firm.clone());
                    firms.len() - 1
                })
        })
        .collect();
    let prices: Vec<f64> = table.rows.iter().map(|row| row.price).collect();
    let facts = Facts {
        price: prices.clone(),
        share: shares,
        margin: table.rows.iter().map(|row| row.margin).collect(),
        conduct: Conduct::nash(firm_of.clone()),
        kept: vec![1.0; prices.len()],
    };
    let calibrated = calibrate(&facts, &form).map_err(|error| uncalibrated(&table, &error))?;
    let product = |(row, j): (&Row, usize)| Product {
        name: row.product.clone(),
        firm: firm_of[j],
        cost: calibrated.value.game.cost[j],
        unit_tax: 0.0,
        kept: 1.0,
        frozen: false,
        held_at: None,
        services: 0.0,
        like: 0,
        changed: Vec::new(),
    };
    let mut conduct = vec![0.0; firms.len() * firms.len()];
    for f in 0..firms.len() {
        conduct[f * firms.len() + f] = 1.0;
    }
    let baseline = Market {
        products: table.rows.iter().zip(0..).map(product).collect(),
        firms,
        conduct,
        demand: calibrated.value.game.demand.clone(),
        price_coefficient: calibrated.value.price_coefficient,
        promises: Vec::new(),
    };
    let steps = steps(&table, &baseline, &file.edit, files, &[], None)?;
    Ok(Study {
        source: name.to_owned(),
        form,
        model,
        market_size,
        table,
        prices,
        calibrated,
        baseline,
        steps,
        notes: Vec::new(),
    })
}

/// The form of demand; fields that do not belong to it are mistakes.
fn form(
    table: &Products,
    demand: Option<&DemandForm>,
    files: &Files,
) -> Result<(Form, &'static str), Diagnostics> {
    let mut mistakes = Vec::new();
    let model = demand.map_or(Model::Logit, |demand| demand.model);
    let mut belongs = |place: Option<crate::document::Place>, key: &str, to: Model, word: &str| {
        if let Some(place) = place.filter(|_| model != to) {
            let found = format!("`{key}` with another model");
            mistakes.push(
                files
                    .error(place, found)
                    .expected(format!("model = \"{word}\"")),
            );
        }
    };
    let of = |read: fn(&DemandForm) -> Option<crate::document::Place>| demand.and_then(read);
    belongs(
        of(|d| d.dissimilarity.map(|v| v.place)),
        "dissimilarity",
        Model::Nested,
        "nested",
    );
    belongs(
        of(|d| d.price_spread.map(|v| v.place)),
        "price_spread",
        Model::Mixed,
        "mixed",
    );
    belongs(
        of(|d| d.types.map(|v| v.place)),
        "types",
        Model::Mixed,
        "mixed",
    );
    if let Some(demand) = demand.filter(|d| model == Model::Mixed && d.price_spread.is_none()) {
        let missing = files
            .error(demand.place, "`price_spread` is missing in `demand`")
            .expected("the standard deviation of the logarithm of price coefficients, above 0");
        mistakes.push(missing.help("add `price_spread`"));
    }
    let mut nest = None;
    if model == Model::Nested {
        let mut names: Vec<&str> = Vec::new();
        let mut of_rows = Vec::new();
        for row in &table.rows {
            let Some(name) = &row.nest else {
                let empty = Diagnostic::about_file(&row.location, "no nest in this row");
                let help = "or choose another `model`";
                mistakes.push(empty.expected("a name in the column `nest`").help(help));
                continue;
            };
            let at = names
                .iter()
                .position(|known| known == name)
                .unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
            of_rows.push(at);
        }
        nest = Some(of_rows);
    }
    if !mistakes.is_empty() {
        return Err(Diagnostics { list: mistakes });
    }
    let types = demand.and_then(|demand| demand.types);
    let form = Form {
        nest,
        dissimilarity: demand.and_then(|d| d.dissimilarity).map(|v| v.value),
        price_spread: demand.and_then(|d| d.price_spread).map_or(0.0, |v| v.value),
        types: types.map_or(TYPES, |types| usize::try_from(types.value).unwrap_or(TYPES)),
        price_coefficient: demand.and_then(|d| d.price_coefficient).map(|v| v.value),
    };
    let word = match model {
        Model::Nested => "nested",
        Model::Mixed => "mixed",
        Model::Logit | Model::Unread => "logit",
    };
    Ok((form, word))
}

/// Shares of all who might buy, and how many these are, if known.
fn shares(
    table: &Products,
    demand: Option<&DemandForm>,
) -> Result<(Vec<f64>, Option<f64>), Diagnostics> {
    let sold: Vec<f64> = table.rows.iter().map(|row| row.sold).collect();
    let all: f64 = sold.iter().sum();
    let outside = demand
        .and_then(|demand| demand.outside_share)
        .map(|v| v.value);
    let size = demand
        .and_then(|demand| demand.market_size)
        .map(|v| v.value);
    let wrong = |found: String, expected: &str| {
        Diagnostics::from(Diagnostic::about_file(&table.name, found).expected(expected))
    };
    match (outside, table.is_quantity, size) {
        (Some(_), true, Some(_)) => Err(wrong(
            "both `outside_share` and `market_size` with a column `quantity`".to_owned(),
            "one of them: each says how many buy nothing",
        )),
        (Some(outside), is_quantity, size) => {
            let shares = sold.iter().map(|s| (1.0 - outside) * s / all).collect();
            let units = is_quantity.then_some(all / (1.0 - outside));
            Ok((shares, units.or(size)))
        }
        (None, true, None) => Err(wrong(
            "a column `quantity` and no word on how many might buy".to_owned(),
            "`market_size` or `outside_share` in [demand] of the edits",
        )),
        (None, true, Some(size)) if all >= size * (1.0 - LEAST_OUTSIDE) => Err(wrong(
            format!("quantities sum to {all}, market_size is {size}"),
            "a market size above what is bought, or `outside_share` instead",
        )),
        (None, true, Some(size)) => Ok((sold.iter().map(|q| q / size).collect(), Some(size))),
        (None, false, size) if all < 1.0 - LEAST_OUTSIDE => Ok((sold, size)),
        (None, false, _) => Err(wrong(
            format!("shares sum to {all}, which leaves nobody who buys nothing"),
            "shares of all who might buy, sum below 1, or `outside_share` in [demand] of the edits",
        )),
    }
}

fn uncalibrated(table: &Products, error: &SupplyError) -> Diagnostics {
    let mistake = match error {
        SupplyError::Shape {
            what: "the column of margins",
            found,
            expected,
        } => Diagnostic::about_file(
            &table.name,
            format!("{found} margins, and {expected} parameters that they must choose"),
        )
        .expected(format!("at least {expected} in the column `margin`"))
        .help("or give `price_coefficient` (and `dissimilarity`) in [demand] of the edits"),
        SupplyError::Unidentified => Diagnostic::about_file(&table.name, error.to_string())
            .expected("margins of products whose rivals in the nest differ, or `dissimilarity` in [demand] of the edits")
            .help("give `dissimilarity`, or `price_coefficient`: margins choose the other one"),
        other => Diagnostic::about_file(&table.name, other.to_string())
            .expected("prices, shares and margins of a market"),
    };
    mistake.into()
}

/// Markets after each edit; the table's own `firm_after` and `cost_change` come first. `elsewhere`: what other markets of the same
/// source have, which an edit may name without a mistake.
pub(super) fn steps(
    table: &Products,
    baseline: &Market,
    edits: &[Edit],
    files: &Files,
    elsewhere: &[String],
    tastes: Option<&Tastes<'_>>,
) -> Result<Vec<Step>, Diagnostics> {
    let mut market = baseline.clone();
    let mut steps = Vec::new();
    let says = |row: &Row| row.firm_after.is_some() || row.cost_change != 0.0;
    if table.rows.iter().any(says) {
        for (j, row) in table.rows.iter().enumerate() {
            if let Some(firm) = &row.firm_after {
                market.products[j].firm = market.firm_or_new(firm);
            }
            market.products[j].cost *= 1.0 + row.cost_change;
        }
        steps.push(Step {
            title: "owners and costs after, as the table says".to_owned(),
            market: market.clone(),
        });
    }
    let mut editor = Editor {
        files,
        mistakes: Vec::new(),
        elsewhere,
        added: Vec::new(),
        tastes,
    };
    for (n, edit) in edits.iter().enumerate() {
        editor.apply(&mut market, edit);
        steps.push(Step {
            title: title(edit).unwrap_or_else(|| format!("edit {}: {}", n + 1, word(edit))),
            market: market.clone(),
        });
    }
    if editor.mistakes.is_empty() {
        Ok(steps)
    } else {
        Err(Diagnostics {
            list: editor.mistakes,
        })
    }
}

fn word(edit: &Edit) -> &'static str {
    match edit {
        Edit::Add(_) => "add",
        Edit::Drop(_) => "drop",
        Edit::Change(_) => "change",
        Edit::Merge(_) => "merge",
        Edit::Split(_) => "split",
        Edit::Freeze(_) => "freeze",
        Edit::Cost(_) => "cost",
        Edit::Tax(_) => "tax",
        Edit::Conduct(_) => "conduct",
        Edit::Services(_) => "services",
        Edit::Cap(_) => "cap",
        Edit::Unread => "",
    }
}

fn title(edit: &Edit) -> Option<String> {
    let title = match edit {
        Edit::Add(edit) => &edit.title,
        Edit::Drop(edit) => &edit.title,
        Edit::Change(edit) => &edit.title,
        Edit::Merge(edit) => &edit.title,
        Edit::Split(edit) => &edit.title,
        Edit::Freeze(edit) => &edit.title,
        Edit::Cost(edit) => &edit.title,
        Edit::Tax(edit) => &edit.title,
        Edit::Conduct(edit) => &edit.title,
        Edit::Services(edit) => &edit.title,
        Edit::Cap(edit) => &edit.title,
        Edit::Unread => &None,
    };
    title.as_ref().map(|title| title.text.clone())
}
