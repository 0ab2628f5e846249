//! Curves of times against published tables and closed forms; doubt, tails and draws from them.

use beachhead_engine::futures::survival::{BAND_QUANTILE, Curve, NEVER, Observation, Tail};
use beachhead_engine::futures::{Address, slip};
use beachhead_engine::numerics::normal;
use proptest::prelude::*;
use std::sync::Arc;

/// Half a unit of the fourth printed digit.
const FOUR_DIGITS: f64 = 0.5e-4;
/// Half a unit of the third printed digit.
const THREE_DIGITS: f64 = 0.5e-3;
/// The same mathematics computed another way.
const SAME_MATHEMATICS: f64 = 1e-12;
/// The iteration's own tolerance, as it shows in shares.
const ITERATION: f64 = 1e-8;
/// Standard errors that a Monte Carlo share may be off.
const STANDARD_ERRORS: f64 = 5.0;

use Observation::{After, At, Between};

fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: found {found}, expected {expected}"
    );
}

/// Remission in weeks under 6-mercaptopurine, 21 children (Freireich et al. 1963, Blood 21, 699–716).
fn remission() -> Vec<Observation> {
    let relapsed = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
    let censored = [
        6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0,
    ];
    let censored = censored.into_iter().map(After);
    censored.chain(relapsed.into_iter().map(At)).collect()
}

/// Klein & Moeschberger (2003), *Survival Analysis*, table 4.1: estimate and Greenwood's standard error, four digits.
///
/// By hand: 18/21 = 0.857143; × 16/17 = 0.806723; × 14/15 = 0.752941; × 11/12 = 0.690196; × 10/11 = 0.627451; × 6/7 = 0.537815;
/// × 5/6 = 0.448179. Greenwood at 6: 0.857143·√(3/(21·18)) = 0.076360; at 7: 0.806723·√(3/378 + 1/(17·16)) = 0.086935.
#[test]
fn product_limit_and_greenwood_are_the_published_ones() {
    let published = [
        (6.0, 21.0, 3.0, 0.8571, 0.0764),
        (7.0, 17.0, 1.0, 0.8067, 0.0869),
        (10.0, 15.0, 1.0, 0.7529, 0.0963),
        (13.0, 12.0, 1.0, 0.6902, 0.1068),
        (16.0, 11.0, 1.0, 0.6275, 0.1141),
        (22.0, 7.0, 1.0, 0.5378, 0.1282),
        (23.0, 6.0, 1.0, 0.4482, 0.1346),
    ];
    let curve = Curve::fit(&remission()).unwrap().value;
    assert_eq!(curve.steps.len(), published.len());
    for (step, (time, at_risk, events, survival, error)) in curve.steps.iter().zip(published) {
        assert_eq!(
            (step.to, step.at_risk, step.events),
            (time, at_risk, events)
        );
        near("S", step.survival, survival, FOUR_DIGITS);
        near("standard error", step.deviation, error, FOUR_DIGITS);
    }
    assert_eq!((curve.records, curve.end), (21, 35.0));
    let by_hand =
        18.0 / 21.0 * 16.0 / 17.0 * 14.0 / 15.0 * 11.0 / 12.0 * 10.0 / 11.0 * 6.0 / 7.0 * 5.0 / 6.0;
    near("S(23)", curve.left(), by_hand, SAME_MATHEMATICS);
}

/// The 95 % band on the scale of ln(−ln S), as Stata's `sts list` prints it for these data.
#[test]
fn band_is_the_published_one() {
    let published = [
        (0.6197, 0.9516),
        (0.5631, 0.9228),
        (0.5032, 0.8894),
        (0.4316, 0.8491),
        (0.3675, 0.8049),
        (0.2678, 0.7468),
        (0.1881, 0.6801),
    ];
    let curve = Curve::fit(&remission()).unwrap().value;
    for (step, (low, high)) in curve.steps.iter().zip(published) {
        near("low", step.at_band(-BAND_QUANTILE), low, FOUR_DIGITS);
        near("high", step.at_band(BAND_QUANTILE), high, FOUR_DIGITS);
    }
    near(
        "quantile",
        normal::quantile(0.975),
        BAND_QUANTILE,
        SAME_MATHEMATICS,
    );
}

