//! What each effect does, on a small market, against the same path without it.

use super::{draws, hazard, tiny, zoo};
use crate::zoo::runs;
use beachhead_engine::plan::expression::{Binary, Expression, Observable};
use beachhead_engine::scenario::*;
use beachhead_engine::simulate::PlanRecord;

/// Month in which the event of a test occurs.
const MONTH: usize = 4;
const MONTHS: usize = 12;
/// Rounding of a month's sums.
const ROUNDING: f64 = 1e-12;

fn in_month() -> Expression {
    runs::compare(Binary::Equal, Observable::Month, MONTH as f64)
}

fn entry() -> Vec<Action> {
    vec![
        runs::launch(&[6, 7, 8]),
        runs::open(&[zoo::ONE, zoo::RETAIL, zoo::STORE]),
    ]
}

/// A market with a plan that has entered, its path without an event, and its path with these effects in month 4.
struct Case {
    scenario: Scenario,
    effects: Vec<Effect>,
}

impl Case {
    fn new() -> Self {
        let mut scenario = tiny(MONTHS);
        scenario.plans = vec![runs::stay_out(), zoo::plan("go", 1.0, entry())];
        Self {
            scenario,
            effects: Vec::new(),
        }
    }

    fn value(&mut self, name: &str, value: f64) -> Handle {
        zoo::quantity(&mut self.scenario, name, value)
    }

    fn with(mut self, effect: impl FnOnce(&mut Self) -> Effect) -> Self {
        let effect = effect(&mut self);
        self.effects.push(effect);
        self
    }

    /// [stay out, go] without the event, and the same with it.
    fn run(mut self) -> [Vec<PlanRecord>; 2] {
        let without = draws(&self.scenario, 1).remove(0);
        let effects = std::mem::take(&mut self.effects);
        hazard(&mut self.scenario, "event", 1.0, in_month(), effects);
        let with = draws(&self.scenario, 1).remove(0);
        assert!(
            with.iter()
                .all(|record| record.events_fired == [Some(MONTH)])
        );
        for (a, b) in without.iter().zip(&with) {
            let before = |record: &PlanRecord| record.category_units[..MONTH - 1].to_vec();
            assert_eq!(before(a), before(b), "nothing happens before its month");
        }
        [without, with]
    }
}

/// Months with sales of a product.
fn sells(record: &PlanRecord, product: usize) -> Vec<usize> {
    let units = record.product_units[product].iter().enumerate();
    units
        .filter(|(_, units)| **units > 0.0)
        .map(|(t, _)| t + 1)
        .collect()
}

fn months(ranges: &[std::ops::RangeInclusive<usize>]) -> Vec<usize> {
    ranges.iter().cloned().flatten().collect()
}

#[test]
fn blocked_products_return_after_their_months() {
    let [_, with] = Case::new()
        .with(|case| Effect::Block {
            products: vec![6, 8],
            months: case.value("months", 2.5),
        })
        .run();
    for product in [6, 8] {
        assert_eq!(sells(&with[1], product), months(&[1..=3, 7..=12]));
    }
    assert_eq!(sells(&with[1], 7), months(&[1..=12]));
    assert_eq!(with[1].steps_fired, [Some(1)], "no step brings them back");
}

#[test]
fn a_closed_channel_stays_barred_to_plans_until_an_event_opens_it() {
    let mut case = Case::new().with(|_| Effect::Close {
        channels: vec![zoo::ONE, zoo::RETAIL, zoo::STORE, zoo::IMPORT],
        entrant: None,
        months: None,
    });
    let plan = &mut case.scenario.plans[1];
    for month in [4.0, 6.0] {
        let when = runs::at_least(Observable::Month, month);
        plan.steps.push(runs::step("again", when, entry()));
    }
    let open = Effect::Open {
        channels: vec![zoo::RETAIL],
        entrant: None,
    };
    let at_9 = runs::compare(Binary::Equal, Observable::Month, 9.0);
    hazard(&mut case.scenario, "pardon", 1.0, at_9, vec![open]);
    let effects = std::mem::take(&mut case.effects);
    hazard(&mut case.scenario, "ban", 1.0, in_month(), effects);
    let records = draws(&case.scenario, 1).remove(0);
    assert_eq!(sells(&records[1], 6), months(&[1..=3, 9..=12]));
    assert!(
        records[1].entrants[0].channel_costs[8..]
            .iter()
            .all(|cost| *cost == 0.0),
        "retail only"
    );
    // Staying out is still staying out: an open door costs nothing.
    assert!(records[0].entrants[0].cash.iter().all(|cash| *cash == 0.0));
}

