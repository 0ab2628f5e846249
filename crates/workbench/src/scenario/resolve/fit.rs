//! Demand from a fit: its products and parameters become the scenario's, its shares targets.

use super::market::category_of;
use super::{AsWritten, Resolver};
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::estimate::{Characteristics, Described, Stored};
use crate::scenario::file::ScenarioFile;
use crate::scenario::fit::FitSection;
use crate::scenario::products::ProductRow;
use crate::scenario::target_file::TargetWord;
use beachhead_engine::estimate::{FitParts, NewProduct, OneMarket};
use beachhead_engine::scenario::{Category, FitDemand, FitParameter, ProductGroup, Target};
use std::sync::Arc;

/// Names that are shown of many.
const MOST_SHOWN: usize = 12;
/// Prices of the table that lie this far from the fit's, as a ratio, are in other units.
const OTHER_UNITS: f64 = 3.0;
/// Prices of the table that lie this far from the fit's are other prices, relative.
const OTHER_PRICE: f64 = 0.01;

/// The durable rows of the table, those of the fit and new ones.
pub(super) struct Matched {
    /// For each product of the fit's market, the position among the durable rows.
    pub(super) known: Vec<usize>,
    /// Positions among the durable rows of entrants' products.
    new: Vec<usize>,
}

impl Resolver<'_, '_> {
    /// Demand from a fit, if the scenario names one, with the targets that follow from it.
    pub(super) fn fit(
        &mut self,
        written: &AsWritten,
        groups: &mut Vec<ProductGroup>,
        targets: &mut Vec<Target>,
    ) -> Option<FitDemand> {
        let section = written.file.demand.fit.as_ref()?;
        self.check_beside_fit(&written.file);
        let stored = written.fit.as_ref()?;
        if section.market.is_poison() {
            return None;
        }
        let t = self.market_of(section, stored)?;
        self.check_price_enters_alone(section, stored)?;
        let durable: Vec<(usize, &ProductRow)> = written
            .products
            .iter()
            .enumerate()
            .filter(|(_, row)| category_of(&row.category.text, &written.file) == Category::Durable)
            .collect();
        let rows: Vec<&ProductRow> = durable.iter().map(|(_, row)| *row).collect();
        let matched = self.matched(section, stored, t, &durable)?;
        let new = self.new_products(stored, &rows, &matched.new)?;
        let source = self.source(section, stored, t, &new)?;
        self.check_prices(section, &source, &rows, &matched);
        let price_unit = self.add(&section.price_unit);
        let (parameters, correlation) = self.parameters_of(section, stored, &source)?;
        self.check_money(section, &source, &parameters)?;
        let scenario_product = |j: usize| durable[j].0;
        self.share_targets(
            section,
            &source,
            &matched,
            scenario_product,
            groups,
            targets,
        );
        let mut fit = FitDemand {
            market: section.market.text.clone(),
            digest: stored.digest.clone(),
            product: matched.known.iter().chain(&matched.new).copied().collect(),
            named: names_of(stored, t),
            price_unit,
            parameters,
            correlation,
            elasticity: None,
            new: new
                .iter()
                .map(|product| [&product.linear[..], &product.nonlinear[..]].concat())
                .collect(),
            source: Arc::new(source),
        };
        fit.elasticity = self.elasticity_target(written, section, &fit, targets);
        Some(fit)
    }

