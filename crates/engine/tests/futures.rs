//! Distributions against a reference, fits that come back, contradictions that are errors, and addresses that stay.

use beachhead_engine::futures::address::stream_number;
use beachhead_engine::futures::distribution::{Conversion, Distribution};
use beachhead_engine::futures::fitting::{self, Description, Family, FitError, QUANTILES, fit};
use beachhead_engine::futures::{Address, CHUNK, chunks, reduce_in_order};

/// The same mathematics computed another way, relative.
const SAME_MATHEMATICS: f64 = 1e-12;
/// SciPy's own solvers for quantiles, relative.
const ORACLE: f64 = 1e-10;
/// Standard errors that a Monte Carlo mean may be off.
const STANDARD_ERRORS: f64 = 5.0;

fn assert_near(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs(),
        "{what}: found {found}, expected {expected}"
    );
}

fn description(pairs: &[(&str, f64)]) -> Description {
    let mut description = Description::default();
    for (key, value) in pairs {
        assert!(description.set(key, *value), "{key}");
    }
    description
}

fn zoo() -> Result<Vec<Distribution>, FitError> {
    Ok(vec![
        fitting::normal(-2.0, 3.0)?,
        fitting::lognormal(0.3, 0.2)?,
        fitting::beta(0.35, 0.15, 0.0, 1.0)?,
        fitting::beta(12.0, 3.0, 10.0, 30.0)?,
        fitting::triangular(-4.0, -2.8, -1.8)?,
        fitting::triangular(1.0, 1.0, 2.0)?,
        fitting::triangular(1.0, 2.0, 2.0)?,
        fitting::pert(3.0, 5.0, 12.0)?,
        fitting::uniform(-1.0, 4.0)?,
        fitting::discrete(&[3.0, -1.0, 10.0], &[1.0, 2.0, 1.0])?,
    ])
}

/// `scipy.stats` 1.17.1, `ppf` at (u, value).
#[test]
fn quantiles_match_the_reference() {
    let cases: [(Distribution, [(f64, f64); 3]); 4] = [
        (
            fitting::beta(0.35, 0.15, 0.0, 1.0).unwrap(),
            [
                (0.1, 0.16097015073041712),
                (0.5, 0.3386014027217906),
                (0.9, 0.5553732561569328),
            ],
        ),
        (
            fitting::pert(3.0, 5.0, 12.0).unwrap(),
            [
                (0.05, 3.5985813482378957),
                (0.5, 5.638532776608698),
                (0.95, 8.738338002125948),
            ],
        ),
        (
            fitting::triangular(-4.0, -2.8, -1.8).unwrap(),
            [
                (0.1, -3.486190696853395),
                (0.5, -2.851087470692394),
                (0.9, -2.269041575982343),
            ],
        ),
        (
            fit(
                Family::Lognormal,
                &description(&[("p10", 0.1), ("p90", 0.6)]),
            )
            .unwrap(),
            [
                (0.05, 0.07757154948841255),
                (0.5, 0.2449489742783178),
                (0.95, 0.7734794572971965),
            ],
        ),
    ];
    for (distribution, quantiles) in cases {
        for (u, expected) in quantiles {
            assert_near(
                distribution.family(),
                distribution.quantile(u),
                expected,
                ORACLE,
            );
        }
    }
}

#[test]
fn quantile_functions_rise_stay_in_their_support_and_refuse_other_probabilities() {
    for distribution in zoo().unwrap() {
        let (low, high) = distribution.support();
        assert!(!distribution.is_certain());
        let mut last = f64::NEG_INFINITY;
        for u in [1e-12, 1e-6]
            .into_iter()
            .chain((1..500).map(|step| f64::from(step) / 500.0))
            .chain([1.0 - 1e-12])
        {
            let value = distribution.quantile(u);
            assert!(
                value >= last && value >= low && value <= high,
                "{distribution:?} at {u}: {value} after {last}"
            );
            last = value;
        }
        assert_eq!(distribution.centre(), distribution.quantile(0.5));
        for u in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(distribution.quantile(u).is_nan());
        }
    }
    assert_eq!(Distribution::Point(4.0).quantile(0.9), 4.0);
    assert!(Distribution::Point(4.0).is_certain());
    assert!(
        fitting::discrete(&[2.0, 5.0], &[1.0, 0.0])
            .unwrap()
            .is_certain()
    );
    assert_eq!(fitting::normal(7.25, 3.0).unwrap().centre(), 7.25);
}

