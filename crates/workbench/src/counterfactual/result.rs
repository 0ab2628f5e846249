//! What a study computes: prices, shares, profits and measures before and after each step, each with its certificate.

use super::document::{
    Certified, Document, FirmEntry, IssueEntry, Pressure, ProductEntry, PromiseEntry, StateEntry,
};
use super::market::Market;
use super::read::Study;
use crate::run::{FORMAT, VERSION};
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::equilibrium::{Certificate, Search, certify, second_order, solve};
use beachhead_engine::supply::error::SupplyError;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::margin_cap::{self, Cap, Kept, Remedy, solve_capped};
use beachhead_engine::supply::measures::{
    compensating_reductions, concentration, diversion, elasticities, pass_through, upward_pressure,
};

/// Margins further than this from those given are told.
const MARGIN_MISSED: f64 = 0.005;

/// Solves for prices after every step.
///
/// # Errors
/// None for a study that was read: sizes fit by construction.
pub fn compute(study: &Study) -> Result<Document, SupplyError> {
    let search = Search::default();
    let calibrated = &study.calibrated.value;
    let mut issues = study.notes.clone();
    let baseline_game = study.baseline.game()?;
    let at_baseline = Solved {
        promises: Vec::new(),
        certificate: certify(&baseline_game, &study.prices, &search),
        found: Solve {
            value: study.prices.clone(),
            status: Status::Converged,
            iterations: 0,
            residual: baseline_game
                .distance(&study.prices, &baseline_game.conditions(&study.prices)),
        },
    };
    let mut baseline = state(
        study,
        "baseline",
        &study.baseline,
        &baseline_game,
        &at_baseline,
    );
    for (entry, row) in baseline.products.iter_mut().zip(&study.table.rows) {
        entry.margin_given = row.margin;
    }
    about_baseline(study, &baseline, &mut issues);
    about_solution(&study.baseline, &at_baseline, "baseline", &mut issues);
    let mut steps = Vec::new();
    let mut before = (&study.baseline, study.prices.clone());
    for step in &study.steps {
        let game = step.market.game()?;
        let start = carried(&step.market, before.0, &before.1, &game);
        let solved = solve_step(&step.market, &game, &start, &search)?;
        about_solution(&step.market, &solved, &step.title, &mut issues);
        steps.push(state(study, &step.title, &step.market, &game, &solved));
        // A step that failed is no place to go on from.
        let next = if solved.found.converged() {
            solved.found.value
        } else {
            start
        };
        before = (&step.market, next);
    }
    Ok(Document {
        format: FORMAT,
        beachhead: VERSION,
        source: study.source.clone(),
        model: study.model,
        price_coefficient: calibrated.price_coefficient,
        dissimilarity: study
            .form
            .nest
            .is_some()
            .then_some(calibrated.dissimilarity),
        price_spread: (study.form.price_spread > 0.0).then_some(study.form.price_spread),
        market_size: study.market_size,
        margin_error: study.calibrated.residual,
        calibration: study.calibrated.status,
        pressure: pressure(study, &baseline_game)?,
        baseline,
        steps,
        issues,
    })
}

struct Solved {
    found: Solve<Vec<f64>>,
    certificate: Certificate,
    promises: Vec<PromiseEntry>,
}

fn solve_step(
    market: &Market,
    game: &Game,
    start: &[f64],
    search: &Search,
) -> Result<Solved, SupplyError> {
    let caps = market.caps(game);
    if caps.is_empty() {
        let found = solve(game, start, search);
        let certificate = certify(game, &found.value, search);
        return Ok(Solved {
            found,
            certificate,
            promises: Vec::new(),
        });
    }
    let capped = solve_capped(game, &caps, start, search)?;
    let promises = caps
        .iter()
        .zip(&capped.value.kept)
        .enumerate()
        .map(|(n, (cap, kept))| {
            let keeps = cap.remedy == Remedy::Price;
            let conditions = keeps.then(|| margin_cap::certify(game, &caps, &capped.value, n));
            PromiseEntry {
                firm: market.firms[cap.firm].clone(),
                value: cap.value,
                binds: kept.binds,
                margin: kept.margin,
                rebate: kept.rebate,
                stationary: conditions.map(|c| finite(c.stationary)),
                best_deviation: conditions.map(|c| finite(c.best_deviation)),
            }
        })
        .collect();
    // The other firms' conditions hold as they stand; that of a firm with a promise holds under it.
    let mut others = game.clone();
    for (j, &firm) in game.conduct.firm().iter().enumerate() {
        let bound = |(cap, kept): (&Cap, &Kept)| cap.firm == firm && kept.multiplier > 1.0;
        others.frozen[j] |= caps.iter().zip(&capped.value.kept).any(bound);
    }
    let price = capped.value.price;
    let certificate = Certificate {
        first_order: others.first_order(&price),
        second_order: second_order(&others, &price),
        starts: 0,
        converged: 0,
        equilibria: vec![price.clone()],
    };
    Ok(Solved {
        found: Solve {
            value: price,
            status: capped.status,
            iterations: capped.iterations,
            residual: capped.residual,
        },
        certificate,
        promises,
    })
}

