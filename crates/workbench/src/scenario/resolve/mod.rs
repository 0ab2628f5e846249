//! From the scenario as written to the engine's `Scenario`: ids become positions, numbers become handles.

mod actions;
mod deals;
mod demand;
mod effects;
mod event_reach;
mod events;
mod fit;
mod fit_parameters;
mod forecast;
mod hazard_bounds;
mod idle_effects;
mod learning;
mod market;
mod notes;
mod part_worths;
mod plans;
mod pricing;
mod products;
mod slips;
mod target_checks;
mod targets;
mod tastes;
mod terms;

pub(super) use fit::FIT_PRODUCT;
pub(super) use forecast::COLUMNS as ENTRY_COLUMNS;

use super::file::ScenarioFile;
use super::folder::Rows;
use super::products::ProductRow;
use super::sources::Sources;
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::estimate::Stored;
use crate::quantity::Written;
use crate::reader::{Reader, Text};
use beachhead_engine::futures::correlation::Correlation;
use beachhead_engine::scenario::{
    CalendarMonth, ComparisonTerms, Handle, Origin, Quantity, Scenario,
};
use serde::Serialize;

/// Tolerance of sums that must be 1 and are written in decimals.
const SUM_TOLERANCE: f64 = 1e-6;

/// Types where none are asked for.
const USUAL_TYPES: usize = 96;

/// Something that people should know about a scenario or a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// Kind, e.g. `study_only_costs`.
    pub code: String,
    /// What it is about, a path in the scenario.
    #[serde(rename = "where")]
    pub location: String,
    /// How many times.
    pub count: usize,
    /// In words.
    pub text: String,
}

/// What was read, before it is resolved.
pub(super) struct AsWritten {
    /// `scenario.toml`.
    pub file: ScenarioFile,
    /// Products.
    pub products: Vec<ProductRow>,
    /// Columns of their table.
    pub columns: Vec<(String, Place)>,
    /// Pairs of the table of compatibility.
    pub compatibility: Option<Rows>,
    /// Earlier entries, where the scenario names a table of them.
    pub entries: Option<Rows>,
    /// Part-worths of a study.
    pub part_worths: Option<Rows>,
    /// The fit that demand comes from.
    pub fit: Option<Stored>,
}

/// What the command line said instead of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides {
    /// Seed.
    pub seed: Option<u64>,
    /// Draws.
    pub draws: Option<usize>,
    /// Months.
    pub months: Option<usize>,
}

/// What resolving gives.
#[derive(Debug)]
pub(super) struct Resolved {
    /// The scenario; only to be used if nothing was reported.
    pub scenario: Scenario,
    /// For each quantity, the text as written.
    pub texts: Vec<String>,
    /// What is read, but does nothing or less than it seems.
    pub issues: Vec<Issue>,
    /// The sources.
    pub sources: Sources,
}

/// Lists that ids can be looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Brands,
    Incumbents,
    Entrants,
    Products,
    Networks,
    Channels,
    Segments,
    Gates,
    Events,
}

impl Which {
    fn article(self) -> &'static str {
        match self {
            Self::Incumbents | Self::Entrants | Self::Events => "an",
            _ => "a",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Brands => "brand",
            Self::Incumbents => "incumbent brand",
            Self::Entrants => "entrant",
            Self::Products => "product",
            Self::Networks => "network",
            Self::Channels => "channel",
            Self::Segments => "segment",
            Self::Gates => "gate",
            Self::Events => "event",
        }
    }
}

/// Ids of everything, each list in the order of the scenario's own.
#[derive(Clone, Debug, Default)]
struct Names {
    /// Incumbents first.
    brands: Vec<String>,
    /// A part of `brands`.
    entrants: Vec<String>,
    products: Vec<String>,
    /// Positions of the entrants' products.
    entrant_products: Vec<usize>,
    networks: Vec<String>,
    channels: Vec<String>,
    segments: Vec<String>,
    complements: Vec<String>,
    gates: Vec<String>,
    events: Vec<String>,
    /// Positions of the events that are attempts.
    attempts: Vec<usize>,
}

struct Resolver<'r, 'f> {
    reader: &'r mut Reader<'f>,
    sources: Sources,
    quantities: Vec<Quantity>,
    texts: Vec<String>,
    names: Names,
    issues: Vec<Issue>,
    /// Whether an event has no trigger that could be read; it may be what others wait for.
    has_unread_event: bool,
}

/// Resolves what was written; mistakes are reported to the reader.
pub(super) fn resolve(
    written: &AsWritten,
    sources: Sources,
    overrides: &Overrides,
    reader: &mut Reader<'_>,
) -> Resolved {
    let names = names(written, reader);
    let mut resolver = Resolver {
        reader,
        sources,
        quantities: Vec::new(),
        texts: Vec::new(),
        names,
        issues: Vec::new(),
        has_unread_event: false,
    };
    let scenario = resolver.scenario(written, overrides);
    Resolved {
        scenario,
        texts: resolver.texts,
        issues: resolver.issues,
        sources: resolver.sources,
    }
}