/// Midpoint rule over u: the mean and standard deviation that were asked for come back.
#[test]
fn moments_come_back() {
    const CELLS: u32 = 20_000;
    /// Error of the midpoint rule at this many cells, worst for the tail of the lognormal.
    const MIDPOINT: f64 = 1e-3;
    let cases = [
        (fitting::normal(5.0, 0.5).unwrap(), 5.0, 0.5),
        (fitting::lognormal(0.3, 0.2).unwrap(), 0.3, 0.2),
        (fitting::beta(0.35, 0.15, 0.0, 1.0).unwrap(), 0.35, 0.15),
        (fitting::beta(12.0, 3.0, 10.0, 30.0).unwrap(), 12.0, 3.0),
        (
            fitting::pert(3.0, 5.0, 12.0).unwrap(),
            35.0 / 6.0,
            (17.0_f64 * 37.0 / 36.0 / 7.0).sqrt(),
        ),
    ];
    for (distribution, mean, sd) in cases {
        let values: Vec<f64> = (0..CELLS)
            .map(|cell| distribution.quantile((f64::from(cell) + 0.5) / f64::from(CELLS)))
            .collect();
        let found_mean = values.iter().sum::<f64>() / f64::from(CELLS);
        let variance = values
            .iter()
            .map(|x| (x - found_mean) * (x - found_mean))
            .sum::<f64>()
            / f64::from(CELLS);
        assert_near(distribution.family(), found_mean, mean, MIDPOINT);
        assert_near(distribution.family(), variance.sqrt(), sd, 10.0 * MIDPOINT);
    }
}

#[test]
fn quantiles_come_back_for_every_pair() {
    for family in [Family::Normal, Family::Lognormal, Family::Beta] {
        for first in 0..QUANTILES.len() {
            for last in first + 1..QUANTILES.len() {
                let ((lower, u), (upper, v)) = (QUANTILES[first], QUANTILES[last]);
                let fitted = fit(family, &description(&[(lower, 0.2), (upper, 0.45)])).unwrap();
                assert_near(lower, fitted.quantile(u), 0.2, SAME_MATHEMATICS);
                assert_near(upper, fitted.quantile(v), 0.45, SAME_MATHEMATICS);
            }
        }
    }
}

/// Quantiles of known betas (SciPy 1.17.1) give their shapes back, also for U-shaped and very narrow ones.
#[test]
fn beta_shapes_are_recovered_from_two_quantiles() {
    let cases = [
        (
            vec![("p10", 0.09259525891312873), ("p90", 0.5103163065514917)],
            2.0,
            5.0,
        ),
        (
            vec![
                ("p25", 10.328270486133187),
                ("p95", 23.642367292044362),
                ("low", 10.0),
                ("high", 30.0),
            ],
            0.4,
            1.7,
        ),
        (
            vec![("p05", 0.7292123874739687), ("p95", 0.7703136659410105)],
            900.0,
            300.0,
        ),
    ];
    for (pairs, expected_a, expected_b) in cases {
        let fitted = fit(Family::Beta, &description(&pairs)).unwrap();
        let Distribution::Beta { a, b, .. } = fitted else {
            panic!("{fitted:?}")
        };
        assert_near("a", a, expected_a, ORACLE);
        assert_near("b", b, expected_b, ORACLE);
    }
}

