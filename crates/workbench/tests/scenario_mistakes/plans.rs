//! Conditions, steps, gates, sources, targets.

use super::{PRODUCTS, SCENARIO, changed, check, location, mistakes, one};
use beachhead_workbench::scenario::{LoadOptions, load};
use std::fs;

#[test]
fn misspelt_variable() {
    let words = ["sales.shar", "did you mean `sales.share`?"];
    one(
        SCENARIO,
        "sales.share > 0.005",
        "sales.shar > 0.005",
        "sales.shar >",
        &words,
    );
}

#[test]
fn step_whose_condition_is_always_false() {
    let words = ["the step `club` can never fire: its condition is always false"];
    one(
        SCENARIO,
        "when = \"awareness > 0.2 && sales.share > 0.005\"",
        "when = \"month < 1\"",
        "\"month < 1\"",
        &words,
    );
    one(
        SCENARIO,
        "when = \"awareness > 0.2 && sales.share > 0.005\"",
        "when = \"1 > 2\"",
        "\"1 > 2\"",
        &words,
    );
}

#[test]
fn step_after_the_horizon() {
    let words = [
        "can first fire in month 49, after the last one, 48",
        "months = 49",
    ];
    one(
        SCENARIO,
        "when = \"awareness > 0.2 && sales.share > 0.005\"",
        "when = \"month >= 49\"",
        "\"month >= 49\"",
        &words,
    );
}

