//! The published list of names that conditions may use, and what each stands for in the engine.

mod firm;

use crate::expression::{Kind, NameProblem};
use crate::nearest::nearest;
use beachhead_engine::plan::expression::Observable;
use firm::{FIRM, KNOWN};
use std::collections::BTreeMap;

/// Ids of a scenario, each list in the order of the scenario's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Brand ids of the entrants, one or two, in the order of the scenario's entrants.
    pub entrants: Vec<String>,
    /// All brands.
    pub brands: Vec<String>,
    /// All products.
    pub products: Vec<String>,
    /// Channels.
    pub channels: Vec<String>,
    /// Gates.
    pub gates: Vec<String>,
    /// Events.
    pub events: Vec<String>,
    /// Positions of the events that are attempts.
    pub attempts: Vec<usize>,
    /// Complements.
    pub complements: Vec<String>,
    /// Steps of the plan that the condition stands in; empty outside plans.
    pub steps: Vec<String>,
}

/// A name that conditions may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The dotted name.
    pub name: String,
    /// What the engine reads for it.
    pub observable: Observable,
    /// Number or truth.
    pub kind: Kind,
    /// Base unit; empty for a truth.
    pub unit: &'static str,
    /// What it is, for people.
    pub meaning: &'static str,
}

/// All names of a scenario (and of one plan's steps), ready to resolve.
#[derive(Clone, Debug)]
pub struct Observables {
    list: Vec<Published>,
    by_name: BTreeMap<String, usize>,
    /// Names that two entrants make ambiguous, with the names that are meant.
    ambiguous: BTreeMap<String, Vec<String>>,
    has_steps: bool,
}

/// An observable of named things: their ids, name before and after an id, engine's, kind, unit, meaning.
type ThingRow<'a> = (
    &'a [String],
    &'a str,
    &'a str,
    fn(usize) -> Observable,
    Kind,
    &'static str,
    &'static str,
);

impl Observables {
    /// All names that `names` makes.
    pub fn new(names: &Names) -> Self {
        let mut observables = Self {
            list: Vec::new(),
            by_name: BTreeMap::new(),
            ambiguous: BTreeMap::new(),
            has_steps: !names.steps.is_empty(),
        };
        observables.add(
            "month".into(),
            Observable::Month,
            Kind::Number,
            "months",
            "this month's number",
        );
        for (head, tail, make, kind, unit, meaning) in FIRM.into_iter().chain(KNOWN) {
            observables.add_firm(names, head, tail, &make, (kind, unit, meaning));
        }
        for (position, id) in names.complements.iter().enumerate() {
            let row = (Kind::Number, "units", "units of the complement last month");
            let make = |entrant| Observable::ComplementUnits(position, entrant);
            observables.add_firm(names, &format!("complement.{id}.units"), "", &make, row);
        }
        for (position, id) in names.channels.iter().enumerate() {
            let row = (Kind::Truth, "", "the channel is open to the entrant");
            let make = |entrant| Observable::ChannelOpen(position, entrant);
            observables.add_firm(names, &format!("channel.{id}.open"), "", &make, row);
        }
        observables.add_things(names);
        for &position in &names.attempts {
            let Some(id) = names.events.get(position) else {
                continue;
            };
            let row = (Kind::Truth, "", "an attempt has succeeded");
            let make = |entrant| Observable::AttemptSucceeded(position, entrant);
            observables.add_firm(names, &format!("event.{id}.succeeded"), "", &make, row);
            let row = (Kind::Truth, "", "an attempt is under way");
            let make = |entrant| Observable::AttemptRunning(position, entrant);
            observables.add_firm(names, &format!("event.{id}.running"), "", &make, row);
        }
        observables
    }

    /// The list, in the order in which it is published.
    pub fn list(&self) -> &[Published] {
        &self.list
    }

    /// What a dotted name stands for, for [`crate::expression::parse_condition`].
    ///
    /// # Errors
    /// Names that are not on the list, with the nearest one.
    pub fn resolve(&self, parts: &[&str]) -> Result<(Observable, Kind), NameProblem> {
        let name = parts.join(".");
        if let Some(&position) = self.by_name.get(&name) {
            let published = &self.list[position];
            return Ok((published.observable, published.kind));
        }
        if let Some(meant) = self.ambiguous.get(&name) {
            let expected = format!("one of {}: there are two entrants", quoted(meant));
            return Err(NameProblem {
                expected,
                nearest: None,
            });
        }
        if parts[0] == "step" && !self.has_steps {
            let expected = "no steps here: they belong to one plan".to_owned();
            return Err(NameProblem {
                expected,
                nearest: None,
            });
        }
        Err(NameProblem {
            expected: self.expected(&name),
            nearest: self.nearest(&name),
        })
    }

