//! Where every event stands on a path: how much hazard has passed, how often it occurred, what is being negotiated.

use super::chance::{self, Decides};
use crate::scenario::Trigger;
use crate::simulate::World;

/// The events of a scenario along one path. `N` events, `E` entrants.
#[derive(Clone, Debug, Default)]
pub(in crate::simulate) struct EventStates {
    /// (N,).
    clocks: Vec<Clock>,
    /// (N, E); idle for events that are no attempts.
    talks: Vec<Talks>,
    entrants: usize,
}

/// One event's clock.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    /// Cumulative hazard since the last occurrence.
    passed: f64,
    /// At which it occurs next.
    threshold: f64,
    count: usize,
    first: Option<usize>,
    last: Option<usize>,
}

/// One entrant's attempts.
#[derive(Clone, Copy, Debug, Default)]
struct Talks {
    /// Attempts begun.
    number: u32,
    /// Month in which the running one ends.
    ends: Option<usize>,
    succeeded: bool,
    /// Whether the last success still stands: nobody negotiates what he has.
    holds: bool,
}

impl EventStates {
    pub(in crate::simulate) fn new(world: &World) -> Self {
        let events = &world.scenario.events;
        let entrants = world.scenario.entrants.len();
        let clock = |event| Clock {
            threshold: chance::threshold(world, event, 1),
            ..Clock::default()
        };
        Self {
            clocks: events.iter().map(clock).collect(),
            talks: vec![Talks::default(); events.len() * entrants],
            entrants,
        }
    }

    /// Month in which each event occurred first, (N,).
    pub(in crate::simulate) fn first_months(&self) -> Vec<Option<usize>> {
        self.clocks.iter().map(|clock| clock.first).collect()
    }

    /// How often each event occurred, (N,).
    pub(in crate::simulate) fn counts(&self) -> Vec<usize> {
        self.clocks.iter().map(|clock| clock.count).collect()
    }

    /// How often an event occurred.
    pub(in crate::simulate) fn count(&self, event: usize) -> usize {
        self.clocks.get(event).map_or(0, |clock| clock.count)
    }

    /// Months since an event occurred last; 0 if it never did.
    pub(in crate::simulate) fn age(&self, event: usize, month: usize) -> usize {
        let last = self.clocks.get(event).and_then(|clock| clock.last);
        last.map_or(0, |last| month - last)
    }

    /// Whether an attempt of an entrant has succeeded.
    pub(in crate::simulate) fn has_succeeded(&self, event: usize, entrant: usize) -> bool {
        let talks = self.talks.get(event * self.entrants + entrant);
        talks.is_some_and(|talks| talks.succeeded)
    }

    /// Whether an attempt of an entrant is under way.
    pub(in crate::simulate) fn is_running(&self, event: usize, entrant: usize) -> bool {
        let talks = self.talks.get(event * self.entrants + entrant);
        talks.is_some_and(|talks| talks.ends.is_some())
    }

    /// Whether an event may occur (again) in a month: within its number, and once a month at most.
    pub(super) fn may_occur(&self, event: usize, most: Option<usize>, month: usize) -> bool {
        let clock = &self.clocks[event];
        clock.last != Some(month) && most.is_none_or(|most| clock.count < most)
    }

    /// The event that crosses its threshold first at these rates and the part of a month until then; the first
    /// in the scenario where several cross at once.
    pub(super) fn next_crossing(&self, rates: &[f64]) -> Option<(usize, f64)> {
        let mut next: Option<(usize, f64)> = None;
        for (event, (clock, &rate)) in self.clocks.iter().zip(rates).enumerate() {
            if rate <= 0.0 {
                continue;
            }
            // A certain event does not wait, whatever its threshold.
            let wait = if rate.is_infinite() {
                0.0
            } else {
                (clock.threshold - clock.passed).max(0.0) / rate
            };
            if next.is_none_or(|(_, earliest)| wait < earliest) {
                next = Some((event, wait));
            }
        }
        next
    }

    /// Lets a part of a month pass.
    pub(super) fn pass(&mut self, rates: &[f64], part: f64) {
        for (clock, &rate) in self.clocks.iter_mut().zip(rates) {
            if rate.is_finite() {
                clock.passed += rate * part;
            }
        }
    }

    /// Counts an occurrence; the clock of the next one starts with the next month.
    pub(super) fn record(&mut self, event: usize, month: usize, threshold: f64) {
        let clock = &mut self.clocks[event];
        clock.count += 1;
        clock.first.get_or_insert(month);
        clock.last = Some(month);
        clock.passed = 0.0;
        clock.threshold = threshold;
    }

    /// Starts talks with a partner; nothing happens while some are running, where they have led to
    /// something, or where their number is used up. Whether anything was started.
    pub(in crate::simulate) fn negotiate(
        &mut self,
        world: &World,
        channel: usize,
        entrant: usize,
        month: usize,
    ) -> bool {
        let mut started = false;
        for (e, event) in world.scenario.events.iter().enumerate() {
            let Trigger::Attempt { partner, lasts, .. } = &event.trigger else {
                continue;
            };
            let talks = &mut self.talks[e * self.entrants + entrant];
            let used_up = event.most.is_some_and(|most| talks.number as usize >= most);
            if *partner != channel || talks.ends.is_some() || talks.holds || used_up {
                continue;
            }
            talks.number += 1;
            // The first attempt lasts what the draw says; each later one has a length of its own.
            let later = if talks.number > 1 {
                let stream = (Decides::How, "attempt.lasts");
                chance::occurrence_uniform(world, event, stream, talks.number - 1)
            } else {
                None
            };
            let quantity = &world.scenario.quantities[lasts.index()];
            let length = later.map_or(world.values[lasts], |u| quantity.value(u));
            talks.ends = Some(month + whole_months(length).max(1));
            started = true;
        }
        started
    }

    /// The number of the attempt that ends in this month, if one does.
    pub(super) fn attempt_that_ends(
        &self,
        event: usize,
        entrant: usize,
        month: usize,
    ) -> Option<u32> {
        let talks = &self.talks[event * self.entrants + entrant];
        talks
            .ends
            .is_some_and(|ends| ends <= month)
            .then_some(talks.number)
    }

    pub(super) fn end_attempt(&mut self, event: usize, entrant: usize, succeeds: bool) {
        let talks = &mut self.talks[event * self.entrants + entrant];
        talks.ends = None;
        talks.holds = succeeds;
        talks.succeeded |= succeeds;
    }

    /// A channel is lost to an entrant: what was agreed about it no longer stands.
    pub(in crate::simulate) fn lose(&mut self, world: &World, channel: usize, entrant: usize) {
        for (e, event) in world.scenario.events.iter().enumerate() {
            if matches!(event.trigger, Trigger::Attempt { partner, .. } if partner == channel) {
                self.talks[e * self.entrants + entrant].holds = false;
            }
        }
    }

    /// An entrant leaves: its talks end without a result, and its agreements.
    pub(in crate::simulate) fn leave(&mut self, entrant: usize) {
        for talks in self
            .talks
            .iter_mut()
            .skip(entrant)
            .step_by(self.entrants.max(1))
        {
            talks.ends = None;
            talks.holds = false;
        }
    }
}

/// Whole months that a length of time takes; a length beyond any horizon stays beyond it.
pub(super) fn whole_months(length: f64) -> usize {
    const LONGEST: f64 = 1e6;
    length.ceil().clamp(0.0, LONGEST) as usize
}
