//! The answer in sentences that a board can read.

use super::{LEAST_MONEY, between, enumerate, human, percent, quoted, suffixed, with_unit};
use crate::run::output::Named;
use crate::run::summary::{OutcomeEntry, Plan, Summary};
use std::fmt;

/// Share of units from earlier replacement above which a reader should know of it.
const MANY_EARLIER: f64 = 0.3;

/// Share of draws that failed above which a reader must know that the answer is conditional.
const MANY_FAILED: f64 = 0.05;

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

/// The plan with the highest mean net present value of those under which the entrant sells anything.
pub fn best_entering<'s>(
    summary: &'s Summary,
    entrants: &[Named],
    entrant: usize,
) -> Option<&'s Plan> {
    entering(summary, entrants, entrant).into_iter().next()
}

/// Plans under which the entrant sells anything, the most valuable first.
fn entering<'s>(summary: &'s Summary, entrants: &[Named], entrant: usize) -> Vec<&'s Plan> {
    let outcome = |plan: &Plan, id: &str| plan.mean(&suffixed(id, entrant, entrants));
    let npv = |plan: &Plan| outcome(plan, "npv").unwrap_or(f64::NEG_INFINITY);
    let enters = |plan: &&Plan| outcome(plan, "units").is_some_and(|units| units > 0.0);
    let mut entering: Vec<&Plan> = summary.plans.iter().filter(enters).collect();
    entering.sort_by(|a, b| npv(b).total_cmp(&npv(a)));
    entering
}

/// Which plan comes first over draws, or which ones cannot be told apart; nothing in a central run or of a single plan.
pub fn choice(summary: &Summary, entrants: &[Named], entrant: usize) -> Option<String> {
    if summary.draws == 1 || summary.plans.len() < 2 {
        return None;
    }
    let id = suffixed("npv", entrant, entrants);
    let best = best_plan(summary, entrants, entrant)?;
    let (worth, unit) = money_of(best, &id)?;
    let worth = with_unit(worth, unit);
    let may_be = summary.may_be_best.iter().find(|row| row.outcome == id)?;
    let rivals = summary.plans.iter().filter(|plan| plan.id != best.id);
    // A rival is told from the best plan only where both ways of asking say so.
    let is_open = |plan: &&Plan| {
        may_be.plans.contains(&plan.id) || are_tied(summary, &id, &best.id, &plan.id)
    };
    let tied: Vec<String> = rivals
        .clone()
        .filter(is_open)
        .map(|plan| quoted(&plan.title))
        .collect();
    let draws = computed_draws(summary);
    if !tied.is_empty() {
        return Some(format!(
            "{} has the highest mean net present value ({worth}), but {draws} draws cannot tell it from {}: {} may be best.",
            quoted(&best.title),
            enumerate(&tied),
            if tied.len() == 1 {
                "either"
            } else {
                "any of them"
            }
        ));
    }
    let mean = |plan: &&Plan| plan.mean(&id).unwrap_or(f64::NEG_INFINITY);
    let next = rivals.max_by(|a, b| mean(a).total_cmp(&mean(b)))?;
    let (low, high) = lead(summary, &id, &best.id, &next.id)?;
    let by = between(low, high, unit);
    let title = quoted(&best.title);
    Some(if stays_idle(best, entrant, entrants) {
        format!(
            "No plan that enters beats {title}: the nearest, {}, is behind by {by} of mean net present value.",
            quoted(&next.title)
        )
    } else {
        format!(
            "{title} is the best of {} plans by mean net present value ({worth}): it is ahead of the next one, {}, by {by}.",
            summary.plans.len(),
            quoted(&next.title)
        )
    })
}

/// Whether the interval of the difference of two plans reaches into the zone in which differences count as none.
fn are_tied(summary: &Summary, outcome: &str, plan: &str, against: &str) -> bool {
    summary.differences.iter().any(|row| {
        let pair = [row.plan.as_str(), row.against.as_str()];
        row.tied && row.outcome == outcome && (pair == [plan, against] || pair == [against, plan])
    })
}

/// Draws that have a result: those that failed have none.
pub fn computed_draws(summary: &Summary) -> usize {
    summary.draws - failed_draws(summary).min(summary.draws)
}

