//! The table of products to markets, shares, designs and instruments.

use super::file::{Build, CostsForm, ProblemFile, Side, SizeOrColumn, Zero};
use super::frame::Frame;
use super::wanted::{Formulas, Placed, ProductColumns, at_characters};
use crate::diagnostic::{Diagnostic, Severity};
use crate::document::Files;
use crate::formula::{Columns, Expression};
use beachhead_engine::estimate::{
    Column, CostForm, Differentiation, Nests, Ownership, Problem, Supply,
    characteristics_of_others, differentiation,
};
use std::ops::Range;

/// Mistakes of one kind that are shown.
const MOST: usize = 10;

/// What the rows of a problem are in the table.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Row of the table of each row of the problem, from 0; `None`: the same.
    pub order: Option<Vec<usize>>,
    /// Id of each row's product, and the ids, if the table has `product_ids`.
    pub products: Option<(Vec<u32>, Vec<String>)>,
    /// Ids of firms, in the order of their numbers in the problem.
    pub firms: Vec<String>,
    /// Rows of the table that were left out, as their share was 0.
    pub dropped: usize,
    /// The first column of utility whose derivative by the price is not one number for all rows, if there is one.
    pub bent_in_price: Option<String>,
}

impl Rows {
    /// Row of the table, from 0.
    pub fn table_row(&self, row: usize) -> usize {
        self.order.as_ref().map_or(row, |order| order[row])
    }

    /// What the firm of a row is called, empty if the table does not say.
    pub fn firm(&self, problem: &Problem, row: usize) -> String {
        match &problem.ownership {
            Some(Ownership::Firms(firms)) => {
                self.firms.get(firms[row]).cloned().unwrap_or_default()
            }
            _ => String::new(),
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
    making.sums(&frame, &markets, &market_labels);
    rows.bent_in_price = bent_in_price(formulas, &frame);
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
        .levels("product_ids")
        .map(|(codes, levels)| (codes.to_vec(), levels.to_vec()));
    rows.firms = frame
        .levels("firm_ids")
        .map_or_else(Vec::new, |(_, levels)| levels.to_vec());
    let ownership = making.ownership(&frame, &markets);
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
    };
    Some((problem, rows))
}

struct Making<'a> {
    file: &'a ProblemFile,
    formulas: &'a Formulas,
    files: &'a Files,
    columns: &'a ProductColumns,
    mistakes: &'a mut Vec<Diagnostic>,
}

