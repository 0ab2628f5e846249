//! What targets must fulfil together.

use super::targets::{Wanted, word_of};
use super::{AsWritten, Resolver, Which};
use crate::document::Place;
use crate::quantity::Written;
use crate::scenario::target_file::{ByWord, TargetRow, TargetWord};

/// Tolerance of shares that must sum to 1 and are published in rounded per cents.
const ROUNDED_SUM_TOLERANCE: f64 = 1e-3;

impl Resolver<'_, '_> {
    /// Shares of a closed group sum to 1; of a part of it, to less.
    pub(super) fn check_sum(&mut self, row: &TargetRow, read: &[Written]) {
        let is_share = row.target == TargetWord::ShareOfSales;
        if !is_share || read.is_empty() || read.iter().any(|written| written.is_poison) {
            return;
        }
        let sum: f64 = read.iter().map(Written::centre).sum();
        let covers_all = match row.by {
            Some(ByWord::Brand) => self.covers_brands(row),
            Some(ByWord::Channel) => read.len() == self.names.channels.len(),
            _ => false,
        };
        let place = row.values.as_ref().map_or(row.place, |values| values.place);
        if sum > 1.0 + ROUNDED_SUM_TOLERANCE || (covers_all && sum < 1.0 - ROUNDED_SUM_TOLERANCE) {
            let found = format!("shares of sales that sum to {sum:.4}");
            let expected = if covers_all {
                "a sum of 1"
            } else {
                "a sum of at most 1 for a part of the market"
            };
            self.error(place, found, expected);
        }
    }

    /// Whether all incumbents of the durable have a value; says who has none.
    fn covers_brands(&mut self, row: &TargetRow) -> bool {
        let Some(values) = &row.values else {
            return false;
        };
        let incumbents = self.list(Which::Incumbents).to_vec();
        let missing: Vec<&String> = incumbents
            .iter()
            .filter(|id| values.get(id).is_none())
            .collect();
        if missing.is_empty() {
            return true;
        }
        let found = format!(
            "no share of sales for {}",
            crate::diagnostic::name_list(&missing)
        );
        self.warn(
            values.place,
            found,
            "their appeal is then what their products' attributes say",
        );
        false
    }

    pub(super) fn check_tiers(&mut self, row: &TargetRow, wanted: &[Wanted<'_>]) {
        // One scale moves all tiers, so one value beside the base is all that can be met.
        const MOST: usize = 2;
        if row.by == Some(ByWord::Tier) && wanted.len() > MOST {
            let place = row.values.as_ref().map_or(row.place, |values| values.place);
            let found = format!("{} tiers with a share", wanted.len());
            self.error(
                place,
                found,
                "one tier, and at most a base: one scale moves them all",
            );
        }
    }

    pub(super) fn check_all_segments(&mut self, row: &TargetRow, count: usize) {
        let Some(values) = &row.values else { return };
        if count < self.names.segments.len() && values.entries.len() == count {
            let missing: Vec<String> = self
                .names
                .segments
                .iter()
                .filter(|id| values.get(id).is_none())
                .cloned()
                .collect();
            let found = format!(
                "no units per user for {}",
                crate::diagnostic::name_list(&missing)
            );
            self.error(
                values.place,
                found,
                "a value for every segment, or one `value` for all",
            );
        }
    }

    /// Ages that the market does not have, and switching with nowhere to switch to.
    pub(super) fn check_targets_can_be(&mut self, written: &AsWritten) {
        let oldest = written.file.simulation.oldest_age.value as f64;
        for row in &written.file.calibration {
            if let Some(months) = &row.months
                && !months.is_poison
                && !(1.0..=oldest).contains(&months.centre())
            {
                let found = format!("{} in `{}`", months.text, months.name);
                let expected = format!("from 1 to `simulation.oldest_age`, {oldest} months");
                self.error(months.place, found, &expected);
            }
            let networks = self.names.networks.len();
            if row.target == TargetWord::NetworkSwitching && networks < 2 {
                let found = format!("a target `network_switching` with {networks} `[[networks]]`");
                self.error(row.place, found, "at least two networks to change between");
            }
        }
    }

    /// Targets that one and the same parameter would have to meet.
    pub(super) fn check_parameters(&mut self, written: &AsWritten) {
        const RIVALS: [(&[TargetWord], &str); 5] = [
            (
                &[TargetWord::ReplacedWithin, TargetWord::KeptBeyond],
                "ageing",
            ),
            (
                &[TargetWord::OwnPriceElasticity, TargetWord::Margin],
                "the price coefficient",
            ),
            (
                &[TargetWord::CategoryPriceElasticity, TargetWord::FromRivals],
                "the buy/keep nest",
            ),
            (&[TargetWord::SecondChoice], "the spread of brand image"),
            (&[TargetWord::NetworkSwitching], "the switching cost"),
        ];
        for (words, parameter) in RIVALS {
            let rows: Vec<(Place, TargetWord)> = written
                .file
                .calibration
                .iter()
                .filter(|row| words.contains(&row.target))
                .map(|row| (row.place, row.target))
                .collect();
            if let [(_, first), (place, second), ..] = rows[..] {
                let found = format!(
                    "`{}` beside `{}`: both would solve {parameter}",
                    word_of(second),
                    word_of(first)
                );
                self.error(place, found, "one target for each parameter; leave one out");
            }
        }
        let tiers: Vec<Place> = written
            .file
            .calibration
            .iter()
            .filter(|row| row.by == Some(ByWord::Tier))
            .map(|row| row.place)
            .collect();
        if let [_, second, ..] = tiers[..] {
            self.error(
                second,
                "a second target by tier",
                "one: a single scale moves all tiers",
            );
        }
    }
}
