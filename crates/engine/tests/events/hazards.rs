//! When hazards come: closed forms, competing causes, what raising a hazard does.

use super::{
    STANDARD_ERRORS, always, assert_share, central, draws, hazard, multiply, not_fired, runs_with,
    tiny, zoo,
};
use crate::zoo::runs;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::plan::expression::{Binary, Expression, Function, Observable};
use beachhead_engine::scenario::{Effect, Scenario, Trigger};

const DRAWS: u64 = 3000;

fn stay_out(months: usize) -> Scenario {
    let mut scenario = tiny(months);
    scenario.plans = vec![runs::stay_out()];
    scenario
}

fn first_months(scenario: &Scenario, draws_of: u64) -> Vec<Vec<Option<usize>>> {
    draws(scenario, draws_of)
        .into_iter()
        .map(|mut records| records.remove(0).events_fired)
        .collect()
}

#[test]
fn a_constant_hazard_gives_geometric_months() {
    const P: f64 = 0.15;
    let mut scenario = stay_out(12);
    hazard(&mut scenario, "storm", P, always(), vec![]);
    let found = first_months(&scenario, DRAWS);
    for month in 1..=12 {
        let fired = found.iter().filter(|first| first[0] == Some(month));
        let wanted = P * (1.0 - P).powi(month as i32 - 1);
        assert_share(
            fired.count(),
            found.len(),
            wanted,
            &format!("month {month}"),
        );
    }
    let never = found.iter().filter(|first| first[0].is_none()).count();
    assert_share(never, found.len(), (1.0 - P).powi(12), "never");
}

/// Two causes that end each other: months are geometric in the sum of the cumulative hazards, and each takes its part
/// of them. A third event that happens before opens the second cause.
#[test]
fn competing_hazards_meet_the_closed_form() {
    const ONE: f64 = 0.10;
    const TWO: f64 = 0.25;
    let mut scenario = stay_out(8);
    hazard(&mut scenario, "one", ONE, not_fired(1), vec![]);
    hazard(&mut scenario, "two", TWO, not_fired(0), vec![]);
    let found = first_months(&scenario, DRAWS);
    let both = found.iter().filter(|f| f[0].is_some() && f[1].is_some());
    assert_eq!(both.count(), 0, "each keeps the other from happening");
    let (one, two) = (-(1.0 - ONE).ln(), -(1.0 - TWO).ln());
    let survive = |months: i32| (-(one + two) * f64::from(months)).exp();
    for month in 1..=8 {
        let in_month = survive(month - 1) - survive(month);
        for (event, part) in [one / (one + two), two / (one + two)].iter().enumerate() {
            let fired = found.iter().filter(|f| f[event] == Some(month as usize));
            let what = format!("event {event} in month {month}");
            assert_share(fired.count(), found.len(), in_month * part, &what);
        }
    }
}

/// Within a month too: the second hazard runs only from the moment at which the first has occurred.
#[test]
fn an_event_may_open_another_in_the_same_month() {
    const P: f64 = 0.6;
    let mut scenario = stay_out(1);
    hazard(&mut scenario, "first", P, always(), vec![]);
    let fired = runs::at_least(Observable::EventFired(0), 1.0);
    hazard(&mut scenario, "second", P, fired, vec![]);
    let found = first_months(&scenario, DRAWS);
    // Sum of two exponential waiting times of rate λ below 1.
    let rate = -(1.0 - P).ln();
    let wanted = 1.0 - (-rate).exp() * (1.0 + rate);
    let both = found.iter().filter(|f| f[1] == Some(1)).count();
    assert_share(both, found.len(), wanted, "both in month 1");
    assert!(found.iter().all(|f| f[1].is_none() || f[0].is_some()));
}

#[test]
fn raising_a_hazard_never_delays_it() {
    let mut before: Option<Vec<Vec<Option<usize>>>> = None;
    for by in [0.0, 0.5, 1.0, 1.7, 4.0, 50.0] {
        let mut scenario = stay_out(24);
        let event = hazard(&mut scenario, "storm", 0.04, always(), vec![]);
        multiply(&mut scenario, event, by);
        // What else happens does not matter to it.
        hazard(&mut scenario, "other", 0.1, always(), vec![]);
        let found = first_months(&scenario, 400);
        if let Some(before) = before {
            let month = |first: Option<usize>| first.unwrap_or(usize::MAX);
            for (low, high) in before.iter().zip(&found) {
                assert!(month(high[0]) <= month(low[0]), "{by}: {low:?} {high:?}");
                assert_eq!(high[1], low[1], "another event is untouched");
            }
            let sooner = before
                .iter()
                .zip(&found)
                .filter(|(low, high)| high[0] != low[0]);
            assert!(sooner.count() > 10, "raising to {by} must matter");
        }
        before = Some(found);
    }
}

