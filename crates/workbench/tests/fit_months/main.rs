//! A fit drives the months: its shares and elasticities are theirs where nothing carries over, draws take its covariance, and what is
//! wrong is said.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

mod mistakes;

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::parameters::Parameters;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{Economy, Ground as Month};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::{FitDemand, Values};
use beachhead_engine::supply::measures::elasticities;
use beachhead_workbench::estimate::{Stored, document, export, fit, read};
use beachhead_workbench::run::job::{ComputeOptions, Silent};
use beachhead_workbench::run::prepare::prepare;
use beachhead_workbench::run::session::{self, Place, Request};
use beachhead_workbench::run::stored;
use beachhead_workbench::run::summary::OutcomeEntry;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// The same demand through other formulas: shares, and extrapolated differences against derivatives.
const SAME_DEMAND: f64 = 1e-10;
/// A rise of one per cent against a derivative.
const ONE_PER_CENT: f64 = 1e-3;
/// The same mathematics in another order.
const SAME: f64 = 1e-12;
/// Targets of a central calibration, and what follows from them.
const CALIBRATED: f64 = 1e-5;
/// A search repeated on another machine.
const REPEATED: f64 = 1e-6;
/// What chance leaves of a standard deviation over so many draws.
const DRAWS: u64 = 2000;
const CHANCE: f64 = 0.1;
/// Sales that the fit's parameters leave in doubt by more than this, relative.
const LEAST_SPREAD: f64 = 0.02;
/// How far a spread may be from growing as its cause does, as a ratio: utilities bend.
const BENT: f64 = 2.5;

const SCENARIO: &str = "scenario.toml";
const FIT: &str = "fit/fit.json";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn example() -> PathBuf {
    examples().join("cereal-entry")
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), &place).unwrap();
        }
    }
}

/// The example with texts replaced: file, from, to.
fn changed(edits: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copied(&example(), folder.path());
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    folder
}