fn failed_draws(summary: &Summary) -> usize {
    let mut issues = summary.issues.iter();
    let failed = issues.find(|issue| issue.code == "draw_failed");
    failed.map_or(0, |issue| issue.count)
}

/// The interval of how far one plan is ahead of another in an outcome.
fn lead(summary: &Summary, outcome: &str, plan: &str, against: &str) -> Option<(f64, f64)> {
    let of = summary
        .differences
        .iter()
        .filter(|row| row.outcome == outcome);
    let mut leads = of.filter_map(|row| match (row.plan.as_str(), row.against.as_str()) {
        (a, b) if (a, b) == (plan, against) => Some((row.low, row.high)),
        (a, b) if (a, b) == (against, plan) => Some((-row.high, -row.low)),
        _ => None,
    });
    leads.next()
}

/// When an entrant leaves under a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaving {
    /// In the one path of a central run: the month.
    In(f64),
    /// In every draw: the month by which it has left half of them, and the one by which it has left 95 % of them.
    Always(f64, f64),
    /// In half of the draws or more, but not in all: the month by which it has left half of them.
    Mostly(f64),
}

impl fmt::Display for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(month) => write!(f, "in month {month:.0}"),
            Self::Always(month, _) => write!(f, "in all draws, median month {month:.0}"),
            Self::Mostly(month) => write!(f, "in half of draws or more, median month {month:.0}"),
        }
    }
}

/// When an entrant leaves under a plan; nothing where it stays in most draws.
pub fn leaving(plan: &Plan, entrant: usize, entrants: &[Named]) -> Option<Leaving> {
    let Some(OutcomeEntry::Distribution(entry)) =
        plan.outcome(&suffixed("exit_month", entrant, entrants))
    else {
        return None;
    };
    match (entry.se, entry.mean, entry.median) {
        (None, Some(month), None) => Some(Leaving::In(month)),
        (_, Some(mean), median) => Some(Leaving::Always(
            median.unwrap_or(mean),
            entry.p95.unwrap_or(mean),
        )),
        (_, None, median) => median.map(Leaving::Mostly),
    }
}

