//! What is checked before anything is computed: all mistakes of an input at once.

use super::collinear::collinear;
use super::covariance::too_few_clusters;
use super::error::EstimateError;
use super::micro::{Micro, MicroStatistic, MicroValue};
use super::options::Options;
use super::parameters::{Kind, Parameters};
use super::problem::{Agents, Column, Demographic, Ownership, Problem};

/// How far weights may sum from 1.
const WEIGHTS: f64 = 1e-6;

/// All mistakes, in the order in which they are met. Later ones are looked for only where shapes are right.
pub(super) fn check(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
) -> Vec<EstimateError> {
    let mut mistakes = Vec::new();
    shapes(problem, parameters, &mut mistakes);
    if !mistakes.is_empty() {
        return mistakes;
    }
    numbers(problem, &mut mistakes);
    if let Some(agents) = &problem.agents {
        people(problem, agents, options, &mut mistakes);
    }
    if !mistakes.is_empty() {
        return mistakes;
    }
    order(problem, parameters, options, &mut mistakes);
    collinear(problem, &mut mistakes);
    mistakes
}

/// Row of a problem, by its market.
fn market_of(problem: &Problem, row: usize) -> String {
    let t = problem.markets.partition_point(|rows| rows.end <= row);
    problem.market_name(t)
}

fn blocks(problem: &Problem) -> Vec<(&'static str, &[Column])> {
    let mut blocks: Vec<(&'static str, &[Column])> = vec![
        ("linear columns", &problem.linear),
        ("nonlinear columns", &problem.nonlinear),
        ("demand instruments", &problem.instruments),
    ];
    if let Some(supply) = &problem.supply {
        blocks.push(("cost columns", &supply.design));
        blocks.push(("supply instruments", &supply.instruments));
    }
    blocks
}

fn shapes(problem: &Problem, parameters: &Parameters, mistakes: &mut Vec<EstimateError>) {
    let n = problem.rows();
    let mut wants = |what: String, found: usize, expected: usize| {
        if found != expected {
            mistakes.push(EstimateError::Shape {
                what,
                found,
                expected,
            });
        }
    };
    let mut end = 0;
    for rows in &problem.markets {
        wants("rows before a market".into(), rows.start, end);
        end = rows.end;
    }
    wants("rows of all markets".into(), end, n);
    wants("prices".into(), problem.prices.len(), n);
    for (block, columns) in blocks(problem) {
        for column in columns {
            let name = format!("column {} of {block}", column.label);
            wants(name.clone(), column.values.len(), n);
            if let Some(by_price) = &column.by_price {
                wants(format!("derivative of {name}"), by_price.len(), n);
            }
        }
    }
    for levels in problem.absorbed.iter().chain(&problem.clusters) {
        wants("fixed effects or clusters".into(), levels.len(), n);
    }
    if let Some(nests) = &problem.nests {
        wants("nests of rows".into(), nests.of.len(), n);
        let most = nests.of.iter().max().map_or(0, |most| most + 1);
        wants(
            "names of nests".into(),
            nests.labels.len().max(most),
            nests.labels.len(),
        );
        if parameters.rho.len() != 1 {
            wants(
                "nesting parameters".into(),
                parameters.rho.len(),
                nests.labels.len(),
            );
        }
    } else {
        wants("nesting parameters".into(), parameters.rho.len(), 0);
    }
    match &problem.ownership {
        Some(Ownership::Firms(firms)) => wants("firms of rows".into(), firms.len(), n),
        Some(Ownership::Conduct(firms, weights)) => {
            wants("firms of rows".into(), firms.len(), n);
            let count = firms.iter().max().map_or(0, |most| most + 1);
            let side = weights.len().isqrt().max(count);
            wants("weights of firms".into(), weights.len(), side * side);
        }
        Some(Ownership::Matrices(markets)) => {
            wants(
                "ownership matrices".into(),
                markets.len(),
                problem.markets.len(),
            );
            for (t, matrix) in markets.iter().enumerate().take(problem.markets.len()) {
                let size = problem.markets[t].len();
                let name = format!("ownership of market {}", problem.market_name(t));
                wants(name, matrix.len(), size * size);
            }
        }
        None => {}
    }
    wants(
        "rows of Σ".into(),
        parameters.sigma.len(),
        problem.nonlinear.len(),
    );
    for (k, row) in parameters.sigma.iter().enumerate() {
        wants(format!("row {} of Σ", k + 1), row.len(), k + 1);
    }
    let demographics = problem
        .agents
        .as_ref()
        .map_or(0, |agents| agents.demographics.len());
    if parameters.pi.iter().any(|row| !row.is_empty()) {
        wants(
            "rows of Π".into(),
            parameters.pi.len(),
            problem.nonlinear.len(),
        );
        for (k, row) in parameters.pi.iter().enumerate() {
            wants(format!("row {} of Π", k + 1), row.len(), demographics);
        }
    }
    let cost = problem
        .supply
        .as_ref()
        .map_or(0, |supply| supply.design.len());
    if !parameters.beta.is_empty() {
        wants(
            "entries of β".into(),
            parameters.beta.len(),
            problem.linear.len(),
        );
    }
    if !parameters.gamma.is_empty() {
        wants("entries of γ".into(), parameters.gamma.len(), cost);
    }
    if let Some(agents) = &problem.agents {
        agent_shapes(problem, agents, &mut wants);
    }
}

