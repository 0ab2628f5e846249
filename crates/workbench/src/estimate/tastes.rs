//! Tastes by a rule of integration, alone or beside a table of demographics.

use super::file::{self, Integration};
use super::frame::Frame;
use super::people::Sources;
use crate::diagnostic::Diagnostic;
use beachhead_engine::estimate::{Agents, Rule, points};
use std::ops::Range;

/// People who differ by tastes alone, by a rule of integration.
pub(super) fn without_table(
    sources: &Sources<'_>,
    rule: &Integration,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Agents> {
    let tastes = tastes_by_rule(sources, rule, mistakes)?;
    Some(Agents {
        markets: tastes.markets,
        weight: tastes.weight,
        nodes: tastes.nodes,
        ..Agents::default()
    })
}

/// Points of all markets, one market after the other.
pub(super) struct Tastes {
    pub(super) markets: Vec<Range<usize>>,
    pub(super) weight: Vec<f64>,
    pub(super) nodes: Vec<Vec<f64>>,
}

pub(super) fn tastes_by_rule(
    sources: &Sources<'_>,
    written: &Integration,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Tastes> {
    let size = |value: i64| usize::try_from(value).unwrap_or(usize::MAX);
    let rule = match written.rule {
        file::Rule::Halton => Rule::Halton {
            discard: size(written.discard.value),
            scramble: written.scramble,
        },
        file::Rule::Sobol => Rule::Sobol,
        file::Rule::Mlhs => Rule::ModifiedLatinHypercube,
        file::Rule::MonteCarlo => Rule::MonteCarlo,
        file::Rule::Product => Rule::Product,
        file::Rule::Unread => return None,
    };
    let dimensions = sources.is_random.len();
    let mut tastes = Tastes {
        markets: Vec::new(),
        weight: Vec::new(),
        nodes: vec![Vec::new(); dimensions],
    };
    let seed = u64::try_from(written.seed.value).unwrap_or_default();
    for market in 0..sources.markets.len() {
        match points(rule, dimensions, size(written.points.value), seed, market) {
            Ok(found) => {
                let start = tastes.weight.len();
                tastes.weight.extend(&found.weight);
                for (all, new) in tastes.nodes.iter_mut().zip(&found.nodes) {
                    all.extend(new);
                }
                tastes.markets.push(start..tastes.weight.len());
            }
            Err(error) => {
                let mistake = sources.files.error(written.place, error.to_string());
                mistakes.push(mistake.expected("fewer points, or another rule"));
                return None;
            }
        }
    }
    Some(tastes)
}

/// As many people of each market as there are points, the first ones of the table.
pub(super) fn first_of(
    sources: &Sources<'_>,
    order: &[usize],
    markets: &[Range<usize>],
    points: &[Range<usize>],
    frame: &Frame,
    mistakes: &mut Vec<Diagnostic>,
) -> (Vec<usize>, Vec<Range<usize>>) {
    let (mut kept, mut ranges) = (Vec::new(), Vec::new());
    for (market, (people, points)) in markets.iter().zip(points).enumerate() {
        if people.len() < points.len() {
            let label = &sources.market_labels[market];
            let found = format!(
                "{} people in market `{label}` for {} points of integration",
                people.len(),
                points.len()
            );
            let mistake = Diagnostic::about_file(frame.name(), found);
            mistakes.push(mistake.expected("a row of demographics for each point"));
            break;
        }
        let start = kept.len();
        kept.extend_from_slice(&order[people.start..people.start + points.len()]);
        ranges.push(start..kept.len());
    }
    (kept, ranges)
}
