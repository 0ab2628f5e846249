//! Ranks, crossings, and bands of a few records.

use beachhead_engine::outcomes::statistics::{
    Crossing, critical_value, order_band, rank_correlation, rises_above_zero, share_band,
};

/// Rounding of a few operations.
const ROUNDING: f64 = 1e-12;
/// Digits of a published number.
const PUBLISHED: f64 = 5e-5;

fn is_near(found: Option<f64>, wanted: f64, tolerance: f64) {
    assert!(
        found.is_some_and(|found| (found - wanted).abs() <= tolerance),
        "{found:?}, wanted {wanted}"
    );
}

#[test]
fn rank_correlation_of_known_columns() {
    // The worked example of hours of television and IQ that textbooks repeat: rho = -29/165.
    let iq = [
        106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0,
    ];
    let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
    is_near(rank_correlation(&iq, &hours), -29.0 / 165.0, ROUNDING);
    // With ties, as R's cor(method = "spearman") gives it: ranks (1, 2.5, 2.5, 4) and (1, 3, 2, 4).
    let ties = rank_correlation(&[1.0, 2.0, 2.0, 3.0], &[10.0, 30.0, 20.0, 40.0]);
    is_near(ties, 0.948_683, PUBLISHED);
}

#[test]
fn only_order_counts() {
    let x = [0.1, 5.0, 2.0, 300.0];
    is_near(rank_correlation(&x, &x.map(f64::exp)), 1.0, ROUNDING);
    is_near(rank_correlation(&x, &x.map(|x| -x)), -1.0, ROUNDING);
    assert_eq!(rank_correlation(&x, &[1.0; 4]), None);
    assert_eq!(rank_correlation(&[1.0], &[1.0]), None);
    assert_eq!(rank_correlation(&x, &x[..3]), None);
}

#[test]
fn a_curve_crosses_where_its_last_rise_does() {
    let x = [0.0, 1.0, 2.0];
    assert_eq!(
        rises_above_zero(&x, &[-1.0, 3.0, 4.0]),
        Some(Crossing::At(0.25))
    );
    assert_eq!(
        rises_above_zero(&x, &[1.0, 2.0, 3.0]),
        Some(Crossing::Above)
    );
    assert_eq!(
        rises_above_zero(&x, &[-3.0, -2.0, -1.0]),
        Some(Crossing::Below)
    );
    assert_eq!(
        rises_above_zero(&x, &[-3.0, 2.0, -1.0]),
        Some(Crossing::Below)
    );
    assert_eq!(
        rises_above_zero(&x, &[5.0, -1.0, 1.0]),
        Some(Crossing::At(1.5))
    );
    for (x, y) in [
        (&[][..], &[][..]),
        (&[0.0, 0.0], &[1.0, 2.0]),
        (&[0.0, 1.0], &[1.0]),
        (&[0.0, 1.0], &[1.0, f64::NAN]),
    ] {
        assert_eq!(rises_above_zero(x, y), None);
    }
}

#[test]
fn a_few_records_cover_a_median_as_coins_fall() {
    // Five records: the median lies outside all of them with probability 2·(1/2)^5.
    let five = [1.0, 2.0, 3.0, 4.0, 5.0];
    let band = order_band(&five, 0.5, 0.9).unwrap();
    assert_eq!((band.low, band.high), (1.0, 5.0));
    is_near(Some(band.coverage), 1.0 - 2.0 * 0.5_f64.powi(5), ROUNDING);
    // A level of 60 % is content with the second and the fourth: 1 − 2·(1 + 5)/32.
    let band = order_band(&five, 0.5, 0.6).unwrap();
    assert_eq!((band.low, band.high), (2.0, 4.0));
    is_near(Some(band.coverage), 0.625, ROUNDING);
    // Too few for the level: what there is, with the probability that it has.
    let band = order_band(&[1.0, 7.0], 0.5, 0.95).unwrap();
    assert_eq!((band.low, band.high), (1.0, 7.0));
    is_near(Some(band.coverage), 0.5, ROUNDING);
    assert!(order_band(&[1.0], 0.5, 0.9).is_none());
    assert!(order_band(&five, 1.0, 0.9).is_none());
}

#[test]
fn few_draws_leave_much_open() {
    // Closed forms of Student's t with one and two degrees of freedom; five from any table.
    let cauchy = (0.475 * std::f64::consts::PI).tan();
    is_near(critical_value(2, 0.95), cauchy, ROUNDING * cauchy * cauchy);
    let two = 0.95 * (2.0 / (1.0 - 0.95 * 0.95_f64)).sqrt();
    is_near(critical_value(3, 0.95), two, ROUNDING * two);
    is_near(critical_value(6, 0.95), 2.5706, PUBLISHED);
    is_near(critical_value(100_000, 0.95), 1.96, PUBLISHED);
    assert_eq!(critical_value(1, 0.95), None);
    assert_eq!(critical_value(5, 1.0), None);
    // Nothing in n: 1 − (tail)^(1/n); all in n is its mirror image; one in ten as published.
    let (low, high) = share_band(0, 24, 0.95).unwrap();
    assert_eq!(low, 0.0);
    is_near(Some(high), 1.0 - 0.025_f64.powf(1.0 / 24.0), ROUNDING);
    let (mirrored, one) = share_band(24, 24, 0.95).unwrap();
    assert_eq!(one, 1.0);
    is_near(Some(mirrored), 1.0 - high, ROUNDING);
    let (low, high) = share_band(1, 10, 0.95).unwrap();
    is_near(Some(low), 0.0025, PUBLISHED);
    is_near(Some(high), 0.4450, PUBLISHED);
    assert_eq!(share_band(0, 0, 0.95), None);
    assert_eq!(share_band(3, 2, 0.95), None);
}
