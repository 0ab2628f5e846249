//! A fit's markets: types are the fit's people, mean utilities with all that is in them stay as they are.

use super::document::IssueEntry;
use super::edits::Edit;
use super::market::{Market, Product};
use super::read::{Study, read_edits, steps};
use super::table::Products;
use super::tastes::Tastes;
use crate::diagnostic::{Diagnostic, Diagnostics, name_list};
use crate::document::Files;
use crate::estimate::{Changeable, ROW, Stored};
use beachhead_engine::estimate::{Fitted, Ownership};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::costs::implied_markups;
use beachhead_engine::supply::from_margins::{Calibrated, Form};
use beachhead_engine::supply::game::Game;
use std::path::{Path, PathBuf};

/// A fit with edits, ready to be studied at its estimates or at others.
#[derive(Debug)]
pub struct FitSource {
    stored: Stored,
    files: Files,
    edits: Vec<Edit>,
    market: Option<String>,
    /// Read only where an edit speaks of them.
    characteristics: Option<Changeable>,
}

/// Reads a fit, all its markets or the one that is named, and a file of edits if there is one.
///
/// # Errors
/// Files of a fit that do not belong together; mistakes of the edits' file.
pub fn open_fit(
    path: &Path,
    market: Option<&str>,
    edits: Option<&Path>,
) -> Result<FitSource, Diagnostics> {
    let stored = Stored::read(path)?;
    let mut files = Files::default();
    let file = edits.map(|path| read_edits(path, &mut files)).transpose()?;
    if let Some(demand) = file.as_ref().and_then(|file| file.demand.as_ref()) {
        let mistake = files
            .error(demand.place, "[demand] with a fit")
            .expected("edits alone: a fit's demand is what was estimated");
        return Err(mistake.into());
    }
    let edits = file.map(|file| file.edit).unwrap_or_default();
    let speaks = |edit: &Edit| matches!(edit, Edit::Change(edit) if !edit.characteristics.entries.is_empty());
    let characteristics = match edits.iter().any(speaks) {
        true => Some(Changeable::read(&folder_of(path))?),
        false => None,
    };
    Ok(FitSource {
        stored,
        files,
        edits,
        market: market.map(str::to_owned),
        characteristics,
    })
}

/// Takes the markets of a fit, all or the one that is named, and a file of edits if there is one. Edits leave alone the markets that do not
/// have what they speak of.
///
/// # Errors
/// Every mistake of the fit or of the edits; products and firms that no market has.
pub fn read_fit(
    path: &Path,
    market: Option<&str>,
    edits: Option<&Path>,
) -> Result<Vec<Study>, Diagnostics> {
    open_fit(path, market, edits)?.studies()
}

impl FitSource {
    /// A study of each market at the estimates.
    ///
    /// # Errors
    /// Utilities that a counterfactual cannot take; products and firms that no market has.
    pub fn studies(&self) -> Result<Vec<Study>, Diagnostics> {
        self.studies_of(&self.stored)
    }

    /// The same at parameters drawn around the estimates.
    ///
    /// # Errors
    /// As for [`FitSource::studies`]; a fit without the covariance of its estimates.
    pub fn drawn(&self, address: Address) -> Result<Vec<Study>, Diagnostics> {
        self.studies_of(&self.stored.drawn(address)?)
    }

    fn studies_of(&self, stored: &Stored) -> Result<Vec<Study>, Diagnostics> {
        let about = |found: String| Diagnostic::about_file(&stored.loaded.products_table, found);
        let fitted = stored.fitted().map_err(|error| {
            Diagnostics::from(about(error.to_string()).expected("the fit's own problem"))
        })?;
        let markets = markets(stored, &fitted, self.market.as_deref())?;
        let mut known: Vec<String> = Vec::new();
        for each in &markets {
            let products = each.market.products.iter();
            known.extend(products.map(|product| product.name.clone()));
            known.extend(each.market.firms.iter().cloned());
        }
        known.sort();
        known.dedup();
        let elsewhere = if markets.len() > 1 { &known[..] } else { &[] };
        let notes = self.notes();
        let each = markets.into_iter();
        each.map(|each| self.study(stored, &fitted, each, elsewhere, &notes))
            .collect()
    }

