//! Which steps of a plan can ever fire: a fixed point of the earliest months in which things can happen.
//!
//! Whatever is not known is taken as possible, so a step is called impossible only if it surely is: its
//! condition is evaluated over intervals that hold every value an observable may have by then.

use super::interval::{Interval, evaluate};
use beachhead_engine::plan::expression::{Expression, Observable};
use beachhead_engine::scenario::{Action, Category, Effect, Scenario, Trigger};

/// No month.
const NEVER: usize = usize::MAX;

/// How far a bounded distribution is trusted at its lower end.
const EARLIEST: f64 = 1e-9;

/// How many months past the horizon are looked at, to tell "too late" from "never".
const BEYOND: usize = 600;

/// The earliest month in which each thing can have happened.
#[derive(Clone, Debug, PartialEq)]
struct Earliest {
    steps: Vec<usize>,
    channels: Vec<Vec<usize>>,
    gates_started: Vec<usize>,
    gates_open: Vec<usize>,
    launched: Vec<usize>,
    events: Vec<usize>,
    /// Talks that an event ends have begun.
    talks: Vec<usize>,
    /// The first study has ended, by entrant.
    studies: Vec<usize>,
}

/// Why a step can never fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum Never {
    /// Whatever happens, its condition is false.
    AlwaysFalse,
    /// It could first fire in this month, after the horizon.
    AfterHorizon(usize),
    /// It waits for what nothing in the plan starts.
    WaitsFor(Vec<Observable>),
}

/// The steps of a plan that can never fire within `months`, by position, with why.
///
/// `scenario.quantities` must be complete, and its positions must be those of its lists.
pub(in crate::scenario) fn impossible_steps(
    scenario: &Scenario,
    plan: usize,
    months: usize,
) -> Vec<(usize, Never)> {
    let earliest = fixed_point(scenario, plan, months + BEYOND, Assumed::default());
    let steps = scenario.plans[plan].steps.iter().enumerate();
    steps
        .filter(|(at, _)| earliest.steps[*at] > months)
        .map(|(at, step)| (at, why(scenario, &step.when, &earliest, at, months)))
        .collect()
}

/// What is taken for granted about some events when others are looked at.
#[derive(Clone, Copy, Default)]
struct Assumed<'a> {
    /// Events that occur in month 1.
    given: &'a [usize],
    /// Events that never do.
    never: &'a [usize],
}

/// The events that can occur under no plan within the scenario's months, by position; `never` are events that do not,
/// whatever their conditions.
///
/// `scenario.quantities` must be complete, and its positions must be those of its lists.
pub(in crate::scenario) fn impossible_events(scenario: &Scenario, never: &[usize]) -> Vec<usize> {
    let assumed = Assumed { given: &[], never };
    let mut possible = vec![false; scenario.events.len()];
    for plan in 0..scenario.plans.len() {
        let earliest = fixed_point(scenario, plan, scenario.months + BEYOND, assumed);
        for (possible, month) in possible.iter_mut().zip(&earliest.events) {
            *possible |= *month <= scenario.months;
        }
    }
    (0..possible.len()).filter(|at| !possible[*at]).collect()
}

/// For each event, which of the impossible ones it waits for, where nothing but them stands in its way.
pub(in crate::scenario) fn waits_for(scenario: &Scenario, impossible: &[usize]) -> Vec<Vec<usize>> {
    let assumed = Assumed {
        given: impossible,
        never: &[],
    };
    let plans = 0..scenario.plans.len();
    let after: Vec<Earliest> = plans
        .map(|plan| fixed_point(scenario, plan, scenario.months, assumed))
        .collect();
    let mut waits = vec![Vec::new(); scenario.events.len()];
    for &at in impossible {
        let mut read = Vec::new();
        let is_free = match &scenario.events[at].trigger {
            Trigger::Hazard { while_holds, .. } => {
                events_of(while_holds, &mut read);
                after
                    .iter()
                    .any(|earliest| can_ever(scenario, earliest, while_holds))
            }
            Trigger::Follows {
                event, while_holds, ..
            } => {
                read.push(*event);
                events_of(while_holds, &mut read);
                after
                    .iter()
                    .any(|earliest| can_ever(scenario, earliest, while_holds))
            }
            Trigger::Attempt { partner, .. } => {
                let starts = |action: &Action| matches!(action, Action::Negotiate { channel, .. } if channel == partner);
                let steps = scenario.plans.iter().flat_map(|plan| &plan.steps);
                for step in steps.filter(|step| step.actions.iter().any(starts)) {
                    events_of(&step.when, &mut read);
                }
                after
                    .iter()
                    .any(|earliest| earliest.talks[at] <= scenario.months)
            }
        };
        read.retain(|event| impossible.contains(event));
        if is_free {
            waits[at] = read;
        }
    }
    waits
}

