//! Attempts: keyed by partner and number, of some length, with a chance that conditions may move.

use super::{
    SEED, always, assert_share, attempt, central, draws, hazard, multiply, negotiate, tiny, zoo,
};
use crate::zoo::runs;
use beachhead_engine::futures::Address;
use beachhead_engine::plan::expression::{Binary, Expression, Observable};
use beachhead_engine::scenario::{Action, Effect, Plan, Scenario};

const CHANCE: f64 = 0.35;

fn open(channel: usize) -> Effect {
    Effect::Open {
        channels: vec![channel],
        entrant: None,
    }
}

/// Talks in every month from `month` on; `talks` are the partners.
fn talker(id: &str, month: f64, talks: &[usize]) -> Plan {
    let actions = talks.iter().map(|&channel| negotiate(channel)).collect();
    let mut plan = zoo::plan(id, month, actions);
    plan.steps[0].repeats = true;
    plan
}

fn success(event: usize) -> Expression {
    runs::at_least(Observable::AttemptSucceeded(event, 0), 1.0)
}

/// The months in which conditions first held, by step after the first.
fn watch(plan: &mut Plan, when: Expression) {
    plan.steps.push(runs::step("watch", when, vec![]));
}

fn world_with_deal(months: usize, lasts: f64, chance: f64) -> Scenario {
    let mut scenario = tiny(months);
    attempt(
        &mut scenario,
        "deal",
        zoo::ONE,
        (lasts, chance),
        vec![open(zoo::ONE)],
        vec![],
    );
    scenario
}

#[test]
fn the_nth_attempt_ends_alike_under_every_plan() {
    let mut scenario = world_with_deal(30, 2.5, CHANCE);
    let mut often = talker("often", 1.0, &[zoo::ONE]);
    let mut late = talker("late", 7.0, &[zoo::ONE]);
    for plan in [&mut often, &mut late] {
        watch(plan, success(0));
    }
    scenario.plans = vec![often, late];
    let mut by_number = [0_usize; 3];
    let mut count = 0;
    for (draw, records) in draws(&scenario, 600).iter().enumerate() {
        let address = Address::new(SEED, draw as u64);
        // Attempt n succeeds if its own uniform says so.
        let first = (1..100).find(|n| address.uniform_at("events.deal.attempt", *n) < CHANCE);
        let first = first.unwrap() as usize;
        // Each takes three months and is followed by the next: started in 1, 4, 7, …
        let wanted = |start: usize| Some(start + 3 * first).filter(|month| *month <= 30);
        assert_eq!(records[0].steps_fired[1], wanted(1));
        assert_eq!(records[1].steps_fired[1], wanted(7));
        if let Some(number) = by_number.get_mut(first - 1) {
            *number += 1;
        }
        count += 1;
        // Nobody negotiates what he has: the channel stays open, and the count stands still.
        let tries = records[0].event_counts[0];
        assert!(tries <= first, "{tries} attempts, success at {first}");
    }
    for (n, &found) in by_number.iter().enumerate() {
        let wanted = CHANCE * (1.0 - CHANCE).powi(n as i32);
        assert_share(
            found,
            count,
            wanted,
            &format!("first success at attempt {}", n + 1),
        );
    }
}

#[test]
fn a_result_comes_after_the_length_and_talks_run_until_then() {
    for (lasts, ends) in [(0.0, 6), (0.4, 6), (1.0, 6), (3.0, 8), (3.2, 9)] {
        let mut scenario = world_with_deal(12, lasts, 1.0);
        let mut plan = zoo::plan("talk", 5.0, vec![negotiate(zoo::ONE), runs::launch(&[6])]);
        for observable in [
            Observable::AttemptRunning(0, 0),
            Observable::EventFired(0),
            Observable::ChannelOpen(zoo::ONE, 0),
        ] {
            watch(&mut plan, runs::at_least(observable, 1.0));
        }
        scenario.plans = vec![plan];
        let record = draws(&scenario, 1).remove(0).remove(0);
        let running = if ends == 6 { None } else { Some(6) };
        let fired = [Some(5), running, Some(ends), Some(ends)];
        assert_eq!(record.steps_fired, fired, "length {lasts}");
        // The channel sells in the month in which the result comes.
        let sells = record.entrants[0]
            .units
            .iter()
            .position(|units| *units > 0.0);
        assert_eq!(sells, Some(ends - 1));
    }
}

#[test]
fn factors_move_the_odds() {
    let mut scenario = world_with_deal(3, 1.0, CHANCE);
    multiply(&mut scenario, 0, 3.0);
    scenario.plans = vec![zoo::plan("talk", 1.0, vec![negotiate(zoo::ONE)])];
    watch(&mut scenario.plans[0], success(0));
    let found = draws(&scenario, 2000);
    let succeeded = found
        .iter()
        .filter(|r| r[0].steps_fired[1].is_some())
        .count();
    let odds = 3.0 * CHANCE / (1.0 - CHANCE);
    assert_share(succeeded, found.len(), odds / (1.0 + odds), "tripled odds");
}

