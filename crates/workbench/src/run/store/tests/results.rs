//! Whole runs whose answer is known: a plan that is better in every draw, hazards that are cut off.

use super::*;
use beachhead_engine::plan::expression::Expression;
use beachhead_engine::scenario::{Action, Handle, Trigger};

fn summary_of(here: &TempDir, loaded: &Loaded) -> Summary {
    let prepared = prepare(loaded).unwrap();
    let (done, _) = run_in(here, "runs", (loaded, &prepared), 2, false);
    done.unwrap();
    Summary::parse(&files(here, "runs", loaded, &prepared)["summary.json"]).unwrap()
}

#[test]
fn a_plan_that_is_better_by_construction_is_found_better() {
    let (here, mut loaded, _) = scenario(30, &[]);
    // The same plan, which pays for nothing besides.
    let mut wasteful = loaded.scenario.plans[1].clone();
    wasteful.id = "wasteful".into();
    let names = loaded.scenario.quantities.iter();
    let cost = names
        .map(|q| &q.name)
        .position(|name| name == "gates.approval.cost");
    wasteful.steps[0].actions.push(Action::Pay {
        amount: Handle::new(cost.unwrap(), "gates.approval.cost"),
        on: "nothing".into(),
        entrant: 0,
    });
    loaded.scenario.plans.push(wasteful);
    loaded.plans.push(loaded.scenario.plans.len() - 1);
    let summary = summary_of(&here, &loaded);
    let rows = summary.differences.iter();
    let row = rows
        .filter(|row| row.outcome == "npv" && row.against == "wasteful")
        .find(|row| row.plan == "online_first");
    let row = row.unwrap();
    assert!(
        !row.tied && 0.0 < row.low && row.low <= row.mean && row.mean <= row.high,
        "{row:?}"
    );
    let best = &summary.may_be_best[0];
    assert_eq!(best.outcome, "npv");
    assert!(best.plans.iter().all(|plan| plan != "wasteful"), "{best:?}");
}

/// The issues about events of a run of so many draws in which the recall's hazard has a computed factor.
fn capped(draws: usize, times: f64, repeats: bool) -> Vec<(String, usize, String)> {
    let (here, mut loaded, _) = scenario(draws, &["events.recall.while=month>=3"]);
    let event = &mut loaded.scenario.events[0];
    event.most = (!repeats).then_some(1);
    if let Trigger::Hazard { factors, .. } = &mut event.trigger {
        factors.times = Some(Expression::Number(times));
    }
    let issues = summary_of(&here, &loaded).issues;
    let about = issues
        .into_iter()
        .filter(|issue| issue.place == "events.recall");
    about
        .map(|issue| (issue.code, issue.count, issue.text))
        .collect()
}

#[test]
fn a_hazard_that_is_cut_off_is_counted_over_draws_and_months() {
    assert!(capped(3, 1.0, true).is_empty());
    // Six months, of which four count; certain once it is cut off, so that it comes in the first of them if it comes once.
    let above = capped(3, 1000.0, true);
    assert_eq!(
        (above.len(), &*above[0].0, above[0].1),
        (1, "hazard_capped", 12)
    );
    assert!(
        above[0]
            .2
            .starts_with("in 3 of 3 draws, for example in draw 0: the hazard a month comes to 2.5")
            && above[0].2.contains("is taken as 1; lower `hazard`"),
        "{above:?}"
    );
    assert_eq!(capped(3, 1000.0, false)[0].1, 3);
    let below = capped(1, -2.0, true);
    assert_eq!((below.len(), below[0].1), (1, 4));
    assert!(
        below[0]
            .2
            .contains("is taken as 0; bound `times` by max(0, …)"),
        "{below:?}"
    );
    let undefined = capped(2, f64::NAN, true);
    assert_eq!((undefined.len(), undefined[0].1), (1, 8));
    assert!(undefined[0].2.contains("is undefined"), "{undefined:?}");
}

#[test]
fn draws_that_met_their_facts_are_counted_in_the_summary() {
    let (here, loaded, _) = scenario(3, &[]);
    let summary = summary_of(&here, &loaded);
    let of_draws = summary.calibration_of_draws.unwrap();
    assert_eq!(of_draws.met + of_draws.missed + of_draws.failed, 3);
    assert_eq!(of_draws.worst.is_some(), of_draws.missed > 0);
    let (here, central, _) = scenario(1, &[]);
    assert_eq!(summary_of(&here, &central).calibration_of_draws, None);
}
