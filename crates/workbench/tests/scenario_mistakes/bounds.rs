//! Names, characters and numbers that would go on to do harm: refused where they stand.

use super::{PRODUCTS, SCENARIO, changed, check, location, mistakes, one};
use beachhead_workbench::scenario::{LoadOptions, load};

#[test]
fn a_name_that_leads_out_of_the_folder_of_runs() {
    let words = [
        "in `scenario.name`",
        "letters, digits, `_` and `-`, at most 64",
    ];
    let long = format!("\"{}\"", "a".repeat(65));
    for name in [
        "\"../../x\"",
        "\"a/b\"",
        "\"..\"",
        "\"-a\"",
        "\"_a\"",
        "\"a b\"",
        long.as_str(),
    ] {
        one(
            SCENARIO,
            "name = \"scooters\"",
            &format!("name = {name}"),
            name,
            &words,
        );
    }
    let folder = changed(&[]);
    let options = LoadOptions {
        sets: vec!["scenario.name=\"../../x\"".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(folder.path(), &options);
    assert_eq!(found.list.len(), 1, "{found}");
    assert!(found.list[0].location().starts_with("--set:1:"), "{found}");
    let longest = format!("name = \"A{}\"", "-".repeat(63));
    let folder = changed(&[(SCENARIO, "name = \"scooters\"", &longest)]);
    assert!(load(folder.path(), &LoadOptions::default()).is_ok());
}

#[test]
fn control_characters_are_named_and_never_printed() {
    let clean = |found: &str| {
        assert!(
            !found.contains(|c: char| c.is_control() && c != '\n' && c != '\t'),
            "{found:?}"
        );
    };
    for (file, from, to, at, name) in [
        (
            SCENARIO,
            "title = \"Brisk",
            "title = \"\\u001b[2JBrisk",
            "\"\\u001b[2JBrisk",
            "U+001B",
        ),
        (
            SCENARIO,
            "id = \"couriers\"",
            "id = \"cou\\u0007riers\"",
            "\"cou\\u0007riers\"",
            "U+0007",
        ),
        (
            SCENARIO,
            "note = \"assumption: cost of capital\"",
            "note = \"\\u009b31m\"",
            "\"\\u009b31m\"",
            "U+009B",
        ),
        (
            SCENARIO,
            "when = \"month >= 1\"",
            "when = \"month >= 1\\u007f\"",
            "\"month >= 1\\u007f\"",
            "U+007F",
        ),
        (
            "sources.csv",
            "Scooter owners survey",
            "Scooter \u{1b}]0;x\u{7}survey",
            "Scooter \u{1b}",
            "U+001B",
        ),
        (
            PRODUCTS,
            "volta_one,volta",
            "volta_one\u{8},volta",
            "volta_one\u{8}",
            "U+0008",
        ),
    ] {
        let folder = changed(&[(file, from, to)]);
        let found = mistakes(folder.path(), &LoadOptions::default());
        assert_eq!(found.list.len(), 1, "{found}");
        check(
            &found.list[0],
            &location(folder.path(), file, at),
            &[name, "a text without control characters"],
        );
        clean(&found.render(false));
    }
    let options = LoadOptions {
        sets: vec![
            "scenario.title=\u{1b}[2Jx".to_owned(),
            "a\u{1b}b=1".to_owned(),
        ],
        plans: vec!["on\u{1b}line".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(changed(&[]).path(), &options).render(false);
    assert!(found.contains("U+001B"), "{found}");
    clean(&found);
    // Line breaks and tabs are part of texts.
    let folder = changed(&[(
        SCENARIO,
        "note = \"assumption: cost of capital\"",
        "note = \"\"\"two\n\tlines\"\"\"",
    )]);
    assert!(load(folder.path(), &LoadOptions::default()).is_ok());
}

#[test]
fn numbers_that_would_not_stay_finite() {
    for (file, from, to, at, words) in [
        (
            SCENARIO,
            "price_spread = { value = 0.4,",
            "price_spread = { value = 3.1,",
            "{ value = 3.1,",
            "from 0 to 3",
        ),
        (
            SCENARIO,
            "brand_spread = { distribution = \"triangular\", low = 0.5, mode = 0.9, high = 1.4,",
            "brand_spread = { value = 10.5,",
            "{ value = 10.5,",
            "from 0 to 10",
        ),
        (
            SCENARIO,
            "brand_spread =",
            "quality_spread = 3.5\nbrand_spread =",
            "3.5\n",
            "from 0 to 3",
        ),
        (
            SCENARIO,
            "shift = { distribution = \"triangular\", low = -1.5, mode = -0.8, high = 0,",
            "shift = { value = 51,",
            "{ value = 51,",
            "from -50 to 50",
        ),
        (
            SCENARIO,
            "rivals = { value = 1.0,",
            "rivals = { value = -60.0,",
            "{ value = -60.0,",
            "from -50 to 50",
        ),
        (
            SCENARIO,
            "appeal = { distribution = \"normal\", mean = -0.5, sd = 0.5,",
            "appeal = { value = 800,",
            "{ value = 800,",
            "from -50 to 50",
        ),
        (
            SCENARIO,
            "awareness_effect = { value = 0.5,",
            "trust_effect = -20000\nawareness_effect = { value = 0.5,",
            "-20000",
            "from -10000 to 10000",
        ),
        (
            SCENARIO,
            "awareness_effect = { value = 0.5,",
            "awareness_effect = { value = 1e5,",
            "{ value = 1e5,",
            "from 0 to 10000",
        ),
        (
            SCENARIO,
            "[awareness.brisk]",
            "[trust.brisk]\ninitial = 99\n\n[awareness.brisk]",
            "99\n",
            "from -50 to 50",
        ),
        (
            SCENARIO,
            "\"26 %/year\", sd = \"2 %/year\"",
            "\"130 %/month\", sd = \"2 %/month\"",
            "{ distribution = \"normal\", mean = \"130",
            "up to 1",
        ),
    ] {
        one(file, from, to, at, &[words]);
    }
    let options = LoadOptions {
        sets: vec!["products.volta_one.appeal=77".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(changed(&[]).path(), &options);
    assert_eq!(found.list.len(), 1, "{found}");
    assert_eq!(found.list[0].file, "--set", "{found}");
    assert!(found.list[0].expected.contains("from -50 to 50"), "{found}");
}

#[test]
fn horizons_and_ages_that_cannot_be() {
    one(
        SCENARIO,
        "horizon = \"12 months\"",
        "horizon = \"121 months\"",
        "\"121 months\"",
        &[
            "calibration.own_price_elasticity.volta_one.horizon",
            "from 1 to 120",
        ],
    );
    one(
        SCENARIO,
        "[[calibration]]\ntarget = \"network_switching\"",
        "[[calibration]]\ntarget = \"kept_beyond\"\nmonths = 49\nvalue = 0.1\n\n[[calibration]]\ntarget = \"network_switching\"",
        "49\n",
        &["from 1 to `simulation.oldest_age`, 48 months"],
    );
}

#[test]
fn people_who_own_nothing_and_never_did() {
    one(
        SCENARIO,
        "buy_keep_nest =",
        "non_owners = \"10 %\"\nbuy_keep_nest =",
        "\"10 %\"",
        &["`non_owners`", "`lapse`"],
    );
    let folder = changed(&[(
        SCENARIO,
        "buy_keep_nest =",
        "non_owners = \"10 %\"\nlapse = \"0.1 %/month\"\nbuy_keep_nest =",
    )]);
    assert!(load(folder.path(), &LoadOptions::default()).is_ok());
}

/// Leaves only the first network.
fn one_network(more: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let mut edits = vec![
        (
            SCENARIO,
            "[[networks]]\nid = \"swap_south\"\nchurn = { value = \"9 %/year\", source = \"riders\" }\ninstalments = \"12 months\"\nleaving_cost = { value = 0.5, note = \"assumption\" }\n",
            "",
        ),
        (
            SCENARIO,
            "kind = \"network\"\nnetwork = \"swap_south\"",
            "kind = \"network\"\nnetwork = \"swap_north\"",
        ),
    ];
    edits.extend_from_slice(more);
    let folder = changed(&edits);
    let path = folder.path().join("compatibility.csv");
    let rows = std::fs::read_to_string(&path).unwrap_or_default();
    let kept: Vec<&str> = rows
        .lines()
        .filter(|row| !row.contains("swap_south"))
        .collect();
    let written = std::fs::write(&path, kept.join("\n") + "\n");
    assert!(written.is_ok());
    folder
}

#[test]
fn switching_and_leaving_need_another_network() {
    let folder = one_network(&[]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    check(
        &found.list[0],
        &location(
            folder.path(),
            SCENARIO,
            "[[calibration]]\ntarget = \"network_switching\"",
        ),
        &["`network_switching`", "at least two networks"],
    );
    let without = (
        SCENARIO,
        "[[calibration]]\ntarget = \"network_switching\"\nvalue = 0.15\nsource = \"survey\"\n",
        "",
    );
    let warnings = |edits: &[(&str, &str, &str)]| {
        let loaded = load(one_network(edits).path(), &LoadOptions::default());
        let loaded = loaded.map_err(|mistakes| mistakes.to_string());
        loaded.map(|loaded| {
            loaded
                .warnings
                .iter()
                .filter(|warning| warning.found.contains("has nowhere to go"))
                .count()
        })
    };
    assert_eq!(warnings(&[without]), Ok(1));
    let still = (
        SCENARIO,
        "churn = { value = \"6 %/year\",",
        "churn = { value = 0,",
    );
    assert_eq!(warnings(&[without, still]), Ok(0));
}

#[test]
fn defaults_that_a_target_solves_are_not_listed() {
    let listed = |edits: &[(&str, &str, &str)]| -> Vec<String> {
        let loaded = load(changed(edits).path(), &LoadOptions::default());
        let defaults = loaded.map(|loaded| loaded.defaults).unwrap_or_default();
        defaults.into_iter().map(|default| default.name).collect()
    };
    let new = listed(&[]);
    let has = |list: &[String], key: &str| list.iter().any(|name| name == key);
    assert!(!has(&new, "demand.switching_cost") && !has(&new, "demand.loyalty"));
    assert!(has(&new, "demand.ageing") && has(&new, "demand.hedonic_scale"));
    let with_target = "[[calibration]]\ntarget = \"kept_beyond\"\nmonths = 36\nvalue = 0.1\n\n[[calibration]]\ntarget = \"network_switching\"";
    let solved = listed(&[(
        SCENARIO,
        "[[calibration]]\ntarget = \"network_switching\"",
        with_target,
    )]);
    assert!(has(&solved, "demand.timing") && !has(&solved, "demand.ageing"));
}

#[test]
fn a_table_with_semicolons() {
    let folder = changed(&[]);
    let path = folder.path().join(PRODUCTS);
    let rows = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(std::fs::write(&path, rows.replace(',', ";")).is_ok());
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let words = ["the separator is `;`", "a comma"];
    check(&found.list[0], "products.csv:1:3", &words);
}

#[test]
fn an_incumbent_has_its_article() {
    one(
        SCENARIO,
        "values = { volta = 0.6,",
        "values = { vlta = 0.6,",
        "vlta",
        &["expected an incumbent brand: "],
    );
}
