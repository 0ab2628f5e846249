//! Firms that count each other's profits: the reference's ownership, costs and estimates.

use super::data::{automobile_products, automobiles, automobiles_start, cereal, cereal_start};
use super::oracle::{all_close, automobile_options, case, compare, numbers, one_step, run};
use beachhead_engine::estimate::{Fitted, Ownership, Problem};
use beachhead_engine::supply::costs::implied_markups;
use beachhead_engine::supply::game::Game;

/// The same formulas at the same parameters.
const ORACLE: f64 = 1e-8;

/// A problem whose firms, by the sorted texts of their ids, count what pairs say.
fn with_conduct(problem: Problem, ids: &[String], pairs: &[(&str, &str, f64)]) -> Problem {
    let Some(Ownership::Firms(firms)) = problem.ownership.clone() else {
        panic!("no firms")
    };
    let mut names = ids.to_vec();
    names.sort();
    names.dedup();
    let count = names.len();
    let mut weights = vec![0.0; count * count];
    for f in 0..count {
        weights[f * count + f] = 1.0;
    }
    for (f, g, weight) in pairs {
        let at = |name: &str| names.iter().position(|known| known == name).unwrap();
        weights[at(f) * count + at(g)] = *weight;
    }
    Problem {
        ownership: Some(Ownership::Conduct(firms, weights)),
        ..problem
    }
}

fn cereal_conduct() -> Problem {
    let ids = super::data::cereal_products();
    let pairs = [("1", "2", 0.4), ("2", "1", 0.4), ("3", "4", 0.25)];
    with_conduct(cereal(), ids.text("firm_ids"), &pairs)
}

#[test]
fn ownership_is_the_references() {
    let problem = cereal_conduct();
    let rows = problem.markets[0].clone();
    let ownership = problem.ownership.as_ref().unwrap();
    let firms = ownership.firms().unwrap();
    let pairs = rows
        .clone()
        .flat_map(|j| rows.clone().map(move |k| (firms[j], firms[k])));
    let found: Vec<f64> = pairs
        .map(|(f, g)| ownership.counts(f, g).unwrap())
        .collect();
    assert_eq!(found, numbers(case("ownership"), "matrix"));
}

#[test]
fn costs_follow_from_conduct() {
    let (problem, start, options) = (cereal_conduct(), cereal_start(), one_step());
    let fit = run(&problem, &start, &options);
    let fitted = Fitted::new(&problem, &start, &options, &fit).unwrap();
    let mut all = 0.0;
    for (t, rows) in problem.markets.iter().enumerate() {
        let prices = &problem.prices[rows.clone()];
        let conduct = fitted.conduct(t).unwrap().unwrap();
        let costs = vec![0.0; prices.len()];
        let game = Game::new(fitted.demand(t).unwrap(), conduct, costs).unwrap();
        let markups = implied_markups(&game, prices).unwrap();
        let costs: Vec<f64> = prices.iter().zip(&markups).map(|(p, m)| p - m).collect();
        if t == 0 {
            all_close(
                "costs",
                &costs,
                &numbers(case("ownership"), "costs"),
                ORACLE,
            );
        }
        all += costs.iter().sum::<f64>();
    }
    let wanted = case("ownership")["all_costs"].as_f64().unwrap();
    all_close("all costs", &[all], &[wanted], ORACLE);
}

#[test]
fn supply_with_conduct_at_the_starting_values() {
    let table = automobile_products();
    let pairs = [("16", "19", 0.5), ("19", "16", 0.5), ("7", "16", 0.2)];
    let problem = with_conduct(automobiles(), table.text("firm_ids"), &pairs);
    let fit = run(&problem, &automobiles_start(), &automobile_options(false));
    compare(&fit, "automobiles_conduct_at_start");
}
