//! Shares of preference: by hand, at the ends of the exponent, and tuned to an elasticity.

use beachhead_engine::choice::preference::{ChoiceSet, PriceResponse, Simulator, weights};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::scenario::PartWorths;

/// The same mathematics in another order.
const SAME: f64 = 1e-14;
/// A wanted elasticity is met as nearly as this, relative.
const MET: f64 = 1e-8;
/// A derivative by central differences against a formula.
const DIFFERENCES: f64 = 1e-6;
/// Standard errors that a mean over draws may be off.
const STANDARD_ERRORS: f64 = 5.0;
/// What is left of a share at an extreme exponent.
const EXTREME: f64 = 1e-9;

/// Three respondents, three products, prices 100, 200, 300 asked about.
fn study(none: &[f64]) -> PartWorths {
    PartWorths {
        respondent: vec!["a".into(), "b".into(), "c".into()],
        segment: vec![0, 0, 1],
        weight: vec![1.0, 3.0, 2.0],
        worth: vec![1.0, 0.0, -1.0, -0.5, 0.25, 0.25, 0.0, -2.0, 2.0],
        products: 3,
        price_level: vec![100.0, 200.0, 300.0],
        price_worth: vec![1.0, 0.0, -1.0, 2.0, 0.5, -2.5, 0.5, 0.25, -0.75],
        none: none.to_vec(),
        resampled: true,
    }
}

/// Exponential factors: mean 1 and variance 1 over draws, the same for the same address, nobody's changed by another respondent.
#[test]
fn respondents_are_counted_anew_each_at_an_address_of_its_own() {
    const DRAWS: u32 = 20_000;
    let part_worths = study(&[]);
    let mut sums = [[0.0; 2]; 3];
    for draw in 0..DRAWS {
        let factors = part_worths.resample(&Address::new(7, draw.into()));
        for (sum, x) in sums.iter_mut().zip(&factors) {
            assert!(*x > 0.0 && x.is_finite());
            sum[0] += x / f64::from(DRAWS);
            sum[1] += x * x / f64::from(DRAWS);
        }
    }
    for [mean, square] in sums {
        // The variances of x and of x² are 1 and 20.
        near(mean, 1.0, STANDARD_ERRORS * (1.0 / f64::from(DRAWS)).sqrt());
        near(
            square,
            2.0,
            STANDARD_ERRORS * (20.0 / f64::from(DRAWS)).sqrt(),
        );
    }
    let address = Address::new(7, 3);
    let mut more = study(&[]);
    more.respondent.insert(1, "between".into());
    let (few, many) = (part_worths.resample(&address), more.resample(&address));
    assert_eq!([few[0], few[1], few[2]], [many[0], many[2], many[3]]);
    assert_ne!(few, part_worths.resample(&Address::new(7, 4)));
    let counted = part_worths.reweighted(&few);
    assert_eq!(counted.weight, [few[0], 3.0 * few[1], 2.0 * few[2]]);
    // A segment's share of users stays, whoever answers for it.
    let sum: f64 = weights(&counted, &SHARES)[..2].iter().sum();
    near(sum, SHARES[0], SAME);
    assert_eq!(part_worths.reweighted(&[]), part_worths);
}

fn set() -> ChoiceSet {
    ChoiceSet {
        product: vec![0, 1, 2],
        price: vec![200.0, 150.0, 240.0],
    }
}

const SHARES: [f64; 2] = [0.4, 0.6];

fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance * wanted.abs().max(1.0),
        "{found}, not {wanted}"
    );
}

/// Utilities written out: worth of levels, plus the worth of the price on the line between its neighbours.
#[test]
fn shares_are_those_worked_out_by_hand() {
    let utilities = [
        [1.0 + 0.0, 0.0 + 0.5, -1.0 - 0.4],
        [-0.5 + 0.5, 0.25 + 1.25, 0.25 + (0.5 - 0.4 * 3.0)],
        [0.0 + 0.25, -2.0 + 0.375, 2.0 + (0.25 - 0.4)],
    ];
    // The first segment has 0.4 of users and weights 1 and 3, the second 0.6 and one respondent.
    let weight = [0.1, 0.3, 0.6];
    let exponent = 0.8;
    let none = [0.3, -0.2, 0.1];
    for with_none in [false, true] {
        let part_worths = study(if with_none { &none } else { &[] });
        let found = Simulator::new(&part_worths, &SHARES).shares(exponent, &set());
        let mut wanted = [0.0; 4];
        for (i, row) in utilities.iter().enumerate() {
            let mut e: Vec<f64> = row.iter().map(|v| (exponent * v).exp()).collect();
            e.push(if with_none {
                (exponent * none[i]).exp()
            } else {
                0.0
            });
            let sum: f64 = e.iter().sum();
            for (wanted, e) in wanted.iter_mut().zip(e) {
                *wanted += weight[i] * e / sum;
            }
        }
        for (found, wanted) in found.product.iter().zip(wanted) {
            near(*found, wanted, SAME);
        }
        near(found.none, wanted[3], SAME);
        near(found.product.iter().sum::<f64>() + found.none, 1.0, SAME);
    }
}