    /// What a fit says itself, and what it says nothing of and somebody must.
    fn check_beside_fit(&mut self, file: &ScenarioFile) {
        let demand = &file.demand;
        let mut refuse = |place: Option<Place>, what: &str, expected: &str| {
            if let Some(place) = place {
                self.error(place, format!("{what} beside `demand.fit`"), expected);
            }
        };
        let text = |text: &Option<crate::reader::Text>| text.as_ref().map(|text| text.place);
        refuse(
            text(&demand.hedonic),
            "`hedonic`",
            "one of them: the fit says what features are worth",
        );
        refuse(
            text(&demand.part_worths),
            "`part_worths`",
            "one of them: a fit or a study",
        );
        let given = demand.price_coefficient.as_ref();
        let its_own = "nothing here: the fit's people have their own";
        refuse(given.map(|w| w.place), "`price_coefficient`", its_own);
        let given = demand.brand_spread.as_ref();
        refuse(given.map(|w| w.place), "`brand_spread`", its_own);
        let spread = &demand.quality_spread;
        let above = (spread.highest() > 0.0).then_some(spread.place);
        refuse(above, "`quality_spread`", its_own);
        for segment in &file.segments {
            let spread = &segment.price_spread;
            let above = (spread.highest() > 0.0).then_some(spread.place);
            refuse(above, "`price_spread` above 0", its_own);
            let sensitivity = &segment.price_sensitivity;
            let is_other = !sensitivity.is_poison
                && (sensitivity.lowest() != 1.0 || sensitivity.highest() != 1.0);
            let place = is_other.then_some(sensitivity.place);
            refuse(place, "`price_sensitivity` other than 1", its_own);
        }
        for row in &file.calibration {
            let (word, expected) = match (row.target, row.by) {
                (TargetWord::OwnPriceElasticity | TargetWord::Margin, _) => {
                    ("a target of the price coefficient", its_own)
                }
                (TargetWord::SecondChoice, _) => ("a target `second_choice`", its_own),
                (TargetWord::ShareOfSales, by) if is_of_products(by) => (
                    "a target `share_of_sales` of products or brands",
                    "none: the market shares of the fit are met",
                ),
                _ => continue,
            };
            refuse(Some(row.place), word, expected);
        }
        let has_units =
            |row: &crate::scenario::target_file::TargetRow| row.target == TargetWord::UnitsPerUser;
        if !file.calibration.iter().any(has_units) {
            let found = "`demand.fit` without a target `units_per_user`";
            let expected =
                "how many units a user buys a month: the outside share of a fit does not say it";
            self.error(demand.place, found, expected);
        }
    }

    fn market_of(&mut self, section: &FitSection, stored: &Stored) -> Option<usize> {
        let problem = &stored.loaded.problem;
        let name = &section.market;
        let all = 0..problem.markets.len();
        let found = all.clone().find(|t| problem.market_name(*t) == name.text);
        if found.is_none() {
            let labels: Vec<String> = all.map(|t| problem.market_name(t)).collect();
            let some = name_list(labels.iter().take(MOST_SHOWN));
            let diagnostic = self
                .reader
                .error(name.place, format!("no market `{}` in the fit", name.text))
                .expected(format!("a market of the fit, such as {some}"))
                .nearest(&name.text, &labels);
            self.reader.push(diagnostic);
        }
        found
    }

    fn check_price_enters_alone(&mut self, section: &FitSection, stored: &Stored) -> Option<()> {
        let Some(column) = &stored.loaded.rows.bent_in_price else {
            return Some(());
        };
        let found = format!("in the fit the price enters utility by `{column}`");
        let expected =
            "a fit with `prices` alone, with one coefficient for all products of a person";
        self.error(section.folder.place, found, expected);
        None
    }

    /// Which row of the table is which product of the fit.
    fn matched(
        &mut self,
        section: &FitSection,
        stored: &Stored,
        t: usize,
        durable: &[(usize, &ProductRow)],
    ) -> Option<Matched> {
        let names = names_of(stored, t);
        let mut known = vec![None; names.len()];
        let mut new = Vec::new();
        let mut is_whole = true;
        for (j, (at, row)) in durable.iter().enumerate() {
            let said = row.text(FIT_PRODUCT).filter(|(text, _)| !text.is_empty());
            if self.names.entrant_products.contains(at) {
                if let Some((text, place)) = said {
                    let found = format!("`fit_product` = `{text}` of an entrant's product");
                    let expected = "an empty cell: the market of the fit is that before the entry";
                    self.error(place, found, expected);
                }
                new.push(j);
                continue;
            }
            let (text, place) = said.unwrap_or((&row.id.text, row.id.place));
            match names.iter().position(|name| name == text) {
                Some(n) if known[n].is_none() => known[n] = Some(j),
                Some(_) => {
                    is_whole = false;
                    let found = format!("the product `{text}` of the fit is there already");
                    self.error(place, found, "each product of the fit once");
                }
                None => {
                    is_whole = false;
                    let found = format!(
                        "no product `{text}` in the market `{}` of the fit",
                        section.market.text
                    );
                    let diagnostic = self
                        .reader
                        .error(place, found)
                        .expected(format!(
                            "an id of the fit in column `fit_product`: {}",
                            name_list(names.iter().take(MOST_SHOWN))
                        ))
                        .nearest(text, &names);
                    self.reader.push(diagnostic);
                }
            }
        }
        let missing: Vec<&String> = names
            .iter()
            .zip(&known)
            .filter(|(_, row)| row.is_none())
            .map(|(name, _)| name)
            .collect();
        if !missing.is_empty() && is_whole {
            is_whole = false;
            let found = format!(
                "{} products of the market `{}` that the table of products does not have: {}",
                missing.len(),
                section.market.text,
                name_list(missing.iter().take(MOST_SHOWN))
            );
            let expected = "a row for each product of the market, with its id in column `fit_product`: demand without some of them is another demand";
            self.error(section.market.place, found, expected);
        }
        let known: Option<Vec<usize>> = known.into_iter().collect();
        known
            .filter(|_| is_whole)
            .map(|known| Matched { known, new })
    }

