//! Ownership within a market: which rows are alike, and what each counts.

use super::market::Market;
use super::problem::Ownership;

/// Distinct rows of ownership, and which of them is a product's.
pub(super) struct Owners {
    /// By distinct row: products that it counts, with how much.
    pub(super) counted: Vec<Vec<(usize, f64)>>,
    /// (J,)
    pub(super) of: Vec<usize>,
    /// Products that a distinct row belongs to.
    pub(super) members: Vec<Vec<usize>>,
}

impl Owners {
    pub(super) fn new(market: &Market<'_>) -> Option<Self> {
        let rows = market.economy.problem.markets[market.t].clone();
        let products = rows.len();
        match market.economy.problem.ownership.as_ref()? {
            Ownership::Firms(firms) => {
                let own = |f: usize, g: usize| f64::from(u8::from(f == g));
                Some(Self::of_firms(&firms[rows], own))
            }
            Ownership::Conduct(firms, weights) => {
                let count = weights.len().isqrt();
                let counts = |f: usize, g: usize| weights[f * count + g];
                Some(Self::of_firms(&firms[rows], counts))
            }
            Ownership::Matrices(markets) => {
                let matrix = &markets[market.t];
                let mut distinct: Vec<&[f64]> = Vec::new();
                let mut of = Vec::with_capacity(products);
                for row in matrix.chunks(products.max(1)) {
                    let known = distinct.iter().position(|other| *other == row);
                    of.push(known.unwrap_or(distinct.len()));
                    if known.is_none() {
                        distinct.push(row);
                    }
                }
                let counted = distinct.iter().map(|row| {
                    let pairs = row.iter().copied().enumerate();
                    pairs.filter(|(_, weight)| *weight != 0.0).collect()
                });
                Some(Self {
                    counted: counted.collect(),
                    members: members(&of, distinct.len()),
                    of,
                })
            }
        }
    }
}

impl Owners {
    /// Owners from firms and what each counts of each.
    fn of_firms(firms: &[usize], counts: impl Fn(usize, usize) -> f64) -> Self {
        let (named, of) = numbered(firms);
        let row = |owner: &usize| -> Vec<(usize, f64)> {
            let all = firms.iter().enumerate();
            let weighed = all.map(|(j, firm)| (j, counts(*owner, *firm)));
            weighed.filter(|(_, weight)| *weight != 0.0).collect()
        };
        Self {
            members: members(&of, named.len()),
            counted: named.iter().map(row).collect(),
            of,
        }
    }
}

/// Firms of a market in the order of their numbers, and which of them each row has.
pub(super) fn numbered(firms: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut named = firms.to_vec();
    named.sort_unstable();
    named.dedup();
    let of = firms
        .iter()
        .map(|firm| named.partition_point(|other| other < firm));
    let of = of.collect();
    (named, of)
}

/// Products by their distinct row.
fn members(of: &[usize], count: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); count];
    for (j, &row) in of.iter().enumerate() {
        members[row].push(j);
    }
    members
}
