//! Prices, pressure and surplus that a textbook gives in closed form.

use super::*;
use beachhead_engine::supply::measures::{
    compensating_reductions, concentration, diversion, upward_pressure,
};

const ALPHA: f64 = 1.3;

/// One type, single-product firms unless owners are given.
fn logit(quality: &[f64], cost: &[f64], firm: Vec<usize>, nests: Option<Nests>) -> Game {
    let demand = Demand::new(&[1.0], &[ALPHA], quality, nests).unwrap();
    Game::new(demand, Conduct::nash(firm), cost.to_vec()).unwrap()
}

#[test]
fn a_monopolist_in_logit() {
    let game = logit(&[2.0], &[0.7], vec![0], None);
    let price = equilibrium(&game);
    let share = game.demand.shares(&price)[0];
    close(
        price[0] - 0.7,
        1.0 / (ALPHA * (1.0 - share)),
        SAME_MATHEMATICS,
    );
    let by_hand = libm_share(2.0 - ALPHA * price[0]);
    close(share, by_hand, IDENTITY);
}

fn libm_share(v: f64) -> f64 {
    v.exp() / (1.0 + v.exp())
}

#[test]
fn a_symmetric_duopoly() {
    let game = logit(&[2.0, 2.0], &[0.5, 0.5], vec![0, 1], None);
    let price = equilibrium(&game);
    // The one price at which the markup is what the share asks for, by halving.
    let gap = |p: f64| {
        let e = (2.0 - ALPHA * p).exp();
        p - 0.5 - 1.0 / (ALPHA * (1.0 - e / (1.0 + 2.0 * e)))
    };
    let (mut low, mut high) = (0.5, 10.0);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if gap(middle) < 0.0 {
            low = middle
        } else {
            high = middle
        }
    }
    all_close(&price, &[low, low], SAME_MATHEMATICS);
}

#[test]
fn firms_with_several_products_take_one_markup() {
    let game = logit(
        &[2.0, 1.0, 1.5, 0.3],
        &[0.5, 0.9, 0.1, 0.4],
        vec![0, 0, 1, 2],
        None,
    );
    let price = equilibrium(&game);
    let shares = game.demand.shares(&price);
    let wanted = 1.0 / (ALPHA * (1.0 - shares[0] - shares[1]));
    close(price[0] - 0.5, wanted, SAME_MATHEMATICS);
    close(price[1] - 0.9, wanted, SAME_MATHEMATICS);
    close(
        price[2] - 0.1,
        1.0 / (ALPHA * (1.0 - shares[2])),
        SAME_MATHEMATICS,
    );
}

#[test]
fn nests_in_closed_form() {
    let lambda = 0.4;
    let nests = Nests {
        of: vec![0, 0, 1, 1],
        dissimilarity: vec![lambda, 0.7],
    };
    let game = logit(
        &[2.0, 1.6, 1.5, 1.1],
        &[0.5, 0.6, 0.1, 0.3],
        vec![0, 1, 2, 2],
        Some(nests),
    );
    let price = equilibrium(&game);
    let shares = game.demand.shares(&price);
    let within = shares[0] / (shares[0] + shares[1]);
    let slope = 1.0 / lambda - (1.0 / lambda - 1.0) * within - shares[0];
    close(price[0] - 0.5, 1.0 / (ALPHA * slope), SAME_MATHEMATICS);
    // Who owns a whole nest and nothing else prices as if it were one product of plain logit.
    let nest = shares[2] + shares[3];
    close(
        price[2] - 0.1,
        1.0 / (ALPHA * (1.0 - nest)),
        SAME_MATHEMATICS,
    );
    close(
        price[3] - 0.3,
        1.0 / (ALPHA * (1.0 - nest)),
        SAME_MATHEMATICS,
    );
    // Shares themselves, by the two-level formula.
    let e = |x: f64, p: f64, l: f64| ((x - ALPHA * p) / l).exp();
    let first = e(2.0, price[0], lambda) + e(1.6, price[1], lambda);
    let second = e(1.5, price[2], 0.7) + e(1.1, price[3], 0.7);
    let all = 1.0 + first.powf(lambda) + second.powf(0.7);
    close(
        shares[0],
        e(2.0, price[0], lambda) / first * first.powf(lambda) / all,
        SAME_MATHEMATICS,
    );
    let choice = game.demand.choose(&price);
    close(
        game.demand.consumer_surplus(&choice),
        all.ln() / ALPHA,
        SAME_MATHEMATICS,
    );
}