#[test]
fn a_channel_closed_for_some_months_is_then_as_it_was() {
    let [without, with] = Case::new()
        .with(|case| Effect::Close {
            channels: (0..5).collect(),
            entrant: None,
            months: Some(case.value("months", 3.0)),
        })
        .run();
    assert_eq!(sells(&with[1], 6), months(&[1..=3, 7..=12]));
    assert_eq!(with[1].entrants[0].in_market[3..6], [false; 3]);
    assert!(without[1].entrants[0].in_market.iter().all(|there| *there));
}

#[test]
fn a_shock_to_trust_fades_as_trust_does() {
    const BY: f64 = -0.4;
    let [without, with] = Case::new()
        .with(|case| Effect::Shock {
            what: Shocked::Trust,
            by: case.value("by", BY),
            entrant: None,
        })
        .run();
    let (a, b) = (&without[1].entrants[0], &with[1].entrants[0]);
    // Trust for the next month, as accessories' effect is; consumers see it from month 5 on.
    assert_eq!(a.units[MONTH - 1], b.units[MONTH - 1]);
    assert!((b.trust[MONTH - 1] - a.trust[MONTH - 1] - BY).abs() <= ROUNDING);
    assert!(b.units[MONTH] < 0.8 * a.units[MONTH]);
    let kept = (b.trust[MONTH + 1] - a.trust[MONTH + 1]) / (b.trust[MONTH] - a.trust[MONTH]);
    // A little less is kept: who trusts less also buys fewer accessories.
    assert!((0.89..0.92).contains(&kept), "{kept}");
}

#[test]
fn a_shock_to_awareness_moves_people_and_loses_none() {
    for by in [0.25, -0.6, 1.0, -1.0] {
        let mut case = Case::new();
        // Nothing else teaches or forgets.
        let awareness = case.scenario.entrants[0].awareness.clone();
        for handle in [
            awareness.word_of_mouth,
            awareness.forgetting,
            awareness.response,
        ] {
            zoo::set(&mut case.scenario, &handle, 0.0);
        }
        let effect = case.scenario.complements[0].awareness_effect.clone();
        zoo::set(&mut case.scenario, &effect, 0.0);
        zoo::set(&mut case.scenario, &awareness.initial, 0.3);
        let [without, with] = case
            .with(|case| Effect::Shock {
                what: Shocked::Awareness,
                by: case.value("by", by),
                entrant: None,
            })
            .run();
        // Staying out nobody owns the brand, so the shares are exact.
        let (a, b) = (
            &without[0].entrants[0].awareness,
            &with[0].entrants[0].awareness,
        );
        let before = a[MONTH - 1];
        let wanted = if by > 0.0 {
            before + by * (1.0 - before)
        } else {
            before * (1.0 + by)
        };
        assert!(
            (b[MONTH - 1] - wanted).abs() <= ROUNDING,
            "{by}: {}",
            b[MONTH - 1]
        );
        // Owners know what they own, whatever is forgotten around them.
        let (awareness, base) = (
            &with[1].entrants[0].awareness,
            &with[1].entrants[0].installed_base,
        );
        assert!(awareness[MONTH - 1] >= base[MONTH - 1] / 1e6 - ROUNDING);
        assert!(base[MONTH - 2] > 0.0);
        // Everybody is still there: users own one thing each.
        for record in &with {
            for month in 0..MONTHS {
                let owners: f64 = record.brand_base.iter().map(|base| base[month]).sum();
                assert!((owners / 1e6 - 1.0).abs() <= ROUNDING, "{owners} users");
            }
        }
    }
}

#[test]
fn costs_change_for_good_or_for_some_months() {
    for (length, until) in [(None, MONTHS), (Some(3.0), 6)] {
        let [without, with] = Case::new()
            .with(|case| Effect::Change {
                what: Changed::Cost,
                products: vec![6],
                factor: Some(case.value("factor", 1.2)),
                amount: Some(case.value("amount", -5.0)),
                months: length.map(|length| case.value("months", length)),
            })
            .run();
        let (a, b) = (&without[1].entrants[0], &with[1].entrants[0]);
        assert_eq!(a.units, b.units, "fixed prices do not follow costs");
        for month in 0..MONTHS {
            let changed = (MONTH - 1..until).contains(&month);
            let wanted = if changed { 337.5 * 1.2 - 5.0 } else { 337.5 };
            assert!((b.unit_costs[6][month] - wanted).abs() <= ROUNDING * wanted);
            assert_eq!(b.unit_costs[7][month], 150.0);
            let lost = a.hardware_profit[month] - b.hardware_profit[month];
            let extra = (wanted - 337.5) * with[1].product_units[6][month];
            assert!((lost - extra).abs() <= ROUNDING * (1.0 + a.revenue[month]));
        }
        let npv = |record: &PlanRecord| record.entrants[0].accounts.as_ref().unwrap().npv;
        assert!(npv(&with[1]) < npv(&without[1]), "the books know it");
    }
}