fn loaded(folder: &Path) -> Loaded {
    load(folder, &LoadOptions::default()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The market of the example before the entry, and what was solved for it.
fn at_rest(ground: &Ground<'_>) -> Calibrated {
    let cancel = AtomicBool::new(false);
    let solve = calibrate(ground, &Settings::default(), &cancel);
    assert!(solve.converged(), "{:?}", solve.value.report);
    solve.value
}

/// Units of each product in a month from these consumers on.
fn month(
    ground: &Ground<'_>,
    at: &Calibrated,
    parameters: &Parameters,
    offers: &Offers,
) -> Vec<f64> {
    let dispatch = Dispatch::detect();
    let trust = vec![0.0; ground.market.brands];
    let base = Attraction::new(&ground.market, parameters, &ground.offers, &trust, dispatch);
    let baseline = Baseline::new(&ground.market, parameters, &base, &at.layout);
    let month = Month {
        market: &ground.market,
        parameters,
        baseline: &baseline,
        layout: &at.layout,
        dispatch,
    };
    let mut economy = Economy::new(month, at.consumers.clone(), trust);
    economy.open_month(month, offers, 1.0);
    let mut units = vec![0.0; ground.market.products.len()];
    for (o, sold) in economy.flows.units.iter().enumerate() {
        units[offers.product[o]] += sold;
    }
    units
}

/// Elasticities of a month's units by a factor of prices, by differences extrapolated.
fn by_price(products: usize, month_at: &dyn Fn(f64) -> Vec<f64>) -> Vec<f64> {
    let difference = |step: f64| -> Vec<f64> {
        let (up, down) = (month_at(libm::exp(step)), month_at(libm::exp(-step)));
        let slope = |j: usize| libm::log(up[j] / down[j]) / (2.0 * step);
        (0..products).map(slope).collect()
    };
    let mut rows: Vec<Vec<f64>> = (0..5)
        .map(|n| difference(0.1 / f64::from(1 << n)))
        .collect();
    for order in 1..5 {
        let factor = f64::from(1 << (2 * order));
        for n in 0..rows.len() - 1 {
            for j in 0..products {
                rows[n][j] = (factor * rows[n + 1][j] - rows[n][j]) / (factor - 1.0);
            }
        }
        rows.pop();
    }
    rows[0].clone()
}

/// The example with a fit of another problem of the same data.
fn of_problem(name: &str) -> TempDir {
    let folder = changed(&[]);
    let loaded = read(&examples().join("cereal").join(name)).unwrap();
    let found = fit(&loaded, &AtomicBool::new(false), &Silent).unwrap();
    let document = document(&loaded, &found);
    export::write(&folder.path().join("fit"), &loaded, &found, &document, None).unwrap();
    folder
}

/// Months in which nothing carries over, everybody reaches everything, and ϑ is `1 − ρ` sell what the fit's market sells and answer
/// to prices as it does.
fn months_are_the_fit(folder: &Path) {
    let loaded = loaded(folder);
    let scenario = &loaded.scenario;
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, scenario.simulation.types).unwrap();
    let rest = at_rest(&ground);
    let of_fit = scenario.fit.as_ref().unwrap();
    let mut parameters = rest.parameters.clone();
    parameters.keep.fill(0.0);
    parameters.product_intercept.fill(0.0);
    parameters.nest = of_fit.utilities(&values).dissimilarity;
    let stored = Stored::read(&folder.join("fit")).unwrap();
    let problem = &stored.loaded.problem;
    let t = (0..problem.markets.len())
        .find(|t| problem.market_name(*t) == of_fit.market)
        .unwrap();
    let rows = problem.markets[t].clone();
    let units = month(&ground, &rest, &parameters, &ground.offers);
    for (n, share) in problem.shares[rows.clone()].iter().enumerate() {
        let sold = units[of_fit.product[n]];
        assert!(
            (sold / share - 1.0).abs() < SAME_DEMAND,
            "{n}: {sold}, {share}"
        );
    }
    let prices = &problem.prices[rows];
    let fitted = stored.fitted().unwrap();
    let demand = fitted.demand(t).unwrap();
    let wanted = elasticities(&demand, &demand.choose(prices), prices);
    let known = of_fit.source.known();
    for l in 0..known {
        let dearer = |factor: f64| {
            let offers = ground
                .offers
                .repriced(|j, _, price| match j == of_fit.product[l] {
                    true => price * factor,
                    false => price,
                });
            month(&ground, &rest, &parameters, &offers)
        };
        let found = by_price(known, &dearer);
        for j in 0..known {
            let (found, wanted) = (found[of_fit.product[j]], wanted[j * known + l]);
            assert!(
                (found - wanted).abs() < SAME_DEMAND,
                "{j} by {l}: {found}, {wanted}"
            );
        }
    }
    let sold: f64 = (0..known).map(|j| units[of_fit.product[j]]).sum();
    let of_row = |j: usize| wanted[j * known..(j + 1) * known].iter().sum::<f64>();
    let aggregate: f64 = (0..known)
        .map(|j| units[of_fit.product[j]] / sold * of_row(j))
        .sum();
    let stepped = of_fit
        .source
        .aggregate_elasticity(&of_fit.utilities(&values));
    assert!(
        (stepped / aggregate - 1.0).abs() < ONE_PER_CENT,
        "{stepped}, {aggregate}"
    );
}

#[test]
fn where_nothing_carries_over_months_are_the_fit() {
    months_are_the_fit(&example());
}

#[test]
fn so_they_are_with_a_nest_and_without_random_coefficients() {
    months_are_the_fit(of_problem("nested.toml").path());
    months_are_the_fit(of_problem("logit_one_step.toml").path());
}

/// With loyalty, ageing and taste out of timing, intercepts are solved so that the fit's shares hold, and ϑ so that its elasticity does.
#[test]
fn shares_and_the_aggregate_elasticity_hold_where_much_carries_over() {
    let folder = changed(&[
        (
            SCENARIO,
            "timing = 0\nageing = 0\n",
            "ageing = 0.1\nloyalty = 0.8\n",
        ),
        (
            SCENARIO,
            "buy_keep_nest = { value = 1, note = \"as in the fit: who does not buy one of these cereals has bought none\" }\n",
            "",
        ),
        (SCENARIO, "period = \"1 months\"", "period = \"3 months\""),
        (
            SCENARIO,
            "value = { value = 0.35752321879",
            "value = { value = 0.1",
        ),
    ]);
    let loaded = loaded(folder.path());
    let scenario = &loaded.scenario;
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, scenario.simulation.types).unwrap();
    let rest = at_rest(&ground);
    let of_fit = scenario.fit.as_ref().unwrap();
    let units = month(&ground, &rest, &rest.parameters, &ground.offers);
    let sold: f64 = units.iter().sum();
    let of_market: f64 = of_fit.source.shares().iter().sum();
    let mut moved = 0.0_f64;
    for (n, share) in of_fit.source.shares().iter().enumerate() {
        let j = of_fit.product[n];
        assert!((units[j] / sold * of_market / share - 1.0).abs() < CALIBRATED);
        moved = moved.max(rest.parameters.product_intercept[j].abs());
    }
    assert!(moved > LEAST_SPREAD, "intercepts stay: {moved}");
    let row = rest
        .report
        .iter()
        .find(|row| row.target == "category_price_elasticity");
    let row = row.unwrap();
    let wanted = of_fit
        .source
        .aggregate_elasticity(&of_fit.utilities(&values));
    assert!((row.wanted / wanted - 1.0).abs() < SAME);
    assert!((row.got / wanted - 1.0).abs() < CALIBRATED);
    assert!(rest.parameters.nest > 0.0 && rest.parameters.nest < 1.0);
}