fn agent_shapes(problem: &Problem, agents: &Agents, wants: &mut impl FnMut(String, usize, usize)) {
    let people = agents.weight.len();
    wants(
        "markets of agents".into(),
        agents.markets.len(),
        problem.markets.len(),
    );
    let last = agents
        .markets
        .iter()
        .map(|rows| rows.end)
        .max()
        .unwrap_or(0);
    wants("rows of agents".into(), last.max(people), people);
    for (k, nodes) in agents.nodes.iter().enumerate() {
        wants(format!("integration nodes {}", k + 1), nodes.len(), people);
    }
    wants(
        "names of demographics".into(),
        agents.labels.len(),
        agents.demographics.len(),
    );
    let cells = |t: usize| -> usize {
        let people = agents.markets.get(t).map_or(0, |rows| rows.len());
        problem.markets.get(t).map_or(0, |rows| rows.len() * people)
    };
    let by_product = agents.demographics.iter().filter_map(|d| match d {
        Demographic::OfAgent(_) => None,
        Demographic::OfProduct(markets) => Some(markets),
    });
    for markets in by_product.chain(&agents.availability) {
        wants(
            "markets of numbers by product and agent".into(),
            markets.len(),
            problem.markets.len(),
        );
        for (t, values) in markets.iter().enumerate() {
            wants(
                "numbers by product and agent of a market".into(),
                values.len(),
                cells(t),
            );
        }
    }
    for demographic in &agents.demographics {
        if let Demographic::OfAgent(values) = demographic {
            wants("a demographic".into(), values.len(), people);
        }
    }
}

fn numbers(problem: &Problem, mistakes: &mut Vec<EstimateError>) {
    let mut wants =
        |what: String, values: &[f64], expected: &'static str, fits: fn(f64) -> bool| {
            if let Some(row) = values.iter().position(|value| !fits(*value)) {
                mistakes.push(EstimateError::Range {
                    what,
                    row,
                    market: market_of(problem, row),
                    value: values[row],
                    expected,
                });
            }
        };
    let share = |s: f64| s > 0.0 && s < 1.0;
    wants(
        "shares".into(),
        &problem.shares,
        "more than 0 and less than 1",
        share,
    );
    wants(
        "prices".into(),
        &problem.prices,
        "a finite number",
        f64::is_finite,
    );
    for (_, columns) in blocks(problem) {
        for column in columns {
            wants(
                column.label.clone(),
                &column.values,
                "a finite number",
                f64::is_finite,
            );
            if let Some(by_price) = &column.by_price {
                let name = format!("derivative of {}", column.label);
                wants(name, by_price, "a finite number", f64::is_finite);
            }
        }
    }
    for (t, rows) in problem.markets.iter().enumerate() {
        let sum: f64 = problem.shares[rows.clone()].iter().sum();
        if sum >= 1.0 {
            mistakes.push(EstimateError::NoOutsideGood {
                market: problem.market_name(t),
                sum,
            });
        }
    }
}

fn people(
    problem: &Problem,
    agents: &Agents,
    options: &Options,
    mistakes: &mut Vec<EstimateError>,
) {
    for (t, rows) in agents.markets.iter().enumerate() {
        let market = problem.market_name(t);
        if rows.is_empty() {
            mistakes.push(EstimateError::NoAgents { market });
            continue;
        }
        let sum: f64 = agents.weight[rows.clone()].iter().sum();
        let fits = match options.any_weights {
            true => sum > 0.0 && sum.is_finite(),
            false => (sum - 1.0).abs() <= WEIGHTS,
        };
        if !fits {
            mistakes.push(EstimateError::Weights { market, sum });
        }
    }
    let by_agent = agents.demographics.iter().filter_map(|d| match d {
        Demographic::OfAgent(values) => Some(values),
        Demographic::OfProduct(_) => None,
    });
    for values in by_agent.chain(&agents.nodes) {
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            mistakes.push(EstimateError::Missing {
                what: format!(
                    "agent {} has a node or demographic that is {}; expected a finite number",
                    at + 1,
                    values[at]
                ),
            });
        }
    }
}

