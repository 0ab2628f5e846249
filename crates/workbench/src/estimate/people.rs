//! The table of people to agents of each market.

use super::availability::{Given, availability};
use super::file::{ProblemFile, Weights};
use super::frame::{Frame, Opened, Want};
use super::products::whose;
use super::surveys::{Evaluated, evaluate};
use super::tastes::{first_of, tastes_by_rule};
use super::wanted::{Formulas, Placed, Wanted, at_characters, family};
use crate::diagnostic::Diagnostic;
use crate::document::Files;
use crate::formula::Columns;
use beachhead_engine::estimate::{Agents, Demographic};
use std::ops::Range;

/// How far a sum of weights may be from 1.
const WEIGHTS: f64 = 1e-8;
/// Mistakes about markets that are shown.
pub(super) const MOST: usize = 10;

/// Columns of people.
#[derive(Debug)]
pub(super) struct PeopleColumns {
    pub(super) nodes: Vec<String>,
    availability: Vec<String>,
    /// Demographics that are there once for each product: `name0, name1, …`.
    by_product: Vec<String>,
    pub(super) wanted: Wanted,
}

/// Whether a demographic is there once for each product of a market instead of once.
pub(super) fn is_by_product(headers: &[String], name: &str) -> bool {
    let has = |wanted: &str| headers.iter().any(|header| header == wanted);
    !has(name) && has(&format!("{name}0"))
}

/// The columns of people that are needed.
pub(super) fn columns(
    file: &ProblemFile,
    formulas: &Formulas,
    table: &Opened,
    mistakes: &mut Vec<Diagnostic>,
) -> PeopleColumns {
    let name = file
        .agents
        .as_ref()
        .map_or("", |agents| agents.table.text.as_str());
    let mut wanted = Wanted::default();
    wanted.add("market_ids", Want::Levels);
    let is_built = file.integration.is_some();
    if !is_built {
        wanted.add("weights", Want::Numbers);
    }
    let mut take = |family_name: &str| {
        let columns = family(table, family_name, name, mistakes);
        for column in &columns {
            wanted.add(column, Want::Numbers);
        }
        columns
    };
    let nodes = if is_built { Vec::new() } else { take("nodes") };
    let availability = take("availability");
    let mut by_product = Vec::new();
    if let Some(placed) = &formulas.demographics {
        for (name, _) in placed.formula.names() {
            if is_by_product(table.headers(), name) {
                let columns = (0..).map(|j| format!("{name}{j}"));
                for column in columns.take_while(|column| table.has(column)) {
                    wanted.add(&column, Want::Numbers);
                }
                by_product.push(name.clone());
            } else if table.has(name) {
                wanted.add_in_formula(placed, name);
            }
        }
    }
    for placed in formulas
        .surveys
        .iter()
        .flat_map(|of| of.people.iter().flatten())
    {
        wanted.add_formula(Some(placed));
    }
    PeopleColumns {
        by_product,
        nodes,
        availability,
        wanted,
    }
}

/// What people are made of.
pub(super) struct Sources<'a> {
    pub(super) file: &'a ProblemFile,
    pub(super) formulas: &'a Formulas,
    pub(super) files: &'a Files,
    /// Rows of products in each market, in order.
    pub(super) markets: &'a [Range<usize>],
    pub(super) market_labels: &'a [String],
    /// For each nonlinear column, whether any entry of its column of Σ may differ from 0.
    pub(super) is_random: &'a [bool],
}

impl Sources<'_> {
    fn people_table(&self) -> &str {
        let agents = self.file.agents.as_ref();
        agents.map_or("", |agents| agents.table.text.as_str())
    }
}

