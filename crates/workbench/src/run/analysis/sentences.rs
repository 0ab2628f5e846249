//! The analysis in sentences, the same for the report's opening and for the terminal.

use super::deals::{DealLine, Mean};
use super::document::{Analysis, BreakEven, MustBeTrue};
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

/// What a deal is worth to both sides where rivals answer it with their prices, and which payments both would sign.
fn worth(currency: &str, deal: &DealLine) -> Option<String> {
    let worth = deal.worth.iter().find(|worth| worth.solved);
    let worth = worth.or_else(|| deal.worth.first())?;
    let money = |value: f64| words::money(currency, value);
    let with_doubt = |mean: &Mean| {
        let doubt = mean.se.map_or_else(String::new, |se| {
            format!(" (standard error {})", words::human(se))
        });
        money(mean.mean) + &doubt
    };
    let payment = if worth.signed {
        format!(
            "with a payment from the network to the brand between {} and {} neither loses",
            money(worth.lowest),
            money(worth.highest)
        )
    } else {
        "no payment makes both sign".to_owned()
    };
    Some(format!(
        "{} is worth {} to the brand and {} to the network before any payment, in {} draws: {payment}.",
        deal.title,
        with_doubt(&worth.brand),
        with_doubt(&worth.network),
        deal.draws
    ))
}

/// The same for the terminal, what deals are worth, and how earlier entries went: no verdict is firmer in one place than in the other.
#[must_use]
pub fn lines(analysis: &Analysis) -> Vec<String> {
    let mut list = opening(analysis);
    list.extend(
        analysis
            .deals
            .iter()
            .filter_map(|deal| worth(&analysis.currency, deal)),
    );
    if let Some(class) = &analysis.reference_class {
        let gone = class.members.iter().filter(|m| m.left.is_some()).count();
        list.push(format!(
            "Of {} earlier entries {gone} left; the report sets them beside the plans.",
            class.members.len()
        ));
    }
    list
}
