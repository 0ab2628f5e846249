//! What an event cannot come without, told from its own row alone.

use super::interval::{Interval, evaluate};
use super::reach::events_of;
use beachhead_engine::plan::expression::Observable;
use beachhead_engine::scenario::Trigger;

/// The events without each of which a trigger cannot be met in so many months, whatever else happens. None of an attempt, which
/// plans start, and of one that cannot be met at all.
pub(in crate::scenario) fn needs(trigger: &Trigger, months: usize) -> Vec<usize> {
    let (mut needs, while_holds) = match trigger {
        Trigger::Hazard { while_holds, .. } => (Vec::new(), while_holds),
        Trigger::Follows {
            event, while_holds, ..
        } => (vec![*event], while_holds),
        Trigger::Attempt { .. } => return Vec::new(),
    };
    let some_month = Interval {
        low: 1.0,
        high: months as f64,
    };
    let anything = |observable: Observable| match observable {
        Observable::Month => some_month,
        _ => Interval::ANY,
    };
    if !evaluate(while_holds, &anything).can_be_true() {
        return Vec::new();
    }
    let mut read = Vec::new();
    events_of(while_holds, &mut read);
    for event in read {
        let without = |observable: Observable| match observable {
            Observable::EventFired(it)
            | Observable::EventCount(it)
            | Observable::EventAge(it)
            | Observable::AttemptSucceeded(it, _)
                if it == event =>
            {
                Interval::ZERO
            }
            other => anything(other),
        };
        if !needs.contains(&event) && !evaluate(while_holds, &without).can_be_true() {
            needs.push(event);
        }
    }
    needs
}
