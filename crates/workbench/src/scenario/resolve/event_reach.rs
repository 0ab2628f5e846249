//! Events that nothing can set off: because of their conditions, of each other, or of a chance of 0.

use super::Resolver;
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::quantity::Written;
use crate::scenario::circle::circle;
use crate::scenario::event_file::EventRow;
use crate::scenario::file::ScenarioFile;
use crate::scenario::reach::{impossible_events, waits_for};
use beachhead_engine::scenario::Scenario;

/// Why nothing can set an event off, where, and what to do.
struct Reason {
    place: Place,
    found: String,
    help: String,
}

impl Resolver<'_, '_> {
    /// Reports events that wait for each other, and then all that cannot occur. It comes before steps are looked at, which may
    /// wait for such events.
    pub(super) fn check_event_circles(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        impossible: &[usize],
        is_shortened: bool,
    ) {
        if !impossible.is_empty() && !circle(&waits_for(scenario, impossible)).is_empty() {
            self.report_impossible(file, scenario, impossible, is_shortened);
        }
    }

    /// Reports events that no plan and no condition can set off, and warns of those that have no chance.
    pub(super) fn check_events(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        impossible: &[usize],
        is_shortened: bool,
    ) {
        let is_whole = !self.reader.report.iter().any(crate::scenario::is_error);
        if !is_whole {
            return;
        }
        self.report_impossible(file, scenario, impossible, is_shortened);
        self.check_hazard_bounds(file, scenario);
        self.warn_of_no_chance(file, scenario, impossible);
        self.warn_of_idle_effects(file, scenario);
    }

    /// Events that cannot occur; none where something else is wrong, which may be why.
    pub(super) fn impossible(&self, scenario: &Scenario) -> Vec<usize> {
        if self.reader.report.iter().any(crate::scenario::is_error) {
            return Vec::new();
        }
        impossible_events(scenario, &[])
    }

    fn report_impossible(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        impossible: &[usize],
        is_shortened: bool,
    ) {
        for reason in reasons(file, scenario, impossible) {
            let Reason { place, found, help } = reason;
            if is_shortened {
                self.warn(place, found, &help);
            } else {
                let diagnostic = self
                    .reader
                    .error(place, found)
                    .expected(
                        "an event that some plan can bring about within the scenario's months",
                    )
                    .help(help);
                self.reader.push(diagnostic);
            }
        }
    }

    /// Warns of a hazard of 0 and chances of 0, which may be meant, and of what they keep from occurring.
    fn warn_of_no_chance(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        impossible: &[usize],
    ) {
        let mut never = Vec::new();
        for (at, row) in file.events.iter().enumerate() {
            let id = &row.id.0.text;
            if let Some(hazard) = row.hazard.as_ref().filter(|hazard| is_surely(hazard, 0.0)) {
                self.warn_of_zero(
                    hazard.place,
                    format!("the event `{id}` never occurs: its hazard is 0"),
                );
                never.push(at);
            }
            let Some(chance) = &row.chance else {
                self.warn_of_outcomes(row);
                continue;
            };
            let is_attempt = row.attempt.is_some();
            if is_surely(chance, 0.0) && is_attempt {
                self.warn_of_zero(
                    chance.place,
                    format!("the attempt `{id}` never succeeds: its chance is 0"),
                );
            } else if is_surely(chance, 0.0) {
                self.warn_of_zero(
                    chance.place,
                    format!("the event `{id}` never follows: its chance is 0"),
                );
                never.push(at);
            } else if is_surely(chance, 1.0) && is_attempt && !row.on_failure.is_empty() {
                let found =
                    format!("`on_failure` of `{id}` never happens: the chance of success is 1");
                self.warn(chance.place, found, "a chance below 1, or no `on_failure`");
            }
            self.warn_of_outcomes(row);
        }
        if never.is_empty() {
            return;
        }
        for at in impossible_events(scenario, &never) {
            if impossible.contains(&at) || never.contains(&at) {
                continue;
            }
            let row = &file.events[at];
            let because = never.iter().map(|at| &file.events[*at].id.0.text);
            let found = format!(
                "the event `{}` can never occur, because {} never does",
                row.id.0.text,
                name_list(because)
            );
            self.warn(
                trigger_place(row),
                found,
                "give what it waits for a chance, or take it out",
            );
        }
    }

