//! Events: what sets them off, what may come of them, and whether anything can.

use super::event_reach::trigger_place;
use super::{Resolver, SUM_TOLERANCE, Which};
use crate::diagnostic::name_list;
use crate::expression::parse_number;
use crate::observable::Observables;
use crate::quantity::Written;
use crate::reader::{DefaultUsed, Text};
use crate::scenario::circle::circle;
use crate::scenario::event_file::{AttemptTable, EventRow, OutcomeTable, Repeats};
use crate::scenario::event_needs::needs;
use crate::scenario::file::ScenarioFile;
use crate::scenario::special::Effect;
use crate::units::Kind;
use beachhead_engine::plan::expression::Expression;
use beachhead_engine::scenario::{Event, EventOutcome, Factors, Handle, Scenario, Trigger};

/// Tolerance of the sum of chances of which some are uncertain: their medians need not add up exactly, and each draw
/// scales them to a sum of 1.
const UNCERTAIN_SUM_TOLERANCE: f64 = 0.05;

impl Resolver<'_, '_> {
    pub(super) fn events(&mut self, file: &ScenarioFile, scenario: &Scenario) -> Vec<Event> {
        let events: Vec<Event> = file
            .events
            .iter()
            .map(|row| self.event(row, scenario))
            .collect();
        self.check_partners(file, &events);
        self.check_circles(file, &events, scenario.months);
        events
    }

    fn event(&mut self, row: &EventRow, scenario: &Scenario) -> Event {
        let id = row.id.0.text.clone();
        let observables = self.observables(&[]);
        let (trigger, outcomes) = match (&row.attempt, &row.hazard, &row.follows) {
            (Some(attempt), None, None) => self.attempt(row, attempt, &observables, scenario),
            (None, Some(hazard), None) => self.hazard(row, hazard, &observables, scenario),
            (None, None, Some(other)) => self.follows(row, other, &observables, scenario),
            _ => self.without_trigger(row, &observables, scenario),
        };
        let most = match (row.repeats, &trigger) {
            (Some(Repeats::Always), _) | (None, Trigger::Attempt { .. }) => None,
            (Some(Repeats::Times(times)), _) => Some(times),
            (None, _) => Some(1),
        };
        Event {
            title: super::market::title(row.title.as_ref(), &row.id.0),
            id,
            trigger,
            most,
            outcomes,
        }
    }

