//! Recovery: data made at known parameters, estimated, and how often intervals hold the truth; `dev recovery` does the same for 1,000 seeds.

use beachhead_engine::estimate::{Options, Truth, estimate};
use std::sync::atomic::AtomicBool;

/// Data sets here.
const SETS: u64 = 50;
/// Half width of an interval of 95 %, in standard errors.
const NORMAL_95: f64 = 1.959_963_984_540_054;
/// Standard errors of a binomial share, and of a mean, that chance may take.
const STANDARD_ERRORS: f64 = 4.0;
/// Coverage that intervals claim.
const CLAIMED: f64 = 0.95;

#[test]
fn intervals_hold_what_made_the_data() {
    let truth = Truth::default();
    let mut held: Vec<(&str, f64, Vec<f64>, u32)> = Vec::new();
    for seed in 1..=SETS {
        let (problem, start) = truth.data(seed).unwrap();
        let options = Options {
            hessian: false,
            ..Options::default()
        };
        let fit = estimate(&problem, &start, &options, &AtomicBool::new(false)).unwrap();
        assert!(fit.diagnosis.troubles.is_empty(), "seed {seed}");
        for (n, (name, value, estimate, error)) in truth.beside(&fit).into_iter().enumerate() {
            if held.len() <= n {
                held.push((name, value, Vec::new(), 0));
            }
            let z = (estimate - value) / error;
            held[n].2.push(estimate);
            held[n].3 += u32::from(z.abs() <= NORMAL_95);
        }
    }
    let lowest = CLAIMED - STANDARD_ERRORS * (CLAIMED * (1.0 - CLAIMED) / SETS as f64).sqrt();
    assert_eq!(held.len(), 6);
    for (name, value, estimates, count) in held {
        let n = estimates.len() as f64;
        let mean = estimates.iter().sum::<f64>() / n;
        let spread = estimates
            .iter()
            .map(|e| (e - mean) * (e - mean))
            .sum::<f64>()
            / (n - 1.0);
        let error = (spread / n).sqrt();
        let share = f64::from(count) / n;
        assert!(share >= lowest, "{name} held in {share} of {SETS}");
        // A bias of one standard deviation of the estimates would be four to seven standard errors of their mean.
        let bias = (mean - value).abs();
        assert!(
            bias <= STANDARD_ERRORS * error,
            "{name}: {mean} against {value}"
        );
    }
}
