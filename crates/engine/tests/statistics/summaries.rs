//! Summaries of one column against hand values, published values, and repeated experiments.

use super::{STANDARD_ERRORS, moments, normals};
use beachhead_engine::outcomes::statistics::{
    mean, payback, probability, quantile, quantiles, sorted, worst_tenth, worst_tenth_difference,
};

/// Agreement with numbers worked out by hand.
const IDENTITY: f64 = 1e-12;
/// How far a mean of estimated standard errors may be from the true one in samples of hundreds: their own bias.
const SMALL_SAMPLE: f64 = 0.05;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= IDENTITY * expected.abs().max(1.0),
        "{found} {expected}"
    );
}

/// By hand, h = 4p between two neighbours, as R documents type 7, its default; and what NumPy's `quantile` gives, whose default
/// (`linear`) is type 7 too.
#[test]
fn quantiles_are_type_7() {
    let column = sorted(&[8.0, 1.0, 16.0, 2.0, 4.0]);
    let asked = [0.0, 0.05, 0.25, 0.5, 0.6, 0.9, 1.0];
    let expected = [1.0, 1.2, 2.0, 4.0, 5.6, 12.8, 16.0];
    for (found, expected) in quantiles(&column, &asked).into_iter().zip(expected) {
        close(found, expected);
    }
    // An even number: the median is between the two in the middle.
    close(quantile(&sorted(&[3.0, 1.0, 2.0, 10.0]), 0.5).unwrap(), 2.5);
    close(
        quantile(&sorted(&[3.0, 1.0, 2.0, 10.0]), 0.95).unwrap(),
        8.95,
    );
}

#[test]
fn quantiles_of_one_none_and_equal_numbers() {
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(quantiles(&[], &[0.1, 0.9]), Vec::<f64>::new());
    for p in [0.0, 0.05, 0.5, 1.0] {
        assert_eq!(quantile(&[7.3], p), Some(7.3));
        assert_eq!(quantile(&[0.1; 7], p), Some(0.1));
        assert!(quantile(&[-f64::MAX, f64::MAX], p).unwrap().is_finite());
    }
}

/// Quantiles never cross, and shift and scale with the data.
#[test]
fn quantiles_rise_and_move_with_the_data() {
    let column = sorted(&normals(0, "q", 137));
    let moved: Vec<f64> = column.iter().map(|x| 3.0 + 2.0 * x).collect();
    let mut last = f64::NEG_INFINITY;
    for step in 0..=200 {
        let p = f64::from(step) / 200.0;
        let found = quantile(&column, p).unwrap();
        assert!(found >= last);
        close(quantile(&moved, p).unwrap(), 3.0 + 2.0 * found);
        last = found;
    }
}

#[test]
fn means_and_probabilities_by_hand() {
    assert_eq!(mean(&[]), None);
    assert_eq!(probability([].into_iter()), None);
    assert_eq!(mean(&[4.0]).unwrap().se, None);
    assert_eq!(probability([true].into_iter()).unwrap().se, None);
    let found = mean(&[1.0, 2.0, 3.0, 6.0]).unwrap();
    close(found.mean, 3.0);
    // Variance 14/3, divided by 4.
    close(found.se.unwrap(), (14.0_f64 / 12.0).sqrt());
    // Large and alike: no digits are lost.
    let large = mean(&[1e15, 1e15 + 2.0, 1e15 + 4.0]).unwrap();
    assert_eq!(large.mean, 1e15 + 2.0);
    close(large.se.unwrap(), (4.0_f64 / 3.0).sqrt());
    let held = [true, false, false, true, true];
    let share = probability(held.into_iter()).unwrap();
    let same = mean(&held.map(|held| f64::from(u8::from(held)))).unwrap();
    close(share.mean, 0.6);
    close(share.mean, same.mean);
    close(share.se.unwrap(), same.se.unwrap());
    for certain in [true, false] {
        let found = probability([certain; 9].into_iter()).unwrap();
        assert_eq!(
            (found.mean, found.se),
            (f64::from(u8::from(certain)), Some(0.0))
        );
    }
    assert_eq!(mean(&[0.1; 1000]).unwrap().se, Some(0.0));
}

