//! Hazards and odds of events that came to what no probability can be, and were taken as the nearest that can.

use super::draws::tally::DrawIssue;
use super::output::Issue;
use super::words::figure;
use beachhead_engine::scenario::{Scenario, Trigger};
use beachhead_engine::simulate::{Capped, PlanRecord};
use std::collections::BTreeSet;

/// What a hazard or a factor of odds came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Above,
    Below,
    Undefined,
}

impl Came {
    const ALL: [Self; 3] = [Self::Above, Self::Below, Self::Undefined];

    fn of(value: f64) -> Self {
        if value.is_nan() {
            Self::Undefined
        } else if value < 0.0 {
            Self::Below
        } else {
            Self::Above
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Undefined => "undefined",
        }
    }
}

/// One issue for each event and what its hazard came to in a draw, counted in months: those in which any plan has it.
pub(super) fn issues(scenario: &Scenario, records: &[PlanRecord]) -> Vec<DrawIssue> {
    let mut issues = Vec::new();
    for event in 0..scenario.events.len() {
        for came in Came::ALL {
            let of_plan = |record: &'_ PlanRecord| -> Vec<(String, Capped)> {
                let capped = record.capped.iter();
                let same =
                    capped.filter(|capped| capped.event == event && Came::of(capped.value) == came);
                same.map(|capped| (record.plan.clone(), *capped)).collect()
            };
            let found: Vec<(String, Capped)> = records.iter().flat_map(of_plan).collect();
            // The furthest out, the first of equals.
            let worst = found.iter().reduce(|worst, other| {
                let is_further = other.1.value.abs() > worst.1.value.abs();
                if is_further { other } else { worst }
            });
            if let Some((plan, capped)) = worst {
                let months: BTreeSet<usize> = found.iter().map(|(_, c)| c.month).collect();
                let issue = issue(scenario, came, (plan, capped), months.len());
                issues.push(DrawIssue::new(came.name(), issue));
            }
        }
    }
    issues
}

fn issue(scenario: &Scenario, came: Came, (plan, capped): (&str, &Capped), count: usize) -> Issue {
    let event = &scenario.events[capped.event];
    let is_hazard = matches!(event.trigger, Trigger::Hazard { .. });
    let (code, what) = if is_hazard {
        ("hazard_capped", "the hazard a month")
    } else {
        ("odds_capped", "the factor of the odds")
    };
    let at = format!("under {plan} in month {}", capped.month);
    let text = match came {
        Came::Above if is_hazard => format!(
            "{what} comes to {} ({at}) and is taken as 1; lower `hazard` or the factors in `multiply`, or bound `times` by \
             min(…, …)",
            number(capped.value)
        ),
        Came::Above => format!("{what} is infinite ({at}); bound `times` by min(…, …)"),
        Came::Below => format!(
            "{what} comes to {} ({at}) and is taken as 0; bound `times` by max(0, …)",
            number(capped.value)
        ),
        Came::Undefined => format!(
            "{what} is undefined ({at}) and is taken as 0; let `times` divide by nothing that can be 0"
        ),
    };
    Issue {
        code: code.into(),
        place: format!("events.{}", event.id),
        count,
        text,
    }
}

fn number(value: f64) -> String {
    if value.is_finite() {
        figure(value)
    } else {
        "infinity".to_owned()
    }
}
