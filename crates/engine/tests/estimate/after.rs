//! What follows from a fit, and helpers that need none, against the reference.

use super::data::{cereal, cereal_products, cereal_start};
use super::oracle::{all_close, case, numbers, one_step, run};
use beachhead_engine::estimate::{
    Differentiation, Fitted, Problem, Rule, characteristics_of_others, differentiation, points,
};
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::costs::backed_out;
use beachhead_engine::supply::equilibrium::{Search, solve};
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::measures::{diversion, elasticities};

/// The same formulas at the same parameters.
const ORACLE: f64 = 1e-8;
/// Sums that two programs form in different orders.
const SAME_MATHEMATICS: f64 = 1e-12;

/// Diversion with the outside good on the diagonal, as the reference prints it.
fn on_diagonal(ratio: &[f64], products: usize) -> Vec<f64> {
    let mut square = Vec::new();
    for j in 0..products {
        let row = &ratio[j * (products + 1)..(j + 1) * (products + 1)];
        square.extend((0..products).map(|l| if l == j { row[products] } else { row[l] }));
    }
    square
}

#[test]
fn elasticities_costs_surplus_and_a_merger_are_the_references() {
    let (problem, start, options) = (cereal(), cereal_start(), one_step());
    let fit = run(&problem, &start, &options);
    let fitted = Fitted::new(&problem, &start, &options, &fit).unwrap();
    let case = case("after");
    let (mut aggregate, mut surplus) = (Vec::new(), Vec::new());
    let (mut costs, mut profits) = (0.0, 0.0);
    // The reference lists markets in the order of their sorted names.
    let mut order: Vec<usize> = (0..fitted.markets()).collect();
    order.sort_by_key(|&t| problem.market_labels[t].clone());
    for t in order {
        let rows = problem.markets[t].clone();
        let price = &problem.prices[rows.clone()];
        let demand = fitted.demand(t).unwrap();
        let conduct = fitted.conduct(t).unwrap().unwrap();
        let choice = demand.choose(price);
        all_close("shares", &choice.shares, &problem.shares[rows], ORACLE);
        let products = price.len();
        let blank = Game::new(demand.clone(), conduct.clone(), vec![0.0; products]).unwrap();
        let cost = backed_out(&blank, price).unwrap();
        costs += cost.iter().sum::<f64>();
        let sold = price.iter().zip(&cost).zip(&choice.shares);
        profits += sold.map(|((p, c), s)| (p - c) * s).sum::<f64>();
        aggregate.push(fitted.aggregate_elasticity(t, 0.1).unwrap());
        surplus.push(demand.consumer_surplus(&choice));
        if t == 0 {
            let own = elasticities(&demand, &choice, price);
            all_close("elasticities", &own, &numbers(case, "elasticities"), ORACLE);
            let ratio = on_diagonal(&diversion(&demand, &choice), products);
            all_close("diversion", &ratio, &numbers(case, "diversion"), ORACLE);
            let ratio = on_diagonal(&fitted.long_run_diversion(t).unwrap(), products);
            all_close("long run", &ratio, &numbers(case, "long_run"), ORACLE);
            all_close("costs", &cost, &numbers(case, "costs"), ORACLE);
            let firm = conduct.firm().iter();
            let merged = Conduct::nash(firm.map(|&f| if f == 1 { 0 } else { f }).collect());
            let game = Game::new(demand, merged, cost).unwrap();
            let found = solve(&game, price, &Search::default());
            let wanted = numbers(case, "merged_prices");
            all_close("merged prices", &found.value, &wanted, ORACLE);
        }
    }
    all_close("aggregate", &aggregate, &numbers(case, "aggregate"), ORACLE);
    all_close("surplus", &surplus, &numbers(case, "surplus"), ORACLE);
    let sums = [costs, profits];
    let wanted = ["all_costs", "profits"].map(|name| case[name].as_f64().unwrap());
    all_close("costs and profits", &sums, &wanted, ORACLE);
}