#[test]
fn the_worst_tenth_by_hand() {
    assert_eq!(worst_tenth(&[]), None);
    let rising = |count: usize| (1..=count).map(|x| x as f64).collect::<Vec<f64>>();
    for (count, expected) in [
        (1, 1.0),
        (9, 1.0),
        (10, 1.0),
        (11, 1.5),
        (30, 2.0),
        (31, 2.5),
    ] {
        let found = worst_tenth(&rising(count)).unwrap();
        close(found.mean, expected);
        assert_eq!(found.se.is_some(), count > 10);
    }
    // Tail 1, 2, 3 of 30: variance inside 1, the edge 1 above the mean: (1 + 0.9)/3.
    close(
        worst_tenth(&rising(30)).unwrap().se.unwrap(),
        (1.9_f64 / 3.0).sqrt(),
    );
}

/// Over repeated experiments the worst tenth of normal draws is where theory puts it, −φ(z)/0.1, and strays as its standard
/// error says.
#[test]
fn the_worst_tenth_strays_as_its_standard_error_says() {
    const REPETITIONS: usize = 2000;
    const DRAWS: usize = 500;
    let found: Vec<_> = (0..REPETITIONS)
        .map(|r| worst_tenth(&sorted(&normals(r, "tail", DRAWS))).unwrap())
        .collect();
    let means: Vec<f64> = found.iter().map(|e| e.mean).collect();
    let errors: Vec<f64> = found.iter().map(|e| e.se.unwrap()).collect();
    let (mean, sd) = moments(&means);
    let expected = moments(&errors).0;
    assert!(
        (expected / sd - 1.0).abs() < SMALL_SAMPLE,
        "{expected} {sd}"
    );
    // E[X | X ≤ q_0.1] of a standard normal.
    let theory = -1.754_983_319;
    assert!(
        (mean - theory).abs() < SMALL_SAMPLE * sd * STANDARD_ERRORS,
        "{mean}"
    );
}

/// The product-limit estimate step by step, as Kaplan & Meier (1958) write it, with everything censored at the horizon.
fn product_limit(months: &[Option<usize>], horizon: usize) -> Option<usize> {
    // A curve that reaches exactly one half reaches it whatever the rounding of its factors.
    const HALF: f64 = 0.5 + 1e-9;
    let mut survival = 1.0;
    for month in 1..=horizon {
        let at_risk = months
            .iter()
            .filter(|m| m.is_none_or(|m| m >= month))
            .count();
        let events = months.iter().filter(|m| **m == Some(month)).count();
        if at_risk > 0 {
            survival *= 1.0 - events as f64 / at_risk as f64;
        }
        if survival <= HALF {
            return Some(month);
        }
    }
    None
}

#[test]
fn payback_is_the_product_limit_median() {
    assert_eq!(payback(&[]), None);
    let found = payback(&[Some(30), None, Some(12), Some(18)]).unwrap();
    assert_eq!(found.median, Some(18));
    close(found.never.mean, 0.25);
    assert_eq!(payback(&[None, Some(5), None]).unwrap().median, None);
    assert_eq!(payback(&[None]).unwrap().median, None);
    assert_eq!(payback(&[Some(1)]).unwrap().median, Some(1));
    for repetition in 0..400 {
        let count = 1 + repetition % 23;
        let months: Vec<Option<usize>> = normals(repetition, "payback", count)
            .into_iter()
            .map(|z| 30.0 + 20.0 * z)
            .map(|m| (1.0..=48.0).contains(&m).then_some(m as usize))
            .collect();
        let found = payback(&months).unwrap();
        assert_eq!(found.median, product_limit(&months, 48), "{months:?}");
    }
}

/// A shift moves the worst tenth by itself, surely; against a column that does not move, the standard error is that of the tail alone.
#[test]
fn a_worst_tenth_is_compared_draw_by_draw() {
    let column = normals(0, "tail", 400);
    let shifted: Vec<f64> = column.iter().map(|x| x + 2.0).collect();
    let moved = worst_tenth_difference(&column, &shifted).unwrap();
    close(moved.mean, 2.0);
    close(moved.se.unwrap(), 0.0);
    let still = vec![3.0; column.len()];
    let alone = worst_tenth(&sorted(&column)).unwrap();
    let against = worst_tenth_difference(&still, &column).unwrap();
    close(against.mean, alone.mean - 3.0);
    let ratio = against.se.unwrap() / alone.se.unwrap();
    assert!((ratio - 1.0).abs() < SMALL_SAMPLE, "{ratio}");
    assert_eq!(worst_tenth_difference(&column, &still[1..]), None);
    assert_eq!(worst_tenth_difference(&[], &[]), None);
    assert_eq!(worst_tenth_difference(&[1.0], &[2.0]).unwrap().se, None);
}
