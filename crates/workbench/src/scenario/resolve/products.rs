//! Products: prices, channels, compatibility, and what their attributes are worth.

use super::fit::FIT_PRODUCT;
use super::market::category_of;
use super::{AsWritten, Resolver, Which};
use crate::document::{Node, Place, Value};
use crate::expression::{Formula, parse_formula};
use crate::reader::Text;
use crate::scenario::file::ScenarioFile;
use crate::scenario::products::{KNOWN, Launch, ProductRow};
use beachhead_engine::scenario::{
    CalendarMonth, Category, Channel, ChannelKind, Compatibility, Product, ProductGroup,
    WAITS_FOR_EVENT,
};

impl Resolver<'_, '_> {
    pub(super) fn products(
        &mut self,
        written: &AsWritten,
        channels: &[Channel],
        start: CalendarMonth,
    ) -> Vec<Product> {
        let file = &written.file;
        self.check_categories(written);
        let formula = self.formula(written);
        let compatibility = self.compatibility(written);
        let rows = written.products.iter().enumerate();
        rows.map(|(at, row)| {
            let brand = self
                .names
                .brands
                .iter()
                .position(|id| *id == row.brand.text)
                .unwrap_or(0);
            let category = category_of(&row.category.text, file);
            let is_own = self.names.entrant_products.contains(&at);
            self.check_product(row, category, is_own);
            let hedonic = match &formula {
                Some((formula, columns)) if category == Category::Durable => {
                    self.hedonic(formula, columns, row)
                }
                _ => 0.0,
            };
            Product {
                id: row.id.text.clone(),
                title: row.title.clone(),
                brand,
                category,
                price: self.add(&row.price),
                unit_cost: row.unit_cost.as_ref().map(|cost| self.add(cost)),
                hedonic,
                appeal: self.add(&row.appeal),
                appeal_z: self.product_appeal_z(
                    file,
                    &row.id.text,
                    is_own && category == Category::Durable,
                ),
                tier: row.tier.clone(),
                available_from: match row.launch {
                    Some((Launch::Month(month), _)) if !is_own => start.months_to(month) + 1,
                    Some((Launch::Event, _)) if !is_own => WAITS_FOR_EVENT,
                    _ => 1,
                },
                channels: self.product_channels(row, brand, channels),
                compatibility: compatibility[at].clone(),
            }
        })
        .collect()
    }

    /// One category is the durable: the one that no complement names.
    fn check_categories(&mut self, written: &AsWritten) {
        let mut durable: Option<&Text> = None;
        for row in written
            .products
            .iter()
            .filter(|row| !row.category.is_poison())
        {
            if category_of(&row.category.text, &written.file) != Category::Durable {
                continue;
            }
            match durable {
                Some(first) if first.text != row.category.text => {
                    let found = format!(
                        "a second durable category `{}` beside `{}`",
                        row.category.text, first.text
                    );
                    let named: Vec<&str> = written
                        .file
                        .complements
                        .iter()
                        .map(|complement| complement.category.text.as_str())
                        .collect();
                    let diagnostic = self
                        .reader
                        .error(row.category.place, found)
                        .expected("one durable category; every other is named by a complement")
                        .nearest(
                            &row.category.text,
                            named.into_iter().chain([first.text.as_str()]),
                        );
                    self.reader.push(diagnostic);
                    return;
                }
                Some(_) => {}
                None => durable = Some(&row.category),
            }
        }
        for row in &written.file.complements {
            let category = &row.category;
            let is_known = written
                .products
                .iter()
                .any(|p| p.category.text == category.text);
            if !is_known && !category.is_poison() {
                let known: Vec<&str> = written
                    .products
                    .iter()
                    .map(|p| p.category.text.as_str())
                    .collect();
                let diagnostic = self
                    .reader
                    .error(
                        category.place,
                        format!("no product has the category `{}`", category.text),
                    )
                    .expected("a category of the table of products")
                    .nearest(&category.text, known);
                self.reader.push(diagnostic);
            }
        }
    }

    fn check_product(&mut self, row: &ProductRow, category: Category, is_own: bool) {
        if is_own && row.unit_cost.is_none() && !row.id.is_poison() {
            let found = format!("no `unit_cost` of the entrant's product `{}`", row.id.text);
            self.error(
                row.place,
                found,
                "what a unit costs the entrant, in column `unit_cost`",
            );
        }
        if !is_own && category != Category::Durable {
            let found = format!(
                "`{}` of an incumbent in a complement's category",
                row.id.text
            );
            let expected = "entrants' products only: rivals' goods are the complement's `rivals`";
            self.error(row.place, found, expected);
        }
        if let (true, Some((_, place))) = (is_own, row.launch) {
            let found = format!(
                "`launch` of the entrant's product `{}` is not used",
                row.id.text
            );
            self.warn(
                place,
                found,
                "plans launch the entrants' products; leave the cell empty",
            );
        }
    }