fn drawn(loaded: &Loaded, draw: u64) -> Values {
    loaded.scenario.drawn_values(&Address::new(1, draw))
}

fn parameters(fit: &FitDemand, values: &Values) -> Vec<f64> {
    fit.parameters.iter().map(|p| values[&p.value]).collect()
}

#[test]
fn draws_of_parameters_have_the_covariance_of_the_fit() {
    let loaded = loaded(&example());
    let of_fit = loaded.scenario.fit.as_ref().unwrap();
    let draws: Vec<Vec<f64>> = (0..DRAWS)
        .map(|draw| parameters(of_fit, &drawn(&loaded, draw)))
        .collect();
    let stored = Stored::read(&example().join("fit")).unwrap();
    let places = of_fit.source.places();
    let row = |k: usize| {
        stored
            .covariance
            .position(places[k].kind, &of_fit.source.name(places[k]))
    };
    let mean = |k: usize| draws.iter().map(|draw| draw[k]).sum::<f64>() / DRAWS as f64;
    let means: Vec<f64> = (0..places.len()).map(mean).collect();
    for a in 0..places.len() {
        for b in 0..places.len() {
            let product = |draw: &Vec<f64>| (draw[a] - means[a]) * (draw[b] - means[b]);
            let found = draws.iter().map(product).sum::<f64>() / (DRAWS - 1) as f64;
            let wanted = stored
                .covariance
                .at(row(a).unwrap(), row(b).unwrap())
                .unwrap();
            let scale = of_fit.parameters[a].standard_error * of_fit.parameters[b].standard_error;
            let is_bounded = [a, b]
                .iter()
                .any(|k| of_fit.source.bounds()[*k].0.is_finite());
            assert!(scale > 0.0);
            if !is_bounded {
                assert!(
                    ((found - wanted) / scale).abs() < CHANCE,
                    "{a}, {b}: {found}, {wanted}"
                );
            }
        }
    }
}

/// δ is inverted again: at drawn parameters the market's shares are what they were, and people are not.
#[test]
fn each_draw_meets_the_shares_at_its_own_parameters() {
    let loaded = loaded(&example());
    let of_fit = loaded.scenario.fit.as_ref().unwrap();
    let source = &of_fit.source;
    let central = of_fit.utilities(&loaded.scenario.central_values());
    for draw in 0..20 {
        let found = of_fit.utilities(&drawn(&loaded, draw));
        assert_ne!(found.price, central.price);
        let shares = source.demand(&found).unwrap().shares(source.prices());
        for (found, share) in shares.iter().zip(source.shares()) {
            assert!(
                (found / share - 1.0).abs() < SAME_DEMAND,
                "draw {draw}: {found}, {share}"
            );
        }
    }
}

