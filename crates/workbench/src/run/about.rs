//! Which plan a report is about: one rule for its story, its pictures, what must be true and what decides it.
//!
//! A board reads about one plan in detail. It must be one that it could choose: a plan that enters, that stays, and that the draws do not
//! rule out as the best. Where there is none of the kind the rule gives way step by step, and a sentence says so. A plan that leaves in some
//! draws and may be the best comes before one that stays and cannot be.

use super::output::Named;
use super::summary::{Plan, Summary};
use super::words::{Leaving, leaving, quoted, suffixed};

/// Whether an entrant is still there at the end under a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stay {
    /// In more than half of the draws.
    Stays,
    /// In half of the draws or fewer, but in some: the month by which it has left half of them.
    LeavesBy(f64),
    /// In none.
    Leaves,
}

/// What the rule reads of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// Mean net present value.
    pub(super) npv: f64,
    /// Whether the entrant sells any of its durable.
    pub(super) enters: bool,
    /// Whether it stays.
    pub(super) stay: Stay,
    /// Whether the draws leave it possible that it is the best.
    pub(super) may_be_best: bool,
}

/// How the plan came to be the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// It enters, stays, and may be the best.
    MayBeBest,
    /// It enters and may be the best, but leaves in half of the draws or more; it is the one of these that stays the longest.
    StaysLongest,
    /// It enters and stays; no such plan may be the best, and its mean is the highest of them.
    RuledOut,
    /// It enters and leaves; no plan that enters stays.
    Leaves,
}

/// The plan and how it came to be the one; none where no plan enters.
pub(super) fn about(plans: &[Reading]) -> Option<(usize, Footing)> {
    // The first of equals.
    let most = |by: &dyn Fn(&Reading) -> Option<f64>| {
        let all = plans.iter().enumerate().filter(|(_, plan)| plan.enters);
        let some = all.filter_map(|(at, plan)| Some((at, by(plan)?)));
        let found = some.reduce(|a, b| if b.1 > a.1 { b } else { a });
        found.map(|(at, _)| at)
    };
    let stays = |plan: &Reading| plan.stay == Stay::Stays;
    let worth = |is_one: bool, plan: &Reading| is_one.then_some(plan.npv);
    let longest = |plan: &Reading| match plan.stay {
        Stay::LeavesBy(month) if plan.may_be_best => Some(month),
        _ => None,
    };
    most(&|plan| worth(stays(plan) && plan.may_be_best, plan))
        .map(|at| (at, Footing::MayBeBest))
        .or_else(|| most(&longest).map(|at| (at, Footing::StaysLongest)))
        .or_else(|| most(&|plan| worth(stays(plan), plan)).map(|at| (at, Footing::RuledOut)))
        .or_else(|| most(&|plan| Some(plan.npv)).map(|at| (at, Footing::Leaves)))
}

/// What the rule reads of a plan of a summary. A central run rules nothing out.
pub(super) fn reading(
    summary: &Summary,
    plan: &Plan,
    entrants: &[Named],
    entrant: usize,
) -> Reading {
    let id = |stem: &str| suffixed(stem, entrant, entrants);
    let mean = |stem: &str| plan.mean(&id(stem));
    Reading {
        npv: mean("npv").unwrap_or(f64::NEG_INFINITY),
        enters: mean("units").is_some_and(|units| units > 0.0),
        stay: match leaving(plan, entrant, entrants) {
            None => Stay::Stays,
            Some(Leaving::Mostly(month)) => Stay::LeavesBy(month),
            Some(Leaving::In(_) | Leaving::Always(..)) => Stay::Leaves,
        },
        may_be_best: may_be_best(summary, plan, &id("npv")),
    }
}

/// Whether the draws leave it possible that a plan is the best.
pub fn may_be_best(summary: &Summary, plan: &Plan, outcome: &str) -> bool {
    let mut rows = summary.may_be_best.iter();
    rows.find(|row| row.outcome == outcome)
        .is_none_or(|row| row.plans.contains(&plan.id))
}

/// The plan of a summary that its report is about, for an entrant.
pub fn plan_of<'s>(
    summary: &'s Summary,
    entrants: &[Named],
    entrant: usize,
) -> Option<(&'s Plan, Footing)> {
    let plans = summary.plans.iter();
    let readings: Vec<Reading> = plans
        .map(|plan| reading(summary, plan, entrants, entrant))
        .collect();
    let (at, footing) = about(&readings)?;
    Some((&summary.plans[at], footing))
}

/// Why the report tells of this plan; nothing where there is no other that enters.
pub fn sentence(summary: &Summary, entrants: &[Named], entrant: usize) -> Option<String> {
    let (plan, footing) = plan_of(summary, entrants, entrant)?;
    let plans = summary.plans.iter();
    let readings: Vec<Reading> = plans
        .map(|plan| reading(summary, plan, entrants, entrant))
        .collect();
    let entering = readings.iter().filter(|plan| plan.enters).count();
    // Where it is the one that enters, the choice between two plans has said it.
    let is_said = footing == Footing::MayBeBest || summary.plans.len() < 3;
    if entering < 2 && is_said && footing != Footing::Leaves {
        return None;
    }
    let title = quoted(&plan.title);
    let is_central = summary.draws == 1;
    Some(match footing {
        Footing::MayBeBest if is_central => format!(
            "The report is about {title}, the one with the highest net present value of the plans that enter and stay."
        ),
        Footing::MayBeBest => format!(
            "The report is about {title}: of the plans that enter, stay and may be best it has the highest mean net present value."
        ),
        Footing::StaysLongest => format!(
            "No plan that enters and may be best stays in more than half of draws; the report is about the one of them that stays the longest, {title}."
        ),
        Footing::RuledOut => format!(
            "No plan that enters and stays may be best; of those that stay the report is about the one with the highest mean net present value, {title}."
        ),
        Footing::Leaves if is_central => {
            format!(
                "Every plan that enters leaves again; the report is about the one of them with the highest net present value, {title}."
            )
        }
        Footing::Leaves => format!(
            "Every plan that enters leaves again in half of draws or more; the report is about the one of them with the highest mean net present value, {title}."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(npv: f64, enters: bool, leaves: bool, may_be_best: bool) -> Reading {
        Reading {
            npv,
            enters,
            stay: if leaves { Stay::Leaves } else { Stay::Stays },
            may_be_best,
        }
    }

    #[test]
    fn a_plan_that_could_be_chosen_comes_before_one_that_only_looks_better() {
        let idle = reading(0.0, false, false, true);
        let leaving = reading(-4.0, true, true, true);
        let ruled_out = reading(-30.0, true, false, false);
        let doubtful = reading(-50.0, true, false, true);
        let plans = [idle, leaving, ruled_out, doubtful];
        assert_eq!(about(&plans), Some((3, Footing::MayBeBest)));
        assert_eq!(about(&plans[..3]), Some((2, Footing::RuledOut)));
        assert_eq!(about(&plans[..2]), Some((1, Footing::Leaves)));
        assert_eq!(about(&plans[..1]), None);
        // One that stays in some draws and may be the best comes before one that stays and cannot be; the one that stays longest.
        let until = |month: f64| Reading {
            stay: Stay::LeavesBy(month),
            ..leaving
        };
        let of_two = [until(7.0), ruled_out, until(38.0)];
        assert_eq!(about(&of_two), Some((2, Footing::StaysLongest)));
        // Of equals the first; of those that may be best the most valuable.
        let better = reading(-10.0, true, false, true);
        assert_eq!(
            about(&[doubtful, better, better]),
            Some((1, Footing::MayBeBest))
        );
    }
}
