//! What one plan did, from the engine's record to plain values.

use super::draws::shape::OutcomeColumn;
use super::output::{
    Books, CashLine, Happened, HappenedKind, Outcome, OutcomeKind, PlanOutput, Series,
};
use super::words::brand_title;
use beachhead_engine::finance::value::discount;
use beachhead_engine::finance::{Accounts, Terminal};
use beachhead_engine::outcomes::{Kind, outcome_definitions, series_definitions};
use beachhead_engine::scenario::{Plan, Scenario, Values};
use beachhead_engine::simulate::PlanRecord;

/// Outcomes, series, books and what happened when.
pub(super) fn plan_output(
    scenario: &Scenario,
    values: &Values,
    plan: usize,
    record: &PlanRecord,
) -> PlanOutput {
    let plan = &scenario.plans[plan];
    let outcomes = outcome_definitions(scenario)
        .into_iter()
        .map(|definition| Outcome {
            value: definition.evaluate(scenario, values, record),
            id: definition.id,
            unit: definition.unit,
            kind: kind(definition.kind),
            spread: None,
        });
    let series = series_definitions(scenario)
        .into_iter()
        .map(|definition| Series {
            values: definition.read(record).to_vec(),
            id: definition.id,
            unit: definition.unit,
            bands: None,
        });
    PlanOutput {
        id: plan.id.clone(),
        title: brand_title(&plan.title, &plan.id),
        outcomes: outcomes.collect(),
        series: series.collect(),
        books: books(scenario, values, record),
        first_months: record
            .events_fired
            .iter()
            .map(|month| month.map(|month| month as u32))
            .collect(),
        happened: happened(&slots(scenario, plan), &slot_months(record)),
    }
}

/// Every outcome of a plan without its value, in the order of [`plan_output`].
pub(super) fn outcome_columns(scenario: &Scenario) -> Vec<OutcomeColumn> {
    let defined = outcome_definitions(scenario).into_iter();
    let defined = defined.map(|definition| OutcomeColumn {
        comparison: definition.comparison(scenario),
        id: definition.id,
        unit: definition.unit,
        kind: kind(definition.kind),
    });
    defined.collect()
}

fn kind(kind: Kind) -> OutcomeKind {
    match kind {
        Kind::Value => OutcomeKind::Value,
        Kind::Probability => OutcomeKind::Probability,
        Kind::Month => OutcomeKind::Month,
    }
}

/// Title of the brand of an entrant.
fn entrant_title(scenario: &Scenario, entrant: usize) -> String {
    let brand = &scenario.brands[scenario.entrants[entrant].brand];
    brand_title(&brand.title, &brand.id)
}

/// What can happen under a plan: events, steps, gates, exits.
pub(super) fn slots(scenario: &Scenario, plan: &Plan) -> Vec<(HappenedKind, String)> {
    let events = scenario.events.iter();
    let steps = plan.steps.iter();
    let gates = scenario.gates.iter();
    let exits = 0..scenario.entrants.len();
    events
        .map(|event| (HappenedKind::Event, brand_title(&event.title, &event.id)))
        .chain(steps.map(|step| (HappenedKind::Step, step.id.clone())))
        .chain(gates.map(|gate| (HappenedKind::Gate, brand_title(&gate.title, &gate.id))))
        .chain(exits.map(|entrant| (HappenedKind::Exit, entrant_title(scenario, entrant))))
        .collect()
}

/// First month of each of [`slots`], `None` if it never came.
pub(super) fn slot_months(record: &PlanRecord) -> Vec<Option<u32>> {
    let exits = record.entrants.iter().map(|entrant| &entrant.exited);
    let steps = record.steps_fired.iter().chain(&record.gates_opened);
    let months = record.events_fired.iter().chain(steps);
    months
        .chain(exits)
        .map(|month| month.map(|month| month as u32))
        .collect()
}

/// Slots that came, in the order of their months.
fn happened(slots: &[(HappenedKind, String)], months: &[Option<u32>]) -> Vec<Happened> {
    let came = slots.iter().zip(months);
    let mut list: Vec<Happened> = came
        .filter_map(|((kind, name), month)| {
            let month = (*month)?;
            Some(Happened {
                month,
                share: 1.0,
                by_month: vec![(month, 1.0)],
                kind: *kind,
                name: name.clone(),
            })
        })
        .collect();
    list.sort_by_key(|entry| (entry.month, entry.kind));
    list
}

fn books(scenario: &Scenario, values: &Values, record: &PlanRecord) -> Vec<Books> {
    let rate = values[&scenario.finance.discount_rate];
    let book = |(e, entrant): (usize, &beachhead_engine::simulate::EntrantRecord)| {
        let accounts = entrant.accounts.as_ref()?;
        let net = &accounts.cash.net;
        let months = net.iter().enumerate();
        Some(Books {
            entrant: entrant_title(scenario, e),
            lines: cash_lines(accounts),
            net: net.clone(),
            terminal: terminal(&accounts.terminal),
            discounted_cash: months.map(|(t, cash)| cash * discount(rate, t + 1)).sum(),
            discounted_terminal: accounts.terminal.total * discount(rate, net.len()),
            npv: accounts.npv,
        })
    };
    record
        .entrants
        .iter()
        .enumerate()
        .filter_map(book)
        .collect()
}

/// Cash by line; what is paid is negative.
fn cash_lines(accounts: &Accounts) -> Vec<CashLine> {
    let cash = &accounts.cash;
    let line = |(label, values, sign): (&str, &Vec<f64>, f64)| CashLine {
        label: label.into(),
        // Adding zero turns −0 into 0.
        values: values.iter().map(|value| sign * value + 0.0).collect(),
    };
    [
        ("Receipts", &cash.receipts, 1.0),
        ("Services", &cash.services, 1.0),
        ("Goods bought", &cash.purchases, -1.0),
        ("Channel costs", &cash.channel_costs, -1.0),
        ("Marketing", &cash.marketing, -1.0),
        ("Gates", &cash.gates, -1.0),
        ("Fixed costs", &cash.fixed, -1.0),
        ("Settlements", &cash.settlements, -1.0),
        ("Tax", &cash.tax, -1.0),
    ]
    .map(line)
    .into()
}

fn terminal(terminal: &Terminal) -> Vec<(String, f64)> {
    [
        ("Owed by customers", terminal.receivables),
        ("Owed to suppliers", 0.0 - terminal.payables),
        ("Stock", terminal.stock),
        ("Services of the installed base", terminal.services_of_base),
        ("Continuation of sales", terminal.hardware_continuation),
        ("Cost of leaving", 0.0 - terminal.exit_cost),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .into()
}
