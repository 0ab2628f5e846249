//! Products that nobody buys, products that everybody wants: prices that a search from the prices before does not reach.

use super::*;
use beachhead_engine::supply::measures::{diversion, elasticities, pass_through};
use beachhead_engine::supply::responses::find;

const ALPHA: f64 = 48.0;

/// Three beers, prices near 0.04.
fn beers(cost: [f64; 3], nests: Option<Nests>) -> Game {
    let demand = Demand::new(&[1.0], &[ALPHA], &[1.2, 1.6, 2.3], nests).unwrap();
    Game::new(demand, Conduct::nash(vec![0, 1, 2]), cost.to_vec()).unwrap()
}

/// The prices before costs change.
fn before() -> Vec<f64> {
    equilibrium(&beers([0.015, 0.02, 0.018], None))
}

fn found(game: &Game, start: &[f64]) -> Vec<f64> {
    let found = find(game, start, &Search::default());
    assert!(found.converged(), "{found:?}");
    found.value
}

#[test]
fn a_cost_that_nobody_pays_is_priced_at_the_markup_of_a_share_of_nothing() {
    let rest = beers([0.015, 0.02, 0.018], None);
    let without = Game::new(
        rest.demand.of_products(&[1, 2]),
        Conduct::nash(vec![0, 1]),
        vec![0.02, 0.018],
    )
    .unwrap();
    let others = equilibrium(&without);
    for more in [11.0, 100.0, 1_000.0, 100_000.0] {
        let game = beers([0.015 + more, 0.02, 0.018], None);
        let price = found(&game, &before());
        // As its share goes to 0, 1/(α(1 − s)) goes to 1/α.
        close(price[0], 0.015 + more + 1.0 / ALPHA, SAME_MATHEMATICS);
        all_close(&price[1..], &others, SAME_MATHEMATICS);
        assert!(game.first_order(&price) < FINITE_DIFFERENCE);
    }
}

#[test]
fn everybody_may_be_priced_out() {
    let game = beers([4_000.0, 3_000.0, 5_000.0], None);
    let price = found(&game, &before());
    for (price, cost) in price.iter().zip(&game.cost) {
        close(*price, cost + 1.0 / ALPHA, SAME_MATHEMATICS);
    }
    assert!(game.demand.shares(&price).iter().all(|share| *share == 0.0));
}

#[test]
fn the_last_who_might_buy_set_the_markup_of_a_mixed_logit() {
    let demand = Demand::new(&[0.5, 0.3, 0.2], &[1.0, 2.0, 3.0], &[1.0; 6], None).unwrap();
    let game = Game::new(demand, Conduct::nash(vec![0, 1]), vec![2_000.0, 0.5]).unwrap();
    let price = found(&game, &[1.0, 1.0]);
    close(price[0], 2_001.0, SAME_MATHEMATICS);
}

#[test]
fn a_nest_that_nobody_enters_has_the_markups_inside_it() {
    let nests = |of: Vec<usize>| Nests {
        of,
        dissimilarity: vec![0.4, 0.7],
    };
    // Alone in its nest: 1/α whatever the dissimilarity.
    let alone = beers([900.0, 0.02, 0.018], Some(nests(vec![0, 1, 1])));
    close(
        found(&alone, &before())[0],
        900.0 + 1.0 / ALPHA,
        SAME_MATHEMATICS,
    );
    // Two in a nest: the same as two that a few still buy, whose nest is as far away for both.
    let far = beers([900.0, 900.004, 0.018], Some(nests(vec![0, 0, 1])));
    let near = beers([0.9, 0.904, 0.018], Some(nests(vec![0, 0, 1])));
    let (far, near) = (found(&far, &before()), found(&near, &before()));
    for j in 0..2 {
        let (cost_far, cost_near) = ([900.0, 900.004][j], [0.9, 0.904][j]);
        close(far[j], cost_far + near[j] - cost_near, IDENTITY);
    }
}

#[test]
fn a_product_that_everybody_wants_has_its_own_markup() {
    // Paid to be made: its price falls below 0 until as many buy as are worth it.
    let game = beers([-1.0, 0.02, 0.018], None);
    let price = found(&game, &before());
    let share = game.demand.shares(&price)[0];
    close(
        price[0] + 1.0,
        1.0 / (ALPHA * (1.0 - share)),
        SAME_MATHEMATICS,
    );
    assert!(share > 0.9 && price[0] < 0.0);
    let shifted = game.demand.shifted(&[50.0, 0.0, 0.0]);
    let wanted = Game::new(shifted, game.conduct.clone(), vec![0.015, 0.02, 0.018]).unwrap();
    let price = found(&wanted, &before());
    let share = wanted.demand.shares(&price)[0];
    close(
        price[0] - 0.015,
        1.0 / (ALPHA * (1.0 - share)),
        SAME_MATHEMATICS,
    );
}

#[test]
fn what_is_read_off_a_product_that_nobody_buys_is_what_it_tends_to() {
    let game = beers([1_000.0, 0.02, 0.018], None);
    let price = found(&game, &before());
    let demand = game.demand.seen_at(&price);
    let choice = demand.choose(&price);
    let elasticity = elasticities(&demand, &choice, &price);
    close(elasticity[0], -ALPHA * price[0], SAME_MATHEMATICS);
    close(elasticity[3], 0.0, SAME_MATHEMATICS);
    let ratio = diversion(&demand, &choice);
    // Logit diverts by share, s_l/(1 − s_j), here with s_j = 0.
    close(ratio[1], choice.shares[1], SAME_MATHEMATICS);
    let passed = pass_through(&game, &price).unwrap();
    close(passed[0], 1.0, SAME_MATHEMATICS);
    assert!(passed.iter().all(|value| value.is_finite()));
}

#[test]
fn demand_that_somebody_meets_is_left_alone() {
    let game = mixed(7, 13, Some(pairs(7)));
    let price = equilibrium(&game);
    let seen = game.demand.seen_at(&price);
    assert!(matches!(seen, std::borrow::Cow::Borrowed(_)));
}
