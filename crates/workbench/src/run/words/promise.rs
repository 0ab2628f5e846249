//! A promise about margins, and prices that are no equilibrium, in a sentence each.

use super::answer::money_of;
use super::{human, percent, with_unit};
use crate::run::summary::Plan;

/// Shares below this read as never, and above its complement as always.
const HARDLY: f64 = 0.005;

/// How often a plan's promise about margins made a difference, and what it paid back; none where it never did, as under a plan
/// that promises nothing.
pub(super) fn promise(plan: &Plan, id: &dyn Fn(&str) -> String) -> Option<String> {
    let bound = plan.mean(&id("promise_bound"))?;
    let how_often = match bound {
        share if share < HARDLY => return None,
        share if share > 1.0 - HARDLY => "makes a difference in every month with sales".to_owned(),
        share => format!(
            "makes a difference in {} of the months with sales",
            percent(share)
        ),
    };
    let paid = money_of(plan, &id("rebates")).filter(|(money, _)| *money > 0.0);
    let paid = paid.map_or_else(String::new, |(money, unit)| {
        format!(", and {} is paid back under it", with_unit(money, unit))
    });
    Some(format!("The promise about margins {how_often}{paid}. "))
}

/// How many of the times that firms set prices ended without an equilibrium; none where all were found.
pub(super) fn unsolved(plan: &Plan) -> Option<String> {
    let (unsolved, all) = (plan.mean("repricings_unsolved")?, plan.mean("repricings")?);
    let which = match unsolved {
        none if none <= 0.0 => return None,
        _ if unsolved >= all => "No equilibrium is found when prices are set".to_owned(),
        _ => format!(
            "Of the {} times that prices are set {} end without an equilibrium",
            human(all),
            human(unsolved)
        ),
    };
    Some(format!(
        "{which}: prices are then the last ones tried, and the issues say when. "
    ))
}
