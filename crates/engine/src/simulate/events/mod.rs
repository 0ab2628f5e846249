//! Events on a path: which occur in a month, in what order, and what follows from them.
//!
//! Within a month: attempts whose time is over, then hazards in the order in which they cross their thresholds. After each
//! occurrence all conditions are read again, so that what one event closes no longer exposes the brand to another.

pub(super) mod awareness;
mod chance;
mod effects;
mod standing;
mod state;

pub use chance::with_odds;
pub(super) use standing::Standing;
pub(super) use state::EventStates;

use self::chance::Decides;
use super::World;
use super::observe::Snapshot;
use super::path::Path;
use super::record::Capped;
use crate::scenario::{Event, Factors, Trigger};

/// The outcomes of an attempt, by position.
const SUCCESS: usize = 0;
const FAILURE: usize = 1;
/// A hazard this much above 1 is rounding of its factors.
const ROUNDING: f64 = 1e-9;

impl Path<'_> {
    /// Everything that happens at the start of a month.
    pub(super) fn occur(&mut self, world: &World, month: usize) {
        if world.scenario.events.is_empty() {
            return;
        }
        self.end_attempts(world, month);
        self.cross_thresholds(world, month);
    }

    /// Attempts whose time is over succeed or fail; one whose partner is barred by then fails.
    fn end_attempts(&mut self, world: &World, month: usize) {
        for (e, event) in world.scenario.events.iter().enumerate() {
            let Trigger::Attempt {
                partner,
                chance,
                factors,
                ..
            } = &event.trigger
            else {
                continue;
            };
            for entrant in 0..world.scenario.entrants.len() {
                let Some(number) = self.firm.events.attempt_that_ends(e, entrant, month) else {
                    continue;
                };
                let odds = self.odds(world, e, factors, month);
                let chance = chance::with_odds(world.values[chance], odds);
                let stream = attempt_stream(world, entrant);
                let uniform =
                    chance::occurrence_uniform(world, event, (Decides::Whether, &stream), number);
                let barred = self.firm.standing.is_barred(entrant, *partner, month);
                let succeeds = !barred && chance::comes_true(chance, uniform);
                self.firm.events.end_attempt(e, entrant, succeeds);
                let outcome = if succeeds { SUCCESS } else { FAILURE };
                self.happen(world, e, outcome, Some(entrant), month);
            }
        }
    }

    /// Hazards run through the month at constant rates between occurrences; the earliest crossing comes first.
    fn cross_thresholds(&mut self, world: &World, month: usize) {
        let events = &world.scenario.events;
        let mut passed = 0.0;
        loop {
            let rates = self.rates(world, month);
            let left = 1.0 - passed;
            match self.firm.events.next_crossing(&rates) {
                Some((event, wait)) if wait <= left => {
                    self.firm.events.pass(&rates, wait);
                    passed += wait;
                    let number = self.firm.events.count(event) + 1;
                    let outcome = chance::outcome(world, &events[event], number as u32);
                    self.happen(world, event, outcome, None, month);
                }
                _ => {
                    self.firm.events.pass(&rates, left);
                    return;
                }
            }
        }
    }

    /// The rates of hazards, per month, `[eq:hazard]`; (events,).
    fn rates(&mut self, world: &World, month: usize) -> Vec<f64> {
        let mut rates = Vec::with_capacity(world.scenario.events.len());
        for e in 0..world.scenario.events.len() {
            let hazard = self.hazard(world, e, month);
            if !(0.0..=1.0 + ROUNDING).contains(&hazard) {
                self.note_capped(e, month, hazard);
            }
            rates.push(chance::rate(hazard));
        }
        rates
    }

    /// The probability a month of a hazard as its factors make it: 0 if it may not occur (again) this month.
    fn hazard(&self, world: &World, e: usize, month: usize) -> f64 {
        let event = &world.scenario.events[e];
        let Trigger::Hazard {
            hazard,
            while_holds,
            factors,
        } = &event.trigger
        else {
            return 0.0;
        };
        let holds = |snapshot: &Snapshot| while_holds.holds(&|o| snapshot.read(o));
        if !self.firm.events.may_occur(e, event.most, month) || !holds(&self.snapshot(world, month))
        {
            return 0.0;
        }
        world.values[hazard] * self.factor(world, factors, month)
    }

    /// The factor of odds, `[eq:odds]`: below 0 or undefined counts as 0.
    fn odds(&mut self, world: &World, e: usize, factors: &Factors, month: usize) -> f64 {
        let factor = self.factor(world, factors, month);
        if !(0.0..f64::INFINITY).contains(&factor) {
            self.note_capped(e, month, factor);
        }
        // `max` takes the number where the other is none.
        factor.max(0.0)
    }

    /// Notes what no probability can be, once an event and month.
    fn note_capped(&mut self, event: usize, month: usize, value: f64) {
        let capped = &mut self.record.capped;
        let mut of_month = capped.iter().rev().take_while(|old| old.month == month);
        if !of_month.any(|old| old.event == event) {
            capped.push(Capped {
                event,
                month,
                value,
            });
        }
    }

    /// The product of the factors that apply; below 0 or undefined where the computed one is.
    fn factor(&self, world: &World, factors: &Factors, month: usize) -> f64 {
        let snapshot = self.snapshot(world, month);
        let read = |observable| snapshot.read(observable);
        let mut product = 1.0;
        for (condition, factor) in &factors.where_holds {
            if condition.holds(&read) {
                product *= world.values[factor];
            }
        }
        let times = factors.times.as_ref();
        times.map_or(product, |times| product * times.evaluate(&read))
    }

    /// An occurrence: its effects in the order written, then what follows it in the same month.
    fn happen(
        &mut self,
        world: &World,
        e: usize,
        outcome: usize,
        actor: Option<usize>,
        month: usize,
    ) {
        let event = &world.scenario.events[e];
        self.firm.events.record(
            e,
            month,
            chance::threshold(world, event, self.firm.events.count(e) + 2),
        );
        if let Some(outcome) = event.outcomes.get(outcome) {
            for effect in &outcome.effects {
                self.apply(world, effect, actor, month);
            }
        }
        let number = self.firm.events.count(e) as u32;
        for (f, follower) in world.scenario.events.iter().enumerate() {
            if self.follows(world, follower, f, e, number, month) {
                let own = self.firm.events.count(f) + 1;
                let outcome = chance::outcome(world, follower, own as u32);
                self.happen(world, f, outcome, actor, month);
            }
        }
    }

    /// Whether `follower` comes with the occurrence `number` of event `e`.
    fn follows(
        &mut self,
        world: &World,
        follower: &Event,
        f: usize,
        e: usize,
        number: u32,
        month: usize,
    ) -> bool {
        let Trigger::Follows {
            event,
            chance,
            while_holds,
            factors,
        } = &follower.trigger
        else {
            return false;
        };
        if *event != e || !self.firm.events.may_occur(f, follower.most, month) {
            return false;
        }
        let snapshot = self.snapshot(world, month);
        if !while_holds.holds(&|o| snapshot.read(o)) {
            return false;
        }
        let chance = chance::with_odds(world.values[chance], self.odds(world, f, factors, month));
        chance::comes_true(
            chance,
            chance::occurrence_uniform(world, follower, (Decides::Whether, "follow"), number),
        )
    }

    /// What conditions read now: the market at the end of the last month, the firm as events have left it.
    pub(super) fn snapshot<'s>(&'s self, world: &'s World<'s>, month: usize) -> Snapshot<'s> {
        Snapshot {
            world,
            firm: &self.firm,
            record: &self.record,
            month,
        }
    }
}

/// The stream of the results of an entrant's attempts: the first entrant's name is left out, so that a second one
/// changes nothing.
fn attempt_stream(world: &World, entrant: usize) -> String {
    if entrant == 0 {
        return "attempt".into();
    }
    let brand = world.scenario.entrants[entrant].brand;
    format!("attempt.{}", world.scenario.brands[brand].id)
}
