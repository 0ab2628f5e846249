//! Beliefs about the appeal of a brand: closed forms, calibration, martingale.

use beachhead_engine::futures::Address;
use beachhead_engine::numerics::normal;
use beachhead_engine::plan::belief::{Belief, Relation};

/// Agreement with numbers worked out by hand.
const IDENTITY: f64 = 1e-12;
/// What ten million months leave of the noise of one.
const NEARLY_INFINITE: f64 = 1e-6;
/// Standard errors that a Monte Carlo result may be off.
const STANDARD_ERRORS: f64 = 4.0;
/// Kolmogorov's distribution: √n times the largest distance is above this in one of a thousand samples.
const KOLMOGOROV_ONE_IN_THOUSAND: f64 = 1.95;

const RELATION: Relation = Relation {
    slope: 0.5,
    spread: 0.4,
};
const MEAN: f64 = -0.8;
const SD: f64 = 0.9;
const GAIN: f64 = 1.3;
const NOISE: f64 = 0.7;
const REVIEW_NOISE: f64 = 2.0;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= IDENTITY * expected.abs().max(1.0),
        "{found} {expected}"
    );
}

/// s_acc² = (s_b² − σ_u²)/c1², Cov(b, x) = c1 s_acc², and the normal posterior of one observation.
#[test]
fn one_month_of_complements_in_closed_form() {
    let variance =
        (SD * SD - RELATION.spread * RELATION.spread) / (RELATION.slope * RELATION.slope);
    close(RELATION.complement_sd(SD).powi(2), variance);
    let mut belief = Belief::prior(MEAN, SD, Some(RELATION));
    let y = 0.9;
    belief.see_complements(GAIN, NOISE, y);
    let covariance = GAIN * RELATION.slope * variance;
    let total = GAIN * GAIN * variance + NOISE * NOISE;
    close(belief.appeal_mean(), MEAN + covariance / total * y);
    close(
        belief.appeal_sd(),
        (SD * SD - covariance * covariance / total).sqrt(),
    );
}

/// With a forecast that is wrong in all months alike, months without end tell γ x + a and no more:
/// Var(x) becomes σ_x² σ_a²/(γ² σ_x² + σ_a²).
#[test]
fn a_poor_forecast_is_never_told_from_a_poor_brand() {
    const MONTHS: usize = 10_000_000;
    const WRONG_BY: f64 = 0.6;
    let variance = RELATION.complement_sd(SD).powi(2);
    let prior = Belief::prior(MEAN, SD, Some(RELATION)).with_forecast_error(WRONG_BY);
    let mut once = prior;
    // One observation of so many months' mean.
    once.see_complements(GAIN, NOISE / (MONTHS as f64).sqrt(), 0.4);
    let left = variance * WRONG_BY.powi(2) / (GAIN * GAIN * variance + WRONG_BY.powi(2));
    let explained = RELATION.slope * RELATION.slope * (variance - left);
    let limit = (SD * SD - explained).sqrt();
    assert!((once.appeal_sd() - limit).abs() < NEARLY_INFINITE);
    let mut knows = Belief::prior(MEAN, SD, Some(RELATION));
    knows.see_complements(GAIN, NOISE / (MONTHS as f64).sqrt(), 0.4);
    assert!((knows.appeal_sd() - RELATION.spread).abs() < NEARLY_INFINITE);
    assert_eq!(
        Belief::prior(MEAN, SD, Some(RELATION)).with_forecast_error(0.0),
        Belief::prior(MEAN, SD, Some(RELATION))
    );
}

#[test]
fn reviews_in_closed_form_at_once_or_by_and_by() {
    let mut belief = Belief::prior(MEAN, SD, None);
    belief.see_reviews(8.0, REVIEW_NOISE, 0.3);
    let (prior, data) = ((SD * SD).recip(), 8.0 / (REVIEW_NOISE * REVIEW_NOISE));
    close(
        belief.appeal_mean(),
        (prior * MEAN + data * 0.3) / (prior + data),
    );
    close(belief.appeal_sd(), (prior + data).sqrt().recip());
    // The same reviews in two parts, with the parts' means.
    let mut parts = Belief::prior(MEAN, SD, None);
    parts.see_reviews(2.0, REVIEW_NOISE, 0.6);
    parts.see_reviews(6.0, REVIEW_NOISE, 0.2);
    close(parts.appeal_mean(), belief.appeal_mean());
    close(parts.appeal_sd(), belief.appeal_sd());
}

