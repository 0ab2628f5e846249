//! One clear error for each mistake: where, what was found, what was expected, the nearest name; and
//! all of a scenario's at once.

use beachhead_workbench::diagnostic::{Diagnostic, Diagnostics};
use beachhead_workbench::scenario::{LoadOptions, load, write_new};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A new scenario with texts replaced: file, from, to.
fn changed(edits: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_new(folder.path()).unwrap();
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the template has no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    folder
}

fn mistakes(folder: &Path, options: &LoadOptions) -> Diagnostics {
    match load(folder, options) {
        Ok(_) => panic!("loaded without a mistake"),
        Err(mistakes) => mistakes,
    }
}

/// Where a text stands in a file of a folder, as `file:line:column`.
fn location(folder: &Path, file: &str, at: &str) -> String {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let offset = text
        .find(at)
        .unwrap_or_else(|| panic!("{file} has no {at:?}"));
    let line = text[..offset].matches('\n').count() + 1;
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    format!("{file}:{line}:{}", text[start..offset].chars().count() + 1)
}

/// Changes one thing and asks for exactly one mistake, at a text of the changed file, whose message has
/// all the words.
fn one(file: &str, from: &str, to: &str, at: &str, words: &[&str]) {
    let folder = changed(&[(file, from, to)]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], &location(folder.path(), file, at), words);
}

