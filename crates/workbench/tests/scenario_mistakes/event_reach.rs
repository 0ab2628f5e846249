//! Events that nothing can set off: circles of events, and chances of 0.

use super::{SCENARIO, changed, check, location, mistakes};
use beachhead_workbench::diagnostic::Diagnostic;
use beachhead_workbench::scenario::{LoadOptions, load};

/// Where a test puts events of its own.
const HEAD: &str = "[[events]]\nid = \"recall\"";

fn hazard(id: &str, condition: &str) -> String {
    format!(
        "[[events]]\nid = \"{id}\"\nhazard = 0.1\nwhile = \"{condition}\"\noutcomes = [ {{ chance = 1, effects = [] }} ]\n\n"
    )
}

fn follower(id: &str, of: &str, rest: &str) -> String {
    format!(
        "[[events]]\nid = \"{id}\"\nfollows = \"{of}\"\n{rest}\noutcomes = [ {{ chance = 1, effects = [] }} ]\n\n"
    )
}

/// The mistakes of the template with events put before its own, each with the place of a text.
fn found(events: &str, wanted: &[(&str, &[&str])]) {
    let folder = changed(&[(SCENARIO, HEAD, &format!("{events}{HEAD}"))]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), wanted.len(), "{found}");
    for (mistake, (at, words)) in found.list.iter().zip(wanted) {
        check(mistake, &location(folder.path(), SCENARIO, at), words);
    }
}

#[test]
fn events_that_wait_for_each_other() {
    let two = hazard("a", "event.b.fired") + &hazard("b", "event.a.count > 0 && month > 2");
    let words =
        ["a cycle of events, of which none can come first: `a` waits for `b` waits for `a`"];
    found(&two, &[("\"event.b.fired\"", &words)]);
    let three = hazard("a", "event.c.fired")
        + &follower("b", "a", "chance = 1")
        + &hazard("c", "event.b.age > 2 && sales.units > 0");
    let words = ["`a` waits for `c` waits for `b` waits for `a`"];
    found(&three, &[("\"event.c.fired\"", &words)]);
    let alone = hazard("a", "event.a.fired");
    let words = ["`a` waits for `a`"];
    found(&alone, &[("\"event.a.fired\"", &words)]);
    // One that can come otherwise is no circle.
    let open = hazard("a", "event.b.fired || month > 6") + &hazard("b", "event.a.fired");
    let folder = changed(&[(SCENARIO, HEAD, &format!("{open}{HEAD}"))]);
    load(folder.path(), &LoadOptions::default()).unwrap();
}

#[test]
fn events_that_wait_for_more_than_can_come() {
    // `recall` comes once at most.
    let twice = hazard("a", "event.recall.count >= 2");
    let words = ["`event.recall.count >= 2` holds in no month of any plan"];
    found(&twice, &[("\"event.recall.count >= 2\"", &words)]);
    let folder = changed(&[(
        SCENARIO,
        HEAD,
        &format!("{}{HEAD}", hazard("a", "event.recall.count >= 1")),
    )]);
    load(folder.path(), &LoadOptions::default()).unwrap();
    let long_ago = hazard("a", "event.recall.age > 400");
    let words = ["`event.recall.age > 400` holds in no month of any plan"];
    found(&long_ago, &[("\"event.recall.age > 400\"", &words)]);
}

#[test]
fn events_that_wait_for_what_cannot_occur_have_that_reason() {
    // `b` is in no circle: its own condition is false for another reason.
    let events = hazard("a", "event.b.fired") + &hazard("b", "event.a.fired && month > 4000");
    let of_a = ["nothing can trigger the event `a`: it waits for `b`, which cannot occur either"];
    let of_b = ["the event `b`: `event.a.fired && month > 4000` holds in no month of any plan"];
    found(
        &events,
        &[
            ("\"event.b.fired\"", &of_a),
            ("\"event.a.fired && month", &of_b),
        ],
    );
}

#[test]
fn talks_that_wait_for_their_own_end() {
    let deal = "[[events]]\nid = \"deal\"\nattempt = { starts_by = \"negotiate\", partner = \"swap_north\", lasts = \"3 months\" }\nchance = 0.5\non_success = [ { open = \"swap_north\" } ]\n\n";
    let edits = [
        (
            SCENARIO,
            HEAD,
            &*format!("{deal}{}{HEAD}", hazard("fame", "event.deal.fired")),
        ),
        (
            SCENARIO,
            "when = \"awareness > 0.2 && sales.share > 0.005\"\ndo = [ { open = \"swap_north\" } ]",
            "when = \"event.fame.fired\"\ndo = [ { negotiate = \"swap_north\" } ]",
        ),
    ];
    let folder = changed(&edits);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let place = location(folder.path(), SCENARIO, "\"swap_north\", lasts");
    let words = ["none can come first: `deal` waits for `fame` waits for `deal`"];
    check(&found.list[0], &place, &words);
}

