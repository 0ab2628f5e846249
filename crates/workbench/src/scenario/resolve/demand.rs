//! Demand, and what is particular to entrants.

use super::fit::takes_nest;
use super::{AsWritten, Resolver, Which};
use crate::quantity::{Measured, NotNegative, PerMoney, Quantified, Written};
use crate::reader::{DefaultUsed, Reader, Shape, Text};
use crate::scenario::file::{
    AwarenessSection, EntrantSection, ScenarioFile, ServicesTerms, TrustSection,
};
use crate::scenario::special::{ServicesSection, Social};
use crate::scenario::target_file::{ByWord, TargetWord};
use beachhead_engine::scenario::{
    Awareness, CalendarMonth, Category, Demand, Entrant, Handle, Product, ReferenceMember, Services,
};

/// Price elasticity that the price coefficient starts from before calibration solves it.
const STARTING_ELASTICITY: f64 = 2.5;
/// Where the spread of brand image starts.
const STARTING_BRAND_SPREAD: f64 = 1.0;
/// Where the nest of buying starts.
const STARTING_NEST: f64 = 0.35;

impl Resolver<'_, '_> {
    pub(super) fn demand(&mut self, written: &AsWritten) -> Demand {
        let demand = &written.file.demand;
        // What is asked for counts, not what resolved: a target with a mistake is one mistake, not two.
        let has = |words: &[TargetWord]| {
            written
                .file
                .calibration
                .iter()
                .any(|row| words.contains(&row.target))
        };
        let solves_price = has(&[TargetWord::OwnPriceElasticity, TargetWord::Margin]);
        let solves_nest = has(&[TargetWord::FromRivals, TargetWord::CategoryPriceElasticity])
            || takes_nest(&written.file);
        let solves_spread = has(&[TargetWord::SecondChoice]);
        let start = STARTING_ELASTICITY / mean_price(written).max(f64::MIN_POSITIVE);
        let file = &written.file;
        // A default that a target solves is not used; `check` would mislead by listing it.
        let solves_loyalty = has(&[TargetWord::RepeatPurchase]);
        let solves_ageing = has(&[TargetWord::ReplacedWithin, TargetWord::KeptBeyond]);
        let solves_switching = has(&[TargetWord::NetworkSwitching]);
        let solves_scale = file
            .calibration
            .iter()
            .any(|row| row.by == Some(ByWord::Tier));
        for (key, is_solved) in [
            ("loyalty", solves_loyalty),
            ("ageing", solves_ageing),
            ("switching_cost", solves_switching),
            ("hedonic_scale", solves_scale),
        ] {
            let name = format!("demand.{key}");
            let defaults = &mut self.reader.defaults;
            defaults.retain(|default| !is_solved || default.name != name);
        }
        let (non_owners, lapse) = (&demand.non_owners, &demand.lapse);
        if !non_owners.is_poison
            && !lapse.is_poison
            && non_owners.highest() > 0.0
            && lapse.lowest() <= 0.0
        {
            let found = "`non_owners` above 0 where nobody comes to own nothing: `lapse` can be 0";
            let expected = "`lapse` above 0, such as \"0.1 %/month\", or no `non_owners`";
            self.error(non_owners.place, found, expected);
        }
        // Respondents' tastes for brands are in their part-worths, those of a fit's people in its coefficients.
        let is_imported = demand.part_worths.is_some() || demand.fit.is_some();
        let brand_spread = match &demand.brand_spread {
            None if is_imported && !solves_spread => {
                let why = match demand.fit {
                    Some(_) => "the fit's people have tastes of their own",
                    None => "part-worths of brands say it",
                };
                self.add_start("demand.brand_spread", NotNegative::KIND, 0.0, why)
            }
            given => self.solved_or_given(
                file,
                ("brand_spread", "a `second_choice` target"),
                given.as_ref(),
                solves_spread,
                STARTING_BRAND_SPREAD,
            ),
        };
        let buy_keep_nest = self.solved_or_given(
            file,
            (
                "buy_keep_nest",
                "a `from_rivals` or `category_price_elasticity` target",
            ),
            demand.buy_keep_nest.as_ref(),
            solves_nest,
            STARTING_NEST,
        );
        let price_coefficient = if demand.fit.is_some() {
            let why = "the fit's people have price coefficients of their own, which count once";
            self.add_start("demand.price_coefficient", PerMoney::KIND, 1.0, why)
        } else if is_imported {
            self.exponent(file)
        } else {
            self.solved_or_given(
                file,
                (
                    "price_coefficient",
                    "an `own_price_elasticity` or `margin` target",
                ),
                demand.price_coefficient.as_ref(),
                solves_price,
                start,
            )
        };
        Demand {
            hedonic_scale: self.add(&demand.hedonic_scale),
            quality_spread: self.add(&demand.quality_spread),
            brand_spread,
            buy_keep_nest,
            channel_crowding: self.add(&demand.channel_crowding),
            timing: self.add(&demand.timing),
            ageing: self.add(&demand.ageing),
            loyalty: self.add(&demand.loyalty),
            switching_cost: self.add(&demand.switching_cost),
            price_coefficient,
            new_product_spread: self.add(&demand.new_product_spread),
            non_owners: self.add(&demand.non_owners),
            lapse: self.add(&demand.lapse),
        }
    }

