//! What to know about a fit before it is believed, in words.

use super::bootstrap::BootstrapEntry;
use super::document::{IssueEntry, free_names};
use super::hypotheses::HypothesisEntry;
use super::read::Loaded;
use crate::run::words::figure;
use beachhead_engine::estimate::{Covariance, Ending, Fit, Optimiser, Trouble};

/// First-stage F below which instruments count as weak (Staiger & Stock 1997).
const WEAK: f64 = 10.0;
/// Smallest eigenvalue of the Hessian relative to the largest below which a direction counts as flat.
const FLAT: f64 = 1e-7;
/// Parts of a direction below this share of the largest one are not named.
const NAMED: f64 = 0.3;
/// Condition number of the covariance of moments above which moments repeat each other.
const CONDITION: f64 = 1e13;
/// Part of the gradient from which its rounding is what ends a search.
const NOISY: f64 = 0.3;
/// Draws below which the ends of intervals of 95 % say little.
const FEW_DRAWS: usize = 200;
/// Things of a list that are named.
const MOST: usize = 5;

/// Everything that should be known, the gravest first.
pub(super) fn issues(loaded: &Loaded, fit: &Fit) -> Vec<IssueEntry> {
    let mut issues = Vec::new();
    ending(loaded, fit, &mut issues);
    markets(loaded, fit, &mut issues);
    curvature(loaded, fit, &mut issues);
    instruments(fit, &mut issues);
    if !clusters(loaded, fit, &mut issues) {
        repeated(loaded, fit, &mut issues);
    }
    clipped(loaded, fit, &mut issues);
    bounds(fit, &mut issues);
    issues
}

fn push(issues: &mut Vec<IssueEntry>, code: &'static str, place: &str, count: usize, text: String) {
    issues.push(IssueEntry {
        code,
        place: place.to_owned(),
        count,
        text,
    });
}

fn ending(loaded: &Loaded, fit: &Fit, issues: &mut Vec<IssueEntry>) {
    if loaded.options.search.optimiser == Optimiser::Evaluate {
        return;
    }
    let text = match fit.status {
        Ending::Converged | Ending::Evaluated | Ending::MarketsFailed => return,
        Ending::BudgetSpent if spent(loaded, fit) => format!(
            "the search ended after all {} iterations that it had, with a gradient of {}, above the tolerance of {}: raise `iterations`, or start elsewhere",
            loaded.options.search.iterations,
            figure(fit.gradient_norm),
            figure(loaded.options.search.gradient_tolerance)
        ),
        Ending::BudgetSpent | Ending::BrokeDown if noise(fit) > NOISY * fit.gradient_norm => {
            format!(
                "the search ended where the gradient is {} and two computations of it differ by {}: nearer to the tolerance of {} it cannot be told from rounding; tighten `contraction_tolerance`, or ask for less with `gradient_tolerance`",
                figure(fit.gradient_norm),
                figure(noise(fit)),
                figure(loaded.options.search.gradient_tolerance)
            )
        }
        Ending::BudgetSpent | Ending::BrokeDown => format!(
            "the search found nothing lower, with a gradient of {} against a tolerance of {}: where the objective is nearly flat the last digits of rounding end it; compare other starts (`--starts`) and another `optimiser`",
            figure(fit.gradient_norm),
            figure(loaded.options.search.gradient_tolerance)
        ),
        Ending::Cancelled => "the search was stopped".to_owned(),
    };
    push(issues, "not_converged", "search", 1, text);
}

/// How far two computations of the gradient at the end differ.
fn noise(fit: &Fit) -> f64 {
    fit.steps.last().map_or(0.0, |step| step.gradient_noise)
}

/// Whether the last search took all the iterations that it may.
fn spent(loaded: &Loaded, fit: &Fit) -> bool {
    let last = fit.steps.last();
    last.is_some_and(|step| step.iterations >= loaded.options.search.iterations)
}