    /// The hedonic formula with the names of its columns.
    fn formula(&mut self, written: &AsWritten) -> Option<(Formula, Vec<String>)> {
        let Some(hedonic) = &written.file.demand.hedonic else {
            self.warn_unused(written, &attributes(written));
            return None;
        };
        let names: Vec<&str> = written
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !KNOWN.contains(name))
            .collect();
        if hedonic.is_poison() {
            return None;
        }
        match parse_formula(&hedonic.text, &names) {
            Ok(formula) => {
                let used: Vec<&str> = formula.columns().iter().map(|at| names[*at]).collect();
                self.warn_unused(written, &used);
                let names = names.iter().map(|name| (*name).to_owned()).collect();
                Some((formula, names))
            }
            Err(errors) => {
                self.expression_errors(hedonic, &errors);
                None
            }
        }
    }

    fn warn_unused(&mut self, written: &AsWritten, used: &[&str]) {
        const FREE: [&str; 2] = ["name", "title"];
        for (column, place) in &written.columns {
            let name = column.as_str();
            let is_idle = name == FIT_PRODUCT && written.file.demand.fit.is_none();
            if is_idle {
                let help = "it says which product of a fit a row is; name one in `demand.fit`";
                self.warn(*place, format!("the column `{name}` is not used"), help);
            }
            if !KNOWN.contains(&name) && !used.contains(&name) && !FREE.contains(&name) {
                let near = crate::nearest::nearest(name, KNOWN);
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name it in `demand.hedonic`, or leave it".to_owned(),
                };
                self.warn(*place, format!("the column `{name}` is not used"), &help);
            }
        }
    }

    fn hedonic(&mut self, formula: &Formula, columns: &[String], row: &ProductRow) -> f64 {
        let mut values = vec![f64::NAN; columns.len()];
        let mut is_complete = true;
        for at in formula.columns() {
            match row.attribute(&columns[at], self.reader) {
                Some(value) => values[at] = value,
                None => is_complete = false,
            }
        }
        if !is_complete {
            return 0.0;
        }
        let value = formula.evaluate(&|at| values[at]);
        if !value.is_finite() {
            let found = format!("`demand.hedonic` gives {value} for `{}`", row.id.text);
            self.error(row.place, found, "a finite willingness to pay");
            return 0.0;
        }
        value
    }

    /// The listed channels; none listed: all but import and other brands' own.
    fn product_channels(
        &mut self,
        row: &ProductRow,
        brand: usize,
        channels: &[Channel],
    ) -> Vec<usize> {
        let is_others = |kind: ChannelKind| match kind {
            ChannelKind::OwnOnline(owner) | ChannelKind::OwnShops(owner) => owner != brand,
            _ => false,
        };
        match &row.channels {
            Some(list) => {
                let found = self.find_all(list, Which::Channels);
                for (at, id) in found.iter().zip(list) {
                    if is_others(channels[*at].kind) {
                        let found = format!("`{}` is another brand's own channel", id.text);
                        self.error(id.place, found, "the brand's own channels, or others'");
                    }
                }
                found
            }
            None => (0..channels.len())
                .filter(|at| {
                    let kind = channels[*at].kind;
                    kind != ChannelKind::Import && !is_others(kind)
                })
                .collect(),
        }
    }

    /// Levels by product and network.
    fn compatibility(&mut self, written: &AsWritten) -> Vec<Vec<Compatibility>> {
        let networks = self.names.networks.len();
        let mut levels = vec![vec![Compatibility::Full; networks]; self.names.products.len()];
        let Some(rows) = &written.compatibility else {
            return levels;
        };
        let Value::List(list) = &rows.list.value else {
            return levels;
        };
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for row in list {
            let text = |key: &str| cell(row, key);
            let level = self.level(&text("level"));
            self.check_source_cell(row);
            let product = self.find_cell(&text("product"), Which::Products);
            let network = self.find_cell(&text("network"), Which::Networks);
            let (Some(product), Some(network)) = (product, network) else {
                continue;
            };
            if seen.contains(&(product, network)) {
                self.error(
                    row.place,
                    "a pair of product and network that is there already",
                    "each pair once",
                );
            }
            seen.push((product, network));
            levels[product][network] = level;
        }
        levels
    }

    fn find_cell(&mut self, id: &Text, which: Which) -> Option<usize> {
        if id.is_poison() {
            let found = format!("an empty cell where a {} is meant", which.word());
            self.error(id.place, found, &format!("the id of a {}", which.word()));
        }
        self.find(id, which)
    }

    fn level(&mut self, text: &Text) -> Compatibility {
        let words = ["none", "partial", "full"];
        match text.text.as_str() {
            "none" => Compatibility::None,
            "partial" => Compatibility::Partial,
            "full" => Compatibility::Full,
            found => {
                let diagnostic = self
                    .reader
                    .error(text.place, format!("\"{found}\" in column `level`"))
                    .expected("one of `none`, `partial`, `full`")
                    .nearest(found, words);
                self.reader.push(diagnostic);
                Compatibility::Full
            }
        }
    }

    fn check_source_cell(&mut self, row: &Node) {
        let source = cell(row, "source");
        if !source.is_poison() {
            self.sources.check(&source, self.reader);
        }
    }

    pub(super) fn groups(&mut self, file: &ScenarioFile) -> Vec<ProductGroup> {
        file.demand
            .groups
            .entries
            .iter()
            .map(|(id, products)| ProductGroup {
                id: id.text.clone(),
                products: self.find_all(&products.list, Which::Products),
            })
            .collect()
    }
}

fn cell(row: &Node, key: &str) -> Text {
    let node = row.as_table().and_then(|table| table.get(key));
    match node {
        Some(node) => Text {
            text: node.as_text().unwrap_or("").to_owned(),
            place: node.place,
        },
        None => Text {
            text: String::new(),
            place: Place::NOWHERE,
        },
    }
}

/// Attributes of the table of part-worths, before it is read, or of a fit's formulas.
fn attributes(written: &AsWritten) -> Vec<&str> {
    let columns = written.part_worths.iter().flat_map(|rows| &rows.columns);
    let of_study = columns.filter_map(|(name, _)| Some(name.split_once(':')?.0.trim()));
    let fits = written.fit.iter();
    let of_fit = fits.flat_map(|fit| fit.loaded.rows.characteristics.names());
    of_study.chain(of_fit).collect()
}
