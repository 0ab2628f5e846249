//! Surveys in `problem.toml`: the reference's tutorial of minivans, and one clear error for each mistake.

use super::oracle::{close, problem, same_within};
use super::{AGENTS, PROBLEM, PRODUCTS, all, one};
use beachhead_engine::estimate::{MicroStatistic, MicroValue};
use beachhead_workbench::estimate::Loaded;

const AT_START: (&str, &str) = ("optimiser = \"bfgs\"", "optimiser = \"none\"");
const ONE_STEP: (&str, &str) = ("[estimation]", "[estimation]\nmethod = \"one_step\"");
const TIGHT: (&str, &str) = (
    "contraction_tolerance = 1e-13",
    "contraction_tolerance = 1e-14",
);

/// The covariance of the moments has a condition number of 5e11: two programs that invert it agree to this.
const ILL_CONDITIONED: f64 = 1e-6;

fn same(loaded: &Loaded, case: &str) {
    same_within(loaded, case, ILL_CONDITIONED);
}

#[test]
fn minivans_at_their_start() {
    let one_step = [AT_START, ONE_STEP, TIGHT];
    same(
        &problem("minivans", "problem.toml", &one_step),
        "minivans_at_start",
    );
    let two = [AT_START, TIGHT];
    same(
        &problem("minivans", "problem.toml", &two),
        "minivans_two_step_at_start",
    );
    let sampled = ("[micro]", "[micro]\ncovariance = \"covariances.csv\"");
    same(
        &problem(
            "minivans",
            "problem.toml",
            &[AT_START, ONE_STEP, TIGHT, sampled],
        ),
        "minivans_sampled_at_start",
    );
}

const SURVEY: &str = r#"
[[micro.surveys]]
name = "panel"
people = 500
asked = "buyers"
markets = ["west"]

[[micro.moments]]
name = "income of sugar"
survey = "panel"
observed = 12
person = "income"
product = "sugar / 2"
among = { product = "sugar / 2" }

[pi]"#;

fn with(from: &'static str, to: &'static str) -> String {
    assert!(SURVEY.contains(from), "no {from:?}");
    SURVEY.replacen(from, to, 1)
}

fn mistake(from: &'static str, to: &'static str, place: &str, words: &[&str]) {
    one(&[(PROBLEM, "[pi]", &with(from, to))], place, words);
}

#[test]
fn a_survey_is_parts_of_people_and_products() {
    let loaded = super::loaded(&[(PROBLEM, "[pi]", SURVEY)]);
    let micro = loaded.problem.micro.unwrap();
    assert_eq!(micro.datasets[0].markets, [1]);
    assert!(!micro.datasets[0].outside);
    assert_eq!(micro.moments[0].statistic, MicroStatistic::Ratio(0, 1));
    let MicroValue::Choice {
        agent,
        product,
        outside,
    } = &micro.parts[0].value
    else {
        panic!("a choice");
    };
    assert_eq!(agent, &[10.0, 12.0, 9.0, 15.0]);
    assert_eq!(product, &[1.0, 2.5, 2.0, 1.0, 3.0, 2.0]);
    assert_eq!(*outside, 0.0);
    let MicroValue::Choice { agent, .. } = &micro.parts[1].value else {
        panic!("a choice");
    };
    assert_eq!(agent, &[1.0; 4]);
}

/// The table's rows may come in any order: surveys follow them.
#[test]
fn rows_of_a_market_need_not_lie_together() {
    let sorted = super::loaded(&[(PROBLEM, "[pi]", SURVEY)])
        .problem
        .micro
        .unwrap();
    let east = "east,a,1,0.2,1.5,2,0.1,0.9,3.5,1,0.3\n";
    let west = "west,c,2,0.05,1.9,4,0.3,0.2,0.7,1,0.4\n";
    let moved = super::loaded(&[
        (PROBLEM, "[pi]", SURVEY),
        (PRODUCTS, east, ""),
        (PRODUCTS, west, &format!("{west}{east}")),
    ]);
    let micro = moved.problem.micro.unwrap();
    let MicroValue::Choice { product, .. } = &micro.parts[0].value else {
        panic!("a choice");
    };
    let mut all = product.clone();
    let MicroValue::Choice { product, .. } = &sorted.parts[0].value else {
        panic!("a choice");
    };
    let mut wanted = product.clone();
    all.sort_by(f64::total_cmp);
    wanted.sort_by(f64::total_cmp);
    assert_eq!(all, wanted);
    let sugar = &moved.problem.nonlinear[1].values;
    let MicroValue::Choice { product, .. } = &micro.parts[0].value else {
        panic!("a choice");
    };
    for (half, sugar) in product.iter().zip(sugar) {
        close(
            *half,
            sugar / 2.0,
            super::oracle::ORACLE,
            "half of the sugar",
        );
    }
}