#[test]
fn step_that_waits_for_what_nothing_starts() {
    let words = ["waits for `channel.swap_south.open`, which nothing in this plan starts"];
    let from = "when = \"awareness > 0.2 && sales.share > 0.005\"";
    one(
        SCENARIO,
        from,
        "when = \"channel.swap_south.open\"",
        "\"channel.swap_south.open\"",
        &words,
    );
    // A gate that is never started holds back what waits for it, and what waits for that.
    let folder = changed(&[(SCENARIO, "    { start = \"approval\" },\n", "")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 2, "{found}");
    assert!(
        found.list[0].found.contains("`gate.approval.open`"),
        "{found}"
    );
    assert!(found.list[1].found.contains("`sales.share`"), "{found}");
}

#[test]
fn an_event_may_start_what_a_step_waits_for() {
    let event = "[[events]]\nid = \"opening\"\nhazard = 0.1\nwhile = \"in_market\"\noutcomes = [ { chance = 1, effects = [ { open = \"swap_south\" } ] } ]\n\n[[plans]]\nid = \"stay_out\"";
    let folder = changed(&[
        (SCENARIO, "[[plans]]\nid = \"stay_out\"", event),
        (
            SCENARIO,
            "when = \"awareness > 0.2 && sales.share > 0.005\"",
            "when = \"channel.swap_south.open\"",
        ),
    ]);
    load(folder.path(), &LoadOptions::default()).unwrap();
}

#[test]
fn circular_gates() {
    let gates = "needs = [\"audit\"]\n\n[[gates]]\nid = \"audit\"\nholds = []\nlead_time = \"1 months\"\ncost = 0\nneeds = [\"approval\"]\n\n[[events]]";
    let words = ["gates that need each other: approval needs audit needs approval"];
    one(SCENARIO, "[[events]]", gates, "\"audit\"]", &words);
}

#[test]
fn source_that_does_not_resolve() {
    let words = ["unknown source `ridrs`", "did you mean `riders`?"];
    one(
        SCENARIO,
        "users = { value = \"3 million\", source = \"riders\" }",
        "users = { value = \"3 million\", source = \"ridrs\" }",
        "\"ridrs\"",
        &words,
    );
}

#[test]
fn source_about_a_period_after_as_of() {
    let folder = changed(&[(
        "sources.csv",
        "2023-10-02,2023-06-30",
        "2023-10-02,2024-01-01",
    )]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    let words = [
        "the source `riders` is about a period that ends on 2024-01-01",
        "before `as_of`, 2024-01-01",
    ];
    assert_eq!(found.list.len(), 1, "{found}");
    let place = location(folder.path(), "sources.csv", "2024-01-01");
    check(&found.list[0], &place, &words);
}

#[test]
fn source_about_a_later_period_that_nobody_cites() {
    let folder = changed(&[(
        "sources.csv",
        "riders,",
        "later,Nobody,Nothing,2024-05-02,2024-03-31,,hard fact\nriders,",
    )]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let place = location(folder.path(), "sources.csv", "2024-03-31");
    check(
        &found.list[0],
        &place,
        &["the source `later`", "before `as_of`, 2024-01-01"],
    );
}

#[test]
fn source_published_later_is_flagged_only() {
    let folder = changed(&[(
        "sources.csv",
        "2023-10-02,2023-06-30",
        "2024-02-01,2023-06-30",
    )]);
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    let later: Vec<String> = loaded
        .published_later
        .iter()
        .map(|(id, date)| format!("{id} {date}"))
        .collect();
    assert_eq!(later, ["riders 2024-02-01"]);
}

#[test]
fn low_above_high() {
    let words = ["`low`", "`high`", "demand.brand_spread"];
    let from = "low = 0.5, mode = 0.9, high = 1.4";
    one(
        SCENARIO,
        from,
        "low = 1.5, mode = 0.9, high = 1.4",
        "1.5, mode",
        &words,
    );
}

#[test]
fn unknown_distribution() {
    let words = ["\"pret\" as a distribution", "did you mean `pert`?"];
    one(
        SCENARIO,
        "distribution = \"pert\"",
        "distribution = \"pret\"",
        "\"pret\"",
        &words,
    );
}

#[test]
fn missing_columns() {
    let words = ["no column `price`", "did you mean `prise`?"];
    let folder = changed(&[(PRODUCTS, "category,price,", "category,prise,")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], "products.csv:1:1", &words);
}

#[test]
fn not_utf8() {
    for (file, after, wanted) in [
        (SCENARIO, "format", "scenario.toml:7:9"),
        (PRODUCTS, "volta_ma", "products.csv:3"),
    ] {
        let folder = changed(&[]);
        let path = folder.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        bytes[text.find(after).unwrap() + after.len() + 2] = 0xff;
        fs::write(&path, bytes).unwrap();
        let found = mistakes(folder.path(), &LoadOptions::default());
        check(&found.list[0], wanted, &["UTF-8"]);
    }
}

#[test]
fn paths_that_leave_the_folder() {
    for path in ["../products.csv", "/etc/passwd", "sub/../../products.csv"] {
        let to = format!("products = \"{path}\"");
        let at = format!("\"{path}\"");
        one(
            SCENARIO,
            "products = \"products.csv\"",
            &to,
            &at,
            &["leaves the scenario's folder"],
        );
    }
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder() {
    let outside = changed(&[]);
    let folder = changed(&[]);
    fs::remove_file(folder.path().join(PRODUCTS)).unwrap();
    std::os::unix::fs::symlink(outside.path().join(PRODUCTS), folder.path().join(PRODUCTS))
        .unwrap();
    let found = mistakes(folder.path(), &LoadOptions::default());
    check(
        &found.list[0],
        &location(folder.path(), SCENARIO, "\"products.csv\""),
        &["by a link"],
    );
}

#[test]
fn another_format() {
    one(
        SCENARIO,
        "format = 1",
        "format = 2",
        "2\n\n[scenario]",
        &["format = 2", "format = 1", "another release"],
    );
}

#[test]
fn ids_have_a_pattern() {
    let words = ["\"Re-call\" is not an id", "write \"re_call\""];
    one(
        SCENARIO,
        "id = \"recall\"",
        "id = \"Re-call\"",
        "\"Re-call\"",
        &words,
    );
}

#[test]
fn reach_for_every_channel() {
    let from = "swap_north = 0.8, swap_south = 0.7, dealers = 0.8, brisk_online = 0.4";
    let words = ["no reach of `dealers` in `segments.commuters.channels`"];
    one(
        SCENARIO,
        from,
        "swap_north = 0.8, swap_south = 0.7, brisk_online = 0.4",
        "{ swap_north = 0.8, swap_south = 0.7, b",
        &words,
    );
}

#[test]
fn sums_that_must_be_one() {
    one(
        SCENARIO,
        "share = { value = 0.3,",
        "share = { value = 0.4,",
        "{ value = 0.4, source = \"survey\" }",
        &["shares sum to 1.1"],
    );
    let words = ["shares of sales that sum to 0.9500", "a sum of 1"];
    one(
        SCENARIO,
        "volta = 0.45,",
        "volta = 0.40,",
        "{ volta = 0.40",
        &words,
    );
    let words = ["seasonal factors that average 1.0833"];
    let season = "[season]\nfactors = [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n\n[demand]";
    one(SCENARIO, "[demand]", season, "[season]", &words);
    one(
        SCENARIO,
        "{ chance = 1,",
        "{ chance = 0.5,",
        "0.5, effects",
        &["sum to 0.5"],
    );
}

#[test]
fn parameters_that_no_target_solves() {
    let folder = changed(&[
        (
            SCENARIO,
            "target = \"own_price_elasticity\"\nproduct = \"volta_one\"",
            "target = \"category_price_elasticity\"",
        ),
        (
            SCENARIO,
            "horizon = \"12 months\"\nprice = \"consumer\"",
            "horizon = \"12 months\"",
        ),
    ]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let words = [
        "`price_coefficient` is missing in `demand`",
        "own_price_elasticity",
    ];
    check(
        &found.list[0],
        &location(folder.path(), SCENARIO, "[demand]"),
        &words,
    );
    let words = ["`brand_spread` is missing in `demand`", "second_choice"];
    let from = "brand_spread = { distribution = \"triangular\", low = 0.5, mode = 0.9, high = 1.4, note = \"assumption: no survey of second choices\" }\n";
    one(SCENARIO, from, "", "[demand]", &words);
}

#[test]
fn unit_cost_of_an_entrants_product() {
    let words = ["no `unit_cost` of the entrant's product `brisk_city`"];
    one(
        PRODUCTS,
        ",2690,,2050,",
        ",2690,,,",
        "brisk_city,brisk",
        &words,
    );
}

#[test]
fn references_of_targets() {
    let words = ["unknown product `volta_won`", "did you mean `volta_one`?"];
    one(
        SCENARIO,
        "product = \"volta_one\"",
        "product = \"volta_won\"",
        "\"volta_won\"",
        &words,
    );
    let words = ["`bass` as base", "is not among `values`"];
    let folder = changed(&[(SCENARIO, "base = \"others\"", "base = \"bass\"")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    check(
        &found.list[0],
        &location(folder.path(), SCENARIO, "\"bass\""),
        &words,
    );
}

#[test]
fn targets_of_one_parameter() {
    let second =
        "[[calibration]]\ntarget = \"margin\"\nvalues = { volta_one = 0.3 }\n\n# ---- becoming";
    let words = ["`margin` beside `own_price_elasticity`"];
    one(
        SCENARIO,
        "# ---- becoming",
        second,
        "[[calibration]]\ntarget = \"margin\"",
        &words,
    );
}

#[test]
fn keys_that_a_target_does_not_take() {
    let words = ["`horizon` in a target `network_switching`", "`value`"];
    one(
        SCENARIO,
        "value = 0.15\n",
        "value = 0.15\nhorizon = 12\n",
        "12\nsource",
        &words,
    );
}

#[test]
fn class_of_one_needs_its_spread() {
    let words = ["a reference class of one without `sd`"];
    one(
        SCENARIO,
        "[\"glide\", \"others\"]",
        "[\"glide\"]",
        "\"glide\"]",
        &words,
    );
}

#[test]
fn actions_and_kinds_are_closed_lists() {
    let words = ["`opne`", "did you mean `open`?"];
    one(
        SCENARIO,
        "{ open = \"swap_north\" }",
        "{ opne = \"swap_north\" }",
        "opne",
        &words,
    );
    let words = ["\"retial\"", "did you mean `retail`?"];
    one(
        SCENARIO,
        "kind = \"retail\"",
        "kind = \"retial\"",
        "\"retial\"",
        &words,
    );
}
