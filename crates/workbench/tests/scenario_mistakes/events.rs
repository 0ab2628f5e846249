//! Events: triggers, chances, effects on what does not exist, and events that nothing can set off.

use super::{PRODUCTS, SCENARIO, changed, check, location, mistakes, one};
use beachhead_workbench::scenario::{LoadOptions, load};

/// Where a test puts an event of its own.
const HEAD: &str = "[[events]]\nid = \"recall\"";
const EFFECTS: &str = "{ shock = \"trust\", by = -0.5 }";

/// Adds an event before the template's and asks for one mistake.
fn added(event: &str, at: &str, words: &[&str]) {
    one(SCENARIO, HEAD, &format!("{event}\n\n{HEAD}"), at, words);
}

#[test]
fn a_hazard_over_1_a_month() {
    let words = [
        "1.5 is out of range in `events.recall.hazard`",
        "from 0 to 1",
    ];
    one(
        SCENARIO,
        "hazard = { value = \"3 %/year\",",
        "hazard = { value = 1.5,",
        "{ value = 1.5,",
        &words,
    );
    let event = "[[events]]\nid = \"storm\"\nhazard = 0.4\nmultiply = { \"month > 6\" = 3 }\noutcomes = [ { chance = 1, effects = [] } ]";
    let words = [
        "a hazard of 1.2000 a month in `events.storm` where `month > 6`",
        "1 a month or below",
    ];
    added(event, "3 }\noutcomes", &words);
}

#[test]
fn chances_that_do_not_sum_to_1() {
    let words = [
        "the chances of `events.recall` sum to 0.900000",
        "a sum of 1",
    ];
    one(
        SCENARIO,
        "{ chance = 1, effects",
        "{ chance = 0.9, effects",
        "0.9, effects",
        &words,
    );
}

#[test]
fn a_cycle_of_events_within_one_month() {
    let events = "[[events]]\nid = \"a\"\nfollows = \"b\"\nchance = 1\noutcomes = [ { chance = 1, effects = [] } ]\n\n[[events]]\nid = \"b\"\nfollows = \"a\"\nchance = 0.5\noutcomes = [ { chance = 1, effects = [] } ]";
    let words = ["a cycle of events within one month: a follows b follows a"];
    added(events, "\"b\"\nchance", &words);
}

#[test]
fn an_event_that_follows_nothing_known() {
    let event = "[[events]]\nid = \"a\"\nfollows = \"recal\"\nchance = 1\noutcomes = [ { chance = 1, effects = [] } ]";
    added(
        event,
        "\"recal\"\n",
        &["unknown event `recal`", "did you mean `recall`?"],
    );
    let event =
        "[[events]]\nid = \"a\"\nfollows = \"recall\"\noutcomes = [ { chance = 1, effects = [] } ]";
    let folder = changed(&[(SCENARIO, HEAD, &format!("{event}\n\n{HEAD}"))]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    assert!(
        found.list[0]
            .found
            .contains("`chance` is missing in `events.a`"),
        "{found}"
    );
}

#[test]
fn an_event_with_two_triggers() {
    let words = ["without exactly one of `attempt`, `hazard` and `follows`"];
    let event = "[[events]]\nid = \"a\"\nfollows = \"recall\"\nhazard = 0.1\nchance = 1\noutcomes = [ { chance = 1, effects = [] } ]";
    let folder = changed(&[(SCENARIO, HEAD, &format!("{event}\n\n{HEAD}"))]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], &found.list[0].location(), &words);
}

/// The mistakes of the template with events put before its own: each with the place of a text, or of its event, and words.
fn all(events: &str, wanted: &[(&str, &[&str])]) {
    let folder = changed(&[(SCENARIO, HEAD, &format!("{events}\n\n{HEAD}"))]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), wanted.len(), "{found}");
    for (mistake, (at, words)) in found.list.iter().zip(wanted) {
        check(mistake, &location(folder.path(), SCENARIO, at), words);
    }
}