/// The events that a condition reads.
pub(super) fn events_of(condition: &Expression, read: &mut Vec<usize>) {
    condition.for_each_observable(&mut |observable| match observable {
        Observable::EventFired(event)
        | Observable::EventCount(event)
        | Observable::EventAge(event)
        | Observable::AttemptSucceeded(event, _)
        | Observable::AttemptRunning(event, _) => read.push(event),
        _ => {}
    });
}

fn can_ever(scenario: &Scenario, earliest: &Earliest, condition: &Expression) -> bool {
    first_month(scenario, earliest, condition, scenario.months).is_some()
}

fn why(
    scenario: &Scenario,
    when: &Expression,
    earliest: &Earliest,
    step: usize,
    months: usize,
) -> Never {
    if earliest.steps[step] != NEVER {
        return Never::AfterHorizon(earliest.steps[step]);
    }
    let anything = |observable: Observable| match observable {
        Observable::Month => Interval {
            low: 1.0,
            high: f64::INFINITY,
        },
        _ => Interval::ANY,
    };
    if !evaluate(when, &anything).can_be_true() {
        return Never::AlwaysFalse;
    }
    let last = months + BEYOND;
    let mut waits = Vec::new();
    when.for_each_observable(&mut |observable| {
        let stuck = range(scenario, earliest, observable, last) == Interval::ZERO;
        if stuck && !waits.contains(&observable) {
            waits.push(observable);
        }
    });
    if waits.is_empty() {
        Never::AlwaysFalse
    } else {
        Never::WaitsFor(waits)
    }
}

fn fixed_point(scenario: &Scenario, plan: usize, last: usize, assumed: Assumed<'_>) -> Earliest {
    let mut earliest = Earliest {
        steps: vec![NEVER; scenario.plans[plan].steps.len()],
        channels: vec![vec![NEVER; scenario.entrants.len()]; scenario.channels.len()],
        gates_started: vec![NEVER; scenario.gates.len()],
        gates_open: vec![NEVER; scenario.gates.len()],
        launched: vec![NEVER; scenario.products.len()],
        events: vec![NEVER; scenario.events.len()],
        talks: vec![NEVER; scenario.events.len()],
        studies: vec![NEVER; scenario.entrants.len()],
    };
    for &given in assumed.given {
        earliest.events[given] = 1;
    }
    loop {
        let before = earliest.clone();
        for (at, step) in scenario.plans[plan].steps.iter().enumerate() {
            let latest = last.min(before.steps[at] - 1);
            if let Some(month) = first_month(scenario, &before, &step.when, latest) {
                earliest.steps[at] = month;
            }
            let month = earliest.steps[at];
            if month != NEVER {
                step.actions
                    .iter()
                    .for_each(|action| act(scenario, &mut earliest, action, month));
            }
        }
        open_gates(scenario, &mut earliest);
        happen(scenario, &mut earliest, last, assumed.never);
        if earliest == before {
            return earliest;
        }
    }
}

fn first_month(
    scenario: &Scenario,
    earliest: &Earliest,
    when: &Expression,
    last: usize,
) -> Option<usize> {
    (1..=last).find(|month| can_hold(scenario, earliest, when, *month))
}

fn can_hold(scenario: &Scenario, earliest: &Earliest, when: &Expression, month: usize) -> bool {
    evaluate(when, &|observable| {
        range(scenario, earliest, observable, month)
    })
    .can_be_true()
}

fn lower(slot: &mut usize, month: usize) {
    *slot = (*slot).min(month);
}

fn act(scenario: &Scenario, earliest: &mut Earliest, action: &Action, month: usize) {
    match action {
        Action::Open { channels, entrant } => {
            channels
                .iter()
                .for_each(|at| lower(&mut earliest.channels[*at][*entrant], month));
        }
        Action::Launch { products, .. } => {
            products
                .iter()
                .for_each(|at| lower(&mut earliest.launched[*at], month));
        }
        Action::Start { gates, .. } => {
            gates
                .iter()
                .for_each(|at| lower(&mut earliest.gates_started[*at], month));
        }
        Action::Negotiate { channel, .. } => {
            for (at, event) in scenario.events.iter().enumerate() {
                if let Trigger::Attempt { partner, lasts, .. } = &event.trigger
                    && partner == channel
                {
                    let lasts = scenario.quantities[lasts.index()].value(EARLIEST);
                    let length = lasts.max(1.0).ceil() as usize;
                    lower(&mut earliest.talks[at], month);
                    lower(&mut earliest.events[at], month.saturating_add(length));
                }
            }
        }
        Action::Study {
            months, entrant, ..
        } => {
            let months = scenario.quantities[months.index()].value(EARLIEST);
            let length = months.max(1.0).ceil() as usize;
            lower(
                &mut earliest.studies[*entrant],
                month.saturating_add(length),
            );
        }
        Action::Close { .. }
        | Action::Withdraw { .. }
        | Action::Price { .. }
        | Action::Spend { .. }
        | Action::Pay { .. }
        | Action::Overhead { .. }
        | Action::Agree { .. }
        | Action::PullOut { .. } => {}
    }
}