/// Whether an entrant has left before the last 12 of so many months in all draws but a few, so that its share there says nothing.
pub fn left_before_the_last_year(
    plan: &Plan,
    entrant: usize,
    months: usize,
    entrants: &[Named],
) -> bool {
    match leaving(plan, entrant, entrants) {
        Some(Leaving::In(month) | Leaving::Always(_, month)) => month + 11.0 <= months as f64,
        Some(Leaving::Mostly(_)) | None => false,
    }
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

/// What the best plan that enters leads to: sales, money, chances.
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
    let mut text = sales_sentence(summary, best, name, gone, &id);
    if let Some(left) = left(best) {
        text += &format!("It leaves the market {left}. ");
    }
    text += &if summary.draws > 1 {
        money_over_draws(best, &id)
    } else {
        money_sentence(summary, best, &id)
    };
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
fn money_of<'a>(plan: &'a Plan, id: &str) -> Option<(f64, &'a str)> {
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
            && let (Some(_), Some(low), Some(high)) = (entry.se, entry.p05, entry.p95)
        {
            let (low, high) = (human(low), human(high));
            text += &format!(" on average (between {low} and {high} in 90 % of draws)");
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

/// Money over draws: means with their ranges, and chances.
fn money_over_draws(plan: &Plan, id: &dyn Fn(&str) -> String) -> String {
    let mut parts = Vec::new();
    if let Some(OutcomeEntry::Distribution(npv)) = plan.outcome(&id("npv"))
        && let (Some(mean), Some(low), Some(high)) = (npv.mean, npv.p05, npv.p95)
    {
        let verb = if mean < 0.0 { "loses" } else { "is worth" };
        parts.push(format!(
            "{verb} {} on average in today\u{2019}s money (net present value; between {} and {} in 90 % of draws)",
            with_unit(mean.abs(), &npv.unit),
            with_unit(low, &npv.unit),
            with_unit(high, &npv.unit)
        ));
    }
    if let Some(loss) = plan.mean(&id("p_loss")) {
        parts.push(format!("loses money in {} of draws", percent(loss)));
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

/// How far the best plan by net present value is ahead of each other, draw by draw; ties are called ties.
pub fn standing(summary: &Summary, entrants: &[Named], entrant: usize) -> Option<String> {
    let id = suffixed("npv", entrant, entrants);
    let best = best_plan(summary, entrants, entrant)?;
    let unit = money_of(best, &id)?.1;
    let (mut tied, mut behind) = (Vec::new(), Vec::new());
    let of = summary.differences.iter().filter(|row| row.outcome == id);
    for row in of.filter(|row| row.plan == best.id || row.against == best.id) {
        let other = if row.plan == best.id {
            &row.against
        } else {
            &row.plan
        };
        let title = &summary.plans.iter().find(|plan| plan.id == *other)?.title;
        let (low, high) = lead(summary, &id, &best.id, other)?;
        if row.tied {
            tied.push(quoted(title));
        } else {
            behind.push(format!(
                "{} (by {})",
                quoted(title),
                between(low, high, unit)
            ));
        }
    }
    let mut parts = Vec::new();
    if !tied.is_empty() {
        parts.push(format!("tied with {}", enumerate(&tied)));
    }
    if !behind.is_empty() {
        parts.push(format!("ahead of {}", enumerate(&behind)));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "Draw by draw {} is {}.{}",
            quoted(&best.title),
            parts.join(" and "),
            how_sure(summary, &id, unit)
        )
    })
}

/// How sure the comparison of plans is, and what counts as no difference.
fn how_sure(summary: &Summary, id: &str, unit: &str) -> String {
    let Some(row) = summary.may_be_best.iter().find(|row| row.outcome == id) else {
        return String::new();
    };
    let mut text = format!(
        " All these intervals hold at once with a probability of {}.",
        probability(row.level)
    );
    if row.indifference > 0.0 {
        text += &format!(
            " Differences of up to {} count as none.",
            with_unit(row.indifference, unit)
        );
    }
    text
}

/// A probability near 1 as per cent, with all digits that it was given: 99.9 % is not 100 %.
pub fn probability(level: f64) -> String {
    let text = format!("{:.6}", 100.0 * level);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
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
    let others: Vec<String> = entering.iter().skip(1).filter_map(other).collect();
    let mut text = String::new();
    if !others.is_empty() {
        text += &format!(
            "Of the plans that enter it comes first, before {}. ",
            enumerate(&others)
        );
    }
    if idle {
        text += if value < 0.0 {
            "No plan that enters beats staying out. "
        } else {
            "It beats staying out. "
        };
    }
    text
}

/// What consumers gain by plan: choice and prices first, the drift of states as what it is.
pub fn consumers(summary: &Summary) -> Option<String> {
    let mut choices = Vec::new();
    let mut drifts = Vec::new();
    for plan in &summary.plans {
        let choice = money_of(plan, "consumer_surplus_choice");
        let drift = money_of(plan, "consumer_surplus_drift");
        let (Some((choice, unit)), Some((drift, _))) = (choice, drift) else {
            continue;
        };
        if choice.abs().max(drift.abs()) >= LEAST_MONEY {
            let under = |value| {
                let value = with_unit(value, unit);
                format!("{value} under {}", quoted(&plan.title))
            };
            choices.push(under(choice));
            drifts.push(under(drift));
        }
    }
    if choices.is_empty() {
        return None;
    }
    Some(format!(
        "Consumers gain from choice and prices, at the states of staying out: {}. Drift of states, which is no gain from \
         entry alone (people come to own and to know other things than they would have; it counts the taste for what is \
         owned and the awareness that the plan builds): {}.",
        enumerate(&choices),
        enumerate(&drifts)
    ))
}

/// How sure the numbers are: how many draws, or that there is only one.
pub fn caveat(summary: &Summary) -> String {
    if summary.draws == 1 {
        "These are central values: one path with every assumption at its middle value and without events. \
         They do not say how sure the answer is."
            .to_owned()
    } else {
        let failed = failed_draws(summary);
        let left_out = match failed {
            0 => String::new(),
            _ => format!(", {failed} of which failed and are left out"),
        };
        let conditional = if failed as f64 > MANY_FAILED * summary.draws as f64 {
            ": what they say holds only where the assumptions can be met together, which is not known of the others"
        } else {
            ""
        };
        format!(
            "Means and quantiles over {} draws of the assumptions{left_out}{conditional}.",
            summary.draws
        )
    }
}
