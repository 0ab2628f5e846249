//! Shares and rows of products: within their range, once, zeros as the problem chooses.

use super::file::{SizeOrColumn, Zero};
use super::frame::Frame;
use super::products::{Making, Rows, whose};
use crate::diagnostic::{Diagnostic, Severity};
use crate::formula::Columns;
use beachhead_engine::estimate::raised_share;
use std::ops::Range;

/// Mistakes of one kind that are shown.
const MOST: usize = 10;

impl Making<'_> {
    /// Drops or raises shares of 0, or leaves them to be reported.
    pub(super) fn zero_shares(&mut self, frame: &mut Frame, rows: &mut Rows) {
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
            raised_share(share, sizes[row], of_row[row])
        });
    }

    /// Shares within (0, 1).
    pub(super) fn shares(&mut self, frame: &Frame, rows: &Rows) {
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
                _ => mistake.help(
                    "a share is what was sold of all that might have been: leave out rows where more came back than went out",
                ),
            });
        }
        if wrong.len() > MOST {
            let found = format!("{} more shares that will not do", wrong.len() - MOST);
            self.mistakes
                .push(Diagnostic::about_file(frame.name(), found).expected("as above"));
        }
    }

    pub(super) fn sums(
        &mut self,
        frame: &Frame,
        rows: &Rows,
        markets: &[Range<usize>],
        labels: &[String],
    ) {
        let shares = frame.numbers("shares").unwrap_or_default();
        let sums = markets
            .iter()
            .map(|rows| shares[rows.clone()].iter().sum::<f64>());
        let full: Vec<(usize, f64)> = sums.enumerate().filter(|(_, sum)| *sum >= 1.0).collect();
        for (market, sum) in full.iter().take(MOST) {
            let found = format!("shares of market `{}` sum to {sum}", labels[*market]);
            // The cell of the largest share stands for the market.
            let largest = markets[*market].clone();
            let largest = largest.max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
            let row = rows.table_row(largest.unwrap_or(markets[*market].start));
            self.mistakes.push(
                frame
                    .mistake(row, "shares", found)
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
    pub(super) fn duplicates(&mut self, frame: &Frame, rows: &Rows) {
        let (Some((markets, names)), Some((products, ids))) =
            (frame.levels("market_ids"), frame.levels(frame.ids()))
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
                .mistake(rows.table_row(first), frame.ids(), "")
                .location();
            let mistake = frame.mistake(rows.table_row(second), frame.ids(), found);
            self.mistakes.push(
                mistake
                    .expected(format!(
                        "each product once in a market; it stands at {earlier} already"
                    ))
                    .help("add the shares of the two rows up, or give them ids of their own"),
            );
        }
    }
}
