//! Plans against each other: coverage in repeated experiments, ties, and the better plan.

use super::{STANDARD_ERRORS, moments, normals};
use beachhead_engine::outcomes::statistics::{Comparison, Differences};

/// Agreement with numbers worked out by hand.
const IDENTITY: f64 = 1e-9;

const USUAL: Comparison = Comparison {
    level: 0.95,
    indifference: 0.0,
};

fn references(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

/// Plans in one repetition: what all share, and something of their own with a mean and a spread, (plans, draws).
fn plans(repetition: usize, own: &[(f64, f64)], draws: usize) -> Vec<Vec<f64>> {
    let shared = normals(repetition, "shared", draws);
    own.iter()
        .enumerate()
        .map(|(plan, (mean, spread))| {
            let z = normals(repetition, &format!("own {plan}"), draws);
            let value = |(s, z): (&f64, f64)| 5.0 * s + mean + spread * z;
            shared.iter().zip(z).map(value).collect()
        })
        .collect()
}

/// Two plans: the interval of Student's paired test.
#[test]
fn two_plans_are_students_paired_test() {
    let columns = [vec![3.0, 5.0, 4.0, 8.0], vec![1.0, 4.0, 4.0, 5.0]];
    let found = Differences::all_pairs(&references(&columns), &USUAL);
    // Differences 2, 1, 0, 3: mean 1.5, variance 5/3; t(0.975; 3) = 3.182446305.
    let half = 3.182_446_305_284 * (5.0_f64 / 3.0 / 4.0).sqrt();
    let pair = found.pairs[0];
    assert_eq!((pair.plan, pair.against, found.draws), (0, 1, 4));
    assert!((pair.mean - 1.5).abs() < IDENTITY);
    assert!(
        (pair.high - pair.mean - half).abs() < IDENTITY * half,
        "{pair:?}"
    );
    assert!((pair.mean - pair.low - half).abs() < IDENTITY * half);
    assert!(pair.tied);
}

/// All intervals hold at once in the share of experiments that the level says, with correlated plans of unlike spread.
#[test]
fn intervals_hold_at_once_as_often_as_the_level_says() {
    const REPETITIONS: usize = 600;
    let own = [(1.0, 1.0), (1.5, 0.5), (0.0, 2.0), (2.0, 1.0), (-1.0, 3.0)];
    for (level, draws) in [(0.95, 60), (0.8, 200)] {
        let comparison = Comparison { level, ..USUAL };
        let (mut all, mut single) = (0, 0);
        for repetition in 0..REPETITIONS {
            let columns = plans(repetition, &own, draws);
            let found = Differences::all_pairs(&references(&columns), &comparison);
            let holds = |pair: &&beachhead_engine::outcomes::statistics::PairDifference| {
                let truth = own[pair.plan].0 - own[pair.against].0;
                (pair.low..=pair.high).contains(&truth)
            };
            assert_eq!(found.pairs.len(), 10);
            all += usize::from(found.pairs.iter().all(|pair| holds(&pair)));
            single += found.pairs.iter().filter(holds).count();
        }
        let share = all as f64 / REPETITIONS as f64;
        let error = (level * (1.0 - level) / REPETITIONS as f64).sqrt();
        assert!(
            (share - level).abs() < STANDARD_ERRORS * error,
            "{draws} draws at {level}: {share}"
        );
        // One at a time they hold more often: what simultaneity costs.
        assert!(single as f64 / (10 * REPETITIONS) as f64 > level + STANDARD_ERRORS * error);
    }
}

#[test]
fn identical_plans_are_tied_whatever_else_there_is() {
    for repetition in 0..20 {
        let mut columns = plans(repetition, &[(0.0, 1.0), (3.0, 0.1), (0.0, 1.0)], 40);
        columns.push(columns[0].clone());
        // The same numbers, added up in another order.
        columns.push(
            columns[0]
                .iter()
                .map(|x| (x + 1e3) - 1e3 + x * 1e-16)
                .collect(),
        );
        let found = Differences::all_pairs(&references(&columns), &USUAL);
        let same = found
            .pairs
            .iter()
            .find(|p| (p.plan, p.against) == (0, 3))
            .unwrap();
        assert!(same.tied);
        assert_eq!(
            (same.mean, same.se, same.low, same.high),
            (0.0, 0.0, 0.0, 0.0)
        );
        assert!(
            found
                .pairs
                .iter()
                .all(|p| p.low.is_finite() && p.high.is_finite())
        );
    }
    // All the same, constant or not.
    for column in [normals(0, "x", 30), vec![7.0; 30]] {
        let columns = vec![column; 3];
        let found = Differences::all_pairs(&references(&columns), &USUAL);
        assert!(
            found
                .pairs
                .iter()
                .all(|p| p.tied && p.low == 0.0 && p.high == 0.0)
        );
        assert_eq!(
            Differences::may_be_best(&references(&columns), &USUAL),
            [true; 3]
        );
    }
}

/// Sums in another order differ in the last digit in every draw alike: no finding.
#[test]
fn rounding_is_no_difference() {
    let column = normals(1, "x", 50);
    let large: Vec<f64> = column.iter().map(|x| 1e9 + 1e7 * x).collect();
    let rounded: Vec<f64> = large.iter().map(|x| x + 1e-6).collect();
    assert!(large.iter().zip(&rounded).all(|(a, b)| a != b));
    let columns = [large, rounded];
    let found = Differences::all_pairs(&references(&columns), &USUAL);
    assert!(found.pairs[0].tied, "{found:?}");
}

#[test]
fn a_constant_difference_is_a_tie_inside_the_zone_only() {
    let column = normals(2, "x", 30);
    let above: Vec<f64> = column.iter().map(|x| x + 0.1).collect();
    let columns = [column, above];
    for (indifference, tied) in [(0.0, false), (0.09, false), (0.11, true)] {
        let comparison = Comparison {
            indifference,
            ..USUAL
        };
        let found = Differences::all_pairs(&references(&columns), &comparison);
        assert_eq!(found.pairs[0].tied, tied, "{indifference}");
        let best = Differences::may_be_best(&references(&columns), &comparison);
        assert_eq!(best, [tied, true]);
    }
}

#[test]
fn the_better_plan_is_found_and_the_zone_calls_small_gains_ties() {
    let own = [(0.0, 1.0), (2.0, 1.0), (0.0, 1.0)];
    let columns = plans(3, &own, 400);
    let columns = references(&columns);
    let tied = |indifference| -> Vec<bool> {
        let comparison = Comparison {
            indifference,
            ..USUAL
        };
        let found = Differences::all_pairs(&columns, &comparison);
        found.pairs.iter().map(|pair| pair.tied).collect()
    };
    // Pairs 0–1, 0–2, 1–2.
    assert_eq!(tied(0.0), [false, true, false]);
    assert_eq!(tied(1.0), [false, true, false]);
    assert_eq!(tied(2.5), [true, true, true]);
    assert_eq!(
        Differences::may_be_best(&columns, &USUAL),
        [false, true, false]
    );
    let wide = Comparison {
        indifference: 2.5,
        ..USUAL
    };
    assert_eq!(
        Differences::may_be_best(&columns, &wide),
        [true, true, true]
    );
}

/// The best plan is left out of those that may be best at most as often as the level allows, where all are equally good.
#[test]
fn the_best_plan_is_seldom_left_out() {
    const REPETITIONS: usize = 400;
    let comparison = Comparison {
        level: 0.9,
        ..USUAL
    };
    let own = [(0.0, 1.0), (0.0, 0.5), (0.0, 2.0), (0.0, 1.0)];
    let mut kept = [0.0; 4];
    for repetition in 0..REPETITIONS {
        let columns = plans(repetition, &own, 50);
        let may = Differences::may_be_best(&references(&columns), &comparison);
        for (kept, may) in kept.iter_mut().zip(may) {
            *kept += f64::from(u8::from(may));
        }
    }
    let error = (0.09 / REPETITIONS as f64).sqrt();
    for kept in kept {
        let share = kept / REPETITIONS as f64;
        assert!((share - 0.9).abs() < STANDARD_ERRORS * error, "{share}");
    }
}

#[test]
fn draws_that_failed_are_left_out_for_all() {
    let mut columns = plans(4, &[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)], 60);
    let without: Vec<Vec<f64>> = columns
        .iter()
        .map(|c| {
            c.iter()
                .enumerate()
                .filter(|(k, _)| *k != 7 && *k != 31)
                .map(|(_, x)| *x)
                .collect()
        })
        .collect();
    columns[1][7] = f64::NAN;
    columns[2][31] = f64::NAN;
    let found = Differences::all_pairs(&references(&columns), &USUAL);
    assert_eq!(found.draws, 58);
    assert_eq!(found, Differences::all_pairs(&references(&without), &USUAL));
}

