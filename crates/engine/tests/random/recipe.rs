//! Random recipes of scenarios, and scenarios built from them.

use crate::zoo::{self, runs};
use beachhead_engine::scenario::*;
use proptest::prelude::*;

/// What a random scenario is made of; lists are read in turn, as often as needed.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    segments: usize,
    types_per_segment: usize,
    incumbents: usize,
    entrants: usize,
    networks: usize,
    retail: usize,
    oldest_age: usize,
    lapse: f64,
    non_owners: f64,
    nest: f64,
    switching: f64,
    price_coefficient: f64,
    brand_spread: f64,
    crowding: f64,
    timing: f64,
    ageing: f64,
    loyalty: f64,
    initial: f64,
    forgetting: f64,
    numbers: Vec<f64>,
    seasons: Vec<f64>,
}

/// A value in a range, or one of its extremes.
fn with_extremes(low: f64, high: f64) -> impl Strategy<Value = f64> {
    prop_oneof![2 => low..high, 1 => Just(low), 1 => Just(high)]
}

pub(crate) fn recipe() -> impl Strategy<Value = Recipe> {
    let sizes = (
        1..4_usize,
        2..5_usize,
        1..5_usize,
        1..3_usize,
        0..4_usize,
        1..3_usize,
        2..40_usize,
    );
    let flows = (
        with_extremes(0.0, 0.05),
        with_extremes(0.0, 0.5),
        prop_oneof![Just(1e-6), 0.01..1.0, Just(1.0)],
        with_extremes(0.0, 20.0),
        prop_oneof![3 => 0.0005..0.02, 1 => Just(3.0), 1 => Just(1e-9)],
    );
    let tastes = (
        with_extremes(0.0, 4.0),
        with_extremes(0.0, 1.0),
        with_extremes(0.0, 1.0),
        with_extremes(0.0, 0.5),
        with_extremes(0.0, 6.0),
        with_extremes(0.0, 1.0),
        with_extremes(0.0, 1.0),
    );
    let lists = (
        proptest::collection::vec(with_extremes(0.0, 1.0), 40),
        proptest::collection::vec(0.3..2.5, 12),
    );
    (sizes, flows, tastes, lists).prop_map(|(sizes, flows, tastes, lists)| Recipe {
        segments: sizes.0,
        types_per_segment: sizes.1,
        incumbents: sizes.2,
        entrants: sizes.3,
        networks: sizes.4,
        retail: sizes.5,
        oldest_age: sizes.6,
        lapse: flows.0,
        non_owners: flows.1,
        nest: flows.2,
        switching: flows.3,
        price_coefficient: flows.4,
        brand_spread: tastes.0,
        crowding: tastes.1,
        timing: tastes.2,
        ageing: tastes.3,
        loyalty: tastes.4,
        initial: tastes.5,
        forgetting: tastes.6,
        numbers: lists.0,
        seasons: lists.1,
    })
}

/// Builds a scenario by cutting and copying parts of the zoo.
pub(crate) struct Builder {
    recipe: Recipe,
    scenario: Scenario,
    next: usize,
}

impl Builder {
    /// The next number in [0, 1].
    fn number(&mut self) -> f64 {
        self.next += 1;
        self.recipe.numbers[self.next * 7 % self.recipe.numbers.len()]
    }

    fn quantity(&mut self, value: f64) -> Handle {
        let name = format!("random.{}", self.scenario.quantities.len());
        zoo::quantity(&mut self.scenario, &name, value)
    }

    fn random(&mut self, low: f64, high: f64) -> Handle {
        let value = low + (high - low) * self.number();
        self.quantity(value)
    }