fn markets(loaded: &Loaded, fit: &Fit, issues: &mut Vec<IssueEntry>) {
    let all = [
        Trouble::NotConverged,
        Trouble::NotFinite,
        Trouble::SingularShares,
        Trouble::SingularMarkups,
        Trouble::NegativeCost,
    ];
    for trouble in all {
        let found = fit
            .diagnosis
            .troubles
            .iter()
            .filter(|each| each.trouble == trouble);
        let names: Vec<String> = found
            .map(|each| loaded.problem.market_name(each.market))
            .collect();
        if names.is_empty() {
            continue;
        }
        let text = format!("in {}: {}", listed(&names, "market"), trouble.in_words());
        push(issues, "market_failed", "markets", names.len(), text);
    }
    if fit.status == Ending::MarketsFailed {
        let text = "what these markets contribute is of other parameters: the objective and the estimates are not those of the data, and there are no standard errors".to_owned();
        let count = fit.diagnosis.troubles.len();
        push(issues, "no_standard_errors", "markets", count, text);
    }
    let during = fit.diagnosis.troubled_evaluations;
    if during > 0 && fit.diagnosis.troubles.is_empty() {
        let text = format!(
            "during {during} evaluations on the way some market could not be computed; at the estimates all can"
        );
        let count = usize::try_from(during).unwrap_or(usize::MAX);
        push(issues, "market_failed_on_the_way", "markets", count, text);
    }
}

/// `market a`, or `markets a, b, c and 4 more`.
fn listed(names: &[String], what: &str) -> String {
    let shown = names[..names.len().min(MOST)].join(", ");
    match names.len() {
        1 => format!("{what} {shown}"),
        count if count <= MOST => format!("{what}s {shown}"),
        count => format!("{what}s {shown} and {} more", count - MOST),
    }
}

fn curvature(loaded: &Loaded, fit: &Fit, issues: &mut Vec<IssueEntry>) {
    let values = &fit.diagnosis.hessian_eigenvalues;
    let (Some(smallest), Some(largest)) = (values.first(), values.last()) else {
        return;
    };
    let names = free_names(loaded);
    let direction = &fit.diagnosis.flattest_direction;
    let most = direction
        .iter()
        .fold(0.0, |most: f64, part| most.max(part.abs()));
    let mut parts: Vec<(f64, &String)> = direction
        .iter()
        .zip(&names)
        .map(|(part, name)| (part.abs(), name))
        .filter(|(part, _)| *part > 0.0 && *part >= NAMED * most)
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let along: Vec<String> = parts
        .iter()
        .take(MOST)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    let along = along.join(", ");
    if *smallest <= 0.0 {
        let text = format!(
            "the objective does not curve upwards in every direction (smallest eigenvalue of its Hessian {}, mostly along {along}): this is no minimum, or one that the data hardly fix",
            figure(*smallest)
        );
        push(issues, "no_minimum", "parameters", 1, text);
    } else if *smallest < FLAT * largest {
        let text = format!(
            "the objective is nearly flat in one direction, mostly along {along} (eigenvalues of its Hessian from {} to {}): the data say little about these, compare other starts (`--starts`)",
            figure(*smallest),
            figure(*largest)
        );
        push(issues, "flat_direction", "parameters", 1, text);
    }
}

fn instruments(fit: &Fit, issues: &mut Vec<IssueEntry>) {
    for (column, f) in &fit.diagnosis.first_stage {
        if *f < WEAK {
            let text = format!(
                "the excluded instruments say little about `{column}` (first-stage F {}, below {WEAK}): its estimate leans towards the one without instruments, and standard errors are too small",
                figure(*f)
            );
            push(issues, "weak_instruments", column, 1, text);
        }
    }
}

/// Clusters that standard errors can hardly rest on; false if there is nothing to say.
fn clusters(loaded: &Loaded, fit: &Fit, issues: &mut Vec<IssueEntry>) -> bool {
    let ways = &loaded.problem.clusters;
    if loaded.options.standard_errors != Covariance::Clustered || ways.is_empty() {
        return false;
    }
    let before = issues.len();
    let moments = fit.moments.len();
    let count = |ids: &Vec<usize>| ids.iter().max().map_or(0, |most| most + 1);
    let fewest = ways.iter().map(count).min().unwrap_or(0);
    if fewest < moments {
        let text = format!(
            "{fewest} clusters for {moments} moments: what they say of the moments' covariance lies in {fewest} directions at most, and standard errors are too small; cluster more finely, or write `standard_errors = \"robust\"`"
        );
        push(issues, "few_clusters", "clusters", 1, text);
    }
    if let (2.., Some((smallest, largest))) = (ways.len(), fit.diagnosis.moments_eigenvalues)
        && smallest < -(moments as f64) * f64::EPSILON * largest
    {
        let text = format!(
            "clustered in two ways the covariance of moments has negative eigenvalues (down to {smallest:.1e} of a largest of {largest:.1e}, variances scaled to 1), so it is none: standard errors that follow from it can be too small or missing; compare those clustered in one way or the other (Cameron, Gelbach & Miller 2011, section 2.3)"
        );
        push(issues, "errors_indefinite", "clusters", 1, text);
    }
    issues.len() > before
}

