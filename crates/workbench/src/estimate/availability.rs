//! Which products people can have.

use super::frame::Frame;
use super::people::{MOST, Sources};
use crate::diagnostic::Diagnostic;
use std::ops::Range;

/// What is known of people when availability is read.
pub(super) struct Given<'a> {
    /// Columns of availability.
    pub(super) columns: &'a [String],
    /// Row of the table of each person.
    pub(super) order: &'a [usize],
    pub(super) weight: &'a [f64],
    /// People of each market.
    pub(super) markets: &'a [Range<usize>],
}

/// Availability within 0 and 1, and no product with a share that nobody can have; false after a mistake.
fn is_available(
    sources: &Sources<'_>,
    frame: &Frame,
    values: &[Vec<f64>],
    given: &Given<'_>,
    mistakes: &mut Vec<Diagnostic>,
) -> bool {
    let before = mistakes.len();
    for (t, (people, products)) in given.markets.iter().zip(sources.markets).enumerate() {
        let market = &sources.market_labels[t];
        for (j, column) in values[..products.len()].iter().enumerate() {
            if mistakes.len() - before >= MOST {
                return false;
            }
            let name = format!("availability{j}");
            let wrong = |row: &usize| !(0.0..=1.0).contains(&column[*row]);
            if let Some(row) = people.clone().find(wrong) {
                let found = format!("`{name}` of {} in market `{market}`", column[row]);
                mistakes.push(
                    frame
                        .mistake(given.order[row], &name, found)
                        .expected("a share from 0, not there for this person, to 1"),
                );
            }
            let reached = |row: usize| given.weight[row] != 0.0 && column[row] > 0.0;
            if !people.clone().any(reached) {
                let found = format!(
                    "`{name}` is 0 for everybody in market `{market}`, where its product has a share"
                );
                mistakes.push(
                    frame
                        .mistake(given.order[people.start], &name, found)
                        .expected("somebody who can buy what is bought")
                        .help("products are counted in the order of their rows in the market: is the column another product's?"),
                );
            }
        }
    }
    mistakes.len() == before
}

/// For each market the availability of each product for each person, (J, I) product by product; `None` where the table says nothing of it.
pub(super) fn availability(
    sources: &Sources<'_>,
    frame: &mut Frame,
    given: &Given<'_>,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Vec<Vec<f64>>> {
    if given.columns.is_empty() {
        return None;
    }
    let most = sources.markets.iter().map(Range::len).max().unwrap_or(0);
    if given.columns.len() < most {
        let found = format!("{} columns of availability", given.columns.len());
        let expected =
            format!("{most}: `availability0`, …, one for each product of the largest market");
        mistakes.push(Diagnostic::about_file(frame.name(), found).expected(expected));
        return None;
    }
    let values: Vec<Vec<f64>> = given
        .columns
        .iter()
        .filter_map(|name| frame.take_numbers(name))
        .collect();
    if !is_available(sources, frame, &values, given, mistakes) {
        return None;
    }
    let of_market = |(people, products): (&Range<usize>, &Range<usize>)| {
        let columns = values[..products.len()].iter();
        columns
            .flat_map(|column| column[people.clone()].to_vec())
            .collect()
    };
    let markets = given.markets.iter().zip(sources.markets);
    Some(markets.map(of_market).collect())
}