    /// A parameter that must be given unless a target solves it.
    fn solved_or_given<Q: Quantified>(
        &mut self,
        file: &ScenarioFile,
        (key, targets): (&str, &str),
        given: Option<&Measured<Q>>,
        is_solved: bool,
        start: f64,
    ) -> Handle {
        match given {
            Some(written) => {
                if is_solved {
                    let found = format!("`demand.{key}` is only where calibration starts");
                    let help = format!("{targets} solves it; leave one of them out");
                    self.warn(written.place, found, &help);
                }
                self.add(written)
            }
            None if is_solved => self.add_start(
                &format!("demand.{key}"),
                Q::KIND,
                start,
                "start of calibration, which solves it",
            ),
            None => {
                let expected = Q::KIND.expectation(&self.reader.currency);
                let diagnostic = self
                    .reader
                    .error(file.demand.place, format!("`{key}` is missing in `demand`"))
                    .expected(expected)
                    .help(format!("give it, or {targets} that solves it"));
                self.reader.push(diagnostic);
                self.add(&Written::poison(Q::KIND))
            }
        }
    }

    pub(super) fn entrants(
        &mut self,
        file: &ScenarioFile,
        start: CalendarMonth,
        products: &[Product],
    ) -> Vec<Entrant> {
        for (ids, what) in [
            (keys(&file.demand.entrant), "demand.entrant"),
            (keys(&file.awareness), "awareness"),
            (keys(&file.trust), "trust"),
        ] {
            for id in ids {
                self.check_entrant_key(&id, what);
            }
        }
        if let ServicesSection::ByBrand(map) = &file.services {
            for id in keys(map) {
                self.check_entrant_key(&id, "services");
            }
        }
        self.check_learners(file);
        let entrants = self.names.entrants.clone();
        entrants
            .iter()
            .filter_map(|id| self.entrant(file, id, start, products))
            .collect()
    }

    pub(super) fn check_entrant_key(&mut self, id: &Text, section: &str) {
        if !self.names.entrants.contains(&id.text) {
            let entrants = self.names.entrants.clone();
            let diagnostic = self
                .reader
                .error(
                    id.place,
                    format!("`{}` in `{section}` is not an entrant", id.text),
                )
                .expected(format!(
                    "one of {}",
                    crate::diagnostic::name_list(&entrants)
                ))
                .nearest(&id.text, &entrants);
            self.reader.push(diagnostic);
        }
    }

