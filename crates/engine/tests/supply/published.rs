//! A calibrated logit merger whose inputs and outputs are printed in public.

use super::*;
use beachhead_engine::supply::from_margins::{Facts, Form, calibrate};

/// Ten digits of costs and prices are printed.
const PUBLISHED: f64 = 5e-10;

/// Three single-product firms, of which the first two merge, through the command `mergersim` of Stata (Björnerstedt & Verboven 2014, Stata Journal 14(3)): its
/// output as printed in Guttman, *Merger simulation* (github.com/eviatargu/merger-simulation, "multinomial stata results.csv"), price coefficient 0.1.
#[test]
fn a_merger_has_the_prices_that_were_published() {
    let price = vec![50.0, 75.0, 80.0];
    let costs = [37.5, 61.666_666_67, 65.714_285_71];
    let prices = [53.650_538_92, 77.817_205_58, 80.604_678_8];
    let quantities = [16.146_051_1, 21.936_510_4, 32.842_605_67];
    let facts = Facts {
        share: vec![0.2, 0.25, 0.3],
        // One margin is known, (50 − 37.5)/50: the price coefficient follows from it.
        margin: vec![Some(0.25), None, None],
        conduct: Conduct::nash(vec![0, 1, 2]),
        kept: vec![1.0; 3],
        price: price.clone(),
    };
    let form = Form {
        nest: None,
        dissimilarity: None,
        price_spread: 0.0,
        types: 1,
        price_coefficient: None,
    };
    let found = calibrate(&facts, &form).unwrap();
    assert!(found.converged());
    close(found.value.price_coefficient, 0.1, SAME_MATHEMATICS);
    let mut game = found.value.game;
    all_close(&game.cost, &costs, PUBLISHED);
    all_close(&equilibrium(&game), &price, SAME_MATHEMATICS);
    game.conduct = Conduct::nash(vec![0, 0, 1]);
    let after = equilibrium(&game);
    all_close(&after, &prices, PUBLISHED);
    // Of a hundred consumers.
    let sold: Vec<f64> = game
        .demand
        .shares(&after)
        .iter()
        .map(|s| 100.0 * s)
        .collect();
    all_close(&sold, &quantities, PUBLISHED);
}