    /// Whether parameters can be drawn at all.
    pub(super) fn has_covariance(&self) -> bool {
        self.stored.covariance.whole().is_some()
    }

    /// What people should know whatever comes out.
    fn notes(&self) -> Vec<IssueEntry> {
        let Some(characteristics) = &self.characteristics else {
            return Vec::new();
        };
        let mut names: Vec<&str> = Vec::new();
        for edit in &self.edits {
            if let Edit::Change(edit) = edit {
                let set = edit.characteristics.entries.iter();
                names.extend(set.map(|(name, _)| name.text.as_str()));
            }
        }
        names.sort_unstable();
        names.dedup();
        names.retain(|name| characteristics.is_absorbed(name));
        let note = |name: &str| IssueEntry {
            code: "mean_in_fixed_effects",
            place: name.to_owned(),
            text: format!(
                "what people on average think of `{name}` is inside absorbed fixed effects, which stay: only what people differ in moves"
            ),
        };
        names.into_iter().map(note).collect()
    }

    fn study(
        &self,
        stored: &Stored,
        fitted: &Fitted<'_>,
        each: FitMarket,
        elsewhere: &[String],
        notes: &[IssueEntry],
    ) -> Result<Study, Diagnostics> {
        let table = Products {
            rows: Vec::new(),
            is_quantity: false,
            name: each.label.clone(),
        };
        let tastes = self.characteristics.as_ref().map(|of| Tastes {
            of,
            fitted,
            market: each.number,
            rows: stored.loaded.problem.markets[each.number]
                .clone()
                .map(|row| stored.loaded.rows.table_row(row))
                .collect(),
        });
        let (list, files) = (&self.edits, &self.files);
        let steps = steps(
            &table,
            &each.market,
            list,
            files,
            elsewhere,
            tastes.as_ref(),
        )?;
        let has_nests = stored.loaded.problem.nests.is_some();
        Ok(Study {
            source: each.label,
            form: Form {
                nest: None,
                dissimilarity: None,
                price_spread: 0.0,
                types: each.market.demand.types(),
                price_coefficient: Some(each.market.price_coefficient),
            },
            model: if has_nests { "fit, with nests" } else { "fit" },
            market_size: None,
            table,
            prices: each.prices,
            calibrated: each.calibrated,
            baseline: each.market,
            steps,
            notes: notes.to_vec(),
        })
    }
}

/// What a product may be called: one of these names; rows of a table without ids are too many to list.
pub(super) fn one_of(known: &[&String]) -> String {
    match known {
        [first, .., last] if first.starts_with(ROW) => format!(
            "a row of this market, `{first}` to `{last}`; or write `ids = \"…\"` in [products] of the problem, the column that names products, and estimate again"
        ),
        _ => format!("one of {}", name_list(known)),
    }
}

/// The folder of a fit, also where its `fit.json` is named.
fn folder_of(path: &Path) -> PathBuf {
    match path.is_dir() {
        true => path.to_owned(),
        false => path.parent().map_or_else(PathBuf::new, Path::to_owned),
    }
}

/// One market of a fit.
struct FitMarket {
    /// Index in the problem.
    number: usize,
    label: String,
    market: Market,
    prices: Vec<f64>,
    calibrated: Solve<Calibrated>,
}

