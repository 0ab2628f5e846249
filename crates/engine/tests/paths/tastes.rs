//! Channels in which no incumbent sells: how they are liked is said, not solved. And how large an organisation is kept.

use super::scenario;
use crate::zoo::{self, runs};
use beachhead_engine::calibrate::{Calibrated, Ground};
use beachhead_engine::plan::expression::Observable;
use beachhead_engine::scenario::{Action, ChannelTaste, Scenario};

/// What the store is liked more than retail, utility.
const MORE: f64 = 0.3;

fn calibrated(scenario: &Scenario) -> Calibrated {
    let values = scenario.central_values();
    runs::calibrated(&Ground::new(scenario, &values, scenario.simulation.types).unwrap())
}

/// The zoo, whose plan sells in the own store from month 2; with this taste for the store.
fn selling(taste: Option<(Option<usize>, f64)>) -> Scenario {
    let mut scenario = scenario();
    let taste = taste.map(|(like, more)| ChannelTaste {
        like,
        more: Some(zoo::quantity(&mut scenario, "channels.store.taste", more)),
    });
    scenario.channels[zoo::STORE].taste = taste;
    let actions = vec![runs::launch(&[6, 7]), runs::open(&[zoo::STORE])];
    scenario.plans = vec![zoo::plan("store", 2.0, actions)];
    scenario
}

#[test]
fn a_channel_is_liked_as_another_and_a_little_more() {
    let bare = calibrated(&selling(None));
    let retail = bare.parameters.channel_intercept[zoo::RETAIL];
    assert_eq!(bare.parameters.channel_intercept[zoo::STORE], 0.0);
    let like = calibrated(&selling(Some((Some(zoo::RETAIL), MORE))));
    let alone = calibrated(&selling(Some((None, MORE))));
    assert_eq!(like.parameters.channel_intercept[zoo::STORE], retail + MORE);
    assert_eq!(alone.parameters.channel_intercept[zoo::STORE], MORE);
    // The market before an entry does not know the store: nothing else is solved otherwise.
    for other in [&like, &alone] {
        assert_eq!(other.solved, bare.solved);
        assert_eq!(other.consumers, bare.consumers);
    }
}

#[test]
fn who_likes_the_store_more_buys_more_in_it() {
    let units = |taste: f64| -> f64 {
        let record = runs::run(&selling(Some((Some(zoo::RETAIL), taste)))).remove(0);
        record.entrants[0].units.iter().sum()
    };
    let (less, as_much, more) = (units(-MORE), units(0.0), units(MORE));
    assert!(0.0 < less && less < as_much && as_much < more);
}

#[test]
fn overhead_multiplies_fixed_costs_from_its_month_on() {
    let mut scenario = selling(None);
    scenario.months = 8;
    let fixed = scenario.central_values()[&scenario.finance.fixed_cost.clone()];
    assert!(fixed > 0.0);
    for (id, month, factor) in [("grow", 4.0, 2.5), ("shrink", 6.0, 0.0)] {
        let factor = zoo::quantity(&mut scenario, &format!("overhead.{id}"), factor);
        let action = Action::Overhead { factor, entrant: 0 };
        let when = runs::at_least(Observable::Month, month);
        scenario.plans[0]
            .steps
            .push(runs::step(id, when, vec![action]));
    }
    let record = runs::run(&scenario).remove(0);
    let times = [0.0, 1.0, 1.0, 2.5, 2.5, 0.0, 0.0, 0.0];
    assert_eq!(record.entrants[0].fixed, times.map(|times| times * fixed));
}