#[test]
fn probabilities_of_0_and_1_leave_nothing_to_chance() {
    let mut scenario = stay_out(6);
    hazard(&mut scenario, "never", 0.0, always(), vec![]);
    let from_3 = runs::at_least(Observable::Month, 3.0);
    hazard(&mut scenario, "certain", 1.0, from_3.clone(), vec![]);
    // Over 1 after its factor: a cap, not more than certain.
    let raised = hazard(&mut scenario, "raised", 0.5, from_3.clone(), vec![]);
    multiply(&mut scenario, raised, 7.0);
    let monthly = hazard(&mut scenario, "monthly", 1.0, from_3, vec![]);
    scenario.events[monthly].most = None;
    for records in draws(&scenario, 50).into_iter().chain([central(&scenario)]) {
        assert_eq!(records[0].events_fired, [None, Some(3), Some(3), Some(3)]);
        assert_eq!(records[0].event_counts, [0, 1, 1, 4]);
    }
}

#[test]
fn a_central_run_has_no_uncertain_event() {
    let mut scenario = stay_out(36);
    hazard(&mut scenario, "likely", 0.99, always(), vec![]);
    assert_eq!(central(&scenario)[0].events_fired, [None]);
}

#[test]
fn a_repeated_event_comes_as_often_as_its_hazard_says() {
    const P: f64 = 0.3;
    const MONTHS: usize = 20;
    let mut scenario = stay_out(MONTHS);
    let any = hazard(&mut scenario, "any", P, always(), vec![]);
    scenario.events[any].most = None;
    let thrice = hazard(&mut scenario, "thrice", P, always(), vec![]);
    scenario.events[thrice].most = Some(3);
    let counts: Vec<Vec<usize>> = draws(&scenario, 1000)
        .into_iter()
        .map(|mut records| records.remove(0).event_counts)
        .collect();
    // Each month is a Bernoulli trial of its own.
    let mean = counts.iter().map(|c| c[0]).sum::<usize>() as f64 / counts.len() as f64;
    let error = (MONTHS as f64 * P * (1.0 - P) / counts.len() as f64).sqrt();
    assert!(
        ((mean - MONTHS as f64 * P) / error).abs() <= STANDARD_ERRORS,
        "{mean}"
    );
    assert!(counts.iter().all(|c| c[0] <= MONTHS && c[1] <= 3));
    assert!(counts.iter().any(|c| c[1] == 3));
}

/// `min(1, month/4)`: a hazard that rises with what is observed.
#[test]
fn a_computed_factor_raises_the_hazard() {
    const P: f64 = 0.5;
    let mut scenario = stay_out(4);
    hazard(&mut scenario, "storm", P, always(), vec![]);
    let quarter = Expression::Binary(
        Binary::Divide,
        Box::new(Expression::Observable(Observable::Month)),
        Box::new(Expression::Number(4.0)),
    );
    let times = Expression::Call(Function::Min, vec![Expression::Number(1.0), quarter]);
    set_times(&mut scenario, 0, times);
    let found = first_months(&scenario, DRAWS);
    let mut left = 1.0;
    for month in 1..=4 {
        let p = P * month as f64 / 4.0;
        let fired = found.iter().filter(|f| f[0] == Some(month)).count();
        assert_share(fired, found.len(), left * p, &format!("month {month}"));
        left *= 1.0 - p;
    }
    // 0/0 and what is below 0 count as 0.
    let nothing = || Box::new(Expression::Number(0.0));
    for times in [
        Expression::Binary(Binary::Divide, nothing(), nothing()),
        Expression::Number(-2.0),
    ] {
        set_times(&mut scenario, 0, times);
        assert!(first_months(&scenario, 50).iter().all(|f| f[0].is_none()));
    }
}

/// What a hazard came to where that is no probability; the rest of the run is as if it had been cut off.
#[test]
fn hazards_that_no_probability_can_be_are_noted() {
    let over = |by: f64| {
        Expression::Binary(
            Binary::Divide,
            Box::new(Expression::Observable(Observable::Month)),
            Box::new(Expression::Number(by)),
        )
    };
    let less = Expression::Binary(
        Binary::Subtract,
        Box::new(Expression::Observable(Observable::Month)),
        Box::new(Expression::Number(3.0)),
    );
    let undefined = Expression::Binary(
        Binary::Divide,
        Box::new(Expression::Number(0.0)),
        Box::new(Expression::Number(0.0)),
    );
    // Hazard, factor, and what is noted in months 1 to 4.
    let nothing: [Option<f64>; 4] = [None; 4];
    for (p, times, wanted) in [
        (1.0, over(4.0), nothing),
        (0.5, over(1.0), [None, None, Some(1.5), Some(2.0)]),
        (0.25, less, [Some(-0.5), Some(-0.25), None, None]),
        (0.25, over(0.0), [Some(f64::INFINITY); 4]),
        (0.5, undefined, [Some(f64::NAN); 4]),
    ] {
        let mut scenario = stay_out(4);
        let event = hazard(&mut scenario, "storm", p, always(), vec![]);
        scenario.events[event].most = None;
        set_times(&mut scenario, event, times);
        for records in draws(&scenario, 3).into_iter().chain([central(&scenario)]) {
            let mut noted = nothing;
            for capped in &records[0].capped {
                assert_eq!((capped.event, noted[capped.month - 1]), (0, None));
                noted[capped.month - 1] = Some(capped.value);
            }
            // One NaN is like another.
            let bits = |value: f64| if value.is_nan() { 0 } else { value.to_bits() };
            let all = |list: [Option<f64>; 4]| list.map(|value| value.map(bits));
            assert_eq!(all(noted), all(wanted));
        }
    }
    // Where it cannot occur, nothing is cut off.
    let mut scenario = stay_out(4);
    let event = hazard(&mut scenario, "storm", 0.5, Expression::Number(0.0), vec![]);
    multiply(&mut scenario, event, 9.0);
    assert!(
        draws(&scenario, 2)
            .iter()
            .all(|records| records[0].capped.is_empty())
    );
}

