//! Part-worths of a study: products become sums of their levels' worths, respondents become types.

use super::market::category_of;
use super::{AsWritten, Resolver, Which};
use crate::quantity::Quantified;
use crate::reader::DefaultUsed;
use crate::scenario::file::ScenarioFile;
use crate::scenario::part_worths::{
    Attribute, PRICE, PriceWorthWord, RespondentsWord, Study, no_such_column, price_level,
    read_study,
};
use crate::scenario::products::ProductRow;
use crate::scenario::target_file::TargetWord;
use beachhead_engine::scenario::{Category, Handle, PartWorths};

/// The exponent where nobody says another: respondents answer prices as they did in the study.
const STUDY_SCALE: f64 = 1.0;

impl Resolver<'_, '_> {
    /// The respondents of a study, if the scenario names one.
    pub(super) fn part_worths(&mut self, written: &AsWritten) -> Option<PartWorths> {
        self.check_alternatives(&written.file, written.part_worths.is_some());
        let rows = written.part_worths.as_ref()?;
        let study = read_study(rows, self.reader);
        if study.respondents.is_empty() || study.is_poison {
            return None;
        }
        let durable: Vec<&ProductRow> = written
            .products
            .iter()
            .filter(|row| category_of(&row.category.text, &written.file) == Category::Durable)
            .collect();
        let mut part_worths = PartWorths {
            respondent: study.respondents.iter().map(|one| one.id.clone()).collect(),
            segment: self.respondents_segments(&study),
            weight: study.respondents.iter().map(|one| one.weight).collect(),
            worth: vec![0.0; study.respondents.len() * durable.len()],
            products: durable.len(),
            none: study
                .respondents
                .iter()
                .filter_map(|one| one.none)
                .collect(),
            resampled: self.is_resampled(&written.file),
            ..PartWorths::default()
        };
        self.add_worths(&study, written, &durable, &mut part_worths);
        self.prices(&study, written, &durable, &mut part_worths)?;
        Some(part_worths)
    }

    /// Adds up the worths of products' levels.
    fn add_worths(
        &mut self,
        study: &Study,
        written: &AsWritten,
        durable: &[&ProductRow],
        part_worths: &mut PartWorths,
    ) {
        let columns: Vec<&str> = written
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        for attribute in study.attributes.iter().filter(|one| one.name != PRICE) {
            if !columns.contains(&attribute.name.as_str()) {
                let (found, help) = no_such_column(&attribute.name, &columns);
                let diagnostic = self.reader.error(attribute.place, found);
                let expected = "a column of the table of products for each attribute";
                self.reader.push(diagnostic.expected(expected).help(help));
                continue;
            }
            for (j, row) in durable.iter().enumerate() {
                let Some(at) = self.level_of(attribute, row) else {
                    continue;
                };
                for (i, one) in study.respondents.iter().enumerate() {
                    part_worths.worth[i * durable.len() + j] += one.worth[at];
                }
            }
        }
    }

    /// What needs a study, where there is none.
    fn check_without_study(&mut self, file: &ScenarioFile) {
        let demand = &file.demand;
        let is_said = demand.part_worths.is_some() || demand.fit.is_some();
        if demand.hedonic.is_none() && !is_said && !demand.products.is_poison() {
            let diagnostic = self
                .reader
                .error(demand.place, "`hedonic` is missing in `demand`")
                .expected("what features are worth, as a formula; or `part_worths`, the table of a conjoint study; or `fit`, demand that was estimated");
            self.reader.push(diagnostic);
        }
        for (key, place) in [
            (
                "exponent",
                demand.exponent.as_ref().map(|written| written.place),
            ),
            ("price_worth", demand.price_worth.map(|_| demand.place)),
            ("respondents", demand.respondents.map(|_| demand.place)),
        ] {
            if let (Some(place), None) = (place, &demand.part_worths) {
                let found = format!("`demand.{key}` without `part_worths`");
                self.error(
                    place,
                    found,
                    "`part_worths`, the table of a conjoint study, beside it",
                );
            }
        }
    }

    /// What has no meaning beside part-worths, or without them.
    fn check_alternatives(&mut self, file: &ScenarioFile, is_imported: bool) {
        let demand = &file.demand;
        if !is_imported {
            return self.check_without_study(file);
        }
        let mut refuse = |place, what: &str, expected: &str| {
            self.error(place, format!("{what} beside `part_worths`"), expected);
        };
        if let Some(hedonic) = &demand.hedonic {
            refuse(
                hedonic.place,
                "`hedonic`",
                "one of them: part-worths say what features are worth",
            );
        }
        if let Some(written) = &demand.price_coefficient {
            refuse(
                written.place,
                "`price_coefficient`",
                "`exponent`, which scales all part-worths, price among them",
            );
        }
        if demand.quality_spread.highest() > 0.0 {
            refuse(
                demand.quality_spread.place,
                "`quality_spread`",
                "0: respondents' tastes are their own",
            );
        }
        for segment in &file.segments {
            if segment.price_spread.highest() > 0.0 {
                refuse(
                    segment.price_spread.place,
                    "`price_spread` above 0",
                    "0: respondents' tastes are their own",
                );
            }
        }
    }

