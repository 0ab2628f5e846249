//! What one plan did, from the engine's record to plain values.

use super::output::{
    Books, CashLine, Happened, HappenedKind, Outcome, OutcomeKind, PlanOutput, Series,
};
use super::words::brand_title;
use beachhead_engine::finance::value::discount;
use beachhead_engine::finance::{Accounts, Terminal};
use beachhead_engine::outcomes::{Kind, outcome_definitions, series_definitions};
use beachhead_engine::scenario::{Scenario, Values};
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
            kind: match definition.kind {
                Kind::Value => OutcomeKind::Value,
                Kind::Probability => OutcomeKind::Probability,
                Kind::Month => OutcomeKind::Month,
            },
        });
    let series = series_definitions(scenario)
        .into_iter()
        .map(|definition| Series {
            values: definition.read(record).to_vec(),
            id: definition.id,
            unit: definition.unit,
        });
    PlanOutput {
        id: plan.id.clone(),
        title: brand_title(&plan.title, &plan.id),
        outcomes: outcomes.chain(exits(scenario, record)).collect(),
        series: series.collect(),
        books: books(scenario, values, record),
        first_months: record
            .events_fired
            .iter()
            .map(|month| month.map(|month| month as u32))
            .collect(),
        happened: happened(scenario, plan, record),
    }
}

/// The month in which each entrant left.
fn exits(scenario: &Scenario, record: &PlanRecord) -> Vec<Outcome> {
    let entrants = scenario.entrants.iter().zip(&record.entrants);
    let outcome = |(entrant, books): (
        &beachhead_engine::scenario::Entrant,
        &beachhead_engine::simulate::EntrantRecord,
    )| {
        let suffix = if scenario.entrants.len() > 1 {
            format!(".{}", scenario.brands[entrant.brand].id)
        } else {
            String::new()
        };
        Outcome {
            id: format!("exit_month{suffix}"),
            unit: "month".into(),
            kind: OutcomeKind::Month,
            value: books.exited.map(|month| month as f64),
        }
    };
    entrants.map(outcome).collect()
}

/// Title of the brand of an entrant.
fn entrant_title(scenario: &Scenario, entrant: usize) -> String {
    let brand = &scenario.brands[scenario.entrants[entrant].brand];
    brand_title(&brand.title, &brand.id)
}

fn happened(
    scenario: &Scenario,
    plan: &beachhead_engine::scenario::Plan,
    record: &PlanRecord,
) -> Vec<Happened> {
    let mut list = Vec::new();
    let mut add = |month: Option<usize>, kind, name: String| {
        if let Some(month) = month {
            list.push(Happened {
                month: month as u32,
                kind,
                name,
            });
        }
    };
    for (event, &month) in scenario.events.iter().zip(&record.events_fired) {
        add(
            month,
            HappenedKind::Event,
            brand_title(&event.title, &event.id),
        );
    }
    for (step, &month) in plan.steps.iter().zip(&record.steps_fired) {
        add(month, HappenedKind::Step, step.id.clone());
    }
    for (gate, &month) in scenario.gates.iter().zip(&record.gates_opened) {
        add(
            month,
            HappenedKind::Gate,
            brand_title(&gate.title, &gate.id),
        );
    }
    for (e, entrant) in record.entrants.iter().enumerate() {
        add(
            entrant.exited,
            HappenedKind::Exit,
            entrant_title(scenario, e),
        );
    }
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