#[test]
fn prices_under_cost_plus_follow_costs() {
    let mut case = Case::new();
    let margin = case.value("margin", 0.1);
    let rule = PriceRule::CostPlus { margin };
    case.scenario.plans[1].steps[0].actions.push(Action::Price {
        products: vec![6, 7],
        rule,
    });
    let [without, with] = case
        .with(|case| Effect::Change {
            what: Changed::Cost,
            products: vec![6],
            factor: Some(case.value("factor", 1.5)),
            amount: None,
            months: None,
        })
        .run();
    let units = |records: &[PlanRecord]| records[1].product_units[6][MONTH];
    assert!(units(&with) < 0.8 * units(&without));
}

#[test]
fn a_rival_cuts_its_price_on_every_path() {
    let [without, with] = Case::new()
        .with(|case| Effect::Change {
            what: Changed::Price,
            products: vec![2, 3],
            factor: Some(case.value("factor", 0.7)),
            amount: None,
            months: Some(case.value("months", 2.0)),
        })
        .run();
    for plan in 0..2 {
        let share = |records: &[PlanRecord], month: usize| records[plan].brand_share[1][month - 1];
        assert!(share(&with, 4) > 1.1 * share(&without, 4));
        assert!(
            share(&with, 6) < 1.05 * share(&without, 6),
            "the cut is over"
        );
    }
    let units = |records: &[PlanRecord]| records[1].entrants[0].units[MONTH - 1];
    assert!(units(&with) < units(&without));
}

#[test]
fn an_entrants_own_price_may_be_changed_too() {
    let [without, with] = Case::new()
        .with(|case| Effect::Change {
            what: Changed::Price,
            products: vec![6, 7, 8],
            factor: None,
            amount: Some(case.value("amount", 60.0)),
            months: None,
        })
        .run();
    let units = |records: &[PlanRecord], p: usize| records[1].product_units[p][MONTH];
    for product in [6, 7, 8] {
        assert!(units(&with, product) < units(&without, product));
    }
}

#[test]
fn a_rivals_product_waits_for_its_event() {
    let mut case = Case::new();
    let mut fighter = case.scenario.products[3].clone();
    fighter.id = "nova_fighter".into();
    fighter.price = case.value("products.nova_fighter.price", 180.0);
    fighter.available_from = WAITS_FOR_EVENT;
    case.scenario.products.push(fighter);
    let new = case.scenario.products.len() - 1;
    let launched = runs::at_least(Observable::ProductLaunched(new), 1.0);
    case.scenario.plans[1]
        .steps
        .push(runs::step("see", launched, vec![]));
    let [without, with] = case.with(|_| Effect::LaunchRival(vec![new])).run();
    for plan in 0..2 {
        assert!(sells(&without[plan], new).is_empty());
        assert_eq!(sells(&with[plan], new), months(&[4..=12]));
    }
    assert_eq!(
        with[1].steps_fired,
        [Some(1), Some(4)],
        "conditions see it at once"
    );
    let units = |records: &[PlanRecord]| records[1].entrants[0].units[MONTH];
    assert!(units(&with) < units(&without));
}

#[test]
fn a_rivals_product_may_be_blocked() {
    let [_, with] = Case::new()
        .with(|case| Effect::Block {
            products: vec![2],
            months: case.value("months", 2.0),
        })
        .run();
    assert!(
        with.iter()
            .all(|record| sells(record, 2) == months(&[1..=3, 6..=12]))
    );
}