    /// Entrants' products as the fit's columns have them.
    fn new_products(
        &mut self,
        stored: &Stored,
        rows: &[&ProductRow],
        new: &[usize],
    ) -> Option<Vec<NewProduct>> {
        let made_of = &stored.loaded.rows.characteristics;
        if let Some(&first) = new.first() {
            self.check_columns(made_of, rows[first])?;
        }
        let described = new.iter().map(|&j| self.described(made_of, rows[j]));
        let described: Vec<Option<Described>> = described.collect();
        let described: Vec<Described> = described.into_iter().collect::<Option<_>>()?;
        Some(described.iter().map(|one| made_of.evaluate(one)).collect())
    }

    /// Columns of the fit's formulas that the table of products does not have; said once, where the first of the new products stands.
    fn check_columns(&mut self, made_of: &Characteristics, row: &ProductRow) -> Option<()> {
        let missing: Vec<&str> = made_of
            .names()
            .filter(|name| row.text(name).is_none())
            .collect();
        if missing.is_empty() {
            return Some(());
        }
        let found = format!("no column {} in the table of products", name_list(&missing));
        let expected = format!(
            "what the fit's formulas name, with what `{}` and other new products have of it; cells of the fit's own products may be empty",
            row.id.text
        );
        self.error(row.place, found, &expected);
        None
    }

    fn described(&mut self, made_of: &Characteristics, row: &ProductRow) -> Option<Described> {
        let mut described = Described::default();
        let mut is_whole = true;
        for column in &made_of.numbers {
            match row.attribute(column, self.reader) {
                Some(number) => described.numbers.push(number),
                None => is_whole = false,
            }
        }
        for (column, levels) in &made_of.levels {
            let (text, place) = row.text(column)?;
            match levels.iter().position(|level| level == text) {
                Some(at) => described.levels.push(at as u32),
                None => {
                    is_whole = false;
                    let diagnostic = self
                        .reader
                        .error(place, format!("`{text}` in column `{column}`"))
                        .expected(format!(
                            "a level that the fit knows: {}",
                            name_list(levels.iter().take(MOST_SHOWN))
                        ))
                        .nearest(text, levels);
                    self.reader.push(diagnostic);
                }
            }
        }
        is_whole.then_some(described)
    }

    fn source(
        &mut self,
        section: &FitSection,
        stored: &Stored,
        t: usize,
        new: &[NewProduct],
    ) -> Option<OneMarket> {
        let parts = FitParts {
            problem: &stored.loaded.problem,
            parameters: &stored.loaded.parameters,
            options: &stored.loaded.options,
            mean_utility: &stored.mean_utility,
        };
        match OneMarket::new(&parts, t, new) {
            Ok(source) => Some(source),
            Err(error) => {
                let found = format!("a fit that cannot drive the months: {error}");
                self.error(
                    section.folder.place,
                    found,
                    "a fit whose demand months can carry",
                );
                None
            }
        }
    }

