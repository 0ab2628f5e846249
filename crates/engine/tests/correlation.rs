//! Draws: the margins that were asked for, the correlations that were asked for, and nobody disturbed by a new member.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod zoo;

use beachhead_engine::futures::correlation::{Correlation, CorrelationError, Factor};
use beachhead_engine::futures::distribution::Distribution;
use beachhead_engine::futures::slip::{Promise, SlipTime};
use beachhead_engine::futures::survival::{Curve, NEVER, Observation, Tail};
use beachhead_engine::futures::{Address, fitting};
use beachhead_engine::numerics::normal;
use beachhead_engine::scenario::{Handle, Scenario, Slip, SlipCurve, SlipTail};
use std::sync::Arc;
use zoo::quantity;

/// Draws of a test.
const DRAWS: u64 = 10_000;
/// Kolmogorov's distance times √n that is exceeded once in a million.
const KOLMOGOROV: f64 = 2.69;
/// Standard errors that a correlation or a share may be off.
const STANDARD_ERRORS: f64 = 5.0;

fn factor(id: &str, members: &[(&str, f64)]) -> Factor {
    Factor {
        id: id.to_owned(),
        members: members
            .iter()
            .map(|(name, rho)| ((*name).to_owned(), *rho))
            .collect(),
    }
}

/// One quantity of every family, in a market.
fn families() -> (Scenario, Vec<Handle>) {
    let mut scenario = zoo::scenario();
    let all = [
        fitting::normal(-2.0, 3.0),
        fitting::lognormal(0.3, 0.2),
        fitting::beta(0.35, 0.15, 0.0, 1.0),
        fitting::triangular(-4.0, -2.8, -1.8),
        fitting::pert(3.0, 5.0, 12.0),
        fitting::uniform(-1.0, 4.0),
        fitting::discrete(&[3.0, -1.0, 10.0], &[1.0, 2.0, 1.0]),
    ];
    let handles = all
        .into_iter()
        .enumerate()
        .map(|(at, distribution)| {
            let handle = quantity(&mut scenario, &format!("test.q{at}"), 0.0);
            scenario.quantities[handle.index()].distribution = distribution.unwrap();
            handle
        })
        .collect();
    (scenario, handles)
}

fn drawn(scenario: &Scenario, handle: &Handle) -> Vec<f64> {
    (0..DRAWS)
        .map(|draw| scenario.drawn_values(&Address::new(11, draw))[handle])
        .collect()
}

/// Share of draws below each quantile against the probability of that quantile, for every family, alone and under two factors.
#[test]
fn margins_are_those_of_the_quantile_functions() {
    let (mut scenario, handles) = families();
    let names: Vec<String> = handles.iter().map(|h| h.name().to_owned()).collect();
    for with_factors in [false, true] {
        if with_factors {
            let one: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 0.6)).collect();
            let other: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), -0.7)).collect();
            let factors = vec![factor("one", &one), factor("other", &other)];
            scenario.correlation = Correlation::new(factors).unwrap();
        }
        for handle in &handles {
            let distribution = &scenario.quantities[handle.index()].distribution;
            let mut values = drawn(&scenario, handle);
            values.sort_by(f64::total_cmp);
            let count = values.len() as f64;
            let is_discrete = matches!(distribution, Distribution::Discrete { .. });
            let cells: Vec<f64> = if is_discrete {
                // Between the jumps at 1/2 and 3/4.
                vec![0.3, 0.6]
            } else {
                (1..200).map(|cell| f64::from(cell) / 200.0).collect()
            };
            for u in cells {
                let value = distribution.quantile(u);
                let below = values.partition_point(|x| *x <= value) as f64 / count;
                let expected = match (is_discrete, u < 0.5) {
                    (true, true) => 0.5,
                    (true, false) => 0.75,
                    _ => u,
                };
                let distance = (below - expected).abs() * count.sqrt();
                assert!(
                    distance < KOLMOGOROV,
                    "{} at {u}: {below}, factors: {with_factors}",
                    distribution.family()
                );
            }
        }
    }
}

/// Pearson's correlation.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(a, b)| f(*a, *b)).sum::<f64>();
    let covariance = sum(&|a, b| (a - mx) * (b - my));
    let (vx, vy) = (sum(&|a, _| (a - mx).powi(2)), sum(&|_, b| (b - my).powi(2)));
    covariance / (vx * vy).sqrt()
}

