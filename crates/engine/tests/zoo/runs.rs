//! Zoo scenarios calibrated and run, and plans to run.

use beachhead_engine::calibrate::{Calibrated, Ground, Settings, calibrate};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::plan::expression::{Binary, Expression, Observable};
use beachhead_engine::scenario::*;
use beachhead_engine::simulate::{PlanRecord, World};
use std::sync::atomic::AtomicBool;

/// Good enough for laws that hold at any parameters.
pub(crate) fn rough() -> Settings {
    Settings {
        tolerance: 1e-3,
        budget: 400,
        sensitivity_months: 0,
        ..Settings::default()
    }
}

/// Calibrates a scenario as roughly as [`rough`] says.
pub(crate) fn calibrated(ground: &Ground) -> Calibrated {
    calibrate(ground, &rough(), &AtomicBool::new(false)).value
}

/// Runs a scenario's plans, after a rough calibration.
pub(crate) fn run(scenario: &Scenario) -> Vec<PlanRecord> {
    run_with(scenario, Dispatch::detect())
}

/// The same on an instruction set, calibration included.
pub(crate) fn run_with(scenario: &Scenario, dispatch: Dispatch) -> Vec<PlanRecord> {
    run_in(scenario, dispatch, None, false)
}

/// Central values with the luck of the draw at an address.
pub(crate) fn run_at(scenario: &Scenario, address: Address) -> Vec<PlanRecord> {
    run_in(scenario, Dispatch::detect(), Some(address), false)
}

/// Central values, with prices found the slow way.
pub(crate) fn run_exactly(scenario: &Scenario) -> Vec<PlanRecord> {
    run_in(scenario, Dispatch::detect(), None, true)
}

fn run_in(
    scenario: &Scenario,
    dispatch: Dispatch,
    address: Option<Address>,
    is_exact: bool,
) -> Vec<PlanRecord> {
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, scenario.simulation.types).unwrap();
    let settings = Settings {
        dispatch,
        ..rough()
    };
    let calibrated = calibrate(&ground, &settings, &AtomicBool::new(false)).value;
    let mut world = World::new(&ground, &calibrated, dispatch);
    if let Some(address) = address {
        world = world.at(address);
    }
    if is_exact {
        world = world.with_exact_prices();
    }
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    world.run(&plans, &AtomicBool::new(false), &|_| {}).unwrap()
}

/// A plan that does nothing.
pub(crate) fn stay_out() -> Plan {
    Plan {
        id: "stay_out".into(),
        title: "Stay out".into(),
        exit_when: None,
        exit_when_text: String::new(),
        steps: Vec::new(),
    }
}

/// `observable ≥ value`.
pub(crate) fn at_least(observable: Observable, value: f64) -> Expression {
    compare(Binary::GreaterOrEqual, observable, value)
}

/// `observable operator value`.
pub(crate) fn compare(operator: Binary, observable: Observable, value: f64) -> Expression {
    let read = Box::new(Expression::Observable(observable));
    Expression::Binary(operator, read, Box::new(Expression::Number(value)))
}

/// A step that fires once.
pub(crate) fn step(id: &str, when: Expression, actions: Vec<Action>) -> Step {
    Step {
        id: id.into(),
        when,
        when_text: String::new(),
        repeats: false,
        actions,
    }
}

/// Launches these products in all their channels.
pub(crate) fn launch(products: &[usize]) -> Action {
    Action::Launch {
        products: products.to_vec(),
        channels: Vec::new(),
    }
}

/// Opens channels to the first entrant.
pub(crate) fn open(channels: &[usize]) -> Action {
    Action::Open {
        channels: channels.to_vec(),
        entrant: 0,
    }
}

/// Advertising of the first entrant.
pub(crate) fn advertise(scenario: &mut Scenario, amount: f64, months: f64) -> Action {
    let amount = super::quantity(scenario, "plan.advertising", amount);
    let months = super::quantity(scenario, "plan.advertising.months", months);
    Action::Spend {
        amount,
        on: Spending::Advertising,
        months,
        entrant: 0,
    }
}

/// Reads an outcome by name.
pub(crate) fn outcome(scenario: &Scenario, record: &PlanRecord, id: &str) -> f64 {
    let values = scenario.central_values();
    let definitions = beachhead_engine::outcomes::outcome_definitions(scenario);
    let definition = definitions
        .iter()
        .find(|definition| definition.id == id)
        .unwrap();
    definition.evaluate(scenario, &values, record).unwrap()
}

/// Adds a second entrant, a copy of the first with its own two products.
pub(crate) fn add_second_entrant(scenario: &mut Scenario) -> usize {
    let brand = scenario.brands.len();
    scenario.brands.push(Brand {
        id: "bolt".into(),
        title: "bolt".into(),
    });
    let mut second = scenario.entrants[0].clone();
    second.brand = brand;
    second.reference_class = vec![ReferenceMember::Brand(1)];
    second.awareness.initial = super::quantity(scenario, "bolt.initial", 0.2);
    second.awareness.forgetting = super::quantity(scenario, "bolt.forgetting", 0.03);
    scenario.entrants.push(second);
    for (id, price) in [("bolt_1", 380.0), ("bolt_2", 600.0)] {
        let mut product = scenario.products[6].clone();
        product.id = id.into();
        product.brand = brand;
        product.price = super::quantity(scenario, &format!("products.{id}.price"), price);
        product.unit_cost = Some(super::quantity(
            scenario,
            &format!("products.{id}.unit_cost"),
            0.8 * price,
        ));
        product.channels = vec![super::ONE, super::TWO, super::RETAIL];
        scenario.products.push(product);
    }
    brand
}