#[test]
fn a_small_exponent_makes_all_equal_and_a_large_one_first_choices() {
    let part_worths = study(&[]);
    let simulator = Simulator::new(&part_worths, &SHARES);
    for share in simulator.shares(EXTREME, &set()).product {
        near(share, 1.0 / 3.0, EXTREME);
    }
    // First choices: a takes product 0, b product 1, c product 2.
    let first = simulator.shares(1e6, &set()).product;
    for (found, wanted) in first.iter().zip([0.1, 0.3, 0.6]) {
        near(*found, wanted, EXTREME);
    }
}

#[test]
fn weights_have_no_scale_and_segments_have_their_shares() {
    let mut other = study(&[]);
    other.weight.iter_mut().for_each(|w| *w *= 37.5);
    let (one, ten) = (study(&[]), other);
    let shares = |study: &PartWorths| Simulator::new(study, &SHARES).shares(1.0, &set()).product;
    for (a, b) in shares(&one).iter().zip(shares(&ten)) {
        near(*a, b, SAME);
    }
    for (found, wanted) in weights(&one, &SHARES).iter().zip([0.1, 0.3, 0.6]) {
        near(*found, wanted, SAME);
    }
    // A segment alone is its respondents alone.
    let second = Simulator::of_segment(&one, 1).shares(1.0, &set()).product;
    let mut alone = one.clone();
    alone.segment = vec![1, 1, 0];
    let same = Simulator::new(&alone, &[1.0, 0.0])
        .shares(1.0, &set())
        .product;
    for (a, b) in second.iter().zip(same) {
        near(*a, b, SAME);
    }
}

#[test]
fn elasticities_are_derivatives_of_shares() {
    let part_worths = study(&[0.4, -0.3, 0.2]);
    let simulator = Simulator::new(&part_worths, &SHARES);
    // Away from levels, where the worth of a price has a kink.
    let mut set = set();
    set.price[0] = 190.0;
    let step = 1e-6_f64;
    for at in 0..3 {
        let share = |factor: f64| {
            let mut set = set.clone();
            set.price[at] *= factor;
            simulator.shares(1.3, &set).product[at].ln()
        };
        let differences = (share(step.exp()) - share((-step).exp())) / (2.0 * step);
        near(
            simulator.elasticity(1.3, &set, PriceResponse::Own(at)),
            differences,
            DIFFERENCES,
        );
    }
    let buying = |factor: f64| {
        let mut set = set.clone();
        set.price.iter_mut().for_each(|price| *price *= factor);
        (1.0 - simulator.shares(1.3, &set).none).ln()
    };
    let differences = (buying(step.exp()) - buying((-step).exp())) / (2.0 * step);
    near(
        simulator.elasticity(1.3, &set, PriceResponse::Category),
        differences,
        DIFFERENCES,
    );
    // At a level the slope is the mean of both sides.
    near(
        part_worths.price_slope_at(1, 200.0),
        0.5 * (-0.015 - 0.03),
        SAME,
    );
}

#[test]
fn the_exponent_meets_the_elasticity() {
    let part_worths = study(&[0.4, -0.3, 0.2]);
    let simulator = Simulator::new(&part_worths, &SHARES);
    for (response, wanted) in [
        (PriceResponse::Own(0), -0.6),
        (PriceResponse::Own(1), -0.7),
        (PriceResponse::Category, -0.25),
    ] {
        let solve = simulator.tune(&set(), response, wanted);
        assert_eq!(solve.status, Status::Converged, "{response:?} {wanted}");
        near(
            simulator.elasticity(solve.value, &set(), response),
            wanted,
            MET,
        );
    }
    // Nobody answers that strongly; the status says so, and the value is the nearest.
    let solve = simulator.tune(&set(), PriceResponse::Category, -1e6);
    assert_eq!(solve.status, Status::BudgetSpent);
    assert!(solve.residual > MET && solve.value.is_finite());
}

#[test]
fn money_is_worth_something_to_everybody() {
    let mut part_worths = study(&[]);
    part_worths.price_worth[6..9].copy_from_slice(&[0.0, 0.0, 0.0]);
    let slopes = part_worths.money_slopes();
    near(slopes[0], 2.0 / 200.0, SAME);
    near(slopes[1], 4.5 / 200.0, SAME);
    let mean = (1.0 * 2.0 + 3.0 * 4.5) / 200.0 / 6.0;
    near(slopes[2], 0.05 * mean, SAME);
    // Beyond the levels the last line goes on.
    near(part_worths.price_worth_at(0, 400.0), -2.0, SAME);
    near(part_worths.price_worth_at(1, 0.0), 3.5, SAME);
    assert_eq!(part_worths.len(), 3);
    assert!(!part_worths.is_empty());
    near(*part_worths.none.first().unwrap_or(&0.0), 0.0, SAME);
    near(
        part_worths
            .price_level
            .iter()
            .copied()
            .reduce(f64::max)
            .unwrap(),
        300.0,
        SAME,
    );
}
