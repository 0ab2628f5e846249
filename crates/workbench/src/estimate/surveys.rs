//! Surveys of a problem: formulas of people and products to micro moments, `[eq:micro]`.

use super::file::ProblemFile;
use super::frame::{Frame, Want, open};
use super::micro_file::{Asked, MicroFile, Moment, Statistic, Survey};
use super::wanted::{Placed, at_characters};
use crate::diagnostic::{Diagnostic, name_list};
use crate::document::Files;
use crate::formula::{Columns, Formula};
use crate::reader::Text;
use beachhead_engine::estimate::{
    Micro, MicroDataset, MicroMoment, MicroPart, MicroStatistic, MicroValue, Problem,
};
use std::path::Path;

/// How far two halves of a covariance may differ, as a part of the larger.
const SYMMETRIC: f64 = 1e-9;

/// Formulas of a moment, in the order `person`, `among.person`; and `product`, `among.product`, `first`, `second`.
#[derive(Clone, Debug, Default)]
pub(super) struct OfMoment {
    pub(super) people: [Option<Placed>; 2],
    pub(super) products: [Option<Placed>; 4],
}

/// What formulas of all moments are, row by row of their tables; `None` where nothing is written, which counts 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Evaluated {
    pub(super) people: Vec<[Option<Vec<f64>>; 2]>,
    pub(super) products: Vec<[Option<Vec<f64>>; 4]>,
}

impl OfMoment {
    /// Reads the formulas of all moments.
    pub(super) fn read(
        file: &ProblemFile,
        files: &Files,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Vec<Self> {
        let mut parse = |text: Option<&Text>| -> Option<Placed> {
            let text = text.filter(|text| !text.is_poison())?;
            match Formula::parse_value(&text.text) {
                Ok(formula) => Some(Placed {
                    formula,
                    text: text.clone(),
                }),
                Err(slip) => {
                    mistakes.push(at_characters(files, text, slip));
                    None
                }
            }
        };
        let moments = file.micro.iter().flat_map(|micro| &micro.moments);
        moments
            .map(|moment| {
                let among = moment.among.as_ref();
                Self {
                    people: [
                        parse(moment.person.as_ref()),
                        parse(among.and_then(|among| among.person.as_ref())),
                    ],
                    products: [
                        parse(moment.product.as_ref()),
                        parse(among.and_then(|among| among.product.as_ref())),
                        parse(moment.first.as_ref()),
                        parse(moment.second.as_ref()),
                    ],
                }
            })
            .collect()
    }
}

/// Evaluates formulas on a table; slips and values that are no numbers are mistakes.
pub(super) fn evaluate<const N: usize>(
    formulas: &[Option<Placed>; N],
    frame: &Frame,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> [Option<Vec<f64>>; N] {
    formulas.each_ref().map(|placed| {
        let placed = placed.as_ref()?;
        match placed.formula.design(frame, false) {
            Ok(columns) => {
                let values = columns.first()?.expression.evaluate(frame);
                if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                    let found = format!(
                        "`{}` is {} in a row of {}",
                        placed.text.text,
                        values[row],
                        frame.name()
                    );
                    let mistake = files.error(placed.text.place, found);
                    mistakes.push(mistake.expected("values that the formula can be computed from"));
                }
                Some(values)
            }
            Err(slips) => {
                let slips = slips.into_iter();
                mistakes.extend(slips.map(|slip| at_characters(files, &placed.text, slip)));
                None
            }
        }
    })
}

/// What can be told of surveys before any table is read.
pub(super) fn check(file: &ProblemFile, files: &Files, mistakes: &mut Vec<Diagnostic>) {
    let Some(micro) = &file.micro else { return };
    if file.formulas.nonlinear.is_none() {
        let mistake = files.error(micro.place, "[micro] without random coefficients");
        mistakes.push(mistake.expected(
            "`formulas.nonlinear` and people: without them all people choose alike, and surveys say nothing",
        ));
    }
    let empty = [
        ("surveys", micro.surveys.is_empty()),
        ("moments", micro.moments.is_empty()),
    ];
    if let Some((what, _)) = empty.iter().find(|(_, is_empty)| *is_empty) {
        let mistake = files.error(micro.place, format!("[micro] without {what}"));
        mistakes.push(mistake.expected(format!("at least one [[micro.{what}]]")));
    }
    twice(
        micro.surveys.iter().map(|survey| &survey.name),
        "survey",
        files,
        mistakes,
    );
    twice(
        micro.moments.iter().map(|moment| &moment.name),
        "moment",
        files,
        mistakes,
    );
    for moment in &micro.moments {
        of_moment(file, micro, moment, files, mistakes);
    }
}

fn twice<'a>(
    names: impl Iterator<Item = &'a Text>,
    what: &str,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) {
    let mut known: Vec<&str> = Vec::new();
    for name in names.filter(|name| !name.is_poison()) {
        if known.contains(&name.text.as_str()) {
            let found = format!("a second {what} `{}`", name.text);
            let mistake = files.error(name.place, found);
            mistakes.push(mistake.expected("a name of its own: results are told by names"));
        }
        known.push(&name.text);
    }
}

