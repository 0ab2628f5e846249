//! Random valid scenarios, extremes included: never a panic, never a NaN, mass conserved,
//! probabilities between 0 and 1.

mod zoo;

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::{AwarenessLaw, Exposure};
use beachhead_engine::dynamics::buying::Baseline;
use beachhead_engine::dynamics::economy::{self, Economy};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::settle::Consumers;
use beachhead_engine::dynamics::surplus;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::*;
use beachhead_engine::simulate::{PlanRecord, World};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;
use zoo::runs;

/// Rounding of sums over all states and months.
const CONSERVED: f64 = 1e-11;

const MONTHS: usize = 14;

/// What a random scenario is made of; lists are read in turn, as often as needed.
#[derive(Clone, Debug)]
struct Recipe {
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

fn recipe() -> impl Strategy<Value = Recipe> {
    let sizes = (1..4_usize, 2..5_usize, 1..5_usize, 1..3_usize, 0..4_usize, 1..3_usize, 2..40_usize);
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
struct Builder {
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

    fn build(recipe: &Recipe) -> Scenario {
        let mut b = Self { recipe: recipe.clone(), scenario: zoo::scenario(), next: 0 };
        b.scenario.months = MONTHS;
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
        let (network, channel) = (self.scenario.networks[0].clone(), self.scenario.channels[zoo::RETAIL].clone());
        self.scenario.networks.clear();
        self.scenario.channels.clear();
        for c in 0..self.recipe.networks {
            let mut network = Network { id: format!("net{c}"), ..network.clone() };
            network.churn = self.random(0.0, 0.2);
            // The reader refuses instalments beyond the oldest age.
            network.instalments = (self.number() * self.recipe.oldest_age.min(30) as f64).round() as usize;
            network.leaving_cost = self.random(0.0, 1.0);
            network.upgrade_cost = self.random(0.0, 1.0);
            self.scenario.networks.push(network);
            let kind = ChannelKind::Network(c);
            self.scenario.channels.push(Channel { id: format!("shop{c}"), kind, ..channel.clone() });
        }
        for k in 0..self.recipe.retail {
            self.scenario.channels.push(Channel { id: format!("retail{k}"), ..channel.clone() });
        }
        let kind = ChannelKind::OwnOnline(self.recipe.incumbents);
        self.scenario.channels.push(Channel { id: "store".into(), kind, ..channel.clone() });
        let kind = ChannelKind::Import;
        self.scenario.channels.push(Channel { id: "import".into(), kind, ..channel });
    }

    fn segments(&mut self) {
        let segment = self.scenario.segments[0].clone();
        self.scenario.segments.clear();
        let weights: Vec<f64> = (0..self.recipe.segments).map(|_| 0.05 + self.number()).collect();
        let sum: f64 = weights.iter().sum();
        for (s, weight) in weights.iter().enumerate() {
            let mut segment = Segment { id: format!("segment{s}"), ..segment.clone() };
            segment.share = self.quantity(weight / sum);
            segment.price_spread = self.random(0.0, 2.0);
            segment.price_sensitivity = self.random(0.2, 3.0);
            segment.discount_rate = self.random(0.0, 0.1);
            segment.social_exposure = self.random(0.0, 2.0);
            segment.reach =
                (0..self.scenario.channels.len()).map(|_| self.random(0.0, 1.0)).collect();
            self.scenario.segments.push(segment);
        }
    }

    fn brands_and_products(&mut self) {
        let product = self.scenario.products[0].clone();
        let mut band = self.scenario.products[8].clone();
        let (brands, channels) = (self.recipe.incumbents + self.recipe.entrants, self.scenario.channels.len());
        self.scenario.brands =
            (0..brands).map(|f| Brand { id: format!("brand{f}"), title: String::new() }).collect();
        self.scenario.products.clear();
        for f in 0..brands {
            for n in 0..1 + (self.number() * 2.0) as usize {
                let mut product = Product { id: format!("product{f}.{n}"), brand: f, ..product.clone() };
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
        let handles = [r.lapse, r.non_owners, r.nest, r.switching, r.price_coefficient, r.brand_spread]
            .map(|value| self.quantity(value));
        let more = [r.crowding, r.timing, r.ageing, r.loyalty].map(|value| self.quantity(value));
        let demand = &mut self.scenario.demand;
        [demand.lapse, demand.non_owners, demand.buy_keep_nest] =
            [handles[0].clone(), handles[1].clone(), handles[2].clone()];
        [demand.switching_cost, demand.price_coefficient, demand.brand_spread] =
            [handles[3].clone(), handles[4].clone(), handles[5].clone()];
        [demand.channel_crowding, demand.timing, demand.ageing, demand.loyalty] = more;
        self.scenario.season = r.seasons.iter().map(|&factor| self.quantity(factor)).collect();
    }

    fn entrants(&mut self) {
        let entrant = self.scenario.entrants[0].clone();
        self.scenario.entrants.clear();
        for e in 0..self.recipe.entrants {
            let brand = self.recipe.incumbents + e;
            let reference_class = vec![ReferenceMember::Brand(e % self.recipe.incumbents)];
            let mut entrant = Entrant { brand, reference_class, ..entrant.clone() };
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
            let own: Vec<usize> = all.filter(|(_, p)| p.brand == brand).map(|(p, _)| p).collect();
            actions.push(runs::launch(&own));
            actions.push(Action::Open { channels: channels.clone(), entrant });
        }
        actions.push(spend);
        let import = self.scenario.channels.len() - 1;
        let first = self.scenario.products.iter().position(|p| p.brand == self.recipe.incumbents);
        self.scenario.channels[import].open_before_entry = first.into_iter().collect();
        self.scenario.plans = vec![zoo::plan("all", 3.0, actions), runs::stay_out()];
    }
}

/// A target or two, which need not be possible together.
fn add_targets(scenario: &mut Scenario, recipe: &Recipe) {
    let units = 0.01 + 0.1 * recipe.numbers[3];
    zoo::target(scenario, "units", Measure::UnitsPerUser(None), units, false);
    if recipe.incumbents > 1 {
        let share = 0.05 + 0.9 * recipe.numbers[5];
        zoo::target(scenario, "share", Measure::SalesShareOfBrand(1), share, false);
    }
}

fn solve(ground: &Ground) -> Calibrated {
    let settings = Settings { budget: 60, sensitivity_months: 0, ..Settings::default() };
    calibrate(ground, &settings, &AtomicBool::new(false)).value
}

/// The market by itself, months of entry included, cell by cell.
fn check_masses(ground: &Ground, calibrated: &Calibrated) -> Result<(), TestCaseError> {
    let (scenario, market) = (ground.scenario, &ground.market);
    let (parameters, dispatch) = (&calibrated.parameters, Dispatch::detect());
    let layout = Layout::new(market, scenario.entrants.len());
    let trust = vec![0.0; market.brands];
    let base = Attraction::new(market, parameters, &ground.offers, &trust, dispatch);
    let baseline = Baseline::new(market, parameters, &base, &layout);
    let at = economy::Ground { market, parameters, baseline: &baseline, layout: &layout, dispatch };
    let laws: Vec<AwarenessLaw> = (0..scenario.entrants.len())
        .map(|e| AwarenessLaw::new(scenario, ground.values, e))
        .collect();
    let mut economy = Economy::new(at, Consumers { mass: widened(market, &layout, calibrated) }, trust);
    let all = (0..market.products.len()).flat_map(|j| {
        let product = &market.products[j];
        let channels = &scenario.products[product.scenario_index].channels;
        channels.iter().map(move |&k| (j, k, product.price))
    });
    let offers = Offers::new(all.collect());
    for month in 0..MONTHS {
        economy.open_month(at, &offers, ground.values[&scenario.season[month % 12]]);
        for p in &economy.buying.probability {
            prop_assert!((0.0..=1.0).contains(p), "P(buy) = {p} in month {month}");
        }
        for value in surplus::by_type(market, parameters, &layout, &economy.consumers.mass, &economy.buying, dispatch) {
            prop_assert!(value.is_finite(), "surplus {value}");
        }
        let exposure = |e: usize| Exposure {
            spend: 1e6,
            owners: economy.owners_after(at, e),
            satisfaction: 1.5,
            social: 0.5,
            ..Exposure::default()
        };
        let exposures: Vec<Exposure> = (0..laws.len()).map(exposure).collect();
        economy.close_month(at, &laws, &exposures);
        for mass in economy.consumers.mass.chunks_exact(layout.type_cells()) {
            prop_assert!(mass.iter().all(|m| *m >= 0.0), "a mass below zero or NaN");
            let sum: f64 = mass.iter().sum();
            prop_assert!((sum - 1.0).abs() <= CONSERVED, "mass {sum} in month {month}");
        }
        let on_network: f64 = economy.stock.on_network.iter().sum();
        prop_assert!((on_network - 1.0).abs() <= CONSERVED, "{on_network} on networks");
    }
    Ok(())
}

/// Calibrated masses with half of everybody knowing every entrant.
fn widened(
    market: &beachhead_engine::choice::market::Market,
    layout: &Layout,
    calibrated: &Calibrated,
) -> Vec<f64> {
    let small = Layout::new(market, 0);
    let run = layout.networks * layout.stride();
    let mut mass = vec![0.0; layout.types * layout.type_cells()];
    for i in 0..layout.types {
        for owned in 0..small.owned {
            for known in 0..layout.known_sets {
                let from = i * small.type_cells() + owned * run;
                let to = i * layout.type_cells() + layout.block(known, owned, 0) * layout.stride();
                for n in 0..run {
                    mass[to + n] = calibrated.consumers.mass[from + n] / layout.known_sets as f64;
                }
            }
        }
    }
    mass
}

/// What a run reports.
fn check_record(scenario: &Scenario, record: &PlanRecord) -> Result<(), TestCaseError> {
    let users = 1e6;
    for t in 0..scenario.months {
        let units: f64 = record.brand_units.iter().map(|units| units[t]).sum();
        prop_assert!((units - record.category_units[t]).abs() <= CONSERVED * users, "{units}");
        prop_assert!(units <= users * (1.0 + CONSERVED), "nobody buys twice a month");
        let bases: f64 = record.brand_base.iter().map(|base| base[t]).sum();
        prop_assert!(bases <= users * (1.0 + CONSERVED), "{bases} owners");
        for e in &record.entrants {
            prop_assert!((0.0..=1.0 + CONSERVED).contains(&e.awareness[t]), "{}", e.awareness[t]);
            prop_assert!((0.0..=1.0).contains(&e.share[t]), "{}", e.share[t]);
            let volume = &e.volume[t];
            let from: f64 = volume.from_brand.iter().sum();
            let sum = from + volume.earlier_replacement + volume.new_owners;
            prop_assert!((sum - e.units[t]).abs() <= CONSERVED * users, "{sum} of {}", e.units[t]);
        }
    }
    let values = scenario.central_values();
    for definition in beachhead_engine::outcomes::outcome_definitions(scenario) {
        if let Some(value) = definition.evaluate(scenario, &values, record) {
            prop_assert!(value.is_finite(), "{} is {value}", definition.id);
        }
    }
    for definition in beachhead_engine::outcomes::series_definitions(scenario) {
        let series = definition.read(record);
        prop_assert_eq!(series.len(), scenario.months);
        prop_assert!(series.iter().all(|x| x.is_finite()), "{}: {series:?}", definition.id);
    }
    Ok(())
}

fn check_scenario(recipe: &Recipe, targets: bool) -> Result<(), TestCaseError> {
    let mut scenario = Builder::build(recipe);
    if targets {
        add_targets(&mut scenario, recipe);
    }
    let values = scenario.central_values();
    let ground = Ground::new(&scenario, &values, scenario.simulation.types).unwrap();
    beachhead_engine::calibrate::check(&ground);
    let calibrated = solve(&ground);
    check_masses(&ground, &calibrated)?;
    let world = World::new(&ground, &calibrated, Dispatch::detect());
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    let records = world.run(&plans, &AtomicBool::new(false), &|_| {});
    let records = records.map_err(|error| TestCaseError::fail(error.to_string()))?;
    records.iter().try_for_each(|record| check_record(&scenario, record))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20),
        ..ProptestConfig::default()
    })]

    #[test]
    fn markets_without_targets(recipe in recipe()) {
        check_scenario(&recipe, false)?;
    }

    #[test]
    fn markets_with_targets(recipe in recipe()) {
        check_scenario(&recipe, true)?;
    }
}
