//! What people should know of a study beside its numbers.

use super::document::{Found, IssueEntry, ProductEntry, StateEntry};
use super::market::Market;
use super::read::Study;
use super::result::Solved;
use super::state::deviation;
use beachhead_engine::numerics::solve::Status;

/// Margins further than this from those given are told.
const MARGIN_MISSED: f64 = 0.005;
/// Gains above this share are told.
const PAYS: f64 = 1e-8;
/// Most other equilibria that are written out.
const WRITTEN_OUT: usize = 3;

pub(super) fn about_baseline(study: &Study, baseline: &StateEntry, issues: &mut Vec<IssueEntry>) {
    let remedy = match study.model {
        "scenario" => {
            "check the product's price and `unit_cost`, and calibrate to an `own_price_elasticity` further from 0, or to a `margin` that is known"
        }
        model if model.starts_with("fit") => "see what the estimation says of its instruments",
        _ => "check margins and shares, or give a larger `price_coefficient`",
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

/// Says whether prices were found, and whether they are an equilibrium.
pub(super) fn about_solution(
    market: &Market,
    solved: &Solved,
    title: &str,
    issues: &mut Vec<IssueEntry>,
) {
    let mut issue = |code, text| {
        issues.push(IssueEntry {
            code,
            place: title.to_owned(),
            text,
        });
    };
    match solved.status() {
        Found::Converged => {}
        Found::CapNotMet => return issue("cap_not_met", broken_promise(solved)),
        Found::NoEquilibrium => return issue("no_equilibrium", nothing_found(market, solved)),
    }
    let certificate = &solved.certificate;
    if solved.is_other {
        issue("other_start", "from the prices before, the search led to no equilibrium; these prices were found from another start".to_owned());
    }
    if !certificate.is_maximum() {
        let text = "some firm could gain by changing several prices a little: its second-order condition fails, and these prices are no equilibrium";
        issue("no_maximum", text.to_owned());
    }
    if let Some(best) = certificate.gains() {
        let best = deviation(market, best);
        let moved = best.products.iter().zip(&best.prices);
        let moved: Vec<String> = moved
            .map(|(product, price)| format!("{product} at {price:.4}"))
            .collect();
        issue(
            "no_best_response",
            format!(
                "no equilibrium: all first-order conditions hold, and yet {} would earn {:.2} % more with {}, the prices of others held. \
                 Where people differ much in what they mind, such prices come easily: check `price_spread` and margins",
                best.firm,
                100.0 * best.gain,
                moved.join(", ")
            ),
        );
    }
    for promise in &solved.promises {
        let gain = promise.best_deviation.filter(|gain| *gain > PAYS);
        if let Some(gain) = gain {
            let text = format!(
                "no equilibrium: {} would earn {:.2} % more with other prices that keep its promise, the prices of others held",
                promise.firm,
                100.0 * gain
            );
            issue("no_best_response", text);
        }
    }
    // Of those found, the first is what is shown, unless that is none.
    let is_first = certificate.equilibria.first() == Some(&solved.found.value);
    let others = certificate.equilibria.get(usize::from(is_first)..);
    match others.filter(|others| !others.is_empty()) {
        Some(others) if is_first => {
            let count = certificate.equilibria.len();
            let shown = "what is shown is the one reached from the prices before. The others";
            let text = format!(
                "{count} equilibria were found; {shown}: {}",
                listed(market, others)
            );
            issue("several_equilibria", text);
        }
        Some(others) => {
            let text = format!("equilibria found elsewhere: {}", listed(market, others));
            issue("equilibria_elsewhere", text);
        }
        None => {}
    }
}

fn broken_promise(solved: &Solved) -> String {
    let broken = solved
        .promises
        .iter()
        .find(|promise| promise.stationary.is_some() && promise.margin > promise.value);
    broken.map_or_else(String::new, |promise| {
        format!(
            "no price was found at which {} keeps its promise: its margin is {:.4} at the last prices of the search, {:.4} is promised. Nothing is shown for this step",
            promise.firm, promise.margin, promise.value
        )
    })
}

fn nothing_found(market: &Market, solved: &Solved) -> String {
    let price = &solved.found.value;
    let largest = price
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let worst = largest.map_or_else(String::new, |(j, p)| {
        format!(
            "; the largest of its last prices is {p:.4e}, of {}",
            market.products[j].name
        )
    });
    format!(
        "no equilibrium prices were found in {} steps nor from {} other starts (distance {:.2e}){worst}. Nothing is shown for this step",
        solved.found.iterations, solved.certificate.starts, solved.found.residual
    )
}

/// Prices by product of some equilibria.
fn listed(market: &Market, others: &[Vec<f64>]) -> String {
    let one = |price: &Vec<f64>| {
        let named = market.products.iter().zip(price);
        let named: Vec<String> = named
            .map(|(product, p)| format!("{} {p:.4}", product.name))
            .collect();
        named.join(", ")
    };
    let written: Vec<String> = others.iter().take(WRITTEN_OUT).map(one).collect();
    let more = match others.len().saturating_sub(WRITTEN_OUT) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    written.join("; ") + &more
}