    fn warn_of_zero(&mut self, place: Place, found: String) {
        self.warn(
            place,
            found,
            "a number above 0; or leave it, if it is switched off on purpose",
        );
    }

    /// Warns of outcomes that never come.
    fn warn_of_outcomes(&mut self, row: &EventRow) {
        for (at, outcome) in row.outcomes.iter().enumerate() {
            if is_surely(&outcome.chance, 0.0) && !outcome.effects.is_empty() {
                let id = &row.id.0.text;
                let number = at + 1;
                let found = format!("outcome {number} of `{id}` never comes: its chance is 0");
                self.warn_of_zero(outcome.chance.place, found);
            }
        }
    }
}

/// Whether a number is certain and this one.
fn is_surely(written: &Written, value: f64) -> bool {
    !written.is_poison && written.distribution.is_certain() && written.centre() == value
}

/// Where it is written what sets an event off.
pub(super) fn trigger_place(row: &EventRow) -> Place {
    let partner = row.attempt.as_ref().map(|attempt| &attempt.partner);
    let text = row.r#while.as_ref().or(row.follows.as_ref()).or(partner);
    text.map_or(row.place, |text| text.place)
}

/// The reasons for which events cannot occur: one for each circle, one for each of the others.
fn reasons(file: &ScenarioFile, scenario: &Scenario, impossible: &[usize]) -> Vec<Reason> {
    if impossible.is_empty() {
        return Vec::new();
    }
    let waits = waits_for(scenario, impossible);
    let mut left = waits.clone();
    let mut reasons = Vec::new();
    let mut told: Vec<usize> = Vec::new();
    loop {
        let members = circle(&left);
        if members.is_empty() {
            break;
        }
        reasons.push(of_circle(file, &members));
        // What remains may hold other circles.
        members.iter().for_each(|member| left[*member].clear());
        told.extend(members);
    }
    let others = impossible.iter().filter(|at| !told.contains(at));
    reasons.extend(others.filter_map(|at| of_event(&file.events[*at], &waits[*at], file)));
    reasons
}

fn of_circle(file: &ScenarioFile, members: &[usize]) -> Reason {
    let id = |at: &usize| file.events[*at].id.0.text.as_str();
    let ring = members.iter().chain(members.first());
    let steps: Vec<String> = ring.map(|at| format!("`{}`", id(at))).collect();
    let first = &file.events[members.first().copied().unwrap_or(0)];
    Reason {
        place: trigger_place(first),
        found: format!(
            "a cycle of events, of which none can come first: {}",
            steps.join(" waits for ")
        ),
        help: "let one of them happen without the others".to_owned(),
    }
}

/// The reason of an event that is in no circle; `waits`: the impossible ones that alone stand in its way.
fn of_event(row: &EventRow, waits: &[usize], file: &ScenarioFile) -> Option<Reason> {
    let id = &row.id.0.text;
    let others = waits.iter().map(|at| &file.events[*at].id.0.text);
    let (place, why, help) = match (&row.attempt, &row.follows, &row.r#while) {
        (Some(attempt), ..) if !waits.is_empty() => (
            attempt.partner.place,
            format!(
                "talks with `{}` wait for {}, which cannot occur either",
                attempt.partner.text,
                name_list(others)
            ),
            "let the other event come about, or begin the talks without it".to_owned(),
        ),
        (Some(attempt), ..) => (
            attempt.partner.place,
            format!("no plan negotiates with `{}`", attempt.partner.text),
            format!(
                "do = [{{ negotiate = \"{}\" }}] in a step",
                attempt.partner.text
            ),
        ),
        (_, Some(other), condition) => (
            condition.as_ref().map_or(other.place, |text| text.place),
            format!(
                "it follows `{}` where that cannot occur, or not while its condition holds",
                other.text
            ),
            "let the other event come about, or take this one out".to_owned(),
        ),
        (.., Some(condition)) if !waits.is_empty() => (
            condition.place,
            format!(
                "it waits for {}, which cannot occur either",
                name_list(others)
            ),
            "let the other event come about, or take this one out".to_owned(),
        ),
        (.., Some(condition)) => (
            condition.place,
            format!("`{}` holds in no month of any plan", condition.text),
            "correct the condition, or take the event out".to_owned(),
        ),
        _ => return None,
    };
    Some(Reason {
        place,
        found: format!("nothing can trigger the event `{id}`: {why}"),
        help,
    })
}