#[test]
fn an_event_without_a_trigger_hides_nothing() {
    let event = "[[events]]\nid = \"a\"\nwhile = \"mnth > 3\"\nmultiply = { \"cahs > 0\" = 2 }\non_success = [ { open = \"swap_nort\" } ]\noutcomes = [ { chance = 0.5, effects = [ { block = \"valta_5\", for = \"2 months\" } ] } ]";
    all(
        event,
        &[
            (
                "[[events]]\nid = \"a\"",
                &["the event `a` without exactly one of"],
            ),
            ("mnth > 3", &["mnth"]),
            ("cahs > 0", &["cahs"]),
            ("\"swap_nort\" }", &["unknown channel `swap_nort`"]),
            ("0.5, effects", &["the chances of `events.a` sum to 0.5"]),
            ("\"valta_5\"", &["unknown product `valta_5`"]),
        ],
    );
}

#[test]
fn a_missing_chance_hides_nothing() {
    let event = "[[events]]\nid = \"a\"\nattempt = { starts_by = \"negotiate\", partner = \"swap_north\", lasts = \"3 months\" }\non_success = [ { open = \"swap_nort\" } ]\n\n[[events]]\nid = \"b\"\nfollows = \"c\"\nwhile = \"mnth > 3\"\noutcomes = []";
    all(
        event,
        &[
            (
                "[[events]]\nid = \"a\"",
                &["`chance` is missing in `events.a`"],
            ),
            ("\"swap_nort\" }", &["unknown channel `swap_nort`"]),
            (
                "[[events]]\nid = \"b\"",
                &["`chance` is missing in `events.b`"],
            ),
            ("[[events]]\nid = \"b\"", &["no `outcomes` in `events.b`"]),
            ("\"c\"\nwhile", &["unknown event `c`"]),
            ("mnth > 3", &["mnth"]),
        ],
    );
}

const DEAL: &str = "[[events]]\nid = \"deal\"\nattempt = { starts_by = \"negotiate\", partner = \"swap_north\", lasts = \"3 months\" }\nchance = 0.5\non_success = [ { open = \"swap_north\" } ]";
const TALK: (&str, &str, &str) = (
    SCENARIO,
    "do = [ { open = \"swap_north\" } ]",
    "do = [ { negotiate = \"swap_north\" } ]",
);

#[test]
fn an_attempt_that_no_plan_starts() {
    let words = [
        "nothing can trigger the event `deal`: no plan negotiates with `swap_north`",
        "negotiate = \"swap_north\"",
    ];
    added(DEAL, "\"swap_north\", lasts", &words);
}

#[test]
fn talks_that_no_event_ends() {
    let (file, from, to) = TALK;
    let words = [
        "no event says how talks with `swap_north` end",
        "but there is none",
    ];
    one(file, from, to, "\"swap_north\" } ]", &words);
    let deal = format!("{DEAL}\n\n{HEAD}");
    let edits = [(SCENARIO, HEAD, deal.as_str()), TALK];
    load(changed(&edits).path(), &LoadOptions::default()).unwrap();
}

