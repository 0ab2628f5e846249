//! Instruments that a problem asks to build.

use super::file::{Build, Side};
use super::frame::Frame;
use super::products::{Making, ids, sizes};
use super::wanted::at_characters;
use beachhead_engine::estimate::{
    Column, Differentiation, Nests, characteristics_of_others, differentiation,
};
use std::ops::Range;

impl Making<'_> {
    /// Instruments that the problem asks to build.
    pub(super) fn built(
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
                    columns.extend(self.characteristics(position, frame, markets));
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
    fn characteristics(
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
