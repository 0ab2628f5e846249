//! How the plans stand to each other over draws: which may be the best, and how far ahead.

use super::answer::money_of;
use super::caveats::computed_draws;
use super::{best_plan, between, enumerate, quoted, stays_idle, suffixed, with_unit};
use crate::run::output::Named;
use crate::run::summary::{Plan, Summary};

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
    let tied: Vec<String> = rivals
        .clone()
        .filter(|plan| may_be.plans.contains(&plan.id))
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
    let is_idle = stays_idle(best, entrant, entrants);
    // Sure of which one is best is not sure of how far it is ahead: the second asks for more draws.
    if low <= 0.0 {
        let next = quoted(&next.title);
        return Some(if is_idle {
            format!(
                "No plan that enters beats {title}; how far the next by mean net present value, {next}, is behind, {draws} draws do not say well ({by})."
            )
        } else {
            format!(
                "{title} has the highest mean net present value of {} plans ({worth}), and {draws} draws leave no other as the best; how far it is ahead of the next one, {next}, they do not say well ({by}).",
                summary.plans.len()
            )
        });
    }
    Some(if is_idle {
        format!(
            "No plan that enters beats {title}: the next by mean net present value, {}, is behind by {by}.",
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