/// Makes agents.
pub(super) fn agents(
    sources: &Sources<'_>,
    mut frame: Frame,
    columns: &PeopleColumns,
    surveyed: &mut Evaluated,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Agents> {
    let before = mistakes.len();
    let (mut order, mut markets) = grouped(sources, &frame, mistakes);
    let tastes = sources.file.integration.as_ref();
    let tastes = tastes.and_then(|rule| tastes_by_rule(sources, rule, mistakes));
    if let Some(tastes) = &tastes {
        (order, markets) = first_of(sources, &order, &markets, &tastes.markets, &frame, mistakes);
    }
    let as_given = sources
        .file
        .agents
        .as_ref()
        .is_some_and(|agents| agents.weights == Weights::AsGiven);
    if mistakes.len() > before {
        return None;
    }
    frame.reorder(&order);
    for of in &sources.formulas.surveys {
        let values = evaluate(&of.people, &frame, sources.files, mistakes);
        surveyed.people.push(values);
    }
    let (weight, nodes) = match tastes {
        Some(tastes) => (tastes.weight, tastes.nodes),
        None => {
            let weight = frame.take_numbers("weights").unwrap_or_default();
            if !as_given {
                negative_weights(sources, &frame, &order, &weight, mistakes);
                check_weights(sources, &frame, &markets, &weight, mistakes);
            }
            (weight, nodes(sources, &mut frame, columns, mistakes))
        }
    };
    let (labels, demographics) = demographics(sources, &frame, columns, &markets, mistakes);
    let given = Given {
        columns: &columns.availability,
        order: &order,
        weight: &weight,
        markets: &markets,
    };
    let availability = availability(sources, &mut frame, &given, mistakes);
    (mistakes.len() == before).then_some(Agents {
        markets,
        weight,
        nodes,
        labels,
        demographics,
        availability,
    })
}

/// Rows in the order of the products' markets, and those of each.
fn grouped(
    sources: &Sources<'_>,
    frame: &Frame,
    mistakes: &mut Vec<Diagnostic>,
) -> (Vec<usize>, Vec<Range<usize>>) {
    let Some((codes, levels)) = frame.levels("market_ids") else {
        return (Vec::new(), Vec::new());
    };
    let products = &sources.file.products.table.text;
    let place: Vec<Option<usize>> = levels
        .iter()
        .map(|level| {
            sources
                .market_labels
                .iter()
                .position(|known| known == level)
        })
        .collect();
    let (mut strangers, mut rows) = (0, vec![Vec::new(); sources.market_labels.len()]);
    let mut named: Vec<u32> = Vec::new();
    for (row, code) in codes.iter().enumerate() {
        match place[*code as usize] {
            Some(market) => rows[market].push(row),
            None if named.contains(code) => {}
            None => {
                named.push(*code);
                strangers += 1;
                if strangers <= MOST {
                    let level = &levels[*code as usize];
                    let found =
                        format!("people of market `{level}`, which {products} does not have");
                    let mistake = frame.mistake(row, "market_ids", found);
                    let mistake = mistake
                        .expected(format!("the markets of {products}, as text written alike"));
                    mistakes.push(mistake.nearest(level, sources.market_labels));
                }
            }
        }
    }
    let empty = rows
        .iter()
        .zip(sources.market_labels)
        .filter(|(rows, _)| rows.is_empty());
    for (_, market) in empty.take(MOST) {
        mistakes.push(
            Diagnostic::about_file(
                frame.name(),
                format!("nobody in market `{market}`, which {products} has"),
            )
            .expected("rows for every market of the products")
            .help("add people, or leave the market's products out"),
        );
    }
    let mut order = Vec::with_capacity(codes.len());
    let mut markets = Vec::with_capacity(rows.len());
    for market in rows {
        let start = order.len();
        order.extend(market);
        markets.push(start..order.len());
    }
    (order, markets)
}

/// A person may be less than another one, but not less than nobody.
fn negative_weights(
    sources: &Sources<'_>,
    frame: &Frame,
    order: &[usize],
    weight: &[f64],
    mistakes: &mut Vec<Diagnostic>,
) {
    let negative = |row: &usize| weight[*row] < 0.0;
    let rows: Vec<usize> = (0..weight.len()).filter(negative).collect();
    let Some(row) = rows.first() else { return };
    let more = match rows.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let found = format!("a weight of {}{}{more}", weight[*row], whose(frame, *row));
    mistakes.push(
        frame
            .mistake(order[*row], "weights", found)
            .expected("weights of at least 0")
            .help(format!(
                "leave the person out of {}; or, if a rule of integration gave it, write `weights = \"as_given\"` in [agents]",
                sources.people_table()
            )),
    );
}

fn check_weights(
    sources: &Sources<'_>,
    frame: &Frame,
    markets: &[Range<usize>],
    weight: &[f64],
    mistakes: &mut Vec<Diagnostic>,
) {
    let sums: Vec<f64> = markets
        .iter()
        .map(|rows| weight[rows.clone()].iter().sum())
        .collect();
    let wrong: Vec<usize> = (0..sums.len())
        .filter(|t| (sums[*t] - 1.0).abs() > WEIGHTS)
        .collect();
    let Some(first) = wrong.first() else { return };
    let found = format!(
        "weights of market `{}` sum to {}{}",
        sources.market_labels[*first],
        sums[*first],
        match wrong.len() {
            1 => String::new(),
            count => format!(", and those of {} markets not to 1", count),
        }
    );
    mistakes.push(
        Diagnostic::about_file(frame.name(), found)
            .expected("weights that sum to 1 in each market")
            .help("divide them by their sum; or, if they are importance weights, write `weights = \"as_given\"` in [agents]"),
    );
}

/// A column of nodes for each nonlinear column. With as many nodes as those, each belongs to its own; with
/// fewer, they belong to those that have an entry in Σ, as in the reference.
fn nodes(
    sources: &Sources<'_>,
    frame: &mut Frame,
    columns: &PeopleColumns,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Vec<f64>> {
    let wanted = sources.is_random.len();
    let random = sources
        .is_random
        .iter()
        .filter(|is_random| **is_random)
        .count();
    let rows = frame.rows();
    let mut given = columns.nodes.iter();
    if columns.nodes.len() < random {
        let found = format!("{} columns of nodes", columns.nodes.len());
        let expected =
            format!("at least {random}: `nodes0`, …, one for each column of Σ with an entry");
        mistakes.push(Diagnostic::about_file(frame.name(), found).expected(expected));
        return Vec::new();
    }
    let each = columns.nodes.len() >= wanted;
    let mut nodes = Vec::with_capacity(wanted);
    for is_random in sources.is_random {
        let name = if each || *is_random {
            given.next()
        } else {
            None
        };
        let values = name.and_then(|name| frame.take_numbers(name));
        nodes.push(values.unwrap_or_else(|| vec![0.0; rows]));
    }
    nodes
}

fn demographics(
    sources: &Sources<'_>,
    frame: &Frame,
    columns: &PeopleColumns,
    markets: &[Range<usize>],
    mistakes: &mut Vec<Diagnostic>,
) -> (Vec<String>, Vec<Demographic>) {
    let Some(placed) = &sources.formulas.demographics else {
        return (Vec::new(), Vec::new());
    };
    if columns.by_product.is_empty() {
        let values = evaluated(sources, placed, frame, mistakes);
        let of_agent = |(label, values)| (label, Demographic::OfAgent(values));
        return values.into_iter().map(of_agent).unzip();
    }
    let most = sources.markets.iter().map(Range::len).max().unwrap_or(0);
    for name in &columns.by_product {
        let missing = (0..most).find(|j| frame.numbers(&format!("{name}{j}")).is_none());
        if let Some(missing) = missing {
            let found = format!("no column `{name}{missing}`");
            let expected = format!(
                "`{name}`, or `{name}0` to `{name}{}`: one for each product of the largest market",
                most - 1
            );
            mistakes.push(Diagnostic::about_file(frame.name(), found).expected(expected));
        }
    }
    let mut labels = Vec::new();
    let mut all: Vec<Vec<Vec<f64>>> = Vec::new();
    for product in 0..most {
        let of_product = OfProduct {
            frame,
            names: &columns.by_product,
            product,
        };
        let values = evaluated(sources, placed, &of_product, mistakes);
        if values.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (names, columns): (Vec<String>, Vec<Vec<f64>>) = values.into_iter().unzip();
        labels = names;
        all.push(columns);
    }
    let demographic = |d: usize| {
        let of_market = |(people, products): (&Range<usize>, &Range<usize>)| {
            let of = all[..products.len()].iter();
            of.flat_map(|columns| columns[d][people.clone()].to_vec())
                .collect()
        };
        Demographic::OfProduct(markets.iter().zip(sources.markets).map(of_market).collect())
    };
    let demographics = (0..labels.len()).map(demographic).collect();
    (labels, demographics)
}

/// Columns of the demographics' formula with their labels; none after a mistake.
fn evaluated(
    sources: &Sources<'_>,
    placed: &Placed,
    data: &dyn Columns,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<(String, Vec<f64>)> {
    let name = sources
        .file
        .agents
        .as_ref()
        .map_or("", |agents| agents.table.text.as_str());
    match placed.formula.design(data, false) {
        Ok(columns) => {
            let mut values = Vec::with_capacity(columns.len());
            for column in columns {
                let numbers = column.expression.evaluate(data);
                if let Some(row) = numbers.iter().position(|value| !value.is_finite()) {
                    let found = format!("`{}` is {} for a person", column.label, numbers[row]);
                    let expected = "values that the formula can be computed from";
                    mistakes.push(Diagnostic::about_file(name, found).expected(expected));
                    return Vec::new();
                }
                values.push((column.label, numbers));
            }
            values
        }
        Err(slips) => {
            let slips = slips.into_iter();
            mistakes.extend(slips.map(|slip| at_characters(sources.files, &placed.text, slip)));
            Vec::new()
        }
    }
}

/// The table of people as one product sees it: `age` is `age3` for the fourth.
struct OfProduct<'a> {
    frame: &'a Frame,
    names: &'a [String],
    product: usize,
}

impl OfProduct<'_> {
    fn real(&self, name: &str) -> String {
        if self.names.iter().any(|known| known == name) {
            format!("{name}{}", self.product)
        } else {
            name.to_owned()
        }
    }
}

impl Columns for OfProduct<'_> {
    fn rows(&self) -> usize {
        self.frame.rows()
    }

    fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.frame.numbers(&self.real(name))
    }

    fn levels(&self, name: &str) -> Option<(&[u32], &[String])> {
        self.frame.levels(&self.real(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.frame.names();
        names.extend(self.names.iter().cloned());
        names
    }
}