fn names(written: &AsWritten, reader: &mut Reader<'_>) -> Names {
    let file = &written.file;
    let entrants: Vec<String> = file
        .scenario
        .entrants
        .iter()
        .map(|entrant| entrant.text.clone())
        .collect();
    let mut brands: Vec<String> = Vec::new();
    for product in &written.products {
        let brand = &product.brand.text;
        if !brand.is_empty() && !entrants.contains(brand) && !brands.contains(brand) {
            brands.push(brand.clone());
        }
    }
    brands.extend(entrants.iter().cloned());
    let is_own = |product: &&ProductRow| entrants.contains(&product.brand.text);
    let mut ids = |what: &str, list: Vec<&Text>| unique(what, &list, reader);
    let products = ids(
        "product",
        written.products.iter().map(|row| &row.id).collect(),
    );
    Names {
        products,
        entrant_products: (0..written.products.len())
            .filter(|at| is_own(&&written.products[*at]))
            .collect(),
        networks: ids(
            "network",
            file.networks.iter().map(|row| &row.id.0).collect(),
        ),
        channels: ids(
            "channel",
            file.channels.iter().map(|row| &row.id.0).collect(),
        ),
        segments: ids(
            "segment",
            file.segments.iter().map(|row| &row.id.0).collect(),
        ),
        complements: ids(
            "complement",
            file.complements.iter().map(|row| &row.id.0).collect(),
        ),
        gates: ids("gate", file.gates.iter().map(|row| &row.id.0).collect()),
        events: ids("event", file.events.iter().map(|row| &row.id.0).collect()),
        attempts: (0..file.events.len())
            .filter(|at| file.events[*at].attempt.is_some())
            .collect(),
        brands,
        entrants,
    }
}

/// The ids as a list; one that is there twice is reported.
fn unique(what: &str, ids: &[&Text], reader: &mut Reader<'_>) -> Vec<String> {
    for (at, id) in ids.iter().enumerate() {
        let before = ids[..at]
            .iter()
            .find(|other| other.text == id.text && !id.is_poison());
        if let Some(first) = before {
            let where_first = reader.files.location(first.place);
            let diagnostic = reader
                .error(
                    id.place,
                    format!("the {what} `{}` is there already ({where_first})", id.text),
                )
                .expected("each id once");
            reader.push(diagnostic);
        }
    }
    ids.iter().map(|id| id.text.clone()).collect()
}

impl Resolver<'_, '_> {
    fn scenario(&mut self, written: &AsWritten, overrides: &Overrides) -> Scenario {
        let file = &written.file;
        self.check_entrants(written);
        self.check_currency(file);
        let start = file.scenario.start.month.unwrap_or(CalendarMonth {
            year: 2000,
            month: 1,
        });
        let months = overrides
            .months
            .unwrap_or(file.scenario.months.value as usize);
        let users = self.add(&file.scenario.users);
        let sales_tax = self.add(&file.scenario.sales_tax);
        let segments = self.segments(file);
        let networks = self.networks(file);
        let mut channels = self.channels(file);
        let complements = self.complements(file);
        let products = self.products(written, &channels, start);
        for (channel, taste) in channels.iter_mut().zip(self.tastes(file, &products)) {
            channel.taste = taste;
        }
        let mut groups = self.groups(file);
        let mut targets = self.targets(written, &products, &groups);
        let demand = self.demand(written);
        let part_worths = self.part_worths(written);
        let fit = self.fit(written, &mut groups, &mut targets);
        let slips = self.slips(file);
        let gates = self.gates(file, written);
        let entrants = self.entrants(file, start, &products);
        let finance = self.finance(file);
        let season = self.season(file);
        let partial_compatibility = self.add(&file.compatibility.partial);
        let mut scenario = Scenario {
            name: file.scenario.name.0.text.clone(),
            title: file
                .scenario
                .title
                .as_ref()
                .unwrap_or(&file.scenario.name.0)
                .text
                .clone(),
            as_of: file
                .scenario
                .as_of
                .date
                .map(|date| date.to_string())
                .unwrap_or_default(),
            start,
            months,
            currency: file.scenario.currency.text.clone(),
            simulation: self.simulation(file, overrides),
            quantities: Vec::new(),
            correlation: Correlation::default(),
            slips,
            users,
            sales_tax,
            segments,
            brands: self.brands(file),
            entrants,
            products,
            networks,
            channels,
            partial_compatibility,
            demand,
            part_worths,
            fit,
            complements,
            season,
            targets,
            groups,
            finance,
            gates,
            events: Vec::new(),
            plans: Vec::new(),
            outcomes: Vec::new(),
            comparison: ComparisonTerms::default(),
            deals: Vec::new(),
            pricing: None,
            forecast: None,
        };
        scenario.events = self.events(file, &scenario);
        scenario.plans = self.plans(file, &scenario);
        scenario.deals = self.deals(file, &scenario, overrides.months.is_some());
        scenario.pricing = self.pricing(file, &scenario, overrides.months.is_some());
        scenario.outcomes = self.outcomes(file);
        scenario.correlation = self.correlation(file, &scenario.slips);
        scenario.comparison = self.comparison(file, &scenario);
        scenario.forecast = self.forecast(written);
        if let Some(part_worths) = &scenario.part_worths {
            scenario.simulation.types = part_worths.len();
        }
        if let Some(fit) = &scenario.fit {
            scenario.simulation.types =
                fit.types(scenario.simulation.types, scenario.segments.len());
        }
        scenario.quantities = std::mem::take(&mut self.quantities);
        notes::notes_of_tables(file, &mut scenario.quantities);
        self.check_waiting(&written.products, &scenario);
        let is_shortened = overrides.months.is_some();
        let impossible = self.impossible(&scenario);
        self.check_event_circles(file, &scenario, &impossible, is_shortened);
        self.check_reach(file, &scenario, is_shortened);
        self.check_events(file, &scenario, &impossible, is_shortened);
        scenario
    }

