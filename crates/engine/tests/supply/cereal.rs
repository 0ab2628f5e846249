//! The merger of cereal firms 2 and 1 against pyblp 1.3.0; `crates/dev/oracle/cereal_merger.py` makes the fixture.

use super::*;
use beachhead_engine::supply::costs::backed_out;
use beachhead_engine::supply::measures::{concentration, pass_through};

/// Both iterate prices to 1e-12 and differ by what their roundings add up to.
const ORACLE: f64 = 1e-8;

/// A market of the fixture.
pub(crate) struct Cereal {
    pub(crate) game: Game,
    price: Vec<f64>,
    share: Vec<f64>,
    price_after: Vec<f64>,
    share_after: Vec<f64>,
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().skip(1);
    lines.map(|line| line.split(',').collect()).collect()
}

fn number(row: &[&str], column: usize) -> f64 {
    row[column].parse().unwrap()
}

pub(crate) fn markets() -> Vec<Cereal> {
    let products = rows(include_str!("../fixtures/cereal/products.csv"));
    let agents = rows(include_str!("../fixtures/cereal/agents.csv"));
    let mut ids: Vec<&str> = products.iter().map(|row| row[0]).collect();
    ids.dedup();
    ids.iter()
        .map(|id| {
            let own: Vec<&Vec<&str>> = products.iter().filter(|row| row[0] == *id).collect();
            let people: Vec<&Vec<&str>> = agents.iter().filter(|row| row[0] == *id).collect();
            let column = |n: usize| -> Vec<f64> { own.iter().map(|row| number(row, n)).collect() };
            let weight: Vec<f64> = people.iter().map(|row| number(row, 1)).collect();
            let alpha: Vec<f64> = people.iter().map(|row| -number(row, 3)).collect();
            let quality: Vec<f64> = own
                .iter()
                .flat_map(|row| people.iter().map(move |person| (row, person)))
                .map(|(row, person)| {
                    let tastes = number(person, 2) + number(person, 4) * number(row, 5);
                    number(row, 7) + tastes + number(person, 5) * number(row, 6)
                })
                .collect();
            let demand = Demand::new(&weight, &alpha, &quality, None).unwrap();
            let firm = column(2).iter().map(|&f| f as usize - 1).collect();
            Cereal {
                game: Game::new(demand, Conduct::nash(firm), column(8)).unwrap(),
                price: column(3),
                share: column(4),
                price_after: column(9),
                share_after: column(10),
            }
        })
        .collect()
}

#[test]
fn shares_costs_and_merger_prices_are_the_references() {
    let all = markets();
    assert_eq!(all.len(), 94);
    for market in &all {
        let (game, price) = (&market.game, &market.price);
        all_close(&game.demand.shares(price), &market.share, ORACLE);
        all_close(&backed_out(game, price).unwrap(), &game.cost, ORACLE);
        let mut merged = game.clone();
        let firm = game.conduct.firm().iter();
        merged.conduct = Conduct::nash(firm.map(|&f| if f == 1 { 0 } else { f }).collect());
        let found = solve(&merged, price, &Search::default());
        assert!(found.converged(), "{found:?}");
        all_close(&found.value, &market.price_after, ORACLE);
        all_close(
            &game.demand.shares(&found.value),
            &market.share_after,
            ORACLE,
        );
    }
}

/// Mean, over all markets, of what the reference prints for its own post-estimation.
#[test]
fn summaries_are_the_references() {
    let all = markets();
    let (mut elasticity, mut before, mut after, mut surplus, mut passed) =
        (0.0, 0.0, 0.0, 0.0, 0.0);
    let (mut products, mut count) = (0.0, 0.0);
    for market in &all {
        let game = &market.game;
        let n = game.products();
        let choice = game.demand.choose(&market.price);
        let slopes = game.demand.shares_by_prices(&choice);
        let through = pass_through(game, &market.price).unwrap();
        for j in 0..n {
            elasticity += slopes[j * n + j] * market.price[j] / choice.shares[j];
            passed += through[j * n + j];
        }
        let firm: Vec<usize> = game.conduct.firm().to_vec();
        let merged: Vec<usize> = firm.iter().map(|&f| if f == 1 { 0 } else { f }).collect();
        before += concentration(&market.share, &firm);
        after += concentration(&market.share_after, &merged);
        surplus += game.demand.consumer_surplus(&choice);
        products += n as f64;
        count += 1.0;
    }
    // Entry `g_nevo_post` of the reference's numbers: own elasticities, concentration, consumer surplus per head.
    close(elasticity / products, -3.618_105_303_705_247, ORACLE);
    close(surplus / count, 0.034_246_702_949_407_015, ORACLE);
    close(passed / products, 1.101_199_799_304_578_3, ORACLE);
    close(before / count, 3_408.193_797_469_032, ORACLE);
    close(after / count, 5_199.027_476_795_733, ORACLE);
}
