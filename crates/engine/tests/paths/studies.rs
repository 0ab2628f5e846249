//! Studies along a plan: what they cost, when they tell, and how well what they tell is known.

use super::scenario;
use super::truth::{at, calibrated};
use crate::zoo::{self, runs};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::normal;
use beachhead_engine::plan::expression::{Binary, Expression, Observable};
use beachhead_engine::scenario::{Action, ComplementSignal, Learning, Scenario, StudySignal};

/// Another order of the same operations.
const IDENTITY: f64 = 1e-12;
/// Standard errors that a Monte Carlo result may be off.
const STANDARD_ERRORS: f64 = 4.0;
/// Kolmogorov's distribution: √n times the largest distance is above this in one of a thousand samples.
const KOLMOGOROV_ONE_IN_THOUSAND: f64 = 1.95;
/// σ_s of the studies.
const NOISE: f64 = 0.5;
/// Money that each costs.
const COST: f64 = 3e5;
/// The month at whose end the study that begins in month 1 and takes two and a half ends.
const FIRST_ENDS: usize = 3;
/// The same of the one that begins in month 5 and takes six.
const SECOND_ENDS: usize = 10;

/// The zoo, whose plan studies twice; with complements' signals beside the studies' or without.
fn studying(with_complements: bool) -> Scenario {
    let mut scenario = scenario();
    scenario.months = 12;
    let z = zoo::quantity(&mut scenario, "acme.appeal_z", 0.0);
    let complements = with_complements.then(|| ComplementSignal {
        relation: zoo::quantity(&mut scenario, "relation", 0.6),
        spread: zoo::quantity(&mut scenario, "spread", 0.4),
        gain: zoo::quantity(&mut scenario, "gain", 1.2),
        noise: zoo::quantity(&mut scenario, "noise", 0.5),
        appeal_z: zoo::quantity(&mut scenario, "complements.z", 0.0),
    });
    let noise = zoo::quantity(&mut scenario, "studies.noise", NOISE);
    let entrant = &mut scenario.entrants[0];
    entrant.appeal_z = Some(z);
    entrant.learning = Some(Learning {
        complements,
        reviews: None,
        studies: Some(StudySignal { noise }),
    });
    let mut plan = zoo::plan("study", 1.0, vec![study(&mut scenario, "first", 2.5)]);
    let more = study(&mut scenario, "second", 6.0);
    let month = |month| runs::at_least(Observable::Month, month);
    plan.steps.push(runs::step("more", month(5.0), vec![more]));
    if with_complements {
        let accessories = vec![runs::launch(&[8]), runs::open(&[zoo::STORE])];
        plan.steps
            .push(runs::step("accessories", month(2.0), accessories));
    }
    scenario.plans = vec![plan];
    scenario
}

fn study(scenario: &mut Scenario, name: &str, months: f64) -> Action {
    Action::Study {
        amount: zoo::quantity(scenario, &format!("{name}.cost"), COST),
        months: zoo::quantity(scenario, &format!("{name}.months"), months),
        entrant: 0,
    }
}

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= IDENTITY * expected.abs().max(1.0),
        "{found} {expected}"
    );
}

/// Paid when it begins, told when it ends; each result with its own address, in closed form.
#[test]
fn a_study_costs_at_its_beginning_and_tells_at_its_end() {
    let scenario = studying(false);
    let central = calibrated(&scenario);
    let appeal = &central.appeal[0];
    let (prior, sd) = (appeal.mean, appeal.sd);
    let address = Address::new(5, 7);
    let z = 0.8;
    let record = at(&scenario, &central, (z, 0.0), Some(address));
    let entrant = &record.entrants[0];
    let paid: Vec<f64> = entrant.settlements.clone();
    let expected: Vec<f64> = (1..=scenario.months)
        .map(|month| if month == 1 || month == 5 { COST } else { 0.0 })
        .collect();
    assert_eq!(paid, expected);
    let name = format!("learning.{}.studies", appeal.brand);
    let truth = prior + sd * z;
    let result = |number| truth + NOISE * normal::quantile(address.uniform_at(&name, number));
    let after = |results: &[f64]| {
        let (own, each) = (sd.powi(-2), NOISE.powi(-2));
        let weight = own + each * results.len() as f64;
        let mean = (own * prior + each * results.iter().sum::<f64>()) / weight;
        (mean, weight.sqrt().recip())
    };
    for month in 1..=scenario.months {
        let (mean, sd) = match month {
            _ if month < FIRST_ENDS => (prior, sd),
            _ if month < SECOND_ENDS => after(&[result(0)]),
            _ => after(&[result(0), result(1)]),
        };
        close(entrant.belief_mean[month - 1], mean);
        close(entrant.belief_sd[month - 1], sd);
    }
    assert!((result(0) - result(1)).abs() > IDENTITY, "two results");
}

