//! The two public data sets as problems, by hand: what formulas would make of them.

use beachhead_engine::estimate::{
    Agents, Column, CostForm, Demographic, Entry, Nests, Ownership, Parameters, Problem, Supply,
};
use std::collections::BTreeMap;
use std::ops::Range;

/// A table of text.
pub(crate) struct Table {
    columns: BTreeMap<String, Vec<String>>,
}

impl Table {
    fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap().split(',').collect();
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines {
            for (name, value) in names.iter().zip(line.split(',')) {
                columns
                    .entry((*name).to_owned())
                    .or_default()
                    .push(value.to_owned());
            }
        }
        Self { columns }
    }

    pub(crate) fn text(&self, name: &str) -> &[String] {
        &self.columns[name]
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.columns[name]
            .iter()
            .map(|v| v.parse().unwrap())
            .collect()
    }

    /// Ids as numbers from 0, in the order of their sorted texts.
    pub(crate) fn ids(&self, name: &str) -> Vec<usize> {
        let mut known = self.columns[name].clone();
        known.sort();
        known.dedup();
        let values = self.columns[name].iter();
        values.map(|v| known.binary_search(v).unwrap()).collect()
    }

    /// Rows of each market, in order.
    fn markets(&self) -> (Vec<Range<usize>>, Vec<String>) {
        let ids = self.text("market_ids");
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for (row, id) in ids.iter().enumerate() {
            if names.last() == Some(id) {
                ranges.last_mut().unwrap().end = row + 1;
            } else {
                ranges.push(row..row + 1);
                names.push(id.clone());
            }
        }
        (ranges, names)
    }
}

pub(crate) fn cereal_products() -> Table {
    Table::read(include_str!("../../../../examples/cereal/products.csv"))
}

fn cereal_agents() -> Table {
    Table::read(include_str!("../../../../examples/cereal/agents.csv"))
}

pub(crate) fn automobile_products() -> Table {
    Table::read(include_str!(
        "../../../../examples/automobiles/products.csv"
    ))
}

fn automobile_agents() -> Table {
    Table::read(include_str!("../../../../examples/automobiles/agents.csv"))
}

/// A column of a table under its name; the price with its derivative.
fn column(table: &Table, name: &str) -> Column {
    match name {
        "1" => Column::exogenous("1", vec![1.0; table.text("shares").len()]),
        "prices" => {
            let values = table.numbers("prices");
            let ones = vec![1.0; values.len()];
            Column::with_price("prices", values, ones)
        }
        _ => Column::exogenous(name, table.numbers(name)),
    }
}

fn logarithm(table: &Table, name: &str) -> Column {
    let values = table.numbers(name).into_iter().map(f64::ln).collect();
    Column::exogenous(format!("log({name})"), values)
}

pub(crate) fn design(table: &Table, names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| column(table, name)).collect()
}

fn instruments(table: &Table, prefix: &str, count: usize) -> Vec<Column> {
    (0..count)
        .map(|n| column(table, &format!("{prefix}_instruments{n}")))
        .collect()
}

fn base(table: &Table) -> Problem {
    let (markets, market_labels) = table.markets();
    Problem {
        markets,
        market_labels,
        shares: table.numbers("shares"),
        prices: table.numbers("prices"),
        ownership: Some(Ownership::Firms(table.ids("firm_ids"))),
        ..Problem::default()
    }
}

fn agents(table: &Table, nodes: usize, demographics: Vec<(&str, Vec<f64>)>) -> Agents {
    Agents {
        markets: table.markets().0,
        weight: table.numbers("weights"),
        nodes: (0..nodes)
            .map(|k| table.numbers(&format!("nodes{k}")))
            .collect(),
        labels: demographics.iter().map(|d| d.0.to_owned()).collect(),
        demographics: demographics
            .into_iter()
            .map(|d| Demographic::OfAgent(d.1))
            .collect(),
        availability: None,
    }
}

/// Cereal without tastes.
pub(crate) fn cereal_logit(names: &[&str], absorbed: &[&str]) -> Problem {
    let table = cereal_products();
    Problem {
        linear: design(&table, names),
        instruments: instruments(&table, "demand", 20),
        absorbed: absorbed.iter().map(|name| table.ids(name)).collect(),
        ..base(&table)
    }
}

/// Cereal with four random coefficients and four demographics.
pub(crate) fn cereal() -> Problem {
    let table = cereal_products();
    let people = cereal_agents();
    let names = ["income", "income_squared", "age", "child"];
    Problem {
        nonlinear: design(&table, &["1", "prices", "sugar", "mushy"]),
        agents: Some(agents(
            &people,
            4,
            names.map(|n| (n, people.numbers(n))).into(),
        )),
        ..cereal_logit(&["prices"], &["product_ids"])
    }
}

/// Nests, and the number of products in a market and nest as an instrument more.
pub(crate) fn with_nests(mut problem: Problem, nest_of: impl Fn(&Table) -> Vec<usize>) -> Problem {
    let nests = nest_of(&cereal_products());
    let mut count = vec![0.0; nests.len()];
    for rows in &problem.markets {
        for row in rows.clone() {
            count[row] = rows
                .clone()
                .filter(|&other| nests[other] == nests[row])
                .count() as f64;
        }
    }
    problem
        .instruments
        .push(Column::exogenous("demand_instruments20", count));
    let most = nests.iter().max().unwrap() + 1;
    problem.nests = Some(Nests {
        of: nests,
        labels: (0..most).map(|n| n.to_string()).collect(),
    });
    problem
}

fn entries(values: &[&[f64]]) -> Vec<Vec<Entry>> {
    let row = |row: &&[f64]| row.iter().map(|&value| Entry::start(value)).collect();
    values.iter().map(row).collect()
}