    pub(crate) fn build(recipe: &Recipe) -> Scenario {
        let mut b = Self {
            recipe: recipe.clone(),
            scenario: zoo::scenario(),
            next: 0,
        };
        b.scenario.months = crate::MONTHS;
        b.scenario.simulation.types = recipe.segments * recipe.types_per_segment;
        b.scenario.simulation.oldest_age = recipe.oldest_age;
        b.networks_and_channels();
        b.segments();
        b.brands_and_products();
        b.demand();
        b.entrants();
        b.scenario
    }

    fn networks_and_channels(&mut self) {
        let (network, channel) = (
            self.scenario.networks[0].clone(),
            self.scenario.channels[zoo::RETAIL].clone(),
        );
        self.scenario.networks.clear();
        self.scenario.channels.clear();
        for c in 0..self.recipe.networks {
            let mut network = Network {
                id: format!("net{c}"),
                ..network.clone()
            };
            network.churn = self.random(0.0, 0.2);
            // The reader refuses instalments beyond the oldest age.
            network.instalments =
                (self.number() * self.recipe.oldest_age.min(30) as f64).round() as usize;
            network.leaving_cost = self.random(0.0, 1.0);
            network.upgrade_cost = self.random(0.0, 1.0);
            self.scenario.networks.push(network);
            let kind = ChannelKind::Network(c);
            self.scenario.channels.push(Channel {
                id: format!("shop{c}"),
                kind,
                ..channel.clone()
            });
        }
        for k in 0..self.recipe.retail {
            self.scenario.channels.push(Channel {
                id: format!("retail{k}"),
                ..channel.clone()
            });
        }
        let kind = ChannelKind::OwnOnline(self.recipe.incumbents);
        self.scenario.channels.push(Channel {
            id: "store".into(),
            kind,
            ..channel.clone()
        });
        let kind = ChannelKind::Import;
        self.scenario.channels.push(Channel {
            id: "import".into(),
            kind,
            ..channel
        });
    }

    fn segments(&mut self) {
        let segment = self.scenario.segments[0].clone();
        self.scenario.segments.clear();
        let weights: Vec<f64> = (0..self.recipe.segments)
            .map(|_| 0.05 + self.number())
            .collect();
        let sum: f64 = weights.iter().sum();
        for (s, weight) in weights.iter().enumerate() {
            let mut segment = Segment {
                id: format!("segment{s}"),
                ..segment.clone()
            };
            segment.share = self.quantity(weight / sum);
            segment.price_spread = self.random(0.0, 2.0);
            segment.price_sensitivity = self.random(0.2, 3.0);
            segment.discount_rate = self.random(0.0, 0.1);
            segment.social_exposure = self.random(0.0, 2.0);
            segment.reach = (0..self.scenario.channels.len())
                .map(|_| self.random(0.0, 1.0))
                .collect();
            self.scenario.segments.push(segment);
        }
    }

    fn brands_and_products(&mut self) {
        let product = self.scenario.products[0].clone();
        let mut band = self.scenario.products[8].clone();
        let (brands, channels) = (
            self.recipe.incumbents + self.recipe.entrants,
            self.scenario.channels.len(),
        );
        self.scenario.brands = (0..brands)
            .map(|f| Brand {
                id: format!("brand{f}"),
                title: String::new(),
            })
            .collect();
        self.scenario.products.clear();
        for f in 0..brands {
            for n in 0..1 + (self.number() * 2.0) as usize {
                let mut product = Product {
                    id: format!("product{f}.{n}"),
                    brand: f,
                    ..product.clone()
                };
                product.price = self.random(20.0, 1500.0);
                product.unit_cost = Some(self.random(10.0, 800.0));
                product.appeal = self.random(-8.0, 8.0);
                product.hedonic = 1000.0 * self.number();
                product.available_from = (self.number() * 6.0) as i32;
                let open: Vec<usize> = (0..channels).filter(|_| self.number() > 0.3).collect();
                product.channels = if open.is_empty() { vec![0] } else { open };
                product.compatibility = (0..self.recipe.networks)
                    .map(|_| match (self.number() * 4.0) as usize {
                        0 => Compatibility::None,
                        1 => Compatibility::Partial,
                        _ => Compatibility::Full,
                    })
                    .collect();
                self.scenario.products.push(product);
            }
        }
        band.brand = self.recipe.incumbents;
        band.channels = vec![channels - 2];
        band.compatibility = vec![Compatibility::Full; self.recipe.networks];
        self.scenario.products.push(band);
        self.scenario.complements[0].discovery = vec![(channels - 2, self.quantity(0.02))];
    }

