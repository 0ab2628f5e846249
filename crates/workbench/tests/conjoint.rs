//! Part-worths: what is wrong with a table is said, shares are those of the study, and respondents drive the months.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

use beachhead_workbench::run::compute;
use beachhead_workbench::run::job::{ComputeOptions, Silent};
use beachhead_workbench::run::preference::{is_static, preference, sweep};
use beachhead_workbench::run::prepare::prepare;
use beachhead_workbench::run::session::{self, Place, Request};
use beachhead_workbench::run::stored;
use beachhead_workbench::run::summary::OutcomeEntry;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// The same mathematics in another order.
const SAME: f64 = 1e-12;
/// An elasticity is met as nearly as this.
const MET: f64 = 1e-8;
/// Months that were calibrated to 1e-6 against the static formula.
const CALIBRATED: f64 = 1e-5;

/// Sales that 120 respondents leave in doubt by more than this, relative.
const LEAST_SPREAD: f64 = 0.02;
/// What chance leaves of a ratio of two ranges.
const CHANCE: f64 = 0.08;

const TABLE: &str = "part_worths.csv";
const PRODUCTS: &str = "products.csv";
const SCENARIO: &str = "scenario.toml";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/conjoint")
}

/// The example with texts replaced: file, from, to.
fn changed(edits: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in [TABLE, PRODUCTS, SCENARIO] {
        let mut text = fs::read_to_string(example().join(file)).unwrap();
        for (_, from, to) in edits.iter().filter(|edit| edit.0 == file) {
            assert!(text.contains(from), "{file} has no {from:?}");
            text = text.replacen(from, to, 1);
        }
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

fn loaded(folder: &Path) -> Loaded {
    load(folder, &LoadOptions::default()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// One mistake with all the words, at a file and line.
fn mistake(edits: &[(&str, &str, &str)], at: &str, words: &[&str]) {
    let folder = changed(edits);
    let mistakes = match load(folder.path(), &LoadOptions::default()) {
        Ok(_) => panic!("loaded without a mistake: {edits:?}"),
        Err(mistakes) => mistakes,
    };
    assert_eq!(mistakes.list.len(), 1, "{mistakes}");
    let text = mistakes.to_string();
    assert!(text.contains(at), "{at} in\n{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} in\n{text}");
    }
}

fn warned(edits: &[(&str, &str, &str)], words: &[&str]) {
    let folder = changed(edits);
    let warnings = loaded(folder.path()).warnings;
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(
        texts
            .iter()
            .any(|text| words.iter().all(|word| text.contains(word))),
        "{words:?} in {texts:?}"
    );
}

#[test]
fn columns_that_are_no_levels() {
    mistake(
        &[(TABLE, "screen:six", "screen six")],
        "part_worths.csv:1",
        &["`screen six`", "attribute:level"],
    );
    mistake(
        &[(TABLE, "screen:seven", "screen: six")],
        "part_worths.csv:1",
        &["`screen:six`", "there already"],
    );
    mistake(
        &[(TABLE, "weight", "wieght")],
        "part_worths.csv:1",
        &["`wieght`", "`weight`"],
    );
}

#[test]
fn attributes_and_levels_that_products_lack() {
    mistake(
        &[(PRODUCTS, "screen,battery", "sceen,battery")],
        "part_worths.csv:1",
        &["no column `screen`", "did you mean `sceen`"],
    );
    mistake(
        &[(PRODUCTS, "made up,,,seven", "made up,,,sevn")],
        "products.csv:5",
        &["unknown level `sevn` of `screen`", "`seven`"],
    );
    mistake(
        &[(PRODUCTS, "made up,,,seven", "made up,,,")],
        "products.csv:5",
        &["an empty cell in column `screen`", "a level"],
    );
}

#[test]
fn numbers_weights_and_ids_of_respondents() {
    mistake(
        &[(TABLE, "0.9,0.7156", "0.9,x")],
        "part_worths.csv:2",
        &["column `brand:alder`", "a number"],
    );
    mistake(
        &[(TABLE, "0.9,0.7156", "0.9,")],
        "part_worths.csv:2",
        &["an empty cell", "a number"],
    );
    mistake(
        &[(TABLE, "readers,0.9", "readers,-0.9")],
        "part_worths.csv:2",
        &["a weight of -0.9", "at least 0"],
    );
    mistake(
        &[(TABLE, "r002", "r001")],
        "part_worths.csv:3",
        &["`r001` is there already"],
    );
    mistake(
        &[(TABLE, "r001,readers", "r001,raeders")],
        "part_worths.csv:2",
        &["unknown segment `raeders`", "`readers`"],
    );
}

#[test]
fn prices_that_were_not_asked_about() {
    mistake(
        &[(PRODUCTS, "birch,readers,99", "birch,readers,249")],
        "products.csv:4",
        &["a price of 249 of `birch_one`", "from 79 to 219"],
    );
    mistake(
        &[(TABLE, "price:79", "price:low")],
        "part_worths.csv:1",
        &["`price:low`", "a price"],
    );
}

#[test]
fn what_has_no_meaning_beside_part_worths() {
    mistake(
        &[(SCENARIO, "price_spread = 0\n", "price_spread = 0.4\n")],
        "scenario.toml:",
        &["`price_spread` above 0", "respondents"],
    );
    mistake(
        &[(
            SCENARIO,
            "part_worths = \"part_worths.csv\"",
            "hedonic = \"0\"\npart_worths = \"part_worths.csv\"",
        )],
        "scenario.toml:",
        &["`hedonic` beside `part_worths`", "one of them"],
    );
    mistake(
        &[
            (SCENARIO, "price_worth = \"interpolated\"", "#"),
            (
                SCENARIO,
                "part_worths = \"part_worths.csv\"",
                "brand_spread = 0\nprice_coefficient = 1\n#",
            ),
        ],
        "scenario.toml:",
        &["`hedonic` is missing", "part_worths"],
    );
}

#[test]
fn what_is_odd_is_said_and_changes_nothing_it_should_not() {
    warned(
        &[(
            TABLE,
            "0.9,0.7156,-0.3347,-0.3809",
            "0.9,1.7156,0.6653,0.6191",
        )],
        &["`brand`", "zero-centred", "1 of 120"],
    );
    warned(&[], &["a higher price is worth more", "of 120 respondents"]);
    // A constant on an attribute moves no share where nobody was asked about none.
    let text = fs::read_to_string(example().join(TABLE)).unwrap();
    let header = text.lines().next().unwrap();
    let without = header.replace(",none", "");
    let rows: Vec<String> = text
        .lines()
        .skip(1)
        .map(|row| row.rsplit_once(',').unwrap().0.to_owned())
        .collect();
    let plain = format!("{without}\n{}\n", rows.join("\n"));
    let moved = plain.replacen("0.9,0.7156,-0.3347,-0.3809", "0.9,1.7156,0.6653,0.6191", 1);
    assert_ne!(plain, moved);
    let shares = |table: &str| {
        let folder = changed(&[]);
        fs::write(folder.path().join(TABLE), table).unwrap();
        let found = preference(&loaded(folder.path())).unwrap();
        assert!(found.plans[0].none.is_none());
        found.plans[2]
            .products
            .iter()
            .map(|product| product.share)
            .collect::<Vec<f64>>()
    };
    for (a, b) in shares(&plain).iter().zip(shares(&moved)) {
        assert!((a - b).abs() < SAME, "{a}, {b}");
    }
}

#[test]
fn shares_of_preference_by_plan_at_the_elasticity() {
    let folder = changed(&[]);
    let loaded = loaded(folder.path());
    let found = preference(&loaded).unwrap();
    let tuned = found.tuned.as_ref().unwrap();
    assert!(
        tuned.met && (tuned.got - tuned.wanted).abs() <= MET * tuned.wanted.abs(),
        "{tuned:?}"
    );
    for plan in &found.plans {
        let sum: f64 = plan.products.iter().map(|product| product.share).sum();
        assert!((sum + plan.none.unwrap() - 1.0).abs() < SAME, "{}", plan.id);
    }
    let share = |plan: usize, brand: &str| -> f64 {
        let products = found.plans[plan].products.iter();
        products
            .filter(|product| product.brand == brand)
            .map(|product| product.share)
            .sum()
    };
    assert!(
        found.plans[0]
            .products
            .iter()
            .all(|product| product.brand != "cedar"),
        "staying out offers nothing"
    );
    assert!(share(1, "cedar") > 0.0 && share(2, "cedar") > share(1, "cedar"));
    assert!(share(2, "alder") < share(0, "alder"));
    let swept = sweep(&loaded, "cedar_pro", (99.0, 199.0), 6).unwrap();
    assert_eq!(swept.plan, "both");
    assert!(
        swept.rows.windows(2).all(|pair| pair[1].1 < pair[0].1),
        "{:?}",
        swept.rows
    );
    let outside = sweep(&loaded, "cedar_pro", (50.0, 199.0), 6)
        .unwrap_err()
        .to_string();
    assert!(outside.contains("from 79 to 219"), "{outside}");
    let unknown = sweep(&loaded, "cedar_x", (99.0, 199.0), 6)
        .unwrap_err()
        .to_string();
    assert!(
        unknown.contains("cedar_x") && unknown.contains("cedar_pro"),
        "{unknown}"
    );
}

/// With everybody reached, no loyalty and no brand intercepts, the months before the entry sell what the study prefers.
#[test]
fn respondents_drive_the_months() {
    let edits = [
        (SCENARIO, "online = 0.7", "online = 1"),
        (SCENARIO, "buy_keep_nest", "exponent = 1.1\nbuy_keep_nest"),
        (
            SCENARIO,
            "target = \"own_price_elasticity\"\nproduct = \"alder_classic\"\nhorizon = \"1 months\"\nprice = \"consumer\"\nvalue = { value = -2.2, note = \"made up\" }\n\n[[calibration]]\n",
            "",
        ),
        (
            SCENARIO,
            "[[calibration]]\ntarget = \"share_of_sales\"\nby = \"brand\"\nvalues = { alder = 0.62, birch = 0.38 }\nbase = \"birch\"\nnote = \"made up\"\n",
            "",
        ),
        (TABLE, ",none\n", ",price:999\n"),
    ];
    // The last column becomes a price that nobody sells at; it must not matter, but for the slope of money.
    let folder = changed(&edits);
    let loaded = loaded(folder.path());
    assert!(!is_static(&loaded.scenario));
    let found = preference(&loaded).unwrap();
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions {
        threads: 2,
        plans: &loaded.plans,
        cancel: &cancel,
    };
    let run = compute::compute(&loaded, &prepare(&loaded).unwrap(), &options, &Silent).unwrap();
    let stay_out = &run.plans[0];
    for brand in ["alder", "birch"] {
        let series = stay_out
            .series
            .iter()
            .find(|series| series.id == format!("share_of_sales.{brand}"));
        let sold = series.unwrap().values[0];
        let products = found.plans[0].products.iter();
        let preferred: f64 = products
            .filter(|product| product.brand == brand)
            .map(|product| product.share)
            .sum();
        assert!(
            (sold - preferred).abs() < CALIBRATED,
            "{brand}: sold {sold}, preferred {preferred}"
        );
    }
    let units = |plan: usize| {
        let outcomes = &run.plans[plan].outcomes;
        outcomes
            .iter()
            .find(|outcome| outcome.id == "units")
            .unwrap()
            .value
            .unwrap()
    };
    assert!(units(0).to_bits() == 0.0_f64.to_bits());
    assert!(units(2) > units(1) && units(1) > 0.0);
}

#[test]
fn without_volumes_answers_are_shares_of_preference() {
    let folder = changed(&[(
        SCENARIO,
        "[[calibration]]\ntarget = \"units_per_user\"\nvalue = { value = \"2 %/month\", note = \"made up\" }\n",
        "",
    )]);
    assert!(is_static(&loaded(folder.path()).scenario));
}

/// What 90 % of draws lie between, of the units under the last plan, with nothing in doubt but the sample.
fn spread_of_units(respondents: &str) -> f64 {
    let word = format!("price_worth = \"interpolated\"\nrespondents = \"{respondents}\"");
    let folder = changed(&[(SCENARIO, "price_worth = \"interpolated\"", &word)]);
    let options = LoadOptions {
        draws: Some(24),
        months: Some(12),
        plans: vec!["both".to_owned()],
        sets: vec![
            "demand.entrant.cedar.sd=0".to_owned(),
            "demand.entrant.cedar.transport_sd=0".to_owned(),
        ],
        ..LoadOptions::default()
    };
    let loaded = load(folder.path(), &options).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let prepared = prepare(&loaded).unwrap();
    let cancel = AtomicBool::new(false);
    let place = Place::Exactly(folder.path().join("run"));
    let request = Request {
        loaded: &loaded,
        prepared: &prepared,
        place: &place,
        options: ComputeOptions {
            threads: 2,
            plans: &loaded.plans,
            cancel: &cancel,
        },
        fresh: false,
        analysis: false,
    };
    session::run(&request, &Silent, &|_| ()).unwrap();
    let run = stored::read(&folder.path().join("run")).unwrap();
    let OutcomeEntry::Distribution(units) = run.summary.plans[0].outcome("units").unwrap() else {
        panic!("units have a distribution");
    };
    let preference = run.output.preference.unwrap();
    assert_eq!(preference.samples > 0, respondents == "resampled");
    let page = fs::read_to_string(folder.path().join("run").join("report.html")).unwrap();
    assert!(page.contains("Shares of preference of 120 respondents"));
    (units.p95.unwrap() - units.p05.unwrap()) / units.mean.unwrap()
}

#[test]
fn an_uncertain_survey_widens_the_answer() {
    assert!(spread_of_units("fixed") < SAME);
    let resampled = spread_of_units("resampled");
    assert!(resampled > LEAST_SPREAD, "{resampled}");
}

#[test]
fn a_larger_sample_leaves_less_doubt() {
    let width = |copies: usize| {
        let folder = changed(&[]);
        let table = fs::read_to_string(example().join(TABLE)).unwrap();
        let (head, rows) = table.split_once('\n').unwrap();
        let mut text = format!("{head}\n");
        for copy in 0..copies {
            for row in rows.lines() {
                text += &format!("c{copy}{row}\n");
            }
        }
        fs::write(folder.path().join(TABLE), text).unwrap();
        let found = preference(&loaded(folder.path())).unwrap();
        assert!(found.samples > 1);
        let mut width = 0.0;
        for product in &found.plans[2].products {
            let [low, high] = product.range.unwrap();
            assert!(low < product.share && product.share < high, "{product:?}");
            width += high - low;
        }
        let [low, high] = found.plans[2].none_range.unwrap();
        assert!(low < high);
        width
    };
    // Nine times the respondents: a third of the width, but for the chance of 200 samples.
    let ratio = width(9) / width(1);
    assert!((ratio - 1.0 / 3.0).abs() < CHANCE, "{ratio}");
}

#[test]
fn respondents_may_be_fixed_and_the_word_needs_a_study() {
    let folder = changed(&[(
        SCENARIO,
        "price_worth = \"interpolated\"",
        "price_worth = \"interpolated\"\nrespondents = \"fixed\"",
    )]);
    let found = preference(&loaded(folder.path())).unwrap();
    assert_eq!(found.samples, 0);
    assert!(
        found
            .plans
            .iter()
            .all(|plan| plan.products.iter().all(|one| one.range.is_none()))
    );
    let defaults = loaded(&example()).defaults;
    assert!(
        defaults
            .iter()
            .any(|default| default.name == "demand.respondents")
    );
    mistake(
        &[(
            SCENARIO,
            "price_worth = \"interpolated\"",
            "respondents = \"resmapled\"",
        )],
        SCENARIO,
        &["`resampled`"],
    );
}
