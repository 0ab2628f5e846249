//! `[[conduct]]` of a problem: firms that count each other's profits when they set prices, κ of `[eq:markup]`.

use super::frame::Frame;
use crate::counterfactual::edits::Row;
use crate::counterfactual::numbers::{Bare, Weight};
use crate::diagnostic::{Diagnostic, name_list};
use crate::document::Files;
use crate::formula::Columns;
use crate::reader::{Text, record};

record! {
    /// Firms that count each other's profits; those not named count their own alone.
    ConductFile {
        /// Firms, by `firm_ids`.
        firms: Vec<Text>,
        /// What each counts of a unit of profit of each other one: 0 nothing, 1 as its own.
        weight: Option<Bare<Weight>>,
        /// The same as a square of numbers, rows and columns as in `firms`: what the row's firm counts of the column's profit; 1 on the diagonal.
        matrix: Option<Vec<Row>>,
    }
}

/// What each firm counts of each, (F, F) row by row in the order of the levels of `firm_ids`; what is written later counts.
pub(super) fn weights(
    list: &[ConductFile],
    frame: &Frame,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<f64> {
    let names = frame.levels("firm_ids").map_or(&[][..], |(_, names)| names);
    let count = names.len();
    let mut all = vec![0.0; count * count];
    for f in 0..count {
        all[f * count + f] = 1.0;
    }
    for conduct in list {
        let before = mistakes.len();
        let firms = conduct.positions(names, files, mistakes);
        let square = conduct.square(files, mistakes);
        if mistakes.len() > before {
            continue;
        }
        for (row, f) in firms.iter().enumerate() {
            for (column, g) in firms.iter().enumerate().filter(|(_, g)| *g != f) {
                all[f * count + g] = square[row * firms.len() + column];
            }
        }
    }
    all
}

impl ConductFile {
    /// Positions of its firms; unknown ones and those named twice are mistakes.
    fn positions(
        &self,
        names: &[String],
        files: &Files,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for firm in self.firms.iter().filter(|firm| !firm.is_poison()) {
            match names.iter().position(|name| *name == firm.text) {
                Some(at) if found.contains(&at) => mistakes.push(
                    files
                        .error(firm.place, format!("the firm `{}` twice", firm.text))
                        .expected("each firm once"),
                ),
                Some(at) => found.push(at),
                None => mistakes.push(
                    files
                        .error(firm.place, format!("no firm `{}` in `firm_ids`", firm.text))
                        .expected(format!("one of {}", name_list(names)))
                        .nearest(&firm.text, names),
                ),
            }
        }
        if self.firms.len() < 2 {
            let mistake = files.error(self.place, "fewer than two firms");
            mistakes.push(mistake.expected("two firms or more in `firms`"));
        }
        found
    }

    /// Its weights, row by row.
    fn square(&self, files: &Files, mistakes: &mut Vec<Diagnostic>) -> Vec<f64> {
        let n = self.firms.len();
        match (self.weight, &self.matrix) {
            (Some(weight), None) => vec![weight.value; n * n],
            (None, Some(rows)) => {
                let ragged = rows.iter().find(|row| row.list.len() != n);
                if rows.len() != n || ragged.is_some() {
                    let place = ragged.map_or(self.place, |row| row.place);
                    let found = ragged.map_or_else(
                        || format!("a matrix of {} rows", rows.len()),
                        |row| format!("a row with {} numbers", row.list.len()),
                    );
                    let expected = format!("{n} rows of {n} numbers, for the {n} firms in `firms`");
                    mistakes.push(files.error(place, found).expected(expected));
                }
                for (r, row) in rows.iter().enumerate() {
                    let own = row.list.get(r).filter(|own| own.value != 1.0);
                    if let Some(own) = own {
                        let found = format!("{} on the diagonal", own.value);
                        let mistake = files.error(own.place, found);
                        mistakes.push(mistake.expected("1: a firm counts all of its own profit"));
                    }
                }
                let cells = rows.iter().flat_map(|row| &row.list);
                cells.map(|cell| cell.value).collect()
            }
            _ => {
                let mistake = files.error(self.place, "neither or both of `weight` and `matrix`");
                mistakes.push(mistake.expected("either `weight` or `matrix`"));
                Vec::new()
            }
        }
    }
}