    fn entrant(
        &mut self,
        file: &ScenarioFile,
        id: &str,
        start: CalendarMonth,
        products: &[Product],
    ) -> Option<Entrant> {
        let brand = self.names.brands.iter().position(|known| known == id)?;
        let section = file.demand.entrant.get(id);
        if section.is_none() {
            let found = format!("`[demand.entrant.{id}]` is missing");
            self.error(
                file.demand.place,
                found,
                "a reference class and its spread for each entrant",
            );
        }
        let awareness = file.awareness.get(id);
        if awareness.is_none() {
            let found = format!("`[awareness.{id}]` is missing");
            self.error(file.scenario.place, found, "how each entrant becomes known");
        }
        let (section, awareness) = (section?, awareness?);
        let mut reference_class = self.reference_class(section);
        if file.demand.fit.is_some() {
            reference_class = by_product(&reference_class, products);
        }
        if let ([_], None) = (&reference_class[..], &section.sd)
            && section.reference_class.len() == 1
        {
            let place = section.reference_class[0].place;
            let expected = "`sd`, the spread inside the class, where the class has one member";
            self.error(place, "a reference class of one without `sd`", expected);
        }
        let trust = file.trust.get(id).cloned();
        let trust: TrustSection = trust.unwrap_or_else(|| default_at(self.reader, &["trust", id]));
        let optional = |resolver: &mut Self, key: &str, written: Option<&Written>| {
            if written.is_none() {
                resolver.note_from_class(&format!("demand.entrant.{id}.{key}"), section);
            }
            written.map(|written| resolver.add(written))
        };
        Some(Entrant {
            brand,
            reference_class,
            reference_sd: optional(self, "sd", section.sd.as_deref()),
            transport_sd: self.add(&section.transport_sd),
            shift: self.add(&section.shift),
            loyalty: optional(self, "loyalty", section.loyalty.as_deref()),
            keep_offset: optional(self, "keep_offset", section.keep_offset.as_deref()),
            awareness: self.awareness(awareness, start),
            initial_trust: self.add(&trust.initial),
            trust_persistence: self.add(&trust.persistence),
            services: self.services(file, id),
            appeal_z: Some(self.appeal_z(id)),
            learning: self.learning(file, id, products),
        })
    }

    /// Notes that a number is taken from the reference class.
    fn note_from_class(&mut self, name: &str, section: &EntrantSection) {
        let class: Vec<&str> = section
            .reference_class
            .iter()
            .map(|id| id.text.as_str())
            .collect();
        let value = if name.ends_with(".sd") {
            format!("sample deviation of {}", class.join(", "))
        } else {
            format!("sales-weighted mean of {}", class.join(", "))
        };
        self.reader.defaults.push(DefaultUsed {
            name: name.to_owned(),
            value,
        });
    }

    fn reference_class(&mut self, section: &EntrantSection) -> Vec<ReferenceMember> {
        let class: Vec<ReferenceMember> = section
            .reference_class
            .iter()
            .filter_map(|id| self.reference_member(id))
            .collect();
        if class.is_empty() && section.reference_class.is_empty() {
            self.error(
                section.place,
                "an empty `reference_class`",
                "brands or products of this market",
            );
        }
        class
    }

    /// A brand or a product of an incumbent.
    fn reference_member(&mut self, id: &Text) -> Option<ReferenceMember> {
        if id.is_poison() {
            return None;
        }
        let incumbents = self.list(Which::Incumbents).to_vec();
        if let Some(brand) = incumbents.iter().position(|known| *known == id.text) {
            return Some(ReferenceMember::Brand(brand));
        }
        let product = self
            .names
            .products
            .iter()
            .position(|known| *known == id.text);
        match product.filter(|at| !self.names.entrant_products.contains(at)) {
            Some(product) => Some(ReferenceMember::Product(product)),
            None => {
                let mut known = incumbents.clone();
                known.extend(self.names.products.clone());
                let diagnostic = self
                    .reader
                    .error(
                        id.place,
                        format!("unknown `{}` in `reference_class`", id.text),
                    )
                    .expected(format!(
                        "incumbent brands ({}) or their products",
                        crate::diagnostic::name_list(&incumbents)
                    ))
                    .nearest(&id.text, &known);
                self.reader.push(diagnostic);
                None
            }
        }
    }

    fn awareness(&mut self, section: &AwarenessSection, start: CalendarMonth) -> Awareness {
        let after_sales = section.after_sales.as_ref().and_then(|table| {
            let gate = self.find(&table.gate, Which::Gates);
            let without = self.add(&table.without);
            gate.map(|gate| (gate, without))
        });
        Awareness {
            initial: self.add(&section.initial),
            carry_over: self.add(&section.carry_over),
            response: self.add(&section.response.theta),
            scale: self.add(&section.response.scale),
            exponent: self.add(&section.response.exponent),
            word_of_mouth: self.add(&section.word_of_mouth),
            forgetting: self.add(&section.forgetting),
            satisfaction: self.add(&section.satisfaction),
            after_sales,
            social: self.social(section, start),
        }
    }

