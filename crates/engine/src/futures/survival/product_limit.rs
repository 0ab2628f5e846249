//! The product-limit estimate for exact times and times censored from the right, with Greenwood's variance.

use super::{Curve, Observation, Step, end};

/// Kaplan & Meier (1958); who is censored at the time of an event was still open then.
///
/// `S(t) = Π_{t_j ≤ t} (1 − d_j/n_j)`, `Var S = S² Σ_{t_j ≤ t} d_j / (n_j (n_j − d_j))`.
pub(super) fn fit(records: &[Observation]) -> Curve {
    let mut times: Vec<(f64, bool)> = records
        .iter()
        .map(|record| match *record {
            Observation::After(time) => (time, false),
            Observation::At(time) | Observation::Between(_, time) => (time, true),
        })
        .collect();
    // Events before censorings of the same time.
    times.sort_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)));
    let mut steps: Vec<Step> = Vec::new();
    let (mut survival, mut greenwood) = (1.0, 0.0);
    let mut at = 0;
    while at < times.len() {
        let (time, is_event) = times[at];
        let same = times[at..]
            .iter()
            .take_while(|other| **other == (time, is_event))
            .count();
        if is_event {
            let (n, d) = ((times.len() - at) as f64, same as f64);
            survival *= (n - d) / n; // [eq:survival]
            let deviation = if d < n {
                greenwood += d / (n * (n - d)); // [eq:greenwood]
                survival * libm::sqrt(greenwood)
            } else {
                0.0
            };
            steps.push(Step {
                from: time,
                to: time,
                at_risk: n,
                events: d,
                survival,
                deviation,
            });
        }
        at += same;
    }
    Curve {
        records: records.len(),
        steps,
        end: end(records),
    }
}