fn set_times(scenario: &mut Scenario, event: usize, times: Expression) {
    if let Trigger::Hazard { factors, .. } = &mut scenario.events[event].trigger {
        factors.times = Some(times);
    }
}

/// An event that does not depend on the entrant comes in the same month under every plan, staying out included; one that
/// does never touches staying out.
#[test]
fn draws_are_shared_by_all_plans() {
    let mut scenario = tiny(12);
    let sells = runs::compare(Binary::Greater, Observable::SalesUnits(0), 0.0);
    let entry = vec![runs::launch(&[6, 7]), runs::open(&[zoo::RETAIL])];
    scenario.plans = vec![
        runs::stay_out(),
        zoo::plan("soon", 1.0, entry.clone()),
        zoo::plan("late", 5.0, entry),
    ];
    let by = zoo::quantity(&mut scenario, "by", -0.5);
    let shock = Effect::Shock {
        what: beachhead_engine::scenario::Shocked::Trust,
        by,
        entrant: None,
    };
    hazard(&mut scenario, "world", 0.1, always(), vec![]);
    hazard(&mut scenario, "scandal", 0.2, sells, vec![shock]);
    let mut scandals = 0;
    for records in draws(&scenario, 200) {
        let world: Vec<Option<usize>> = records.iter().map(|r| r.events_fired[0]).collect();
        assert!(world.iter().all(|first| *first == world[0]), "{world:?}");
        assert_eq!(records[0].events_fired[1], None);
        assert!(
            records[0].entrants[0]
                .trust
                .iter()
                .all(|trust| *trust == 0.0)
        );
        scandals += usize::from(records[1].events_fired[1].is_some());
        // It is exposed from later on, never sooner than who entered first.
        let (soon, late) = (records[1].events_fired[1], records[2].events_fired[1]);
        assert!(late.is_none_or(|late| soon.is_some_and(|soon| soon <= late)));
    }
    assert!(scandals > 100, "{scandals}");
}

#[test]
fn a_new_event_changes_no_other() {
    let mut scenario = stay_out(24);
    hazard(&mut scenario, "b", 0.05, always(), vec![]);
    let alone = first_months(&scenario, 200);
    let mut scenario = stay_out(24);
    hazard(&mut scenario, "a", 0.05, always(), vec![]);
    hazard(&mut scenario, "b", 0.05, always(), vec![]);
    let beside = first_months(&scenario, 200);
    assert!(alone.iter().zip(&beside).all(|(x, y)| x[0] == y[1]));
    assert!(beside.iter().any(|first| first[0] != first[1]));
}

/// Events that hang on what is sold and known have the same months and the same sales on every instruction set.
#[test]
fn events_have_the_same_bits_on_every_instruction_set() {
    let mut scenario = tiny(14);
    let enter = vec![runs::launch(&[6, 7]), runs::open(&[0, 3])];
    scenario.plans = vec![zoo::plan("go", 1.0, enter)];
    let storm = hazard(&mut scenario, "storm", 0.2, always(), vec![]);
    if let Trigger::Hazard { factors, .. } = &mut scenario.events[storm].trigger {
        factors.times = Some(Expression::Observable(Observable::Awareness(0)));
    }
    let leaves = vec![Effect::Exit { entrant: Some(0) }];
    hazard(&mut scenario, "ban", 0.05, always(), leaves);
    let of = |dispatch| {
        let records = runs_with(&scenario, (0..40).map(Some), dispatch);
        serde_json::to_string(&records).unwrap()
    };
    let portable = of(Dispatch::Portable);
    assert!(portable.contains("\"exited\":null") && portable.contains("\"exited\":1"));
    for dispatch in Dispatch::available() {
        assert!(of(dispatch) == portable, "{dispatch:?}");
    }
}
