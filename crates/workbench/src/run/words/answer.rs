//! The answer in sentences that a board can read.

use super::caveats::{caveat, consumers};
use super::leaving::{Leaving, leaving, left_before_the_last_year};
use super::promise::{promise, unsolved};
use super::standing::{choice, standing};
use super::{
    Told, about, chance, computed_draws, enumerate, human, percent, plan_of, quoted, suffixed,
    with_unit,
};
use crate::run::output::Named;
use crate::run::summary::{OutcomeEntry, Plan, Summary};

/// Share of units from earlier replacement above which a reader should know of it.
const MANY_EARLIER: f64 = 0.3;

/// The answer in sentences that a board can read: for each entrant which plan comes first and what it leads to, then how the
/// plans stand to each other, then consumers, then how sure all this is.
pub fn paragraphs(summary: &Summary, entrants: &[Named]) -> Vec<String> {
    let count = entrants.len().max(1);
    let mut paragraphs: Vec<String> = (0..count)
        .filter_map(|entrant| {
            let story = story(summary, entrants, entrant)?;
            let choice = choice(summary, entrants, entrant);
            Some(choice.map_or(story.clone(), |choice| format!("{choice} {story}")))
        })
        .collect();
    paragraphs.extend((0..count).filter_map(|entrant| standing(summary, entrants, entrant)));
    paragraphs.extend(consumers(summary));
    paragraphs.push(caveat(summary));
    paragraphs
}

/// The plan with the highest mean net present value for an entrant.
pub fn best_plan<'s>(summary: &'s Summary, entrants: &[Named], entrant: usize) -> Option<&'s Plan> {
    let id = suffixed("npv", entrant, entrants);
    let worth = |plan: &Plan| plan.mean(&id);
    let plans = summary.plans.iter().filter(|plan| worth(plan).is_some());
    plans.reduce(|a, b| if worth(b) > worth(a) { b } else { a })
}

/// Plans under which the entrant sells anything, the one that the report is about first, then the most valuable first.
fn entering<'s>(summary: &'s Summary, entrants: &[Named], entrant: usize) -> Vec<&'s Plan> {
    let outcome = |plan: &Plan, id: &str| plan.mean(&suffixed(id, entrant, entrants));
    let npv = |plan: &Plan| outcome(plan, "npv").unwrap_or(f64::NEG_INFINITY);
    let about = plan_of(summary, entrants, entrant).map(|(plan, _)| &plan.id);
    let enters = |plan: &&Plan| outcome(plan, "units").is_some_and(|units| units > 0.0);
    let mut entering: Vec<&Plan> = summary.plans.iter().filter(enters).collect();
    entering.sort_by(|a, b| npv(b).total_cmp(&npv(a)));
    entering.sort_by_key(|plan| Some(&plan.id) != about);
    entering
}

/// Outcomes that are all 0 where a plan neither spends nor earns.
pub const IDLE: [&str; 4] = ["revenue", "services_profit", "npv", "peak_funding"];

/// Whether a plan neither spends nor earns anything for an entrant, so that there is nothing to get back.
pub fn stays_idle(plan: &Plan, entrant: usize, entrants: &[Named]) -> bool {
    IDLE.iter().all(|id| {
        plan.mean(&suffixed(id, entrant, entrants))
            .is_none_or(|money| money == 0.0)
    })
}

/// What the plan that the report is about leads to: sales, money, chances; why it is the one, where others enter.
pub fn story(summary: &Summary, entrants: &[Named], entrant: usize) -> Option<String> {
    let name = entrants
        .get(entrant)
        .map_or("The brand", |named| named.title.as_str());
    let outcome = |plan: &Plan, id: &str| plan.mean(&suffixed(id, entrant, entrants));
    let npv = |plan: &Plan| outcome(plan, "npv");
    let entering = entering(summary, entrants, entrant);
    let Some(best) = entering.first().copied() else {
        let id = |id: &str| suffixed(id, entrant, entrants);
        return Some(sells_nothing(summary, name, &id));
    };
    let left = |plan: &Plan| leaving(plan, entrant, entrants);
    let gone = left_before_the_last_year(best, entrant, summary.months, entrants);
    let id = |id: &str| suffixed(id, entrant, entrants);
    let mut text =
        about(summary, entrants, entrant).map_or_else(String::new, |about| format!("{about} "));
    text += &sales_sentence(summary, best, name, gone, &id);
    if let Some(left) = left(best) {
        text += &format!("It leaves the market {left}. ");
    }
    text += &if summary.draws > 1 {
        money_over_draws(summary, best, &id)
    } else {
        money_sentence(summary, best, &id)
    };
    text += &promise(best, &id).unwrap_or_default();
    text += &unsolved(best).unwrap_or_default();
    // Over draws the plans are told apart by their paired differences.
    if summary.draws == 1 {
        text += &comparison(summary, best, &entering, &npv, &left);
    }
    Some(text)
}

