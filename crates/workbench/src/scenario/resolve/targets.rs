//! Targets of calibration: what is measured, of whom, and what is wanted.

use super::{AsWritten, Resolver, Which};
use crate::document::Node;
use crate::quantity::{Domain, Written, read_quantity};
use crate::reader::{DefaultUsed, Later, Map, Text};
use crate::scenario::target_file::{ByWord, PriceWord, TargetRow, TargetWord};
use crate::units::Kind;
use beachhead_engine::scenario::{Measure, PriceBasis, Product, ProductGroup, Target};

/// A value with its name, before it is read.
pub(super) struct Wanted<'w> {
    /// What follows `calibration.` in its name.
    name: String,
    measure: Measure,
    node: &'w Node,
    pub(super) key: &'w str,
}

/// Keys that a target takes beside `target`, `source` and `note`.
fn keys_of(target: TargetWord) -> (&'static [&'static str], &'static [&'static str]) {
    match target {
        TargetWord::ShareOfSales => (&["by", "values"], &["base", "brand"]),
        TargetWord::UnitsPerUser => (&[], &["by", "value", "values", "segment"]),
        TargetWord::ReplacedWithin | TargetWord::KeptBeyond => (&["value", "months"], &[]),
        TargetWord::InstalledBase => (&["values"], &["by", "base"]),
        TargetWord::RepeatPurchase => (&["values"], &["by"]),
        TargetWord::NetworkSwitching => (&["value"], &[]),
        TargetWord::OwnPriceElasticity => (&["value", "product", "horizon", "price"], &[]),
        TargetWord::Margin => (&["values"], &["by"]),
        TargetWord::CategoryPriceElasticity => (&["value", "horizon"], &[]),
        TargetWord::FromRivals => (&["value", "brand"], &[]),
        TargetWord::SecondChoice => (&["value", "product", "to"], &[]),
        TargetWord::Unread => (&[], &[]),
    }
}

pub(super) fn word_of(target: TargetWord) -> &'static str {
    match target {
        TargetWord::ShareOfSales => "share_of_sales",
        TargetWord::UnitsPerUser => "units_per_user",
        TargetWord::ReplacedWithin => "replaced_within",
        TargetWord::KeptBeyond => "kept_beyond",
        TargetWord::InstalledBase => "installed_base",
        TargetWord::RepeatPurchase => "repeat_purchase",
        TargetWord::NetworkSwitching => "network_switching",
        TargetWord::OwnPriceElasticity => "own_price_elasticity",
        TargetWord::Margin => "margin",
        TargetWord::CategoryPriceElasticity => "category_price_elasticity",
        TargetWord::FromRivals => "from_rivals",
        TargetWord::SecondChoice => "second_choice",
        TargetWord::Unread => "",
    }
}

/// Kind and domain of a target's value.
fn measure_of(target: TargetWord) -> (Kind, Domain) {
    match target {
        // Nobody buys more than once a month.
        TargetWord::UnitsPerUser => (Kind::Flow, Domain::above(0.0, 1.0)),
        TargetWord::OwnPriceElasticity | TargetWord::CategoryPriceElasticity => {
            (Kind::Number, Domain::NOT_POSITIVE)
        }
        _ => (Kind::Share, Domain::UNIT),
    }
}