/// Fits of these markets; all if none is named.
///
/// # Errors
/// A market that is not there; utilities that a counterfactual cannot take; a table without firms.
fn markets(
    stored: &Stored,
    fitted: &Fitted<'_>,
    named: Option<&str>,
) -> Result<Vec<FitMarket>, Diagnostics> {
    let problem = &stored.loaded.problem;
    let about = |found: String| Diagnostic::about_file(&stored.loaded.products_table, found);
    if let Some(column) = &stored.loaded.rows.bent_in_price {
        let mistake = about(format!("the price enters utility by `{column}`"));
        return Err(mistake
            .expected("`prices` alone, with one coefficient for all products of a person")
            .into());
    }
    let owners = problem.ownership.as_ref();
    let Some((firms, ownership)) = owners.and_then(|o| Some((o.firms()?, o))) else {
        let mistake = about("no column `firm_ids`".to_owned());
        return Err(mistake.expected("who sets which prices").into());
    };
    let all = 0..problem.markets.len();
    let chosen: Vec<usize> = match named {
        None => all.collect(),
        Some(name) => {
            let found: Vec<usize> = all.filter(|t| problem.market_name(*t) == name).collect();
            if found.is_empty() {
                let labels = &problem.market_labels;
                let some = crate::diagnostic::name_list(labels.iter().take(12));
                let mistake = Diagnostic::about_file("--market", format!("no market `{name}`"));
                return Err(mistake
                    .expected(format!("such as {some}"))
                    .nearest(name, labels)
                    .into());
            }
            found
        }
    };
    let names: Vec<String> = stored.loaded.rows.firms.clone();
    let of = |t| market(stored, fitted, t, (firms, ownership), &names);
    chosen.into_iter().map(of).collect()
}

fn market(
    stored: &Stored,
    fitted: &Fitted<'_>,
    t: usize,
    (firms, ownership): (&[usize], &Ownership),
    names: &[String],
) -> Result<FitMarket, Diagnostics> {
    let problem = &stored.loaded.problem;
    let rows = problem.markets[t].clone();
    let label = problem.market_name(t);
    let wrong = |found: String| {
        let about = Diagnostic::about_file(
            &stored.loaded.products_table,
            format!("market `{label}`: {found}"),
        );
        Diagnostics::from(about.expected("demand that answers to prices"))
    };
    let demand = fitted.demand(t).map_err(|error| wrong(error.to_string()))?;
    // Firms of this market, by name.
    let mut present: Vec<usize> = firms[rows.clone()].to_vec();
    present.sort_unstable();
    present.dedup();
    let firm_of: Vec<usize> = firms[rows.clone()]
        .iter()
        .map(|firm| present.partition_point(|known| known < firm))
        .collect();
    let prices = problem.prices[rows.clone()].to_vec();
    let costs = vec![0.0; prices.len()];
    let pairs = present
        .iter()
        .flat_map(|f| present.iter().map(move |g| (*f, *g)));
    let conduct: Vec<f64> = pairs
        .map(|(f, g)| ownership.counts(f, g).unwrap_or(0.0))
        .collect();
    let mut game = Conduct::new(firm_of.clone(), conduct.clone())
        .and_then(|conduct| Game::new(demand.clone(), conduct, costs))
        .map_err(|error| wrong(error.to_string()))?;
    let markup = implied_markups(&game, &prices)
        .ok_or_else(|| wrong("no costs follow from prices".to_owned()))?;
    game.cost = prices.iter().zip(&markup).map(|(p, m)| p - m).collect();
    let product = |(j, row): (usize, usize)| Product {
        name: stored.loaded.rows.product_or_row(row),
        firm: firm_of[j],
        cost: game.cost[j],
        unit_tax: 0.0,
        kept: 1.0,
        frozen: false,
        held_at: None,
        services: 0.0,
        like: j,
        changed: Vec::new(),
    };
    let mean = demand.mean_price_coefficient();
    Ok(FitMarket {
        market: Market {
            products: rows.enumerate().map(product).collect(),
            firms: present.iter().map(|firm| names[*firm].clone()).collect(),
            conduct,
            price_coefficient: mean,
            demand,
            promises: Vec::new(),
        },
        calibrated: Solve {
            value: Calibrated {
                margin: markup.iter().zip(&prices).map(|(m, p)| m / p).collect(),
                game,
                price_coefficient: mean,
                dissimilarity: 1.0,
            },
            status: Status::Converged,
            iterations: 0,
            residual: 0.0,
        },
        prices,
        label,
        number: t,
    })
}