/// Months to cosmetic deterioration after radiotherapy, 46 women (Finkelstein & Wolfe 1985, Biometrics 41, 933–945, table 4).
fn cosmesis() -> Vec<Observation> {
    let between = [
        (0, 7),
        (0, 8),
        (0, 5),
        (4, 11),
        (5, 12),
        (5, 11),
        (6, 10),
        (7, 16),
        (7, 14),
        (11, 15),
        (11, 18),
        (17, 25),
        (17, 25),
        (19, 35),
        (18, 26),
        (25, 37),
        (26, 40),
        (27, 34),
        (36, 44),
        (36, 48),
        (37, 44),
    ];
    let after = [
        15, 17, 18, 22, 24, 24, 32, 33, 34, 36, 36, 37, 37, 37, 38, 40, 45, 46, 46, 46, 46, 46, 46,
        46, 46,
    ];
    let between = between.map(|(from, to)| Between(from.into(), to.into()));
    let after = after.map(|time| After(time.into()));
    between.into_iter().chain(after).collect()
}

/// Fay & Shaw (2010), Journal of Statistical Software 36(2): the masses that `icfit` prints for these data, four digits. Klein &
/// Moeschberger (2003), example 5.2, print the same shares to three: 0.954, 0.920, 0.832, 0.761, 0.668, 0.586.
#[test]
fn turnbull_is_the_published_one() {
    let published = [
        (4.0, 5.0, 0.0463),
        (6.0, 7.0, 0.0334),
        (7.0, 8.0, 0.0887),
        (11.0, 12.0, 0.0708),
        (24.0, 25.0, 0.0926),
        (33.0, 34.0, 0.0818),
        (38.0, 40.0, 0.1209),
        (46.0, 48.0, 0.4656),
    ];
    let fitted = Curve::fit(&cosmesis()).unwrap();
    assert!(fitted.converged(), "{fitted:?}");
    assert_eq!(fitted.value.steps.len(), published.len());
    let mut before = 1.0;
    for (step, (from, to, mass)) in fitted.value.steps.iter().zip(published) {
        assert_eq!((step.from, step.to), (from, to));
        near("mass", before - step.survival, mass, FOUR_DIGITS);
        before = step.survival;
    }
}

/// Three overlapping intervals, worked out by hand.
#[test]
fn turnbull_meets_a_closed_form() {
    // Innermost intervals: (1, 2] and (2, 3] (the right end 3 closes what begins after 2). Masses p and 1 − p.
    // Likelihood of (0, 2]: p; of (1, 3]: p + q = 1; of (2, 4]: q. Maximum of p·q: one half each.
    let fitted = Curve::fit(&[Between(0.0, 2.0), Between(1.0, 3.0), Between(2.0, 4.0)]).unwrap();
    let steps = &fitted.value.steps;
    assert_eq!(
        steps.iter().map(|s| (s.from, s.to)).collect::<Vec<_>>(),
        [(1.0, 2.0), (2.0, 3.0)]
    );
    near("S", steps[0].survival, 0.5, ITERATION);
    assert_eq!(steps[1].survival, 0.0);
    // Information of p: 1/p² + 1/q² = 8, so a deviation of √(1/8).
    near("deviation", steps[0].deviation, 0.125_f64.sqrt(), ITERATION);
}