/// A sentence where no plan sells the durable; complements may still bring something in.
fn sells_nothing(summary: &Summary, name: &str, id: &dyn Fn(&str) -> String) -> String {
    fn in_words(plan: &Plan, id: &str) -> Option<String> {
        money_of(plan, id).map(|(value, unit)| with_unit(value, unit))
    }
    let plans = if summary.plans.len() == 1 {
        "this plan"
    } else {
        "these plans"
    };
    let others: Vec<String> = summary
        .plans
        .iter()
        .filter_map(|plan| {
            plan.mean(&id("revenue")).filter(|revenue| *revenue > 0.0)?;
            let worth = in_words(plan, &id("npv"))
                .map_or_else(String::new, |npv| format!(" (net present value {npv})"));
            Some(format!(
                "under {} its other goods bring in {}{worth}",
                quoted(&plan.title),
                in_words(plan, &id("revenue"))?
            ))
        })
        .collect();
    if others.is_empty() {
        return format!("{name} sells nothing under {plans}.");
    }
    format!(
        "{name} sells none of its main product under {plans}; {}.",
        enumerate(&others)
    )
}

/// An amount of money with its unit.
pub(super) fn money_of<'a>(plan: &'a Plan, id: &str) -> Option<(f64, &'a str)> {
    match plan.outcome(id) {
        Some(OutcomeEntry::Distribution(entry)) => {
            entry.mean.map(|mean| (mean, entry.unit.as_str()))
        }
        _ => None,
    }
}