#[test]
fn a_third_quantile_may_confirm_and_must_not_contradict() {
    let agreeing = description(&[("p10", 10.0), ("p50", 20.05), ("p90", 30.0)]);
    assert_eq!(fit(Family::Normal, &agreeing).unwrap().centre(), 20.0);
    let contradicting = description(&[("p10", 10.0), ("p50", 20.5), ("p90", 30.0)]);
    let error = fit(Family::Normal, &contradicting).unwrap_err();
    assert!(
        matches!(
            error,
            FitError::Contradiction {
                key: "p50",
                value: 20.5,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn contradictions_are_errors_with_numbers_and_a_remedy() {
    use Family::{Beta, Discrete, Lognormal, Normal, Pert, Triangular, Uniform};
    let cases: [(Family, &[(&str, f64)], &str); 22] = [
        (Normal, &[("mean", 1.0)], "`sd` is missing"),
        (Normal, &[], "`mean` is missing"),
        (
            Normal,
            &[("mean", 1.0), ("sd", 0.0)],
            "`sd` is 0 and must be above 0",
        ),
        (Normal, &[("mean", 1.0), ("sd", -2.0)], "`sd` is -2"),
        (Normal, &[("mean", f64::NAN), ("sd", 2.0)], "`mean` is NaN"),
        (
            Normal,
            &[("p10", 3.0), ("p90", 2.0)],
            "`p10` is 3 and `p90` is 2",
        ),
        (
            Normal,
            &[("p10", 3.0), ("p90", 3.0)],
            "`p10` is 3 and `p90` is 3",
        ),
        (Normal, &[("p10", 3.0)], "only the quantile `p10`"),
        (
            Normal,
            &[("mean", 3.0), ("p10", 1.0), ("p90", 5.0)],
            "both moments and quantiles",
        ),
        (
            Normal,
            &[("mean", 3.0), ("sd", 1.0), ("low", 0.0)],
            "`low` does not describe a normal",
        ),
        (Lognormal, &[("mean", -3.0), ("sd", 1.0)], "`mean` is -3"),
        (
            Lognormal,
            &[("p10", 0.0), ("p90", 1.0)],
            "`p10` is 0 and must be above 0",
        ),
        (Beta, &[("mean", 0.5), ("sd", 0.5)], "must be below 0.5"),
        (
            Beta,
            &[("mean", 1.5), ("sd", 0.1)],
            "`mean` is 1.5, outside 0 to 1",
        ),
        (
            Beta,
            &[("p10", 0.0), ("p90", 0.5)],
            "`p10` is 0, outside 0 to 1",
        ),
        (
            Beta,
            &[("p10", 0.5), ("p90", 0.500001)],
            "no beta distribution",
        ),
        (
            Beta,
            &[("mean", 0.5), ("sd", 0.1), ("low", 1.0), ("high", 0.0)],
            "`low` is 1 and `high` is 0",
        ),
        (
            Triangular,
            &[("low", 1.0), ("mode", 4.0), ("high", 3.0)],
            "`mode` is 4, outside 1 to 3",
        ),
        (
            Pert,
            &[("low", 5.0), ("mode", 4.0), ("high", 3.0)],
            "`low` is 5 and `high` is 3",
        ),
        (Pert, &[("low", 1.0), ("high", 3.0)], "`mode` is missing"),
        (
            Uniform,
            &[("low", 1.0), ("high", f64::INFINITY)],
            "`high` is inf",
        ),
        (Discrete, &[], "`values` is missing"),
    ];
    for (family, pairs, part) in cases {
        let message = fit(family, &description(pairs)).unwrap_err().to_string();
        assert!(message.contains(part), "{family} {pairs:?}: {message}");
    }
    let discrete =
        |values: &[f64], weights: &[f64]| fitting::discrete(values, weights).unwrap_err();
    assert_eq!(discrete(&[], &[]), FitError::NoValues);
    assert_eq!(
        discrete(&[1.0], &[1.0, 2.0]),
        FitError::Lengths {
            values: 1,
            weights: 2
        }
    );
    assert_eq!(
        discrete(&[1.0, 2.0], &[1.0, -2.0]),
        FitError::NegativeWeight {
            position: 2,
            value: -2.0
        }
    );
    assert_eq!(discrete(&[1.0, 2.0], &[0.0, 0.0]), FitError::NoWeight);
    assert!(!Description::default().set("p42", 1.0));
    assert_eq!(Family::from_name("pert"), Some(Pert));
    assert_eq!(Family::from_name("gamma"), None);
}

#[test]
fn discrete_takes_any_order_and_equal_weights_by_default() {
    let weighted = fitting::discrete(&[3.0, -1.0, 10.0], &[1.0, 2.0, 1.0]).unwrap();
    let found: Vec<f64> = [0.2, 0.5, 0.500001, 0.75, 0.76, 0.999]
        .iter()
        .map(|u| weighted.quantile(*u))
        .collect();
    assert_eq!(found, [-1.0, -1.0, 3.0, 3.0, 10.0, 10.0]);
    let mut equal = Description {
        values: Some(vec![5.0, 1.0]),
        ..Description::default()
    };
    assert_eq!(fit(Family::Discrete, &equal).unwrap().quantile(0.6), 5.0);
    equal.sd = Some(1.0);
    assert_eq!(
        fit(Family::Discrete, &equal).unwrap_err(),
        FitError::NotUsed {
            family: Family::Discrete,
            key: "sd"
        }
    );
}

#[test]
fn conversions_follow_their_kind_and_undo_compounding() {
    let (probability, retention) = (
        Conversion::Probability { periods: 12.0 },
        Conversion::Retention { periods: 12.0 },
    );
    let compound = Conversion::Compound { periods: 12.0 };
    assert_eq!(Conversion::Scale(0.25).apply(8.0), 2.0);
    assert_near(
        "probability",
        1.0 - (1.0 - probability.apply(0.3)).powi(12),
        0.3,
        SAME_MATHEMATICS,
    );
    assert_near(
        "retention",
        retention.apply(0.3).powi(12),
        0.3,
        SAME_MATHEMATICS,
    );
    assert_near(
        "compound",
        (1.0 + compound.apply(0.1)).powi(12) - 1.0,
        0.1,
        SAME_MATHEMATICS,
    );
    // Tiny probabilities keep their digits; ends are kept; a single period changes no bit.
    assert_near("tiny", probability.apply(1.2e-18), 1e-19, SAME_MATHEMATICS);
    assert_eq!((probability.apply(0.0), probability.apply(1.0)), (0.0, 1.0));
    assert_eq!((retention.apply(0.0), retention.apply(1.0)), (0.0, 1.0));
    assert_eq!(Conversion::Probability { periods: 1.0 }.apply(0.1), 0.1);
    assert!(probability.apply(1.5).is_nan() && compound.apply(-1.5).is_nan());
}

#[test]
fn distributions_are_written_with_their_family_as_a_tag() {
    let json = |distribution: &Distribution| serde_json::to_string(distribution).unwrap();
    assert_eq!(
        json(&Distribution::Point(2.5)),
        r#"{"distribution":"point","value":2.5}"#
    );
    let uniform = fitting::uniform(1.0, 2.0).unwrap();
    assert_eq!(
        json(&uniform),
        r#"{"distribution":"uniform","low":1.0,"high":2.0}"#
    );
    let discrete = fitting::discrete(&[1.0, 2.0], &[1.0, 1.0]).unwrap();
    assert_eq!(
        json(&discrete),
        r#"{"distribution":"discrete","values":[1.0,2.0],"weights":[0.5,0.5]}"#
    );
    let conversion = serde_json::to_string(&Conversion::Probability { periods: 12.0 }).unwrap();
    assert_eq!(conversion, r#"{"probability":{"periods":12.0}}"#);
}

/// Frozen: computed by an independent implementation of ChaCha8 and FNV-1a from their specifications. A change here changes
/// every result.
#[test]
fn addresses_are_frozen() {
    let name = "networks.tel_one.churn";
    let spread = "demand.brand_spread";
    assert_eq!(Address::new(1, 0).uniform(name), 0.5715698945746636);
    assert_eq!(Address::new(1, 17).uniform(name), 0.8943067449647165);
    assert_eq!(Address::new(2, 17).uniform(name), 0.6577835521732674);
    assert_eq!(Address::new(1, 17).uniform(spread), 0.6592077641986122);
    assert_eq!(
        Address::new(1, 17).uniform_at(spread, 1),
        0.6960439332599014
    );
    assert_eq!(
        Address::new(1, 17).uniform_at(spread, 60),
        0.7417377512603983
    );
    assert_eq!(Address::new(1, 17).uniform("ségment"), 0.268816298116375);
    assert_eq!(
        Address::new(1, 17).word("ségment"),
        4_958_785_454_194_779_147
    );
    // Published values of FNV-1a, 64 bits.
    assert_eq!(
        [
            stream_number(""),
            stream_number("a"),
            stream_number("foobar")
        ],
        [
            0xcbf2_9ce4_8422_2325,
            0xaf63_dc4c_8601_ec8c,
            0x8594_4171_f739_67e8
        ]
    );
}

#[test]
fn addresses_do_not_depend_on_order_and_names_do_not_share_streams() {
    let address = Address::new(5, 3);
    let names: Vec<String> = (0..2000)
        .map(|n| format!("products.p_{n}.unit_cost"))
        .collect();
    let forward: Vec<f64> = names.iter().map(|name| address.uniform(name)).collect();
    let mut backward: Vec<f64> = names
        .iter()
        .rev()
        .map(|name| address.uniform(name))
        .collect();
    backward.reverse();
    assert_eq!(forward, backward);
    assert_eq!(address.uniform("a"), address.uniform_at("a", 0));
    let mut streams: Vec<u64> = names.iter().map(|name| stream_number(name)).collect();
    streams.sort_unstable();
    streams.dedup();
    assert_eq!(streams.len(), names.len());
}

/// Means, variances and neighbouring correlations over draws, names and months are those of independent uniforms.
#[test]
fn uniforms_are_uniform_and_independent_along_every_axis() {
    const COUNT: u32 = 20_000;
    let along: [(&str, Vec<f64>); 4] = [
        (
            "draws",
            (0..COUNT)
                .map(|draw| Address::new(1, draw.into()).uniform("x"))
                .collect(),
        ),
        (
            "seeds",
            (0..COUNT)
                .map(|seed| Address::new(seed.into(), 0).uniform("x"))
                .collect(),
        ),
        (
            "names",
            (0..COUNT)
                .map(|n| Address::new(1, 0).uniform(&format!("x{n}")))
                .collect(),
        ),
        (
            "months",
            (0..COUNT)
                .map(|month| Address::new(1, 0).uniform_at("x", month))
                .collect(),
        ),
    ];
    for (axis, uniforms) in along {
        assert!(uniforms.iter().all(|u| *u > 0.0 && *u < 1.0));
        let count = f64::from(COUNT);
        let mean = uniforms.iter().sum::<f64>() / count;
        let off = (mean - 0.5) * (12.0 * count).sqrt();
        assert!(off.abs() < STANDARD_ERRORS, "{axis}: mean {mean}");
        let square = uniforms.iter().map(|u| u * u).sum::<f64>() / count;
        // Var(u²) = 1/5 − 1/9.
        let off = (square - 1.0 / 3.0) / ((1.0_f64 / 5.0 - 1.0 / 9.0) / count).sqrt();
        assert!(off.abs() < STANDARD_ERRORS, "{axis}: mean square {square}");
        let neighbours = uniforms
            .windows(2)
            .map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5))
            .sum::<f64>()
            / (count - 1.0);
        let off = neighbours * 12.0 * count.sqrt();
        assert!(
            off.abs() < STANDARD_ERRORS,
            "{axis}: correlation {}",
            12.0 * neighbours
        );
    }
}

#[test]
fn chunks_cover_all_draws_once_and_reduce_in_order() {
    for draws in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 1000] {
        let all: Vec<usize> = chunks(draws).flatten().collect();
        assert_eq!(all, (0..draws).collect::<Vec<_>>());
        assert!(chunks(draws).all(|range| range.start % CHUNK == 0 && range.len() <= CHUNK));
    }
    let join = |mut text: String, part: &str| {
        text.push_str(part);
        text
    };
    let draws = 3 * CHUNK - 1;
    let shuffled = vec![(2, "c"), (0, "a"), (1, "b")];
    assert_eq!(
        reduce_in_order(draws, shuffled, String::new(), join).unwrap(),
        "abc"
    );
    for wrong in [
        vec![(0, "a"), (2, "c")],
        vec![(0, "a"), (1, "b"), (1, "b")],
        vec![(0, "a"), (1, "b"), (2, "c"), (3, "d")],
    ] {
        assert!(reduce_in_order(draws, wrong, String::new(), join).is_err());
    }
    assert_eq!(
        reduce_in_order(0, vec![], 7, |sum, part: i32| sum + part).unwrap(),
        7
    );
}