#[test]
fn failure_has_its_own_effects() {
    let mut scenario = tiny(6);
    let paid = zoo::quantity(&mut scenario, "damage", 7.0);
    let pay = Effect::Pay {
        amount: paid,
        entrant: None,
    };
    attempt(
        &mut scenario,
        "deal",
        zoo::ONE,
        (2.0, 0.0),
        vec![open(zoo::ONE)],
        vec![pay],
    );
    scenario.plans = vec![zoo::plan("talk", 1.0, vec![negotiate(zoo::ONE)])];
    let record = draws(&scenario, 1).remove(0).remove(0);
    assert_eq!(
        record.entrants[0].settlements,
        [0.0, 0.0, 7.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(record.event_counts, [1]);
}

#[test]
fn a_central_run_takes_what_is_at_least_as_likely_as_not() {
    for (chance, opens) in [(0.49, None), (0.5, Some(3)), (1.0, Some(3))] {
        let mut scenario = world_with_deal(6, 2.0, chance);
        let mut plan = zoo::plan("talk", 1.0, vec![negotiate(zoo::ONE)]);
        watch(
            &mut plan,
            runs::at_least(Observable::ChannelOpen(zoo::ONE, 0), 1.0),
        );
        scenario.plans = vec![plan];
        let record = central(&scenario).remove(0);
        assert_eq!(record.steps_fired[1], opens, "{chance}");
    }
}

#[test]
fn a_number_of_attempts_may_be_all_there_is() {
    let mut scenario = world_with_deal(12, 1.0, 0.0);
    scenario.events[0].most = Some(2);
    scenario.plans = vec![talker("talk", 1.0, &[zoo::ONE])];
    let record = draws(&scenario, 1).remove(0).remove(0);
    assert_eq!(record.event_counts, [2]);
}

/// A bar by an event stops talks: none begin, and one that is under way fails.
#[test]
fn talks_with_a_barred_partner_lead_nowhere() {
    let mut scenario = world_with_deal(12, 4.0, 1.0);
    let at_4 = runs::compare(Binary::Equal, Observable::Month, 4.0);
    let close = Effect::Close {
        channels: vec![zoo::ONE],
        entrant: None,
        months: None,
    };
    hazard(&mut scenario, "ban", 1.0, at_4, vec![close]);
    let mut early = talker("early", 3.0, &[zoo::ONE]);
    let mut late = talker("late", 5.0, &[zoo::ONE]);
    for plan in [&mut early, &mut late] {
        watch(
            plan,
            runs::at_least(Observable::ChannelOpen(zoo::ONE, 0), 1.0),
        );
    }
    scenario.plans = vec![early, late];
    let records = draws(&scenario, 1).remove(0);
    assert_eq!(records[0].event_counts, [1, 1], "one result, a failure");
    assert_eq!(records[1].event_counts, [0, 1]);
    assert!(records.iter().all(|record| record.steps_fired[1].is_none()));
}

/// What is lost may be negotiated again; a new attempt has its own number.
#[test]
fn a_channel_that_was_lost_is_talked_about_again() {
    let mut scenario = world_with_deal(12, 1.0, 1.0);
    let mut plan = talker("talk", 1.0, &[zoo::ONE]);
    let close = Action::Close {
        channels: vec![zoo::ONE],
        entrant: 0,
    };
    let at_6 = runs::compare(Binary::Equal, Observable::Month, 6.0);
    plan.steps.push(runs::step("close", at_6, vec![close]));
    scenario.plans = vec![plan];
    let record = draws(&scenario, 1).remove(0).remove(0);
    assert_eq!(record.event_counts, [2]);
}

#[test]
fn leaving_ends_talks() {
    let mut scenario = world_with_deal(12, 6.0, 1.0);
    let mut plan = zoo::plan("talk", 1.0, vec![negotiate(zoo::ONE)]);
    plan.exit_when = Some(runs::at_least(Observable::Month, 4.0));
    scenario.plans = vec![plan];
    assert_eq!(draws(&scenario, 1)[0][0].event_counts, [0]);
}

/// Talking is acting: costs run from then on. Staying out does not talk.
#[test]
fn who_negotiates_is_there() {
    let mut scenario = world_with_deal(4, 9.0, 1.0);
    hazard(&mut scenario, "unrelated", 0.5, always(), vec![]);
    scenario.plans = vec![
        runs::stay_out(),
        zoo::plan("talk", 2.0, vec![negotiate(zoo::ONE)]),
    ];
    let records = draws(&scenario, 1).remove(0);
    assert!(records[0].entrants[0].fixed.iter().all(|cost| *cost == 0.0));
    assert!(
        records[1].entrants[0].fixed[1..]
            .iter()
            .all(|cost| *cost > 0.0)
    );
}