impl Resolver<'_, '_> {
    pub(super) fn targets(
        &mut self,
        written: &AsWritten,
        products: &[Product],
        groups: &[ProductGroup],
    ) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for row in &written.file.calibration {
            if row.target == TargetWord::Unread || !self.has_its_keys(row) {
                continue;
            }
            let wanted = self.wanted(row, products, groups);
            let base = self.base(row, &wanted);
            let mut read: Vec<Written> = Vec::new();
            for value in &wanted {
                let quantity = self.read_target(row, value);
                let name = value.name.clone();
                if targets.iter().any(|target| target.name == name) {
                    let found = format!("the target `{name}` is there already");
                    self.error(value.node.place, found, "each target once");
                    continue;
                }
                targets.push(Target {
                    name,
                    measure: value.measure.clone(),
                    wanted: self.add(&quantity),
                    is_base: base.as_deref() == Some(value.key),
                    location: self.reader.files.location(value.node.place),
                });
                read.push(quantity);
            }
            self.check_sum(row, &read);
            self.check_tiers(row, &wanted);
        }
        self.check_parameters(written);
        self.check_targets_can_be(written);
        targets
    }

    /// Reports keys that the target lacks or does not take.
    fn has_its_keys(&mut self, row: &TargetRow) -> bool {
        let word = word_of(row.target);
        let (required, optional) = keys_of(row.target);
        let place = |node: Option<&Text>| node.map(|text| text.place);
        let given = [
            ("by", row.by.map(|_| row.place)),
            ("value", row.value.as_ref().map(|later| later.node.place)),
            ("values", row.values.as_ref().map(|values| values.place)),
            ("base", place(row.base.as_ref())),
            ("product", place(row.product.as_ref())),
            ("brand", place(row.brand.as_ref())),
            ("segment", place(row.segment.as_ref())),
            ("to", place(row.to.as_ref())),
            ("horizon", row.horizon.as_ref().map(|written| written.place)),
            ("price", row.price.map(|_| row.place)),
            ("months", row.months.as_ref().map(|written| written.place)),
        ];
        let mut is_complete = true;
        for (key, place) in given {
            match place {
                Some(place) if !required.contains(&key) && !optional.contains(&key) => {
                    let takes: Vec<&str> = required.iter().chain(optional).copied().collect();
                    let expected = crate::diagnostic::name_list(takes);
                    self.error(place, format!("`{key}` in a target `{word}`"), &expected);
                }
                None if required.contains(&key) => {
                    is_complete = false;
                    let expected = format!("`{}` of every `{word}`", required.join("`, `"));
                    self.error(
                        row.place,
                        format!("`{key}` is missing in a target `{word}`"),
                        &expected,
                    );
                }
                _ => {}
            }
        }
        if row.target == TargetWord::UnitsPerUser && row.value.is_some() == row.values.is_some() {
            is_complete = false;
            let found = "a target `units_per_user` with both or neither of `value` and `values`";
            self.error(row.place, found, "`value` for all, or `values` by segment");
        }
        is_complete
    }

    fn wanted<'w>(
        &mut self,
        row: &'w TargetRow,
        products: &[Product],
        groups: &[ProductGroup],
    ) -> Vec<Wanted<'w>> {
        let word = word_of(row.target);
        match row.target {
            TargetWord::ShareOfSales => self.shares(row, products, groups),
            TargetWord::InstalledBase => {
                self.only_by(row, ByWord::Brand);
                self.by_id(row, Which::Incumbents, word, Measure::InstalledBase)
            }
            TargetWord::RepeatPurchase => {
                self.only_by(row, ByWord::Brand);
                self.by_id(row, Which::Incumbents, word, Measure::RepeatPurchase)
            }
            TargetWord::Margin => self.by_id(row, Which::Products, word, Measure::Margin),
            TargetWord::UnitsPerUser if row.values.is_some() => {
                self.only_by(row, ByWord::Segment);
                let wanted = self.by_id(row, Which::Segments, word, |at| {
                    Measure::UnitsPerUser(Some(at))
                });
                self.check_all_segments(row, wanted.len());
                wanted
            }
            _ => self.single(row, word).into_iter().collect(),
        }
    }

    /// A target with one value.
    fn single<'w>(&mut self, row: &'w TargetRow, word: &str) -> Option<Wanted<'w>> {
        let node = &row.value.as_ref()?.node;
        let horizon = row
            .horizon
            .as_ref()
            .map(|written| self.whole_months(written));
        let (name, measure) = match row.target {
            TargetWord::UnitsPerUser => match &row.segment {
                Some(id) => {
                    let segment = self.find(id, Which::Segments)?;
                    (
                        format!("{word}.{}", id.text),
                        Measure::UnitsPerUser(Some(segment)),
                    )
                }
                None => (word.to_owned(), Measure::UnitsPerUser(None)),
            },
            TargetWord::ReplacedWithin | TargetWord::KeptBeyond => {
                let months = self.whole_months(row.months.as_ref()?);
                let measure = if row.target == TargetWord::KeptBeyond {
                    Measure::KeptBeyond(months)
                } else {
                    Measure::ReplacedWithin(months)
                };
                (word.to_owned(), measure)
            }
            TargetWord::NetworkSwitching => (word.to_owned(), Measure::NetworkSwitching),
            TargetWord::OwnPriceElasticity => {
                let id = row.product.as_ref()?;
                let product = self.find_incumbent_product(id)?;
                let price = match row.price? {
                    PriceWord::Receipt => PriceBasis::Receipt,
                    _ => PriceBasis::Consumer,
                };
                let measure = Measure::OwnPriceElasticity {
                    product,
                    horizon: horizon?,
                    price,
                };
                (format!("{word}.{}", id.text), measure)
            }
            TargetWord::CategoryPriceElasticity => (
                word.to_owned(),
                Measure::CategoryPriceElasticity { horizon: horizon? },
            ),
            TargetWord::FromRivals => {
                let id = row.brand.as_ref()?;
                let brand = self.find(id, Which::Brands)?;
                (format!("{word}.{}", id.text), Measure::FromRivals(brand))
            }
            TargetWord::SecondChoice => {
                let (id, to) = (row.product.as_ref()?, row.to.as_ref()?);
                let product = self.find_incumbent_product(id);
                let brand = self.find(to, Which::Incumbents);
                let measure = Measure::SecondChoice {
                    product: product?,
                    to: brand?,
                };
                (format!("{word}.{}.{}", id.text, to.text), measure)
            }
            _ => return None,
        };
        Some(Wanted {
            name,
            measure,
            node,
            key: "",
        })
    }

    fn find_incumbent_product(&mut self, id: &Text) -> Option<usize> {
        let product = self.find(id, Which::Products)?;
        if self.names.entrant_products.contains(&product) {
            let found = format!("`{}` is a product of an entrant", id.text);
            self.error(
                id.place,
                found,
                "a product of the market without the entrant",
            );
            return None;
        }
        Some(product)
    }

    fn only_by(&mut self, row: &TargetRow, word: ByWord) {
        if row.by.is_some_and(|by| by != word && by != ByWord::Unread) {
            let found = format!("`by` of a target `{}`", word_of(row.target));
            self.error(
                row.place,
                found,
                &format!("by = \"{word:?}\"").to_lowercase(),
            );
        }
    }

    fn by_id<'w>(
        &mut self,
        row: &'w TargetRow,
        which: Which,
        name: &str,
        measure: impl Fn(usize) -> Measure,
    ) -> Vec<Wanted<'w>> {
        let entries = row.values.iter().flat_map(|values| &values.entries);
        entries
            .filter_map(|(id, later)| {
                let at = self.find(id, which)?;
                Some(Wanted {
                    name: format!("{name}.{}", id.text),
                    measure: measure(at),
                    node: &later.node,
                    key: &id.text,
                })
            })
            .collect()
    }

    fn shares<'w>(
        &mut self,
        row: &'w TargetRow,
        products: &[Product],
        groups: &[ProductGroup],
    ) -> Vec<Wanted<'w>> {
        let word = "share_of_sales";
        if row.brand.is_some() && row.by != Some(ByWord::Tier) {
            self.error(
                row.place,
                "`brand` in shares that are not by tier",
                "`brand` with by = \"tier\"",
            );
        }
        match row.by {
            Some(ByWord::Brand) => {
                self.by_id(row, Which::Incumbents, word, Measure::SalesShareOfBrand)
            }
            Some(ByWord::Channel) => {
                let name = format!("{word}.channel");
                self.by_id(row, Which::Channels, &name, Measure::SalesShareOfChannel)
            }
            Some(ByWord::Network) => {
                let name = format!("{word}.network");
                self.by_id(row, Which::Networks, &name, Measure::SalesShareOfNetwork)
            }
            Some(ByWord::Tier) => self.tiers(row, products),
            Some(ByWord::Group) => self.group_shares(row, groups),
            Some(ByWord::Segment) => {
                let expected = "by brand, channel, network, tier or group";
                self.error(row.place, "shares of sales by segment", expected);
                Vec::new()
            }
            Some(ByWord::Unread) | None => Vec::new(),
        }
    }

    fn tiers<'w>(&mut self, row: &'w TargetRow, products: &[Product]) -> Vec<Wanted<'w>> {
        let Some(brand_id) = &row.brand else {
            self.error(
                row.place,
                "shares by tier without `brand`",
                "the brand whose tiers are meant",
            );
            return Vec::new();
        };
        let Some(brand) = self.find(brand_id, Which::Incumbents) else {
            return Vec::new();
        };
        let tiers: Vec<&str> = products
            .iter()
            .filter(|product| product.brand == brand && !product.tier.is_empty())
            .map(|product| product.tier.as_str())
            .collect();
        let entries = row.values.iter().flat_map(|values| &values.entries);
        entries
            .filter_map(|(tier, later)| {
                if !tiers.contains(&tier.text.as_str()) {
                    let found = format!(
                        "no product of `{}` is in the tier `{}`",
                        brand_id.text, tier.text
                    );
                    let diagnostic = self
                        .reader
                        .error(tier.place, found)
                        .expected("a tier of the brand's products, column `tier`")
                        .nearest(&tier.text, &tiers);
                    self.reader.push(diagnostic);
                    return None;
                }
                Some(Wanted {
                    name: format!("share_of_sales.tier.{}.{}", brand_id.text, tier.text),
                    measure: Measure::SalesShareOfTier {
                        brand,
                        tier: tier.text.clone(),
                    },
                    node: &later.node,
                    key: &tier.text,
                })
            })
            .collect()
    }

    fn group_shares<'w>(&mut self, row: &'w TargetRow, groups: &[ProductGroup]) -> Vec<Wanted<'w>> {
        let ids: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
        let entries = row
            .values
            .iter()
            .flat_map(|values: &Map<Later>| &values.entries);
        entries
            .filter_map(|(id, later)| {
                let Some(at) = ids.iter().position(|known| *known == id.text) else {
                    let diagnostic = self
                        .reader
                        .error(id.place, format!("unknown group `{}`", id.text))
                        .expected("a name in `[demand.groups]`")
                        .nearest(&id.text, &ids);
                    self.reader.push(diagnostic);
                    return None;
                };
                Some(Wanted {
                    name: format!("share_of_sales.group.{}", id.text),
                    measure: Measure::SalesShareOfGroup(at),
                    node: &later.node,
                    key: &id.text,
                })
            })
            .collect()
    }

    fn read_target(&mut self, row: &TargetRow, wanted: &Wanted<'_>) -> Written {
        let (kind, domain) = measure_of(row.target);
        let mut written = self.reader.within("calibration", |reader| {
            reader.within(&wanted.name, |reader| {
                read_quantity(wanted.node, kind, domain, &[], reader)
            })
        });
        if written.source.is_none() && written.note.as_deref() != Some(crate::quantity::SET_NOTE) {
            written.source = row.source.clone();
        }
        let note = row.note.as_ref().map(|note| note.text.clone());
        written.note = written.note.or(note);
        written
    }

    /// The member of a closed group that follows from the others.
    fn base(&mut self, row: &TargetRow, wanted: &[Wanted<'_>]) -> Option<String> {
        if !matches!(
            row.target,
            TargetWord::ShareOfSales | TargetWord::InstalledBase
        ) {
            return None;
        }
        let keys: Vec<&str> = wanted.iter().map(|value| value.key).collect();
        match &row.base {
            Some(base) => {
                if !base.is_poison() && !keys.contains(&base.text.as_str()) {
                    let diagnostic = self
                        .reader
                        .error(
                            base.place,
                            format!("`{}` as base is not among `values`", base.text),
                        )
                        .expected(crate::diagnostic::name_list(&keys))
                        .nearest(&base.text, &keys);
                    self.reader.push(diagnostic);
                }
                Some(base.text.clone())
            }
            None => {
                let last = (*keys.last()?).to_owned();
                let mut name = wanted.last()?.name.clone();
                name.truncate(name.len() - last.len() - 1);
                let name = format!("calibration.{name}.base");
                self.reader.defaults.push(DefaultUsed {
                    name,
                    value: format!("\"{last}\""),
                });
                Some(last)
            }
        }
    }
}
