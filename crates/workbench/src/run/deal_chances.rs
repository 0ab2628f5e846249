//! Chances of success that depend on what a deal gains the network, computed once, before any draw.

use super::compute::{central, in_pool};
use super::job::{ComputeError, ComputeOptions, Progress};
use super::value::{kinds, run_kinds};
use crate::scenario::{Issue, Loaded};
use crate::units::Kind;
use beachhead_engine::futures::distribution::Distribution;
use beachhead_engine::scenario::{Handle, Origin, Scenario, Trigger};
use std::collections::BTreeMap;

/// What a deal gives its event: the chance, and the network's gain from which it comes. By the name under which a store keeps it.
pub(super) type Given = BTreeMap<String, Vec<f64>>;

/// The scenario with the chances that its deals give their events, `[eq:deal_chance]`, and those; none where no deal gives any.
/// Nothing is computed where all are `known`.
///
/// Gains are those of the central run, with all chances as they are written: the terms are fixed first, and no chance waits for
/// another. Talks with the partner are out of both paths, so that none depends on itself either.
pub(super) fn applied(
    loaded: &Loaded,
    known: &Given,
    options: &ComputeOptions<'_>,
    progress: &dyn Progress,
) -> Result<Option<(Loaded, Given)>, ComputeError> {
    let scenario = &loaded.scenario;
    let giving = || scenario.deals.iter().filter(|deal| deal.event.is_some());
    if giving().next().is_none() {
        return Ok(None);
    }
    let names = giving().map(|deal| (name(&deal.id), known.get(&name(&deal.id))));
    let kept = names.map(|(name, numbers)| Some((name, numbers?.clone())));
    let given = match kept.collect::<Option<Given>>() {
        Some(kept) => kept,
        None => in_pool(options.threads, || computed(scenario, options, progress))?,
    };
    let mut changed = loaded.clone();
    for deal in giving() {
        let handle = deal.event.and_then(|event| chance_of(scenario, event));
        let numbers = given.get(&name(&deal.id)).map(Vec::as_slice);
        if let (Some(handle), Some(&[chance, gain])) = (handle, numbers) {
            let gain = super::words::money(&scenario.currency, gain);
            give(&mut changed, handle, chance, (&deal.id, &gain));
        }
    }
    Ok(Some((changed, given)))
}

fn name(deal: &str) -> String {
    format!("chance/{deal}")
}

/// Chance and gain of each deal; no numbers where it gives none.
fn computed(
    scenario: &Scenario,
    options: &ComputeOptions<'_>,
    progress: &dyn Progress,
) -> Result<Given, ComputeError> {
    let central = central(scenario, 1, options, progress)?;
    let at = (&central.values, &central.solve.value);
    let mut given = Given::new();
    for deal in scenario.deals.iter().filter(|deal| deal.event.is_some()) {
        let kinds = kinds(scenario, deal);
        let found = run_kinds(deal, &kinds, at, None, options.cancel)?;
        // Rivals answer in a run where the scenario says so: the last kind.
        let last = kinds.iter().enumerate().next_back();
        let gains = last.map(|(n, kind)| kind.worth(n, deal, &central.values, &[found]).gains);
        let numbers = gains.and_then(|gains| Some(vec![gains.chance?, gains.network.mean]));
        given.insert(name(&deal.id), numbers.unwrap_or_default());
    }
    Ok(given)
}

/// The chance of an attempt.
fn chance_of(scenario: &Scenario, event: usize) -> Option<&Handle> {
    match &scenario.events.get(event)?.trigger {
        Trigger::Attempt { chance, .. } => Some(chance),
        _ => None,
    }
}

/// Puts a chance in the place of the one written, and says so.
fn give(loaded: &mut Loaded, handle: &Handle, chance: f64, (deal, gain): (&str, &str)) {
    let Some(quantity) = loaded.scenario.quantities.get_mut(handle.index()) else {
        return;
    };
    let percent = super::words::percent;
    let text = format!(
        "{} is {}, from what the deal `{deal}` gains the network ({gain}); the {} written there is not used",
        quantity.name,
        percent(chance),
        percent(quantity.centre())
    );
    quantity.distribution = Distribution::Point(chance);
    quantity.conversion = Kind::Share.base_conversion();
    quantity.origin = Origin::Derived;
    quantity.source = None;
    quantity.note = Some(format!("from what the deal `{deal}` gains the network"));
    loaded.not_simulated.push(Issue {
        code: "chance_from_gain".to_owned(),
        location: quantity.name.clone(),
        count: 1,
        text,
    });
}