/// Two studies with the same noise are one with half its variance; one says as much as a review by somebody so well informed.
#[test]
fn studies_in_closed_form() {
    let mut twice = Belief::prior(MEAN, SD, Some(RELATION));
    twice.see_study(NOISE, 0.1);
    twice.see_study(NOISE, -0.5);
    let mut once = Belief::prior(MEAN, SD, Some(RELATION));
    once.see_study(NOISE / 2.0_f64.sqrt(), -0.2);
    let mut reviews = Belief::prior(MEAN, SD, Some(RELATION));
    reviews.see_reviews(2.0, NOISE, -0.2);
    let weight = SD.powi(-2) + 2.0 * NOISE.powi(-2);
    let mean = (SD.powi(-2) * MEAN + 2.0 * NOISE.powi(-2) * -0.2) / weight;
    for belief in [twice, once, reviews] {
        close(belief.appeal_mean(), mean);
        close(belief.appeal_sd(), weight.sqrt().recip());
    }
    // What is learned of the durable says something about complements too: their next month surprises less.
    let mut blank = Belief::prior(MEAN, SD, Some(RELATION));
    let before = blank.appeal_mean();
    blank.see_complements(GAIN, NOISE, 0.5);
    let moved = blank.appeal_mean() - before;
    let before = once.appeal_mean();
    once.see_complements(GAIN, NOISE, 0.5);
    assert!((once.appeal_mean() - before).abs() < moved.abs());
}

#[test]
fn the_order_of_signals_does_not_matter() {
    let mut one = Belief::prior(MEAN, SD, Some(RELATION));
    let mut other = one;
    one.see_complements(GAIN, NOISE, 0.4);
    one.see_reviews(3.0, REVIEW_NOISE, -1.0);
    other.see_reviews(3.0, REVIEW_NOISE, -1.0);
    other.see_complements(GAIN, NOISE, 0.4);
    close(one.appeal_mean(), other.appeal_mean());
    close(one.appeal_sd(), other.appeal_sd());
}

#[test]
fn what_tells_nothing_changes_nothing() {
    let prior = Belief::prior(MEAN, SD, Some(RELATION));
    assert_eq!((prior.appeal_mean(), prior.appeal_sd()), (MEAN, SD));
    let mut belief = prior;
    for month in 0..60 {
        belief.see_complements(0.0, NOISE, f64::from(month) - 30.0);
        belief.see_reviews(0.0, REVIEW_NOISE, 5.0);
    }
    assert_eq!(belief, prior);
    // Where the durable's appeal is all its own, complements know nothing.
    let alone = Relation {
        spread: SD,
        ..RELATION
    };
    let mut belief = Belief::prior(MEAN, SD, Some(alone));
    belief.see_complements(GAIN, NOISE, 2.0);
    assert_eq!(belief, Belief::prior(MEAN, SD, Some(alone)));
    assert_eq!(alone.complement_deviation(SD, 1.0, 1.0), 0.0);
    // A class without any spread leaves no doubt.
    assert_eq!(RELATION.complement_deviation(0.0, 1.0, 1.0), 0.0);
}

/// However long complements are watched, the durable's own part remains: what is left is at least σ_u, and reaches it.
#[test]
fn complements_never_tell_more_than_the_relation_allows() {
    let mut belief = Belief::prior(MEAN, SD, Some(RELATION));
    let mut last = SD;
    for _ in 0..100_000 {
        belief.see_complements(GAIN, NOISE, 0.2);
        let sd = belief.appeal_sd();
        assert!(sd <= last && sd >= RELATION.spread * (1.0 - IDENTITY));
        last = sd;
    }
    assert!(last < RELATION.spread * 1.001);
}

/// One draw: the truth, and the posterior after some months of both signals, with what was believed half-way.
struct Learned {
    truth: f64,
    half_way: f64,
    mean: f64,
    sd: f64,
}

