//! Segments, networks, channels, complements, gates, brands.

use super::{AsWritten, Resolver, SUM_TOLERANCE, Which};
use crate::document::Place;
use crate::quantity::Written;
use crate::reader::{DefaultUsed, Text};
use crate::scenario::circle::circle;
use crate::scenario::file::{ChannelRow, ChannelWord, ScenarioFile, SegmentRow};
use beachhead_engine::dynamics::settle::MOST_NETWORKS;
use beachhead_engine::scenario::{
    Brand, Category, Channel, ChannelKind, Complement, Gate, Handle, Held, Network, Payer, Segment,
};

impl Resolver<'_, '_> {
    pub(super) fn brands(&mut self, file: &ScenarioFile) -> Vec<Brand> {
        for (id, _) in &file.brands.entries {
            self.find(id, Which::Brands);
        }
        let titled = |id: &String| {
            let title = file.brands.get(id).map(|brand| brand.title.text.clone());
            Brand {
                id: id.clone(),
                title: title.unwrap_or_else(|| id.clone()),
            }
        };
        self.names.brands.iter().map(titled).collect()
    }

    pub(super) fn segments(&mut self, file: &ScenarioFile) -> Vec<Segment> {
        if file.segments.is_empty() {
            self.error(
                file.scenario.place,
                "no `[[segments]]`",
                "at least one segment of consumers",
            );
        } else if file.segments.iter().all(|segment| !segment.share.is_poison) {
            let sum: f64 = file
                .segments
                .iter()
                .map(|segment| segment.share.centre())
                .sum();
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                let last = &file.segments[file.segments.len() - 1];
                let found = format!("the segments' shares sum to {sum:.6}");
                self.error(last.share.place, found, "a sum of 1");
            }
        }
        file.segments
            .iter()
            .map(|segment| self.segment(segment))
            .collect()
    }

    fn segment(&mut self, row: &SegmentRow) -> Segment {
        for (id, _) in &row.channels.entries {
            self.find(id, Which::Channels);
        }
        let channels = self.names.channels.clone();
        let missing: Vec<&String> = channels
            .iter()
            .filter(|id| row.channels.get(id).is_none())
            .collect();
        if !missing.is_empty() {
            let found = format!(
                "no reach of {} in `segments.{}.channels`",
                crate::diagnostic::name_list(&missing),
                row.id.0.text
            );
            let place = if row.channels.place.is_nowhere() {
                row.place
            } else {
                row.channels.place
            };
            self.error(
                place,
                found,
                "a reach for every channel; 0 where nobody can use it",
            );
        }
        let reach = |resolver: &mut Self, id: &String| match row.channels.get(id) {
            Some(written) => resolver.add(written),
            None => resolver.add(&Written::poison(crate::units::Kind::Share)),
        };
        Segment {
            id: row.id.0.text.clone(),
            share: self.add(&row.share),
            price_spread: self.add(&row.price_spread),
            price_sensitivity: self.add(&row.price_sensitivity),
            social_exposure: self.add(&row.social_exposure),
            advertising_response: self.add(&row.advertising_response),
            word_of_mouth: self.add(&row.word_of_mouth),
            complement_response: self.add(&row.complement_response),
            discount_rate: self.add(&row.discount_rate),
            reach: channels.iter().map(|id| reach(self, id)).collect(),
        }
    }

    pub(super) fn networks(&mut self, file: &ScenarioFile) -> Vec<Network> {
        let oldest = file.simulation.oldest_age.value as usize;
        if let Some(first) = file.networks.get(MOST_NETWORKS) {
            let found = format!("{} networks", file.networks.len());
            let expected = format!(
                "at most {MOST_NETWORKS}; put those that lock in alike together, from `{}` on",
                first.id.0.text
            );
            self.error(first.id.0.place, found, &expected);
        }
        if let [only] = &file.networks[..]
            && !only.churn.is_poison
            && only.churn.highest() > 0.0
        {
            let found = format!("who leaves `{}` has nowhere to go", only.id.0.text);
            let help = "it is the only network, so nobody leaves; set `churn` to 0, or add another";
            self.warn(only.churn.place, found, help);
        }
        file.networks
            .iter()
            .map(|row| Network {
                id: row.id.0.text.clone(),
                title: title(row.title.as_ref(), &row.id.0),
                churn: self.add(&row.churn),
                instalments: self.instalments(&row.instalments, oldest),
                leaving_cost: self.add(&row.leaving_cost),
                upgrade_cost: self.add(&row.upgrade_cost),
            })
            .collect()
    }

    /// A certain, whole number of months.
    /// Whole months, none after the last age: whoever still owed there would owe for ever.
    fn instalments(&mut self, written: &Written, oldest: usize) -> usize {
        let months = self.whole_months(written);
        if months > oldest {
            let found = format!("{months} months of instalments");
            let expected = format!(
                "at most `simulation.oldest_age`, {oldest} months; raise that or shorten these"
            );
            self.error(written.place, found, &expected);
        }
        months.min(oldest)
    }

    pub(super) fn whole_months(&mut self, written: &Written) -> usize {
        if let Some(source) = &written.source {
            self.sources.check(source, self.reader);
        }
        let months = written.centre();
        let is_whole = written.distribution.is_certain() && months.fract() == 0.0;
        if !written.is_poison && !is_whole {
            let found = format!("{} in `{}`", written.text, written.name);
            self.error(
                written.place,
                found,
                "a whole number of months, without a distribution",
            );
        }
        months.clamp(0.0, 1e6) as usize
    }

    pub(super) fn channels(&mut self, file: &ScenarioFile) -> Vec<Channel> {
        if file.channels.is_empty() {
            self.error(
                file.scenario.place,
                "no `[[channels]]`",
                "at least one way to buy",
            );
        }
        file.channels.iter().map(|row| self.channel(row)).collect()
    }

    fn channel(&mut self, row: &ChannelRow) -> Channel {
        let kind = self.channel_kind(row);
        let open_before_entry = self.find_all(&row.open, Which::Products);
        for (at, id) in open_before_entry.iter().zip(&row.open) {
            if !self.names.entrant_products.contains(at) {
                let found = format!("`{}` is not a product of an entrant", id.text);
                self.error(id.place, found, "products of entrants in `open`");
            }
        }
        if let (Some(first), false) = (row.open.first(), row.kind == ChannelWord::Import) {
            self.error(
                first.place,
                "`open` in a channel that is not of kind import",
                "no `open`",
            );
        }
        let subsidy_paid_by = self.payer(row);
        Channel {
            id: row.id.0.text.clone(),
            title: title(row.title.as_ref(), &row.id.0),
            kind,
            margin: self.add(&row.margin),
            subsidy: self.add(&row.subsidy.value),
            subsidy_paid_by,
            cost: self.add(&row.cost),
            open_before_entry,
            taste: None,
        }
    }

    fn channel_kind(&mut self, row: &ChannelRow) -> ChannelKind {
        let id = &row.id.0.text;
        let wants_network = row.kind == ChannelWord::Network;
        let wants_brand = matches!(row.kind, ChannelWord::OwnOnline | ChannelWord::OwnShops);
        let network = self.companion(
            row.network.as_ref(),
            wants_network,
            Which::Networks,
            (id, row.place),
        );
        let brand = self.companion(
            row.brand.as_ref(),
            wants_brand,
            Which::Brands,
            (id, row.place),
        );
        match row.kind {
            ChannelWord::Network => ChannelKind::Network(network.unwrap_or(0)),
            ChannelWord::Retail | ChannelWord::Unread => ChannelKind::Retail,
            ChannelWord::OwnOnline => ChannelKind::OwnOnline(brand.unwrap_or(0)),
            ChannelWord::OwnShops => ChannelKind::OwnShops(brand.unwrap_or(0)),
            ChannelWord::Import => ChannelKind::Import,
        }
    }

    /// The network or brand that goes with a kind of channel.
    fn companion(
        &mut self,
        given: Option<&Text>,
        is_wanted: bool,
        which: Which,
        (id, place): (&str, Place),
    ) -> Option<usize> {
        let key = if which == Which::Networks {
            "network"
        } else {
            "brand"
        };
        match (given, is_wanted) {
            (Some(text), true) => self.find(text, which),
            (Some(text), false) => {
                let found = format!("`{key}` in the channel `{id}`, whose kind has none");
                let expected = if which == Which::Networks {
                    "`network` only in channels of kind network"
                } else {
                    "`brand` only in channels of kind own_online or own_shops"
                };
                self.error(text.place, found, expected);
                None
            }
            (None, true) => {
                let found = format!("`{key}` is missing in `channels.{id}`");
                self.error(place, found, &format!("the id of a {}", which.word()));
                None
            }
            (None, false) => None,
        }
    }

    fn payer(&mut self, row: &ChannelRow) -> Payer {
        let is_network = row.kind == ChannelWord::Network;
        match row
            .subsidy
            .paid_by
            .as_ref()
            .map(|text| (text.text.as_str(), text.place))
        {
            Some(("network", _)) if is_network => Payer::Network,
            Some(("brand", _)) => Payer::Brand,
            Some((found, place)) => {
                let found = format!("a subsidy paid by \"{found}\"");
                self.error(
                    place,
                    found,
                    "\"brand\", or \"network\" in a channel of kind network",
                );
                Payer::Brand
            }
            None => {
                let (payer, word) = if is_network {
                    (Payer::Network, "network")
                } else {
                    (Payer::Brand, "brand")
                };
                if row.subsidy.value.centre() != 0.0 {
                    let name = format!("channels.{}.subsidy.paid_by", row.id.0.text);
                    let value = format!("\"{word}\"");
                    self.reader.defaults.push(DefaultUsed { name, value });
                }
                payer
            }
        }
    }

    pub(super) fn complements(&mut self, file: &ScenarioFile) -> Vec<Complement> {
        file.complements
            .iter()
            .map(|row| {
                let discovery: Vec<(usize, Handle)> = row
                    .discovery
                    .entries
                    .iter()
                    .filter_map(|(id, share)| {
                        let channel = self.find(id, Which::Channels)?;
                        Some((channel, self.add(share)))
                    })
                    .collect();
                if row.price_coefficient.is_none() {
                    let name = format!("complements.{}.price_coefficient", row.id.0.text);
                    let value = "the durable's".to_owned();
                    self.reader.defaults.push(DefaultUsed { name, value });
                }
                Complement {
                    id: row.id.0.text.clone(),
                    category: row.category.text.clone(),
                    rate: self.add(&row.rate),
                    rivals: self.add(&row.rivals),
                    appeal: self.add(&row.appeal),
                    price_coefficient: row
                        .price_coefficient
                        .as_ref()
                        .map(|written| self.add(written)),
                    discovery,
                    awareness_effect: self.add(&row.awareness_effect),
                    trust_effect: self.add(&row.trust_effect),
                }
            })
            .collect()
    }

    pub(super) fn gates(&mut self, file: &ScenarioFile, written: &AsWritten) -> Vec<Gate> {
        let gates: Vec<Gate> = file
            .gates
            .iter()
            .map(|row| Gate {
                id: row.id.0.text.clone(),
                title: title(row.title.as_ref(), &row.id.0),
                holds: row
                    .holds
                    .iter()
                    .filter_map(|id| self.held(id, written))
                    .collect(),
                lead_time: self.add(&row.lead_time),
                cost: self.add(&row.cost),
                needs: self.find_all(&row.needs, Which::Gates),
            })
            .collect();
        let needs: Vec<Vec<usize>> = gates.iter().map(|gate| gate.needs.clone()).collect();
        let circle = circle(&needs);
        if let Some(first) = circle.first() {
            let mut names: Vec<&str> = circle.iter().map(|at| gates[*at].id.as_str()).collect();
            names.push(&gates[*first].id);
            let row = &file.gates[*first];
            let place = row.needs.first().map_or(row.place, |need| need.place);
            let found = format!("gates that need each other: {}", names.join(" needs "));
            self.error(place, found, "gates that can be opened in some order");
        }
        gates
    }

    /// A category, product or channel by its id.
    fn held(&mut self, id: &Text, written: &AsWritten) -> Option<Held> {
        if id.is_poison() {
            return None;
        }
        let is_category = written
            .products
            .iter()
            .any(|product| product.category.text == id.text);
        if is_category {
            return Some(Held::Category(category_of(&id.text, &written.file)));
        }
        if let Some(at) = self
            .names
            .products
            .iter()
            .position(|known| *known == id.text)
        {
            return Some(Held::Product(at));
        }
        if let Some(at) = self
            .names
            .channels
            .iter()
            .position(|known| *known == id.text)
        {
            return Some(Held::Channel(at));
        }
        let mut known: Vec<String> = self.names.products.clone();
        known.extend(self.names.channels.clone());
        known.extend(
            written
                .products
                .iter()
                .map(|product| product.category.text.clone()),
        );
        let diagnostic = self
            .reader
            .error(id.place, format!("unknown `{}` in `holds`", id.text))
            .expected("a category, a product or a channel")
            .nearest(&id.text, &known);
        self.reader.push(diagnostic);
        None
    }
}

pub(super) fn title(title: Option<&Text>, id: &Text) -> String {
    title.map_or_else(|| id.text.clone(), |title| title.text.clone())
}

/// The durable, or the complement that names this category.
pub(super) fn category_of(category: &str, file: &ScenarioFile) -> Category {
    let complement = file
        .complements
        .iter()
        .position(|row| row.category.text == category);
    complement.map_or(Category::Durable, Category::Complement)
}