#[test]
fn normals_are_correlated_as_asked() {
    let factors = vec![
        factor("climate", &[("a", 0.6), ("b", 0.8), ("c", -0.5)]),
        factor("money", &[("b", -0.6), ("c", 0.7)]),
    ];
    let joint = Correlation::new(factors).unwrap();
    let of = |name: &str| -> Vec<f64> {
        (0..DRAWS)
            .map(|draw| normal::quantile(joint.uniform(&Address::new(5, draw), name)))
            .collect()
    };
    let (a, b, c, alone) = (of("a"), of("b"), of("c"), of("alone"));
    let climate = of("factors.climate");
    for (x, y, asked) in [
        (&a, &climate, 0.6),
        (&b, &climate, 0.8),
        (&c, &climate, -0.5),
        (&a, &b, 0.6 * 0.8),
        (&a, &c, -0.6 * 0.5),
        (&b, &c, -0.8 * 0.5 - 0.6 * 0.7),
        (&a, &alone, 0.0),
        (&climate, &of("factors.money"), 0.0),
    ] {
        let found = correlation(x, y);
        let error = (1.0 - asked * asked) / (DRAWS as f64).sqrt();
        assert!(
            (found - asked).abs() < STANDARD_ERRORS * error,
            "asked {asked}, found {found}"
        );
    }
}

/// The threshold of an event with a positive correlation is low where the factor is high, at every position of its stream.
#[test]
fn events_come_early_where_their_factor_is_high() {
    let joint = Correlation::new(vec![factor("climate", &[("events.ban", 0.7)])]).unwrap();
    let addresses = (0..DRAWS).map(|draw| Address::new(9, draw));
    let high: Vec<f64> = addresses
        .clone()
        .map(|address| normal::quantile(address.uniform("factors.climate")))
        .collect();
    for position in [0, 1, 7] {
        let threshold: Vec<f64> = addresses
            .clone()
            .map(|address| {
                let u = joint.uniform_of(&address, "events.ban", "events.ban.threshold", position);
                normal::quantile(u)
            })
            .collect();
        let found = correlation(&high, &threshold);
        let error = (1.0 - 0.49) / (DRAWS as f64).sqrt();
        assert!((found + 0.7).abs() < STANDARD_ERRORS * error, "{found}");
        let address = Address::new(9, 3);
        let other = joint.uniform_of(&address, "events.other", "events.other.threshold", position);
        assert_eq!(
            other,
            address.uniform_at("events.other.threshold", position)
        );
    }
}

#[test]
fn a_new_member_changes_no_other_draw() {
    let (mut scenario, handles) = families();
    let before: Vec<_> = (0..50)
        .map(|draw| scenario.drawn_values(&Address::new(3, draw)))
        .collect();
    let names: Vec<String> = handles.iter().map(|h| h.name().to_owned()).collect();
    let few = [(names[0].as_str(), 0.6), (names[1].as_str(), -0.4)];
    scenario.correlation = Correlation::new(vec![factor("climate", &few)]).unwrap();
    let with_few: Vec<_> = (0..50)
        .map(|draw| scenario.drawn_values(&Address::new(3, draw)))
        .collect();
    let more = [few[0], few[1], (names[2].as_str(), 0.9)];
    scenario.correlation = Correlation::new(vec![
        factor("climate", &more),
        factor("other", &[(&names[3], 0.2)]),
    ])
    .unwrap();
    for draw in 0..50 {
        let with_more = scenario.drawn_values(&Address::new(3, draw as u64));
        for quantity in 0..scenario.quantities.len() {
            let handle = Handle::new(quantity, &scenario.quantities[quantity].name);
            let is_in_few = names[..2].contains(&scenario.quantities[quantity].name);
            let is_in_more = names[..4].contains(&scenario.quantities[quantity].name);
            let same = before[draw][&handle] == with_few[draw][&handle];
            assert_eq!(same, !is_in_few, "{}", handle.name());
            let same = with_few[draw][&handle] == with_more[&handle];
            assert_eq!(same, is_in_few || !is_in_more, "{}", handle.name());
        }
    }
}

#[test]
fn certain_quantities_do_not_vary() {
    let (mut scenario, _) = families();
    let certain = quantity(&mut scenario, "test.certain", 4.25);
    let one = fitting::discrete(&[2.0, 5.0], &[1.0, 0.0]).unwrap();
    let only = quantity(&mut scenario, "test.only", 0.0);
    scenario.quantities[only.index()].distribution = one;
    let members = [("test.certain", 0.9), ("test.only", 0.9)];
    scenario.correlation = Correlation::new(vec![factor("climate", &members)]).unwrap();
    assert!(drawn(&scenario, &certain).iter().all(|x| *x == 4.25));
    assert!(drawn(&scenario, &only).iter().all(|x| *x == 2.0));
    let handles = (0..scenario.quantities.len())
        .map(|at| Handle::new(at, &scenario.quantities[at].name))
        .filter(|handle| !scenario.quantities[handle.index()].is_uncertain());
    let (first, second) = (
        scenario.drawn_values(&Address::new(1, 0)),
        scenario.drawn_values(&Address::new(1, 1)),
    );
    for handle in handles {
        assert_eq!(first[&handle], second[&handle], "{}", handle.name());
    }
}

