//! `beachhead counterfactual`: prices in equilibrium after a merger, an entry, a tax, from a table of a market.

mod text;

use super::load;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::counterfactual::{
    Markets, ReadError, Spread, SpreadError, Study, SummarySpread, compute, compute_all, csv,
    csv_of_all, measures_csv, measures_csv_of_all, open_fit, read, read_scenario, spread, told,
};
use beachhead_workbench::estimate::Stored;
use beachhead_workbench::run::job::ComputeOptions;
use beachhead_workbench::run::words;
use beachhead_workbench::scenario::SCENARIO_FILE;
use comfy_table::{Cell, ColumnConstraint};
use std::fs;
use std::path::Path;
use text::text;

/// What was asked for beside the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// File of edits.
    pub(super) edits: Option<&'a Path>,
    /// Market of a fit.
    pub(super) market: Option<&'a str>,
    /// Rows instead of a table.
    pub(super) as_csv: bool,
    /// Where to write what those rows leave out.
    pub(super) measures: Option<&'a Path>,
    /// Draws behind standard errors, of a fit.
    pub(super) errors: Option<i64>,
}

/// Most draws of parameters.
const MOST_DRAWS: i64 = 100_000;

pub(super) fn run(
    source: &Path,
    wanted: Wanted<'_>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let Wanted { edits, as_csv, .. } = wanted;
    if as_csv && settings.json {
        return Err(Failure::Input(
            "--csv and --json: choose one of them".to_owned(),
        ));
    }
    if Stored::is_at(source) {
        return of_fit(source, wanted, settings, talk);
    }
    if let Some(market) = wanted.market {
        return Err(Failure::Input(format!(
            "--market {market}: only a fit has several markets; leave it out"
        )));
    }
    if let Some(draws) = wanted.errors {
        return Err(Failure::Input(format!(
            "--errors {draws}: only a fit has parameters that can be drawn; leave it out"
        )));
    }
    if !is_scenario(source) {
        refuse_what_means_nothing(settings, false, "a table")?;
    }
    let study = study(source, edits, settings, talk)?;
    let document = compute(&study).map_err(|error| Failure::Input(error.to_string()))?;
    if let Some(path) = wanted.measures {
        write(path, &measures_csv(&document))?;
    }
    for issue in &document.issues {
        talk.note(&format!("note: {}: {}", issue.place, issue.text));
    }
    if settings.json {
        return talk.result(&shown::json(&document)?);
    }
    if as_csv {
        return talk.result(csv(&document).as_bytes());
    }
    talk.tell(&text(&document))
}

/// Flags that choose among what only a scenario has: one error for all of them.
fn refuse_what_means_nothing(
    settings: &Settings,
    is_drawn: bool,
    source: &str,
) -> Result<(), Failure> {
    let given = [
        ("--draws", settings.draws.is_some()),
        ("--seed", settings.seed.is_some() && !is_drawn),
        ("--months", settings.months.is_some()),
        ("--plan", !settings.plans.is_empty()),
        ("--set", !settings.sets.is_empty()),
    ];
    let names: Vec<&str> = given
        .iter()
        .filter_map(|(name, is_given)| is_given.then_some(*name))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "{}: only a scenario has draws, months, plans and values to set, and this source is {source}; leave {} out",
        names.join(", "),
        if names.len() == 1 { "it" } else { "them" }
    )))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text)
        .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))
}

/// The markets of a fit: one in full, or all in sum.
fn of_fit(
    source: &Path,
    wanted: Wanted<'_>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    refuse_what_means_nothing(settings, wanted.errors.is_some(), "a fit")?;
    let draws = wanted.errors.map(checked).transpose()?;
    let fit = open_fit(source, wanted.market, wanted.edits)?;
    let studies = fit.studies()?;
    let pool = settings.pool()?;
    let name = source.display().to_string();
    let markets = pool.install(|| compute_all(&name, &studies));
    let mut markets = markets.map_err(|error| Failure::Input(error.to_string()))?;
    if let Some(draws) = draws {
        settings.listen_for_interrupts()?;
        let bar = talk.progress();
        let (seed, cancel) = (settings.seed.unwrap_or(0), &settings.cancel);
        let found = pool.install(|| spread(&fit, &markets, draws, seed, cancel, &bar));
        markets.standard_errors = Some(found.map_err(|error| match error {
            SpreadError::Input(mistakes) => mistakes.into(),
            SpreadError::TooFew { .. } => Failure::Input(error.to_string()),
            SpreadError::Cancelled => Failure::Interrupted("nothing was written".to_owned()),
        })?);
        drop(bar);
        settings.check_interrupt()?;
    }
    if let Some(path) = wanted.measures {
        write(path, &measures_csv_of_all(&markets))?;
    }
    about_draws(&markets, talk);
    for line in told(&markets.markets) {
        talk.note(&format!("note: {line}"));
    }
    if settings.json {
        return talk.result(&shown::json(&markets)?);
    }
    if wanted.as_csv {
        return talk.result(csv_of_all(&markets).as_bytes());
    }
    match &markets.markets[..] {
        [only] => {
            let errors = markets.standard_errors.as_ref();
            let spread = errors.map_or_else(String::new, one_market);
            talk.result((text(only) + &spread).as_bytes())
        }
        _ => talk.result(summary(&markets).as_bytes()),
    }
}

