//! One clear error for each mistake: where, what was found, what was expected, what to do.

use super::{AGENTS, PROBLEM, PRODUCTS, all, check, one};
use beachhead_workbench::estimate::{FitError, fit};
use beachhead_workbench::run::job::Silent;
use std::sync::atomic::AtomicBool;

#[test]
fn shares_out_of_range() {
    one(
        &[(PRODUCTS, "east,b,1,0.1,", "east,b,1,-0.1,")],
        "products.csv:3:10",
        &[
            "a share of -0.1, product `b` in market `east`",
            "^^^^",
            "above 0 and below 1",
            "leave out rows where more came back",
        ],
    );
    one(
        &[(PRODUCTS, "east,b,1,0.1,", "east,b,1,10,")],
        "products.csv:3:10",
        &["a share of 10", "divide sales by the size of the market"],
    );
    one(
        &[(PRODUCTS, "east,b,1,0.1,", "east,b,1,0.5,")],
        "products.csv:3:10",
        &[
            "shares of market `east` sum to 1",
            "less than 1",
            "divide sales by all who might buy",
        ],
    );
}

#[test]
fn cells_that_are_no_numbers() {
    for (cell, words) in [
        ("NaN", "a finite number"),
        ("inf", "a finite number"),
        ("", "this column is required"),
        ("1 200", "without a unit or separators"),
    ] {
        one(
            &[(
                PRODUCTS,
                "west,b,2,0.15,1.3,",
                &format!("west,b,2,0.15,{cell},"),
            )],
            "products.csv:6:15",
            &[
                words,
                "`prices`, in market `west`",
                "give what is missing, or leave the row out of products.csv",
            ],
        );
    }
    let found = all(&[
        (PRODUCTS, "0.1,0.9,3.5,1", "x,y,3.5,1"),
        (AGENTS, "east,0.5,0.1,-0.3,10", "east,0.5,0.1,NaN,10"),
    ]);
    let places: Vec<String> = found
        .list
        .iter()
        .map(|mistake| mistake.location())
        .collect();
    assert_eq!(
        places,
        ["products.csv:2:20", "products.csv:2:22", "agents.csv:2:14"]
    );
    one(
        &[(
            PRODUCTS,
            "west,b,2,0.15,1.3,6,0.8,0.4,0.5,7",
            "west,b,2,0.15,1.3,6,0.8,0.4,0.5",
        )],
        "products.csv:6:33",
        &["a row with 10 cells", "the first line has 11"],
    );
}

#[test]
fn a_product_twice_in_a_market() {
    one(
        &[(PRODUCTS, "west,b,2", "west,a,2")],
        "products.csv:6:6",
        &[
            "product `a` in market `west` a second time",
            "products.csv:5:6 already",
            "add the shares",
        ],
    );
}

#[test]
fn instruments_misnumbered() {
    one(
        &[(PRODUCTS, "demand_instruments1", "demand_instruments7")],
        "products.csv",
        &[
            "`demand_instruments7` without `demand_instruments1`, `demand_instruments5`, `demand_instruments6`",
            "without a gap",
        ],
    );
    one(
        &[(PRODUCTS, "demand_instruments4", "demand_instrument4")],
        "products.csv",
        &[
            "the column `demand_instrument4`",
            "`demand_instruments0`, `demand_instruments1`",
            "rename it",
        ],
    );
    one(
        &[(PRODUCTS, "demand_instruments4", "demand_instruments04")],
        "products.csv",
        &["the column `demand_instruments04`"],
    );
}

#[test]
fn fewer_moments_than_parameters() {
    one(
        &[
            (
                PRODUCTS,
                ",demand_instruments0,demand_instruments1,demand_instruments2,",
                ",iv0,iv1,iv2,",
            ),
            (
                PRODUCTS,
                "demand_instruments3,demand_instruments4",
                "demand_instruments0,iv3",
            ),
        ],
        "problem.toml:11:10",
        &[
            "3 moments for 6 parameters",
            "add 3 columns `demand_instruments1`…",
            "fixed = true",
        ],
    );
}

#[test]
fn people_and_markets() {
    one(
        &[(AGENTS, "east,0.5,-0.1,", "East,0.5,-0.1,")],
        "agents.csv:3:1",
        &[
            "people of market `East`, which products.csv does not have",
            "did you mean `east`?",
        ],
    );
}