#[test]
fn impossible_correlations_are_refused() {
    let twice = vec![factor("one", &[]), factor("one", &[])];
    assert_eq!(
        Correlation::new(twice),
        Err(CorrelationError::Twice("one".to_owned()))
    );
    for rho in [1.0, -1.0, 1.5, f64::NAN] {
        let error = Correlation::new(vec![factor("one", &[("a", rho)])]).unwrap_err();
        assert!(matches!(error, CorrelationError::Range { .. }), "{error}");
    }
    let over = vec![factor("one", &[("a", 0.8)]), factor("other", &[("a", 0.7)])];
    let error = Correlation::new(over).unwrap_err();
    assert!(matches!(error, CorrelationError::Sum { .. }), "{error}");
    let just = vec![factor("one", &[("a", 0.6)]), factor("other", &[("a", 0.8)])];
    assert!(Correlation::new(just).is_ok());
}

/// A gate's time from a curve of announcements, in a scenario.
fn with_slips(tail: f64) -> (Scenario, [Handle; 2]) {
    let mut scenario = zoo::scenario();
    let observations = vec![
        Observation::At(-2.0),
        Observation::At(3.0),
        Observation::At(9.0),
        Observation::After(14.0),
        Observation::After(30.0),
    ];
    let curve = Curve::fit(&observations).unwrap().value;
    let hazard = quantity(&mut scenario, "slips.launch.tail.hazard", tail);
    let handles = ["gates.one.lead_time", "gates.two.lead_time"].map(|name| {
        let handle = quantity(&mut scenario, name, 0.0);
        scenario.quantities[handle.index()].distribution = Distribution::Slip(SlipTime {
            of: "launch".to_owned(),
            kind: Promise::Dated,
            after: 6.0,
            curve: Arc::new(curve.clone()),
            tail: Tail::Hazard(tail),
        });
        handle
    });
    scenario.slips.push(Slip {
        id: "launch".to_owned(),
        title: String::new(),
        tail: SlipTail::Hazard(hazard),
        curves: vec![SlipCurve {
            kind: Promise::Dated,
            statements: 3,
            chains: (1..=5).map(|n| format!("chain_{n}")).collect(),
            observations,
            curve,
        }],
    });
    (scenario, handles)
}

/// Two gates read one curve: the doubt about it is common to both, their luck is not; the centre is the estimate's median.
#[test]
fn slips_share_the_doubt_about_their_curve() {
    let (scenario, [one, two]) = with_slips(0.05);
    assert_eq!(scenario.central_values()[&one], 6.0 + 9.0);
    let (first, second) = (drawn(&scenario, &one), drawn(&scenario, &two));
    let beyond = |values: &[f64]| -> Vec<f64> {
        values
            .iter()
            .map(|x| f64::from(u8::from(*x > 9.0)))
            .collect()
    };
    let (late_first, late_second) = (beyond(&first), beyond(&second));
    let found = correlation(&late_first, &late_second);
    let error = 1.0 / (DRAWS as f64).sqrt();
    assert!(found > STANDARD_ERRORS * error, "{found}");
    assert!(found < 0.9, "{found}");
    assert!(
        first
            .iter()
            .chain(&second)
            .all(|x| (0.0..=NEVER).contains(x))
    );
}

/// An uncertain hazard of the tail is drawn too: what is drawn is read, not its centre.
#[test]
fn the_tail_takes_the_drawn_hazard() {
    let (mut scenario, [one, _]) = with_slips(0.05);
    let hazard = scenario
        .quantities
        .iter()
        .position(|quantity| quantity.name == "slips.launch.tail.hazard")
        .unwrap();
    let before = drawn(&scenario, &one);
    scenario.quantities[hazard].distribution = Distribution::Uniform {
        low: 0.01,
        high: 0.02,
    };
    let after = drawn(&scenario, &one);
    for (before, after) in before.iter().zip(&after) {
        // The last record ends at month 30.
        if *before > 36.0 {
            assert!(after > before, "{before} {after}");
        } else {
            assert_eq!(after, before);
        }
    }
    assert!(before.iter().any(|x| *x > 36.0));
}
