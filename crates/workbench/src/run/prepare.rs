//! From a loaded scenario to what identifies its run, and to a result that only lacks the results.

use super::RunError;
use super::output::{Assumption, Issue, Named, RunOutput, Source};
use super::{Identity, hash};
use crate::scenario::Loaded;
use beachhead_engine::scenario::{Origin, Quantity};
use serde_json::Value;

/// Ends of the range that the register shows for a distribution.
const RANGE: (f64, f64) = (0.05, 0.95);

/// A scenario with its hash, ready to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The resolved scenario with its sources, as `scenario.json` holds it.
    pub resolved: Value,
    /// Seed, draws, months, plans.
    pub identity: Identity,
    /// 12 hexadecimal digits.
    pub hash: String,
}

/// What identifies the run of a scenario.
///
/// # Errors
/// Only a fault of the program.
pub fn prepare(loaded: &Loaded) -> Result<Prepared, RunError> {
    let scenario = &loaded.scenario;
    let fault = |error: serde_json::Error| RunError::Fault(format!("scenario.json: {error}"));
    let mut resolved = serde_json::to_value(scenario).map_err(fault)?;
    // Where a number was written changes no result: a comment must not make another run of it.
    for list in ["quantities", "targets"] {
        for row in resolved
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(members) = row.as_object_mut() {
                members.remove("location");
            }
        }
    }
    if let Some(members) = resolved.as_object_mut() {
        let sources = serde_json::to_value(&loaded.sources).map_err(fault)?;
        members.insert("sources".to_owned(), sources);
    }
    let plans = loaded
        .plans
        .iter()
        .filter_map(|&plan| scenario.plans.get(plan));
    let identity = Identity {
        seed: scenario.simulation.seed,
        draws: scenario.simulation.draws,
        months: scenario.months,
        plans: plans.map(|plan| plan.id.clone()).collect(),
    };
    let hash = hash(&resolved, &identity);
    Ok(Prepared {
        resolved,
        identity,
        hash,
    })
}

/// A run's output in which calibration and plans are still to be filled in.
pub fn frame(loaded: &Loaded, prepared: &Prepared) -> RunOutput {
    let scenario = &loaded.scenario;
    let brand = |position: usize| scenario.brands.get(position);
    let entrants = scenario
        .entrants
        .iter()
        .filter_map(|entrant| brand(entrant.brand));
    RunOutput {
        results_version: super::RESULTS_VERSION,
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        as_of: scenario.as_of.clone(),
        currency: scenario.currency.clone(),
        start: (scenario.start.year, scenario.start.month),
        months: scenario.months,
        seed: scenario.simulation.seed,
        draws: prepared.identity.draws,
        entrants: entrants
            .map(|brand| Named {
                id: brand.id.clone(),
                title: super::words::brand_title(&brand.title, &brand.id),
            })
            .collect(),
        events: scenario
            .events
            .iter()
            .map(|event| event.id.clone())
            .collect(),
        calibration: Vec::new(),
        calibration_notes: Vec::new(),
        calibration_of_draws: None,
        plans: Vec::new(),
        differences: Vec::new(),
        may_be_best: Vec::new(),
        issues: issues(loaded),
        register: scenario.quantities.iter().map(assumption).collect(),
        sources: loaded.sources.iter().map(source).collect(),
        resolved: prepared.resolved.clone(),
        // Fails only without a study.
        preference: super::preference::preference(loaded).ok(),
        analysis: None,
    }
}

/// The title, or the id where there is none.
pub fn titled(title: &str, id: &str) -> String {
    if title.is_empty() {
        id.to_owned()
    } else {
        title.to_owned()
    }
}

/// What is known before anything is computed: parts not simulated, sources published later.
pub fn issues(loaded: &Loaded) -> Vec<Issue> {
    let not_simulated = loaded.not_simulated.iter().map(|issue| Issue {
        code: issue.code.clone(),
        place: issue.location.clone(),
        count: issue.count,
        text: issue.text.clone(),
    });
    let later = loaded.published_later.iter().map(|(id, date)| Issue {
        code: "published_later".to_owned(),
        place: format!("sources.{id}"),
        count: 1,
        text: format!("published on {date}, after `as_of`, about a period before it"),
    });
    not_simulated.chain(later).collect()
}

fn assumption(quantity: &Quantity) -> Assumption {
    let (low, high) = RANGE;
    let spread = if quantity.is_uncertain() {
        format!(
            "{}, 90 % between {} and {}",
            quantity.distribution.family(),
            super::words::figure(quantity.value(low)),
            super::words::figure(quantity.value(high))
        )
    } else {
        String::new()
    };
    let origin = match quantity.origin {
        Origin::Written => "written",
        Origin::Default => "default",
        Origin::Derived => "derived",
    };
    Assumption {
        name: quantity.name.clone(),
        value: quantity.centre(),
        unit: quantity.unit.clone(),
        spread,
        origin: origin.to_owned(),
        source: quantity.source.clone().unwrap_or_default(),
        note: quantity.note.clone().unwrap_or_default(),
    }
}

fn source(source: &crate::scenario::Source) -> Source {
    Source {
        id: source.id.clone(),
        publisher: source.publisher.clone(),
        title: source.title.clone(),
        published: source.published.clone(),
        period_end: source.period_end.clone(),
        url: source.url.clone(),
        kind: source.kind.clone(),
    }
}
