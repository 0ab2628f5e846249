//! Learning along a plan: what signals do to beliefs, and what they leave alone.

use super::scenario;
use super::truth::{at, calibrated, set};
use crate::zoo::{self, runs};
use beachhead_engine::calibrate::Ground;
use beachhead_engine::futures::{Address, fitting};
use beachhead_engine::numerics::normal;
use beachhead_engine::plan::expression::Observable;
use beachhead_engine::scenario::{ComplementSignal, Learning, Plan, ReviewSignal, Scenario};
use beachhead_engine::simulate::PlanRecord;

/// Another order of the same operations.
const IDENTITY: f64 = 1e-12;
/// Standard errors that a Monte Carlo result may be off.
const STANDARD_ERRORS: f64 = 4.0;
/// Kolmogorov's distribution: √n times the largest distance is above this in one of a thousand samples.
const KOLMOGOROV_ONE_IN_THOUSAND: f64 = 1.95;

const RELATION: f64 = 0.6;
const SPREAD: f64 = 0.4;

struct Signals {
    gain: f64,
    noise: f64,
    reviews: Option<f64>,
}

/// The zoo with learning, and a plan that sells complements in the brand's own store, and the durable too from month 10.
fn learning(signals: &Signals) -> Scenario {
    let mut scenario = scenario();
    scenario.months = 18;
    let z = zoo::quantity(&mut scenario, "acme.appeal_z", 0.0);
    let complements = ComplementSignal {
        relation: zoo::quantity(&mut scenario, "relation", RELATION),
        spread: zoo::quantity(&mut scenario, "spread", SPREAD),
        gain: zoo::quantity(&mut scenario, "gain", signals.gain),
        noise: zoo::quantity(&mut scenario, "noise", signals.noise),
        appeal_z: zoo::quantity(&mut scenario, "complements.z", 0.0),
    };
    let reviews = signals.reviews.map(|share| ReviewSignal {
        noise: zoo::quantity(&mut scenario, "reviews.noise", 2.0),
        share: zoo::quantity(&mut scenario, "reviews.share", share),
    });
    let entrant = &mut scenario.entrants[0];
    entrant.appeal_z = Some(z);
    entrant.learning = Some(Learning {
        complements: Some(complements),
        reviews,
        studies: None,
    });
    scenario.plans = vec![plan()];
    scenario
}

fn plan() -> Plan {
    let accessories = vec![runs::launch(&[8]), runs::open(&[zoo::STORE])];
    let mut plan = zoo::plan("pilot", 3.0, accessories);
    let later = runs::at_least(Observable::Month, 10.0);
    let durables = vec![runs::launch(&[6, 7]), runs::open(&[zoo::RETAIL])];
    plan.steps.push(runs::step("durables", later, durables));
    plan
}

fn without_beliefs(mut record: PlanRecord) -> String {
    for entrant in &mut record.entrants {
        entrant.belief_mean.clear();
        entrant.belief_sd.clear();
    }
    serde_json::to_string(&record).unwrap()
}

const USUAL: Signals = Signals {
    gain: 1.2,
    noise: 0.5,
    reviews: None,
};

#[test]
fn calibration_puts_the_entrant_where_the_draw_says() {
    let scenario = learning(&USUAL);
    let central = calibrated(&scenario);
    let mut values = scenario.central_values();
    set(&scenario, &mut values, (-1.5, 0.0));
    let ground = Ground::new(&scenario, &values, scenario.simulation.types).unwrap();
    let drawn = runs::calibrated(&ground);
    let (a, b) = (&central.appeal[0], &drawn.appeal[0]);
    assert_eq!((a.mean, a.sd, a.drawn), (b.mean, b.sd, a.mean));
    assert_eq!(b.drawn, b.mean - 1.5 * b.sd);
    assert_eq!(drawn.parameters.brand_intercept[zoo::ENTRANT], b.drawn);
    assert!(b.sd > SPREAD);
}

/// A central run has no luck and the truth at its mean: nothing surprises, doubt only shrinks.
#[test]
fn a_central_run_confirms_the_prior() {
    let scenario = learning(&Signals {
        reviews: Some(1e-4),
        ..USUAL
    });
    let central = calibrated(&scenario);
    let record = at(&scenario, &central, (0.0, 0.0), None);
    let entrant = &record.entrants[0];
    assert_eq!(entrant.belief_mean.len(), scenario.months);
    let mean = central.appeal[0].mean;
    assert!(
        entrant
            .belief_mean
            .iter()
            .all(|m| (m - mean).abs() < IDENTITY)
    );
    // Nothing is sold before month 3.
    assert_eq!(entrant.belief_sd[..2], [central.appeal[0].sd; 2]);
    assert!(
        entrant
            .belief_sd
            .windows(2)
            .skip(1)
            .all(|pair| pair[1] < pair[0])
    );
    let mut none = scenario.clone();
    none.entrants[0].learning = None;
    let without = at(&none, &central, (0.0, 0.0), None);
    assert!(without.entrants[0].belief_mean.is_empty());
    assert_eq!(without_beliefs(record), without_beliefs(without));
}

/// γ = 0: the same path to the last bit as without learning, whatever the truth and the noise; beliefs stay at the prior.
#[test]
fn a_gain_of_zero_changes_nothing() {
    let scenario = learning(&Signals { gain: 0.0, ..USUAL });
    let central = calibrated(&scenario);
    let mut none = scenario.clone();
    none.entrants[0].learning = None;
    for draw in 0..3 {
        let address = Some(Address::new(1, draw));
        let truth = (1.3 - draw as f64, 0.7);
        let record = at(&scenario, &central, truth, address);
        let appeal = &central.appeal[0];
        assert!(
            record.entrants[0]
                .belief_mean
                .iter()
                .all(|&m| m == appeal.mean)
        );
        assert!(record.entrants[0].belief_sd.iter().all(|&s| s == appeal.sd));
        let without = at(&none, &central, truth, address);
        assert_eq!(without_beliefs(record), without_beliefs(without));
    }
}

