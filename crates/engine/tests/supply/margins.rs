//! Demand from margins: what was put in comes back, and published numbers.

use super::*;
use beachhead_engine::supply::error::SupplyError;
use beachhead_engine::supply::from_margins::{Facts, Form, calibrate};

/// Utilities of those who mind prices most are near 1e6, with ten digits after the point.
const LARGE_UTILITIES: f64 = 1e-8;
/// Seven digits are printed.
const PUBLISHED: f64 = 1e-7;

fn logit_form() -> Form {
    Form {
        nest: None,
        dissimilarity: None,
        price_spread: 0.0,
        types: 1,
        price_coefficient: None,
    }
}

/// What a table of this market in equilibrium would say, margins known for some products.
fn facts(game: &Game, known: &[usize]) -> Facts {
    let price = equilibrium(game);
    let margin = |j: usize| known.contains(&j).then(|| 1.0 - game.cost[j] / price[j]);
    Facts {
        share: game.demand.shares(&price),
        margin: (0..price.len()).map(margin).collect(),
        conduct: game.conduct.clone(),
        kept: game.kept.clone(),
        price,
    }
}

/// A market of one form, from parameters.
fn market(form: &Form, alpha: f64, lambda: f64) -> Game {
    let given = Form {
        price_coefficient: Some(alpha),
        dissimilarity: form.nest.is_some().then_some(lambda),
        ..form.clone()
    };
    // Any table will do to set utilities; costs then make another equilibrium of the same demand.
    let table = Facts {
        price: vec![1.0, 1.4, 0.9, 1.7, 1.2],
        share: vec![0.1, 0.2, 0.15, 0.05, 0.3],
        margin: vec![None; 5],
        conduct: Conduct::nash(vec![0, 0, 1, 2, 3]),
        kept: vec![1.0; 5],
    };
    let mut game = calibrate(&table, &given).unwrap().value.game;
    game.cost = vec![0.4, 0.6, 0.3, 0.8, 0.5];
    game
}

#[test]
fn parameters_come_back_from_margins() {
    let nested = Form {
        nest: Some(vec![0, 0, 1, 1, 1]),
        ..logit_form()
    };
    let mixed = Form {
        price_spread: 0.4,
        types: 50,
        ..logit_form()
    };
    for (form, known) in [
        (logit_form(), &[2][..]),
        (logit_form(), &[0, 1, 2, 3, 4]),
        (nested.clone(), &[0, 3]),
        (nested, &[0, 1, 2, 4]),
        (mixed.clone(), &[1]),
        (mixed, &[0, 2, 4]),
    ] {
        let (alpha, lambda) = (2.3, 0.6);
        let game = market(&form, alpha, lambda);
        let found = calibrate(&facts(&game, known), &form).unwrap();
        assert!(found.converged(), "{form:?} {:?}", found.status);
        close(found.value.price_coefficient, alpha, SAME_MATHEMATICS);
        if form.nest.is_some() {
            close(found.value.dissimilarity, lambda, SAME_MATHEMATICS);
        }
        all_close(&found.value.game.cost, &game.cost, SAME_MATHEMATICS);
        assert!(found.residual < SAME_MATHEMATICS);
    }
}

#[test]
fn several_margins_are_met_by_least_squares() {
    // Logit: m_j = k_j/α with k_j = 1/(p_j(1 − S_f)), linear in 1/α.
    let price = vec![1.0, 1.4, 0.9];
    let share = vec![0.1, 0.2, 0.15];
    let margin = [0.5, 0.3, 0.6];
    let k: Vec<f64> = (0..3)
        .map(|j| 1.0 / (price[j] * (1.0 - share[j])))
        .collect();
    let alpha = k.iter().map(|k| k * k).sum::<f64>()
        / k.iter().zip(&margin).map(|(k, m)| k * m).sum::<f64>();
    let facts = Facts {
        margin: margin.iter().map(|m| Some(*m)).collect(),
        conduct: Conduct::nash(vec![0, 1, 2]),
        kept: vec![1.0; 3],
        price,
        share,
    };
    let found = calibrate(&facts, &logit_form()).unwrap();
    assert!(found.converged());
    // A minimum that is not 0 is flat: half of the digits of a zero.
    close(found.value.price_coefficient, alpha, SAME_MATHEMATICS);
    assert!(found.residual > FINITE_DIFFERENCE, "they cannot all be met");
}

