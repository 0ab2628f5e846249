//! Effects of events on what is not there.

use super::Resolver;
use crate::scenario::file::ScenarioFile;
use beachhead_engine::scenario::{Effect, Scenario};

/// Near enough to the end of a distribution to tell whether it has anything above 0.
const NEARLY_ALL: f64 = 0.999;

impl Resolver<'_, '_> {
    /// Warns of events that change what services earn where they earn nothing.
    pub(super) fn warn_of_idle_effects(&mut self, file: &ScenarioFile, scenario: &Scenario) {
        for (row, event) in file.events.iter().zip(&scenario.events) {
            let mut effects = event.outcomes.iter().flat_map(|outcome| &outcome.effects);
            let idle = effects.any(|effect| match effect {
                Effect::Services { entrant, .. } => !earns(scenario, *entrant),
                _ => false,
            });
            if idle {
                let id = &row.id.0;
                let found = format!(
                    "the event `{}` changes what services earn, and they earn nothing",
                    id.text
                );
                self.warn(
                    id.place,
                    found,
                    "`revenue` in `[services]`; or leave the effect out",
                );
            }
        }
    }
}

/// Whether services of an entrant, or of any, may earn anything.
fn earns(scenario: &Scenario, entrant: Option<usize>) -> bool {
    let entrants = scenario.entrants.iter().enumerate();
    let mut concerned = entrants.filter(|(at, _)| entrant.is_none_or(|one| one == *at));
    concerned.any(|(_, entrant)| {
        let revenue = scenario.quantities.get(entrant.services.revenue.index());
        revenue.is_some_and(|revenue| revenue.value(NEARLY_ALL) > 0.0)
    })
}
