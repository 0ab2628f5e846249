//! Distributions that their own numbers contradict: one clear error each, at the number.

use super::{SCENARIO, changed, check, location, mistakes, one};
use beachhead_workbench::scenario::LoadOptions;

const SPREAD: &str = "brand_spread = { distribution = \"triangular\", low = 0.5, mode = 0.9, high = 1.4, note = \"assumption: no survey of second choices\" }";

/// Writes another distribution into the template and asks for one mistake, at `at`.
fn contradiction(written: &str, at: &str, words: &[&str]) {
    let to = format!("brand_spread = {{ distribution = {written}, note = \"x\" }}");
    let folder = changed(&[(SCENARIO, SPREAD, &to)]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    let start = location(folder.path(), SCENARIO, &to);
    let (file_and_line, column) = start.rsplit_once(':').unwrap();
    let offset = to.find(at).unwrap();
    let column = column.parse::<usize>().unwrap() + to[..offset].chars().count();
    check(&found.list[0], &format!("{file_and_line}:{column}"), words);
}

#[test]
fn quantiles_in_the_wrong_order() {
    let words = ["`p10` is 2 and `p90` is 1", "exchange or correct them"];
    contradiction("\"normal\", p10 = 2, p90 = 1", "2, p90", &words);
    let words = ["`p50` must be below `p90`"];
    contradiction("\"lognormal\", p10 = 1, p50 = 4, p90 = 3", "4, p90", &words);
    let words = ["`p10` must be below `p90`"];
    contradiction("\"normal\", p10 = 1, p90 = 1", "1, p90", &words);
}

#[test]
fn values_that_no_lognormal_has() {
    for value in ["0", "-1"] {
        let found = format!("`p10` is {value} and must be above 0");
        let words = [found.as_str(), "take a normal distribution"];
        let at = format!("{value}, p90");
        contradiction(
            &format!("\"lognormal\", p10 = {value}, p90 = 1"),
            &at,
            &words,
        );
    }
    let words = ["`mean` is -2 and must be above 0", "not lognormal"];
    contradiction("\"lognormal\", mean = -2, sd = 1", "-2", &words);
}

#[test]
fn modes_outside_and_empty_ranges() {
    for family in ["triangular", "pert"] {
        let words = ["`mode` is 3, outside 1 to 2"];
        contradiction(
            &format!("\"{family}\", low = 1, mode = 3, high = 2"),
            "3, high",
            &words,
        );
        let words = ["`low` must be below `high`"];
        contradiction(
            &format!("\"{family}\", low = 2, mode = 2, high = 2"),
            "2, mode",
            &words,
        );
    }
    let words = ["`low` is 2 and `high` is 1"];
    contradiction("\"uniform\", low = 2, high = 1", "2, high", &words);
}

#[test]
fn moments_that_no_beta_has() {
    let words = ["`sd` is 0.6, but with mean 0.5", "must be below 0.5"];
    contradiction("\"beta\", mean = 0.5, sd = 0.6", "0.6", &words);
    let words = ["`mean` is 1.5, outside 0 to 1", "change `low` or `high`"];
    contradiction("\"beta\", mean = 1.5, sd = 0.1", "1.5", &words);
    let words = ["`p90` is 1.2, outside 0 to 1"];
    contradiction("\"beta\", p10 = 0.2, p90 = 1.2", "1.2", &words);
}

#[test]
fn more_quantiles_than_a_shape_can_meet() {
    // The lognormal through 1 and 3 has its median at √3.
    let words = ["`p50` is 1.1", "has 1.732", "drop `p50`"];
    contradiction("\"lognormal\", p10 = 1, p50 = 1.1, p90 = 3", "1.1", &words);
    let words = ["`p50` is 0.21", "a beta distribution", "drop `p50`"];
    contradiction("\"beta\", p10 = 0.2, p50 = 0.21, p90 = 0.3", "0.21", &words);
    let words = ["`p25` is 1.5", "a normal distribution"];
    contradiction(
        "\"normal\", p10 = 1, p25 = 1.5, p75 = 1.7, p90 = 2",
        "1.5",
        &words,
    );
}

#[test]
fn descriptions_that_say_too_much_or_too_little() {
    let words = ["both moments and quantiles"];
    contradiction(
        "\"normal\", mean = 1, sd = 0.1, p10 = 0.9",
        "\"normal\"",
        &words,
    );
    let words = ["only the quantile `p10`", "at least two"];
    contradiction("\"normal\", p10 = 0.9", "0.9", &words);
    let words = ["`sd` is missing"];
    contradiction("\"normal\", mean = 1", "\"normal\"", &words);
    let words = ["`sd` is 0", "write the plain number"];
    contradiction("\"normal\", mean = 1, sd = 0", "0, note", &words);
    let words = ["without parameters", "values, and weights"];
    contradiction("\"discrete\", values = []", "{ distribution", &words);
    let words = ["2 values and 1 weights"];
    contradiction(
        "\"discrete\", values = [1, 2], weights = [1]",
        "\"discrete\"",
        &words,
    );
    let words = ["weight 2 is -1"];
    contradiction(
        "\"discrete\", values = [1, 2], weights = [1, -1]",
        "\"discrete\"",
        &words,
    );
}

#[test]
fn periods_that_differ() {
    let from = "churn = { value = \"6 %/year\"";
    let to = "churn = { distribution = \"lognormal\", p10 = \"1 %/month\", p90 = \"20 %/year\"";
    one(
        SCENARIO,
        from,
        to,
        "\"20 %/year\"",
        &["another period than before"],
    );
}

#[test]
fn quantiles_that_a_shape_does_not_take_are_one_mistake() {
    let words = [
        "`p0`, `p100` in `",
        "no quantile that can be given",
        "`p05`",
        "`low` and `high`",
    ];
    contradiction("\"normal\", p0 = 1, p100 = 3", "p0", &words);
    contradiction(
        "\"uniform\", p100 = 3, p0 = 1",
        "p100",
        &["`p100`, `p0` in `"],
    );
}

#[test]
fn a_key_twice_in_an_edit_is_named() {
    let set = "demand.brand_spread={ distribution = \"normal\", p10 = 1, p10 = 2, p90 = 3 }";
    let options = LoadOptions {
        sets: vec![set.to_owned()],
        ..LoadOptions::default()
    };
    let folder = changed(&[]);
    let found = mistakes(folder.path(), &options);
    let first = &found.list[0];
    let at = set.rfind("p10").unwrap() + 1;
    assert_eq!(found.list.len(), 1, "{found}");
    check(
        first,
        &format!("--set:1:{at}"),
        &["not valid TOML: duplicate key", "no key twice"],
    );
    let list = LoadOptions {
        sets: vec!["simulation.types=[4".to_owned()],
        ..LoadOptions::default()
    };
    let found = mistakes(folder.path(), &list);
    assert!(found.list[0].found.contains("not valid TOML"), "{found}");
}