#[test]
fn the_iteration_reproduces_the_closed_form_and_greenwood() {
    let exact = Curve::fit(&remission()).unwrap().value;
    let iterated = Curve::fit_by_iteration(&remission()).unwrap();
    assert!(iterated.converged());
    assert_eq!(exact.steps.len(), iterated.value.steps.len());
    for (one, other) in exact.steps.iter().zip(&iterated.value.steps) {
        assert_eq!((one.from, one.to), (other.from, other.to));
        near("S", other.survival, one.survival, ITERATION);
        near("deviation", other.deviation, one.deviation, ITERATION);
        near("at risk", other.at_risk, one.at_risk, ITERATION * 21.0);
        near("events", other.events, one.events, ITERATION * 21.0);
    }
}

/// An interval that shrinks around a time becomes that time.
#[test]
fn narrow_intervals_are_exact_times() {
    let times = [3.0, 5.0, 5.0, 8.0];
    let mut exact: Vec<Observation> = times.map(At).to_vec();
    exact.push(After(6.0));
    let mut narrow: Vec<Observation> = times.map(|t| Between(t - 1e-6, t)).to_vec();
    narrow.push(After(6.0));
    let one = Curve::fit(&exact).unwrap().value;
    let other = Curve::fit(&narrow).unwrap().value;
    assert_eq!(one.steps.len(), other.steps.len());
    for (one, other) in one.steps.iter().zip(&other.steps) {
        near("S", other.survival, one.survival, ITERATION);
        near("deviation", other.deviation, one.deviation, ITERATION);
    }
}

#[test]
fn tails_in_closed_form() {
    // One record that had not happened by month 10: all mass is in the tail.
    let curve = Curve::fit(&[After(10.0)]).unwrap().value;
    assert_eq!((curve.steps.len(), curve.left()), (0, 1.0));
    for u in [0.001, 0.3, 0.5, 0.9, 0.999] {
        assert_eq!(curve.quantile(u, 0.0, Tail::Never), NEVER);
        assert_eq!(curve.quantile(u, 0.0, Tail::Hazard(0.0)), NEVER);
        assert_eq!(curve.quantile(u, 0.0, Tail::Hazard(1.0)), 10.0);
        let time = curve.quantile(u, 1.5, Tail::Hazard(0.03));
        // P(T > t) = 0.97^(t − 10).
        near("u", 1.0 - 0.97_f64.powf(time - 10.0), u, SAME_MATHEMATICS);
    }
    // Half happens at 2, the other half from month 8 on.
    let curve = Curve::fit(&[At(2.0), After(8.0)]).unwrap().value;
    assert_eq!(curve.quantile(0.5, 0.0, Tail::Never), 2.0);
    assert_eq!(curve.quantile(0.501, 0.0, Tail::Never), NEVER);
    let time = curve.quantile(0.75, 0.0, Tail::Hazard(0.1));
    near(
        "half of a half",
        0.9_f64.powf(time - 8.0),
        0.5,
        SAME_MATHEMATICS,
    );
    assert!(curve.quantile(1.0 - 1e-15, 0.0, Tail::Hazard(1e-9)) <= NEVER);
}

/// A draw takes the doubt from one normal and inverts the curve that it gives: the share of draws beyond a time is the mean of the
/// shares over the doubt, and lies in the 95 % band.
#[test]
fn draws_follow_the_doubtful_curve() {
    const DRAWS: u32 = 20_000;
    for records in [remission(), cosmesis()] {
        let curve = Curve::fit(&records).unwrap().value;
        let drawn: Vec<f64> = (0..DRAWS)
            .map(|draw| {
                let address = Address::new(7, draw.into());
                let band = normal::quantile(address.uniform("band"));
                curve.quantile(address.uniform("time"), band, Tail::Never)
            })
            .collect();
        let count = f64::from(DRAWS);
        for (at, step) in curve.steps.iter().enumerate() {
            let beyond = drawn.iter().filter(|time| **time > step.to).count() as f64 / count;
            let expected = (0..4000)
                .map(|cell| {
                    let u = (f64::from(cell) + 0.5) / 4000.0;
                    curve.survival_at(normal::quantile(u))[at]
                })
                .sum::<f64>()
                / 4000.0;
            let error = (expected * (1.0 - expected) / count).sqrt();
            near(
                "beyond",
                beyond,
                expected,
                STANDARD_ERRORS * error + THREE_DIGITS,
            );
            let (low, high) = (step.at_band(-BAND_QUANTILE), step.at_band(BAND_QUANTILE));
            assert!(beyond >= low && beyond <= high, "{low} {beyond} {high}");
        }
    }
}