#[test]
fn circles_show_beside_other_mistakes() {
    // Two circles, one of followers and one that goes through a condition, and a number that cannot be.
    let events = follower("a", "b", "chance = 1")
        + &follower("b", "a", "chance = 1")
        + &hazard("c", "event.d.fired && month > 2")
        + &follower("d", "c", "chance = 1.5");
    let of_followers = ["a cycle of events within one month: a follows b follows a"];
    let of_waiting = ["none can come first: `c` waits for `d` waits for `c`"];
    let of_number = ["1.5 is out of range in `events.d.chance`"];
    found(
        &events,
        &[
            ("\"b\"\nchance = 1\n", &of_followers),
            ("\"event.d.fired &&", &of_waiting),
            ("1.5\noutcomes", &of_number),
        ],
    );
}

/// The warnings of the template with a text replaced.
fn warnings(from: &str, to: &str) -> Vec<Diagnostic> {
    let folder = changed(&[(SCENARIO, from, to)]);
    load(folder.path(), &LoadOptions::default())
        .unwrap()
        .warnings
}

fn warned(from: &str, to: &str, wanted: &[&str]) {
    let found = warnings(from, to);
    let texts: Vec<&str> = found.iter().map(|warning| warning.found.as_str()).collect();
    assert_eq!(texts, wanted);
    for warning in &found {
        assert!(warning.line > 0 && !warning.help.is_empty(), "{warning}");
    }
}

#[test]
fn services_that_earn_nothing_and_are_changed_are_a_warning() {
    let outage = hazard("outage", "true").replace(
        "effects = []",
        "effects = [ { change = \"services\", by = 0.5 } ]",
    );
    let events = format!("{outage}{HEAD}");
    let wanted = ["the event `outage` changes what services earn, and they earn nothing"];
    warned(HEAD, &events, &wanted);
    let earning = format!("[services]\nrevenue = \"EUR 2/user/month\"\n\n{events}");
    let found = warnings(HEAD, &earning);
    assert!(
        !found
            .iter()
            .any(|warning| warning.found.contains("services")),
        "{found:?}"
    );
}

#[test]
fn effects_on_what_no_plan_brings_about_are_a_warning() {
    let ban = |effects: &str| {
        let event =
            hazard("ban", "month > 2").replace("effects = []", &format!("effects = [ {effects} ]"));
        let gate =
            "[[gates]]\nid = \"licence\"\nholds = [\"scooters\"]\nlead_time = 2\ncost = 0\n\n";
        format!("{event}{gate}{HEAD}")
    };
    // A step opens `brisk_online` and `swap_north`, and starts `approval`; none opens `dealers`.
    let one = ["the event `ban` closes `dealers`, which no plan and no event opens"];
    warned(
        HEAD,
        &ban("{ close = [\"dealers\", \"swap_north\"], for = 3 }"),
        &one,
    );
    warned(HEAD, &ban("{ close = \"all\" }"), &[]);
    warned(
        HEAD,
        &ban("{ open = \"dealers\" }, { close = \"dealers\" }"),
        &[],
    );
    let held = ["the event `ban` delays `licence`, which no plan starts"];
    warned(
        HEAD,
        &ban("{ delay = [\"licence\", \"approval\"], by = 3 }"),
        &held,
    );
    warned(HEAD, &ban("{ block = [\"brisk_city\"], for = 3 }"), &[]);
    let online = "{ launch = [\"brisk_helmet\"] },";
    let folder = changed(&[
        (
            SCENARIO,
            HEAD,
            &ban("{ block = [\"brisk_helmet\"], for = 3 }"),
        ),
        (SCENARIO, online, ""),
    ]);
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    let found = loaded.warnings.iter().map(|warning| warning.found.as_str());
    let wanted = "the event `ban` blocks `brisk_helmet`, which no plan launches";
    assert!(
        found.clone().any(|text| text == wanted),
        "{:?}",
        found.collect::<Vec<_>>()
    );
}