/// A gate can be open once it was started, its lead time is over and those it needs are open.
fn open_gates(scenario: &Scenario, earliest: &mut Earliest) {
    for (at, gate) in scenario.gates.iter().enumerate() {
        let needed = gate
            .needs
            .iter()
            .map(|need| earliest.gates_open[*need])
            .max()
            .unwrap_or(0);
        let start = earliest.gates_started[at].max(needed);
        if start != NEVER {
            let quantity = &scenario.quantities[gate.lead_time.index()];
            let lead = quantity.value(EARLIEST).max(0.0).ceil() as usize;
            lower(&mut earliest.gates_open[at], start.saturating_add(lead));
        }
    }
}

/// Events that can happen, and what they open or launch.
fn happen(scenario: &Scenario, earliest: &mut Earliest, last: usize, never: &[usize]) {
    for (at, event) in scenario.events.iter().enumerate() {
        if never.contains(&at) {
            continue;
        }
        match &event.trigger {
            Trigger::Hazard { while_holds, .. } => {
                if let Some(month) = first_month(scenario, earliest, while_holds, last) {
                    lower(&mut earliest.events[at], month);
                }
            }
            Trigger::Follows {
                event, while_holds, ..
            } => {
                let other = earliest.events[*event];
                let month = (other != NEVER).then(|| {
                    (other..=last).find(|month| can_hold(scenario, earliest, while_holds, *month))
                });
                if let Some(Some(month)) = month {
                    lower(&mut earliest.events[at], month);
                }
            }
            Trigger::Attempt { .. } => {}
        }
        let month = earliest.events[at];
        if month == NEVER {
            continue;
        }
        for effect in event.outcomes.iter().flat_map(|outcome| &outcome.effects) {
            match effect {
                // Conditions see in the same month what events do, and in the next what actions do.
                Effect::Open { channels, .. } => channels.iter().for_each(|at| {
                    earliest.channels[*at]
                        .iter_mut()
                        .for_each(|m| lower(m, month - 1))
                }),
                Effect::LaunchRival(products) => {
                    products
                        .iter()
                        .for_each(|at| lower(&mut earliest.launched[*at], month - 1));
                }
                _ => {}
            }
        }
    }
}