    /// People who like to pay, or nearly: their money has no worth of its own.
    fn check_money(
        &mut self,
        section: &FitSection,
        source: &OneMarket,
        parameters: &[FitParameter],
    ) -> Option<()> {
        let at: Vec<f64> = parameters.iter().map(|p| p.estimate).collect();
        let found = source.at(&at);
        let pairs = || found.price.iter().zip(&found.weight);
        let mean: f64 = pairs().map(|(alpha, w)| alpha * w).sum();
        if mean <= 0.0 {
            let text = "a fit in which people like high prices on average";
            let expected =
                "prices that count against a product: look at the instruments of the fit";
            self.error(section.folder.place, text, expected);
            return None;
        }
        let like: f64 = pairs().filter(|(a, _)| **a <= 0.0).map(|(_, w)| w).sum();
        if like > 0.0 {
            let text = format!(
                "{} % of the people of market `{}` like to pay more, at the estimates",
                crate::run::words::figure(100.0 * like),
                section.market.text
            );
            let help = "they choose as the fit says; where utility is turned into money a twentieth of the mean price coefficient counts for them";
            self.warn(section.market.place, text, help);
        }
        Some(())
    }

    /// Units: prices of the table are near the fit's, in the scenario's currency.
    fn check_prices(
        &mut self,
        section: &FitSection,
        source: &OneMarket,
        rows: &[&ProductRow],
        matched: &Matched,
    ) {
        let unit = section.price_unit.centre();
        let is_poison = section.price_unit.is_poison || rows.iter().any(|r| r.price.is_poison);
        if is_poison {
            return;
        }
        let pairs = matched.known.iter().zip(source.prices());
        let ratios: Vec<f64> = pairs
            .map(|(&j, price)| rows[j].price.centre() / (price * unit))
            .collect();
        let mut sorted = ratios.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(1.0);
        if !(1.0 / OTHER_UNITS..=OTHER_UNITS).contains(&middle) {
            let found = format!(
                "prices in the table of products that are {} times those of the fit at this `price_unit`",
                crate::run::words::figure(middle)
            );
            let expected = format!(
                "prices in the same unit: one of the fit's is {unit} here, and its products cost {} to {} of them",
                crate::run::words::figure(
                    source
                        .prices()
                        .iter()
                        .copied()
                        .fold(f64::INFINITY, f64::min)
                ),
                crate::run::words::figure(source.prices().iter().copied().fold(0.0, f64::max)),
            );
            self.error(section.price_unit.place, found, &expected);
            return;
        }
        let others = ratios.iter().filter(|r| (**r - 1.0).abs() > OTHER_PRICE);
        let others = others.count();
        if others > 0 {
            let found = format!(
                "{others} prices of the table that differ from the fit's by more than one per cent"
            );
            let help = "the fit's shares are then met at the table's prices; take the fit's own if its market is meant";
            self.warn(section.price_unit.place, found, help);
        }
    }
}

/// The column that says which product of a fit a row is.
pub(in crate::scenario) const FIT_PRODUCT: &str = "fit_product";

/// Whether the buy/keep nest is solved from a fit: nothing else says it.
pub(super) fn takes_nest(file: &ScenarioFile) -> bool {
    let says = [TargetWord::FromRivals, TargetWord::CategoryPriceElasticity];
    let demand = &file.demand;
    demand.fit.is_some()
        && demand.buy_keep_nest.is_none()
        && !file
            .calibration
            .iter()
            .any(|row| says.contains(&row.target))
}

fn is_of_products(by: Option<crate::scenario::target_file::ByWord>) -> bool {
    use crate::scenario::target_file::ByWord;
    matches!(by, Some(ByWord::Brand | ByWord::Group | ByWord::Tier))
}

/// Ids of the products of a market of a fit, in the order of its rows; their numbers from 1 where it has none.
fn names_of(stored: &Stored, t: usize) -> Vec<String> {
    let rows = stored.loaded.problem.markets[t].clone();
    let name = |(n, row): (usize, usize)| {
        let named = stored.loaded.rows.product(row);
        named.map_or_else(|| (n + 1).to_string(), str::to_owned)
    };
    rows.enumerate().map(name).collect()
}
