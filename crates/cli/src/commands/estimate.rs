//! `beachhead estimate`: demand from market data.

use super::RUNS;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_engine::estimate::Ending;
use beachhead_workbench::estimate::bootstrap::{BOOTSTRAP, BootstrapEntry, bootstrap};
use beachhead_workbench::estimate::export::{self, ExportError, FIT};
use beachhead_workbench::estimate::hypotheses::{HypothesisEntry, tested};
use beachhead_workbench::estimate::{
    Document, Draws, FitError, MicroEntry, ParameterEntry, Post, after, document, estimated, read,
};
use beachhead_workbench::run::words;
use comfy_table::{Cell, ColumnConstraint};
use std::path::Path;

/// Most starting points.
const MOST_STARTS: i64 = 10_000;
/// Most draws for standard errors of tables.
const MOST_DRAWS: i64 = 100_000;
/// Ratios of estimates to standard errors from which on the error is rounding.
const LARGEST_RATIO: f64 = 1e6;
/// Figures of an estimate.
const FIGURES: usize = 5;

/// What was asked for beside the problem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Starting points.
    pub(super) starts: Option<i64>,
    /// Tables after the fit, with draws for their standard errors.
    pub(super) post: Option<Option<i64>>,
    /// Draws of markets.
    pub(super) bootstrap: Option<i64>,
}

pub(super) fn run(
    path: &Path,
    wanted: Wanted,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let starts = wanted.starts.map(checked).transpose()?;
    let post = wanted.post.map(|draws| drawn("--post", draws, settings));
    let draws = post.transpose()?;
    let markets = drawn("--bootstrap", wanted.bootstrap, settings)?;
    let mut loaded = read(path)?;
    if let Some(starts) = starts {
        loaded.options.starts = starts;
    }
    if let Some(seed) = settings.seed {
        loaded.options.seed = seed;
    }
    for warning in &loaded.warnings {
        talk.warning(warning);
    }
    settings.listen_for_interrupts()?;
    let pool = settings.pool()?;
    let bar = talk.progress();
    let cancel = &settings.cancel;
    let found = pool
        .install(|| estimated(&loaded, cancel, &bar))
        .map_err(failure)?;
    let hypotheses = pool.install(|| tested(&loaded, &found, cancel, &bar));
    let mut document = document(&loaded, &found.fit).with_hypotheses(hypotheses.map_err(failure)?);
    let mut tables = Vec::new();
    if let Some(draws) = draws {
        let post = pool.install(|| after(&loaded, &found.fit, draws, cancel, &bar));
        tables.extend(post.map_err(failure)?.tables);
    }
    if let Some(draws) = markets {
        let drawn = pool.install(|| bootstrap(&loaded, &found, draws, cancel, &bar));
        let drawn = drawn.map_err(failure)?;
        document = document.with_bootstrap(drawn.entry);
        tables.push((BOOTSTRAP, drawn.table));
    }
    let post = Post { tables };
    drop(bar);
    settings.check_interrupt()?;
    let folder = match &settings.out {
        Some(folder) => folder.clone(),
        None => export::place(Path::new(RUNS), &loaded)?,
    };
    export::write(&folder, &loaded, &found.fit, &document, Some(&post)).map_err(
        |error| match error {
            ExportError::NotOurs(_) => Failure::Input(error.to_string()),
            ExportError::Io { .. } | ExportError::Fault(_) => {
                Failure::Environment(error.to_string())
            }
        },
    )?;
    for issue in &document.issues {
        talk.note(&format!("note: {}: {}", issue.place, issue.text));
    }
    if settings.json {
        return talk.result(&shown::json(&document)?);
    }
    let file = folder.join(FIT).display().to_string();
    talk.result(text(&document, &file).as_bytes())
}

fn failure(error: FitError) -> Failure {
    match error {
        FitError::Input(mistakes) => mistakes.into(),
        FitError::Cancelled => Failure::Interrupted("nothing was written".to_owned()),
        FitError::Fault(text) => Failure::Environment(text),
    }
}

/// Draws behind standard errors, if any are wanted.
fn drawn(flag: &str, draws: Option<i64>, settings: &Settings) -> Result<Option<Draws>, Failure> {
    let Some(draws) = draws else { return Ok(None) };
    match usize::try_from(draws) {
        Ok(count) if (2..=MOST_DRAWS).contains(&draws) => Ok(Some(Draws {
            count,
            seed: settings.seed.unwrap_or(0),
        })),
        _ => Err(Failure::Input(format!(
            "{flag} {draws}: draws for standard errors must be 2 or more, and at most {MOST_DRAWS}"
        ))),
    }
}

fn checked(starts: i64) -> Result<usize, Failure> {
    match usize::try_from(starts) {
        Ok(value) if (1..=MOST_STARTS).contains(&starts) => Ok(value),
        _ => Err(Failure::Input(format!(
            "--starts {starts}: starting points must be 1 or more, and at most {MOST_STARTS}"
        ))),
    }
}

fn text(document: &Document, file: &str) -> String {
    let title = document.title.as_ref().unwrap_or(&document.name);
    let of = &document.dimensions;
    let mut text = shown::wrapped(&format!(
        "{title}: {} products in {} markets{}, {} moments.",
        of.rows,
        of.markets,
        match of.agents {
            0 => String::new(),
            agents => format!(", {agents} people"),
        },
        of.moments
    ));
    text.push('\n');
    text += &estimates(document);
    text.push('\n');
    if !document.micro.is_empty() {
        text += &surveys(&document.micro);
        text.push('\n');
    }
    if !document.hypotheses.is_empty() {
        text += &hypotheses(&document.hypotheses);
        text.push('\n');
    }
    if let Some(entry) = &document.bootstrap {
        text += &markets_drawn(entry);
        text.push('\n');
    }
    text += &shown::wrapped(&ending(document));
    text.push('\n');
    text += &format!("Fit: {file}\n");
    text
}