/// Ids are text: a number means what is written, in both tables.
#[test]
fn market_ids_are_text_or_numbers() {
    let numbered = [
        (PRODUCTS, "east,a", "1971,a"),
        (PRODUCTS, "east,b", "1971,b"),
        (PRODUCTS, "east,c", "1971,c"),
        (AGENTS, "east,0.5,0.1,", "1971,0.5,0.1,"),
        (AGENTS, "east,0.5,-0.1,", "1971,0.5,-0.1,"),
    ];
    let loaded = super::loaded(&numbered);
    assert_eq!(loaded.problem.market_labels, ["1971", "west"]);
    let mut padded = numbered;
    padded[4].2 = "01971,0.5,-0.1,";
    one(
        &padded,
        "agents.csv:3:1",
        &[
            "people of market `01971`, which products.csv does not have",
            "did you mean `1971`?",
        ],
    );
}

#[test]
fn a_market_without_people() {
    let found = all(&[(AGENTS, "west,0.5,0.2,-0.2,9\nwest,0.5,-0.2,0.2,15\n", "")]);
    assert_eq!(found.list.len(), 1, "{found}");
    check(
        &found.list[0],
        "agents.csv",
        &["nobody in market `west`", "add people"],
    );
}

#[test]
fn weights_that_do_not_sum_to_one() {
    one(
        &[(AGENTS, "west,0.5,0.2", "west,0.4,0.2")],
        "agents.csv",
        &[
            "weights of market `west` sum to 0.9",
            "sum to 1 in each market",
            "weights = \"as_given\"",
        ],
    );
    super::loaded(&[
        (AGENTS, "west,0.5,0.2", "west,0.4,0.2"),
        (
            PROBLEM,
            "table = \"agents.csv\"",
            "table = \"agents.csv\"\nweights = \"as_given\"",
        ),
    ]);
    one(
        &[(AGENTS, "nodes1", "nodez1")],
        "agents.csv",
        &["1 columns of nodes", "at least 2"],
    );
}

#[test]
fn formulas_point_at_the_character() {
    one(
        &[(PROBLEM, "1 + prices + sugar", "1 + prices + suger")],
        "problem.toml:11:24",
        &["no column `suger`", "^^^^^", "did you mean `sugar`?"],
    );
    one(
        &[(PROBLEM, "1 + prices + sugar", "1 + prices + sqrt(sugar)")],
        "problem.toml:11:24",
        &["the function `sqrt`", "one of `C`, `I`, `log`, `exp`"],
    );
    one(
        &[(PROBLEM, "0 + income", "0 + incom")],
        "problem.toml:13:21",
        &["no column `incom`", "did you mean `income`?"],
    );
    one(
        &[(
            PROBLEM,
            "1 + prices + sugar",
            "1 + log(product_ids) + prices",
        )],
        "problem.toml:11:15",
        &["the text column `product_ids`"],
    );
    one(
        &[(PROBLEM, "1 + prices + sugar", "1 + prices + shares")],
        "problem.toml:11:24",
        &["`shares` in this formula", "shares follow from it"],
    );
    one(
        &[(PROBLEM, "1 + prices + sugar", "1 + sugar")],
        "problem.toml:11:10",
        &["no formula of utility has `prices`", "1 + sugar + prices"],
    );
    one(
        &[
            (PROBLEM, "1 + prices + sugar", "1 + prices + log(sugar)"),
            (PRODUCTS, "1.2,5,", "1.2,0,"),
        ],
        "products.csv:3:14",
        &["`log(sugar)` is -inf, product `b` in market `east`"],
    );
}

#[test]
fn all_mistakes_at_once() {
    let found = all(&[
        (PROBLEM, "1 + prices + sugar", "1 + price"),
        (
            PROBLEM,
            "nonlinear = \"1 + sugar\"",
            "nonlinear = \"1 + (sugar\"\nabsrob = \"C(x)\"",
        ),
        (PRODUCTS, "demand_instruments1", "demand_instruments9"),
    ]);
    let places: Vec<String> = found
        .list
        .iter()
        .map(|mistake| mistake.location())
        .collect();
    assert!(found.list.len() >= 4, "{found}");
    for place in [
        "problem.toml:11:15",
        "problem.toml:12:24",
        "problem.toml:13:1",
        "products.csv",
    ] {
        assert!(
            places.iter().any(|known| known == place),
            "no {place} in {places:?}"
        );
    }
    assert!(found.render(false).contains("did you mean `absorb`?"));
}