    /// What could follow the longest part of the name that is right.
    fn expected(&self, name: &str) -> String {
        let mut known = name;
        loop {
            let start = if known.is_empty() {
                String::new()
            } else {
                format!("{known}.")
            };
            let mut next: Vec<String> = Vec::new();
            for published in self
                .list
                .iter()
                .filter(|published| published.name.starts_with(&start))
            {
                let rest = &published.name[start.len()..];
                let part = format!("{start}{}", rest.split('.').next().unwrap_or(rest));
                if !next.contains(&part) {
                    next.push(part);
                }
            }
            if !next.is_empty() {
                let more = next.len().saturating_sub(LONGEST_LIST);
                next.truncate(LONGEST_LIST);
                let rest = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                return format!("one of {}{rest}", quoted(&next));
            }
            known = known.rfind('.').map_or("", |dot| &known[..dot]);
        }
    }

    /// The nearest name of the same number of parts, otherwise of any.
    fn nearest(&self, name: &str) -> Option<String> {
        let names = || self.list.iter().map(|published| published.name.as_str());
        let dots = name.matches('.').count();
        nearest(
            name,
            names().filter(|other| other.matches('.').count() == dots),
        )
        .or_else(|| nearest(name, names()))
        .map(str::to_owned)
    }

    fn add(
        &mut self,
        name: String,
        observable: Observable,
        kind: Kind,
        unit: &'static str,
        meaning: &'static str,
    ) {
        self.by_name.insert(name.clone(), self.list.len());
        self.list.push(Published {
            name,
            observable,
            kind,
            unit,
            meaning,
        });
    }

    /// One name with one entrant; with two, one with the suffix of each, and none without.
    fn add_firm(
        &mut self,
        names: &Names,
        head: &str,
        tail: &str,
        make: &dyn Fn(usize) -> Observable,
        (kind, unit, meaning): (Kind, &'static str, &'static str),
    ) {
        if names.entrants.len() == 1 {
            self.add(format!("{head}{tail}"), make(0), kind, unit, meaning);
            return;
        }
        let suffixed = names
            .entrants
            .iter()
            .map(|brand| format!("{head}.{brand}{tail}"));
        let suffixed: Vec<String> = suffixed.collect();
        for (entrant, name) in suffixed.iter().enumerate() {
            self.add(name.clone(), make(entrant), kind, unit, meaning);
        }
        self.ambiguous.insert(format!("{head}{tail}"), suffixed);
    }

    fn add_things(&mut self, names: &Names) {
        use Kind::{Number, Truth};
        let lists: [ThingRow<'_>; 10] = [
            (
                &names.gates,
                "gate",
                "open",
                Observable::GateOpen,
                Truth,
                "",
                "the gate is open",
            ),
            (
                &names.gates,
                "gate",
                "started",
                Observable::GateStarted,
                Truth,
                "",
                "the gate has been started",
            ),
            (
                &names.steps,
                "step",
                "fired",
                Observable::StepFired,
                Truth,
                "",
                "the step of this plan has fired",
            ),
            (
                &names.products,
                "product",
                "launched",
                Observable::ProductLaunched,
                Truth,
                "",
                "the product has been launched",
            ),
            (
                &names.products,
                "product",
                "units",
                Observable::ProductUnits,
                Number,
                "units",
                "units of the product last month",
            ),
            (
                &names.brands,
                "brand",
                "share",
                Observable::BrandShare,
                Number,
                "share",
                "the brand's share of last month's units of the durable",
            ),
            (
                &names.brands,
                "brand",
                "installed_base",
                Observable::BrandBase,
                Number,
                "users",
                "users who own the brand",
            ),
            (
                &names.events,
                "event",
                "fired",
                Observable::EventFired,
                Truth,
                "",
                "the event has occurred; of an attempt, its result has come",
            ),
            (
                &names.events,
                "event",
                "count",
                Observable::EventCount,
                Number,
                "times",
                "how often the event has occurred",
            ),
            (
                &names.events,
                "event",
                "age",
                Observable::EventAge,
                Number,
                "months",
                "months since the event occurred last; 0 before it ever did",
            ),
        ];
        for (ids, head, tail, make, kind, unit, meaning) in lists {
            for (position, id) in ids.iter().enumerate() {
                self.add(
                    format!("{head}.{id}.{tail}"),
                    make(position),
                    kind,
                    unit,
                    meaning,
                );
            }
        }
    }
}

/// Names that one message lists.
const LONGEST_LIST: usize = 12;

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