    /// An event with none or several triggers: said, and read for its other mistakes, so that all show at once.
    fn without_trigger(
        &mut self,
        row: &EventRow,
        observables: &Observables,
        scenario: &Scenario,
    ) -> (Trigger, Vec<EventOutcome>) {
        let id = &row.id.0.text;
        let found =
            format!("the event `{id}` without exactly one of `attempt`, `hazard` and `follows`");
        let expected = "`attempt` (a plan starts it), `hazard` (it happens) or `follows` (it comes with another)";
        self.error(row.place, found, expected);
        if let Some(chance) = &row.chance {
            self.add(chance);
        }
        if let Some(hazard) = &row.hazard {
            self.add(hazard);
        }
        if let Some(other) = &row.follows {
            self.find(other, Which::Events);
        }
        if let Some(condition) = &row.r#while {
            self.condition(condition, observables);
        }
        let factors = self.factors(row, observables);
        let mut outcomes: Vec<EventOutcome> = [&row.on_success, &row.on_failure]
            .map(|effects| self.certain(effects, scenario))
            .into();
        if !row.outcomes.is_empty() {
            outcomes.extend(self.outcomes_of(row, scenario));
        }
        let trigger = match &row.attempt {
            Some(attempt) => Trigger::Attempt {
                partner: self.partner(&attempt.partner, scenario).unwrap_or(0),
                lasts: self.add(&attempt.lasts),
                chance: self.add(&Written::poison(Kind::Share)),
                factors,
            },
            None => self.unread_trigger(),
        };
        (trigger, outcomes)
    }

    /// Stands in for a trigger that could not be read; the scenario is refused. Whatever waits for it may come about.
    fn unread_trigger(&mut self) -> Trigger {
        self.has_unread_event = true;
        Trigger::Hazard {
            while_holds: Expression::Number(1.0),
            factors: Factors::default(),
            hazard: self.add(&Written::poison(Kind::Probability)),
        }
    }

    fn certain(&mut self, effects: &[Effect], scenario: &Scenario) -> EventOutcome {
        EventOutcome {
            chance: None,
            effects: self.effects(effects, scenario),
        }
    }

    /// The chance of an attempt or a follower; that it is missing is said.
    fn chance_of(&mut self, row: &EventRow, expected: &str) -> Handle {
        match &row.chance {
            Some(chance) => self.add(chance),
            None => {
                let found = format!("`chance` is missing in `events.{}`", row.id.0.text);
                self.error(row.place, found, expected);
                self.add(&Written::poison(Kind::Share))
            }
        }
    }

    fn attempt(
        &mut self,
        row: &EventRow,
        attempt: &AttemptTable,
        observables: &Observables,
        scenario: &Scenario,
    ) -> (Trigger, Vec<EventOutcome>) {
        self.check_absent(row, !row.outcomes.is_empty(), "outcomes", "attempt");
        self.check_absent(row, row.r#while.is_some(), "while", "attempt");
        let partner = self.partner(&attempt.partner, scenario).unwrap_or(0);
        let lasts = self.add(&attempt.lasts);
        let factors = self.factors(row, observables);
        let chance = self.chance_of(row, "the chance that the attempt succeeds, such as 0.35");
        let trigger = Trigger::Attempt {
            partner,
            lasts,
            chance,
            factors,
        };
        let outcomes =
            [&row.on_success, &row.on_failure].map(|effects| self.certain(effects, scenario));
        (trigger, outcomes.into())
    }

    fn hazard(
        &mut self,
        row: &EventRow,
        hazard: &Written,
        observables: &Observables,
        scenario: &Scenario,
    ) -> (Trigger, Vec<EventOutcome>) {
        self.check_absent(row, row.chance.is_some(), "chance", "hazard");
        self.check_absent(row, !row.on_success.is_empty(), "on_success", "hazard");
        self.check_absent(row, !row.on_failure.is_empty(), "on_failure", "hazard");
        self.check_factors(row, hazard);
        let trigger = Trigger::Hazard {
            while_holds: self.while_holds(row, observables),
            factors: self.factors(row, observables),
            hazard: self.add(hazard),
        };
        (trigger, self.outcomes_of(row, scenario))
    }

    fn follows(
        &mut self,
        row: &EventRow,
        other: &Text,
        observables: &Observables,
        scenario: &Scenario,
    ) -> (Trigger, Vec<EventOutcome>) {
        self.check_absent(row, !row.on_success.is_empty(), "on_success", "follows");
        self.check_absent(row, !row.on_failure.is_empty(), "on_failure", "follows");
        let event = self.find(other, Which::Events);
        let while_holds = self.while_holds(row, observables);
        let factors = self.factors(row, observables);
        let expected = "the chance that it follows, such as 0.5, or 1 for always";
        let chance = self.chance_of(row, expected);
        let trigger = match event {
            Some(event) => Trigger::Follows {
                event,
                while_holds,
                factors,
                chance,
            },
            None => self.unread_trigger(),
        };
        (trigger, self.outcomes_of(row, scenario))
    }

    fn while_holds(&mut self, row: &EventRow, observables: &Observables) -> Expression {
        match &row.r#while {
            Some(text) => self.condition(text, observables),
            None => {
                self.reader.defaults.push(DefaultUsed {
                    name: format!("events.{}.while", row.id.0.text),
                    value: "\"true\"".to_owned(),
                });
                Expression::Number(1.0)
            }
        }
    }

    fn factors(&mut self, row: &EventRow, observables: &Observables) -> Factors {
        let multiply = row.multiply.entries.iter();
        let where_holds = multiply
            .map(|(text, factor)| (self.condition(text, observables), self.add(factor)))
            .collect();
        let times = row.times.as_ref().filter(|text| !text.is_poison());
        let times = times.and_then(|text| {
            match parse_number(&text.text, &|parts| observables.resolve(parts)) {
                Ok(expression) => Some(expression),
                Err(errors) => {
                    self.expression_errors(text, &errors);
                    None
                }
            }
        });
        Factors { where_holds, times }
    }

    fn outcomes_of(&mut self, row: &EventRow, scenario: &Scenario) -> Vec<EventOutcome> {
        self.check_chances(row);
        row.outcomes
            .iter()
            .map(|outcome| EventOutcome {
                chance: Some(self.add(&outcome.chance)),
                effects: self.effects(&outcome.effects, scenario),
            })
            .collect()
    }

    fn check_absent(&mut self, row: &EventRow, is_given: bool, key: &str, with: &str) {
        if is_given {
            let found = format!("`{key}` in `events.{}`, which has `{with}`", row.id.0.text);
            let expected = match with {
                "attempt" => "`chance`, `on_success` and `on_failure` with an attempt",
                "follows" => "`chance`, `while` and `outcomes` with `follows`",
                _ => "`while`, `multiply` and `outcomes` with a hazard",
            };
            self.error(row.place, found, expected);
        }
    }

    /// A hazard is a probability a month: one factor alone must not lift it over 1.
    fn check_factors(&mut self, row: &EventRow, hazard: &Written) {
        for (condition, factor) in &row.multiply.entries {
            if hazard.is_poison || factor.is_poison {
                continue;
            }
            let product = hazard.centre() * factor.centre();
            if product > 1.0 {
                let found = format!(
                    "a hazard of {product:.4} a month in `events.{}` where `{}`",
                    row.id.0.text, condition.text
                );
                self.error(
                    factor.place,
                    found,
                    "a factor that leaves the hazard at 1 a month or below",
                );
            }
        }
    }

    fn check_chances(&mut self, row: &EventRow) {
        let id = &row.id.0.text;
        if row.outcomes.is_empty() {
            let found = format!("no `outcomes` in `events.{id}`");
            self.error(row.place, found, "outcomes whose chances sum to 1");
            return;
        }
        if row.outcomes.iter().any(|outcome| outcome.chance.is_poison) {
            return;
        }
        let sum: f64 = row
            .outcomes
            .iter()
            .map(|outcome| outcome.chance.centre())
            .sum();
        let certain = |outcome: &OutcomeTable| outcome.chance.distribution.is_certain();
        let tolerance = if row.outcomes.iter().all(certain) {
            SUM_TOLERANCE
        } else {
            UNCERTAIN_SUM_TOLERANCE
        };
        if (sum - 1.0).abs() > tolerance {
            let last = &row.outcomes[row.outcomes.len() - 1];
            let found = format!("the chances of `events.{id}` sum to {sum:.6}");
            self.error(last.chance.place, found, "a sum of 1");
        }
    }

    /// Attempts are told apart by partner and number: one event describes those with a partner.
    fn check_partners(&mut self, file: &ScenarioFile, events: &[Event]) {
        let partner = |event: &Event| match event.trigger {
            Trigger::Attempt { partner, .. } => Some(partner),
            _ => None,
        };
        for (at, (row, event)) in file.events.iter().zip(events).enumerate() {
            let (Some(attempt), Some(with)) = (&row.attempt, partner(event)) else {
                continue;
            };
            let first = events[..at]
                .iter()
                .position(|other| partner(other) == Some(with));
            if let Some(first) = first.filter(|_| !attempt.partner.is_poison()) {
                let found = format!(
                    "`events.{}` is a second attempt with `{}`",
                    event.id, attempt.partner.text
                );
                let expected =
                    format!("one for each partner; `events.{}` has it", events[first].id);
                self.error(attempt.partner.place, found, &expected);
            }
        }
    }

    /// Reports all events that wait for each other, whatever else is wrong: each needs what its own row says.
    fn check_circles(&mut self, file: &ScenarioFile, events: &[Event], months: usize) {
        let needs = events.iter().map(|event| needs(&event.trigger, months));
        let mut needs: Vec<Vec<usize>> = needs.collect();
        loop {
            let members = circle(&needs);
            let Some(&first) = members.first() else {
                return;
            };
            // What remains may hold other circles.
            members.iter().for_each(|member| needs[*member].clear());
            let ring = members.iter().chain([&first]);
            let all_follow = members.iter().all(|at| file.events[*at].follows.is_some());
            let (found, place, expected) = if all_follow {
                let names: Vec<&str> = ring.map(|at| events[*at].id.as_str()).collect();
                let names = names.join(" follows ");
                (
                    format!("a cycle of events within one month: {names}"),
                    file.events[first].follows.as_ref().map(|text| text.place),
                    "events that follow one that happens by itself",
                )
            } else {
                let names: Vec<String> = ring.map(|at| format!("`{}`", events[*at].id)).collect();
                let names = names.join(" waits for ");
                (
                    format!("a cycle of events, of which none can come first: {names}"),
                    Some(trigger_place(&file.events[first])),
                    "an event that some plan can bring about within the scenario's months",
                )
            };
            let place = place.unwrap_or(file.events[first].place);
            let diagnostic = self.reader.error(place, found).expected(expected);
            let diagnostic = match all_follow {
                true => diagnostic,
                false => diagnostic.help("let one of them happen without the others"),
            };
            self.reader.push(diagnostic);
        }
    }

    /// Reports talks about which no event says how they end.
    pub(super) fn check_negotiable(&mut self, id: &Text, channel: usize, scenario: &Scenario) {
        let partners: Vec<usize> = scenario
            .events
            .iter()
            .filter_map(|event| match event.trigger {
                Trigger::Attempt { partner, .. } => Some(partner),
                _ => None,
            })
            .collect();
        if !partners.contains(&channel) && !self.has_unread_event {
            let known = name_list(partners.iter().map(|at| &self.names.channels[*at]));
            let expected = if partners.is_empty() {
                "a partner for whom an event has `attempt`, but there is none".to_owned()
            } else {
                format!("a partner for whom an event has `attempt`: {known}")
            };
            self.error(
                id.place,
                format!("no event says how talks with `{}` end", id.text),
                &expected,
            );
        }
    }
}
