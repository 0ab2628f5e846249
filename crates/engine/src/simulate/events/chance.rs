//! The randomness of events: thresholds, chances and outcomes, each at its own address.

use crate::scenario::{Event, Trigger};
use crate::simulate::World;

/// A chance that comes true in a central run.
const LIKELY: f64 = 0.5;

/// What a uniform decides about an event. Only whether it happens is correlated with other things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decides {
    /// Whether it happens, or when: a low uniform is soon and yes.
    Whether,
    /// What comes of it, how long it takes.
    How,
}

/// The uniform of occurrence `position` (from 1) of an event, in the stream `events.<id>.<stream>`; none in a central
/// run. A factor that an event belongs to bears on whether it happens, `[eq:factors]`.
pub(super) fn occurrence_uniform(
    world: &World,
    event: &Event,
    (decides, stream): (Decides, &str),
    position: u32,
) -> Option<f64> {
    let address = world.address?;
    let member = format!("events.{}", event.id);
    let stream = format!("{member}.{stream}");
    Some(match decides {
        Decides::Whether => {
            let correlation = &world.scenario.correlation;
            correlation.uniform_of(&address, &member, &stream, position)
        }
        Decides::How => address.uniform_at(&stream, position),
    })
}

/// The cumulative hazard at which occurrence `number` (from 1) comes, Exp(1), `[eq:threshold]`; never in a central run.
pub(super) fn threshold(world: &World, event: &Event, number: usize) -> f64 {
    if !matches!(event.trigger, Trigger::Hazard { .. }) {
        return f64::INFINITY;
    }
    let uniform = occurrence_uniform(world, event, (Decides::Whether, "threshold"), number as u32);
    uniform.map_or(f64::INFINITY, |u| -libm::log1p(-u))
}

/// The cumulative hazard of a month in which the probability is `p`, at most 1, `[eq:hazard]`.
pub(super) fn rate(p: f64) -> f64 {
    if p >= 1.0 {
        f64::INFINITY
    } else {
        -libm::log1p(-p.max(0.0))
    }
}

/// A chance whose odds are multiplied by `factor`, `[eq:odds]`; what is certain stays so.
#[must_use]
pub fn with_odds(chance: f64, factor: f64) -> f64 {
    if chance <= 0.0 || factor <= 0.0 {
        0.0
    } else if chance >= 1.0 || factor == 1.0 {
        chance
    } else {
        let odds = factor * chance / (1.0 - chance);
        1.0 / (1.0 + 1.0 / odds)
    }
}

/// Whether something of this chance comes true; in a central run if it is at least as likely as not.
pub(super) fn comes_true(chance: f64, uniform: Option<f64>) -> bool {
    uniform.map_or(chance >= LIKELY, |u| u < chance)
}

/// The outcome of occurrence `number`: chances of the draw, scaled to a sum of 1, `[eq:outcome]`; in a central run the
/// likeliest, the first of equals.
pub(super) fn outcome(world: &World, event: &Event, number: u32) -> usize {
    if event.outcomes.len() < 2 {
        return 0;
    }
    let chance_of = |chance: &crate::scenario::Handle| world.values[chance].max(0.0);
    let chances: Vec<f64> = event
        .outcomes
        .iter()
        .map(|outcome| outcome.chance.as_ref().map_or(0.0, chance_of))
        .collect();
    choose(
        &chances,
        occurrence_uniform(world, event, (Decides::How, "outcome"), number),
    )
}

fn choose(chances: &[f64], uniform: Option<f64>) -> usize {
    let mut likeliest = 0;
    for (n, chance) in chances.iter().enumerate() {
        if *chance > chances[likeliest] {
            likeliest = n;
        }
    }
    let Some(u) = uniform else {
        return likeliest;
    };
    let goal = u * chances.iter().sum::<f64>();
    let mut sum = 0.0;
    for (n, chance) in chances.iter().enumerate() {
        sum += chance;
        if goal < sum {
            return n;
        }
    }
    // Only rounding, or chances that are all 0, lead here.
    likeliest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations.
    const ROUNDING: f64 = 1e-14;

    #[test]
    fn a_rate_gives_its_probability_back_and_its_ends_are_exact() {
        for p in [1e-9, 0.003, 0.25, 0.999] {
            let back = -libm::expm1(-rate(p));
            assert!((back - p).abs() <= ROUNDING, "{p}: {back}");
        }
        assert_eq!(rate(0.0), 0.0);
        assert_eq!(rate(-1.0), 0.0);
        assert_eq!([rate(1.0), rate(3.0)], [f64::INFINITY; 2]);
    }

    #[test]
    fn odds_move_a_chance_between_its_ends() {
        // Odds of 1 to 3, doubled: 2 to 3.
        assert!((with_odds(0.25, 2.0) - 0.4).abs() <= ROUNDING);
        assert_eq!(with_odds(0.35, 1.0), 0.35);
        assert_eq!(with_odds(1.0, 0.01), 1.0);
        assert_eq!(with_odds(0.0, 100.0), 0.0);
        assert_eq!(with_odds(0.9, 0.0), 0.0);
        assert_eq!(with_odds(0.1, f64::INFINITY), 1.0);
    }

    #[test]
    fn outcomes_are_taken_in_proportion_whatever_their_sum() {
        for scale in [1.0, 0.5, 3.0] {
            let chances = [0.2 * scale, 0.5 * scale, 0.3 * scale];
            let chosen = [0.1, 0.19, 0.21, 0.69, 0.71, 0.999].map(|u| choose(&chances, Some(u)));
            assert_eq!(chosen, [0, 0, 1, 1, 2, 2]);
            assert_eq!(choose(&chances, None), 1);
        }
        assert_eq!(choose(&[0.0, 1.0], Some(1e-12)), 1);
        assert_eq!(choose(&[0.5, 0.5], None), 0);
    }
}
