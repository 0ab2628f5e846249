//! The table of products to markets, shares, designs and instruments.

use super::characteristics::Characteristics;
use super::conduct_file;
use super::file::{CostsForm, ProblemFile, Side};
use super::frame::Frame;
use super::surveys::{Evaluated, evaluate};
use super::wanted::{Formulas, Placed, ProductColumns, at_characters};
use crate::diagnostic::{Diagnostic, Severity, name_list};
use crate::document::Files;
use crate::formula::{Columns, Expression};
use beachhead_engine::estimate::{Column, CostForm, Nests, Ownership, Problem, Supply};
use std::ops::Range;

/// How products without ids are called: by this and the number of their row.
pub const ROW: &str = "row ";
/// Nests that are named in a message.
const NAMED: usize = 5;

/// What the rows of a problem are in the table.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Row of the table of each row of the problem, from 0; `None`: the same.
    pub order: Option<Vec<usize>>,
    /// Id of each row's product, and the ids, if the table has them.
    pub products: Option<(Vec<u32>, Vec<String>)>,
    /// Ids of firms, in the order of their numbers in the problem.
    pub firms: Vec<String>,
    /// Rows of the table that were left out, as their share was 0.
    pub dropped: usize,
    /// The first column of utility whose derivative by the price is not one number for all rows, if there is one.
    pub bent_in_price: Option<String>,
    /// What products are made of.
    pub characteristics: Characteristics,
}

impl Rows {
    /// Row of the table, from 0.
    pub fn table_row(&self, row: usize) -> usize {
        self.order.as_ref().map_or(row, |order| order[row])
    }

    /// What the firm of a row is called, empty if the table does not say.
    pub fn firm(&self, problem: &Problem, row: usize) -> String {
        let firms = problem.ownership.as_ref().and_then(Ownership::firms);
        let named = firms.and_then(|firms| self.firms.get(firms[row]));
        named.cloned().unwrap_or_default()
    }

    /// What the product of a row is called in results and in edits: its id, or `row 12` as the table counts its rows where it has no ids.
    pub fn product_or_row(&self, row: usize) -> String {
        match self.product(row) {
            Some(id) => id.to_owned(),
            None => format!("{ROW}{}", self.table_row(row) + 1),
        }
    }

    /// What the product of a row is called, if the table says.
    pub fn product(&self, row: usize) -> Option<&str> {
        let (codes, levels) = self.products.as_ref()?;
        levels.get(codes[row] as usize).map(String::as_str)
    }
}