#[test]
fn services_royalties_and_payments_reach_the_books() {
    let [without, with] = Case::new()
        .with(|case| Effect::Services {
            factor: case.value("services", 0.5),
            entrant: None,
            months: None,
        })
        .with(|case| Effect::Royalty {
            products: vec![6],
            share: case.value("royalty", 0.03),
            months: Some(case.value("months", 2.0)),
        })
        .with(|case| Effect::Pay {
            amount: case.value("pay", 1e6),
            entrant: None,
        })
        .run();
    let (a, b) = (&without[1].entrants[0], &with[1].entrants[0]);
    assert_eq!(a.units, b.units);
    assert_eq!(a.revenue, b.revenue);
    let at = MONTH - 1;
    assert_eq!(
        (a.services[at - 1], 0.5 * a.services[at]),
        (b.services[at - 1], b.services[at])
    );
    let mut wanted = vec![0.0; MONTHS];
    wanted[at] = 1e6;
    assert_eq!(b.settlements, wanted);
    for month in 0..MONTHS {
        let owed = b.channel_costs[month] - a.channel_costs[month];
        let lost = a.hardware_profit[month] - b.hardware_profit[month];
        // Sold at 450 through the store, at 410 and 395 through others.
        let units = with[1].product_units[6][month];
        let range = if (at..at + 2).contains(&month) {
            0.03 * 395.0 * units..0.03 * 450.0 * units
        } else {
            -ROUNDING..ROUNDING
        };
        assert!(
            range.contains(&owed) && range.contains(&lost),
            "{owed} {lost}"
        );
    }
    // Who stays out pays nothing.
    assert!(
        with[0].entrants[0]
            .settlements
            .iter()
            .all(|paid| *paid == 0.0)
    );
    assert_eq!(with[0].entrants[0].accounts.as_ref().unwrap().npv, 0.0);
}

#[test]
fn a_delay_holds_up_gates_that_are_not_open_yet() {
    let mut case = Case::new();
    for (id, lead) in [("open", 2.0), ("running", 5.0), ("waiting", 1.0)] {
        let lead_time = case.value(&format!("gates.{id}.lead_time"), lead);
        let cost = case.value(&format!("gates.{id}.cost"), 0.0);
        case.scenario.gates.push(Gate {
            id: id.into(),
            title: id.into(),
            holds: Vec::new(),
            lead_time,
            cost,
            needs: if id == "waiting" { vec![1] } else { Vec::new() },
        });
    }
    let start = Action::Start {
        gates: vec![0, 1, 2],
        entrant: 0,
    };
    case.scenario.plans[1].steps[0].actions.push(start);
    let [without, with] = case
        .with(|case| Effect::Delay {
            gates: vec![0, 1, 2],
            months: case.value("months", 1.5),
        })
        .run();
    assert_eq!(without[1].gates_opened, [Some(3), Some(6), Some(7)]);
    // 5 + 1.5 months from month 1, then 1 + 1.5 from month 8.
    assert_eq!(with[1].gates_opened, [Some(3), Some(8), Some(11)]);
}

#[test]
fn who_is_forced_out_does_not_come_back() {
    let mut case = Case::new();
    let advertising = runs::advertise(&mut case.scenario, 1e5, 24.0);
    let plan = &mut case.scenario.plans[1];
    plan.steps[0].actions.push(advertising);
    let mut again = runs::step("again", runs::at_least(Observable::Month, 5.0), entry());
    again.repeats = true;
    plan.steps.push(again);
    let [_, with] = case.with(|_| Effect::Exit { entrant: None }).run();
    let entrant = &with[1].entrants[0];
    assert_eq!(entrant.exited, Some(MONTH));
    assert_eq!(sells(&with[1], 6), months(&[1..=3]));
    assert_eq!(with[1].steps_fired, [Some(1), None]);
    for series in [&entrant.marketing, &entrant.fixed, &entrant.settlements] {
        assert!(series[MONTH - 1..].iter().all(|cost| *cost == 0.0));
    }
    assert_eq!(
        with[0].entrants[0].exited, None,
        "who never came does not leave"
    );
}

/// With two entrants an effect may be one's own.
#[test]
fn effects_may_name_an_entrant() {
    let mut case = Case::new();
    runs::add_second_entrant(&mut case.scenario);
    let second = [
        Action::Launch {
            products: vec![9, 10],
            channels: Vec::new(),
        },
        Action::Open {
            channels: vec![zoo::RETAIL],
            entrant: 1,
        },
    ];
    case.scenario.plans[1].steps[0].actions.extend(second);
    let [without, with] = case
        .with(|_| Effect::Close {
            channels: vec![zoo::RETAIL],
            entrant: Some(1),
            months: None,
        })
        .with(|case| Effect::Shock {
            what: Shocked::Trust,
            by: case.value("by", -0.3),
            entrant: Some(0),
        })
        .run();
    assert_eq!(sells(&with[1], 9), months(&[1..=3]));
    assert_eq!(sells(&with[1], 6), months(&[1..=12]));
    assert_eq!(
        without[1].entrants[1].trust[MONTH],
        with[1].entrants[1].trust[MONTH]
    );
    assert!(with[1].entrants[0].trust[MONTH] < without[1].entrants[0].trust[MONTH]);
}