#[test]
fn a_second_attempt_with_a_partner() {
    let second = DEAL
        .replace("id = \"deal\"", "id = \"again\"")
        .replace("0.5", "0.25");
    let deals = format!("{DEAL}\n\n{second}\n\n{HEAD}");
    let folder = changed(&[(SCENARIO, HEAD, &deals), TALK]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let words = [
        "`events.again` is a second attempt with `swap_north`",
        "`events.deal` has it",
    ];
    check(&found.list[0], &found.list[0].location(), &words);
}

#[test]
fn a_hazard_whose_condition_never_holds() {
    let words =
        ["nothing can trigger the event `recall`: `month > 48` holds in no month of any plan"];
    one(
        SCENARIO,
        "while = \"sales.units > 0\"",
        "while = \"month > 48\"",
        "\"month > 48\"",
        &words,
    );
    // A shorter horizon on the command line is no mistake of the file.
    let folder = changed(&[(
        SCENARIO,
        "while = \"sales.units > 0\"",
        "while = \"month > 40\"",
    )]);
    let options = LoadOptions {
        months: Some(30),
        ..LoadOptions::default()
    };
    load(folder.path(), &options).unwrap();
}

#[test]
fn what_follows_an_event_that_cannot_occur() {
    let event = "[[events]]\nid = \"echo\"\nfollows = \"recall\"\nchance = 1\noutcomes = [ { chance = 1, effects = [] } ]";
    let both = format!("{event}\n\n{HEAD}");
    let folder = changed(&[
        (SCENARIO, HEAD, &both),
        (
            SCENARIO,
            "while = \"sales.units > 0\"",
            "while = \"month > 48\"",
        ),
    ]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 2, "{found}");
    let place = location(folder.path(), SCENARIO, "\"recall\"\nchance");
    let words = ["nothing can trigger the event `echo`: it follows `recall`"];
    check(&found.list[0], &place, &words);
}

#[test]
fn effects_on_what_does_not_exist() {
    for (effect, at, words) in [
        (
            "{ close = \"dealer\" }",
            "\"dealer\" }",
            ["unknown channel `dealer`", "did you mean `dealers`?"],
        ),
        (
            "{ block = \"brisk_cty\", for = 3 }",
            "\"brisk_cty\"",
            ["unknown product `brisk_cty`", "did you mean `brisk_city`?"],
        ),
        (
            "{ delay = \"aproval\", by = 3 }",
            "\"aproval\"",
            ["unknown gate `aproval`", "did you mean `approval`?"],
        ),
        (
            "{ exit = true, brand = \"brisc\" }",
            "\"brisc\"",
            ["unknown entrant `brisc`", "did you mean `brisk`?"],
        ),
        (
            "{ launch_rival = \"glide_y\" }",
            "\"glide_y\"",
            ["unknown product `glide_y`", "did you mean `glide_s`?"],
        ),
        (
            "{ launch_rival = \"glide_s\" }",
            "\"glide_s\" }",
            [
                "`glide_s` is on sale from the start",
                "\"event\", or a later month",
            ],
        ),
        (
            "{ launch_rival = \"brisk_city\" }",
            "\"brisk_city\" }",
            [
                "`brisk_city` is a product of an entrant",
                "products of rivals",
            ],
        ),
    ] {
        one(SCENARIO, EFFECTS, effect, at, &words);
    }
}

#[test]
fn effects_that_lack_or_mix_keys() {
    for (effect, at, words) in [
        (
            "{ change = \"cost\", products = \"all\" }",
            "{ change",
            ["a `change` by nothing", "`add`, money per unit"],
        ),
        (
            "{ change = \"services\", by = 0.5, products = \"all\" }",
            "{ change",
            ["`add` or `products` with change = \"services\"", "`by`"],
        ),
        (
            "{ change = \"services\" }",
            "{ change",
            ["change = \"services\" without `by`", "0.8"],
        ),
        (
            "{ royalty = \"3 %\", products = \"glide_s\" }",
            "{ royalty",
            [
                "a royalty on `glide_s`, a rival's product",
                "products of the entrants",
            ],
        ),
        (
            "{ shock = \"awareness\", by = -1.5 }",
            "-1.5 }",
            ["awareness shocked by -1.5", "between -1 and 1"],
        ),
    ] {
        one(SCENARIO, EFFECTS, effect, at, &words);
    }
}

#[test]
fn a_product_that_waits_for_no_event() {
    let words = [
        "`glide_x` waits for an event that none brings",
        "launch_rival = \"glide_x\"",
    ];
    one(PRODUCTS, "110,70,2023-02", "110,70,event", "event", &words);
    let words = ["\"evnt\" in column `launch`", "`event`, or an empty cell"];
    one(PRODUCTS, "110,70,2023-02", "110,70,evnt", "evnt", &words);
}

#[test]
fn how_often_and_computed_factors() {
    let event = |line: &str| {
        format!(
            "[[events]]\nid = \"a\"\nhazard = 0.1\n{line}\noutcomes = [ {{ chance = 1, effects = [] }} ]"
        )
    };
    added(
        &event("repeats = 0"),
        "0\noutcomes",
        &["repeats", "true, or how often it may occur"],
    );
    added(
        &event("times = \"sales.unit / 1e5\""),
        "sales.unit /",
        &["sales.unit", "did you mean `sales.units`?"],
    );
    added(&event("times = \"month > 3\""), "> 3\"", &["a number"]);
}