/// Makes the problem's products; what cannot be made is reported.
pub(super) fn problem(
    file: &ProblemFile,
    formulas: &Formulas,
    files: &Files,
    columns: &ProductColumns,
    mut frame: Frame,
    surveyed: &mut Evaluated,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<(Problem, Rows)> {
    let mut making = Making {
        file,
        formulas,
        files,
        columns,
        mistakes,
    };
    let before = making.errors();
    let mut rows = Rows::default();
    frame.name_products_by(&columns.ids);
    if frame.rows() == 0 {
        making.mistakes.push(
            Diagnostic::about_file(frame.name(), "a table without a row")
                .expected("a row for each product in each market, below the names of the columns"),
        );
        return None;
    }
    making.zero_shares(&mut frame, &mut rows);
    if making.errors() > before {
        return None;
    }
    making.shares(&frame, &rows);
    making.duplicates(&frame, &rows);
    if making.errors() > before {
        return None;
    }
    let (markets, market_labels) = group(&mut frame, &mut rows);
    making.sums(&frame, &rows, &markets, &market_labels);
    rows.bent_in_price = bent_in_price(formulas, &frame);
    rows.characteristics = Characteristics::of(formulas, &frame);
    let nests = making.nests(&frame, &markets);
    let linear = making.design(
        formulas.linear.as_ref(),
        formulas.absorb.is_some(),
        &frame,
        &rows,
    );
    let nonlinear = making.design(formulas.nonlinear.as_ref(), false, &frame, &rows);
    let absorbed = making.absorbed(formulas.absorb.as_ref(), &frame);
    let mut supply = formulas.costs.as_ref().map(|costs| Supply {
        design: making.design(Some(costs), formulas.absorb_costs.is_some(), &frame, &rows),
        instruments: Vec::new(),
        absorbed: making.absorbed(formulas.absorb_costs.as_ref(), &frame),
        form: match file.formulas.costs_form {
            CostsForm::Log => CostForm::Log,
            CostsForm::Linear | CostsForm::Unread => CostForm::Linear,
        },
    });
    let clusters = columns
        .clusters
        .iter()
        .filter_map(|name| ids(&frame, name))
        .collect();
    rows.products = frame
        .levels(&columns.ids)
        .map(|(codes, levels)| (codes.to_vec(), levels.to_vec()));
    rows.firms = frame
        .levels("firm_ids")
        .map_or_else(Vec::new, |(_, levels)| levels.to_vec());
    let ownership = making.ownership(&frame, &markets);
    for of in &formulas.surveys {
        let values = evaluate(&of.products, &frame, files, making.mistakes);
        surveyed.products.push(values);
    }
    let mut instruments = taken(&mut frame, &columns.demand_instruments);
    instruments.extend(making.built(Side::Demand, &frame, nests.as_ref(), &markets));
    if let Some(supply) = &mut supply {
        supply.instruments = taken(&mut frame, &columns.supply_instruments);
        supply
            .instruments
            .extend(making.built(Side::Supply, &frame, nests.as_ref(), &markets));
    }
    if making.errors() > before {
        return None;
    }
    let problem = Problem {
        shares: frame.take_numbers("shares").unwrap_or_default(),
        prices: frame.take_numbers("prices").unwrap_or_default(),
        markets,
        market_labels,
        ownership,
        nests,
        linear,
        nonlinear,
        instruments,
        absorbed,
        clusters,
        agents: None,
        supply,
        micro: None,
    };
    Some((problem, rows))
}

/// Products while they are made, with what was found wrong.
pub(super) struct Making<'a> {
    pub(super) file: &'a ProblemFile,
    pub(super) formulas: &'a Formulas,
    pub(super) files: &'a Files,
    pub(super) columns: &'a ProductColumns,
    pub(super) mistakes: &'a mut Vec<Diagnostic>,
}