#[test]
fn parameters_by_label() {
    one(
        &[(PROBLEM, "sugar = 0.2", "suger = 0.2")],
        "problem.toml:17:1",
        &[
            "`suger` in [sigma]",
            "`sugar x sugar`",
            "did you mean `sugar`?",
        ],
    );
    one(
        &[(PROBLEM, "sugar = 0.2", "sugar = 0.2\n\"1 x sugar\" = 0.2")],
        "problem.toml:18:1",
        &["above the diagonal", "write \"sugar x 1\""],
    );
    one(
        &[(PROBLEM, "sugar x income", "sugar x age")],
        "problem.toml:20:1",
        &["`sugar x age` in [pi]", "`sugar x income`"],
    );
    one(
        &[(
            PROBLEM,
            "sugar = 0.2",
            "sugar = { start = 0.2, lower = 0.5 }",
        )],
        "problem.toml:17:19",
        &["a start of 0.2 outside its bounds", "from 0.5 to infinity"],
    );
    one(
        &[(PROBLEM, "name = \"small\"", "name = \"small\"\nrho = 0.5")],
        "problem.toml:3:7",
        &["`rho` without nests", "`nesting_ids`"],
    );
}

#[test]
fn nests() {
    let nests = (
        PROBLEM,
        "table = \"products.csv\"",
        "table = \"products.csv\"\nnests = \"product_ids\"",
    );
    let rho = (PROBLEM, "name = \"small\"", "name = \"small\"\nrho = 0.5");
    let found = all(&[nests, rho]);
    assert_eq!(found.list.len(), 1, "{found}");
    check(
        &found.list[0],
        "products.csv",
        &[
            "3 nests (`a`, `b`, `c`) have never more than one product in a market",
            "at least two",
            "put its product into another nest",
        ],
    );
    one(
        &[(
            PROBLEM,
            "table = \"products.csv\"",
            "table = \"products.csv\"\nnests = \"1\"",
        )],
        "problem.toml",
        &["nests without `rho`", "write `rho = 0.5`"],
    );
    one(
        &[
            rho,
            (
                PROBLEM,
                "table = \"products.csv\"",
                "table = \"products.csv\"\nnests = \"firms\"",
            ),
        ],
        "problem.toml:7:9",
        &["no column `firms` in products.csv"],
    );
}

#[test]
fn files_and_tables() {
    one(
        &[(PROBLEM, "products.csv", "product.csv")],
        "problem.toml:5:9",
        &["no file `product.csv` beside problem.toml"],
    );
    one(
        &[(PROBLEM, "products.csv", "../products.csv")],
        "problem.toml:5:9",
        &["the path `../products.csv`", "in the problem's folder"],
    );
    one(
        &[(PRODUCTS, "market_ids", "market")],
        "products.csv",
        &["no column `market_ids`"],
    );
    one(
        &[(PROBLEM, "format = 1", "format = 2")],
        "problem.toml:1:10",
        &["from 1 to 1"],
    );
    one(
        &[(PROBLEM, "[agents]\ntable = \"agents.csv\"\n", "")],
        "problem.toml:10:13",
        &["`formulas.nonlinear` without people"],
    );
    one(
        &[(
            PROBLEM,
            "demographics = \"0 + income\"",
            "demographics = \"0 + income\"\ncosts = \"1 + sugar\"",
        )],
        "problem.toml:11:10",
        &[
            "`prices` in `formulas.linear` beside `formulas.costs`",
            "[beta]",
        ],
    );
}

#[test]
fn bounds_where_the_search_takes_none() {
    one(
        &[
            (
                PROBLEM,
                "sugar = 0.2",
                "sugar = { start = 0.2, lower = 0, upper = 3 }",
            ),
            (
                PROBLEM,
                "[pi]",
                "[estimation]\noptimiser = \"bfgs\"\n\n[pi]",
            ),
        ],
        "problem.toml:17:9",
        &["bounds beside an `optimiser` that takes none", "l_bfgs_b"],
    );
}

#[test]
fn instruments_that_repeat_each_other() {
    let loaded = super::loaded(&[
        (PRODUCTS, "0.1,0.9,3.5,1,0.3\n", "0.1,0.9,3.5,1,0.2\n"),
        (PRODUCTS, "0.4,0.8,2.5,2,0.6\n", "0.4,0.8,2.5,2,0.8\n"),
        (PRODUCTS, "0.2,0.7,2.0,5,0.2\n", "0.2,0.7,2.0,5,0.4\n"),
        (PRODUCTS, "0.7,0.1,1.5,3,0.5\n", "0.7,0.1,1.5,3,1.4\n"),
        (PRODUCTS, "0.8,0.4,0.5,7,0.9\n", "0.8,0.4,0.5,7,1.6\n"),
        (PRODUCTS, "0.3,0.2,0.7,1,0.4\n", "0.3,0.2,0.7,1,0.6\n"),
    ]);
    let error = fit(&loaded, &AtomicBool::new(false), &Silent).unwrap_err();
    let FitError::Input(found) = error else {
        panic!("{error}")
    };
    let text = found.list[0].render(false);
    for word in [
        "products.csv",
        "demand_instruments4",
        "is a combination of demand_instruments0; leave one of them out",
    ] {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
}
