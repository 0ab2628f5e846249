//! Keys, units, ranges, tables, ids.

use super::{PRODUCTS, SCENARIO, changed, check, location, mistakes, one};
use beachhead_workbench::scenario::{LoadOptions, load};
use std::fs;

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
fn more_networks_than_a_market_may_have() {
    let mut many = String::new();
    for n in 0..40 {
        many += &format!("[[networks]]\nid = \"extra_{n}\"\nchurn = \"1 %/month\"\n\n");
    }
    let first = "[[networks]]\nid = \"swap_north\"";
    let folder = changed(&[(SCENARIO, first, &format!("{many}{first}"))]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    let limit = found.list.iter().find(|one| one.found.contains("networks"));
    let limit = limit.unwrap_or_else(|| panic!("{found}"));
    check(
        limit,
        &location(folder.path(), SCENARIO, "\"extra_32\""),
        &["at most 32", "extra_32"],
    );
}

/// Its own store, in which no incumbent sells.
const STORE: &str = "id = \"brisk_online\"\n";

#[test]
fn a_taste_where_sales_tell_it() {
    let dealers = "id = \"dealers\"\n";
    let found = one_of_channel(dealers, "taste = 0.2\n");
    assert!(found.contains("a taste for `dealers`, in which incumbents sell"));
    assert!(found.contains("`share_of_sales` by channel"), "{found}");
    let found = one_of_channel(dealers, "like = \"swap_north\"\n");
    assert!(found.contains("neither `taste` nor `like`"), "{found}");
}

#[test]
fn a_channel_that_is_like_one_of_which_nothing_is_known() {
    let found = one_of_channel(STORE, "like = \"brisk_online\"\n");
    assert!(found.contains("in which no incumbent sells"), "{found}");
    let found = one_of_channel(STORE, "like = \"dealer\"\n");
    assert!(found.contains("did you mean `dealers`"), "{found}");
    let found = one_of_channel(STORE, "taste = 99\n");
    assert!(found.contains("-50 to 50"), "{found}");
}

/// The only mistake after more is said of a channel.
fn one_of_channel(channel: &str, more: &str) -> String {
    let folder = changed(&[(SCENARIO, channel, &format!("{channel}{more}"))]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    assert_eq!(found.list.len(), 1, "{found}");
    found.to_string()
}

#[test]
fn a_channel_of_which_nothing_is_said_is_listed_as_a_default() {
    let listed = |more: &str| {
        let folder = changed(&[(SCENARIO, STORE, &format!("{STORE}{more}"))]);
        let loaded = load(folder.path(), &LoadOptions::default());
        let loaded = loaded.map_err(|found| found.to_string()).unwrap();
        let channel = loaded.scenario.channels.iter();
        let said = channel.filter(|channel| channel.taste.is_some()).count();
        let tastes = loaded
            .defaults
            .iter()
            .filter(|d| d.name.ends_with(".taste"));
        (said, tastes.map(|d| d.name.clone()).collect::<Vec<_>>())
    };
    let (said, defaults) = listed("");
    assert_eq!(said, 0);
    assert!(defaults.contains(&"channels.brisk_online.taste".to_owned()));
    let (said, left) = listed("like = \"dealers\"\ntaste = -0.2\n");
    assert_eq!(said, 1);
    assert_eq!(left.len(), defaults.len() - 1);
}
