//! The analysis in sentences: for the report's opening, and in lines for the terminal.

use super::document::{Analysis, BreakEven, MustBeTrue, Verdict};
use crate::run::words;

/// What must be true at the levels that the scenario assumes: one sentence; none where appeal is not in doubt.
#[must_use]
pub fn must_be_true(surface: &MustBeTrue) -> Option<String> {
    let found = as_assumed(surface)?;
    let title = words::quoted(&surface.title);
    // What the plan has nothing of is not spoken about.
    let held = [
        ("success of attempts", &surface.attempts),
        ("cost of awareness", &surface.awareness),
    ];
    let held = held.iter().filter(|(_, axis)| axis.levels.len() > 1);
    let held: Vec<String> = held.map(|(what, _)| (*what).to_owned()).collect();
    let held = match held.is_empty() {
        true => String::new(),
        false => format!("With {} as assumed, ", words::enumerate(&held)),
    };
    Some(format!("{held}{title} earns money {}.", found.words))
}

/// The row of a surface at the levels that the scenario assumes.
fn as_assumed(surface: &MustBeTrue) -> Option<&BreakEven> {
    let rows = surface.break_even.iter();
    let factor = |levels: &[super::document::Level], at: usize| {
        levels
            .get(at)
            .map_or(0.0, |level| (level.value - 1.0).abs())
    };
    let distance = |row: &&BreakEven| {
        factor(&surface.attempts.levels, row.attempts)
            + factor(&surface.awareness.levels, row.awareness)
    };
    rows.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Sentences for the report's opening.
#[must_use]
pub fn opening(analysis: &Analysis) -> Vec<String> {
    let mut list = Vec::new();
    if !analysis.decides.phrase.is_empty() {
        let verb = if analysis.decides.assumptions.len() > 1 {
            "decide"
        } else {
            "decides"
        };
        list.push(format!(
            "What {verb} it: {}. {}",
            analysis.decides.phrase,
            analysis.decides.sentences.join(" ")
        ));
    }
    list.extend(analysis.must_be_true.as_ref().and_then(must_be_true));
    list
}

/// At most three short lines for the terminal.
#[must_use]
pub fn lines(analysis: &Analysis) -> Vec<String> {
    let mut list = Vec::new();
    let bar = analysis.decides.assumptions.first().and_then(|name| {
        let mut bars = analysis.sensitivity.bars.iter();
        bars.find(|bar| bar.name == *name)
    });
    if let Some(bar) = bar {
        let ends = bar.difference.as_ref().or_else(|| bar.plans.last());
        let swing = ends.map_or(0.0, |ends| ends.swing.abs());
        list.push(format!(
            "What decides it: {} (moves the answer by {}).",
            analysis.decides.phrase,
            words::money(&analysis.currency, swing)
        ));
    } else if !analysis.decides.phrase.is_empty() {
        list.push(format!("What decides it: {}.", analysis.decides.phrase));
    }
    let row = analysis.must_be_true.as_ref();
    if let Some((surface, row)) = row.and_then(|surface| Some((surface, as_assumed(surface)?))) {
        let title = words::quoted(&surface.title);
        list.push(match (row.verdict, row.quantile) {
            (Verdict::At, Some(quantile)) => format!(
                "{title} breaks even where appeal is better than {} of its class.",
                words::percent(quantile)
            ),
            (Verdict::Always, _) => format!("{title} earns money in the whole range of appeal."),
            _ => format!("{title} breaks even nowhere in the range of appeal."),
        });
    }
    if let Some(class) = &analysis.reference_class {
        let gone = class.members.iter().filter(|m| m.left.is_some()).count();
        list.push(format!(
            "Of {} earlier entries {gone} left; the report sets them beside the plans.",
            class.members.len()
        ));
    }
    list
}
