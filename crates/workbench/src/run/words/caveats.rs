//! What consumers gain, and how sure all this is.

use super::answer::money_of;
use super::{LEAST_MONEY, Told, enumerate, quoted, with_unit};
use crate::run::summary::Summary;

/// Share of draws that failed above which a reader must know that the answer is conditional.
const MANY_FAILED: f64 = 0.05;

/// Draws that have a result: those that failed have none.
pub fn computed_draws(summary: &Summary) -> usize {
    summary.draws - failed_draws(summary).min(summary.draws)
}

fn failed_draws(summary: &Summary) -> usize {
    let mut issues = summary.issues.iter();
    let failed = issues.find(|issue| issue.code == "draw_failed");
    failed.map_or(0, |issue| issue.count)
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
        let draws = computed_draws(summary);
        let few = Told::of(draws).caveat(draws);
        let few = few.map_or_else(String::new, |few| format!(" {few}"));
        format!(
            "Means and quantiles over {} draws of the assumptions{left_out}{conditional}.{few}",
            summary.draws
        )
    }
}