fn learned(draw: u64) -> Learned {
    const MONTHS: u32 = 12;
    let address = Address::new(11, draw);
    let normal = |name: &str, month| normal::quantile(address.uniform_at(name, month));
    let z = normal("z", 0);
    let truth = MEAN + SD * z;
    let deviation = RELATION.complement_deviation(SD, z, normal("own", 0));
    let mut belief = Belief::prior(MEAN, SD, Some(RELATION));
    let mut half_way = 0.0;
    for month in 1..=MONTHS {
        let y = GAIN * deviation + NOISE * normal("complements", month);
        belief.see_complements(GAIN, NOISE, y);
        if month > 9 {
            let count = f64::from(month) / 10.0;
            let noise = REVIEW_NOISE / count.sqrt();
            belief.see_reviews(
                count,
                REVIEW_NOISE,
                truth + noise * normal("reviews", month),
            );
        }
        if month == MONTHS / 2 {
            half_way = belief.appeal_mean();
        }
    }
    Learned {
        truth,
        half_way,
        mean: belief.appeal_mean(),
        sd: belief.appeal_sd(),
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// (truth − posterior mean)/sd is standard normal over draws: Kolmogorov and Smirnov.
#[test]
fn the_posterior_is_calibrated() {
    const DRAWS: u64 = 10_000;
    let mut errors: Vec<f64> = (0..DRAWS)
        .map(learned)
        .map(|l| (l.truth - l.mean) / l.sd)
        .collect();
    errors.sort_by(f64::total_cmp);
    let count = DRAWS as f64;
    let distance = errors.iter().enumerate().map(|(k, error)| {
        let found = normal::cdf(*error);
        (found - k as f64 / count)
            .abs()
            .max((found - (k + 1) as f64 / count).abs())
    });
    let distance = distance.reduce(f64::max).unwrap();
    assert!(
        distance * count.sqrt() < KOLMOGOROV_ONE_IN_THOUSAND,
        "{distance}"
    );
    // The signals told something: this is not the prior.
    assert!(learned(0).sd < 0.7 * SD);
}

/// Nobody can foresee how a belief will change: changes average 0 and do not go with what was believed before, and the truth
/// rises one for one with the posterior mean.
#[test]
fn the_posterior_mean_is_a_martingale() {
    let all: Vec<Learned> = (0..10_000).map(learned).collect();
    let is_zero = |what: &str, values: Vec<f64>| {
        let (mean, error) = mean_and_error(&values);
        assert!(
            mean.abs() < STANDARD_ERRORS * error,
            "{what}: {mean} ± {error}"
        );
    };
    let of = |read: &dyn Fn(&Learned) -> f64| all.iter().map(read).collect::<Vec<f64>>();
    is_zero("first change", of(&|l| l.half_way - MEAN));
    is_zero("second change", of(&|l| l.mean - l.half_way));
    is_zero(
        "second change × first",
        of(&|l| (l.mean - l.half_way) * (l.half_way - MEAN)),
    );
    // The slope of the truth on the posterior mean is 1 where (truth − mean)(mean − prior mean) averages 0.
    is_zero("slope", of(&|l| (l.truth - l.mean) * (l.mean - MEAN)));
    let (spread, _) = mean_and_error(&of(&|l| (l.mean - MEAN) * (l.mean - MEAN)));
    assert!(spread > 0.1 * SD * SD, "beliefs moved: {spread}");
}

/// Leaving out what is the durable's own makes a pilot look better than it is: beliefs are then surer than they are right.
#[test]
fn without_the_durables_own_part_a_pilot_is_overvalued() {
    let naive = Relation {
        spread: 1e-6,
        ..RELATION
    };
    let errors = (0..4000).map(|draw| {
        let address = Address::new(12, draw);
        let normal = |name: &str, month| normal::quantile(address.uniform_at(name, month));
        let z = normal("z", 0);
        let deviation = RELATION.complement_deviation(SD, z, normal("own", 0));
        let mut beliefs = [RELATION, naive].map(|r| Belief::prior(MEAN, SD, Some(r)));
        for month in 1..=24 {
            let y = GAIN * deviation + NOISE * normal("y", month);
            for belief in &mut beliefs {
                belief.see_complements(GAIN, NOISE, y);
            }
        }
        beliefs.map(|b| ((MEAN + SD * z - b.appeal_mean()) / b.appeal_sd()).powi(2))
    });
    let (right, wrong): (Vec<f64>, Vec<f64>) = errors.map(|[a, b]| (a, b)).unzip();
    let (right, error) = mean_and_error(&right);
    assert!((right - 1.0).abs() < STANDARD_ERRORS * error, "{right}");
    assert!(mean_and_error(&wrong).0 > 2.0, "surer than right");
}