fn checked(draws: i64) -> Result<usize, Failure> {
    match usize::try_from(draws) {
        Ok(count) if (2..=MOST_DRAWS).contains(&draws) => Ok(count),
        _ => Err(Failure::Input(format!(
            "--errors {draws}: draws for standard errors must be 2 or more, and at most {MOST_DRAWS}"
        ))),
    }
}

/// Says what should be known of draws.
fn about_draws(markets: &Markets, talk: &Talk) {
    let Some(errors) = &markets.standard_errors else {
        return;
    };
    if errors.failed > 0 {
        talk.note(&format!(
            "note: {} draws of the parameters gave some market no demand that falls with prices and are left out of standard errors",
            errors.failed
        ));
    }
    if errors.unsolved > 0 {
        talk.note(&format!(
            "note: in {} draws of the parameters prices of some market were not found: they are left out of standard errors, which are then too small",
            errors.unsolved
        ));
    }
}

/// Standard errors of one market in full.
fn one_market(errors: &Spread) -> String {
    let Some(market) = errors.markets.first() else {
        return String::new();
    };
    let title = format!("Std. errors, {} draws", errors.draws);
    let mut table = shown::table([title.as_str(), "Price", "Share", "Margin", "Profit"]);
    for product in &market.products {
        table.add_row(vec![
            Cell::new(&product.product),
            shown::number(words::figure(product.price)),
            shown::number(words::percent(product.share)),
            shown::number(words::percent(product.margin)),
            shown::number(words::figure(product.profit)),
        ]);
    }
    let text = format!(
        "Standard errors of all profits {}, of the change of consumer surplus {}.",
        words::figure(market.profit),
        words::figure(market.consumer_surplus_change)
    );
    format!("\n{}\n{}", shown::printed(&table), shown::wrapped(&text))
}

fn summary(markets: &Markets) -> String {
    let Some(of) = &markets.summary else {
        return shown::wrapped(&format!(
            "{}: {} markets and no edits. --market ID shows one in full, --csv and --json show all.",
            markets.source,
            markets.markets.len()
        ));
    };
    let mut text = shown::wrapped(&format!(
        "{}: edits change {} of {} markets; prices were found in {}. --market ID shows one in full, --csv and --json show all.",
        markets.source, of.touched, of.markets, of.solved
    ));
    text.push('\n');
    let mut table = shown::table(["Means over markets", "Before", "After"]);
    for column in table.column_iter_mut().skip(1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let errors = markets.standard_errors.as_ref();
    let errors = errors.and_then(|errors| errors.summary.clone());
    // A standard error stands below its number.
    let within = |text: String, error: Option<String>| match error {
        Some(error) => format!("{text}\n± {error}"),
        None => text,
    };
    let error = |of: fn(&SummarySpread) -> f64| errors.as_ref().map(of);
    let mut row = |label: &str, before: String, after: String| {
        table.add_row(vec![
            Cell::new(label),
            shown::number(before),
            shown::number(after),
        ]);
    };
    let change = format!(
        "{} ({} to {})",
        words::percent(of.mean_price_change),
        words::percent(of.lowest_price_change),
        words::percent(of.highest_price_change)
    );
    row(
        "Change of price of products that were there (lowest, highest)",
        String::new(),
        within(change, error(|e| e.mean_price_change).map(words::percent)),
    );
    let whole = |value: f64| format!("{value:.0}");
    row(
        "Concentration (HHI, 0 to 10,000)",
        whole(of.hhi_before),
        within(whole(of.hhi_after), error(|e| e.hhi_after).map(whole)),
    );
    row(
        "Share that buys nothing",
        words::percent(of.outside_share_before),
        within(
            words::percent(of.outside_share_after),
            error(|e| e.outside_share_after).map(words::percent),
        ),
    );
    row(
        "Profit of all firms, per head",
        within(
            words::figure(of.profit_before),
            error(|e| e.profit_before).map(words::figure),
        ),
        within(
            words::figure(of.profit_after),
            error(|e| e.profit_after).map(words::figure),
        ),
    );
    row(
        "Change of consumer surplus, per head",
        String::new(),
        within(
            words::figure(of.consumer_surplus_change),
            error(|e| e.consumer_surplus_change).map(words::figure),
        ),
    );
    text += &shown::printed(&table);
    text
}

fn is_scenario(source: &Path) -> bool {
    source.is_dir() || source.file_name().is_some_and(|name| name == SCENARIO_FILE)
}

/// A table, or a scenario, which takes a calibration.
fn study(
    source: &Path,
    edits: Option<&Path>,
    settings: &Settings,
    talk: &Talk,
) -> Result<Study, Failure> {
    if !is_scenario(source) {
        return Ok(read(source, edits)?);
    }
    let loaded = load::scenario(source, settings, talk)?;
    settings.listen_for_interrupts()?;
    let options = ComputeOptions {
        threads: settings.threads,
        plans: &loaded.plans,
        cancel: &settings.cancel,
    };
    let progress = talk.progress();
    read_scenario(&loaded, edits, &options, &progress).map_err(|error| match error {
        ReadError::Mistakes(mistakes) => mistakes.into(),
        ReadError::Compute(error) => error.into(),
    })
}