#[test]
fn nests_of_dissimilarity_one_are_plain_logit() {
    let ones = Nests {
        of: vec![0, 0, 1],
        dissimilarity: vec![1.0, 1.0],
    };
    let quality = [2.0, 1.6, 1.5];
    let plain = logit(&quality, &[0.5, 0.6, 0.1], vec![0, 1, 1], None);
    let nested = logit(&quality, &[0.5, 0.6, 0.1], vec![0, 1, 1], Some(ones));
    all_close(
        &equilibrium(&nested),
        &equilibrium(&plain),
        SAME_MATHEMATICS,
    );
}

#[test]
fn pressure_and_compensation_of_a_merger() {
    let game = logit(&[2.0, 1.4, 1.0], &[0.5, 0.6, 0.7], vec![0, 1, 2], None);
    let price = equilibrium(&game);
    let shares = game.demand.shares(&price);
    let choice = game.demand.choose(&price);
    // Logit diverts by share (Shapiro 1996).
    let ratio = diversion(&game.demand, &choice);
    close(ratio[1], shares[1] / (1.0 - shares[0]), IDENTITY);
    let outside = 1.0 - shares.iter().sum::<f64>();
    close(ratio[3], outside / (1.0 - shares[0]), IDENTITY);
    let after = Conduct::nash(vec![0, 0, 1]);
    // Farrell & Shapiro (2010): diversion times the other's margin.
    let pressure = upward_pressure(&game, &price, &after);
    close(pressure[0], ratio[1] * (price[1] - 0.6), IDENTITY);
    close(pressure[1], ratio[4] * (price[0] - 0.5), IDENTITY);
    close(pressure[2], 0.0, IDENTITY);
    // Werden (1996): what closes the gap between markups before and after at prices before.
    let joint = 1.0 / (ALPHA * (1.0 - shares[0] - shares[1]));
    let reductions = compensating_reductions(&game, &price, &after).unwrap();
    close(reductions[0], joint - (price[0] - 0.5), SAME_MATHEMATICS);
    close(reductions[1], joint - (price[1] - 0.6), SAME_MATHEMATICS);
    close(reductions[2], 0.0, SAME_MATHEMATICS);
    // With costs so much lower, the merger moves no price.
    let mut merged = game.clone();
    merged.conduct = after;
    for (cost, cut) in merged.cost.iter_mut().zip(&reductions) {
        *cost -= cut;
    }
    all_close(&equilibrium(&merged), &price, SAME_MATHEMATICS);
}

#[test]
fn concentration_by_hand() {
    // Inside shares 50, 30 and 20 %; firms 80 and 20.
    let found = concentration(&[0.25, 0.15, 0.10], &[0, 0, 1]);
    close(found, 6_400.0 + 400.0, IDENTITY);
}

#[test]
fn an_ad_valorem_tax_is_a_price_in_other_units() {
    // Receipts r = p/(1 + t): demand in receipts has α(1 + t), costs stay.
    let tax = 0.25;
    let quality = [2.0, 1.4, 1.0];
    let cost = [0.5, 0.6, 0.7];
    let mut game = logit(&quality, &cost, vec![0, 0, 1], None);
    game.kept = vec![1.0 / (1.0 + tax); 3];
    game.cost = cost.iter().map(|c| c * (1.0 + tax)).collect();
    let demand = Demand::new(&[1.0], &[ALPHA * (1.0 + tax)], &quality, None).unwrap();
    let receipts = Game::new(demand, Conduct::nash(vec![0, 0, 1]), cost.to_vec()).unwrap();
    let wanted: Vec<f64> = equilibrium(&receipts)
        .iter()
        .map(|r| r * (1.0 + tax))
        .collect();
    all_close(&equilibrium(&game), &wanted, SAME_MATHEMATICS);
}

#[test]
fn services_that_are_equal_for_all_buyers_are_a_lower_cost() {
    let game = logit(&[2.0, 1.4], &[0.5, 0.6], vec![0, 1], None);
    let served = game.clone().with_services(&[0.2, 0.3]).unwrap();
    let mut cheaper = game;
    cheaper.cost = vec![0.3, 0.3];
    all_close(
        &equilibrium(&served),
        &equilibrium(&cheaper),
        SAME_MATHEMATICS,
    );
}
