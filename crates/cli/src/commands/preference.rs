//! `beachhead preference`: what respondents of a conjoint study would choose, plan by plan.

use super::load;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::preference::{self, Preference, Sweep};
use beachhead_workbench::run::words;
use beachhead_workbench::run::{FORMAT, VERSION};
use beachhead_workbench::scenario::Loaded;
use serde_json::json;
use std::path::Path;

/// Prices shown along a sweep.
const STEPS: usize = 11;

pub(super) fn run(
    folder: &Path,
    sweep: Option<&str>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let loaded = load::scenario(folder, settings, talk)?;
    show(&loaded, sweep, settings, talk)
}

/// The shares of a scenario that is loaded.
pub(super) fn show(
    loaded: &Loaded,
    sweep: Option<&str>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let found = preference::preference(loaded).map_err(input)?;
    let swept = match sweep.map(parse).transpose()? {
        Some((product, range)) => {
            Some(preference::sweep(loaded, &product, range, STEPS).map_err(input)?)
        }
        None => None,
    };
    if let Some(tuned) = found.tuned.as_ref().filter(|tuned| !tuned.met) {
        talk.note(&format!(
            "note: no exponent gives {} = {}; the nearest gives {}",
            tuned.target,
            words::figure(tuned.wanted),
            words::figure(tuned.got)
        ));
    }
    if settings.json {
        let mut document = json!({
            "format": FORMAT,
            "beachhead": VERSION,
            "scenario": loaded.scenario.name,
            "measure": "share of preference",
            "preference": found,
        });
        if let Some(swept) = &swept {
            document["sweep"] = json!(swept);
        }
        return talk.result(&shown::json(&document)?);
    }
    let mut text = shares(&found);
    if let Some(swept) = &swept {
        text += &along(swept);
    }
    talk.tell(&text)
}

fn input(error: impl std::fmt::Display) -> Failure {
    Failure::Input(error.to_string())
}

/// `product=low..high`.
fn parse(text: &str) -> Result<(String, (f64, f64)), Failure> {
    let parts = text.split_once('=').and_then(|(product, range)| {
        let (low, high) = range.split_once("..")?;
        Some((
            product.trim().to_owned(),
            (low.trim().parse().ok()?, high.trim().parse().ok()?),
        ))
    });
    parts.ok_or_else(|| {
        Failure::Input(format!(
            "--sweep {text}: expected a product and two prices, such as `--sweep acme_5=299..499`"
        ))
    })
}

fn shares(found: &Preference) -> String {
    let mut text = String::new();
    for plan in &found.plans {
        text += &format!("{}\n", words::brand_title(&plan.title, &plan.id));
        let segments = plan
            .products
            .first()
            .map_or(&[][..], |product| &product.by_segment);
        let by_segment = segments.len() > 1;
        let mut heads = vec![
            "Product",
            "Price",
            "Share of preference",
            "Own-price elasticity",
        ];
        if by_segment {
            heads.extend(segments.iter().map(|(id, _)| id.as_str()));
        }
        let mut table = shown::table(heads);
        for product in &plan.products {
            let mut row = vec![
                words::title(&product.title, &product.id).into(),
                shown::number(words::figure(product.price)),
                share(product.share, product.range),
                shown::number(
                    product
                        .own_price_elasticity
                        .map_or_else(String::new, words::figure),
                ),
            ];
            if by_segment {
                let shares = product.by_segment.iter();
                row.extend(shares.map(|(_, share)| shown::number(words::percent(*share))));
            }
            table.add_row(row);
        }
        if let Some(none) = plan.none {
            table.add_row([
                "none of them".into(),
                shown::number(String::new()),
                share(none, plan.none_range),
            ]);
        }
        text += &shown::printed(&table);
        text.push('\n');
    }
    text + &shown::wrapped(&preference::told(found))
}

/// A share, and below it its range.
fn share(share: f64, range: Option<[f64; 2]>) -> comfy_table::Cell {
    let below = range.map_or_else(String::new, |[low, high]| {
        format!("\n{}\u{2026}{}", words::percent(low), words::percent(high))
    });
    shown::number(words::percent(share) + &below)
}

fn along(sweep: &Sweep) -> String {
    let mut table = shown::table(["Price", "Share of preference", "Price × share"]);
    for (price, share, product) in &sweep.rows {
        table.add_row([
            shown::number(words::figure(*price)),
            shown::number(words::percent(*share)),
            shown::number(words::figure(*product)),
        ]);
    }
    format!(
        "\nPrice of {} under {}:\n{}",
        sweep.product,
        sweep.plan,
        shown::printed(&table)
    )
}