    fn demand(&mut self) {
        let r = self.recipe.clone();
        let handles = [
            r.lapse,
            r.non_owners,
            r.nest,
            r.switching,
            r.price_coefficient,
            r.brand_spread,
        ]
        .map(|value| self.quantity(value));
        let more = [r.crowding, r.timing, r.ageing, r.loyalty].map(|value| self.quantity(value));
        let demand = &mut self.scenario.demand;
        [demand.lapse, demand.non_owners, demand.buy_keep_nest] =
            [handles[0].clone(), handles[1].clone(), handles[2].clone()];
        [
            demand.switching_cost,
            demand.price_coefficient,
            demand.brand_spread,
        ] = [handles[3].clone(), handles[4].clone(), handles[5].clone()];
        [
            demand.channel_crowding,
            demand.timing,
            demand.ageing,
            demand.loyalty,
        ] = more;
        self.scenario.season = r
            .seasons
            .iter()
            .map(|&factor| self.quantity(factor))
            .collect();
    }

    fn entrants(&mut self) {
        let entrant = self.scenario.entrants[0].clone();
        self.scenario.entrants.clear();
        for e in 0..self.recipe.entrants {
            let brand = self.recipe.incumbents + e;
            let reference_class = vec![ReferenceMember::Brand(e % self.recipe.incumbents)];
            let mut entrant = Entrant {
                brand,
                reference_class,
                ..entrant.clone()
            };
            entrant.awareness.initial = self.quantity(self.recipe.initial);
            entrant.awareness.forgetting = self.quantity(self.recipe.forgetting);
            entrant.awareness.word_of_mouth = self.random(0.0, 30.0);
            entrant.shift = self.random(-5.0, 5.0);
            let social = self.random(0.0, 1.0);
            entrant.awareness.social = vec![(1, social)];
            self.scenario.entrants.push(entrant);
        }
        let mut actions = Vec::new();
        let spend = runs::advertise(&mut self.scenario, 4e6, 5.0);
        let channels: Vec<usize> = (0..self.scenario.channels.len()).collect();
        for entrant in 0..self.recipe.entrants {
            let brand = self.recipe.incumbents + entrant;
            let all = self.scenario.products.iter().enumerate();
            let own: Vec<usize> = all
                .filter(|(_, p)| p.brand == brand)
                .map(|(p, _)| p)
                .collect();
            actions.push(runs::launch(&own));
            actions.push(Action::Open {
                channels: channels.clone(),
                entrant,
            });
        }
        actions.push(spend);
        let import = self.scenario.channels.len() - 1;
        let first = self
            .scenario
            .products
            .iter()
            .position(|p| p.brand == self.recipe.incumbents);
        self.scenario.channels[import].open_before_entry = first.into_iter().collect();
        self.scenario.plans = vec![zoo::plan("all", 3.0, actions), runs::stay_out()];
    }
}

/// A target or two, which need not be possible together.
pub(crate) fn add_targets(scenario: &mut Scenario, recipe: &Recipe) {
    let units = 0.01 + 0.1 * recipe.numbers[3];
    zoo::target(scenario, "units", Measure::UnitsPerUser(None), units, false);
    if recipe.incumbents > 1 {
        let share = 0.05 + 0.9 * recipe.numbers[5];
        zoo::target(
            scenario,
            "share",
            Measure::SalesShareOfBrand(1),
            share,
            false,
        );
    }
}