fn sales_sentence(
    summary: &Summary,
    plan: &Plan,
    name: &str,
    gone: bool,
    id: &dyn Fn(&str) -> String,
) -> String {
    let outcome = |stem: &str| plan.mean(&id(stem));
    let mut text = format!("Under {} {name} sells", quoted(&plan.title));
    if let Some(units) = outcome("units") {
        text += &format!(" {} units in {} months", human(units), summary.months);
        if let Some(OutcomeEntry::Distribution(entry)) = plan.outcome(&id("units"))
            && entry.se.is_some()
        {
            text += " on average";
            let told = Told::of(computed_draws(summary));
            if let Some((low, high)) = told.range(entry) {
                let (low, high) = (human(low), human(high));
                let median = told.median_beside(entry);
                let median = carried(median.map(human));
                text += &format!(" (between {low} and {high} in {}{median})", told.words());
            }
        }
    }
    let share = outcome("share_of_sales_final_year").filter(|_| !gone);
    let ends: Vec<String> = [
        share.map(|share| format!("{} of sales in the last year", percent(share))),
        outcome("installed_base").map(|users| format!("{} users at the end", human(users))),
        outcome("awareness").map(|share| format!("{} of people knowing the brand", percent(share))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !ends.is_empty() {
        text += &format!(", with {}", enumerate(&ends));
    }
    text += ". ";
    let earlier = outcome("volume_from_earlier_replacement")
        .zip(outcome("units"))
        .map(|(earlier, units)| earlier / units)
        .filter(|share| *share > MANY_EARLIER);
    if let Some(share) = earlier {
        text += &format!(
            "Of its units, {} go to people who replace what they own earlier than they otherwise would. ",
            percent(share)
        );
    }
    text
}

fn money_sentence(summary: &Summary, plan: &Plan, id: &dyn Fn(&str) -> String) -> String {
    let amount = |name: &str| money_of(plan, &id(name));
    let mut parts = Vec::new();
    if let Some((value, unit)) = amount("npv") {
        let verb = if value < 0.0 { "loses" } else { "is worth" };
        let size = with_unit(value.abs(), unit);
        parts.push(format!(
            "{verb} {size} in today\u{2019}s money (net present value)"
        ));
    }
    if let Some((value, unit)) = amount("peak_funding").filter(|(value, _)| *value > 0.0) {
        parts.push(format!(
            "needs {} at the deepest point",
            with_unit(value, unit)
        ));
    }
    if plan.outcome(&id("payback_month")).is_some() {
        parts.push(match amount("payback_month") {
            Some((month, _)) => format!("has its money back for good from month {month:.0}"),
            None => format!(
                "does not get its money back within {} months",
                summary.months
            ),
        });
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("It {}. ", enumerate(&parts))
    }
}

/// That a few draws carry a mean out of its range, with the median; nothing where the mean lies within.
fn carried(median: Option<String>) -> String {
    median.map_or_else(String::new, |median| {
        format!("; a few draws carry the mean, the median is {median}")
    })
}

/// Money over draws: means with their ranges, and chances.
fn money_over_draws(summary: &Summary, plan: &Plan, id: &dyn Fn(&str) -> String) -> String {
    let draws = computed_draws(summary);
    let told = Told::of(draws);
    let mut parts = Vec::new();
    if let Some(OutcomeEntry::Distribution(npv)) = plan.outcome(&id("npv"))
        && let Some(mean) = npv.mean
    {
        let verb = if mean < 0.0 { "loses" } else { "is worth" };
        let range = told.range(npv).map_or_else(String::new, |(low, high)| {
            format!(
                "; between {} and {} in {}{}",
                with_unit(low, &npv.unit),
                with_unit(high, &npv.unit),
                told.words(),
                carried(
                    told.median_beside(npv)
                        .map(|median| with_unit(median, &npv.unit))
                )
            )
        });
        parts.push(format!(
            "{verb} {} on average in today\u{2019}s money (net present value{range})",
            with_unit(mean.abs(), &npv.unit),
        ));
    }
    if let Some(loss) = plan.mean(&id("p_loss")) {
        parts.push(format!("loses money in {}", chance(loss, draws)));
    }
    if let Some((value, unit)) = money_of(plan, &id("peak_funding")).filter(|(v, _)| *v > 0.0) {
        let value = with_unit(value, unit);
        parts.push(format!("needs {value} on average at the deepest point"));
    }
    if let Some(payback) = plan.mean(&id("p_payback")) {
        let median = match plan.outcome(&id("payback_month")) {
            Some(OutcomeEntry::Distribution(entry)) => entry.median,
            _ => None,
        };
        let median =
            median.map_or_else(String::new, |m| format!(", the median month being {m:.0}"));
        parts.push(format!(
            "has its money back for good in {} of draws{median}",
            percent(payback)
        ));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("It {}. ", enumerate(&parts))
    }
}

fn comparison(
    summary: &Summary,
    best: &Plan,
    entering: &[&Plan],
    npv: &dyn Fn(&Plan) -> Option<f64>,
    left: &dyn Fn(&Plan) -> Option<Leaving>,
) -> String {
    let Some(value) = npv(best) else {
        return String::new();
    };
    let unit = summary.plans.iter().find_map(|plan| {
        let outcomes = &plan.outcomes.0;
        match outcomes.iter().find(|(id, _)| id.starts_with("npv"))? {
            (_, OutcomeEntry::Distribution(distribution)) => Some(distribution.unit.as_str()),
            _ => None,
        }
    });
    let unit = unit.unwrap_or_default();
    let idle = summary
        .plans
        .iter()
        .any(|plan| !entering.iter().any(|other| other.id == plan.id));
    let other = |plan: &&Plan| {
        let leaves = left(plan).map_or_else(String::new, |left| format!(", leaves {left}"));
        let worth = with_unit(npv(plan)?, unit);
        Some(format!("{} ({worth}{leaves})", quoted(&plan.title)))
    };
    // Who leaves again may be worth more, and does not come behind.
    let behind = |plan: &&&Plan| npv(plan).is_some_and(|npv| npv <= value);
    let rest = || entering.iter().skip(1);
    let others: Vec<String> = rest().filter(behind).filter_map(other).collect();
    let ahead: Vec<String> = rest()
        .filter(|plan| !behind(plan))
        .filter_map(other)
        .collect();
    let mut text = String::new();
    if !others.is_empty() {
        let whom = if ahead.is_empty() {
            "the plans that enter"
        } else {
            "the plans that enter and stay"
        };
        text += &format!("Of {whom} it comes first, before {}. ", enumerate(&others));
    }
    if !ahead.is_empty() {
        text += &format!("Worth more, but leaving again: {}. ", enumerate(&ahead));
    }
    let most = entering.iter().filter_map(|plan| npv(plan));
    let most = most.fold(f64::NEG_INFINITY, f64::max);
    if idle {
        text += if most < 0.0 {
            "No plan that enters beats staying out. "
        } else if value < 0.0 {
            "It does not beat staying out. "
        } else {
            "It beats staying out. "
        };
    }
    text
}
