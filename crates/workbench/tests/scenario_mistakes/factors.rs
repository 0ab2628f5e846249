//! Common factors that correlate draws.

use super::slips::{ROWS, announced, found, loaded};
use super::{SCENARIO, check, location};
use beachhead_engine::futures::Address;
use beachhead_engine::scenario::Scenario;
use std::fs;
use tempfile::TempDir;

/// The template with factors at its end.
fn factors(text: &str) -> TempDir {
    let folder = announced(ROWS, &[]);
    let path = folder.path().join(SCENARIO);
    let scenario = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        scenario.replacen("[[plans]]", &format!("{text}\n\n[[plans]]"), 1),
    )
    .unwrap();
    folder
}

fn factor(members: &str) -> String {
    format!("[[factors]]\nid = \"climate\"\nmembers = {{ {members} }}")
}

#[test]
fn factors_correlate_quantities_events_and_bands() {
    let members = "\"demand.brand_spread\" = 0.6, \"gates.approval.lead_time\" = -0.5, \"events.recall\" = 0.3, \"slips.launch.band\" = 0.2";
    let scenario = loaded(&factors(&factor(members)));
    let found = scenario.correlation.factors();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].members[1],
        ("gates.approval.lead_time".to_owned(), -0.5)
    );
    assert_eq!(found[0].members.len(), 4);
    let plain = loaded(&announced(ROWS, &[]));
    let address = Address::new(1, 9);
    let (with, without) = (
        scenario.drawn_values(&address),
        plain.drawn_values(&address),
    );
    for quantity in plain.quantities.iter().filter(|q| q.is_uncertain()) {
        let at = |scenario: &Scenario| {
            let at = scenario
                .quantities
                .iter()
                .position(|q| q.name == quantity.name);
            beachhead_engine::scenario::Handle::new(at.unwrap(), &quantity.name)
        };
        let is_member = members.contains(&format!("\"{}\"", quantity.name));
        assert_eq!(
            with[&at(&scenario)] != without[&at(&plain)],
            is_member,
            "{}",
            quantity.name
        );
    }
}

#[test]
fn factors_that_cannot_be() {
    let one = |text: &str, at: &str, words: &[&str]| {
        let folder = factors(text);
        let found = found(&folder);
        assert_eq!(found.list.len(), 1, "{found}");
        check(
            &found.list[0],
            &location(folder.path(), SCENARIO, at),
            words,
        );
    };
    let member = |name: &str, rho: &str| factor(&format!("\"{name}\" = {rho}"));
    let spread = "demand.brand_spread";
    one(
        &member("demand.brand_sprad", "0.5"),
        "\"demand.brand_sprad\"",
        &["unknown member", "did you mean `demand.brand_spread`?"],
    );
    one(
        &member("events.recal", "0.5"),
        "\"events.recal\"",
        &["did you mean `events.recall`?"],
    );
    one(
        &member("segments.couriers.share", "0.5"),
        "\"segments.couriers.share\"",
        &["is certain", "give it a distribution"],
    );
    for rho in ["1.0", "-1.5", "1"] {
        one(
            &member(spread, rho),
            &format!("{rho} }}"),
            &["between -1 and 1"],
        );
    }
    let uncertain = "{ distribution = \"uniform\", low = 0, high = 0.5 }";
    one(&member(spread, uncertain), uncertain, &["a certain number"]);
    one(&factor(""), "[[factors]]", &["without members"]);
    let other = member(spread, "0.7").replace("climate", "money");
    let both = format!("{}\n\n{other}", member(spread, "0.8"));
    one(
        &both,
        "\"demand.brand_spread\" = 0.7",
        &["sum to 1.130", "no matrix has such correlations"],
    );
    let twice = format!(
        "{}\n\n{}",
        member(spread, "0.5"),
        member("events.recall", "0.5")
    );
    let folder = factors(&twice);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    assert!(
        found.list[0]
            .found
            .contains("the factor `climate` is there already"),
        "{found}"
    );
    let just = format!(
        "{}\n\n{}",
        member(spread, "0.8"),
        other.replace("0.7", "0.6")
    );
    assert_eq!(loaded(&factors(&just)).correlation.factors().len(), 2);
}
