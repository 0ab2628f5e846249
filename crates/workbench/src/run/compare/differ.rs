//! What of two resolved scenarios differs.

use super::{Change, PlanChange, quantity};
use serde_json::Value;
use std::collections::BTreeMap;

/// Parts of a resolved scenario that are compared in their own way, or say nothing about inputs.
const APART: [&str; 3] = ["quantities", "plans", "simulation"];

/// A list of a resolved scenario by a key of its members.
fn by<'a>(scenario: &'a Value, list: &str, key: &str) -> BTreeMap<&'a str, &'a Value> {
    let members = scenario.get(list).and_then(Value::as_array);
    let named = |member: &'a Value| Some((member.get(key)?.as_str()?, member));
    members.into_iter().flatten().filter_map(named).collect()
}

/// Names that stand in either map, in order.
fn either<'a>(a: &BTreeMap<&'a str, &Value>, b: &BTreeMap<&'a str, &Value>) -> Vec<&'a str> {
    let mut names: Vec<&str> = a.keys().chain(b.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Quantities whose distribution, conversion or unit differ; where they come from changes nothing.
pub(super) fn assumptions(first: &Value, second: &Value) -> Vec<Change> {
    let (a, b) = (
        by(first, "quantities", "name"),
        by(second, "quantities", "name"),
    );
    let numbers = |quantity: &Value| {
        ["distribution", "conversion", "unit"].map(|key| quantity.get(key).cloned())
    };
    let change = |name: &str| {
        let (one, other) = (a.get(name), b.get(name));
        let same = one.map(|q| numbers(q)) == other.map(|q| numbers(q));
        (!same).then(|| Change {
            name: name.to_owned(),
            values: [one, other]
                .map(|quantity| quantity.map(|quantity| quantity::in_words(quantity))),
        })
    };
    either(&a, &b).into_iter().filter_map(change).collect()
}

/// Plans that differ in what they are or in which run has them; `ran` holds the ids of the plans that each run has.
pub(super) fn plans(first: &Value, second: &Value, ran: [&[&str]; 2]) -> Vec<PlanChange> {
    let (a, b) = (by(first, "plans", "id"), by(second, "plans", "id"));
    let change = |plan: &str| {
        let what = match (a.get(plan), b.get(plan)) {
            (Some(_), None) => "first only",
            (None, _) => "second only",
            (Some(one), Some(other)) => match ran.map(|ids| ids.contains(&plan)) {
                [true, false] => "run in the first only",
                [false, true] => "run in the second only",
                _ if one == other => return None,
                _ => "changed",
            },
        };
        Some(PlanChange {
            plan: plan.to_owned(),
            what: what.to_owned(),
        })
    };
    either(&a, &b).into_iter().filter_map(change).collect()
}

/// Keys of the resolved scenarios whose values differ, and of how they are simulated.
pub(super) fn inputs(first: &Value, second: &Value) -> Vec<String> {
    let keys = |value: &Value| -> Vec<String> {
        let members = value.as_object();
        members
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect()
    };
    let mut paths: Vec<String> = [first, second].into_iter().flat_map(keys).collect();
    paths.retain(|key| !APART.contains(&key.as_str()));
    for scenario in [first, second] {
        let simulation = keys(scenario.get("simulation").unwrap_or(&Value::Null));
        paths.extend(
            simulation
                .into_iter()
                .map(|key| format!("simulation.{key}")),
        );
    }
    paths.sort_unstable();
    paths.dedup();
    let at = |scenario: &Value, path: &str| {
        let pointer = format!("/{}", path.replace('.', "/"));
        scenario.pointer(&pointer).cloned()
    };
    paths.retain(|path| at(first, path) != at(second, path));
    paths
}