/// All values that an observable may have at the start of a month.
fn range(
    scenario: &Scenario,
    earliest: &Earliest,
    observable: Observable,
    month: usize,
) -> Interval {
    let before = |at: usize| at < month;
    let if_so = |possible: bool, range: Interval| if possible { range } else { Interval::ZERO };
    let acted = earliest.steps.iter().any(|at| before(*at));
    let of_brand = |brand: usize, category: fn(Category) -> bool| {
        let mut own = scenario
            .products
            .iter()
            .enumerate()
            .filter(|(_, p)| p.brand == brand);
        let imported = |at: usize| {
            scenario
                .channels
                .iter()
                .any(|c| c.open_before_entry.contains(&at))
        };
        own.any(|(at, p)| category(p.category) && (before(earliest.launched[at]) || imported(at)))
    };
    let is_imported = scenario
        .channels
        .iter()
        .any(|c| !c.open_before_entry.is_empty());
    let has_money = acted || (month > 1 && is_imported);
    let durable: fn(Category) -> bool = |category| category == Category::Durable;
    let sells = |entrant: usize| month > 1 && of_brand(scenario.entrants[entrant].brand, durable);
    match observable {
        Observable::Month => Interval::point(month as f64),
        Observable::Cash(_) | Observable::CashCumulative(_) => if_so(has_money, Interval::ANY),
        Observable::SalesUnits(e)
        | Observable::SalesCumulative(e)
        | Observable::InstalledBase(e) => if_so(sells(e), Interval::NOT_NEGATIVE),
        Observable::SalesShare(e) | Observable::InstalledBaseShare(e) => {
            if_so(sells(e), Interval::TRUTH)
        }
        Observable::SalesRevenue(_) | Observable::MarketingCumulative(_) => {
            if_so(has_money, Interval::NOT_NEGATIVE)
        }
        Observable::Awareness(_) => Interval::TRUTH,
        Observable::Trust(_) | Observable::BeliefMean(_) | Observable::BeliefChange(_) => {
            Interval::ANY
        }
        Observable::StudiesDone(e) => if_so(earliest.studies[e] <= month, Interval::NOT_NEGATIVE),
        Observable::BeliefSd(_) => Interval::NOT_NEGATIVE,
        Observable::InMarket(e) => if_so(
            month > 1 && opened(scenario, earliest, e, month),
            Interval::TRUTH,
        ),
        Observable::MonthsInMarket(e) => {
            let most = Interval {
                low: 0.0,
                high: (month - 1) as f64,
            };
            if_so(opened(scenario, earliest, e, month), most)
        }
        Observable::ComplementUnits(complement, e) => {
            let brand = scenario.entrants[e].brand;
            let launched = scenario.products.iter().enumerate().any(|(at, p)| {
                p.brand == brand
                    && p.category == Category::Complement(complement)
                    && before(earliest.launched[at])
            });
            if_so(launched, Interval::NOT_NEGATIVE)
        }
        Observable::ChannelOpen(channel, e) => {
            let imported = !scenario.channels[channel].open_before_entry.is_empty();
            if_so(
                imported || before(earliest.channels[channel][e]),
                Interval::TRUTH,
            )
        }
        Observable::GateOpen(gate) => if_so(earliest.gates_open[gate] <= month, Interval::TRUTH),
        Observable::GateStarted(gate) => {
            if_so(before(earliest.gates_started[gate]), Interval::TRUTH)
        }
        Observable::StepFired(step) => if_so(before(earliest.steps[step]), Interval::TRUTH),
        Observable::ProductLaunched(product) => {
            if_so(before(earliest.launched[product]), Interval::TRUTH)
        }
        Observable::ProductUnits(product) => {
            let brand = scenario.products[product].brand;
            let own = scenario.is_entrant(brand);
            let imported = scenario
                .channels
                .iter()
                .any(|c| c.open_before_entry.contains(&product));
            let possible = !own || imported || before(earliest.launched[product]);
            if_so(month > 1 && possible, Interval::NOT_NEGATIVE)
        }
        Observable::BrandShare(brand) => {
            let possible = !scenario.is_entrant(brand) || of_brand(brand, durable);
            if_so(possible, Interval::TRUTH)
        }
        Observable::BrandBase(brand) => {
            let possible = !scenario.is_entrant(brand) || of_brand(brand, durable);
            if_so(possible, Interval::NOT_NEGATIVE)
        }
        Observable::EventFired(event) => if_so(earliest.events[event] <= month, Interval::TRUTH),
        Observable::AttemptSucceeded(event, _) => {
            if_so(earliest.events[event] <= month, Interval::TRUTH)
        }
        Observable::AttemptRunning(event, _) => {
            if_so(before(earliest.talks[event]), Interval::TRUTH)
        }
        Observable::EventCount(event) => {
            let possible = earliest.events[event] <= month;
            if_so(possible, up_to(most_by(scenario, earliest, event, month)))
        }
        Observable::EventAge(event) => {
            let since = month.saturating_sub(earliest.events[event]);
            if_so(earliest.events[event] <= month, up_to(since))
        }
    }
}

/// From 0 to a count.
fn up_to(count: usize) -> Interval {
    Interval {
        low: 0.0,
        high: count as f64,
    }
}

/// How often an event may have occurred by a month: once in each month at most, attempts with each partner for themselves.
fn most_by(scenario: &Scenario, earliest: &Earliest, event: usize, month: usize) -> usize {
    let months = (month + 1).saturating_sub(earliest.events[event]);
    let event = &scenario.events[event];
    let of_each = event.most.unwrap_or(months).min(months);
    match &event.trigger {
        Trigger::Attempt { .. } => of_each * scenario.entrants.len().max(1),
        _ => of_each,
    }
}

/// Whether the brand may have an offer in a channel that it opened.
fn opened(scenario: &Scenario, earliest: &Earliest, entrant: usize, month: usize) -> bool {
    let channel = earliest
        .channels
        .iter()
        .any(|by_entrant| by_entrant[entrant] < month);
    let brand = scenario.entrants[entrant].brand;
    let launched = scenario
        .products
        .iter()
        .enumerate()
        .any(|(at, p)| p.brand == brand && earliest.launched[at] < month);
    channel && launched
}
