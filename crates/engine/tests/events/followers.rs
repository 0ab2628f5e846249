//! Events that come with others, and outcomes that chance chooses.

use super::{always, assert_share, central, draws, hazard, not_fired, only, tiny, zoo};
use crate::zoo::runs;
use beachhead_engine::plan::expression::{Expression, Observable};
use beachhead_engine::scenario::{Effect, Event, EventOutcome, Factors, Scenario, Trigger};

fn follows(scenario: &mut Scenario, id: &str, event: usize, p: f64, when: Expression) -> usize {
    let chance = zoo::quantity(scenario, &format!("events.{id}.chance"), p);
    let outcomes = only(scenario, id, vec![]);
    scenario.events.push(Event {
        id: id.into(),
        title: id.into(),
        trigger: Trigger::Follows {
            event,
            chance,
            while_holds: when,
            factors: Factors::default(),
        },
        most: None,
        outcomes,
    });
    scenario.events.len() - 1
}

#[test]
fn a_follower_comes_in_the_same_month_as_often_as_its_chance() {
    let mut scenario = tiny(10);
    scenario.plans = vec![runs::stay_out()];
    // Written first: the order of the file is not the order of events.
    follows(&mut scenario, "echo", 1, 0.4, always());
    hazard(&mut scenario, "storm", 0.3, always(), vec![]);
    follows(&mut scenario, "echo_of_echo", 0, 1.0, always());
    follows(&mut scenario, "never", 1, 1.0, not_fired(1));
    let found = draws(&scenario, 1500);
    let mut storms = 0;
    let mut echoes = 0;
    for records in &found {
        let [echo, storm, second, never] = records[0].events_fired[..] else {
            panic!("four events");
        };
        assert!(echo.is_none() || echo == storm);
        assert_eq!(second, echo);
        assert_eq!(never, None, "its condition sees the other event");
        storms += usize::from(storm.is_some());
        echoes += usize::from(echo.is_some());
    }
    assert_share(echoes, storms, 0.4, "echoes of storms");
}

#[test]
fn outcomes_come_in_proportion_to_their_chances() {
    let mut scenario = tiny(2);
    scenario.plans = vec![zoo::plan("pay", 1.0, vec![runs::launch(&[6])])];
    let at_2 = runs::at_least(Observable::Month, 2.0);
    hazard(&mut scenario, "suit", 1.0, at_2, vec![]);
    // Chances of a draw need not sum to 1.
    let chances = [0.1, 0.2, 0.1];
    scenario.events[0].outcomes = (0..3)
        .map(|n| {
            let name = format!("events.suit.outcomes.{n}.chance");
            let chance = Some(zoo::quantity(&mut scenario, &name, chances[n]));
            let name = format!("events.suit.outcomes.{n}.pay");
            let amount = zoo::quantity(&mut scenario, &name, (n + 1) as f64);
            EventOutcome {
                chance,
                effects: vec![Effect::Pay {
                    amount,
                    entrant: None,
                }],
            }
        })
        .collect();
    let found = draws(&scenario, 2000);
    for (n, chance) in chances.iter().enumerate() {
        let paid = (n + 1) as f64;
        let count = found
            .iter()
            .filter(|r| r[0].entrants[0].settlements[1] == paid);
        let wanted = chance / chances.iter().sum::<f64>();
        assert_share(count.count(), found.len(), wanted, &format!("outcome {n}"));
    }
    // A certain event occurs in a central run, with its likeliest outcome.
    assert_eq!(central(&scenario)[0].entrants[0].settlements[1], 2.0);
}

/// Odds multiplied by what no factor can be: noted, and taken as 0 where there is no sense in it.
#[test]
fn factors_of_odds_that_cannot_be_are_noted() {
    let number = Expression::Number;
    for (factor, noted, comes) in [
        (2.0, None, None),
        (-1.0, Some(-1.0), Some(false)),
        (f64::INFINITY, Some(f64::INFINITY), Some(true)),
    ] {
        let mut scenario = tiny(3);
        scenario.plans = vec![runs::stay_out()];
        let storm = hazard(&mut scenario, "storm", 1.0, always(), vec![]);
        let echo = follows(&mut scenario, "echo", storm, 0.4, always());
        if let Trigger::Follows { factors, .. } = &mut scenario.events[echo].trigger {
            factors.times = Some(number(factor));
        }
        for records in draws(&scenario, 5) {
            let capped: Vec<(usize, usize, f64)> = records[0]
                .capped
                .iter()
                .map(|capped| (capped.event, capped.month, capped.value))
                .collect();
            let wanted: Vec<_> = noted.map(|value| (echo, 1, value)).into_iter().collect();
            assert_eq!(capped, wanted);
            if let Some(comes) = comes {
                assert_eq!(records[0].events_fired[echo].is_some(), comes);
            }
        }
    }
}
