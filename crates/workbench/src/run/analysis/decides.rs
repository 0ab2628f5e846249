//! What decides it: the assumptions whose ranges move the difference between the best plan and the second most.

use super::document::{Analysis, Bar, Decides, Ends};
use super::label::{DEVIATIONS, shown};
use crate::run::words;

/// Standard errors of a rank correlation that is nothing which one must leave behind.
const RANKED: f64 = 3.0;
/// A second assumption is named if its swing is at least this part of the first one's.
const BESIDE: f64 = 0.5;
/// Most that are named.
const MOST: usize = 2;

/// Finds it, and puts it into words.
pub(super) fn decides(analysis: &Analysis) -> Decides {
    let Some(about) = analysis.about.as_deref() else {
        return Decides::default();
    };
    let mut bars: Vec<(&Bar, &Ends)> = analysis
        .sensitivity
        .bars
        .iter()
        .filter_map(|bar| Some((bar, bar.difference.as_ref().or_else(|| bar.of(about))?)))
        .filter(|(bar, ends)| is_clear(bar, ends, analysis.draws))
        .collect();
    bars.sort_by(|a, b| b.1.swing.abs().total_cmp(&a.1.swing.abs()));
    let largest = bars.first().map_or(0.0, |(_, ends)| ends.swing.abs());
    bars.retain(|(_, ends)| ends.swing.abs() >= BESIDE * largest);
    bars.truncate(MOST);
    if bars.is_empty() {
        let phrase = "no single assumption";
        let text = format!(
            "No single assumption among the {} that were run can be told to decide it: in {} common draws what each moves cannot be told apart from no change.",
            analysis.sensitivity.bars.len(),
            analysis.sensitivity.draws
        );
        return Decides {
            assumptions: Vec::new(),
            phrase: phrase.to_owned(),
            sentences: vec![text],
        };
    }
    let labels: Vec<String> = bars
        .iter()
        .map(|(bar, _)| in_a_sentence(&bar.label))
        .collect();
    let both = bars.iter();
    let mut sentences: Vec<String> = both
        .flat_map(|(bar, ends)| [moves(analysis, bar, ends), flips(analysis, bar)])
        .collect();
    if analysis.plans.len() > 2 {
        sentences.push("What the other plans would be worth there was not asked.".to_owned());
    }
    Decides {
        assumptions: bars.iter().map(|(bar, _)| bar.name.clone()).collect(),
        phrase: words::enumerate(&labels),
        sentences,
    }
}

/// Whether a swing is more than chance: it leaves its own band behind, or all draws of the run rank the outcome by the assumption. A
/// swing that is a multiple of what a draw is worth differs much between few common draws and is real all the same.
fn is_clear(bar: &Bar, ends: &Ends, draws: usize) -> bool {
    let correlation = bar.correlation_of_difference.unwrap_or(bar.correlation);
    let by_rank = correlation.abs() > RANKED / (draws.max(1) as f64).sqrt();
    ends.swing != 0.0 && (ends.tells() || by_rank)
}

/// A label inside a sentence: small first letter, unless the word is a name.
fn in_a_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match letters.next() {
        Some(first) if !label.contains(':') => {
            let small: String = first.to_lowercase().chain(letters).collect();
            let is_of = small.starts_with("appeal of") || small.starts_with("own appeal of");
            let article = if is_of { "the " } else { "" };
            format!("{article}{small}")
        }
        _ => label.to_owned(),
    }
}

fn title<'a>(analysis: &'a Analysis, id: Option<&'a String>) -> &'a str {
    let plan = id.and_then(|id| analysis.plan(id));
    plan.map_or("", |plan| plan.title.as_str())
}

/// How far the whole range moves the difference.
fn moves(analysis: &Analysis, bar: &Bar, ends: &Ends) -> String {
    let money = |value: f64| words::money(&analysis.currency, value);
    let what = match (&analysis.second, &bar.difference) {
        (Some(_), Some(_)) => format!(
            "the lead of \u{201c}{}\u{201d} over \u{201c}{}\u{201d}",
            title(analysis, analysis.best.as_ref()),
            title(analysis, analysis.second.as_ref())
        ),
        _ => format!(
            "the net present value of \u{201c}{}\u{201d}",
            title(analysis, analysis.best.as_ref())
        ),
    };
    let source = if bar.unsourced {
        "; nobody is named as its source"
    } else {
        ""
    };
    let over = if bar.unit == DEVIATIONS {
        "at its 90 % quantile instead of its 10 % one".to_owned()
    } else {
        format!(
            "from {} (10 % quantile) to {} (90 %)",
            shown(bar.p10, &bar.unit),
            shown(bar.p90, &bar.unit)
        )
    };
    let known = if ends.tells() {
        String::new()
    } else {
        format!(
            "; the ranks of all {} draws say that it matters, the {} common draws alone do not",
            analysis.draws, bar.draws
        )
    };
    let doubt = ends.half.map_or_else(
        || "no band".to_owned(),
        |half| format!("\u{b1} {}", words::human(half)),
    );
    format!(
        "{} {over} changes {what} by {} ({doubt}{known}{source}).",
        bar.label,
        money(ends.swing),
    )
}

/// The value at which the choice would be another, no surer than the points beside it.
fn flips(analysis: &Analysis, bar: &Bar) -> String {
    match (&bar.flip, &bar.difference) {
        (Some(flip), _) => {
            let at = if bar.unit == DEVIATIONS {
                let quantile = words::percent(flip.quantile);
                format!("its {quantile} quantile")
            } else {
                format!("about {}", shown(flip.value, &bar.unit))
            };
            if flip.is_sure {
                format!("Between these two plans the choice would change at {at}.")
            } else {
                format!(
                    "By the means the choice between these two plans would change at {at}; within their bands they cannot be told apart there."
                )
            }
        }
        (None, Some(ends)) if is_sure_throughout(ends) => {
            "No value in this range changes the choice between these two plans on its own.".to_owned()
        }
        (None, Some(_)) => "By the means no value in this range changes the choice between these two plans on its own; within the bands they cannot be told apart at some of them.".to_owned(),
        (None, None) => format!(
            "With a single plan there is no choice to change; its mean is {}.",
            words::money(
                &analysis.currency,
                analysis.plans.first().map_or(0.0, |plan| plan.npv)
            )
        ),
    }
}

/// Whether one plan is ahead of the other at all three points by more than their bands.
fn is_sure_throughout(ends: &Ends) -> bool {
    let points = [ends.of_run_p10, ends.of_run_p50, ends.of_run_p90];
    let mut both = points.iter().zip(&ends.of_run_half);
    both.all(|(value, half)| half.is_some_and(|half| value.abs() > half))
}