impl Making<'_> {
    fn errors(&self) -> usize {
        let errors = self
            .mistakes
            .iter()
            .filter(|found| found.severity == Severity::Error);
        errors.count()
    }

    fn nests(&mut self, frame: &Frame, markets: &[Range<usize>]) -> Option<Nests> {
        let nests = match self.columns.nests.as_ref()? {
            None => Nests {
                of: vec![0; frame.rows()],
                labels: vec!["1".to_owned()],
            },
            Some(column) => {
                let (codes, levels) = frame.levels(column)?;
                Nests {
                    of: codes.iter().map(|code| *code as usize).collect(),
                    labels: levels.to_vec(),
                }
            }
        };
        let mut largest = vec![0; nests.labels.len()];
        let mut alone = vec![0; nests.labels.len()];
        for rows in markets {
            for (nest, size) in sizes(&nests, rows) {
                largest[nest] = size.max(largest[nest]);
                alone[nest] += usize::from(size == 1);
            }
        }
        let of = |is: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..nests.labels.len()).filter(|nest| is(*nest)).collect()
        };
        let named = |list: &[usize]| match list {
            [only] => format!("nest `{}` has", nests.labels[*only]),
            _ => {
                let labels = list.iter().take(NAMED).map(|nest| &nests.labels[*nest]);
                let dots = if list.len() > NAMED { ", …" } else { "" };
                format!("{} nests ({}{dots}) have", list.len(), name_list(labels))
            }
        };
        let never = of(&|nest| largest[nest] == 1);
        if !never.is_empty() {
            let found = format!("{} never more than one product in a market", named(&never));
            self.mistakes.push(
                Diagnostic::about_file(frame.name(), found)
                    .expected("nests with at least two products in some market: one alone has nothing to be closer to")
                    .help("put its product into another nest, or name another column in `nests`"),
            );
        }
        let now_and_then = of(&|nest| largest[nest] > 1 && alone[nest] > 0);
        if !now_and_then.is_empty() {
            let markets: usize = now_and_then.iter().map(|nest| alone[*nest]).sum();
            let found = format!("{} one product in {markets} markets", named(&now_and_then));
            let mut note = Diagnostic::about_file(frame.name(), found)
                .expected("to know: there its product has nothing closer to it than the others");
            note.severity = Severity::Warning;
            self.mistakes.push(note);
        }
        Some(nests)
    }

    fn design(
        &mut self,
        placed: Option<&Placed>,
        absorbs: bool,
        frame: &Frame,
        rows: &Rows,
    ) -> Vec<Column> {
        let Some(placed) = placed else {
            return Vec::new();
        };
        let columns = match placed.formula.design(frame, absorbs) {
            Ok(columns) => columns,
            Err(slips) => {
                let slips = slips.into_iter();
                self.mistakes
                    .extend(slips.map(|slip| at_characters(self.files, &placed.text, slip)));
                return Vec::new();
            }
        };
        let mut design = Vec::with_capacity(columns.len());
        for column in columns {
            let values = column.expression.evaluate(frame);
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                let found = format!("`{}` is {}{}", column.label, values[row], whose(frame, row));
                let name = placed
                    .formula
                    .names()
                    .first()
                    .map_or("prices", |(name, _)| name);
                let mistake = frame.mistake(rows.table_row(row), name, found);
                self.mistakes
                    .push(mistake.expected("values that the formula can be computed from"));
            }
            let by_price = column
                .expression
                .depends_on("prices")
                .then(|| column.expression.derivative("prices").evaluate(frame));
            design.push(Column {
                values,
                by_price,
                uses_shares: column.expression.depends_on("shares"),
                label: column.label,
            });
        }
        design
    }

    /// Levels of each dimension of fixed effects.
    fn absorbed(&mut self, placed: Option<&Placed>, frame: &Frame) -> Vec<Vec<usize>> {
        let Some(placed) = placed else {
            return Vec::new();
        };
        match placed.formula.absorbed(frame) {
            Ok(terms) => terms.iter().map(|names| together(frame, names)).collect(),
            Err(slips) => {
                let slips = slips.into_iter();
                self.mistakes
                    .extend(slips.map(|slip| at_characters(self.files, &placed.text, slip)));
                Vec::new()
            }
        }
    }

    fn ownership(&mut self, frame: &Frame, markets: &[Range<usize>]) -> Option<Ownership> {
        let columns = &self.columns.ownership;
        if columns.is_empty() {
            let firms = ids(frame, "firm_ids")?;
            if self.file.conduct.is_empty() {
                return Some(Ownership::Firms(firms));
            }
            let list = &self.file.conduct;
            let weights = conduct_file::weights(list, frame, self.files, self.mistakes);
            return Some(Ownership::Conduct(firms, weights));
        }
        let most = markets.iter().map(Range::len).max().unwrap_or(0);
        if columns.len() != most {
            let found = format!("{} columns of ownership", columns.len());
            let expected = format!("{most}: as many as the largest market has products");
            self.mistakes
                .push(Diagnostic::about_file(frame.name(), found).expected(expected));
            return None;
        }
        let values: Vec<&[f64]> = columns
            .iter()
            .filter_map(|name| frame.numbers(name))
            .collect();
        let of_market = |rows: &Range<usize>| {
            let of_row = |row: usize| values[..rows.len()].iter().map(move |column| column[row]);
            rows.clone().flat_map(of_row).collect()
        };
        Some(Ownership::Matrices(markets.iter().map(of_market).collect()))
    }
}