/// Columns of the first market, row by row as the fixture has them.
fn first_market(problem: &Problem, columns: &[Vec<f64>]) -> Vec<f64> {
    let rows = problem.markets[0].clone();
    rows.flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect()
}

#[test]
fn instruments_are_the_references() {
    let table = cereal_products();
    let problem = cereal();
    let (sugar, price, firm) = (
        table.numbers("sugar"),
        table.numbers("prices"),
        table.ids("firm_ids"),
    );
    let columns = [sugar.as_slice(), price.as_slice()];
    let case = case("helpers");
    let check = |name: &str, found: &[Vec<f64>]| {
        let wanted = numbers(case, name);
        all_close(
            name,
            &first_market(&problem, found),
            &wanted,
            SAME_MATHEMATICS,
        );
    };
    check(
        "blp",
        &characteristics_of_others(&problem.markets, &firm, &columns),
    );
    for (kind, name) in [
        (Differentiation::Local, "local"),
        (Differentiation::Quadratic, "quadratic"),
    ] {
        for (interact, suffix) in [(false, ""), (true, "_interacted")] {
            let found = differentiation(&problem.markets, &firm, &columns, kind, interact);
            check(&format!("{name}{suffix}"), &found);
        }
    }
}

#[test]
fn rules_without_chance_are_the_references() {
    let by_row = |nodes: &[Vec<f64>]| -> Vec<f64> {
        (0..nodes[0].len())
            .flat_map(|n| nodes.iter().map(move |column| column[n]))
            .collect()
    };
    let case = case("helpers");
    let rule = Rule::Halton {
        discard: 10,
        scramble: false,
    };
    let found = points(rule, 3, 7, 1, 0).unwrap();
    all_close(
        "halton",
        &by_row(&found.nodes),
        &numbers(case, "halton"),
        ORACLE,
    );
    let found = points(Rule::Product, 2, 4, 1, 0).unwrap();
    all_close(
        "product",
        &by_row(&found.nodes),
        &numbers(case, "product"),
        ORACLE,
    );
    all_close(
        "weights",
        &found.weight,
        &numbers(case, "product_weights"),
        ORACLE,
    );
}

/// Moments of a standard normal, each rule within a bound of its own kind.
#[test]
fn every_rule_integrates_a_normal() {
    /// Points, and how far quasi-random means may be off for so many.
    const SIZE: usize = 4_096;
    const QUASI: f64 = 0.01;
    /// Standard errors that a Monte Carlo mean may be off.
    const STANDARD_ERRORS: f64 = 4.0;
    let halton = |scramble| Rule::Halton {
        discard: 1_000,
        scramble,
    };
    let rules = [
        (halton(false), QUASI),
        (halton(true), QUASI),
        (Rule::Sobol, QUASI),
        (Rule::ModifiedLatinHypercube, STANDARD_ERRORS / 64.0),
        (Rule::MonteCarlo, STANDARD_ERRORS / 64.0),
    ];
    for (rule, bound) in rules {
        let found = points(rule, 3, SIZE, 5, 2).unwrap();
        let mean =
            |f: &dyn Fn(usize) -> f64| (0..SIZE).map(|n| f(n) * found.weight[n]).sum::<f64>();
        for d in 0..3 {
            assert!(mean(&|n| found.nodes[d][n]).abs() <= bound, "{rule:?}");
            let square = mean(&|n| found.nodes[d][n] * found.nodes[d][n]);
            assert!((square - 1.0).abs() <= 2.0 * bound, "{rule:?} {square}");
        }
        assert!(
            mean(&|n| found.nodes[0][n] * found.nodes[1][n]).abs() <= bound,
            "{rule:?}"
        );
        assert_ne!(
            found,
            points(rule, 3, SIZE, 5, 3).unwrap(),
            "markets differ"
        );
        assert_eq!(
            found,
            points(rule, 3, SIZE, 5, 2).unwrap(),
            "addresses hold"
        );
    }
}
