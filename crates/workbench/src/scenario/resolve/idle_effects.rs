//! Effects of events on what is not there.

use super::Resolver;
use crate::diagnostic::name_list;
use crate::scenario::event_file::EventRow;
use crate::scenario::file::ScenarioFile;
use beachhead_engine::scenario::{Action, Effect, Scenario};
use std::collections::BTreeSet;

/// Near enough to the end of a distribution to tell whether it has anything above 0.
const NEARLY_ALL: f64 = 0.999;

impl Resolver<'_, '_> {
    /// Warns of events that change what services earn where they earn nothing, and of those that close, delay or block what no
    /// plan opens, starts or launches.
    pub(super) fn warn_of_idle_effects(&mut self, file: &ScenarioFile, scenario: &Scenario) {
        let in_plans = InPlans { scenario };
        for (row, event) in file.events.iter().zip(&scenario.events) {
            let outcomes = event.outcomes.iter();
            let effects = || outcomes.clone().flat_map(|outcome| &outcome.effects);
            let mut services = effects();
            if services.any(|effect| match effect {
                Effect::Services { entrant, .. } => !earns(scenario, *entrant),
                _ => false,
            }) {
                let what = "changes what services earn, and they earn nothing";
                let help = "`revenue` in `[services]`; or leave the effect out";
                self.warn_of_idle(row, what, help);
            }
            // Outcomes may have effects in common.
            let idle: BTreeSet<_> = effects()
                .filter_map(|effect| in_plans.idle(effect))
                .collect();
            for (what, help) in idle {
                self.warn_of_idle(row, &what, help);
            }
        }
    }

    fn warn_of_idle(&mut self, row: &EventRow, what: &str, help: &str) {
        let id = &row.id.0;
        let found = format!("the event `{}` {what}", id.text);
        self.warn(id.place, found, help);
    }
}

/// What plans, and events, bring about.
struct InPlans<'a> {
    scenario: &'a Scenario,
}

impl InPlans<'_> {
    /// What an effect does to things that are never there, if that is all or part of it, and what to do.
    fn idle(&self, effect: &Effect) -> Option<(String, &'static str)> {
        let Scenario {
            channels,
            gates,
            products,
            ..
        } = self.scenario;
        Some(match effect {
            Effect::Close {
                channels: closed,
                entrant,
                ..
            } => {
                let idle = unused(closed, channels.len(), |at| self.opens(at, *entrant))?;
                let names = name_list(idle.into_iter().map(|at| &channels[at].id));
                (
                    format!("closes {names}, which no plan and no event opens"),
                    "a step that opens it; or leave it out of `close`",
                )
            }
            Effect::Delay { gates: held, .. } => {
                // No word stands for all gates.
                let idle = unused(held, usize::MAX, |at| self.starts(at))?;
                let names = name_list(idle.into_iter().map(|at| &gates[at].id));
                (
                    format!("delays {names}, which no plan starts"),
                    "a step that starts it; or leave it out of `delay`",
                )
            }
            Effect::Block {
                products: blocked, ..
            } => {
                let own = |at: &usize| self.launches(*at) || !self.is_own(*at);
                let all = (0..products.len()).filter(|at| self.is_own(*at)).count();
                let idle = unused(blocked, all, |at| own(&at))?;
                let names = name_list(idle.into_iter().map(|at| &products[at].id));
                (
                    format!("blocks {names}, which no plan launches"),
                    "a step that launches it; or leave it out of `block`",
                )
            }
            _ => return None,
        })
    }

    fn actions(&self) -> impl Iterator<Item = &Action> {
        let steps = self.scenario.plans.iter().flat_map(|plan| &plan.steps);
        steps.flat_map(|step| &step.actions)
    }

    /// Whether something is sold through a channel to which an event can put an end; imports come before any step.
    fn opens(&self, channel: usize, to: Option<usize>) -> bool {
        if !self.scenario.channels[channel].open_before_entry.is_empty() {
            return true;
        }
        let by_plan = self.actions().any(|action| match action {
            Action::Open { channels, entrant } => {
                channels.contains(&channel) && to.is_none_or(|to| to == *entrant)
            }
            _ => false,
        });
        let outcomes = self
            .scenario
            .events
            .iter()
            .flat_map(|event| &event.outcomes);
        let mut effects = outcomes.flat_map(|outcome| &outcome.effects);
        by_plan
            || effects.any(|effect| match effect {
                Effect::Open { channels, entrant } => {
                    let may_be = to.zip(*entrant).is_none_or(|(to, entrant)| to == entrant);
                    channels.contains(&channel) && may_be
                }
                _ => false,
            })
    }

    fn starts(&self, gate: usize) -> bool {
        self.actions()
            .any(|action| matches!(action, Action::Start { gates, .. } if gates.contains(&gate)))
    }

    fn launches(&self, product: usize) -> bool {
        let mut channels = self.scenario.channels.iter();
        if channels.any(|channel| channel.open_before_entry.contains(&product)) {
            return true;
        }
        self.actions().any(
            |action| matches!(action, Action::Launch { products, .. } if products.contains(&product)),
        )
    }

    fn is_own(&self, product: usize) -> bool {
        let brand = self.scenario.products[product].brand;
        self.scenario
            .entrants
            .iter()
            .any(|entrant| entrant.brand == brand)
    }
}

/// Those named that are not used; where all there are were named, none unless none is used.
fn unused(named: &[usize], all: usize, is_used: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
    let idle: Vec<usize> = named.iter().copied().filter(|at| !is_used(*at)).collect();
    let is_word = named.len() >= all && idle.len() < named.len();
    (!idle.is_empty() && !is_word).then_some(idle)
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