/// Complements sell e^{γx} times what was expected, in the month in which they start.
#[test]
fn complements_sell_as_their_appeal_says() {
    let scenario = learning(&USUAL);
    let central = calibrated(&scenario);
    let truth = (0.8, -0.3);
    let usual = at(&scenario, &central, (0.0, 0.0), None);
    let found = at(&scenario, &central, truth, Some(Address::new(1, 5)));
    let sd = (central.appeal[0].sd.powi(2) - SPREAD * SPREAD).sqrt() / RELATION;
    let together = RELATION * sd / central.appeal[0].sd;
    let x = sd * (together * truth.0 + (1.0 - together * together).sqrt() * truth.1);
    let (a, b) = (
        usual.entrants[0].complement_units[0][2],
        found.entrants[0].complement_units[0][2],
    );
    assert!(a > 0.0);
    assert!(
        (b / a / (USUAL.gain * x).exp() - 1.0).abs() < IDENTITY,
        "{b} {a} {x}"
    );
}

/// Over draws, along whole paths: (truth − mean)/sd is standard normal, and the posterior mean cannot be foreseen.
#[test]
fn beliefs_along_paths_are_calibrated_and_a_martingale() {
    calibrated_and_a_martingale(&learning(&USUAL));
}

/// The same where the firm does not know what complements sell of themselves: a good month may be theirs and not the brand's.
#[test]
fn beliefs_are_calibrated_where_complements_are_uncertain_too() {
    let certain = learning(&USUAL);
    let mut scenario = certain.clone();
    let complement = scenario.complements[0].clone();
    let appeal = fitting::normal(certain.quantities[complement.appeal.index()].centre(), 0.6);
    let rate = certain.quantities[complement.rate.index()].centre();
    let rate = fitting::lognormal(rate, 0.5 * rate);
    scenario.quantities[complement.appeal.index()].distribution = appeal.unwrap();
    scenario.quantities[complement.rate.index()].distribution = rate.unwrap();
    calibrated_and_a_martingale(&scenario);
    let last = |scenario: &Scenario| {
        let record = at(scenario, &calibrated(scenario), (0.0, 0.0), None);
        record.entrants[0].belief_sd[17]
    };
    assert!(last(&scenario) > last(&certain) + IDENTITY);
}

fn calibrated_and_a_martingale(scenario: &Scenario) {
    const DRAWS: usize = 600;
    let central = calibrated(scenario);
    let prior = central.appeal[0].mean;
    let (mut errors, mut changes, mut slopes) = (Vec::new(), Vec::new(), Vec::new());
    for draw in 0..DRAWS {
        let address = Address::new(3, draw as u64);
        let normal = |name: &str| normal::quantile(address.uniform(name));
        let truth = (normal("z"), normal("own"));
        let record = at(scenario, &central, truth, Some(address));
        let entrant = &record.entrants[0];
        let (mean, sd) = (entrant.belief_mean[17], entrant.belief_sd[17]);
        let truth = prior + central.appeal[0].sd * truth.0;
        errors.push((truth - mean) / sd);
        changes.push(mean - entrant.belief_mean[5]);
        slopes.push((truth - mean) * (mean - prior));
    }
    errors.sort_by(f64::total_cmp);
    let count = DRAWS as f64;
    let distance = errors
        .iter()
        .enumerate()
        .map(|(k, error)| {
            let found = normal::cdf(*error);
            (found - k as f64 / count)
                .abs()
                .max((found - (k + 1) as f64 / count).abs())
        })
        .fold(0.0, f64::max);
    assert!(
        distance * count.sqrt() < KOLMOGOROV_ONE_IN_THOUSAND,
        "{distance}"
    );
    for values in [changes, slopes] {
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        assert!(
            error > 0.0 && mean.abs() < STANDARD_ERRORS * error,
            "{mean} ± {error}"
        );
    }
}

/// A condition reads the belief at the end of the last month: a step waits for good news.
#[test]
fn a_step_can_wait_for_good_news() {
    let mut scenario = learning(&USUAL);
    let central = calibrated(&scenario);
    let prior = central.appeal[0].mean;
    let good = runs::at_least(Observable::BeliefMean(0), prior + 0.25);
    scenario.plans[0].steps[1].when = good;
    let mut fired = [0, 0];
    for draw in 0..20 {
        let z = if draw % 2 == 0 { 1.5 } else { -1.5 };
        let address = Some(Address::new(9, draw));
        let record = at(&scenario, &central, (z, 0.0), address);
        let first = record.entrants[0]
            .belief_mean
            .iter()
            .position(|&m| m >= prior + 0.25);
        // Position 0 is the end of month 1, which month 2 reads; what is learned in the last month comes too late.
        let expected = first
            .map(|at| at + 2)
            .filter(|&month| month <= scenario.months);
        assert_eq!(record.steps_fired[1], expected);
        fired[usize::from(z < 0.0)] += usize::from(expected.is_some());
    }
    assert!(fired[0] > fired[1] && fired[0] >= 8, "{fired:?}");
    // Another draw's noise, the same truth: another belief; the same address: the same.
    let belief = |draw| {
        let record = at(&scenario, &central, (0.5, 0.5), Some(Address::new(9, draw)));
        record.entrants[0].belief_mean[10]
    };
    assert!(belief(1) != belief(2));
    assert_eq!(belief(1), belief(1));
}