/// What 90 % of draws lie between, of the units under the last plan, with nothing in doubt but the fit.
fn spread_of_units(edits: &[(&str, &str, &str)], change: &dyn Fn(&mut Value)) -> f64 {
    let folder = changed(edits);
    let path = folder.path().join(FIT);
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut document);
    fs::write(&path, serde_json::to_string(&document).unwrap()).unwrap();
    let options = LoadOptions {
        draws: Some(16),
        months: Some(4),
        plans: vec!["stores".to_owned()],
        sets: vec![
            "demand.entrant.oat.sd=0".to_owned(),
            "demand.entrant.oat.transport_sd=0".to_owned(),
        ],
        ..LoadOptions::default()
    };
    let loaded = load(folder.path(), &options).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let prepared = prepare(&loaded).unwrap();
    let cancel = AtomicBool::new(false);
    let place = Place::Exactly(folder.path().join("run"));
    let request = Request {
        loaded: &loaded,
        prepared: &prepared,
        place: &place,
        options: ComputeOptions {
            threads: 2,
            plans: &loaded.plans,
            cancel: &cancel,
        },
        fresh: false,
        analysis: false,
    };
    session::run(&request, &Silent, &|_| ()).unwrap();
    let run = stored::read(&folder.path().join("run")).unwrap();
    let OutcomeEntry::Distribution(units) = run.summary.plans[0].outcome("units").unwrap() else {
        panic!("units have a distribution");
    };
    (units.p95.unwrap() - units.p05.unwrap()) / units.mean.unwrap()
}

fn covariances(document: &mut Value, factor: f64) {
    for value in document["covariance"]["values"].as_array_mut().unwrap() {
        *value = (value.as_f64().unwrap() * factor).into();
    }
}

#[test]
fn doubt_about_parameters_widens_the_answer() {
    let drawn = spread_of_units(&[], &|_| ());
    assert!(drawn > LEAST_SPREAD, "{drawn}");
    let narrow = spread_of_units(&[], &|document| covariances(document, 1e-4));
    // A standard error a hundredth as large.
    let ratio = drawn / narrow / 100.0;
    assert!(
        narrow > 0.0 && ratio < BENT && ratio > 1.0 / BENT,
        "{drawn}, {narrow}"
    );
    let word = ("parameters = \"drawn\"", "parameters = \"fixed\"");
    let fixed = spread_of_units(&[(SCENARIO, word.0, word.1)], &|_| ());
    assert!(fixed < SAME, "{fixed}");
    let certain = spread_of_units(&[], &|document| covariances(document, 0.0));
    assert!(certain < SAME, "{certain}");
}

#[test]
fn the_fit_of_the_example_is_made_again() {
    let loaded = read(&examples().join("cereal")).unwrap();
    let cancel = AtomicBool::new(false);
    let found = fit(&loaded, &cancel, &Silent).unwrap();
    let made = serde_json::to_value(document(&loaded, &found)).unwrap();
    let text = fs::read_to_string(example().join(FIT)).unwrap();
    let kept: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(made["hash"], kept["hash"]);
    let list = |document: &Value| document["parameters"].as_array().unwrap().clone();
    assert_eq!(list(&made).len(), list(&kept).len());
    for (made, kept) in list(&made).iter().zip(&list(&kept)) {
        assert_eq!(made["name"], kept["name"]);
        for key in ["estimate", "se"] {
            let (made, kept) = (made[key].as_f64().unwrap(), kept[key].as_f64().unwrap());
            assert!((made / kept - 1.0).abs() < REPEATED, "{made}, {kept}");
        }
    }
}

#[test]
fn the_table_has_the_products_and_prices_of_the_market() {
    let loaded = loaded(&example());
    let of_fit = loaded.scenario.fit.as_ref().unwrap();
    let values = loaded.scenario.central_values();
    let unit = values[&of_fit.price_unit];
    for (n, price) in of_fit.source.prices().iter().enumerate() {
        let product = &loaded.scenario.products[of_fit.product[n]];
        assert_eq!(product.id, of_fit.named[n].to_lowercase());
        assert!((values[&product.price] / (unit * price) - 1.0).abs() < SAME);
    }
}
