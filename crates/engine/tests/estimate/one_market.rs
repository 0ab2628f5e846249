//! One market of a fit taken out of it: demand is the fit's, a product like one that is there is worth the same, and what months
//! cannot carry is refused.

use super::data::{
    automobiles, automobiles_linear, automobiles_start, cereal, cereal_start, with_nests,
};
use super::oracle::{automobile_options, one_step, run};
use beachhead_engine::estimate::{
    Demographic, Fit, FitParts, Fitted, NewProduct, OneMarket, Options, Parameters, Problem,
};
use beachhead_engine::numerics::solve::Status;

/// The same demand by another way: a fixed point that ends at 1e-14.
const SAME_DEMAND: f64 = 1e-10;

fn parts<'a>(
    problem: &'a Problem,
    parameters: &'a Parameters,
    options: &'a Options,
    fit: &'a Fit,
) -> FitParts<'a> {
    FitParts {
        problem,
        parameters,
        options,
        mean_utility: &fit.mean_utility,
    }
}

/// Estimates in the order in which a market asks for them.
fn estimates(market: &OneMarket, fit: &Fit) -> Vec<f64> {
    let places = market.places().into_iter();
    let value = |place| {
        let mut found = fit.estimates.iter();
        found.find(|each| each.place == place).unwrap().estimate
    };
    places.map(value).collect()
}

/// A product of the market as a new one, at a price of 0.
fn like(problem: &Problem, row: usize) -> NewProduct {
    let at = |column: &beachhead_engine::estimate::Column| {
        let by_price = column.by_price.as_ref().map_or(0.0, |slope| slope[row]);
        column.values[row] - by_price * problem.prices[row]
    };
    NewProduct {
        linear: problem.linear.iter().map(at).collect(),
        nonlinear: problem.nonlinear.iter().map(at).collect(),
    }
}

fn is_the_fits(problem: &Problem, parameters: &Parameters, options: &Options, t: usize) {
    let fit = run(problem, parameters, options);
    let rows = problem.markets[t].clone();
    let new = [like(problem, rows.start + 1)];
    let market = OneMarket::new(&parts(problem, parameters, options, &fit), t, &new).unwrap();
    let found = market.at(&estimates(&market, &fit));
    assert_eq!(found.status, Status::Converged);
    let total: f64 = found.weight.iter().sum();
    assert!((total - 1.0).abs() < SAME_DEMAND, "{total}");
    let demand = market.demand(&found).unwrap();
    let fitted = Fitted::new(problem, parameters, options, &fit).unwrap();
    let wanted = fitted.demand(t).unwrap();
    // Other prices than those at which mean utilities were found.
    for factor in [1.0, 1.2] {
        let prices: Vec<f64> = market.prices().iter().map(|p| p * factor).collect();
        let pairs = demand
            .shares(&prices)
            .into_iter()
            .zip(wanted.shares(&prices));
        for (j, (found, wanted)) in pairs.enumerate() {
            assert!(
                (found / wanted - 1.0).abs() < SAME_DEMAND,
                "{j}: {found}, {wanted}"
            );
        }
    }
    let all = rows.len() + 1;
    for worths in found.worth.chunks_exact(all) {
        let (there, new) = (worths[1], worths[all - 1]);
        assert!(
            (there - new).abs() < SAME_DEMAND * there.abs().max(1.0),
            "{there}, {new}"
        );
    }
}

#[test]
fn a_market_taken_out_has_the_demand_of_the_fit() {
    is_the_fits(&cereal(), &cereal_start(), &one_step(), 40);
    let options = automobile_options(false);
    is_the_fits(&automobiles(), &automobiles_start(), &options, 19);
    let (problem, parameters) = automobiles_linear();
    is_the_fits(&problem, &parameters, &options, 3);
}

#[test]
fn what_months_cannot_carry_is_refused() {
    let (parameters, options) = (cereal_start(), one_step());
    let fit = run(&cereal(), &parameters, &options);
    let refused = |problem: &Problem, words: &str| {
        let found = OneMarket::new(&parts(problem, &parameters, &options, &fit), 0, &[]);
        let text = found.unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    let nested = with_nests(cereal(), |table| table.ids("mushy"));
    refused(&nested, "more than one nest");
    let of_agents = |change: &dyn Fn(&mut beachhead_engine::estimate::Agents)| {
        let mut problem = cereal();
        change(problem.agents.as_mut().unwrap());
        problem
    };
    let cells = |problem: &Problem| -> Vec<Vec<f64>> {
        let people = &problem.agents.as_ref().unwrap().markets;
        let sizes = problem.markets.iter().zip(people);
        sizes
            .map(|(rows, people)| vec![1.0; rows.len() * people.len()])
            .collect()
    };
    let whole = cells(&cereal());
    refused(
        &of_agents(&|agents| agents.availability = Some(whole.clone())),
        "availability by person",
    );
    refused(
        &of_agents(&|agents| agents.demographics[0] = Demographic::OfProduct(whole.clone())),
        "demographics that differ by product",
    );
    refused(
        &of_agents(&|agents| agents.weight[3] = -0.05),
        "weights below 0",
    );
    let short = [NewProduct::default()];
    let problem = cereal();
    let found = OneMarket::new(&parts(&problem, &parameters, &options, &fit), 0, &short);
    assert!(
        found
            .unwrap_err()
            .to_string()
            .contains("linear columns of a new product")
    );
}