#[test]
fn a_chance_of_0_is_a_warning() {
    let before = |events: &str| format!("{events}{HEAD}");
    assert!(warnings(HEAD, HEAD).is_empty());
    let switched_off = hazard("storm", "true").replace("0.1", "0")
        + &follower("flood", "storm", "chance = 0.5")
        + &hazard("relief", "event.flood.fired");
    let wanted = [
        "the event `storm` never occurs: its hazard is 0",
        "the event `flood` can never occur, because `storm` never does",
        "the event `relief` can never occur, because `storm` never does",
    ];
    warned(HEAD, &before(&switched_off), &wanted);
    let silent = follower("echo", "recall", "chance = 0");
    warned(
        HEAD,
        &before(&silent),
        &["the event `echo` never follows: its chance is 0"],
    );
    warned(
        "{ chance = 1, effects",
        "{ chance = 0, effects = [ { exit = true } ] }, { chance = 1, effects",
        &["outcome 1 of `recall` never comes: its chance is 0"],
    );
    // Always, and by a number that is not certain to be 0: nothing to say.
    let always = follower("echo", "recall", "chance = 1")
        + &hazard("storm", "true").replace(
            "hazard = 0.1",
            "hazard = { distribution = \"uniform\", low = 0, high = 0.1, note = \"x\" }",
        );
    assert!(warnings(HEAD, &before(&always)).is_empty());
}

#[test]
fn an_attempt_that_cannot_succeed_or_cannot_fail_is_a_warning() {
    let deal = |chance: &str| {
        format!(
            "[[events]]\nid = \"deal\"\nattempt = {{ starts_by = \"negotiate\", partner = \"swap_north\", lasts = \"3 months\" }}\nchance = {chance}\non_success = [ {{ open = \"swap_north\" }} ]\non_failure = [ {{ shock = \"trust\", by = -0.1 }} ]\n\n{HEAD}"
        )
    };
    for (chance, wanted) in [
        (
            "0",
            vec!["the attempt `deal` never succeeds: its chance is 0"],
        ),
        (
            "1",
            vec!["`on_failure` of `deal` never happens: the chance of success is 1"],
        ),
        ("0.5", vec![]),
    ] {
        let edits = [
            (SCENARIO, HEAD, &*deal(chance)),
            (
                SCENARIO,
                "do = [ { open = \"swap_north\" } ]",
                "do = [ { negotiate = \"swap_north\" } ]",
            ),
        ];
        let loaded = load(changed(&edits).path(), &LoadOptions::default()).unwrap();
        let found: Vec<&str> = loaded.warnings.iter().map(|w| w.found.as_str()).collect();
        assert_eq!(found, wanted, "{chance}");
    }
}

#[test]
fn a_hazard_that_is_surely_over_1() {
    let of = |hazard: &str, factors: &str| {
        format!(
            "[[events]]\nid = \"storm\"\nhazard = {hazard}\n{factors}\noutcomes = [ {{ chance = 1, effects = [ {{ exit = true }} ] }} ]\n\n{HEAD}"
        )
    };
    for (hazard, factors, wanted) in [
        ("0.3", "times = \"4\"", "a hazard of 1.2000 in month 1"),
        (
            "0.4",
            "multiply = { \"month > 3\" = 2, \"month > 5\" = 2 }",
            "a hazard of 1.6000 in month 6",
        ),
    ] {
        let folder = changed(&[(SCENARIO, HEAD, &*of(hazard, factors))]);
        let found = mistakes(folder.path(), &LoadOptions::default());
        assert_eq!(found.list.len(), 1, "{found}");
        let place = location(folder.path(), SCENARIO, &format!("{hazard}\n{factors}"));
        check(
            &found.list[0],
            &place,
            &[wanted, "`events.storm`", "at most 1"],
        );
    }
    // What hangs on sales may be as large as it likes: that is told where it comes.
    let fine = of(
        "0.4",
        "multiply = { \"month > 3\" = 2, \"awareness > 0.5\" = 2 }",
    );
    assert!(warnings(HEAD, &fine).is_empty());
    for factors in ["times = \"0\"", "multiply = { \"month > 0\" = 0 }"] {
        warned(
            HEAD,
            &of("0.4", factors),
            &["the event `storm` never occurs: its factors are 0 from month 1 on"],
        );
    }
    let late = of("0.4", "multiply = { \"month > 5\" = 0 }");
    assert!(warnings(HEAD, &late).is_empty());
    let never = hazard("storm", "cash > 5 && cash < 3") + HEAD;
    let folder = changed(&[(SCENARIO, HEAD, &*never)]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    let place = location(folder.path(), SCENARIO, "\"cash > 5");
    check(&found.list[0], &place, &["holds in no month of any plan"]);
}