/// A diagonal Σ; zeros are held.
pub(crate) fn diagonal(values: &[f64]) -> Vec<Vec<Entry>> {
    (0..values.len())
        .map(|k| {
            (0..=k)
                .map(|l| Entry::start(if k == l { values[k] } else { 0.0 }))
                .collect()
        })
        .collect()
}

pub(crate) fn cereal_start() -> Parameters {
    Parameters {
        sigma: diagonal(&[0.3302, 2.4526, 0.0163, 0.2441]),
        pi: entries(&[
            &[5.4819, 0.0, 0.2037, 0.0],
            &[15.8935, -1.2, 0.0, 2.6342],
            &[-0.2506, 0.0, 0.0511, 0.0],
            &[1.265, 0.0, -0.8091, 0.0],
        ]),
        ..Parameters::default()
    }
}

fn automobiles_with(
    linear: &[&str],
    nonlinear: &[&str],
    cost: impl Fn(&Table) -> Vec<Column>,
    form: CostForm,
) -> Problem {
    let table = automobile_products();
    let people = automobile_agents();
    let income = people.numbers("income").iter().map(|i| 1.0 / i).collect();
    let mut agents = agents(&people, 5, vec![("I(1 / income)", income)]);
    // Where there are fewer nodes than columns of Σ, the reference gives none to columns that are 0.
    if nonlinear.len() > agents.nodes.len() {
        agents.nodes.insert(1, vec![0.0; agents.weight.len()]);
    }
    agents.nodes.truncate(nonlinear.len());
    Problem {
        linear: design(&table, linear),
        nonlinear: design(&table, nonlinear),
        instruments: instruments(&table, "demand", 8),
        clusters: vec![table.ids("clustering_ids")],
        agents: Some(agents),
        supply: Some(Supply {
            design: cost(&table),
            instruments: instruments(&table, "supply", 12),
            absorbed: Vec::new(),
            form,
        }),
        ..base(&table)
    }
}

fn log_costs(table: &Table) -> Vec<Column> {
    vec![
        column(table, "1"),
        logarithm(table, "hpwt"),
        column(table, "air"),
        logarithm(table, "mpg"),
        logarithm(table, "space"),
        column(table, "trend"),
    ]
}

/// Automobiles with supply.
pub(crate) fn automobiles() -> Problem {
    automobiles_with(
        &["1", "hpwt", "air", "mpd", "space"],
        &["1", "prices", "hpwt", "air", "mpd", "space"],
        log_costs,
        CostForm::Log,
    )
}

pub(crate) fn automobiles_start() -> Parameters {
    Parameters {
        sigma: diagonal(&[3.612, 0.0, 4.628, 1.818, 1.050, 2.056]),
        pi: entries(&[&[0.0], &[-43.501], &[0.0], &[0.0], &[0.0], &[0.0]]),
        ..Parameters::default()
    }
}

/// Automobiles with the price in the linear part too, and linear costs.
pub(crate) fn automobiles_linear() -> (Problem, Parameters) {
    let cost = |table: &Table| design(table, &["1", "hpwt", "air", "mpg", "space", "trend"]);
    let problem = automobiles_with(
        &["1", "prices", "hpwt", "air", "mpd", "space"],
        &["1", "prices", "hpwt"],
        cost,
        CostForm::Linear,
    );
    let mut beta = vec![None; 6];
    beta[1] = Some(Entry::free(-0.1));
    let parameters = Parameters {
        sigma: diagonal(&[1.5, 0.0, 1.0]),
        pi: entries(&[&[0.0], &[-20.0], &[0.0]]),
        beta,
        ..Parameters::default()
    };
    (problem, parameters)
}

/// Automobiles with nests by region.
pub(crate) fn automobiles_nests() -> (Problem, Parameters) {
    let mut problem = automobiles_with(
        &["1", "hpwt", "air", "mpd", "space"],
        &["1", "prices", "hpwt"],
        log_costs,
        CostForm::Log,
    );
    let table = automobile_products();
    problem.nests = Some(Nests {
        of: table.ids("region"),
        labels: vec!["EU".into(), "JP".into(), "US".into()],
    });
    let parameters = Parameters {
        sigma: diagonal(&[1.5, 0.0, 1.0]),
        pi: entries(&[&[0.0], &[-20.0], &[0.0]]),
        rho: vec![Entry::free(0.3)],
        ..Parameters::default()
    };
    (problem, parameters)
}

/// Automobiles whose price divided by income weighs more the larger the car: a demographic that differs by product.
pub(crate) fn automobiles_by_product() -> (Problem, Parameters) {
    let mut problem = automobiles_with(
        &["1", "hpwt", "air", "mpd", "space"],
        &["1", "prices", "hpwt"],
        log_costs,
        CostForm::Log,
    );
    let space = automobile_products().numbers("space");
    let income = automobile_agents().numbers("income");
    let markets = problem.markets.clone();
    if let Some(agents) = &mut problem.agents {
        let of_market = |(rows, people): (&Range<usize>, &Range<usize>)| -> Vec<f64> {
            let (space, income) = (&space[rows.clone()], &income[people.clone()]);
            let each = space.iter();
            each.flat_map(|size| income.iter().map(move |income| size / income))
                .collect()
        };
        let cells = markets.iter().zip(&agents.markets).map(of_market);
        agents.demographics = vec![Demographic::OfProduct(cells.collect())];
    }
    let parameters = Parameters {
        sigma: diagonal(&[1.5, 0.0, 1.0]),
        pi: entries(&[&[0.0], &[-20.0], &[0.0]]),
        ..Parameters::default()
    };
    (problem, parameters)
}