/// The survey of a moment.
fn survey<'a>(micro: &'a MicroFile, moment: &Moment) -> Option<(usize, &'a Survey)> {
    let mut surveys = micro.surveys.iter().enumerate();
    surveys.find(|(_, survey)| survey.name.text == moment.survey.text)
}

fn of_moment(
    file: &ProblemFile,
    micro: &MicroFile,
    moment: &Moment,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) {
    let Some((_, survey)) = survey(micro, moment) else {
        if !moment.survey.is_poison() {
            let known: Vec<&String> = micro.surveys.iter().map(|s| &s.name.text).collect();
            let found = format!("no survey `{}`", moment.survey.text);
            let mistake = files
                .error(moment.survey.place, found)
                .expected(format!("one of {}", name_list(&known)))
                .nearest(&moment.survey.text, &known);
            mistakes.push(mistake);
        }
        return;
    };
    let mut wrong = |text: Option<&Text>, key: &str, expected: &str| {
        if let Some(text) = text {
            let found = format!("`{key}` of a survey that asked {}", word(survey.asked));
            mistakes.push(files.error(text.place, found).expected(expected));
        }
    };
    let is_second = survey.asked == Asked::SecondChoices;
    if is_second {
        let expected = "`first` and `second`, numbers of the two products";
        wrong(moment.person.as_ref(), "person", expected);
        wrong(moment.product.as_ref(), "product", expected);
    } else if survey.asked != Asked::Unread {
        let expected = "`person` and `product`, or a survey with `asked = \"second_choices\"`";
        wrong(moment.first.as_ref(), "first", expected);
        wrong(moment.second.as_ref(), "second", expected);
    }
    if is_second && file.rho.is_some() {
        let mistake = files.error(moment.place, "second choices beside `rho`");
        mistakes.push(mistake.expected("a model without nests: these do not go together yet"));
    }
    if let Some(among) = &moment.among {
        let is_covariance = moment.statistic == Statistic::Covariance;
        if is_second || is_covariance {
            let beside = if is_second {
                "second choices"
            } else {
                "a covariance"
            };
            let mistake = files.error(among.place, format!("`among` beside {beside}"));
            mistakes.push(mistake.expected("`among` with a mean of `person` and `product`"));
        }
    }
    if is_second && moment.statistic == Statistic::Covariance {
        let mistake = files.error(moment.place, "a covariance of second choices");
        mistakes.push(mistake.expected("`statistic = \"mean\"`, or nothing"));
    }
}

fn word(asked: Asked) -> &'static str {
    match asked {
        Asked::Everybody | Asked::Unread => "everybody",
        Asked::Buyers => "buyers",
        Asked::SecondChoices => "for second choices",
    }
}

/// Micro moments of a problem whose products and people are there.
pub(super) fn micro(
    file: &ProblemFile,
    problem: &Problem,
    found: &Evaluated,
    folder: &Path,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Micro> {
    let written = file.micro.as_ref()?;
    let mut made = Micro::default();
    for survey in &written.surveys {
        made.datasets.push(MicroDataset {
            name: survey.name.text.clone(),
            observations: survey.people.value,
            markets: markets(survey, problem, files, mistakes),
            outside: survey.asked == Asked::Everybody,
        });
    }
    let people = problem
        .agents
        .as_ref()
        .map_or(0, |agents| agents.weight.len());
    let sizes = [people, problem.rows()];
    for (n, moment) in written.moments.iter().enumerate() {
        let (dataset, survey) = survey(written, moment)?;
        let values = Values {
            dataset,
            people: found.people.get(n)?,
            products: found.products.get(n)?,
            sizes,
        };
        let statistic = values.statistic(&mut made.parts, moment, survey);
        made.moments.push(MicroMoment {
            name: moment.name.text.clone(),
            observed: moment.observed.value,
            statistic,
        });
    }
    if let Some(table) = &written.covariance {
        made.covariance = covariance(table, &made, folder, mistakes)?;
    }
    Some(made)
}

/// Markets of a survey by index, in their order.
fn markets(
    survey: &Survey,
    problem: &Problem,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let labels = &problem.market_labels;
    let mut list = Vec::new();
    for name in survey.markets.iter().filter(|name| !name.is_poison()) {
        match labels.iter().position(|label| *label == name.text) {
            Some(market) => list.push(market),
            None => {
                let found = format!("no market `{}`", name.text);
                let mistake = files
                    .error(name.place, found)
                    .expected("the id of a market of the products, as text written alike")
                    .nearest(&name.text, labels);
                mistakes.push(mistake);
            }
        }
    }
    list.sort_unstable();
    list.dedup();
    list
}

/// Numbers of a moment.
struct Values<'a> {
    dataset: usize,
    people: &'a [Option<Vec<f64>>; 2],
    products: &'a [Option<Vec<f64>>; 4],
    /// People, rows.
    sizes: [usize; 2],
}

