//! Statistics over draws: means, quantiles, the worst tenth, paired differences.

use beachhead_engine::numerics::normal;

/// An estimate with its Monte Carlo standard error, `None` from a single draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) se: Option<f64>,
}

/// Mean of a column, summed in its order; `None` of nothing.
///
/// The first value is the origin of the sum, so that equal values have exactly that mean and no variance.
pub(super) fn mean(column: &[f64]) -> Option<Estimate> {
    let origin = *column.first()?;
    let count = column.len() as f64;
    let value = origin + column.iter().map(|x| x - origin).sum::<f64>() / count;
    let squares: f64 = column.iter().map(|x| (x - value) * (x - value)).sum();
    let se = (column.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt());
    Some(Estimate { value, se })
}

/// Quantile of type 7 (Hyndman & Fan 1996) of `count` draws of which `sorted` have a value, the others
/// standing behind them all; `None` where it falls among these.
pub(super) fn quantile(sorted: &[f64], count: usize, p: f64) -> Option<f64> {
    let place = p * (count.checked_sub(1)?) as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let part = place - place.floor();
    if part == 0.0 {
        return Some(below);
    }
    let above = *sorted.get(place.floor() as usize + 1)?;
    Some(below + part * (above - below))
}

/// Mean of the worst ⌈n/10⌉ of sorted draws, with the standard error of its influence function
/// (Trindade, Uryasev, Shapiro & Zrazhevsky 2007).
pub(super) fn worst_tenth(sorted: &[f64]) -> Option<Estimate> {
    let worst = sorted.len().div_ceil(10);
    let tail = mean(sorted.get(..worst)?)?;
    let threshold = *sorted.get(worst.checked_sub(1)?)?;
    let share = worst as f64 / sorted.len() as f64;
    let influence: Vec<f64> = sorted
        .iter()
        .map(|x| threshold + (x - threshold).min(0.0) / share)
        .collect();
    Some(Estimate {
        value: tail.value,
        se: mean(&influence)?.se,
    })
}

/// A paired difference of two plans, by their positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PairDifference {
    pub(super) plan: usize,
    pub(super) against: usize,
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) tied: bool,
}

/// Differences of every pair of plans, draw by draw, with intervals that hold together at `level`
/// (Dunn 1961: the probability of missing is shared among the pairs). Nothing from a single draw.
pub(super) fn all_pairs(columns: &[&[f64]], level: f64, indifference: f64) -> Vec<PairDifference> {
    let pairs = columns.len() * columns.len().saturating_sub(1) / 2;
    let critical = normal::quantile(1.0 - (1.0 - level) / (2.0 * pairs.max(1) as f64));
    let mut list = Vec::with_capacity(pairs);
    for (plan, own) in columns.iter().enumerate() {
        for (against, other) in columns.iter().enumerate().skip(plan + 1) {
            let difference: Vec<f64> = own.iter().zip(*other).map(|(a, b)| a - b).collect();
            let Some(Estimate {
                value,
                se: Some(se),
            }) = mean(&difference)
            else {
                continue;
            };
            let (low, high) = (value - critical * se, value + critical * se);
            list.push(PairDifference {
                plan,
                against,
                mean: value,
                low,
                high,
                tied: !(low > indifference || high < -indifference),
            });
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of a few numbers in another order.
    const ROUNDING: f64 = 1e-12;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() <= ROUNDING * b.abs().max(1.0))
    }

    #[test]
    fn quantiles_of_type_7() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, value) in [
            (0.0, 1.0),
            (0.25, 1.75),
            (0.5, 3.0),
            (0.95, 7.4),
            (1.0, 8.0),
        ] {
            assert!(close(quantile(&sorted, 4, p), value), "{p}");
        }
        assert!(close(quantile(&[7.0], 1, 0.05), 7.0));
        assert_eq!(quantile(&[], 0, 0.5), None);
        // Of five draws one has no value: it stands last.
        assert!(close(quantile(&sorted, 5, 0.75), 8.0));
        assert_eq!(quantile(&sorted, 5, 0.8), None);
    }

    #[test]
    fn means_and_tails() {
        let estimate = mean(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert!(close(Some(estimate.value), 3.0));
        assert!(close(estimate.se, (14.0_f64 / 3.0 / 4.0).sqrt()));
        assert_eq!(mean(&[3.0]).unwrap().se, None);
        assert_eq!(mean(&[]), None);
        let (value, se) = (0.1 + 0.2, Some(0.0));
        assert_eq!(mean(&[value; 1000]), Some(Estimate { value, se }));
        let sorted: Vec<f64> = (0..25).map(f64::from).collect();
        assert!(close(worst_tenth(&sorted).map(|e| e.value), 1.0));
        assert!(close(worst_tenth(&[5.0, 6.0]).map(|e| e.value), 5.0));
        assert_eq!(worst_tenth(&[]), None);
    }

    #[test]
    fn equal_plans_are_tied_and_better_ones_are_not() {
        let first: Vec<f64> = (0..50).map(|n| f64::from(n % 7)).collect();
        let better: Vec<f64> = first.iter().map(|x| x + 1.0).collect();
        let pairs = all_pairs(&[&first, &first.clone(), &better], 0.95, 0.0);
        assert_eq!(pairs.len(), 3);
        assert!(pairs[0].tied && pairs[0].low == 0.0 && pairs[0].high == 0.0);
        assert!(!pairs[1].tied && close(Some(pairs[1].mean), -1.0));
        assert!(all_pairs(&[&first, &better], 0.95, 2.0)[0].tied);
        assert!(all_pairs(&[&first[..1], &better[..1]], 0.95, 0.0).is_empty());
    }
}