/// Beer in the United States: Epstein & Rubinfeld (2004, p. 80), as in the help of `sim` in R's `antitrust` (Taragin & Sandfort), which prints the price
/// coefficient −48.0457 of plain logit and the mean values beside it, that of Budweiser being 0.
#[test]
fn mean_values_of_beers_are_the_published_ones() {
    let price = vec![0.0441, 0.0328, 0.0409, 0.0396, 0.0387, 0.0497];
    let share = [0.066, 0.172, 0.253, 0.187, 0.099, 0.223];
    let published = [
        0.0,
        0.414_923_3,
        1.189_988_5,
        0.825_248_2,
        0.146_018_3,
        1.486_573_0,
    ];
    let facts = Facts {
        // Who buys nothing shifts all mean values alike.
        share: share.iter().map(|s| 0.9 * s).collect(),
        margin: vec![None; 6],
        conduct: Conduct::nash(vec![0, 1, 2, 2, 3, 4]),
        kept: vec![1.0; 6],
        price: price.clone(),
    };
    let form = Form {
        price_coefficient: Some(48.0457),
        ..logit_form()
    };
    let game = calibrate(&facts, &form).unwrap().value.game;
    // Utilities without price, seen through choices at a price of 0.
    let shares = game.demand.shares(&[0.0; 6]);
    let mean: Vec<f64> = shares.iter().map(|s| (s / shares[0]).ln()).collect();
    // So many digits after the point are printed.
    for (found, wanted) in mean.iter().zip(published) {
        assert!((found - wanted).abs() < PUBLISHED, "{found} {wanted}");
    }
}

#[test]
fn margins_that_two_parameters_meet_in_many_ways_are_an_error() {
    let nested = |nest: Vec<usize>| Form {
        nest: Some(nest),
        ..logit_form()
    };
    let facts = Facts {
        price: vec![10.0, 10.0],
        share: vec![0.3, 0.3],
        margin: vec![Some(0.6); 2],
        conduct: Conduct::nash(vec![0, 1]),
        kept: vec![1.0; 2],
    };
    // Both margins say the same, and alone in its nest no product says anything of nests.
    for nest in [vec![0, 0], vec![0, 1]] {
        let error = calibrate(&facts, &nested(nest.clone())).unwrap_err();
        assert_eq!(error, SupplyError::Unidentified);
        for known in [(None, Some(0.5)), (Some(0.4), None)] {
            let given = Form {
                price_coefficient: known.0,
                dissimilarity: known.1,
                ..nested(nest.clone())
            };
            assert!(calibrate(&facts, &given).is_ok());
        }
    }
}

#[test]
fn shares_that_sum_to_1_but_for_rounding_are_an_error() {
    let shares = vec![0.066, 0.172, 0.253, 0.187, 0.099, 0.223 - 1e-12];
    assert!(shares.iter().sum::<f64>() < 1.0);
    let facts = Facts {
        price: vec![1.0; 6],
        margin: vec![Some(0.4); 6],
        conduct: Conduct::nash((0..6).collect()),
        kept: vec![1.0; 6],
        share: shares,
    };
    let error = calibrate(&facts, &logit_form()).unwrap_err().to_string();
    assert!(error.contains("sum of shares"), "{error}");
}

/// People who differ very much, for whom plain contraction takes thousands of steps; where they differ more, shares are steps in utilities, which may not be met
/// but then are not said to be.
#[test]
fn shares_are_met_where_people_differ_much() {
    let facts = Facts {
        price: vec![10.0, 12.0],
        share: vec![0.3, 0.6],
        margin: vec![Some(0.4), None],
        conduct: Conduct::nash(vec![0, 1]),
        kept: vec![1.0; 2],
    };
    let form = Form {
        price_spread: 2.0,
        types: 200,
        ..logit_form()
    };
    let found = calibrate(&facts, &form).unwrap();
    assert!(found.converged());
    let shares = found.value.game.demand.shares(&facts.price);
    all_close(&shares, &facts.share, LARGE_UTILITIES);
    let form = Form {
        price_spread: 5.0,
        types: 20,
        ..form
    };
    let found = calibrate(&facts, &form).unwrap();
    let shares = found.value.game.demand.shares(&facts.price);
    let pairs = shares.iter().zip(&facts.share);
    let far = pairs.fold(0.0, |most: f64, (s, wanted)| {
        most.max((s / wanted - 1.0).abs())
    });
    assert!(far < LARGE_UTILITIES || !found.converged(), "{far}");
}

#[test]
fn too_few_margins_and_impossible_shares_are_errors() {
    let game = market(&logit_form(), 2.0, 1.0);
    let none = calibrate(&facts(&game, &[]), &logit_form()).unwrap_err();
    let wanted = SupplyError::Shape {
        what: "the column of margins",
        found: 0,
        expected: 1,
    };
    assert_eq!(none, wanted);
    let nested = Form {
        nest: Some(vec![0, 0, 1, 1, 1]),
        ..logit_form()
    };
    assert!(
        calibrate(&facts(&game, &[0]), &nested).is_err(),
        "two parameters, one margin"
    );
    let mut full = facts(&game, &[0]);
    full.share = vec![0.2; 5];
    let error = calibrate(&full, &logit_form()).unwrap_err().to_string();
    assert!(
        error.contains("sum of shares") && error.contains("less than 1"),
        "{error}"
    );
}