    /// The handle of the exponent, which takes the place of the price coefficient.
    pub(super) fn exponent(&mut self, file: &ScenarioFile) -> Handle {
        let is_solved = file.calibration.iter().any(|row| {
            matches!(
                row.target,
                TargetWord::OwnPriceElasticity | TargetWord::Margin
            )
        });
        match &file.demand.exponent {
            Some(written) => {
                if is_solved {
                    let found = "`demand.exponent` is only where calibration starts";
                    let help = "an `own_price_elasticity` or `margin` target solves it; leave one of them out";
                    self.warn(written.place, found, help);
                }
                self.add(written)
            }
            None => {
                let why = if is_solved {
                    "start of calibration, which solves it"
                } else {
                    self.reader.defaults.push(DefaultUsed {
                        name: "demand.exponent".to_owned(),
                        value: STUDY_SCALE.to_string(),
                    });
                    "the scale of the study itself"
                };
                let kind = crate::quantity::Positive::KIND;
                self.add_start("demand.exponent", kind, STUDY_SCALE, why)
            }
        }
    }

    /// Segments of respondents; each segment needs one.
    fn respondents_segments(&mut self, study: &Study) -> Vec<usize> {
        let count = self.names.segments.len();
        if !study.has_segments {
            if count > 1 {
                let found =
                    format!("no column `segment` in a table of part-worths, and {count} segments");
                self.error(
                    study.place,
                    found,
                    "the segment of each respondent, or one segment",
                );
            }
            return vec![0; study.respondents.len()];
        }
        let mut weight = vec![0.0; count];
        let mut segments = Vec::new();
        let mut is_known = true;
        for one in &study.respondents {
            let at = one
                .segment
                .as_ref()
                .and_then(|id| self.find(id, Which::Segments));
            is_known &= at.is_some();
            if let Some(sum) = at.and_then(|at| weight.get_mut(at)) {
                *sum += one.weight;
            }
            segments.push(at.unwrap_or(0));
        }
        let empty: Vec<String> = (0..count)
            .filter(|&s| weight[s] <= 0.0)
            .map(|s| self.names.segments[s].clone())
            .collect();
        if is_known && !empty.is_empty() {
            let names = crate::diagnostic::name_list(&empty);
            let found = format!("no respondent with a weight in the segment {names}");
            self.error(study.place, found, "respondents in every segment");
        }
        segments
    }

    /// The position of a product's level of an attribute.
    fn level_of(&mut self, attribute: &Attribute, row: &ProductRow) -> Option<usize> {
        let (text, place) = row.text(&attribute.name)?;
        let found = attribute.levels.iter().find(|(level, _)| level == text);
        if found.is_none() {
            let levels: Vec<&str> = attribute
                .levels
                .iter()
                .map(|(level, _)| level.as_str())
                .collect();
            let what = if text.is_empty() {
                format!("an empty cell in column `{}`", attribute.name)
            } else {
                format!("unknown level `{text}` of `{}`", attribute.name)
            };
            let diagnostic = self
                .reader
                .error(place, what)
                .expected(format!(
                    "a level of the table of part-worths: {}",
                    crate::diagnostic::name_list(&levels)
                ))
                .nearest(text, &levels);
            self.reader.push(diagnostic);
        }
        found.map(|(_, at)| *at)
    }

    /// Worths of prices: levels in rising order, each respondent's never rising.
    fn prices(
        &mut self,
        study: &Study,
        written: &AsWritten,
        durable: &[&ProductRow],
        part_worths: &mut PartWorths,
    ) -> Option<()> {
        let Some(attribute) = study.attributes.iter().find(|one| one.name == PRICE) else {
            let expected = "columns such as `price:199`, at least two: without them nobody can say what a price does";
            self.error(
                study.place,
                "a table of part-worths without prices",
                expected,
            );
            return None;
        };
        let levels = self.price_levels(attribute)?;
        self.check_price_range(&levels, durable);
        let is_linear = self.is_linear(&written.file);
        let mut tied = 0;
        for one in &study.respondents {
            let mut worths: Vec<f64> = levels.iter().map(|(_, at)| one.worth[*at]).collect();
            if is_linear {
                worths = line(&levels, &worths);
            }
            let falling = never_rising(&worths);
            tied += usize::from(falling != worths);
            part_worths.price_worth.extend(falling);
        }
        part_worths.price_level = levels.iter().map(|(price, _)| *price).collect();
        self.check_prices_matter(study, attribute, tied, part_worths)
    }

