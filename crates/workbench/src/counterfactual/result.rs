//! What a study computes, as a document: prices, shares, profits and measures before and after each step, each with its certificate.

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
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Format of the document.
    pub format: u32,
    /// Version that wrote it.
    pub beachhead: &'static str,
    /// The table.
    pub source: String,
    /// Form of demand: `logit`, `nested`, `mixed`, or `scenario` for a month of one.
    pub model: &'static str,
    /// Mean price coefficient, utility per unit of currency.
    pub price_coefficient: f64,
    /// Dissimilarity of nests, if there are nests.
    pub dissimilarity: Option<f64>,
    /// Standard deviation of the logarithm of price coefficients, if they differ.
    pub price_spread: Option<f64>,
    /// How many might buy, if known; then profits and surplus are money in all, else per head.
    pub market_size: Option<f64>,
    /// Root mean square of implied less given margins.
    pub margin_error: f64,
    /// How the search for parameters ended.
    pub calibration: Status,
    /// The market as the table has it.
    pub baseline: StateEntry,
    /// The market after each step.
    pub steps: Vec<StateEntry>,
    /// First-order measures of the change of ownership and conduct from the baseline to the last step, by product of the baseline.
    pub pressure: Vec<Pressure>,
    /// What people should know.
    pub issues: Vec<IssueEntry>,
}

/// A market with solved prices.
#[derive(Clone, Debug, Serialize)]
pub struct StateEntry {
    /// The step.
    pub title: String,
    /// Whether prices were found, and what certifies them.
    pub certificate: Certified,
    /// Products.
    pub products: Vec<ProductEntry>,
    /// Firms that have products.
    pub firms: Vec<FirmEntry>,
    /// Herfindahl–Hirschman index of shares of what is bought, 0 to 10,000.
    pub hhi: f64,
    /// Share of all who might buy that buys nothing.
    pub outside_share: f64,
    /// Mean price of what is bought.
    pub mean_price: f64,
    /// Change of consumer surplus from the baseline, currency.
    pub consumer_surplus_change: f64,
    /// Profits of all firms, currency.
    pub profit: f64,
    /// Taxes paid, currency.
    pub tax: f64,
    /// Rows and columns as products; the last column is buying nothing.
    pub diversion: Vec<Vec<f64>>,
    /// Row `j`, column `l`: of the share of `j` by the price of `l`.
    pub elasticities: Vec<Vec<f64>>,
    /// Promises about margins, and how they are kept.
    pub promises: Vec<PromiseEntry>,
    /// Row `j`, column `l`: what the price of `j` rises by when the cost of `l` rises by one; null where it does not exist.
    pub pass_through: Option<Vec<Vec<f64>>>,
}

/// Whether prices are an equilibrium.
#[derive(Clone, Debug, Serialize)]
pub struct Certified {
    /// How the search ended.
    pub status: Status,
    /// Steps that it took.
    pub iterations: usize,
    /// Largest distance of a price from what its condition asks for, a share.
    pub residual: f64,
    /// Largest first-order residual per unit sold.
    pub first_order: f64,
    /// Largest scaled eigenvalue of a firm's second derivatives; below 0 at a maximum. Null if no firm sets a price.
    pub second_order: Option<f64>,
    /// Other starts that were tried.
    pub starts: usize,
    /// Those that led to prices.
    pub converged: usize,
    /// Different equilibria found, this one included.
    pub equilibria: usize,
}

/// A product.
#[derive(Clone, Debug, Serialize)]
pub struct ProductEntry {
    /// Its name.
    pub product: String,
    /// Who prices it.
    pub firm: String,
    /// Whether its price is held.
    pub frozen: bool,
    /// Price, currency.
    pub price: f64,
    /// Change of price from the baseline, a share; null for a new product.
    pub price_change: Option<f64>,
    /// Share of all who might buy.
    pub share: f64,
    /// Unit cost.
    pub cost: f64,
    /// (price − cost) ÷ price, after taxes, as the model has it.
    pub margin: f64,
    /// The table's margin, if it gives one and this is the baseline.
    pub margin_given: Option<f64>,
    /// Profit, currency.
    pub profit: f64,
}

/// A promise about margins.
#[derive(Clone, Debug, Serialize)]
pub struct PromiseEntry {
    /// Who promises.
    pub firm: String,
    /// Largest share of revenue.
    pub value: f64,
    /// Whether it changes anything.
    pub binds: bool,
    /// Margin that it speaks of, at these prices, before a rebate.
    pub margin: f64,
    /// What is paid back, currency.
    pub rebate: f64,
    /// Largest first-order residual of the firm under its promise, per unit sold; null where it pays back instead.
    pub stationary: Option<f64>,
    /// The most that another price, pair of prices or scale of all its prices on a grid would add to its profit without breaking the promise, a share;
    /// null where it pays back instead.
    pub best_deviation: Option<f64>,
}

/// A firm.
#[derive(Clone, Debug, Serialize)]
pub struct FirmEntry {
    /// Its name.
    pub firm: String,
    /// Share of all who might buy.
    pub share: f64,
    /// Profit, currency.
    pub profit: f64,
}

/// First-order measures of a merger at baseline prices.
#[derive(Clone, Debug, Serialize)]
pub struct Pressure {
    /// The product.
    pub product: String,
    /// Upward pricing pressure, currency per unit.
    pub upp: f64,
    /// The same as a share of price.
    pub gross_upward_pricing_pressure_index: f64,
    /// Compensating marginal cost reduction, a share of cost; null where it cannot be told.
    pub cmcr: Option<f64>,
}

/// Something to know.
#[derive(Clone, Debug, Serialize)]
pub struct IssueEntry {
    /// Short code.
    pub code: &'static str,
    /// What it is about.
    #[serde(rename = "where")]
    pub place: String,
    /// In words.
    pub text: String,
}

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
