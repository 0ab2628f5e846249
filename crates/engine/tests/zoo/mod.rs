//! A small market built in code: three incumbents, one entrant, two networks, two segments.
//!
//! Tests and benches change what they need before use.
#![allow(dead_code, reason = "each test binary uses its own part of the zoo")]

pub(crate) mod runs;
pub(crate) mod small;

use beachhead_engine::futures::distribution::{Conversion, Distribution};
use beachhead_engine::plan::expression::Expression;
use beachhead_engine::scenario::*;

/// Collects quantities and hands out handles.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) quantities: Vec<Quantity>,
}

impl Table {
    /// A certain quantity.
    pub(crate) fn add(&mut self, name: &str, value: f64) -> Handle {
        let handle = Handle::new(self.quantities.len(), name);
        self.quantities.push(Quantity {
            name: name.into(),
            unit: String::new(),
            distribution: Distribution::Point(value),
            conversion: Conversion::Scale(1.0),
            origin: Origin::Written,
            source: None,
            note: None,
            location: String::new(),
        });
        handle
    }
}

/// Adds a quantity to a scenario that is already built.
pub(crate) fn quantity(scenario: &mut Scenario, name: &str, value: f64) -> Handle {
    let mut table = Table {
        quantities: std::mem::take(&mut scenario.quantities),
    };
    let handle = table.add(name, value);
    scenario.quantities = table.quantities;
    handle
}

/// Replaces the value that a handle points to.
pub(crate) fn set(scenario: &mut Scenario, handle: &Handle, value: f64) {
    scenario.quantities[handle.index()].distribution = Distribution::Point(value);
}

/// Adds a target.
pub(crate) fn target(
    scenario: &mut Scenario,
    name: &str,
    measure: Measure,
    wanted: f64,
    is_base: bool,
) {
    let wanted = quantity(scenario, &format!("calibration.{name}"), wanted);
    let location = format!("zoo:{name}");
    scenario.targets.push(Target {
        name: name.into(),
        measure,
        wanted,
        is_base,
        location,
    });
}

/// A plan with one step in month `month`.
pub(crate) fn plan(id: &str, month: f64, actions: Vec<Action>) -> Plan {
    use beachhead_engine::plan::expression::{Binary, Observable};
    let when = Expression::Binary(
        Binary::GreaterOrEqual,
        Box::new(Expression::Observable(Observable::Month)),
        Box::new(Expression::Number(month)),
    );
    let step = Step {
        id: "go".into(),
        when,
        when_text: String::new(),
        repeats: false,
        actions,
    };
    Plan {
        id: id.into(),
        title: id.into(),
        exit_when: None,
        exit_when_text: String::new(),
        steps: vec![step],
    }
}

/// Channels of the zoo: shops of the two networks, retail, the entrant's own store, import.
pub(crate) const ONE: usize = 0;
pub(crate) const TWO: usize = 1;
pub(crate) const RETAIL: usize = 2;
pub(crate) const STORE: usize = 3;
pub(crate) const IMPORT: usize = 4;
/// The entrant's brand.
pub(crate) const ENTRANT: usize = 3;

/// The market. No targets: tests add them.
pub(crate) fn scenario() -> Scenario {
    let mut t = Table::default();
    let t = &mut t;
    let users = t.add("users", 1e6);
    let sales_tax = t.add("sales_tax", 0.0);
    let segments = vec![
        segment(t, "steady", 0.7, 0.4, 1.0),
        segment(t, "keen", 0.3, 0.5, 0.8),
    ];
    let brands: Vec<Brand> = ["pear", "nova", "rest", "acme"]
        .iter()
        .map(|id| Brand {
            id: (*id).into(),
            title: (*id).into(),
        })
        .collect();
    let products = products(t);
    let networks = vec![
        network(t, "one", 0.01, 24, 0.4),
        network(t, "two", 0.015, 18, 1.0),
    ];
    let channels = vec![
        channel(t, "one", ChannelKind::Network(0), 40.0, 0.0),
        channel(t, "two", ChannelKind::Network(1), 40.0, 0.0),
        channel(t, "retail", ChannelKind::Retail, 55.0, 0.0),
        channel(t, "store", ChannelKind::OwnOnline(ENTRANT), 0.0, 9.0),
        channel(t, "import", ChannelKind::Import, 70.0, 0.0),
    ];
    let partial_compatibility = t.add("partial", -0.8);
    let demand = demand(t);
    let complements = vec![complement(t)];
    let season = (1..=12)
        .map(|m| t.add(&format!("season.{m}"), 1.0))
        .collect();
    let entrants = vec![entrant(t)];
    let finance = finance(t);
    Scenario {
        name: "zoo".into(),
        title: "A small market".into(),
        as_of: "2020-01-01".into(),
        start: CalendarMonth {
            year: 2020,
            month: 1,
        },
        months: 36,
        currency: "USD".into(),
        simulation: Simulation {
            types: 16,
            draws: 1,
            seed: 1,
            nodes: 0,
            oldest_age: 48,
        },
        quantities: std::mem::take(&mut t.quantities),
        correlation: Default::default(),
        slips: Vec::new(),
        part_worths: None,
        fit: None,
        users,
        sales_tax,
        segments,
        brands,
        entrants,
        products,
        networks,
        channels,
        partial_compatibility,
        demand,
        complements,
        season,
        targets: Vec::new(),
        groups: Vec::new(),
        finance,
        gates: Vec::new(),
        events: Vec::new(),
        plans: Vec::new(),
        outcomes: Vec::new(),
        comparison: ComparisonTerms::default(),
        deals: Vec::new(),
        pricing: None,
        forecast: None,
    }
}

