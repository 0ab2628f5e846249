//! The registry of outcomes and series: what a run reports, by name, with unit and meaning.

pub mod deal;
mod series;
pub mod statistics;

pub use series::{SeriesDefinition, series_definitions};

use crate::finance::value::discount;
use crate::numerics::solve::Status;
use crate::scenario::{Scenario, Values};
use crate::simulate::PlanRecord;
use serde::Serialize;
use statistics::Comparison;

/// How an outcome is summarised over draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number with mean and quantiles.
    Value,
    /// True or false in a draw; a probability over draws.
    Probability,
    /// A month, or never.
    Month,
}

/// One outcome that every plan and draw reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeDefinition {
    /// Name in `summary.json`.
    pub id: String,
    /// Unit; empty for pure numbers.
    pub unit: String,
    /// How it is summarised.
    pub kind: Kind,
    /// What it is, in a sentence.
    pub meaning: String,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum What {
    Entrant(usize, Measure),
    ConsumerSurplus,
    SurplusPart(SurplusPart),
    Repricings,
    Unsolved,
    PromiseBound(usize),
    Rebates(usize),
    Exit,
    Own(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum SurplusPart {
    ChoiceAndPrice,
    Drift,
    TopPercent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Measure {
    Units,
    ShareFinalYear,
    PeakShare,
    InstalledBase,
    Awareness,
    Revenue,
    HardwareProfit,
    ServicesProfit,
    Marketing,
    Npv,
    PeakFunding,
    PaybackMonth,
    ExitMonth,
    FromRivals,
    EarlierReplacement,
    NewOwners,
    Loss,
    Payback,
    WorstTenth,
}

/// Names, units (`money` stands for the scenario's currency), kinds and meanings per entrant.
const BY_ENTRANT: &[(&str, &str, Kind, Measure, &str)] = &[
    (
        "units",
        "units",
        Kind::Value,
        Measure::Units,
        "Units of the durable over all months",
    ),
    (
        "share_of_sales_final_year",
        "share",
        Kind::Value,
        Measure::ShareFinalYear,
        "Its units ÷ the category's in the last 12 months",
    ),
    (
        "peak_share_of_sales",
        "share",
        Kind::Value,
        Measure::PeakShare,
        "Largest monthly share of the category's units",
    ),
    (
        "installed_base",
        "users",
        Kind::Value,
        Measure::InstalledBase,
        "Users who own the brand in the last month",
    ),
    (
        "awareness",
        "share",
        Kind::Value,
        Measure::Awareness,
        "Share of users who know the brand in the last month",
    ),
    (
        "revenue",
        "money",
        Kind::Value,
        Measure::Revenue,
        "Receipts for goods, undiscounted",
    ),
    (
        "hardware_profit",
        "money",
        Kind::Value,
        Measure::HardwareProfit,
        "Σ (receipt − unit cost) × units of the durable, undiscounted",
    ),
    (
        "services_profit",
        "money",
        Kind::Value,
        Measure::ServicesProfit,
        "Services of the base, undiscounted",
    ),
    (
        "marketing",
        "money",
        Kind::Value,
        Measure::Marketing,
        "Money that `spend` steps spent, undiscounted",
    ),
    (
        "npv",
        "money",
        Kind::Value,
        Measure::Npv,
        "Net present value, terminal rows included",
    ),
    (
        "peak_funding",
        "money",
        Kind::Value,
        Measure::PeakFunding,
        "Largest cumulative outlay before it is earned back",
    ),
    (
        "payback_month",
        "month",
        Kind::Month,
        Measure::PaybackMonth,
        "First month from which cumulative cash stays at or above zero",
    ),
    (
        "volume_from_rivals",
        "units",
        Kind::Value,
        Measure::FromRivals,
        "Units that other brands would have sold",
    ),
    (
        "volume_from_earlier_replacement",
        "units",
        Kind::Value,
        Measure::EarlierReplacement,
        "Units to owners who would have waited",
    ),
    (
        "volume_from_new_owners",
        "units",
        Kind::Value,
        Measure::NewOwners,
        "Units to people who owned none and would have bought none",
    ),
    (
        "cvar10",
        "money",
        Kind::Value,
        Measure::WorstTenth,
        "Mean net present value of the worst tenth of draws",
    ),
    (
        "p_loss",
        "",
        Kind::Probability,
        Measure::Loss,
        "Net present value below zero",
    ),
    (
        "p_payback",
        "",
        Kind::Probability,
        Measure::Payback,
        "Cumulative cash stays at or above zero from some month on",
    ),
    (
        "exit_month",
        "month",
        Kind::Month,
        Measure::ExitMonth,
        "Month in which it left the market for good, by `exit_when`, a step or an event",
    ),
];

/// Outcomes of the whole market or plan: name, unit, kind, what, meaning.
const BY_PLAN: &[(&str, &str, Kind, What, &str)] = &[
    (
        "consumer_surplus",
        "money",
        Kind::Value,
        What::ConsumerSurplus,
        "Discounted consumer surplus against staying out",
    ),
    (
        "consumer_surplus_choice",
        "money",
        Kind::Value,
        What::SurplusPart(SurplusPart::ChoiceAndPrice),
        "Of it, from choice and prices at the states of staying out",
    ),
    (
        "consumer_surplus_drift",
        "money",
        Kind::Value,
        What::SurplusPart(SurplusPart::Drift),
        "Of it, from the drift of states",
    ),
    (
        "consumer_surplus_top_percent",
        "share",
        Kind::Value,
        What::SurplusPart(SurplusPart::TopPercent),
        "Share of it that the 1 % of users who gain most have",
    ),
    (
        "p_exit",
        "",
        Kind::Probability,
        What::Exit,
        "`exit_when` fired",
    ),
];

/// Outcomes of scenarios in which prices are played for.
const OF_PRICES: [(&str, What, &str); 2] = [
    (
        "repricings",
        What::Repricings,
        "How often firms set prices against each other",
    ),
    (
        "repricings_unsolved",
        What::Unsolved,
        "Of them, how often no equilibrium was found",
    ),
];
const PROMISE_BOUND: &str =
    "Share of the months with sales under a promise about margins in which it made a difference";
const REBATES: &str = "What was paid back under a promise about margins, undiscounted";

/// Every outcome that needs no name of its own: id, unit (`money` is the scenario's currency), meaning.
pub fn documented_outcomes() -> Vec<(&'static str, &'static str, &'static str)> {
    let by_entrant = BY_ENTRANT.iter().map(|row| (row.0, row.1, row.4));
    by_entrant
        .chain(BY_PLAN.iter().map(|row| (row.0, row.1, row.4)))
        .chain(OF_PRICES.iter().map(|row| (row.0, "times", row.2)))
        .chain([
            ("promise_bound", "share", PROMISE_BOUND),
            ("rebates", "money", REBATES),
        ])
        .collect()
}

/// The outcomes of a scenario, in the order reported.
pub fn outcome_definitions(scenario: &Scenario) -> Vec<OutcomeDefinition> {
    let currency = |unit: &str| {
        if unit == "money" {
            scenario.currency.clone()
        } else {
            unit.into()
        }
    };
    let mut definitions = Vec::new();
    for (e, suffix) in suffixes(scenario).iter().enumerate() {
        for &(id, unit, kind, measure, meaning) in BY_ENTRANT {
            definitions.push(OutcomeDefinition {
                id: format!("{id}{suffix}"),
                unit: currency(unit),
                kind,
                meaning: meaning.into(),
                what: What::Entrant(e, measure),
            });
        }
    }
    let mut whole = |id: &str, unit: &str, kind, what, meaning: &str| {
        definitions.push(OutcomeDefinition {
            id: id.into(),
            unit: currency(unit),
            kind,
            meaning: meaning.into(),
            what,
        });
    };
    for &(id, unit, kind, what, meaning) in BY_PLAN {
        whole(id, unit, kind, what, meaning);
    }
    if scenario.plays_for_prices() {
        for (id, what, meaning) in OF_PRICES {
            whole(id, "times", Kind::Value, what, meaning);
        }
    }
    for (e, suffix) in suffixes(scenario).iter().enumerate() {
        if scenario.promises(scenario.entrants[e].brand) {
            let what = What::PromiseBound(e);
            let id = format!("promise_bound{suffix}");
            whole(&id, "share", Kind::Value, what, PROMISE_BOUND);
            let id = format!("rebates{suffix}");
            whole(&id, "money", Kind::Value, What::Rebates(e), REBATES);
        }
    }
    for (n, outcome) in scenario.outcomes.iter().enumerate() {
        whole(
            &format!("p_{}", outcome.id),
            "",
            Kind::Probability,
            What::Own(n),
            &outcome.text,
        );
    }
    definitions
}

/// Nothing with one entrant, `.<brand>` with two.
fn suffixes(scenario: &Scenario) -> Vec<String> {
    let single = scenario.entrants.len() == 1;
    let name = |brand: usize| format!(".{}", scenario.brands[brand].id);
    let entrants = scenario.entrants.iter();
    entrants
        .map(|entrant| {
            if single {
                String::new()
            } else {
                name(entrant.brand)
            }
        })
        .collect()
}

impl OutcomeDefinition {
    /// What is asked of plans' differences in this outcome; none where draws have no difference with a mean: months that may
    /// never come, and the worst tenth, which is no number of a draw.
    #[must_use]
    pub fn comparison(&self, scenario: &Scenario) -> Option<Comparison> {
        if self.kind == Kind::Month || matches!(self.what, What::Entrant(_, Measure::WorstTenth)) {
            return None;
        }
        let terms = &scenario.comparison;
        let own = terms.indifference_of.iter().find(|(id, _)| *id == self.id);
        let is_money = !self.unit.is_empty() && self.unit == scenario.currency;
        let general = if is_money { terms.indifference } else { 0.0 };
        Some(Comparison {
            level: terms.level,
            indifference: own.map_or(general, |(_, indifference)| *indifference),
        })
    }

    /// The outcome in one draw; probabilities are 1 or 0, a month that never comes is none.
    pub fn evaluate(
        &self,
        scenario: &Scenario,
        values: &Values,
        record: &PlanRecord,
    ) -> Option<f64> {
        let truth = |holds: bool| Some(if holds { 1.0 } else { 0.0 });
        match self.what {
            What::Entrant(e, measure) => entrant_outcome(record, scenario, e, measure),
            What::ConsumerSurplus => Some(surplus(scenario, values, record, |m| {
                m.choice_and_price + m.drift
            })),
            What::SurplusPart(SurplusPart::ChoiceAndPrice) => {
                Some(surplus(scenario, values, record, |m| m.choice_and_price))
            }
            What::SurplusPart(SurplusPart::Drift) => {
                Some(surplus(scenario, values, record, |m| m.drift))
            }
            What::SurplusPart(SurplusPart::TopPercent) => {
                let total = surplus(scenario, values, record, |m| m.choice_and_price + m.drift);
                let top = surplus(scenario, values, record, |m| {
                    m.top_percent * (m.choice_and_price + m.drift)
                });
                Some(if total == 0.0 { 0.0 } else { top / total })
            }
            What::Repricings => Some(record.repricings.len() as f64),
            What::Unsolved => {
                let all = record.repricings.iter();
                Some(all.filter(|r| r.status != Status::Converged).count() as f64)
            }
            What::PromiseBound(e) => {
                let months = record.entrants[e].promise_bound.iter().flatten();
                let (under, bound) = months.fold((0_usize, 0_usize), |(n, b), &bound| {
                    (n + 1, b + usize::from(bound))
                });
                Some(if under > 0 {
                    bound as f64 / under as f64
                } else {
                    0.0
                })
            }
            What::Rebates(e) => Some(record.entrants[e].rebates.iter().sum()),
            What::Exit => truth(record.exit_month.is_some()),
            What::Own(n) => truth(record.held[n]),
        }
    }
}

fn surplus(
    scenario: &Scenario,
    values: &Values,
    record: &PlanRecord,
    part: impl Fn(&crate::simulate::SurplusMonth) -> f64,
) -> f64 {
    let rate = values[&scenario.finance.discount_rate];
    let months = record.surplus.iter().enumerate();
    months
        .map(|(t, month)| part(month) * discount(rate, t + 1))
        .sum()
}

fn entrant_outcome(
    record: &PlanRecord,
    scenario: &Scenario,
    e: usize,
    measure: Measure,
) -> Option<f64> {
    let entrant = &record.entrants[e];
    let accounts = entrant.accounts.as_ref();
    let last = |series: &[f64]| series.last().copied();
    let sum = |series: &[f64]| Some(series.iter().sum::<f64>());
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    match measure {
        Measure::Units => sum(&entrant.units),
        Measure::ShareFinalYear => {
            let from = entrant.units.len().saturating_sub(12);
            let category: f64 = record.category_units[from..].iter().sum();
            let own: f64 = entrant.units[from..].iter().sum();
            Some(if category > 0.0 { own / category } else { 0.0 })
        }
        Measure::PeakShare => entrant.share.iter().copied().reduce(f64::max),
        Measure::InstalledBase => last(&entrant.installed_base),
        Measure::Awareness => last(&entrant.awareness),
        Measure::Revenue => sum(&entrant.revenue),
        Measure::HardwareProfit => sum(&entrant.hardware_profit),
        Measure::ServicesProfit => sum(&entrant.services),
        Measure::Marketing => sum(&entrant.marketing),
        // With one draw the worst tenth is that draw.
        Measure::Npv | Measure::WorstTenth => accounts.map(|accounts| accounts.npv),
        Measure::PeakFunding => accounts.map(|accounts| accounts.peak_funding),
        Measure::PaybackMonth => accounts
            .and_then(|accounts| accounts.payback_month)
            .map(|month| month as f64),
        Measure::ExitMonth => entrant.exited.map(|month| month as f64),
        Measure::FromRivals => Some(
            entrant
                .volume
                .iter()
                .flat_map(|month| &month.from_brand)
                .sum::<f64>(),
        ),
        Measure::EarlierReplacement => Some(
            entrant
                .volume
                .iter()
                .map(|month| month.earlier_replacement)
                .sum(),
        ),
        Measure::NewOwners => Some(entrant.volume.iter().map(|month| month.new_owners).sum()),
        Measure::Loss => accounts.map(|accounts| truth(accounts.npv < 0.0)),
        Measure::Payback => accounts.map(|accounts| truth(accounts.payback_month.is_some())),
    }
    .filter(|_| scenario.months > 0)
}