impl Making<'_> {
    fn errors(&self) -> usize {
        let errors = self
            .mistakes
            .iter()
            .filter(|found| found.severity == Severity::Error);
        errors.count()
    }

    /// Drops or raises shares of 0, or leaves them to be reported.
    fn zero_shares(&mut self, frame: &mut Frame, rows: &mut Rows) {
        let policy = self.file.products.zero_shares;
        let zeros = frame
            .numbers("shares")
            .map_or(0, |shares| shares.iter().filter(|s| **s == 0.0).count());
        match policy {
            Zero::Drop if zeros > 0 => {
                let shares = frame.numbers("shares").unwrap_or_default();
                let kept: Vec<usize> = (0..shares.len())
                    .filter(|row| shares[*row] != 0.0)
                    .collect();
                frame.reorder(&kept);
                rows.order = Some(kept);
                rows.dropped = zeros;
                let mut note = Diagnostic::about_file(
                    frame.name(),
                    format!("{zeros} rows with a share of 0 are left out, as `zero_shares = \"drop\"` says"),
                )
                .expected("to know: who is left was lucky, and estimates lean towards less price sensitivity")
                .help("compare with `zero_shares = \"raise\"`");
                note.severity = Severity::Warning;
                self.mistakes.push(note);
            }
            Zero::Raise => self.raise(frame),
            Zero::Drop | Zero::Error | Zero::Unread => {}
        }
    }

    /// (n s + 1)/(n + J + 1) for all shares (Gandhi, Lu & Shi 2023, Laplace's rule of succession).
    fn raise(&mut self, frame: &mut Frame) {
        let size = self.file.products.market_size.as_ref();
        let sizes: Option<Vec<f64>> = match (size, &self.columns.market_size) {
            (Some(SizeOrColumn::Size(size)), _) => Some(vec![*size; frame.rows()]),
            (Some(_), Some(column)) => frame.numbers(column).map(<[f64]>::to_vec),
            _ => None,
        };
        let (Some(sizes), Some((codes, levels))) = (sizes, frame.levels("market_ids")) else {
            self.mistakes.push(
                Diagnostic::about_file("problem.toml", "`zero_shares = \"raise\"` without `market_size`")
                    .expected("how many might buy in a market: a number, or the name of a column, in [products]"),
            );
            return;
        };
        let mut products = vec![0.0; levels.len()];
        for code in codes {
            products[*code as usize] += 1.0;
        }
        let of_row: Vec<f64> = codes.iter().map(|code| products[*code as usize]).collect();
        if let Some(row) = sizes.iter().position(|size| *size <= 0.0) {
            let found = format!("a market size of {}", sizes[row]);
            self.mistakes.push(
                frame
                    .mistake(row, "market_ids", found)
                    .expected("a number above 0"),
            );
            return;
        }
        frame.change_numbers("shares", |row, share| {
            let n = sizes[row];
            (n * share + 1.0) / (n + of_row[row] + 1.0)
        });
    }

    /// Shares within (0, 1).
    fn shares(&mut self, frame: &Frame, rows: &Rows) {
        let shares = frame.numbers("shares").unwrap_or_default();
        let wrong: Vec<usize> = (0..shares.len())
            .filter(|row| !(shares[*row] > 0.0 && shares[*row] < 1.0))
            .collect();
        for row in wrong.iter().take(MOST) {
            let share = shares[*row];
            let found = format!("a share of {share}{}", whose(frame, *row));
            let mistake = frame.mistake(rows.table_row(*row), "shares", found);
            let mistake = mistake.expected("a share of all who might buy, above 0 and below 1");
            self.mistakes.push(match share {
                0.0 => mistake.help(
                    "nobody bought: choose `zero_shares = \"drop\"` or, with `market_size`, `\"raise\"` in [products]",
                ),
                s if s >= 1.0 => mistake.help("divide sales by the size of the market"),
                _ => mistake,
            });
        }
        if wrong.len() > MOST {
            let found = format!("{} more shares that will not do", wrong.len() - MOST);
            self.mistakes
                .push(Diagnostic::about_file(frame.name(), found).expected("as above"));
        }
    }

    fn sums(&mut self, frame: &Frame, markets: &[Range<usize>], labels: &[String]) {
        let shares = frame.numbers("shares").unwrap_or_default();
        let sums = markets
            .iter()
            .map(|rows| shares[rows.clone()].iter().sum::<f64>());
        let full: Vec<(usize, f64)> = sums.enumerate().filter(|(_, sum)| *sum >= 1.0).collect();
        for (market, sum) in full.iter().take(MOST) {
            let found = format!("shares of market `{}` sum to {sum}", labels[*market]);
            self.mistakes.push(
                Diagnostic::about_file(frame.name(), found)
                    .expected("less than 1: what is left is the share of those who buy nothing")
                    .help("divide sales by all who might buy, not by all who buy"),
            );
        }
        if full.len() > MOST {
            let found = format!(
                "shares of {} more markets sum to 1 or more",
                full.len() - MOST
            );
            self.mistakes
                .push(Diagnostic::about_file(frame.name(), found).expected("as above"));
        }
    }

    /// A product stands in a market once.
    fn duplicates(&mut self, frame: &Frame, rows: &Rows) {
        let (Some((markets, names)), Some((products, ids))) =
            (frame.levels("market_ids"), frame.levels("product_ids"))
        else {
            return;
        };
        let mut order: Vec<usize> = (0..markets.len()).collect();
        order.sort_by_key(|row| (markets[*row], products[*row], *row));
        let mut shown = 0;
        for pair in order.windows(2) {
            let [first, second] = [pair[0], pair[1]];
            if (markets[first], products[first]) != (markets[second], products[second]) {
                continue;
            }
            shown += 1;
            if shown > MOST {
                break;
            }
            let product = &ids[products[second] as usize];
            let market = &names[markets[second] as usize];
            let found = format!("product `{product}` in market `{market}` a second time");
            let earlier = frame
                .mistake(rows.table_row(first), "product_ids", "")
                .location();
            let mistake = frame.mistake(rows.table_row(second), "product_ids", found);
            self.mistakes.push(
                mistake
                    .expected(format!(
                        "each product once in a market; it stands at {earlier} already"
                    ))
                    .help("add the shares of the two rows up, or give them ids of their own"),
            );
        }
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
        for (nest, label) in nests.labels.iter().enumerate() {
            let mut mistake = Diagnostic::about_file(
                frame.name(),
                match largest[nest] {
                    1 => format!("nest `{label}` never has more than one product in a market"),
                    _ if alone[nest] > 0 => {
                        format!("nest `{label}` has one product in {} markets", alone[nest])
                    }
                    _ => continue,
                },
            );
            if largest[nest] > 1 {
                mistake.severity = Severity::Warning;
                mistake = mistake.expected(
                    "to know: there its product has nothing closer to it than the others",
                );
            } else {
                mistake = mistake
                    .expected("a nest with at least two products in some market: one alone has nothing to be closer to")
                    .help("put its product into another nest");
            }
            self.mistakes.push(mistake);
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
            return ids(frame, "firm_ids").map(Ownership::Firms);
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

    /// Instruments that the problem asks to build.
    fn built(
        &mut self,
        side: Side,
        frame: &Frame,
        nests: Option<&Nests>,
        markets: &[Range<usize>],
    ) -> Vec<Column> {
        let mut columns = Vec::new();
        for (position, built) in self.file.instruments.iter().enumerate() {
            if built.side != side {
                continue;
            }
            match (built.build, nests) {
                (Build::NestSize, Some(nests)) => columns.push(nest_size(nests, markets)),
                (Build::NestSize, None) => {
                    let mistake = self.files.error(built.place, "`nest_size` without nests");
                    self.mistakes
                        .push(mistake.expected("`nests` in [products], and `rho`"));
                }
                (Build::Others | Build::Local | Build::Quadratic, _) => {
                    columns.extend(self.from_characteristics(position, frame, markets));
                }
                (Build::Unread, _) => {}
            }
        }
        if side == Side::Supply && self.formulas.costs.is_none() {
            columns.clear();
        }
        columns
    }

    /// Instruments made of how a product lies among others.
    fn from_characteristics(
        &mut self,
        position: usize,
        frame: &Frame,
        markets: &[Range<usize>],
    ) -> Vec<Column> {
        let built = &self.file.instruments[position];
        let Some(placed) = &self.formulas.built[position] else {
            let mistake = self.files.error(built.place, "instruments without `of`");
            self.mistakes.push(
                mistake
                    .expected("a formula of the characteristics that they are built from")
                    .help("write `of = \"1 + sugar\"` with your columns"),
            );
            return Vec::new();
        };
        let designed = match placed.formula.design(frame, false) {
            Ok(designed) => designed,
            Err(slips) => {
                let slips = slips.into_iter();
                let text = &placed.text;
                self.mistakes
                    .extend(slips.map(|slip| at_characters(self.files, text, slip)));
                return Vec::new();
            }
        };
        let firms = ids(frame, "firm_ids").unwrap_or_default();
        let values: Vec<Vec<f64>> = designed
            .iter()
            .map(|column| column.expression.evaluate(frame))
            .collect();
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let (word, made) = match built.build {
            Build::Local => {
                let kind = Differentiation::Local;
                (
                    "local",
                    differentiation(markets, &firms, &values, kind, built.interact),
                )
            }
            Build::Quadratic => {
                let kind = Differentiation::Quadratic;
                (
                    "quadratic",
                    differentiation(markets, &firms, &values, kind, built.interact),
                )
            }
            _ => (
                "others",
                characteristics_of_others(markets, &firms, &values),
            ),
        };
        let label = |n: usize| format!("{word}{n} of {}", placed.text.text);
        let columns = made.into_iter().enumerate();
        columns
            .map(|(n, values)| Column::exogenous(label(n), values))
            .collect()
    }
}

/// The number of products of each row's nest in its market.
fn nest_size(nests: &Nests, markets: &[Range<usize>]) -> Column {
    let mut values = vec![0.0; nests.of.len()];
    for rows in markets {
        let counts = sizes(nests, rows);
        for row in rows.clone() {
            let own = counts.iter().find(|(nest, _)| *nest == nests.of[row]);
            values[row] = own.map_or(0.0, |(_, size)| *size as f64);
        }
    }
    Column::exogenous("nest_size", values)
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
fn sizes(nests: &Nests, rows: &Range<usize>) -> Vec<(usize, usize)> {
    let mut of: Vec<usize> = nests.of[rows.clone()].to_vec();
    of.sort_unstable();
    of.chunk_by(|a, b| a == b)
        .map(|group| (group[0], group.len()))
        .collect()
}

/// `, product … in market …`, as far as the table says.
fn whose(frame: &Frame, row: usize) -> String {
    let of = |column: &str| {
        let (codes, levels) = frame.levels(column)?;
        levels.get(codes[row] as usize).cloned()
    };
    match (of("product_ids"), of("market_ids")) {
        (Some(product), Some(market)) => format!(", product `{product}` in market `{market}`"),
        (None, Some(market)) => format!(", in market `{market}`"),
        _ => String::new(),
    }
}

fn ids(frame: &Frame, name: &str) -> Option<Vec<usize>> {
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