fn estimates(document: &Document) -> String {
    let mut table = shown::table(["", "Parameter", "Estimate", "Std. error", "Ratio"]);
    for column in table.column_iter_mut().skip(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let mut before = "";
    for entry in &document.parameters {
        let head = if entry.block == before {
            ""
        } else {
            heading(entry.block)
        };
        before = entry.block;
        let ratio = entry
            .se
            .filter(|se| *se > 0.0)
            .map(|se| entry.estimate / se);
        table.add_row(vec![
            Cell::new(head),
            Cell::new(&entry.name),
            shown::number(significant(entry.estimate)),
            shown::number(error(entry)),
            shown::number(ratio.map_or_else(String::new, |ratio| {
                if ratio.abs() < LARGEST_RATIO {
                    format!("{ratio:.2}")
                } else {
                    "\u{2013}".to_owned()
                }
            })),
        ]);
    }
    shown::printed(&table)
}

/// What surveys say beside what the model says.
fn surveys(entries: &[MicroEntry]) -> String {
    let mut table = shown::table(["Survey", "Value", "Observed", "Computed"]);
    for entry in entries {
        let computed = entry.computed.map_or("\u{2013}".to_owned(), significant);
        table.add_row(vec![
            Cell::new(&entry.survey),
            Cell::new(&entry.name),
            shown::number(significant(entry.observed)),
            shown::number(computed),
        ]);
    }
    shown::printed(&table)
}

/// Chances of statistics as large where the hypothesis is true.
fn hypotheses(entries: &[HypothesisEntry]) -> String {
    let mut table = shown::table(["Hypothesis", "Wald", "Distance", "Lagrange"]);
    let test = |test: Option<beachhead_engine::estimate::ChiSquareTest>| {
        let text = test.map_or("\u{2013}".to_owned(), |test| {
            format!("{}\np {:.3}", significant(test.statistic), test.p_value)
        });
        shown::number(text)
    };
    for entry in entries {
        let says = entry.says.join("\n");
        table.add_row(vec![
            Cell::new(format!("{}\n{says}", entry.name)),
            test(entry.wald),
            test(entry.distance),
            test(entry.lagrange),
        ]);
    }
    shown::printed(&table)
}

/// Standard errors and intervals over draws of markets.
fn markets_drawn(entry: &BootstrapEntry) -> String {
    let title = format!("{} draws of markets", entry.draws - entry.failed);
    let mut table = shown::table([title.as_str(), "Std. error", "95 % from", "to"]);
    let number =
        |value: Option<f64>| shown::number(value.map_or("\u{2013}".to_owned(), significant));
    for parameter in entry.parameters.iter().chain(&entry.after) {
        table.add_row(vec![
            Cell::new(&parameter.name),
            number(parameter.se),
            number(parameter.lower),
            number(parameter.upper),
        ]);
    }
    shown::printed(&table)
}

fn error(entry: &ParameterEntry) -> String {
    match (entry.fixed, entry.at_bound, entry.se) {
        (true, ..) => "held".to_owned(),
        (_, true, _) => "on a bound".to_owned(),
        (_, _, Some(se)) => significant(se),
        _ => "\u{2013}".to_owned(),
    }
}

fn heading(block: &str) -> &'static str {
    match block {
        "sigma" => "Tastes (Σ)",
        "pi" => "By people (Π)",
        "rho" => "Nests (ρ)",
        "beta" => "Utility (β)",
        _ => "Costs (γ)",
    }
}

/// A number with so many figures, plain unless that is very long.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = value.abs().log10().floor();
    if !(-5.0..=8.0).contains(&digits) {
        return format!("{value:.*e}", FIGURES - 1);
    }
    let decimals = (FIGURES as f64 - 1.0 - digits).max(0.0);
    format!("{value:.*}", decimals as usize)
}

fn ending(document: &Document) -> String {
    let settings = &document.settings;
    let steps = match document.steps.len() {
        1 => "one step".to_owned(),
        steps => format!("{steps} steps"),
    };
    let words = match settings.standard_errors {
        "robust" => "robust",
        "clustered" => "clustered",
        _ => "unadjusted",
    };
    let test = document
        .overidentification
        .map_or_else(String::new, |test| {
            format!(
                " Hansen's J {} with {} degrees of freedom, p {:.3}.",
                significant(test.statistic),
                test.degrees,
                test.p_value
            )
        });
    format!(
        "Objective {}, gradient {:.1e}, {}; {steps}, {} {} of the objective, {} of the contraction. Standard errors are {words}.{test}",
        significant(document.objective),
        document.gradient_norm,
        match document.status {
            Ending::Converged => "converged",
            Ending::Evaluated => "evaluated where it starts",
            Ending::MarketsFailed => "markets failed",
            Ending::BudgetSpent | Ending::BrokeDown | Ending::Cancelled => "not converged",
        },
        document.evaluations,
        if document.evaluations == 1 {
            "evaluation"
        } else {
            "evaluations"
        },
        words::human(document.contraction_evaluations as f64),
    )
}
