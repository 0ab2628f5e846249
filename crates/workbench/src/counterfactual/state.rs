//! A market with solved prices as an entry of a document, or without them where none were found.

use super::document::{
    Certified, DeviationEntry, FirmEntry, Found, ProductEntry, PromiseEntry, StateEntry,
};
use super::market::Market;
use super::read::Study;
use super::result::{Solved, finite};
use beachhead_engine::supply::demand::Choice;
use beachhead_engine::supply::deviation::Deviation;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::measures::{concentration, diversion, elasticities, pass_through};

/// What a step came to.
pub(super) fn state(
    study: &Study,
    title: &str,
    market: &Market,
    game: &Game,
    solved: &Solved,
) -> StateEntry {
    let certificate = certified(market, solved);
    if certificate.status != Found::Converged {
        return unknown(title, market, certificate);
    }
    let price = &solved.found.value;
    let choice = game.demand.choose(price);
    let people = study.market_size.unwrap_or(1.0);
    let base = study.baseline.demand.choose(&study.prices);
    let surplus =
        game.demand.consumer_surplus(&choice) - study.baseline.demand.consumer_surplus(&base);
    let profit: Vec<f64> = game
        .profits(price)
        .iter()
        .map(|profit| people * profit)
        .collect();
    let inside: f64 = choice.shares.iter().sum();
    let sold = || price.iter().zip(&choice.shares);
    let tax = |(product, (p, share)): (&super::market::Product, (&f64, &f64))| {
        people * (p * (1.0 - product.kept) + product.unit_tax) * share
    };
    let matrices = Matrices::new(game, price, solved);
    StateEntry {
        title: title.to_owned(),
        certificate,
        products: products(study, market, price, (&choice, &profit)),
        firms: firms(market, &choice.shares, &profit),
        promises: promises(solved, people),
        hhi: concentration(&choice.shares, game.conduct.firm()),
        outside_share: 1.0 - inside,
        mean_price: sold().map(|(p, s)| p * s).sum::<f64>() / inside,
        consumer_surplus_change: people * surplus,
        profit: profit.iter().sum(),
        tax: market.products.iter().zip(sold()).map(tax).sum(),
        diversion: matrices.diversion,
        elasticities: matrices.elasticities,
        pass_through: matrices.pass_through,
    }
}

/// A step whose prices were not found: who sells what at which cost, and nothing that would follow from prices.
fn unknown(title: &str, market: &Market, certificate: Certified) -> StateEntry {
    let none = f64::NAN;
    let product = |product: &super::market::Product| ProductEntry {
        product: product.name.clone(),
        firm: market.firms[product.firm].clone(),
        frozen: product.frozen,
        price: none,
        price_change: None,
        share: none,
        cost: product.cost,
        margin: none,
        margin_given: None,
        profit: none,
    };
    let nothing = vec![none; market.products.len()];
    StateEntry {
        title: title.to_owned(),
        certificate,
        products: market.products.iter().map(product).collect(),
        firms: firms(market, &nothing, &nothing),
        hhi: none,
        outside_share: none,
        mean_price: none,
        consumer_surplus_change: none,
        profit: none,
        tax: none,
        diversion: Vec::new(),
        elasticities: Vec::new(),
        promises: Vec::new(),
        pass_through: None,
    }
}

fn certified(market: &Market, solved: &Solved) -> Certified {
    let certificate = &solved.certificate;
    let second = certificate.second_order.iter().flatten().copied();
    Certified {
        status: solved.status(),
        search: solved.found.status,
        iterations: solved.found.iterations,
        residual: finite(solved.found.residual),
        first_order: finite(certificate.first_order),
        second_order: second.reduce(f64::max),
        best_deviation: certificate
            .best_deviation
            .as_ref()
            .map(|best| deviation(market, best)),
        starts: certificate.starts,
        converged: certificate.converged,
        equilibria: certificate.equilibria.len(),
        rejected: certificate.rejected,
    }
}

/// A deviation with names.
pub(super) fn deviation(market: &Market, best: &Deviation) -> DeviationEntry {
    let moved = best.prices.iter();
    DeviationEntry {
        firm: market.firms[best.firm].clone(),
        products: moved
            .clone()
            .map(|&(j, _)| market.products[j].name.clone())
            .collect(),
        prices: moved.map(|&(_, price)| price).collect(),
        gain: finite(best.gain),
    }
}

fn products(
    study: &Study,
    market: &Market,
    price: &[f64],
    (choice, profit): (&Choice, &[f64]),
) -> Vec<ProductEntry> {
    let entry = |(j, product): (usize, &super::market::Product)| {
        let receipt = price[j] * product.kept - product.unit_tax;
        let was = study
            .baseline
            .product(&product.name)
            .map(|at| study.prices[at]);
        ProductEntry {
            product: product.name.clone(),
            firm: market.firms[product.firm].clone(),
            frozen: product.frozen,
            price: price[j],
            price_change: was.map(|was| price[j] / was - 1.0),
            share: choice.shares[j],
            cost: product.cost,
            margin: (receipt - product.cost) / receipt,
            margin_given: None,
            profit: profit[j],
        }
    };
    market.products.iter().enumerate().map(entry).collect()
}

/// Firms that have products.
fn firms(market: &Market, shares: &[f64], profit: &[f64]) -> Vec<FirmEntry> {
    let own = |f: usize| {
        let all = market.products.iter().enumerate();
        all.filter(move |(_, product)| product.firm == f)
            .map(|(j, _)| j)
    };
    (0..market.firms.len())
        .filter(|&f| own(f).next().is_some())
        .map(|f| FirmEntry {
            firm: market.firms[f].clone(),
            share: own(f).map(|j| shares[j]).sum(),
            profit: own(f).map(|j| profit[j]).sum(),
        })
        .collect()
}

/// Promises with their rebates in money of all people.
fn promises(solved: &Solved, people: f64) -> Vec<PromiseEntry> {
    let promises = solved.promises.iter();
    promises
        .map(|promise| PromiseEntry {
            rebate: people * promise.rebate,
            ..promise.clone()
        })
        .collect()
}

/// How demand and prices answer, row by row.
struct Matrices {
    diversion: Vec<Vec<f64>>,
    elasticities: Vec<Vec<f64>>,
    pass_through: Option<Vec<Vec<f64>>>,
}

impl Matrices {
    fn new(game: &Game, price: &[f64], solved: &Solved) -> Self {
        let rows = |matrix: Vec<f64>, width: usize| -> Vec<Vec<f64>> {
            matrix.chunks(width.max(1)).map(<[f64]>::to_vec).collect()
        };
        // Of a product that nobody buys they are what they tend to.
        let demand = game.demand.seen_at(price);
        let (choice, products) = (demand.choose(price), price.len());
        // Under a promise prices answer to costs in another way.
        let is_bound = solved.promises.iter().any(|promise| promise.binds);
        let through = (!is_bound).then(|| pass_through(game, price)).flatten();
        Self {
            diversion: rows(diversion(&demand, &choice), products + 1),
            elasticities: rows(elasticities(&demand, &choice, price), products),
            pass_through: through.map(|matrix| rows(matrix, products)),
        }
    }
}