/// Prices to start from: those of the step before, by name; cost for a new product; held prices as asked.
fn carried(market: &Market, before: &Market, prices: &[f64], game: &Game) -> Vec<f64> {
    market
        .products
        .iter()
        .zip(&game.cost)
        .map(|(product, cost)| {
            let last = before.product(&product.name).map(|at| prices[at]);
            product.held_at.or(last).unwrap_or(*cost)
        })
        .collect()
}

fn state(study: &Study, title: &str, market: &Market, game: &Game, solved: &Solved) -> StateEntry {
    let price = &solved.found.value;
    let products = price.len();
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
    let entries: Vec<ProductEntry> = (0..products)
        .map(|j| {
            let product = &market.products[j];
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
        })
        .collect();
    let firms = (0..market.firms.len())
        .filter(|&f| market.products.iter().any(|product| product.firm == f))
        .map(|f| {
            let own = || (0..products).filter(move |&j| market.products[j].firm == f);
            FirmEntry {
                firm: market.firms[f].clone(),
                share: own().map(|j| choice.shares[j]).sum(),
                profit: own().map(|j| profit[j]).sum(),
            }
        })
        .collect();
    let inside: f64 = choice.shares.iter().sum();
    let paid = price
        .iter()
        .zip(&choice.shares)
        .map(|(p, s)| p * s)
        .sum::<f64>();
    let tax: f64 = (0..products)
        .map(|j| {
            let product = &market.products[j];
            let per_unit = price[j] * (1.0 - product.kept) + product.unit_tax;
            people * per_unit * choice.shares[j]
        })
        .sum();
    let rows = |matrix: Vec<f64>, width: usize| -> Vec<Vec<f64>> {
        matrix.chunks(width.max(1)).map(<[f64]>::to_vec).collect()
    };
    let second = solved.certificate.second_order.iter().flatten().copied();
    StateEntry {
        title: title.to_owned(),
        certificate: Certified {
            status: solved.found.status,
            iterations: solved.found.iterations,
            residual: finite(solved.found.residual),
            first_order: finite(solved.certificate.first_order),
            second_order: second.reduce(f64::max),
            starts: solved.certificate.starts,
            converged: solved.certificate.converged,
            equilibria: solved.certificate.equilibria.len(),
        },
        products: entries,
        firms,
        promises: solved
            .promises
            .iter()
            .map(|promise| PromiseEntry {
                rebate: people * promise.rebate,
                ..promise.clone()
            })
            .collect(),
        hhi: concentration(&choice.shares, game.conduct.firm()),
        outside_share: 1.0 - inside,
        mean_price: paid / inside,
        consumer_surplus_change: people * surplus,
        profit: profit.iter().sum(),
        tax,
        diversion: rows(diversion(&game.demand, &choice), products + 1),
        elasticities: rows(elasticities(&game.demand, &choice, price), products),
        // Under a promise prices answer to costs in another way.
        pass_through: if solved.promises.iter().any(|promise| promise.binds) {
            None
        } else {
            pass_through(game, price)
        }
        .map(|matrix| rows(matrix, products)),
    }
}

/// Documents hold no infinities.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::MAX }
}

/// Pressure from the baseline to the owners and conduct of the last step; products that are gone keep their owner.
fn pressure(study: &Study, game: &Game) -> Result<Vec<Pressure>, SupplyError> {
    let mut last = study
        .steps
        .last()
        .map_or(&study.baseline, |step| &step.market)
        .clone();
    let firm = study
        .baseline
        .products
        .iter()
        .map(|product| match last.product(&product.name) {
            Some(at) => last.products[at].firm,
            None => last.firm_or_new(&study.baseline.firms[product.firm]),
        })
        .collect();
    let after = Conduct::new(firm, last.conduct)?;
    let upp = upward_pressure(game, &study.prices, &after);
    let cmcr = compensating_reductions(game, &study.prices, &after);
    let entries = study.baseline.products.iter().zip(upp).enumerate();
    Ok(entries
        .map(|(j, (product, upp))| Pressure {
            product: product.name.clone(),
            upp,
            gross_upward_pricing_pressure_index: upp / study.prices[j],
            cmcr: cmcr.as_ref().map(|all| all[j]),
        })
        .collect())
}