#[test]
fn slips_are_added_to_promises_and_never_negative() {
    let curve = Arc::new(Curve::fit(&[At(-3.0), At(5.0), After(20.0)]).unwrap().value);
    let time = |after: f64| slip::SlipTime {
        of: "launch".into(),
        kind: slip::Promise::Dated,
        after,
        curve: curve.clone(),
        tail: Tail::Never,
    };
    let at = |after: f64, u: f64| time(after).quantile(u, 0.0, Tail::Never);
    assert_eq!(
        [at(12.0, 0.2), at(12.0, 0.5), at(12.0, 0.8)],
        [9.0, 17.0, NEVER]
    );
    assert_eq!(at(1.0, 0.2), 0.0);
    assert_eq!(time(12.0).support(), (9.0, NEVER));
}

#[test]
fn bad_records_are_errors() {
    for records in [
        vec![],
        vec![At(f64::NAN)],
        vec![After(1.0), Between(0.0, f64::INFINITY)],
        vec![Between(2.0, 2.0)],
        vec![Between(3.0, 2.0)],
    ] {
        let message = Curve::fit(&records).unwrap_err().to_string();
        assert!(message.contains("record"), "{message}");
    }
}

fn any_record() -> impl Strategy<Value = Observation> {
    // Few distinct times, so that ends meet.
    (0..3, -6..12_i32, 1..6_i32).prop_map(|(kind, time, length)| match kind {
        0 => At(time.into()),
        1 => After(time.into()),
        _ => Between(time.into(), (time + length).into()),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Any records: the iteration ends, the curve falls from 1 within [0, 1] and is the same in any order.
    #[test]
    fn curves_are_curves(mut records in proptest::collection::vec(any_record(), 1..25)) {
        let fitted = Curve::fit(&records).unwrap();
        prop_assert!(fitted.converged(), "{fitted:?}");
        let curve = &fitted.value;
        let mut last = 1.0;
        for step in &curve.steps {
            prop_assert!(step.survival >= 0.0 && step.survival < last, "{curve:?}");
            prop_assert!(step.deviation.is_finite() && step.at_risk >= step.events - ITERATION);
            last = step.survival;
        }
        records.reverse();
        let reversed = Curve::fit(&records).unwrap().value;
        for (one, other) in curve.steps.iter().zip(&reversed.steps) {
            prop_assert!((one.survival - other.survival).abs() < ITERATION);
        }
    }

    /// Later with a higher uniform, later with a higher band, and between the estimate and the band.
    #[test]
    fn draws_are_monotone(
        records in proptest::collection::vec(any_record(), 1..25),
        u in 0.001_f64..0.999, more in 0.0_f64..0.5, band in -4.0_f64..4.0, higher in 0.0_f64..3.0,
    ) {
        let curve = Curve::fit(&records).unwrap().value;
        let tail = Tail::Hazard(0.02);
        let time = curve.quantile(u, band, tail);
        prop_assert!(curve.quantile((u + more).min(0.9995), band, tail) >= time);
        prop_assert!(curve.quantile(u, band + higher, tail) >= time);
        for (share, step) in curve.survival_at(band).iter().zip(&curve.steps) {
            let (low, high) = (step.survival.min(step.at_band(band)), step.survival.max(step.at_band(band)));
            prop_assert!(*share >= low - SAME_MATHEMATICS && *share <= high + SAME_MATHEMATICS);
        }
    }
}