    /// The prices that were asked about, rising, with the positions of their worths.
    fn price_levels(&mut self, attribute: &Attribute) -> Option<Vec<(f64, usize)>> {
        let mut levels: Vec<(f64, usize)> = Vec::new();
        for (level, at) in &attribute.levels {
            match price_level(level) {
                Some(price) if levels.iter().all(|(known, _)| *known != price) => {
                    levels.push((price, *at))
                }
                _ => {
                    let found = format!("the level `price:{level}`");
                    self.error(
                        attribute.place,
                        found,
                        "a price in the scenario's currency, each once, such as `price:199`",
                    );
                    return None;
                }
            }
        }
        levels.sort_by(|a, b| a.0.total_cmp(&b.0));
        if levels.len() < 2 {
            self.error(attribute.place, "one level of price", "at least two");
            return None;
        }
        Some(levels)
    }

    /// Prices of products that nobody was asked about.
    fn check_price_range(&mut self, levels: &[(f64, usize)], durable: &[&ProductRow]) {
        let (low, high) = (levels[0].0, levels[levels.len() - 1].0);
        for row in durable {
            let outside = [row.price.lowest(), row.price.highest()]
                .into_iter()
                .find(|price| !(low..=high).contains(price));
            if let (Some(price), false) = (outside, row.price.is_poison) {
                let found = format!(
                    "a price of {price} of `{}`, outside the levels that were asked about",
                    row.id.text
                );
                let expected = format!(
                    "a price from {low} to {high}: nobody knows what respondents think of others"
                );
                self.error(row.price.place, found, &expected);
            }
        }
    }

    fn is_resampled(&mut self, file: &ScenarioFile) -> bool {
        match file.demand.respondents {
            Some(word) => word == RespondentsWord::Resampled,
            None => {
                self.reader.defaults.push(DefaultUsed {
                    name: "demand.respondents".to_owned(),
                    value: "\"resampled\"".to_owned(),
                });
                true
            }
        }
    }

    fn is_linear(&mut self, file: &ScenarioFile) -> bool {
        match file.demand.price_worth {
            Some(word) => word == PriceWorthWord::Linear,
            None => {
                self.reader.defaults.push(DefaultUsed {
                    name: "demand.price_worth".to_owned(),
                    value: "\"interpolated\"".to_owned(),
                });
                false
            }
        }
    }

    fn check_prices_matter(
        &mut self,
        study: &Study,
        attribute: &Attribute,
        tied: usize,
        part_worths: &PartWorths,
    ) -> Option<()> {
        let slope = part_worths
            .money_slopes()
            .iter()
            .copied()
            .fold(0.0, f64::max);
        if slope <= 0.0 {
            let found = "part-worths of prices that fall for nobody";
            self.error(
                attribute.place,
                found,
                "lower worths for higher prices; are they turned round?",
            );
            return None;
        }
        if tied > 0 {
            let found = format!(
                "a higher price is worth more to {tied} of {} respondents",
                study.respondents.len()
            );
            let help = "noise of the study: such levels get their common mean, so that nobody likes to pay more";
            self.warn(attribute.place, found, help);
        }
        Some(())
    }
}

/// Worths on the line of least squares through a respondent's levels.
fn line(levels: &[(f64, usize)], worths: &[f64]) -> Vec<f64> {
    let count = levels.len() as f64;
    let price = levels.iter().map(|(price, _)| price).sum::<f64>() / count;
    let worth = worths.iter().sum::<f64>() / count;
    let pairs = || {
        levels
            .iter()
            .map(|(p, _)| p - price)
            .zip(worths.iter().map(|w| w - worth))
    };
    let slope = pairs().map(|(p, w)| p * w).sum::<f64>() / pairs().map(|(p, _)| p * p).sum::<f64>();
    levels
        .iter()
        .map(|(p, _)| worth + slope * (p - price))
        .collect()
}

/// The nearest worths, by least squares, that never rise: pools of neighbours get their mean.
fn never_rising(worths: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for &worth in worths {
        let mut pool = (worth, 1);
        while let Some(&(mean, count)) = pools.last() {
            if mean >= pool.0 {
                break;
            }
            pools.pop();
            let both = count + pool.1;
            pool = (
                (mean * count as f64 + pool.0 * pool.1 as f64) / both as f64,
                both,
            );
        }
        pools.push(pool);
    }
    pools
        .iter()
        .flat_map(|&(mean, count)| std::iter::repeat_n(mean, count))
        .collect()
}