fn about_baseline(study: &Study, baseline: &StateEntry, issues: &mut Vec<IssueEntry>) {
    let remedy = match study.model.starts_with("fit") {
        true => "see what the estimation says of its instruments",
        false => "check margins and shares, or give a larger `price_coefficient`",
    };
    for entry in baseline.products.iter().filter(|entry| entry.cost < 0.0) {
        issues.push(IssueEntry {
            code: "negative_cost",
            place: entry.product.clone(),
            text: format!(
                "its unit cost would have to be {:.4}: price {:.4} less the markup {:.4} that the conditions imply. Demand answers too little to \
                 prices here: {remedy}",
                entry.cost,
                entry.price,
                entry.price - entry.cost
            ),
        });
    }
    let missed = |entry: &ProductEntry| entry.margin_given.map(|given| entry.margin - given);
    let worst = baseline
        .products
        .iter()
        .filter_map(|entry| Some((entry, missed(entry)?)));
    if let Some((entry, by)) = worst.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        && by.abs() > MARGIN_MISSED
    {
        issues.push(IssueEntry {
            code: "margins_missed",
            place: entry.product.clone(),
            text: format!(
                "no parameters of this form of demand give all margins at once; here, where it is furthest off, the table says {:.4} and the model implies {:.4}. \
                 Leave the margins blank that you trust least, or choose another `model`",
                entry.margin - by,
                entry.margin
            ),
        });
    }
    if study.calibrated.status != Status::Converged {
        issues.push(IssueEntry {
            code: "not_calibrated",
            place: study.source.clone(),
            text: format!(
                "the search for parameters that give the margins did not settle; the last mean price coefficient is {:.6}",
                study.calibrated.value.price_coefficient
            ),
        });
    }
}

fn about_solution(market: &Market, solved: &Solved, title: &str, issues: &mut Vec<IssueEntry>) {
    let mut issue = |code, text| {
        issues.push(IssueEntry {
            code,
            place: title.to_owned(),
            text,
        });
    };
    if !solved.found.converged() {
        let price = &solved.found.value;
        let largest = price
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let worst = largest.map_or_else(String::new, |(j, p)| {
            format!(
                "; the largest price is {p:.4e}, of {}",
                market.products[j].name
            )
        });
        if let Some(promise) = solved
            .promises
            .iter()
            .find(|promise| promise.margin > promise.value)
        {
            issue(
                "cap_not_met",
                format!(
                    "no price was found at which {} keeps its promise: its margin is {:.4} at the last prices of the search, {:.4} is promised",
                    promise.firm, promise.margin, promise.value
                ),
            );
            return;
        }
        issue(
            "no_equilibrium",
            format!(
                "no equilibrium prices were found in {} steps (distance {:.2e}){worst}; what is shown are the last prices of the search",
                solved.found.iterations, solved.found.residual
            ),
        );
        return;
    }
    if !solved.certificate.is_maximum() {
        let text =
            "some firm could gain by changing several prices: its second-order condition fails";
        issue("no_maximum", text.to_owned());
    }
    if solved.certificate.equilibria.len() > 1 {
        let others: Vec<String> = solved.certificate.equilibria[1..]
            .iter()
            .map(|price| {
                let prices: Vec<String> = price.iter().map(|p| format!("{p:.4}")).collect();
                prices.join(", ")
            })
            .collect();
        issue(
            "several_equilibria",
            format!(
                "{} equilibria were found from other starts; what is shown is the one reached from the prices before. The others: {}",
                solved.certificate.equilibria.len(),
                others.join("; ")
            ),
        );
    }
}

/// All products of all states as CSV: a row per step and product.
pub fn csv(document: &Document) -> String {
    let mut text = String::from(
        "step,title,product,firm,frozen,price,price_change,share,cost,margin,margin_given,profit,upp,cmcr,status\n",
    );
    let states = std::iter::once(&document.baseline).chain(&document.steps);
    for (step, state) in states.enumerate() {
        for entry in &state.products {
            let optional = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
            let pressure = document
                .pressure
                .iter()
                .find(|p| p.product == entry.product);
            let pressure = pressure.filter(|_| step == 0);
            let status = format!("{:?}", state.certificate.status).to_lowercase();
            let cells = [
                step.to_string(),
                quoted(&state.title),
                quoted(&entry.product),
                quoted(&entry.firm),
                entry.frozen.to_string(),
                entry.price.to_string(),
                optional(entry.price_change),
                entry.share.to_string(),
                entry.cost.to_string(),
                entry.margin.to_string(),
                optional(entry.margin_given),
                entry.profit.to_string(),
                optional(pressure.map(|p| p.upp)),
                optional(pressure.and_then(|p| p.cmcr)),
                status,
            ];
            text += &cells.join(",");
            text.push('\n');
        }
    }
    text
}

/// A cell in quotes; what a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}