fn check(mistake: &Diagnostic, location: &str, words: &[&str]) {
    let text = mistake.render(false);
    assert_eq!(mistake.location(), location, "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
    assert!(
        !mistake.expected.is_empty(),
        "says not what was expected:\n{text}"
    );
}

const SCENARIO: &str = "scenario.toml";
const PRODUCTS: &str = "products.csv";

#[test]
fn unknown_key() {
    let words = [
        "unknown key `chrun`",
        "networks.swap_north",
        "did you mean `churn`?",
        "^^^^^",
    ];
    let folder = changed(&[(SCENARIO, "churn = { value = \"6", "chrun = { value = \"6")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 2, "{found}");
    let missing = location(folder.path(), SCENARIO, "[[networks]]\nid = \"swap_north\"");
    check(
        &found.list[0],
        &missing,
        &["`churn` is missing in `networks.swap_north`", "add `churn`"],
    );
    check(
        &found.list[1],
        &location(folder.path(), SCENARIO, "chrun"),
        &words,
    );
}

#[test]
fn missing_key() {
    let words = ["`discount_rate` is missing in `finance`", "10 %/year"];
    one(
        SCENARIO,
        "discount_rate = { value = \"9 %/year\", note = \"assumption: cost of capital\" }\n",
        "",
        "[finance]",
        &words,
    );
}

#[test]
fn missing_section() {
    let folder = changed(&[(SCENARIO, "[finance]", "[finanse]")]);
    let found = mistakes(folder.path(), &LoadOptions::default()).render(false);
    assert!(found.contains("`finance` is missing"), "{found}");
    assert!(found.contains("did you mean `finance`?"), "{found}");
}

#[test]
fn wrong_unit() {
    let from = "margin = \"EUR 120/unit\"";
    one(
        SCENARIO,
        from,
        "margin = \"EUR 120/month\"",
        "\"EUR 120/month\"",
        &["/unit", "channels.swap_north.margin", "EUR 40/unit"],
    );
}

#[test]
fn missing_unit() {
    let from = "receivable = \"30 days\"";
    one(
        SCENARIO,
        from,
        "receivable = \"30\"",
        "\"30\"",
        &["without a unit of time", "45 days"],
    );
}

#[test]
fn missing_period() {
    let words = ["without a period of time", "0.8 %/month"];
    one(SCENARIO, "\"6 %/year\"", "\"6 %\"", "\"6 %\"", &words);
}

#[test]
fn wrong_currency() {
    let words = ["money in USD; the scenario's currency is EUR"];
    one(
        SCENARIO,
        "margin = \"EUR 120/unit\"",
        "margin = \"USD 120/unit\"",
        "\"USD 120/unit\"",
        &words,
    );
}

#[test]
fn share_over_one() {
    let words = ["1.3 is out of range", "leaving_cost", "from 0 to 1"];
    let from = "leaving_cost = { value = 0.5, note = \"assumption: share";
    one(
        SCENARIO,
        from,
        "leaving_cost = { value = 1.3, note = \"assumption: share",
        "{ value = 1.3",
        &words,
    );
}

#[test]
fn probability_over_one_by_per_cent() {
    one(
        SCENARIO,
        "\"6 %/year\"",
        "\"600 %/year\"",
        "{ value = \"600",
        &["out of range", "from 0 to 1"],
    );
}

#[test]
fn distribution_that_leaves_its_range() {
    let words = [
        "the normal distribution of `demand.buy_keep_nest` reaches",
        "above 0 and up to 1",
        "beta",
    ];
    let from = "distribution = \"beta\", mean = 0.3, sd = 0.1";
    one(
        SCENARIO,
        from,
        "distribution = \"normal\", mean = 0.3, sd = 0.1",
        "{ distribution = \"normal\", mean = 0.3",
        &words,
    );
}

#[test]
fn negative_price() {
    one(
        PRODUCTS,
        "2990",
        "-2990",
        "-2990",
        &[
            "-2990 is out of range in `products.volta_one.price`",
            "at least 0",
        ],
    );
}

#[test]
fn not_a_number() {
    one(
        PRODUCTS,
        "2990",
        "NaN",
        "NaN",
        &["NaN in `products.volta_one.price`", "a finite number"],
    );
    one(
        SCENARIO,
        "users = { value = \"3 million\"",
        "users = { value = nan",
        "nan",
        &["NaN", "finite"],
    );
    one(
        SCENARIO,
        "users = { value = \"3 million\"",
        "users = { value = inf",
        "inf",
        &["inf", "finite"],
    );
}

#[test]
fn empty_cell_in_a_required_column() {
    let words = ["an empty cell in column `price`", "this column is required"];
    let folder = changed(&[(
        PRODUCTS,
        "volta_one,volta,scooters,2990",
        "volta_one,volta,scooters,",
    )]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], "products.csv:2:26", &words);
}

#[test]
fn empty_cell_that_the_formula_needs() {
    let folder = changed(&[(PRODUCTS, ",80,45,2022-03", ",,45,2022-03")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let text = found.render(false);
    assert!(
        text.contains("an empty cell in column `range_km`") && text.contains("products.csv:2:"),
        "{text}"
    );
}

#[test]
fn duplicate_ids() {
    let words = [
        "the segment `commuters` is there already (scenario.toml:",
        "each id once",
    ];
    let folder = changed(&[(SCENARIO, "id = \"couriers\"", "id = \"commuters\"")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let text = fs::read_to_string(folder.path().join(SCENARIO)).unwrap();
    let second = text.rfind("\"commuters\"").unwrap();
    let line = text[..second].matches('\n').count() + 1;
    check(&found.list[0], &format!("scenario.toml:{line}:6"), &words);
    let words = ["the product `volta_one` is there already (products.csv:2)"];
    let folder = changed(&[(PRODUCTS, "volta_max,", "volta_one,")]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    check(&found.list[0], "products.csv:3:1", &words);
    assert_eq!(found.list.len(), 1, "{found}");
}

#[test]
fn offer_of_an_unknown_product() {
    let words = ["unknown product `brisk_cty`", "did you mean `brisk_city`?"];
    one(
        SCENARIO,
        "launch = [\"brisk_city\"]",
        "launch = [\"brisk_cty\"]",
        "\"brisk_cty\"",
        &words,
    );
    let words = ["`glide_s` is not a product of an entrant", "brisk_city"];
    one(
        SCENARIO,
        "launch = [\"brisk_city\"]",
        "launch = [\"glide_s\"]",
        "\"glide_s\"",
        &words,
    );
}

#[test]
fn unknown_channel_of_a_product() {
    let words = ["unknown channel `dealer`", "did you mean `dealers`?"];
    one(
        PRODUCTS,
        "swap_south;dealers",
        "swap_south;dealer",
        "dealer\n",
        &words,
    );
}

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
    assert_eq!(found.list.len(), 3, "{found}");
    check(
        &found.list[0],
        &location(folder.path(), SCENARIO, "\"riders\" }"),
        &words,
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
fn price_rule_not_built_yet() {
    let words = ["the price rule `bertrand` is not built yet", "cost_plus"];
    let from = "{ price = \"cost_plus\", margin = \"12 %\", products = [\"brisk_city\"] }";
    one(
        SCENARIO,
        from,
        "{ price = \"bertrand\" }",
        "{ price = \"bertrand\" }",
        &words,
    );
    let from = "price = \"cost_plus\", margin = \"12 %\"";
    let to = "price = \"margin_cap\", cap = \"5 %\", base = \"net\", scope = \"market\"";
    one(
        SCENARIO,
        from,
        to,
        "{ price = \"margin_cap\"",
        &["`margin_cap` is not built yet"],
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

#[test]
fn syntax_stands_alone() {
    let folder = changed(&[
        (SCENARIO, "months = 48", "months = = 48"),
        (SCENARIO, "volta = 0.45", "vota = 0.45"),
    ]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    assert!(found.list[0].found.contains("not valid TOML"), "{found}");
    let line = location(folder.path(), SCENARIO, "months = = 48");
    assert!(
        line.starts_with(&format!("scenario.toml:{}:", found.list[0].line)),
        "{found}"
    );
}

#[test]
fn all_mistakes_at_once() {
    let folder = changed(&[
        (SCENARIO, "hedonic = \"9*range_km", "hedonic = \"9*range_mk"),
        (
            SCENARIO,
            "margin = \"EUR 120/unit\"",
            "margin = \"USD 120/unit\"",
        ),
        (SCENARIO, "gate.approval.open", "gate.aproval.open"),
    ]);
    let rows = fs::read_to_string(folder.path().join(PRODUCTS)).unwrap();
    fs::write(
        folder.path().join(PRODUCTS),
        rows.replace("glide_s,", "Glide S,"),
    )
    .unwrap();
    let options = LoadOptions {
        sets: vec!["networks.swap_noth.churn=1".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(folder.path(), &options);
    let files: Vec<&str> = found
        .list
        .iter()
        .map(|mistake| mistake.file.as_str())
        .collect();
    assert_eq!(
        files,
        [SCENARIO, SCENARIO, SCENARIO, PRODUCTS, "--set"],
        "{found}"
    );
    let lines: Vec<usize> = found.list[..3].iter().map(|mistake| mistake.line).collect();
    assert!(lines.is_sorted(), "{found}");
    assert!(
        found.render(false).ends_with("5 mistakes found\n"),
        "{found}"
    );
}

#[test]
fn edits_are_checked_as_if_written() {
    let folder = changed(&[]);
    let one = |set: &str, words: &[&str]| {
        let options = LoadOptions {
            sets: vec![set.to_owned()],
            ..LoadOptions::default()
        };
        let found = mistakes(folder.path(), &options);
        let text = found.render(false);
        assert_eq!(found.list.len(), 1, "{text}");
        assert!(found.list[0].location().starts_with("--set:1"), "{text}");
        for word in words {
            assert!(text.contains(word), "no {word:?} in\n{text}");
        }
    };
    one(
        "networks.swap_north.chrun=0.1",
        &["unknown key `chrun`", "did you mean `churn`?"],
    );
    one(
        "networks.swap_north.churn=EUR 3",
        &["money (EUR) in a field that is not money"],
    );
    one(
        "products.brisk_ctiy.price=1",
        &["unknown `brisk_ctiy`", "did you mean `brisk_city`?"],
    );
    one(
        "products.brisk_city.prise=1",
        &["unknown column `prise`", "did you mean `price`?"],
    );
    one(
        "plans.online_first.steps.club.when=mnth > 3",
        &["mnth", "did you mean `month`?"],
    );
    one(
        "demand.brand_spread.mean=1",
        &["`mean` does not describe a triangular distribution"],
    );
}

#[test]
fn unknown_plan() {
    let folder = changed(&[]);
    let options = LoadOptions {
        plans: vec!["online_frist".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(folder.path(), &options);
    check(
        &found.list[0],
        "--plan",
        &[
            "unknown plan `online_frist`",
            "did you mean `online_first`?",
        ],
    );
}

#[test]
fn a_shorter_horizon_from_the_command_line_only_warns() {
    let folder = changed(&[(
        SCENARIO,
        "when = \"awareness > 0.2 && sales.share > 0.005\"",
        "when = \"month >= 30\"",
    )]);
    let options = LoadOptions {
        months: Some(24),
        ..LoadOptions::default()
    };
    let loaded = load(folder.path(), &options).unwrap();
    assert_eq!(loaded.scenario.months, 24);
    assert!(
        loaded
            .warnings
            .iter()
            .any(|warning| warning.found.contains("month 30"))
    );
}

#[test]
fn no_scenario_here() {
    let folder = tempfile::tempdir().unwrap();
    let found = mistakes(folder.path(), &LoadOptions::default()).render(false);
    assert!(
        found.contains("no scenario.toml here") && found.contains("beachhead new"),
        "{found}"
    );
    let found = mistakes(&folder.path().join("nothing"), &LoadOptions::default()).render(false);
    assert!(found.contains("cannot open this folder"), "{found}");
}