#[test]
fn mistakes_of_surveys() {
    mistake(
        "survey = \"panel\"",
        "survey = \"pannel\"",
        "problem.toml:28:10",
        &["no survey `pannel`", "did you mean `panel`?"],
    );
    mistake(
        "markets = [\"west\"]",
        "markets = [\"West\"]",
        "problem.toml:24:12",
        &["no market `West`", "did you mean `west`?"],
    );
    mistake(
        "person = \"income\"",
        "person = \"incom\"",
        "problem.toml:30:11",
        &["no column `incom`", "did you mean `income`?"],
    );
    mistake(
        "product = \"sugar / 2\"",
        "product = \"sugar / (2\"",
        "problem.toml:31:22",
        &["`)`"],
    );
    mistake(
        "person = \"income\"",
        "first = \"sugar\"",
        "problem.toml:30:9",
        &[
            "`first` of a survey that asked buyers",
            "asked = \"second_choices\"",
        ],
    );
    mistake(
        "among = {",
        "statistic = \"covariance\"\namong = {",
        "problem.toml:33:9",
        &["`among` beside a covariance"],
    );
    mistake(
        "people = 500",
        "people = 0",
        "problem.toml:22:10",
        &["above 0"],
    );
    mistake(
        "observed = 12",
        "observed = 12\nobserved_in = 3",
        "problem.toml:30:1",
        &["observed_in"],
    );
    one(
        &[(PROBLEM, "[pi]", "[micro]\n\n[pi]")],
        "problem.toml:19:1",
        &["[micro] without surveys"],
    );
}

#[test]
fn surveys_twice_and_without_people() {
    let twice = format!(
        "{}\n[[micro.surveys]]\nname = \"panel\"\npeople = 3\n\n[pi]",
        SURVEY.trim_end_matches("[pi]")
    );
    one(
        &[(PROBLEM, "[pi]", &twice)],
        "problem.toml:36:8",
        &["a second survey `panel`", "a name of its own"],
    );
    let found = all(&[
        (
            PROBLEM,
            "[pi]\n\"sugar x income\" = 0.1\n",
            &with("[pi]", ""),
        ),
        (
            PROBLEM,
            "[agents]\ntable = \"agents.csv\"\n",
            "[integration]\nrule = \"halton\"\npoints = 4\n",
        ),
        (PROBLEM, "demographics = \"0 + income\"\n", ""),
    ]);
    let text = found.render(false);
    assert!(
        text.contains("a number of people without a table of people"),
        "{text}"
    );
}

#[test]
fn values_that_are_no_numbers_and_covariances() {
    mistake(
        "product = \"sugar / 2\"",
        "product = \"log(sugar - 2)\"",
        "problem.toml:31:11",
        &["`log(sugar - 2)` is -inf in a row of products.csv"],
    );
    one(
        &[
            (PROBLEM, "[pi]", SURVEY),
            (
                PROBLEM,
                "[[micro.surveys]]",
                "[micro]\ncovariance = \"agents.csv\"\n\n[[micro.surveys]]",
            ),
        ],
        "agents.csv",
        &["no column `income of sugar`"],
    );
    one(
        &[
            (PROBLEM, "[pi]", SURVEY),
            (
                PROBLEM,
                "[[micro.surveys]]",
                "[micro]\ncovariance = \"agents.csv\"\n\n[[micro.surveys]]",
            ),
            (AGENTS, "weights,nodes0", "weights,income of sugar,nodes0"),
            (AGENTS, "east,0.5,0.1,", "east,0.5,1,0.1,"),
            (AGENTS, "east,0.5,-0.1,", "east,0.5,1,-0.1,"),
            (AGENTS, "west,0.5,0.2,", "west,0.5,1,0.2,"),
            (AGENTS, "west,0.5,-0.2,", "west,0.5,1,-0.2,"),
        ],
        "agents.csv",
        &["4 rows", "1: one for each of [[micro.moments]]"],
    );
}
