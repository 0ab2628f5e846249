//! `beachhead estimate`: demand from market data.

use super::RUNS;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::estimate::export::{self, ExportError, FIT};
use beachhead_workbench::estimate::{
    Document, Draws, FitError, ParameterEntry, after, document, fit, read,
};
use beachhead_workbench::run::words;
use comfy_table::{Cell, ColumnConstraint};
use std::path::Path;

/// Most starting points.
const MOST_STARTS: i64 = 10_000;
/// Most draws for standard errors of tables.
const MOST_DRAWS: i64 = 100_000;
/// Figures of an estimate.
const FIGURES: usize = 5;

pub(super) fn run(
    path: &Path,
    starts: Option<i64>,
    post: Option<Option<i64>>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let starts = starts.map(checked).transpose()?;
    let draws = post.map(|draws| drawn(draws, settings)).transpose()?;
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
    let fit = pool
        .install(|| fit(&loaded, &settings.cancel, &bar))
        .map_err(failure)?;
    let post = match draws {
        None => None,
        Some(draws) => {
            let tables = || after(&loaded, &fit, draws, &settings.cancel, &bar);
            Some(pool.install(tables).map_err(failure)?)
        }
    };
    drop(bar);
    settings.check_interrupt()?;
    let document = document(&loaded, &fit);
    let folder = match &settings.out {
        Some(folder) => folder.clone(),
        None => export::place(Path::new(RUNS), &loaded)?,
    };
    export::write(&folder, &loaded, &fit, &document, post.as_ref()).map_err(
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

/// Draws behind the standard errors of tables, if any are wanted.
fn drawn(draws: Option<i64>, settings: &Settings) -> Result<Option<Draws>, Failure> {
    let Some(draws) = draws else { return Ok(None) };
    match usize::try_from(draws) {
        Ok(count) if (2..=MOST_DRAWS).contains(&draws) => Ok(Some(Draws {
            count,
            seed: settings.seed.unwrap_or(0),
        })),
        _ => Err(Failure::Input(format!(
            "--post {draws}: draws for standard errors must be 2 or more, and at most {MOST_DRAWS}"
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
            shown::number(ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))),
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
            beachhead_engine::numerics::solve::Status::Converged => "converged",
            _ => "not converged",
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