impl Values<'_> {
    fn statistic(
        &self,
        parts: &mut Vec<MicroPart>,
        moment: &Moment,
        survey: &Survey,
    ) -> MicroStatistic {
        let nothing = moment.nothing.value;
        if survey.asked == Asked::SecondChoices {
            let value = MicroValue::Second {
                first: self.of_product(2),
                second: self.of_product(3),
            };
            return MicroStatistic::Mean(self.part(parts, value));
        }
        let both = MicroValue::Choice {
            agent: self.of_person(0),
            product: self.of_product(0),
            outside: nothing,
        };
        let both = self.part(parts, both);
        if moment.statistic == Statistic::Covariance {
            let person = MicroValue::Choice {
                agent: self.of_person(0),
                product: vec![1.0; self.sizes[1]],
                outside: 1.0,
            };
            let product = MicroValue::Choice {
                agent: vec![1.0; self.sizes[0]],
                product: self.of_product(0),
                outside: nothing,
            };
            let person = self.part(parts, person);
            return MicroStatistic::Covariance(both, person, self.part(parts, product));
        }
        let Some(among) = &moment.among else {
            return MicroStatistic::Mean(both);
        };
        let among = MicroValue::Choice {
            agent: self.of_person(1),
            product: self.of_product(1),
            outside: among.nothing.value,
        };
        MicroStatistic::Ratio(both, self.part(parts, among))
    }

    /// The position of a part, made if there is none like it.
    fn part(&self, parts: &mut Vec<MicroPart>, value: MicroValue) -> usize {
        let part = MicroPart {
            dataset: self.dataset,
            value,
        };
        if let Some(known) = parts.iter().position(|known| *known == part) {
            return known;
        }
        parts.push(part);
        parts.len() - 1
    }

    fn of_person(&self, which: usize) -> Vec<f64> {
        self.people[which]
            .clone()
            .unwrap_or_else(|| vec![1.0; self.sizes[0]])
    }

    fn of_product(&self, which: usize) -> Vec<f64> {
        self.products[which]
            .clone()
            .unwrap_or_else(|| vec![1.0; self.sizes[1]])
    }
}

/// The covariance of observed values from its table.
fn covariance(
    table: &Text,
    micro: &Micro,
    folder: &Path,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Vec<f64>> {
    let names: Vec<String> = micro
        .moments
        .iter()
        .map(|moment| moment.name.clone())
        .collect();
    let wanted: Vec<(String, Want)> = names.iter().map(|n| (n.clone(), Want::Numbers)).collect();
    let frame = open(&folder.join(&table.text), &table.text).and_then(|open| open.read(&wanted));
    let frame = match frame {
        Ok(frame) => frame,
        Err(found) => {
            mistakes.extend(found.list);
            return None;
        }
    };
    let count = names.len();
    let about = |found: String| Diagnostic::about_file(&table.text, found);
    if frame.rows() != count {
        let expected = format!("{count}: one for each of [[micro.moments]], in their order");
        mistakes.push(about(format!("{} rows", frame.rows())).expected(expected));
        return None;
    }
    let columns: Vec<&[f64]> = names.iter().filter_map(|n| frame.numbers(n)).collect();
    let at = |row: usize, column: usize| columns[column][row];
    for row in 0..count {
        if at(row, row) <= 0.0 {
            let found = format!("a variance of {} of `{}`", at(row, row), names[row]);
            mistakes.push(about(found).expected("a number above 0"));
            return None;
        }
        for column in 0..row {
            let gap = (at(row, column) - at(column, row)).abs();
            if gap > SYMMETRIC * (at(row, row) * at(column, column)).sqrt() {
                let found = format!(
                    "{} between `{}` and `{}`, and {} the other way",
                    at(row, column),
                    names[row],
                    names[column],
                    at(column, row)
                );
                let expected =
                    "rows in the order of the columns: a covariance is the same both ways";
                mistakes.push(about(found).expected(expected));
                return None;
            }
        }
    }
    let cells = (0..count).flat_map(|row| (0..count).map(move |column| (row, column)));
    Some(cells.map(|(row, column)| at(row, column)).collect())
}

/// Numbers of people need a table of people.
pub(super) fn without_table(formulas: &[OfMoment], files: &Files, mistakes: &mut Vec<Diagnostic>) {
    for placed in formulas.iter().flat_map(|of| of.people.iter().flatten()) {
        let found = "a number of people without a table of people";
        let mistake = files.error(placed.text.place, found);
        mistakes.push(mistake.expected("[agents] with a table that has its columns"));
    }
}
