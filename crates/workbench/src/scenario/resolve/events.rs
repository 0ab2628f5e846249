//! Events: read and checked now, simulated later.

use super::{Resolver, SUM_TOLERANCE, Which};
use crate::quantity::Written;
use crate::reader::{DefaultUsed, OneOrMany, Text};
use crate::scenario::file::ScenarioFile;
use crate::scenario::plan_file::{ChangeWord, EventRow, ShockWord};
use crate::scenario::special::{AllOr, Effect as WrittenEffect};
use crate::units::Kind;
use beachhead_engine::futures::distribution::Distribution;
use beachhead_engine::scenario::{
    Changed, Effect, Event, EventOutcome, Origin, Scenario, Shocked, Trigger,
};

impl Resolver<'_, '_> {
    pub(super) fn events(&mut self, file: &ScenarioFile, scenario: &Scenario) -> Vec<Event> {
        file.events
            .iter()
            .map(|row| self.event(row, scenario))
            .collect()
    }

    fn event(&mut self, row: &EventRow, scenario: &Scenario) -> Event {
        let id = row.id.0.text.clone();
        self.not_simulated(
            &format!("events.{id}"),
            "the event is read and checked; it never occurs yet",
        );
        let (trigger, outcomes) = match (&row.attempt, &row.hazard) {
            (Some(_), None) => self.attempt(row, scenario),
            (None, Some(hazard)) => self.hazard(row, hazard, scenario),
            _ => {
                let found =
                    format!("the event `{id}` with both or neither of `attempt` and `hazard`");
                self.error(
                    row.place,
                    found,
                    "`attempt` (a plan starts it) or `hazard` (it happens)",
                );
                let partner = 0;
                let lasts = self.add(&Written::poison(Kind::Duration));
                (Trigger::Attempt { partner, lasts }, Vec::new())
            }
        };
        Event {
            id,
            trigger,
            outcomes,
        }
    }