fn repeated(loaded: &Loaded, fit: &Fit, issues: &mut Vec<IssueEntry>) {
    if fit.diagnosis.moments_condition > CONDITION {
        let text = format!(
            "moments nearly repeat each other (condition number {:.0e}): the weighting matrix rests on rounding; leave instruments of {} out",
            fit.diagnosis.moments_condition, loaded.products_table
        );
        push(issues, "moments_repeat", "moments", 1, text);
    }
}

fn clipped(loaded: &Loaded, fit: &Fit, issues: &mut Vec<IssueEntry>) {
    let shares = fit.diagnosis.clipped_shares.len();
    if shares > 0 {
        let text = format!(
            "{shares} computed shares were too small for a number and were raised to {:e} in the fixed point, first {}",
            loaded.options.lowest_share,
            row(loaded, fit.diagnosis.clipped_shares[0])
        );
        push(issues, "clipped_shares", "rows", shares, text);
    }
    let costs = fit.diagnosis.clipped_costs.len();
    if costs > 0 {
        let text = format!(
            "{costs} marginal costs were brought within their bounds, first {}: prices there are below what markups explain",
            row(loaded, fit.diagnosis.clipped_costs[0])
        );
        push(issues, "clipped_costs", "rows", costs, text);
    }
}

fn row(loaded: &Loaded, row: usize) -> String {
    let market = loaded
        .problem
        .markets
        .iter()
        .position(|rows| rows.contains(&row));
    let market = market.map_or_else(String::new, |t| loaded.problem.market_name(t));
    let product = match loaded.rows.product(row) {
        Some(product) => format!("product {product}"),
        None => loaded.rows.product_or_row(row),
    };
    format!("{product} in market {market}")
}

/// What to know about tests of hypotheses.
pub(super) fn of_hypotheses(entries: &[HypothesisEntry]) -> Vec<IssueEntry> {
    let mut issues = Vec::new();
    for entry in entries {
        if entry.on_the_edge {
            let text = "a spread or a nesting parameter of 0 is the least that it can be: there the chance of such a statistic is less than the p-value says, about half of it for one parameter".to_owned();
            push(&mut issues, "hypothesis_on_the_edge", &entry.name, 1, text);
        }
        if entry.status.is_some_and(|status| !status.is_settled()) {
            let text = "the search with the hypothesis imposed ended before its gradient was small: `distance` and `lagrange` are of where it ended".to_owned();
            push(
                &mut issues,
                "hypothesis_not_converged",
                &entry.name,
                1,
                text,
            );
        }
        let negative = entry.distance.is_some_and(|test| test.statistic < 0.0);
        if negative {
            let text = "the fit with the hypothesis imposed is better than the free one: the free search did not find its minimum; compare other starts (`--starts`)".to_owned();
            push(&mut issues, "hypothesis_fits_better", &entry.name, 1, text);
        }
    }
    issues
}

/// What to know about a bootstrap.
pub(super) fn of_bootstrap(entry: &BootstrapEntry) -> Vec<IssueEntry> {
    let mut issues = Vec::new();
    if let Some(why) = &entry.first_failure {
        let text = format!(
            "{} of {} draws of markets could not be estimated and are left out, the first because: {why}",
            entry.failed, entry.draws
        );
        push(
            &mut issues,
            "bootstrap_failed",
            "bootstrap",
            entry.failed,
            text,
        );
    }
    let done = entry.draws - entry.failed;
    if done < FEW_DRAWS {
        let text = format!(
            "the ends of the intervals are quantiles of {done} draws, which hardly reach that far, and standard errors are uncertain by {:.0} %: take {FEW_DRAWS} draws or more",
            100.0 / (2.0 * (done.max(2) - 1) as f64).sqrt()
        );
        push(&mut issues, "bootstrap_few", "bootstrap", done, text);
    }
    if entry.unconverged > 0 {
        let text = format!(
            "in {} of {} draws of markets the search ended before its gradient was small; they count",
            entry.unconverged, entry.draws
        );
        push(
            &mut issues,
            "bootstrap_not_converged",
            "bootstrap",
            entry.unconverged,
            text,
        );
    }
    issues
}

fn bounds(fit: &Fit, issues: &mut Vec<IssueEntry>) {
    for each in fit.estimates.iter().filter(|each| each.at_bound) {
        let text = format!(
            "`{}` ended on its bound of {}: its standard error, and those of the others, take it as known",
            each.name,
            figure(each.estimate)
        );
        push(issues, "at_bound", &each.name, 1, text);
    }
}