/// What must be there, and enough of it.
fn order(
    problem: &Problem,
    parameters: &Parameters,
    options: &Options,
    mistakes: &mut Vec<EstimateError>,
) {
    let mut missing = |what: String| mistakes.push(EstimateError::Missing { what });
    if !problem.nonlinear.is_empty() {
        match &problem.agents {
            None => missing(
                "there are nonlinear columns but no agents; add agents or integrate by rule".into(),
            ),
            Some(agents) => {
                let last = parameters.entries().into_iter().filter(|(place, entry)| {
                    place.kind == Kind::Sigma && (!entry.is_fixed() || entry.start != 0.0)
                });
                let last = last.map(|(place, _)| place.column + 1).max().unwrap_or(0);
                if agents.nodes.len() < last {
                    missing(format!(
                        "column {last} of Σ needs integration nodes, but there are {} columns of them",
                        agents.nodes.len()
                    ));
                }
            }
        }
    }
    if problem.supply.is_some() {
        let agents = problem
            .agents
            .iter()
            .flat_map(|agents| &agents.demographics);
        let mut by_product = agents.filter(|d| matches!(d, Demographic::OfProduct(_)));
        if by_product.next().is_some() && problem.nests.is_some() {
            missing("demographics that differ by product do not go with nests and a supply side at once; leave out one of the three".into());
        }
        if problem.ownership.is_none() {
            missing("a supply side needs firms, or ownership matrices".into());
        }
        for (k, column) in problem.linear.iter().enumerate() {
            if column.by_price.is_some() && parameters.beta(k).is_none() {
                missing(format!(
                    "with a supply side {} cannot be concentrated out; give it a starting value in β",
                    column.label
                ));
            }
        }
    }
    for (place, entry) in parameters.entries() {
        let name = Parameters::name(problem, place);
        if !(entry.lower..=entry.upper).contains(&entry.start) {
            missing(format!(
                "{name} starts at {}, outside its bounds {} to {}",
                entry.start, entry.lower, entry.upper
            ));
        }
        if place.kind == Kind::Rho && !(0.0..1.0).contains(&entry.start) {
            missing(format!(
                "the nesting parameter {name} starts at {}; expected 0 or more and less than 1",
                entry.start
            ));
        }
    }
    let count = |columns: &[Column]| columns.iter().filter(|c| c.is_exogenous()).count();
    let mut moments = problem.instruments.len() + count(&problem.linear);
    let concentrated =
        |columns: usize, has: &dyn Fn(usize) -> bool| (0..columns).filter(|&k| !has(k)).count();
    let mut wanted = parameters.free().len()
        + concentrated(problem.linear.len(), &|k| parameters.beta(k).is_some());
    if let Some(supply) = &problem.supply {
        moments += supply.instruments.len() + count(&supply.design);
        wanted += concentrated(supply.design.len(), &|k| parameters.gamma(k).is_some());
    }
    mistakes.extend(too_few_clusters(problem, options, moments));
    let mut missing = |what: String| mistakes.push(EstimateError::Missing { what });
    if let Some(micro) = &problem.micro {
        moments += micro.moments.len();
        surveys(problem, micro, &mut missing);
    }
    if moments < wanted {
        mistakes.push(EstimateError::TooFewMoments {
            moments,
            parameters: wanted,
        });
    }
    if let Some(weights) = &options.weights
        && weights.len() != moments * moments
    {
        mistakes.push(EstimateError::Shape {
            what: "the weighting matrix".into(),
            found: weights.len(),
            expected: moments * moments,
        });
    }
}

/// Whether surveys fit the problem.
fn surveys(problem: &Problem, micro: &Micro, missing: &mut impl FnMut(String)) {
    let people = problem
        .agents
        .as_ref()
        .map_or(0, |agents| agents.weight.len());
    let rows = problem.rows();
    for dataset in &micro.datasets {
        let name = &dataset.name;
        if !(dataset.observations > 0.0 && dataset.observations.is_finite()) {
            missing(format!(
                "survey {name} has {} observations; expected a positive number",
                dataset.observations
            ));
        }
        if let Some(t) = dataset
            .markets
            .iter()
            .find(|&&t| t >= problem.markets.len())
        {
            missing(format!(
                "survey {name} covers market number {}, but there are {}",
                t + 1,
                problem.markets.len()
            ));
        }
    }
    for (n, part) in micro.parts.iter().enumerate() {
        let fits = match &part.value {
            MicroValue::Choice { agent, product, .. } => {
                agent.len() == people && product.len() == rows
            }
            MicroValue::Second { first, second } => {
                if problem.nests.is_some() {
                    missing(
                        "second choices do not go with nests yet; leave out one or the other"
                            .into(),
                    );
                }
                first.len() == rows && second.len() == rows
            }
        };
        if !fits || part.dataset >= micro.datasets.len() {
            missing(format!(
                "part {} of the micro moments does not fit: expected {people} numbers of agents, {rows} of products, and one of {} surveys",
                n + 1,
                micro.datasets.len()
            ));
        }
    }
    let wanted = micro.moments.len() * micro.moments.len();
    if !micro.covariance.is_empty() && micro.covariance.len() != wanted {
        missing(format!(
            "the covariance of micro moments has {} numbers; expected {wanted}, a row and a column for each of {}",
            micro.covariance.len(),
            micro.moments.len()
        ));
    }
    for moment in &micro.moments {
        let parts = match moment.statistic {
            MicroStatistic::Mean(p) => [p, p, p],
            MicroStatistic::Ratio(p, q) => [p, q, q],
            MicroStatistic::Covariance(both, p, q) => [both, p, q],
        };
        if parts.iter().any(|&p| p >= micro.parts.len()) {
            missing(format!(
                "micro moment {} names a part that is not there; there are {}",
                moment.name,
                micro.parts.len()
            ));
        }
    }
}
