//! Recovery: data made at known parameters, estimated, and how often intervals hold the truth; `dev recovery` does the same for 1,000 seeds.

use beachhead_engine::estimate::{Options, Truth, estimate};
use std::sync::atomic::AtomicBool;

/// Data sets here.
const SETS: u64 = 50;
/// Coverage that intervals claim, and their half width in standard errors. An interval of 50 % can hold too often as well as too seldom.
const CLAIMED: [(f64, f64); 3] = [
    (0.95, 1.959_963_984_540_054),
    (0.90, 1.644_853_626_951_472_2),
    (0.50, 0.674_489_750_196_081_7),
];
/// Standard errors of a binomial share, and of a mean, that chance may take.
const STANDARD_ERRORS: f64 = 3.5;

/// A parameter's name and truth, and by data set its estimate and standard error.
type Studied = (&'static str, f64, Vec<(f64, f64)>);

#[test]
fn intervals_hold_what_made_the_data() {
    let truth = Truth::default();
    let mut held: Vec<Studied> = Vec::new();
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
                held.push((name, value, Vec::new()));
            }
            held[n].2.push((estimate, error));
        }
    }
    assert_eq!(held.len(), 6);
    for (name, value, found) in held {
        let n = found.len() as f64;
        let mean = found.iter().map(|(e, _)| e).sum::<f64>() / n;
        let squares = found.iter().map(|(e, _)| (e - mean) * (e - mean));
        let spread = squares.sum::<f64>() / (n - 1.0);
        let error = (spread / n).sqrt();
        for (claimed, half) in CLAIMED {
            let inside = found
                .iter()
                .filter(|(e, se)| (e - value).abs() <= half * se);
            let share = inside.count() as f64 / n;
            let chance = STANDARD_ERRORS * (claimed * (1.0 - claimed) / n).sqrt();
            assert!(
                (share - claimed).abs() <= chance,
                "{name}: intervals of {claimed} held in {share} of {SETS}"
            );
        }
        // What standard errors say on average is what estimates do; a standard deviation over n data sets is itself known to 1/√(2(n − 1)).
        let said = found.iter().map(|(_, se)| se).sum::<f64>() / n;
        let ratio = said / spread.sqrt();
        let chance = STANDARD_ERRORS / (2.0 * (n - 1.0)).sqrt();
        assert!(
            (ratio - 1.0).abs() <= chance,
            "{name}: standard errors are {ratio} of the spread of estimates"
        );
        // A bias of one standard deviation of the estimates would be four to seven standard errors of their mean.
        let bias = (mean - value).abs();
        assert!(
            bias <= STANDARD_ERRORS * error,
            "{name}: {mean} against {value}"
        );
    }
}
