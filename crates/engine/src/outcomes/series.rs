//! Series by name: what a run reports month by month.

use super::suffixes;
use crate::scenario::Scenario;
use crate::simulate::PlanRecord;
use serde::Serialize;

/// One series that every plan reports month by month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesDefinition {
    /// Name in `series.parquet`.
    pub id: String,
    /// Unit.
    pub unit: String,
    /// What it is, in a sentence.
    pub meaning: String,
    what: SeriesWhat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum SeriesWhat {
    Units(usize),
    Share(usize),
    Base(usize),
    Awareness(usize),
    Trust(usize),
    Revenue(usize),
    Cash(usize),
    CashCumulative(usize),
    BrandShare(usize),
    BrandBase(usize),
}

/// The series of a scenario, in the order reported.
pub fn series_definitions(scenario: &Scenario) -> Vec<SeriesDefinition> {
    let mut definitions = Vec::new();
    let mut add = |id: String, unit: &str, what, meaning: &str| {
        let unit = if unit == "money" {
            scenario.currency.clone()
        } else {
            unit.into()
        };
        definitions.push(SeriesDefinition {
            id,
            unit,
            meaning: meaning.into(),
            what,
        });
    };
    let suffixes = suffixes(scenario);
    for (e, s) in suffixes.iter().enumerate() {
        add(
            format!("units{s}"),
            "units/month",
            SeriesWhat::Units(e),
            "Units of the durable",
        );
        if suffixes.len() == 1 {
            // With two entrants the series of all brands below carry these names.
            add(
                "share_of_sales".into(),
                "share",
                SeriesWhat::Share(e),
                "Share of the category's units",
            );
            add(
                "installed_base".into(),
                "users",
                SeriesWhat::Base(e),
                "Users who own the brand",
            );
        }
        add(
            format!("awareness{s}"),
            "share",
            SeriesWhat::Awareness(e),
            "Share of users who know the brand",
        );
        add(
            format!("trust{s}"),
            "utility",
            SeriesWhat::Trust(e),
            "Trust term of utility",
        );
        add(
            format!("revenue{s}"),
            "money",
            SeriesWhat::Revenue(e),
            "Receipts accrued for goods",
        );
        add(format!("cash{s}"), "money", SeriesWhat::Cash(e), "Net cash");
        add(
            format!("cash_cumulative{s}"),
            "money",
            SeriesWhat::CashCumulative(e),
            "Sum of net cash",
        );
    }
    for (f, brand) in scenario.brands.iter().enumerate() {
        add(
            format!("share_of_sales.{}", brand.id),
            "share",
            SeriesWhat::BrandShare(f),
            "Share of the category's units",
        );
        add(
            format!("installed_base.{}", brand.id),
            "users",
            SeriesWhat::BrandBase(f),
            "Users who own the brand",
        );
    }
    definitions
}

impl SeriesDefinition {
    /// The series in one draw, (T,).
    pub fn read<'a>(&self, record: &'a PlanRecord) -> &'a [f64] {
        match self.what {
            SeriesWhat::Units(e) => &record.entrants[e].units,
            SeriesWhat::Share(e) => &record.entrants[e].share,
            SeriesWhat::Base(e) => &record.entrants[e].installed_base,
            SeriesWhat::Awareness(e) => &record.entrants[e].awareness,
            SeriesWhat::Trust(e) => &record.entrants[e].trust,
            SeriesWhat::Revenue(e) => &record.entrants[e].revenue,
            SeriesWhat::Cash(e) => &record.entrants[e].cash,
            SeriesWhat::CashCumulative(e) => &record.entrants[e].cash_cumulative,
            SeriesWhat::BrandShare(f) => &record.brand_share[f],
            SeriesWhat::BrandBase(f) => &record.brand_base[f],
        }
    }
}