/// A central run has no luck: the result is the truth at its mean, and only the doubt shrinks.
#[test]
fn without_luck_a_study_confirms_what_was_believed() {
    let scenario = studying(true);
    let central = calibrated(&scenario);
    let record = at(&scenario, &central, (0.0, 0.0), None);
    let entrant = &record.entrants[0];
    let mean = central.appeal[0].mean;
    assert!(entrant.belief_mean.iter().all(|&found| found == mean));
    assert!(entrant.belief_sd[FIRST_ENDS - 1] < entrant.belief_sd[FIRST_ENDS - 2]);
}

/// Nothing but money and what is known: sales are those of a plan that pays as much for anything else.
#[test]
fn a_study_changes_nothing_else() {
    let scenario = studying(true);
    let central = calibrated(&scenario);
    let address = Some(Address::new(2, 3));
    let mut deaf = scenario.clone();
    deaf.entrants[0].learning = None;
    let (with, without) = (
        at(&scenario, &central, (0.4, 0.0), address),
        at(&deaf, &central, (0.4, 0.0), address),
    );
    assert_eq!(with.entrants[0].units, without.entrants[0].units);
    assert_eq!(
        with.entrants[0].settlements,
        without.entrants[0].settlements
    );
    assert!(without.entrants[0].belief_mean.is_empty());
}

/// Over draws, beside signals of complements: (truth − mean)/sd is standard normal, and nobody can foresee the next belief.
#[test]
fn beliefs_after_studies_are_calibrated_and_a_martingale() {
    const DRAWS: usize = 600;
    for with_complements in [false, true] {
        let scenario = studying(with_complements);
        let central = calibrated(&scenario);
        let prior = central.appeal[0].mean;
        let (mut errors, mut changes, mut slopes) = (Vec::new(), Vec::new(), Vec::new());
        for draw in 0..DRAWS {
            let address = Address::new(4, draw as u64);
            let normal = |name: &str| normal::quantile(address.uniform(name));
            let z = normal("z");
            let record = at(&scenario, &central, (z, normal("own")), Some(address));
            let entrant = &record.entrants[0];
            let (mean, sd) = (entrant.belief_mean[11], entrant.belief_sd[11]);
            let truth = prior + central.appeal[0].sd * z;
            errors.push((truth - mean) / sd);
            changes.push(mean - entrant.belief_mean[FIRST_ENDS]);
            slopes.push((truth - mean) * (mean - prior));
        }
        is_standard_normal(&mut errors);
        for values in [changes, slopes] {
            let count = DRAWS as f64;
            let mean = values.iter().sum::<f64>() / count;
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            let error = (squares / (count - 1.0) / count).sqrt();
            assert!(
                error > 0.0 && mean.abs() < STANDARD_ERRORS * error,
                "{mean} ± {error}"
            );
        }
    }
}

fn is_standard_normal(errors: &mut [f64]) {
    errors.sort_by(f64::total_cmp);
    let count = errors.len() as f64;
    let distance = errors.iter().enumerate().map(|(k, error)| {
        let found = normal::cdf(*error);
        (found - k as f64 / count)
            .abs()
            .max((found - (k + 1) as f64 / count).abs())
    });
    let distance = distance.fold(0.0, f64::max);
    assert!(
        distance * count.sqrt() < KOLMOGOROV_ONE_IN_THOUSAND,
        "{distance}"
    );
}

/// A step waits for the result, and goes on only where it is good; the plan never knows before the study has ended.
#[test]
fn a_step_decides_by_what_a_study_says() {
    let mut scenario = studying(false);
    let done = runs::at_least(Observable::StudiesDone(0), 1.0);
    let good = runs::compare(Binary::Greater, Observable::BeliefChange(0), 0.0);
    let when = Expression::Binary(Binary::And, Box::new(done), Box::new(good));
    let enter = vec![runs::launch(&[6, 7]), runs::open(&[zoo::RETAIL])];
    scenario.plans[0]
        .steps
        .push(runs::step("enter", when, enter));
    let central = calibrated(&scenario);
    let prior = central.appeal[0].mean;
    let mut entered = [0; 2];
    for draw in 0..20 {
        let z = if draw % 2 == 0 { 1.5 } else { -1.5 };
        let record = at(&scenario, &central, (z, 0.0), Some(Address::new(9, draw)));
        let known = &record.entrants[0].belief_mean;
        let first = (FIRST_ENDS..scenario.months).find(|&month| known[month - 1] > prior);
        assert_eq!(record.steps_fired[2], first.map(|month| month + 1));
        entered[usize::from(z < 0.0)] += usize::from(first.is_some());
    }
    assert!(entered[0] > 8 && entered[1] < 4, "{entered:?}");
}
