//! What a central run does with events, told where it leaves some out.

use super::output::Issue;
use beachhead_engine::scenario::{Scenario, Trigger};

/// One issue for the events of a scenario whose occurrence is a matter of chance; none if there are none.
pub(super) fn issue(scenario: &Scenario) -> Option<Issue> {
    let mut hazards = 0;
    let mut chances = 0;
    for event in &scenario.events {
        match &event.trigger {
            Trigger::Hazard { .. } => hazards += 1,
            Trigger::Attempt { .. } | Trigger::Follows { .. } => chances += 1,
        }
    }
    (hazards + chances > 0).then(|| Issue {
        code: "central_run".into(),
        place: "events".into(),
        count: 1,
        text: format!(
            "a central run is one path without chance: of {hazards} hazards only certain ones occur, and the {chances} \
             attempts and events that follow others come true where their chance is at least a half; draws show the rest"
        ),
    })
}
