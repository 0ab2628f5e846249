//! Plans: conditions, actions, and whether each step can ever fire.

use super::Resolver;
use super::market::title;
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::expression::{ExpressionError, parse_condition};
use crate::observable::{Names, Observables};
use crate::reader::Text;
use crate::scenario::file::ScenarioFile;
use crate::scenario::plan_file::{PlanRow, StepRow};
use crate::scenario::reach::{Never, impossible_steps};
use beachhead_engine::plan::expression::{Expression, Observable};
use beachhead_engine::scenario::{NamedCondition, Plan, Scenario, Step};

impl Resolver<'_, '_> {
    /// The names that a condition may use, with the steps of a plan if it stands in one.
    pub(super) fn observables(&self, steps: &[String]) -> Observables {
        Observables::new(&Names {
            entrants: self.names.entrants.clone(),
            brands: self.names.brands.clone(),
            products: self.names.products.clone(),
            channels: self.names.channels.clone(),
            gates: self.names.gates.clone(),
            events: self.names.events.clone(),
            attempts: self.names.attempts.clone(),
            complements: self.names.complements.clone(),
            steps: steps.to_vec(),
        })
    }

    /// Reads a condition; mistakes point into its text.
    pub(super) fn condition(&mut self, text: &Text, observables: &Observables) -> Expression {
        if text.is_poison() {
            return Expression::Number(1.0);
        }
        match parse_condition(&text.text, &|parts| observables.resolve(parts)) {
            Ok(expression) => expression,
            Err(errors) => {
                self.expression_errors(text, &errors);
                Expression::Number(1.0)
            }
        }
    }

    /// Reports mistakes at their places inside a text.
    pub(super) fn expression_errors(&mut self, text: &Text, errors: &[ExpressionError]) {
        for error in errors {
            let place = self.place_inside(text, error.offset, error.length);
            let mut diagnostic = self.reader.error(place, format!("found {}", error.found));
            diagnostic.expected.clone_from(&error.expected);
            if let Some(name) = &error.nearest {
                diagnostic.help = format!("did you mean `{name}`?");
            }
            self.reader.push(diagnostic);
        }
    }

    /// The place of a part of a text, if the text stands in the file as it is (no escapes).
    fn place_inside(&self, text: &Text, offset: usize, length: usize) -> Place {
        match self.reader.files.text_at(text.place).find(&text.text) {
            Some(start) => {
                let start = start + offset.min(text.text.len());
                text.place.part(start..start + length.max(1))
            }
            None => text.place,
        }
    }

    pub(super) fn plans(&mut self, file: &ScenarioFile, scenario: &Scenario) -> Vec<Plan> {
        if file.plans.is_empty() {
            let expected = "at least one plan; one without steps stays out";
            self.error(file.scenario.place, "no `[[plans]]`", expected);
        }
        let ids: Vec<&Text> = file.plans.iter().map(|plan| &plan.id.0).collect();
        super::unique("plan", &ids, self.reader);
        file.plans
            .iter()
            .map(|plan| self.plan(plan, scenario))
            .collect()
    }

    fn plan(&mut self, row: &PlanRow, scenario: &Scenario) -> Plan {
        let ids: Vec<&Text> = row.steps.iter().map(|step| &step.id.0).collect();
        let steps = super::unique("step", &ids, self.reader);
        let observables = self.observables(&steps);
        let exit_when = row
            .exit_when
            .as_ref()
            .map(|text| self.condition(text, &observables));
        let mut resolved_steps = Vec::with_capacity(row.steps.len());
        for step in &row.steps {
            let known = self.issues.len();
            resolved_steps.push(self.step(step, &observables, scenario));
            // A path, not a line: a comment must not change what a run leaves behind.
            for issue in self.issues.iter_mut().skip(known) {
                issue.location = format!("plans.{}.steps.{}", row.id.0.text, step.id.0.text);
            }
        }
        let steps = resolved_steps;
        let mut reads_prior = false;
        let conditions = exit_when.iter().chain(steps.iter().map(|step| &step.when));
        for condition in conditions {
            condition.for_each_observable(&mut |observable| {
                let (Observable::BeliefMean(e)
                | Observable::BeliefSd(e)
                | Observable::BeliefChange(e)) = observable
                else {
                    return;
                };
                let entrant = scenario.entrants.get(e);
                reads_prior |= entrant.is_none_or(|entrant| entrant.learning.is_none());
            });
        }
        if reads_prior {
            let found = format!(
                "`plans.{}` reads `belief.*`, which stays at the prior",
                row.id.0.text
            );
            let help = "say in `[learning.<brand>]` what the brand learns from";
            self.warn(row.place, found, help);
        }
        Plan {
            id: row.id.0.text.clone(),
            title: title(row.title.as_ref(), &row.id.0),
            exit_when,
            exit_when_text: row
                .exit_when
                .as_ref()
                .map(|t| t.text.clone())
                .unwrap_or_default(),
            steps,
        }
    }