#[test]
fn too_few_draws_or_plans_to_compare() {
    let one = [vec![1.0], vec![2.0]];
    assert!(
        Differences::all_pairs(&references(&one), &USUAL)
            .pairs
            .is_empty()
    );
    assert_eq!(
        Differences::may_be_best(&references(&one), &USUAL),
        [true, true]
    );
    assert!(
        Differences::all_pairs(&references(&one[..1]), &USUAL)
            .pairs
            .is_empty()
    );
    assert!(Differences::all_pairs(&[], &USUAL).pairs.is_empty());
    let two = [vec![1.0, 2.0], vec![2.0, 5.0], vec![0.0, 4.0]];
    let found = Differences::all_pairs(&references(&two), &USUAL);
    assert!(
        found.pairs.iter().all(|p| p.low.is_finite() && p.tied),
        "{found:?}"
    );
}

/// Shared luck cancels: pairs of plans differ by far less than plans vary.
#[test]
fn pairing_by_draw_takes_shared_luck_out() {
    let columns = plans(5, &[(0.0, 0.1), (0.1, 0.1)], 500);
    let spread = moments(&columns[0]).1;
    let found = Differences::all_pairs(&references(&columns), &USUAL).pairs[0];
    assert!(!found.tied);
    assert!(found.se < 0.05 * spread / 500.0_f64.sqrt());
}
