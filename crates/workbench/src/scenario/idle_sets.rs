//! Edits on the command line that a plan makes idle: a price of the table that one of its steps replaces.

use crate::diagnostic::Diagnostic;
use crate::document::{Files, Place};
use beachhead_engine::scenario::{Action, Plan, PriceRule, Scenario};

/// A warning for each `--set products.ID.price=…` whose price a plan that is run replaces; `sets` is the file of edits.
pub(super) fn idle_prices(
    scenario: &Scenario,
    plans: &[usize],
    files: &Files,
    sets: usize,
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut start = 0;
    for line in files.text(sets).split('\n') {
        let place = Place::new(sets, start..start + line.len());
        start += line.len() + 1;
        let Some(product) = priced(scenario, line) else {
            continue;
        };
        let id = &scenario.products[product].id;
        let replaced: Vec<String> = plans
            .iter()
            .filter_map(|plan| scenario.plans.get(*plan))
            .filter_map(|plan| Some(format!("`{}` {}", plan.id, replaced_by(plan, product)?)))
            .collect();
        if !replaced.is_empty() {
            let found = format!(
                "this price of `{id}` does not count under {}",
                replaced.join(", nor under ")
            );
            let help = format!(
                "set what the step sets, for example its margin or `products.{id}.unit_cost`, or take the `price` out of the step"
            );
            warnings.push(files.warning(place, found).help(help));
        }
    }
    warnings
}

/// The product whose price an edit sets, by id or by its row from 1.
fn priced(scenario: &Scenario, line: &str) -> Option<usize> {
    let (path, _) = line.split_once('=')?;
    let mut steps = path.split('.').map(|step| step.trim().trim_matches('"'));
    let (Some("products"), Some(row), Some("price")) = (steps.next(), steps.next(), steps.next())
    else {
        return None;
    };
    let mut products = scenario.products.iter();
    products.position(|product| product.id == row).or_else(|| {
        let at = row.parse::<usize>().ok()?.checked_sub(1)?;
        (at < scenario.products.len()).then_some(at)
    })
}

/// The first step of a plan that puts a rule or a value in the place of the table's price, in words.
fn replaced_by(plan: &Plan, product: usize) -> Option<String> {
    plan.steps.iter().find_map(|step| {
        let rule = step.actions.iter().find_map(|action| match action {
            Action::Price { products, rule } if products.contains(&product) => named(rule),
            _ => None,
        })?;
        Some(format!("from its step `{}` on ({rule})", step.id))
    })
}

/// What a rule is called; none if it is the table's price.
fn named(rule: &PriceRule) -> Option<&'static str> {
    match rule {
        PriceRule::Fixed { prices } if prices.is_empty() => None,
        PriceRule::Fixed { .. } => Some("price = \"fixed\" with values"),
        PriceRule::CostPlus { .. } => Some("price = \"cost_plus\""),
        PriceRule::Bertrand => Some("price = \"bertrand\""),
        PriceRule::MarginCap(_) => Some("price = \"margin_cap\""),
    }
}