/// The first column of utility in which the price does not enter by one coefficient.
fn bent_in_price(formulas: &Formulas, frame: &Frame) -> Option<String> {
    let utility = [&formulas.linear, &formulas.nonlinear]
        .into_iter()
        .flatten();
    let columns = utility
        .filter_map(|placed| placed.formula.design(frame, false).ok())
        .flatten();
    let mut bent = columns.filter(|column| {
        let slope = column.expression.derivative("prices");
        column.expression.depends_on("prices") && !matches!(slope, Expression::Number(_))
    });
    bent.next().map(|column| column.label)
}

/// Nests of a market with the number of their products.
pub(super) fn sizes(nests: &Nests, rows: &Range<usize>) -> Vec<(usize, usize)> {
    let mut of: Vec<usize> = nests.of[rows.clone()].to_vec();
    of.sort_unstable();
    of.chunk_by(|a, b| a == b)
        .map(|group| (group[0], group.len()))
        .collect()
}

/// `, product … in market …`, as far as the table says.
pub(super) fn whose(frame: &Frame, row: usize) -> String {
    let of = |column: &str| {
        let (codes, levels) = frame.levels(column)?;
        levels.get(codes[row] as usize).cloned()
    };
    match (of(frame.ids()), of("market_ids")) {
        (Some(product), Some(market)) => format!(", product `{product}` in market `{market}`"),
        (None, Some(market)) => format!(", in market `{market}`"),
        _ => String::new(),
    }
}

pub(super) fn ids(frame: &Frame, name: &str) -> Option<Vec<usize>> {
    let (codes, _) = frame.levels(name)?;
    Some(codes.iter().map(|code| *code as usize).collect())
}

/// A level for each combination of levels that occurs, in the order of their levels.
fn together(frame: &Frame, names: &[String]) -> Vec<usize> {
    let mut joint = vec![0_usize; frame.rows()];
    for name in names {
        let Some((codes, levels)) = frame.levels(name) else {
            continue;
        };
        for (level, code) in joint.iter_mut().zip(codes) {
            *level = *level * levels.len() + *code as usize;
        }
        let mut present = joint.clone();
        present.sort_unstable();
        present.dedup();
        for level in &mut joint {
            *level = present.partition_point(|known| known < level);
        }
    }
    joint
}

fn taken(frame: &mut Frame, names: &[String]) -> Vec<Column> {
    let take = |name: &String| Some(Column::exogenous(name.clone(), frame.take_numbers(name)?));
    names.iter().filter_map(take).collect()
}

/// Brings the rows of a market together, if they are not, and says where each market is: markets in the
/// order of their ids if rows had to be moved, else as they come.
fn group(frame: &mut Frame, rows: &mut Rows) -> (Vec<Range<usize>>, Vec<String>) {
    let Some((codes, levels)) = frame.levels("market_ids") else {
        return (Vec::new(), Vec::new());
    };
    let levels = levels.to_vec();
    let mut seen = vec![false; levels.len()];
    let mut is_grouped = true;
    for run in codes.chunk_by(|a, b| a == b) {
        is_grouped &= !std::mem::replace(&mut seen[run[0] as usize], true);
    }
    if !is_grouped {
        let mut order: Vec<usize> = (0..codes.len()).collect();
        order.sort_by_key(|row| codes[*row]);
        frame.reorder(&order);
        rows.order = Some(match rows.order.take() {
            None => order,
            Some(before) => order.iter().map(|row| before[*row]).collect(),
        });
    }
    let codes = frame
        .levels("market_ids")
        .map_or(&[][..], |(codes, _)| codes);
    let (mut markets, mut labels, mut start) = (Vec::new(), Vec::new(), 0);
    for run in codes.chunk_by(|a, b| a == b) {
        markets.push(start..start + run.len());
        labels.push(levels[run[0] as usize].clone());
        start += run.len();
    }
    (markets, labels)
}