    /// Adds a quantity to the table and checks its source.
    fn add(&mut self, written: &Written) -> Handle {
        if let Some(source) = &written.source {
            self.sources.check(source, self.reader);
        }
        let is_twice = self
            .quantities
            .iter()
            .any(|quantity| quantity.name == written.name);
        if is_twice && !written.is_poison && !written.name.is_empty() {
            // Duplicate ids are reported where they stand; their quantities are not reported again.
            let name = &written.name;
            let is_reported = self
                .reader
                .report
                .iter()
                .any(|d| d.found.contains("there already"));
            if !is_reported {
                let found = format!("`{name}` is there twice");
                self.error(written.place, found, "each quantity once");
            }
        }
        let handle = Handle::new(self.quantities.len(), &written.name);
        self.quantities.push(Quantity {
            name: written.name.clone(),
            unit: written.kind.base_unit(&self.reader.currency),
            distribution: written.distribution.clone(),
            conversion: written.conversion,
            origin: written.origin,
            source: written.source.as_ref().map(|source| source.text.clone()),
            note: written.note.clone(),
            location: self.reader.files.location(written.place),
        });
        self.texts.push(written.text.clone());
        handle
    }

    /// Adds a number that nobody wrote: where calibration starts.
    fn add_start(&mut self, name: &str, kind: crate::units::Kind, value: f64, why: &str) -> Handle {
        self.add(&Written {
            name: name.to_owned(),
            distribution: beachhead_engine::futures::distribution::Distribution::Point(value),
            conversion: kind.base_conversion(),
            text: value.to_string(),
            note: Some(why.to_owned()),
            origin: Origin::Derived,
            is_poison: false,
            ..Written::poison(kind)
        })
    }

    fn error(&mut self, place: Place, found: impl Into<String>, expected: &str) {
        let diagnostic = self.reader.error(place, found).expected(expected);
        self.reader.push(diagnostic);
    }

    fn warn(&mut self, place: Place, found: impl Into<String>, help: &str) {
        let diagnostic = self.reader.files.warning(place, found).help(help);
        self.reader.push(diagnostic);
    }

    fn list(&self, which: Which) -> &[String] {
        match which {
            Which::Brands => &self.names.brands,
            Which::Incumbents => {
                &self.names.brands[..self.names.brands.len() - self.names.entrants.len()]
            }
            Which::Entrants => &self.names.entrants,
            Which::Products => &self.names.products,
            Which::Networks => &self.names.networks,
            Which::Channels => &self.names.channels,
            Which::Segments => &self.names.segments,
            Which::Gates => &self.names.gates,
            Which::Events => &self.names.events,
        }
    }

    /// The position of an id; one that is not there is reported with the nearest that is.
    fn find(&mut self, id: &Text, which: Which) -> Option<usize> {
        if id.is_poison() {
            return None;
        }
        let position = self.list(which).iter().position(|known| *known == id.text);
        if position.is_none() {
            self.unknown(id, which);
        }
        position
    }

    fn unknown(&mut self, id: &Text, which: Which) {
        const MOST_SHOWN: usize = 12;
        let list = self.list(which).to_vec();
        let shown = name_list(list.iter().take(MOST_SHOWN));
        let more = if list.len() > MOST_SHOWN { ", …" } else { "" };
        let expected = if list.is_empty() {
            format!("{} {}, but there is none", which.article(), which.word())
        } else {
            format!("{} {}: {shown}{more}", which.article(), which.word())
        };
        let diagnostic = self
            .reader
            .error(id.place, format!("unknown {} `{}`", which.word(), id.text))
            .expected(expected)
            .nearest(&id.text, &list);
        self.reader.push(diagnostic);
    }

    fn find_all(&mut self, ids: &[Text], which: Which) -> Vec<usize> {
        ids.iter().filter_map(|id| self.find(id, which)).collect()
    }
}