    fn attempt(&mut self, row: &EventRow, scenario: &Scenario) -> (Trigger, Vec<EventOutcome>) {
        let id = &row.id.0.text;
        self.check_absent(row, !row.outcomes.is_empty(), "outcomes", "attempt");
        self.check_absent(row, row.r#while.is_some(), "while", "attempt");
        self.check_absent(row, !row.multiply.entries.is_empty(), "multiply", "attempt");
        let trigger = match &row.attempt {
            Some(attempt) => {
                let partner = self.partner(&attempt.partner, scenario).unwrap_or(0);
                Trigger::Attempt {
                    partner,
                    lasts: self.add(&attempt.lasts),
                }
            }
            None => {
                let lasts = self.add(&Written::poison(Kind::Duration));
                Trigger::Attempt { partner: 0, lasts }
            }
        };
        let Some(chance) = &row.chance else {
            let found = format!("`chance` is missing in `events.{id}`");
            self.error(
                row.place,
                found,
                "the chance that the attempt succeeds, such as 0.35",
            );
            return (trigger, Vec::new());
        };
        let success = self.effects(&row.on_success, scenario);
        let failure = self.effects(&row.on_failure, scenario);
        let outcomes = vec![
            EventOutcome {
                chance: self.add(chance),
                effects: success,
            },
            EventOutcome {
                chance: self.complement_of(id, chance),
                effects: failure,
            },
        ];
        (trigger, outcomes)
    }

    /// The chance of failure: what is left of a certain or uncertain chance of success.
    fn complement_of(&mut self, id: &str, chance: &Written) -> beachhead_engine::scenario::Handle {
        let left = 1.0 - chance.centre();
        let written = Written {
            name: format!("events.{id}.chance_of_failure"),
            distribution: Distribution::Point(left),
            text: left.to_string(),
            note: Some("what the chance of success leaves, at its centre".to_owned()),
            origin: Origin::Derived,
            is_poison: chance.is_poison,
            ..Written::poison(Kind::Share)
        };
        self.add(&written)
    }

    fn hazard(
        &mut self,
        row: &EventRow,
        hazard: &Written,
        scenario: &Scenario,
    ) -> (Trigger, Vec<EventOutcome>) {
        let id = &row.id.0.text;
        self.check_absent(row, row.chance.is_some(), "chance", "hazard");
        self.check_absent(row, !row.on_success.is_empty(), "on_success", "hazard");
        self.check_absent(row, !row.on_failure.is_empty(), "on_failure", "hazard");
        let observables = self.observables(&[]);
        let always = || {
            let text = "true".to_owned();
            Text {
                text,
                place: row.place,
            }
        };
        let while_text = row.r#while.clone().unwrap_or_else(|| {
            let name = format!("events.{id}.while");
            self.reader.defaults.push(DefaultUsed {
                name,
                value: "\"true\"".to_owned(),
            });
            always()
        });
        let while_holds = self.condition(&while_text, &observables);
        let multiply = row
            .multiply
            .entries
            .iter()
            .map(|(text, factor)| (self.condition(text, &observables), self.add(factor)))
            .collect();
        let hazard = self.add(hazard);
        self.check_chances(row);
        let outcomes = row
            .outcomes
            .iter()
            .map(|outcome| EventOutcome {
                chance: self.add(&outcome.chance),
                effects: self.effects(&outcome.effects, scenario),
            })
            .collect();
        (
            Trigger::Hazard {
                hazard,
                while_holds,
                multiply,
            },
            outcomes,
        )
    }

    fn check_absent(&mut self, row: &EventRow, is_given: bool, key: &str, with: &str) {
        if is_given {
            let found = format!("`{key}` in `events.{}`, which has `{with}`", row.id.0.text);
            let expected = if with == "attempt" {
                "`chance`, `on_success` and `on_failure` with an attempt"
            } else {
                "`while`, `multiply` and `outcomes` with a hazard"
            };
            self.error(row.place, found, expected);
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
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            let last = &row.outcomes[row.outcomes.len() - 1];
            let found = format!("the chances of `events.{id}` sum to {sum:.6}");
            self.error(last.chance.place, found, "a sum of 1");
        }
    }

    fn effects(&mut self, effects: &[WrittenEffect], scenario: &Scenario) -> Vec<Effect> {
        effects
            .iter()
            .filter_map(|effect| self.effect(effect, scenario))
            .collect()
    }

    fn effect(&mut self, effect: &WrittenEffect, scenario: &Scenario) -> Option<Effect> {
        Some(match effect {
            WrittenEffect::Open(e) => Effect::Open(self.all_or(&e.open, Which::Channels)),
            WrittenEffect::Close(e) => Effect::Close(self.all_or(&e.close, Which::Channels)),
            WrittenEffect::Block(e) => {
                let products = self.own_or_all(&e.block);
                Effect::Block {
                    products,
                    months: self.add(&e.r#for),
                }
            }
            WrittenEffect::Shock(e) => {
                let what = match e.shock {
                    ShockWord::Trust => Shocked::Trust,
                    ShockWord::Awareness => Shocked::Awareness,
                    ShockWord::Unread => return None,
                };
                let by = self.add(&e.by);
                if what == Shocked::Awareness && e.by.centre().abs() > 1.0 {
                    let expected = "a change of awareness between -1 and 1";
                    self.error(
                        e.by.place,
                        format!("awareness shocked by {}", e.by.text),
                        expected,
                    );
                }
                Effect::Shock { what, by }
            }
            WrittenEffect::Change(e) => {
                let what = match e.change {
                    ChangeWord::Cost => Changed::Cost,
                    ChangeWord::Price => Changed::Price,
                    ChangeWord::Unread => return None,
                };
                let products = match &e.products {
                    Some(ids) => self.own_or_all(ids),
                    None => self.names.entrant_products.clone(),
                };
                Effect::Change {
                    what,
                    products,
                    factor: self.add(&e.by),
                }
            }
            WrittenEffect::Pay(e) => {
                match &e.brand {
                    Some(brand) => {
                        self.find(brand, Which::Entrants);
                    }
                    None if self.names.entrants.len() > 1 => {
                        let entrants = crate::diagnostic::name_list(&self.names.entrants);
                        let expected = format!("`brand`, who pays: one of {entrants}");
                        let found = "an effect `pay` without `brand`; there are two entrants";
                        self.error(e.place, found, &expected);
                    }
                    None => {}
                }
                Effect::Pay(self.add(&e.pay))
            }
            WrittenEffect::Delay(e) => {
                let gates = self.find_all(&e.delay.list, Which::Gates);
                Effect::Delay {
                    gates,
                    months: self.add(&e.by),
                }
            }
            WrittenEffect::Exit(e) => {
                if !e.exit {
                    self.error(e.place, "exit = false", "exit = true");
                }
                Effect::Exit
            }
            WrittenEffect::LaunchRival(e) => {
                Effect::LaunchRival(self.rival_products(&e.launch_rival, scenario))
            }
            WrittenEffect::Unread => return None,
        })
    }

    fn all_or(&mut self, ids: &AllOr, which: Which) -> Vec<usize> {
        match ids {
            AllOr::All => (0..self.list(which).len()).collect(),
            AllOr::Some(ids) => self.find_all(&ids.list, which),
        }
    }

    fn own_or_all(&mut self, ids: &AllOr) -> Vec<usize> {
        match ids {
            AllOr::All => self.names.entrant_products.clone(),
            AllOr::Some(ids) => self.find_all(&ids.list, Which::Products),
        }
    }

    fn rival_products(&mut self, ids: &OneOrMany<Text>, scenario: &Scenario) -> Vec<usize> {
        let products = self.find_all(&ids.list, Which::Products);
        for at in &products {
            let product = &scenario.products[*at];
            if self.names.entrant_products.contains(at) {
                let found = format!("`{}` is a product of an entrant", product.id);
                self.error(ids.place, found, "products of rivals");
            }
        }
        products
    }
}