    /// Steps in the order of their months; before the first one given the index is 0.
    fn social(&mut self, section: &AwarenessSection, start: CalendarMonth) -> Vec<(i32, Handle)> {
        let rows = match &section.social {
            Social::Constant(written) => return vec![(1, self.add(written))],
            Social::From(rows) => rows,
        };
        let mut steps: Vec<(i32, Handle)> = Vec::new();
        for row in rows {
            let Some(month) = row.from.month else {
                continue;
            };
            let month = start.months_to(month) + 1;
            if steps.last().is_some_and(|(before, _)| *before >= month) {
                self.error(
                    row.place,
                    "a month that is not after the one before",
                    "months in rising order",
                );
            }
            steps.push((month, self.add(&row.value)));
        }
        if steps.first().is_none_or(|(month, _)| *month > 1) {
            let name = rows
                .first()
                .map_or("awareness.social", |row| row.value.name.as_str());
            let name = format!("{}.0.value", name.trim_end_matches(".1.value"));
            let why = "no social activity before the first month given";
            let zero = self.add_start(&name, crate::units::Kind::Number, 0.0, why);
            steps.insert(0, (1, zero));
        }
        steps
    }

    fn services(&mut self, file: &ScenarioFile, id: &str) -> Services {
        let terms: ServicesTerms = match &file.services {
            ServicesSection::One(terms) if self.names.entrants.len() == 1 => (**terms).clone(),
            ServicesSection::One(terms) => {
                if !terms.place.is_nowhere() && self.names.entrants.first().is_some_and(|e| e == id)
                {
                    let expected = format!("`[services.{id}]` for each of the two entrants");
                    self.error(terms.place, "`[services]` without a brand", &expected);
                }
                default_at(self.reader, &["services", id])
            }
            ServicesSection::ByBrand(map) => match map.get(id) {
                Some(terms) => terms.clone(),
                None => default_at(self.reader, &["services", id]),
            },
        };
        Services {
            revenue: self.add(&terms.revenue),
            margin: self.add(&terms.margin),
            attach: self.add(&terms.attach),
        }
    }
}

/// A class of brands as one of all their products: a fit has an intercept for each of them, and none for a brand.
fn by_product(class: &[ReferenceMember], products: &[Product]) -> Vec<ReferenceMember> {
    let mut members: Vec<ReferenceMember> = Vec::new();
    for &member in class {
        let of_member = |(p, product): (usize, &Product)| {
            let is_member = match member {
                ReferenceMember::Brand(f) => product.brand == f,
                ReferenceMember::Product(own) => own == p,
            };
            let is_durable = product.category == Category::Durable;
            (is_member && is_durable).then_some(ReferenceMember::Product(p))
        };
        for found in products.iter().enumerate().filter_map(of_member) {
            if !members.contains(&found) {
                members.push(found);
            }
        }
    }
    members
}

fn keys<T>(map: &crate::reader::Map<T>) -> Vec<Text> {
    map.entries.iter().map(|(key, _)| key.clone()).collect()
}

/// A section of which nothing is written.
fn default_at<T: Shape>(reader: &mut Reader<'_>, path: &[&str]) -> T {
    match path.split_first() {
        Some((step, rest)) => reader.within(step, |reader| default_at(reader, rest)),
        None => reader.default("{}"),
    }
}

/// Mean consumer's price of the incumbents' products.
fn mean_price(written: &AsWritten) -> f64 {
    let entrants: Vec<&str> = written
        .file
        .scenario
        .entrants
        .iter()
        .map(|entrant| entrant.text.as_str())
        .collect();
    let prices: Vec<f64> = written
        .products
        .iter()
        .filter(|row| !entrants.contains(&row.brand.text.as_str()) && !row.price.is_poison)
        .map(|row| row.price.centre())
        .collect();
    prices.iter().sum::<f64>() / prices.len().max(1) as f64
}