fn segment(t: &mut Table, id: &str, share: f64, spread: f64, sensitivity: f64) -> Segment {
    let mut q = |field: &str, value: f64| t.add(&format!("segments.{id}.{field}"), value);
    Segment {
        id: id.into(),
        share: q("share", share),
        price_spread: q("price_spread", spread),
        price_sensitivity: q("price_sensitivity", sensitivity),
        social_exposure: q("social_exposure", 0.3),
        advertising_response: q("advertising_response", 1.0),
        word_of_mouth: q("word_of_mouth", 1.0),
        complement_response: q("complement_response", 1.0),
        discount_rate: q("discount_rate", 0.0),
        reach: [0.9, 0.9, 0.7, 0.6, 0.1]
            .iter()
            .enumerate()
            .map(|(k, &reach)| q(&format!("channels.{k}"), reach))
            .collect(),
    }
}

fn products(t: &mut Table) -> Vec<Product> {
    let mut product =
        |id: &str, brand: usize, price: f64, hedonic: f64, channels: &[usize]| Product {
            id: id.into(),
            title: String::new(),
            brand,
            category: Category::Durable,
            price: t.add(&format!("products.{id}.price"), price),
            unit_cost: (brand == ENTRANT)
                .then(|| t.add(&format!("products.{id}.unit_cost"), 0.75 * price)),
            hedonic,
            appeal: t.add(&format!("products.{id}.appeal"), 0.0),
            appeal_z: None,
            tier: if price > 500.0 {
                "high".into()
            } else {
                "low".into()
            },
            available_from: 0,
            channels: channels.to_vec(),
            compatibility: vec![Compatibility::Full; 2],
        };
    let mut products = vec![
        product("pear_8", 0, 700.0, 650.0, &[ONE, TWO, RETAIL]),
        product("pear_se", 0, 350.0, 300.0, &[ONE, TWO, RETAIL]),
        product("nova_s", 1, 720.0, 700.0, &[ONE, TWO, RETAIL]),
        product("nova_a", 1, 220.0, 250.0, &[ONE, TWO, RETAIL]),
        product("rest_lite", 2, 150.0, 150.0, &[ONE, RETAIL]),
        product("rest_pro", 2, 530.0, 520.0, &[TWO, RETAIL]),
        product("acme_5", ENTRANT, 450.0, 560.0, &[ONE, TWO, RETAIL, STORE]),
        product(
            "acme_lite",
            ENTRANT,
            200.0,
            240.0,
            &[ONE, TWO, RETAIL, STORE],
        ),
        product("acme_band", ENTRANT, 29.0, 0.0, &[STORE]),
    ];
    products[7].compatibility = vec![Compatibility::Partial, Compatibility::None];
    products[8].category = Category::Complement(0);
    products
}

fn network(t: &mut Table, id: &str, churn: f64, instalments: usize, leaving: f64) -> Network {
    Network {
        id: id.into(),
        title: id.into(),
        churn: t.add(&format!("networks.{id}.churn"), churn),
        instalments,
        leaving_cost: t.add(&format!("networks.{id}.leaving_cost"), leaving),
        upgrade_cost: t.add(&format!("networks.{id}.upgrade_cost"), 1.0),
    }
}

fn channel(t: &mut Table, id: &str, kind: ChannelKind, margin: f64, cost: f64) -> Channel {
    Channel {
        id: id.into(),
        title: id.into(),
        kind,
        margin: t.add(&format!("channels.{id}.margin"), margin),
        subsidy: t.add(&format!("channels.{id}.subsidy"), 0.0),
        subsidy_paid_by: Payer::Network,
        cost: t.add(&format!("channels.{id}.cost"), cost),
        open_before_entry: Vec::new(),
        taste: None,
    }
}

fn demand(t: &mut Table) -> Demand {
    let mut q = |field: &str, value: f64| t.add(&format!("demand.{field}"), value);
    Demand {
        hedonic_scale: q("hedonic_scale", 1.0),
        quality_spread: q("quality_spread", 0.1),
        brand_spread: q("brand_spread", 0.9),
        buy_keep_nest: q("buy_keep_nest", 0.35),
        channel_crowding: q("channel_crowding", 1.0),
        timing: q("timing", 1.0),
        ageing: q("ageing", 0.04),
        loyalty: q("loyalty", 0.0),
        switching_cost: q("switching_cost", 0.0),
        price_coefficient: q("price_coefficient", 0.005),
        new_product_spread: q("new_product_spread", 0.0),
        non_owners: q("non_owners", 0.0),
        lapse: q("lapse", 0.0),
    }
}