    fn step(&mut self, row: &StepRow, observables: &Observables, scenario: &Scenario) -> Step {
        let when = self.condition(&row.when, observables);
        if row.r#do.is_empty() {
            let found = format!("the step `{}` does nothing", row.id.0.text);
            self.error(row.place, found, "at least one action in `do`");
        }
        let actions = row
            .r#do
            .iter()
            .flat_map(|action| self.action(action, scenario))
            .collect();
        Step {
            id: row.id.0.text.clone(),
            when,
            when_text: row.when.text.clone(),
            repeats: row.repeat,
            actions,
        }
    }

    pub(super) fn outcomes(&mut self, file: &ScenarioFile) -> Vec<NamedCondition> {
        let observables = self.observables(&[]);
        file.outcomes
            .entries
            .iter()
            .map(|(id, text)| {
                if !crate::reader::is_id(&id.text) {
                    let found = format!("\"{}\" is not an id", id.text);
                    self.error(
                        id.place,
                        found,
                        "small letters, digits and _, beginning with a letter",
                    );
                }
                NamedCondition {
                    id: id.text.clone(),
                    text: text.text.clone(),
                    condition: self.condition(text, &observables),
                }
            })
            .collect()
    }

    /// Reports steps that can never fire.
    pub(super) fn check_reach(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        is_shortened: bool,
    ) {
        // Observables of entrants point into a list that must be complete.
        if scenario.entrants.is_empty() || scenario.entrants.len() != self.names.entrants.len() {
            return;
        }
        // Where other things are wrong, what a step waits for may be started by what could not be read.
        let is_whole = !self.reader.report.iter().any(crate::scenario::is_error);
        let months_are_wrong = !is_shortened && file.scenario.months.place == Place::NOWHERE;
        for (plan, row) in file.plans.iter().enumerate() {
            let steps: Vec<String> = row
                .steps
                .iter()
                .map(|step| step.id.0.text.clone())
                .collect();
            let observables = self.observables(&steps);
            for (at, never) in impossible_steps(scenario, plan, scenario.months) {
                let is_doubtful = match never {
                    Never::WaitsFor(_) => !is_whole,
                    Never::AfterHorizon(_) => months_are_wrong,
                    Never::AlwaysFalse => false,
                };
                if is_doubtful {
                    continue;
                }
                let step = &row.steps[at];
                let id = &step.id.0.text;
                let (found, help) = match &never {
                    Never::AlwaysFalse => (
                        format!("the step `{id}` can never fire: its condition is always false"),
                        "correct the condition, or take the step out".to_owned(),
                    ),
                    Never::AfterHorizon(month) => (
                        format!(
                            "the step `{id}` can first fire in month {month}, after the last one, {}",
                            scenario.months
                        ),
                        format!("months = {month} or more, or an earlier condition"),
                    ),
                    Never::WaitsFor(waits) => {
                        let names = waits.iter().filter_map(|wait| {
                            observables
                                .list()
                                .iter()
                                .find(|known| known.observable == *wait)
                        });
                        let names = name_list(names.map(|known| known.name.as_str()));
                        (
                            format!(
                                "the step `{id}` can never fire: it waits for {names}, which nothing in this plan starts"
                            ),
                            "let an earlier step open, start, launch or negotiate it".to_owned(),
                        )
                    }
                };
                let place = step.when.place;
                if is_shortened && matches!(never, Never::AfterHorizon(_)) {
                    self.warn(place, found, &help);
                } else {
                    let diagnostic = self
                        .reader
                        .error(place, found)
                        .expected("a condition that can hold within the scenario's months")
                        .help(help);
                    self.reader.push(diagnostic);
                }
            }
        }
    }
}