fn complement(t: &mut Table) -> Complement {
    let mut q = |field: &str, value: f64| t.add(&format!("complements.wearables.{field}"), value);
    Complement {
        id: "wearables".into(),
        category: "accessories".into(),
        rate: q("rate", 0.004),
        rivals: q("rivals", 1.2),
        appeal: q("appeal", 0.0),
        price_coefficient: None,
        discovery: vec![(STORE, q("discovery.store", 0.02))],
        awareness_effect: q("awareness_effect", 0.8),
        trust_effect: q("trust_effect", 2.0),
    }
}

fn entrant(t: &mut Table) -> Entrant {
    let mut q = |field: &str, value: f64| t.add(&format!("acme.{field}"), value);
    Entrant {
        brand: ENTRANT,
        reference_class: vec![ReferenceMember::Brand(2)],
        reference_sd: Some(q("sd", 0.6)),
        transport_sd: q("transport_sd", 0.5),
        shift: q("shift", 0.0),
        loyalty: None,
        keep_offset: None,
        awareness: Awareness {
            initial: q("initial", 0.03),
            carry_over: q("carry_over", 0.6),
            response: q("response", 0.25),
            scale: q("scale", 3e6),
            exponent: q("exponent", 0.6),
            word_of_mouth: q("word_of_mouth", 0.25),
            forgetting: q("forgetting", 0.02),
            satisfaction: q("satisfaction", 1.0),
            after_sales: None,
            social: vec![(1, q("social", 0.0))],
        },
        initial_trust: q("trust", 0.0),
        trust_persistence: q("persistence", 0.9),
        services: Services {
            revenue: q("services.revenue", 0.9),
            margin: q("services.margin", 0.6),
            attach: q("services.attach", 1.0),
        },
        appeal_z: None,
        learning: None,
    }
}

fn finance(t: &mut Table) -> FinanceTerms {
    let mut q = |field: &str, value: f64| t.add(&format!("finance.{field}"), value);
    FinanceTerms {
        discount_rate: q("discount_rate", 0.1),
        tax_rate: q("tax_rate", 0.21),
        receivable: q("receivable", 1.5),
        payable: q("payable", 2.0),
        stock_cover: q("stock_cover", 0.0),
        fixed_cost: q("fixed_cost", 50_000.0),
        exit_cost: q("exit_cost", 0.0),
        hardware_continuation: q("hardware_continuation", 0.0),
        count_services_of_base: true,
        count_hardware_continuation: false,
        count_exit_costs: false,
    }
}

/// The targets that a typical case has, feasible together.
pub(crate) fn add_usual_targets(scenario: &mut Scenario) {
    let rows = [
        (
            "share_of_sales.pear",
            Measure::SalesShareOfBrand(0),
            0.41,
            false,
        ),
        (
            "share_of_sales.nova",
            Measure::SalesShareOfBrand(1),
            0.27,
            false,
        ),
        (
            "share_of_sales.rest",
            Measure::SalesShareOfBrand(2),
            0.32,
            true,
        ),
        ("units_per_user", Measure::UnitsPerUser(None), 0.046, false),
        (
            "share_of_sales.one",
            Measure::SalesShareOfChannel(ONE),
            0.47,
            true,
        ),
        (
            "share_of_sales.two",
            Measure::SalesShareOfChannel(TWO),
            0.36,
            false,
        ),
        (
            "share_of_sales.retail",
            Measure::SalesShareOfChannel(RETAIL),
            0.17,
            false,
        ),
        (
            "installed_base.pear",
            Measure::InstalledBase(0),
            0.45,
            false,
        ),
        (
            "installed_base.nova",
            Measure::InstalledBase(1),
            0.26,
            false,
        ),
        ("installed_base.rest", Measure::InstalledBase(2), 0.29, true),
        (
            "repeat_purchase.pear",
            Measure::RepeatPurchase(0),
            0.86,
            false,
        ),
        (
            "repeat_purchase.nova",
            Measure::RepeatPurchase(1),
            0.68,
            false,
        ),
        (
            "repeat_purchase.rest",
            Measure::RepeatPurchase(2),
            0.60,
            false,
        ),
        ("network_switching", Measure::NetworkSwitching, 0.12, false),
    ];
    for (name, measure, wanted, is_base) in rows {
        target(scenario, name, measure, wanted, is_base);
    }
    let measure = Measure::OwnPriceElasticity {
        product: 0,
        horizon: 12,
        price: PriceBasis::Consumer,
    };
    target(
        scenario,
        "own_price_elasticity.pear_8",
        measure,
        -2.8,
        false,
    );
}
